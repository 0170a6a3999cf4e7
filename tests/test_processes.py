"""Several processes come to what one comes to, whatever happens to them."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest

from deckgen import processes

if TYPE_CHECKING:
    from pathlib import Path


def _square(number: int) -> int:
    return number * number


def _killed_at_five(number: int) -> int:
    if number == 5 and multiprocessing.parent_process() is not None:
        os._exit(9)
    return number * number


def _wrong(number: int) -> int:
    raise ValueError(number)


@pytest.mark.parametrize("jobs", [1, 2, 3])
def test_results_come_in_the_order_of_the_items(jobs: int) -> None:
    assert list(processes.mapped(_square, range(20), jobs)) == [n * n for n in range(20)]
    assert list(processes.mapped(_square, [], jobs)) == []


def test_what_a_process_leaves_undone_when_it_is_killed_is_done_here() -> None:
    assert list(processes.mapped(_killed_at_five, range(20), 2)) == [n * n for n in range(20)]


@pytest.mark.parametrize("jobs", [1, 2])
def test_an_error_is_the_callers(jobs: int) -> None:
    with pytest.raises(ValueError, match="0"):
        list(processes.mapped(_wrong, range(5), jobs))


def test_what_is_done_beside_gives_its_result_or_its_error_to_who_waits() -> None:
    begun, may_end = threading.Event(), threading.Event()

    def work() -> int:
        begun.set()
        assert may_end.wait(10)
        return 1

    result = processes.beside(work)
    assert begun.wait(10)  # before anybody waits for it
    may_end.set()
    assert (result(), result()) == (1, 1)
    wrong = processes.beside(lambda: _wrong(3))
    for _ in range(2):
        with pytest.raises(ValueError, match="3"):
            wrong()


@pytest.mark.skipif(sys.platform == "win32", reason="a signal of POSIX")
@pytest.mark.parametrize("after", [0.3, 0.8, 1.5, 2.5])
def test_control_c_ends_all_processes_with_one_line(after: float, tmp_path: Path) -> None:
    """As a terminal does it: the signal goes to the whole group."""
    started = _started(tmp_path)
    time.sleep(after)
    os.killpg(started.pid, signal.SIGINT)
    _, err = started.communicate(timeout=30)
    assert "Traceback" not in err
    assert started.returncode == 0 or err.endswith("interrupted: every file is as it was, or as it was to be\n"), err
    assert _is_gone(started.pid)


@pytest.mark.skipif(sys.platform == "win32", reason="a signal of POSIX")
@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
def test_no_process_outlives_the_one_that_started_it(end: int, tmp_path: Path) -> None:
    started = _started(tmp_path)
    time.sleep(1.5)
    started.send_signal(end)
    started.communicate(timeout=30)
    assert _is_gone(started.pid)


def _started(folder: Path) -> subprocess.Popen[str]:
    """A large build in several processes, in a group of their own."""
    (folder / "deckgen.toml").write_text("", encoding="utf-8")
    for number in range(40):
        notes = (f"**Q{n}：第{number}章第{n}问？**\n\n- <u>甲</u>，**乙**\n- `丙`\n\n" for n in range(300))
        (folder / f"{number}.md").write_text("".join(notes), encoding="utf-8")
    command = [sys.executable, "-m", "deckgen", "build", "--jobs", "3", "-o", "deck.apkg"]
    return subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )


def _is_gone(group: int) -> bool:
    for _ in range(100):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False
