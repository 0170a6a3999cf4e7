"""The notes' figures → drawings: only what is new or has changed is drawn.

A figure is declared in a block of the notes, or in deckgen.toml, there to be used as an image or attached to a note. A
project keeps its drawings in the media folder. A drawing carries a digest of its parameters and of the code that drew
it; while that is current, neither numpy nor matplotlib is imported.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePath
from types import MappingProxyType
from typing import TYPE_CHECKING

from deckgen import config as configuration
from deckgen import figures, files, media
from deckgen.diagnostics import Diagnostic
from deckgen.drawn import Drawings
from deckgen.figures.parameters import Table, places
from deckgen.notes import Figure, Location, Picture
from deckgen.processes import mapped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from deckgen.config import Config
    from deckgen.drawn import Drawn, Place
    from deckgen.notes import Document, Outline


@dataclass(frozen=True, slots=True)
class Planned:
    """A figure whose parameters are right."""

    figure: Figure
    drawing: figures.Drawing
    name: str
    """Its file in the media folder."""
    language: str
    """That of its words: its document's, or the project's."""
    attached: Place | None = None
    """The note that shows it with its answer."""
    data: tuple[tuple[Path, str, bytes], ...] = ()
    """The files that it was read from: the folder that a reference starts at, the reference, a hash of the content."""


def plan(documents: Sequence[Document], config: Config) -> tuple[list[Planned], list[Diagnostic]]:
    """Read every figure that is declared, without drawing; and say what is wrong with the others."""
    planned, diagnostics = [], []
    names: set[str] = set()
    for name, figure, table, target in _declared(config):
        data = _DataFiles(config.root, config)
        drawing, problems = figures.read(figure, data.find, table)
        attached, wrong = _attached(target, figure, documents, config)
        diagnostics += [*(_in_toml(one, figure) for one in problems), *wrong]
        if drawing:
            file = f"{name}.{drawing.options.format}"
            names.add(file.lower())
            planned.append(Planned(figure, drawing, file, config.lang, attached, tuple(data.found)))
    for document, note, figure in _blocks(documents):
        data = _DataFiles((config.source_folder / document.path).parent, config)
        drawing, problems = figures.read(figure, data.find)
        diagnostics += problems
        if drawing:
            name = _unused(_name(document, note, figure), drawing.options.format, names)
            planned.append(Planned(figure, drawing, name, document.lang, data=tuple(data.found)))
    return planned, diagnostics


def _in_toml(problem: Diagnostic, figure: Figure) -> Diagnostic:
    """In deckgen.toml a kind is no word behind a fence."""
    hint = f'write kind = "{figures.nearest(figure.kind)}"'
    return problem._replace(hint=hint) if problem.code == "unknown-figure" else problem


class _DataFiles:
    """Finds the files that a figure names, and remembers them."""

    def __init__(self, folder: Path, config: Config) -> None:
        self.folder, self.config = folder, config
        self.found: list[tuple[Path, str, bytes]] = []

    def find(self, reference: str) -> Path | str:
        file = media.data_file(self.folder, self.config, reference)
        if not isinstance(file, str):
            self.found.append((self.folder, reference, files.digest(file)))
        return file


def declared_files(planned: Sequence[Planned], config: Config) -> set[Path]:
    """Files in the media folder that will be there once the figures of deckgen.toml are drawn."""
    toml = configuration.shown(config.root / configuration.NAME)
    return {(config.media_folder / p.name).resolve() for p in planned if p.figure.where.path == toml}


def make(
    planned: Sequence[Planned],
    config: Config,
    progress: Callable[[str, int, int], None],
    jobs: int = 1,
    earlier: Mapping[str, Drawn] = MappingProxyType({}),
) -> Drawings:
    """Draw what is not current, in `jobs` processes at once. `earlier` are drawings of this run, by digest."""
    kept = [_kept(p, config) for p in planned]
    digests = {
        p: figures.digest(p.drawing, p.language) for p, image in zip(planned, kept, strict=True) if image is None
    }
    stale = [p for p in digests if digests[p] not in earlier]
    fresh = dict(zip(stale, _draw(stale, progress, jobs), strict=True))
    drawn = {p: fresh[p] if p in fresh else earlier[digest] for p, digest in digests.items()}
    pictures: dict[Location, Picture] = {}
    attached: dict[Place, tuple[Picture, ...]] = {}
    contents: dict[str, bytes] = {}
    for p, image in zip(planned, kept, strict=True):
        data = drawn[p].data if image is None else image
        travelling = figures.without_digest(data)
        name = media.name(_drawn_name(p, drawn.get(p)), travelling)
        options = p.drawing.options
        picture = Picture(
            name, figures.alt(data), drawn=True, caption=options.caption, back_only=options.side == "back"
        )
        pictures[p.figure.where], contents[name] = picture, travelling
        if p.attached:
            attached[p.attached] = (*attached.get(p.attached, ()), picture)
    declared = declared_files(planned, config)
    by_file = {(config.media_folder / p.name).resolve(): pictures[p.figure.where] for p in planned}
    new = {config.media_folder / _drawn_name(p, image): image.data for p, image in drawn.items()}
    return Drawings(
        pictures,
        attached,
        contents,
        files={path: picture for path, picture in by_file.items() if path in declared},
        new=new if config.project else {},
        warnings=tuple(_warning(p, image) for p, image in drawn.items() if image.warning),
        by_digest={digests[p]: image for p, image in drawn.items()},
    )


def _drawn_name(p: Planned, image: Drawn | None) -> str:
    """A PNG may have become an SVG for want of a font."""
    return PurePath(p.name).with_suffix(image.extension).name if image else p.name


def _warning(p: Planned, image: Drawn) -> Diagnostic:
    return Diagnostic("no-cjk-font", "warning", p.figure.where, image.warning, figures.FONT_HINT)


def _kept(p: Planned, config: Config) -> bytes | None:
    """The drawing in the media folder, if it is still current."""
    path = config.media_folder / p.name
    if not config.project or not path.is_file():
        return None
    data = path.read_bytes()
    return data if figures.is_current(data, p.drawing, p.language) else None


PROCESSES_PAY_FROM = 8
"""Figures. A process has to import matplotlib first, which takes as long as drawing five."""


def _draw(stale: Sequence[Planned], progress: Callable[[str, int, int], None], jobs: int) -> Iterator[Drawn]:
    processes = min(jobs, len(stale)) if len(stale) >= PROCESSES_PAY_FROM else 1
    drawn = mapped(_drawn, ((p.drawing, p.language) for p in stale), processes)
    yield from _told(drawn, stale, progress)


def _drawn(figure: tuple[figures.Drawing, str]) -> Drawn:
    return figures.draw(*figure)


def _told(
    drawn: Iterator[Drawn], stale: Sequence[Planned], progress: Callable[[str, int, int], None]
) -> Iterator[Drawn]:
    for index, p in enumerate(stale):
        progress(f"drawing {p.name}", index, len(stale))
        yield next(drawn)


def _blocks(documents: Sequence[Document]) -> Iterator[tuple[Document, Outline, Figure]]:
    for document in documents:
        for note in document.outlines:
            for figure in note.figures:
                yield document, note, figure


def _name(document: Document, note: Outline, figure: Figure) -> str:
    """Document, label and kind: a reader of the media folder sees what it is."""
    stem = re.sub(r"\.md$", "", document.path, flags=re.IGNORECASE)
    parts = (re.sub(r"[^\w]+", "-", part).strip("-").lower() for part in (stem, note.label, figure.kind))
    return "-".join(part for part in parts if part)


def _unused(stem: str, extension: str, names: set[str]) -> str:
    """A file name, with a number where a figure before it has it already."""
    number, unused = 1, f"{stem}.{extension}"
    while unused in names:
        number += 1
        unused = f"{stem}-{number}.{extension}"
    names.add(unused)
    return unused


# Figures of deckgen.toml.


def _declared(config: Config) -> Iterator[tuple[str, Figure, Table, str]]:
    """Name, figure, its parameters and the note to attach it to, of each table [figures.NAME]."""
    if not config.figures:
        return
    file = config.root / configuration.NAME
    found = places(file.read_text(encoding="utf-8-sig"), depth=3)
    for name, table in config.figures.items():
        header = found.get(("figures", name), (0, 0))
        values = {key: value for key, value in table.items() if key not in ("kind", "attach")}
        keys = {key: found.get(("figures", name, key), header) for key in values}
        figure = Figure(str(table.get("kind", "")), "", Location(configuration.shown(file), header[0] + 1, 1))
        below = {key: (line - header[0] - 1, column) for key, (line, column) in keys.items()}
        yield name, figure, Table(values, below), str(table.get("attach", ""))


def _attached(
    target: str, figure: Figure, documents: Sequence[Document], config: Config
) -> tuple[Place | None, list[Diagnostic]]:
    """The note that `attach` names by its label, or by its document and label."""
    if not target:
        return None, []
    start = f"{config.source.strip('/')}/"
    wanted = (target, target.removeprefix(start))  # as the foot of a card names a document
    places = [
        (d.path, index)
        for d in documents
        for index, n in enumerate(d.outlines)
        if any(_is_named(d, n, one) for one in wanted)
    ]
    if len(places) == 1 or not (places or config.whole):
        return (places[0] if places else None), []
    if places:
        message = f"attach = “{target}” fits {len(places)} notes"
        path, _, label = target.rpartition(" ")
        hint = f'name the document too: attach = "{places[0][0]} {label}"'
        if path:
            hint = 'give the note a name, as in {#name} behind its question: attach = "name"'
    else:
        message = f"attach = “{target}” fits no note"
        hint = 'write the label of a note, as in attach = "Q04", or its document and label'
    return None, [Diagnostic("bad-figure", "error", figure.where, message, hint)]


def _is_named(document: Document, note: Outline, target: str) -> bool:
    names = {note.label, note.name} - {""}
    return target in names | {f"{document.path} {name}" for name in names}
