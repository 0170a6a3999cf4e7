"""Numbers, also as Chinese writes them, up to 九十九: 三, 十二, 二十一."""

from __future__ import annotations

from deckgen.patterns import one_of

DIGIT = one_of("一二三四五六七八九")
NUMERAL = f"(?:{DIGIT}?十{DIGIT}?|{DIGIT})"
"""A pattern. As 一 is a word too, what stands behind has to say that it is a number."""
DIGITS = "零一二三四五六七八九"
BRACKETS = "（()）"
LONGEST_NUMBER = 9


def value(written: str) -> int:
    """What a number says, in digits or as a `NUMERAL`, perhaps in brackets, or in a circle; 0 for such as belong to no
    row, as 1.2 does.
    """
    number = written.strip(BRACKETS)
    if "①" <= number <= "⑳":
        return ord(number) - ord("①") + 1
    if number[:1].isdecimal():
        return int(number) if number.isdecimal() and len(number) <= LONGEST_NUMBER else 0
    tens, ten, ones = number.rpartition("十")
    return (10 * (DIGITS.index(tens) or 1) if ten else 0) + DIGITS.index(ones)
