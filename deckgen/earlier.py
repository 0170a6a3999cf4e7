"""A package that an earlier build wrote → what of it stays as it is.

The cache knows what is in a package by the package's hash: in another one, nothing is looked for.
"""

from __future__ import annotations

import marshal
import sqlite3
import zlib
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from deckgen import files, processes, targets
from deckgen.hashes import blake2b
from deckgen.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from deckgen.cache import Cache
    from deckgen.config import Config
    from deckgen.notes import Look, Unpacked


class Contents(NamedTuple):
    """What a package has of a document."""

    notes: int
    cards: int
    uses: tuple[tuple[str, str], ...]
    """As `Deck.uses`."""
    created: tuple[int, ...]
    """`AnkiNote.created` of each note."""


class Packaged(NamedTuple):
    """What the cache knows of a package."""

    uses: tuple[tuple[str, str], ...]
    """As `Deck.uses`."""
    parts: Mapping[str, tuple[bytes, Contents]]
    """By document path, each with a hash of what it was made of; that is empty where nobody can tell."""
    common: bytes = b""
    """What they were all made of, as `common`; empty where they are not yet in a package."""


class Earlier(NamedTuple):
    """A package that was written here."""

    contents: Packaged
    package: Callable[[], Unpacked]
    """Waits for it."""


@contextmanager
def earlier(path: Path, cache: Cache) -> Iterator[Earlier | None]:
    """The package that is there, as long as this lasts; None where the cache does not know it. It is unpacked in a
    thread: Python is free meanwhile.
    """
    packed = files.raw(path)[0]
    contents = _recall(files.hashed(packed), cache)
    if contents is None:
        yield None
        return
    from tempfile import TemporaryDirectory  # noqa: PLC0415 - not every build has an earlier one

    try:
        temporary = TemporaryDirectory(prefix="deckgen-")
    except OSError:  # whoever writes will be told
        yield None
        return
    with temporary as folder:
        unpacked = processes.beside(partial(targets.unpacked, packed, Path(folder)))
        try:
            yield Earlier(contents, unpacked)
        finally:
            with suppress(OSError):  # whoever needed it was told
                unpacked()


def _recall(package: bytes, cache: Cache) -> Packaged | None:
    kept = cache.get(IN_CACHE, package)
    if kept is None:
        return None
    common, uses, parts = kept
    return Packaged(uses, {path: (question, Contents(*contents)) for path, question, *contents in parts}, common)


def remember(contents: Packaged, package: bytes, cache: Cache) -> None:
    """Let the cache know what is in the package with this hash, as `files.digest`."""
    parts = [(path, question, *its) for path, (question, its) in contents.parts.items()]
    cache.put(IN_CACHE, package, marshal.dumps((contents.common, contents.uses, parts)))


IN_CACHE = "package"
"""The name of what the cache knows of it; no document is called so."""


def common(ledger: bytes, config: Config, looks: Mapping[str, Look]) -> bytes:
    """A hash of what all parts of a package depend on. `ledger` is that of the file, as `files.digest`."""
    about = (ledger, config, sorted(looks.items()), sqlite3.sqlite_version, zlib.ZLIB_RUNTIME_VERSION)
    return blake2b(repr(about).encode("utf-8", "surrogatepass"), digest_size=32).digest()
