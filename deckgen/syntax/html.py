"""HTML that means something to us; the rest stays as it is.

`<u>` → `underline_open`, `underline_close`; `<b>` → `strong_open`, `strong_close`; `<s>` alone → `text`; `<br>` →
`hardbreak`; `<img>` → `image`; `<audio>` and `<video>` → `player_open`, `player_close`, and the `source` in them, which `sounds` makes into one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from markdown_it.common.html_re import HTML_TAG_RE
from markdown_it.rules_block import html_block
from markdown_it.rules_inline import html_inline
from markdown_it.token import Token

from deckgen.patterns import later
from deckgen.syntax.headings import is_typed
from deckgen.syntax.tokens import (
    TAGS,
    TYPED_BREAK,
    UNDERLINE,
    UNMATCHED,
    copied,
    line_text,
    pairs,
    without_outer_breaks,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock
    from markdown_it.rules_core import StateCore
    from markdown_it.rules_inline import StateInline

MEANT = later(r"<(?P<closing>/?)(?P<name>u|audio|video|img|source)(?=[\s/>])", re.IGNORECASE)
BOLD = later(r"<(?P<closing>/?)(?:b|strong)>", re.IGNORECASE)
STRUCK = later(r"<(?P<closing>/?)s>", re.IGNORECASE)
BREAK = later(r"<br\b[^<>]*>", re.IGNORECASE)
BREAKS_ALONE = later(r"(?:<br\b[^<>]*>[ \t]*)+$", re.IGNORECASE | re.MULTILINE)
OF_ITS_OWN = later(r"(?:</(?!details)[a-z]+>[ \t]*)+</details>[ \t]*$|</?aside>[ \t]*$", re.IGNORECASE | re.MULTILINE)
"""`</b></details>` ends a fold also right below a text or a list, where Markdown begins no HTML with `</b>`; in the
`<aside>` that Notion makes of a callout stands Markdown.
"""
HOLDING = later(
    r"<(/?)(?:details|div|table|[uod]l|blockquote|section|article|aside|center|figure|form|main|nav|header|footer)(?=[\s>])",
    re.IGNORECASE,
)
"""Elements that may hold a heading, which is left to them."""
FOLD = later(r"<details\b", re.IGNORECASE)
VERBATIM = later(r"<(?:script|pre|style|textarea|[!?])", re.IGNORECASE)
"""What Markdown ends elsewhere than at an empty line."""
RAW = later(r"\s*<(?:script|style|textarea)\b", re.IGNORECASE)
"""Elements whose content is no HTML."""


def add(md: MarkdownIt) -> None:
    """Inline tags are recognised as they are read; those inside a block of HTML afterwards."""
    md.inline.ruler.before("autolink", "underline", _underline)
    md.inline.ruler.at("html_inline", _inline)
    md.block.ruler.at("html_block", _block, {"alt": ["paragraph", "reference", "blockquote"]})
    md.core.ruler.push("html", _split_blocks)
    md.core.ruler.push("breaks", _without_outer_breaks)
    md.core.ruler.push("bold", _bold)
    md.core.ruler.push("sentence", _sentence)
    md.core.ruler.push("underline", match)


def _underline(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - markdown-it's signature
    """`<u>` and `</u>`, as nearly all are typed: the rules for links and for any HTML take ten times as long."""
    start = state.pos
    tag = state.src[start : min(start + 4, state.posMax)]
    tag = tag if tag == "</u>" else tag[:3]
    if tag not in TAGS:
        return False
    if not silent:
        token = state.push(TAGS[tag], "", 0)
        token.content, token.meta = tag, {"offset": start}
    state.pos = start + len(tag)
    return True


def _inline(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - markdown-it's signature
    start = state.pos
    if not html_inline(state, silent):
        return False
    if not silent:
        _recognise(state.tokens[-1], start)
    return True


def _block(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:  # noqa: FBT001 - markdown-it's signature
    """A line that holds only tags of ours starts a paragraph, so that the Markdown below it is read."""
    start = state.bMarks[start_line] + state.tShift[start_line]
    end = state.eMarks[start_line]
    if MEANT.match(state.src, start, end) or (
        BREAKS_ALONE.match(state.src, start, end) and not state.isEmpty(start_line + 1)
    ):
        return False
    if OF_ITS_OWN.match(state.src, start, end):
        return _line(state, start_line, silent=silent)
    if not silent and not state.level:
        end_line = _end(state, start_line, end_line)
    return html_block(state, start_line, end_line, silent)


def _end(state: StateBlock, start_line: int, end_line: int) -> int:
    """Where a heading or a fold stands in a block of HTML behind elements that are all closed: in exported notes no line is
    empty.
    """
    depth = 0
    for line in range(start_line, end_line):
        text = line_text(state, line)
        if line > start_line and depth <= 0 and (is_typed(text) or FOLD.match(text)):
            return line
        if not text or VERBATIM.match(text):
            break
        depth += sum(-1 if closing else 1 for closing in HOLDING.findall(text))
    return end_line


def _line(state: StateBlock, line: int, *, silent: bool) -> bool:
    """A block of one line."""
    if not silent:
        state.line = line + 1
        token = state.push("html_block", "", 0)
        token.map = [line, line + 1]
        token.content = state.getLines(line, line + 1, state.blkIndent, keepLastLF=True)
    return True


def _split_blocks(state: StateCore) -> None:
    for token in state.tokens:
        if token.type == "html_block" and MEANT.search(token.content) and not RAW.match(token.content):
            token.type, token.children = "inline", list(_pieces(token.content))


def may_hold_tag(source: str, name: str) -> bool:
    """Whether there may be a tag of this name: most notes have none, and no pattern is compiled for them."""
    return f"<{name}" in source or f"<{name.upper()}" in source


def _without_outer_breaks(state: StateCore) -> None:
    """Whoever writes `## 什么是 CAS？<br><br>` wants space, not lines."""
    for token in state.tokens if may_hold_tag(state.src, "br") else ():
        if token.children and TYPED_BREAK in (token.children[0].markup, token.children[-1].markup):
            token.children = without_outer_breaks(token.children)


def _bold(state: StateCore) -> None:
    """`<b>什么是栈？</b>` is as bold as `**什么是栈？**`, where it holds only whole mark-up."""
    for token in state.tokens if may_hold_tag(state.src, "b") or may_hold_tag(state.src, "strong") else ():
        children = token.children or []
        halves = dict(_halves(children, BOLD))
        depth = 0
        for index, child in enumerate(children if halves else ()):
            nesting = halves.get(index, 0)
            depth -= nesting == -1
            child.level += depth
            if nesting:
                kind = "strong_open" if nesting == 1 else "strong_close"
                children[index] = copied(child, type=kind, tag="strong", nesting=nesting, content="", markup="**")
            depth += nesting == 1


def _sentence(state: StateCore) -> None:
    """`<s>` strikes out what stands before `</s>`; one of them alone is what a language model begins or ends a text with."""
    for token in state.tokens if may_hold_tag(state.src, "s") or may_hold_tag(state.src, "/s") else ():
        children = token.children or []
        alone = [index for index, c in enumerate(children) if c.type == "html_inline" and STRUCK.fullmatch(c.content)]
        struck = dict(_halves(children, STRUCK)) if alone else {}
        for index in alone:
            if index not in struck:
                children[index] = copied(children[index], type="text")


def _halves(children: Sequence[Token], tags: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    """Where each pair of these tags opens and closes, and their nesting."""
    opened: list[tuple[int, int]] = []
    depth = 0
    for index, child in enumerate(children):
        depth += child.nesting
        while opened and opened[-1][1] > depth:
            opened.pop()
        tag = tags.fullmatch(child.content) if child.type == "html_inline" else None
        if tag and not tag["closing"]:
            opened.append((index, depth))
        elif tag and opened and opened[-1][1] == depth:
            yield opened.pop()[0], 1
            yield index, -1


def match(state: StateCore) -> None:
    """A half whose partner is in another block is left to `spans`, which knows of those."""
    match_in(state, state.tokens)


def match_in(state: StateCore, tokens: Iterable[Token], known: Iterable[Token] = ()) -> None:
    """The same of some blocks, but for those that are `known`."""
    torn = [token for token in tokens if token.children and _is_torn(token.content, token.children)]
    before = set(map(id, known)) if torn else set()
    for token in torn:
        if id(token) not in before:
            state.env[UNMATCHED] = True
            _mark_unclosed(token.children or [])


def _is_torn(content: str, children: list[Token]) -> bool:
    """Whether halves do not just alternate, as nearly always."""
    if "<" not in content and content:  # a question of ours has no content
        return False
    halves = [kind for child in children if (kind := child.type) in UNDERLINE]
    return halves != [*UNDERLINE] * (len(halves) // 2)


def _mark_unclosed(children: list[Token]) -> None:
    matched = pairs(children, *UNDERLINE)
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
    if BREAK.fullmatch(token.content):
        token.type, token.tag, token.content, token.markup = "hardbreak", "br", "", TYPED_BREAK
    if meant := MEANT.match(token.content):
        _interpret(token, meant)


def _interpret(token: Token, meant: re.Match[str]) -> None:
    name = meant["name"].lower()
    kind = "underline" if name == "u" else "player"
    if meant["closing"]:
        token.type = f"{kind}_close" if name not in ("img", "source") else token.type
    elif token.content.lower() == "<u>":  # nearly always: the HTML parser would double the time of reading it
        token.type = "underline_open"
    elif name == "u":
        attributes = _attributes(token.content)
        token.type = "underline_open"
        token.meta |= {"hint": attributes.get("title", ""), "number": attributes.get("data-card")}
    else:
        token.attrs = dict(_attributes(token.content))
        token.type, token.tag = {"img": "image", "source": "source"}.get(name, "player_open"), name
        if name == "img":
            token.children = [Token("text", "", 0, content=str(token.attrs.get("alt", "")))]


def _attributes(html: str) -> dict[str, str]:
    from deckgen.syntax import attributes  # noqa: PLC0415 - most notes have no tag that means something by them

    return attributes.of(html)
