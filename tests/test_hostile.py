"""Text of a stranger's takes no more time than its length."""

from __future__ import annotations

import time

import pytest

from deckgen.parse import parse

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
