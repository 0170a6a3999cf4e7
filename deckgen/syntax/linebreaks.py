"""A line break between two Chinese characters adds no space."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deckgen.characters import is_wide

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_core import StateCore
    from markdown_it.token import Token


def add(md: MarkdownIt) -> None:
    """A browser shows the break as a space, so the break itself goes."""
    md.core.ruler.push("linebreaks", _join)


def _join(state: StateCore) -> None:
    for token in state.tokens:
        several = "\n" in token.content or not token.content  # a question of ours has no content
        if several and token.children and "softbreak" in [child.type for child in token.children]:
            token.children = _joined(token.children)


def _joined(children: list[Token]) -> list[Token]:
    return [
        child
        for index, child in enumerate(children)
        if child.type != "softbreak"
        or not (_edge(children, range(index - 1, -1, -1), -1) and _edge(children, range(index + 1, len(children)), 0))
    ]


def _edge(children: list[Token], outward: range, end: int) -> bool:
    """Whether the nearest visible character is a wide one; mark-up in between is invisible."""
    for index in outward:
        token = children[index]
        if token.type in ("text", "code_inline", "math") and token.content:
            return token.type == "text" and is_wide(token.content[end])
        if token.type in ("image", "softbreak", "hardbreak"):
            return False
    return False
