"""Bold text and headings: what marks them as questions, and where each begins and ends.

Labels (`**Q01：…**`, `**问题1. …**`, `## Q1: …`), question marks (`**1. …？**`, `### …？`) and numbers are found here,
for every style that reads bold text or headings.
"""

from __future__ import annotations

import re
from itertools import accumulate
from typing import TYPE_CHECKING

from deckgen.patterns import later, one_of
from deckgen.syntax.styles import dialogue, words
from deckgen.syntax.styles.numerals import BRACKETS, NUMERAL, value
from deckgen.syntax.styles.question import (
    REMARK,
    Question,
    asks,
    behind_signs,
    first_line,
    heading_kind,
    leading_bold,
    paragraph,
    requests,
    shown_label,
    trimmed,
    unwrapped,
    without_attributes,
    without_start,
)
from deckgen.syntax.tokens import BREAKS, copied, plain
from deckgen.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from markdown_it.token import Token

UNIT = one_of("版倍亿万千百个元美秒分小时天年月日号米折级层位章节的")
"""What an amount goes on with: `2.0版本`, where `1.2什么是` has the number of a section."""
SEPARATOR = one_of("：:.．、)）")
LABELS = rf"(?:[Qq]|{words.QUESTION})\s*(?:\d+(?:[.-]\d+)*|{NUMERAL})|第\s*(?:\d+|{NUMERAL})\s*题"
LABEL = re.compile(
    rf"\s*【?(?P<label>{LABELS})\s*(?:[（(][^（()）]{{1,10}}[）)]\s*(?={SEPARATOR}))?(?:】?{SEPARATOR}\s*|】\s*|$|\s(?=.*[?？]\s*$))",
)
QUOTING = one_of('【（([“"《「『')
NUMBER = later(
    rf"\s*(?:(?P<dotted>\d+(?:\.\d+)+)(?:\s+|(?={QUOTING})|(?=[^\W\d_])(?!{UNIT}|[A-Za-z]))"
    rf"|(?:(?P<label>\d+(?:\.\d+)*(?!\.\d)|{NUMERAL})\s*{SEPARATOR}|(?P<bracketed>[（(]{NUMERAL}[）)])|(?P<keycap>\d)\ufe0f?\u20e3)\s*)"
)
BEGINNINGS = "一二三四五六七八九十（("
"""What a number begins with that begins with no digit."""
BOLD = {"strong_open": 1, "strong_close": -1}
REMARK_ALONE = later(REMARK)
MARKS = " \t\u3000?？"
LABELLED_LINE = later(rf"\*\*{words.SIGNS}【?(?:{LABELS})\s*(?:{SEPARATOR}|】)")
BOLD_LINE = later(
    rf"\*\*(?P<text>(?P<number>{words.SIGNS}(?:\d+|{NUMERAL})\s*{SEPARATOR})?[^*\n]+)\*\*\s*(?P<mark>[?？]?)\s*(?:\{{[^{{}}\n]*\}}\s*)?\Z"
)


def begins_question(line: str) -> bool:
    """Whether a line, as typed, begins one without an empty line above it: it has a label, or stands in bold as a whole
    and asks or has a number.
    """
    if LABELLED_LINE.match(line):
        return True
    bold = BOLD_LINE.match(line) if line.startswith("**") else None
    return bold is not None and (bool(bold["number"]) or asks((bold["text"] + bold["mark"]).rstrip()))


def begins_in_line(line: Sequence[Token]) -> bool:
    """The same of a line of a paragraph."""
    first, _ = first_line(list(line))
    return _begins_question(leading_bold(first) or _inside_out(first))


def begins_inside_out(line: Sequence[Token]) -> bool:
    """The same of a question inside a colour, an underline or a mark."""
    first, _ = first_line(list(line))
    return _begins_question(_inside_out(first))


def _begins_question(parts: tuple[list[Token], list[Token]] | None) -> bool:
    return parts is not None and begins_question(f"**{plain(parts[0])}**{plain(parts[1])}")


class Marked(NamedTuple):
    """Bold text that begins a paragraph, or a heading: it may be a question."""

    question: Question
    labelled: bool
    asks: bool
    """Whether it ends in a question mark, or is a bold line that requests an answer."""
    number: str
    """`1`, `1.2`, `一`, `（一）`; empty where it has none."""
    alone: bool
    """Whether nothing stands behind it in its line."""


def find(tokens: list[Token]) -> list[Marked]:
    """Every top-level heading, and every top-level paragraph that begins in bold."""
    return list(_find(tokens))


def _find(tokens: list[Token]) -> Iterator[Marked]:
    for index in [i for i, t in enumerate(tokens) if t.type in ("paragraph_open", "heading_open") and not t.level]:
        token, children = tokens[index], tokens[index + 1].children or []
        if token.type == "heading_open":
            yield _marked(tokens, index, int(token.tag[1]), children, [])
        elif (parts := _bold(children)) and not dialogue.is_answer_mark(plain(parts[0])):
            yield _marked(tokens, index, 0, *parts)


def _bold(children: list[Token]) -> tuple[list[Token], list[Token]] | None:
    """The bold text that a paragraph begins with, with what of its line belongs to it, and what stands behind."""
    parts = leading_bold(children) or _inside_out(children)
    if parts is None:
        return None
    bold, rest = parts
    line = next((index for index, child in enumerate(rest) if child.type in BREAKS), len(rest))
    if any(child.content or child.type != "text" for child in rest[:line]) and _goes_on(plain(bold), rest[:line]):
        return bold + [child for child in rest[:line] if child.type not in BOLD], rest[line:]
    return bold, rest


def _inside_out(children: list[Token]) -> tuple[list[Token], list[Token]] | None:
    """The bold text of `<font color=red>**什么是栈？**</font>`, which the colour is in then, and of `***什么是栈？***`, which
    is as bold without italics; only if it may be a question.
    """
    if not children or (children[0].type == "text" and children[0].content.strip()):  # as most begin
        return None
    shown = [child for child in children if child.type != "text" or child.content.strip()]
    parts = leading_bold(shown[1:])
    if not parts or not parts[1] or not _closes(shown[0], parts[1][0]):
        return None
    bold, (closing, *rest) = parts
    text = plain(bold)
    start = behind_signs(text)
    may_be = asks(text) or LABEL.match(text, start) or number(text, start)
    if not may_be:
        return None
    return (bold if closing.type == "em_close" else [shown[0], *bold, closing]), rest


TAG = later(r"<(?P<name>[A-Za-z]+)[\s/>]")


def number(text: str, start: int = 0) -> re.Match[str] | None:
    """The number that a text begins with, without space before it. Few begin with a digit, and need the pattern, which takes
    a millisecond to compile.
    """
    first = text[start : start + 1]
    return NUMBER.match(text, start) if first.isdecimal() or first in BEGINNINGS else None


def _closes(opening: Token, closing: Token) -> bool:
    """Whether a tag, an underline, a mark or italics end with this."""
    if opening.type == "html_inline":
        tag = TAG.match(opening.content)
        return tag is not None and closing.content.lower() == f"</{tag['name'].lower()}>"
    return opening.type in ("underline_open", "mark_open", "em_open") and closing.type == opening.type.replace(
        "_open", "_close"
    )


def _goes_on(bold: str, rest: Sequence[Token]) -> bool:
    """Whether a question goes on behind its bold text, to the line's end: the bold held the label alone; or nothing but
    a formula, code, more bold text and a question mark follow, as in `**为什么除以** $d$ **？**` or `**什么是 STW**？`; or
    a remark, as in `**什么是 CAS？** （高频）`.
    """
    label = LABEL.match(bold, behind_signs(bold))
    if label and label.end() == len(bold):
        return True
    if all(child.type == "text" for child in rest) and REMARK_ALONE.fullmatch(plain(list(rest))):
        return label is not None or asks(bold)
    if asks(bold) or not {child.type for child in rest} <= {"text", "math", "code_inline", *BOLD}:
        return False
    depths = accumulate(BOLD.get(child.type, 0) for child in rest)
    beside = [child.content for child, depth in zip(rest, depths, strict=True) if child.type == "text" and not depth]
    line, further = bold + plain(list(rest)).rstrip(), "".join(beside).strip(MARKS)
    alone = not further or REMARK_ALONE.fullmatch(further) is not None
    return alone and (asks(line) or (label is not None and line != bold))


def _marked(tokens: list[Token], index: int, level: int, question: list[Token], rest: list[Token]) -> Marked:
    question, rest, name, tags = without_attributes(question, rest)
    question = unwrapped(_without_link_back(question) if level else question)
    text = plain(question)
    start = behind_signs(text)
    label = LABEL.match(text, start)
    match = label or number(text, start)
    written = match[match.lastgroup] if match and match.lastgroup else ""
    found = Question(
        start=index,
        end=index + 3,
        kind=heading_kind(level) if level else "bold labels" if label else "bold text",
        question=_without_label(question, LABEL if label else NUMBER) if written else question,
        label=shown_label(written),
        level=level,
        name=name,
        tags=tags,
        rest=paragraph(tokens[index + 1], _behind_colon(trimmed(rest))),
    )
    beside = next((child for child in rest if child.type != "text" or child.content.strip()), None)
    alone = beside is None or beside.type in BREAKS
    is_question = asks(text) or (alone and not level and requests(plain(found.question)))
    return Marked(found, label is not None, is_question, "" if label else written, alone)


def _behind_colon(answer: list[Token]) -> list[Token]:
    """The answer without the colon that parts it from the question: `**什么是栈？**：后进先出`."""
    is_parted = bool(answer) and answer[0].type == "text" and answer[0].content.startswith((":", "："))
    return without_start(answer, 1) if is_parted else answer


BACK = later(
    r"\W*(?:(?:返回|回到|回)?(?:顶部|目录|首页)|(?:back )?(?:to )?(?:the )?(?:top|toc|(?:table of )?contents)|back)?\W*",
    re.IGNORECASE,
)
LINK = later(r"<a\s[^<>]*href=[\"']?#", re.IGNORECASE)


def _without_link_back(heading: list[Token]) -> list[Token]:
    """A heading without the `[↑](#top)` that it ends in: a card has no top."""
    starts = [index for index, child in enumerate(heading) if _is_link(child)]
    if not starts or not heading[-1].type.startswith(("link_close", "html_inline")):
        return heading
    before, opening, inside = heading[: starts[-1]], heading[starts[-1]], heading[starts[-1] + 1 : -1]
    is_within = opening.type != "link_open" or str(opening.attrs.get("href", "")).startswith("#")
    return before if is_within and plain(before) and BACK.fullmatch(plain(inside)) else heading


def _is_link(child: Token) -> bool:
    return child.type == "link_open" or (child.type == "html_inline" and LINK.match(child.content) is not None)


def _without_label(question: list[Token], pattern: re.Pattern[str]) -> list[Token]:
    """The same tokens, the label and the separator taken from the first text."""
    for index, token in enumerate(question):
        if token.type == "text" and token.content.strip():
            texts = token.content, plain(question)
            match = next(filter(None, (pattern.match(text, behind_signs(text)) for text in texts)), None)
            kept = token.content[match.end() :] if match else token.content
            rest = [*question[:index], copied(token, content=kept), *question[index + 1 :]]
            unseparated = match is not None and not kept and re.search(rf"{SEPARATOR}\s*$", match[0]) is None
            return _without_separator(rest, index) if unseparated else rest
    return question


def _without_separator(question: list[Token], start: int) -> list[Token]:
    """`**Q01**：question` has its separator behind the bold."""
    for index in range(start + 1, len(question)):
        if question[index].type == "text":
            kept = re.sub(rf"^\s*{SEPARATOR}?\s*", "", question[index].content)
            return [*question[:index], copied(question[index], content=kept), *question[index + 1 :]]
    return question


def without_lead_ins(found: Sequence[Marked]) -> list[Marked]:
    """All but the `**为什么有效？** 因为…` that an answer begins with, where a heading asks: the one bold text below it that
    asks, with more behind it in its line.
    """
    kept: list[Marked] = []
    alone_below = True  # no other bold text asks, down to the next heading
    for above, m in reversed(list(zip([None, *found], found, strict=False))):
        heading = above.question if above and above.asks and above.question.level else None
        leads = heading and heading.end == m.question.start and not m.question.level and m.asks and not m.alone
        if not (leads and alone_below):
            kept.append(m)
        alone_below = bool(m.question.level) or (alone_below and not m.asks)
    return kept[::-1]


WONDERING = later(
    r"那(?![个些里一])|但|可是|不过|所以|既然|然而|(?:为什么|为何|why)呢?[?？]|(?:so|but|and|then)\b", re.IGNORECASE
)
"""What goes on with the text above it: `那为什么还要两个呢？`."""


def rhetorical(found: Sequence[Marked]) -> list[Marked]:
    """Bold lines in the answers of headings that ask, which go on with those: one who reads them wonders so."""
    above: Marked | None = None
    wondering = []
    for m in found:
        if m.question.level:
            above = m if m.asks else None
        elif above and m.asks and m.question.start > above.question.end and WONDERING.match(plain(m.question.question)):
            wondering.append(m)
    return wondering


def numbered(found: Sequence[Marked]) -> list[list[Marked]]:
    """Bold text with a number, in a row for each way to write it, where the numbers go up, or from 1 again below a
    heading; a number may be missing, and a question may have that of the one above it.

    Then no other list is numbered among them: `**1. 效率**` in an answer would break a row.
    """
    notations = sorted({_notation(m.number) for m in found if m.number and not m.question.level})
    return [row for notation in notations if (row := _row(found, notation))]


def _notation(number: str) -> int:
    """Which of the ways a number is written in: `1`, `一` or `（一）`."""
    return 0 if number[0].isdecimal() else 2 if number[0] in BRACKETS else 1


def _row(found: Sequence[Marked], notation: int) -> list[Marked]:
    row: list[Marked] = []
    before, anew = 0, True
    for m in found:
        if m.question.level:
            anew = True
        elif m.number and (m.asks or m.alone) and _notation(m.number) == notation:
            number = value(m.number)
            if not (number > before or (number == before and m.asks) or (anew and number == 1)):
                return []
            row.append(m)
            before, anew = number, False
    return row


def alone_above_text(found: Sequence[Marked], tokens: Sequence[Token]) -> list[Question]:
    """Bold lines that stand above a text of their own each, where a document has several of them."""
    starts = {m.question.start for m in found if m.question.level or (m.alone and not m.question.rest)}
    above = [
        m.question
        for m in found
        if m.alone
        and not m.question.level
        and (m.question.rest or (m.question.end < len(tokens) and not _begins(m.question.end, starts, tokens)))
    ]
    return above if len(above) > 1 else []


def _begins(index: int, starts: Collection[int], tokens: Sequence[Token]) -> bool:
    return index in starts or tokens[index].type == "hr"
