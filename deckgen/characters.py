"""Questions asked of a single character."""

from __future__ import annotations

import unicodedata


def is_wide(character: str) -> bool:
    """Whether it is a Chinese or Japanese character or one of their full-width marks: written without spaces around it."""
    return unicodedata.east_asian_width(character) in "WF" and not "가" <= character <= "힣"
