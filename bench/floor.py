"""The least that a build can do: `python -m bench.floor SOURCE PACKAGE`.

A C parser, a handful of patterns, one bulk insert, one stored zip: the same notes and cards as deckgen makes of the
generated notes, and nothing else. No diagnostics, no ledger, no care for hostile text, no compression.
"""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cmarkgfm
from cmarkgfm.cmark import Options

if TYPE_CHECKING:
    from collections.abc import Iterator

NOTE_TYPE, DECK, TIME = 1_600_000_000_000, 1_600_000_000_001, 1_700_000_000
CARDS_AT_MOST = 10
FIELDS = ("Question", "Answer", "Remarks", "Figures", "Label", "Source", "Key")
QUESTION = re.compile(r"<p><strong>(Q\d+)：(.*?)</strong></p>\n")
UNDERLINE = re.compile(r"<u>(.*?)</u>")
REMARK = re.compile(r"<blockquote>(.*?)</blockquote>\s*\Z", re.DOTALL)
MATH = re.compile(r"\$([^$\n]+)\$")

SCHEMA = """
CREATE TABLE col (id integer primary key, crt, mod, scm, ver, dty, usn, ls, conf, models, decks, dconf, tags);
CREATE TABLE notes (id integer primary key, guid, mid, mod, usn, tags, flds, sfld, csum, flags, data);
CREATE TABLE cards (id integer primary key, nid, did, ord, mod, usn, type, queue, due, ivl, factor, reps, lapses, left,
                    odue, odid, flags, data);
CREATE TABLE revlog (id integer primary key, cid, usn, ease, ivl, lastIvl, factor, time, type);
CREATE TABLE graves (usn, oid, type);
"""


def write(source: Path, package: Path) -> None:
    """The package of every Markdown file in a folder."""
    found = [note for file in sorted(source.iterdir()) for note in _notes(file)]
    notes, cards = [], []
    for position, (guid, fields, count) in enumerate(found, 1):
        identifier = TIME * 1000 + position * CARDS_AT_MOST
        notes.append((identifier, guid, NOTE_TYPE, TIME, "\x1f".join(fields), fields[0]))
        cards += [(identifier + i, identifier, DECK, i, TIME, position) for i in range(count)]
    with sqlite3.connect(":memory:") as database:
        database.executescript(SCHEMA)
        database.execute("INSERT INTO col VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", _collection())
        database.executemany("INSERT INTO notes VALUES (?, ?, ?, ?, -1, '', ?, ?, 0, 0, '')", notes)
        database.executemany("INSERT INTO cards VALUES (?, ?, ?, ?, ?, -1, 0, 0, ?, 0, 0, 0, 0, 0, 0, 0, 0, '')", cards)
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("collection.anki2", database.serialize())
        archive.writestr("media", "{}")


def _notes(file: Path) -> Iterator[tuple[str, list[str], int]]:
    html = cmarkgfm.markdown_to_html(file.read_text(encoding="utf-8"), Options.CMARK_OPT_UNSAFE)
    html = MATH.sub(r"\\(\1\\)", html)
    pieces = QUESTION.split(html)
    for label, question, rest in zip(pieces[1::3], pieces[2::3], pieces[3::3], strict=True):
        remark = REMARK.search(rest)
        answer, *phrases = UNDERLINE.split(rest[: remark.start()] if remark else rest)
        for number, (phrase, text) in enumerate(zip(phrases[::2], phrases[1::2], strict=True), 1):
            answer += f"{{{{c{number}::{phrase}}}}}{text}"
        guid = hashlib.sha256(f"{file.name}{label}".encode()).hexdigest()[:16]
        yield guid, [question, answer, remark[1] if remark else "", "", label, file.name, guid], len(phrases) // 2


def _collection() -> tuple[object, ...]:
    template = {"name": "Card", "ord": 0, "qfmt": "{{Question}}<hr>{{cloze:Answer}}", "afmt": "{{cloze:Answer}}<hr>{{Remarks}}"}  # fmt: skip
    note_type: dict[str, Any] = {
        "id": NOTE_TYPE, "name": "floor", "type": 1, "mod": TIME, "usn": -1, "sortf": 0, "did": DECK, "css": "",
        "latexPre": "", "latexPost": "", "latexsvg": False, "req": [], "tags": [], "vers": [],
        "tmpls": [template | {"bqfmt": "", "bafmt": "", "did": None}],
        "flds": [
            {"name": name, "ord": i, "font": "Arial", "size": 20, "rtl": False, "sticky": False, "media": []}
            for i, name in enumerate(FIELDS)
        ],
    }  # fmt: skip
    decks = {
        str(number): {
            "id": number, "name": name, "mod": TIME, "usn": -1, "desc": "", "dyn": 0, "conf": 1, "collapsed": False,
            "extendNew": 0, "extendRev": 0, "newToday": [0, 0], "revToday": [0, 0], "lrnToday": [0, 0],
            "timeToday": [0, 0],
        }
        for number, name in ((1, "Default"), (DECK, "floor"))
    }  # fmt: skip
    models = {str(NOTE_TYPE): note_type}
    milliseconds = TIME * 1000
    return 1, TIME, milliseconds, milliseconds, 11, 0, 0, 0, "{}", json.dumps(models), json.dumps(decks), "{}", "{}"


if __name__ == "__main__":
    write(Path(sys.argv[1]), Path(sys.argv[2]))
