"""The least that figures cost: import matplotlib and draw, one after the other. `python -m bench.figures KIND …`."""

from __future__ import annotations

import sys

from deckgen import figures
from deckgen.notes import Figure, Location


def draw(kinds: list[str]) -> None:
    """Each kind's example, into memory."""
    for kind in kinds:
        text = "\n".join(figures.example(kind).split("\n")[1:-2])
        drawing, mistakes = figures.read(Figure(kind, text, Location("example", 1, 1)))
        if drawing is None:
            raise ValueError(mistakes)
        figures.draw(drawing)


if __name__ == "__main__":
    draw(sys.argv[1:])
