"""Files → Documents: each is read, parsed, linted and rendered, or taken from the cache where it has not changed.

A large project is read by several processes. What a file becomes depends on its content and on the configuration
alone, so that neither the cache nor the processes can make a difference.
"""

from __future__ import annotations

import marshal
import os
from functools import partial
from itertools import repeat
from sys import intern
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from deckgen import files, names, processes
from deckgen.config import shown
from deckgen.diagnostics import DeckgenError, of_record, record
from deckgen.hashes import blake2b
from deckgen.notes import Cloze, Document, Embedded, Figure, Image, Location, Note, Outline
from deckgen.packed import Packed, Spool
from deckgen.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from deckgen.cache import Cache
    from deckgen.config import Config
    from deckgen.diagnostics import Diagnostic
    from deckgen.notes import ParsedNote

    Progress = Callable[[str, int, int], None]


class Read(NamedTuple):
    """What came of a file."""

    document: Document | None
    """None where the file could not be read: an error says why."""
    diagnostics: tuple[Diagnostic, ...]
    digest: bytes
    """As `digest`, of the content that was read; empty where there was none."""


class _Result(NamedTuple):
    """The same as `marshal` writes it, as it goes into the cache and from one process to another."""

    digest: bytes
    outline: bytes
    notes: bytes


PROCESSES_PAY_FROM = 500_000
"""Bytes of notes. A process takes as long to start as to read a third of it."""


def read(  # noqa: PLR0913 - each is a choice of the caller's own
    sources: Sequence[Path],
    config: Config,
    progress: Progress,
    *,
    html: bool = True,
    jobs: int = 1,
    cache: Cache | None = None,
    digests: Mapping[Path, bytes] = MappingProxyType({}),
) -> list[Read]:
    """What came of every one of these files, in their order; without `html`, which takes its time, notes have none
    where the cache does not know them. `jobs` processes read those, which needs the caller's main module to be
    importable. `digests` are those of files that were looked at just now.
    """
    found = [_known(file, config, cache, digests.get(file)) if cache else None for file in sources]
    missing = [index for index, one in enumerate(found) if one is None]
    much = jobs > 1 and sum(_size(sources[index]) for index in missing) >= PROCESSES_PAY_FROM
    work = processes.mapped(
        partial(_read, config=config, html=html), (sources[index] for index in missing), jobs if much else 1
    )
    spool = Spool()
    for done, index in enumerate(missing):
        progress("reading", len(sources) - len(missing) + done, len(sources))
        result, file = next(work), sources[index]
        notes = spool.put(result.notes)
        found[index] = _decoded(marshal.loads(result.outline), shown(file), result.digest, notes)  # noqa: S302 - made just now
        if cache and result.digest and html:
            outline, whole = _names_in_cache(file, config)
            cache.put(outline, result.digest, result.outline)
            cache.put(whole, result.digest, result.notes)
    return [one for one in found if one is not None]


NOTES = "\0notes"
"""What a file's name in the cache ends with where its notes are: most builds need few of them."""


def names_in_cache(sources: Iterable[Path], config: Config) -> Iterator[str]:
    """Under which the cache keeps what came of these files."""
    for file in sources:
        yield from _names_in_cache(file, config)


def _names_in_cache(file: Path, config: Config) -> tuple[str, str]:
    """From wherever somebody builds, a file has the same name there; what is told of it gets that of `shown`."""
    path = path_of(file, config)
    return path, path + NOTES


def path_of(file: Path, config: Config) -> str:
    """A document's path from the source folder, part of its notes' identity."""
    folder = os.path.join(config.source_folder, "")  # noqa: PTH118 - this is asked for every file of every build
    inside = str(file).startswith(folder) and ".." not in file.parts
    return (str(file)[len(folder) :] if inside else os.path.relpath(file, folder)).replace(os.sep, "/")


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return 0


def _known(file: Path, config: Config, cache: Cache, key: bytes | None) -> Read | None:
    name, _ = _names_in_cache(file, config)
    if not cache.knows(name):
        return None
    if key is None:
        data, problems = files.raw(file)
        if problems:
            return None
        key = digest(file, data, config)
    known = cache.get(name, key)
    return None if known is None else _decoded(known, shown(file), key, partial(_notes, file, config, cache, key))


def _notes(file: Path, config: Config, cache: Cache, key: bytes) -> bytes:
    """The notes of a file that the cache knows; where they are gone from there meanwhile, by reading it again."""
    kept = cache.read(_names_in_cache(file, config)[1], key)
    if kept is not None:
        return kept
    result = _read(file, config=config, html=True)
    if result.digest != key:
        raise DeckgenError(f"{shown(file)} was changed while it was read: try again")
    return result.notes


def _read(file: Path, *, config: Config, html: bool) -> _Result:
    """What came of a file; the digest is empty where it cannot be read."""
    data, problems = files.raw(file)
    key = digest(file, data, config) if not problems else b""
    text, more = files.decoded(data, shown(file)) if not problems else ("", [])
    problems = [*problems, *more]
    if any(problem.severity == "error" for problem in problems):
        return _Result(b"", marshal.dumps(_encoded(None, problems)), marshal.dumps([]))
    document, more = of_text(file, text, config, html=html)
    notes = marshal.dumps([_encoded_note(note) for note in document.notes])
    return _Result(key, marshal.dumps(_encoded(document, _with_lines([*problems, *more], text))), notes)


def _with_lines(told: Sequence[Diagnostic], text: str) -> list[Diagnostic]:
    """These diagnostics of a text, each with its line: nobody has to read the file again to print it."""
    lines = text.split("\n") if told else []
    return [d._replace(line=lines[d.where.line - 1] if d.where.line <= len(lines) else "") for d in told]


def digest(file: Path, data: bytes, config: Config) -> bytes:
    """A hash of everything that a file's document depends on: its content, its path, the configuration."""
    settings = (config.deck, config.cloze, config.cards, config.questions, config.headings, config.lang, config.html)
    about = (path_of(file, config), _default_deck(file, config), settings)
    found = blake2b(repr(about).encode("utf-8", "surrogatepass"), digest_size=32)
    found.update(data)
    return found.digest()


def of_text(file: Path, text: str, config: Config, *, html: bool = True) -> tuple[Document, list[Diagnostic]]:
    """A file's document as its front matter and the configuration want it, and what is wrong with it. Its own deck is
    absolute; else folders are sub-decks.
    """
    from deckgen import frontmatter  # noqa: PLC0415 - what the cache knows needs none of these
    from deckgen.lint import lint  # noqa: PLC0415
    from deckgen.parse import parse  # noqa: PLC0415

    front, problems = frontmatter.read(text, shown(file))
    settings = config._replace(**{key: value for key, value in front.items() if key != "tags"})
    path = path_of(file, config)
    folders = [folder for folder in path.split("/")[:-1] if folder != ".."]
    parsed = parse(
        text,
        path=path,
        shown=shown(file),
        deck=settings.deck or _default_deck(file, config),
        clozes=settings.cloze,
        questions=settings.questions,
        html=config.html,
        tagged=front.get("tags", ()),
    )
    told = [*problems, *lint(parsed)]
    notes = [_note(note, html=html, tagged=settings.headings == "tags") for note in parsed.notes]
    document = Document(
        path=path,
        shown=parsed.shown,
        deck=names.deck(parsed.deck, *([] if "deck" in front else folders)),
        outlines=tuple(map(outline, notes)),
        notes=tuple(notes),
        style=parsed.style,
        cards=settings.cards,
        lang=settings.lang,
        headings=settings.headings,
    )
    return document, told


def _note(parsed: ParsedNote, *, html: bool, tagged: bool) -> Note:
    """`tagged` are those with the headings above them as one tag, nested as they are."""
    question, answer, remarks, embedded = _rendered(parsed) if html else ("", "", "", ())
    above = "::".join(part for part in map(names.deck_part, parsed.sections) if part)
    return Note(
        label=parsed.label,
        name=parsed.name,
        where=parsed.where,
        question_text=parsed.question_text,
        answer_text=parsed.answer_text,
        answered=bool(parsed.answer),
        question=question,
        answer=answer,
        remarks=remarks,
        clozes=parsed.clozes,
        figures=parsed.figures,
        images=parsed.images,
        embedded=embedded,
        heading=parsed.heading,
        sections=parsed.sections,
        tags=names.tags((*parsed.tags, above)) if tagged else parsed.tags,
    )


def outline(note: Note) -> Outline:
    """What the rest of a project has to know of a note."""
    return Outline(
        label=note.label,
        name=note.name,
        where=note.where,
        question_text=note.question_text,
        answered=note.answered,
        phrases=len(note.clozes),
        figures=note.figures,
        images=note.images,
    )


def _rendered(parsed: ParsedNote) -> tuple[str, str, str, tuple[Embedded, ...]]:
    from deckgen.render import render  # noqa: PLC0415 - a check needs none of it

    return render(parsed)


def _default_deck(file: Path, config: Config) -> str:
    """The deck where none is named: the project's folder; a single file without a project is named by its title."""
    alone = not config.project and config.files == (file,)
    return "" if alone else names.deck_part(config.root.name)


# As values that `marshal` can write: it takes half the time of JSON. Places in notes are in the file itself.


def _encoded(document: Document | None, told: Sequence[Diagnostic]) -> tuple[Any, ...]:
    diagnostics = [record(diagnostic._replace(where=diagnostic.where._replace(path=""))) for diagnostic in told]
    if document is None:
        return None, diagnostics
    rest = (document.style, document.cards, document.lang, document.headings)
    return (document.path, document.deck, _encoded_outlines(document.outlines), *rest), diagnostics


def _encoded_outlines(outlines: Sequence[Outline]) -> tuple[Any, ...]:
    """In columns, which Python puts together in a third of the time of lines; apart from them what few have."""
    lines = [(o.label, o.name, *_place(o.where), o.question_text, o.answered, o.phrases) for o in outlines]
    references = [(i, _references(o.figures, o.images)) for i, o in enumerate(outlines) if o.figures or o.images]
    return list(zip(*lines, strict=True)), references


def _encoded_note(note: Note) -> tuple[Any, ...]:
    clozes = [(cloze.text, cloze.hint, cloze.number, *_place(cloze.where)) for cloze in note.clozes]
    embedded = [(one.source, one.linked, one.packed, one.drawn) for one in note.embedded]
    texts = (note.question_text, note.answer_text, note.answered, note.question, note.answer, note.remarks)
    about = (clozes, *_references(note.figures, note.images), embedded, note.heading, note.sections, note.tags)
    return (note.label, note.name, *_place(note.where), *texts, *about)


def _references(figures: Sequence[Figure], images: Sequence[Image]) -> tuple[Any, Any]:
    if not figures and not images:
        return (), ()
    return (
        tuple([(figure.kind, figure.text, *_place(figure.where)) for figure in figures]),
        tuple([(image.source, image.anywhere, image.sound, *_place(image.where)) for image in images]),
    )


def _place(where: Location) -> tuple[int, int]:
    return where.line, where.column


def _decoded(values: tuple[Any, ...], path: str, key: bytes, notes: Callable[[], bytes]) -> Read:
    document, diagnostics = values
    told = tuple([one._replace(where=one.where._replace(path=path)) for one in map(of_record, diagnostics)])
    if document is None:
        return Read(None, told, key)
    own_path, deck, outlines, *rest = document
    decoded = _decoded_outlines(outlines, path)
    packed = Packed(len(decoded), notes, partial(_unpacked, path))
    return Read(Document(own_path, path, deck, decoded, packed, *rest), told, key)


def _unpacked(path: str, notes: bytes) -> list[Note]:
    return [_decoded_note(note, path) for note in marshal.loads(notes)]  # noqa: S302 - ours


def _decoded_outlines(values: tuple[Any, ...], path: str) -> tuple[Outline, ...]:
    columns, references = values
    if not columns:
        return ()
    labels, names, lines, starts, *rest = columns
    places = map(Location._make, zip(repeat(path), lines, starts, strict=False))
    none: repeat[tuple[()]] = repeat(())
    outlines = list(map(Outline._make, zip(map(intern, labels), names, places, *rest, none, none, strict=False)))
    for index, (its_figures, its_images) in references:
        figures, images = _read_references(its_figures, its_images, path)
        outlines[index] = outlines[index]._replace(figures=figures, images=images)
    return tuple(outlines)


def _decoded_note(values: tuple[Any, ...], path: str) -> Note:
    label, name, line, column, question_text, answer_text, answered, question, answer, remarks, *rest = values
    clozes, figures, images, embedded, heading, sections, tags = rest
    found_figures, found_images = _read_references(figures, images, path)
    return Note(
        label,
        name,
        Location(path, line, column),
        question_text,
        answer_text,
        answered,
        question,
        answer,
        remarks,
        tuple([Cloze(text, hint, number, Location(path, *where)) for text, hint, number, *where in clozes]),
        found_figures,
        found_images,
        tuple([Embedded(*one) for one in embedded]),
        heading,
        sections,
        tags,
    )


def _read_references(
    figures: Sequence[Any], images: Sequence[Any], path: str
) -> tuple[tuple[Figure, ...], tuple[Image, ...]]:
    return (
        tuple([Figure(kind, text, Location(path, *where)) for kind, text, *where in figures]),
        tuple([Image(source, Location(path, *where), anywhere, sound) for source, anywhere, sound, *where in images]),
    )
