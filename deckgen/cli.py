"""The command line: the only file that prints or exits.

Exit codes: 0 fine (warnings allowed), 1 the notes have errors and nothing was written, 2 wrong usage or configuration.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, Self, TextIO

from deckgen import __version__, targets
from deckgen.diagnostics import DeckgenError, Diagnostic, as_json, as_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from deckgen.build import Build
    from deckgen.config import Config

FINE, NOTES_WRONG, USAGE_WRONG = 0, 1, 2

EXAMPLE = """\
A note is a question in bold and the answer below it; what is underlined becomes a cloze card:

    **Q01：为什么要除以 √d_k？**

    点积的方差是 <u>d_k</u>，数值过大会让 softmax <u>饱和</u>。

    > 出自 Attention Is All You Need。

examples:
  deckgen build notes.md                 notes.apkg, ready for Anki
  deckgen build notes.md -o deck.apkg    under another name
  deckgen build                          the project of this folder (deckgen.toml)
  deckgen build --to text                print the cards instead
  deckgen diff                           what the next import would change
  deckgen check notes.md                 say what is wrong, write nothing
"""

FIGURE_EXAMPLES = """\
examples:
  deckgen figures                          every kind
  deckgen figures attention                one kind
  deckgen figures attention --example      a block to paste
  deckgen figures --gallery figures.html   a page that shows them all
"""


def entry() -> NoReturn:
    """Run as a program."""
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
    sys.exit(code)


def main(argv: Sequence[str]) -> int:
    """Run one command and return its exit code."""
    arguments = _parser().parse_args(argv)
    command: Callable[[argparse.Namespace], int] = arguments.command
    try:
        return command(arguments)
    except DeckgenError as error:
        _report(error.diagnostics, arguments.format, {})
        if not error.diagnostics:
            print(f"deckgen: {error}", file=sys.stderr)
        return USAGE_WRONG
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FINE
    except OSError as error:  # whatever a file system may refuse
        where = error.filename or "standard output cannot be written"
        print(f"deckgen: {where}: {error.strerror or error}", file=sys.stderr)
        return USAGE_WRONG


def _build(arguments: argparse.Namespace) -> int:
    from deckgen import config, ledger  # noqa: PLC0415 - `--help` needs none of it

    settings = config.load(arguments.paths)
    output = _output(arguments, settings)
    with ledger.locked(settings.root):
        return _write(arguments, settings, output)


def _write(arguments: argparse.Namespace, settings: Config, output: Path | None) -> int:
    from deckgen import build  # noqa: PLC0415 - as above

    with _Progress() as progress:
        jobs = os.cpu_count() or 1
        made = build.build(settings, strict=arguments.strict, frozen=arguments.frozen, jobs=jobs, progress=progress)
    _report(made.diagnostics, arguments.format, _lines(made))
    if made.deck is None:
        return _failed(made, "nothing was written")
    if output is None:
        sys.stdout.write(targets.write(made.deck, arguments.to).decode("utf-8"))
        return FINE
    written = build.write(made, arguments.to, output)
    if not written.remembered:
        print("deckgen: the notes' folder is read-only, so nothing is remembered: a reworded note", file=sys.stderr)
        print("will be a new one; build from a folder of your own to keep its cards", file=sys.stderr)
    if arguments.format == "text":
        print(_summary(made, output, written.size), file=sys.stderr if arguments.to == "text" else sys.stdout)
    return FINE


def _diff(arguments: argparse.Namespace) -> int:
    from deckgen import build, changes, config  # noqa: PLC0415 - as above

    with _Progress() as progress:
        made = build.build(config.load(arguments.paths), strict=arguments.strict, progress=progress)
    _report(made.diagnostics, arguments.format, _lines(made))
    if made.deck is None:
        return _failed(made, "nothing would be written")
    if arguments.format == "text":
        shown = [changes.as_text(change) for change in made.changes if change.kind != "unchanged"]
        print("\n".join([*shown, *_consequences(made)]))
    return FINE


def _check(arguments: argparse.Namespace) -> int:
    from deckgen import build, config  # noqa: PLC0415 - as above

    settings = config.load(arguments.paths)
    with _Progress() as progress:
        made = build.check(settings, strict=arguments.strict, progress=progress)
    _report(made.diagnostics, arguments.format, _lines(made))
    if made.failed:
        return _failed(made, "nothing would be written")
    if arguments.format == "text":
        notes = sum(len(document.notes) for document in made.documents)
        print(f"{_count(notes, 'note')} in {_count(len(made.documents), 'file')}, {_problems(made)}")
    return FINE


def _figures(arguments: argparse.Namespace) -> int:
    from deckgen import figures  # noqa: PLC0415 - as above

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
    from deckgen.figures import gallery  # noqa: PLC0415

    try:
        files.save(path, gallery.page(language).encode())
    except OSError as error:
        raise DeckgenError(f"{path} cannot be written: {error.strerror or error}") from error
    print(f"every kind of figure → {path}")
    return FINE


def _kind(name: str, keys: Mapping[str, Mapping[str, str | bool]]) -> str:
    """A kind with its keys, one a line."""
    width = max(map(len, keys))
    lines = [_colour("1", name, sys.stdout)]
    for key, about in keys.items():
        default = "required" if about["required"] else f"default {about['default']}" if about["default"] else "optional"
        lines.append(f"  {key:{width}}  {about['type']}, {default}: {about['meaning']}")
    return "\n".join(lines)


def _output(arguments: argparse.Namespace, settings: Config) -> Path | None:
    """Where to write; None prints text. Never one of the notes themselves."""
    from deckgen import files  # noqa: PLC0415 - as above

    if arguments.output:
        output = Path(arguments.output)
    elif arguments.to == "text":
        if arguments.format == "json":
            raise DeckgenError("standard output cannot take both the text and the diagnostics: name a file with -o")
        return None
    elif settings.project and settings.whole:
        output = settings.root / (settings.output or f"{settings.root.name}.apkg")
    else:
        output = Path(f"{settings.files[0].stem or 'deck'}.apkg")
    if output.is_dir():
        raise DeckgenError(f"{output} is a folder: name a file, as in `-o {output / 'deck.apkg'}`")
    if os.path.realpath(output) in {os.path.realpath(file) for file in files.sources(settings)}:
        raise DeckgenError(f"{output} is one of the notes: name another file to write to")
    return output


def _report(diagnostics: Sequence[Diagnostic], form: str, lines: dict[str, tuple[str, ...]]) -> None:
    for diagnostic in diagnostics:
        if form == "json":
            print(as_json(diagnostic))
            continue
        where = diagnostic.where
        if where.path not in lines:
            lines[where.path] = _lines_of(Path(where.path))
        text = lines[where.path]
        line = text[where.line - 1] if where.line <= len(text) else ""
        print(_painted(diagnostic, as_text(diagnostic, line)), file=sys.stderr)


def _lines_of(path: Path) -> tuple[str, ...]:
    """The lines of a file that is no document: the configuration, the ledger, bytes that are no UTF-8."""
    try:
        return tuple(path.read_text(encoding="utf-8", errors="replace").split("\n")) if path.is_file() else ()
    except OSError:
        return ()


def _lines(made: Build) -> dict[str, tuple[str, ...]]:
    return {document.shown: document.lines for document in made.documents}


def _failed(made: Build, consequence: str) -> int:
    print(f"{_problems(made)}: {consequence}", file=sys.stderr)
    return NOTES_WRONG


def _problems(made: Build) -> str:
    errors = sum(diagnostic.severity == "error" for diagnostic in made.diagnostics)
    warnings = len(made.diagnostics) - errors
    parts = [_count(number, noun) for number, noun in ((errors, "error"), (warnings, "warning")) if number]
    return ", ".join(parts) or "no problems"


def _summary(made: Build, output: Path, size: int) -> str:
    from deckgen.config import shown  # noqa: PLC0415 - as above

    notes = made.deck.notes if made.deck else ()
    cards = sum(len(note.ordinals) for note in notes)
    figures = len(made.planned)
    parts = [_count(len(notes), "note"), _count(cards, "card")]
    parts += [_count(figures, "figure")] if figures else []
    parts += [_count(len(made.diagnostics), "warning")] if made.diagnostics else []
    return "\n".join(
        (
            _colour("1;32", ", ".join(parts), sys.stdout) + f" → {shown(output)} ({_size(size)})",
            *_consequences(made),
            "In Anki: File › Import, and choose this file; or open it with a double click.",
        )
    )


def _consequences(made: Build) -> list[str]:
    """What an import will do, counted, and what has to be done by hand."""
    from deckgen import changes  # noqa: PLC0415 - as above

    of_each = {kind: len(changes.of_kind(made.changes, kind)) for kind in changes.KINDS}
    notes = ", ".join(f"{number:,} {kind}" for kind, number in of_each.items() if number)
    cards = {
        "new": sum(len(change.new_cards) for change in made.changes),
        "retired": sum(len(change.retired_cards) for change in made.changes),
    }
    shown_cards = ", ".join(f"{number:,} {kind}" for kind, number in cards.items() if number)
    counted = f"notes: {notes}" + (f"; cards: {shown_cards}" if shown_cards else "")
    return [counted, *changes.advice(made.changes)]


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _size(size: int) -> str:
    return f"{size / 1_000_000:.1f} MB" if size >= 1_000_000 else f"{max(size // 1000, 1)} kB"  # noqa: PLR2004 - a megabyte


def _painted(diagnostic: Diagnostic, text: str) -> str:
    mark = f"{diagnostic.severity}[{diagnostic.code}]"
    colour = "1;31" if diagnostic.severity == "error" else "1;33"
    return text.replace(mark, _colour(colour, mark, sys.stderr), 1)


def _colour(code: str, text: str, stream: TextIO) -> str:
    """Colour on a terminal only, and never against the user's wish (https://no-color.org)."""
    wanted = stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return f"\x1b[{code}m{text}\x1b[0m" if wanted else text


class _Progress:
    """A bar on the terminal for what takes longer than a second; rich is imported only then."""

    PATIENCE = 1.0

    def __enter__(self) -> Self:
        self._started = time.monotonic()
        self._bar: Any = None
        return self

    def __call__(self, doing: str, done: int, total: int) -> None:
        if self._bar is None and sys.stderr.isatty() and time.monotonic() - self._started > self.PATIENCE:
            from rich.console import Console  # noqa: PLC0415 - a fast run never pays for it
            from rich.progress import Progress  # noqa: PLC0415

            self._bar = Progress(console=Console(stderr=True), transient=True)
            self._task = self._bar.add_task(doing)
            self._bar.start()
        if self._bar is not None:
            self._bar.update(self._task, description=doing, completed=done, total=total)

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="deckgen",
        description="Compile Markdown study notes to an Anki package.",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"deckgen {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    building = _command(commands, "build", _build, "make an Anki package of the notes")
    building.add_argument("-o", "--output", metavar="FILE", help="where to write (default: the notes' name, .apkg)")
    building.add_argument("--to", choices=targets.TARGETS, default="apkg", help="what to make (default: %(default)s)")
    building.add_argument("--frozen", action="store_true", help="fail where the ledger, deckgen.lock, would change")
    _command(commands, "diff", _diff, "say what the next import would change, note by note, and write nothing")
    _command(commands, "check", _check, "say everything that is wrong with the notes, and write nothing")
    figures = commands.add_parser(
        "figures",
        help="list the kinds of figures with their parameters",
        description="List the kinds of figures with their parameters, print blocks to paste, or write a page of them all.",
        epilog=FIGURE_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    figures.set_defaults(command=_figures)
    figures.add_argument("kind", nargs="?", metavar="KIND", help="only this kind")
    figures.add_argument("--example", action="store_true", help="print a block to paste into notes")
    figures.add_argument("--gallery", metavar="FILE", help="write a page with every kind, in light and night")
    figures.add_argument("--lang", choices=("zh", "en"), default="zh", help="its language (default: %(default)s)")
    _add_format(figures)
    return parser


def _add_format(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--format", choices=("text", "json"), default="text", help="how to print it (default: %(default)s)"
    )


def _command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    command: Callable[[argparse.Namespace], int],
    purpose: str,
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(
        name,
        help=purpose,
        description=purpose[0].upper() + purpose[1:] + ".",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(command=command)
    parser.add_argument(
        "paths", nargs="*", metavar="PATH", help="files or a folder (default: the project of this folder, deckgen.toml)"
    )
    parser.add_argument("--strict", action="store_true", help="make warnings errors")
    _add_format(parser)
    return parser
