"""Deck → text that a person can read and review: what `--to text` prints, and the form of our golden files."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from deckgen.media import without_hash

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deckgen.notes import AnkiNote, Deck

BEGINNING = re.compile(r"# .+ · .+ · [a-z0-9]+ · .+\n".encode())
"""The first line, as `_note` writes it."""


def write(deck: Deck) -> bytes:
    """Every note with its tags and its fields as HTML, a block a line; UTF-8. Hashes in media names are left out."""
    text = "\n".join(line for note in deck.notes for line in _note(note, deck)) + "\n"
    return without_hash(deck.media, text).encode()


def _note(note: AnkiNote, deck: Deck) -> Iterator[str]:
    note_type, cards = deck.note_types[note.note_type], "1 card"
    if note_type.cloze:
        cards = ", ".join(f"c{ordinal}" for ordinal in note.ordinals)
    elif len(note_type.templates) > 1:
        cards = ", ".join(note_type.templates[ordinal - 1].name for ordinal in note.ordinals)
    yield f"# {note.deck} · {note_type.name} · {note.guid} · {cards}"
    if note.tags:
        yield f"Tags: {' '.join(note.tags)}"
    for name, value in note.fields.items():
        if value and name != "Key":
            yield from _field(name, value)
    yield ""


def _field(name: str, value: str) -> Iterator[str]:
    if not value.startswith("<p"):
        first, *value_lines = value.split("\n")
        yield f"{name}: {first}"
    else:
        value_lines = value.split("\n")
        yield f"{name}:"
    yield from (f"    {line}" if line else "" for line in value_lines)
