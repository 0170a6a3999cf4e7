"""What a line break within a paragraph is: nothing between two Chinese characters, and a new line before a point of those
that an author numbers by hand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from deckgen.characters import is_wide
from deckgen.patterns import later
from deckgen.syntax.styles.numerals import NUMERAL, value
from deckgen.syntax.tokens import BREAKS, TYPED_BREAK, new_token

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from markdown_it import MarkdownIt
    from markdown_it.rules_core import StateCore
    from markdown_it.token import Token


def add(md: MarkdownIt) -> None:
    """A browser shows the break as a space, so the break between Chinese characters goes; and where points stand below
    one another, as in （1）… （2）…, it would show them in a row.
    """
    md.core.ruler.push("linebreaks", _join)


def _join(state: StateCore) -> None:
    for token in state.tokens:
        several = "\n" in token.content or not token.content  # a question of ours has no content
        if several and token.children and "softbreak" in [child.type for child in token.children]:
            token.children = _joined(_with_points(_without_doubled(token.children)))


def _without_doubled(children: list[Token]) -> list[Token]:
    """The same without the break that the author's editor made beside one that was typed, `<br>`."""
    typed = {index for index, child in enumerate(children) if child.markup == TYPED_BREAK}
    if not typed:
        return children
    return [c for index, c in enumerate(children) if c.type != "softbreak" or typed.isdisjoint((index - 1, index + 1))]


POINT = later(
    rf"(?P<brackets>[（(](?:\d{{1,2}}|{NUMERAL})[）)])"
    r"|(?P<digits>\d{1,2})(?:\s*[、．)）]|\.)(?!\d)"
    rf"|(?P<numeral>{NUMERAL})[、．]"
    rf"|第(?P<ordinal>{NUMERAL})[，,、：:]"
    r"|(?P<circle>[①-⑳])"
    r"|[（(【\[]?(?P<letter>[A-H])\s*[.．、)）】\]:：]"
    r"|(?P<bullet>[•·●○▪■◆→⇒▶►\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff]|\d\ufe0f?\u20e3)"
)
"""What a line begins with that is a point of several; Markdown knows none of these. A bullet may be an emoji."""


def _with_points(children: list[Token]) -> list[Token]:
    """The same, with those breaks kept that stand before one of several points."""
    points = list(_points(children))
    if len(points) < 2:  # noqa: PLR2004 - a line that happens to begin so is no point
        return children
    rows = {notation for notation in {notation for _, notation, _ in points} if _is_row(points, notation)}
    kept = {place - 1 for place, notation, _ in points if notation in rows}
    return [
        new_token("hardbreak", "br", 0) if index in kept and child.type == "softbreak" else child
        for index, child in enumerate(children)
    ]


def _points(children: Sequence[Token]) -> Iterator[tuple[int, str, int]]:
    """Lines that begin so: where among the children, in which notation, with which number."""
    begins: int | None = 0
    for index, child in enumerate(children):
        if child.type in BREAKS:
            begins = index + 1
        elif begins is not None and child.type == "strong_open" and _is_term(children, index):
            yield begins, "term", 1
            begins = None
        elif begins is not None and child.content:
            found = POINT.match(child.content.lstrip()) if child.type == "text" else None
            if found and found.lastgroup:
                yield begins, found.lastgroup, _number(found.lastgroup, found[found.lastgroup])
            begins = None


def _is_term(children: Sequence[Token], start: int) -> bool:
    """Whether the bold text from here on is set off by a colon: `**Mechanism**: …`, `**原理：**…`."""
    for index in range(start + 1, len(children) - 1):
        if children[index].type == "strong_close" and children[index].level == children[start].level:
            around = children[index - 1].content[-1:], children[index + 1].content.lstrip()[:1]
            return bool({*around} & {":", "："})
    return False


def _number(notation: str, written: str) -> int:
    if notation == "letter":
        return ord(written) - ord("A") + 1
    return 1 if notation == "bullet" else value(written)  # none of them is a second one


def _is_row(points: Sequence[tuple[int, str, int]], notation: str) -> bool:
    """Whether those of a notation are numbered one by one, perhaps again and again."""
    numbers = [number for _, its, number in points if its == notation]
    steps = zip([0, *numbers], numbers, strict=False)
    return len(numbers) > 1 and all(number in (before + 1, 1) for before, number in steps)


def _joined(children: list[Token]) -> list[Token]:
    return [
        child
        for index, child in enumerate(children)
        if child.type != "softbreak"
        or not (_edge(children, range(index - 1, -1, -1), -1) and _edge(children, range(index + 1, len(children)), 0))
    ]


def _edge(children: list[Token], outward: range, end: int) -> bool:
    """Whether the nearest visible character is a wide one; mark-up in between is invisible."""
    for index in outward:
        token = children[index]
        if token.type in ("text", "code_inline", "math") and token.content:
            return token.type == "text" and is_wide(token.content[end])
        if token.type in ("image", *BREAKS):
            return False
    return False
