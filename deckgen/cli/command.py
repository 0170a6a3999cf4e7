"""How a command is declared: its arguments, its help with examples, and what a shell may complete."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001 - argparse gives it no other name
    Run = Callable[[argparse.Namespace], int]


def add_command(commands: Commands, name: str, run: Run, purpose: str, examples: str) -> argparse.ArgumentParser:
    """A command whose help ends with examples."""
    parser = commands.add_parser(
        name,
        help=purpose,
        description=purpose[0].upper() + purpose[1:] + ".",
        epilog=f"examples:\n{examples}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(command=run, format="text")
    return parser


def of_notes(commands: Commands, name: str, run: Run, purpose: str, examples: str) -> argparse.ArgumentParser:
    """A command that reads notes and says what is wrong with them."""
    parser = add_command(commands, name, run, purpose, examples)
    add_paths(parser)
    parser.add_argument("--strict", action="store_true", help="make warnings errors")
    add_format(parser)
    return parser


def add_paths(parser: argparse.ArgumentParser) -> None:
    """The notes to read."""
    paths = parser.add_argument(
        "paths", nargs="*", metavar="PATH", help="files or a folder (default: the project of this folder, deckgen.toml)"
    )
    completed(paths, _notes)


def add_format(parser: argparse.ArgumentParser) -> None:
    """How to print what is said."""
    parser.add_argument(
        "--format", choices=("text", "json"), default="text", help="how to print it (default: %(default)s)"
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
