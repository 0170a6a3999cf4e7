"""Emphasis as Chinese people write it: `**重点：**文本` is bold.

CommonMark lets `**` close after punctuation only before a space or more punctuation. Chinese has no spaces, so
there the bold never closes (https://github.com/commonmark/commonmark-spec/issues/650). Here full-width punctuation
counts as a letter, and an East Asian character beside other punctuation counts as a space would.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from markdown_it.common.utils import isMdAsciiPunct, isPunctChar, isWhiteSpace
from markdown_it.rules_inline.state_inline import Delimiter, Scanned

from deckgen.characters import is_wide
from deckgen.patterns import later

if TYPE_CHECKING:
    from markdown_it.rules_inline.state_inline import StateInline


SPACED = later(r"\*\*[ \t]*[^*\s](?:[^*\n]*[^*\s])?[ \t]*\*\*")


def scan(state: StateInline, start: int, canSplitWord: bool) -> Scanned:  # noqa: N803, FBT001 - markdown-it's names
    """Whether `*`, `_`, `~~` or `==` may open and close there: in place of markdown-it's `scanDelims`."""
    marker, end = state.src[start], start
    while end < state.posMax and state.src[end] == marker:
        end += 1
    before = state.src[start - 1] if start > 0 else " "
    after = state.src[end] if end < state.posMax else " "
    left = flanks(after, before)
    right = flanks(before, after)
    if not left and not right and marker == "*":
        left, right = _around_a_line(state, start, end)
    can_open = left and (canSplitWord or not right or _is_punctuation(before))
    can_close = right and (canSplitWord or not left or _is_punctuation(after))
    return Scanned(can_open, can_close, end - start)


def _around_a_line(state: StateInline, start: int, end: int) -> tuple[bool, bool]:
    """Whether stars that touch spaces alone begin or end a line that is bold as a whole: `** 什么是锁？**`. Every editor
    for Chinese notes shows it so, and it may be a question.
    """
    opens = start == 0 or state.src[start - 1] == "\n"
    closes = end == state.posMax or state.src[end] == "\n"
    if not opens and not closes:  # most stars between spaces: the line need not be looked at
        return False, False
    first = state.src.rfind("\n", 0, start) + 1
    last = state.src.find("\n", end)
    whole = SPACED.fullmatch(state.src, first, last if last != -1 else state.posMax) is not None
    return whole and opens, whole and closes


def collect(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - markdown-it's signature
    """The same as markdown-it's rule, made fast: each `*` and `_` is a text and a delimiter, to be paired."""
    if silent:
        return False
    marker = state.src[state.pos]
    can_open, can_close, length = state.scanDelims(state.pos, marker == "*")
    for _ in range(length):
        state.push("text", "", 0).content = marker
        state.delimiters.append(Delimiter(ord(marker), length, len(state.tokens) - 1, -1, can_open, can_close))
    state.pos += length
    return True


@lru_cache(maxsize=10_000)
def flanks(toward: str, behind: str) -> bool:
    """Whether a delimiter run leans on the character `toward` it."""
    if isWhiteSpace(ord(toward)):
        return False
    return not _is_punctuation(toward) or isWhiteSpace(ord(behind)) or _is_punctuation(behind) or is_wide(behind)


@lru_cache(maxsize=10_000)
def _is_punctuation(character: str) -> bool:
    if is_wide(character):
        return False
    return isMdAsciiPunct(ord(character)) or isPunctChar(character)
