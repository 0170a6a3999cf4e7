"""GitHub's alerts and Obsidian's callouts: a quote that begins with `[!tip] Title` → `callout_open`, `callout_close`.

The title is an `inline` between `callout_title_open` and `callout_title_close`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from markdown_it.token import Token

from deckgen.patterns import later
from deckgen.syntax.tokens import BREAKS, CLOZE, UNDERLINE, copied, may_hold

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_core import StateCore

MARKER = later(r"\[!([A-Za-z][\w-]{0,40})(?:\|[^\]\n]{0,80})?\]([+-]?)[ \t]*")
STEPS = {UNDERLINE[0]: 1, UNDERLINE[1]: -1, CLOZE[0]: 1, CLOZE[1]: -1}


def add(md: MarkdownIt) -> None:
    """Markdown has read the quote; it is renamed."""
    md.core.ruler.push("callouts", _recognise)


def _recognise(state: StateCore) -> None:
    may_be_one = may_hold(state.src, "[!") or ":::" in state.src or "!!!" in state.src
    if not may_be_one or not any(token.type == "blockquote_open" for token in state.tokens):
        return
    tokens: list[Token] = []
    quotes: list[dict[str, Any]] = []
    skipped = -1
    for index, token in enumerate(state.tokens):
        if index <= skipped:
            continue
        if token.type == "blockquote_open":
            head = _head(state.tokens[index + 1 : index + 4], token)
            quotes.append(head[0].meta if head else {})
            tokens += head or [token]
            skipped = index + 3 if head else skipped
        elif token.type == "blockquote_close" and (meta := quotes.pop()):
            tokens.append(Token("callout_close", "", -1, block=True, meta=meta))
        else:
            tokens.append(token)
    state.tokens = tokens


def _head(paragraph: list[Token], quote: Token) -> list[Token]:
    """A callout's beginning in place of the quote's and of its first paragraph; nothing where it is a mere quote."""
    inline = paragraph[1] if len(paragraph) > 1 and paragraph[0].type == "paragraph_open" else None
    children = inline.children if inline else None
    match = MARKER.match(children[0].content) if children and children[0].type == "text" else None
    if not inline or not children or not match:
        return []
    children = [copied(children[0], content=children[0].content[match.end() :]), *children[1:]]
    end = _title_end(children)
    meta = {"kind": match[1].lower(), "fold": match[2], "titled": any(c.content.strip() for c in children[:end])}
    head = [
        Token("callout_open", "", 1, map=quote.map, block=True, meta=meta),
        Token("callout_title_open", "", 1, block=True, meta=meta),
        copied(inline, children=children[:end]),
        Token("callout_title_close", "", -1, block=True, meta=meta),
    ]
    if children[end + 1 :]:
        head += [paragraph[0], copied(inline, children=children[end + 1 :]), paragraph[2]]
    return head


def _title_end(children: list[Token]) -> int:
    """The first line's end; mark-up that goes on beyond it is not torn apart."""
    depth = 0
    for index, child in enumerate(children):
        depth += child.nesting
        if not child.meta.get("unclosed"):
            depth += STEPS.get(child.type, 0)
        if depth == 0 and child.type in BREAKS:
            return index
    return len(children)
