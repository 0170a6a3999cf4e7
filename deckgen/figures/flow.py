"""The kind `flow`: scaled dot-product attention step by step, with the shape that goes along each arrow.

Source: Vaswani et al., 2017, section 3.2.1 and figure 2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from deckgen.characters import cells
from deckgen.figures import parameters, ranges, style, wording
from deckgen.figures.parameters import Key, Wrong

if TYPE_CHECKING:
    from collections.abc import Mapping

    from deckgen.figures.canvas import Page
    from deckgen.figures.parameters import Block

GREATEST_SIZE = 1_000_000
LONGEST_NAME = 6

STEP, BOX, OUTPUT = 54.0, 32.0, 18.0
"""Heights: from one step to the next, of a step, of the result's name."""
INPUT_WIDTH = 92.0
QUERY, KEY, VALUE = 46.0, 150.0, 278.0
"""The middles of the inputs, from the left; the steps stand under query and key, as wide as both."""
MIDDLE, STEP_WIDTH = (QUERY + KEY) / 2, KEY - QUERY + INPUT_WIDTH
GAP = 5.0


def size(value: object, name: str) -> str:
    """A check for a size: a whole number, or letters that stand for one."""
    if isinstance(value, str):
        letters = parameters.text(value, name)
        if cells(letters) > LONGEST_NAME:
            raise Wrong(f"{name} is {cells(letters)} columns wide; at most {LONGEST_NAME} are expected")
        return letters
    return str(ranges.integer(1, GREATEST_SIZE)(value, name))


@dataclass(frozen=True, slots=True)
class Flow:
    """The sizes of queries, keys and values, as they are written in the shapes."""

    KEYS: ClassVar[Mapping[str, Key]] = {
        "n": Key("n = 4", "integer or string", "how many queries", '"n"'),
        "m": Key("m = 6", "integer or string", "how many keys and values", '"m"'),
        "d_k": Key("d_k = 64", "integer or string", "the dimension of queries and keys", '"d_k"'),
        "d_v": Key("d_v = 64", "integer or string", "the dimension of values", '"d_v"'),
        "mask": Key("mask = true", "boolean", "whether some keys are hidden from a query", "false"),
        "title": Key('title = "Scaled dot-product attention"', "string", "a line above the figure"),
    }

    n: str = "n"
    m: str = "m"
    d_k: str = "d_k"
    d_v: str = "d_v"
    mask: bool = False
    title: str = ""

    @classmethod
    def read(cls, block: Block) -> Flow | None:
        """The parameters of a block; None where it has mistakes."""
        n, m, d_k, d_v = (block.get(name, size) or name for name in ("n", "m", "d_k", "d_v"))
        mask = block.get("mask", ranges.boolean) or False
        title = block.get("title", parameters.text) or ""
        return cls(n, m, d_k, d_v, mask, title)

    def alt(self, language: str) -> str:
        """What the figure shows, in a sentence."""
        shapes = {name: self._shape(*sizes) for name, sizes in self._inputs().items()}
        results = self._shape(self.n, self.m), self._shape(self.n, self.d_v)
        return wording.flow(shapes, results, self._steps(), self.title, language)

    def draw(self, language: str) -> Page:
        """Q, K and V on top, the steps below one another, and beside the arrows the shapes."""
        from deckgen.figures.canvas import Page  # noqa: PLC0415 - matplotlib is imported late

        steps = self._steps()
        page = Page(STEP * (len(steps) + 1) + OUTPUT, self.title)
        self._draw_inputs(page, language)
        last = STEP * len(steps)
        for row, (name, step) in enumerate(steps, start=1):
            y = STEP * row
            Box(MIDDLE, y, STEP_WIDTH, style.SHADES[0]).draw(page, step, wording.word(name, language))
            page.arrow([(MIDDLE, y + BOX), (MIDDLE, y + STEP)])
            shape = self._shape(self.n, self.d_v if row == len(steps) else self.m)
            page.text(MIDDLE + GAP, style.baseline(y + (BOX + STEP) / 2 - 1, style.SMALL), shape, size=style.SMALL)
        page.arrow([(VALUE, BOX), (VALUE, last + BOX / 2), (MIDDLE + STEP_WIDTH / 2, last + BOX / 2)])
        y = STEP * (len(steps) + 1) + style.TEXT + 2
        page.text(MIDDLE, y, wording.word("output", language), align="center")
        return page

    def _inputs(self) -> dict[str, tuple[str, str]]:
        return {"Q": (self.n, self.d_k), "K": (self.m, self.d_k), "V": (self.m, self.d_v)}

    def _steps(self) -> list[tuple[str, str]]:
        """The word that explains each step, and what it does."""
        mask = [("step: mask", "+ mask")] if self.mask else []
        return [
            ("step: scores", "Q Kᵀ"),
            ("step: scale", f"÷ √{self.d_k}"),
            *mask,
            ("step: softmax", "softmax"),
            ("step: values", "× V"),
        ]

    def _shape(self, rows: str, columns: str) -> str:
        return f"{rows} × {columns}"

    def _draw_inputs(self, page: Page, language: str) -> None:
        """Each input with its name and shape; query and key go straight into the first step."""
        for (name, sizes), x in zip(self._inputs().items(), (QUERY, KEY, VALUE), strict=True):
            title = f"{name} {wording.word(name, language)}"
            Box(x, 0, INPUT_WIDTH, style.SHADES[2]).draw(page, title, self._shape(*sizes))
            if name != "V":
                page.arrow([(x, BOX), (x, STEP)])


@dataclass(frozen=True, slots=True)
class Box:
    """Where an input or a step stands."""

    middle: float
    top: float
    width: float
    color: str

    def draw(self, page: Page, name: str, remark: str) -> None:
        """A name, and below it what is to be said of it."""
        page.box(self.middle - self.width / 2, self.top, self.width, BOX, self.color)
        page.text(self.middle, self.top + 13.5, name, align="center", bold=True)
        page.text(self.middle, self.top + 26, remark, size=style.SMALL, align="center")
