"""`python -m deckgen`, and what the command `deckgen` runs: the command line, imported where Ctrl-C is expected."""

from __future__ import annotations

import signal
import sys

INTERRUPTED = 130


def main() -> None:
    """Run the command line; on Ctrl-C end with one line. Files are replaced as a whole, so nothing is half-written."""
    try:
        from deckgen.cli import entry  # noqa: PLC0415 - Ctrl-C may come while it is imported

        try:
            entry()
        finally:
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # Python's own way out would be loud, too
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        sys.stderr.write("interrupted: every file is as it was, or as it was to be\n")
        sys.exit(INTERRUPTED)


if __name__ == "__main__":
    main()
