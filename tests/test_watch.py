"""Watching real folders: what counts as a save, how soon it is seen, and `deckgen build --watch` as a person uses it."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
import time
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Self

import pytest

from deckgen import config, watch

if TYPE_CHECKING:
    from collections.abc import Iterator

PROJECT = 'source = "source"\noutput = "deck.apkg"\n'
NOTES = "# 题目\n\n**Q1：一？**\n\n<u>甲</u>\n"
PATIENCE = 10
QUIET = 0.3
"""Seconds in which a change that counts would have been told several times over."""


class Watcher:
    """Runs `watch.changes` in a thread of its own."""

    def __init__(self, *paths: Path) -> None:
        settings = config.load(paths)
        self.root = settings.root
        self.stop = threading.Event()
        self.seen: queue.Queue[frozenset[Path]] = queue.Queue()
        saves = watch.changes(settings, paths, self.stop)
        self.thread = threading.Thread(target=self._watch, args=(saves,), daemon=True)
        self.thread.start()

    def _watch(self, saves: Iterator[frozenset[Path]]) -> None:
        for save in saves:
            self.seen.put(save)

    def next(self) -> set[str]:
        return {path.relative_to(self.root).as_posix() for path in self.seen.get(timeout=PATIENCE)}

    def is_quiet(self) -> bool:
        time.sleep(QUIET)
        return self.seen.empty()


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "我的 笔记"
    for name in ("source/训练", "media", "templates", ".git", ".venv/lib"):
        (folder / name).mkdir(parents=True)
    (folder / "deckgen.toml").write_text(PROJECT, encoding="utf-8")
    (folder / "source/a.md").write_text(NOTES, encoding="utf-8")
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def watcher(project: Path) -> Iterator[Watcher]:
    watching = Watcher(project)
    yield watching
    watching.stop.set()
    watching.thread.join(PATIENCE)
    assert not watching.thread.is_alive()


def test_a_save_is_seen_in_well_under_200_ms(project: Path, watcher: Watcher) -> None:
    waits = []
    for _ in range(5):
        started = time.monotonic()
        (project / "source/a.md").write_text(NOTES, encoding="utf-8")
        assert watcher.next() == {"source/a.md"}
        waits.append(time.monotonic() - started)
        assert watcher.is_quiet()
    assert sorted(waits)[2] < 0.2


@pytest.mark.parametrize(
    "name", ["source/训练/b.md", "media/图.png", "weights.csv", "templates/style.css", "deckgen.toml"]
)
def test_every_file_of_the_project_counts(project: Path, watcher: Watcher, name: str) -> None:
    (project / name).write_text("new", encoding="utf-8")
    assert watcher.next() == {name}


def test_an_editor_that_renames_a_new_file_over_the_old_one(project: Path, watcher: Watcher) -> None:
    new = project / "source/.a.md.new"
    new.write_text(NOTES, encoding="utf-8")
    new.replace(project / "source/a.md")
    assert watcher.next() == {"source/a.md"}


def test_an_editor_that_keeps_a_copy_and_writes_anew(project: Path, watcher: Watcher) -> None:
    (project / "source/4913").touch()
    (project / "source/4913").unlink()
    (project / "source/a.md").rename(project / "source/a.md~")
    (project / "source/a.md").write_text(NOTES, encoding="utf-8")
    (project / "source/a.md~").unlink()
    assert watcher.next() == {"source/a.md"}


def test_a_log_in_the_project_starts_nothing(project: Path, watcher: Watcher) -> None:
    for name in ("build.log", "out.txt", "log"):
        (project / name).write_text("a line", encoding="utf-8")
    assert watcher.is_quiet()


def test_a_deleted_file_and_a_folder_that_moves_in_are_changes(project: Path, watcher: Watcher, tmp_path: Path) -> None:
    (project / "source/a.md").unlink()
    assert watcher.next() == {"source/a.md"}
    (tmp_path / "推理").mkdir()
    (tmp_path / "推理/c.md").write_text(NOTES, encoding="utf-8")
    (tmp_path / "推理").rename(project / "source/推理")
    assert "source/推理" in watcher.next()
    (project / "source/推理/c.md").write_text(NOTES + "新", encoding="utf-8")
    assert "source/推理/c.md" in watcher.next()


@pytest.mark.parametrize(
    "name",
    [
        ".git/index",
        ".venv/lib/x.md",
        "source/.a.md.swp",
        "source/a.md~",
        "source/#a.md#",
        "source/a.md.tmp",
        "deckgen.lock",
        ".deckgen.lock.pending",
        "deck.apkg",
        ".deck.apkg.x1.part",
        "media/.x.svg.abc.part",
    ],
)
def test_what_no_author_saved_is_ignored(project: Path, watcher: Watcher, name: str) -> None:
    (project / name).write_text("x", encoding="utf-8")
    assert watcher.is_quiet()
    (project / "source/a.md").touch()
    assert watcher.next() == {"source/a.md"}


def test_a_package_of_any_name_is_ignored(project: Path) -> None:
    (project / "deckgen.toml").write_text('output = "deck.zip"\n', encoding="utf-8")
    watching = Watcher(project)
    (project / "deck.zip").write_bytes(b"x")
    assert watching.is_quiet()
    watching.stop.set()


def test_of_a_single_file_only_its_own_folder_is_watched(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "a.md").write_text(NOTES, encoding="utf-8")
    watching = Watcher(tmp_path / "a.md")
    (tmp_path / "sub/b.md").write_text(NOTES, encoding="utf-8")
    assert watching.is_quiet()
    (tmp_path / "a.md").write_text(NOTES, encoding="utf-8")
    assert watching.next() == {"a.md"}
    watching.stop.set()


def test_of_a_folder_without_a_project_its_folders_are_watched_too(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    watching = Watcher(tmp_path)
    (tmp_path / "sub/b.md").write_text(NOTES, encoding="utf-8")
    assert watching.next() == {"sub/b.md"}
    watching.stop.set()


def test_the_media_roots_are_watched_too(project: Path, tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    (project / "deckgen.toml").write_text(PROJECT + 'media_roots = ["../shared"]\n', encoding="utf-8")
    watching = Watcher(project)
    (tmp_path / "shared/a.png").write_bytes(b"a picture")
    assert watching.seen.get(timeout=PATIENCE) == {tmp_path / "shared/a.png"}
    (project / "source/a.md").write_text(NOTES, encoding="utf-8")
    assert watching.next() == {"source/a.md"}
    watching.stop.set()


def test_a_media_root_named_later_is_watched_from_then_on(project: Path, watcher: Watcher, tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    (project / "deckgen.toml").write_text("media_roots = 1\n", encoding="utf-8")
    assert watcher.next() == {"deckgen.toml"}
    (project / "deckgen.toml").write_text(PROJECT + 'media_roots = ["../shared"]\n', encoding="utf-8")
    assert watcher.next() == {"deckgen.toml"}
    (tmp_path / "shared/a.png").write_bytes(b"a picture")
    assert watcher.seen.get(timeout=PATIENCE) == {tmp_path / "shared/a.png"}
    (project / "source/a.md").write_text(NOTES, encoding="utf-8")
    assert watcher.next() == {"source/a.md"}


def test_a_project_behind_a_link_is_told_by_the_names_its_user_knows(project: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(project, target_is_directory=True)
    watching = Watcher(link)
    assert watching.root == link
    (project / "source/a.md").write_text(NOTES, encoding="utf-8")
    assert watching.next() == {"source/a.md"}
    watching.stop.set()


def test_what_a_build_left_is_no_save_until_somebody_else_touches_it(tmp_path: Path) -> None:
    ours, theirs = tmp_path / "ours.svg", tmp_path / "theirs.svg"
    ours.write_text("ours", encoding="utf-8")
    theirs.write_text("theirs", encoding="utf-8")
    (tmp_path / "sub").mkdir()
    written = watch.left([tmp_path / "sub/../ours.svg"])
    assert watch.others({ours, theirs}, written) == {theirs}
    os.utime(ours, ns=(1, 1))
    assert watch.others({ours}, written) == {ours}
    ours.unlink()
    assert watch.others({ours}, written) == {ours}


class Run:
    """`deckgen build --watch` as a process, its lines as they come."""

    def __init__(self, *arguments: str) -> None:
        command = [sys.executable, "-m", "deckgen", "build", "--watch", *arguments]
        environment = os.environ | {"PYTHONPATH": str(Path(__file__).parent.parent), "PYTHONIOENCODING": "utf-8"}
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", env=environment
        )
        self.lines: queue.Queue[str] = queue.Queue()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self.lines.put(line.rstrip("\n"))

    def until(self, words: str) -> list[str]:
        """Every line up to the one with these words."""
        lines = [self.lines.get(timeout=PATIENCE)]
        while words not in lines[-1]:
            lines.append(self.lines.get(timeout=PATIENCE))
        return lines

    def is_quiet(self) -> bool:
        time.sleep(3 * QUIET)
        return self.lines.empty()

    def interrupt(self) -> int:
        self.process.send_signal(signal.SIGINT)
        code = self.process.wait(PATIENCE)
        self.reader.join(PATIENCE)
        return code


@pytest.fixture
def run(project: Path) -> Iterator[Run]:
    assert project.is_dir()
    with Run() as running:
        yield running


def test_every_save_is_built_and_told_in_a_line(project: Path, run: Run) -> None:
    first = run.until("watching ")
    assert first[0].startswith("1 note, 1 card → deck.apkg (")
    (project / "source/a.md").write_text(NOTES.replace("甲", "甲乙") + "\n**Q2：二？**\n\n乙\n", encoding="utf-8")
    (line,) = run.until("source/a.md")
    assert line[8:].startswith("  source/a.md: 1 new, 1 changed → deck.apkg (")
    (project / "source/a.md").touch()
    (line,) = run.until("source/a.md")
    assert "  source/a.md: nothing new (" in line
    assert run.is_quiet()
    assert zipfile.ZipFile("deck.apkg").testzip() is None
    assert run.interrupt() == 0
    assert run.lines.empty()


def test_errors_are_told_and_the_next_save_is_waited_for(project: Path, run: Run) -> None:
    run.until("watching ")
    package = (project / "deck.apkg").read_bytes()
    (project / "source/a.md").write_text(NOTES + "\n丙<u>丁\n", encoding="utf-8")
    lines = run.until("waiting for the next save")
    assert lines[0] == "source/a.md:7:2: error[unclosed-underline] this <u> is never closed"
    assert lines[-1] == "1 error: nothing was written; waiting for the next save"
    assert (project / "deck.apkg").read_bytes() == package
    (project / "deckgen.toml").write_text(PROJECT + "colour = 1\n", encoding="utf-8")
    lines = run.until("waiting for the next save")
    assert lines[0].startswith("deckgen.toml:3:1: error[bad-config] unknown key `colour`")
    (project / "source/a.md").write_text(NOTES + "\n**Q2：二？**\n\n乙\n", encoding="utf-8")
    run.until("waiting for the next save")
    (project / "deckgen.toml").write_text(PROJECT + 'deck = "新"\n', encoding="utf-8")
    (line, _advice) = run.until("cards stay in their deck")
    assert "  deckgen.toml: 1 new, 1 moved → deck.apkg (" in line
    assert run.interrupt() == 0


def test_a_configuration_that_is_wrong_from_the_start_can_be_mended(project: Path) -> None:
    (project / "deckgen.toml").write_text("colour = 1\n", encoding="utf-8")
    with Run("source/a.md") as running:
        assert running.until("watching ")[0].startswith("deckgen.toml:1:1: error[bad-config]")
        (project / "deckgen.toml").write_text(PROJECT, encoding="utf-8")
        assert "  deckgen.toml: 1 new → a.apkg (" in running.until("deckgen.toml")[-1]
        assert running.interrupt() == 0


def test_a_picture_in_a_media_root_named_while_it_watches_is_built(project: Path, run: Run) -> None:
    run.until("watching ")
    (project / "../pics").mkdir()
    (project / "../pics/x.svg").write_text("<svg/>", encoding="utf-8")
    (project / "source/a.md").write_text(f"{NOTES}![](../../pics/x.svg)\n", encoding="utf-8")
    run.until("waiting for the next save")
    (project / "deckgen.toml").write_text(PROJECT + 'media_roots = ["../pics"]\n', encoding="utf-8")
    assert "  deckgen.toml: 1 changed → deck.apkg (" in run.until("→ deck.apkg")[-1]
    (project / "../pics/x.svg").write_text("<svg></svg>", encoding="utf-8")
    assert "/pics/x.svg: 1 changed → deck.apkg (" in run.until("→ deck.apkg")[-1]
    assert run.is_quiet()
    assert run.interrupt() == 0


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="a file that opens and cannot be read")
def test_a_file_that_cannot_be_read_is_waited_for(project: Path) -> None:
    (project / "deckgen.toml").write_text(
        PROJECT + '[figures.s]\nkind = "softmax"\nscores = [1, 2]\n', encoding="utf-8"
    )
    (project / "media" / "s.svg").symlink_to("/proc/self/mem")
    with Run() as running:
        running.until("waiting for the next save")
        (project / "media" / "s.svg").unlink()
        (project / "source/a.md").write_text(NOTES + "\n![](s.svg)\n", encoding="utf-8")
        assert "1 new → deck.apkg (" in running.until("→ deck.apkg")[-1]
        assert running.interrupt() == 0


def test_a_figure_that_is_drawn_does_not_start_it_again(project: Path, run: Run) -> None:
    run.until("watching ")
    (project / "source/a.md").write_text(NOTES + "\n```figure softmax\nscores = [1, 2]\n```\n", encoding="utf-8")
    (line,) = run.until("source/a.md")
    assert "source/a.md: 1 changed → deck.apkg" in line
    assert run.is_quiet()
    (drawing,) = (project / "media").iterdir()
    drawing.unlink()
    (line,) = run.until("media/")
    assert f"  media/{drawing.name}: nothing new" in line
    assert run.is_quiet()
    assert drawing.exists()
    assert run.interrupt() == 0


def test_readable_text_is_kept_up_to_date_in_a_file(project: Path) -> None:
    with Run("--to", "text", "-o", "source/../deck.txt") as running:
        running.until("watching ")
        assert running.is_quiet()
        (project / "source/a.md").write_text(NOTES.replace("甲", "甲乙"), encoding="utf-8")
        running.until("source/a.md: ")
        assert "{{c1::甲乙}}" in (project / "deck.txt").read_text(encoding="utf-8")
        assert running.is_quiet()
        assert running.interrupt() == 0


def test_what_is_saved_while_it_builds_is_built_next(project: Path, run: Run) -> None:
    run.until("watching ")
    for number in range(12):
        (project / "source/a.md").write_text(NOTES + f"\n**Q2：第{number}次？**\n\n乙\n", encoding="utf-8")
        time.sleep(0.05)
    ends = time.monotonic() + PATIENCE
    while "第11次" not in (project / "deckgen.lock").read_text(encoding="utf-8"):
        assert time.monotonic() < ends
        time.sleep(0.05)
    assert run.interrupt() == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--format", "json"], "leave --format json out"),
        (["--to", "text"], "name a file with -o"),
        (["none.md"], "no such file or folder: none.md"),
        (["-o", "source/a.md"], "source/a.md is one of the notes"),
    ],
    ids=str,
)
def test_what_cannot_be_watched_ends_with_2(project: Path, arguments: list[str], message: str) -> None:
    assert project.is_dir()
    with Run(*arguments) as running:
        assert message in running.until("deckgen: ")[-1]
        assert running.process.wait(PATIENCE) == 2
