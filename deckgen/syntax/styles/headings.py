"""Headings as questions: those of one level, and pairs of a heading Question and a heading Answer."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

from deckgen.patterns import later, one_of
from deckgen.syntax.styles import chapters, words
from deckgen.syntax.styles.numerals import NUMERAL
from deckgen.syntax.styles.question import Question, asks, behind_signs, shown_label, unwrapped, without_attributes
from deckgen.syntax.tokens import plain
from deckgen.values import NamedTuple

if TYPE_CHECKING:
    import re
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from markdown_it.token import Token

    from deckgen.syntax.styles.marked import Marked

NUMBERED = rf"\s*(?P<number>\d+(?:[.-]\d+)*|{NUMERAL}|[（(][A-Z]{{2}}[）)])?\s*{one_of(':：.')}?\s*"
"""A number, or a language: `Question (EN)`."""
QUESTION = later(rf"(?P<label>(?:(?i:question|problem|exercise|q)|问题?|题目?|练习题?|习题)(?:{NUMBERED}))")
FIRST = "QqPpEe问题练习"
"""What that begins with: few headings do, and need the pattern."""
ANSWER = later(rf"(?:{words.ANSWER}|{words.EXPLANATION}|[Aa]){NUMBERED}")
ANSWERING = later(rf"(?:{words.ANSWER}|{words.EXPLANATION})\s*(?:\d*|{NUMERAL})\s*[:：]")
"""`#### Answer: B`: a heading that goes on with the answer."""
PHRASES = ("underline_open", "cloze_open", "mark_open")


class _Section(NamedTuple):
    """A heading with what stands under it."""

    marked: Marked
    text: bool
    """Whether it has text of its own, before the next heading."""
    leaf: bool
    """Whether no deeper heading stands below it."""
    furniture: bool
    """Whether it holds the document together, as Contents or License does."""

    @property
    def question(self) -> Question:
        return self.marked.question


def level_of_collection(
    marked: Sequence[Marked], tokens: Sequence[Token], starts: Collection[int] = (), *, careful: bool = True
) -> int:
    """The level whose headings are the questions of a collection; 0 where there is none.

    It is the first level from the top at which most headings hold a text and no deeper headings. `starts` are blocks
    that would be questions otherwise: they are no text of a heading's own. With care, headings that rather are the
    chapters of a text are none.
    """
    sections = list(_sections(marked, tokens, starts))
    for level in range(1, 7):
        here = [section for section in sections if section.question.level == level]
        carrying = [section for section in here if section.text and section.leaf and not section.furniture]
        if len(carrying) > 1 and 2 * len(carrying) > len(here):
            is_text = careful and 4 * sum(section.furniture for section in here) >= len(here)
            return 0 if is_text else level
    return 0


def is_certain(marked: Sequence[Marked], tokens: Sequence[Token], level: int) -> bool:
    """Whether more than the headings of a level speaks for a collection of questions: most of them are numbered, not
    as chapters are (一、), or stand in sections that hold nothing else; or something is underlined or highlighted, as in
    notes to learn from.
    """
    sections = list(_sections(marked, tokens))
    here = [section for section in sections if section.question.level == level]
    above = [section for section in sections[1:] if section.question.level < level]
    numbered = sum(section.marked.number[:1].isdecimal() for section in here)
    empty = sum(not section.text for section in above if not section.furniture)
    return 2 * numbered > len(here) or 2 * empty > len(above) or has_phrases(tokens)


def has_phrases(tokens: Sequence[Token]) -> bool:
    """Whether something is underlined or highlighted, as in notes to learn from."""
    return any(child.type in PHRASES for token in tokens for child in token.children or ())


def of_level(marked: Sequence[Marked], tokens: Sequence[Token], level: int) -> list[Question]:
    """The headings of a level that have an answer and look like the others."""
    return [section.question for section in _alike(list(_sections(marked, tokens)), level)]


def _alike(sections: Sequence[_Section], level: int) -> list[_Section]:
    return [
        section
        for section in sections
        if section.question.level == level
        and (section.text or not section.leaf)
        and not (section.furniture and not section.marked.asks)
    ]


def asked(marked: Sequence[Marked], tokens: Sequence[Token]) -> list[Question]:
    """The headings that ask, and others of their levels. Of the level of most of them those are all, where most of it
    asks, or all of it is numbered; of another level, those with a text and nothing deeper, where all of it is numbered.
    """
    sections = list(_sections(marked, tokens))
    above = [level for level in range(1, 7) if _are_chapters(sections, level)]
    asking = [s.question for s in sections if s.marked.asks and (s.leaf or s.question.level not in above)]
    levels = Counter(question.level for question in asking).most_common()
    found = {question.start: question for question in asking}
    for place, (level, _) in enumerate(levels):
        here = _alike(sections, level)
        numbered = all(section.question.label for section in here)
        if numbered:  # with those that have no answer yet
            here = [s for s in sections if s.question.level == level and s.question.label and not s.furniture]
        silent = [section for section in here if section.question.start not in found]
        if place:
            silent = [section for section in silent if numbered and section.leaf and section.text]
        elif not numbered and 2 * len(silent) >= len(here):
            silent = []
        found |= {section.question.start: section.question for section in silent}
    return [found[start] for start in sorted(found)]


def _are_chapters(sections: Sequence[_Section], level: int) -> bool:
    """Whether the headings of a level, though one may ask, just stand above deeper ones, and most do not ask."""
    here = [section for section in sections if section.question.level == level]
    return not any(section.text for section in here) and 2 * sum(section.marked.asks for section in here) <= len(here)


def beside(marked: Sequence[Marked], tokens: Sequence[Token], questions: Sequence[Question]) -> list[int]:
    """Where headings stand that are no questions, though others of their level are, and may have been meant as such.

    Each holds a text that is more than links, no deeper heading and no question. The document's title, a question's
    heading Answer and what stands below a heading such as Installation are none of them.
    """
    levels = Counter(question.level for question in questions if question.level)
    if not levels:
        return []
    level = levels.most_common(1)[0][0]
    starts = {question.start: question for question in questions}
    places = sorted(starts.keys() | {m.question.start for m in marked if m.question.level})
    ends = dict(pairwise([*places, len(tokens)]))
    taken = starts.keys() | {answer for above, (answer, _) in answers(tokens).items() if above in starts}
    found, apart = [], False
    for index, section in enumerate(_sections(marked, tokens)):
        heading = section.question
        if heading.level < level:
            apart = section.furniture
        is_title = index == 0 and level == 1
        if heading.level != level or heading.start in taken or apart or section.furniture or is_title:
            continue
        end = ends[heading.start]
        holds_question = end in starts and not starts[end].level
        if section.leaf and not holds_question and _says_something(tokens[heading.end : end]):
            found.append(heading.start)
    return found


def _says_something(blocks: Sequence[Token]) -> bool:
    """Whether there is anything in blocks but links."""
    depth = 0
    for child in (child for block in blocks for child in block.children or (block,)):
        depth += (child.type == "link_open") - (child.type == "link_close")
        if not depth and (child.content.strip() or child.type == "image"):
            return True
    return False


def _sections(marked: Sequence[Marked], tokens: Sequence[Token], starts: Collection[int] = ()) -> Iterator[_Section]:
    """Every heading that may name a question or a chapter, but for those that part an answer."""
    headings = [m for m in marked if m.question.level]
    texts = {m.question.start: plain(tokens[m.question.start + 1].children or ()) for m in headings}
    parting = _parting(headings, texts)
    headings = [m for m in headings if m.question.start not in parting]
    for index, m in enumerate(headings):
        following = headings[index + 1] if index + 1 < len(headings) else None
        behind = m.question.end
        while behind < len(tokens) and tokens[behind].type == "hr":
            behind += 1
        heading = behind < len(tokens) and tokens[behind].type == "heading_open" and behind not in parting
        text = behind < len(tokens) and not heading and behind not in starts
        leaf = following is None or following.question.level <= m.question.level
        yield _Section(m, text, leaf, chapters.is_furniture(texts[m.question.start]))


def _parting(headings: Sequence[Marked], texts: Mapping[int, str]) -> set[int]:
    """Where headings stand that part an answer: `### 参考答案`, and such as are there again and again without asking."""
    places = [(m.question.level, m.question.start) for m in headings]
    times = Counter((level, texts[start]) for level, start in places)
    again = {written for written, number in times.items() if number > 1 and not asks(written[1])}
    return {
        start for level, start in places if level > 1 and (_is_answer(texts[start]) or (level, texts[start]) in again)
    }


def _top(tokens: Sequence[Token]) -> list[int]:
    """Where each heading stands that stands in nothing else."""
    return [index for index, token in enumerate(tokens) if token.type == "heading_open" and not token.level]


def pairs(tokens: Sequence[Token]) -> list[Question]:
    """A heading Question, its blocks up to the heading Answer: the first paragraph and further blocks."""
    found: list[Question] = []
    asking: tuple[int, re.Match[str]] | None = None
    for start in _top(tokens):
        text = plain(tokens[start + 1].children or ())
        start_of_label = behind_signs(text)
        if text[start_of_label : start_of_label + 1] in FIRST and (match := QUESTION.fullmatch(text, start_of_label)):
            asking = start, match
        elif asking and _is_answer(text):
            found.append(_pair(tokens, asking[0], start, asking[1]))
            asking = None
        elif asking and int(tokens[start].tag[1]) <= int(tokens[asking[0]].tag[1]):
            asking = None
    return found


def _pair(tokens: Sequence[Token], start: int, answer: int, match: re.Match[str]) -> Question:
    body = list(tokens[start + 3 : answer])
    first = 3 if body and body[0].type == "paragraph_open" else 0
    inline, _, name, tags = without_attributes((body[1].children or []) if first else [], [])
    return Question(
        start=start,
        end=answer + 3,
        kind="headings Question and Answer",
        question=unwrapped(inline),
        label=shown_label(match["label"].rstrip(" :：.")) if match["number"] else "",
        level=int(tokens[start].tag[1]),
        name=name,
        tags=tags,
        further=body[first:],
    )


def answers(tokens: Sequence[Token]) -> dict[int, tuple[int, int]]:
    """Where an answer begins with the first heading below another: by the start of that one, where the question ends
    and where the answer begins. A heading Answer is neither's, `#### Answer: B` is the answer's.
    """
    found = {}
    for above, below in pairwise(_top(tokens)):
        children = tokens[below + 1].children or []
        if is_answer(children):
            found[above] = below, below + 3
        elif is_answering(children):
            found[above] = below, below
    return found


def is_answer(heading: Sequence[Token]) -> bool:
    """Whether a heading says that an answer follows and nothing else: `### 参考答案`."""
    return _is_answer(plain(heading))


def _is_answer(heading: str) -> bool:
    return ANSWER.fullmatch(heading, behind_signs(heading)) is not None


def is_answering(heading: Sequence[Token]) -> bool:
    """Whether a heading goes on with an answer, whatever its level: `#### Answer: B`."""
    text = plain(heading)
    return ANSWERING.match(text, behind_signs(text)) is not None
