"""How a command is declared: its arguments, its help with examples, and what a shell may complete."""

from __future__ import annotations

import argparse
import os
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from deckgen.cache import Cache
    from deckgen.config import Config

    Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001 - argparse gives it no other name
    Run = Callable[[argparse.Namespace], int]


class Help(argparse.RawDescriptionHelpFormatter):
    """Help as wide as the terminal. argparse makes one for each argument that is declared, and would import shutil to ask
    for the width, which takes longer than all the rest of it.
    """

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=_columns() - 2)


def _columns() -> int:
    """As `shutil.get_terminal_size` counts them."""
    with suppress(KeyError, ValueError):
        if (columns := int(os.environ["COLUMNS"])) > 0:
            return columns
    with suppress(OSError):  # it is no terminal
        if columns := os.get_terminal_size().columns:
            return columns
    return 80


def add_command(commands: Commands, name: str, run: Run, purpose: str, examples: str) -> argparse.ArgumentParser:
    """A command whose help ends with examples."""
    parser = commands.add_parser(
        name,
        help=purpose,
        description=purpose[0].upper() + purpose[1:] + ".",
        epilog=f"examples:\n{examples}",
        formatter_class=Help,
    )
    parser.set_defaults(command=run, format="text")
    return parser


def of_notes(commands: Commands, name: str, run: Run, purpose: str, examples: str) -> argparse.ArgumentParser:
    """A command that reads notes and says what is wrong with them."""
    parser = add_command(commands, name, run, purpose, examples)
    add_paths(parser)
    parser.add_argument("--strict", action="store_true", help="make warnings errors")
    add_speed(parser)
    add_format(parser, "what is wrong, which is all that JSON holds")
    return parser


def add_speed(parser: argparse.ArgumentParser) -> None:
    """Choices that change nothing but time."""
    parser.add_argument(
        "--jobs", type=_jobs, metavar="N", help="read and draw in so many processes (default: one for each processor)"
    )
    parser.add_argument(
        "--no-cache", dest="cache", action="store_false", help="read every file anew, whatever earlier builds have kept"
    )


def _jobs(typed: str) -> int:
    jobs = int(typed) if typed.isascii() and typed.isdigit() else 0
    if not 0 < jobs <= MOST_JOBS:
        raise argparse.ArgumentTypeError(f"a number of processes from 1 to {MOST_JOBS}, not {typed!r}")
    return jobs


MOST_JOBS = 60
"""Windows cannot wait for more."""


def jobs(arguments: argparse.Namespace) -> int:
    """How many processes may work."""
    return arguments.jobs or processors()


def processors() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def kept(arguments: argparse.Namespace, settings: Config, *, writing: bool = False) -> Cache | None:
    """What earlier builds of the project have kept; None where there is no project, or where nobody wants it."""
    from deckgen import cache  # noqa: PLC0415 - `--help` needs none of it

    return cache.of(settings.root, writing=writing) if settings.project and arguments.cache else None


def add_paths(parser: argparse.ArgumentParser) -> None:
    """The notes to read."""
    paths = parser.add_argument(
        "paths", nargs="*", metavar="PATH", help="files or a folder (default: the project of this folder, deckgen.toml)"
    )
    completed(paths, _notes)


def add_format(parser: argparse.ArgumentParser, what: str) -> None:
    """How to print what is said."""
    parser.add_argument(
        "--format", choices=("text", "json"), default="text", help=f"how to print {what} (default: %(default)s)"
    )


def completed(argument: argparse.Action, completer: Callable[..., list[str]]) -> None:
    """Let a shell complete the argument. argcomplete, which asks the completer, is imported only then."""
    argument.completer = completer  # type: ignore[attr-defined]  # argcomplete's own way


def _notes(prefix: str, **_: object) -> list[str]:
    from argcomplete.completers import FilesCompleter  # noqa: PLC0415 - only a shell that completes needs it

    return list(FilesCompleter(("md",))(prefix))


def folders(prefix: str, **_: object) -> list[str]:
    """Completes the name of a folder."""
    from argcomplete.completers import DirectoriesCompleter  # noqa: PLC0415 - as above

    return list(DirectoriesCompleter()(prefix))
