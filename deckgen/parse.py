"""Markdown text → Document: tokens grouped into notes. Never fails and never prints; lint says what is wrong."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from markdown_it.token import Token

from deckgen import syntax
from deckgen.notes import Cloze, Document, Figure, Image, Location, Note
from deckgen.syntax.tokens import pairs, plain

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

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


def parse(  # noqa: PLR0913 - each is a choice of the caller's own
    text: str,
    *,
    path: str,
    shown: str = "",
    deck: str = "",
    clozes: Collection[str] = ("underline",),
    html: str = "safe",
) -> Document:
    """Split one file's text into notes.

    `path` is part of a note's identity, `shown` is what diagnostics print, `deck` is by default the document's title
    or its stem, `clozes` names the mark-up that asks for a cloze: keys of `OPENINGS`. Anki's own `{{c1::…}}` always does.
    `html` says whether HTML that could do something stays: "trusted", or is left out.
    """
    sections = _Sections()
    for block in _blocks(syntax.parse(text, html)):
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
        notes=tuple(_note(draft, shown, lines, wanted) for draft in sections.notes),
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

    def take(self, block: list[Token]) -> None:
        kind = block[0].type
        if kind == "question_open":
            self.close_note()
            self.current = _Draft(block, self.heading)
            self.notes.append(self.current)
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


def _note(draft: _Draft, shown: str, lines: Sequence[str], wanted: Sequence[tuple[str, str]]) -> Note:
    opening, inline, _ = draft.question
    line = opening.map[0] + 1 if opening.map else 1
    answer, remarks = _remarks(draft.blocks)
    answer, clozes = _clozes(answer, shown, wanted)
    question = _underlines(inline.children or [])
    remarks = [_with_children(token, _underlines(token.children)) if token.children else token for token in remarks]
    figures = [token for token in (*answer, *remarks) if token.type == "figure"]
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
        images=tuple(_images((inline, *answer, *remarks), shown)),
        heading=draft.heading,
    )


def _remarks(blocks: list[list[Token]]) -> tuple[list[Token], list[Token]]:
    """The answer, and the inside of the blockquotes that end it. Quotes alone are the answer."""
    end = len(blocks)
    while end and blocks[end - 1][0].type == "blockquote_open":
        end -= 1
    if end == 0:
        return [token for block in blocks for token in block], []
    return [token for block in blocks[:end] for token in block], [t for block in blocks[end:] for t in block[1:-1]]


def _with_children(token: Token, children: list[Token]) -> Token:
    return token.copy(children=children)


def _underlines(children: list[Token]) -> list[Token]:
    """Outside an answer a cloze typed by hand is an underline; lint warns of it."""
    names = {"cloze_open": "underline_open", "cloze_close": "underline_close"}
    return [
        child.copy(type=names[child.type], meta={**child.meta, "outside": True}) if child.type in names else child
        for child in children
    ]


def _clozes(tokens: list[Token], shown: str, wanted: Sequence[tuple[str, str]]) -> tuple[list[Token], list[Cloze]]:
    """The same tokens with every wanted pair as `cloze_open`, `cloze_close`, and what the pairs hold."""
    clozes: list[Cloze] = []
    result = []
    for token in tokens:
        ends: dict[int, int] = {}
        for opening, closing in wanted:
            ends |= pairs(token.children or (), opening, closing)
        ends = _shallow(token.children or (), ends)
        result.append(_with_children(token, list(_marked(token, ends, clozes, shown))) if ends else token)
    return result, clozes


DEEPEST = 10
"""Anki reads so many clozes in one another, and the braces of a deeper one as text."""


def _shallow(children: Sequence[Token], ends: dict[int, int]) -> dict[int, int]:
    """The pairs that Anki can read; the others are marked, for lint to speak of."""
    closes = set(ends.values())
    depth = 0
    shallow = {}
    for index, child in enumerate(children if len(ends) > DEEPEST else ()):
        depth += (index in ends) - (index in closes)
        if index in ends and depth <= DEEPEST:
            shallow[index] = ends[index]
        elif index in ends:
            child.meta["too_deep"] = True
    return shallow if len(ends) > DEEPEST else ends


def _marked(block: Token, ends: dict[int, int], clozes: list[Cloze], shown: str) -> Iterator[Token]:
    children = block.children or []
    closes = set(ends.values())
    for index, child in enumerate(children):
        if index in ends:
            yield Token("cloze_open", "", 0, meta={"cloze": len(clozes)})
            clozes.append(_cloze(child, children[index + 1 : ends[index]], block, shown))
            if child.type not in REPLACED:
                yield child
        elif index in closes:
            if child.type not in ("underline_close", "cloze_close"):
                yield child
            yield Token("cloze_close", "", 0)
        else:
            yield child


def _cloze(opening: Token, inside: list[Token], block: Token, shown: str) -> Cloze:
    meta = opening.meta
    line = meta.get("line") or (block.map[0] + 1 if block.map else 1)
    text = plain(inside) or ("\N{OBJECT REPLACEMENT CHARACTER}" if any(t.type == "image" for t in inside) else "")
    return Cloze(
        text=text,
        hint=meta.get("hint") or "",
        number=_number(meta.get("number")),
        where=Location(shown, line, meta.get("column", 1)),
    )


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
            if child.type == "image":
                where = Location(shown, child.meta.get("line", 1), child.meta.get("column", 1))
                yield Image(str(child.attrs.get("src", "")), where)
