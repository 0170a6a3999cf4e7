"""HTML that means something to us: `<u>` → `underline_open`, `underline_close`; `<img>` → `image`. The rest stays as it is."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

from markdown_it.common.html_re import HTML_TAG_RE
from markdown_it.rules_block import html_block
from markdown_it.rules_inline import html_inline
from markdown_it.token import Token

from deckgen.syntax.tokens import pairs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock
    from markdown_it.rules_core import StateCore
    from markdown_it.rules_inline import StateInline

MEANT = re.compile(r"</?u(?=[\s/>])|<img(?=[\s/>])", re.IGNORECASE)
RAW = re.compile(r"\s*<(?:script|style|textarea)\b", re.IGNORECASE)
"""Elements whose content is no HTML."""


def add(md: MarkdownIt) -> None:
    """Inline tags are recognised as they are read; those inside a block of HTML afterwards."""
    md.inline.ruler.at("html_inline", _inline)
    md.block.ruler.at("html_block", _block, {"alt": ["paragraph", "reference", "blockquote"]})
    md.core.ruler.push("html", _split_blocks)
    md.core.ruler.push("underline", _match)


def _inline(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - markdown-it's signature
    start = state.pos
    if not html_inline(state, silent):
        return False
    if not silent:
        _recognise(state.tokens[-1], start)
    return True


def _block(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:  # noqa: FBT001 - markdown-it's signature
    """A line that holds only `<u>` or an `<img>` starts a paragraph, so that the Markdown below it is read."""
    start = state.bMarks[start_line] + state.tShift[start_line]
    if MEANT.match(state.src, start, state.eMarks[start_line]):
        return False
    return html_block(state, start_line, end_line, silent)


def _split_blocks(state: StateCore) -> None:
    for token in state.tokens:
        if token.type == "html_block" and MEANT.search(token.content) and not RAW.match(token.content):
            token.type, token.children = "inline", list(_pieces(token.content))


def _match(state: StateCore) -> None:
    """An underline ends in the paragraph where it began; lint asks about the halves that stand alone."""
    for token in state.tokens:
        children = token.children or []
        if any(child.type.startswith("underline") for child in children):
            matched = pairs(children, "underline_open", "underline_close")
            partners = matched.keys() | matched.values()
            for index, child in enumerate(children):
                if child.type.startswith("underline") and index not in partners:
                    child.meta["unclosed"] = True


def _pieces(content: str) -> Iterator[Token]:
    end = 0
    for match in HTML_TAG_RE.finditer(content):
        if MEANT.match(match[0]):
            if end < match.start():
                yield Token("html_inline", "", 0, content=content[end : match.start()], meta={"offset": end})
            token = Token("html_inline", "", 0, content=match[0])
            _recognise(token, match.start())
            yield token
            end = match.end()
    if end < len(content):
        yield Token("html_inline", "", 0, content=content[end:], meta={"offset": end})


def _recognise(token: Token, offset: int) -> None:
    token.meta["offset"] = offset
    if not MEANT.match(token.content):
        return
    if token.content.startswith("</"):
        token.type = "underline_close"
        return
    if token.content.lower() == "<u>":  # nearly always: the HTML parser would double the time of reading it
        token.type = "underline_open"
        return
    tag = _Tag(token.content)
    if tag.name == "img":
        token.type, token.tag = "image", "img"
        token.attrs = dict(tag.attributes)
        token.children = [Token("text", "", 0, content=tag.attributes.get("alt", ""))]
    else:
        token.type = "underline_open"
        token.meta |= {"hint": tag.attributes.get("title", ""), "number": tag.attributes.get("data-card")}


class _Tag(HTMLParser):
    """One opening tag: its name, and its attributes with entities decoded."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.name = ""
        self.attributes: dict[str, str] = {}
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.name = tag
        self.attributes = {name: value or "" for name, value in attrs}
