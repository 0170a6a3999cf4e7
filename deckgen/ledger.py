"""deckgen.lock: what earlier builds gave out, one note a line, sorted so that two authors' additions merge in git.

The package and the ledger change together. A build first lays the new ledger down beside the old one, with a hash of
the package it belongs to; then it replaces the package, then the ledger. Whenever it is interrupted, the next build
sees by that hash which of the two ledgers fits the package that is there.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any, TypeGuard

from deckgen import files
from deckgen.config import shown
from deckgen.diagnostics import DeckgenError, Diagnostic
from deckgen.notes import Entry, Ledger, Location, Look

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAME = "deckgen.lock"
VERSION = 1
EMPTY = Ledger({}, {})


def load(folder: Path) -> Ledger:
    """The ledger of this folder; an empty one where there is none.

    Raises DeckgenError with every line that is wrong. A ledger that cannot be read is never overwritten.
    """
    path = folder / NAME
    text = _pending_text(folder) or read(folder)
    mistakes: list[Diagnostic] = []
    entries: dict[str, Entry] = {}
    note_types: dict[str, Look] = {}
    lines_of: dict[str, int] = {}
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            record = _record(line, number)
            if "note_type" in record:
                note_types[record["note_type"]] = _look(record)
            elif NAME not in record:
                entry = _new_entry(record, lines_of)
                entries[entry.guid], lines_of[entry.guid] = entry, number
        except _WrongLineError as wrong:
            where = Location(shown(path), number, 1)
            mistakes.append(Diagnostic("bad-ledger", "error", where, str(wrong), wrong.hint))
    if mistakes:
        raise DeckgenError(diagnostics=mistakes)
    return Ledger(entries, note_types)


def read(folder: Path) -> str:
    """The ledger's text as it is; empty where there is none."""
    path = folder / NAME
    try:
        return path.read_text(encoding="utf-8") if path.exists() else ""
    except (OSError, UnicodeDecodeError) as error:
        raise DeckgenError(f"{shown(path)} cannot be read: {error}") from error


def as_text(ledger: Ledger) -> str:
    """The ledger as it is saved: a line that says which version this is, then one for each note type and each note."""
    head = [{NAME: VERSION}]
    types = [_without_empty({"note_type": name, **asdict(look)}) for name, look in sorted(ledger.note_types.items())]
    notes = [_without_empty(asdict(entry)) for _, entry in sorted(ledger.entries.items())]
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in (*head, *types, *notes))


def save(folder: Path, ledger: Ledger, package: Path, data: bytes) -> bool:
    """Replace the package and the ledger together. Raises OSError.

    False where there is no ledger yet and none can be written, as beside notes in a folder that is read-only: the
    package is saved alone then.
    """
    text, old = as_text(ledger), read(folder)
    head = json.dumps({"package": str(package.absolute()), "sha256": hashlib.sha256(data).hexdigest()})
    if text != old:
        try:
            files.save(_pending(folder), f"{head}\n{text}".encode())
        except OSError:
            if old:
                raise
            files.save(package, data)
            return False
    try:
        files.save(package, data)
    except OSError:
        _pending(folder).unlink(missing_ok=True)
        raise
    if text != old:
        files.save(folder / NAME, text.encode())
    _pending(folder).unlink(missing_ok=True)
    return True


def _pending(folder: Path) -> Path:
    return folder / f".{NAME}.pending"


def _pending_text(folder: Path) -> str:
    """The ledger of a build that was interrupted after it had replaced its package; empty where there is none."""
    try:
        head, _, text = _pending(folder).read_text(encoding="utf-8").partition("\n")
        record = json.loads(head)
        package = (folder / record["package"]).read_bytes()
    except (OSError, ValueError, KeyError, TypeError):
        return ""
    return text if hashlib.sha256(package).hexdigest() == record["sha256"] else ""


class _WrongLineError(Exception):
    """A line that cannot be used, and what to do."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


RESTORE = f"restore the file from version control (git checkout -- {NAME}), or delete this line"
KEEP_ONE = "keep one of the two lines: they are two versions of one note"
MARKERS = ("<<<<<<<", "=======", ">>>>>>>", "|||||||")


def _record(line: str, number: int) -> dict[str, Any]:
    if line.startswith(MARKERS):
        raise _WrongLineError(
            "a conflict of git is not resolved", "keep the lines of both sides, and delete the marker lines"
        )
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        record = None
    if not isinstance(record, dict):
        raise _WrongLineError("this line is broken", RESTORE)
    if number == 1 and NAME not in record:
        raise _WrongLineError("the first line does not say that this is a ledger of deckgen", RESTORE)
    version = record.get(NAME, VERSION)
    if not isinstance(version, int) or version > VERSION:
        raise _WrongLineError(f"this ledger is of version {version}, newer than {VERSION}", "install a newer deckgen")
    return record


def _without_empty(record: dict[str, Any]) -> dict[str, Any]:
    """Most notes have no name, and nothing retired."""
    return {key: value for key, value in record.items() if value not in ("", {}, (), False)}


TEXTS = ("guid", "kind", "path", "name", "label", "question", "answer", "deck", "content", "own_type")
NUMBERS = ("position", "created", "modified")
PHRASES = ("clozes", "retired")
ORDINAL = re.compile(r"[1-9][0-9]{0,8}")
GREATEST_NUMBER = 2**40


def _new_entry(record: dict[str, Any], lines_of: dict[str, int]) -> Entry:
    entry = _entry(record)
    if entry.guid in lines_of:
        raise _WrongLineError(f"the note {entry.guid} stands on line {lines_of[entry.guid]} too", KEEP_ONE)
    return entry


def _entry(record: dict[str, Any]) -> Entry:
    record = {**dict.fromkeys(TEXTS, ""), **{key: {} for key in PHRASES}, "removed": False, **record}
    right = set(record) == {field.name for field in fields(Entry)} and all(_types(record))
    if not right or record["kind"] not in ("cloze", "qa") or not record["guid"].isalnum():
        raise _WrongLineError("this line is broken", RESTORE)
    return Entry(**record | {key: {int(n): text for n, text in record[key].items()} for key in PHRASES})


def _look(record: dict[str, Any]) -> Look:
    name, look, modified = (record.get(key) for key in ("note_type", "hash", "modified"))
    names = record.get("fields", [])
    right = isinstance(names, list) and all(isinstance(field, str) for field in names)
    if not (right and isinstance(name, str) and isinstance(look, str) and _is_number(modified)):
        raise _WrongLineError("this line is broken", RESTORE)
    return Look(look, modified, tuple(names))


def _is_number(value: object) -> TypeGuard[int]:
    """A position or a time: more than Anki's database can hold is no number of ours."""
    return type(value) is int and 0 <= value < GREATEST_NUMBER


def _types(record: dict[str, Any]) -> Iterator[bool]:
    yield from (isinstance(record[key], str) for key in TEXTS)
    yield from (_is_number(record.get(key)) for key in NUMBERS)
    yield isinstance(record["removed"], bool)
    for key in PHRASES:
        phrases = record[key]
        yield isinstance(phrases, dict)
        if isinstance(phrases, dict):
            yield all(ORDINAL.fullmatch(n) and isinstance(text, str) for n, text in phrases.items())
