"""The `templates` folder → the text of each template and style sheet, and which file it comes from."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from deckgen.config import shown
from deckgen.diagnostics import Diagnostic, meant
from deckgen.notes import Location
from deckgen.patterns import later
from deckgen.templates import builtin
from deckgen.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
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
    clozes: str
    """The field that alone may hold any."""
    names: frozenset[str]
    """Those that its files have, or would have, in the folder."""
    diagnostics: tuple[Diagnostic, ...]
    """Of files that cannot be read."""


def of_builtin(kind: str, folder: Path | None) -> Parts:
    """Those of `cloze` or `qa`."""
    finder = _Finder(folder)
    front, back = (finder.find([f"{kind}/{side}"], builtin.text(f"{kind}/{side}")) for side in builtin.SIDES)
    return finder.parts([TemplateSource("Card", front, back)], kind, "Answer")


def of_own(own: OwnNoteType, folder: Path | None) -> Parts:
    """Those of a note type of the project's own: a card's own folder, then its note type's, then ours of its kind."""
    finder = _Finder(folder)
    cards = []
    for card in own.cards:
        front, back = (
            finder.find([f"{own.name}/{card}/{side}", f"{own.name}/{side}"], fitted(own, side))
            for side in builtin.SIDES
        )
        cards.append(TemplateSource(card, front, back))
    return finder.parts(cards, own.name, next(name for name, part in own.fields.items() if part == "Answer"))


def unused(folder: Path, known: Collection[str]) -> Iterator[Diagnostic]:
    """A warning for each template and style sheet in the folder that has none of the names that note types take."""
    names = sorted(known)
    taken = {name.casefold() for name in names if (folder / name).is_file()}
    for path in sorted(path for kind in KINDS for path in folder.rglob(f"*{kind}")):
        name = path.relative_to(folder).as_posix()
        # where upper and lower case are one, a name of ours is the file's name too
        if name.casefold() in taken or any(part.startswith(("_", ".")) for part in path.relative_to(folder).parts):
            continue
        alike = meant(name, names)
        hint = f"did you mean {alike}?" if alike else f"those that are read are {', '.join(names)}"
        where = Location(shown(path), 1, 1)
        yield Diagnostic("unused-template", "warning", where, "no note type takes this file", hint)


KINDS = (".html", ".htm", ".css")


def fitted(own: OwnNoteType, side: str) -> str:
    """Our template of its kind with its names of the fields, and without what it has no field for."""
    names = {part: name for name, part in reversed(list(own.fields.items()))}
    text = SECTION.sub(lambda match: match[0] if match["part"] in names else "", builtin.text(f"{own.kind}/{side}"))
    return FIELD.sub(
        lambda match: f"{match['before']}{names[match['part']]}}}}}" if match["part"] in names else "", text
    )


SECTION = later(r"\{\{#(?P<part>\w+)\}\}.*?\{\{/(?P=part)\}\}\n?")
FIELD = later(r"(?P<before>\{\{[#/]?(?:cloze:)?)(?P<part>\w+)\}\}")


def read(path: Path) -> str:
    """The text of a template or a style sheet, as Anki keeps it. Raises OSError or UnicodeDecodeError."""
    return unicodedata.normalize("NFC", path.read_text(encoding="utf-8-sig").replace("\r\n", "\n"))


class _Finder:
    """Reads the project's files, and ours where there is none."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        self.names: set[str] = set()
        self.diagnostics: list[Diagnostic] = []

    def parts(self, cards: Sequence[TemplateSource], note_type: str, clozes: str) -> Parts:
        """Those cards, and the style: a note type may have one of its own, else it takes the one that all share."""
        style = self.find([f"{note_type}/{builtin.STYLE}", builtin.STYLE], builtin.text(builtin.STYLE))
        return Parts(tuple(cards), style, clozes, frozenset(self.names), tuple(self.diagnostics))

    def find(self, names: Sequence[str], fallback: str) -> Source:
        """The first of these that stands in the folder, else this text."""
        self.names.update(names)
        for name in names:
            text = self._read(name)
            if text is not None and self.folder is not None:
                return Source(text, shown(self.folder / name))
        return Source(fallback, "")

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
