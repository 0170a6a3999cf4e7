"""What a field's HTML is made with: marks for what is known only later, and entities for what Anki would misread.

A mark stands between two control characters, which no text of an author's has: `files.decoded` takes them out.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from deckgen.patterns import later

if TYPE_CHECKING:
    from collections.abc import Callable

CLOZE, CLOZE_END, CLOZE_END_WITH_HINT, EMBEDDED, FIGURE = "(", ")", "]", "@", "#"
"""Kinds of marks. The number with each is an index: into `Note.clozes`, `Note.embedded`, `Note.figures`."""
MARK = later(r"\x02(.)(\d+)\x03")
FILE, DESCRIPTION = "\0", "\1"
"""In the HTML of an `Embedded`: the name of its file, and the description of a drawing."""


def mark(kind: str, number: int) -> str:
    """A mark of this kind."""
    return f"\x02{kind}{number}\x03"


def filled(html: str, what: Callable[[str, int], str]) -> str:
    """The HTML with `what(kind, number)` in place of each mark."""
    if "\x02" not in html:
        return html
    pieces = MARK.split(html)
    pieces[1::3] = map(what, pieces[1::3], map(int, pieces[2::3]))
    del pieces[2::3]
    return "".join(pieces)


SPECIAL = (
    r"\{{2,}|\}{2,}|:{2,}"  # a cloze
    r"|\[(?=sound:|anki:|/?latex\]|/?\$\$?\])"  # a sound, or a formula in LaTeX
)
ANKI_SYNTAX = later(SPECIAL, re.IGNORECASE)
ANKI_SYNTAX_IN_CLOZE = later(rf"{SPECIAL}|^[{{}}:]|[{{}}:]$", re.IGNORECASE)
"""Here a brace or a colon also counts together with those of the cloze beside it."""


def protected(fragment: str, *, in_cloze: bool = False) -> str:
    """The same HTML, with entities for what Anki would read as its own syntax: in text, code, formulas, attributes."""
    pattern = ANKI_SYNTAX_IN_CLOZE if in_cloze else ANKI_SYNTAX
    return pattern.sub(lambda match: "".join(f"&#{ord(c)};" for c in match[0]), fragment)
