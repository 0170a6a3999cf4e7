"""Which text of before is which text of now: similarity, and the pairing that is best as a whole.

A pairing is solved as an assignment: the sum of all scores is greatest, so no pair takes a partner away from another
that fits it better. Only plausible pairs are ever scored, so the work grows with the texts that changed.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, TypeVar

from deckgen.patterns import later

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence

Old = TypeVar("Old")
New = TypeVar("New")
Scores = dict[tuple[int, int], float]
"""How well old number i and new number j fit, above 0; pairs left out do not."""

WORD = later(r"[^\W\d_]+|\d+|[^\w\s]|\u3000")
"""Of Chinese, Japanese and Korean it finds runs of words: their ranges in the pattern would take it 4 ms to compile."""
ALL_PAIRS = 4_000
"""Up to so many pairs, every one is scored; beyond, only those that share rare words."""
CANDIDATES = 8
LARGEST_COMPONENT = 120
"""The exact solution takes the cube of this many steps."""


def words(text: str) -> list[str]:
    """Words, numbers, single characters of Chinese, Japanese and Korean, and marks, in lower case."""
    return split(text.lower())


def split(text: str) -> list[str]:
    """The same as they are written."""
    return [part for run in WORD.findall(text) for part in ((run,) if run.isascii() else _parts(run))]


def _parts(run: str) -> Iterator[str]:
    for alone, letters in groupby(run, _is_a_word):
        together = "".join(letters)
        yield from together if alone else [together]


def _is_a_word(letter: str) -> bool:
    """Whether it is of a script in which letters stand for themselves."""
    return "\u2e80" <= letter <= "\ua4cf" or "\uac00" <= letter <= "\ud7ff" or "\uf900" <= letter <= "\ufaff"


MARKS = "?？.。!！:：…"


def asked(question: str) -> list[str]:
    """The words of a question without the marks at its end."""
    found = words(question)
    while found and found[-1] in MARKS:
        found.pop()
    return found


def joined(question: str) -> str:
    """These words in one, at a fifth of the time: where it differs, they do."""
    return "".join(question.lower().split()).replace("_", "").rstrip(MARKS)


def similarity(old: Sequence[Hashable], new: Sequence[Hashable]) -> float:
    """1 where two sequences of words are equal, 0 where nothing is kept in order."""
    from rapidfuzz.distance import Indel  # noqa: PLC0415 - most builds find every note by its question

    return float(Indel.normalized_similarity(old, new))


def kept(old: Sequence[Hashable], new: Sequence[Hashable]) -> float:
    """The part of the old words that the new ones keep, in order."""
    from rapidfuzz.distance import LCSseq  # noqa: PLC0415 - as above

    return float(LCSseq.similarity(old, new)) / len(old) if old else 0.0


def plausible(old: Sequence[Sequence[str]], new: Sequence[Sequence[str]]) -> Iterable[tuple[int, int]]:
    """Pairs of texts worth a score: all of them, or where those are too many, for each new text the old ones that share
    most of its rare words and word pairs.
    """
    if len(old) * len(new) <= ALL_PAIRS:
        return [(i, j) for i in range(len(old)) for j in range(len(new))]
    holders: dict[object, list[int]] = defaultdict(list)
    for i, text in enumerate(old):
        for feature in _features(text):
            holders[feature].append(i)
    found = []
    for j, text in enumerate(new):
        weights: Counter[int] = Counter()
        for feature in _features(text):
            shared = holders.get(feature, ())
            if len(shared) <= 4 * CANDIDATES:
                for i in shared:
                    weights[i] += 1 / len(shared)  # type: ignore[assignment]
        found += [(i, j) for i, _ in weights.most_common(CANDIDATES)]
    return found


def _features(text: Sequence[str]) -> set[object]:
    return {*text, *pairwise(text)}


def assign(scores: Scores) -> dict[int, int]:
    """The pairing of old with new whose scores add up to the most; old → new. Same scores, same pairing."""
    paired: dict[int, int] = {}
    for component in _components(scores):
        if len({i for i, _ in component}) > LARGEST_COMPONENT:
            paired |= _best_first(component)
        else:
            paired |= _exactly(component)
    return paired


def _components(scores: Scores) -> list[Scores]:
    """Scores that have no old and no new in common, apart: each part is a problem of its own."""
    parent: dict[tuple[str, int], tuple[str, int]] = {}

    def root(node: tuple[str, int]) -> tuple[str, int]:
        parent.setdefault(node, node)
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for i, j in scores:
        parent[root(("old", i))] = root(("new", j))
    parts: dict[tuple[str, int], Scores] = defaultdict(dict)
    for (i, j), score in scores.items():
        parts[root(("old", i))][i, j] = score
    return list(parts.values())


def _best_first(scores: Scores) -> dict[int, int]:
    """The best pair of all, then the best of the rest: near the exact solution, and fast for very many."""
    paired: dict[int, int] = {}
    taken: set[int] = set()
    for (i, j), _ in sorted(scores.items(), key=lambda item: (-item[1], item[0])):
        if i not in paired and j not in taken:
            paired[i] = j
            taken.add(j)
    return paired


def _exactly(scores: Scores) -> dict[int, int]:
    """The Hungarian method with potentials (Kuhn 1955; Jonker and Volgenant 1987): cubic in the number of texts.

    Every old text may also stay alone, at a score of 0: for that it has a column of its own behind the new ones.
    """
    rows, columns = sorted({i for i, _ in scores}), sorted({j for _, j in scores})
    width = len(columns) + len(rows)
    cost = [[-scores.get((i, j), 0.0) for j in columns] + [0.0] * len(rows) for i in rows]
    row_of = _solve(cost, width)
    return {
        rows[row]: columns[column]
        for column, row in enumerate(row_of[: len(columns)])
        if row >= 0 and (rows[row], columns[column]) in scores
    }


def _solve(cost: Sequence[Sequence[float]], width: int) -> list[int]:
    """The row of each column, -1 where it has none, so that the costs add up to the least."""
    row_potential, column_potential = [0.0] * len(cost), [0.0] * width
    row_of = [-1] * width
    for start in range(len(cost)):
        distance, previous = [float("inf")] * width, [-1] * width
        done: set[int] = set()
        row, column = start, -1
        while row != -1:  # grow the cheapest path from `start` until it ends in a column that is free
            for j in set(range(width)) - done:
                reduced = cost[row][j] - row_potential[row] - column_potential[j]
                if reduced < distance[j]:
                    distance[j], previous[j] = reduced, column
            column = min((j for j in range(width) if j not in done), key=distance.__getitem__)
            step = distance[column]
            row_potential[start] += step
            for j in done:
                row_potential[row_of[j]] += step
                column_potential[j] -= step
            distance = [d if j in done else d - step for j, d in enumerate(distance)]
            done.add(column)
            row = row_of[column]
        while column != -1:  # every row on the path takes the column behind its own
            before = previous[column]
            row_of[column] = start if before == -1 else row_of[before]
            column = before
    return row_of


def pair(old: Sequence[Old], new: Sequence[New], score: Callable[[Old, New], float]) -> Mapping[int, int]:
    """The best pairing of two short lists, every pair scored; old → new. Scores of 0 or less are no pair."""
    scores = {(i, j): score(a, b) for i, a in enumerate(old) for j, b in enumerate(new)}
    return assign({pair: value for pair, value in scores.items() if value > 0})
