"""What says that an answer begins here: a heading Answer, or a fold of that name. What stands above it is still the question."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deckgen.syntax.styles import folds, headings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markdown_it.token import Token

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
        if answer < limit and not (fold and fold.start < answer):
            result.append(_parted(question, tokens, answer, behind))
        elif fold:
            parted = _parted(question, tokens, fold.start, fold.end)
            result.append(parted._replace(rest=fold.inside))
        else:
            result.append(question)
    return result


def _parted(question: Question, tokens: Sequence[Token], start: int, end: int) -> Question:
    further = [*question.rest, *tokens[question.end : start]]
    return question._replace(end=end, further=further, rest=())
