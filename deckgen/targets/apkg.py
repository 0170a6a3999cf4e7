"""Deck → .apkg: what genanki makes of its note types and decks, with the notes and cards as rows, written in bulk.

genanki stamps everything with one time, guesses a note's cards, leaves a temporary file behind and writes the time of
day into its zip. Those four things are ours.
"""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import sqlite3
import struct
import tempfile
import zipfile
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from deckgen.diagnostics import DeckgenError
from deckgen.notes import Unpacked
from deckgen.targets import deflate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from deckgen.notes import AnkiNote, Deck


COLLECTION = "collection.anki2"


def write(deck: Deck) -> bytes:
    """The package. The same deck gives the same bytes, whatever the day and the machine's hash seed.

    Raises DeckgenError where the temporary folder has no room for its database.
    """
    try:
        return _package(deck)
    except (OSError, sqlite3.OperationalError) as error:
        raise DeckgenError(f"the temporary folder cannot be used: {error}") from error


def _package(deck: Deck) -> bytes:
    buffer = io.BytesIO()
    with tempfile.TemporaryDirectory(prefix="deckgen-") as folder, zipfile.ZipFile(buffer, "w") as archive:
        collection = Path(folder, COLLECTION)
        former = deck.former.package() if deck.former else None
        with closing(_collection(former.working if former else Path(folder, "working"), deck)) as connection:
            connection.execute("VACUUM INTO ?", (str(collection),))
        with (
            collection.open("rb") as database,
            deflate.Blocks(_blocks(former) if former else ()) as blocks,
            archive.open(_member(COLLECTION), "w") as member,
        ):
            member._compressor = blocks  # type: ignore[attr-defined]  # noqa: SLF001 - without it, zipfile's own does
            shutil.copyfileobj(database, member, deflate.BLOCK)  # in memory 100,000 notes would be 500 MiB more
        for name, data in _media(deck.media).items():
            archive.writestr(_member(name), data)
    return buffer.getvalue()


def _collection(path: Path, deck: Deck) -> sqlite3.Connection:
    """The collection, in no particular order of pages: `VACUUM INTO` writes the same rows as the same bytes, whatever
    was done to them before.
    """
    connection = sqlite3.connect(path)
    connection.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF")  # nobody reads half of it
    if deck.former:
        _remove(connection, deck.former.replaced)
    else:
        from deckgen.targets import collection  # noqa: PLC0415 - genanki takes longer than the rest of a small edit

        collection.create(connection, deck, _deck_id)
    _insert(connection, deck)
    connection.execute("PRAGMA schema_version = 1")
    connection.commit()
    return connection


def unpacked(package: bytes, folder: Path) -> Unpacked:
    """The collection of a package that was written here, in this folder. Raises OSError."""
    found = Unpacked(folder / "working", folder / "before", [])
    with found.working.open("wb") as working, found.before.open("wb") as before:
        for block in deflate.blocks(_compressed(package, COLLECTION)):
            working.write(block.data)
            before.write(block.data)
            found.blocks.append(block.compressed)
    return found


def _compressed(package: bytes, name: str) -> bytes:
    """A member of a zip file as it is there: behind a header of 30 bytes, a name, and what else there may be, as
    https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT has it in 4.3.7.
    """
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        member = archive.getinfo(name)
    start = member.header_offset + 30 + sum(struct.unpack_from("<HH", package, member.header_offset + 26))
    return package[start : start + member.compress_size]


def _blocks(former: Unpacked) -> Iterator[deflate.Block]:
    """What the package of before has of each block of its collection."""
    with former.before.open("rb") as file:
        for number, compressed in enumerate(former.blocks, 1):
            yield deflate.Block(file.read(deflate.BLOCK), compressed, number == len(former.blocks))


def _remove(connection: sqlite3.Connection, created: Iterable[int]) -> None:
    """Take the notes of these seconds out, with their cards: the ids of both are milliseconds of them."""
    for table in ("cards", "notes"):
        milliseconds = ((second * 1000, second * 1000 + 999) for second in created)
        connection.executemany(f"DELETE FROM {table} WHERE id BETWEEN ? AND ?", milliseconds)  # noqa: S608 - named above


TOGETHER = 1000
"""Notes whose rows are made at once."""


def _insert(connection: sqlite3.Connection, deck: Deck) -> None:
    """Notes and cards as rows. genanki's Note objects guess cards and check HTML, both in time quadratic in hostile text,
    and insert row by row: 20,000 notes take 0.35 s in place of 1.2 s.
    """
    fields = {name: [field.name for field in note_type.fields] for name, note_type in deck.note_types.items()}
    types = {name: note_type.id for name, note_type in deck.note_types.items()}
    decks = {name: _deck_id(name) for name, _ in deck.uses}
    notes = _with_ids(deck.notes)
    while some := list(islice(notes, TOGETHER)):
        connection.executemany(INSERT_NOTE, (_note_row(note, ids, types, fields) for note, ids in some))
        connection.executemany(INSERT_CARD, (row for note, ids in some for row in _card_rows(note, ids, decks)))


INSERT_NOTE = "INSERT INTO notes VALUES (?, ?, ?, ?, -1, ?, ?, ?, 0, 0, '')"
"""id, guid, mid, mod, usn, tags, flds, sfld, csum, flags, data: Anki makes the sum itself."""
INSERT_CARD = "INSERT INTO cards VALUES (?, ?, ?, ?, ?, -1, 0, 0, ?, 0, 0, 0, 0, 0, 0, 0, 0, '')"
"""id, nid, did, ord, mod, usn, type, queue, due: a new card, without any history."""


def _note_row(
    note: AnkiNote, ids: Sequence[int], types: Mapping[str, int], names: Mapping[str, Sequence[str]]
) -> tuple[int | str, ...]:
    fields = [note.fields[name] for name in names[note.note_type]]
    tags = f" {' '.join(note.tags)} "
    return ids[0], note.guid, types[note.note_type], note.modified, tags, "\x1f".join(fields), fields[0]


def _card_rows(note: AnkiNote, ids: Sequence[int], decks: Mapping[str, int]) -> Iterator[tuple[int, ...]]:
    for card_id, ordinal in zip(ids[1:], note.ordinals, strict=True):
        yield card_id, ids[0], decks[note.deck], ordinal - 1, note.modified, note.position


def _with_ids(notes: Iterable[AnkiNote]) -> Iterator[tuple[AnkiNote, list[int]]]:
    """Each note with its id and those of its cards: the millisecond of their first build, which Anki shows as the time
    they were added, or the next one that is free. A note has a second of its own; its forms, which share that, stand
    together.
    """
    second, used = -1, set[int]()
    for note in notes:
        if note.created != second:
            second, used = note.created, set()
        ids = []
        for ordinal in (0, *note.ordinals):
            wanted = second * 1000 + ordinal
            while wanted in used:
                wanted += 1
            used.add(wanted)
            ids.append(wanted)
        yield note, ids


def _deck_id(name: str) -> int:
    """Any constant but 1, which is Anki's default deck: Anki matches decks by name."""
    return (1 << 40) + int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big")


def _media(media: Mapping[str, bytes]) -> dict[str, bytes]:
    """Media files go in under numbers; a map from number to name goes with them."""
    names = {str(number): name for number, name in enumerate(sorted(media))}
    return {"media": json.dumps(names).encode()} | {number: media[name] for number, name in names.items()}


FIRST_ZIP_TIME = (1980, 1, 1, 0, 0, 0)


def _member(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, FIRST_ZIP_TIME)
    info.compress_type, info.create_system, info.external_attr = zipfile.ZIP_DEFLATED, 3, 0o644 << 16
    info._compresslevel = deflate.LEVEL  # type: ignore[attr-defined]  # noqa: SLF001 - public from Python 3.13 on
    return info
