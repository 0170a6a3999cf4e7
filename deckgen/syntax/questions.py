"""Where a note begins: a question in any of the `styles` → `question_open`, `inline`, its further blocks, `question_close`.

What the answer's beginning shared with the question follows as blocks of its own, without `答：`. Where the answer ends
there, a `note_end` stands.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from deckgen.patterns import later, one_of
from deckgen.syntax import clozes, html, styles
from deckgen.syntax.styles import answers, dialogue, headings
from deckgen.syntax.styles.marked import begins_in_line, begins_inside_out, begins_question
from deckgen.syntax.tokens import new_block

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock
    from markdown_it.rules_core import StateCore
    from markdown_it.token import Token

    from deckgen.syntax.styles.question import Question, Reading

STYLE = "questions"
"""The key of markdown-it's environment that names the style asked for; without it the document decides."""
ITEM = later(r"\d{1,3}[.)][ \t]")
ENDS = one_of(":：】]")
CHOICE = later(rf"B\s*{ENDS}")
CHOICES = later(rf"^[ \t>*-]*(?:\*\*)?[【\[]?B\s*{ENDS}", re.MULTILINE)


def add(md: MarkdownIt) -> None:
    """A question in bold ends the paragraph, list or quote above it even without an empty line between, and the list's
    next item an answer below a list.
    """
    md.block.ruler.before(
        "paragraph", "question", _interrupts, {"alt": ["paragraph", "reference", "blockquote", "list"]}
    )
    md.core.ruler.push("questions", _recognise)


def _interrupts(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:  # noqa: ARG001, FBT001 - markdown-it's signature
    start = state.bMarks[start_line] + state.tShift[start_line]
    if not silent:
        return False
    if begins_question(state.src[start : state.eMarks[start_line]]) or _goes_on_with_list(state, start):
        return True
    # else it would go on with the list's item or the quote above it
    is_lazy = state.sCount[start_line] < state.blkIndent or state.parentType == "blockquote"
    return is_lazy and dialogue.MARKED_LINE.match(state.src, start, state.eMarks[start_line]) is not None


def _goes_on_with_list(state: StateBlock, start: int) -> bool:
    """Whether a list is numbered on below an answer that had ended it; no number but 1 ends a paragraph in Markdown."""
    if not state.tokens or state.tokens[-1].type != "ordered_list_close" or not ITEM.match(state.src, start):
        return False
    above = state.bMarks[state.line] + state.tShift[state.line]
    return dialogue.MARKED_LINE.match(state.src, above, state.eMarks[state.line]) is not None


def _recognise(state: StateCore) -> None:
    tokens = state.tokens
    if "**</" in state.src or "**==" in state.src:
        tokens = dialogue.parted(tokens, begins_inside_out)
    if html.may_hold_tag(state.src, "br"):
        tokens = dialogue.parted(tokens, begins_in_line, typed=True)
    reading = styles.read(tokens, state.env.get(STYLE, styles.AUTO))
    if reading.questions:
        choices = bool(CHOICE.search(state.src) and CHOICES.search(state.src))  # the latter stops at every line
        before, state.tokens = state.tokens, _rewritten(reading, choices=choices)
        html.match_in(state, state.tokens, before)  # what began in a question's line may end in its answer's
        clozes.match(state)


def _rewritten(reading: Reading, *, choices: bool) -> list[Token]:
    tokens, questions = reading.tokens, reading.questions
    rewritten = tokens[: questions[0].start]
    ends = [*(question.start for question in questions[1:]), len(tokens)]
    for question, end in zip(questions, ends, strict=True):
        behind = [] if question.whole else tokens[question.end : end]
        offered, blocks = answers.offered([*question.rest, *behind] if question.rest else behind)
        opening = tokens[question.start]
        rewritten += _question(question, [*question.further, *offered], opening, guessed=reading.guessed)
        rewritten += _answer(blocks, choices=choices, announced=question.kind == dialogue.ANSWERED)
        if question.whole:
            rewritten.append(new_block("note_end", "", 0))
            rewritten += tokens[question.end : end]
    return rewritten


def _question(question: Question, further: list[Token], mark: Token, *, guessed: bool) -> list[Token]:
    opening, inline, closing = (
        new_block("question_open", "", 1),
        new_block("inline", "", 0),
        new_block("question_close", "", -1),
    )
    opening.map = inline.map = mark.map
    inline.children = question.question
    opening.meta = {
        "label": question.label,
        "level": question.level,
        "name": question.name,
        "tags": question.tags,
        "kind": question.kind,
        "guessed": guessed,
    }
    return [opening, inline, *further, closing]


def _answer(blocks: list[Token], *, choices: bool, announced: bool) -> list[Token]:
    """`announced` says that the mark before the answer was taken off already."""
    if blocks and blocks[0].type == "heading_open" and headings.is_answer(blocks[1].children or []):
        blocks, announced = blocks[3:], True
    for index, token in enumerate(blocks):
        if token.type == "heading_open" and token.level == 0:
            token.meta["answers"] = headings.is_answering(blocks[index + 1].children or [])
    answer = dialogue.without_answer_mark(blocks, choices=choices)
    if announced or answer is not blocks:
        dialogue.mark_further_answers(answer, choices=choices)
    return answer
