"""The pipeline on one page: Config → Build.

`check` reads, parses, lints and recognises; `build` goes on to media, figures and Anki's notes; `write` saves what was
built. Only `write` touches a file, but for the caches of what was read and of images from the network, and nothing here prints.
"""

from __future__ import annotations

import gc
import os
import time
from collections import Counter
from contextlib import contextmanager
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from deckgen import documents, files, identity, media, project, targets, templates
from deckgen import ledger as ledgers
from deckgen.clashes import duplicate_names, same_question
from deckgen.config import shown
from deckgen.diagnostics import DeckgenError, Diagnostic, strictly
from deckgen.drawn import Drawings
from deckgen.notes import LAST_ORDINAL, Deck, Former
from deckgen.packed import Joined
from deckgen.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from deckgen import changes as changing
    from deckgen import drawings
    from deckgen import parts as making
    from deckgen.cache import Cache
    from deckgen.config import Config
    from deckgen.drawn import Drawn
    from deckgen.earlier import Earlier, Packaged
    from deckgen.notes import Document, Entry, Given, Ledger, Look, Picture

    Progress = Callable[[str, int, int], None]
    """Told what is being done, how much of it is done, and how much there is."""


class Compiled(NamedTuple):
    """What notes without errors become."""

    deck: Deck
    following: Packaged
    """What the next build need not make again, once this one is written."""
    notes: int
    """How many notes Anki gets."""
    cards: int
    """How many cards."""
    drawn: Mapping[Path, bytes]
    """Figures drawn anew, by the file in the media folder that they belong in."""
    drawings: Mapping[str, Drawn]
    """The same by digest, for the next build of this run: what was not saved need not be drawn again."""
    ledger: Ledger
    """What the ledger will be once this build is written."""
    changes: changing.Changes
    """What an import will do."""
    new_looks: tuple[str, ...]
    """The names of the note types whose templates or style are others than at the last build."""


class Build(NamedTuple):
    """What a run found in the notes, and made of them."""

    config: Config
    documents: tuple[Document, ...]
    diagnostics: tuple[Diagnostic, ...]
    """Everything that is wrong, in the order of the files."""
    planned: tuple[drawings.Planned, ...] = ()
    """The figures to be drawn."""
    sources: tuple[str, ...] = ()
    """Every file read, as `config.shown` names it."""
    digests: tuple[bytes, ...] = ()
    """Of each of them, as `documents.digest`."""
    images: Mapping[tuple[str, str], Path] = MappingProxyType({})
    """The file of each image, by document path and reference."""
    templates: templates.Loaded = templates.NONE
    """The note types."""
    former: Ledger = ledgers.EMPTY
    """The ledger of the builds before."""
    given: Mapping[str, Sequence[Given | None]] = MappingProxyType({})
    """What each note is given, as `identity.Assigned`; empty where there are errors."""
    elsewhere: frozenset[str] = frozenset()
    """Paths of documents that the ledger knows, that are still there and were not read."""
    compiled: Compiled | None = None
    """None where there are errors, or where the notes were only checked."""

    @property
    def failed(self) -> bool:
        """Whether there are errors: there is nothing to write then."""
        return any(diagnostic.severity == "error" for diagnostic in self.diagnostics)


def _silent(_doing: str, _done: int, _total: int) -> None:
    """Nobody watches."""


@contextmanager
def _collector_resting() -> Iterator[None]:
    """Python's collector of cycles looks again and again at every token of the project, and finds nothing: our data has
    no cycles. Without it a check of 10,000 notes takes 8.6 s in place of 11.7, in the same memory. Reference counting
    goes on, and whoever had the collector enabled gets it back.

    By `freeze` and `unfreeze` whatever was made counts as old: else the next pass would go over all of it, 0.5 s.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            if not gc.get_freeze_count():  # what somebody froze stays frozen
                gc.freeze()
                gc.unfreeze()
            gc.enable()


@_collector_resting()
def check(  # noqa: PLR0913 - each is a choice of the caller's own
    config: Config,
    *,
    output: Path | None = None,
    strict: bool = False,
    html: bool = False,
    jobs: int = 1,
    cache: Cache | None = None,
    digests: Mapping[Path, bytes] = MappingProxyType({}),
    now: int | None = None,
    progress: Progress = _silent,
) -> Build:
    """Read, lint and recognise the notes; draw and write nothing. `output` is the package that they are for, by default
    that of the configuration; `strict` makes warnings errors; `html` is what only a build needs of the notes; `jobs`
    processes read them, which needs the caller's main module to be importable; `cache` is what earlier runs read, and
    `digests` are of files that were looked at just now, as `documents.digest`.

    Raises DeckgenError where the ledger cannot be used.
    """
    former = ledgers.loading(config.root, cache)
    sources, diagnostics = files.find(config)
    found = documents.read(sources, config, progress, html=html, jobs=jobs, cache=cache, digests=digests)
    diagnostics += [diagnostic for one in found for diagnostic in one.diagnostics]
    read = [one.document for one in found if one.document]
    planned, drawn_files, problems = _planned(read, config)
    diagnostics += problems
    images, problems = media.find(media.references(read), config, drawn_files)
    loaded = templates.load(config)
    diagnostics += [*problems, *loaded.diagnostics, *duplicate_names(read), *same_question(read)]
    if len(read) == len(sources) and not any(note.answered for document in read for note in document.outlines):
        diagnostics = [project.no_card(read, config), *(d for d in diagnostics if d.code != "no-question")]
    remembered = former()
    diagnostics += project.lost_ledger(read, config, remembered, output or config.package)
    diagnostics += [*project.other_fields(config, remembered, loaded.note_types), *project.without_notes(read, config)]
    checked = Build(
        config,
        tuple(read),
        tuple(diagnostics),
        planned=tuple(planned),
        sources=tuple(map(shown, sources)),
        digests=tuple(one.digest for one in found),
        images=images,
        templates=loaded,
        former=remembered,
    )
    if not checked.failed:
        checked = _recognise(checked, build_time() if now is None else now, cache)
    return _told(checked, strict=strict)


def _planned(
    documents: Sequence[Document], config: Config
) -> tuple[list[drawings.Planned], set[Path], list[Diagnostic]]:
    """The figures to be drawn, the files that some of them will be, and what is wrong with the others."""
    if not config.figures and not any(note.figures for document in documents for note in document.outlines):
        return [], set(), []
    from deckgen import drawings  # noqa: PLC0415 - a tenth of the check of one file, and most have no figure

    planned, problems = drawings.plan(documents, config)
    return planned, drawings.declared_files(planned, config), problems


def _told(made: Build, further: Iterable[Diagnostic] = (), *, strict: bool) -> Build:
    """With these diagnostics, too, and all of them in the order of the files, but for warnings that the configuration
    ignores; `strict` makes the others errors.
    """
    order = {path: index for index, path in enumerate(made.sources)}
    told = [d for d in (*made.diagnostics, *further) if d.severity == "error" or d.code not in made.config.ignore]
    told.sort(key=lambda d: (order.get(d.where.path, len(order)), d.where.line, d.where.column))
    return made._replace(diagnostics=strictly(told) if strict else tuple(told))


def _recognise(checked: Build, now: int, cache: Cache | None) -> Build:
    """Identities, over the whole project even where only a part of it is built: a note may have come from the rest."""
    config = checked.config
    built = {document.path for document in checked.documents}
    everything = sorted(
        (*checked.documents, *_rest(config, built, cache)), key=lambda document: document.path.split("/")
    )
    read = {document.path for document in everything}
    elsewhere = _elsewhere({known.path for known in checked.former.known.values()} - read, read, config.source_folder)
    assigned = identity.assign(everything, checked.former, now=now, elsewhere=elsewhere)
    shown_paths = {document.shown for document in checked.documents}
    guesses = tuple(guess for guess in assigned.guesses if guess.where.path in shown_paths)
    checked = checked._replace(given=assigned.given, elsewhere=elsewhere)
    return checked._replace(diagnostics=checked.diagnostics + guesses + tuple(_worn_out(checked)))


def _elsewhere(remembered: Iterable[str], read: Iterable[str], folder: Path) -> frozenset[str]:
    """Those of the remembered documents that are still there, and none of those that were read: where upper and lower
    case are one, a file that was renamed is there under its old name too.
    """
    there = {path: file for path in remembered if (file := files.identity(folder / path))}
    ours = {files.identity(folder / path) for path in read} if there else set()
    return frozenset(path for path, file in there.items() if file not in ours)


def _worn_out(checked: Build) -> Iterator[Diagnostic]:
    """A note whose phrases changed so often that Anki has no number left: none is ever given to another phrase."""
    most = max((note.phrases for document in checked.documents for note in document.outlines), default=0)
    worn = {guid for guid, known in checked.former.known.items() if known.last + most > LAST_ORDINAL}
    for document in checked.documents if worn else ():
        given = checked.given[document.path]
        doubtful = [one is not None and one.guid in worn for one in given]
        for note, one, asked in zip(document.notes if any(doubtful) else (), given, doubtful, strict=False):
            if asked and one and max(identity.of(note, one, checked.former).ordinals, default=0) > LAST_ORDINAL:
                hint = "give the note another name, as in {#name}: it becomes a new one"
                message = "the numbers of this note's cards are used up: "
                message += f"Anki makes {LAST_ORDINAL} cards of a note at most, in all its life"
                yield Diagnostic("too-many-cards", "error", note.where, message, hint)


def _rest(config: Config, built: set[str], cache: Cache | None) -> list[Document]:
    """The documents of the project that are not built now and can be read."""
    if not config.project or config.whole:
        return []
    rest = [
        file
        for file in files.sources(config._replace(files=(config.source_folder,)))
        if documents.path_of(file, config) not in built
    ]
    return [one.document for one in documents.read(rest, config, _silent, html=False, cache=cache) if one.document]


def build(  # noqa: PLR0913 - each is a choice of the caller's own
    config: Config,
    *,
    output: Path | None = None,
    strict: bool = False,
    frozen: bool = False,
    push_templates: bool = False,
    jobs: int = 1,
    cache: Cache | None = None,
    digests: Mapping[Path, bytes] = MappingProxyType({}),
    earlier: Earlier | None = None,
    now: int | None = None,
    progress: Progress = _silent,
    drawn_before: Mapping[str, Drawn] = MappingProxyType({}),
) -> Build:
    """Compile the notes to a Deck. `output`, `cache` and `digests` are as for `check`; `now` is the build's time in seconds
    since 1970, by default `build_time()`; `frozen` makes it an error if the ledger would change; `push_templates` gives
    the note types a time so late that an import replaces what a user changed of them in Anki; `jobs` processes read and
    draw, which needs the caller's main module to be importable; `earlier` is a package of before, whose notes need not be
    made again where they come out the same; `drawn_before` are the `drawings` of a build before it in this run.

    Raises DeckgenError where the ledger cannot be used.
    """
    from deckgen import parts as making  # noqa: PLC0415 - a check needs none of it
    from deckgen.earlier import common  # noqa: PLC0415 - as above

    now = build_time() if now is None else now
    choices: dict[str, Any] = {"cache": cache, "digests": digests, "now": now, "progress": progress}
    checked = check(config, output=output, strict=strict, html=True, jobs=jobs, **choices)
    if checked.failed:
        return checked
    drawn = _drawn(checked, progress, jobs, drawn_before)
    fetched, links = _fetch(checked)
    images, contents, unreadable = media.load({**checked.images, **fetched}, drawn.files)
    looks = _looks(checked, now, push=push_templates)
    checked = _told(checked, (*drawn.warnings, *links, *unreadable), strict=strict)
    if checked.failed:
        return checked
    context = making.Project(config, checked.templates, checked.former, images, drawn.pictures, drawn.attached, now)
    if earlier and earlier.contents.common != common(checked.former.digest, config, looks):
        earlier = None
    with _collector_resting():
        parts = making.make(
            checked.documents, checked.digests, checked.given, context, earlier and earlier.contents, jobs=jobs
        )
    doubts = [diagnostic for part in parts.by_path.values() for diagnostic in part.diagnostics]
    checked = _told(checked, doubts, strict=strict)
    if checked.failed:
        return checked
    changes, rewritten = _changed(checked, parts)
    ledger = ledgers.after(checked.former, rewritten, looks)
    if frozen and (problems := tuple(project.frozen(ledger, config))):
        return _told(checked, problems, strict=strict)
    shown_pictures = {picture.name for picture in (*images.values(), *_shown_figures(checked, drawn))}
    used = {name: data for name, data in drawn.contents.items() if name in shown_pictures}
    deck = Deck(
        Joined([part.notes for part in parts.by_path.values()]),
        {n: t._replace(modified=looks[n].modified) for n, t in checked.templates.note_types.items()},
        parts.uses,
        {**checked.templates.media, **contents, **used},
        Former(earlier.package, parts.replaced) if earlier and parts.replaced is not None else None,
    )
    compiled = Compiled(
        deck,
        parts.following,
        sum(part.contents.notes for part in parts.by_path.values()),
        sum(part.contents.cards for part in parts.by_path.values()),
        drawn.new,
        drawn.by_digest,
        ledger,
        changes,
        tuple(_new_looks(checked, looks)),
    )
    return checked._replace(compiled=compiled)


def _drawn(checked: Build, progress: Progress, jobs: int, earlier: Mapping[str, Drawn]) -> Drawings:
    if not checked.planned:
        return Drawings()
    from deckgen import drawings  # noqa: PLC0415 - as in `_planned`

    return drawings.make(checked.planned, checked.config, progress, jobs, earlier)


def _looks(checked: Build, now: int, *, push: bool) -> dict[str, Look]:
    former = checked.former.note_types
    note_types = checked.templates.note_types
    return {n: identity.look(t, former.get(n), now, push=push) for n, t in note_types.items()}


def _changed(checked: Build, parts: making.Parts) -> tuple[changing.Changes, list[ledgers.Rewritten]]:
    """What an import will do, and the entries of the ledger that it makes others."""
    from deckgen import changes as changing  # noqa: PLC0415 - a check needs none of it

    made = parts.by_path.values()
    gone = [changing.Change(entry, identity.removed(entry)) for entry in _gone(checked)]
    counts = Counter[changing.Kind]()
    for part in made:
        counts.update(part.counts)
    counts["removed"] += len(gone)
    changes = changing.Changes(
        counts,
        sum(part.new_cards for part in made),
        sum(part.retired_cards for part in made),
        Joined([*(part.changes for part in made), gone]),
    )
    rewritten = [one for part in made for one in part.rewritten]
    return changes, [*rewritten, *(ledgers.rewritten(change.entry) for change in gone)]


def _new_looks(checked: Build, looks: Mapping[str, Look]) -> Iterator[str]:
    before = checked.former.note_types
    for name, look in looks.items():
        if name in before and before[name].hash != look.hash:
            yield checked.templates.note_types[name].name


def _shown_figures(checked: Build, drawn: Drawings) -> Iterator[Picture]:
    """Those that stand in a field."""
    if not drawn.pictures:
        return
    for document in checked.documents:
        for index, (outline, given) in enumerate(zip(document.outlines, checked.given[document.path], strict=True)):
            if given is not None:
                yield from (drawn.pictures[figure.where] for figure in outline.figures)
                yield from drawn.attached.get((document.path, index), ())


def _fetch(checked: Build) -> tuple[dict[tuple[str, str], Path], list[Diagnostic]]:
    if checked.config.remote != "fetch":
        return {}, []
    from deckgen import remote  # noqa: PLC0415 - with what it needs to speak to the network

    return remote.fetch(checked.documents, checked.config)


def _gone(checked: Build) -> Iterator[Entry]:
    """Entries whose note is gone from what was built. Of the rest of a project nothing is said, nor of a file that is
    still there, as behind a link that is passed over.
    """
    built = {document.path for document in checked.documents}
    there = {one.guid for given in checked.given.values() for one in given if one is not None and one.known}
    gone = [(guid, known) for guid, known in checked.former.known.items() if guid not in there and not known.removed]
    for guid, known in gone:
        if known.path in built or (checked.config.whole and known.path not in checked.elsewhere):
            yield checked.former.entries[guid]


class Written(NamedTuple):
    """What `write` left on the disk."""

    output: Path
    size: int
    """In bytes."""
    package: bytes = b""
    """A hash of the package, as `files.digest`; empty for another target."""
    ledger: bytes = b""
    """The same of the ledger; empty where none was saved, as it would be the first and its folder is read-only."""


def write(compiled: Compiled, config: Config, target: str, output: Path, cache: Cache | None = None) -> Written:
    """Save a deck as one of TARGETS, after the figures drawn for it and together with the ledger, if it is a package; what
    is in the ledger, the cache gets to know.

    Every file is replaced as a whole or not at all. Raises DeckgenError where one cannot be written.
    """
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - a check writes nothing

    path = output
    try:
        # Python is free while SQLite and zlib work: beside them, the ledger takes no time of its own
        with ThreadPoolExecutor(1) as beside:
            packed = beside.submit(targets.write, compiled.deck, target).result
            for path, drawing in compiled.drawn.items():
                files.save(path, drawing)
            path = output
            if target == "apkg":
                return Written(output, *ledgers.save(config.root, compiled.ledger, output, packed, cache))
            data = packed()
            files.save(output, data)
    except OSError as error:
        raise DeckgenError(f"{shown(path)} cannot be written: {error.strerror or error}") from error
    return Written(output, len(data))


def build_time() -> int:
    """Now, or SOURCE_DATE_EPOCH where it is set (https://reproducible-builds.org/specs/source-date-epoch/)."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    if not epoch:
        return int(time.time())
    if not (epoch.isascii() and epoch.isdigit() and len(epoch) <= DIGITS):
        raise DeckgenError(f"SOURCE_DATE_EPOCH must be seconds since 1970, not {epoch[:20]!r}")
    return int(epoch)


DIGITS = 10
"""Of seconds, until the year 2286; milliseconds have thirteen."""
