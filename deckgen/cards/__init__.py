"""AnkiNote + NoteType + ordinal → the HTML that Anki shows of that card, front and back, without starting Anki.

The note type's templates must be free of errors (`templates.check`). What Anki says in the language of its user is left
out: that a front is blank. LaTeX in brackets and image occlusion stay as they stand in the field.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deckgen.cards import clozes, filters, sounds
from deckgen.templates import language
from deckgen.templates.language import FRONT_SIDE, Field, Section

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from deckgen.cards.sounds import Sound, Speech
    from deckgen.notes import AnkiNote, NoteType, Template
    from deckgen.templates.language import Node


@dataclass(frozen=True, slots=True)
class Card:
    """What a person sees of a card, as HTML without the note type's style."""

    front: str
    back: str
    """Empty where Anki has nothing to ask for, as it then shows no answer."""
    sounds: Mapping[str, Sound | Speech]
    """What is played where front or back say `[anki:play:…]`; `sounds.with_players` puts something else there."""


def render(note: AnkiNote, note_type: NoteType, ordinal: int) -> Card:
    """The card of this ordinal: the number of a template, or of a cloze."""
    shown = _shown({f"c{ordinal}": "1"} | _values(note, note_type, ordinal), ordinal)
    template = _template(note_type, ordinal)
    front, played_in_front = sounds.extract(shown.html(template.front), "q")
    if is_empty(note, note_type, ordinal) if note_type.cloze else not shown.has_field(template.front):
        return Card(front, "", played_in_front)
    back, played_on_back = sounds.extract(shown.html(template.back, front), "a")
    return Card(front, back, played_in_front | played_on_back)


def is_empty(note: AnkiNote, note_type: NoteType, ordinal: int) -> bool:
    """Whether Anki would make no such card: the note has no cloze of this number, or no field on the front has text.

    In that decision, unlike on the card, Anki takes `{{#c1}}` for empty.
    """
    if note_type.cloze:
        return not any(ordinal in clozes.ordinals(value) for value in note.fields.values())
    shown = _shown(_values(note, note_type, ordinal), ordinal)
    return not shown.has_field(_template(note_type, ordinal).front)


def is_blank(note: AnkiNote, note_type: NoteType, ordinal: int) -> bool:
    """Whether the front shows no field that has text. Anki shows such a card of a cloze note nevertheless."""
    shown = _shown({f"c{ordinal}": "1"} | _values(note, note_type, ordinal), ordinal)
    return not shown.has_field(_template(note_type, ordinal).front)


def _template(note_type: NoteType, ordinal: int) -> Template:
    return note_type.templates[0 if note_type.cloze else ordinal - 1]


def _values(note: AnkiNote, note_type: NoteType, ordinal: int) -> dict[str, str]:
    """What a field may show, by name; as an import leaves it, composed and with plain line ends."""
    values = _special(note, note_type, ordinal) | dict(note.fields)
    return {_imported(name): _imported(value) for name, value in values.items()}


def _imported(text: str) -> str:
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n"))


def _special(note: AnkiNote, note_type: NoteType, ordinal: int) -> dict[str, str]:
    """What a template may show without a field; a field of the same name comes before it.

    The card id is that of a first import. Anki takes the spelling of tags from those that the user has already.
    """
    return {
        "Tags": " ".join(sorted(set(note.tags), key=str.casefold)),
        "Type": note_type.name,
        "Deck": note.deck,
        "Subdeck": note.deck.rpartition("::")[2],
        "Card": _template(note_type, ordinal).name,
        "CardFlag": "flag0",
        "CardID": str(note.created * 1000 + ordinal),
    }


EMPTY = re.compile(r"(?:[ \t\n\r\v\f]|</?(?:br|div) ?/?>)*", re.IGNORECASE | re.ASCII)
"""What Anki takes for no text at all."""


def _shown(values: Mapping[str, str], ordinal: int) -> _Shown:
    return _Shown(values, {name for name, value in values.items() if not EMPTY.fullmatch(value)}, ordinal)


@dataclass(frozen=True, slots=True)
class _Shown:
    """What the templates of one card are filled with."""

    values: Mapping[str, str]
    filled: set[str]
    """The names of the values that are not empty."""
    ordinal: int

    def html(self, template: str, front: str | None = None) -> str:
        """One side. `front` is the finished front where this is the back."""
        shown = self.nodes(language.parse(template).nodes)
        return "".join(self._field(node, front) if isinstance(node, Field) else node.text for node in shown)

    def has_field(self, template: str) -> bool:
        """Whether a field with text is shown."""
        shown = self.nodes(language.parse(template).nodes)
        return any(isinstance(node, Field) and node.name in self.filled for node in shown)

    def nodes(self, nodes: Sequence[Node]) -> Iterator[language.Text | Field]:
        """What is left when every section has been decided."""
        for node in nodes:
            if not isinstance(node, Section):
                yield node
            elif (node.name in self.filled) != node.negated:
                yield from self.nodes(node.children)

    def _field(self, field: Field, front: str | None) -> str:
        if field.name == FRONT_SIDE:
            return front or ""
        applied = [each.name for each in reversed(field.filters)]
        place = filters.Place(field.name, self.ordinal, front is None)
        return filters.apply(applied, self.values.get(field.name, ""), place)
