"""What looks like a construct and is text, since something of it is missing or mistyped: lint tells the author.

A rule says so as it passes. Texts are joined only after that, so each doubt is put on its text when all are read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from markdown_it import MarkdownIt
    from markdown_it.rules_core import StateCore
    from markdown_it.rules_inline import StateInline
    from markdown_it.token import Token

DOUBTS = "doubts"
"""The key of a token's meta, and of markdown-it's environment, where they wait by source and place."""

SHOWN = ("text", "math")


def doubt(state: StateInline, code: str, start: int, text: str) -> None:
    """Of the `text` that begins behind `start` and is shown as it is, the diagnostic `code` has something to say."""
    state.env.setdefault(DOUBTS, {}).setdefault(state.src, {})[start] = code, text


def add(md: MarkdownIt) -> None:
    """Before `locations`, which gives each its line and column."""
    md.core.ruler.push(DOUBTS, _attach)


def _attach(state: StateCore) -> None:
    found = state.env.get(DOUBTS, {})
    for token in state.tokens if found else ():
        if token.children and token.content in found:
            _put(token.children, sorted(found[token.content].items()))


def _put(children: Iterable[Token], doubts: list[tuple[int, tuple[str, str]]]) -> None:
    """Each on the next token that has its first two characters, whichever that is: its place is known."""
    waiting = doubts[::-1]
    for child in children:
        at = 0
        while waiting and child.type in SHOWN:
            offset, (code, text) = waiting[-1]
            at = child.content.find(text[:2], at) + 1
            if not at:
                break
            child.meta.setdefault(DOUBTS, []).append({"offset": offset, "code": code, "text": text})
            waiting.pop()
