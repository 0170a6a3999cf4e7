"""deckgen.lock: what earlier builds gave out, one note a line, sorted so that two authors' additions merge in git.

The package and the ledger change together. A build first lays the new ledger down beside the old one, with a hash of
the package it belongs to; then it replaces the package, then the ledger. Whenever it is interrupted, the next build
sees by that hash which of the two ledgers fits the package that is there.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeGuard

from deckgen import files
from deckgen.config import shown
from deckgen.diagnostics import DeckgenError, Diagnostic
from deckgen.notes import NOTE_KINDS, Entry, Ledger, Location, Look

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    numbers: dict[str, int] = {}
    lines: dict[str, str] = {}
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            record = _record(line, number)
            if "note_type" in record:
                note_types[record["note_type"]] = _look(record)
            elif NAME not in record:
                entry = _new_entry(record, numbers)
                entries[entry.guid], numbers[entry.guid], lines[entry.guid] = entry, number, line
        except _WrongLineError as wrong:
            where = Location(shown(path), number, 1)
            mistakes.append(Diagnostic("bad-ledger", "error", where, str(wrong), wrong.hint))
    if mistakes:
        raise DeckgenError(diagnostics=mistakes)
    return Ledger(entries, note_types, lines)


def read(folder: Path) -> str:
    """The ledger's text as it is; empty where there is none."""
    path = folder / NAME
    if path.exists() and not path.is_file():
        raise DeckgenError(f"{shown(path)} cannot be read: it is no ordinary file")
    try:
        return path.read_text(encoding="utf-8") if path.exists() else ""
    except (OSError, UnicodeDecodeError) as error:
        raise DeckgenError(f"{shown(path)} cannot be read: {error}") from error


def as_text(ledger: Ledger) -> str:
    """The ledger as it is saved: a line that says which version this is, then one for each note type and each note."""
    import json  # noqa: PLC0415 - a build that has nothing to do needs none of it

    head = [{NAME: VERSION}]
    types = [_without_empty({"note_type": name} | look._asdict()) for name, look in sorted(ledger.note_types.items())]
    write = json.JSONEncoder(ensure_ascii=False).encode
    notes = [
        ledger.lines.get(guid) or write(_without_empty(entry._asdict()))
        for guid, entry in sorted(ledger.entries.items())
    ]
    return "\n".join((*map(write, (*head, *types)), *notes, ""))


def save(folder: Path, ledger: Ledger, package: Path, data: bytes) -> bool:
    """Replace the package and the ledger together. Raises OSError.

    False where there is no ledger yet and none can be written, as beside notes in a folder that is read-only: the
    package is saved alone then.
    """
    import json  # noqa: PLC0415 - as above

    former = _pending_text(folder)
    if former:  # what an interrupted build could not end
        files.save(folder / NAME, former.encode())
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


PATIENCE = 20.0
"""Seconds to wait for another build of the same notes."""


@contextmanager
def locked(folder: Path, patience: float = PATIENCE) -> Iterator[None]:
    """Keep other builds with this folder's ledger waiting; one that read it before would undo what this one remembers.

    The lock is the system's: it ends with the process, however that ends. Raises DeckgenError where another build
    takes longer than `patience` seconds.
    """
    end = time.monotonic() + patience
    handle = _lock_handle(folder)
    try:
        while not _lock(handle):
            if time.monotonic() > end:
                raise DeckgenError(f"another build of {shown(folder)} is running: try again when it is done")
            time.sleep(0.05)
        yield
    finally:
        if handle is not None:
            os.close(handle)


def _lock_handle(folder: Path) -> int | None:
    """The folder itself, so that no file is left beside the notes; on Windows, which cannot lock one, a temporary file."""
    digest = hashlib.sha256(str(folder.resolve()).encode("utf-8", "surrogateescape")).hexdigest()[:16]
    try:
        if os.name == "nt":
            import tempfile  # noqa: PLC0415 - nobody else needs it

            return os.open(Path(tempfile.gettempdir(), f"deckgen-{digest}.lock"), os.O_RDWR | os.O_CREAT)
        return os.open(folder, os.O_RDONLY)
    except OSError:
        return None


def _lock(handle: int | None) -> bool:
    """Whether we have the lock. Where the file system knows no locks, builds are not kept apart."""
    if handle is None:
        return True
    try:
        if sys.platform == "win32":
            import msvcrt  # noqa: PLC0415 - is there on Windows alone

            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl  # noqa: PLC0415 - is there everywhere else

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno not in (errno.EACCES, errno.EAGAIN, errno.EDEADLK)
    return True


def _pending(folder: Path) -> Path:
    return folder / f".{NAME}.pending"


def is_pending(folder: Path) -> bool:
    """Whether a build was interrupted between its package and its ledger."""
    return _pending(folder).exists()


def _pending_text(folder: Path) -> str:
    """The ledger of a build that was interrupted after it had replaced its package; empty where there is none."""
    pending = _pending(folder)
    try:
        if not pending.is_file():
            return ""
        import json  # noqa: PLC0415 - as above

        head, _, text = pending.read_text(encoding="utf-8").partition("\n")
        record = json.loads(head)
        path = folder / record["package"]
        package = path.read_bytes() if path.is_file() else b""
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
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
    import json  # noqa: PLC0415 - as above

    if line.startswith(MARKERS):
        raise _WrongLineError(
            "a conflict of git is not resolved", "keep the lines of both sides, and delete the marker lines"
        )
    try:
        record = json.loads(line)
        if "\\u" in line:  # JSON can state halves of characters, which cannot be written again
            json.dumps(record, ensure_ascii=False).encode()
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
    return {key: value for key, value in record.items() if value not in ("", {}, ()) and value is not False}


NUMBERS = ("position", "created", "modified")
PHRASES = ("clozes", "retired")
NO_ENTRY: dict[str, Any] = {
    **dict.fromkeys(Entry._fields, ""),
    **dict.fromkeys(NUMBERS),
    **{key: {} for key in PHRASES},
    "removed": False,
}
"""What an entry has whose line says nothing of it. Its times and its position must be said."""
TYPES = [type(NO_ENTRY[key]) if key not in NUMBERS else int for key in Entry._fields]
ORDINAL = re.compile(r"[1-9][0-9]{0,8}")
GREATEST_NUMBER = 2**40


def _new_entry(record: dict[str, Any], numbers: dict[str, int]) -> Entry:
    entry = _entry(record)
    if entry.guid in numbers:
        raise _WrongLineError(f"the note {entry.guid} stands on line {numbers[entry.guid]} too", KEEP_ONE)
    return entry


def _entry(record: dict[str, Any]) -> Entry:
    record = {**NO_ENTRY, **record}
    if list(map(type, record.values())) != TYPES or not _is_right(record):
        raise _WrongLineError("this line is broken", RESTORE)
    for key in PHRASES:
        if phrases := record[key]:
            record[key] = dict(zip(map(int, phrases), phrases.values(), strict=True))
    return Entry(*record.values())


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


def _is_right(record: dict[str, Any]) -> bool:
    """Of an entry whose values are of the right types."""
    if record["kind"] not in NOTE_KINDS or not record["guid"].isalnum():
        return False
    if not all(map(_is_number, map(record.__getitem__, NUMBERS))):
        return False
    return all(_are_phrases(record[key]) for key in PHRASES)


def _are_phrases(phrases: dict[str, object]) -> bool:
    return all(map(ORDINAL.fullmatch, phrases)) and all(type(text) is str for text in phrases.values())
