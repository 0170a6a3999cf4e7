"""The kind `qk-projections`: why queries and keys have projections of their own.

With one projection W for both, the scores X W Wᵀ Xᵀ are symmetric, and a token tends to score itself highest: no other
score exceeds both tokens' own (Cauchy-Schwarz). With W_q and W_k they are free of both (Vaswani et al., 2017, section 3.2.2).
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from deckgen.figures import parameters, ranges, style, wording
from deckgen.figures.parameters import Key

if TYPE_CHECKING:
    from collections.abc import Mapping

    from deckgen.figures.canvas import Page
    from deckgen.figures.parameters import Block, Matrix

FEWEST_TOKENS, MOST_TOKENS, WIDEST_TOKEN = 2, 12, 8
MOST_DIMENSIONS, GREATEST_SEED = 64, 999_999
DIMENSION, PROJECTED = 4, 3
"""Of random x and random projections, where no matrix says otherwise."""
DEFAULT_SEED = 497
"""An example where the tendency shows plainly: with one projection, up to six tokens all score themselves highest."""
MOST_NUMBERED = 6
"""Tokens: of more, the cells are too small for numbers."""

HEADING, REMARK, LINE, SCALE = 18.0, 18.0, 14.0, 16.0
"""Heights."""
GAP, PANEL_GAP, HIGHEST_CELL = 5.0, 16.0, 30.0


@dataclass(frozen=True, slots=True)
class Projections:
    """Tokens with their vectors, and the projections; what is not given is random."""

    KEYS: ClassVar[Mapping[str, Key]] = {
        "tokens": Key('tokens = ["我", "爱", "你"]', "list of strings", "a row and a column each", required=True),
        "x": Key("x = [[1, 0], [0, 1], [1, 1]]", "list of lists of numbers", "a vector a token; else random"),
        "w": Key("w = [[1, 0], [0, 1]]", "list of lists of numbers", "the shared projection; else w_q"),
        "w_q": Key(
            "w_q = [[1, 0], [0, 1]]", "list of lists of numbers", "the projection of queries; else w, or random"
        ),
        "w_k": Key("w_k = [[0, 1], [-1, 0]]", "list of lists of numbers", "the projection of keys; else random"),
        "seed": Key("seed = 7", "integer", "another one gives other random numbers", "497"),
        "title": Key('title = "One projection or two"', "string", "a line above the figure"),
    }

    tokens: tuple[str, ...]
    x: Matrix | None = None
    """A row a token."""
    w: Matrix | None = None
    """The shared projection, from the columns of x: a row each."""
    w_q: Matrix | None = None
    w_k: Matrix | None = None
    seed: int = DEFAULT_SEED
    title: str = ""

    @classmethod
    def read(cls, block: Block) -> Projections | None:
        """The parameters of a block; None where it has mistakes."""
        tokens = block.require("tokens", ranges.labels(FEWEST_TOKENS, MOST_TOKENS, WIDEST_TOKEN))
        x = block.get("x", parameters.matrix(MOST_TOKENS, MOST_DIMENSIONS))
        w, w_q, w_k = (block.get(key, parameters.matrix(MOST_DIMENSIONS, MOST_DIMENSIONS)) for key in WEIGHTS)
        seed = block.get("seed", ranges.integer(0, GREATEST_SEED))
        title = block.get("title", parameters.text) or ""
        if x and tokens and len(x) != len(tokens):
            block.mistake("x", f"x has {len(x)} rows for {len(tokens)} tokens", "write one row a token")
        _check_shapes(block, x, dict(zip(WEIGHTS, (w, w_q, w_k), strict=True)))
        return None if tokens is None else cls(tokens, x, w, w_q, w_k, DEFAULT_SEED if seed is None else seed, title)

    def alt(self, language: str) -> str:
        """What the figure shows, in a sentence."""
        shared, two = self._panels()
        told = [(panel.is_symmetric, panel.own_peaks) for panel in (shared, two)]
        return wording.projections(self.tokens, told, two.pair_told(), self.title, language)

    def draw(self, language: str) -> Page:
        """Both score matrices beside each other, their diagonals framed, and below them what differs."""
        from deckgen.figures.canvas import Page  # noqa: PLC0415 - matplotlib is imported late

        panels = self._panels()
        count = len(self.tokens)
        names = max(map(style.width, self.tokens))
        left = names + GAP + 1
        width = (style.PAGE_WIDTH - left - PANEL_GAP) / 2
        cell = width / count, min(width / count, HIGHEST_CELL)
        level = names <= cell[0]
        top = HEADING + REMARK + GAP + (style.TEXT if level else names)
        bottom = top + GAP + cell[1] * count
        numbered = all(panel.fits(cell[0]) for panel in panels)
        page = Page(bottom + 3 * LINE + GAP + (0 if numbered else SCALE), self.title)
        for row, token in enumerate(self.tokens):
            page.text(left - GAP, style.baseline(top + GAP + cell[1] * (row + 0.5)), token, align="right")
        for position, panel in enumerate(panels):
            grid = Grid(left + position * (width + PANEL_GAP), top + GAP, *cell)
            page.text(grid.left, style.TEXT, panel.formula, bold=True)
            symmetry = wording.word("symmetric" if panel.is_symmetric else "asymmetric", language)
            remark = f"{wording.word(panel.projection, language)}{symmetry}"
            page.text(grid.left, HEADING + style.SMALL, remark, size=style.SMALL, color=style.MUTED)
            _draw_columns(page, grid, self.tokens, level=level)
            panel.draw_cells(page, grid, numbered=numbered)
            peaks = f"{wording.word('own peak', language)} {panel.own_peaks}/{count}"
            for line, text in enumerate((*panel.pair_told(), peaks), start=1):
                page.text(grid.left, bottom + LINE * line, text, size=style.SMALL)
        if not numbered:
            greatest = wording.number(panels[0].greatest)
            page.signed_scale(style.PAGE_WIDTH, bottom + 3 * LINE + SCALE, (f"−{greatest}", greatest))
        return page

    def _panels(self) -> tuple[Panel, Panel]:
        """The shared projection, then the two; both are shaded on one scale."""
        from deckgen.figures import numerics  # noqa: PLC0415 - numpy is imported late

        count = len(self.tokens)
        given = self.w_q or self.w or self.w_k or ((0.0,) * PROJECTED,) * (len(self.x[0]) if self.x else DIMENSION)
        random_x, random_q, random_k = numerics.random_projections(count, len(given), len(given[0]), self.seed)
        x = self.x or random_x
        w_q = self.w_q or self.w or random_q
        w = self.w or w_q
        shared = numerics.projected_scores(x, w, w)
        two = numerics.projected_scores(x, w_q, self.w_k or random_k)
        pair = max(itertools.combinations(range(count), 2), key=lambda pair: abs(two[pair] - two[pair[::-1]]))
        greatest = float(max(abs(shared).max(), abs(two).max()))
        matrices = [tuple(map(tuple, scores.tolist())) for scores in (shared, two)]
        return (
            Panel("X W Wᵀ Xᵀ", "one projection", self.tokens, matrices[0], pair, greatest),
            Panel("X W_q W_kᵀ Xᵀ", "two projections", self.tokens, matrices[1], pair, greatest),
        )


WEIGHTS = "w", "w_q", "w_k"


def _check_shapes(block: Block, x: Matrix | None, weights: Mapping[str, Matrix | None]) -> None:
    """Projections start from the columns of x, and all have one shape."""
    given = {key: (len(matrix), len(matrix[0])) for key, matrix in weights.items() if matrix}
    first = next(iter(given.items()), None)
    for key, shape in given.items():
        if x and shape[0] != len(x[0]):
            message = f"{key} has {shape[0]} rows, but the rows of x have {len(x[0])} numbers"
            block.mistake(key, message, f"write one row of {key} for each column of x")
        elif first and shape != first[1]:
            message = f"{key} is {shape[0]} × {shape[1]}, but {first[0]} is {first[1][0]} × {first[1][1]}"
            block.mistake(key, message, "give all projections the same shape")


@dataclass(frozen=True, slots=True)
class Grid:
    """Where the cells of a matrix stand on the page."""

    left: float
    top: float
    width: float
    """Of a cell."""
    height: float

    def corner(self, row: int, column: int) -> tuple[float, float]:
        """The upper left corner of a cell."""
        return self.left + column * self.width, self.top + row * self.height


@dataclass(frozen=True, slots=True)
class Panel:
    """One matrix of scores."""

    formula: str
    projection: str
    """A word of `wording.WORDS`."""
    tokens: tuple[str, ...]
    scores: Matrix
    pair: tuple[int, int]
    """The two tokens whose scores for each other differ most where the projections are two."""
    greatest: float
    """The largest absolute score of both panels, which has the darkest shade."""

    @property
    def is_symmetric(self) -> bool:
        """Whether each two tokens score each other alike, but for rounding."""
        count = range(len(self.scores))
        difference = max(abs(self.scores[i][j] - self.scores[j][i]) for i in count for j in count)
        return difference <= 1e-9 * self.greatest

    @property
    def own_peaks(self) -> int:
        """How many tokens score themselves at least as high as any other."""
        return sum(row[position] >= max(row) for position, row in enumerate(self.scores))

    def pair_told(self) -> tuple[str, str]:
        """The scores of two tokens for each other."""
        one, other = self.pair
        there, back = _written(self.scores[one][other]), _written(self.scores[other][one])
        first, second = self.tokens[one], self.tokens[other]
        return f"{first}→{second}  {there}", f"{second}→{first}  {back}"

    def fits(self, width: float) -> bool:
        """Whether cells as wide have room for the scores."""
        widest = max(style.width(_written(score), style.SMALL) for row in self.scores for score in row)
        return len(self.tokens) <= MOST_NUMBERED and widest <= width - 2

    def draw_cells(self, page: Page, grid: Grid, *, numbered: bool) -> None:
        """The cells, orange below 0 and blue above; a frame around each of the diagonal, the pair's numbers bold."""
        for row, scores in enumerate(self.scores):
            for column, score in enumerate(scores):
                x, y = grid.corner(row, column)
                shade = style.signed_shade(score / self.greatest if self.greatest else 0)
                page.box(x, y, grid.width - 1, grid.height - 1, shade)
                if numbered:
                    middle, baseline = x + grid.width / 2 - 0.5, style.baseline(y + grid.height / 2, style.SMALL) - 0.5
                    bold, ink = {row, column} == set(self.pair), style.ink_on(shade)
                    text = _written(score)
                    page.text(middle, baseline, text, size=style.SMALL, color=ink, align="center", bold=bold)
        for position in range(len(self.scores)):
            page.frame(*grid.corner(position, position), grid.width - 1, grid.height - 1, style.INK)


def _draw_columns(page: Page, grid: Grid, tokens: tuple[str, ...], *, level: bool) -> None:
    """The tokens above the columns, upright where they are wider than these."""
    for column, token in enumerate(tokens):
        x = grid.left + grid.width * (column + 0.5)
        if level:
            page.text(x, grid.top - GAP, token, align="center")
        else:
            page.text(style.baseline(x), grid.top - GAP, token, rotation=90)


MOST_DIGITS = 5


def _written(score: float) -> str:
    """With one decimal while that is short; never as −0."""
    if abs(score) < 100:  # noqa: PLR2004 - from here on the decimal tells nothing
        text = f"{round(score, 1) + 0.0:.1f}"
    else:
        text = f"{score:.0f}" if abs(score) < 10**MOST_DIGITS else f"{score:.0e}"
    return text.replace("-", "−")
