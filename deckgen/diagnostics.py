"""What is wrong with the notes, said to the person who wrote them.

A diagnostic is a value: parse, lint and build return them, the command line prints them.
"""

from __future__ import annotations

from bisect import bisect_left
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Literal

from deckgen.characters import cells
from deckgen.notes import Location
from deckgen.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Severity = Literal["error", "warning"]


class Diagnostic(NamedTuple):
    """One thing that is wrong, where it is, and what to do about it."""

    code: str
    """Short, constant, kebab-case: `missing-image`."""
    severity: Severity
    where: Location
    message: str
    """What is wrong, in one sentence without a full stop."""
    hint: str = ""
    """What to do, in one sentence without a full stop."""
    line: str | None = None
    """The line that it points at; None where that has to be looked up in the file."""


def record(diagnostic: Diagnostic) -> tuple[Any, ...]:
    """The diagnostic as plain values, which `of_record` makes a diagnostic of again."""
    return (*diagnostic[:2], tuple(diagnostic.where), *diagnostic[3:])


def of_record(values: Sequence[Any]) -> Diagnostic:
    """What `record` was given."""
    code, severity, where, *rest = values
    return Diagnostic(code, severity, Location(*where), *rest)


class DeckgenError(Exception):
    """The run cannot go on: wrong usage or configuration. Carries every diagnostic found, or one plain message."""

    def __init__(self, message: str = "", diagnostics: Sequence[Diagnostic] = ()) -> None:
        super().__init__(message or "; ".join(d.message for d in diagnostics))
        self.diagnostics = tuple(diagnostics)


def meant(typed: str, known: Iterable[str], likeness: float = 0.6) -> str:
    """Which of these names was meant by one that is none of them, upper and lower case apart; empty where none is like it."""
    from difflib import get_close_matches  # noqa: PLC0415 - most names are spelt right

    names = {name.casefold(): name for name in known}
    alike = get_close_matches(typed.strip().casefold(), names, 1, likeness)
    return names[alike[0]] if alike else ""


def strictly(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """The same diagnostics with every warning made an error."""
    return tuple(d._replace(severity="error") for d in diagnostics)


def as_text(diagnostic: Diagnostic, line: str = "") -> str:
    """`path:line:column: error[code] message`, then the source line with a caret, then the hint."""
    where = diagnostic.where
    parts = [f"{where.path}:{where.line}:{where.column}: {diagnostic.severity}[{diagnostic.code}] {diagnostic.message}"]
    if line.strip():
        parts += _excerpt(line, where)
    if diagnostic.hint:
        parts.append(f"  hint: {diagnostic.hint}")
    return "\n".join(parts)


def as_json(diagnostic: Diagnostic) -> str:
    """One JSON object on one line: path, line, column, severity, code, message, hint."""
    import json  # noqa: PLC0415 - only another program reads it

    record = diagnostic._asdict()
    del record["line"]
    return json.dumps(record.pop("where")._asdict() | record, ensure_ascii=False)


EXCERPT_CELLS = 100


def _excerpt(line: str, where: Location) -> list[str]:
    """The line, or a window of it around the column, and a caret under that column."""
    column = min(where.column - 1, len(line))
    fits = len(line) <= EXCERPT_CELLS and cells(_printable(line)) <= EXCERPT_CELLS
    start = 0 if fits else max(0, column - EXCERPT_CELLS // 4)
    shown = _printable(line[start : start + 2 * EXCERPT_CELLS])
    ends = list(accumulate(map(cells, shown)))
    shown = shown[: bisect_left(ends, EXCERPT_CELLS) + 1]
    end = start + len(shown)
    lead, tail = "…" if start else "", "…" if end < len(line) else ""
    indent = cells(lead + shown[: column - start])
    number = str(where.line)
    return [f"  {number} | {lead}{shown}{tail}", f"  {' ' * len(number)} | {' ' * indent}^"]


def _printable(text: str) -> str:
    """Control characters as their pictures (␀ ␛ …), so that a file cannot steer the terminal; tabs as one space."""
    if text.isprintable():
        return text
    return "".join(" " if c == "\t" else c if c.isprintable() or c == " " else _picture(c) for c in text)


def _picture(character: str) -> str:
    return chr(0x2400 + ord(character)) if ord(character) < 0x20 else "�"  # noqa: PLR2004 - the ASCII control block
