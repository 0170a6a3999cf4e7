"""Documents → Diagnostics: notes that clash with one another, over a whole project."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from deckgen.diagnostics import Diagnostic
from deckgen.matching import asked, joined

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from deckgen.notes import Document, Outline


def duplicate_names(documents: Iterable[Document]) -> Iterator[Diagnostic]:
    """A name of an author's own must tell a note from every other."""
    seen: dict[str, Outline] = {}
    for note in (note for document in documents for note in document.outlines if note.name):
        first = seen.setdefault(note.name, note)
        if first is not note:
            place = f"{first.where.path}:{first.where.line}"
            message = f"the name {{#{note.name}}} belongs to another note already, at {place}"
            yield Diagnostic("duplicate-name", "error", note.where, message, "give one of the two another name")


def same_question(documents: Iterable[Document]) -> Iterator[Diagnostic]:
    """Two cards that ask the same cannot be told apart, whatever their labels are. A warning for each but the first."""
    every = [(document, note) for document in documents for note in document.outlines if note.answered]
    questions = [joined(note.question_text) for _, note in every]
    count = Counter(questions)
    if len(count) == len(questions):
        return
    seen: dict[tuple[str, ...], tuple[Document, Outline]] = {}
    for question, (document, note) in zip(questions, every, strict=True):
        if count[question] == 1 or len(question) <= 1:  # one character asks nothing yet
            continue
        before, first = seen.setdefault(tuple(asked(note.question_text)), (document, note))
        same = (first.label, first.question_text) == (note.label, note.question_text)
        if first is note or (before is document and same):  # the latter is an error of lint
            continue
        place = f"line {first.where.line}" if before is document else f"{first.where.path}:{first.where.line}"
        message = f"the question of {place} is asked again: the two cards look the same"
        hint = "say in the question what it is about, or join the two notes"
        yield Diagnostic("same-question", "warning", note.where, message, hint)
