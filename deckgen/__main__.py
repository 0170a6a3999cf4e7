"""`python -m deckgen`, and what the command `deckgen` runs: the command line, where Ctrl-C may come at any moment.

Python raises KeyboardInterrupt wherever it stands, and code that it passes on the way may turn it into another error,
say it aloud, or swallow it. So the signal itself is remembered, and whatever comes of it ends in one line.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
from contextlib import suppress
from typing import NoReturn

INTERRUPTED = 130
COLLECTED_AT = 50_000
"""So many new objects, before Python's collector of cycles looks at them. All imports of a check make fewer, and what is
imported stays: it would find nothing.
"""


def main() -> None:
    """Run the command line. Files are replaced as a whole, so Ctrl-C leaves none of them half-written."""
    gc.set_threshold(COLLECTED_AT)
    signals: list[int] = []

    def interrupt(number: int, _frame: object) -> None:
        signals.append(number)
        sys.unraisablehook = lambda _: None
        raise KeyboardInterrupt

    signal.signal(signal.SIGINT, interrupt)
    try:
        from deckgen.cli import entry  # noqa: PLC0415 - it may be interrupted, too

        code = entry()
    except BaseException as stop:
        if not signals:
            raise
        code = 0 if isinstance(stop, SystemExit) and stop.code == 0 else INTERRUPTED
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    if signals and code:  # what waits for Ctrl-C ends well by it
        sys.stderr.write("interrupted: every file is as it was, or as it was to be\n")
        code = INTERRUPTED
    _end(code)


def _end(code: int) -> NoReturn:
    """End at once: to take apart all that was imported takes Python 5 ms, a tenth of a build that has nothing to do.
    Profilers and processes that were started do something at that end, and get it.
    """
    if sys.getprofile() or sys.gettrace() or "multiprocessing" in sys.modules:
        gc.freeze()
        sys.exit(code)
    with suppress(OSError):
        sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
