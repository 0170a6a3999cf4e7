"""What a figure block says: its TOML, checked value by value, every mistake put where the author made it.

A kind of figure asks a `Block` for each of its keys, naming the check that the value has to pass. What it gets is right,
or it is None and the mistake is noted: so all mistakes of a block are reported at once.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from deckgen.characters import cells
from deckgen.diagnostics import Diagnostic, meant
from deckgen.notes import Location
from deckgen.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from deckgen.notes import Figure

T = TypeVar("T")
Check = Callable[[object, str], T]
"""Takes a value and its name for messages; gives the value as its type, or raises `Wrong`."""
Row = tuple[float, ...]
Matrix = tuple[Row, ...]
Find = Callable[[str], Path | str]
"""Takes a reference to a file as an author writes it; gives the file, or a sentence that says what is wrong."""
Place = tuple[int, int]
"""A line and a column within the block, both counted from 0."""

GREATEST_NUMBER = 1e6
"""Products and quotients of such numbers are still finite, and written down they still fit."""
LONGEST_TEXT = 40
LONGEST_REFERENCE = 200
WIDEST_LABEL = 16
"""In columns: eight Chinese characters."""
MOST_TOLD = 5
"""Mistakes of one key: who filled a matrix with strings need not read it of every cell."""


@dataclass(frozen=True, slots=True)
class Key:
    """What may stand under one key of a kind's block, for messages and for the list of kinds."""

    example: str
    """A line of TOML."""
    type: str
    """In words: `list of numbers`."""
    meaning: str
    default: str = ""
    """What is taken where the key is missing, as TOML; empty where it is required, or where nothing is taken."""
    required: bool = False
    typical: bool = False
    """Whether the kind's example has this key although it is not required."""


class Wrong(Exception):  # noqa: N818 - a verdict on a value, not a failure of ours
    """A value is not what it should be; the arguments are messages that say why."""


class Table(NamedTuple):
    """What a figure says."""

    values: Mapping[str, Any] = {}
    """By their keys."""
    places: Mapping[str, Place] = {}
    """Where each key stands."""


class Block:
    """The values of one figure block, and the mistakes found in it so far."""

    def __init__(self, figure: Figure, keys: Mapping[str, Key], find: Find, table: Table | None = None) -> None:
        """`keys` are those that the block may have; `find` resolves references to files; `table` is what the figure says
        where that is not its text.
        """
        self.find = find
        self._figure = figure
        self._keys = keys
        self._values, self._places = Table()
        self._mistakes: list[Diagnostic] = []
        try:
            self._values, self._places = table or _table(figure.text)
        except (ValueError, RecursionError) as error:
            self._mistakes.append(_syntax_mistake(figure, error))
        self.readable = not self._mistakes
        for key in self._values.keys() - keys.keys():
            self._note_unknown(key)

    @property
    def mistakes(self) -> list[Diagnostic]:
        """Everything found wrong so far, in the order of the lines."""
        return sorted(self._mistakes, key=lambda mistake: (mistake.where, mistake.message))

    def mistake(self, key: str, message: str, hint: str = "") -> None:
        """Note that the value of `key` is wrong; without a hint of its own it gets an example."""
        hint = hint or f"for example: {self._keys[key].example}"
        self._mistakes.append(Diagnostic("bad-figure", "error", self._where(key), message, hint))

    def has(self, key: str) -> bool:
        """Whether the author wrote this key, rightly or wrongly."""
        return key in self._values

    def get(self, key: str, check: Check[T]) -> T | None:
        """What `check` makes of the value of `key`; None where the key is missing or its value wrong."""
        if not self.has(key):
            return None
        try:
            return check(self._values[key], key)
        except Wrong as wrong:
            for message in wrong.args[:MOST_TOLD]:
                self.mistake(key, message)
            return None

    def require(self, key: str, check: Check[T]) -> T | None:
        """The same for a key that must not be missing."""
        if not self.has(key):
            self.mistake(key, f"{key} is missing")
        return self.get(key, check)

    def _where(self, key: str) -> Location:
        return _location(self._figure, *self._places[key]) if key in self._places else self._figure.where

    def _note_unknown(self, key: str) -> None:
        alike = meant(key, self._keys)
        message = f"unknown key {quoted(key)}; figures of the kind {self._figure.kind} accept {', '.join(self._keys)}"
        hint = f"did you mean {alike}?" if alike else "remove it"
        self._mistakes.append(Diagnostic("bad-figure", "error", self._where(key), message, hint))


def number(value: object, name: str) -> float:
    """A finite number of a size that can be shown."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Wrong(f"{name} is {_type_of(value)}; a number is expected")
    if not abs(value) <= GREATEST_NUMBER:  # put this way, NaN fails too
        raise Wrong(f"{name} is out of range; a finite number up to {GREATEST_NUMBER:.0f} is expected")
    return float(value)


def positive(value: object, name: str) -> float:
    """A number greater than 0, and not so small that a quotient by it could not be shown."""
    result = number(value, name)
    if result < 1 / GREATEST_NUMBER:
        raise Wrong(f"{name} is {result:g}; a number greater than 0 is expected")
    return result


def count(value: object, name: str) -> int:
    """A whole number from 1."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise Wrong(f"{name} is {_type_of(value)}; an integer is expected")
    if number(value, name) < 1:
        raise Wrong(f"{name} is {value}; an integer from 1 is expected")
    return value


def text(value: object, name: str, most: int = LONGEST_TEXT) -> str:
    """A line of text that can be shown, of at most so many characters."""
    if not isinstance(value, str):
        raise Wrong(f"{name} is {_type_of(value)}; a string is expected")
    if not value.strip():
        raise Wrong(f"{name} is empty; some text is expected")
    if len(value) > most:
        raise Wrong(f"{name} has {len(value)} characters; at most {most} are expected")
    for character in filter(_is_invisible, value):
        raise Wrong(f"{name} holds the control character U+{ord(character):04X}; text that can be shown is expected")
    return value


def reference(value: object, name: str) -> str:
    """How an author refers to a file."""
    return text(value, name, LONGEST_REFERENCE)


def label(value: object, name: str) -> str:
    """A text short enough to stand beside a row."""
    result = text(value, name)
    columns = cells(result)
    if columns > WIDEST_LABEL:
        raise Wrong(
            f"{name} is {columns} columns wide, a Chinese character being two; at most {WIDEST_LABEL} are expected"
        )
    return result


def choice(*words: str) -> Check[str]:
    """A check for one of a few words."""

    def check(value: object, name: str) -> str:
        word = text(value, name)
        if word not in words:
            raise Wrong(f"{name} is {quoted(word)}; {' or '.join(map(quoted, words))} is expected")
        return word

    return check


def numbers(most: int) -> Check[Row]:
    """A check for a list of 1 to `most` numbers."""
    return partial(items, check=number, things="numbers", most=most)


def labels(most: int) -> Check[tuple[str, ...]]:
    """A check for a list of 1 to `most` labels."""
    return partial(items, check=label, things="strings", most=most)


def matrix(most_rows: int, most_columns: int) -> Check[Matrix]:
    """A check for a list of 1 to `most_rows` rows of numbers, all equally long."""

    def check(value: object, name: str) -> Matrix:
        rows = items(value, name, check=numbers(most_columns), things="rows", most=most_rows)
        uneven = [
            f"row {position} of {name} has {len(row)} numbers, but row 1 has {len(rows[0])}"
            for position, row in enumerate(rows, start=1)
            if len(row) != len(rows[0])
        ]
        if uneven:
            raise Wrong(*uneven)
        return rows

    return check


def heads(most_heads: int, most_rows: int, most_columns: int) -> Check[tuple[Matrix, ...]]:
    """A check for 1 to `most_heads` matrices of one shape, or one matrix; a batch of one is opened."""

    def check(value: object, name: str) -> tuple[Matrix, ...]:
        if _depth(value) == BATCH and isinstance(value, list) and len(value) == 1:
            value = value[0]
        one = matrix(most_rows, most_columns)
        if _depth(value) < BATCH - 1:
            return (one(value, name),)
        found = items(value, name, check=one, things="heads", most=most_heads)
        shapes = [(len(rows), len(rows[0])) for rows in found]
        uneven = [
            f"head {position} of {name} has {rows} × {columns} numbers, but head 1 has {shapes[0][0]} × {shapes[0][1]}"
            for position, (rows, columns) in enumerate(shapes, start=1)
            if (rows, columns) != shapes[0]
        ]
        if uneven:
            raise Wrong(*uneven)
        return found

    return check


BATCH = 4
"""The dimensions of what a model gives: batch, heads, queries, keys."""


def _depth(value: object) -> int:
    """How many lists stand one in another."""
    depth = 0
    while isinstance(value, list) and value:
        depth, value = depth + 1, value[0]
    return depth


def quoted(word: str) -> str:
    """A word of the author's, of any length and content, as a message can show it."""
    return repr(word) if len(word) <= LONGEST_TEXT else f"{word[:LONGEST_TEXT]!r}…"


def items(value: object, name: str, *, check: Check[T], things: str, most: int) -> tuple[T, ...]:
    """The items of a list of 1 to `most` things, each as `check` makes it; the mistakes of all of them at once."""
    if not isinstance(value, list):
        raise Wrong(f"{name} is {_type_of(value)}; a list of {things} is expected")
    if not 1 <= len(value) <= most:
        raise Wrong(f"{name} has {len(value)} {things}; 1 to {most} are expected")
    good: list[T] = []
    messages: list[str] = []
    for position, item in enumerate(value, start=1):
        try:
            good.append(check(item, f"{things.removesuffix('s')} {position} of {name}"))
        except Wrong as wrong:
            messages += wrong.args
    if messages:
        raise Wrong(*messages)
    return tuple(good)


def _type_of(value: object) -> str:
    names = {bool: "a boolean", int: "an integer", float: "a float", str: "a string", list: "a list", dict: "a table"}
    return "null" if value is None else names.get(type(value), "a date or time")  # JSON has the one, TOML the other


INVISIBLE = {"Cc", "Cf", "Cs", "Zl", "Zp"}
JOINERS = "\u200c\u200d"
NOT_IN_XML = "\ufffe\uffff"


def _is_invisible(character: str) -> bool:
    return character in NOT_IN_XML or (unicodedata.category(character) in INVISIBLE and character not in JOINERS)


def _location(figure: Figure, line: int, column: int) -> Location:
    """A place in the block as a place in the file; what is indented with its fence has lost that indentation."""
    return Location(figure.where.path, figure.where.line + 1 + line, figure.where.column + column)


def _syntax_mistake(figure: Figure, error: Exception) -> Diagnostic:
    reason, _, place = str(error).removesuffix(")").rpartition(" (at ")
    where = figure.where
    if numbered := re.fullmatch(r"line (\d+), column (\d+)", place):
        where = _location(figure, int(numbered[1]) - 1, int(numbered[2]) - 1)
    elif place == "end of document":
        where = _location(figure, figure.text.rstrip("\n").count("\n"), 0)
    message = f"the block is not TOML: {reason or error}"
    return Diagnostic("bad-figure", "error", where, message, 'write one key = value a line, and text in "quotes"')


TOML_TOKEN = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}|"(?:\\.|[^"\\])*"'  # text in double quotes
    r"|'''.*?'{3,5}|'[^']*'"  # text in single quotes
    r"|#[^\n]*|[\[{]|[\]}]|\n",  # comments, brackets, ends of lines
    re.DOTALL,
)


def _table(toml: str) -> Table:
    return Table(tomllib.loads(toml), {path[0]: place for path, place in places(toml, 1).items()})


def places(toml: str, depth: int) -> dict[tuple[str, ...], Place]:
    """Where each key of valid TOML stands, by the names that lead to it, as far as `depth` of them: tomllib gives the
    values but not their places.
    """
    found: dict[tuple[str, ...], Place] = {}
    line, table = 0, tuple[str, ...]()
    for statement in _statements(toml + "\n"):
        indentation = len(statement) - len(statement.lstrip(" \t"))
        is_header = statement.startswith("[", indentation)
        path = above = () if is_header else table
        for path in _paths(tomllib.loads(statement), above, depth):
            found.setdefault(path, (line, indentation))
        table = path if is_header else table
        line += statement.count("\n")
    return found


def _paths(table: Mapping[str, Any], above: tuple[str, ...], depth: int) -> Iterator[tuple[str, ...]]:
    """The names that lead to each key of the table and of those in it."""
    for name, value in table.items() if len(above) < depth else ():
        yield (*above, name)
        if isinstance(value, dict):
            yield from _paths(value, (*above, name), depth)


def _statements(toml: str) -> Iterator[str]:
    """Valid TOML, cut after each key with its value, each table's header and each line that has neither."""
    start = depth = 0
    for token in TOML_TOKEN.finditer(toml):
        depth += (token[0] in "[{") - (token[0] in "]}")
        if token[0] == "\n" and depth == 0:
            yield toml[start : token.end()]
            start = token.end()
