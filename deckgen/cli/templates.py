"""`deckgen templates`: make the cards' look your own."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from deckgen.cli.command import add_command
from deckgen.cli.output import FINE, coloured

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from deckgen.cli.command import Commands
    from deckgen.templates.ejected import Difference

EXAMPLES = """\
  deckgen templates                            where each template comes from
  deckgen templates eject                      copy them all into templates/, to edit them there
  deckgen templates eject style.css            one of them
  deckgen templates diff                       what you changed, and what a newer deckgen changed
  deckgen templates diff --seen                what is newer is in my files now

Often the table [style] in deckgen.toml is enough: accent, font_size, font_family, line_height, align, width,
other_clozes.
"""


def add(commands: Commands) -> None:
    """Declare the command and its actions."""
    purpose = "say where each card template comes from, copy the built-in ones to edit them, compare them"
    parser = add_command(commands, "templates", run, purpose, EXAMPLES)
    actions = parser.add_subparsers(title="actions", metavar="ACTION", dest="action", required=False)
    actions.add_parser("list", help="where each file comes from (default)")
    eject = actions.add_parser("eject", help="copy built-in files into the project, to edit them there")
    eject.add_argument("names", nargs="*", metavar="FILE", help="as `list` names them (default: all)")
    diff = actions.add_parser("diff", help="what you changed in ejected files, and what a newer deckgen changed")
    diff.add_argument(
        "--seen", action="store_true", help="what is newer is in my files now: compare with it from here on"
    )


def run(arguments: argparse.Namespace) -> int:
    """List, eject or compare."""
    from deckgen import config  # noqa: PLC0415 - `--help` needs none of it
    from deckgen.config import shown  # noqa: PLC0415 - as above
    from deckgen.templates import ejected  # noqa: PLC0415 - as above

    settings = config.load()
    if arguments.action == "eject":
        written, left = ejected.eject(settings, arguments.names)
        for path in written:
            print(f"{shown(path)} is yours now")
        for path in left:
            print(f"{shown(path)} stands there already: left as it is")
    elif arguments.action == "diff" and arguments.seen:
        for path in ejected.seen(settings):
            print(f"{shown(path)} is compared with the built-in file of now")
    elif arguments.action == "diff":
        _print_differences(list(ejected.differences(settings)))
    else:
        listing = ejected.listing(settings)
        width = max(len(file.name) for file in listing)
        print("\n".join(f"{file.name:{width}}  {_state(file.state)}" for file in listing))
    return FINE


def _state(state: str) -> str:
    return state if state == "built in" else coloured("1", state, sys.stdout)


def _print_differences(differences: Sequence[Difference]) -> None:
    if not differences:
        print("every template is the built-in one: `deckgen templates eject` makes them yours")
    for difference in differences:
        if difference.yours:
            print(_coloured_diff(difference.yours))
        else:
            print(f"{difference.name} is as it was ejected")
        if difference.newer:
            print(f"\n{difference.name} was changed in deckgen since; take over what you like, then run with --seen:")
            print(_coloured_diff(difference.newer))


def _coloured_diff(text: str) -> str:
    colours = {"+": "32", "-": "31", "@": "36"}
    return "\n".join(
        coloured(colours[line[0]], line, sys.stdout) if line[:1] in colours else line for line in text.split("\n")
    )
