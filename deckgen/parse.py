"""Markdown text → Document: tokens grouped into notes. Never fails and never prints; lint says what is wrong."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from markdown_it.token import Token

from deckgen import syntax
from deckgen.notes import Cloze, Document, Figure, Image, Location, Note
from deckgen.syntax.footnotes import attach, by_id
from deckgen.syntax.tokens import pairs, plain

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

OPENINGS = {
    "underline": ("underline_open", "underline_close"),
    "mark": ("mark_open", "mark_close"),
    "bold": ("strong_open", "strong_close"),
    "italic": ("em_open", "em_close"),
    "strikethrough": ("s_open", "s_close"),
}
"""Mark-up that can ask for a cloze → its pair of tokens."""
REPLACED = ("underline_open", "cloze_open")
"""A cloze takes the place of these; other mark-up stays inside it."""
UNDERLINES = {"cloze_open": "underline_open", "cloze_close": "underline_close"}
"""What a cloze is that does not ask."""
DEPTH = 8
"""Of clozes in clozes."""
SHOWN = ("image", "sound", "figure")
"""These can be asked for without a word."""


def parse(
    text: str, *, path: str, shown: str = "", deck: str = "", clozes: Collection[str] = ("underline",)
) -> Document:
    """Split one file's text into notes.

    `path` is part of a note's identity, `shown` is what diagnostics print, `deck` is by default the document's title
    or its stem, `clozes` names the mark-up that asks for a cloze: keys of `OPENINGS`. Anki's own `{{c1::…}}` always does.
    """
    sections = _Sections()
    for block in _blocks(syntax.parse(text)):
        sections.take(block)
    sections.close_note()
    shown = shown or path
    lines = tuple(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    wanted = [*(OPENINGS[name] for name in OPENINGS if name in clozes), ("cloze_open", "cloze_close")]
    return Document(
        path=path,
        shown=shown,
        title=sections.title,
        deck=deck or _deck(sections.title) or PurePosixPath(path).stem,
        lines=lines,
        notes=tuple(_note(draft, shown, lines, wanted, sections.footnotes) for draft in sections.notes),
        outside=sections.outside,
    )


def _blocks(tokens: list[Token]) -> Iterator[list[Token]]:
    """The tokens of one top-level block after the other."""
    block: list[Token] = []
    depth = 0
    for token in tokens:
        block.append(token)
        depth += token.nesting
        if depth == 0:
            yield block
            block = []


@dataclass(slots=True)
class _Draft:
    """A note in the making: its question's blocks and those that follow."""

    question: list[Token]
    heading: str
    blocks: list[list[Token]] = field(default_factory=list)


@dataclass(slots=True)
class _Sections:
    """Walks through a document's blocks and gives each to the note it belongs to.

    A heading ends a note that stands under a heading of that level or a deeper one; deeper headings are part of the
    answer. Headings and rules at an answer's very end belong to what follows.
    """

    notes: list[_Draft] = field(default_factory=list)
    outside: list[Token] = field(default_factory=list)
    title: str = ""
    heading: str = ""
    level: int = 0
    current: _Draft | None = None
    footnotes: dict[int, list[Token]] = field(default_factory=dict)

    def take(self, block: list[Token]) -> None:
        kind = block[0].type
        if kind == "question_open":
            self.close_note()
            self.current = _Draft(block, self.heading)
            self.notes.append(self.current)
        elif kind == "footnote_block_open":
            self.footnotes = by_id(block)
        elif self.current is None:
            self._take_outside(block)
        elif kind == "heading_open" and _level(block) <= (self.current.question[0].meta["level"] or self.level):
            self.close_note()
            self._take_outside(block)
        else:
            self.current.blocks.append(block)

    def close_note(self) -> None:
        if self.current is None:
            return
        blocks, self.current = self.current.blocks, None
        end = len(blocks)
        while end and blocks[end - 1][0].type in ("heading_open", "hr"):
            end -= 1
        trailing = blocks[end:]
        del blocks[end:]
        for block in trailing:
            self._take_outside(block)

    def _take_outside(self, block: list[Token]) -> None:
        self.outside += block
        if block[0].type == "heading_open":
            self.heading, self.level = plain(block), _level(block)
            if not self.notes and not self.title:
                self.title = self.heading


def _deck(title: str) -> str:
    """A title as a deck's name: Anki reads `::` as a step down to a sub-deck."""
    return re.sub(":{2,}", ":", title).strip(": ")


def _level(heading: list[Token]) -> int:
    return int(heading[0].tag[1])


def _note(
    draft: _Draft,
    shown: str,
    lines: Sequence[str],
    wanted: Sequence[tuple[str, str]],
    footnotes: Mapping[int, Sequence[Token]],
) -> Note:
    opening, inline, _ = draft.question
    line = opening.map[0] + 1 if opening.map else 1
    answer, remarks = _remarks(draft.blocks)
    if answer:
        numbers: dict[int, int] = {}
        answer += attach((inline, *answer), footnotes, numbers)
        remarks += attach(remarks, footnotes, numbers)
    answer, clozes = _clozes(answer, shown, wanted)
    question = _underlines(inline.children or [])
    remarks = [_with_children(token, _underlines(token.children)) if token.children else token for token in remarks]
    blocks = (*answer, *remarks)
    figures = [token for block in blocks for token in (block, *(block.children or ())) if token.type == "figure"]
    for index, token in enumerate(figures):
        token.meta["figure"] = index
    return Note(
        label=opening.meta["label"],
        name=opening.meta["name"],
        where=Location(shown, line, 1),
        question=question,
        question_text=plain(question),
        answer_text=plain(answer),
        answer=answer,
        remarks=remarks,
        clozes=tuple(clozes),
        figures=tuple(_figure(token, shown, lines) for token in figures),
        images=tuple(_images((inline, *blocks), shown)),
        heading=draft.heading,
    )


def _remarks(blocks: list[list[Token]]) -> tuple[list[Token], list[Token]]:
    """The answer, and the inside of the blockquotes that end it; a callout keeps its box. Quotes alone are the answer."""
    end = len(blocks)
    while end and blocks[end - 1][0].type in ("blockquote_open", "callout_open"):
        end -= 1
    if end == 0:
        return [token for block in blocks for token in block], []
    remarks = [block if block[0].type == "callout_open" else block[1:-1] for block in blocks[end:]]
    return [token for block in blocks[:end] for token in block], [token for block in remarks for token in block]


def _with_children(token: Token, children: list[Token]) -> Token:
    return token.copy(children=children)


def _underlines(children: list[Token]) -> list[Token]:
    """Outside an answer a cloze typed by hand is an underline; lint warns of it."""
    return [
        child.copy(type=UNDERLINES[child.type], meta={**child.meta, "outside": True})
        if child.type in UNDERLINES
        else child
        for child in children
    ]


def _clozes(tokens: list[Token], shown: str, wanted: Sequence[tuple[str, str]]) -> tuple[list[Token], list[Cloze]]:
    """The same tokens with every wanted pair as `cloze_open`, `cloze_close`, and what the pairs hold."""
    drafts: list[_Phrase] = []
    spans: dict[int, int] = {}
    result = []
    for token in tokens:
        ends: dict[int, int] = {}
        for opening, closing in wanted:
            ends |= pairs(token.children or (), opening, closing)
        ends = _not_too_deep(_without_doubles(token.children or [], ends))
        result.append(_with_children(token, list(_marked(token, ends, drafts, spans))) if ends else token)
    return result, [draft.cloze(shown) for draft in drafts]


def _without_doubles(children: list[Token], ends: dict[int, int]) -> dict[int, int]:
    """The pairs without one of two that hold the very same, such as `<u>**text**</u>` where both ask: it is one card.
    The one that says more stays: a cloze typed by hand has a number, an underline may have a hint.
    """
    says = {"cloze_open": 2, "underline_open": 1}
    solid = [index for index, child in enumerate(children) if child.type != "text" or child.content]
    place = {index: number for number, index in enumerate(solid)}
    dropped = set()
    for start, end in ends.items():
        after = place[start] + 1
        inner = solid[after] if after < len(solid) else start
        if inner in ends and place[ends[inner]] + 1 == place[end] and children[inner].type != children[start].type:
            more = says.get(children[inner].type, 0) > says.get(children[start].type, 0)
            dropped.add(start if more else inner)
    return {start: end for start, end in ends.items() if start not in dropped}


def _not_too_deep(ends: dict[int, int]) -> dict[int, int]:
    """The pairs without those in too many others, which stay what they are: Anki takes ten for text."""
    kept: dict[int, int] = {}
    around: list[int] = []
    for start in sorted(ends):
        while around and around[-1] < start:
            around.pop()
        if len(around) < DEPTH:
            kept[start] = ends[start]
            around.append(ends[start])
    return kept


@dataclass(slots=True)
class _Phrase:
    """A cloze in the making: in each block that it goes over, it has some text."""

    meta: dict[str, Any]
    line: int
    texts: list[str]

    def cloze(self, shown: str) -> Cloze:
        return Cloze(
            text=" ".join(text for text in self.texts if text),
            hint=self.meta.get("hint") or "",
            number=_number(self.meta.get("number")),
            where=Location(shown, self.meta.get("line") or self.line, self.meta.get("column", 1)),
        )


def _marked(block: Token, ends: dict[int, int], drafts: list[_Phrase], spans: dict[int, int]) -> Iterator[Token]:
    """`spans` knows the place in `drafts` of each pair that goes on in another block."""
    children = block.children or []
    closes = set(ends.values())
    for index, child in enumerate(children):
        if index in ends:
            span = child.meta.get("span", -1)
            continued = span in spans
            place = spans[span] if continued else len(drafts)
            if not continued:
                drafts.append(_Phrase(child.meta, block.map[0] + 1 if block.map else 1, []))
            if "span" in child.meta:
                spans[span] = place
            drafts[place].texts.append(_text(children[index + 1 : ends[index]]))
            yield Token("cloze_open", "", 0, meta={"cloze": place, "continued": continued})
            if child.type not in REPLACED:
                yield child
        elif index in closes:
            if child.type not in ("underline_close", "cloze_close"):
                yield child
            yield Token("cloze_close", "", 0)
        else:
            yield child.copy(type=UNDERLINES.get(child.type, child.type))


def _text(inside: list[Token]) -> str:
    return plain(inside) or ("\N{OBJECT REPLACEMENT CHARACTER}" if any(t.type in SHOWN for t in inside) else "")


def _number(typed: str | None) -> int | None:
    """A card number as typed; 0, which no card has, where it is no number."""
    if typed is None:
        return None
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else 0  # noqa: PLR2004 - beyond any card


def _figure(token: Token, shown: str, lines: Sequence[str]) -> Figure:
    index = token.map[0] if token.map else 0
    where = Location(shown, index + 1, max(lines[index].find(token.markup), 0) + 1)
    return Figure(token.meta["kind"], token.content, where)


def _images(tokens: Sequence[Token], shown: str) -> Iterator[Image]:
    for token in tokens:
        for child in token.children or ():
            if child.type in ("image", "sound"):
                where = Location(shown, child.meta.get("line", 1), child.meta.get("column", 1))
                anywhere = child.meta.get("anywhere", False)
                yield Image(str(child.attrs.get("src", "")), where, anywhere=anywhere, sound=child.type == "sound")
