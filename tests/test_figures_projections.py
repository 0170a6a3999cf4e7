"""The kind `qk-projections`."""

from __future__ import annotations

import pytest

from deckgen import colours, figures
from deckgen.figures import style
from tests.test_figures import at_night, drawing, drawn, figure, texts

KIND = "qk-projections"
# X is the identity, so the scores are W Wᵀ = [[1, 2], [2, 5]] and W W_kᵀ = [[0, 3], [−1, 6]]
GIVEN = """tokens = ["甲", "乙"]
x = [[1, 0], [0, 1]]
w = [[1, 0], [2, 1]]
w_k = [[0, -1], [3, 0]]
"""


def test_both_matrices_show_their_scores() -> None:
    numbers = [text for text in texts(drawn(KIND, GIVEN)) if text.replace("−", "").replace(".", "").isdigit()]
    assert numbers == ["1.0", "2.0", "2.0", "5.0", "0.0", "3.0", "−1.0", "6.0"]


def test_what_differs_is_said_below() -> None:
    shown = texts(drawn(KIND, GIVEN))
    assert {"甲→乙  2.0", "乙→甲  2.0", "甲→乙  3.0", "乙→甲  −1.0"} <= set(shown)
    assert {"共用一个投影：对称", "两个投影：不对称"} <= set(shown)
    assert [text for text in shown if "/2" in text] == ["对角线最高的行： 1/2", "对角线最高的行： 1/2"]


def test_two_projections_that_are_one_are_symmetric() -> None:
    shown = texts(drawn(KIND, GIVEN.replace("w_k = [[0, -1], [3, 0]]", "w_k = [[1, 0], [2, 1]]")))
    assert {"共用一个投影：对称", "两个投影：对称"} <= set(shown)


def test_the_shared_projection_is_that_of_queries_by_default() -> None:
    by_query = drawing(KIND, GIVEN.replace("w =", "w_q ="))
    assert by_query.parameters.alt("en") == drawing(KIND, GIVEN).parameters.alt("en")


def test_the_diagonal_of_each_matrix_is_framed() -> None:
    frames = [
        path
        for path in drawn(KIND, GIVEN).iter("{http://www.w3.org/2000/svg}path")
        if f"stroke: {style.INK}" in path.get("style", "")
    ]
    assert len(frames) == 4


@pytest.mark.parametrize("count", [3, 4, 5, 6])
def test_the_example_shows_the_tendency(count: int) -> None:
    told = drawing(KIND, f"tokens = {list('abcdef')[:count]}").parameters.alt("en")
    assert f"symmetric, {count} of {count} rows" in told
    assert "asymmetric, 1 of" in told


def test_more_tokens_change_nothing_of_the_random_projections() -> None:
    few, more = (texts(drawn(KIND, f"tokens = {tokens}\nseed = 7")) for tokens in (["a", "b"], ["a", "b", "c"]))
    first = [text for text in few if "." in text and "→" not in text][:2]
    assert first == [text for text in more if "." in text and "→" not in text][:2]


def test_many_tokens_have_a_scale_in_place_of_numbers() -> None:
    shown = texts(drawn(KIND, f"tokens = {['词'] * 7}"))
    numbers = [text for text in shown if text.replace("−", "").replace(".", "").isdigit()]
    assert len(numbers) == 2
    assert numbers[0] == f"−{numbers[1]}" or numbers[1] == f"−{numbers[0]}"


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        (
            "zh",
            (
                "2 个 token 两两的分数：共用一个投影时对称，1/2 行的最高分在对角线；"
                "两个投影时不对称，1/2 行（甲→乙 3.0，乙→甲 −1.0）"
            ),
        ),
        (
            "en",
            (
                "scores of 2 tokens among each other: with one shared projection symmetric, 1 of 2 rows have their maximum"
                " on the diagonal; with two projections asymmetric, 1 of 2 (甲→乙 3.0, 乙→甲 −1.0)"
            ),
        ),
    ],
)
def test_alt_text(language: str, expected: str) -> None:
    assert drawing(KIND, GIVEN).parameters.alt(language) == expected


@pytest.mark.parametrize("shade", style.WARM_SHADES)
def test_numbers_contrast_with_their_cell_by_day_and_by_night(shade: str) -> None:
    ink = style.ink_on(shade)
    assert colours.contrast(ink, shade) >= 4.5
    assert colours.contrast(at_night(ink), at_night(shade)) >= 4.5


def test_orange_text_contrasts_with_the_card_by_day_and_by_night() -> None:
    for color in (style.ORANGE, style.BLUE):
        assert colours.contrast(color, "#ffffff") >= 4.5
        assert colours.contrast(at_night(color), "#2c2c2c") >= 4.5


def test_shades_tell_the_sign() -> None:
    assert style.signed_shade(-1) == style.WARM_SHADES[-1]
    assert style.signed_shade(-0.05) == style.WARM_SHADES[0]
    assert style.signed_shade(0) == style.SHADES[0]
    assert style.signed_shade(1) == style.SHADES[-1]


TOKENS = "tokens = ['a', 'b']\n"


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("", 10, "tokens is missing"),
        ("tokens = ['a']", 11, "tokens has 1 strings; 2 to 12 are expected"),
        (f"tokens = {['a'] * 13}", 11, "tokens has 13 strings"),
        ("tokens = ['a', '九个字宽的']", 11, "string 2 of tokens is 10 columns wide; at most 8 are expected"),
        (TOKENS + "x = [[1]]", 12, "x has 1 rows for 2 tokens"),
        (TOKENS + "x = [[1], [2, 3]]", 12, "row 2 of x has 2 numbers, but row 1 has 1"),
        (TOKENS + "x = [[1], [2]]\nw = [[1], [2]]", 13, "w has 2 rows, but the rows of x have 1 numbers"),
        (TOKENS + "w_q = [[1], [2]]\n\nw_k = [[1, 2], [3, 4]]", 14, "w_k is 2 × 2, but w_q is 2 × 1"),
        (TOKENS + "w = [[1], [2]]\nw_q = [[1]]", 13, "w_q is 1 × 1, but w is 2 × 1"),
        (TOKENS + "seed = 1000000", 12, "seed is 1000000; an integer from 0 to 999999 is expected"),
    ],
)
def test_what_is_wrong_is_said_where_it_is(text: str, line: int, message: str) -> None:
    result, [mistake] = figures.read(figure(KIND, text))
    assert result is None
    assert mistake.where.line == line
    assert message in mistake.message


def test_all_mistakes_come_at_once() -> None:
    _, mistakes = figures.read(figure(KIND, "tokens = 1\nx = 2\nw = [[1], [2]]\nw_k = [[1]]\nseed = -1"))
    assert [mistake.where.line for mistake in mistakes] == [11, 12, 14, 15]
