"""`%%…%%`, a comment as Obsidian writes it, in a line or over several, and `^id` at a block's end, which names the block
for links: neither is on a card.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from deckgen.patterns import later
from deckgen.syntax.tokens import copied, line_text

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock
    from markdown_it.rules_core import StateCore
    from markdown_it.rules_inline import StateInline

MARK = "%%"
BLOCK_ID = later(
    r"(?:(?:^|(?<!\s)\s+)\^(?:(?=[A-Za-z0-9-]*[A-Za-z])[A-Za-z0-9-]{4,}|\d{6,})"
    r"|(?:^|(?<=[.。!！?？:：;；)）])\s+)\^[A-Za-z]+\d[A-Za-z0-9]*)\s*\Z"
)
"""No power, `x ^2`, and nothing that a program says, `a ^b1`."""


def add(md: MarkdownIt) -> None:
    """A comment that does not end is text."""
    md.inline.ruler.before("link", "comment", _inline)
    md.block.ruler.before(
        "paragraph", "comment_block", _block, {"alt": ["paragraph", "reference", "blockquote", "list"]}
    )
    md.core.ruler.after("inline", "block_id", _without_ids)


def _inline(state: StateInline, silent: bool) -> bool:  # noqa: ARG001, FBT001 - markdown-it's signature
    if not state.src.startswith(MARK, state.pos):
        return False
    end = state.src.find(MARK, state.pos + len(MARK))
    if end <= state.pos + len(MARK):
        return False
    state.pos = end + len(MARK)
    return True


def _block(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:  # noqa: FBT001 - markdown-it's signature
    first = line_text(state, start_line)
    if not first.startswith(MARK) or MARK in first[len(MARK) :] or state.is_code_block(start_line):
        return False
    for line in range(start_line + 1, end_line):
        below = state.src[state.bMarks[line] : state.eMarks[line]]
        if MARK in below:
            ends = below.rstrip().endswith(MARK)
            if ends and not silent:
                state.line = line + 1
            return ends
    return False


def _without_ids(state: StateCore) -> None:
    alone = []
    for index, token in enumerate(state.tokens if "^" in state.src else ()):
        children = token.children or []
        text = children[-1].content if children and children[-1].type == "text" else ""
        if "^" in text and (found := BLOCK_ID.search(text)):
            children[-1] = copied(children[-1], content=text[: found.start()])
            if len(children) == 1 and not children[0].content and state.tokens[index - 1].type == "paragraph_open":
                alone.append(index)
    for index in reversed(alone):
        del state.tokens[index - 1 : index + 2]
