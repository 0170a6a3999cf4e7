"""A line of tags alone, `#llm/attention #面试` → the tags; `parse` takes such lines out of a note and its preface."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from deckgen.patterns import later
from deckgen.syntax.tokens import BREAKS, copied, may_hold

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markdown_it.token import Token

NAME = r"(?=[\w/:+-]*[^\W\d])[\w/:+-]+"
"""A tag without its `#`: a number alone is none."""
TAG = f"#{NAME}"
LINE = later(rf"\s*(?:(?:tags?|标签)\s*[:：]\s*)?({TAG}(?:(?:\s*[,，、]\s*|\s+){TAG})*)\s*", re.IGNORECASE)


def of_line(line: Sequence[Token]) -> list[str]:
    """The tags of a line that holds nothing else; none where it holds something else."""
    if not line or any(token.type != "text" for token in line):
        return []
    match = LINE.fullmatch("".join(token.content for token in line))
    return re.findall(TAG, match[1]) if match else []


def without_first_line(block: list[Token]) -> tuple[list[Token], list[str]]:
    """A paragraph without a first line of tags, and the tags; nothing is left of it where that is its only line."""
    if block[0].type != "paragraph_open" or not may_hold(block[1].content, "#"):
        return block, []
    children = block[1].children or []
    end = next((index for index, child in enumerate(children) if child.type in BREAKS), len(children))
    found = of_line(children[:end])
    return _with_children(block, children[end + 1 :]) if found else block, found


def without_last_line(block: list[Token]) -> tuple[list[Token], list[str]]:
    """The same of its last line."""
    if block[0].type != "paragraph_open" or not may_hold(block[1].content, "#"):
        return block, []
    children = block[1].children or []
    start = next((index + 1 for index in range(len(children) - 1, -1, -1) if children[index].type in BREAKS), 0)
    found = of_line(children[start:])
    return _with_children(block, children[: max(start - 1, 0)]) if found else block, found


def _with_children(block: list[Token], children: list[Token]) -> list[Token]:
    return [block[0], copied(block[1], children=children), block[2]] if children else []
