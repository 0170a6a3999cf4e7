"""The benchmark compares like with like, and runs to its end; what it measures is not tested."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from bench import notes, projects
from bench.measure import ROOT
from bench.rows import ROWS
from deckgen import cli

from .conftest import Anki, clozes, visible

if TYPE_CHECKING:
    from pathlib import Path

    from anki.cards import Card

floor = pytest.importorskip("bench.floor", reason="cmarkgfm, the floor's parser, is not installed")


def test_every_row_is_measured_and_printed() -> None:
    command = [sys.executable, "-m", "bench", "--quick", "--rounds", "1"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False, encoding="utf-8")
    assert (done.returncode, done.stderr) == (0, "")
    heading, *table = [line.split("  ")[0] for line in done.stdout.splitlines()]
    assert heading == "work"
    assert table == [
        *["cold build, 100 notes in 1 files", "the same"],
        *["cold build, 200 notes in 2 files", "its peak memory"],
        *["nothing changed, 50 notes in 1 files", "nothing changed, 100 notes in 1 files"],
        *["one note edited among 100", "its package"],
        *["deckgen check, one file of 100 notes", "of it importing what others wrote", "what it imports"],
        "ten notes with 4 figures, cold",
        *["package smaller than genanki's, real prose", "its cost in time"],
        *["package smaller than genanki's, generated", "its cost in time"],
    ]
    reached = [line.split()[-1] for line in done.stdout.splitlines()[1:]]
    assert set(reached) <= {"yes", "no", "–"}
    assert reached.count("–") <= 1  # markdown-anki-decks need not be installed


def test_an_unknown_row_is_refused() -> None:
    command = [sys.executable, "-m", "bench", "--only", "nothing"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False, encoding="utf-8")
    assert done.returncode == 2
    assert all(name in done.stderr for name in ROWS)


def _asked(anki: Anki) -> list[tuple[str, list[str], str]]:
    """Of every card: the question, the phrases it asks for, the remark."""

    def told(card: Card) -> tuple[str, list[str], str]:
        note = card.note()
        return visible(note["Question"]), clozes(card.answer()), visible(note["Remarks"])

    return sorted(map(told, anki.cards()))


def test_the_floor_makes_the_same_notes_and_cards_in_the_real_anki(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, anki: Anki
) -> None:
    project = projects.deckgen_project(tmp_path / "project", notes.generated(150))
    monkeypatch.chdir(project)
    assert cli.main(["build"]) == 0
    assert anki.import_package(project / "deck.apkg") == {"new": 150}
    ours = _asked(anki)
    anki.col.remove_notes(anki.col.find_notes(""))
    floor.write(project / "source", tmp_path / "floor.apkg")
    assert anki.import_package(tmp_path / "floor.apkg") == {"new": 150}
    assert _asked(anki) == ours
    assert len(ours) == sum(sample.phrases for sample in notes.generated(150))


def test_a_note_stays_the_same_however_many_there_are() -> None:
    few, many = list(notes.generated(3)), list(notes.generated(200))
    assert many[:3] == few
    assert len({sample.question for sample in many}) == 200
    assert len(list(notes.real(1_000))) > 500
