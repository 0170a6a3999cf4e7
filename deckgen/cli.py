"""The command line: the only file that prints or exits.

Exit codes: 0 fine (warnings allowed), 1 the notes have errors and nothing was written, 2 wrong usage or configuration.
"""

from __future__ import annotations

import argparse
import io
import json
import locale
import os
import shlex
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, Self, TextIO

from deckgen import __version__, targets
from deckgen.diagnostics import DeckgenError, Diagnostic, as_json, as_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from deckgen.build import Build
    from deckgen.config import Config

FINE, NOTES_WRONG, USAGE_WRONG, INTERRUPTED = 0, 1, 2, 130

SYNTAX = """\
A note is a question in bold and the answer below it; what is underlined becomes a cloze card:

    **Q01：为什么要除以 √d_k？**

    点积的方差是 <u>d_k</u>，数值过大会让 softmax <u>饱和</u>。

    > 出自 Attention Is All You Need。

"""

EXAMPLES = {
    "": """\
  deckgen init interview                 a folder with notes to start from
  deckgen build notes.md                 notes.apkg, ready for Anki
  deckgen check notes.md                 say what is wrong, write nothing
  deckgen build --help                   more of one command
""",
    "init": """\
  deckgen init                           in this folder
  deckgen init interview                 in a new folder
  deckgen init interview --lang en       in English
""",
    "build": """\
  deckgen build notes.md                 notes.apkg, ready for Anki
  deckgen build notes.md -o deck.apkg    under another name
  deckgen build                          the project of this folder (deckgen.toml)
  deckgen build --watch                  build again at every save
  deckgen build --to text                print the cards instead
  deckgen build --strict --frozen        in continuous integration: no warning, and the ledger is committed
""",
    "diff": """\
  deckgen diff                           of the project of this folder (deckgen.toml)
  deckgen diff notes.md                  of one file
""",
    "check": """\
  deckgen check                          the project of this folder (deckgen.toml)
  deckgen check notes.md                 one file
  deckgen check --strict                 let a warning fail too
  deckgen check --explain long-cloze     what a code means, with a bad and a good example
  deckgen check notes.md --format json   for an editor: one JSON object a line
""",
    "figures": """\
  deckgen figures                          every kind
  deckgen figures attention                one kind
  deckgen figures attention --example      a block to paste
  deckgen figures --gallery figures.html   a page that shows them all
""",
    "completion": """\
  deckgen completion bash > ~/.local/share/bash-completion/completions/deckgen
  deckgen completion zsh > "${fpath[1]}/_deckgen"
  deckgen completion fish > ~/.config/fish/completions/deckgen.fish

Then open a new shell. Or, in ~/.bashrc, or in ~/.zshrc below compinit:

  eval "$(deckgen completion bash)"
  eval "$(deckgen completion zsh)"
""",
}
"""The end of each command's help."""
SHELLS = ("bash", "zsh", "fish")


def entry() -> NoReturn:
    """Run as a program."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        code = main(sys.argv[1:])
        sys.stdout.flush()
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = FINE
    except KeyboardInterrupt:
        print("interrupted: nothing was written", file=sys.stderr)
        code = INTERRUPTED
    sys.exit(code)


def main(argv: Sequence[str]) -> int:
    """Run one command and return its exit code."""
    parser = _parser()
    if "_ARGCOMPLETE" in os.environ:  # a shell asks what may come next
        import argcomplete  # noqa: PLC0415 - no other run needs it

        argcomplete.autocomplete(parser, always_complete_options=False)
    arguments = parser.parse_args(argv)
    command: Callable[[argparse.Namespace], int] = arguments.command
    try:
        return command(arguments)
    except DeckgenError as error:
        _tell(error, arguments.format)
        return USAGE_WRONG


def _tell(error: DeckgenError, form: str) -> None:
    _report(error.diagnostics, form, {})
    if not error.diagnostics:
        print(f"deckgen: {error}", file=sys.stderr)


def _build(arguments: argparse.Namespace) -> int:
    from deckgen import config  # noqa: PLC0415 - `--help` needs none of it

    if arguments.watch:
        return _watch(arguments)
    settings = config.load(arguments.paths)
    output = _output(arguments, settings)
    made = _made(arguments, settings)
    if made.deck is None:
        return _failed(made, "nothing was written")
    if output is None:
        sys.stdout.write(targets.write(made.deck, arguments.to).decode("utf-8"))
        return FINE
    size = _save(made, arguments.to, output)
    if arguments.format == "text":
        print(_summary(made, output, size), file=sys.stderr if arguments.to == "text" else sys.stdout)
    return FINE


def _made(arguments: argparse.Namespace, settings: Config) -> Build:
    """What the notes compile to, after saying what is wrong with them."""
    from deckgen import build  # noqa: PLC0415 - as above

    with _Progress() as progress:
        jobs = os.cpu_count() or 1
        made = build.build(settings, strict=arguments.strict, frozen=arguments.frozen, jobs=jobs, progress=progress)
    _report(made.diagnostics, arguments.format, _lines(made))
    return made


def _watch(arguments: argparse.Namespace) -> int:
    """Build, and again at every save, until Ctrl-C."""
    from deckgen import config, watch  # noqa: PLC0415 - as above

    if arguments.format == "json":
        raise DeckgenError("--watch speaks to a person: leave --format json out, or run `deckgen check` at every save")
    if arguments.to == "text" and not arguments.output:
        raise DeckgenError("--watch would print all cards at every save: name a file with -o")
    try:
        settings = _watched(arguments)
        saves = watch.changes(settings, threading.Event())
        written = _rebuild(arguments, frozenset())
        print(f"watching {config.shown(settings.root)}: save a note to build again, Ctrl-C to end", flush=True)
        for changed in saves:
            if saved := watch.others(changed, written):
                written = _rebuild(arguments, saved)
    except KeyboardInterrupt:
        return FINE
    return FINE


def _watched(arguments: argparse.Namespace) -> Config:
    """The project to watch, even where its configuration has to be mended first; raises where nothing can be."""
    from deckgen import config  # noqa: PLC0415 - as above

    try:
        settings = config.load(arguments.paths)
    except DeckgenError as error:
        if not error.diagnostics:
            raise
        return config.Config(Path(error.diagnostics[0].where.path).absolute().parent, files=(), project=True)
    _output(arguments, settings)  # a wrong one is wrong at every save
    return settings


def _rebuild(arguments: argparse.Namespace, saved: frozenset[Path]) -> dict[Path, int]:
    """Build after a save, in a line that says what changed; what was written, as `watch.others` wants to know it."""
    from deckgen import config, watch  # noqa: PLC0415 - as above

    started = time.monotonic()
    try:
        settings = config.load(arguments.paths)
        output = _output(arguments, settings)
        made = _made(arguments, settings)
        if output is not None and made.deck is not None:
            size = _save(made, arguments.to, output)
            took = f"({time.monotonic() - started:.1f} s)"
            print(_news(made, saved, output, took) if saved else _summary(made, output, size), flush=True)
            return watch.left([*made.drawn, output])
        print(f"{_problems(made)}: nothing was written; waiting for the next save", file=sys.stderr)
    except DeckgenError as error:
        _tell(error, arguments.format)
        print("nothing was written; waiting for the next save", file=sys.stderr)
    return {}


SHOWN_FILES = 3


def _news(made: Build, saved: frozenset[Path], output: Path, took: str) -> str:
    """A line that says which files were saved and what is new in the deck, and what has to be done by hand."""
    from deckgen import changes, config  # noqa: PLC0415 - as above

    names = sorted(config.shown(path) for path in saved)
    names = [*names[:SHOWN_FILES], f"{len(names) - SHOWN_FILES} more"] if len(names) > SHOWN_FILES else names
    line = f"{time.strftime('%H:%M:%S')}  {', '.join(names)}: "
    of_each = {kind: len(changes.of_kind(made.changes, kind)) for kind in changes.KINDS if kind != "unchanged"}
    new = [f"{number:,} {kind}" for kind, number in of_each.items() if number]
    if any(made.ledger.note_types.get(name) != look for name, look in made.former.note_types.items()):
        new.append("cards look different")
    if not new:
        return line + f"nothing new {took}"
    return "\n".join([line + f"{', '.join(new)} → {config.shown(output)} {took}", *changes.advice(made.changes)])


def _save(made: Build, target: str, output: Path) -> int:
    """Write what was built; its size in bytes."""
    from deckgen import build  # noqa: PLC0415 - as above

    written = build.write(made, target, output)
    if not written.remembered:
        print("deckgen: the notes' folder is read-only, so nothing is remembered: a reworded note", file=sys.stderr)
        print("will be a new one; build from a folder of your own to keep its cards", file=sys.stderr)
    return written.size


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
    from deckgen import build, config, explanations  # noqa: PLC0415 - as above

    if arguments.explain:
        print(explanations.explain(arguments.explain).text, end="")
        return FINE
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


def _init(arguments: argparse.Namespace) -> int:
    from deckgen import starter  # noqa: PLC0415 - as above
    from deckgen.config import shown  # noqa: PLC0415

    folder = Path(arguments.folder).absolute()
    created, lacking = starter.create(folder, arguments.lang or _language())
    print(f"created {', '.join(shown(path) for path in created)}")
    for path, lines in lacking.items():
        print(f"{shown(path)} is yours and stays as it is: add to it  {'  '.join(lines)}")
    enter = "" if folder == Path.cwd() else f"cd {shlex.quote(arguments.folder)} && "
    print(f"next: {enter}deckgen build")
    return FINE


def _language() -> str:
    """Chinese, unless the locale names another language; `C` and `POSIX` name none."""
    names = [os.environ.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG")]
    names += [locale.getlocale()[0] or ""] if sys.platform == "win32" else []
    name = next(filter(None, names), "").partition(".")[0].lower()
    return "zh" if name in ("", "c", "posix") or name.startswith(("zh", "chinese")) else "en"


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


def _completion(arguments: argparse.Namespace) -> int:
    from argcomplete.shell_integration import shellcode  # noqa: PLC0415 - as above

    print(shellcode(["deckgen"], shell=arguments.shell).strip())
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
    if output.resolve() in {file.resolve() for file in files.sources(settings)}:
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
        return tuple(path.read_text(encoding="utf-8", errors="replace").split("\n"))
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
        epilog=f"{SYNTAX}examples:\n{EXAMPLES['']}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"deckgen {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    starting = _command(
        commands, "init", _init, "make a project to start from, with notes that show what you may write"
    )
    folder = starting.add_argument(
        "folder", nargs="?", default=".", metavar="DIR", help="its folder (default: this one)"
    )
    _completed(folder, _folders)
    starting.add_argument("--lang", choices=("zh", "en"), help="its language (default: that of the locale)")
    building = _of_notes(commands, "build", _build, "make an Anki package of the notes")
    building.add_argument("-o", "--output", metavar="FILE", help="where to write (default: the notes' name, .apkg)")
    building.add_argument("--to", choices=targets.TARGETS, default="apkg", help="what to make (default: %(default)s)")
    building.add_argument("--frozen", action="store_true", help="fail where the ledger, deckgen.lock, would change")
    building.add_argument("--watch", action="store_true", help="build again whenever a file is saved, until Ctrl-C")
    _of_notes(commands, "diff", _diff, "say what the next import would change, note by note, and write nothing")
    checking = _of_notes(commands, "check", _check, "say everything that is wrong with the notes, and write nothing")
    code = checking.add_argument(
        "--explain", metavar="CODE", help="say what a code means, with a bad and a good example"
    )
    _completed(code, _codes)
    figures = _command(
        commands, "figures", _figures, "list the kinds of figures with their parameters, or print blocks to paste"
    )
    _completed(figures.add_argument("kind", nargs="?", metavar="KIND", help="only this kind"), _kinds)
    figures.add_argument("--example", action="store_true", help="print a block to paste into notes")
    figures.add_argument("--gallery", metavar="FILE", help="write a page with every kind, in light and night")
    figures.add_argument("--lang", choices=("zh", "en"), default="zh", help="its language (default: %(default)s)")
    _add_format(figures)
    completion = _command(commands, "completion", _completion, "print what completes deckgen's commands in a shell")
    completion.add_argument("shell", choices=SHELLS, metavar="SHELL", help=f"one of {', '.join(SHELLS)}")
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
        epilog=f"examples:\n{EXAMPLES[name]}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(command=command, format="text")
    return parser


def _of_notes(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    command: Callable[[argparse.Namespace], int],
    purpose: str,
) -> argparse.ArgumentParser:
    """A command that reads notes."""
    parser = _command(commands, name, command, purpose)
    paths = parser.add_argument(
        "paths", nargs="*", metavar="PATH", help="files or a folder (default: the project of this folder, deckgen.toml)"
    )
    _completed(paths, _notes)
    parser.add_argument("--strict", action="store_true", help="make warnings errors")
    _add_format(parser)
    return parser


# What a shell may complete; argcomplete, which asks these, is imported only then.


def _completed(argument: argparse.Action, completer: Callable[..., list[str]]) -> None:
    argument.completer = completer  # type: ignore[attr-defined]  # argcomplete's own way


def _notes(prefix: str, **_: object) -> list[str]:
    from argcomplete.completers import FilesCompleter  # noqa: PLC0415 - as above

    return list(FilesCompleter(("md",))(prefix))


def _folders(prefix: str, **_: object) -> list[str]:
    from argcomplete.completers import DirectoriesCompleter  # noqa: PLC0415 - as above

    return list(DirectoriesCompleter()(prefix))


def _codes(**_: object) -> list[str]:
    from deckgen import explanations  # noqa: PLC0415 - as above

    return explanations.codes()


def _kinds(**_: object) -> list[str]:
    from deckgen import figures  # noqa: PLC0415 - as above

    return list(figures.catalogue())
