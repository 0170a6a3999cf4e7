"""The command line: the only part that prints or exits. One module a command, or a few that belong together.

Exit codes: 0 fine (warnings allowed), 1 the notes have errors and nothing was written, 2 wrong usage or configuration.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING

from deckgen import __version__
from deckgen.cli.command import Help
from deckgen.cli.output import FINE, USAGE_WRONG, tell
from deckgen.diagnostics import DeckgenError, meant

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

SYNTAX = """\
A note is a question in bold and the answer below it; what is underlined becomes a cloze card:

    **Q01：为什么要除以 √d_k？**

    点积的方差是 <u>d_k</u>，数值过大会让 softmax <u>饱和</u>。

    > 出自 Attention Is All You Need。

"""
EXAMPLES = """\
  deckgen init interview                 a folder with notes to start from
  deckgen build notes.md                 notes.apkg, ready for Anki
  deckgen check notes.md                 say what is wrong, write nothing
  deckgen preview                        look at every card while you write
  deckgen build --help                   more of one command
"""


def entry() -> int:
    """Run as a program; its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")
    code = main(sys.argv[1:])
    try:
        sys.stdout.flush()
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the interpreter flushes it once more
        if not isinstance(error, BrokenPipeError):
            print(f"deckgen: standard output cannot be written: {error.strerror}", file=sys.stderr)
            code = USAGE_WRONG
    return code


def main(argv: Sequence[str]) -> int:
    """Run one command and return its exit code."""
    parser = _parser(argv)
    if "_ARGCOMPLETE" in os.environ:  # a shell asks what may come next
        import argcomplete  # noqa: PLC0415 - no other run needs it

        argcomplete.autocomplete(parser, always_complete_options=False)
    if not argv:
        parser.print_help(sys.stderr)
        return USAGE_WRONG
    if argv[0] not in COMMANDS and not argv[0].startswith("-"):
        parser.error(_no_command(argv[0]))
    arguments = parser.parse_args(argv)
    command: Callable[[argparse.Namespace], int] = arguments.command
    try:
        return command(arguments)
    except DeckgenError as error:
        tell(error, arguments.format)
        return USAGE_WRONG
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FINE
    except OSError as error:  # whatever a file system may refuse
        print(f"deckgen: {_place(error)}: {error.strerror or error}", file=sys.stderr)
        return USAGE_WRONG


def _no_command(typed: str) -> str:
    """What may have been meant by a first word that is no command."""
    if os.path.exists(typed):  # noqa: PTH110 - nothing else here needs a path
        return f"{typed!r} is no command: to make cards of it, `deckgen build {typed}`"
    alike = meant(typed, COMMANDS)
    hint = f"did you mean `{alike}`?" if alike else f"there are {', '.join(COMMANDS)}"
    return f"{typed!r} is no command: {hint}"


def _place(error: OSError) -> str:
    """What the system refused."""
    try:
        os.getcwd()  # noqa: PTH109 - only whether there is one
    except OSError:
        return "the current folder is gone"
    return str(error.filename or "standard output cannot be written")


def _parser(argv: Sequence[str] = ()) -> argparse.ArgumentParser:
    """Of the command that is named first, or of all where none is."""
    parser = argparse.ArgumentParser(
        prog="deckgen",
        description="Compile Markdown study notes to an Anki package.",
        epilog=f"{SYNTAX}examples:\n{EXAMPLES}",
        formatter_class=Help,
    )
    parser.add_argument("--version", action="version", version=f"deckgen {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    named = argv[0] if argv else None
    for name in [named] if named in COMMANDS else COMMANDS:
        module, add = COMMANDS[name]
        getattr(import_module(f"{__name__}.{module}"), add)(commands)
    return parser


COMMANDS = {
    "init": ("start", "add_init"),
    "build": ("build", "add"),
    "preview": ("preview", "add"),
    "diff": ("check", "add_diff"),
    "check": ("check", "add_check"),
    "templates": ("templates", "add"),
    "figures": ("figures", "add"),
    "completion": ("start", "add_completion"),
}
"""The module that declares each command, and its function for that, in the order of the help."""
