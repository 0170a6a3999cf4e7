"""The page that figures are drawn on, and the SVG it becomes: the one file that knows matplotlib.

The same drawing gives the same bytes on every machine: neither the fonts nor the matplotlib settings found there
count. Text stays text, set in the reader's own font, so Chinese needs no font here.
"""

from __future__ import annotations

import contextlib
import io
import math
import re
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from xml.etree import ElementTree as ET

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, fontManager, get_font
from matplotlib.patches import PathPatch, Polygon, Rectangle
from matplotlib.path import Path as Outline
from matplotlib.transforms import Affine2D
from PIL.PngImagePlugin import PngInfo

from deckgen.figures import images, style

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Align = Literal["left", "center", "right"]
Point = tuple[float, float]

POINTS_PER_INCH = 72
MARGIN = 1.0
"""Left and right of the page, so that no box is cut off by a pixel."""
TITLE_LEADING, TITLE_GAP = 17.0, 8.0
HATCH_DISTANCE = 5
"""Along an edge, in points."""
BUNDLED_FONT = Path(mpl.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"
FONTS = (
    "-apple-system, 'Segoe UI', Roboto, 'PingFang SC', 'Microsoft YaHei', 'Noto Sans', 'Noto Sans CJK SC', sans-serif"
)
PNG_FONTS = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "PingFang SC",
    "Hiragino Sans GB",
    "Microsoft YaHei",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "Noto Sans CJK JP",  # how some versions of matplotlib know the file that has the font for Chinese too
)
"""A PNG is drawn with the first of these that is installed, and with matplotlib's own font."""
PIXELS_PER_POINT = 4
"""Of a PNG: three for each CSS pixel that the figure is wide."""
LINE, HAIRLINE = 2.0, 0.5
"""Widths of lines: of what is shown, and of what it is measured by."""
DOT = 5.0
HEAD_LENGTH, HEAD_WIDTH = 6.0, 7.0
"""Of an arrow."""
SWATCH, SHADE_STEPS = 8.0, 4
"""Of a scale of shades: the size of each, and how many there are between 0 and 1."""
TICK_GAP, LABEL_GAP = 4.0, 5.0
HIDDEN_METADATA = dict.fromkeys(("Creator", "Date", "Format", "Type"))


@contextlib.contextmanager
def settings() -> Iterator[None]:
    """The settings matplotlib comes with, plus those of figures, whatever a matplotlibrc says; undone on leaving.

    A `Page` must be made, drawn on and turned into SVG inside.
    """
    with mpl.rc_context(), warnings.catch_warnings():
        mpl.rcdefaults()
        mpl.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "deckgen", "text.parse_math": False})
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        yield


class Page:
    """A transparent page as wide as `style.PAGE_WIDTH`, its title on top, and below it `height` points to draw on.

    Lengths are points; x grows to the right from the page's edge, y downwards from the title.
    """

    def __init__(self, height: float, title: str = "") -> None:
        lines = style.wrap(title, style.TITLE) if title else []
        top = len(lines) * TITLE_LEADING + TITLE_GAP if lines else 0.0
        size = ((style.PAGE_WIDTH + 2 * MARGIN) / POINTS_PER_INCH, (top + height) / POINTS_PER_INCH)
        self.figure = Figure(figsize=size, dpi=POINTS_PER_INCH, frameon=False)
        self._place = Affine2D().scale(1, -1).translate(MARGIN, height)
        for number, line in enumerate(lines):
            y = number * TITLE_LEADING + style.TITLE - top
            self.text(style.PAGE_WIDTH / 2, y, line, size=style.TITLE, align="center", bold=True)

    def scale(self, pixels: float) -> None:
        """Make a point so many pixels long; it is one to begin with, as SVG wants it."""
        self._place.scale(pixels)

    def box(self, x: float, y: float, width: float, height: float, color: str) -> None:
        """A filled rectangle whose upper left corner is at (x, y)."""
        corner = (round(x, 2), round(y, 2))
        patch = Rectangle(
            corner, round(width, 2), round(height, 2), facecolor=color, linewidth=0, transform=self._place
        )
        self.figure.add_artist(patch)

    def hatch(self, x: float, y: float, width: float, height: float, color: str) -> None:
        """A rectangle like that of `box`, empty but for thin diagonal lines."""
        lines = [
            [(x + across, y + total - across) for across in (min(total, width), max(0, total - height))]
            for total in range(HATCH_DISTANCE, int(width + height), HATCH_DISTANCE)
        ]
        self.lines(lines, color, width=0.8)

    def line(self, points: Sequence[Point], color: str, *, width: float = LINE, dashed: bool = False) -> None:
        """A line from point to point."""
        self.lines([points], color, width=width, dashed=dashed)

    def lines(
        self,
        lines: Sequence[Sequence[Point]],
        color: str,
        *,
        width: float = LINE,
        dashed: bool = False,
        cap: str = "butt",
    ) -> None:
        """Many lines of one look: a single path, so that a thousand of them stay small."""
        points = [(round(x, 2), round(y, 2)) for line in lines for x, y in line]
        codes = [code for line in lines for code in (Outline.MOVETO, *[Outline.LINETO] * (len(line) - 1))]
        path = Outline(points, codes)
        path.should_simplify = False  # points are few, and every one is meant
        patch = PathPatch(
            path,
            edgecolor=color,
            fill=False,
            linewidth=width,
            linestyle=(0, (3, 2)) if dashed else "solid",
            capstyle=cap,
            joinstyle="round",
            transform=self._place,
        )
        self.figure.add_artist(patch)

    def dots(self, points: Sequence[Point], color: str) -> None:
        """A dot at each point, drawn as a very short line with round ends: a circle's path is ten times as long."""
        self.lines([((x, y), (x + 0.01, y)) for x, y in points], color, width=DOT, cap="round")

    def frame(self, x: float, y: float, width: float, height: float, color: str) -> None:
        """The outline of a rectangle whose upper left corner is at (x, y)."""
        right, bottom = x + width, y + height
        corners = [(x, y), (right, y), (right, bottom), (x, bottom), (x, y)]
        self.lines([corners], color, width=1.5, cap="projecting")

    def signed_scale(self, right: float, bottom: float, ends: tuple[str, str]) -> None:
        """The shades from −1 to 1 in a row that ends at (right, bottom), with what both ends stand for."""
        baseline = style.baseline(bottom - SWATCH / 2, style.SMALL)
        left = right - style.width(ends[1], style.SMALL) - SWATCH * (2 * SHADE_STEPS + 1) - TICK_GAP
        for step in range(-SHADE_STEPS, SHADE_STEPS + 1):
            x = left + SWATCH * (step + SHADE_STEPS)
            self.box(x, bottom - SWATCH, SWATCH, SWATCH, style.signed_shade(step / SHADE_STEPS))
        self.text(right, baseline, ends[1], size=style.SMALL, color=style.MUTED, align="right")
        self.text(left - TICK_GAP, baseline, ends[0], size=style.SMALL, color=style.MUTED, align="right")

    def arrow(self, points: Sequence[Point]) -> None:
        """A line from point to point with a head at its end."""
        (before_x, before_y), (x, y) = points[-2:]
        length = math.hypot(x - before_x, y - before_y)
        along_x, along_y = (x - before_x) / length, (y - before_y) / length
        neck_x, neck_y = x - HEAD_LENGTH * along_x, y - HEAD_LENGTH * along_y
        side_x, side_y = -along_y * HEAD_WIDTH / 2, along_x * HEAD_WIDTH / 2
        self.line([*points[:-1], (neck_x, neck_y)], style.MUTED, width=1.25)
        head = [(neck_x + side_x, neck_y + side_y), (x, y), (neck_x - side_x, neck_y - side_y)]
        corners = [(round(x, 2), round(y, 2)) for x, y in head]
        self.figure.add_artist(Polygon(corners, facecolor=style.MUTED, linewidth=0, transform=self._place))

    def text(  # noqa: PLR0913 - each is a property of text
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float = style.TEXT,
        color: str = style.INK,
        align: Align = "left",
        bold: bool = False,
        rotation: float = 0,
    ) -> None:
        """A line of text whose baseline starts, is centred or ends at (x, y); rotated about that point, in degrees."""
        font = FontProperties(fname=BUNDLED_FONT, size=size, weight="bold" if bold else "normal")
        self.figure.text(
            round(x, 2),
            round(y, 2),
            text,
            fontproperties=font,
            color=color,
            horizontalalignment=align,
            verticalalignment="baseline",
            rotation=rotation,
            rotation_mode="anchor",
            transform=self._place,
        )


Scale = tuple[float, float]
"""The values at both ends of an axis."""
LABEL_LEADING = 11.5
"""Between labels at the ends of curves, so that they never overlap."""


@dataclass(frozen=True, slots=True)
class Plot:
    """A part of a page with axes: data on it, and points of the page where the data stand.

    What is logarithmic is handed over as logarithms: the axes themselves are even.
    """

    page: Page
    left: float
    top: float
    width: float
    height: float
    across: Scale
    """The values at the left and the right end."""
    up: Scale
    """The values at the bottom and the top."""

    def at(self, x: float, y: float) -> Point:
        """The point of the page for a value of each axis; of equal ends of an axis, its middle."""
        return (self.left + self.width * _share(x, self.across), self.top + self.height * (1 - _share(y, self.up)))

    def curve(self, points: Sequence[Point], color: str, *, dots: bool = True) -> None:
        """A line through values, with a dot at each."""
        places = [self.at(x, y) for x, y in points]
        self.page.line(places, color)
        if dots:
            self.page.dots(places, color)

    def ticks_up(self, ticks: Sequence[tuple[float, str]]) -> None:
        """Values and their texts left of the plot, each with a thin line across it."""
        places = [(self.at(self.across[0], value)[1], text) for value, text in ticks]
        self.page.lines([((self.left, y), (self.left + self.width, y)) for y, _ in places], style.FAINT, width=HAIRLINE)
        for y, text in places:
            baseline = style.baseline(y, style.SMALL)
            self.page.text(self.left - TICK_GAP, baseline, text, size=style.SMALL, color=style.MUTED, align="right")

    def ticks_across(self, ticks: Sequence[tuple[float, str]]) -> None:
        """Values and their texts below the plot; what would touch the text before it is left out."""
        y = self.top + self.height + TICK_GAP + style.SMALL
        taken = -math.inf
        for value, text in ticks:
            x, half = self.at(value, self.up[0])[0], style.width(text, style.SMALL) / 2
            if x - half >= taken and x + half <= style.PAGE_WIDTH:
                self.page.text(x, y, text, size=style.SMALL, color=style.MUTED, align="center")
                taken = x + half + TICK_GAP

    def name_across(self, name: str) -> None:
        """What the axis below the plot is, in a line under its ticks."""
        y = self.top + self.height + 2 * (TICK_GAP + style.SMALL)
        x = self.left + self.width / 2
        self.page.text(x, y, name, size=style.SMALL, color=style.MUTED, align="center")

    def end_labels(self, labels: Sequence[tuple[float, str, str]]) -> None:
        """Right of the plot a text at each value, in its colour, of as many lines as it has.

        They are pushed apart where they would overlap, and down where they would stand higher than the plot; of equal
        values the first stands higher.
        """
        ordered = sorted(labels, key=lambda label: -label[0])
        most = max(text.count("\n") + 1 for _, text, _ in labels)
        places = [self.at(self.across[1], value)[1] for value, _, _ in ordered]
        heights = apart(places, most * LABEL_LEADING + 2, self.top + (most - 1) / 2 * LABEL_LEADING)
        x = self.left + self.width + LABEL_GAP
        for middle, (_, text, color) in zip(heights, ordered, strict=True):
            lines = text.split("\n")
            for position, line in enumerate(lines):
                y = style.baseline(middle + (position - (len(lines) - 1) / 2) * LABEL_LEADING, style.SMALL)
                self.page.text(x, y, line, size=style.SMALL, color=color, bold=position == 0 < len(lines) - 1)


def apart(places: Sequence[float], distance: float, least: float) -> list[float]:
    """Growing places, moved for each to be `distance` beyond the one before: around the same middle, from `least`."""
    moved: list[float] = []
    for place in places:
        moved.append(max(place, moved[-1] + distance) if moved else place)
    shift = max((sum(places) - sum(moved)) / len(places), least - moved[0])
    return [place + shift for place in moved]


def _share(value: float, scale: Scale) -> float:
    low, high = scale
    return (value - low) / (high - low) if high != low else 0.5


def svg(page: Page, *, title: str, comment: str) -> bytes:
    """The page as an SVG image, UTF-8, with a title for who cannot see it and a comment for who reads the file."""
    drawn = io.BytesIO()
    page.figure.savefig(drawn, format="svg", transparent=True, metadata=HIDDEN_METADATA)
    root = ET.fromstring(drawn.getvalue())  # noqa: S314 - our own output
    _trim(root)
    root.attrib |= {"xmlns": "http://www.w3.org/2000/svg", "role": "img", "font-family": FONTS}
    heading = ET.Element("title")
    heading.text = title
    root[:0] = [heading, ET.Comment(f" {comment} ")]
    ET.indent(root, space="")
    document: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return document + b"\n"


def without_font(page: Page) -> str:
    """The characters of a page that no font for PNG has, quoted for a message; empty where there are none."""
    fonts = [get_font(findfont(family)) for family in _png_families()]
    characters = dict.fromkeys("".join(text.get_text() for text in page.figure.texts))
    missing = [c for c in characters if c.isprintable() and not any(font.get_char_index(ord(c)) for font in fonts)]
    return f"“{''.join(missing[:8])}”" if missing else ""


def png(page: Page, *, title: str, comment: str) -> bytes:
    """The page as a PNG image with the same title and comment; no character of it may be `without_font`."""
    page.scale(PIXELS_PER_POINT)
    for text in page.figure.texts:
        text.set_fontproperties(
            FontProperties(family=_png_families(), size=text.get_fontsize(), weight=text.get_fontweight())
        )
    information = PngInfo()
    information.add_itxt(images.ALT, title)
    information.add_itxt(images.COMMENT, comment)
    drawn = io.BytesIO()
    page.figure.savefig(
        drawn,
        format="png",
        dpi=PIXELS_PER_POINT * POINTS_PER_INCH,
        transparent=True,
        pil_kwargs={"pnginfo": information, "optimize": True},
    )
    return drawn.getvalue()


def _png_families() -> list[str]:
    installed = {font.name for font in fontManager.ttflist}
    return [*[name for name in PNG_FONTS if name in installed][:1], "DejaVu Sans"]


def _trim(element: ET.Element) -> None:
    """Drop what no viewer needs: metadata, namespace prefixes, groups that only carry a name, a font for every text."""
    element.tag = element.tag.rpartition("}")[2]
    if element.tag == "text":
        element.set("style", _without_family(element.get("style", "")))
        if element.get("transform", "").startswith("rotate(-0 "):
            del element.attrib["transform"]
    elif element.tag == "path":
        element.set("d", " ".join(element.get("d", "").split()))
    kept: list[ET.Element] = []
    for child in element:
        _trim(child)
        kept += child if child.tag == "g" and child.attrib.keys() <= {"id"} else [child]
    element[:] = [child for child in kept if child.tag != "metadata"]


def _without_family(css: str) -> str:
    """Size and weight alone, the family being inherited; the same for every version of matplotlib.

    Some versions write `font: 700 12px family`, some a property each, in various orders.
    """
    css = re.sub(r"font: (\w+ )?([\d.]+px) [^;]*", lambda m: f"font-weight: {m[1] or 400}; font-size: {m[2]}", css)
    properties = {part.strip() for part in css.split(";") if "font-family:" not in part}
    return "; ".join(sorted(properties - {"font-weight: 400", ""}))
