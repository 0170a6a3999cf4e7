"""Attributes in braces, as other programs write them: of `[…]{.underline}` and `[…]{.mark}`, which Pandoc makes of Word's,
come `underline_open` and `mark_open`, of any other only the text; `{: id="…"}`, as SiYuan and kramdown write it, is on no
card.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from deckgen.patterns import later
from deckgen.syntax.tokens import MARK, UNDERLINE, line_text

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock
    from markdown_it.rules_inline import StateInline

NAMED = r"""[#.][^\W\d][\w:.-]*|[\w:-]+=(?:"[^"\n]*"|'[^'\n]*')"""
OF_SPAN = later(rf"\{{[ \t]*(?:{NAMED})(?:\s+(?:{NAMED}))*[ \t]*\}}")
OF_BLOCK = later(rf"\{{:[ \t]*(?:(?:{NAMED})(?:[ \t]+(?:{NAMED}))*|toc)[ \t]*\}}")
"""Not of `{:.2f}` and `{:ok}`, which are programs'."""
PAIRS = {".underline": UNDERLINE, ".ul": UNDERLINE, ".mark": MARK, ".highlight": MARK}


def add(md: MarkdownIt) -> None:
    """A block's attributes stand below it in a line of their own, those of a list's item at its beginning."""
    md.inline.ruler.before("link", "span", _span)
    md.inline.ruler.before("link", "attributes", _attributes)
    md.block.ruler.before(
        "lheading", "attributes_block", _block, {"alt": ["paragraph", "reference", "blockquote", "list"]}
    )


def _span(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - markdown-it's signature
    start = state.pos
    if state.src[start] != "[" or start > _last_span(state.src):
        return False
    end = state.md.helpers.parseLinkLabel(state, start)
    match = OF_SPAN.match(state.src, end + 1, state.posMax) if end >= 0 else None
    if match is None:
        return False
    if not silent:
        pair = next((PAIRS[name] for name in match[0].strip("{} \t").split() if name in PAIRS), None)
        if pair:
            _push(state, pair, 1, "[", start)
        state.pos, state.posMax, after = start + 1, end, state.posMax
        state.md.inline.tokenize(state)
        state.posMax = after
        if pair:
            _push(state, pair, -1, match[0], end)
    state.pos = match.end()
    return True


@lru_cache(maxsize=8)  # a picture's description is read between
def _last_span(source: str) -> int:
    """Behind it no bracket needs to be looked at: there may be thousands."""
    return source.rfind("]{")


def _push(state: StateInline, pair: tuple[str, str], nesting: Literal[-1, 1], typed: str, offset: int) -> None:
    kind = pair[0] if nesting == 1 else pair[1]
    token = state.push(kind, "mark", nesting) if pair is MARK else state.push(kind, "", 0)
    token.content, token.meta = "" if pair is MARK else typed, {"offset": offset}


def _attributes(state: StateInline, silent: bool) -> bool:  # noqa: ARG001, FBT001 - markdown-it's signature
    match = OF_BLOCK.match(state.src, state.pos, state.posMax)
    if match:
        state.pos = match.end()
    return match is not None


def _block(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:  # noqa: ARG001, FBT001 - markdown-it's signature
    text = line_text(state, start_line)
    match = OF_BLOCK.match(text)
    if not match or text[match.end() :].strip() or state.is_code_block(start_line):
        return False
    if not silent:
        state.line = start_line + 1
    return True
