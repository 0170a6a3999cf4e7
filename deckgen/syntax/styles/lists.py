"""Lists as questions: definition lists, and list items that each hold a question and its answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deckgen.patterns import later
from deckgen.syntax.styles import dialogue, folds
from deckgen.syntax.styles.answers import are_choices
from deckgen.syntax.styles.question import (
    Question,
    answered_in_line,
    asks,
    first_line,
    joined,
    paragraph,
    top_blocks,
    trimmed,
    unwrapped,
    without_attributes,
    without_start,
)
from deckgen.syntax.tokens import copied, plain

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from markdown_it.token import Token

LISTS = ("ordered_list_open", "bullet_list_open")


def definitions(tokens: Sequence[Token]) -> list[Question]:
    """Every term of the top-level definition lists, its definitions as the answer."""
    return [
        question
        for start, end in top_blocks(tokens)
        if tokens[start].type == "dl_open"
        for question in _terms(tokens, start, end)
    ]


def _terms(tokens: Sequence[Token], start: int, end: int) -> Iterator[Question]:
    terms = [index for index in range(start, end) if tokens[index].type == "dt_open" and tokens[index].level == 1]
    for number, term in enumerate(terms):
        last = number + 1 == len(terms)
        question, _, name, tags = without_attributes(list(tokens[term + 1].children or []), [])
        definitions = [t for t in tokens[term + 3 : end - 1 if last else terms[number + 1]] if not _is_definition(t)]
        yield Question(
            start=term if number else start,
            end=end if last else terms[number + 1],
            kind="definition lists",
            question=unwrapped(question),
            name=name,
            tags=tags,
            rest=[_loose(token, 2) for token in definitions],
            whole=True,
        )


def _is_definition(token: Token) -> bool:
    return token.level == 1 and token.type in ("dd_open", "dd_close")


def _loose(token: Token, level: int) -> Token:
    """A paragraph that its list had set without a space above is one of the answer's own."""
    return copied(token, hidden=False) if token.hidden and token.level == level else token


def items(tokens: Sequence[Token]) -> list[Question]:
    """The items of the top-level lists that hold questions: an item that asks, or one alone above its answer; where there
    is none, an item with an answer.

    The answer stands in the item, or below a list that ends with the question, as it does where it was not indented.
    """
    every = list(_lists(tokens))
    asked = [[q for q in questions if _asks(tokens, q)] for questions in every]
    kinds = {bool(q.label) for questions in asked for q in questions}
    asking = [
        questions
        for questions, some in zip(every, asked, strict=True)
        if some or (len(questions) == 1 and not questions[0].whole and bool(questions[0].label) in kinds)
    ]
    return [question for questions in asking or every if any(map(_is_answered, questions)) for question in questions]


def _lists(tokens: Sequence[Token]) -> Iterator[list[Question]]:
    blocks = list(top_blocks(tokens))
    choices = {start for start, end in blocks if tokens[start].type in LISTS and are_choices(tokens[start:end])}
    answer = -1
    for start, end in blocks:
        if tokens[start].type in LISTS and start not in (answer, *choices) and not _is_contents(tokens[start:end]):
            below = tokens[end].type if end < len(tokens) else ""
            if _is_line(tokens, start, end) and below == "bullet_list_open":
                answer = end
            ends = below in ("", "heading_open", "hr", *LISTS) and end not in (answer, *choices)
            yield list(_of_list(tokens, start, end, answered_below=not ends))


def _is_line(tokens: Sequence[Token], start: int, end: int) -> bool:
    """Whether a numbered list ends in an item of nothing but a line: points below it that were not indented enough, as by
    three spaces under `10. `, are its answer.
    """
    is_paragraph = tokens[start].type == "ordered_list_open" and tokens[end - 6].type == "list_item_open"
    return is_paragraph and "\n" not in tokens[end - 4].content


def _is_contents(block: Sequence[Token]) -> bool:
    """Whether a list is a table of contents: its first item begins with a link within the document."""
    inline = next((token for token in block if token.type == "inline"), None)
    link = next((c for c in (inline.children or [])[:2] if c.type == "link_open"), None) if inline else None
    return link is not None and str(link.attrs.get("href", "")).startswith("#")


def _of_list(tokens: Sequence[Token], start: int, end: int, *, answered_below: bool) -> Iterator[Question]:
    starts = [i for i in range(start, end) if tokens[i].type == "list_item_open" and tokens[i].level == 1]
    for number, item in enumerate(starts):
        last = number + 1 == len(starts)
        behind = end if last else starts[number + 1]
        label, inside = _numbered_by_hand(tokens[item + 1 : behind - (2 if last else 1)])
        line = 3 if inside and inside[0].type in ("paragraph_open", "heading_open") else 0
        children, below = first_line(inside[1].children or []) if line else ([], [])
        children = children[1:] if children and children[0].type == "checkbox" else children
        mark = dialogue.question_mark(children)
        children = without_start(children, mark.end()) if mark else children
        children, answer = answered_in_line(children)
        if not answer and not below and len(inside) == line:
            children, answer = _behind_dash(children)
        question, _, name, tags = without_attributes(unwrapped(children), [])
        rest = paragraph(inside[1], joined(answer, below)) if answer or below else []
        yield Question(
            start=item if number else start,
            end=behind,
            kind="list items",
            question=question,
            label=label or (tokens[item].info if tokens[start].type == "ordered_list_open" else ""),
            name=name,
            tags=tags,
            rest=rest + [_loose(token, 2) for token in inside[line:]],
            whole=not (last and answered_below),
        )


def _behind_dash(line: list[Token]) -> tuple[list[Token], list[Token]]:
    """A question and its answer in one line: `What is a lock? — It keeps others out.`"""
    depth = 0
    for index, child in enumerate(line):
        depth += child.nesting
        found = DASH.search(child.content) if child.type == "text" and not depth else None
        if found:
            asked = copied(child, content=child.content[: found.start() + 1])
            answer = trimmed([copied(child, content=child.content[found.end() :]), *line[index + 1 :]])
            return ([*line[:index], asked], answer) if answer else (line, [])
    return line, []


DASH = later(r"[?？](?:\s*(?:—+|⇒|→|=>|->)|\s+[–-]\s)\s*")


def _numbered_by_hand(inside: Sequence[Token]) -> tuple[str, Sequence[Token]]:
    """The number of `- 1. What is a lock?`, in which Markdown sees a list of one line in a list's item, and the item
    without that list.
    """
    kinds = [token.type for token in inside[: len(LINE)]]
    return (inside[1].info, [*inside[2:5], *inside[len(LINE) :]]) if kinds == LINE else ("", inside)


LINE = [
    *("ordered_list_open", "list_item_open", "paragraph_open", "inline"),
    *("paragraph_close", "list_item_close", "ordered_list_close"),
]


def _asks(tokens: Sequence[Token], question: Question) -> bool:
    """Whether an item ends in a question mark or begins with `Q:`, or its answer begins with `答：` or is a fold Answer."""
    if asks(plain(question.question)) or _is_marked(tokens, question):
        return True
    below = () if question.whole else tokens[question.end : question.end + 2]
    answer = question.rest or below
    if any(folds.is_answer(block) for block in (*below[:1], *answer[:1])):
        return True
    return bool(answer) and answer[0].type == "paragraph_open" and dialogue.begins_answer(answer[1].children or [])


def _is_answered(question: Question) -> bool:
    return bool(question.rest) or not question.whole


def are_questions(tokens: Sequence[Token]) -> bool:
    """Whether a document clearly is a list of questions: each item of its numbered lists asks, or stands out beside
    others that do, and most are answered; or each of its other lists. Or each item of a list begins with `问题：`. A list
    of nothing but lines that do not ask, as of references, says nothing of the others.
    """
    every = [questions for questions in _lists(tokens) if any(q.rest or _asks(tokens, q) for q in questions)]
    if any(
        len(questions) > 1 and all(_is_marked(tokens, q) and _is_answered(q) for q in questions) for questions in every
    ):
        return True
    every_item = [question for questions in every for question in questions]
    numbered, plain_ones = [q for q in every_item if q.label], [q for q in every_item if not q.label]
    return any(
        sum(map(_is_answered, kind)) > max(1, len(kind) // 2) and _ask_all(tokens, kind)
        for kind in (numbered, plain_ones)
    )


def _ask_all(tokens: Sequence[Token], questions: Sequence[Question]) -> bool:
    """Whether each asks or is a heading; or, where at least half of them ask, stands in bold or has an answer."""
    silent = [question for question in questions if not _asks(tokens, question)]
    half = 2 * len(silent) <= len(questions) >= SEVERAL + len(silent)
    if half and all(map(_is_answered, questions)):
        return True
    return all(_is_heading(tokens, question) or (half and _is_bold(tokens, question)) for question in silent)


def mark(tokens: Sequence[Token], starts: Collection[int]) -> None:
    """Lint asks about lists that hold several questions and answers in a document whose questions, which begin at these
    places, are marked otherwise.
    """
    items = (index for index, token in enumerate(tokens) if token.type == "list_item_open")
    if sum(_may_ask(tokens[item + 2].content) for item in items) < SEVERAL:  # 60 µs of a note less than to look closer
        return
    for questions in _lists(tokens):
        asking = [question for question in questions if question.rest and _asks(tokens, question)]
        if len(asking) >= SEVERAL and not any(question.start in starts for question in questions):
            tokens[_item(tokens, asking[0]) + 1].meta["possible"] = True


SEVERAL = 2


def _may_ask(text: str) -> bool:
    line = text.partition("\n")[0]
    begins = line.lstrip("*_【")
    return "?" in line or "？" in line or begins.startswith("问") or Q_OR_QUESTION.match(begins) is not None


Q_OR_QUESTION = later(r"Q(?![A-Za-z])|(?i:question)")
"""What a mark begins with, and no term such as `QLoRA：`."""


def _is_heading(tokens: Sequence[Token], question: Question) -> bool:
    return tokens[_item(tokens, question) + 1].type == "heading_open"


def _is_bold(tokens: Sequence[Token], question: Question) -> bool:
    line, _ = first_line(tokens[_item(tokens, question) + 2].children or [])
    return unwrapped(line) is not line


def _is_marked(tokens: Sequence[Token], question: Question) -> bool:
    """Whether an item as it was typed begins with `Q:`."""
    return dialogue.question_mark(tokens[_item(tokens, question) + 2].children or []) is not None


def _item(tokens: Sequence[Token], question: Question) -> int:
    return question.start + (1 if tokens[question.start].type in LISTS else 0)
