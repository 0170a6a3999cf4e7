"""Documents + identities → Parts: what Anki gets of each document, and what the ledger will remember of it.

A part that comes out as at the last build is not made again: the package of that build has its notes.
"""

from __future__ import annotations

import marshal
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Any

from deckgen import forms, identity, names, processes
from deckgen import ledger as ledgers
from deckgen.changes import Change, added
from deckgen.earlier import Contents, Packaged
from deckgen.fields import anki_notes
from deckgen.hashes import blake2b
from deckgen.notes import AnkiNote, Entry, Location
from deckgen.packed import Packed, Spool
from deckgen.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from deckgen.changes import Kind
    from deckgen.config import Config
    from deckgen.diagnostics import Diagnostic
    from deckgen.drawn import Place
    from deckgen.notes import Document, Given, Ledger, Note, Picture
    from deckgen.templates import Loaded


class Project(NamedTuple):
    """What the parts of all documents are made with."""

    config: Config
    templates: Loaded
    former: Ledger
    images: Mapping[tuple[str, str], Picture]
    """By document path and reference."""
    figures: Mapping[Location, Picture]
    """By the place of their declaration."""
    attached: Mapping[Place, Sequence[Picture]]
    """Figures by the note that they are attached to."""
    now: int
    """The time of the build, in seconds since 1970."""


NOTHING: Packed[Any] = Packed(0, bytes, iter)


class Part(NamedTuple):
    """What came of a document."""

    contents: Contents
    counts: Mapping[Kind, int]
    """How many of its notes there are of each kind of change."""
    notes: Packed[AnkiNote] = NOTHING
    """Empty where the former package has them."""
    changes: Packed[Change] = NOTHING
    """Of the notes that are not as they were."""
    new_cards: int = 0
    retired_cards: int = 0
    rewritten: tuple[ledgers.Rewritten, ...] = ()
    """What changes of the ledger."""
    diagnostics: tuple[Diagnostic, ...] = ()
    """Of notes that the project's templates show nothing of, and of numbers that were another phrase's."""
    settled: bool = True
    """Whether it comes out the same at the next build, as far as its document is the same."""


class Parts(NamedTuple):
    """What came of all documents."""

    by_path: Mapping[str, Part]
    uses: tuple[tuple[str, str], ...]
    """As `Deck.uses`."""
    replaced: frozenset[int] | None
    """As `notes.Former.replaced`; None where nothing of a former package is kept."""
    following: Packaged
    """What the next build need not make again, once these are in a package."""


PROCESSES_PAY_FROM = 10_000
"""Notes to make. Processes take as long to start as to make a quarter of them."""


def make(  # noqa: PLR0913 - each is another kind of thing
    documents: Sequence[Document],
    digests: Sequence[bytes],
    given: Mapping[str, Sequence[Given | None]],
    project: Project,
    former: Packaged | None,
    *,
    jobs: int = 1,
) -> Parts:
    """The parts of these documents. `digests` are those of their files, `given` is by path; what is in the `former`
    package is not made again, and much of the rest is made by `jobs` processes.
    """
    known = former.parts if former else {}
    digest_of = {document.path: digest for document, digest in zip(documents, digests, strict=True)}
    kept = {
        document.path: known[document.path]
        for document in documents
        if document.path in known
        and known[document.path][0] == _question(document, digest_of[document.path], given[document.path], project)
    }
    missing = [document for document in documents if document.path not in kept]
    fresh = _all_made(missing, given, project, jobs)
    parts: dict[str, Part] = {}
    following: dict[str, tuple[bytes, Contents]] = {}
    for document in documents:
        path, its = document.path, given[document.path]
        if path in kept:
            parts[path] = Part(kept[path][1], {"unchanged": sum(one is not None for one in its)})
            following[path] = kept[path]
            continue
        parts[path] = next(fresh)
        all_known = [one and one._replace(known=True) for one in its]
        question = _question(document, digest_of[path], all_known, project) if parts[path].settled else b""
        following[path] = (question, parts[path].contents)
    uses = tuple(dict.fromkeys(use for part in parts.values() for use in part.contents.uses))
    if former and uses != former.uses:  # the package would have other decks
        return make(documents, digests, given, project, None, jobs=jobs)
    replaced = {second for path, (_, contents) in known.items() if path not in kept for second in contents.created}
    return Parts(parts, uses, frozenset(replaced) if former else None, Packaged(uses, following))


def _all_made(
    documents: Sequence[Document], given: Mapping[str, Sequence[Given | None]], project: Project, jobs: int
) -> Iterator[Part]:
    much = jobs > 1 and sum(len(document.outlines) for document in documents) >= PROCESSES_PAY_FROM
    work = (_alone(document, given[document.path], project) for document in documents)
    spool = Spool()
    for document, part in zip(documents, processes.mapped(_made, work, jobs if much else 1), strict=True):
        yield _spooled(part, document, spool)


class _Work(NamedTuple):
    """What a part is made of."""

    document: Document
    given: Sequence[Given | None]
    project: Project


def _alone(document: Document, given: Sequence[Given | None], project: Project) -> _Work:
    """A document with all that its part needs, and nothing else: it may go to another process."""
    path = document.path
    figures = [figure.where for outline in document.outlines for figure in outline.figures]
    sources = {(path, image.source) for outline in document.outlines for image in outline.images}
    places = [(path, index) for index in range(len(document.outlines))] if project.attached else []
    notes = document.notes.loaded() if isinstance(document.notes, Packed) else document.notes
    its = project._replace(
        templates=project.templates._replace(media={}, diagnostics=()),
        former=ledgers.only(project.former, [one.guid for one in given if one and one.known]),
        images={source: project.images[source] for source in sources if source in project.images},
        figures={where: project.figures[where] for where in figures},
        attached={place: project.attached[place] for place in places if place in project.attached},
    )
    return _Work(document._replace(outlines=(), notes=notes), given, its)


def _spooled(part: Part, document: Document, spool: Spool) -> Part:
    """The part, with all in the spool that can wait there."""
    questions = {outline.question_text: outline.question_text for outline in document.outlines}
    rewritten = [
        # one string for both: of 100,000 notes that saves 12 MiB
        one._replace(
            known=one.known._replace(question=questions[one.known.question]), line=spool.put(ledgers.text(one.line))
        )
        for one in part.rewritten
    ]
    notes, changes = part.notes.spooled(spool), part.changes.spooled(spool)
    return part._replace(notes=notes, changes=changes, rewritten=tuple(rewritten))


def _made(work: _Work) -> Part:
    """What comes of a document whose notes were given this."""
    document, given, project = work
    notes: list[AnkiNote] = []
    changes: list[Change] = []
    rewritten: list[ledgers.Rewritten] = []
    counts: Counter[Kind] = Counter()
    diagnostics: list[Diagnostic] = []
    settled, new_cards = True, 0
    for index, note in enumerate(document.notes):
        one = given[index]
        if one is None:
            continue
        who = identity.of(note, one, project.former)
        diagnostics += identity.numbers_taken(note, who)
        home = _home(document, note)
        figures = [project.figures[figure.where] for figure in note.figures]
        attached = project.attached.get((document.path, index), ())
        forms_of_it = anki_notes(
            home, note, who, images=project.images, figures=figures, attached=attached, cards=document.cards
        )
        fitted = forms.fit(forms_of_it, who, document.path, project.config, project.templates)
        entry = identity.stamp(note, home, who, fitted.notes, project.now)
        change = Change(who.former, entry, note.where)
        counts[change.kind] += 1
        if entry is not who.former:
            rewritten.append(ledgers.rewritten(entry))
            settled = settled and identity.ordinals(note, entry) == who.ordinals
        if change.kind != "unchanged":
            changes.append(change)
            new_cards += added(change, fitted.notes)
        diagnostics += fitted.diagnostics
        notes += [form._replace(modified=entry.modified) for form in fitted.notes]
    return Part(
        _contents(notes),
        counts,
        _packed_notes(notes),
        _packed_changes(changes),
        new_cards,
        sum(len(change.retired_cards) for change in changes),
        tuple(rewritten),
        tuple(diagnostics),
        settled,
    )


def _contents(notes: Sequence[AnkiNote]) -> Contents:
    return Contents(
        len(notes),
        sum(len(note.ordinals) for note in notes),
        tuple(dict.fromkeys((note.deck, note.note_type) for note in notes)),
        tuple(dict.fromkeys(note.created for note in notes)),
    )


def _home(document: Document, note: Note) -> Document:
    """The document, with the deck of this note of it: the headings above the note may be sub-decks."""
    if document.headings != "decks":
        return document
    return document._replace(deck=names.deck(document.deck, *note.sections))


# Packed, until a target or a person asks for them.


def _packed_notes(notes: Sequence[AnkiNote]) -> Packed[AnkiNote]:
    data = marshal.dumps([(*note[:-1], tuple(note.where)) for note in notes])
    return Packed(len(notes), partial(bytes, data), _anki_notes)


def _anki_notes(data: bytes) -> Iterator[AnkiNote]:
    for *rest, where in marshal.loads(data):  # noqa: S302 - ours
        yield AnkiNote._make((*rest, Location(*where)))


def _packed_changes(changes: Sequence[Change]) -> Packed[Change]:
    data = marshal.dumps([tuple(map(_plain, (c.former, c.entry, c.where))) for c in changes])
    return Packed(len(changes), partial(bytes, data), _changes)


def _changes(data: bytes) -> Iterator[Change]:
    for former, entry, where in marshal.loads(data):  # noqa: S302 - ours
        yield Change(Entry(*former) if former else None, Entry(*entry), Location(*where) if where else None)


def _plain(values: Entry | Location | None) -> tuple[Any, ...] | None:
    return None if values is None else tuple(values)


def _question(document: Document, digest: bytes, given: Sequence[Given | None], project: Project) -> bytes:
    """A hash of all that a part depends on, but for what is common to all. `digest` is that of the document's file."""
    found = blake2b(digest, digest_size=32)
    found.update(marshal.dumps([one and tuple(one) for one in given], 2))  # later versions write the same in two ways
    if pictures := list(_pictures(document, project)):
        found.update(repr(pictures).encode("utf-8", "surrogatepass"))
    return found.digest()


def _pictures(document: Document, project: Project) -> Iterator[tuple[object, ...]]:
    """Those of each note that has any."""
    if not project.images and not project.figures and not project.attached:
        return
    for index, outline in enumerate(document.outlines):
        images = [project.images.get((document.path, image.source)) for image in outline.images]
        figures = [project.figures.get(figure.where) for figure in outline.figures]
        attached = project.attached.get((document.path, index))
        if images or figures or attached:
            yield index, images, figures, attached
