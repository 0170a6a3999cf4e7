"""The rows of the table: what is measured, and what it should be. A function for each kind of work; ROWS lists them."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import zipfile
from dataclasses import dataclass, replace
from functools import partial
from importlib.util import find_spec
from os import environ, pathsep
from pathlib import Path
from typing import TYPE_CHECKING

from bench import notes, projects
from bench.measure import EPOCH, PYTHON, ROOT, Command, FailedError, best, run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BUILD = (PYTHON, "-m", "deckgen", "build")
HEAVY = ("genanki", "matplotlib", "numpy", "rich")
"""What `deckgen check` must not import."""
NEEDED = ("argparse", "markdown_it", "pathlib", "threading", "tomllib", "mdit_py_plugins.footnote")
"""What it cannot do without: Python's own modules and the parser."""
SHORT = 2
"""So many times the rounds where a run takes a second: the shorter it is, the more the rest of the machine disturbs it."""


@dataclass(frozen=True, slots=True)
class Bench:
    """What every row is told."""

    folder: Path
    """Empty, and thrown away afterwards."""
    rounds: int
    processor: bool = False
    """Whether the processor's time is measured in place of wall time."""
    small: int = 1_000
    middle: int = 20_000
    large: int = 100_000
    real: int = 1_000

    def command(self, folder: Path, *arguments: str, before: Callable[[], object] = lambda: None) -> Command:
        """A contestant that runs in this folder."""
        return Command(arguments, folder, before, processor=self.processor)

    def project(self, name: str, count: int) -> Path:
        """A project of so many generated notes, not built yet."""
        return projects.deckgen_project(self.folder / name, notes.generated(count))


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table."""

    work: str
    measured: str
    target: str
    reached: bool | None
    """None where it was not measured; `measured` says why."""


def _at_most(work: str, value: float, limit: float, unit: str, details: str) -> Row:
    digits = 0 if abs(value) >= 10 else 2
    return Row(work, f"{value:,.{digits}f} {unit} ({details})", f"≤ {limit:g} {unit}", value <= limit)


def cold(bench: Bench) -> Iterator[Row]:
    """A first build: no ledger, no cache, nothing there but the notes."""
    work = f"cold build, {_notes(bench.middle)}"
    project, floor = bench.project("cold", bench.middle), bench.folder / "floor.apkg"
    commands = {"deckgen": bench.command(project, *BUILD, before=partial(_forget, project))}
    neighbour = _markdown_anki_decks()
    if find_spec("cmarkgfm"):
        commands["floor"] = bench.command(project, PYTHON, "-m", "bench.floor", str(project / "source"), str(floor))
    if neighbour:
        folder = projects.markdown_anki_decks_folder(bench.folder / "mdankideck", notes.generated(bench.middle))
        output = bench.folder / "mdankideck-packages"
        output.mkdir()
        commands["markdown-anki-decks"] = bench.command(output, neighbour, str(folder), str(output), "--cloze")
    runs = best(commands, bench.rounds)
    built, ours = runs["deckgen"], _count(project / "deck.apkg")
    if "floor" in runs:
        _same("the floor", _count(floor), ours)
        seconds = runs["floor"].seconds
        yield _at_most(work, built.seconds / seconds, 3, "× the floor", f"{built.seconds:.2f} s : {seconds:.2f} s")
    else:
        yield Row(work, "cmarkgfm is not installed", "≤ 3 × the floor", reached=None)
    if "markdown-anki-decks" in runs:
        _same("markdown-anki-decks", _count(*output.glob("*.apkg")), ours)
        seconds = runs["markdown-anki-decks"].seconds
        details = f"{built.seconds:.2f} s : {seconds:.2f} s"
        yield _at_most("the same", built.seconds / seconds, 0.1, "× markdown-anki-decks", details)
    else:
        yield Row("the same", "mdankideck is not installed", "≤ 0.1 × markdown-anki-decks", reached=None)


def large(bench: Bench) -> Iterator[Row]:
    """Time grows with the notes and no faster; memory stays small."""
    work = f"cold build, {_notes(bench.large)}"
    folders = {count: bench.project(f"large-{count}", count) for count in (bench.middle, bench.large)}
    commands = {str(count): bench.command(f, *BUILD, before=partial(_forget, f)) for count, f in folders.items()}
    runs = best(commands, bench.rounds)
    short, long = runs[str(bench.middle)], runs[str(bench.large)]
    details = f"{long.seconds:.1f} s : {short.seconds:.1f} s"
    yield _at_most(work, long.seconds / short.seconds, 5.2, f"× {bench.middle:,} notes", details)
    yield _at_most("its peak memory", long.peak, 200, "MiB", f"{bench.middle:,} notes: {short.peak:.0f} MiB")


def unchanged(bench: Bench) -> Iterator[Row]:
    """The same command again."""
    for count, limit in ((bench.small, 60), (bench.middle, 120)):
        project = bench.project(f"unchanged-{count}", count)
        again = bench.command(project, *BUILD)
        run(again)
        runs = best({"again": again, "pass": _pass(bench)}, bench.rounds * SHORT)
        yield _over_pass(f"nothing changed, {_notes(count)}", runs["again"].seconds, runs["pass"].seconds, limit)


def edited(bench: Bench) -> Iterator[Row]:
    """A word more in one note of many, against a cold build; the package must be what a build without a cache gives."""
    project, other = bench.project("edited", bench.middle), bench.project("edited-cold", bench.middle)
    build = bench.command(project, *BUILD)
    run(build)
    edit = replace(build, before=partial(_edit, project), epoch=EPOCH + 1)
    runs = best({"edited": edit, "cold": replace(build, folder=other, before=partial(_forget, other))}, bench.rounds)
    after, before = runs["edited"].seconds, runs["cold"].seconds
    details = f"{after:.2f} s : {before:.2f} s"
    work = f"one note edited among {bench.middle:,}"
    yield _at_most(work, after / before, 0.12, "× cold", details)
    ledger = (project / "deckgen.lock").read_bytes()
    run(edit)
    _forget(other)
    (other / "deckgen.lock").write_bytes(ledger)
    shutil.copytree(project / "source", other / "source", dirs_exist_ok=True)
    run(replace(edit, folder=other, before=lambda: None))
    same = (project / "deck.apkg").read_bytes() == (other / "deck.apkg").read_bytes()
    yield Row("its package", "the same bytes" if same else "other bytes", "the bytes of a cold build", same)


def check(bench: Bench) -> Iterator[Row]:
    """What an editor runs at every save."""
    file = bench.project("check", projects.NOTES_IN_A_FILE) / "source" / "chapter-0001.md"
    command = bench.command(file.parent, PYTHON, "-m", "deckgen", "check", str(file))
    imports = bench.command(bench.folder, PYTHON, "-c", f"import {', '.join(NEEDED)}")
    runs = best({"check": command, "imports": imports, "pass": _pass(bench)}, bench.rounds * SHORT)
    work = f"deckgen check, one file of {projects.NOTES_IN_A_FILE} notes"
    nothing = runs["pass"].seconds
    yield _over_pass(work, runs["check"].seconds, nothing, 120)
    needed = f"{(runs['imports'].seconds - nothing) * 1000:.0f} ms over `python -c pass`"
    yield Row("of it importing what others wrote", needed, "shown", reached=True)
    imported = _imported(command)
    found = [name for name in HEAVY if name in imported]
    said = ", ".join(found) or f"none of them ({len(imported)} modules)"
    yield Row("what it imports", said, f"no {', '.join(HEAVY)}", not found)


def figures(bench: Bench) -> Iterator[Row]:
    """A few notes with figures, all of which must be drawn."""
    project = projects.seed_project(bench.folder / "figures", notes.generated(10))
    commands = {
        "build": bench.command(project, *BUILD, before=partial(_forget, project)),
        "floor": bench.command(project, PYTHON, "-m", "bench.figures", *projects.FIGURES),
    }
    runs = best(commands, bench.rounds)
    built, floor = runs["build"].seconds, runs["floor"].seconds
    work = f"ten notes with {len(projects.FIGURES)} figures, cold"
    unit = "× (importing matplotlib + drawing)"
    yield _at_most(work, built / floor, 1.5, unit, f"{built:.2f} s : {floor:.2f} s")


def size(bench: Bench) -> Iterator[Row]:
    """Our package against genanki's own of the same notes, on prose that people wrote and on generated notes."""
    for name, samples in (("real prose", notes.real(bench.real)), ("generated", notes.generated(bench.real))):
        project = projects.deckgen_project(bench.folder / f"size-{name}", samples)
        command = (PYTHON, "-m", "bench.stock", str(project))
        answer = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True).stdout
        ours, stock = (json.loads(answer)[writer] for writer in ("deckgen", "genanki"))
        ratio = stock["bytes"] / ours["bytes"]
        sizes = f"{stock['bytes'] / 1000:,.0f} kB : {ours['bytes'] / 1000:,.0f} kB"
        work = f"package smaller than genanki's, {name}"
        yield Row(work, f"{ratio:.1f} × ({sizes})", "≥ 5 ×", ratio >= 5)
        times = f"{stock['seconds'] * 1000:.0f} ms : {ours['seconds'] * 1000:.0f} ms"
        yield Row("its cost in time", f"{ours['seconds'] / stock['seconds']:.2f} × ({times})", "shown", reached=True)


ROWS: dict[str, Callable[[Bench], Iterator[Row]]] = {
    "cold": cold,
    "large": large,
    "unchanged": unchanged,
    "edited": edited,
    "check": check,
    "figures": figures,
    "size": size,
}


def _notes(count: int) -> str:
    return f"{count:,} notes in {-(-count // projects.NOTES_IN_A_FILE):,} files"


def _pass(bench: Bench) -> Command:
    return bench.command(bench.folder, PYTHON, "-c", "pass")


def _over_pass(work: str, seconds: float, nothing: float, limit: float) -> Row:
    details = f"{seconds * 1000:.0f} ms : {nothing * 1000:.0f} ms"
    return _at_most(work, (seconds - nothing) * 1000, limit, "ms over `python -c pass`", details)


def _forget(project: Path) -> None:
    """Leave nothing of earlier builds: no package, no ledger, no drawing, no cache."""
    for path in project.iterdir():
        if path.name not in ("source", "deckgen.toml"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def _edit(project: Path) -> None:
    """Another word in the answer of a note in the middle, at every call."""
    files = sorted((project / "source").iterdir())
    file = files[len(files) // 2]
    head, rest = file.read_text(encoding="utf-8").split("\n\n- ", 1)
    file.write_text(f"{head}\n\n- 另外，{rest}", encoding="utf-8")


def _markdown_anki_decks() -> str | None:
    """The command beside this Python, or anywhere on the path."""
    return shutil.which("mdankideck", path=pathsep.join((str(Path(PYTHON).parent), environ.get("PATH", ""))))


def _imported(command: Command) -> set[str]:
    """The modules that a run of Python imports, and the packages that they are in."""
    arguments = (PYTHON, "-X", "importtime", *command.arguments[1:])
    environment = {**environ, "PYTHONPATH": str(ROOT)}
    told = subprocess.run(
        arguments, cwd=command.folder, env=environment, capture_output=True, check=True, encoding="utf-8"
    ).stderr
    lines = (line for line in told.splitlines() if line.startswith("import time:"))
    return {line.rpartition("|")[2].strip() for line in lines}


def _count(*packages: Path) -> tuple[int, int]:
    """How many notes and cards are in these packages together."""
    found = [_count_one(package) for package in packages]
    return sum(notes for notes, _ in found), sum(cards for _, cards in found)


def _count_one(package: Path) -> tuple[int, int]:
    with zipfile.ZipFile(package) as archive, sqlite3.connect(":memory:") as database:
        database.deserialize(archive.read("collection.anki2"))
        counts = "SELECT (SELECT count(*) FROM notes), (SELECT count(*) FROM cards)"
        notes_and_cards: tuple[int, int] = database.execute(counts).fetchone()
        return notes_and_cards


def _same(name: str, theirs: tuple[int, int], ours: tuple[int, int]) -> None:
    """A contestant that makes less is not compared."""
    if theirs != ours:
        raise FailedError(f"{name} makes {theirs} notes and cards, deckgen {ours}")
