"""Folded HTML, `<details>`: an answer that is folded away, and questions that are the line one clicks on."""

from __future__ import annotations

import re
from bisect import bisect
from collections import Counter
from html import unescape
from operator import attrgetter
from typing import TYPE_CHECKING

from markdown_it.token import Token

from deckgen.patterns import later
from deckgen.syntax.styles import dialogue, words
from deckgen.syntax.styles.chapters import is_furniture
from deckgen.syntax.styles.question import Question, asks, requests, top_blocks
from deckgen.syntax.tokens import copied, new_block, plain
from deckgen.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from deckgen.syntax.styles.marked import Marked

OPENING = later(
    r"\s*<details\b[^>]*>\s*<summary\b[^>]*>(?P<summary>[^<]*(?:<(?!/summary)[^<]*)*)</summary>", re.IGNORECASE
)
BEGINNING = re.compile(r"<[dD]")
"""Without this there is no fold: most documents need not be looked through."""
CLOSING = later(r"</details>\s*\Z", re.IGNORECASE)
TAG = later(r"<[^<>]*>")
SPACING = later(r"(?:\s|</?(?:p|br|b|strong|div)\b[^<>]*>)*", re.IGNORECASE)
"""What sets the folded text off, and would be half an element without the fold."""
ANSWER = later(
    r"(?:(?:show|see|view|reveal|click (?:to|for|here for)(?: (?:show|see|view|reveal))?|the)\s+)*"
    rf"(?:点击|点此|点我)?(?:查看|展开|显示)?(?:{words.ANSWER}|{words.EXPLANATION})|解答を見る|답변 보기",
    re.IGNORECASE,
)
SIGNS = " :：!！.。…▶►👉👇✅💡📝🔍\ufe0f"
KIND = "folds"


class Fold(NamedTuple):
    """A `<details>` from the block that opens it to the block that closes it."""

    start: int
    end: int
    summary: str
    """The line one clicks on, without mark-up."""
    inside: list[Token]

    @property
    def is_answer(self) -> bool:
        """Whether it says of itself that it holds an answer."""
        return announces(self.summary)


def is_answer(block: Token) -> bool:
    """Whether a fold begins here that says that it holds an answer."""
    match = OPENING.match(_source([block])) if block.type in ("html_block", "inline") else None
    return match is not None and announces(_summary(match))


def announces(line: str) -> bool:
    """Whether a line says that an answer follows, and nothing else."""
    return ANSWER.fullmatch(line.strip(SIGNS)) is not None


def _summary(match: re.Match[str]) -> str:
    return " ".join(unescape(TAG.sub("", match["summary"])).split())


def find(tokens: Sequence[Token]) -> Iterator[Fold]:
    """Every top-level fold that holds no other one."""
    if not BEGINNING.search("\n".join({token.content for token in tokens})):  # parts of a paragraph all have the whole
        return
    opened: tuple[int, re.Match[str]] | None = None
    for start, end in top_blocks(tokens):
        content = _source(tokens[start:end])
        if match := OPENING.match(content):
            opened = start, match
        elif "<details" in content.lower():
            opened = None
        if opened and CLOSING.search(content):
            yield _fold(tokens, opened[0], start, end, opened[1])
            opened = None


def _source(block: Sequence[Token]) -> str:
    """A block of HTML as typed: one of its own, or a paragraph of nothing but tags."""
    if block[0].type == "html_block" or _is_split(block[0]):
        return block[0].content
    children = (block[1].children or []) if block[0].type == "paragraph_open" else []
    if children and all(child.type == "html_inline" or not child.content.strip() for child in children):
        return "".join(child.content for child in children)
    return ""


def _is_split(block: Token) -> bool:
    """Whether it is a block of HTML in pieces, as one with an underline in it is, and no underline in the first line."""
    children = (block.children or []) if block.type == "inline" else []
    return bool(children) and children[0].type == "html_inline" and OPENING.match(children[0].content) is not None


def _fold(tokens: Sequence[Token], start: int, last: int, end: int, match: re.Match[str]) -> Fold:
    head, tail = match.end(), CLOSING.sub("", _source(tokens[last:end]))
    if start == last:
        inside = [_cut(tokens[start], head, tail) if _is_split(tokens[start]) else _html(tokens[start], tail[head:])]
    else:
        content = tokens[start].content
        first = _cut(tokens[start], head, content) if _is_split(tokens[start]) else _html(tokens[start], content[head:])
        inside = [first, *tokens[start + 1 : last], new_block("html_block", "", 0, content=tail, map=tokens[last].map)]
    kept = [t for t in inside if t.type != "html_block" or SPACING.fullmatch(t.content) is None]
    return Fold(start, end, _summary(match), kept)


def _cut(block: Token, start: int, content: str) -> Token:
    """A block in pieces, from there to the end of this content, which is shorter by what closes the fold."""
    first, *rest = block.children or []
    pieces = [copied(first, content=first.content[start:]), *rest]
    behind = len(block.content) - len(content)
    if behind:
        pieces[-1] = copied(pieces[-1], content=pieces[-1].content[:-behind])
    return copied(block, children=pieces, content=content[start:])


def _html(block: Token, content: str) -> Token:
    return copied(block, content=content)


def without_answers(found: list[Marked], folded: Sequence[Fold]) -> list[Marked]:
    """All but what stands in one of these folds."""
    if not folded:
        return found
    starts = [fold.start for fold in folded]
    places = [bisect(starts, m.question.start) - 1 for m in found]
    return [m for m, at in zip(found, places, strict=True) if at < 0 or m.question.start >= folded[at].end]


def mark(tokens: Sequence[Token], starts: Sequence[int]) -> None:
    """Lint asks about folds that ask in a document whose questions, which begin at these places, are marked otherwise:
    one of an answer asks further, several are questions.
    """
    asking = [fold for fold in find(tokens) if asks(fold.summary)]
    places = [bisect(starts, fold.start) for fold in asking]
    several = Counter(places)
    for fold, place in zip(asking, places, strict=True):
        if several[place] > 1:
            tokens[fold.start].meta["possible"] = True


def questions(tokens: Sequence[Token], *, every: bool) -> list[Question]:
    """Every fold whose line asks, its inside as the answer; with them the others, where a third of them ask, or where
    `every` one was asked for. A callout that says `[!question]` and asks is one, too.
    """
    meant = [fold for fold in find(tokens) if not fold.is_answer and not is_furniture(fold.summary)]
    asking = [fold for fold in meant if asks(fold.summary) or requests(fold.summary) or REQUEST.match(fold.summary)]
    found = [_question(fold) for fold in (meant if every or 3 * len(asking) >= len(meant) else asking)]
    return sorted([*found, *_callouts(tokens)], key=attrgetter("start"))


REQUEST = later(r"(?:\d+\s*[.)]\s*)?(?:explain|describe|define|discuss|compare|differences? between)\b", re.IGNORECASE)


def _question(fold: Fold) -> Question:
    mark = dialogue.UNMISTAKABLE.match(fold.summary)  # `参考回答：为什么…？`
    text = Token("text", "", 0, content=fold.summary[mark.end() :] if mark else fold.summary)
    return Question(fold.start, fold.end, KIND, [text], rest=fold.inside, whole=True)


def _callouts(tokens: Sequence[Token]) -> Iterator[Question]:
    if not any(token.type == "callout_open" and token.meta["kind"] in ASKING for token in tokens):
        return
    for start, end in top_blocks(tokens):
        if tokens[start].type != "callout_open" or tokens[start].meta["kind"] not in ASKING:
            continue
        title, inside = tokens[start + 2].children or [], list(tokens[start + 4 : end - 1])
        if inside and asks(plain(title)):
            yield Question(start, end, "callouts", title, rest=inside, whole=True)


ASKING = ("question", "faq", "help")
"""Callouts that hold a question and its answer."""
