"""An underline, or a cloze typed by hand, over several blocks → a pair in each paragraph, item, cell or piece of code.

All the pairs are of one card. Anki's cloze could hold the blocks as a whole, but its `<span>` around them would be
broken HTML.
"""

from __future__ import annotations

import re
from itertools import accumulate, count
from typing import TYPE_CHECKING

from markdown_it.common.html_re import HTML_TAG_RE
from markdown_it.token import Token

from deckgen.syntax.html import RAW
from deckgen.syntax.tokens import BREAKS, CLOZE, UNDERLINE, UNMATCHED, copied, pairs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from markdown_it import MarkdownIt
    from markdown_it.rules_core import StateCore

BOUNDARIES = ("question_open", "question_close", "footnote_open", "footnote_close")
SHOWN = ("fence", "code_block", "math", "figure")
"""Blocks without inline tokens that show something."""
VISIBLE = (*SHOWN, "code_inline", "image", "sound")
DEPTH = 8
"""Of clozes in clozes: Anki takes the eleventh for text, and over blocks each one is written again in every block."""


def add(md: MarkdownIt) -> None:
    """When questions are known: an underline never goes beyond its note."""
    md.core.ruler.push("spans", _match)


def _match(state: StateCore) -> None:
    if UNMATCHED not in state.env:
        return
    numbers = count()
    halves = {_half(child) for token in state.tokens if token.children for child in token.children if child.meta}
    for opening, closing in (UNDERLINE, CLOZE):
        if opening in halves:
            for section in _sections(state.tokens):
                if _pair(section, opening, closing, numbers):
                    _spread(section, opening, closing)
                    _drop_empty(section, opening, closing)
    paragraphs = (index for index, token in enumerate(state.tokens) if token.type == "paragraph_open")
    emptied = [index for index in paragraphs if state.tokens[index + 1].meta.get("emptied")]
    without = {index + step for index in emptied for step in range(3)}
    if without:
        state.tokens = [token for index, token in enumerate(state.tokens) if index not in without]


def _half(child: Token) -> str:
    """`underline_open` and so on of a token that found no partner in its block."""
    half: str = child.meta.get("half", "")
    return half or (child.type if child.meta.get("unclosed") else "")


def _sections(tokens: list[Token]) -> Iterator[list[Token]]:
    section: list[Token] = []
    for token in tokens:
        if token.type in BOUNDARIES:
            yield section
            section = []
        section.append(token)
    yield section


def _pair(section: list[Token], opening: str, closing: str, numbers: Iterator[int]) -> bool:
    """Make pairs of the halves, nested ones inside out; both get `span`. Whether there were any."""
    found = False
    waiting: list[Token] = []
    for child in (child for token in section for child in token.children or ()):
        half = _half(child)
        if half == opening:
            waiting.append(child)
        elif half == closing and waiting:
            start = waiting.pop()
            if len(waiting) < DEPTH:
                found, span = True, next(numbers)
                if opening == "cloze_open":
                    start.meta |= {"number": start.info, "hint": child.info}
                start.type, child.type = opening, closing
                start.meta = {k: v for k, v in start.meta.items() if k not in ("unclosed", "half")} | {"span": span}
                child.meta = {"span": span}
            else:
                for token in (start, child):
                    token.type = "text"
                    token.meta.pop("unclosed", None)
                start.meta["too_deep"] = True
    return found


def _spread(section: list[Token], opening: str, closing: str) -> None:
    """What is open at a block's end is closed there, and opened again in the next block that shows something."""
    open_now: list[Token] = []
    for block in section:
        before = list(open_now)
        for child in block.children or ():
            if "span" in child.meta and child.type == opening:
                open_now.append(child)
            elif "span" in child.meta and child.type == closing:
                open_now.pop()
        if block.children and (before or open_now):
            block.children = [*_again(before), *block.children, *_closed(open_now, closing)]
        elif before and (children := _inside(block, before, closing)):
            block.type, block.children = "inline", children


def _again(halves: list[Token]) -> list[Token]:
    return [copied(half) for half in halves]


def _closed(halves: list[Token], closing: str) -> list[Token]:
    return [Token(closing, "", 0, meta={"span": half.meta["span"]}) for half in reversed(halves)]


def _inside(block: Token, halves: list[Token], closing: str) -> list[Token]:
    """Inline tokens for a block that has none, with the pairs in it; nothing where it shows nothing."""
    if block.type in SHOWN:
        pieces = [_again(halves), [copied(block)], _closed(halves, closing)]
        return [_html("<div>"), *(token for piece in pieces for token in piece), _html("</div>\n")]
    if block.type != "html_block" or RAW.match(block.content):
        return []
    children: list[Token] = []
    for piece in re.split(f"({HTML_TAG_RE.pattern})", block.content):
        text = piece.strip() and not HTML_TAG_RE.match(piece)
        children += [*_again(halves), _html(piece), *_closed(halves, closing)] if text else [_html(piece)]
    return children


def _html(content: str) -> Token:
    return Token("html_inline", "", 0, content=content)


def _drop_empty(section: list[Token], opening: str, closing: str) -> None:
    """A pair around nothing, such as that of a line which holds only `<u>`, goes with its line; the last one stays."""
    empty = {index: _empty(block.children or [], opening, closing) for index, block in enumerate(section)}
    kept = {
        child.meta["span"]
        for index, block in enumerate(section)
        for place, child in enumerate(block.children or ())
        if "span" in child.meta and place not in empty[index]
    }
    for index, block in enumerate(section):
        children = block.children or []
        gone = {place for place in empty[index] if children[place].meta["span"] in kept}
        if gone:
            block.children = [child for place, child in enumerate(children) if place not in gone]
            block.meta["emptied"] = not any(_shows(child) for child in block.children)


def _empty(children: list[Token], opening: str, closing: str) -> set[int]:
    """Where both halves of the pairs around nothing stand."""
    shown = list(accumulate((_shows(child) for child in children), initial=0))
    return {
        place
        for start, end in pairs(children, opening, closing).items()
        if "span" in children[start].meta and "span" in children[end].meta and shown[start] == shown[end]
        for place in (start, end)
    }


def _shows(child: Token) -> bool:
    """Whether there is something to see, or something that lint has to speak of."""
    if _half(child) or "too_deep" in child.meta:
        return True
    if child.type in ("text", "html_inline", *BREAKS):
        return bool(HTML_TAG_RE.sub("", child.content).strip())
    return child.type in VISIBLE
