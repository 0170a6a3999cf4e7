"""Tokens made and copied fast, and questions that several constructs ask of them and of their lines."""

from __future__ import annotations

from functools import lru_cache
from html import unescape
from typing import TYPE_CHECKING, Any, Literal

from markdown_it.common.html_re import HTML_TAG_RE
from markdown_it.token import Token

from deckgen.patterns import later

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from markdown_it.rules_block import StateBlock


UNDERLINE = ("underline_open", "underline_close")
CLOZE = ("cloze_open", "cloze_close")
"""The halves of a phrase to ask for. As each may stand in another block, neither nests as other mark-up does."""
MARK = ("mark_open", "mark_close")
TAGS = dict(zip(("<u>", "</u>"), UNDERLINE, strict=True))
BREAKS = ("softbreak", "hardbreak")
"""Tokens at which a line ends."""
TYPED_BREAK = "<br>"
"""The mark-up of a `hardbreak` after which the line in the file goes on."""
UNMATCHED = "unmatched"
"""The key of markdown-it's environment that says that half an underline or half a cloze found no partner in its block."""


def plain(tokens: Sequence[Token]) -> str:
    """The text a reader sees, white space folded: code and math as typed, an image as its description."""
    if len(tokens) == 1 and tokens[0].type == "text":  # nearly every question and phrase
        return " ".join(tokens[0].content.split())
    pieces: list[str] = []
    _gather(tokens, pieces)
    return " ".join("".join(pieces).split())


SHOWN = frozenset(("text", "code_inline", "math", "code_block", "fence"))
"""Tokens whose content is what a reader sees."""


def _gather(tokens: Iterable[Token], pieces: list[str]) -> None:
    for token in tokens:
        kind = token.type
        if kind in SHOWN:
            pieces.append(token.content)
        elif token.children:
            _gather(token.children, pieces)
        elif kind == "html_inline":
            pieces.append(unescape(HTML_TAG_RE.sub("", token.content)))
        elif kind in BREAKS or (token.nesting == -1 and token.block):
            pieces.append(" ")


def without_outer_breaks(children: list[Token]) -> list[Token]:
    """The same without the breaks at its beginning and at its end: nothing stands above or below them."""
    shown = [
        index for index, c in enumerate(children) if c.type not in BREAKS and (c.type != "text" or c.content.strip())
    ]
    inner = children[shown[0] : shown[-1] + 1] if shown else []
    return inner if sum(c.type in BREAKS for c in inner) < sum(c.type in BREAKS for c in children) else children


def pairs(tokens: Sequence[Token], opening: str, closing: str) -> dict[int, int]:
    """Where each token of type `opening` is closed: index → index, nested ones inside out. Halves without a partner are left out."""
    kinds = [token.type for token in tokens]
    if opening not in kinds:
        return {}
    found: dict[int, int] = {}
    open_now: list[int] = []
    for index, kind in enumerate(kinds):
        if kind == opening:
            open_now.append(index)
        elif kind == closing and open_now:
            found[open_now.pop()] = index
    return found


def line_text(state: StateBlock, line: int) -> str:
    """A line as typed, without what it is indented by and without the marks of the blocks that it stands in."""
    return state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]]


@lru_cache(maxsize=8)  # the parts of a paragraph have one content
def may_hold(source: str, text: str) -> bool:
    """Whether some text can be in the inline tokens of a source: typed so, or escaped, or as an entity."""
    return text in source or "\\" in source or "&" in source


HALF = later(r"</?[uU]>|<[uU]\s++(?:title|data-card)[^<>]*+>|\{\{[cC]\d{1,9}(?:,\d{1,9}){0,7}::")
"""What begins or ends a cloze, as an author types it."""


def holds_half(content: str) -> bool:
    """Whether a cloze begins or ends in a text that is not read as Markdown, such as a formula."""
    return ("<" in content or "{{" in content) and HALF.search(content) is not None


def has_html(source: str) -> bool:
    """Whether a document may hold HTML other than `<u>` and `</u>`."""
    return source.count("<") > source.count("<u>") + source.count("</u>")


_EMPTY = object.__new__


def copied(token: Token, **changes: Any) -> Token:  # noqa: ANN401 - as `Token.copy` has it
    """`token.copy(…)` in a third of the time."""
    copy = _EMPTY(Token)
    copy.type, copy.tag, copy.nesting = token.type, token.tag, token.nesting
    copy.attrs, copy.meta = token.attrs or {}, token.meta
    copy.map, copy.children = token.map, token.children
    copy.content, copy.markup, copy.info = token.content, token.markup, token.info
    copy.level, copy.block, copy.hidden = token.level, token.block, token.hidden
    for name, value in changes.items():
        setattr(copy, name, value)
    return copy


def new_token(kind: str, tag: str, nesting: Literal[-1, 0, 1]) -> Token:
    """`Token(kind, tag, nesting)` in half the time: a note has sixty tokens, and their __init__ does what none needs."""
    token = _EMPTY(Token)
    token.type = kind  # one by one: tuples would take a tenth more
    token.tag = tag
    token.nesting = nesting
    token.attrs = {}
    token.meta = {}
    token.map = token.children = None
    token.content = token.markup = token.info = ""
    token.level = 0
    token.block = token.hidden = False
    return token


def new_block(kind: str, tag: str, nesting: Literal[-1, 0, 1], **values: Any) -> Token:  # noqa: ANN401 - those of a Token
    """The same of a block."""
    token = new_token(kind, tag, nesting)
    token.block = True
    for name, value in values.items():
        setattr(token, name, value)
    return token
