r"""HTML that could do something is taken out: scripts, event handlers, frames, forms, `javascript:`. nh3 decides which.

HTML stands in notes in pieces, an opening tag here and its closing tag there, and a cloze hides some of them. So each
tag is judged alone. What is left is text, comments and whole tags that are harmless, and however they are joined or
left out, nothing else comes of them: no element is kept in which a browser reads tags in another way (script, style,
textarea, svg), and a `<` that begins no whole tag is shown as the character it is.
"""

from __future__ import annotations

import html
import re
from bisect import bisect_right
from functools import cache, lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from markdown_it.common.normalize_url import validateLink

from deckgen.patterns import later
from deckgen.syntax.tokens import has_html

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from markdown_it import MarkdownIt
    from markdown_it.rules_core import StateCore
    from markdown_it.token import Token

    Finding = tuple[int, str]
    """An offset into a piece of HTML, and what was done there, as a sentence."""

SPACE = r"[ \t\n\f\r]"
NAME = r"[a-zA-Z][^\s/<>\"'=]*+"
ATTRIBUTE = (
    rf"""(?:(?:{SPACE}|/)++|(?<=["']))([^\s/<>"'=]++)(?:{SPACE}*+={SPACE}*+(?:"[^"]*+"|'[^']*+'|[^\s"'=<>`]++))?+"""
)
PIECE = later(
    rf"""(?P<comment><!--(?:-?>|.*?(?:--!?>|\Z)))
    |(?P<nothing><(?:[!?]|/(?![a-zA-Z]))[^>]*+>)
    |</(?P<closing>{NAME}){SPACE}*+>
    |<(?P<opening>{NAME})(?:{ATTRIBUTE})*+{SPACE}*+/?>
    |(?P<stray><(?=[a-zA-Z/!?]|\Z))""".replace("\n    ", ""),
    re.DOTALL,
)
"""What a browser takes for a tag or a comment, where it is complete: this reads no more into a text than a browser."""
NAMES = later(ATTRIBUTE)
CONTEXT = {
    **dict.fromkeys(("caption", "colgroup", "thead", "tbody", "tfoot"), "<table>"),
    "col": "<table><colgroup>",
    "tr": "<table><tbody>",
    **dict.fromkeys(("td", "th"), "<table><tbody><tr>"),
}
"""Where an element must stand, if a parser is not to pass over it."""
WITH_CONTENT = frozenset(
    ("script", "style", "iframe", "object", "applet", "template", "noscript", "noembed", "noframes", "svg", "select")
)
"""Elements whose content is nothing to read."""
LINK = later(r"\\href\s*(?:\{([^{}]*)\})?")
HARMLESS_LINK = later(r"\s*(?:https?:|mailto:)[^\\#]*", re.IGNORECASE)


def add(md: MarkdownIt) -> None:
    """Behind `locations`, as each finding needs its place. A link to a file is parsed, to be taken out with a warning."""
    md.validateLink = lambda url: validateLink(url) or _is_file(url)  # type: ignore[method-assign]
    md.core.ruler.push("sanitising", _sanitise)


def clean(content: str) -> tuple[str, list[Finding]]:
    """A piece of HTML without what could do something; a harmless one is given back as it is."""
    kept: list[str] = []
    findings: list[Finding] = []
    end = 0
    while match := PIECE.search(content, end):
        kept.append(content[end : match.start()])
        end = match.end()
        text, removed = _cleaned(match)
        kept.append(text)
        findings += [(match.start(), what) for what in removed]
        name = (match["opening"] or "").lower()
        if removed and name in WITH_CONTENT:
            closing = _closing(name).search(content, end)
            end = closing.end() if closing else len(content)
    return "".join((*kept, content[end:])), findings


def _cleaned(match: re.Match[str]) -> tuple[str, Sequence[str]]:
    """What is left of a tag or a comment, and what was taken out of it."""
    if match["opening"]:
        return _judged(match[0], match["opening"].lower())
    if match["closing"]:
        return (match[0] if match["closing"].lower() in _allowed() else ""), ()
    if match["comment"] and not re.fullmatch(r"<!--(?!-?>).*-->", match[0], re.DOTALL):
        return "", ("this comment does not end in -->: it is left out",)
    return ("&lt;", ("this tag is not complete: it is shown as text",)) if match["stray"] else (match[0], ())


@lru_cache(maxsize=10_000)
def _judged(tag: str, name: str) -> tuple[str, tuple[str, ...]]:
    """What nh3 leaves of an opening tag, and what it takes out."""
    if name not in _allowed():
        return "", (f"<{name}> is left out",)
    context = CONTEXT.get(name, "")
    left = PIECE.match(_cleaner().clean(context + tag).removeprefix(context))
    kept = _names(left[0]) if left else []
    removed = tuple(
        f"the attribute {attribute} of <{name}> is left out" for attribute in _names(tag) if attribute not in kept
    )
    if left and not removed:
        return tag, ()
    return (left[0] if left else ""), removed or (f"<{name}> is left out",)


def _names(tag: str) -> list[str]:
    return list(dict.fromkeys(name.lower() for name in NAMES.findall(tag)))


@cache
def _closing(name: str) -> re.Pattern[str]:
    return re.compile(rf"</{name}(?=[\s/>])[^>]*>", re.IGNORECASE)


@cache
def _allowed() -> frozenset[str]:
    import nh3  # noqa: PLC0415 - most notes have no HTML but underlines and images

    more = "audio video source track picture font big tfoot main section address nobr meter progress"
    return frozenset(nh3.ALLOWED_TAGS | set(more.split()))


@cache
def _cleaner() -> Any:  # noqa: ANN401 - nh3 is imported late
    import nh3  # noqa: PLC0415 - as above

    attributes = {tag: set(names) for tag, names in nh3.ALLOWED_ATTRIBUTES.items()}
    for tags, names in MORE_ATTRIBUTES.items():
        for tag in tags.split():
            attributes.setdefault(tag, set()).update(names.split())
    return nh3.Cleaner(
        tags=set(_allowed()),
        clean_content_tags=set(),
        attributes=attributes,
        attribute_filter=_without_data,
        generic_attribute_prefixes={"data-", "aria-"},
        url_schemes={"http", "https", "mailto", "tel", "ftp", "data"},
        link_rel=None,
    )


MORE_ATTRIBUTES = {
    "*": "class style id title lang dir role align valign width height color bgcolor face size border hidden translate",
    "a": "name target rel download",
    "img": "src alt srcset sizes loading decoding",
    "audio video": "src controls loop muted autoplay preload poster playsinline",
    "source": "src srcset sizes media type",
    "track": "src kind srclang label default",
    "table": "cellpadding cellspacing frame rules",
    "td th": "nowrap colspan rowspan",
    "ol": "start type reversed",
    "ul": "type",
    "li": "value type",
    "details": "open",
    "time": "datetime",
    "data meter progress": "value min max low high optimum",
    "col colgroup": "span",
    "br": "clear",
}
"""What an element may have beyond nh3's own list."""
MEDIA_DATA = later(r"data:(?:image|audio|video)/")


def _without_data(_tag: str, attribute: str, value: str) -> str | None:
    """A `data:` address is a picture or a sound, and nothing else: a page of its own could hold a script."""
    address = re.sub(r"[\x00-\x20]", "", value).lower()
    wrong = address.startswith("data:") and not (attribute in ("src", "poster") and MEDIA_DATA.match(address))
    return None if wrong else value


def _is_file(url: str) -> bool:
    return url.strip().lower().startswith("file:")


# On tokens.


def _sanitise(state: StateCore) -> None:
    if state.env.get("html") == "trusted" or not (_may_link(state.src) or has_html(state.src)):
        return
    lines: list[str] = []
    for token in state.tokens:
        line = token.map[0] + 1 if token.map else 1
        if token.type == "html_block":
            lines = lines or state.src.split("\n")
            content = token.content
            token.content, findings = clean(content)
            token.meta["unsafe"] = list(_places(content, findings, line, 0, lines))
        elif token.type == "math":
            _clean_formula(token, line)
        elif token.children and not RISKY.isdisjoint([child.type for child in token.children]):
            lines = lines or state.src.split("\n")
            _clean_inline(token.children, line, lines)


def _may_link(source: str) -> bool:
    return "[" in source or "\\href" in source


def _places(
    content: str, findings: Sequence[Finding], line: int, column: int, lines: Sequence[str]
) -> Iterator[tuple[int, int, str]]:
    """Line and column of each finding, in a piece whose lines may stand behind the marks of a quote or a list.

    `column` is that of its first line; 0 where it begins like the others.
    """
    if not findings:
        return
    rows = content.split("\n")
    starts = list(accumulate((len(row) + 1 for row in rows), initial=0))
    prefixes = {0: column - 1} if column else {}
    for offset, what in findings:
        row = bisect_right(starts, offset) - 1
        if row not in prefixes:
            source = lines[line + row - 1] if line + row <= len(lines) else ""
            prefixes[row] = max(source.find(rows[row]), 0)
        yield line + row, prefixes[row] + offset - starts[row] + 1, what


def _clean_inline(children: list[Token], line: int, lines: Sequence[str]) -> None:
    """An element that goes with its content may have it in the tokens that follow."""
    last = {child.content.lower(): index for index, child in enumerate(children) if child.type == "html_inline"}
    inside = ""
    for index, child in enumerate(children):
        if inside:
            closed = child.type == "html_inline" and child.content.lower() == inside
            if child.type in READ:
                child.content = ""
            inside = "" if closed else inside
            continue
        if child.type not in RISKY:
            continue
        child_line, column = child.meta.get("line", line), child.meta.get("column", 1)
        if child.type == "html_inline":
            content = child.content
            child.content, findings = clean(content)
            child.meta["unsafe"] = list(_places(content, findings, child_line, column, lines))
            match = PIECE.fullmatch(content) if findings else None
            name = (match["opening"] or "").lower() if match else ""
            if name in WITH_CONTENT and last.get(f"</{name}>", -1) > index:
                inside = f"</{name}>"
        elif child.type == "image":
            _clean_image(child, child_line, column)
        elif child.type == "link_open" and _is_file(str(child.attrs.get("href", ""))):
            del child.attrs["href"]
            child.meta["unsafe"] = [(child_line, column, "a link to a file of this computer is left out")]
        elif child.type == "math":
            _clean_formula(child, child_line)


RISKY = frozenset(("html_inline", "image", "link_open", "math"))
READ = ("text", "html_inline", "code_inline", "math")
"""Tokens whose content is shown."""


def _clean_image(image: Token, line: int, column: int) -> None:
    """`<img>` became an image with all of its attributes; where its file is, is for `media` to find."""
    names = [name for name in image.attrs if name not in ("src", "alt", "title")]
    if not names:
        return
    attributes = " ".join(f'{name}="{html.escape(str(image.attrs[name]))}"' for name in names)
    left, removed = _judged(f"<img {attributes}>", "img")
    for name in set(names) - set(_names(left)):
        del image.attrs[name]
    image.meta["unsafe"] = [(line, column, what) for what in removed]


def _clean_formula(formula: Token, line: int) -> None:
    r"""MathJax makes a link of `\href`, whatever its address."""
    links = LINK.findall(formula.content) if "\\href" in formula.content else []
    if not all(HARMLESS_LINK.fullmatch(address) for address in links):
        formula.content = LINK.sub("", formula.content)
        formula.meta["unsafe"] = [(line, formula.meta.get("column", 1), "a link in a formula is left out")]
