"""The kind `softmax`: the probabilities softmax makes of scores, and how dividing the scores first evens them out.

Such a division is part of scaled dot-product attention: by √d_k (Vaswani et al., 2017, section 3.2.1).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from deckgen.figures import parameters, style, wording
from deckgen.figures.parameters import Key

if TYPE_CHECKING:
    from collections.abc import Mapping

    from deckgen.figures.canvas import Page
    from deckgen.figures.parameters import Block, Row

MOST_SCORES = 32

HEADING, ROW, BAR = 20.0, 20.0, 12.0
"""Heights."""
GAP, PANEL_GAP, LINE = 6.0, 14.0, 1.0
LEAST_BARS = style.PAGE_WIDTH / 3
"""The room for bars; with less, the two panels stand one below the other."""


@dataclass(frozen=True, slots=True)
class Softmax:
    """Scores, and what to divide them by for comparison."""

    KEYS: ClassVar[Mapping[str, Key]] = {
        "scores": Key("scores = [1, 2, 8, 2, 16]", "list of numbers", "what softmax is taken of", required=True),
        "divisor": Key("divisor = 8", "number", "what the scores are divided by for comparison"),
        "d_k": Key("d_k = 64", "integer", "instead of divisor: the dimension whose square root that is", typical=True),
        "labels": Key(
            'labels = ["我", "爱", "自然", "语言", "处理"]', "list of strings", "a name for each score", typical=True
        ),
        "title": Key('title = "Softmax"', "string", "a line above the figure"),
    }

    scores: Row
    divisor: float | None = None
    d_k: int | None = None
    """In place of a divisor, which then is √d_k."""
    labels: tuple[str, ...] = ()
    """One a score, or none."""
    title: str = ""

    @classmethod
    def read(cls, block: Block) -> Softmax | None:
        """The parameters of a block; None where it has mistakes."""
        scores = block.require("scores", parameters.numbers(MOST_SCORES))
        divisor = block.get("divisor", parameters.positive)
        d_k = block.get("d_k", parameters.count)
        labels = block.get("labels", parameters.labels(MOST_SCORES)) or ()
        title = block.get("title", parameters.text) or ""
        if block.has("divisor") and block.has("d_k"):
            block.mistake("d_k", "divisor and d_k both say what to divide by", "keep one; d_k divides by its root")
        if scores and labels and len(scores) != len(labels):
            message = f"labels has {len(labels)} strings for {len(scores)} scores"
            block.mistake("labels", message, "write one label a score")
        return None if scores is None else cls(scores, divisor, d_k, labels, title)

    def alt(self, language: str) -> str:
        """What the figure shows, in a sentence."""
        greatest = [max(panel.probabilities) for panel in self._panels()]
        return wording.softmax(self.scores, greatest, self._divisor(), self.title, language)

    def draw(self, language: str) -> Page:  # noqa: ARG002 - its few words are the field's own
        """Bars of the probabilities, a row a score, on the same scale from 0 to 1 with and without the division."""
        from deckgen.figures.canvas import Page  # noqa: PLC0415 - matplotlib is imported late

        panels = self._panels()
        left = max(map(style.width, self.labels), default=-GAP) + GAP
        score_width = max(style.width(text) for panel in panels for text in (panel.heading, *panel.scores))
        abreast = len(panels)
        width = (style.PAGE_WIDTH - left - PANEL_GAP * (abreast - 1)) / abreast
        if abreast * _bar_width(width, score_width) < LEAST_BARS:
            abreast, width = 1, style.PAGE_WIDTH - left
        height = HEADING + ROW * len(self.scores)
        page = Page((height + PANEL_GAP) * len(panels) / abreast - PANEL_GAP, self.title)
        for position, panel in enumerate(panels):
            below, beside = divmod(position, abreast)
            top = below * (height + PANEL_GAP)
            for row, label in enumerate(self.labels if beside == 0 else ()):
                page.text(0, top + _baseline(row), label)
            panel.draw(page, left + beside * (width + PANEL_GAP), top, width, score_width)
        return page

    def _divisor(self) -> float | None:
        return math.sqrt(self.d_k) if self.d_k is not None else self.divisor

    def _panels(self) -> list[Panel]:
        divisor = self._divisor()
        if divisor is None:
            return [_panel("score", self.scores, style.BLUE)]
        raw = _panel("score", self.scores, style.GREY)
        heading = f"÷ {wording.number(divisor)}" if self.d_k is None else f"÷ √{self.d_k}"
        return [raw, _panel(heading, tuple(score / divisor for score in self.scores), style.BLUE)]


@dataclass(frozen=True, slots=True)
class Panel:
    """One softmax: the scores as shown, and their probabilities."""

    heading: str
    scores: tuple[str, ...]
    probabilities: tuple[float, ...]
    color: str

    def draw(self, page: Page, left: float, top: float, width: float, score_width: float) -> None:
        """The scores in a column, and beside them the bars, each with its probability at the end."""
        zero = left + score_width + GAP
        full = _bar_width(width, score_width)
        page.text(zero - GAP, top + _baseline(-1), self.heading, size=style.SMALL, color=style.MUTED, align="right")
        page.text(zero, top + _baseline(-1), "softmax", size=style.SMALL, color=style.MUTED)
        page.box(zero - LINE, top + HEADING, LINE, ROW * len(self.scores), style.FAINT)
        for row, (score, probability) in enumerate(zip(self.scores, self.probabilities, strict=True)):
            y = top + HEADING + ROW * row + (ROW - BAR) / 2
            page.text(zero - GAP, top + _baseline(row), score, align="right")
            page.box(zero, y, full * probability, BAR, self.color)
            page.text(zero + full * probability + GAP / 2, top + _baseline(row), f"{probability:.4f}")


def _panel(heading: str, scores: Row, color: str) -> Panel:
    from deckgen.figures import numerics  # noqa: PLC0415 - numpy is imported late

    probabilities = tuple(numerics.softmax(scores).tolist())
    return Panel(heading, tuple(map(wording.number, scores)), probabilities, color)


def _bar_width(width: float, score_width: float) -> float:
    """Of the probability 1, in a panel so wide."""
    return width - score_width - 2 * GAP - style.width("0.0000")


def _baseline(row: int) -> float:
    """Where the text of a row stands so that it is level with its bar; −1 is the heading."""
    return style.baseline(HEADING + ROW * (row + 0.5))
