"""deckgen.lock: what earlier builds gave out, one note a line, sorted so that two authors' additions merge in git.

The package and the ledger change together. A build first lays the new ledger down beside the old one, with a hash of
the package it belongs to; then it replaces the package, then the ledger. Whenever it is interrupted, the next build
sees by that hash which of the two ledgers fits the package that is there.
"""

from __future__ import annotations

import errno
import marshal
import os
import sys
import time
from collections.abc import Mapping
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeGuard

from deckgen import files, processes
from deckgen.config import shown
from deckgen.diagnostics import DeckgenError, Diagnostic
from deckgen.hashes import sha256
from deckgen.notes import NOTE_KINDS, Entry, Known, Ledger, Location, Look
from deckgen.patterns import later
from deckgen.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from deckgen.cache import Cache
    from deckgen.notes import Line

NAME = "deckgen.lock"
VERSION = 1
IN_CACHE = "ledger"


class _Entries(Mapping[str, Entry]):
    """The entry of each line, read from it when it is asked for."""

    def __init__(self, lines: Mapping[str, Line]) -> None:
        self._lines = lines

    def __getitem__(self, guid: str) -> Entry:
        import json  # noqa: PLC0415 - as below

        return _entry(json.loads(text(self._lines[guid])))

    def __iter__(self) -> Iterator[str]:
        return iter(self._lines)

    def __len__(self) -> int:
        return len(self._lines)


def after(former: Ledger, written: Iterable[Rewritten], looks: Mapping[str, Look]) -> Ledger:
    """The ledger after a build that gave these notes other entries, or their first, and note types these looks; the
    others stay. A note type that comes back must look newer than it did.
    """
    known, lines = dict(former.known), dict(former.lines)
    for guid, one, line in written:
        known[guid], lines[guid] = one, line
    return Ledger(_Entries(lines), known, lines, {**former.note_types, **looks}, former.digest)


def only(ledger: Ledger, guids: Iterable[str]) -> Ledger:
    """The entries of these notes alone."""
    lines = {guid: ledger.lines[guid] for guid in guids}
    return Ledger(_Entries(lines), {guid: ledger.known[guid] for guid in lines}, lines, {})


class Rewritten(NamedTuple):
    """An entry that is not as it was."""

    guid: str
    known: Known
    line: Line


def rewritten(entry: Entry) -> Rewritten:
    """With its line in memory."""
    return Rewritten(entry.guid, _known(entry), _line(entry))


def text(line: Line) -> bytes:
    """A line of a ledger, in UTF-8."""
    return line if isinstance(line, bytes) else line()


EMPTY = Ledger({}, {}, {}, {})


def loading(folder: Path, cache: Cache | None = None) -> Callable[[], Ledger]:
    """The ledger of this folder, an empty one where there is none: begun in a thread where Python is free, while it is
    read and hashed. What the cache knows to be right is not looked at again.

    What it gives raises DeckgenError with every line that is wrong. A ledger that cannot be read is never overwritten.
    """
    read_and_hashed = processes.beside(partial(_read_and_hashed, folder))
    return lambda: _loaded(*read_and_hashed(), folder, cache)


def _read_and_hashed(folder: Path) -> tuple[bytes, bytes]:
    data = _pending_data(folder) or read(folder)
    return data, files.hashed(data)


def _loaded(data: bytes, key: bytes, folder: Path, cache: Cache | None) -> Ledger:
    found = (_recalled(data, key, cache) if cache else None) or _checked(data, folder / NAME)
    return found._replace(digest=key)


AT_ONCE = 10_000
"""Entries that the cache knows under one name: to keep those of 100,000 notes as one would take 25 MiB more."""


def _remember(ledger: Ledger, key: bytes, cache: Cache) -> None:
    """Let the cache know what is in the ledger whose `digest` is the key."""
    guids = sorted(ledger.known)
    looks = [(name, *look) for name, look in sorted(ledger.note_types.items())]
    cache.put(IN_CACHE, key, marshal.dumps((looks, len(guids))))
    for start in range(0, len(guids), AT_ONCE):
        some = guids[start : start + AT_ONCE]
        columns = list(zip(*map(ledger.known.__getitem__, some), strict=True))
        cache.put(_name_from(start), key, marshal.dumps((some, columns)))


def names_in_cache(entries: int) -> list[str]:
    """Under which the cache knows a ledger of so many entries; no document is called so."""
    return [IN_CACHE, *map(_name_from, range(0, entries, AT_ONCE))]


def _name_from(start: int) -> str:
    return f"{IN_CACHE}\0{start}"


def _recalled(data: bytes, key: bytes, cache: Cache) -> Ledger | None:
    head = cache.get(IN_CACHE, key)
    if head is None:
        return None
    looks, size = head
    known: dict[str, Known] = {}
    for start in range(0, size, AT_ONCE):
        some = cache.get(_name_from(start), key)
        if some is None:
            return None
        guids, columns = some
        known.update(zip(guids, map(Known._make, zip(*columns, strict=True)), strict=True))
    lines = dict(zip(known, data.split(b"\n")[len(looks) + 1 : -1], strict=True))
    return Ledger(_Entries(lines), known, lines, {name: Look(*look) for name, *look in looks})


def _checked(data: bytes, path: Path) -> Ledger:
    mistakes: list[Diagnostic] = []
    entries: dict[str, Entry] = {}
    note_types: dict[str, Look] = {}
    numbers: dict[str, int] = {}
    lines: dict[str, bytes] = {}
    for number, one in enumerate(_decoded(data, path).split("\n"), 1):
        if not one.strip():
            continue
        try:
            record = _record(one, number)
            if "note_type" in record:
                note_types[record["note_type"]] = _look(record)
            elif NAME not in record:
                entry = _new_entry(record, numbers)
                entries[entry.guid], numbers[entry.guid], lines[entry.guid] = entry, number, one.encode()
        except _WrongLineError as wrong:
            where = Location(shown(path), number, 1)
            mistakes.append(Diagnostic("bad-ledger", "error", where, str(wrong), wrong.hint))
    if mistakes:
        raise DeckgenError(diagnostics=mistakes)
    known = {guid: _known(entry) for guid, entry in entries.items()}
    return Ledger(entries, known, lines, note_types)


def _decoded(data: bytes, path: Path) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise DeckgenError(f"{shown(path)} cannot be read: {error}") from error


def _known(entry: Entry) -> Known:
    """What has to be known of every entry."""
    last = max((*entry.clozes, *entry.retired), default=0)
    return Known(entry.question, entry.name, entry.path, entry.position, entry.created, entry.removed, last)


def read(folder: Path) -> bytes:
    """The ledger as it is, but for ends of lines that git may have changed; empty where there is none."""
    path = folder / NAME
    if path.exists() and not path.is_file():
        raise DeckgenError(f"{shown(path)} cannot be read: it is no ordinary file")
    try:
        data = path.read_bytes() if path.exists() else b""
    except OSError as error:
        raise DeckgenError(f"{shown(path)} cannot be read: {error}") from error
    return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in data else data


LINES_AT_ONCE = 1000


def pieces(ledger: Ledger) -> Iterator[bytes]:
    """The ledger as it is saved, in pieces: a line that says which version this is, then one for each note type and each
    note.
    """
    head = [{NAME: VERSION}]
    types = [_without_empty({"note_type": name} | look._asdict()) for name, look in sorted(ledger.note_types.items())]
    yield "".join(_as_json()(one) + "\n" for one in (*head, *types)).encode()
    guids = sorted(ledger.lines)
    for start in range(0, len(guids), LINES_AT_ONCE):
        some = map(ledger.lines.__getitem__, guids[start : start + LINES_AT_ONCE])
        yield b"\n".join([*map(text, some), b""])


def digest(ledger: Ledger) -> bytes:
    """A hash of the ledger as it is saved, as `files.digest`."""
    return files.hashed(pieces(ledger))


def is_in(folder: Path, ledger: Ledger) -> bool:
    """Whether this very ledger is saved there."""
    return _is_saved(folder, digest(ledger))


def _is_saved(folder: Path, key: bytes) -> bool:
    """Whether the ledger that is there has this `digest`."""
    return files.hashed(read(folder)) == key


def _line(entry: Entry) -> bytes:
    """An entry as it stands in the ledger."""
    return _as_json()(_without_empty(entry._asdict())).encode()


@cache
def _as_json() -> Callable[[object], str]:
    import json  # noqa: PLC0415 - a build that has nothing to do needs none of it

    return json.JSONEncoder(ensure_ascii=False).encode


class Saved(NamedTuple):
    """What `save` left on the disk; hashes as `files.digest`."""

    size: int
    """Of the package, in bytes."""
    package: bytes
    """A hash of it."""
    ledger: bytes
    """A hash of the ledger; empty where there is none yet and none can be written, as beside notes in a folder that is
    read-only: the package is saved alone then.
    """


def save(folder: Path, ledger: Ledger, package: Path, packed: Callable[[], bytes], cache: Cache | None = None) -> Saved:
    """Replace the package by what `packed` gives, and the ledger with it; the cache gets to know what is in the ledger.
    `packed` is asked as late as can be: it may wait for another thread.

    Raises OSError, and what `packed` does.
    """
    former = _pending_data(folder)
    if former:  # what an interrupted build could not end
        files.save(folder / NAME, former)
        _forget_next(folder)  # else it would be taken for the ledger of this build, should that be interrupted too
    key = digest(ledger)
    if cache:
        _remember(ledger, key, cache)
    if key == ledger.digest and _is_saved(folder, key):
        data = packed()
        files.save(package, data)
        _pending(folder).unlink(missing_ok=True)
        return Saved(len(data), files.hashed(data), key)
    try:
        files.save(_next(folder), pieces(ledger), like=folder / NAME)
        data = packed()
        its_key = files.hashed(data)
        files.save(_pending(folder), _head(package, its_key))
    except BaseException as error:
        _forget_next(folder)
        if (folder / NAME).exists() or not isinstance(error, OSError):
            raise
        data = packed()
        files.save(package, data)
        return Saved(len(data), files.hashed(data), b"")
    try:
        files.save(package, data)
    except OSError:
        _forget_next(folder)
        raise
    _next(folder).replace(folder / NAME)
    _pending(folder).unlink(missing_ok=True)
    return Saved(len(data), its_key, key)


def _head(package: Path, key: bytes) -> bytes:
    """What says which package the ledger belongs to that lies beside the old one; `key` is its hash."""
    import json  # noqa: PLC0415 - as above

    return json.dumps({"package": str(package.absolute()), "hash": key.hex()}).encode()


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
    digest = sha256(str(folder.resolve()).encode("utf-8", "surrogateescape")).hexdigest()[:16]
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


def _next(folder: Path) -> Path:
    """The ledger that belongs to the package that is being written."""
    return folder / f".{NAME}-next.part"


def _pending(folder: Path) -> Path:
    """Says which package that is."""
    return folder / f".{NAME}.pending"


def _forget_next(folder: Path) -> None:
    _pending(folder).unlink(missing_ok=True)
    _next(folder).unlink(missing_ok=True)


def is_pending(folder: Path) -> bool:
    """Whether a build was interrupted between its package and its ledger."""
    return _pending(folder).exists()


def _pending_data(folder: Path) -> bytes:
    """The ledger of a build that was interrupted after it had replaced its package; empty where there is none."""
    pending, following = _pending(folder), _next(folder)
    try:
        if not pending.is_file() or not following.is_file():
            return b""
        import json  # noqa: PLC0415 - as above

        record = json.loads(pending.read_bytes())
        path = folder / record["package"]
        package = path.read_bytes() if path.is_file() else b""
        return following.read_bytes() if files.hashed(package).hex() == record["hash"] else b""
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return b""


class _WrongLineError(Exception):
    """A line that cannot be used, and what to do."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


RESTORE = f"restore the file from version control (git checkout -- {NAME}), or delete this line"
KEEP_ONE = "keep the line of the package that you imported last, and delete the other: they are versions of one note"
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
ORDINAL = later(r"[1-9][0-9]{0,8}")
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
    names = [record.get("fields", []), record.get("cards", [])]
    right = all(isinstance(some, list) and all(isinstance(one, str) for one in some) for some in names)
    if not (right and isinstance(name, str) and isinstance(look, str) and _is_number(modified)):
        raise _WrongLineError("this line is broken", RESTORE)
    return Look(look, modified, *map(tuple, names))


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
