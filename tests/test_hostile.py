"""Text of a stranger's takes no more time than its length."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from deckgen.parse import parse

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Result

TIMES = {
    "==": 40_000,
    "<u>": 40_000,
    "</u>": 40_000,
    "[sound:": 40_000,
    "<audio>": 40_000,
    "{{c1::": 40_000,
    "[[": 10_000,
    "![[": 10_000,
    "[^a]": 10_000,
    "^[": 10_000,
    "![](a b": 10_000,
    "<u>a\n\n": 10_000,
    "> [!a]\n": 10_000,
}


@pytest.mark.parametrize("piece", TIMES, ids=repr)
def test_a_piece_many_times_over(piece: str) -> None:
    start = time.process_time()
    parse(f"**Q1：一？**\n\n[^a]\n\n{piece * TIMES[piece]}\n\n[^a]: 注", path="a.md")
    assert time.process_time() - start < 10


def test_underlines_in_each_other_and_over_many_blocks() -> None:
    start = time.process_time()
    for text in (
        "<u>a" * 4000 + "</u>" * 4000,
        "<u>a\n\n" * 1500 + "</u>\n\n" * 1500,
        "<u>\n\n" + "a\n\n" * 4000 + "</u>",
    ):
        parse(f"**Q1：一？**\n\n{text}", path="a.md")
    assert time.process_time() - start < 15


def test_nobody_can_type_what_stands_for_a_cloze_or_an_image(deckgen: Callable[..., Result]) -> None:
    """Marks stand between control characters: those of a file are taken out, and no entity gives one."""
    for mark in ("\x02(0\x03", "\x02@9\x03", "\x02#9\x03", "&#2;(9&#3;", "&#x2;@9&#x3;", "&#2;#0&#3;"):
        places = (
            f"甲{mark}<u>乙{mark}</u>`{mark}` ${mark}$ <b title='{mark}'>丙</b> [丁{mark}](http://x/{mark} '{mark}')"
        )
        made = deckgen("build", "--to", "text", "a.md", a_md=f"**Q1：一{mark}？**\n\n{places}\n\n> {mark}\n")
        assert made.code == 0, mark
        assert not {"\x02", "\x03"} & set(made.out)
        assert made.out.count("{{c1::") == 1
        assert "<img" not in made.out
