"""What an author may type: Markdown, and one file for each construct we add to it.

A construct is a function that adds its rules to a markdown-it parser. Rules leave their findings as tokens;
nothing here knows of notes or cards. In `Token.meta` we use these keys:

    line, column      where the token stands in the file, from 1 (`locations`)
    offset            the same as a position in its block's content, until `locations` has been there
    label, level      of a `question_open`: its label, and the level of the heading it was, 0 for bold text
    name, tags        of a `question_open`: what `{#name .tag}` behind it says
    kind              of a `question_open`: how the author marked it, for the summary
    guessed           of a `question_open`: nothing but its place says that it is one
    answers           of a `heading_open`: it goes on with an answer, as `#### Answer: B` does
    possible          of a block's first token: it looks like a question, but the document marks its questions otherwise
    spaced            of a `paragraph_open` or a `bullet_list_open`: the same of a card of Spaced Repetition
    beside            of a `heading_open`: it asks nothing, as others of its level do; false where it is `possible`
    further           of a `paragraph_open`: the line in which another answer to the question begins
    number, hint      of a `cloze_open` and an `underline_open`: the author's card number and hint, as typed
    copies            of a `cloze_close`: how many of the author's card numbers there are behind the first
    unclosed          of half an underline, or of text that looks like the start of a cloze: it has no partner
    half              of text that looks like half a cloze: the type of token that it would be
    span              of halves of a cloze or an underline: the pairs with the same number are one, over several blocks
    emptied           of an `inline`: whether nothing is left of it without the pairs around nothing
    anywhere          of an `image` or a `sound`: its file may stand anywhere in the project
    done              of a `checkbox`
    kind, fold        of a `callout_open` …: what stands in `[!…]`, and the `+` or `-` behind it
    titled            of a `callout_open` …: whether it has a title of its own
    number, first     of a `footnote_ref`, and of `footnotes_open`: as the note's card counts them
    kind              of a `figure`: the first word after `figure`
    doubts            of text, a formula, code or a `footnote_block_open`: code, text, line and column of what may be a slip
    unsafe            of HTML, an image, a link, a formula: line, column and a sentence for each thing taken out of it
    too_deep          of a block or a cloze: too many stand in one another
    display           of a `math`: whether it stands on a line of its own
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt
from mdit_py_plugins.deflist import deflist_plugin

from deckgen.syntax import (
    blocks,
    braces,
    callouts,
    clozes,
    comments,
    containers,
    dashes,
    doubts,
    equations,
    fences,
    figures,
    footnotes,
    headings,
    html,
    images,
    inlines,
    linebreaks,
    locations,
    mark,
    math,
    nesting,
    questions,
    sanitising,
    sounds,
    spans,
    tasks,
    wiki,
)
from deckgen.syntax.styles import AUTO

if TYPE_CHECKING:
    from markdown_it.token import Token


def parse(text: str, style: str = AUTO, html: str = "safe") -> list[Token]:
    """Block tokens of a whole document; `inline` tokens carry their children. Never fails.

    `style` is how its questions are marked, as `styles.read` takes it. HTML that could do something is left out, unless
    `html` is "trusted".
    """
    return _parser().parse(text, {questions.STYLE: style, "html": html})


def new_parser() -> MarkdownIt:
    """Markdown with every construct."""
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    for construct in SYNTAX:
        construct(parser)
    return parser


_parser = cache(new_parser)
"""One for all documents."""


SYNTAX = (
    deflist_plugin,
    dashes.add,
    headings.add,
    nesting.add,
    mark.add,
    math.add,
    clozes.add,
    html.add,
    images.add,
    wiki.add,
    equations.add,
    comments.add,
    braces.add,
    containers.add,
    sounds.add,
    footnotes.add,
    tasks.add,
    fences.add,
    figures.add,
    doubts.add,
    locations.add,
    callouts.add,
    sanitising.add,
    questions.add,
    spans.add,
    linebreaks.add,
    blocks.add,
    inlines.add,
)
"""In this order: a construct may rely on those before it."""
