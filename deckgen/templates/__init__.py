"""Configuration + the project's `templates` folder → Anki's note types: fields, templates, style, and their files.

A file that stands in the folder wins; one that does not falls back to ours (`builtin`).
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from deckgen.config import place
from deckgen.diagnostics import Diagnostic
from deckgen.hashes import sha256
from deckgen.notes import Field, Location, NoteType, Template
from deckgen.patterns import later
from deckgen.templates import assets, builtin, looks, sources
from deckgen.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from deckgen.config import Config, OwnNoteType, Style
    from deckgen.templates.assets import Files
    from deckgen.templates.sources import Parts, Source


class Loaded(NamedTuple):
    """Every note type that a note of this project can become."""

    note_types: Mapping[str, NoteType]
    """`cloze`, `qa`, and those of the project's own by their names."""
    media: Mapping[str, bytes]
    """The files that templates and style use, by their names in Anki."""
    diagnostics: tuple[Diagnostic, ...]
    customised: frozenset[str]
    """Those whose templates are not the built-in ones: they may leave a front empty."""


NONE = Loaded({}, {}, (), frozenset())


def load(config: Config) -> Loaded:
    """The note types with the project's own templates and style in them, and everything that is wrong with those."""
    folder = config.templates_folder if config.project else None
    files = assets.find(folder)
    diagnostics = list(files.diagnostics)
    plain = {kind: builtin.load(kind) for kind in builtin.NOTE_TYPES}
    parts = {kind: sources.of_builtin(kind, folder) for kind in builtin.NOTE_TYPES}
    for own in config.note_types:
        plain[own.name], parts[own.name] = _own(own), sources.of_own(own, folder)
    note_types = {name: _dressed(plain[name], parts[name], files, config.style) for name in plain}
    for name, note_type in plain.items():
        diagnostics += [*parts[name].diagnostics, *_problems(note_type, parts[name], files, config)]
    if folder and folder.is_dir():
        diagnostics += sources.unused(folder, set().union(*(each.names for each in parts.values())))
    customised = {name for name in plain if note_types[name].templates != plain[name].templates}
    return Loaded(note_types, files.contents, tuple(dict.fromkeys(diagnostics)), frozenset(customised))


def _dressed(plain: NoteType, parts: Parts, files: Files, style: Style) -> NoteType:
    """The note type with these templates and this style. A look of the project's own is a second newer than ours, and
    older than anything a user ever edited in Anki.
    """
    css = files.named(parts.style.text) + looks.css(style)
    templates = tuple(
        Template(template.name, template.id, files.named(card.front.text), files.named(card.back.text))
        for template, card in zip(plain.templates, parts.cards, strict=True)
    )
    modified = plain.modified + ((templates, css) != (plain.templates, plain.css))
    return plain._replace(templates=templates, css=css, modified=modified)


def _problems(plain: NoteType, parts: Parts, files: Files, config: Config) -> Iterator[Diagnostic]:
    """What is wrong with a note type's files. Ours need no check at each build: a test does it."""
    every = [parts.style, *(side for card in parts.cards for side in (card.front, card.back))]
    for source in every:
        if source.path:
            yield from files.missing(source.text, source.path)
    if plain.fields != builtin.FIELDS or any(source.path for source in every[1:]):
        from deckgen.templates.check import check  # noqa: PLC0415 - few projects have templates of their own

        told = check(plain.name, plain.cloze, [field.name for field in plain.fields], parts.cards, parts.clozes)
        yield from (diagnostic for diagnostic in told if diagnostic.where.path)
        if plain.cloze and config.style.other_clozes == "hidden":
            yield from _not_hidden(parts.cards[0].front)
        ours = [diagnostic for diagnostic in told if not diagnostic.where.path]
        if ours and not parts.diagnostics:  # else the file is there, and cannot be read
            yield _unfit(plain, parts, ours[0], config)


def _not_hidden(front: Source) -> Iterator[Diagnostic]:
    """The style hides the other clozes inside the class that our fronts have."""
    if front.path and not FRONT.search(front.text):
        message = 'other_clozes = "hidden" does nothing here: no element has the class front'
        hint = 'write <div class="note front"> … </div> around it all'
        yield Diagnostic("template-front", "warning", Location(front.path, 1, 1), message, hint)


FRONT = later(r"""class\s*=\s*(?:["'][^"'<>]*\bfront\b|front\b)""")


def _unfit(plain: NoteType, parts: Parts, wrong: Diagnostic, config: Config) -> Diagnostic:
    """Our templates are used for a note type that needs some of its own."""
    folder, several = f"{config.templates}/{plain.name}", len(parts.cards) > 1
    missing = [
        f"{folder}/{card.name}/{side}" if several else f"{folder}/{side}"
        for card in parts.cards
        for side, source in zip(builtin.SIDES, (card.front, card.back), strict=True)
        if not source.path
    ]
    message = f"deckgen's own templates do not fit the note type {plain.name}: {wrong.message}"
    fields = ", ".join(f"{{{{{field.name}}}}}" for field in plain.fields)
    hint = f"write {', '.join(missing)}; its fields are {fields}"
    return wrong._replace(where=place(config, "note_types", plain.name), message=message, hint=hint)


def choose(config: Config, kind: str, document: str) -> str:
    """The note type of a document's notes of this kind, `cloze` or `qa`: the first of the project's own that takes
    them, else the built-in one. `document` is relative to the source folder.
    """
    return next((own.name for own in config.note_types if own.kind == kind and takes(own, document)), kind)


def takes(own: OwnNoteType, document: str) -> bool:
    """Whether a note type takes the notes of this document, if none before it does."""
    return not own.documents or any(_matches(document, pattern) for pattern in own.documents)


def _matches(document: str, pattern: str) -> bool:
    """Whether a pattern means this path, as in .gitignore: `*` stays within a name, `**` is any number of folders, and a
    pattern without `/` is a name in any folder.
    """
    parts = document.split("/")
    pattern = pattern.removeprefix("/") if "/" in pattern else f"**/{pattern}"
    ends = {0}  # how many parts of the path the pattern may have taken so far
    for name in pattern.split("/"):
        if name == "**":
            ends = set(range(min(ends, default=len(parts) + 1), len(parts) + 1))
        else:
            ends = {end + 1 for end in ends if end < len(parts) and fnmatchcase(parts[end], name)}
    return len(parts) in ends


def _own(own: OwnNoteType) -> NoteType:
    """A note type of the project's own, still without its templates. Its ids come from names, so that they stay; the kind
    is part of its own, as Anki would not turn the notes of one kind into those of the other, but break their cards.
    """
    fields = tuple(Field(name, _id("field", own.name, name)) for name in own.fields)
    cards = tuple(Template(card, _id("template", own.name, card), "", "") for card in own.cards)
    note_type_id = _id("note type", own.name, *(["cloze"] if own.kind == "cloze" else []))
    return NoteType(note_type_id, own.name, own.kind == "cloze", fields, cards, "", builtin.RELEASED)


def _id(*names: str) -> int:
    """A number that depends on these names alone, above those that Anki gives by the clock."""
    digest = sha256("\0".join(names).encode()).digest()
    return (1 << 42) + int.from_bytes(digest[:5], "big")
