"""The kind `attention-cost`."""

from __future__ import annotations

import math
import re

import pytest

from deckgen import figures
from deckgen.figures import canvas, style, wording
from tests.test_figures import drawing, drawn, figure, texts

KIND = "attention-cost"


def test_the_lines_end_with_their_formulas_and_values() -> None:
    # n = 4096, d = 64: n² = 16777216, n²d = 1073741824, 2nd² = 33554432
    shown = texts(drawn(KIND, ""))
    assert {"点积 11亿", "加性 11亿", "n² d", "n² d + 2 n d²", "点积 1700万", "100亿", "1万"} <= set(shown)
    assert {"n² → 64 MiB", "n² d → 4 GiB", "×64", "序列长度 n，d = 64", "128", "4096"} <= set(shown)


def lines(text: str) -> list[list[float]]:
    """The heights of the points of the lines, from the bottom of the page: work, then memory, additive first."""
    svg = drawn(KIND, text)
    bottom = float(svg.get("viewBox", "").split()[3])
    found = []
    for path in svg.iter("{http://www.w3.org/2000/svg}path"):
        css = path.get("style", "")
        if re.search(f"stroke: ({style.BLUE}|{style.ORANGE})", css) and "stroke-linecap: round" not in css:
            found.append([bottom - y for y in map(float, re.findall(r"[\d.]+", path.get("d", ""))[1::2])])
    return found


def test_both_memories_have_one_slope_and_lie_a_factor_d_apart() -> None:
    _, _, additive, dot = lines("d = 10\nlengths = [1000, 10000, 100000]")
    slopes = [line[index + 1] - line[index] for line in (additive, dot) for index in (0, 1)]
    assert slopes == pytest.approx([slopes[0]] * 4, abs=0.02)
    # n² grows by two powers of ten a step, d = 10 is one
    assert additive[0] - dot[0] == pytest.approx(slopes[0] / 2, abs=0.02)


def test_long_sequences_cost_both_the_same_work() -> None:
    additive, dot, _, _ = lines("d = 64\nlengths = [64, 1000000]")
    decade = (dot[1] - dot[0]) / (2 * math.log10(1000000 / 64))
    assert additive[0] - dot[0] == pytest.approx(decade * math.log10(3), abs=0.02)  # n = d: n²d + 2nd² = 3 n²d
    assert additive[1] == pytest.approx(dot[1], abs=0.02)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_alt_text_has_the_formulas_and_their_values(language: str) -> None:
    told = drawing(KIND, "d = 2\nlengths = [3, 10]").parameters.alt(language)
    assert all(value in told for value in ("n = 10", "n²d = 200", "n² = 100", "n²d + 2nd² = 280", "d = 2"))


@pytest.mark.parametrize(
    ("count", "chinese", "english"),
    [
        (1, "1", "1"),
        (9999, "9999", "9999"),
        (10_000, "1万", "10 k"),
        (99_999, "10万", "100 k"),
        (123_456_789_012, "1200亿", "120 G"),
        (2 * 65_536 * 10**12, "13亿亿", "130 P"),
    ],
)
def test_large_counts_are_rounded(count: int, chinese: str, english: str) -> None:
    assert (wording.rounded(count, "zh"), wording.rounded(count, "en")) == (chinese, english)


@pytest.mark.parametrize(
    ("size", "expected"),
    [(4, "4 B"), (1023, "1023 B"), (1536, "1.5 KiB"), (2**26, "64 MiB"), (2**32, "4 GiB"), (2**60, "1 EiB")],
)
def test_memory_has_the_fitting_unit(size: int, expected: str) -> None:
    assert wording.memory(size) == expected


@pytest.mark.parametrize(
    ("places", "least", "expected"),
    [
        ([10, 50], 0, [10, 50]),
        ([10, 10], 0, [5, 15]),
        ([10, 12, 14], 0, [2, 12, 22]),
        ([0, 0], 0, [0, 10]),
        ([-5, 50], 0, [0, 55]),
    ],
)
def test_labels_are_pushed_apart(places: list[float], least: float, expected: list[float]) -> None:
    assert canvas.apart(places, 10, least) == expected


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("d = 0", 11, "d is 0; an integer from 1 to 65536 is expected"),
        ("d = 65537", 11, "d is 65537; an integer from 1 to 65536 is expected"),
        ("\nd = 6.5", 12, "d is a float; an integer is expected"),
        ("lengths = [128]", 11, "lengths has 1 numbers; 2 to 32 are expected"),
        ("lengths = [256, 128]", 11, "lengths does not grow"),
        ("lengths = [1, 1000001]", 11, "number 2 of lengths is out of range"),
        ("n = 3", 11, "unknown key 'n'; figures of the kind attention-cost accept d, lengths, title"),
    ],
)
def test_what_is_wrong_is_said_where_it_is(text: str, line: int, message: str) -> None:
    result, [mistake] = figures.read(figure(KIND, text))
    assert result is None
    assert mistake.where.line == line
    assert message in mistake.message
