"""Every kind's example as a phone shows it, by day and by night: text in the picture is legible.

Chromium draws all examples on one page, 360 CSS pixels wide, in the style of the cards, which leave 328 for a figure.
"""

from __future__ import annotations

import base64
import math
import re
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from PIL import Image

from deckgen import colours, figures
from deckgen.figures import gallery, style
from deckgen.templates import builtin

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--disable-background-networking"]
SCREEN, EDGE, GAP = 360, 16, 8
WIDTH = SCREEN - 2 * EDGE
DENSITY = 3
"""Device pixels for each CSS pixel."""
SVG = "{http://www.w3.org/2000/svg}"
LEAST_CONTRAST, LEAST_SIZE = 4.5, 9.0


@dataclass(frozen=True)
class Shown:
    """An example on the page; lengths are CSS pixels."""

    source: bytes
    svg: ET.Element
    scale: float
    """CSS pixels for each unit of the SVG."""
    top: float
    height: float


@dataclass(frozen=True)
class Screen:
    examples: Mapping[str, Shown]
    light: Pixels
    night: Pixels


@pytest.fixture(scope="session")
def screen(tmp_path_factory: pytest.TempPathFactory) -> Screen:
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed (Debian: chromium)")
    folder = tmp_path_factory.mktemp("browser")
    examples = lay_out()
    light, night = (screenshot(folder, examples, mode) for mode in ("", "nightMode"))
    return Screen(examples, light, night)


def lay_out() -> dict[str, Shown]:
    examples, top = {}, float(GAP)
    for kind in sorted(figures.FIGURES):
        source = gallery.image(kind).data
        svg = ET.fromstring(source)  # noqa: S314 - our own output
        width, height = map(float, svg.get("viewBox", "").split()[2:])
        examples[kind] = Shown(source, svg, WIDTH / width, top, height * WIDTH / width)
        top = math.ceil(top + examples[kind].height + GAP)
    return examples


def screenshot(folder: Path, examples: Mapping[str, Shown], mode: str) -> Pixels:
    css = builtin.load("qa").css
    place = "position: absolute; margin: 0; left: {}px; top: {}px; width: {}px; height: {}px; max-width: none"
    pictures = "".join(
        f'<img class="figure" style="{place.format(EDGE, shown.top, WIDTH, shown.height)}" '
        f'src="data:image/svg+xml;base64,{base64.b64encode(shown.source).decode()}">'
        for shown in examples.values()
    )
    page, image = folder / f"{mode}.html", folder / f"{mode}.png"
    html = f'<meta charset="utf-8"><style>{css}</style><body class="card {mode}"><article class="note">{pictures}</article>'
    page.write_text(html, "utf-8")
    height = math.ceil(max(shown.top + shown.height for shown in examples.values())) + GAP
    window = [f"--window-size={SCREEN},{height}", f"--force-device-scale-factor={DENSITY}"]
    command = [str(CHROMIUM), *FLAGS, *window, f"--user-data-dir={folder / 'profile'}", f"--screenshot={image}"]
    subprocess.run([*command, page.as_uri()], capture_output=True, check=True, timeout=120)
    return np.asarray(Image.open(image).convert("RGB"))


def texts(svg: ET.Element) -> Iterator[tuple[str, float, tuple[float, float, float, float]]]:
    """Each text, its size, and the box about it (left, top, right, bottom), in units of the SVG."""
    for element in svg.iter(f"{SVG}text"):
        css = dict(part.split(": ") for part in element.get("style", "").split("; "))
        size, words = float(css["font-size"].removesuffix("px")), element.text or ""
        x, y, width = float(element.get("x", "")), float(element.get("y", "")), style.width(words, size)
        start = {"start": 0.0, "middle": -width / 2, "end": -width}[css.get("text-anchor", "start")]
        turned = re.match(r"rotate\((-?[\d.]+)", element.get("transform", ""))
        angle = math.radians(float(turned[1]) if turned else 0)
        corners = [(across, up) for across in (start, start + width) for up in (-0.75 * size, 0)]
        xs = [x + across * math.cos(angle) - up * math.sin(angle) for across, up in corners]
        ys = [y + across * math.sin(angle) + up * math.cos(angle) for across, up in corners]
        yield words, size, (min(xs), min(ys), max(xs), max(ys))


def cut_out(pixels: Pixels, shown: Shown, box: tuple[float, float, float, float]) -> Pixels:
    left, top, right, bottom = (length * shown.scale * DENSITY for length in box)
    rows = slice(max(0, math.floor(top + shown.top * DENSITY)), math.ceil(bottom + shown.top * DENSITY))
    columns = slice(max(0, math.floor(left + EDGE * DENSITY)), math.ceil(right + EDGE * DENSITY))
    return pixels[rows, columns]


def contrast(pixels: Pixels) -> float:
    """That of the commonest colour, which is the ground, with the colour of those strokes that contrast most."""
    colors, counts = np.unique(pixels.reshape(-1, 3), axis=0, return_counts=True)
    names = ["#" + bytes(color).hex() for color in colors]
    ground = names[counts.argmax()]
    strokes = [(colours.contrast(name, ground), count) for name, count in zip(names, counts, strict=True)]
    seen = 0
    for ratio, count in sorted(strokes, reverse=True):
        seen += count
        if seen > 0.005 * counts.sum():  # a stray pixel is no stroke
            return ratio
    return 1.0


@pytest.mark.parametrize("mode", ["light", "night"])
@pytest.mark.parametrize("kind", sorted(figures.FIGURES))
def test_text_contrasts_with_what_it_stands_on(screen: Screen, kind: str, mode: str) -> None:
    shown, pixels = screen.examples[kind], getattr(screen, mode)
    ratios = {(words, box): contrast(cut_out(pixels, shown, box)) for words, _, box in texts(shown.svg)}
    assert ratios
    assert {text: ratio for text, ratio in ratios.items() if ratio < LEAST_CONTRAST} == {}


@pytest.mark.parametrize("kind", sorted(figures.FIGURES))
def test_text_is_large_enough_on_a_phone(screen: Screen, kind: str) -> None:
    shown = screen.examples[kind]
    sizes = {words: size * shown.scale for words, size, _ in texts(shown.svg)}
    assert {words: size for words, size in sizes.items() if size < LEAST_SIZE} == {}


@pytest.mark.parametrize("mode", ["light", "night"])
@pytest.mark.parametrize("kind", sorted(figures.FIGURES))
def test_no_picture_is_cut_off(screen: Screen, kind: str, mode: str) -> None:
    """At the left and right edge there is nothing but a tip of a glyph, in the fonts of this machine."""
    shown, pixels = screen.examples[kind], getattr(screen, mode)
    rows = slice(math.ceil(shown.top * DENSITY), math.floor((shown.top + shown.height) * DENSITY))
    picture = pixels[rows, EDGE * DENSITY : -EDGE * DENSITY]
    paper = pixels[0, 0]
    assert (picture != paper).any()
    assert (picture[:, [0, -1]] == paper).mean() > 0.99


def test_the_two_pages_are_of_day_and_of_night(screen: Screen) -> None:
    light, night = ("#" + bytes(pixels[0, 0]).hex() for pixels in (screen.light, screen.night))
    assert light == "#ffffff"
    assert colours.contrast(night, "#ffffff") > 12
    assert f"--deckgen-paper: {night};" in builtin.load("qa").css


@pytest.mark.parametrize(("ink", "legible"), [("#59636e", True), ("#a5aeb8", False)])
def test_the_measure_tells_legible_from_faint(ink: str, *, legible: bool) -> None:
    pixels = np.full((20, 40, 3), 255, np.uint8)
    pixels[5:15, 10:12] = list(bytes.fromhex(ink[1:]))
    assert (contrast(pixels) >= LEAST_CONTRAST) == legible
