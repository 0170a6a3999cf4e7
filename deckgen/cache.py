"""What a build worked out, kept for the next one in the project's folder `.deckgen`, which git ignores and anyone may
delete.

What is read back is exactly what this user's own deckgen put there for exactly this question: each file begins with a
keyed hash of the question and of the answer, and the key lies outside the project. A cache that is damaged, that came
with somebody's notes, or that another version wrote, is as good as none.
"""

from __future__ import annotations

import errno
import marshal
import os
import stat
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deckgen.hashes import blake2b
from deckgen.patterns import later
from deckgen.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

FOLDER = ".deckgen"
LENGTH = 32
OURS = later(r"\.?[0-9a-f]{32}\.cache(?:\.[0-9a-f]{8})?")
"""Names of files in the folder; the longer ones were left by a run that was killed."""


class Cache(NamedTuple):
    """Answers by name; of each name only the last one is kept. A question is a hash, so that all are of one length."""

    folder: Path
    key: bytes
    writing: bool
    """Whether it may be added to."""

    def knows(self, name: str) -> bool:
        """Whether anything is kept under this name, as far as anybody may look."""
        return os.path.exists(self._file(name))  # noqa: PTH110 - that of a path raises where the folder is closed

    def get(self, name: str, question: bytes) -> Any | None:  # noqa: ANN401 - what `put` was given
        """What was kept under this name, if it is the answer to this very question; else None."""
        answer = self.read(name, question)
        return None if answer is None else marshal.loads(answer)  # noqa: S302 - proven to be ours

    def read(self, name: str, question: bytes) -> bytes | None:
        """The same as the bytes that `put` was given."""
        file = self._file(name)
        try:
            if not stat.S_ISREG(file.lstat().st_mode):  # a pipe or a link to a device has no end
                return None
            data = file.read_bytes()
        except OSError:
            return None
        proof, answer = data[:LENGTH], data[LENGTH:]
        return answer if proof == self._proof(file, question, answer) else None

    def put(self, name: str, question: bytes, answer: bytes) -> None:
        """Keep an answer, a value as `marshal` writes it. A cache that cannot be written costs time alone."""
        if not self.writing:
            return
        file = self._file(name)
        temporary = file.with_name(f".{file.name}.{os.urandom(4).hex()}")
        with suppress(OSError):
            try:
                with temporary.open("xb") as written:
                    written.writelines((self._proof(file, question, answer), answer))
                temporary.replace(file)
            finally:
                temporary.unlink(missing_ok=True)

    def keep(self, names: Collection[str]) -> None:
        """Delete what is kept under other names than these."""
        if not self.writing:
            return
        kept = {self._file(name).name for name in names}
        with suppress(OSError):
            for file in self.folder.iterdir():
                if OURS.fullmatch(file.name) and file.name not in kept:
                    file.unlink()

    def _file(self, name: str) -> Path:
        digest = blake2b(name.encode("utf-8", "surrogatepass"), digest_size=16)
        return self.folder / f"{digest.hexdigest()}.cache"

    def _proof(self, file: Path, question: bytes, answer: bytes) -> bytes:
        proof = blake2b(file.name.encode() + question, key=self.key, digest_size=LENGTH)
        proof.update(answer)
        return proof.digest()


def of(root: Path, *, writing: bool) -> Cache | None:
    """The cache of a project; None where there can be none, or nothing to read."""
    folder = root / FOLDER / "cache"
    try:
        if writing:
            make_folder(root)
            folder.mkdir(exist_ok=True)
        elif not folder.is_dir():
            return None
        if not folder.resolve().is_relative_to(root.resolve()):
            return None
        return Cache(folder, blake2b(_version(), key=_secret()).digest(), writing)
    except (OSError, RuntimeError):  # no right to write there, no home, links that loop
        return None


def make_folder(root: Path) -> None:
    """Make the project's folder `.deckgen` where there is none, ignored by git. Raises OSError, also where it is a link."""
    folder = root / FOLDER
    if folder.is_symlink():
        raise OSError(errno.EINVAL, "this is a link", str(folder))
    folder.mkdir(exist_ok=True)
    with suppress(FileExistsError), (folder / ".gitignore").open("xb") as ignored:
        ignored.write(b"*\n")


def _secret() -> bytes:
    """A number that nobody else has, kept where this user's programs keep theirs. Raises OSError or RuntimeError."""
    file = _home() / "deckgen" / "key"
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        temporary = file.with_name(f"key.{os.urandom(4).hex()}")
        temporary.touch(mode=0o600)
        temporary.write_bytes(os.urandom(LENGTH))
        temporary.replace(file)
    secret = file.read_bytes() if file.is_file() else b""
    if len(secret) != LENGTH:
        raise OSError("the key of the cache is damaged")
    return secret


def _home() -> Path:
    """The user's folder for what programs can make again."""
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")


def _version() -> bytes:
    """What changes with our code, with Python, and with the packages that we use."""
    found = blake2b(sys.version.encode())
    for line in (*_code(Path(__file__).parent), *_packages()):
        found.update(line.encode("utf-8", "surrogateescape") + b"\0")
    return found.digest()


def _code(folder: Path) -> Iterator[str]:
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        if entry.is_dir():
            yield from _code(Path(entry.path)) if entry.name != "__pycache__" else ()
        else:
            state = entry.stat()
            yield f"{entry.path} {state.st_size} {state.st_mtime_ns}"


def _packages() -> Iterator[str]:
    """Every package that is installed, with its version: its folder of metadata is called so."""
    for folder in sys.path:
        with suppress(OSError):
            yield from sorted(entry.name for entry in os.scandir(folder or ".") if entry.name.endswith("-info"))
