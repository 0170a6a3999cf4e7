"""Images as people write them: a path with spaces, and a size behind it → `image`.

CommonMark wants `<…>` or `%20` around a path with spaces, which hardly anybody types. A size is that of Typora, Pandoc
and kramdown: `![](a.png){width=300}`, `{width="6.5in" height="2.97in"}`, `{: width="50%" .shadow }`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from markdown_it.rules_inline import image
from markdown_it.token import Token

from deckgen.patterns import later
from deckgen.syntax.sounds import SOUND

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_inline import StateInline

PICTURE = later(r"\.(?:png|jpe?g|gif|svg|webp|avif|bmp|ico|tiff?)$", re.IGNORECASE)
SPACED = later(
    r"!\[(?P<alt>[^\[\]\n]*)\]"
    r"\([ \t]*(?P<path>(?:[^()<>\"\n]|\([^()<>\"\n]*\))+?)[ \t]*(?:\"(?P<title>[^\"\n]*)\"[ \t]*)?\)"
)
SIZE = later(
    r"\{:?\s*(?:[#.][\w:.-]+\s+){0,5}"
    r"(?:(?:width|height)[ \t]*=[ \t]*[\"']?\d{1,5}(?:\.\d{1,17})?(?:px|%|in|cm|mm)?[\"']?\s*){1,2}(?:[#.][\w:.-]+\s*){0,5}\}"
)
LENGTH = later(r"(width|height)[ \t]*=[ \t]*[\"']?([\d.]+)(px|%|in|cm|mm)?")


def add(md: MarkdownIt) -> None:
    """One rule: markdown-it's image, or one with spaces in its path; then a size."""
    md.inline.ruler.at("image", _image)


def _image(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - markdown-it's signature
    start = state.pos
    if state.src[start] != "!" or not (image(state, silent) or _spaced(state, silent=silent)):
        return False
    size = SIZE.match(state.src, state.pos, state.posMax)
    if size:
        state.pos = size.end()
    if not silent:
        token = state.tokens[-1]
        token.meta["offset"] = start
        if size:
            token.attrs["style"] = sized(LENGTH.findall(size[0]))
    return True


def _spaced(state: StateInline, *, silent: bool) -> bool:
    match = SPACED.match(state.src, state.pos, state.posMax)
    if match is None or not (PICTURE.search(match["path"]) or SOUND.search(match["path"])):
        return False
    if not silent:
        push(state, match["path"], match["alt"])
        if match["title"]:
            state.tokens[-1].attrs["title"] = match["title"]
    state.pos = match.end()
    return True


def push(state: StateInline, source: str, alt: str) -> Token:
    """An image as markdown-it makes it."""
    token = state.push("image", "img", 0)
    token.attrs = {"src": source, "alt": ""}
    token.content, token.children = alt, [Token("text", "", 0, content=alt)]
    return token


def sized(lengths: list[tuple[str, str, str]]) -> str:
    """A style for these names, numbers and units: an attribute would lose against the card's own style."""
    return "; ".join(f"{name}: {number}{unit or 'px'}" for name, number, unit in lengths)
