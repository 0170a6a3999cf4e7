"""Work for several processes at once."""

from __future__ import annotations

import signal
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

Item = TypeVar("Item")
Result = TypeVar("Result")


def mapped(function: Callable[[Item], Result], items: Iterable[Item], jobs: int) -> Iterator[Result]:
    """What the function makes of each item, in their order, in `jobs` processes; in this one where that is 1, and from
    where one of them is killed, as a system does that has no memory left.

    Several need the caller's main module to be importable.
    """
    items = list(items)
    if jobs == 1:
        yield from map(function, items)
        return
    from concurrent.futures.process import BrokenProcessPool  # noqa: PLC0415 - only much work pays for it

    done = 0
    try:
        for result in _by_several(function, items, jobs):
            yield result
            done += 1
    except BrokenProcessPool:
        yield from map(function, items[done:])


def _by_several(function: Callable[[Item], Result], items: Iterable[Item], jobs: int) -> Iterator[Result]:
    from concurrent.futures import ProcessPoolExecutor  # noqa: PLC0415 - as above
    from multiprocessing import get_context  # noqa: PLC0415 - as above

    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        try:
            with _deaf():
                coming = pool.map(function, items)
            yield from coming
        except BaseException:  # nobody waits for the rest
            pool.shutdown(wait=False, cancel_futures=True)
            raise


@contextmanager
def _deaf() -> Iterator[None]:
    """Processes that are started here do not hear Ctrl-C, which a terminal sends to all: ours alone answers it."""
    if sys.platform == "win32":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
