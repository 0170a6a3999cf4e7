"""A Deck's note types and decks → a collection without notes, by genanki: the tables, and the row that Anki reads them from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import genanki

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

    from deckgen.notes import Deck, NoteType


def create(connection: sqlite3.Connection, deck: Deck, deck_id: Callable[[str], int]) -> None:
    """Write it, without indexes: Anki reads a package's tables from end to end and makes its own. Without them a package
    is a quarter to two fifths smaller, and the rows go in faster. `deck_id` is that of a deck's name.
    """
    models = {name: _Model(note_type) for name, note_type in deck.note_types.items()}
    decks: dict[str, genanki.Deck] = {}
    for name, note_type in deck.uses:
        if name not in decks:
            decks[name] = genanki.Deck(deck_id(name), name)
        decks[name].add_model(models[note_type])
    genanki.Package(list(decks.values())).write_to_db(connection.cursor(), 0, iter(()))
    for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'index'").fetchall():
        connection.execute(f"DROP INDEX {name}")
    connection.commit()


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
