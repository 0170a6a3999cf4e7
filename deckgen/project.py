"""Documents, ledger and note types → Diagnostics: what is wrong with a project as a whole, and with no note of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deckgen import identity, templates
from deckgen.config import NAME, place, shown
from deckgen.diagnostics import Diagnostic
from deckgen.ledger import NAME as LEDGER
from deckgen.ledger import is_in
from deckgen.notes import Location

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from deckgen.config import Config
    from deckgen.notes import Document, Ledger, NoteType


def no_card(documents: Sequence[Document], config: Config) -> Diagnostic:
    """A run that makes no card is an error, never a silent success."""
    from deckgen.lint import QUESTION_HINT  # noqa: PLC0415 - what the cache knows needs no lint

    where = Location(documents[0].shown if len(documents) == 1 else shown(config.source_folder), 1, 1)
    found, hint = "no question with an answer was found", QUESTION_HINT
    if not documents:
        found, hint = "there is no .md file here", "write notes there, or name another file or folder"
    elif config.questions != "auto":
        hint = f'{NAME} says questions = "{config.questions}": without it, each document decides'
    return Diagnostic("no-card", "error", where, f"{found}: no card can be made", hint)


def lost_ledger(documents: Sequence[Document], config: Config, former: Ledger, output: Path) -> Iterator[Diagnostic]:
    """Without the ledger that notes had, cards would get the history of other phrases."""
    if former.known or former.note_types:
        return
    where = Location(shown(config.root / LEDGER), 1, 1)
    if others := _other_ledgers(documents, config):
        one = len(others) == 1
        message = f"{' and '.join(map(shown, others))} {'remembers' if one else 'remember'} these notes, "
        message += f"but a project's ledger stands beside {NAME}"
        hint = "move it there" if one else "move one there, and the lines of the others into it"
        yield Diagnostic(
            "lost-ledger", "error", where, message, f"{hint}, or delete {'it' if one else 'them'} to begin anew"
        )
        return
    whole = config._replace(files=(config.source_folder,)).package
    if there := next((package for package in (output, whole) if package.is_file()), None):
        message = f"{shown(there)} is there without the ledger of its notes: those reworded since their first build"
        message += " become new ones, and cards may have the history of other phrases"
        hint = "restore it, as by `git checkout -- deckgen.lock`; build without it to begin anew"
        yield Diagnostic("lost-ledger", "warning", where, message, hint)


def _other_ledgers(documents: Sequence[Document], config: Config) -> list[Path]:
    """Those of documents that were built alone before: in the source folder, or below it where no project of its own is."""
    if not config.project:
        return []
    folders = {config.source_folder, *((config.source_folder / d.path).parent for d in documents)}
    return [
        folder / LEDGER
        for folder in sorted(folders - {config.root})
        if (folder / LEDGER).is_file() and not (folder / NAME).is_file()
    ]


def other_fields(config: Config, former: Ledger, note_types: Mapping[str, NoteType]) -> Iterator[Diagnostic]:
    """Anki updates no note of a note type whose fields or cards are others than those it has, unless it may merge the
    two; and that makes a note newer than the package's, so that it has to be told to update all of them.
    """
    for name, note_type in note_types.items():
        before = former.note_types.get(name)
        if before is None:
            continue
        fields, cards = identity.schema(note_type)
        if before.fields not in ((), fields):
            other, now, then = "fields", fields, before.fields
        elif before.cards != cards:
            other, now, then = "cards", cards, before.cards
        else:
            continue
        where = place(config, "note_types", name, other)
        message = f"the note type {name} has other {other} than at the last build"
        hint = "when you import, tick Merge note types and choose Update notes: Always; else its notes stay as they are"
        if now[: len(then)] != then or not then:
            hint = f"put new {other} behind the former ones, and leave those: Anki keeps them all in their order, and takes"
            hint += f" no update of a note type whose {other} differ; or give the note type another name"
        yield Diagnostic("other-fields", "warning", where, message, hint)


def without_notes(documents: Sequence[Document], config: Config) -> Iterator[Diagnostic]:
    """Note types of the project's own that no document's notes can get."""
    if not config.whole:
        return
    paths = [document.path for document in documents]
    for own in config.note_types:
        if any(templates.choose(config, own.kind, path) == own.name for path in paths):
            continue
        others = (other.name for other in config.note_types if other.kind == own.kind and other is not own)
        message = f"no note gets the note type {own.name}"
        hint = f"{next(others, '')}, which stands before it, takes them: put it behind, or give that one `documents`"
        if not any(templates.takes(own, path) for path in paths):
            message += ": no document is meant by its `documents`"
            hint = f"patterns begin in the source folder, {shown(config.source_folder)}, as in words/*.md"
        yield Diagnostic("unused-note-type", "warning", place(config, "note_types", own.name), message, hint)


def frozen(ledger: Ledger, config: Config) -> Iterator[Diagnostic]:
    """Where the ledger may not change, and would."""
    if is_in(config.root, ledger):
        return
    where = Location(shown(config.root / LEDGER), 1, 1)
    hint = "run `deckgen build` without --frozen, and commit the ledger"
    message = "the ledger would change: it does not fit the notes and the configuration"
    yield Diagnostic("frozen", "error", where, message, hint)
