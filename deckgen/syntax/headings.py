"""Headings that are none in Markdown: `##什么是进程？`, without the space, as many editors show it (`#标签` stays a tag), and
`<h2>什么是进程？</h2>`, as some export it: what stands in it is read as in any other. So is what stands in a `<p>`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from markdown_it.common.utils import mdTrim

from deckgen.patterns import later, one_of

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock
    from markdown_it.rules_core import StateCore

TIGHT = later(rf"(#{{2,6}}|#(?=\d{{1,4}}{one_of('.．、')}\s*\D))[^\s#]")
"""`#1. …`, too: no tag has a full stop behind its number."""
TYPED = later(r"<(?P<tag>h[1-6]|p(?=>))(?:\s[^<>]*)?>", re.IGNORECASE)
"""A `<p>` with attributes, as `align`, stays HTML, and so does one in a list, which would set it without space."""
GIVEN_ID = later(r"\s*\{#(?![\w.:/+-]+\})[^\s{}]+\}\s*\Z")
TAIL = later(r"[ \t]+#+[ \t]*\Z")


def add(md: MarkdownIt) -> None:
    """Read them with what markdown-it's own rule ends."""
    ends = ["paragraph", "reference", "blockquote"]
    md.block.ruler.after("heading", "tight_heading", _heading, {"alt": ends})
    md.block.ruler.before("html_block", "typed_block", _typed, {"alt": ends})
    md.core.ruler.after("block", "given_id", _without_ids)


def _heading(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:  # noqa: ARG001, FBT001 - markdown-it's signature
    start, end = state.bMarks[start_line] + state.tShift[start_line], state.eMarks[start_line]
    found = TIGHT.match(state.src, start, end)
    if not found or state.is_code_block(start_line):
        return False
    if not silent:
        text = mdTrim(TAIL.sub("", state.src[found.end(1) : end]))
        _push(state, f"h{len(found[1])}", text, [start_line, start_line + 1])
    return True


def _typed(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:  # noqa: FBT001 - markdown-it's signature
    found = _opening(state, start_line)
    tag = found["tag"].lower() if found else ""
    if not found or state.is_code_block(start_line) or (tag == "p" and state.level):
        return False
    closing, end = f"</{tag}>", start_line + 1
    while closing not in _lines(state, end - 1, end).lower() and end < end_line and _goes_on(state, end):
        end += 1
    text = _lines(state, start_line, end).strip()[len(found[0]) :]
    if not text.lower().endswith(closing) or text.lower().count(closing) > 1:
        return False
    if not silent:
        text = text[: -len(closing)]
        above = text[: len(text) - len(text.lstrip())].count("\n")
        _push(state, tag, mdTrim(text), [start_line + above, end])
    return True


def _opening(state: StateBlock, line: int) -> re.Match[str] | None:
    return TYPED.match(state.src, state.bMarks[line] + state.tShift[line], state.eMarks[line])


def is_typed(line: str) -> bool:
    """Whether a line is a whole heading, `<h2>…</h2>`."""
    tag = found["tag"].lower() if (found := TYPED.match(line)) else "p"
    return tag != "p" and line.rstrip().lower().endswith(f"</{tag}>")


def _without_ids(state: StateCore) -> None:
    """`{#1.-what-is-it?}`, as Google writes it behind a heading, is none of our names: it is made of the heading."""
    for index, token in enumerate(state.tokens if "{#" in state.src else ()):
        content = state.tokens[index + 1].content if token.type == "heading_open" else ""
        if found := GIVEN_ID.search(content):
            state.tokens[index + 1].content = content[: found.start()]


def _lines(state: StateBlock, start: int, end: int) -> str:
    return state.getLines(start, end, state.blkIndent, keepLastLF=False)


def _goes_on(state: StateBlock, line: int) -> bool:
    return not state.isEmpty(line) and state.sCount[line] >= state.blkIndent and not _opening(state, line)


def _push(state: StateBlock, tag: str, text: str, lines: list[int]) -> None:
    kind, markup = ("paragraph", "") if tag == "p" else ("heading", "#" * int(tag[1:]))
    state.line = lines[1]
    opening = state.push(f"{kind}_open", tag, 1)
    inline = state.push("inline", "", 0)
    closing = state.push(f"{kind}_close", tag, -1)
    opening.markup = closing.markup = markup
    opening.map, inline.map = lines, list(lines)
    inline.content, inline.children = text, []
