"""`python -m bench`: measure, and print the table. Nothing is written outside a temporary folder."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from bench.measure import FailedError
from bench.rows import ROWS, Bench, Row

HEADINGS = Row("work", "measured", "target", reached=None)
WIDTHS = (54, 62, 44)


def main() -> int:
    """Print a row as soon as it is measured; 1 where a contestant failed. A target that is missed is no failure."""
    arguments = _arguments()
    with tempfile.TemporaryDirectory(prefix="deckgen-bench-") as folder:
        _print(HEADINGS, "reached")
        for name in arguments.only or ROWS:
            own = Path(folder) / name
            own.mkdir()
            sizes = {"small": 50, "middle": 100, "large": 200, "real": 20} if arguments.quick else {}
            try:
                for row in ROWS[name](Bench(own, arguments.rounds, arguments.processor, **sizes)):
                    _print(row, {True: "yes", False: "no", None: "–"}[row.reached])
            except FailedError as failed:
                print(failed, file=sys.stderr)
                return 1
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench", description="How fast deckgen is, beside floors and others."
    )
    parser.add_argument("--quick", action="store_true", help="few notes, to see that it runs; the ratios say little")
    parser.add_argument("--only", action="append", choices=ROWS, metavar="NAME", help=f"one of {', '.join(ROWS)}")
    parser.add_argument("--rounds", type=int, default=3, help="turns of each command, of which the least counts")
    parser.add_argument(
        "--processor", action="store_true", help="measure the processor's time: says more on a busy machine"
    )
    return parser.parse_args()


def _print(row: Row, reached: str) -> None:
    cells = (row.work, row.measured, row.target)
    print("  ".join(cell.ljust(width) for cell, width in zip(cells, WIDTHS, strict=True)) + f"  {reached}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
