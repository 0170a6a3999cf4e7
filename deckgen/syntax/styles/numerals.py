"""Numbers as Chinese writes them, up to 九十九: 三, 十二, 二十一."""

from __future__ import annotations

NUMERAL = "(?:[一二三四五六七八九]?十[一二三四五六七八九]?|[一二三四五六七八九])"
"""A pattern. As 一 is a word too, what stands behind has to say that it is a number."""
DIGITS = "零一二三四五六七八九"


def value(number: str) -> int:
    """What a `NUMERAL` says."""
    tens, ten, ones = number.rpartition("十")
    return (10 * (DIGITS.index(tens) or 1) if ten else 0) + DIGITS.index(ones)
