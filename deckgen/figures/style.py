"""How figures look: colours, sizes and the width of text, known without a font and without matplotlib.

A figure is designed for a white page and stays transparent. At night the card turns its lightness over
(`filter: invert(1) hue-rotate(180deg)`), so every pair of colours below is legible both ways; tests hold them to it.
"""

from __future__ import annotations

import re

from deckgen.characters import cells
from deckgen.colours import contrast

PAGE_WIDTH = 324.0
"""In points, as all lengths here: 4.5 inches. On a phone the card shows it about three quarters of that wide."""
TITLE, TEXT, SMALL = 12.0, 10.5, 9.0
"""Sizes of text; the smallest is still 9 pixels on a phone."""

INK = "#1f2328"
MUTED = "#59636e"
GREY = "#7d8590"
BLUE = "#2f6fb5"
ORANGE = "#b35900"
"""Beside blue, where two things are compared; both are dark enough for text too."""
FAINT = "#a5aeb8"

# Ten steps of one blue rather than a gradient: neither dark nor light text is legible on the blues between the
# seventh and the eighth both by day and by night, so the steps leave those out. The first is as dark as it must be for
# its night's shade to be lighter than the card.
SHADES = (
    "#bdd4ed",
    "#adc8e8",
    "#9bbee3",
    "#8bb3de",
    "#7ba9da",
    "#6b9fd5",
    "#5c96d0",
    "#2d6db2",
    "#1b599d",
    "#094688",
)
# The same steps in orange, for what is negative.
WARM_SHADES = (
    "#f4c9a8",
    "#f0bd94",
    "#edb182",
    "#e9a570",
    "#e49a60",
    "#df8f52",
    "#d98545",
    "#a9520f",
    "#95450a",
    "#7c3806",
)
BLACK, WHITE = "#000000", "#ffffff"


def shade(fraction: float) -> str:
    """The shade for a value between 0 and 1."""
    return SHADES[min(int(fraction * len(SHADES)), len(SHADES) - 1)]


def signed_shade(fraction: float) -> str:
    """The shade for a value between −1 and 1: orange below 0, blue above."""
    shades = WARM_SHADES if fraction < 0 else SHADES
    return shades[min(int(abs(fraction) * len(shades)), len(shades) - 1)]


def ink_on(background: str) -> str:
    """Black or white, whichever contrasts more with the background."""
    return max((BLACK, WHITE), key=lambda ink: contrast(ink, background))


CELL = 0.56
"""The width of a cell in units of the text's size: a little more than digits take in the fonts of phones and desktops."""


def width(text: str, size: float = TEXT) -> float:
    """About how wide the text will be, whichever font the reader's system has."""
    return cells(text) * size * CELL


def baseline(middle: float, size: float = TEXT) -> float:
    """Where text must stand to look centred on the height `middle`: below it by half the height of a capital."""
    return middle + 0.36 * size


# A word, or one character with the punctuation that may not begin a line.
PIECE = re.compile(r"[!-~]+ *|.[，。、；：？！）》」』”’…]*")


def wrap(text: str, size: float) -> list[str]:
    """The text broken into lines that fit the page."""
    lines = [""]
    for piece in PIECE.findall(text):
        if lines[-1] and width(lines[-1] + piece.rstrip(), size) > PAGE_WIDTH:
            lines.append("")
        lines[-1] += piece
    return [line.strip() for line in lines]
