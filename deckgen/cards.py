"""Stand-in."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from deckgen.notes import AnkiNote, NoteType


def is_empty(_note: AnkiNote, _note_type: NoteType, _ordinal: int) -> bool:
    """Not yet."""
    return False
