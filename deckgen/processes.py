"""Work for several processes at once, or for a thread beside what this one does."""

from __future__ import annotations

import os
import signal
import sys
from collections import deque
from contextlib import contextmanager
from itertools import chain
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Future

Item = TypeVar("Item")
Result = TypeVar("Result")


AHEAD = 4
"""Items for each process that are taken before the first of them is done: those of a large project take memory."""


def mapped(function: Callable[[Item], Result], items: Iterable[Item], jobs: int) -> Iterator[Result]:
    """What the function makes of each item, in their order, in `jobs` processes; in this one where that is 1, and from
    where one of them is killed, as a system does that has no memory left.

    Several need the caller's main module to be importable.
    """
    items = iter(items)
    if jobs == 1:
        yield from map(function, items)
        return
    from concurrent.futures.process import BrokenProcessPool  # noqa: PLC0415 - only much work pays for it

    waiting: deque[Item] = deque()
    try:
        yield from _by_several(function, items, jobs, waiting)
    except BrokenProcessPool:
        yield from map(function, chain(waiting, items))


def _by_several(
    function: Callable[[Item], Result], items: Iterator[Item], jobs: int, waiting: deque[Item]
) -> Iterator[Result]:
    """As `mapped`; `waiting` are those items whose results nobody was given yet."""
    from concurrent.futures import ProcessPoolExecutor  # noqa: PLC0415 - as above
    from multiprocessing import get_context  # noqa: PLC0415 - as above

    coming: deque[Future[Result]] = deque()
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=_end_with_us) as pool:
        try:
            for item in items:
                waiting.append(item)
                with _deaf():
                    coming.append(pool.submit(function, item))
                if len(coming) > AHEAD * jobs:
                    yield _first(coming, waiting)
            while coming:
                yield _first(coming, waiting)
        except BaseException:  # nobody waits for the rest
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _first(coming: deque[Future[Result]], waiting: deque[Item]) -> Result:
    result = coming.popleft().result()
    waiting.popleft()
    return result


def beside(function: Callable[[], Result]) -> Callable[[], Result]:
    """Begin this in a thread; what is given waits for its result, or raises what it raised. That pays where Python is
    free meanwhile, as while files are read, hashed and unpacked. The thread dies with the program.
    """
    from threading import Thread  # noqa: PLC0415 - as above

    results: list[Result] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(function())
        except BaseException as error:  # noqa: BLE001 - whoever waits gets it
            errors.append(error)

    thread = Thread(target=run, daemon=True)
    thread.start()

    def result() -> Result:
        thread.join()
        if errors:
            raise errors[0]
        return results[0]

    return result


def _end_with_us() -> None:
    """A process that was started here does not outlive this one, however this one ends: its queue would never do so."""
    from multiprocessing import parent_process  # noqa: PLC0415 - as above
    from threading import Thread  # noqa: PLC0415 - as above

    def wait() -> None:
        if parent := parent_process():
            parent.join()
        os._exit(1)

    Thread(target=wait, daemon=True).start()


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
