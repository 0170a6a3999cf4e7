"""`{{c1::phrase::hint}}` in a field → what a card shows of it. Clozes may hold clozes."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from deckgen.cards.plain import without_tags

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(slots=True)
class _Cloze:
    numbers: list[int]
    """The cards that ask for it."""
    parts: list[str | _Cloze] = field(default_factory=list)
    hint: str = "..."

    @property
    def label(self) -> str:
        return ",".join(map(str, self.numbers))

    @property
    def text(self) -> str:
        return "".join(part if isinstance(part, str) else part.text for part in self.parts)


def ordinals(text: str) -> set[int]:
    """The cards that clozes in a field ask for."""
    return {number for cloze in _clozes(_parse(text)) for number in cloze.numbers if number}


def reveal(text: str, ordinal: int, *, on_front: bool) -> str:
    """The field on this card; nothing at all where no cloze of this number is in it."""
    parts = _parse(text)
    if not any(ordinal in cloze.numbers for cloze in _clozes(parts)):
        return ""
    html = _shown(parts, ordinal, on_front=on_front)
    return FORMULA.sub(lambda match: match[1] + without_tags(match[2]) + match[3], html)


def reveal_only(text: str, ordinal: int, *, on_front: bool) -> str:
    """Only the phrases that this card asks for, or their hints."""
    asked = [cloze for cloze in _clozes(_parse(text)) if ordinal in cloze.numbers]
    return ", ".join(cloze.hint if on_front else cloze.text for cloze in asked)


FORMULA = re.compile(r"(\\[(\[])(.*?)(\\[)\]])", re.DOTALL)
"""Anki removes HTML in it, so that MathJax sees the formula alone."""


def _shown(parts: list[str | _Cloze], ordinal: int, *, on_front: bool) -> str:
    return "".join(part if isinstance(part, str) else _span(part, ordinal, on_front=on_front) for part in parts)


def _span(cloze: _Cloze, ordinal: int, *, on_front: bool) -> str:
    inside = _shown(cloze.parts, ordinal, on_front=on_front)
    if ordinal not in cloze.numbers:
        return f'<span class="cloze-inactive" data-ordinal="{cloze.label}">{inside}</span>'
    if not on_front:
        return f'<span class="cloze" data-ordinal="{cloze.label}">{inside}</span>'
    data = SPECIAL.sub(_entity, inside)
    return f'<span class="cloze" data-cloze="{data}" data-ordinal="{cloze.label}">[{cloze.hint}]</span>'


SPECIAL = re.compile(r"[^0-9A-Za-z\u0100-\U0010ffff]")
NAMED = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}


def _entity(match: re.Match[str]) -> str:
    return NAMED.get(match[0]) or f"&#x{ord(match[0]):02X};"


def _clozes(parts: list[str | _Cloze]) -> Iterator[_Cloze]:
    """Every cloze, outer ones before those inside them."""
    for part in parts:
        if not isinstance(part, str):
            yield part
            yield from _clozes(part.parts)


BOUNDARY = re.compile(r"\{\{c([0-9,]+)::|\}\}")
DEEPEST = 10
LARGEST = 0xFFFF


@lru_cache(maxsize=64)
def _parse(text: str) -> list[str | _Cloze]:
    """Text and clozes. One that is never closed is lost, as Anki loses it; of too many in each other the inner ones
    do not count.
    """
    top: list[str | _Cloze] = []
    stack: list[_Cloze] = []
    for piece in _pieces(text):
        if isinstance(piece, list):
            if len(stack) < DEEPEST:
                stack.append(_Cloze(piece))
        elif piece == "}}" and stack:
            cloze = stack.pop()
            (stack[-1].parts if stack else top).append(cloze)
        elif stack:
            phrase, separator, hint = piece.partition("::")
            stack[-1].parts.append(phrase)
            stack[-1].hint = hint if separator else stack[-1].hint
        else:
            top.append(piece)
    return top


def _pieces(text: str) -> Iterator[str | list[int]]:
    """The numbers of a cloze that begins, `}}`, and the text between."""
    start = 0
    for match in BOUNDARY.finditer(text):
        numbers = _numbers(match[1] or "")
        if match[1] and not numbers:
            continue
        if match.start() > start:
            yield text[start : match.start()]
        yield numbers or "}}"
        start = match.end()
    if start < len(text):
        yield text[start:]


def _numbers(listed: str) -> list[int]:
    """`1,3` as numbers, ascending; none that Anki cannot count."""
    parts = {part.lstrip("0").rjust(1, "0") for part in listed.split(",") if part}
    return sorted(int(part) for part in parts if len(part) <= len(str(LARGEST)) and int(part) <= LARGEST)
