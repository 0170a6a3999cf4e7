"""`##什么是进程？`: a heading without the space that Markdown wants, as many editors show it. `#标签` stays a tag."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from markdown_it.common.utils import mdTrim

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock

TIGHT = re.compile(r"(#{2,6}|#(?=\d{1,4}[.．、]\s*\D))[^\s#]")
"""`#1. …`, too: no tag has a full stop behind its number."""
TAIL = re.compile(r"[ \t]+#+[ \t]*\Z")


def add(md: MarkdownIt) -> None:
    """Read it behind markdown-it's own rule, with what that one ends."""
    md.block.ruler.after("heading", "tight_heading", _heading, {"alt": ["paragraph", "reference", "blockquote"]})


def _heading(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:  # noqa: ARG001, FBT001 - markdown-it's signature
    start, end = state.bMarks[start_line] + state.tShift[start_line], state.eMarks[start_line]
    found = TIGHT.match(state.src, start, end)
    if not found or state.is_code_block(start_line):
        return False
    if silent:
        return True
    state.line = start_line + 1
    lines = [start_line, state.line]
    opening = state.push("heading_open", f"h{len(found[1])}", 1)
    inline = state.push("inline", "", 0)
    closing = state.push("heading_close", opening.tag, -1)
    opening.markup = closing.markup = found[1]
    opening.map, inline.map = lines, list(lines)
    inline.content, inline.children = mdTrim(TAIL.sub("", state.src[found.end(1) : end])), []
    return True
