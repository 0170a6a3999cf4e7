"""The kind `attention-cost`: what the scores of dot-product and of additive attention cost, by their formulas.

Both compare each of n queries with each of n keys. Dot-product attention (Vaswani et al., 2017, section 3.2.1) computes
q·k; additive attention (Bahdanau et al., 2015, appendix A.1.2) computes v·tanh(W₁q + W₂k), here with d hidden units.
Softmax and the values cost both the same and are left out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from deckgen.figures import parameters, ranges, style, wording
from deckgen.figures.parameters import Key

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from deckgen.figures.canvas import Page, Plot
    from deckgen.figures.numerics import Cost as Counted
    from deckgen.figures.parameters import Block

DIMENSION = 64
LENGTHS = (128, 256, 512, 1024, 2048, 4096)
GREATEST_DIMENSION, GREATEST_LENGTH, MOST_LENGTHS = 65_536, 1_000_000, 32

HEADING, PLOT, PANEL_GAP, TICKS = 22.0, 100.0, 20.0, 30.0
"""Heights."""
LEFT, RIGHT = 34.0, 106.0
"""Left of the plots their ticks, right of them the labels of the lines."""


@dataclass(frozen=True, slots=True)
class Cost:
    """The dimension of the vectors, and how many of them are compared."""

    KEYS: ClassVar[Mapping[str, Key]] = {
        "d": Key("d = 64", "integer", "the dimension of queries and keys, and of the hidden units", "64"),
        "lengths": Key(
            "lengths = [128, 256, 512, 1024, 2048, 4096]",
            "list of integers",
            "the n compared: so many queries and keys",
            "[128, 256, 512, 1024, 2048, 4096]",
        ),
        "title": Key('title = "Two ways to score"', "string", "a line above the figure"),
    }

    d: int = DIMENSION
    lengths: tuple[int, ...] = LENGTHS
    title: str = ""

    @classmethod
    def read(cls, block: Block) -> Cost | None:
        """The parameters of a block; None where it has mistakes."""
        dimension = block.get("d", ranges.integer(1, GREATEST_DIMENSION)) or DIMENSION
        lengths = block.get("lengths", ranges.growing(1, GREATEST_LENGTH, fewest=2, count=MOST_LENGTHS)) or LENGTHS
        title = block.get("title", parameters.text) or ""
        return cls(dimension, lengths, title)

    def alt(self, language: str) -> str:
        """What the figure shows, in a sentence."""
        dot, additive = self._counted()
        return wording.cost(self.d, self.lengths[-1], (dot[-1], additive[-1]), self.title, language)

    def draw(self, language: str) -> Page:
        """Multiply-adds and numbers held, a panel each, both axes logarithmic, with the formula of each line."""
        from deckgen.figures.canvas import Page  # noqa: PLC0415 - matplotlib is imported late

        dot, additive = self._counted()
        work = [count.multiply_adds for count in dot], [count.multiply_adds for count in additive]
        held = [count.numbers for count in dot], [count.numbers for count in additive]
        memory = [wording.memory(side[-1] * NUMBER_SIZE) for side in held]
        tanh = wording.word("and tanh", language)
        panels = [
            Panel("multiply-adds", *work, ("n² d", f"n² d + 2 n d²\n{tanh}")),
            Panel("numbers held", *held, (f"n² → {memory[0]}", f"n² d → {memory[1]}")),
        ]
        every = [*work[0], *work[1], *held[0], *held[1]]
        up = math.floor(math.log10(min(every))), math.ceil(math.log10(max(every)))
        page = Page(len(panels) * (HEIGHT + PANEL_GAP) - PANEL_GAP + TICKS, self.title)
        for position, panel in enumerate(panels):
            plot = panel.draw(page, position * (HEIGHT + PANEL_GAP), self.lengths, up, language)
        _draw_ratio(plot, self.lengths, held[0], self.d)
        plot.ticks_across([(math.log2(length), str(length)) for length in self.lengths])
        plot.name_across(wording.word("length", language).format(d=self.d))
        return page

    def _counted(self) -> tuple[list[Counted], list[Counted]]:
        """Of each length, dot-product and additive attention."""
        from deckgen.figures import numerics  # noqa: PLC0415 - numpy is imported late

        return (
            [numerics.dot_product_cost(length, self.d) for length in self.lengths],
            [numerics.additive_cost(length, self.d) for length in self.lengths],
        )


HEIGHT = HEADING + PLOT
"""Of a panel without its ticks."""
ROOM, CLEAR = 24.0, 5.0
"""Between two lines for an arrow, and between the arrow and what is around it."""
NUMBER_SIZE = 4
"""Bytes of a float32."""


@dataclass(frozen=True, slots=True)
class Panel:
    """One quantity over n."""

    quantity: str
    """A word of `wording.WORDS`."""
    dot: Sequence[int]
    """Of dot-product attention; `additive` is that of the other."""
    additive: Sequence[int]
    labels: tuple[str, str]
    """What stands at the ends of the two lines, besides their names and values."""

    def draw(self, page: Page, top: float, lengths: Sequence[int], up: tuple[int, int], language: str) -> Plot:
        """The heading, and two lines labelled where they end."""
        from deckgen.figures.canvas import Plot  # noqa: PLC0415 - matplotlib is imported late

        across = [math.log2(length) for length in lengths]
        width = style.PAGE_WIDTH - LEFT - RIGHT
        plot = Plot(page, LEFT, top + HEADING, width, PLOT, (across[0], across[-1]), up)
        page.text(0, top + style.TEXT, wording.word(self.quantity, language))
        ticks = range(up[0], up[1] + 1, _step(up))
        plot.ticks_up([(power, wording.rounded(10**power, language)) for power in ticks])
        ends: list[tuple[float, str, str]] = []
        sides = (("additive", self.additive, style.ORANGE), ("dot product", self.dot, style.BLUE))
        for (name, counts, color), label in zip(sides, reversed(self.labels), strict=True):
            heights = [math.log10(count) for count in counts]
            plot.curve(list(zip(across, heights, strict=True)), color)
            ends.append(
                (heights[-1], f"{wording.word(name, language)} {wording.rounded(counts[-1], language)}\n{label}", color)
            )
        plot.end_labels(ends)
        return plot


def _draw_ratio(plot: Plot, lengths: Sequence[int], held: Sequence[int], dimension: int) -> None:
    """Between the lines of memory, where there is room: an arrow from n² up to n² d."""
    middle = len(lengths) // 2
    across, height = math.log2(lengths[middle]), math.log10(held[middle])
    (x, low), (_, high) = plot.at(across, height), plot.at(across, height + math.log10(dimension))
    if middle < len(lengths) - 1 and low - high > ROOM:
        plot.page.arrow([(x, low - CLEAR), (x, high + CLEAR)])
        plot.page.text(x + CLEAR, (low + high) / 2, f"×{dimension}", size=style.SMALL, color=style.MUTED)


def _step(up: tuple[int, int]) -> int:
    """Of the powers of ten that are ticks: at most five."""
    return math.ceil((up[1] - up[0] + 1) / 5)
