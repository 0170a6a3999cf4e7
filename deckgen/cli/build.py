"""`deckgen build`: make a package, once or at every save."""

from __future__ import annotations

import sys
import threading
import time
from contextlib import nullcontext
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from deckgen import targets
from deckgen.cli.command import jobs, kept, of_notes
from deckgen.cli.output import FINE, Progress, failed, finished, problems, report, summary, tell, worded
from deckgen.diagnostics import DeckgenError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractContextManager

    from deckgen.build import Build, Compiled, Written
    from deckgen.cache import Cache
    from deckgen.cli.command import Commands
    from deckgen.cli.output import Told
    from deckgen.config import Config
    from deckgen.earlier import Earlier
    from deckgen.unchanged import Recalled, Seen

EXAMPLES = """\
  deckgen build notes.md                 notes.apkg, ready for Anki
  deckgen build notes.md -o deck.apkg    under another name
  deckgen build                          the project of this folder (deckgen.toml)
  deckgen build --watch                  build again at every save
  deckgen build --to text                print the cards instead
  deckgen build --strict --frozen        in continuous integration: no warning, and the ledger is committed
"""


def add(commands: Commands) -> None:
    """Declare the command."""
    parser = of_notes(commands, "build", run, "make an Anki package of the notes", EXAMPLES)
    parser.add_argument("-o", "--output", metavar="FILE", help="where to write (default: the notes' name, .apkg)")
    parser.add_argument("--to", choices=targets.TARGETS, default="apkg", help="what to make (default: %(default)s)")
    parser.add_argument("--frozen", action="store_true", help="fail where the ledger, deckgen.lock, would change")
    parser.add_argument("--watch", action="store_true", help="build again whenever a file is saved, until Ctrl-C")
    parser.add_argument(
        "--push-templates", action="store_true", help="replace what was changed in Anki of templates and style"
    )


def run(arguments: argparse.Namespace) -> int:
    """Build, and say what came of it."""
    from deckgen import config, ledger  # noqa: PLC0415 - `--help` needs none of it

    if arguments.watch:
        return _watch(arguments)
    settings = config.load(arguments.paths)
    output = _output(arguments, settings)
    cache = kept(arguments, settings, writing=True)
    with ledger.locked(settings.root):
        recalled = _recalled(arguments, settings, output, cache)
        if output is None or recalled.said is None:
            return _once(arguments, settings, output, cache, recalled)
        report(recalled.said.told, arguments.format)
        if arguments.format == "text":
            print(finished(recalled.said.made, recalled.said.lines, output, output.stat().st_size, "apkg"))
        return FINE


def _recalled(arguments: argparse.Namespace, settings: Config, output: Path | None, cache: Cache | None) -> Recalled:
    """What the last build said, if this one would come to the very same."""
    from deckgen import unchanged  # noqa: PLC0415 - as above

    if cache is None or output is None or arguments.to != "apkg":
        return unchanged.Recalled()
    seen = unchanged.look(settings)
    if arguments.push_templates:
        return unchanged.Recalled(seen)
    return unchanged.recall(settings, seen, output, cache, strict=arguments.strict)


def _once(
    arguments: argparse.Namespace,
    settings: Config,
    output: Path | None,
    cache: Cache | None,
    recalled: Recalled,
) -> int:
    made, size = _built(arguments, settings, output, cache, recalled)
    compiled = made.compiled
    if compiled is None:
        return failed(made.diagnostics, "nothing was written")
    if output is None:
        sys.stdout.write(targets.write(compiled.deck, arguments.to).decode("utf-8"))
    elif arguments.format == "text":
        stream = sys.stderr if arguments.to == "text" else sys.stdout
        print(finished(*summary(made, compiled), output, size, arguments.to), file=stream)
    return FINE


def _built(
    arguments: argparse.Namespace,
    settings: Config,
    output: Path | None,
    cache: Cache | None,
    recalled: Recalled,
) -> tuple[Build, int]:
    """What the notes compile to, reported and written, and its size in bytes; 0 where nothing was written."""
    from deckgen import build  # noqa: PLC0415 - as above

    with _earlier(arguments, output, cache) as earlier:
        made = _made(arguments, settings, output, cache, earlier, recalled.digests)
        told = worded(made.diagnostics)
        report(told, arguments.format)
        if output is None or made.compiled is None:
            return made, 0
        written = build.write(made.compiled, settings, arguments.to, output, cache)
        if arguments.to == "apkg" and not written.ledger:
            print("deckgen: the notes' folder is read-only, so nothing is remembered: a reworded note", file=sys.stderr)
            print("will be a new one; build from a folder of your own to keep its cards", file=sys.stderr)
        if cache and recalled.seen and arguments.to == "apkg":
            _remember(made, made.compiled, recalled.seen, written, told, cache, strict=arguments.strict)
    return made, written.size


def _remember(  # noqa: PLR0913, PLR0917 - each is another kind of thing
    made: Build, compiled: Compiled, seen: Seen, written: Written, told: Sequence[Told], cache: Cache, *, strict: bool
) -> None:
    """What the next build will say if nothing changes until then: that every note is as it was."""
    from deckgen import changes, unchanged  # noqa: PLC0415 - as above

    there = sum(number for kind, number in compiled.changes.counts.items() if kind != "removed")
    same = compiled._replace(changes=changes.Changes({"unchanged": there}, 0, 0, ()), new_looks=())
    said = unchanged.Said(tuple(told), *summary(made, same))
    unchanged.remember(made, compiled, seen, written, cache, said, strict=strict)


def _earlier(
    arguments: argparse.Namespace, output: Path | None, cache: Cache | None
) -> AbstractContextManager[Earlier | None]:
    """The package that this build replaces, if most of it may come out the same."""
    from deckgen.earlier import earlier  # noqa: PLC0415 - as above

    return earlier(output, cache) if output and cache and arguments.to == "apkg" else nullcontext()


def _made(  # noqa: PLR0913, PLR0917 - as above
    arguments: argparse.Namespace,
    settings: Config,
    output: Path | None,
    cache: Cache | None,
    earlier: Earlier | None,
    digests: Mapping[Path, bytes] = MappingProxyType({}),
) -> Build:
    """What the notes compile to."""
    from deckgen import build  # noqa: PLC0415 - as above

    with Progress() as progress:
        return build.build(
            settings,
            output=output if arguments.to == "apkg" else None,
            strict=arguments.strict,
            frozen=arguments.frozen,
            push_templates=arguments.push_templates,
            jobs=jobs(arguments),
            cache=cache,
            digests=digests,
            earlier=earlier,
            progress=progress,
        )


def _watch(arguments: argparse.Namespace) -> int:
    """Build, and again at every save, until Ctrl-C."""
    from deckgen import config, watch  # noqa: PLC0415 - as above

    if arguments.format == "json":
        raise DeckgenError("--watch speaks to a person: leave --format json out, or run `deckgen check` at every save")
    if _prints(arguments):
        raise DeckgenError("--watch would print all cards at every save: name a file with -o")
    try:
        settings = _watched(arguments)
        saves = watch.changes(settings, arguments.paths, threading.Event())
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
    from deckgen import config, ledger, unchanged, watch  # noqa: PLC0415 - as above

    started = time.monotonic()
    try:
        settings = config.load(arguments.paths)
        output = _output(arguments, settings)
        with ledger.locked(settings.root):
            cache = kept(arguments, settings, writing=True)
            recalled = unchanged.Recalled(unchanged.look(settings) if cache else None)
            made, size = _built(arguments, settings, output, cache, recalled)
        if output is not None and (compiled := made.compiled):
            took = f"({time.monotonic() - started:.1f} s)"
            done = finished(*summary(made, compiled), output, size, arguments.to)
            print(_news(compiled, saved, output, took) if saved else done, flush=True)
            return watch.left([*compiled.drawn, output])
        print(f"{problems(made.diagnostics)}: nothing was written; waiting for the next save", file=sys.stderr)
    except DeckgenError as error:
        tell(error, arguments.format)
        print("nothing was written; waiting for the next save", file=sys.stderr)
    except BrokenPipeError:  # nobody reads what is said
        raise
    except OSError as error:  # a file that went, or was closed, while it was read
        print(f"deckgen: {error.filename or 'a file'}: {error.strerror}; waiting for the next save", file=sys.stderr)
    return {}


SHOWN_FILES = 3


def _news(compiled: Compiled, saved: frozenset[Path], output: Path, took: str) -> str:
    """A line that says which files were saved and what is new in the deck, and what has to be done by hand."""
    from deckgen import changes, config  # noqa: PLC0415 - as above

    names = sorted(config.shown(path) for path in saved if path.exists()) or sorted(map(config.shown, saved))
    names = [*names[:SHOWN_FILES], f"{len(names) - SHOWN_FILES} more"] if len(names) > SHOWN_FILES else names
    line = f"{time.strftime('%H:%M:%S')}  {', '.join(names)}: "
    counts = compiled.changes.counts
    new = [f"{counts[kind]:,} {kind}" for kind in changes.KINDS if counts.get(kind) and kind != "unchanged"]
    if compiled.new_looks:
        new.append("cards look different")
    if not new:
        return line + f"nothing new {took}"
    return "\n".join([line + f"{', '.join(new)} → {config.shown(output)} {took}", *compiled.changes.advice()])


def _prints(arguments: argparse.Namespace) -> bool:
    return arguments.to == "text" and arguments.output in (None, "", "-")


def _output(arguments: argparse.Namespace, settings: Config) -> Path | None:
    """Where to write; None prints text."""
    if _prints(arguments):
        if arguments.format == "json":
            raise DeckgenError("standard output cannot take both the text and the diagnostics: name a file with -o")
        return None
    if arguments.output == "-":
        raise DeckgenError("a package is no text to print: name a file with -o, as in `-o deck.apkg`")
    output = Path(arguments.output) if arguments.output else settings.package
    _guard(output, arguments.to, settings)
    return output


PACKAGES = (".apkg", ".zip")
"""What a file is called that a package may replace whatever it holds."""


def _guard(output: Path, to: str, settings: Config) -> None:
    """Refuse to write over what somebody wrote."""
    from deckgen import config, files, ledger  # noqa: PLC0415 - as above

    if output.is_dir():
        raise DeckgenError(f"{output} is a folder: name a file, as in `-o {output / 'deck.apkg'}`")
    if output.name in (config.NAME, ledger.NAME):
        raise DeckgenError(f"{output} is a name that deckgen reads: name another file to write to")
    if not _is_package(output) and any(_are_one(output, file) for file in files.sources(settings)):
        raise DeckgenError(f"{output} is one of the notes: name another file to write to")
    if to == "apkg" and output.suffix.lower() not in PACKAGES and output.is_file() and not _is_package(output):
        raise DeckgenError(f"{output} is there and no package: name another file to write to, or delete it first")
    if to == "text" and output.is_file() and not _is_text(output):
        raise DeckgenError(f"{output} is there and no deck as text: name another file to write to, or delete it first")


def _is_package(output: Path) -> bool:
    """Whether it is there, and a package by its first bytes; no notes begin so."""
    return _beginning(output).startswith(b"PK\x03\x04")


def _is_text(output: Path) -> bool:
    """Whether it is a deck as text by its first line; an empty file is as good."""
    from deckgen.targets import text  # noqa: PLC0415 - as above

    return output.stat().st_size == 0 or text.BEGINNING.match(_beginning(output)) is not None


def _beginning(output: Path) -> bytes:
    try:
        if not output.is_file():  # a pipe has no beginning
            return b""
        with output.open("rb") as file:
            return file.readline(10_000)
    except OSError:
        return b""


def _are_one(output: Path, file: Path) -> bool:
    try:
        return output.samefile(file)
    except OSError:  # what is wrong with the file is told when it is read
        return False
