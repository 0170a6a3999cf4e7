"""Values as bytes until they are needed: of a large project, only what is worked on stands in memory as objects."""

from __future__ import annotations

import errno
import os
from collections.abc import Collection
from functools import partial
from itertools import chain
from threading import Lock
from typing import IO, TYPE_CHECKING, TypeVar

from deckgen.diagnostics import DeckgenError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

Value = TypeVar("Value")


class _Values(Collection[Value]):
    """A collection is asked for its size without being unpacked."""

    def __contains__(self, value: object) -> bool:
        return any(one == value for one in self)


class Packed(_Values[Value]):
    """So many values, which `unpack` makes of the bytes that `read` gives, anew each time that somebody goes over them."""

    def __init__(self, size: int, read: Callable[[], bytes], unpack: Callable[[bytes], Iterable[Value]]) -> None:
        self._size, self._read, self._unpack = size, read, unpack

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[Value]:
        return iter(self._unpack(self._read()))

    def loaded(self) -> Packed[Value]:
        """The same with its bytes in it, which can go to another process where `unpack` can."""
        return Packed(self._size, partial(bytes, self._read()), self._unpack)

    def spooled(self, spool: Spool) -> Packed[Value]:
        """The same with its bytes in a spool."""
        return Packed(self._size, spool.put(self._read()), self._unpack)


class Joined(_Values[Value]):
    """The values of several collections, one after the other."""

    def __init__(self, parts: Sequence[Collection[Value]]) -> None:
        self._parts = parts

    def __len__(self) -> int:
        return sum(map(len, self._parts))

    def __iter__(self) -> Iterator[Value]:
        return chain.from_iterable(self._parts)


class Spool:
    """Bytes that a run needs again, in memory while they are few, then in a temporary file: those of 100,000 notes would
    else take 200 MiB. The preview's threads may read at once.
    """

    IN_MEMORY = 4_000_000

    def __init__(self) -> None:
        self._size = self._end = 0
        self._file: IO[bytes] | None = None
        self._lock = Lock()

    def put(self, data: bytes) -> Callable[[], bytes]:
        """What gives these bytes back. Raises DeckgenError where the temporary folder has no room for them."""
        self._size += len(data)
        if self._size <= self.IN_MEMORY:
            return partial(bytes, data)
        try:
            with self._lock:
                return self._written(data)
        except OSError as error:
            raise DeckgenError(f"the temporary folder cannot be used: {error}") from error

    def _written(self, data: bytes) -> _Place:
        if self._file is None:
            import tempfile  # noqa: PLC0415 - few projects are so large

            # a buffer would be filled anew for every line of a ledger
            self._file = tempfile.TemporaryFile(prefix="deckgen-", buffering=0)  # noqa: SIM115 - it lives as long as we do
        self._file.seek(self._end)
        if self._file.write(data) < len(data):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        place = _Place(self._file, self._lock, self._end, len(data))
        self._end += len(data)
        return place


class _Place:
    """Where bytes are in a file; there is one for each line of a ledger, so it is small."""

    __slots__ = ("_file", "_lock", "_size", "_start")

    def __init__(self, file: IO[bytes], lock: Lock, start: int, size: int) -> None:
        self._file, self._lock, self._start, self._size = file, lock, start, size

    def __call__(self) -> bytes:
        with self._lock:
            self._file.seek(self._start)
            return self._file.read(self._size)
