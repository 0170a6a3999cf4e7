"""What goes wrong around the notes: files that are none, a disk that is full, two builds at once, builds that are killed."""

from __future__ import annotations

import errno
import gc
import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from deckgen import build, config, files, ledger
from deckgen.diagnostics import DeckgenError

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Result

    Deckgen = Callable[..., Result]

pytestmark = pytest.mark.skipif(os.name == "nt", reason="pipes, links and signals as POSIX has them")

PROJECT = 'deck = "题"\nsource = "notes"\noutput = "deck.apkg"\n'
NOTE = "**Q1：一？**\n\n<u>甲</u>和<u>乙</u>\n"
COMMAND = [sys.executable, "-m", "deckgen", "build"]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / "notes").mkdir(parents=True)
    (folder / "deckgen.toml").write_text(PROJECT, encoding="utf-8")
    (folder / "notes" / "a.md").write_text(NOTE, encoding="utf-8")
    return folder


def _build(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *arguments], cwd=folder, capture_output=True, text=True, timeout=60, check=False)


def _names(folder: Path) -> list[str]:
    """What stands in the project, but for the folder that may be deleted at any time."""
    return sorted(path.name for path in folder.iterdir() if path.name != ".deckgen")


def _left_over(folder: Path) -> list[str]:
    """What is half written, once all builds are over; but for a ledger that the next build completes."""
    kept = folder / ".deckgen" / "cache"
    halves = [path.name for path in kept.iterdir() if path.suffix != ".cache"] if kept.exists() else []
    names = set(_names(folder)) - ({".deckgen.lock-next.part"} if ledger.is_pending(folder) else set())
    return [name for name in names if name.endswith(".part")] + halves


def _guids(folder: Path) -> list[str]:
    """Of the notes in the ledger; raises where it is broken or states one twice."""
    return sorted(ledger.loading(folder)().entries)


# Files that are none.


def test_pipes_and_devices_among_the_notes_are_passed_over(project: Path) -> None:
    os.mkfifo(project / "notes" / "pipe.md")
    (project / "notes" / "zero.md").symlink_to("/dev/zero")
    (project / "notes" / "folder.md").mkdir()
    done = _build(project)
    assert done.returncode == 0
    assert "notes/pipe.md:1:1: warning[passed-over] this is no ordinary file" in done.stderr
    assert "notes/zero.md:1:1: warning[passed-over]" in done.stderr
    assert _build(project, "notes/pipe.md").returncode == 1


@pytest.mark.parametrize("name", ["deckgen.lock", ".deckgen.lock.pending", "deck.apkg", "notes/a.md"])
def test_a_pipe_in_the_place_of_our_own_files_never_hangs(project: Path, name: str) -> None:
    (project / name).unlink(missing_ok=True)
    os.mkfifo(project / name)
    done = _build(project)
    assert "Traceback" not in done.stderr
    assert done.returncode == {".deckgen.lock.pending": 0, "notes/a.md": 1}.get(name, 2)


def test_links_that_loop_or_lead_out_are_told(project: Path) -> None:
    (project / "notes" / "loop.md").symlink_to("loop.md")
    (project / "notes" / "round").symlink_to(project / "notes")
    (project / "notes" / "gone.md").symlink_to("none.md")
    (project.parent / "secret.md").write_text("**Q9：密？**\n\n秘密\n", encoding="utf-8")
    (project / "notes" / "out.md").symlink_to(project.parent / "secret.md")
    done = _build(project)
    assert done.returncode == 1
    assert "notes/loop.md:1:1: error[unreadable-file]" in done.stderr
    assert "notes/gone.md:1:1: error[unreadable-file]" in done.stderr
    assert "notes/round:1:1: warning[passed-over]" in done.stderr
    assert "notes/out.md:1:1: error[outside-project]" in done.stderr
    assert "密" not in done.stderr
    for name in ("loop.md", "gone.md"):
        (project / "notes" / name).unlink()
    (project / "deckgen.toml").write_text(PROJECT + 'media_roots = [".."]\n', encoding="utf-8")
    assert "2 notes" in _build(project).stdout


def test_a_file_whose_name_is_no_text_is_an_error(project: Path) -> None:
    (project / "notes" / os.fsdecode(b"\xff.md")).write_text(NOTE, encoding="utf-8")
    done = _build(project)
    assert done.returncode == 1
    assert "the file's name is no UTF-8" in done.stderr
    assert _build(project, "--format", "json").returncode == 1


@pytest.mark.parametrize("name", ["x" * 300, "x/" * 3000 + "y"])
def test_a_name_that_no_file_can_have_is_told(project: Path, name: str) -> None:
    for arguments in ([name], ["notes/a.md", "-o", name]):
        done = _build(project, *arguments)
        assert done.returncode == 2
        assert done.stderr.count("\n") == 1


@pytest.mark.skipif(os.geteuid() == 0 and not Path("/usr/bin/setpriv").exists(), reason="needs an ordinary user")
def test_what_one_may_not_read_or_write_is_told(project: Path) -> None:
    """As another user where the tests run as root, whom no permission binds."""
    become = ["setpriv", "--reuid=65534", "--clear-groups", "--"] if os.geteuid() == 0 else []
    for folder in (project, *project.parents):
        if folder.stat().st_uid == os.geteuid() and folder != Path("/"):
            folder.chmod(folder.stat().st_mode | 0o055)

    def built() -> subprocess.CompletedProcess[str]:
        command = [*become, *COMMAND, "-o", "deck.apkg"]
        return subprocess.run(command, cwd=project, capture_output=True, text=True, timeout=60, check=False)

    if become and subprocess.run([*become, sys.executable, "-c", "import deckgen"], check=False).returncode:
        pytest.skip("the other user may not read Python")
    closed = project / "notes" / "closed"
    closed.mkdir()
    (closed / "b.md").write_text("**Q2：二？**\n\n<u>丙</u>\n", encoding="utf-8")
    closed.chmod(0)
    done = built()
    closed.chmod(0o755)
    assert done.returncode == 1
    assert "notes/closed:1:1: error[unreadable-file] the folder cannot be read: Permission denied" in done.stderr
    (closed / "b.md").chmod(0)
    assert "notes/closed/b.md:1:1: error[unreadable-file]" in built().stderr
    (closed / "b.md").chmod(0o644)
    project.chmod(0o555)
    done = built()
    project.chmod(0o755)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "deck.apkg cannot be written: Permission denied" in done.stderr
    (project / "deckgen.toml").chmod(0)
    done = built()
    (project / "deckgen.toml").chmod(0o644)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "Permission denied" in done.stderr


def test_many_notes_of_the_first_second_of_all_can_be_read_again(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    _grow(project, 20)
    for _ in range(2):
        assert _build(project).stderr == ""
    assert len(_guids(project)) == 20


# A disk that is full.


@pytest.mark.parametrize("room", [0, 1000, 4000])
def test_a_full_disk_leaves_the_old_package_and_the_old_ledger(project: Path, room: int) -> None:
    """A limit on the size of files stands for the disk: writing beyond it fails in the same place, in the same way."""
    _build(project)
    before = (project / "deck.apkg").read_bytes(), (project / "deckgen.lock").read_bytes()
    more = "".join(f"\n**Q{n}：第{n}问？**\n\n<u>{hashlib.sha256(b'%d' % n).hexdigest()}</u>\n" for n in range(2, 90))
    (project / "notes" / "a.md").write_text(NOTE + more, encoding="utf-8")
    code = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({room}, {room}))\n"
        "sys.dont_write_bytecode = True\n"
        "from deckgen.__main__ import main; sys.argv = ['deckgen', 'build']; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=project, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 2, done.stderr
    assert "the temporary folder cannot be used" in done.stderr or os.strerror(errno.EFBIG) in done.stderr
    assert "Traceback" not in done.stderr
    assert ((project / "deck.apkg").read_bytes(), (project / "deckgen.lock").read_bytes()) == before
    assert _names(project) == ["deck.apkg", "deckgen.lock", "deckgen.toml", "notes"]
    assert _left_over(project) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has a device that is always full")
def test_standard_output_that_is_full_is_told() -> None:
    with Path("/dev/full").open("wb") as full:
        command = [sys.executable, "-m", "deckgen", "figures", "--example"]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "standard output" in done.stderr


# Two builds at once.


@pytest.mark.parametrize("times", [3, pytest.param(20, marks=pytest.mark.long)])
def test_builds_at_once_lose_nothing(project: Path, times: int) -> None:
    """Pairs of builds start while the author edits. Whichever is last, the next build knows every note and phrase."""
    text = "".join(f"**Q{n}：第{n}问？**\n\n<u>甲{n}</u>\n\n" for n in range(1, 9))
    file = project / "notes" / "a.md"
    file.write_text(text, encoding="utf-8")
    _build(project)
    first = _guids(project)
    for turn in range(times):
        pair = []
        for half in range(2):
            number = turn % 8 + 1
            text = text.replace(f"问？**\n\n<u>甲{number}", f"问？**\n\n新的<u>短语{turn}{half}</u>，<u>甲{number}", 1)
            file.write_text(text, encoding="utf-8")
            pair.append(subprocess.Popen(COMMAND, cwd=project, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE))
            time.sleep(turn % 5 / 25)
        for process in pair:
            assert process.communicate(timeout=60)[1] == b""
            assert process.returncode == 0
    entries = ledger.loading(project)().entries
    assert sorted(entries) == first
    assert all(entry.clozes[1].startswith("甲") for entry in entries.values())
    assert "notes: 8 unchanged" in _build(project).stdout
    assert _names(project) == ["deck.apkg", "deckgen.lock", "deckgen.toml", "notes"]
    assert _left_over(project) == []


def test_a_second_build_waits_and_then_gives_up(project: Path) -> None:
    with ledger.locked(project), pytest.raises(DeckgenError, match="another build of"), ledger.locked(project, 0.1):
        pass
    with ledger.locked(project, 0):
        pass


# Builds that are killed.


READY = (
    "from deckgen.__main__ import main; import sys; print('ready', flush=True); sys.argv = ['deckgen', 'build']; main()"
)
"""Before that it is Python's own start, some hundredths of a second in which Ctrl-C is Python's to answer."""


def _ended(project: Path, how: signal.Signals, chance: random.Random) -> tuple[int, str]:
    """A build that gets a signal at a random moment, or, every other time, at one when it writes."""
    command = [sys.executable, "-c", READY]
    with subprocess.Popen(command, cwd=project, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        time.sleep(0.05)  # a build before may have left a file that looks like one of now
        writing = chance.random() < 0.5
        end = time.monotonic() + (10 if writing else chance.uniform(0.02, 0.6))
        while process.poll() is None and time.monotonic() < end:
            if writing and any(name.endswith((".part", ".pending")) for name in _names(project)):
                time.sleep(chance.uniform(0, 0.004))
                break
            time.sleep(0.0005)
        process.send_signal(how)
        _, said = process.communicate(timeout=60)
        return process.returncode, said


def _grow(project: Path, notes: int) -> None:
    text = "".join(f"**Q{n}：第{n}问？**\n\n<u>甲{n}</u>是<u>乙{n}</u>\n\n" for n in range(notes))
    (project / "notes" / "a.md").write_text(text, encoding="utf-8")


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL], ids=["SIGINT", "SIGKILL"])
@pytest.mark.parametrize("times", [4, pytest.param(40, marks=pytest.mark.long)])
def test_a_build_ended_at_any_moment_leaves_a_package_and_a_ledger_that_fit(
    project: Path, how: signal.Signals, times: int
) -> None:
    _build(project)
    chance = random.Random(times)  # noqa: S311 - the same moments each time
    ended = []
    for turn in range(times):
        _grow(project, 60 + turn)
        guids = set(_guids(project))
        code, said = _ended(project, how, chance)
        ended.append(code)
        if how == signal.SIGINT:
            assert (code, said) in ((0, ""), (130, "interrupted: every file is as it was, or as it was to be\n"))
            assert _left_over(project) == []
        with zipfile.ZipFile(project / "deck.apkg") as package:
            assert package.testzip() is None
        assert guids <= set(_guids(project))
    assert any(ended)
    assert _build(project).returncode == 0
    assert not (project / ".deckgen.lock.pending").exists()
    # the note of the project's beginning, and those that grew: each has one line, whatever was interrupted
    assert len(_guids(project)) == 60 + times


def test_processes_that_draw_are_silent_when_all_are_interrupted(project: Path) -> None:
    blocks = "".join(f"```figure softmax\nscores = [1, {n}]\n```\n\n" for n in range(2, 30))
    (project / "notes" / "a.md").write_text(f"{NOTE}\n{blocks}", encoding="utf-8")
    command = [sys.executable, "-c", READY]
    ended = []
    for moment in (0.3, 0.8, 1.5):
        with subprocess.Popen(
            command,
            cwd=project,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,  # a group of its own, as a terminal gives to each command
        ) as process:
            assert process.stdout
            process.stdout.readline()
            time.sleep(moment)
            os.killpg(process.pid, signal.SIGINT)
            _, said = process.communicate(timeout=60)
        ended.append((process.returncode, said.count("\n")))
    assert (130, 1) in ended
    assert set(ended) <= {(130, 1), (0, 0)}, "a fast machine may be done before the last signal"


def test_what_a_killed_build_left_is_tidied_up_later(project: Path) -> None:
    old, fresh = project / ".deck.apkg.old.part", project / ".deck.apkg.new.part"
    for left in (old, fresh):
        left.write_bytes(b"half")
    os.utime(old, (1, 1))
    _build(project)
    assert (old.exists(), fresh.exists()) == (False, True)


def test_a_ledger_of_an_interrupted_build_is_kept_by_the_next_that_is_interrupted(project: Path) -> None:
    """The first was killed between the package and the ledger; the second writes another package and is killed too."""
    _build(project)
    text = (project / "deckgen.lock").read_text(encoding="utf-8")
    (project / "deckgen.lock").unlink()
    made = (project / "deck.apkg").read_bytes()
    ledger.save(project, ledger.EMPTY, project / "x.apkg", lambda: b"another")
    assert "guid" not in (project / "deckgen.lock").read_text(encoding="utf-8")
    head = json.dumps({"package": str(project / "deck.apkg"), "hash": files.hashed(made).hex()})
    (project / ".deckgen.lock.pending").write_text(head, encoding="utf-8")
    (project / ".deckgen.lock-next.part").write_text(text, encoding="utf-8")
    assert len(_guids(project)) == 1
    (project / "folder").mkdir()
    with pytest.raises(OSError, match="ordinary file"):
        ledger.save(project, ledger.EMPTY, project / "folder", lambda: b"yet another")
    assert len(_guids(project)) == 1


@pytest.mark.parametrize("enabled", [True, False])
def test_a_library_user_keeps_his_garbage_collector_as_it_was(project: Path, *, enabled: bool) -> None:
    def interrupt(*_: object) -> None:
        assert not gc.isenabled(), "nothing rests, so that this test shows nothing"
        raise KeyboardInterrupt

    before = gc.isenabled()
    try:
        (gc.enable if enabled else gc.disable)()
        settings = config.load([project])
        assert not build.build(settings).failed
        assert gc.isenabled() == enabled
        with pytest.raises(KeyboardInterrupt):
            build.build(settings, progress=interrupt)
        assert gc.isenabled() == enabled
    finally:
        (gc.enable if before else gc.disable)()


def test_a_current_folder_that_is_gone_is_said(project: Path, tmp_path: Path) -> None:
    (tmp_path / "gone").mkdir()
    code = "import os, sys; os.rmdir(os.getcwd()); from deckgen.cli import main; sys.exit(main(['build', sys.argv[1]]))"
    command = [sys.executable, "-c", code, str(project)]
    done = subprocess.run(command, cwd=tmp_path / "gone", capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == "deckgen: the current folder is gone: No such file or directory\n"
