"""Whole processes, measured from outside: wall time and peak memory, the contestants taking turns."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

ROOT = Path(__file__).parent.parent
PYTHON = sys.executable
EPOCH = 1_700_000_000


@dataclass(frozen=True, slots=True)
class Run:
    """What one process took."""

    seconds: float
    """Wall time; on request the processor's, of all its processes together."""
    peak: float
    """The resident memory of the process at its largest, in MiB; where it started others, of the largest among them.
    Never less than that of the process that starts it, so the benchmark itself must stay small."""


@dataclass(frozen=True, slots=True)
class Command:
    """A contestant: what to run, where, and what to do before the clock starts."""

    arguments: Sequence[str]
    folder: Path
    before: Callable[[], object] = lambda: None
    epoch: int = EPOCH
    """The time of the build, so that two builds can be compared byte by byte."""
    processor: bool = False
    """Measure the processor's time: on a busy machine it says more, but two processes at once gain nothing by it."""


class FailedError(Exception):
    """A contestant did not finish its work, so that its time means nothing."""


def run(command: Command) -> Run:
    """Run it once, quietly. Raises FailedError with what it said."""
    command.before()
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "SOURCE_DATE_EPOCH": str(command.epoch)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # nobody compiles all of a program at every run
    log = command.folder / "bench.log"
    with log.open("wb") as output:
        start = time.perf_counter()
        process = subprocess.Popen(
            command.arguments, cwd=command.folder, env=environment, stdout=output, stderr=subprocess.STDOUT
        )
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        said = log.read_text(encoding="utf-8", errors="replace")[-2000:]
        raise FailedError(f"{' '.join(command.arguments)} ended with {process.returncode}:\n{said}")
    log.unlink()
    if command.processor:
        seconds = usage.ru_utime + usage.ru_stime
    return Run(seconds, usage.ru_maxrss / (1024 * 1024 if sys.platform == "darwin" else 1024))


def best(commands: Mapping[str, Command], rounds: int) -> dict[str, Run]:
    """The least of each over the rounds. In a round every command runs once, so that a slow moment hits all of them;
    what disturbs a process only ever makes it slower, so its least is what comes nearest to the truth.
    """
    runs: dict[str, list[Run]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            runs[name].append(run(command))
    return {name: Run(min(r.seconds for r in several), min(r.peak for r in several)) for name, several in runs.items()}
