"""Code that its author may not know of: a fence without an end takes all that follows, four spaces make code of a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deckgen.syntax.doubts import DOUBTS
from deckgen.syntax.tokens import HALF

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_core import StateCore
    from markdown_it.token import Token


def add(md: MarkdownIt) -> None:
    """While blocks stand as in the file: footnotes go to its end, and a fence may become a figure."""
    md.core.ruler.after("block", "fences", _doubt)


def _doubt(state: StateCore) -> None:
    if "```" in state.src or "~~~" in state.src:
        last = next((token for token in reversed(state.tokens) if token.nesting != -1), None)
        if last and last.type == "fence" and last.map:
            _doubt_end(last, state.src.split("\n")[last.map[0] : last.map[1]])
    indented = "\n    " in state.src or "\n\t" in state.src
    blocks = [token for token in state.tokens if token.type == "code_block"] if indented else []
    lines = state.src.split("\n") if blocks else []
    for block in blocks:
        _doubt_indent(block, lines)


def _doubt_end(fence: Token, lines: list[str]) -> None:
    """The last line closes a fence if it has nothing but its mark, as long or longer; it may stand in a quote."""
    end = lines[-1].strip(" \t>")
    if len(lines) == 1 or end.strip(fence.markup[0]) or len(end) < len(fence.markup):
        _say(fence, "unclosed-fence", fence.markup, 0, lines[0])


def _doubt_indent(block: Token, lines: list[str]) -> None:
    half = HALF.search(block.content)
    if half and block.map:
        row = block.content.count("\n", 0, half.start())
        _say(block, "cloze-in-code", half[0], row, lines[block.map[0] + row])


def _say(block: Token, code: str, text: str, row: int, line: str) -> None:
    first = block.map[0] + 1 if block.map else 1
    block.meta[DOUBTS] = [{"code": code, "text": text, "line": first + row, "column": line.find(text) + 1}]
