"""`---` directly below a text: Markdown makes a heading of it, where a rule was meant to part two questions.

A heading that ends in a full stop or has several lines is none, nor is one that touches a heading above it, nor one in a
document whose headings of the same rank are written `## …`; but what asks, or stands in bold, may well be one, and so is
what is underlined at length.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from deckgen.syntax.tokens import copied, new_block

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_core import StateCore
    from markdown_it.token import Token

STOPS = tuple("。；！：，、…;!:,.")
MEANT = ("?", "？", "*", "_")
"""What a heading that is meant as one may end in, or in bold begin with."""
FEW = 6
"""Dashes of a rule; whoever underlines a heading makes the line as long as that."""
RANK = ("#", "##")
"""Of the headings that take the place of underlined ones; deeper ones stand beside them."""


def add(md: MarkdownIt) -> None:
    """Make rules of them, before the text in them is read."""
    md.core.ruler.after("block", "dashes", _rules)


def _rules(state: StateCore) -> None:
    headings = [(index, token) for index, token in enumerate(state.tokens) if token.type == "heading_open"]
    underlined = [(index, token) for index, token in headings if token.markup == "-"]
    if not underlined:
        return
    others, lines = any(token.markup in RANK for _, token in headings), state.src.split("\n")
    for index, token in reversed(underlined):
        few = token.map is not None and lines[token.map[1] - 1].count("-") <= FEW
        below = index > 0 and state.tokens[index - 1].type == "heading_close"
        touches = below and state.tokens[index - 2].map == [token.map[0] - 1, token.map[0]] if token.map else False
        if few and (touches or _is_text(state.tokens[index + 1].content.rstrip(), others=others)):
            state.tokens[index : index + 3] = _paragraph_and_rule(*state.tokens[index : index + 3])


def _is_text(heading: str, *, others: bool) -> bool:
    """Whether what looks like a heading is none. `others` says that headings of its rank are written otherwise."""
    if heading.endswith(STOPS) or "\n" in heading:
        return True
    return others and not heading.endswith(MEANT) and not heading.startswith(MEANT)


def _paragraph_and_rule(opening: Token, inline: Token, closing: Token) -> list[Token]:
    start, end = opening.map or (0, 0)
    rule = copied(new_block("hr", "hr", 0), map=[end - 1, end], level=opening.level, markup="---")
    lines = [start, end - 1]
    return [
        copied(opening, type="paragraph_open", tag="p", markup="", map=lines),
        copied(inline, map=lines),
        copied(closing, type="paragraph_close", tag="p", markup=""),
        rule,
    ]
