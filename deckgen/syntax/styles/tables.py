"""Tables whose rows are questions: one column asks, the next one answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deckgen.patterns import later
from deckgen.syntax.styles import words
from deckgen.syntax.styles.question import Question, Reading, paragraph, top_blocks, unwrapped, without_attributes
from deckgen.syntax.tokens import copied, new_block, new_token, plain
from deckgen.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from markdown_it.token import Token

NUMBER = later(r"#|no\.?|№|序号|编号|题号")
ASKS = later(rf"q|(?:{words.QUESTION})s?|fronts?|提问|正面")
ANSWERS = later(rf"a|{words.ANSWER}|backs?|背面")
"""What a table's head calls its columns, in lower case."""


class _Table(NamedTuple):
    """A table by its cells, as inline tokens."""

    head: list[Token]
    rows: list[list[Token]]

    @property
    def first(self) -> int:
        """The column of the questions, behind one of numbers."""
        return 1 if len(self.head) > 2 and NUMBER.fullmatch(_name(self.head[0])) else 0  # noqa: PLR2004 - a pair behind it

    @property
    def says_so(self) -> bool:
        """Whether its head names questions and answers."""
        names = [_name(cell) for cell in self.head[self.first : self.first + 2]]
        return len(names) > 1 and bool(ASKS.fullmatch(names[0]) and ANSWERS.fullmatch(names[1]))


def read(tokens: Sequence[Token], *, every: bool = False) -> Reading:
    """The rows of the top-level tables whose heads say so, or of every table, as questions; a further column is part of
    the answer, behind its name, and a row without a question goes on with the answer above it.
    """
    result: list[Token] = []
    questions: list[Question] = []
    for start, end in top_blocks(tokens):
        table = _table(tokens[start:end]) if tokens[start].type == "table_open" else None
        if table is None or len(table.head) <= table.first + 1 or not (every or table.says_so):
            result += tokens[start:end]
            continue
        for number, row in enumerate(table.rows):
            asking, *answers = row[table.first :]
            if number and not asking.children:
                last = questions.pop()
                questions.append(last._replace(rest=[*last.rest, *_answer(table, answers)]))
                continue
            questions.append(_question(table, row, len(result)))
            result += _paragraph(asking)
    return Reading(result, questions)


def _table(block: Sequence[Token]) -> _Table:
    rows: list[list[Token]] = []
    for token in block:
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline":
            rows[-1].append(copied(token, level=1))
    return _Table(rows[0], [row for row in rows[1:] if any(cell.children for cell in row)])


def _paragraph(cell: Token) -> list[Token]:
    """A cell as a block, also where it is empty: lint will say so."""
    return [new_block("paragraph_open", "p", 1, map=cell.map), cell, new_block("paragraph_close", "p", -1)]


def _text(cell: Token) -> str:
    return plain(cell.children or [])


def _name(cell: Token) -> str:
    return _text(cell).strip().lower()


def _question(table: _Table, row: Sequence[Token], start: int) -> Question:
    asking, *answers = row[table.first :]
    question, _, name, tags = without_attributes(unwrapped(list(asking.children or [])), [])
    return Question(
        start=start,
        end=start + 3,
        kind="tables",
        question=question,
        label=_text(row[0]) if table.first else "",
        name=name,
        tags=tags,
        rest=list(_answer(table, answers)),
        whole=True,
    )


def _answer(table: _Table, cells: Sequence[Token]) -> Iterator[Token]:
    yield from paragraph(cells[0], cells[0].children or [])
    for name, cell in zip(table.head[table.first + 2 :], cells[1:], strict=True):
        if cell.children:
            bold = new_token("strong_open", "strong", 1), new_token("strong_close", "strong", -1)
            colon = copied(new_token("text", "", 0), content=": " if _text(name).isascii() else "：")
            yield from paragraph(cell, [bold[0], *(name.children or []), bold[1], colon, *cell.children])
