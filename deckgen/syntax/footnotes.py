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
from deckgen.syntax.doubts import DOUBTS, doubt

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from markdown_it import MarkdownIt
    from markdown_it.rules_core import StateCore
    from markdown_it.rules_inline import StateInline

REFERENCE = later(r"\[\^[^\[\]\s]{1,100}\]")
MEANT = later(r"\[\^(?!.-.)[\w-]+\]：?")
"""What reads like a reference, or with a colon of a Chinese keyboard like a footnote, and not like the characters `[^a-z]` of a pattern."""
UNUSED = "unused-footnote"


def add(md: MarkdownIt) -> None:
    """The plugin reads them; its links back and forth are left out, as ids would clash in a card."""
    md.use(footnote_plugin)
    md.inline.ruler.at("footnote_ref", _reference)
    md.core.ruler.before("footnote_tail", "footnotes_unused", _find_unused)
    md.core.ruler.push("footnotes", _finish)


def _reference(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - markdown-it's signature
    """The plugin's rule looks for `]` in all of the rest, which takes long in hostile text."""
    reference = REFERENCE.match(state.src, state.pos, state.posMax)
    if reference is None:
        return False
    if footnote_ref(state, silent):
        return True
    if not silent and (meant := MEANT.match(state.src, state.pos, state.posMax)):
        begins = state.pos == 0 or state.src[state.pos - 1] == "\n"
        doubt(state, "missing-footnote", state.pos, meant[0] if begins else meant[0].rstrip("："))
    return False


def _find_unused(state: StateCore) -> None:
    """The plugin leaves out footnotes that nothing refers to."""
    references = state.env["footnotes"]["refs"] if "footnotes" in state.env else {}
    if -1 not in references.values():
        return
    lines = state.src.split("\n")
    for token in state.tokens:
        if token.type == "footnote_reference_open" and token.map and references[f":{token.meta['label']}"] == -1:
            place = {"line": token.map[0] + 1, "column": lines[token.map[0]].find("[^") + 1}
            state.env.setdefault(UNUSED, []).append({"code": UNUSED, "text": f"[^{token.meta['label']}]", **place})


def _finish(state: StateCore) -> None:
    if "footnotes" not in state.env:
        return
    state.tokens = [token for token in state.tokens if token.type != "footnote_anchor"]
    if UNUSED in state.env:
        opening, closing = _token("footnote_block_open", 1), _token("footnote_block_close", -1)
        opening.meta[DOUBTS] = state.env[UNUSED]
        state.tokens += (opening, closing)


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
