"""Documents → Diagnostics: notes that clash with one another, over a whole project."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from deckgen.diagnostics import Diagnostic
from deckgen.matching import asked

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from deckgen.notes import Document, Note


def duplicate_names(documents: Iterable[Document]) -> Iterator[Diagnostic]:
    """A name of an author's own must tell a note from every other."""
    seen: dict[str, Note] = {}
    for note in (note for document in documents for note in document.notes if note.name):
        first = seen.setdefault(note.name, note)
        if first is not note:
            place = f"{first.where.path}:{first.where.line}"
            message = f"the name {{#{note.name}}} belongs to another note already, at {place}"
            yield Diagnostic("duplicate-name", "error", note.where, message, "give one of the two another name")


def same_question(documents: Iterable[Document]) -> Iterator[Diagnostic]:
    """Two cards that ask the same cannot be told apart, whatever their labels are. A warning for each but the first."""
    alike: dict[str, list[tuple[Document, Note]]] = defaultdict(list)
    for document in documents:
        for note in document.notes:
            if note.answered:
                alike[_letters(note.question_text)].append((document, note))
    for group in alike.values():
        if len(group) > 1:
            yield from _same(group)


def _letters(question: str) -> str:
    """What two questions have in common that are the same word for word; it takes a tenth of the time of words."""
    return "".join(filter(str.isalnum, question.lower()))


def _same(group: Iterable[tuple[Document, Note]]) -> Iterator[Diagnostic]:
    seen: dict[tuple[str, ...], tuple[Document, Note]] = {}
    for document, note in group:
        question = tuple(asked(note.question_text))
        if len("".join(question)) <= 1:  # one character asks nothing yet
            continue
        before, first = seen.setdefault(question, (document, note))
        if first is note or (before is document and first.label == note.label):  # the latter is an error of lint
            continue
        place = f"line {first.where.line}" if before is document else f"{first.where.path}:{first.where.line}"
        message = f"the question of {place} is asked again: the two cards look the same"
        hint = "say in the question what it is about, or join the two notes"
        yield Diagnostic("same-question", "warning", note.where, message, hint)
