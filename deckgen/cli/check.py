"""`deckgen check` and `deckgen diff`: what is wrong, and what changed; nothing is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deckgen.cli.command import completed, jobs, kept, of_notes
from deckgen.cli.output import FINE, Progress, consequences, count, failed, problems, readings, report, worded

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from deckgen.build import Build
    from deckgen.cli.command import Commands

CHECK_EXAMPLES = """\
  deckgen check                          the project of this folder (deckgen.toml)
  deckgen check notes.md                 one file
  deckgen check --strict                 let a warning fail too
  deckgen check --explain long-cloze     what a code means, with a bad and a good example
  deckgen check notes.md --format json   for an editor: one JSON object a line
"""
DIFF_EXAMPLES = """\
  deckgen diff                           of the project of this folder (deckgen.toml)
  deckgen diff notes.md                  of one file
"""


def add_diff(commands: Commands) -> None:
    """Declare `diff`."""
    purpose = "say what changed since the last build, note by note, and write nothing"
    of_notes(commands, "diff", diff, purpose, DIFF_EXAMPLES)


def add_check(commands: Commands) -> None:
    """Declare `check`."""
    purpose = "say everything that is wrong with the notes, and write nothing"
    parser = of_notes(commands, "check", check, purpose, CHECK_EXAMPLES)
    code = parser.add_argument("--explain", metavar="CODE", help="say what a code means, with a bad and a good example")
    completed(code, _codes)


def check(arguments: argparse.Namespace) -> int:
    """Say what is wrong."""
    if arguments.explain:
        from deckgen import explanations  # noqa: PLC0415 - `--help` needs none of it

        print(explanations.explain(arguments.explain).text, end="")
        return FINE
    from deckgen import build  # noqa: PLC0415 - as above

    made = _made(arguments, build.check)
    if made.failed:
        return failed(made.diagnostics, "nothing would be written")
    if arguments.format == "text":
        notes = sum(len(document.outlines) for document in made.documents)
        print(f"{count(notes, 'note')} in {count(len(made.documents), 'file')}, {problems(made.diagnostics)}")
        print("\n".join(readings(made.documents)))
    return FINE


def _made(arguments: argparse.Namespace, make: Callable[..., Build]) -> Build:
    """What `build.check` or `build.build` makes of the notes, after saying what is wrong with them."""
    from deckgen import config  # noqa: PLC0415 - as above

    settings = config.load(arguments.paths)
    choices = {"strict": arguments.strict, "jobs": jobs(arguments), "cache": kept(arguments, settings)}
    with Progress() as progress:
        made = make(settings, **choices, progress=progress)
    report(worded(made.diagnostics), arguments.format)
    return made


def diff(arguments: argparse.Namespace) -> int:
    """Say what would change."""
    from deckgen import build, changes  # noqa: PLC0415 - as above

    made = _made(arguments, build.build)
    compiled = made.compiled
    if compiled is None:
        return failed(made.diagnostics, "nothing would be written")
    if arguments.format == "text":
        print("\n".join([*map(changes.as_text, compiled.changes.told), *consequences(compiled)]))
    return FINE


def _codes(**_: object) -> list[str]:
    from deckgen import explanations  # noqa: PLC0415 - as above

    return explanations.codes()
