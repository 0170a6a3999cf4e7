"""AnkiNote → the same note in the note type that the project wants for it, with exactly the cards its templates show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from deckgen import identity, templates
from deckgen.diagnostics import Diagnostic

if TYPE_CHECKING:
    from collections.abc import Iterable

    from deckgen.config import Config
    from deckgen.notes import AnkiNote, Identity, NoteType
    from deckgen.templates import Loaded


@dataclass(frozen=True, slots=True)
class Fitted:
    """The Anki notes of one note."""

    notes: tuple[AnkiNote, ...]
    diagnostics: tuple[Diagnostic, ...]
    """An error for each whose templates show nothing of it."""


def fit(made: Iterable[AnkiNote], known: Identity, document: str, config: Config, loaded: Loaded) -> Fitted:
    """Each of these forms of a note, which are of the built-in note types, as the project wants it. `document` is its
    path in the source folder.
    """
    notes, diagnostics = [], []
    for form in made:
        name = templates.choose(config, form.note_type, document)
        if name == form.note_type and name not in loaded.customised:
            notes.append(form)
            continue
        fitted = _shown(_in(name, form, known, config), loaded.note_types[name])
        notes.append(fitted)
        if not fitted.ordinals:
            diagnostics.append(_empty(fitted, loaded.note_types[name]))
    return Fitted(tuple(notes), tuple(diagnostics))


def _in(name: str, form: AnkiNote, known: Identity, config: Config) -> AnkiNote:
    """The note with the fields of this note type, and with a GUID of its own in it."""
    own = next((own for own in config.note_types if own.name == name), None)
    if own is None:
        return form
    guid = identity.guid_of_type(known, name)
    parts = {**form.fields, "Key": guid}
    fields = {field: parts[part] for field, part in own.fields.items()}
    ordinals = tuple(range(1, len(own.cards) + 1)) if own.kind == "qa" else form.ordinals
    return form._replace(guid=guid, note_type=name, fields=fields, ordinals=ordinals)


def _shown(note: AnkiNote, note_type: NoteType) -> AnkiNote:
    """Without the cards whose front is empty: Anki would never make them, or ask for nothing."""
    return note._replace(ordinals=tuple(n for n in note.ordinals if not _is_empty(note, note_type, n)))


def _is_empty(note: AnkiNote, note_type: NoteType, ordinal: int) -> bool:
    from deckgen import cards  # noqa: PLC0415 - only templates of the project's own may show nothing

    return cards.is_empty(note, note_type, ordinal) or cards.is_blank(note, note_type, ordinal)


def _empty(note: AnkiNote, note_type: NoteType) -> Diagnostic:
    message = f"the templates of {note_type.name} show nothing of this note: it would have no card"
    first = note_type.fields[0].name
    hint = f"put a field that is never empty, such as {{{{{first}}}}}, on the front, outside of {{{{#…}}}}"
    return Diagnostic("empty-front", "error", note.where, message, hint)
