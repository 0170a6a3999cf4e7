from __future__ import annotations

import itertools
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deckgen import matching


def test_words_are_latin_words_and_single_chinese_characters() -> None:
    assert matching.words("Softmax除以√d_k，得0.5") == [
        *["softmax", "除", "以", "√", "d", "k", "，", "得", "0", ".", "5"]
    ]


def test_japanese_and_korean_are_single_characters_too() -> None:
    """Words of theirs change their endings."""
    assert matching.words("모델은 きく") == ["모", "델", "은", "き", "く"]


def test_similarity_is_that_of_words_in_order() -> None:
    assert matching.similarity(["a", "b", "c"], ["a", "b", "c"]) == 1
    assert matching.similarity(["a", "b", "c"], ["a", "x", "c"]) == pytest.approx(2 / 3)
    assert matching.similarity(["advantages"], ["disadvantages"]) == 0
    assert matching.kept(["a", "b", "c"], ["x", "a", "b", "y"]) == 2 / 3


PAIRS = st.tuples(st.integers(0, 3), st.integers(0, 3))


@given(st.dictionaries(PAIRS, st.floats(0.01, 1), max_size=16))
def test_the_pairing_is_the_best_as_a_whole(scores: dict[tuple[int, int], float]) -> None:
    pairing = matching.assign(scores)
    assert len(set(pairing.values())) == len(pairing)
    total = sum(scores[pair] for pair in pairing.items())
    columns = [*range(4), *[-1] * 4]
    best = max(
        sum(scores.get((i, j), 0) for i, j in enumerate(order)) for order in set(itertools.permutations(columns, 4))
    )
    assert abs(total - best) < 1e-9


def test_a_good_pair_does_not_take_the_only_partner_of_another() -> None:
    assert matching.assign({(0, 0): 0.9, (0, 1): 0.85, (1, 0): 0.88}) == {0: 1, 1: 0}


def test_twenty_thousand_against_as_many_is_far_from_quadratic() -> None:
    old = [f"question {n} about {n * 7919 % 20011} and {n * 104729 % 20011}".split() for n in range(20_000)]
    new = [[*text, "indeed"] for text in reversed(old)]
    start = time.perf_counter()
    pairs = list(matching.plausible(old, new))
    assert len(pairs) <= len(new) * matching.CANDIDATES
    assert {(i, len(old) - 1 - i) for i in range(len(old))} <= set(pairs)
    assert time.perf_counter() - start < 20
