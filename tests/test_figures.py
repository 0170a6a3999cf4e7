"""Figure blocks: what is wrong with them, what is drawn of them, and when they are drawn again."""

from __future__ import annotations

import math
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import matplotlib as mpl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.patches import Rectangle

from deckgen import colours, figures
from deckgen.characters import cells
from deckgen.figures import canvas, style, wording
from deckgen.figures.options import Options
from deckgen.notes import Figure, Location
from deckgen.templates import looks

if TYPE_CHECKING:
    from pathlib import Path

    from deckgen.diagnostics import Diagnostic

FENCE = Location("notes/attention.md", 10, 1)
"""A block's first line is then line 11."""

SOFTMAX = "scores = [1, 2, 8, 2, 16]\nd_k = 64\n"
ATTENTION = 'tokens = ["我", "爱", "你"]\nweights = [[0.7, 0.2, 0.1], [0.3, 0.4, 0.3], [0, 0.2, 0.8]]\n'


def figure(kind: str, text: str, where: Location = FENCE) -> Figure:
    return Figure(kind, text, where)


def drawing(kind: str, text: str) -> figures.Drawing:
    result, mistakes = figures.read(figure(kind, text))
    assert mistakes == []
    assert result is not None
    return result


def svg(read: figures.Drawing, language: str = "zh") -> bytes:
    image = figures.draw(read, language)
    assert (image.extension, image.warning) == (".svg", "")
    return image.data


def drawn(kind: str, text: str) -> ET.Element:
    return ET.fromstring(svg(drawing(kind, text)))  # noqa: S314 - our own output


def texts(svg: ET.Element) -> list[str]:
    return [element.text or "" for element in svg.iter("{http://www.w3.org/2000/svg}text")]


def many_tokens(count: int, word: str = "词") -> str:
    row = [1 / count] * count
    return f"tokens = {[word] * count}\nweights = {[row] * count}\n"


# --- reading -----------------------------------------------------------------------------------------------------------


def test_softmax_is_read() -> None:
    text = 'scores = [1, 2.5]\ndivisor = 8\nlabels = ["a", "b"]\ntitle = "T"'
    read = drawing("softmax", text)
    assert repr(read.parameters) == "Softmax(scores=(1.0, 2.5), divisor=8.0, d_k=None, labels=('a', 'b'), title='T')"


def test_in_self_attention_the_tokens_are_the_keys() -> None:
    read = drawing("attention", 'tokens = ["a", "b"]\nq = [[1], [2]]\nk = [[3], [4]]')
    assert repr(read.parameters) == (
        "Attention(tokens=('a', 'b'), keys=('a', 'b'), weights=None, q=((1.0,), (2.0,)), k=((3.0,), (4.0,)), mask=(), title='')"
    )


WRONG_BLOCKS = [
    # kind, block, line, column, part of the message
    ("softmax", "scores = [1, 2", 11, 1, "the block is not TOML"),
    ("softmax", "scores = [1]\nscores = [2]", 12, 1, "the block is not TOML: Cannot overwrite a value"),
    ("softmax", "scores = [1]\n???\n", 12, 1, "the block is not TOML"),
    ("softmax", "scores = " + "[" * 5000, 10, 1, "the block is not TOML"),
    ("softmax", f"scores = [{'9' * 5000}]", 10, 1, "the block is not TOML"),
    ("softmax", "", 10, 1, "scores is missing"),
    ("softmax", "scores = []", 11, 1, "scores has 0 numbers; 1 to 32 are expected"),
    ("softmax", f"scores = {[1] * 33}", 11, 1, "scores has 33 numbers; 1 to 32 are expected"),
    ("softmax", "scores = 3", 11, 1, "scores is an integer; a list of numbers is expected"),
    ("softmax", "scores = [1, '2']", 11, 1, "number 2 of scores is a string; a number is expected"),
    ("softmax", "scores = [true]", 11, 1, "number 1 of scores is a boolean; a number is expected"),
    ("softmax", "scores = [1979-05-27]", 11, 1, "number 1 of scores is a date or time"),
    ("softmax", "scores = [nan]", 11, 1, "number 1 of scores is out of range; a finite number"),
    ("softmax", "scores = [1, -inf]", 11, 1, "number 2 of scores is out of range; a finite number"),
    ("softmax", f"scores = [0x{'f' * 9000}]", 11, 1, "number 1 of scores is out of range"),
    (
        "softmax",
        "scores = [1]\nscroes = [2]",
        12,
        1,
        "unknown key 'scroes'; figures of the kind softmax accept scores, divisor",
    ),
    ("softmax", "scores = [1]\n[more]\nscores = [2]", 12, 1, "unknown key 'more'"),
    ("softmax", "scores = [1]\ndivisor = 0", 12, 1, "divisor is 0; a number greater than 0 is expected"),
    ("softmax", "scores = [1]\ndivisor = -2", 12, 1, "divisor is -2; a number greater than 0 is expected"),
    ("softmax", "scores = [1]\nd_k = 64.0", 12, 1, "d_k is a float; an integer is expected"),
    ("softmax", "scores = [1]\nd_k = true", 12, 1, "d_k is a boolean; an integer is expected"),
    ("softmax", "scores = [1]\nd_k = 0", 12, 1, "d_k is 0; an integer from 1 is expected"),
    ("softmax", "scores = [1]\ndivisor = 8\n\nd_k = 64", 14, 1, "divisor and d_k both say what to divide by"),
    ("softmax", "scores = [\n  1,\n  2,\n]\n  labels = ['a']", 15, 3, "labels has 1 strings for 2 scores"),
    ("softmax", "scores = [1]\nlabels = ['十七个字宽的标签啊啊']", 12, 1, "string 1 of labels is 20 columns wide"),
    ("softmax", "scores = [1]\nlabels = ['']", 12, 1, "string 1 of labels is empty"),
    ("softmax", "scores = [1]\nlabels = [1]", 12, 1, "string 1 of labels is an integer; a string is expected"),
    ("softmax", 'scores = [1]\ntitle = "a\\u0007"', 12, 1, "title holds the control character U+0007"),
    ("softmax", 'scores = [1]\ntitle = "\\u202Ea"', 12, 1, "title holds the control character U+202E"),
    ("softmax", 'scores = [1]\ntitle = "a\\nb"', 12, 1, "title holds the control character U+000A"),
    ("softmax", f"scores = [1]\ntitle = '{'长' * 41}'", 12, 1, "title has 41 characters; at most 40 are expected"),
    ("softmax", 'title = """scores = [1]"""', 10, 1, "scores is missing"),
    ("attention", "weights = [[1]]", 10, 1, "tokens is missing"),
    ("attention", "tokens = ['a']", 10, 1, "weights is missing, and so are file, q and k"),
    ("attention", "tokens = ['a']\nq = [[1]]", 10, 1, "q is given but k is missing"),
    ("attention", "tokens = ['a']\nk = [[1]]", 10, 1, "k is given but q is missing"),
    ("attention", "tokens = ['a']\nweights = [[1]]\nk = [[1]]", 12, 1, "weights and k both say what the weights are"),
    ("attention", f"tokens = {['a'] * 25}\nq = [[1]]\nk = [[1]]", 11, 1, "tokens has 25 strings; 1 to 24 are expected"),
    ("attention", "tokens = ['a', 'b']\nweights = [[1, 0]]", 12, 1, "weights has 1 rows for 2 tokens"),
    ("attention", "tokens = ['a']\nweights = [[0.5, 0.5]]", 12, 1, "weights has 2 columns for 1 tokens"),
    ("attention", "tokens = ['a']\nkeys = ['x']\nweights = [[0.5, 0.5]]", 13, 1, "weights has 2 columns for 1 keys"),
    (
        "attention",
        "tokens = ['a', 'b']\nweights = [[1, 0], [1]]",
        12,
        1,
        "row 2 of weights has 1 numbers, but row 1 has 2",
    ),
    ("attention", "tokens = ['a', 'b']\nweights = [[1, 0], [0.5, 0.4]]", 12, 1, "row 2 of weights sums to 0.9; 1 is"),
    (
        "attention",
        "tokens = ['a']\nkeys = ['x', 'y']\nweights = [[1.5, -0.5]]",
        13,
        1,
        "row 1 of weights has the negative",
    ),
    (
        "attention",
        "tokens = ['a']\nweights = [1]",
        12,
        1,
        "row 1 of weights is an integer; a list of numbers is expected",
    ),
    ("attention", "tokens = ['a']\nweights = [['x']]", 12, 1, "number 1 of row 1 of weights is a string"),
    ("attention", "tokens = ['a']\nq = [[1, 2]]\nk = [[1]]", 13, 1, "the rows of k have 1 numbers, but those of q 2"),
    ("attention", "tokens = ['a']\nq = [[1], [2]]\nk = [[1]]", 12, 1, "q has 2 rows for 1 tokens"),
    ("attention", "tokens = ['a']\nkeys = ['x', 'y']\nq = [[1]]\nk = [[1]]", 14, 1, "k has 1 rows for 2 keys"),
]


@pytest.mark.parametrize(("kind", "text", "line", "column", "message"), WRONG_BLOCKS)
def test_what_is_wrong_is_said_where_it_is(kind: str, text: str, line: int, column: int, message: str) -> None:
    result, [mistake] = figures.read(figure(kind, text))
    assert result is None
    assert (mistake.code, mistake.severity) == ("bad-figure", "error")
    assert mistake.where == Location(FENCE.path, line, column)
    assert message in mistake.message
    assert mistake.hint


@pytest.mark.parametrize(
    ("kind", "message", "hint"),
    [
        (
            "softmux",
            f"unknown kind of figure 'softmux'; known are {', '.join(figures.FIGURES)}",
            "write ```figure softmax",
        ),
        ("", f"the figure has no kind; known are {', '.join(figures.FIGURES)}", "write ```figure attention"),
        ("x" * 99, "unknown kind of figure 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'…; known are", "write ```figure"),
    ],
)
def test_an_unknown_kind_is_told_the_known_ones(kind: str, message: str, hint: str) -> None:
    result, [mistake] = figures.read(figure(kind, SOFTMAX))
    assert result is None
    assert (mistake.code, mistake.where) == ("unknown-figure", FENCE)
    assert mistake.message.startswith(message)
    assert mistake.hint.startswith(hint)


def test_all_mistakes_of_a_block_come_at_once_in_the_order_of_its_lines() -> None:
    text = 'title = ""\nscores = [1, "2", true]\nd_k = 0\ncolour = "red"\ndivisor = 8\nlabels = ["a", "b"]\n'
    _, mistakes = figures.read(figure("softmax", text))
    assert [(mistake.where.line, mistake.message.split(";")[0]) for mistake in mistakes] == [
        (11, "title is empty"),
        (12, "number 2 of scores is a string"),
        (12, "number 3 of scores is a boolean"),
        (13, "d_k is 0"),
        (13, "divisor and d_k both say what to divide by"),
        (14, "unknown key 'colour'"),
    ]


def test_a_matrix_full_of_mistakes_is_not_told_cell_by_cell() -> None:
    _, mistakes = figures.read(figure("attention", f"tokens = ['a']\nweights = {[['x'] * 24] * 24}"))
    assert 1 <= len(mistakes) <= 5


def test_the_place_of_a_key_takes_no_string_for_a_key() -> None:
    text = '# scores = [0]\ntitle = """\nd_k = "1" \\\n"""\n"labels" = [\'\'\'d_k = [\'\'\', "]#", "\\"["] # d_k = [\n d_k = 0\nscores=[1]'
    _, mistakes = figures.read(figure("softmax", text))
    assert [(mistake.where.line, mistake.where.column) for mistake in mistakes if "d_k" in mistake.message] == [(16, 2)]
    assert [mistake.where.line for mistake in mistakes if "labels" in mistake.message] == [15]


def test_columns_count_the_indentation_of_the_fence() -> None:
    _, [mistake] = figures.read(figure("softmax", "scores = 1", Location("a.md", 3, 5)))
    assert mistake.where == Location("a.md", 4, 5)


anything = st.text(st.characters(codec=None, exclude_categories=()))
toml_values = st.recursive(
    st.sampled_from(
        [
            "1",
            "-2.5",
            "0.5",
            "nan",
            "-inf",
            "1e999",
            "0xffff",
            "true",
            '"text"',
            "'词'",
            '"""a\nb"""',
            "'''\n'''",
            "1979-05-27",
            '"causal"',
            "[[1, 0], [0, 1]]",
        ]
    ),
    lambda values: (
        st.lists(values, max_size=4).map(lambda items: f"[{', '.join(items)}\n]") | values.map("{{x={}}}".format)
    ),
    max_leaves=12,
)
toml_keys = st.sampled_from(
    sorted({key for kind in figures.FIGURES.values() for key in (*kind.KEYS, *Options.KEYS)} | {"a.b"})
)
toml_lines = st.builds("{} = {}".format, toml_keys, toml_values) | st.sampled_from(["", "# x", "[t]", "[[u]]", " "])
blocks = anything | st.lists(toml_lines, max_size=6).map("\n".join)


@given(kind=st.sampled_from(sorted(figures.FIGURES)) | anything, text=blocks)
def test_reading_never_raises_and_always_gives_one_or_the_other(kind: str, text: str) -> None:
    result, mistakes = figures.read(figure(kind, text))
    assert (result is None) == bool(mistakes)
    assert all(places_within(mistake, text) for mistake in mistakes)


def places_within(mistake: Diagnostic, text: str) -> bool:
    return FENCE.line <= mistake.where.line <= FENCE.line + 1 + text.count("\n") and mistake.where.column >= 1


# --- drawing -----------------------------------------------------------------------------------------------------------

finite = st.floats(-1e6, 1e6).map(repr)
label = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cf", "Zl", "Zp"], exclude_characters="\ufffe\uffff")
)
short_labels = label.filter(lambda text: text.strip() and cells(text) <= 16 and len(text) <= 40)


def toml_string(text: str) -> str:
    return '"' + "".join(f"\\U{ord(character):08X}" for character in text) + '"'


@st.composite
def softmax_blocks(draw: st.DrawFn) -> str:
    scores = draw(st.lists(finite, min_size=1, max_size=32))
    labels = [toml_string(draw(short_labels)) for _ in scores]
    division = draw(st.sampled_from(["", "d_k = 1", "divisor = 1e-6", "divisor = 1e6", "d_k = 1000000"]))
    return f"scores = [{', '.join(scores)}]\nlabels = [{', '.join(labels)}]\n{division}"


@settings(max_examples=20, deadline=None)
@given(softmax_blocks())
def test_whatever_is_accepted_can_be_drawn(text: str) -> None:
    assert legible(drawn("softmax", text))


def legible(svg: ET.Element) -> bool:
    """No text too small for a phone, and all of it on the page as far as its width is known."""
    right, bottom = map(float, svg.get("viewBox", "").split()[2:])
    return all(
        -0.01 <= left <= end <= right and 0 <= y <= bottom and size >= 9  # rounding apart
        for left, end, y, size in map(extent, svg.iter("{http://www.w3.org/2000/svg}text"))
    )


def extent(text: ET.Element) -> tuple[float, float, float, float]:
    """The left end, right end, baseline and size of a text."""
    css = dict(part.split(": ") for part in text.get("style", "").split("; "))
    size = float(css["font-size"].removesuffix("px"))
    x, y = float(text.get("x", "")), float(text.get("y", ""))
    width = style.width(text.text or "", size)
    if rotation := re.match(r"rotate\(-(\d+)", text.get("transform", "")):
        width *= math.cos(math.radians(float(rotation[1])))
    left = x - {"start": 0, "middle": width / 2, "end": width}[css["text-anchor"]]
    return left, left + width, y, size


BLOCKS = {
    "softmax with its division": ("softmax", SOFTMAX),
    "softmax alone": ("softmax", "scores = [0.5]\ntitle = 'x < y & \"z\" > $w$'"),
    "softmax of the widest": ("softmax", f"scores = {[-123456.5] * 32}\ndivisor = 0.0123\nlabels = {['宽' * 8] * 32}"),
    "attention": ("attention", ATTENTION),
    "one token": ("attention", many_tokens(1)),
    "twelve": ("attention", many_tokens(12)),
    "twelve words": ("attention", many_tokens(12, "because")),
    "most": ("attention", many_tokens(24)),
    "the widest of most": ("attention", many_tokens(24, "宽" * 8)),
    "not XML": ("attention", many_tokens(2, "<&]]>")),
    "a long title": ("attention", f"{ATTENTION}title = '{'长标题，' * 10}'"),
    "the worked example of heads": ("multi-head", ""),
    "masked": ("attention", f"tokens = {['词'] * 12}\nq = {[[1]] * 12}\nk = {[[1]] * 12}\nmask = 'causal'"),
    "from vectors": ("attention", "tokens = ['a', 'b']\nkeys = ['x']\nq = [[1, 2], [3, 4]]\nk = [[5, 6]]"),
}


@pytest.mark.parametrize(("kind", "text"), BLOCKS.values(), ids=BLOCKS.keys())
def test_every_drawing_is_a_small_legible_image_with_a_name(kind: str, text: str) -> None:
    data = svg(drawing(kind, text))
    root = ET.fromstring(data)  # noqa: S314 - our own output
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert root.get("role") == "img"
    assert "sans-serif" in root.get("font-family", "")
    assert b"DejaVu" not in data
    assert b"metadata" not in data
    assert len(data) < 80_000
    assert legible(root)


def test_a_softmax_shows_scores_and_probabilities_before_and_after() -> None:
    shown = texts(drawn("softmax", SOFTMAX))
    assert {"0.9997", "0.5351", "÷ √64", "16", "0.125"} <= set(shown)
    assert shown.count("softmax") == 2


def test_a_softmax_without_a_divisor_has_one_panel() -> None:
    shown = texts(drawn("softmax", 'scores = [1, 2, 8, 2, 16]\nlabels = ["我", "b", "c", "d", "e"]'))
    assert shown.count("softmax") == 1
    assert "我" in shown
    assert "0.5351" not in shown


def test_the_bars_of_both_panels_have_one_scale() -> None:
    svg = drawn("softmax", SOFTMAX)
    widths = dict.fromkeys((style.GREY, style.BLUE), 0.0)
    for path in svg.iter("{http://www.w3.org/2000/svg}path"):
        color = path.get("style", "").removeprefix("fill: ")
        xs = [float(x) for x in re.findall(r"[ML] ([\d.]+)", path.get("d", ""))]
        if color in widths:
            widths[color] = max(widths[color], max(xs) - min(xs))
    assert widths[style.BLUE] / widths[style.GREY] == pytest.approx(0.5351 / 0.9997, abs=0.001)


def test_a_heat_map_shows_its_weights_and_names_its_axes() -> None:
    shown = texts(drawn("attention", ATTENTION))
    assert {"Query", "Key", "0.70", "0.00", "0.80"} <= set(shown)
    assert shown.count("爱") == 2


def test_weights_of_vectors_are_computed() -> None:
    # q · kᵀ / √1 = [0, ln 3], so the weights are 1/4 and 3/4
    shown = texts(drawn("attention", f"tokens = ['a']\nkeys = ['x', 'y']\nq = [[1]]\nk = [[0], [{math.log(3)!r}]]"))
    assert {"0.25", "0.75"} <= set(shown)


def test_a_large_heat_map_has_a_scale_in_place_of_numbers() -> None:
    shown = texts(drawn("attention", many_tokens(24)))
    assert [text for text in shown if re.fullmatch(r"[\d.]+", text)] == ["0", "0.08"]


def test_a_token_is_text_whatever_it_looks_like() -> None:
    assert texts(drawn("attention", many_tokens(1, "$x^2$ <b>&amp;"))).count("$x^2$ <b>&amp;") == 2


# --- alt text, colours, numbers ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("softmax", SOFTMAX, "softmax：原始分数 1, 2, 8, 2, 16 的最大概率 0.9997；除以 8 后 0.5351"),
        ("softmax", "scores = [1, 3]", "softmax：原始分数 1, 3 的最大概率 0.8808"),
        ("softmax", "scores = [0]\ntitle = '甲 & 乙 < 丙'", "甲 & 乙 < 丙——softmax：原始分数 0 的最大概率 1.0000"),
        (
            "attention",
            ATTENTION,
            "注意力权重，3 个 query × 3 个 key：“我”最关注“我”（0.70），“爱”最关注“爱”（0.40），“你”最关注“你”（0.80）",
        ),
        (
            "attention",
            "tokens = ['它']\nkeys = ['猫', '狗']\nweights = [[0.5, 0.5]]",
            "注意力权重，1 个 query × 2 个 key：“它”最关注“猫”“狗”（0.50）",
        ),
        (
            "attention",
            f"tokens = {list('abcdefghi')}\nkeys = ['x', 'y']\nweights = {[[0.6, 0.4]] * 8 + [[0.1, 0.9]]}",
            "注意力权重，9 个 query × 2 个 key：最大权重 0.90，“i”对“y”",
        ),
    ],
)
def test_alt_text_tells_the_numbers_and_can_be_read_back(kind: str, text: str, expected: str) -> None:
    assert figures.alt(svg(drawing(kind, text))) == expected


@pytest.mark.parametrize("data", [b"", b"\xff\xfe", b"<svg/>", b"<title>"])
def test_what_has_no_title_has_no_alt_text(data: bytes) -> None:
    assert figures.alt(data) == ""


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (16, "16"),
        (0.125, "0.125"),
        (-2.5, "−2.5"),
        (1 / 3, "0.333"),
        (22.627417, "22.63"),
        (12345.6, "12346"),
        (1.5e7, "1.5e+07"),
        (0.00012345, "0.00012"),
        (0, "0"),
    ],
)
def test_numbers_are_short(value: float, expected: str) -> None:
    assert wording.number(value) == expected


def at_night(color: str) -> str:
    """What `filter: invert(1) hue-rotate(180deg)` makes of a colour (Filter Effects Module Level 1)."""
    red, green, blue = (1 - int(color[i : i + 2], 16) / 255 for i in (1, 3, 5))
    rotated = (
        -0.574 * red + 1.430 * green + 0.144 * blue,
        0.426 * red + 0.430 * green + 0.144 * blue,
        0.426 * red + 1.430 * green - 0.856 * blue,
    )
    return "#" + "".join(f"{round(255 * min(1, max(0, channel))):02x}" for channel in rotated)


CARD, NIGHT_CARD, BLACK = "#ffffff", "#2c2c2c", "#000000"


@pytest.mark.parametrize("color", [style.INK, style.MUTED])
def test_text_contrasts_with_the_card_by_day_and_by_night(color: str) -> None:
    assert colours.contrast(color, CARD) >= 4.5
    assert colours.contrast(at_night(color), NIGHT_CARD) >= 4.5


@pytest.mark.parametrize("color", [style.BLUE, style.GREY])
def test_bars_contrast_with_the_card_by_day_and_by_night(color: str) -> None:
    assert colours.contrast(color, CARD) >= 3
    assert colours.contrast(at_night(color), NIGHT_CARD) >= 3


@pytest.mark.parametrize("shade", style.SHADES)
def test_numbers_contrast_with_their_cell_by_day_and_by_night(shade: str) -> None:
    ink = style.ink_on(shade)
    assert colours.contrast(ink, shade) >= 4.5
    assert colours.contrast(at_night(ink), at_night(shade)) >= 4.5


@pytest.mark.parametrize("shade", [*style.SHADES, *style.WARM_SHADES])
def test_cells_stand_out_from_the_card_by_day_and_by_night(shade: str) -> None:
    assert colours.contrast(shade, CARD) >= 1.2
    assert colours.contrast(at_night(shade), looks.NIGHT_PAPER) >= 1.2
    assert colours.contrast(at_night(shade), BLACK) > colours.contrast(NIGHT_CARD, BLACK)


def test_greater_weights_have_darker_shades() -> None:
    contrasts = [colours.contrast(style.shade(step / 20), CARD) for step in range(21)]
    assert contrasts == sorted(contrasts)
    assert style.shade(0) == style.SHADES[0]
    assert style.shade(1) == style.SHADES[-1]


@pytest.mark.parametrize("label", ["我", "一二三四五六七八"])
def test_long_labels_leave_bars_a_third_of_the_width(label: str) -> None:
    page = drawing("softmax", f"scores = [0, -99.25, -99.5]\nd_k = 1\nlabels = {[label] * 3}").parameters.draw("zh")
    colors = [mpl.colors.to_rgba(color) for color in (style.GREY, style.BLUE)]
    boxes = [box for box in page.figure.get_children() if isinstance(box, Rectangle)]
    bars = [box for box in boxes if box.get_facecolor() in colors]
    widest = [max(box.get_width() for box in bars if box.get_facecolor() == color) for color in colors]
    beside = len({box.get_x() for box in bars}) == 2
    assert (sum(widest) if beside else min(widest)) >= style.PAGE_WIDTH / 3


def test_contrast_of_black_and_white() -> None:
    assert colours.contrast("#000000", "#ffffff") == pytest.approx(21)


# --- being current, being light, being the same everywhere -------------------------------------------------------------


def test_a_drawing_is_current_until_its_parameters_change() -> None:
    read = drawing("softmax", SOFTMAX)
    data = svg(read)
    assert figures.is_current(data, read)
    assert f"<!-- deckgen figure {figures.digest(read)} -->".encode() in data
    assert figures.is_current(data, drawing("softmax", "# the same, told otherwise\nd_k=64\nscores=[1.0,2,8,2,16]"))
    assert not figures.is_current(data, drawing("softmax", SOFTMAX.replace("16", "17")))
    assert not figures.is_current(b"", read)


@pytest.mark.parametrize(
    "name", ["canvas.py", "heatmap.py", "numerics.py", "softmax.py", "style.py", "wording.py", "../characters.py"]
)
def test_a_drawing_is_current_until_the_code_changes(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    read = drawing("softmax", SOFTMAX)
    before = figures.digest(read)
    source = figures._source  # noqa: SLF001 - the seam where the code is read
    monkeypatch.setattr(figures, "_source", lambda asked: source(asked) + "# changed" * (asked == name))
    assert figures.digest(read) != before


def test_another_kind_may_change_without_a_redraw(monkeypatch: pytest.MonkeyPatch) -> None:
    read = drawing("softmax", SOFTMAX)
    before = figures.digest(read)
    source = figures._source  # noqa: SLF001 - the seam where the code is read
    monkeypatch.setattr(figures, "_source", lambda asked: source(asked) + "# changed" * (asked == "attention.py"))
    assert figures.digest(read) == before


def test_a_title_cannot_pass_for_the_comment() -> None:
    read = drawing("softmax", SOFTMAX)
    forged = drawing("softmax", f"scores = [1]\ntitle = '<!-- deckgen figure {figures.digest(read)[:12]}'")
    assert b"<!-- deckgen figure" in svg(forged)
    assert not figures.is_current(svg(forged), read)


def python(code: str, **environment: str) -> bytes:
    run = subprocess.run([sys.executable, "-c", code], env=os.environ | environment, capture_output=True, check=False)
    assert run.returncode == 0, run.stderr.decode()
    return run.stdout


SETUP = f"""
import sys
from deckgen import figures
from deckgen.notes import Figure, Location
where = Location("a.md", 1, 1)
softmax, _ = figures.read(Figure("softmax", {SOFTMAX!r}, where))
attention, _ = figures.read(Figure("attention", {ATTENTION!r}, where))
"""


def test_reading_loads_neither_numpy_nor_matplotlib() -> None:
    code = f"{SETUP}figures.is_current(b'', softmax); figures.alt(b''); print(*sys.modules)"
    loaded = python(code).decode().split()
    assert "deckgen.figures.attention" in loaded
    assert not {"numpy", "matplotlib"} & set(loaded)


def test_the_same_bytes_in_every_process_whatever_its_settings(tmp_path: Path) -> None:
    rc = tmp_path / "matplotlibrc"
    rc.write_text(
        "font.size: 30\nfont.family: serif\nsvg.fonttype: path\npath.sketch: 9, 9, 9\nfigure.dpi: 300\n", "utf-8"
    )
    code = f"{SETUP}sys.stdout.buffer.write(figures.draw(softmax).data + figures.draw(attention).data)"
    here = svg(drawing("softmax", SOFTMAX)) + svg(drawing("attention", ATTENTION))
    assert python(code, PYTHONHASHSEED="1") == here
    assert python(code, PYTHONHASHSEED="2", MATPLOTLIBRC=str(rc)) == here


def test_drawing_needs_no_pyplot() -> None:
    loaded = python(f"{SETUP}figures.draw(softmax); print(*sys.modules)").decode().split()
    assert "matplotlib.figure" in loaded
    assert "matplotlib.pyplot" not in loaded


def test_drawing_leaves_the_settings_of_matplotlib_alone(recwarn: pytest.WarningsRecorder) -> None:
    before = {name: mpl.rcParams[name] for name in mpl.rcParams if name != "backend"}  # reading that chooses one
    svg(drawing("attention", ATTENTION))
    assert {name: mpl.rcParams[name] for name in before} == before
    assert [str(warning.message) for warning in recwarn] == []


@pytest.mark.parametrize(
    ("kind", "keys"),
    [
        ("softmax", ["scores", "divisor", "labels", "title"]),
        ("softmax", ["scores", "d_k"]),
        ("attention", ["tokens", "keys", "weights", "title"]),
        ("attention", ["tokens", "q", "k"]),
    ],
)
def test_the_examples_in_hints_are_right(kind: str, keys: list[str]) -> None:
    drawing(kind, "\n".join(figures.FIGURES[kind].KEYS[key].example for key in keys))


@pytest.mark.parametrize(
    "css",
    [
        "font: 700 12px 'DejaVu Sans', sans-serif; text-anchor: end; fill: #1f2328",
        "font-weight: 700; font-size: 12px; font-family: 'DejaVu Sans', sans-serif; text-anchor: end; fill: #1f2328",
        "fill: #1f2328; font: 700 12px 'DejaVu Sans'; text-anchor: end",
    ],
)
def test_the_style_of_text_is_the_same_whichever_matplotlib_wrote_it(css: str) -> None:
    expected = "fill: #1f2328; font-size: 12px; font-weight: 700; text-anchor: end"
    assert canvas._without_family(css) == expected  # noqa: SLF001 - one matplotlib is installed, several are supported
