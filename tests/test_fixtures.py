"""Notes and what becomes of them, in files that a person can read and review.

Each case is a title, `.`, the notes, `.`, the deck as `--to text` prints it and the diagnostics, `.`. After a wanted
change, `pytest --update` writes the expectations anew: read the diff.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from deckgen import build, config, files, targets
from deckgen.diagnostics import as_text

if TYPE_CHECKING:
    from collections.abc import Iterator

FIXTURES = Path(__file__).parent / "fixtures"


@dataclass
class Case:
    file: Path
    line: int
    title: str
    notes: str
    expected: str


def _cases(file: Path) -> Iterator[Case]:
    lines = file.read_text(encoding="utf-8").split("\n")
    marks = [number for number, line in enumerate(lines) if line == "."]
    for start, middle, end in zip(marks[::3], marks[1::3], marks[2::3], strict=True):
        title = lines[start - 1]
        yield Case(file, start, title, "\n".join(lines[start + 1 : middle]), "\n".join(lines[middle + 1 : end]))


CASES = [case for file in sorted(FIXTURES.glob("*.txt")) for case in _cases(file)]


def _result(notes: str) -> str:
    """The deck, then the diagnostics."""
    Path("a.md").write_text(notes + "\n", encoding="utf-8")
    for name in ("ok.png", "图 片.png", "图 (1).png", "a.mp3", "a b.mp4"):
        Path(name).write_bytes(b"not looked into")
    made = build.build(config.load([Path("a.md")]), now=1)
    parts = [targets.write(made.compiled.deck, "text").decode()] if made.compiled else []
    lines = files.lines(Path(made.documents[0].shown)) if made.documents else ()
    parts += [as_text(d, lines[d.where.line - 1] if d.where.line <= len(lines) else "") for d in made.diagnostics]
    return "\n".join(parts).strip()


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.file.stem}:{case.line}:{case.title}")
def test_fixture(case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    monkeypatch.chdir(tmp_path)
    result = _result(case.notes)
    if request.config.getoption("--update") and result != case.expected:
        text = case.file.read_text(encoding="utf-8")
        old = f"{case.title}\n.\n{case.notes}\n.\n{case.expected}\n.\n" if case.expected else f"{case.notes}\n.\n.\n"
        new = f"{case.title}\n.\n{case.notes}\n.\n{result}\n.\n" if case.expected else f"{case.notes}\n.\n{result}\n.\n"
        assert text.count(old) == 1
        case.file.write_text(text.replace(old, new), encoding="utf-8")
        return
    assert result == case.expected
