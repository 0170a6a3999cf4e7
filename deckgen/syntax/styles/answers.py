"""What says that an answer begins here: a heading Answer, a fold of that name, or `答案：` below choices. What stands above
it is still the question.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

from deckgen.patterns import later, one_of
from deckgen.syntax.styles import dialogue, folds, headings
from deckgen.syntax.styles.question import (
    PARAGRAPH,
    asks,
    leading_text,
    lines,
    paragraph,
    top_blocks,
    unwrapped,
    without_start,
)
from deckgen.syntax.tokens import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markdown_it.token import Token

    from deckgen.syntax.styles.folds import Fold
    from deckgen.syntax.styles.marked import Marked
    from deckgen.syntax.styles.question import Question


def separated(questions: Sequence[Question], tokens: Sequence[Token]) -> list[Question]:
    """The same questions, each with all that stands above its answer's mark, and without that mark."""
    below = headings.answers(tokens)
    folded = [fold for fold in folds.find(tokens) if fold.is_answer]
    ends = [*(question.start for question in questions), len(tokens)]
    result = []
    index = 0
    for question, limit in zip(questions, ends[1:], strict=True):
        while index < len(folded) and folded[index].start < question.end:
            index += 1
        fold = folded[index] if index < len(folded) and folded[index].start < limit else None
        answer, behind = below.get(question.start, (limit, limit)) if question.level else (limit, limit)
        question = _asked_below(_asked_further(question, limit, tokens), limit, tokens)  # noqa: PLW2901 - the same one
        if question.whole:
            result.append(_unfolded(question))
        elif answer < limit and not (fold and fold.start < answer):
            result.append(_parted(question, tokens, answer, behind))
        elif fold:
            parted = _parted(question, tokens, fold.start, fold.end)
            result.append(parted._replace(rest=fold.inside))
        else:
            result.append(question)
    return result


def announced(found: Sequence[Marked], tokens: Sequence[Token], folded: Sequence[Fold]) -> list[Marked]:
    """The same, where a heading or a bold line asks, too, whose answer says that it is one: `答：`, or one of these folds."""
    starts = [fold.start for fold in folded]
    limits = [*(m.question.start for m in found[1:]), len(tokens)]
    return [
        m if m.asks or not m.alone or not _is_announced(m.question, limit, tokens, starts) else m._replace(asks=True)
        for m, limit in zip(found, limits, strict=False)
    ]


def _is_announced(question: Question, limit: int, tokens: Sequence[Token], folded: Sequence[int]) -> bool:
    first, last = bisect_left(folded, question.end), bisect_left(folded, limit)
    if last - first == 1 and not any(t.type == "ordered_list_open" for t in tokens[question.end : folded[first]]):
        return True  # else it answers an item of that list
    answer = question.rest or tokens[question.end : question.end + 2]
    return bool(answer) and answer[0].type == "paragraph_open" and dialogue.begins_answer(answer[1].children or ())


def _asked_further(question: Question, limit: int, tokens: Sequence[Token]) -> Question:
    """The same question with the `题目：…` directly below it, if `答案：` follows: `### 面试题 1：位置编码` names it alone."""
    start = question.end
    if question.rest or question.whole or start >= limit or tokens[start].type != "paragraph_open":
        return question
    children = tokens[start + 1].children or []
    mark = dialogue.question_mark(children)
    if not mark:
        return question
    behind = start + len(PARAGRAPH)
    if _answer(tokens, behind, limit) is None:
        return question
    further = paragraph(tokens[start + 1], without_start(children, mark.end()))
    return question._replace(end=behind, further=[*question.further, *further])


def _asked_below(question: Question, limit: int, tokens: Sequence[Token]) -> Question:
    """A label alone, as `### Question 1`: what stands below it is the question, up to `Answer:`; else the first text there,
    if it asks.
    """
    if plain(question.question) or question.further or question.whole:
        return question
    answer = _answer(tokens, question.end, limit)
    end = limit if answer is None else answer
    body = [*question.rest, *tokens[question.end : end]]
    if [token.type for token in body[: len(PARAGRAPH)]] != PARAGRAPH:
        return question
    children, behind = body[1].children or [], body[len(PARAGRAPH) :]
    if answer is not None:
        return question._replace(end=end, question=unwrapped(children), further=behind, rest=())
    return question._replace(end=end, question=unwrapped(children), rest=behind) if asks(plain(children)) else question


def _answer(tokens: Sequence[Token], start: int, limit: int) -> int | None:
    """Where a paragraph that begins with a mark as `答案：` stands between these."""
    below = (i for i in range(start, limit) if tokens[i].type == "paragraph_open" and not tokens[i].level)
    return next((index for index in below if dialogue.begins_answer(tokens[index + 1].children or ())), None)


def _unfolded(question: Question) -> Question:
    """The same question, where a fold in its answer holds the answer proper, as in an item of a list."""
    fold = next((fold for fold in folds.find(question.rest) if fold.is_answer), None)
    if not fold:
        return question
    further = [*question.further, *_without_announcement(question.rest[: fold.start])]
    return question._replace(further=further, rest=[*fold.inside, *question.rest[fold.end :]])


def _parted(question: Question, tokens: Sequence[Token], start: int, end: int) -> Question:
    further = [*question.rest, *tokens[question.end : start]]
    return question._replace(end=end, further=_without_announcement(further), rest=())


def _without_announcement(blocks: Sequence[Token]) -> Sequence[Token]:
    """The same blocks without a line `答案` at their end."""
    last = blocks[-len(PARAGRAPH) :]
    announced = [token.type for token in last] == PARAGRAPH and folds.announces(plain(last[1].children or []))
    return blocks[: -len(PARAGRAPH)] if announced else blocks


CHOICE = later(rf"(?:^|(?<=\s)){one_of('（(【[')}?([A-H])\s*{one_of('.．、)）】]:：')}")
MOST = 4
"""Tokens above the text of the first choice: those of a list, its item and its paragraph."""


def offered(blocks: list[Token]) -> tuple[list[Token], list[Token]]:
    """The choices A, B, … that blocks begin with, if a mark like `答案：` stands directly below them; and the rest."""
    first = next((token for token in blocks[:MOST] if token.type == "inline"), None)
    if first is None or not CHOICE.match(leading_text(first.children or ())):
        return [], blocks
    parted = dialogue.parted(blocks, dialogue.begins_answer)
    letters = ""
    for start, end in top_blocks(parted):
        if dialogue.begins_answer(parted[start + 1].children or () if start + 1 < end else ()):
            return (parted[:start], parted[start:]) if len(letters) > 1 else ([], blocks)
        letters += "".join(map(_letters, parted[start:end]))
        if not ALPHABET.startswith(letters):
            break
    return [], blocks


ALPHABET = "ABCDEFGH"


def are_choices(block: Sequence[Token]) -> bool:
    """Whether a block is nothing but choices, two or more."""
    letters = "".join(map(_letters, block))
    return len(letters) > 1 and ALPHABET.startswith(letters)


def _letters(token: Token) -> str:
    """Those of the choices in a text, with a gap for each of its lines that is none."""
    if token.type != "inline":
        return ""
    found = [
        CHOICE.findall(plain(line)) if CHOICE.match(leading_text(line)) else " " for line in lines(token.children or [])
    ]
    return "".join(map("".join, found))
