"""A card template's text → a tree: text, comments, fields with their filters, sections. Knows no note type.

The language is Anki's: `{{Field}}`, `{{filter:Field}}`, `{{#Field}}…{{/Field}}`, `{{^Field}}…{{/Field}}`. Parsing never fails:
what is wrong stands beside the tree, and `check` says it to the author.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator


SPECIAL_FIELDS = ("Tags", "Type", "Deck", "Subdeck", "Card", "CardFlag", "CardID")
"""What Anki knows of every card; used as a field, or as a section."""
FRONT_SIDE = "FrontSide"
"""The field that has the finished front, on the back."""
FILTERS = (
    *("text", "hint", "cloze", "cloze-only", "type", "type-cloze", "type-nc"),
    *("furigana", "kana", "kanji", "tts-voices"),
)
"""Those that Anki knows, but for the one that reads aloud."""
SPEECH = "tts "
"""Begins the name of that one, and its options end it: `tts en_US voices=…`."""


@dataclass(frozen=True, slots=True)
class Text:
    """Shown as it stands; an HTML comment is text too, as nothing in it is a field."""

    text: str
    start: int
    """Where it begins in the template: an offset, counted from 0. So in every node."""


@dataclass(frozen=True, slots=True)
class Filter:
    """What changes a field's text: `text` in `{{text:Field}}`."""

    name: str
    start: int


@dataclass(frozen=True, slots=True)
class Field:
    """`{{Field}}`: the place of a field's text."""

    name: str
    filters: tuple[Filter, ...]
    """As written; Anki applies them from right to left."""
    start: int
    """The opening braces."""
    name_start: int


@dataclass(frozen=True, slots=True)
class Section:
    """`{{#Field}}…{{/Field}}`: shown where the field has text; negated, `{{^Field}}…{{/Field}}`, where it has none."""

    name: str
    negated: bool
    children: tuple[Node, ...]
    start: int
    name_start: int


Node = Text | Field | Section


@dataclass(frozen=True, slots=True)
class Problem:
    """A place where braces or sections do not match."""

    kind: Literal["open", "swallowed", "unclosed", "unopened"]
    """`open`: `{{` without any `}}` behind it, which Anki shows as text. `swallowed`: another `{{` stands before the
    `}}`. `unclosed`, `unopened`: half a section."""
    name: str
    """What stands between the braces, or the section's field."""
    start: int


@dataclass(frozen=True, slots=True)
class Tree:
    """A template, understood."""

    nodes: tuple[Node, ...]
    problems: tuple[Problem, ...]
    """In the order of the text."""

    def walk(self) -> Iterator[Node]:
        """Every node, sections before what they hold."""
        yield from _walk(self.nodes)


def _walk(nodes: tuple[Node, ...]) -> Iterator[Node]:
    for node in nodes:
        yield node
        if isinstance(node, Section):
            yield from _walk(node.children)


@lru_cache(maxsize=256)
def parse(template: str) -> Tree:
    """The template's tree. The same text is parsed once, however many cards it is for."""
    builder = _Builder()
    for token in _tokens(template, builder.problems):
        builder.take(token)
    return builder.tree()


def line_and_column(template: str, offset: int) -> tuple[int, int]:
    """An offset as a person counts, both from 1."""
    starts = [0, *(index + 1 for index, character in enumerate(template) if character == "\n")]
    line = bisect_right(starts, offset)
    return line, offset - starts[line - 1] + 1


WHITESPACE = "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
"""What Anki trims: Unicode's white space, which is less than Python's."""
BRACES = ("{{", "}}")
OTHER_BRACES = ("<%", "%>")
DIRECTIVE = "{{=<% %>=}}"
"""At the start of a template it changes the braces, as old templates do."""


@dataclass(frozen=True, slots=True)
class _Tag:
    """What stands between braces, without the spaces around it."""

    text: str
    text_start: int
    start: int


def _tokens(template: str, problems: list[Problem]) -> Iterator[Text | _Tag]:
    """Comments, tags, and the text between them. Whichever begins first wins: a tag in a comment is none."""
    position, (opening, closing) = _beginning(template)
    text_start = position
    while position < len(template):
        tag, comment = template.find(opening, position), template.find("<!--", position)
        is_comment = comment >= 0 and not 0 <= tag < comment
        start = comment if is_comment else tag
        if start < 0:
            break
        end = template.find("-->", start + 4) if is_comment else template.find(closing, start + 2)
        position = start + 2
        if is_comment:
            position = end + 3 if end >= 0 else start + 4
        elif end < 0:
            problems.append(Problem("open", template[start + 2 :], start))
        else:
            if start > text_start:
                yield Text(template[text_start:start], text_start)
            yield _tag(template, start, end)
            if opening in template[start + 2 : end].lstrip("{"):
                problems.append(Problem("swallowed", template[start + 2 : end], start))
            position = text_start = end + 2
    if text_start < len(template):
        yield Text(template[text_start:], text_start)


def _beginning(template: str) -> tuple[int, tuple[str, str]]:
    """Where the template really begins, and what its braces are."""
    start = len(template) - len(template.lstrip(WHITESPACE))
    if not template.startswith(DIRECTIVE, start):
        return 0, BRACES
    while template.startswith(DIRECTIVE, start):
        start += len(DIRECTIVE)
    return start, OTHER_BRACES


def _tag(template: str, start: int, end: int) -> _Tag:
    """More braces than two may open a tag: Anki drops them all."""
    inner = template[start + 2 : end]
    text = inner.lstrip("{").lstrip(WHITESPACE)
    return _Tag(text.rstrip(WHITESPACE), end - len(text), start)


class _Builder:
    """Puts tokens together to a tree; sections that are open are on the stack."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.stack: list[tuple[_Tag, list[Node]]] = []
        self.top: list[Node] = []

    def take(self, token: Text | _Tag) -> None:
        if isinstance(token, Text):
            self._nodes.append(token)
        elif len(token.text) > 1 and token.text[0] in "#^":
            self.stack.append((token, []))
        elif len(token.text) > 1 and token.text[0] == "/":
            self._close(token)
        else:
            self._nodes.append(_field(token))

    def tree(self) -> Tree:
        while self.stack:
            self._give_up()
        return Tree(tuple(self.top), tuple(sorted(self.problems, key=lambda problem: problem.start)))

    @property
    def _nodes(self) -> list[Node]:
        return self.stack[-1][1] if self.stack else self.top

    def _close(self, tag: _Tag) -> None:
        """End the innermost section of this field; sections inside it that are still open have no end."""
        name = _section_name(tag)[0]
        if name not in [_section_name(opening)[0] for opening, _ in self.stack]:
            self.problems.append(Problem("unopened", name, tag.start))
            return
        while _section_name(self.stack[-1][0])[0] != name:
            self._give_up()
        self._end_section()

    def _give_up(self) -> None:
        opening = self.stack[-1][0]
        self.problems.append(Problem("unclosed", _section_name(opening)[0], opening.start))
        self._end_section()

    def _end_section(self) -> None:
        opening, children = self.stack.pop()
        name, name_start = _section_name(opening)
        self._nodes.append(Section(name, opening.text[0] == "^", tuple(children), opening.start, name_start))


def _section_name(tag: _Tag) -> tuple[str, int]:
    name = tag.text[1:].lstrip(WHITESPACE)
    return name, tag.text_start + len(tag.text) - len(name)


def _field(tag: _Tag) -> Field:
    """The name is what stands behind the last colon, spaces included; what stands before it are filters."""
    *filters, name = tag.text.split(":")
    start = tag.text_start
    placed = []
    for text in filters:
        placed.append(Filter(text, start))
        start += len(text) + 1
    return Field(name, tuple(placed), tag.start, start)
