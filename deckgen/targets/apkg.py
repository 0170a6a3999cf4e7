"""Deck → .apkg, written by genanki, with what Anki's importer needs beyond it.

genanki stamps everything with one time, guesses a note's cards, leaves a temporary file behind and writes the time
of day into its zip. Its objects are kept; those four things are ours.
"""

from __future__ import annotations

import hashlib
import io
import json
import sqlite3
import zipfile
from typing import TYPE_CHECKING, Any

import genanki

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from deckgen.notes import AnkiNote, Deck, NoteType


def write(deck: Deck) -> bytes:
    """The package. The same deck gives the same bytes, whatever the day and the machine's hash seed."""
    return _zip({"collection.anki2": _database(deck)} | _media(deck.media))


class _Model(genanki.Model):  # type: ignore[misc]
    """A note type with its own modification time, and with ids on fields and templates: Anki matches them by id."""

    def __init__(self, note_type: NoteType) -> None:
        super().__init__(
            note_type.id,
            note_type.name,
            fields=[{"name": field.name, "id": field.id} for field in note_type.fields],
            templates=[
                {"name": template.name, "id": template.id, "qfmt": template.front, "afmt": template.back}
                for template in note_type.templates
            ],
            css=note_type.css,
            model_type=genanki.Model.CLOZE if note_type.cloze else genanki.Model.FRONT_BACK,
        )
        self.modified = note_type.modified
        self._req: list[Any] = []
        """Which fields each card needs: Anki finds out for itself, and genanki's templates are not those of Anki."""

    def to_json(self, timestamp: float, deck_id: int) -> dict[str, Any]:  # noqa: ARG002 - genanki's signature
        return dict(super().to_json(self.modified, deck_id))


class _Note(genanki.Note):  # type: ignore[misc]
    """A note with its own times and exactly the cards that Anki must have of it."""

    def __init__(self, note: AnkiNote, model: _Model, ids: _Ids) -> None:
        fields = [note.fields[field["name"]] for field in model.fields]
        super().__init__(model, fields, guid=note.guid, tags=note.tags, due=note.position)
        self.modified = note.modified
        self.ordinals = note.ordinals
        first = note.created * 1000
        self.ids = [ids.free(first), *(ids.free(first + ordinal) for ordinal in note.ordinals)]

    @property
    def cards(self) -> list[genanki.Card]:
        return [genanki.Card(ordinal - 1) for ordinal in self.ordinals]

    def write_to_db(self, cursor: sqlite3.Cursor, timestamp: float, deck_id: int, id_gen: Iterator[int]) -> None:  # noqa: ARG002 - genanki's signature
        super().write_to_db(cursor, self.modified, deck_id, iter(self.ids))

    def _check_invalid_html_tags_in_fields(self) -> None:
        """Our HTML is escaped already; genanki's check is quadratic on hostile text."""


class _Ids:
    """Ids of notes and cards: the millisecond of their first build, which Anki shows as the time they were added."""

    def __init__(self) -> None:
        self.used: set[int] = set()

    def free(self, wanted: int) -> int:
        """This id, or the next one that nothing else has."""
        while wanted in self.used:
            wanted += 1
        self.used.add(wanted)
        return wanted


def _database(deck: Deck) -> bytes:
    models = {name: _Model(note_type) for name, note_type in deck.note_types.items()}
    decks: dict[str, genanki.Deck] = {}
    ids = _Ids()
    for note in deck.notes:
        anki_deck = decks.setdefault(note.deck, genanki.Deck(_deck_id(note.deck), note.deck))
        anki_deck.add_note(_Note(note, models[note.note_type], ids))
    with sqlite3.connect(":memory:") as connection:
        genanki.Package(list(decks.values())).write_to_db(connection.cursor(), 0, iter(()))
    return connection.serialize()


def _deck_id(name: str) -> int:
    """Any constant but 1, which is Anki's default deck: Anki matches decks by name."""
    return (1 << 40) + int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big")


def _media(media: Mapping[str, bytes]) -> dict[str, bytes]:
    """Media files go in under numbers; a map from number to name goes with them."""
    names = {str(number): name for number, name in enumerate(sorted(media))}
    return {"media": json.dumps(names).encode()} | {number: media[name] for number, name in names.items()}


FIRST_ZIP_TIME = (1980, 1, 1, 0, 0, 0)


def _zip(members: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            info = zipfile.ZipInfo(name, FIRST_ZIP_TIME)
            info.compress_type, info.create_system, info.external_attr = zipfile.ZIP_DEFLATED, 3, 0o644 << 16
            archive.writestr(info, data)
    return buffer.getvalue()
