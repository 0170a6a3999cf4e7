"""Footnotes: `text[^1]` and `[^1]: its text` anywhere in the file, or `^[its text]` → `footnote_ref` and, behind the
document, the footnotes.

`attach` puts those that a note refers to at its end, numbered from 1: a card shows one note.
"""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Literal

from markdown_it.token import Token
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.footnote.index import footnote_ref

from deckgen.patterns import later

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from markdown_it import MarkdownIt
    from markdown_it.rules_core import StateCore
    from markdown_it.rules_inline import StateInline

REFERENCE = later(r"\[\^[^\[\]\s]{1,100}\]")


def add(md: MarkdownIt) -> None:
    """The plugin reads them; its links back and forth are left out, as ids would clash in a card."""
    md.use(footnote_plugin)
    md.inline.ruler.at("footnote_ref", _reference)
    md.core.ruler.push("footnotes", _without_anchors)


def _reference(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - markdown-it's signature
    """The plugin's rule looks for `]` in all of the rest, which takes long in hostile text."""
    return REFERENCE.match(state.src, state.pos, state.posMax) is not None and footnote_ref(state, silent)


def _without_anchors(state: StateCore) -> None:
    if "footnotes" in state.env:
        state.tokens = [token for token in state.tokens if token.type != "footnote_anchor"]


def by_id(block: Sequence[Token]) -> dict[int, list[Token]]:
    """The tokens of each footnote, from the block that stands behind the document."""
    found: dict[int, list[Token]] = {}
    current: list[Token] = []
    for token in block:
        if token.type == "footnote_open":
            current = found[token.meta["id"]] = []
        elif token.type not in ("footnote_block_open", "footnote_close", "footnote_block_close"):
            current.append(token)
    return found


def attach(tokens: Iterable[Token], footnotes: Mapping[int, Sequence[Token]], numbers: dict[int, int]) -> list[Token]:
    """The footnotes that these tokens refer to, as a list that follows them; `numbers`, by id, grows by theirs."""
    first = len(numbers) + 1
    items: list[Token] = []
    waiting = list(_references(tokens))
    for reference in waiting:  # which grows: a footnote may refer to others
        number = reference.meta["id"]
        if number not in numbers:
            numbers[number] = len(numbers) + 1
            inside = deepcopy(list(footnotes.get(number, ())))  # another note may show the same one
            waiting += _references(inside)
            items += [_token("footnote_open", 1), *inside, _token("footnote_close", -1)]
        reference.meta["number"] = numbers[number]
    if not items:
        return []
    return [_token("footnotes_open", 1, first=first), *items, _token("footnotes_close", -1)]


def _references(tokens: Iterable[Token]) -> Iterator[Token]:
    for token in tokens:
        yield from (child for child in token.children or () if child.type == "footnote_ref")


def _token(kind: str, nesting: Literal[-1, 1], **meta: int) -> Token:
    return Token(kind, "", nesting, block=True, meta=meta)
