"""Where an inline token stands in the file: markdown-it knows only the lines of blocks.

Rules of ours leave `meta["offset"]`, a position in the block's inline content; here it becomes `line` and `column`.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from deckgen.syntax.doubts import DOUBTS

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_core import StateCore


LOCATED = re.compile(r"[<\[{}$]")
"""What all begin with that leave an offset."""


def add(md: MarkdownIt) -> None:
    """When every rule that leaves an offset has run."""
    md.core.ruler.push("locations", _locate)


def _locate(state: StateCore) -> None:
    lines: list[str] = []
    for token in state.tokens:
        if not token.children or not token.map or not LOCATED.search(token.content):
            continue
        lines = lines or state.src.split("\n")
        metas = [child.meta for child in token.children if "offset" in child.meta]
        if DOUBTS in state.env:
            metas += [doubt for child in token.children for doubt in child.meta.get(DOUBTS, ())]
        if "\n" in token.content:
            _locate_in_lines(token.content, token.map[0], metas, lines)
        else:
            line = min(token.map[0], len(lines) - 1)
            _place(metas, line, _prefix(lines[line], token.content))


def _locate_in_lines(content: str, first_line: int, metas: list[dict[str, Any]], lines: list[str]) -> None:
    """A block's content is its lines without the containers' prefixes, so each is found again in its source line."""
    pieces = content.split("\n")
    starts = list(accumulate([len(piece) + 1 for piece in pieces[:-1]], initial=0))
    found: dict[int, tuple[int, int]] = {}  # looked for once a line: it may be long and hold many children
    for meta in metas:
        index = bisect_right(starts, meta["offset"]) - 1
        if index not in found:
            line = min(first_line + index, len(lines) - 1)
            found[index] = line, _prefix(lines[line], pieces[index]) - starts[index]
        _place([meta], *found[index])


def _prefix(line: str, piece: str) -> int:
    return max(line.find(piece), 0)


def _place(metas: list[dict[str, Any]], line: int, behind: int) -> None:
    for meta in metas:
        meta["line"], meta["column"] = line + 1, behind + meta.pop("offset") + 1
