"""What an author may type: Markdown, and one file for each construct we add to it.

A construct is a function that adds its rules to a markdown-it parser. Rules leave their findings as tokens;
nothing here knows of notes or cards. In `Token.meta` we use these keys:

    line, column      where the token stands in the file, from 1 (`locations`)
    label, level      of a `question_open`: its label, and the level of the heading it was, 0 for bold text
    name              of a `question_open`: what `{#name}` behind it says
    possible          of a `paragraph_open`: it looks like a question, but the document labels its questions otherwise
    number, hint      of a `cloze_open` and an `underline_open`: the author's card number and hint, as typed
    unclosed          of half an underline, or of text that looks like the start of a cloze: it has no partner
    kind              of a `figure`: the first word after `figure`
    unsafe            of HTML, an image, a link, a formula: line, column and a sentence for each thing taken out of it
    too_deep          of a block or a cloze: too many stand in one another
    display           of a `math`: whether it stands on a line of its own
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt

from deckgen.syntax import (
    clozes,
    emphasis,
    figures,
    html,
    linebreaks,
    locations,
    mark,
    math,
    nesting,
    questions,
    sanitising,
)

if TYPE_CHECKING:
    from markdown_it.token import Token


def parse(text: str, html: str = "safe") -> list[Token]:
    """Block tokens of a whole document; `inline` tokens carry their children. Never fails.

    HTML that could do something is left out, unless `html` is "trusted".
    """
    return _parser().parse(text, {"html": html})


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    for construct in SYNTAX:
        construct(parser)
    return parser


SYNTAX = (
    nesting.add,
    emphasis.add,
    mark.add,
    math.add,
    clozes.add,
    html.add,
    figures.add,
    locations.add,
    sanitising.add,
    questions.add,
    linebreaks.add,
)
"""In this order: a construct may rely on those before it."""
