"""Where an inline token stands in the file: markdown-it knows only the lines of blocks.

Rules of ours leave `meta["offset"]`, a position in the block's inline content; here it becomes `line` and `column`.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_core import StateCore
    from markdown_it.token import Token


def add(md: MarkdownIt) -> None:
    """When every rule that leaves an offset has run."""
    md.core.ruler.push("locations", _locate)


def _locate(state: StateCore) -> None:
    lines: list[str] | None = None
    for token in state.tokens:
        marked = [child for child in token.children if "offset" in child.meta] if token.children else None
        if marked and token.map:
            lines = lines or state.src.split("\n")
            _locate_children(token.content, token.map[0], marked, lines)


def _locate_children(content: str, first_line: int, children: list[Token], lines: list[str]) -> None:
    """A block's content is its lines without the containers' prefixes, so each is found again in its source line."""
    pieces = content.split("\n")
    starts = list(accumulate([len(piece) + 1 for piece in pieces[:-1]], initial=0))
    found: dict[int, tuple[int, int]] = {}  # looked for once a line: it may be long and hold many children
    for child in children:
        meta = child.meta
        offset = meta.pop("offset")
        index = bisect_right(starts, offset) - 1
        if index not in found:
            line = min(first_line + index, len(lines) - 1)
            found[index] = line, max(lines[line].find(pieces[index]), 0)
        line, prefix = found[index]
        meta["line"] = line + 1
        meta["column"] = prefix + offset - starts[index] + 1
