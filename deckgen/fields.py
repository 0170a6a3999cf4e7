"""Note + Identity → AnkiNote: the marks in a note's HTML become the numbers of its cards and the names of its media."""

from __future__ import annotations

import html
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from deckgen import identity as identities
from deckgen import marks
from deckgen.marks import filled, protected
from deckgen.notes import AnkiNote

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from deckgen.notes import Document, Embedded, Identity, Note, Picture


def anki_notes(  # noqa: PLR0913 - a note, who it is, and what its pictures are called
    document: Document,
    note: Note,
    identity: Identity,
    *,
    images: Mapping[tuple[str, str], Picture],
    figures: Sequence[Picture],
    attached: Sequence[Picture] = (),
    cards: str = "auto",
) -> list[AnkiNote]:
    """The Anki notes of one note: none where it has no answer, a cloze note where it has clozes, else a Q&A note.

    `images` holds every image by document path and reference, `figures` the drawing of each of the note's figures,
    `attached` those that are shown with its answer.
    `cards = "both"` adds a Q&A note to each cloze note.
    """
    if not note.answered:
        return []
    fields = _Fields(document, note, images, figures, attached)
    if not note.clozes:
        return [fields.anki_note(identity, "qa", ordinals=())]
    made = [fields.anki_note(identity, "cloze", ordinals=identity.ordinals)]
    if cards == "both":
        made.append(fields.anki_note(identity, "qa", ordinals=()))
    return made


@dataclass(frozen=True, slots=True)
class _Fields:
    document: Document
    note: Note
    images: Mapping[tuple[str, str], Picture]
    figures: Sequence[Picture]
    attached: Sequence[Picture]

    def anki_note(self, identity: Identity, note_type: str, ordinals: Sequence[int]) -> AnkiNote:
        """`ordinals` is empty where clozes are shown as underlines."""
        note, guid = self.note, identities.guid_of_type(identity, note_type)
        return AnkiNote(
            guid=guid,
            note_type=note_type,
            fields={
                "Question": self._html(note.question, ()),
                "Answer": self._html(note.answer, ordinals),
                "Remarks": self._html(note.remarks, ()),
                "Figures": "".join(map(_figure, self.attached)).strip(),
                "Label": _escaped(note.label),
                "Source": _escaped(self._source()),
                "Key": guid,
            },
            deck=self.document.deck,
            tags=note.tags,
            created=identity.created,
            modified=0,
            position=identity.position,
            ordinals=tuple(sorted(set(ordinals))) or (1,),
            where=note.where,
        )

    def _html(self, text: str, ordinals: Sequence[int]) -> str:
        def what(kind: str, number: int) -> str:
            if kind == marks.EMBEDDED:
                return self._embedded(self.note.embedded[number])
            if kind == marks.FIGURE:
                return _figure(self.figures[number])
            if not ordinals:
                return "<u>" if kind == marks.CLOZE else "</u>"
            if kind == marks.CLOZE:
                return f"{{{{c{ordinals[number]}::"
            hinted = kind == marks.CLOZE_END_WITH_HINT
            return f"::{protected(html.escape(self.note.clozes[number].hint), in_cloze=True)}}}}}" if hinted else "}}"

        return filled(text, what).strip()

    def _embedded(self, embedded: Embedded) -> str:
        picture = self.images.get((self.document.path, embedded.source))
        if picture is None:
            return embedded.linked
        fragment = embedded.drawn if picture.drawn else embedded.packed
        description = protected(html.escape(picture.alt))
        return fragment.replace(marks.FILE, picture.name).replace(marks.DESCRIPTION, description)

    def _source(self) -> str:
        """Document and heading, without a path outside the source folder."""
        return " › ".join(dict.fromkeys(part for part in (self.document.path, self.note.heading) if part))


@lru_cache(maxsize=1024)
def _escaped(text: str) -> str:
    """Of labels and headings: they come again and again."""
    return protected(html.escape(text))


def _figure(picture: Picture) -> str:
    image = f'<img class="figure" src="{picture.name}" alt="{html.escape(picture.alt)}">'
    hidden = ' class="back-only"' if picture.back_only else ""
    if not picture.caption:
        return protected(f"<p{hidden}>{image}</p>\n")
    return protected(f"<figure{hidden}>{image}<figcaption>{html.escape(picture.caption)}</figcaption></figure>\n")
