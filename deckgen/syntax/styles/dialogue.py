"""`Q:` and `A:`, `问：` and `答：`, `【问】` and `【答】`, `面试官：` and `我：`, bold or not: in lines of one paragraph or in paragraphs and headings of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deckgen.patterns import later, one_of
from deckgen.syntax.styles import words
from deckgen.syntax.styles.numerals import NUMERAL
from deckgen.syntax.styles.question import (
    PARAGRAPH,
    Question,
    Reading,
    answered_in_line,
    asks,
    behind_signs,
    first_line,
    joined,
    leading_text,
    paragraph,
    shown_label,
    top_blocks,
    unwrapped,
    without_attributes,
    without_start,
)
from deckgen.syntax.tokens import BREAKS, TYPED_BREAK, copied, plain
from deckgen.values import NamedTuple

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Iterator, Sequence

    from markdown_it.token import Token


def _mark(names: str) -> str:
    """A pattern of these names, with a number or without, and brackets around or a colon behind; behind a number a full
    stop does, too.
    """
    number = rf"(?:(?P<number>\d+(?:[.-]\d+)*|{NUMERAL})\s*)?"
    behind = rf"(?(bracket)[】\]]\s*[:：]?|(?(number)(?:[:：]|{one_of('.．、)）')}(?!\d))|[:：]))"
    return rf"\s*(?:(?P<bracket>[【\[])\s*)?(?:{names})\s*{number}{behind}\s*"


QUESTION = later(_mark(f"(?P<label>{words.QUESTION}|[Qq]|例题|思考题|提问|{words.ASKER})"))
ANSWER = later(_mark(f"[Aa]|{words.ANSWER}|{words.ANSWERER}"))
DOTTED = later(r"\s*(?:(?P<label>Q)|A)(?P<number>)\.\s+")
"""`Q.`, and the `A.` that answers it; elsewhere that is a choice."""
UNMISTAKABLE = later(_mark(words.ANSWER))
"""`A:` may be the first of several choices; these never are."""
ALONE = later(rf"\s*(?![答解]\s*\Z)(?:{words.ANSWER})\s*\Z")
FURTHER = later(_mark("(?P<letter>[Aa])|(?i:ans|answer)|答|回答"))
"""What begins an answer, and not a part of one: 答案 may stand above 解答."""
MARKED_LINE = later(
    rf"(?:(?:\*\*|__){words.SIGNS})?(?P<bracket>[【\[])?(?:(?i:q|a|question|answer|frage|antwort)|问题?|答案?|{words.ASKER}|{words.ANSWERER})"
    rf"\s*(?:(?P<number>\d+|{NUMERAL})\s*)?(?(bracket)[】\]]|(?:\*\*|__)?(?(number){one_of(':：.．、)）')}|[:：]))"
)


class _Asking(NamedTuple):
    """A question that waits for its answer."""

    start: int
    match: re.Match[str]


def _begins_turn(line: Sequence[Token]) -> bool:
    """Whether a line begins with `Q:` or `A:`."""
    text = leading_text(line)
    return bool(_at_start(text, QUESTION, words.FIRST_OF_QUESTION) or _at_start(text, ANSWER, words.FIRST_OF_ANSWER))


def _is_dotted(line: Sequence[Token]) -> bool:
    return DOTTED.match(leading_text(line)) is not None


def parted(
    tokens: Sequence[Token], begins: Callable[[Sequence[Token]], bool] = _begins_turn, *, typed: bool = False
) -> list[Token]:
    """The same tokens, with every top-level paragraph parted where a line of it begins something: by default, with a mark.
    With `typed`, lines end at a `<br>` alone.
    """
    result: list[Token] = []
    for start, end in top_blocks(tokens):
        if tokens[start].type == "paragraph_open":
            result += _parted(tokens[start + 1], tokens[start:end], begins, typed=typed)
        else:
            result += tokens[start:end]
    return result


def _parted(
    inline: Token, block: Sequence[Token], begins: Callable[[Sequence[Token]], bool], *, typed: bool = False
) -> list[Token]:
    parts = list(_parts(inline.children or [], begins, typed=typed))
    if len(parts) == 1:
        return list(block)
    result: list[Token] = []
    first = inline.map[0] if inline.map else 0
    for start, children in parts:
        lines = [first + start, first + start + 1 + sum(map(_ends_line, children))]
        result += paragraph(copied(inline, map=lines), children)
    return result


def _ends_line(token: Token) -> bool:
    """Whether the line in the file ends here."""
    return token.type in BREAKS and token.markup != TYPED_BREAK


def _parts(
    children: list[Token], begins: Callable[[Sequence[Token]], bool], *, typed: bool
) -> Iterator[tuple[int, list[Token]]]:
    """Lines, those that begin nothing together with the line above, and how many of the file's lines are above them."""
    part: list[Token] = []
    start = depth = above = below = began = 0
    for index, child in enumerate([*children, None]):
        depth += child.nesting if child else 0
        below += child is not None and _ends_line(child)
        if child is not None and (depth or child.type not in BREAKS or (typed and child.markup != TYPED_BREAK)):
            continue
        line = children[start:index]
        if part and begins(line):
            yield above, part
            part, above = line, began
        else:
            part += [children[start - 1], *line] if part else line
        start, began = index + 1, below
    yield above, part


def read(tokens: list[Token]) -> Reading:
    """Every question that is marked so, in its order; without an answer mark, its answer begins on the line below."""
    lines = parted(tokens)
    if any(token.type == "inline" and _is_dotted(token.children or ()) for token in tokens):
        lines = parted(lines, _is_dotted)
    return Reading(lines, _questions(lines))


def _questions(tokens: Sequence[Token]) -> list[Question]:
    found: list[Question] = []
    asking: _Asking | None = None
    for start, _ in top_blocks(tokens):
        if tokens[start].type not in ("paragraph_open", "heading_open"):
            continue
        text = leading_text(tokens[start + 1].children or ())
        dotted, behind = DOTTED.match(text), behind_signs(text)
        if question := QUESTION.match(text, behind) or (dotted if dotted and dotted["label"] else None):
            is_title = asking and asking.start + 3 == start and tokens[asking.start].type == "heading_open"
            if asking and not (is_title and tokens[start].type == "paragraph_open"):
                found.append(_unanswered(tokens, asking))
            asking = _Asking(start, question)
        elif asking and (
            answer := ANSWER.match(text, behind) or (dotted if DOTTED.fullmatch(asking.match[0]) else None)
        ):
            found.append(_answered(tokens, asking, start, answer.end()))
            asking = None
        elif asking and tokens[start].type == "heading_open":
            found.append(_unanswered(tokens, asking))
            asking = None
    return [*found, _unanswered(tokens, asking)] if asking else found


def is_certain(tokens: Sequence[Token], question: Question) -> bool:
    """Whether its answer is marked as well, or it asks, or it stands in bold or in a heading."""
    if question.kind == ANSWERED or question.level or asks(plain(question.question)):
        return True
    opening = tokens[question.start]
    return opening.type == "paragraph_open" and _is_bold(tokens[question.start + 1].children or [])


def is_asked_back(tokens: Sequence[Token], question: Question) -> bool:
    """Whether the interviewer tells something, and the candidate asks."""
    spoken = SPEAKER.match(leading_text(tokens[question.start + 1].children or ()))
    answer = plain(question.rest[1].children or []) if spoken and len(question.rest) > 1 else ""
    return asks(answer) and not asks(plain(question.question))


SPEAKER = later(rf"\s*(?:{words.ASKER})")


def _is_bold(children: Sequence[Token]) -> bool:
    return next((c.type == "strong_open" for c in children if c.type != "text" or c.content.strip()), False)


ANSWERED, UNANSWERED = "Q: and A:", "Q:"


def _answered(tokens: Sequence[Token], asking: _Asking, answer: int, length: int) -> Question:
    children = tokens[asking.start + 1].children or []
    rest = paragraph(tokens[answer + 1], without_start(tokens[answer + 1].children or (), length))
    further = list(tokens[asking.start + 3 : answer])
    return _question(tokens, asking, answer + 3, children, further, rest)


def _unanswered(tokens: Sequence[Token], asking: _Asking) -> Question:
    line, below = first_line(tokens[asking.start + 1].children or [])
    line, answer = answered_in_line(line)
    rest = paragraph(tokens[asking.start + 1], joined(answer, below))
    return _question(tokens, asking, asking.start + 3, line, [], rest)


def _question(  # noqa: PLR0913, PLR0917 - where it stands and what its parts are
    tokens: Sequence[Token], asking: _Asking, end: int, children: list[Token], further: list[Token], rest: list[Token]
) -> Question:
    opening, number = tokens[asking.start], asking.match["number"]
    question, _, name, tags = without_attributes(unwrapped(without_start(children, asking.match.end())), [])
    return Question(
        start=asking.start,
        end=end,
        kind=ANSWERED if end > asking.start + 3 else UNANSWERED,
        question=question,
        label=shown_label(f"{asking.match['label']} {number}") if number else "",
        level=int(opening.tag[1]) if opening.type == "heading_open" else 0,
        name=name,
        tags=tags,
        further=further,
        rest=rest,
    )


def without_answer_mark(blocks: list[Token], *, choices: bool) -> list[Token]:
    """An answer without the `答：` it begins with, also in a list's first item or a quote, or without a line 答案 above
    it; without `A:` too, unless the document marks `choices` so.
    """
    first = {"bullet_list_open": 2, "blockquote_open": 1}.get(blocks[0].type, 0) if blocks else 0
    if len(blocks) <= first or blocks[first].type != "paragraph_open":
        return blocks
    inline = blocks[first + 1]
    children = inline.children or []
    text = leading_text(children)
    mark = _at_start(text, UNMISTAKABLE if choices else ANSWER, words.FIRST_OF_ANSWER)
    if not mark and (alone := _at_start(text, ALONE, words.FIRST_OF_ANSWER)):
        line, below = first_line(children)
        mark = alone if plain(line) == text.strip() and (below or len(blocks) > first + len(PARAGRAPH)) else None
    if not mark:
        return blocks
    rest = without_start(children, mark.end())
    if first and rest:
        return [*blocks[: first + 1], copied(inline, children=rest), *blocks[first + 2 :]]
    return [*blocks[:first], *paragraph(inline, rest), *blocks[first + len(PARAGRAPH) :]]


def mark_further_answers(blocks: Sequence[Token], *, choices: bool) -> None:
    """Lint asks about a second answer to one question: the question that it answers is not marked."""
    for start, end in top_blocks(blocks):
        if blocks[start].type != "paragraph_open":
            continue
        for part in _parted(blocks[start + 1], blocks[start:end], _begins_turn):
            text = leading_text(part.children or [])
            found = FURTHER.match(text, behind_signs(text))
            if found and part.map and not (choices and found["letter"]):
                blocks[start].meta["further"] = part.map[0] + 1


def begins_answer(line: Sequence[Token]) -> bool:
    """Whether a line begins with `答：`, which is no choice."""
    return _at_start(leading_text(line), UNMISTAKABLE, words.FIRST_OF_ANSWER) is not None


def is_answer_mark(text: str) -> bool:
    """Whether a text is nothing but `答：`."""
    return text.endswith((":", "：", "】", "]")) and UNMISTAKABLE.fullmatch(text, behind_signs(text)) is not None


def question_mark(line: Sequence[Token]) -> re.Match[str] | None:
    """The `Q:` that a line begins with."""
    return _at_start(leading_text(line), QUESTION, words.FIRST_OF_QUESTION)


def _at_start(text: str, mark: re.Pattern[str], first: str) -> re.Match[str] | None:
    """The mark that a text begins with. Few begin with its first letter, and need the pattern, which takes a millisecond to
    compile.
    """
    start = behind_signs(text)
    return mark.match(text, start) if text[start:].lstrip().lstrip("【[").lstrip()[:1] in first else None


def unmarked(question: Question) -> Question:
    """The same question in bold without the `Q:` that it begins with."""
    mark = None if question.level else question_mark(question.question)
    return question._replace(question=without_start(question.question, mark.end())) if mark else question


def is_marked(question: Question) -> bool:
    """Whether a question in bold or in a heading begins with `Q:`."""
    return question_mark(question.question) is not None
