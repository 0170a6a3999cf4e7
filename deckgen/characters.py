"""How characters are written: how wide, and whether with spaces around them."""

from __future__ import annotations

import unicodedata
from functools import lru_cache


def is_wide(character: str) -> bool:
    """Whether it is a Chinese or Japanese character or one of their full-width marks: written without spaces around it."""
    return unicodedata.east_asian_width(character) in "WF" and not "가" <= character <= "힣"


def cells(text: str) -> int:
    """The text's width in columns of a terminal: a Chinese character takes two, a combining mark and a joiner none."""
    return len(text) if text.isascii() else sum(map(_cells, text))


@lru_cache(maxsize=4096)
def _cells(character: str) -> int:
    if unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
