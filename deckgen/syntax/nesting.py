"""How deep quotes and lists may stand in one another: beyond, markdown-it passes over what stands inside, in silence."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_core import StateCore

DEEPEST = 40
"""In levels of markdown-it: a quote is one, a list is two."""


def add(md: MarkdownIt) -> None:
    """Raise markdown-it's own bound, and mark a container whose inside is lost."""
    md.options.maxNesting = DEEPEST
    md.core.ruler.push("nesting", _mark)


def _mark(state: StateCore) -> None:
    for token in state.tokens:
        if token.nesting == 1 and token.level >= DEEPEST - 1:
            token.meta["too_deep"] = True
