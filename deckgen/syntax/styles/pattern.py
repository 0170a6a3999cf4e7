"""Questions that a pattern finds: the author's own, `questions = "/^Frage/"`, or numbers that make no list in Markdown."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from deckgen.patterns import later
from deckgen.syntax.styles import dialogue
from deckgen.syntax.styles.numerals import NUMERAL, value
from deckgen.syntax.styles.question import (
    BREAKS,
    Question,
    Reading,
    first_line,
    leading_text,
    paragraph,
    top_blocks,
    trimmed,
    unwrapped,
    without_attributes,
    without_start,
)
from deckgen.syntax.tokens import plain

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator, Sequence

    from markdown_it.token import Token

BETWEEN = " \t\u3000：:.．、)）|–—-"
"""What sets a label off from its question."""


NOTATIONS = (
    later(r"^\d{1,4}\s*[、．.：:)）](?!\d)"),
    later(rf"^{NUMERAL}\s*[、．.：:)）]"),
    later(rf"^[（(](?:\d{{1,4}}|{NUMERAL})[）)]"),
)
"""`1、什么是进程？`, `一、…`, `（1）…` in plain text: Markdown takes only `1.` and `1)` with a space behind for a list."""


ASKING = ("?", "？")


def numbered_lines(tokens: Sequence[Token]) -> Reading:
    """Lines numbered one by one, most of which ask; or else those among them that ask, if these are. Of several notations
    it is the first: 一、 may be a chapter.
    """
    for notation in NOTATIONS:
        parted = dialogue.parted(tokens, partial(_asks_by_number, notation))
        if questions := _numbered(parted, notation):
            return Reading(parted, [*map(partial(_ended, parted, notation), questions, questions[1:]), questions[-1]])
    return Reading(list(tokens), [])


def _asks_by_number(notation: re.Pattern[str], line: Sequence[Token]) -> bool:
    """Of a line in a paragraph: numbered lines that do not ask are the points of an answer."""
    return notation.match(leading_text(line).lstrip()) is not None and plain(line).endswith(ASKING)


def _numbered(tokens: Sequence[Token], notation: re.Pattern[str]) -> list[Question]:
    lines = [q._replace(kind="numbered lines") for q in find(tokens, notation) if not q.level]
    asking = [question for question in lines if plain(question.question).endswith(ASKING)]
    if 2 * len(asking) > len(lines) and _numbers(lines) == [*range(1, len(lines) + 1)]:
        asking = lines
    steps = zip([0, *_numbers(asking)], _numbers(asking), strict=False)
    return asking if len(asking) > 1 and all(number in (previous + 1, 1) for previous, number in steps) else []


def _ended(tokens: Sequence[Token], notation: re.Pattern[str], question: Question, following: Question) -> Question:
    """The question without the line that names the following one's chapter, as `二、进阶` above `1、…？`."""
    line = following.start - 3
    if line < question.end or tokens[line].type != "paragraph_open":
        return question
    children = tokens[line + 1].children or []
    others = (other for other in NOTATIONS if other is not notation)
    if any(child.type in BREAKS for child in children) or not any(o.match(leading_text(children)) for o in others):
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
    bold, behind = _leading_bold(question)
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


def _leading_bold(line: list[Token]) -> tuple[list[Token], list[Token]]:
    if line and line[0].type == "strong_open":
        end = next(i for i, t in enumerate(line) if t.type == "strong_close" and t.level == line[0].level)
        if plain(line[1:end]):
            return line[1:end], line[end + 1 :]
    return unwrapped(line), []
