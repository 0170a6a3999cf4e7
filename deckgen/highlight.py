"""Code → HTML with a class on each word that has a colour. The colours are the style's, for light and for night."""

from __future__ import annotations

import html
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST_CODE, LONGEST_LINE = 5_000, 400
"""In characters. Longer code stays plain: Pygments' patterns may take the square of its length, or more."""
COLOURED = frozenset(("c", "k", "kt", "s", "m", "nf", "nc", "nb", "nd", "nt", "na", "gd", "gi", "gh"))
"""Pygments' short names of the kinds of words that have a colour: comment, keyword, string, number, name of a
function, of a class …"""


def highlight(code: str, language: str) -> str:
    """The code as HTML: plain where the language is unknown. The text between the tags is the code, as typed."""
    if not language or len(code) > LONGEST_CODE or max(map(len, code.split("\n"))) > LONGEST_LINE:
        return html.escape(code)
    pieces = groupby(_words(code, language), key=lambda word: word[0])
    return "".join(_piece(name, "".join(text for _, text in words)) for name, words in pieces)


def _words(code: str, language: str) -> Iterator[tuple[str, str]]:
    """Each word's class, empty where it has no colour, and its text."""
    from pygments.lexers import get_lexer_by_name  # noqa: PLC0415 - takes its time, and few notes have code
    from pygments.token import STANDARD_TYPES  # noqa: PLC0415 - as above
    from pygments.util import ClassNotFound  # noqa: PLC0415 - as above

    try:
        lexer = get_lexer_by_name(language.strip("{}.").lower(), stripnl=False, ensurenl=False)
    except ClassNotFound:
        yield "", code
        return
    for kind, text in lexer.get_tokens(code):
        names = (STANDARD_TYPES.get(ancestor, "") for ancestor in reversed(kind.split()))
        yield next((name for name in names if name in COLOURED), ""), text


def _piece(name: str, text: str) -> str:
    return f'<span class="{name}">{html.escape(text)}</span>' if name else html.escape(text)
