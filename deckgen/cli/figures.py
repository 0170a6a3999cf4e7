"""`deckgen figures`: the kinds of figures, blocks to paste, a page of them all."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from deckgen.cli.command import add_command, add_format, completed
from deckgen.cli.output import FINE, coloured
from deckgen.diagnostics import DeckgenError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from deckgen.cli.command import Commands

EXAMPLES = """\
  deckgen figures                          every kind
  deckgen figures attention                one kind
  deckgen figures attention --example      a block to paste
  deckgen figures --gallery figures.html   a page that shows them all
"""


def add(commands: Commands) -> None:
    """Declare the command."""
    purpose = "list the kinds of figures with their parameters, or print blocks to paste"
    parser = add_command(commands, "figures", run, purpose, EXAMPLES)
    completed(parser.add_argument("kind", nargs="?", metavar="KIND", help="only this kind"), _kinds)
    parser.add_argument("--example", action="store_true", help="print a block to paste into notes")
    parser.add_argument("--gallery", metavar="FILE", help="write a page with every kind, in light and night")
    parser.add_argument("--lang", choices=("zh", "en"), default="zh", help="its language (default: %(default)s)")
    add_format(parser, "the kinds")


def run(arguments: argparse.Namespace) -> int:
    """Print what was asked for."""
    from deckgen import figures  # noqa: PLC0415 - `--help` needs none of it

    known = figures.catalogue()
    if arguments.kind is not None and arguments.kind not in known:
        raise DeckgenError(f"unknown kind of figure {arguments.kind}: the kinds are {', '.join(known)}")
    kinds = [arguments.kind] if arguments.kind else list(known)
    if arguments.gallery:
        return _gallery(Path(arguments.gallery), arguments.lang)
    if arguments.example:
        print("\n".join(figures.example(kind) for kind in kinds), end="")
    elif arguments.format == "json":
        print(json.dumps({kind: known[kind] for kind in kinds}, ensure_ascii=False))
    else:
        print("\n\n".join(_kind(kind, known[kind]) for kind in kinds))
    return FINE


def _gallery(path: Path, language: str) -> int:
    from deckgen import files  # noqa: PLC0415 - as above
    from deckgen.figures import gallery  # noqa: PLC0415 - as above

    try:
        files.save(path, gallery.page(language).encode())
    except OSError as error:
        raise DeckgenError(f"{path} cannot be written: {error.strerror or error}") from error
    print(f"every kind of figure → {path}")
    return FINE


def _kind(name: str, keys: Mapping[str, Mapping[str, str | bool]]) -> str:
    """A kind with its keys, one a line."""
    width = max(map(len, keys))
    lines = [coloured("1", name, sys.stdout)]
    for key, about in keys.items():
        default = "required" if about["required"] else f"default {about['default']}" if about["default"] else "optional"
        lines.append(f"  {key:{width}}  {about['type']}, {default}: {about['meaning']}")
    return "\n".join(lines)


def _kinds(**_: object) -> list[str]:
    from deckgen import figures  # noqa: PLC0415 - as above

    return list(figures.catalogue())
