r"""Formulas: `$…$`, `$$…$$`, `\(…\)`, `\[…\]` → `math`, whose content is TeX as typed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mdit_py_plugins.dollarmath.index import math_block_dollar

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_core import StateCore
    from markdown_it.rules_inline import StateInline

BRACKETS = {"\\(": ("\\)", False), "\\[": ("\\]", True), "$$": ("$$", True), "$": ("$", False)}
"""What opens a formula → what closes it, and whether it is displayed on a line of its own."""


def add(md: MarkdownIt) -> None:
    """One rule for formulas in a line; the plugin's for those that span lines."""
    md.inline.ruler.before("escape", "math", _inline)
    md.block.ruler.before("fence", "math_block", math_block_dollar(allow_labels=False))
    md.core.ruler.push("math", _rename_blocks)


def _inline(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - markdown-it's signature
    source, start = state.src, state.pos
    if source[start] not in "\\$":
        return False
    opening = source[start : start + 2]
    opening = opening if opening in BRACKETS else source[start]
    closing, display = BRACKETS.get(opening, ("", False))
    if not closing or start > _last(state, closing):
        return False
    end = _end(source, start + len(opening), state.posMax, closing)
    if end == -1:
        return False
    if not silent:
        token = state.push("math", "", 0)
        token.content = source[start + len(opening) : end]
        token.meta["display"] = display
    state.pos = end + len(closing)
    return True


def _last(state: StateInline, closing: str) -> int:
    """Where the paragraph's last one stands: behind it, a search to the end for each opening would take its square."""
    source, last = state.env.get(closing, ("", -1))
    if source is not state.src:
        last = state.src.rfind(closing)
        state.env[closing] = state.src, last
    return int(last)


def _end(source: str, start: int, maximum: int, closing: str) -> int:
    """Where the formula ends; -1 where this is none, such as a price.

    A formula touches its dollars, and no digit follows the last (pandoc's rule): `$5 and $6` is text.
    """
    end = source.find(closing, start, maximum)
    while end > start and closing[0] == "$" and source[end - 1] == "\\":
        end = source.find(closing, end + 1, maximum)
    content = source[start:end] if end != -1 else ""
    if not content.strip():
        return -1
    if closing == "$" and (content != content.strip() or source[end + 1 : end + 2].isdigit()):
        return -1
    return end


def _rename_blocks(state: StateCore) -> None:
    for token in state.tokens if "$$" in state.src else ():
        if token.type == "math_block":
            token.type = "math"
            token.meta["display"] = True
