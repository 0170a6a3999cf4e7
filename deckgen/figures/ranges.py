"""Checks for numbers that must lie within limits, which keep a figure legible and its computation short."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deckgen.characters import cells
from deckgen.figures import parameters
from deckgen.figures.parameters import Wrong

if TYPE_CHECKING:
    from deckgen.figures.parameters import Check


def integer(least: int, most: int) -> Check[int]:
    """A check for a whole number within limits, both included."""

    def check(value: object, name: str) -> int:
        parameters.number(value, name)
        if not isinstance(value, int):
            raise Wrong(f"{name} is a float; an integer is expected")
        if not least <= value <= most:
            raise Wrong(f"{name} is {value}; an integer from {least} to {most} is expected")
        return value

    return check


def even(least: int, most: int) -> Check[int]:
    """A check for an even number within limits."""
    within = integer(least, most)

    def check(value: object, name: str) -> int:
        result = within(value, name)
        if result % 2:
            raise Wrong(f"{name} is {value}; an even number is expected")
        return result

    return check


def positives(least: float, most: float, *, count: int) -> Check[tuple[float, ...]]:
    """A check for a list of 1 to `count` numbers within limits."""

    def check(value: object, name: str) -> tuple[float, ...]:
        result = parameters.numbers(count)(value, name)
        wrong = [
            f"number {position} of {name} is {item:g}; a number from {least:g} to {most:g} is expected"
            for position, item in enumerate(result, start=1)
            if not least <= item <= most
        ]
        if wrong:
            raise Wrong(*wrong)
        return result

    return check


def growing(least: int, most: int, *, fewest: int, count: int) -> Check[tuple[int, ...]]:
    """A check for a list of `fewest` to `count` whole numbers within limits, each greater than the one before."""
    within = integer(least, most)

    def check(value: object, name: str) -> tuple[int, ...]:
        result = parameters.items(value, name, check=within, things="numbers", most=count)
        if len(result) < fewest:
            raise Wrong(f"{name} has {len(result)} numbers; {fewest} to {count} are expected")
        if list(result) != sorted(set(result)):
            raise Wrong(f"{name} does not grow; each number is expected to be greater than the one before")
        return result

    return check


def boolean(value: object, name: str) -> bool:
    """A check for `true` or `false`."""
    if not isinstance(value, bool):
        raise Wrong(f"{name} is {value!r:.40}; true or false is expected")
    return value


def labels(fewest: int, most: int, widest: int) -> Check[tuple[str, ...]]:
    """A check for a list of labels of limited width, in columns of which a Chinese character takes two."""

    def check(value: object, name: str) -> tuple[str, ...]:
        result = parameters.labels(most)(value, name)
        if len(result) < fewest:
            raise Wrong(f"{name} has {len(result)} strings; {fewest} to {most} are expected")
        wide = [
            f"string {position} of {name} is {cells(item)} columns wide; at most {widest} are expected"
            for position, item in enumerate(result, start=1)
            if cells(item) > widest
        ]
        if wide:
            raise Wrong(*wide)
        return result

    return check
