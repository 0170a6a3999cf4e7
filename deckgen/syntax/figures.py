"""A figure declared in a fenced block, ```` ```figure KIND ```` → `figure`, whose content is the block's TOML."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_core import StateCore


NAMES = ("figure", "figures")
"""The second is a slip that would leave the numbers on the card."""


def add(md: MarkdownIt) -> None:
    """A fence stays a fence for Markdown, so that every viewer shows the block as code."""
    md.core.ruler.push("figure", _recognise)


def _recognise(state: StateCore) -> None:
    for token in state.tokens if "igure" in state.src else ():
        words = token.info.split() if token.type == "fence" else []
        if words and words[0].lower() in NAMES:
            token.type = "figure"
            token.meta["kind"] = " ".join(words[1:])
