"""AnkiNote + NoteType → the HTML of one card. A stand-in: fields, sections and clozes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from deckgen.notes import AnkiNote, NoteType

SECTION = re.compile(r"\{\{([#^])([^{}]+)\}\}(.*?)\{\{/\2\}\}", re.DOTALL)
FIELD = re.compile(r"\{\{(?:([^{}:]+):)?([^{}]+)\}\}")
CLOZE = re.compile(r"\{\{c(\d+)::((?:(?!\{\{c\d|\}\}).)*?)(?:::((?:(?!\}\}).)*?))?\}\}", re.DOTALL)


def front(note: AnkiNote, note_type: NoteType, ordinal: int) -> str:
    """The question side."""
    template = note_type.templates[0 if note_type.cloze else ordinal - 1]
    return _filled(template.front, note, ordinal, answer=False)


def back(note: AnkiNote, note_type: NoteType, ordinal: int) -> str:
    """The answer side."""
    template = note_type.templates[0 if note_type.cloze else ordinal - 1]
    html = template.back.replace("{{FrontSide}}", front(note, note_type, ordinal))
    return _filled(html, note, ordinal, answer=True)


def _filled(html: str, note: AnkiNote, ordinal: int, *, answer: bool) -> str:
    html = SECTION.sub(lambda m: m[3] if (m[1] == "#") == bool(note.fields.get(m[2])) else "", html)
    return FIELD.sub(lambda m: _field(note.fields.get(m[2], ""), m[1], ordinal, answer=answer), html)


def _field(value: str, name: str | None, ordinal: int, *, answer: bool) -> str:
    if name != "cloze":
        return value

    def one(match: re.Match[str]) -> str:
        if int(match[1]) != ordinal:
            return f'<span class="cloze-inactive">{match[2]}</span>'
        hint = match[3] or "..."
        return f'<span class="cloze">{match[2] if answer else f"[{hint}]"}</span>'

    while (changed := CLOZE.sub(one, value)) != value:
        value = changed
    return value
