"""The data that flows: what an author wrote (ParsedDocument, then Document) and what Anki gets (AnkiNote, Deck).

Every other module works on these types; this one imports nothing of ours but what declares them.
All of them are named tuples: a stage makes new values, it never edits those of the stage before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from deckgen.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from pathlib import Path

    from markdown_it.token import Token

    Line = bytes | Callable[[], bytes]
    """Of a ledger, in UTF-8: a Chinese text takes a third less so. Those of a large project wait in a file."""


NOTE_KINDS = ("cloze", "qa")
"""The kinds of notes that Anki gets: with clozes, and without. Each has a built-in note type."""
BUILT_IN = {"cloze": "deckgen Cloze", "qa": "deckgen Q&A"}
"""The names of those in Anki."""
LAST_ORDINAL = 500
"""Anki puts every higher number on card 500."""


class Location(NamedTuple):
    """A place in a file, as a person counts: the first line and the first column are 1."""

    path: str
    """The file as the person named it, with forward slashes."""
    line: int
    column: int
    """In characters, not bytes or screen cells."""


class Cloze(NamedTuple):
    """One phrase that a card asks for."""

    text: str
    """The phrase without mark-up: what identity matches on."""
    hint: str
    """Shown in place of the phrase; empty shows Anki's `[...]`."""
    number: int | None
    """The author's own card number (`data-card`, `{{c3::…}}`), counted from 1; None where he gave none."""
    where: Location


class Image(NamedTuple):
    """A picture that a note refers to; a sound or a video just so."""

    source: str
    """The reference as written, still percent-encoded where the author wrote it so."""
    where: Location
    anywhere: bool = False
    """Whether its file may stand anywhere in the project, to be found by its name."""
    sound: bool = False
    """Whether it is a sound or a video."""


class Figure(NamedTuple):
    """A figure declared as data, in a fenced block ```` ```figure KIND ````."""

    kind: str
    """The first word after `figure`; empty where the author gave none."""
    text: str
    """The block's body: its parameters, in TOML. Its first line stands on line `where.line + 1`."""
    where: Location
    """The opening fence."""


class ParsedNote(NamedTuple):
    """A question and its answer, as markdown-it's tokens."""

    label: str
    """`Q01`, `问题1` …, as written; empty where the question has none."""
    name: str
    """What `{#name}` behind the question says; empty where there is none."""
    where: Location
    question: list[Token]
    """Inline tokens, without the label; block tokens behind them, where the question has further blocks."""
    question_text: str
    """The question without mark-up."""
    answer_text: str
    """The answer without mark-up."""
    answer: list[Token]
    """Block tokens; clozes stand in them as `cloze_open` and `cloze_close`, whose meta["cloze"] is an index into `clozes`."""
    remarks: list[Token]
    """Block tokens of the blockquotes that end the note, without the quotes themselves."""
    clozes: tuple[Cloze, ...]
    figures: tuple[Figure, ...]
    """In the order of the `figure` tokens in question, answer and remarks; meta["figure"] is an index into this."""
    images: tuple[Image, ...]
    heading: str
    """The heading that the question stands under; empty where there is none."""
    sections: tuple[str, ...] = ()
    """The headings above the question, the outermost first, without the document's title."""
    tags: tuple[str, ...] = ()
    """As Anki takes them: those of the document, of the sections above, and its own."""


class ParsedDocument(NamedTuple):
    """One Markdown file, split into notes. Parsing never fails: what is wrong is for lint to find."""

    path: str
    """Relative to the source folder, with forward slashes: part of a note's identity."""
    shown: str
    """The file as the person named it: what diagnostics print."""
    deck: str
    """The Anki deck its notes go to, `Parent::Child`."""
    notes: tuple[ParsedNote, ...]
    outside: list[Token]
    """Block tokens that belong to no note: the preamble, and what stands between a section's heading and its first question."""
    style: str = ""
    """How its questions are marked, in words: `bold labels`; empty where it has none."""
    guessed: bool = False
    """Whether nothing but their place says that they are questions."""


class Embedded(NamedTuple):
    """What an image, a sound or a video becomes in a field, as HTML, in each case that its file may be in.

    There `marks.FILE` stands for the file's name in Anki's media folder, and `marks.DESCRIPTION` for that of a drawing.
    """

    source: str
    """The reference, as `Image.source`."""
    linked: str
    """Where no file travels: the reference stays."""
    packed: str
    """Where its file travels."""
    drawn: str
    """Where it is a figure that we drew."""


class Note(NamedTuple):
    """A question and its answer as HTML, but for what is not known yet: `marks` stand there for the numbers of clozes,
    for images and for figures.
    """

    label: str
    """As in `ParsedNote`, and so are those below that say nothing else."""
    name: str
    where: Location
    question_text: str
    answer_text: str
    answered: bool
    """Whether there is an answer: without one there is no card."""
    question: str
    """HTML with marks."""
    answer: str
    """HTML with marks."""
    remarks: str
    """HTML with marks."""
    clozes: tuple[Cloze, ...]
    figures: tuple[Figure, ...]
    images: tuple[Image, ...]
    embedded: tuple[Embedded, ...]
    """In the order of their marks."""
    heading: str
    sections: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


class Outline(NamedTuple):
    """What the rest of a project has to know of a note."""

    label: str
    """As in `ParsedNote`, and so are those below that say nothing else."""
    name: str
    where: Location
    question_text: str
    answered: bool
    """Whether there is an answer: without one there is no card."""
    phrases: int
    """How many clozes it has."""
    figures: tuple[Figure, ...]
    images: tuple[Image, ...]


class Document(NamedTuple):
    """One Markdown file, read."""

    path: str
    """As in `ParsedDocument`, and so are those below that say nothing else."""
    shown: str
    deck: str
    outlines: tuple[Outline, ...]
    """One for each note, in their order."""
    notes: Collection[Note]
    """Packed where they come from files."""
    style: str
    cards: str
    """The configuration's `cards`, or the document's own."""
    lang: str
    """The configuration's `lang`, or the document's own."""
    headings: str
    """The configuration's `headings`, or the document's own."""


class Entry(NamedTuple):
    """What the ledger remembers of a note, so that it is the same note at the next build."""

    guid: str
    """ASCII."""
    kind: str
    """The note type that has this GUID, `cloze` or `qa`; a note of the other type gets one derived from it."""
    path: str
    """The document, relative to the source folder."""
    name: str
    label: str
    question: str
    answer: str
    """Question and answer without mark-up: what a reworded note is recognised by."""
    deck: str
    clozes: Mapping[int, str]
    """The phrase of each card, by ordinal, in the order of the answer: so equal ones are told apart by what is around them."""
    retired: Mapping[int, str]
    """Phrases that are no longer asked for. Their ordinals are never given to another phrase."""
    position: int
    """Where its new cards come in Anki's queue, from 1; below 1,000,000."""
    created: int
    """The first build, in seconds since 1970, earlier where another note has that second: its ids in Anki."""
    modified: int
    """The first build with this content, in seconds since 1970."""
    content: str
    """A hash of what Anki gets of it: fields, tags, note types."""
    removed: bool = False
    """Whether the note is gone from the sources; one with the same question comes back to it."""
    own_type: str = ""
    """The note type of the project's own that it has in Anki; empty for the built-in one."""
    beside: str = ""
    """The note type of its question-and-answer form, where it has one beside its clozes; empty where it has none."""


class Look(NamedTuple):
    """What the ledger remembers of a note type."""

    hash: str
    """Of its name, its templates and its style."""
    modified: int
    """The time that Anki compares, in seconds since 1970."""
    fields: tuple[str, ...] = ()
    """Their names, in their order."""
    cards: tuple[str, ...] = ()
    """The names of its templates, in their order, where it has several."""


class Known(NamedTuple):
    """What has to be known of every Entry; the fields are those of `Entry`."""

    question: str
    name: str
    path: str
    position: int
    created: int
    removed: bool
    last: int
    """The highest ordinal that it ever had; 0 where it had none."""


class Ledger(NamedTuple):
    """What earlier builds gave out: nothing of it may ever be given to something else. All but the note types is by
    GUID, and of the same notes.
    """

    entries: Mapping[str, Entry]
    """Read from its line when it is asked for."""
    known: Mapping[str, Known]
    lines: Mapping[str, Line]
    """Each entry as JSON."""
    note_types: Mapping[str, Look]
    """By `cloze`, `qa` or a name of the project's own."""
    digest: bytes = b""
    """A hash of the text that it, or the one before it, was read from; empty where there was none."""


class Given(NamedTuple):
    """What the ledger, and its place among the others, give a note."""

    guid: str
    position: int
    created: int
    known: bool
    """Whether the ledger has an entry of this GUID."""


class Identity(NamedTuple):
    """What makes a note the same note at the next import (Anki matches notes by GUID and cards by ordinal)."""

    guid: str
    kind: str
    ordinals: tuple[int, ...]
    """The card number of each cloze, from 1, in the order of `Note.clozes`."""
    position: int
    created: int
    former: Entry | None
    """What the ledger knew of it; None where the note is new."""


class Field(NamedTuple):
    """One field of a note type. Anki matches it by id, so that a user may rename it."""

    name: str
    id: int


class Template(NamedTuple):
    """How one kind of card looks: HTML with `{{Field}}` in it. Anki matches it by id, as it does a field."""

    name: str
    id: int
    front: str
    back: str


class NoteType(NamedTuple):
    """What Anki knows of a kind of note: its fields, and how its cards look."""

    id: int
    name: str
    cloze: bool
    fields: tuple[Field, ...]
    templates: tuple[Template, ...]
    """One for each card of a note; a cloze type has a single one, for all its cards."""
    css: str
    modified: int
    """Seconds since 1970. An import replaces a look in Anki that is older: the former one, but no edit of a user's."""


class Picture(NamedTuple):
    """What an image or a figure becomes in a field."""

    name: str
    """In Anki's media folder."""
    alt: str = ""
    drawn: bool = False
    """Whether we drew it: the style turns its lightness at night."""
    caption: str = ""
    back_only: bool = False
    """Whether it would give the answer away on the front."""


class AnkiNote(NamedTuple):
    """A note as Anki stores it."""

    guid: str
    note_type: str
    """A key of `Deck.note_types`: `cloze`, `qa`, or a note type of the project's own."""
    fields: Mapping[str, str]
    """HTML by field name."""
    deck: str
    tags: tuple[str, ...]
    created: int
    """Seconds since 1970: note and card ids come from it."""
    modified: int
    """Seconds since 1970; 0 until its fields were compared with those of earlier builds."""
    position: int
    ordinals: tuple[int, ...]
    """Exactly the cards Anki must have of it, ascending: of a cloze note the numbers of its clozes, else those of its
    templates, from 1."""
    where: Location
    """Where the note stands in the author's file."""


class Unpacked(NamedTuple):
    """A package of before, in files of its own."""

    working: Path
    """Its database, which becomes that of the next package."""
    before: Path
    """The same, which stays as it was."""
    blocks: list[bytes]
    """What each block of that was compressed to."""


class Former(NamedTuple):
    """A package of before that has most of a deck's notes already."""

    package: Callable[[], Unpacked]
    """Waits for it."""
    replaced: frozenset[int]
    """`AnkiNote.created` of the notes in it that are not as they were, or gone."""


class Deck(NamedTuple):
    """Everything a target writes."""

    notes: Collection[AnkiNote]
    """Those that are not in `former`."""
    note_types: Mapping[str, NoteType]
    uses: tuple[tuple[str, str], ...]
    """Each deck and key of `note_types` that notes have together, in their order."""
    media: Mapping[str, bytes]
    """By the name that fields refer to."""
    former: Former | None = None
