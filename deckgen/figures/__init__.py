"""Figures: a block of parameters in the notes → an SVG or PNG image.

    read         the block's TOML → Drawing, or everything that is wrong with it
    draw         Drawing → Drawn: the image, with alt text made from the numbers
    is_current   whether an image drawn earlier still shows this drawing, so that nothing is drawn twice
    alt          the alt text inside an image
    catalogue    every kind and every key it may have; example: a whole block to paste

Reading must stay cheap: numpy and matplotlib are imported only where something is drawn.
A new kind is one file with a frozen dataclass like `Softmax`, and one line in FIGURES.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Protocol

from deckgen.diagnostics import Diagnostic, meant
from deckgen.drawn import Drawn
from deckgen.figures import images
from deckgen.figures.attention import Attention
from deckgen.figures.cost import Cost
from deckgen.figures.flow import Flow
from deckgen.figures.heads import MultiHead
from deckgen.figures.options import Options
from deckgen.figures.parameters import Block, Key, quoted
from deckgen.figures.positions import Positions
from deckgen.figures.projections import Projections
from deckgen.figures.saturation import Saturation
from deckgen.figures.softmax import Softmax
from deckgen.figures.temperature import Temperature

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Self

    from deckgen.figures.canvas import Page
    from deckgen.figures.parameters import Find, Table
    from deckgen.notes import Figure


class Parameters(Protocol):
    """What the blocks of one kind are read into: a frozen dataclass of plain values."""

    KEYS: ClassVar[Mapping[str, Key]]
    """Every key a block may have."""

    @classmethod
    def read(cls, block: Block) -> Self | None:
        """The parameters; None, or anything, where mistakes were noted in the block."""

    def alt(self, language: str) -> str:
        """What the figure shows, in a sentence; `language` is `zh` or `en`."""

    def draw(self, language: str) -> Page:
        """The figure; called within `canvas.settings`."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """A figure block that was read without a mistake."""

    parameters: Parameters
    options: Options


FONT_HINT = (
    "install a font with Chinese characters, on Debian and Ubuntu the package fonts-noto-cjk (Windows and macOS "
    'come with one), or write format = "svg", which needs none'
)
"""What to do about the warning of a `Drawn`."""


def _no_file(_reference: str) -> Path | str:
    return "a figure file needs a document"


def read(figure: Figure, find: Find = _no_file, table: Table | None = None) -> tuple[Drawing | None, list[Diagnostic]]:
    """The drawing of a block, or None and every mistake in it. Whatever the block says, nothing is raised.

    `find` gives the file that a reference in the block means, or the sentence that says what is wrong with it; `table`
    is what a figure says whose parameters are no text of its own.
    """
    kind = FIGURES.get(figure.kind)
    if kind is None:
        return None, [_unknown(figure)]
    block = Block(figure, {**kind.KEYS, **Options.KEYS}, find, table)
    if not block.readable:
        return None, block.mistakes
    options, parameters = Options.read(block), kind.read(block)
    return (None, block.mistakes) if block.mistakes or parameters is None else (Drawing(parameters, options), [])


def draw(drawing: Drawing, language: str = "zh") -> Drawn:
    """The figure as an image. `language` is that of its words: `zh`, `en`.

    Where no installed font has the characters of a PNG, it is an SVG, which needs none, with a warning.
    """
    from deckgen.figures import canvas  # noqa: PLC0415 - matplotlib is imported late

    with canvas.settings():
        page = drawing.parameters.draw(language)
        missing = canvas.without_font(page) if drawing.options.format == "png" else ""
        if missing:
            drawing = replace(drawing, options=replace(drawing.options, format="svg"))
        title, comment = drawing.options.alt or drawing.parameters.alt(language), _comment(drawing, language)
        if drawing.options.format == "png":
            return Drawn(canvas.png(page, title=title, comment=comment), ".png")
        image = canvas.svg(page, title=title, comment=comment)
        return Drawn(image, ".svg", f"no installed font has {missing}: the figure is an SVG" if missing else "")


def digest(drawing: Drawing, language: str = "zh") -> str:
    """Changes whenever what is drawn, the language or the code that draws it changes: 16 hexadecimal digits."""
    kind = type(drawing.parameters).__module__.rpartition(".")[2]
    sources = [_source(name) for name in (*SHARED_SOURCES, f"{kind}.py")]
    options = (drawing.options.format, drawing.options.alt)
    # ascii, because what repr escapes depends on the Python version
    stated = [language, ascii(drawing.parameters), ascii(options)]
    return hashlib.sha256("\n".join([*stated, *sources]).encode()).hexdigest()[:16]


def is_current(data: bytes, drawing: Drawing, language: str = "zh") -> bool:
    """Whether `draw(drawing)` would give this image again; never where it gave an SVG for want of a font."""
    return images.has_comment(data, _comment(drawing, language))


def without_digest(data: bytes) -> bytes:
    """The image alone, as it travels: the same picture keeps its name in Anki when only the code that drew it changed."""
    return images.without_comment(data)


def alt(data: bytes) -> str:
    """The alt text inside an image that `draw` gave; empty where there is none."""
    return images.alt(data)


def catalogue() -> dict[str, dict[str, dict[str, str | bool]]]:
    """For every kind, for every key its block may have: the fields of `Key`, as plain data."""
    return {
        name: {key: asdict(about) for key, about in {**kind.KEYS, **Options.KEYS}.items()}
        for name, kind in FIGURES.items()
    }


def example(kind: str) -> str:
    """A whole fenced block to paste: the examples of the keys that this kind needs or typically has."""
    lines = [key.example for key in FIGURES[kind].KEYS.values() if key.required or key.typical]
    return "\n".join([f"```figure {kind}", *lines, "```"]) + "\n"


def _comment(drawing: Drawing, language: str) -> str:
    return f"deckgen figure {digest(drawing, language)}"


SHARED_SOURCES = ("canvas.py", "heatmap.py", "numerics.py", "style.py", "wording.py", "../characters.py")


@cache
def _source(name: str) -> str:
    """The text of a file, by its path from this package, line ends made the same on every system."""
    return (Path(__file__).parent / name).read_text(encoding="utf-8")


def nearest(kind: str) -> str:
    """The kind that is called most like this, or the first."""
    return meant(kind, FIGURES) or next(iter(FIGURES))


def _unknown(figure: Figure) -> Diagnostic:
    known = ", ".join(FIGURES)
    problem = f"unknown kind of figure {quoted(figure.kind)}" if figure.kind else "the figure has no kind"
    hint = f"write ```figure {nearest(figure.kind)}"
    return Diagnostic("unknown-figure", "error", figure.where, f"{problem}; known are {known}", hint)


FIGURES: dict[str, type[Parameters]] = {
    "attention": Attention,
    "multi-head": MultiHead,
    "softmax": Softmax,
    "softmax-temperature": Temperature,
    "softmax-saturation": Saturation,
    "qk-projections": Projections,
    "attention-cost": Cost,
    "positional-encoding": Positions,
    "flow": Flow,
}
