"""Values as bytes until they are needed: of a large project, only what is worked on stands in memory as objects."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial
from itertools import chain
from typing import IO, TYPE_CHECKING, TypeVar

from deckgen.diagnostics import DeckgenError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

Value = TypeVar("Value")


class Packed(Collection[Value]):
    """So many values, which `unpack` makes anew each time that somebody goes over them."""

    def __init__(self, size: int, unpack: Callable[[], Iterable[Value]]) -> None:
        self._size, self._unpack = size, unpack

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[Value]:
        return iter(self._unpack())

    def __contains__(self, value: object) -> bool:
        return any(one == value for one in self)


def joined(parts: Sequence[Collection[Value]]) -> Packed[Value]:
    """The values of all of these, one after the other."""
    return Packed(sum(map(len, parts)), lambda: chain.from_iterable(parts))


class Spool:
    """Bytes that a run needs again, in memory while they are few, then in a temporary file: those of 100,000 notes would
    else take 200 MiB.
    """

    IN_MEMORY = 4_000_000

    def __init__(self) -> None:
        self._size = 0
        self._file: IO[bytes] | None = None

    def put(self, data: bytes) -> Callable[[], bytes]:
        """What gives these bytes back. Raises DeckgenError where the temporary folder has no room for them."""
        self._size += len(data)
        if self._size <= self.IN_MEMORY:
            return lambda: data
        try:
            return partial(_read, *self._written(data), len(data))
        except OSError as error:
            raise DeckgenError(f"the temporary folder cannot be used: {error}") from error

    def _written(self, data: bytes) -> tuple[IO[bytes], int]:
        if self._file is None:
            import tempfile  # noqa: PLC0415 - few projects are so large

            self._file = tempfile.TemporaryFile(prefix="deckgen-")  # noqa: SIM115 - it lives as long as we do
        start = self._file.seek(0, 2)
        self._file.write(data)
        return self._file, start


def _read(file: IO[bytes], start: int, size: int) -> bytes:
    file.seek(start)
    return file.read(size)
