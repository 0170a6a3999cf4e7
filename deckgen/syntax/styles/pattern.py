"""Questions that a pattern finds: the author's own, `questions = "/^Frage/"`, or numbers that make no list in Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deckgen.patterns import later
from deckgen.syntax.styles.question import (
    Question,
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


NUMBERED = later(r"^\d{1,4}\s*[、．.：:)）](?!\d)")
"""`1、什么是进程？` in plain text: Markdown takes only `1.` and `1)` for a list."""


def numbered_lines(tokens: Sequence[Token]) -> list[Question]:
    """Paragraphs numbered one by one, most of which ask; or else those among them that ask, if these are."""
    lines = [q._replace(kind="numbered lines") for q in find(tokens, NUMBERED) if not q.level]
    asking = [question for question in lines if plain(question.question).endswith(("?", "？"))]
    if 2 * len(asking) > len(lines) and _numbers(lines) == [*range(1, len(lines) + 1)]:
        asking = lines
    steps = zip([0, *_numbers(asking)], _numbers(asking), strict=False)
    return asking if len(asking) > 1 and all(number in (previous + 1, 1) for previous, number in steps) else []


def _numbers(questions: Sequence[Question]) -> list[int]:
    return [int(question.label) if question.label.isdecimal() else 0 for question in questions]


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
    return (match[0].rstrip(BETWEEN), rest) if plain(rest) else ("", line)


def _leading_bold(line: list[Token]) -> tuple[list[Token], list[Token]]:
    if line and line[0].type == "strong_open":
        end = next(i for i, t in enumerate(line) if t.type == "strong_close" and t.level == line[0].level)
        if plain(line[1:end]):
            return line[1:end], line[end + 1 :]
    return unwrapped(line), []
