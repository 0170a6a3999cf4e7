"""The `templates` folder → the text of each template and style sheet, and which file it comes from."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, NamedTuple

from deckgen.config import shown
from deckgen.diagnostics import Diagnostic
from deckgen.notes import Location
from deckgen.templates import builtin

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from deckgen.config import OwnNoteType


class Source(NamedTuple):
    """A template or a style sheet as it was written."""

    text: str
    path: str
    """The file as diagnostics print it; empty where it is built in."""


class TemplateSource(NamedTuple):
    """A card template, and where it was written."""

    name: str
    front: Source
    back: Source


class Parts(NamedTuple):
    """What a note type is made of."""

    cards: tuple[TemplateSource, ...]
    style: Source
    diagnostics: tuple[Diagnostic, ...]
    """Of files that cannot be read."""


def of_builtin(kind: str, folder: Path | None) -> Parts:
    """Those of `cloze` or `qa`."""
    finder = _Finder(folder)
    front, back = (finder.find([f"{kind}/{side}"], f"{kind}/{side}") for side in builtin.SIDES)
    return Parts((TemplateSource("Card", front, back),), finder.style(kind), tuple(finder.diagnostics))


def of_own(own: OwnNoteType, folder: Path | None) -> Parts:
    """Those of a note type of the project's own: a card's own folder, then its note type's, then ours of its kind."""
    finder = _Finder(folder)
    cards = []
    for card in own.cards:
        front, back = (
            finder.find([f"{own.name}/{card}/{side}", f"{own.name}/{side}"], f"{own.kind}/{side}")
            for side in builtin.SIDES
        )
        cards.append(TemplateSource(card, front, back))
    return Parts(tuple(cards), finder.style(own.name), tuple(finder.diagnostics))


def read(path: Path) -> str:
    """The text of a template or a style sheet, as Anki keeps it. Raises OSError or UnicodeDecodeError."""
    return unicodedata.normalize("NFC", path.read_text(encoding="utf-8-sig").replace("\r\n", "\n"))


class _Finder:
    """Reads the project's files, and ours where there is none."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        self.diagnostics: list[Diagnostic] = []

    def find(self, names: Sequence[str], fallback: str) -> Source:
        """The first of these that stands in the folder."""
        for name in names:
            text = self._read(name)
            if text is not None and self.folder is not None:
                return Source(text, shown(self.folder / name))
        return Source(builtin.text(fallback), "")

    def style(self, note_type: str) -> Source:
        """A note type may have a style sheet of its own; else it takes the one that all share."""
        return self.find([f"{note_type}/{builtin.STYLE}", builtin.STYLE], builtin.STYLE)

    def _read(self, name: str) -> str | None:
        if self.folder is None or not (self.folder / name).exists():
            return None
        path = self.folder / name
        try:
            return read(path)
        except (OSError, UnicodeDecodeError) as error:
            where = Location(shown(path), 1, 1)
            message = f"the template cannot be read: {getattr(error, 'strerror', None) or error}"
            self.diagnostics.append(Diagnostic("unreadable-file", "error", where, message, "save it as UTF-8"))
            return None
