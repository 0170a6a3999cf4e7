"""What the commands print: diagnostics, summaries, colours, a progress bar."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TextIO

from deckgen.diagnostics import DeckgenError, Diagnostic, as_json, as_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from deckgen.build import Build, Compiled
    from deckgen.notes import Document

FINE, NOTES_WRONG, USAGE_WRONG = 0, 1, 2
"""Exit codes."""


def tell(error: DeckgenError, form: str) -> None:
    """Say why a run could not go on."""
    report(worded(error.diagnostics), form)
    if not error.diagnostics:
        print(f"deckgen: {error}", file=sys.stderr)


Told = tuple[Diagnostic, str]
"""A diagnostic, and the text that says it, with its source line."""


def worded(diagnostics: Iterable[Diagnostic]) -> list[Told]:
    """Each diagnostic with its text."""
    from deckgen import files  # noqa: PLC0415 - most runs have nothing to say

    diagnostics = list(diagnostics)
    wanted: dict[str, list[int]] = {}
    for diagnostic in diagnostics:
        if diagnostic.line is None:
            wanted.setdefault(diagnostic.where.path, []).append(diagnostic.where.line)
    lines = {path: files.some_lines(Path(path), numbers) for path, numbers in wanted.items()}
    return [(d, as_text(d, lines[d.where.path][d.where.line] if d.line is None else d.line)) for d in diagnostics]


def report(told: Iterable[Told], form: str) -> None:
    """Print each diagnostic: its text on stderr, or JSON on stdout."""
    for diagnostic, text in told:
        if form == "json":
            print(as_json(diagnostic))
        else:
            print(_painted(diagnostic, text), file=sys.stderr)


def failed(diagnostics: Sequence[Diagnostic], consequence: str) -> int:
    """Say how much is wrong and what comes of it; the exit code."""
    print(f"{problems(diagnostics)}: {consequence}", file=sys.stderr)
    return NOTES_WRONG


def problems(diagnostics: Sequence[Diagnostic]) -> str:
    """Errors and warnings, counted."""
    errors = sum(diagnostic.severity == "error" for diagnostic in diagnostics)
    warnings = len(diagnostics) - errors
    parts = [count(number, noun) for number, noun in ((errors, "error"), (warnings, "warning")) if number]
    return ", ".join(parts) or "no problems"


def summary(made: Build, compiled: Compiled) -> tuple[str, tuple[str, ...]]:
    """How many notes, cards, figures, warnings; and in lines how the notes were read and what an import will do."""
    figures = len(made.planned)
    parts = [count(compiled.notes, "note"), count(compiled.cards, "card")]
    parts += [count(figures, "figure")] if figures else []
    parts += [count(len(made.diagnostics), "warning")] if made.diagnostics else []
    return ", ".join(parts), (*readings(made.documents), *consequences(compiled))


def finished(made: str, lines: Iterable[str], output: Path, size: int, to: str) -> str:
    """A `summary`, with where the deck is now and what to do next with a package."""
    from deckgen.config import shown  # noqa: PLC0415 - as above

    first = coloured("1;32", made, sys.stdout) + f" → {shown(output)} ({_size(size)})"
    last = ["In Anki: File › Import, and choose this file; or open it with a double click."] if to == "apkg" else []
    return "\n".join((first, *lines, *last))


FEW = 5


def readings(documents: Sequence[Document]) -> list[str]:
    """How each document was read, so that its author can decide otherwise; many documents together."""
    groups: dict[object, list[Document]] = {}
    for document in documents:
        groups.setdefault(document.style if len(documents) > FEW else document.path, []).append(document)
    return [_reading(group) for group in groups.values()]


def _reading(group: Sequence[Document]) -> str:
    questions, style = sum(len(document.outlines) for document in group), group[0].style
    subject = group[0].shown if len(group) == 1 else count(len(group), "file")
    return f"{subject}: {count(questions, 'question')}, read as {style}" if style else f"{subject}: no question"


def consequences(compiled: Compiled) -> list[str]:
    """What an import will do, counted, and what has to be done by hand."""
    from deckgen.changes import KINDS  # noqa: PLC0415 - as above

    changes = compiled.changes
    notes = ", ".join(f"{changes.counts[kind]:,} {kind}" for kind in KINDS if changes.counts.get(kind))
    cards = {"new": changes.new_cards, "retired": changes.retired_cards}
    shown_cards = ", ".join(f"{number:,} {kind}" for kind, number in cards.items() if number)
    counted = f"notes: {notes}" + (f"; cards: {shown_cards}" if shown_cards else "")
    looks = [f"cards look different: those of {', '.join(compiled.new_looks)}"] if compiled.new_looks else []
    return [counted, *looks, *changes.advice()]


def count(number: int, noun: str) -> str:
    """A number with its noun."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _size(size: int) -> str:
    return f"{size / 1_000_000:.1f} MB" if size >= 1_000_000 else f"{max(size // 1000, 1)} kB"  # noqa: PLR2004 - a megabyte


def _painted(diagnostic: Diagnostic, text: str) -> str:
    mark = f"{diagnostic.severity}[{diagnostic.code}]"
    colour = "1;31" if diagnostic.severity == "error" else "1;33"
    return text.replace(mark, coloured(colour, mark, sys.stderr), 1)


def coloured(code: str, text: str, stream: TextIO) -> str:
    """Colour on a terminal only, and never against the user's wish (https://no-color.org)."""
    wanted = stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return f"\x1b[{code}m{text}\x1b[0m" if wanted else text


class Progress:
    """A bar on the terminal for what takes longer than a second; rich is imported only then."""

    PATIENCE = 1.0

    def __enter__(self) -> Self:
        self._started = time.monotonic()
        self._bar: Any = None
        return self

    def __call__(self, doing: str, done: int, total: int) -> None:
        """Say what is being done, how much of it is done, and how much there is."""
        if self._bar is None and sys.stderr.isatty() and time.monotonic() - self._started > self.PATIENCE:
            from rich.console import Console  # noqa: PLC0415 - a fast run never pays for it
            from rich.progress import Progress  # noqa: PLC0415

            self._bar = Progress(console=Console(stderr=True), transient=True)
            self._task = self._bar.add_task(doing)
            self._bar.start()
        if self._bar is not None:
            self._bar.update(self._task, description=doing, completed=done, total=total)

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()
