"""Questions that a pattern finds: the author's own, `questions = "/^Frage/"`, or numbers that make no list in Markdown."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from deckgen.patterns import later
from deckgen.syntax.styles import dialogue
from deckgen.syntax.styles.numerals import NUMERAL, value
from deckgen.syntax.styles.question import (
    Question,
    Reading,
    asks,
    first_line,
    leading_bold,
    leading_text,
    paragraph,
    top_blocks,
    trimmed,
    without_attributes,
    without_start,
)
from deckgen.syntax.tokens import plain

if TYPE_CHECKING:
    import re
    from collections.abc import Collection, Iterator, Sequence

    from markdown_it.token import Token

BETWEEN = " \t\u3000：:.．、)）|–—-"
"""What sets a label off from its question."""


NOTATIONS = (
    later(r"^\d{1,4}\s*[、．.：:)）](?!\d)"),
    later(rf"^{NUMERAL}\s*[、．.：:)）]"),
    later(rf"^[（(](?:\d{{1,4}}|{NUMERAL})[）)]"),
    later("^[①-⑳]"),
)
"""`1、什么是进程？`, `一、…`, `（1）…`, `①…` in plain text: Markdown takes only `1.` and `1)` with a space behind for a list."""


def numbered_lines(tokens: Sequence[Token]) -> Reading:
    """Lines numbered one by one, most of which ask; or else those among them that ask, if these are. Of several notations
    it is the one that begins first: points of an answer, and questions within it, are numbered otherwise.
    """
    readings = [reading for notation in NOTATIONS if (reading := _numbered_lines(tokens, notation)).questions]
    return min(readings, key=_first_line, default=Reading(list(tokens), []))


def _first_line(reading: Reading) -> int:
    lines = reading.tokens[reading.questions[0].start].map
    return lines[0] if lines else 0


def _numbered_lines(tokens: Sequence[Token], notation: re.Pattern[str]) -> Reading:
    """Without the lines that name chapters, as `二、进阶` above `3、…？`."""
    parted = dialogue.parted(tokens, partial(_asks, notation))
    reading = Reading(parted, _numbered(parted, notation))
    others = [other for other in NOTATIONS if other is not notation] if reading.questions else []
    for other in others:
        parted = dialogue.parted(tokens, partial(_asks_or_is, notation, other))
        questions = _numbered(parted, notation)
        if chapters := _chapters(parted, questions, other):
            ended = map(partial(_ended, parted, chapters), questions, questions[1:])
            return Reading(parted, [*ended, questions[-1]])
    return reading


def _is(notation: re.Pattern[str], line: Sequence[Token]) -> bool:
    return notation.match(leading_text(line).lstrip()) is not None


def _asks(notation: re.Pattern[str], line: Sequence[Token]) -> bool:
    """Of a line in a paragraph: numbered lines that do not ask are the points of an answer."""
    return _is(notation, line) and asks(plain(line))


def _asks_or_is(notation: re.Pattern[str], other: re.Pattern[str], line: Sequence[Token]) -> bool:
    return _asks(notation, line) or _is(other, line)


def _numbered(tokens: Sequence[Token], notation: re.Pattern[str]) -> list[Question]:
    lines = [q._replace(kind="numbered lines") for q in find(tokens, notation) if not q.level]
    asking = [question for question in lines if asks(plain(question.question))]
    first = _numbers(lines)[0] if lines else 0
    if 2 * len(asking) >= len(lines) and _numbers(lines) == [*range(first, first + len(lines))]:
        asking = lines
    steps = zip([1, *_numbers(asking)], _numbers(asking), strict=False)
    return asking if len(asking) > 1 and all(number >= previous or number == 1 for previous, number in steps) else []


def _chapters(tokens: Sequence[Token], questions: Sequence[Question], notation: re.Pattern[str]) -> set[int]:
    """Where lines of this notation stand, if all of them are names of chapters: each directly above a question, the first
    above the first one, and numbered one by one.
    """
    lines = [q for q in find(tokens, notation) if not q.level]
    above = {question.start for question in questions}
    names = [line for line in lines if line.end in above and not line.rest]
    if not questions or not names or names != lines or names[0].start > questions[0].start:
        return set()
    return {line.start for line in names} if _numbers(names) == [*range(1, len(names) + 1)] else set()


def _ended(tokens: Sequence[Token], chapters: Collection[int], question: Question, following: Question) -> Question:
    """The question without the name of the following one's chapter."""
    line = following.start - 3
    if line not in chapters:
        return question
    return question._replace(rest=[*question.rest, *tokens[question.end : line]], whole=True)


def _numbers(questions: Sequence[Question]) -> list[int]:
    return [value(question.label) if question.label else 0 for question in questions]


def find(tokens: Sequence[Token], pattern: re.Pattern[str]) -> list[Question]:
    """Every top-level heading, and every first line of a top-level paragraph, in whose text the pattern is found."""
    return list(_find(tokens, pattern))


def _find(tokens: Sequence[Token], pattern: re.Pattern[str]) -> Iterator[Question]:
    for start, end in top_blocks(tokens):
        opening = tokens[start]
        if opening.type not in ("paragraph_open", "heading_open"):
            continue
        line, below = first_line(tokens[start + 1].children or [])
        if match := pattern.search(plain(line)):
            yield _question(tokens, start, end, line, below, match)


def _question(  # noqa: PLR0913, PLR0917 - where it stands and what its parts are
    tokens: Sequence[Token], start: int, end: int, line: list[Token], below: list[Token], match: re.Match[str]
) -> Question:
    """Bold text that the line begins with is the question, else the whole line. What matches at its start is the label."""
    opening, inline = tokens[start], tokens[start + 1]
    label, question = _without_label(line, match)
    bold, behind = leading_bold(question) or (question, [])
    question, behind, name, tags = without_attributes(bold, behind)
    breaks = [inline.children[len(line)]] if behind and below and inline.children else []
    return Question(
        start=start,
        end=end,
        kind=f"the pattern /{match.re.pattern}/",
        question=question,
        label=label,
        level=int(opening.tag[1]) if opening.type == "heading_open" else 0,
        name=name,
        tags=tags,
        rest=paragraph(inline, trimmed([*behind, *breaks, *below])),
    )


def _without_label(line: list[Token], match: re.Match[str]) -> tuple[str, list[Token]]:
    """What matches at the line's start, and the rest; where nothing but it stands there, it is the question."""
    text = leading_text(line).lstrip()
    if match.start() or not text.startswith(match[0]):
        return "", line
    behind = text[match.end() :].lstrip(BETWEEN)
    rest = without_start(line, len(leading_text(line)) - len(behind))
    label = match[0] if match[0].startswith(("（", "(")) else match[0].rstrip(BETWEEN)
    return (label, rest) if plain(rest) else ("", line)
