"""Files in and out: which are built, their text, and writing that never leaves half a file behind."""

from __future__ import annotations

import errno
import os
import re
import stat
import time
import unicodedata
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from deckgen.config import shown
from deckgen.diagnostics import Diagnostic
from deckgen.hashes import blake2b
from deckgen.notes import Location
from deckgen.patterns import later

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from deckgen.config import Config

CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
"""Anki strips these from fields or breaks on them: U+001F separates its fields."""


def find(config: Config) -> tuple[tuple[Path, ...], list[Diagnostic]]:
    """Every file to build, folders in the order of their names; and what was passed over there. Of hidden files and
    folders nothing is said.
    """
    found: list[Path] = []
    diagnostics: list[Diagnostic] = []
    roots = config.roots
    for path in config.files:
        if path.is_dir():
            files, problems = _walk(path, roots)
            found += files
            diagnostics += problems
        else:
            found.append(path)
    return tuple(dict.fromkeys(found)), diagnostics


def sources(config: Config) -> tuple[Path, ...]:
    """Every file to build."""
    return find(config)[0]


def _walk(folder: Path, roots: Sequence[Path]) -> tuple[list[Path], list[Diagnostic]]:
    paths, closed = list[Path](), list[OSError]()
    problems = list[Diagnostic]()
    for parent, folders, names in os.walk(folder, onerror=closed.append):
        folders[:] = [name for name in folders if not name.startswith(".")]
        problems += [_linked(Path(parent, name)) for name in folders if Path(parent, name).is_symlink()]
        paths += [Path(parent, name) for name in names if name.lower().endswith(".md") and not name.startswith(".")]
    paths.sort(key=lambda path: path.parts)
    problems += [_closed(error) for error in closed]
    inside = _is_inside(folder.resolve(), roots)
    doubtful = [path for path in paths if not (inside and _is_plain(path))]
    told = {path: list(_passed_over(path, roots)) for path in doubtful}
    problems += [problem for path in doubtful for problem in told[path]]
    return [path for path in paths if not told.get(path)], problems


def _is_inside(resolved: Path, roots: Sequence[Path]) -> bool:
    return any(resolved.is_relative_to(root) for root in roots)


def _is_plain(path: Path) -> bool:
    """Whether it is an ordinary file and no link: in a folder of the project it needs no other look."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False


def _linked(folder: Path) -> Diagnostic:
    """Following it could lead out of the project, or round in a circle, or to the same notes twice."""
    hint = "move the folder here, or name it on the command line"
    message = "this folder is a link: the notes in it are passed over"
    return Diagnostic("passed-over", "warning", Location(shown(folder), 1, 1), message, hint)


def _closed(error: OSError) -> Diagnostic:
    """The notes in it would be taken for removed."""
    message = f"the folder cannot be read: {error.strerror or error}"
    return _unreadable(shown(Path(error.filename)), 1, 1, message, "check its permissions")


def _passed_over(path: Path, roots: Sequence[Path]) -> Iterator[Diagnostic]:
    """A pipe or a device, which may have no end, and notes that a link brings in from outside the project."""
    where = Location(shown(path), 1, 1)
    try:
        mode, resolved = path.stat().st_mode, path.resolve()
    except (OSError, RuntimeError):  # reading it will say what is wrong with it
        return
    if not stat.S_ISREG(mode):
        message = "this is no ordinary file: it is passed over"
        yield Diagnostic("passed-over", "warning", where, message, "rename it, or move it away")
    elif not _is_inside(resolved, roots):
        message = "this is a link to a file outside the project"
        hint = 'copy the file into the project, or name its folder in deckgen.toml, as in media_roots = ["../notes"]'
        secret = ""  # its first line is nothing to print
        yield Diagnostic("outside-project", "error", where, message, hint, line=secret)


def lines(file: Path) -> tuple[str, ...]:
    """The lines of a file as diagnostics count them, however little of it is text; none where it cannot be read."""
    return tuple(map(_clean, _rough_lines(file)))


def some_lines(file: Path, numbers: Iterable[int]) -> dict[int, str]:
    """Those of its `lines` with these numbers, from 1; a line beyond the last is empty."""
    every = _rough_lines(file)
    return {number: _clean(every[number - 1]) if number <= len(every) else "" for number in numbers}


def _rough_lines(file: Path) -> list[str]:
    data, problems = raw(file)
    if problems:
        return []
    encoding, content = _encoding(data)
    return _lines(content.decode(encoding, "replace")).split("\n")


def raw(file: Path) -> tuple[bytes, list[Diagnostic]]:
    """A file's bytes; none and an error where it cannot be read."""
    path = shown(file)
    if not _is_text(str(file)):
        return b"", [_unreadable(path, 1, 1, "the file's name is no UTF-8", "rename the file or its folder")]
    try:
        if not stat.S_ISREG(file.stat().st_mode):
            return b"", [_unreadable(path, 1, 1, "this is no ordinary file", "name a file of notes")]
        return file.read_bytes(), []
    except (OSError, RuntimeError) as error:  # RuntimeError: links that loop
        message = f"the file cannot be read: {getattr(error, 'strerror', None) or error}"
        return b"", [_unreadable(path, 1, 1, message, "check that it is there, and its permissions")]


def identity(file: Path) -> tuple[int, int] | None:
    """What tells a file from every other, whatever its name; None where there is none."""
    try:
        found = file.stat()
    except (OSError, RuntimeError):  # RuntimeError: links that loop
        return None
    return found.st_dev, found.st_ino


def digest(file: Path) -> bytes:
    """A hash of a file's content; empty where it cannot be read."""
    try:
        return hashed(file.read_bytes())
    except OSError:
        return b""


def hashed(data: bytes | Iterable[bytes]) -> bytes:
    """The `digest` of a file with this content, also piece by piece."""
    found = blake2b(digest_size=32)
    for piece in (data,) if isinstance(data, bytes) else data:
        found.update(piece)
    return found.digest()


def decoded(data: bytes, path: str) -> tuple[str, list[Diagnostic]]:
    """The bytes of a file as text in Unicode's composed form, without control characters, and what was wrong with them.

    Lines end in a line feed alone. The text is empty where it could not be read: an error is among the diagnostics
    then. `path` is what these print.
    """
    encoding, data = _encoding(data)
    try:
        text = _lines(data.decode(encoding))
    except UnicodeDecodeError as error:
        before = _lines(data[: error.start].decode(encoding, "replace"))
        what = f"byte 0x{data[error.start]:02x} is no {encoding.upper().removesuffix('-LE').removesuffix('-BE')}"
        return "", [_unreadable(path, *_end(before), what, _encoding_hint(data))]
    controls = list(_controls(path, text))
    return (_clean(text) if controls else _composed(text)), controls


def _encoding(data: bytes) -> tuple[str, bytes]:
    """The encoding of a file, and its content without the mark that says it."""
    mark, encoding = next(((mark, name) for mark, name in MARKS if data.startswith(mark)), (b"", "utf-8"))
    return encoding, data.removeprefix(mark)


def _clean(text: str) -> str:
    """In Unicode's composed form, without control characters."""
    return _composed(CONTROL.sub("", text))


def _composed(text: str) -> str:
    """Nearly every text is composed already, as a look tells in a tenth of the time."""
    if unicodedata.is_normalized("NFC", text):
        return text
    return unicodedata.normalize("NFC", MARKS_IN_A_ROW.sub(_broken_up, text))


MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
"""The byte order mark that a file may begin with, and the encoding that it stands for."""


def _is_text(name: str) -> bool:
    """Python keeps bytes of a file name that are no text as characters that cannot be written."""
    return not any("\ud800" <= character <= "\udfff" for character in name)


MOST_MARKS = 30
MARKS_IN_A_ROW = later(rf"[^\w\s\x00-\x7f]{{{MOST_MARKS + 1},}}")


def _broken_up(run: re.Match[str]) -> str:
    """Very many accents on one letter with Unicode's invisible joiner in between: sorting them takes the square of their
    number (https://www.unicode.org/reports/tr15/#Stream_Safe_Text_Format).
    """
    text = run[0]
    if not any(map(unicodedata.combining, text)):
        return text
    parts = (text[start : start + MOST_MARKS] for start in range(0, len(text), MOST_MARKS))
    return "\N{COMBINING GRAPHEME JOINER}".join(parts)


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _end(text: str) -> tuple[int, int]:
    """Line and column of what follows this text."""
    return text.count("\n") + 1, len(text) - text.rfind("\n")


def _encoding_hint(data: bytes) -> str:
    """What editors on Chinese Windows write by default is told by its look: nearly all of it common characters."""
    try:
        text = data[: 2 * SAMPLE].decode("gb18030", "ignore")[:SAMPLE]
    except ValueError:
        text = ""
    foreign = [character for character in text if not character.isascii()]
    common = sum("\u4e00" <= c <= "\u9fa5" or c in "，。：；？！、“”‘’（）《》" for c in foreign)
    guess = " (it looks like GBK, which some editors write on Windows)" if common > 0.9 * len(foreign) else ""
    return f"save the file as UTF-8{guess}"


SAMPLE = 10_000


def _unreadable(path: str, line: int, column: int, message: str, hint: str) -> Diagnostic:
    return Diagnostic("unreadable-file", "error", Location(path, line, column), message, hint)


def _controls(path: str, text: str) -> Iterator[Diagnostic]:
    match = CONTROL.search(text)
    if match:
        where = Location(path, *_end(text[: match.start()]))
        message = f"control character U+{ord(match[0]):04X}: left out, with every other one in this file"
        yield Diagnostic("control-character", "warning", where, message, "delete it: Anki cannot keep it")


def save(path: Path, data: bytes | Iterable[bytes], *, like: Path | None = None) -> None:
    """Write a file, also piece by piece, as a whole or not at all, making its folder where there is none, with the permissions of the file
    that it replaces, or of another. Raises OSError.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and not path.is_file():
        raise OSError(errno.EINVAL, "this is no ordinary file")
    _tidy(path)
    temporary = path.with_name(f".{path.name}.{os.urandom(4).hex()}.part")
    try:
        with temporary.open("xb") as file:
            file.writelines((data,) if isinstance(data, bytes) else data)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(_mode(like or path))
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


LEFT_OVER = 3600
"""No build takes so many seconds to write a file: what is older was left by one that was killed."""


def _tidy(path: Path) -> None:
    import glob  # noqa: PLC0415 - a check writes nothing

    for left in path.parent.glob(f".{glob.escape(path.name)}.*.part"):
        with suppress(OSError):
            if time.time() - left.stat().st_mtime > LEFT_OVER:
                left.unlink()


def _mode(path: Path) -> int:
    """The permissions of the file that is replaced; of a new one, those that the user's other new files get."""
    try:
        return path.stat().st_mode & 0o777
    except FileNotFoundError:
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask
