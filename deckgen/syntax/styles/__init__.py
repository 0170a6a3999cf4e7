"""The styles in which people mark questions. One function a style: it finds its questions in a document's tokens.

`read` takes the style that was asked for, or the one that reads the document best:

0. cards of Spaced Repetition, where the document has its tag, #flashcards;
1. headings Question and Answer, where every question that has a label is one of them;
2. labels: the author's own numbers; whatever else looks like a question is part of an answer then;
3. `Q:` and `A:`, where not more questions in bold or in headings ask; where no `A:` is marked, together with those;
4. bold text and headings that end in a question mark, and the headings beside them where most of a level ask;
5. tables whose heads name questions and answers; list items, where those of the document's lists ask, or half of them do
   and all have an answer; numbered lines that ask; lines with ` :: ` between question and answer;
6. folds, `<details>`, whose line asks, and callouts whose title does;
7. definition lists or, if they give more questions, headings of one level, else numbered bold text, else bold lines.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from deckgen.patterns import later
from deckgen.syntax.styles import dialogue, folds, headings, lists, marked, pattern, spaced
from deckgen.syntax.styles.answers import announced, separated
from deckgen.syntax.styles.numerals import NUMERAL, value
from deckgen.syntax.styles.question import Reading, asks
from deckgen.syntax.tokens import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from markdown_it.token import Token

    from deckgen.syntax.styles.marked import Marked
    from deckgen.syntax.styles.question import Question

AUTO = "auto"


def read(tokens: list[Token], wanted: str = AUTO) -> Reading:
    """The document's questions, in its order: in the style `wanted`, a key of `STYLES`, `headings N` or `/pattern/`."""
    if wanted.startswith("/"):
        return Reading(tokens, pattern.find(tokens, re.compile(wanted[1:-1])))
    name, _, level = wanted.partition(" ")
    if level:
        return Reading(tokens, _of_level(tokens, int(level)))
    return STYLES[name](tokens)


def _auto(tokens: list[Token]) -> Reading:
    reading = next((reading for reading in _ranked(tokens) if reading.questions), Reading(tokens, []))
    starts = [question.start for question in reading.questions]
    if all(question.kind != folds.KIND for question in reading.questions):
        folds.mark(reading.tokens, starts)
    if starts:
        lists.mark(reading.tokens, set(starts))
        _mark_missing(reading)
    return reading


def _mark_missing(reading: Reading) -> None:
    """Lint asks about `8、…？` in plain text, where the questions are numbered and number 8 is missing."""
    for question, following in pairwise(reading.questions):
        above, below = _number(question.label), _number(following.label)
        for index in range(question.end, following.start if 0 < above < below - 1 else 0):
            opening = reading.tokens[index]
            if opening.type != "paragraph_open" or opening.level not in (0, 2):
                continue
            text = plain(reading.tokens[index + 1].children or ())
            typed = marked.number(text) if not opening.level else None
            number = typed["label"] if typed else reading.tokens[index - 1].info
            if asks(text) and number and above < value(number) < below:
                opening.meta["possible"] = True


def _number(label: str) -> int:
    """The number that a label ends with; 0 where there is none."""
    found = (LAST_DIGITS if label[-1:].isdecimal() else LAST_NUMERAL).search(label)
    return value(found[0]) if found else 0


LAST_DIGITS = later(r"\d+\Z")
LAST_NUMERAL = later(rf"{NUMERAL}\Z")


def _ranked(tokens: list[Token]) -> Iterator[Reading]:
    """The readings in the order of the module's docstring; the first that finds questions is the document's."""
    if spaced.is_meant(tokens):
        every = marked.find(tokens)
        _set_aside(tokens, every, [m for m in every if m.labelled])
        yield spaced.read(tokens)
    spaced.mark(tokens)
    folded = [fold for fold in folds.find(tokens) if fold.is_answer]
    found = announced(folds.without_answers(marked.find(tokens), folded), tokens, folded)
    labelled = [m.question for m in found if m.labelled]
    pairs = headings.pairs(tokens)
    in_pairs = {question.start for question in pairs}
    if all(question.start in in_pairs for question in labelled):
        yield Reading(tokens, pairs)
    if labelled and not any(plain(question.question) for question in labelled):
        yield dialogue.read(tokens)  # `### 问题 1` above `问：…`
    if labelled:
        _set_aside(tokens, found, [m for m in found if m.asks and not m.labelled])
    yield _answered(tokens, labelled)
    yield from _talking(tokens, found)
    yield _asking(tokens, found)
    if any(token.type == "table_open" for token in tokens):
        yield _tables(tokens, every=False)
    if lists.are_questions(tokens):
        yield _lists(tokens)
    yield pattern.numbered_lines(tokens)
    yield spaced.read(tokens, apart=True)
    yield _folds(tokens, every=False)
    yield max(_silent(tokens, found), key=lambda reading: len(reading.questions))


def _talking(tokens: list[Token], found: Sequence[Marked]) -> Iterator[Reading]:
    """`Q:` and `A:`, where not more questions are marked otherwise. Where no answer is marked, both kinds may be mixed."""
    talk = dialogue.read(tokens)
    told = [question for question in talk.questions if dialogue.is_certain(talk.tokens, question)]
    if not told or any(dialogue.is_asked_back(talk.tokens, question) for question in told):
        return
    asking = [m for m in found if m.asks and not dialogue.is_marked(m.question)]
    if asking and all(question.kind == dialogue.UNANSWERED and not question.level for question in told):
        yield _asking(tokens, found)
    if len(told) >= len(asking):
        _set_aside(tokens, found, asking)
        _pass_over(tokens, found, talk.questions)
        yield talk


def _set_aside(tokens: Sequence[Token], found: Sequence[Marked], asking: Sequence[Marked]) -> None:
    """Lint asks about what looks like a question of a document that marks its questions otherwise. The document's title
    and a chapter's, with nothing between it and the next heading or question, are none.
    """
    starts = {m.question.start for m in found if m.question.level or m.asks or m.labelled}
    for m in asking:
        question = m.question
        if not question.level or not (question.end in starts or (question.level == 1 and m is found[0])):
            tokens[question.start].meta["possible"] = True


def _asking(tokens: list[Token], found: Sequence[Marked]) -> Reading:
    """What ends in a question mark; with it the numbered bold text between, and the headings of the same level, but for
    those that stand right above a question.
    """
    found = marked.without_lead_ins(found)
    rhetorical = {m.question.start for m in marked.rhetorical(found)}
    for start in rhetorical:
        tokens[start].meta["possible"] = True
    found = [m for m in found if m.question.start not in rhetorical]
    if not any(m.asks and not m.question.level for m in found):
        return _asked(tokens, found)
    beside = {m.question.start for row in marked.numbered(found) if any(m.asks for m in row) for m in row}
    below = {m.question.start for m in found if m.asks}
    beside |= {question.start for question in headings.asked(found, tokens) if question.end not in below}
    asking = [dialogue.unmarked(m.question) for m in found if m.asks or m.question.start in beside]
    _pass_over(tokens, found, asking)
    return _answered(tokens, asking)


def _asked(tokens: list[Token], found: list[Marked]) -> Reading:
    asked = headings.asked(found, tokens)
    _pass_over(tokens, found, asked)
    return _answered(tokens, asked)


def _pass_over(tokens: Sequence[Token], found: Sequence[Marked], questions: Sequence[Question]) -> None:
    """Lint asks about the headings beside those that are questions."""
    for start in headings.beside(found, tokens, questions):
        tokens[start].meta["beside"] = not tokens[start].meta.get("possible")


def _silent(tokens: list[Token], found: list[Marked]) -> list[Reading]:
    """Readings of a document in which nothing asks."""
    definitions = Reading(tokens, lists.definitions(tokens))
    run = [m.question for row in marked.numbered(found) for m in row if m.number.isdecimal()]
    level = headings.level_of_collection(found, tokens, {question.start for question in run})
    if level:
        guessed = not headings.is_certain(found, tokens, level)
        return [definitions, Reading(tokens, _of_level(tokens, level, found), guessed)]
    if len(run) > 1:
        return [definitions, Reading(tokens, run)]
    alone = marked.alone_above_text(found, tokens)
    return [definitions, Reading(tokens, alone, guessed=not headings.has_phrases(tokens))]


def _of_level(tokens: list[Token], level: int, found: list[Marked] | None = None) -> list[Question]:
    """Without `found` the level was asked for: every heading of it is a question."""
    if found is None:
        every = [m.question for m in marked.find(tokens) if m.question.level == level]
    else:
        every = headings.of_level(found, tokens, level)
    return separated(every, tokens)


def _answered(tokens: list[Token], questions: Sequence[Question]) -> Reading:
    return Reading(tokens, separated(questions, tokens))


def _labels(tokens: list[Token]) -> Reading:
    return _answered(tokens, [m.question for m in marked.find(tokens) if m.labelled])


def _bold(tokens: list[Token]) -> Reading:
    bold = [m for m in marked.find(tokens) if not m.question.level]
    return Reading(tokens, [m.question for m in bold if m.asks or m.alone or m.labelled or m.number])


def _headings(tokens: list[Token]) -> Reading:
    found = marked.find(tokens)
    asked = _asked(tokens, found)
    if asked.questions:
        return asked
    return Reading(tokens, _of_level(tokens, headings.level_of_collection(found, tokens, careful=False), found))


def _pairs(tokens: list[Token]) -> Reading:
    return Reading(tokens, headings.pairs(tokens))


def _definitions(tokens: list[Token]) -> Reading:
    return Reading(tokens, lists.definitions(tokens))


def _folds(tokens: list[Token], *, every: bool = True) -> Reading:
    return Reading(tokens, folds.questions(tokens, every=every))


def _tables(tokens: list[Token], *, every: bool = True) -> Reading:
    from deckgen.syntax.styles import tables  # noqa: PLC0415 - few documents have one

    return tables.read(tokens, every=every)


def _lists(tokens: list[Token]) -> Reading:
    found = lists.items(tokens)
    return _answered(tokens, found) if found else pattern.numbered_lines(tokens)


STYLES: Mapping[str, Callable[[list[Token]], Reading]] = {
    AUTO: _auto,
    "labels": _labels,
    "bold": _bold,
    "headings": _headings,
    "qa": dialogue.read,
    "pairs": _pairs,
    "definitions": _definitions,
    "list": _lists,
    "folds": _folds,
    "tables": _tables,
    "spaced": spaced.read,
}
"""The values of `questions`, besides `headings 3` and a pattern."""
