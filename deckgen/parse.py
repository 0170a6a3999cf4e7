"""Markdown text → ParsedDocument: tokens grouped into notes. Never fails and never prints; lint says what is wrong."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from deckgen import frontmatter, names, syntax
from deckgen.notes import Cloze, Figure, Image, Location, ParsedDocument, ParsedNote
from deckgen.patterns import later
from deckgen.syntax import styles, tags
from deckgen.syntax.footnotes import attach, by_id
from deckgen.syntax.spans import DEPTH
from deckgen.syntax.styles.chapters import is_furniture
from deckgen.syntax.styles.question import EMPHASIS, style, top_blocks, without_attributes
from deckgen.syntax.tokens import CLOZE, MARK, UNDERLINE, copied, new_token, pairs, plain
from deckgen.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from markdown_it.token import Token

OPENINGS = {
    "underline": UNDERLINE,
    "mark": MARK,
    "bold": ("strong_open", "strong_close"),
    "italic": ("em_open", "em_close"),
    "strikethrough": ("s_open", "s_close"),
}
"""Mark-up that can ask for a cloze → its pair of tokens."""
BACK = later(r"(?:\s*<(?!a\b)[^<>]*>)*\s*<a\s[^<>]*href=[\"']?#[^<>]*>[^<]*</a>(?:\s*</[^<>]*>)*\s*", re.IGNORECASE)
"""A link back to the top in HTML, and nothing else."""
ANCHOR = later(r"(?:<a(?:\s+(?:id|name)\s*=[^<>]*)?>\s*(?:</a>\s*)?)+", re.IGNORECASE)
CHAPTER = 2
"""Whatever a question that is no heading stands under, a heading of this level is none of its answer."""
CHAPTER_LINK = later(
    r"[^\w]*(?:[上下]一[章篇节讲页课题]|[上下]一?个?模块|返回|回到|目录|首页|主页|previous|prev\b|next|back\b|home\b|index\b|(?:table of )?contents)",
    re.IGNORECASE,
)
"""What a link to another chapter, or back, is called; or how the line begins that holds it."""
BETWEEN_LINKS = later(r"(?:[^\w]|[上下]一[章篇节讲]|目录|previous|next|contents)*", re.IGNORECASE)
"""What may stand between such links."""
COMMENT = later(r"\s*(?:<!--(?:(?!-->).)*-->\s*)+", re.DOTALL)
BELOW_ALL = 7
"""A level below that of every heading."""
REPLACED = (*UNDERLINE, *CLOZE)
"""A cloze takes the place of these; other mark-up stays inside it."""
UNASKED = dict(zip(CLOZE, UNDERLINE, strict=True))
"""What a cloze is that does not ask."""
SHOWN = ("image", "sound", "figure")
"""These can be asked for without a word."""


def parse(  # noqa: PLR0913 - each is a choice of the caller's own
    text: str,
    *,
    path: str,
    shown: str = "",
    deck: str = "",
    clozes: Collection[str] = ("underline",),
    questions: str = styles.AUTO,
    tagged: Sequence[str] = (),
    html: str = "safe",
) -> ParsedDocument:
    """Split one file's text into notes. Front matter is passed over: `frontmatter` reads it.

    `path` is part of a note's identity, `shown` is what diagnostics print, `deck` is by default the document's title
    or its stem, `clozes` names the mark-up that asks for a cloze: keys of `OPENINGS`. Anki's own `{{c1::…}}` always does.
    `questions` is how they are marked, as `styles.read` takes it; `tagged` are tags of every note. `html` says whether
    HTML that could do something stays: "trusted", or is left out.
    """
    sections = _Sections(tagged)
    tokens = syntax.parse(frontmatter.blanked(text), questions, html)
    for start, end in top_blocks(tokens):
        sections.take(tokens[start:end])
    sections.close_note()
    shown = shown or path
    lines = tuple(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    wanted = [*(OPENINGS[name] for name in OPENINGS if name in clozes), CLOZE]
    title = sections.title if sections.has_title() else None
    return ParsedDocument(
        path=path,
        shown=shown,
        deck=deck or names.deck_part(sections.name()) or PurePosixPath(path).stem,
        notes=tuple(_note(draft, title, shown, lines, wanted, sections.footnotes) for draft in sections.notes),
        outside=sections.outside,
        guessed=any(draft.question[0].meta["guessed"] for draft in sections.notes),
        style=style([draft.question[0].meta["kind"] for draft in sections.notes]),
    )


class _Heading(NamedTuple):
    """A heading above notes, with the tags of all of them."""

    level: int
    text: str
    tags: list[str]


class _Draft(NamedTuple):
    """A note in the making: its question's blocks and those that follow."""

    question: list[Token]
    above: list[_Heading]
    blocks: list[list[Token]]


class _Sections:
    """Walks through a document's blocks and gives each to the note it belongs to.

    A heading ends a note that stands under a heading of that level or a deeper one; deeper headings are part of the
    answer. Headings and rules at an answer's very end belong to what follows.
    """

    def __init__(self, tags: Sequence[str]) -> None:
        """`tags` are those of every note."""
        self.title = _Heading(0, "", list(tags))
        self.above = [self.title]
        """Those that the current block stands under, the outermost first; the first is the document itself."""
        self.notes: list[_Draft] = []
        self.outside: list[Token] = []
        self.levels: list[int] = []
        """Of every heading outside notes."""
        self.current: _Draft | None = None
        self.footnotes: dict[int, list[Token]] = {}

    def take(self, block: list[Token]) -> None:
        kind = block[0].type
        if kind == "question_open":
            self.close_note()
            level = block[0].meta["level"] or BELOW_ALL
            self.current = _Draft(block, [heading for heading in self.above if heading.level < level], [])
            self.notes.append(self.current)
        elif kind == "note_end":
            self.close_note()
        elif kind == "footnote_block_open":
            self.footnotes |= by_id(block)
            self.outside.append(block[0])
        elif self.current is None:
            self._take_outside(block)
        elif kind == "heading_open" and self._ends(self.current, block):
            self.close_note()
            self._take_outside(block)
        else:
            self.current.blocks.append(block)

    def _ends(self, note: _Draft, heading: list[Token]) -> bool:
        level = note.question[0].meta["level"]
        answers = heading[0].meta.get("answers")
        if level:
            return not answers and _level(heading) <= level
        return _level(heading) <= max(self.above[-1].level, 0 if answers else CHAPTER)

    def close_note(self) -> None:
        if self.current is None:
            return
        blocks, self.current = self.current.blocks, None
        end = len(blocks)
        while end and (_is_of_what_follows(blocks[end - 1][0]) or _leads_back(blocks[end - 1])):
            end -= 1
        trailing = blocks[end:]
        del blocks[end:]
        for block in trailing:
            self._take_outside(block)

    def has_title(self) -> bool:
        """Whether the first heading names the document: no other is of its level or a higher one."""
        return sum(level <= self.title.level for level in self.levels) == 1

    def name(self) -> str:
        """What the document is called: its first heading, unless that is a chapter beside others, with questions of its own
        or as Preface is.
        """
        headings = [heading for draft in self.notes for heading in draft.above]
        beside = any(0 < h.level <= self.title.level for h in headings if h is not self.title)
        has_questions = any(heading is self.title for heading in headings)
        is_chapter = beside and (has_questions or is_furniture(self.title.text))
        return "" if is_chapter else self.title.text

    def _take_outside(self, block: list[Token]) -> None:
        self.outside += block
        if block[0].type == "heading_open":
            level = _level(block)
            children, _, _, found = without_attributes(block[1].children or [], [])
            self.above = [heading for heading in self.above if heading.level < level]
            self.above.append(_Heading(level, plain(children), list(found)))
            self.levels.append(level)
            if not self.notes and not self.title.text:
                self.title = self.above[-1]
        else:
            left, own = tags.without_first_line(block)
            if own and not left:
                self.above[-1].tags.extend(own)


def _is_of_what_follows(opening: Token) -> bool:
    """Whether a block at the very end of an answer is none of it; `#### Answer: B` is."""
    return opening.type == "hr" or (opening.type == "heading_open" and not opening.meta.get("answers"))


def _leads_back(block: list[Token]) -> bool:
    """Whether a block is nothing but a link within its document, as `[back to top](#contents)`, or the place of one, as
    `<a id="q2"></a>`: a card has no top.
    """
    if block[0].type == "html_block":
        return BACK.fullmatch(block[0].content) is not None
    children = (block[1].children or []) if block[0].type == "paragraph_open" else []
    if children and all(child.type == "html_inline" or not child.content.strip() for child in children):
        return ANCHOR.fullmatch("".join(child.content for child in children).strip()) is not None
    if children and _leads_elsewhere(children):
        return True
    seen = [c for c in children if c.type not in EMPHASIS and (c.type != "text" or c.content.strip())]
    if not seen or seen[0].type != "link_open" or seen[-1].type != "link_close":
        return False
    return str(seen[0].attrs.get("href", "")).startswith("#") and sum(c.type == "link_open" for c in seen) == 1


def _leads_elsewhere(children: list[Token]) -> bool:
    """Whether a line is nothing but links to the chapters before and behind and to the contents."""
    links, depth = [], 0
    for child in children:
        depth += (child.type == "link_open") - (child.type == "link_close")
        if child.type == "text" and depth:
            links.append(child.content)
        elif child.type not in {"text", "link_open", "link_close", *EMPHASIS} or not BETWEEN_LINKS.fullmatch(
            child.content
        ):
            return False
    return bool(links) and (all(map(CHAPTER_LINK.match, links)) or CHAPTER_LINK.match(plain(children)) is not None)


def _level(heading: list[Token]) -> int:
    return int(heading[0].tag[1])


def _note(  # noqa: PLR0913, PLR0917 - a draft, and all it is read in the light of
    draft: _Draft,
    title: _Heading | None,
    shown: str,
    lines: Sequence[str],
    wanted: Sequence[tuple[str, str]],
    footnotes: Mapping[int, Sequence[Token]],
) -> ParsedNote:
    opening, inline, *further = draft.question[:-1]
    line = opening.map[0] + 1 if opening.map else 1
    blocks, own_tags = _without_tags(draft.blocks)
    answer, remarks = _remarks(blocks)
    answer = [] if all(map(_is_comment, answer)) else answer
    kinds = {child.type for token in (inline, *further, *answer, *remarks) for child in token.children or ()}
    if answer and "footnote_ref" in kinds:
        numbers: dict[int, int] = {}
        answer += attach((inline, *further, *answer), footnotes, numbers)
        remarks += attach(remarks, footnotes, numbers)
        kinds |= {child.type for token in (*answer, *remarks) for child in token.children or ()}
    answer, clozes = _clozes(answer, shown, [pair for pair in wanted if pair[0] in kinds])
    if not kinds.isdisjoint(UNASKED):
        further, remarks = _without_clozes(further), _without_clozes(remarks)
    question = [*_underlines(inline.children or []), *further]
    every = (*further, *answer, *remarks)
    blocks_and_more = _with_inside(every) if "figure" in kinds else every
    figures = [token for token in blocks_and_more if token.type == "figure"]
    for index, token in enumerate(figures):
        token.meta["figure"] = index
    return ParsedNote(
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
        images=() if kinds.isdisjoint(("image", "sound")) else tuple(_images((inline, *every), shown)),
        heading=draft.above[-1].text,
        sections=tuple(heading.text for heading in draft.above[1:] if heading is not title and heading.text),
        tags=names.tags([*(tag for heading in draft.above for tag in heading.tags), *opening.meta["tags"], *own_tags]),
    )


def _is_comment(token: Token) -> bool:
    return token.type == "html_block" and COMMENT.fullmatch(token.content) is not None


def _without_tags(blocks: list[list[Token]]) -> tuple[list[list[Token]], list[str]]:
    """The same blocks without the lines of tags: the first line, the last, and the last before the remarks."""
    found: list[str] = []
    kept = list(blocks)
    if kept:
        kept[0], found = tags.without_first_line(kept[0])
    for last in (len(kept) - 1, _last_of_answer(kept)):
        if last >= 0 and kept[last]:
            kept[last], more = tags.without_last_line(kept[last])
            found = [*found, *more]
    return [block for block in kept if block], found


def _last_of_answer(blocks: list[list[Token]]) -> int:
    last = len(blocks) - 1
    while last >= 0 and (not blocks[last] or blocks[last][0].type == "blockquote_open"):
        last -= 1
    return last


def _without_clozes(tokens: list[Token]) -> list[Token]:
    return [
        copied(token, children=_underlines(token.children))
        if token.children and not UNASKED.keys().isdisjoint([child.type for child in token.children])
        else token
        for token in tokens
    ]


def _remarks(blocks: list[list[Token]]) -> tuple[list[Token], list[Token]]:
    """The answer, and the inside of the blockquotes that end it; a callout keeps its box. Quotes alone are the answer, and
    so is one that a line with a colon leads to.
    """
    end = len(blocks)
    while end and blocks[end - 1][0].type in ("blockquote_open", "callout_open"):
        end -= 1
    if 0 < end < len(blocks) and _leads_to_quote(blocks[end - 1]):
        end += 1
    if end == 0:
        return [token for block in blocks for token in block], []
    remarks = [block if block[0].type == "callout_open" else block[1:-1] for block in blocks[end:]]
    return [token for block in blocks[:end] for token in block], [token for block in remarks for token in block]


def _leads_to_quote(block: list[Token]) -> bool:
    return block[0].type == "paragraph_open" and plain(block[1].children or []).endswith((":", "："))


def _with_inside(blocks: Iterable[Token]) -> Iterator[Token]:
    """Blocks, each with its inline tokens behind it."""
    for block in blocks:
        yield block
        yield from block.children or ()


def _underlines(children: list[Token]) -> list[Token]:
    """Outside an answer a cloze typed by hand is an underline; lint warns of it."""
    return [
        copied(child, type=UNASKED[child.type], meta={**child.meta, "outside": True})
        if child.type in UNASKED
        else child
        for child in children
    ]


def _clozes(tokens: list[Token], shown: str, wanted: Sequence[tuple[str, str]]) -> tuple[list[Token], list[Cloze]]:
    """The same tokens with every wanted pair as `cloze_open`, `cloze_close`, and what the pairs hold."""
    drafts: list[_Phrase] = []
    spans: dict[int, int] = {}
    result = []
    for token in tokens:
        children = token.children
        if not children:
            result.append(token)
            continue
        ends: dict[int, int] = {}
        for opening, closing in wanted:
            ends |= pairs(children, opening, closing)
        if ends:
            ends = _not_too_deep(children, _without_doubles(children, ends) if len(wanted) > 1 else ends)
            token = copied(token, children=_marked(token, ends, drafts, spans))  # noqa: PLW2901 - the same block
        result.append(token)
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


def _not_too_deep(children: list[Token], ends: dict[int, int]) -> dict[int, int]:
    """The pairs without those in too many others, which are marked, for lint to speak of."""
    if len(ends) <= DEPTH:
        return ends
    kept: dict[int, int] = {}
    around: list[int] = []
    for start in sorted(ends):
        while around and around[-1] < start:
            around.pop()
        if len(around) < DEPTH:
            kept[start] = ends[start]
            around.append(ends[start])
        else:
            children[start].meta["too_deep"] = True
    return kept


class _Phrase(NamedTuple):
    """A cloze in the making: in each block that it goes over, it has some text."""

    meta: dict[str, Any]
    line: int
    texts: list[str]

    def cloze(self, shown: str) -> Cloze:
        meta = self.meta
        text = self.texts[0] if len(self.texts) == 1 else " ".join([text for text in self.texts if text])
        where = Location(shown, meta.get("line") or self.line, meta.get("column", 1))
        return Cloze(text, meta.get("hint") or "", _number(meta.get("number")), where)


def _marked(block: Token, ends: dict[int, int], drafts: list[_Phrase], spans: dict[int, int]) -> list[Token]:
    """`spans` knows the place in `drafts` of each pair that goes on in another block."""
    children = block.children or []
    line = block.map[0] + 1 if block.map else 1
    closings = set(ends.values())
    marked: list[Token] = []
    for index, child in enumerate(children):
        if index in ends:
            cloze = new_token("cloze_open", "", 0)
            cloze.meta = _asked(child.meta, line, drafts, spans)
            drafts[cloze.meta["cloze"]].texts.append(_text(children[index + 1 : ends[index]]))
            marked += (cloze,) if child.type in REPLACED else (cloze, child)
        elif index in closings:
            cloze = new_token("cloze_close", "", 0)
            marked += (cloze,) if child.type in REPLACED else (child, cloze)
        elif child.type in UNASKED:  # a half that closes nothing
            marked.append(copied(child, type=UNASKED[child.type]))
        else:
            marked.append(child)
    return marked


def _asked(meta: dict[str, Any], line: int, drafts: list[_Phrase], spans: dict[int, int]) -> dict[str, Any]:
    """What a cloze knows of its place in `drafts`, where it is put unless an earlier block has begun it."""
    place = spans.get(meta["span"], len(drafts)) if "span" in meta else len(drafts)
    continued = place < len(drafts)
    if not continued:
        drafts.append(_Phrase(meta, line, []))
    if "span" in meta:
        spans[meta["span"]] = place
    return {"cloze": place, "continued": continued}


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
