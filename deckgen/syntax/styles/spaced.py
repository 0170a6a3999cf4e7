"""Cards as Obsidian's plugin Spaced Repetition has them: `question::answer` in a line, or a line `?` between the two.

https://stephenmwangi.com/obsidian-spaced-repetition/flashcards/
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from deckgen.patterns import later
from deckgen.syntax.styles import dialogue
from deckgen.syntax.styles.question import (
    Question,
    Reading,
    first_line,
    lines,
    paragraph,
    top_blocks,
    trimmed,
    unwrapped,
    without_attributes,
)
from deckgen.syntax.tokens import BREAKS, copied, new_block, plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from markdown_it.token import Token

SEPARATOR = later(r"(?<!:):::?(?!:)")
APART = later(r"(?<=\s):::?(?=\s|\Z)|\A:::?(?=\s)|(?<=[?？])\s*:::?")
"""With a space before and behind, or one beside mark-up, or behind a question mark: it is no name such as std::vector."""
BETWEEN = ("?", "??")
TAG = later(r"(?:^|(?<=\s))#(?:flash)?cards?(?:/[\w/-]+)?(?=\s|$)")


def is_meant(tokens: Sequence[Token]) -> bool:
    """Whether the document has the plugin's tag, which says that it holds such cards."""
    return any("card" in content and TAG.search(content) for content in _contents(tokens))


def read(tokens: Sequence[Token], *, apart: bool = False) -> Reading:
    """Every paragraph that is such a card, and every item of a list of them; `apart` are those alone that no text would
    have by chance. What stands below a card belongs to none.
    """
    result: list[Token] = []
    questions: list[Question] = []
    for block in _blocks(tokens, apart=apart):
        cards = list(_cards(block, apart=apart))
        for inline, asking, answer in cards:
            questions.append(_question(len(result), inline, asking, answer))
            result += [
                new_block("paragraph_open", "p", 1, map=inline.map),
                inline,
                new_block("paragraph_close", "p", -1),
            ]
        if not cards:
            result += block
    return Reading(result, questions)


def mark(tokens: Sequence[Token]) -> None:
    """Lint asks about such cards in a document that is read otherwise."""
    if any("::" in content or "?" in content for content in _contents(tokens)):
        for start, end in top_blocks(tokens):
            if tokens[start].type in ("paragraph_open", "bullet_list_open") and any(map(_is_card, tokens[start:end])):
                tokens[start].meta["spaced"] = True


def _contents(tokens: Sequence[Token]) -> set[str]:
    """What the paragraphs of a document hold; a paragraph that was parted has each part's all in it, which is asked once."""
    return {token.content for token in tokens if token.type == "inline"}


def _is_card(token: Token) -> bool:
    """Whether a text is a card, or a line of it."""
    children = (token.children or []) if token.type == "inline" else []
    return any(_in_line(line, apart=True) for line in lines(children)) or _halves(children, apart=True) is not None


def _blocks(tokens: Sequence[Token], *, apart: bool) -> Iterator[list[Token]]:
    parted = dialogue.parted(tokens, lambda line: _in_line(list(line), apart=apart) is not None)
    return (parted[start:end] for start, end in top_blocks(parted))


def _cards(block: Sequence[Token], *, apart: bool) -> Iterator[tuple[Token, list[Token], list[Token]]]:
    """The text of each card, its question and its answer; none, unless all of a list are cards."""
    inlines = [token for token in block if token.type == "inline"]
    is_list = block[0].type == "bullet_list_open" and sum(t.type == "list_item_open" for t in block) == len(inlines)
    if block[0].type != "paragraph_open" and not is_list:
        return
    found = [_halves(inline.children or [], apart=apart) for inline in inlines]
    if all(found):
        for inline, halves in zip(inlines, found, strict=True):
            if halves:
                yield inline, *halves


def _halves(children: list[Token], *, apart: bool) -> tuple[list[Token], list[Token]] | None:
    for index in range(2, len(children) - 2):
        between = children[index].type == "text" and children[index].content.strip() in BETWEEN
        if between and children[index - 1].type in BREAKS and children[index + 1].type in BREAKS:
            return children[: index - 1], trimmed(children[index + 1 :])
    line, below = first_line(children)
    halves = _in_line(line, apart=apart)
    return (halves[0], [*halves[1], *children[len(line) :]]) if halves and below else halves


def _in_line(line: list[Token], *, apart: bool) -> tuple[list[Token], list[Token]] | None:
    depth = 0
    for index, child in enumerate(line):
        depth += child.nesting
        found = (APART if apart else SEPARATOR).search(child.content) if child.type == "text" and not depth else None
        if found:
            before = [*line[:index], copied(child, content=child.content[: found.start()].rstrip())]
            behind = [copied(child, content=child.content[found.end() :].lstrip()), *line[index + 1 :]]
            return (before, trimmed(behind)) if plain(before).strip() and plain(behind).strip() else None
    return None


def _question(start: int, inline: Token, asking: list[Token], answer: list[Token]) -> Question:
    question, _, name, tags = without_attributes(unwrapped([t for t in asking if t.type != "text" or t.content]), [])
    return Question(
        start=start,
        end=start + 3,
        kind="cards of Spaced Repetition",
        question=question,
        name=name,
        tags=tags,
        rest=paragraph(inline, answer),
        whole=True,
    )
