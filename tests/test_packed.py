"""What waits as bytes comes back as it was, from memory and from the file, to several threads at once."""

from __future__ import annotations

import tempfile
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from deckgen.diagnostics import DeckgenError
from deckgen.packed import Joined, Packed, Spool


@pytest.mark.parametrize("in_memory", [0, 1000, 10**9])
def test_what_waits_comes_back_whatever_is_asked_for_first(in_memory: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Spool, "IN_MEMORY", in_memory)
    spool = Spool()
    pieces = [bytes([n % 256]) * (n % 50) for n in range(500)]
    first = [spool.put(piece) for piece in pieces]
    assert [read() for read in reversed(first)] == pieces[::-1]
    second = [spool.put(piece) for piece in pieces]
    assert [read() for read in (*first, *second)] == pieces * 2


def test_several_threads_may_ask_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of the preview's server do."""
    monkeypatch.setattr(Spool, "IN_MEMORY", 0)
    spool = Spool()
    pieces = [n.to_bytes(2, "big") * 5000 for n in range(50)]
    reads = [spool.put(piece) for piece in pieces]
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda n: reads[n % 50]() == pieces[n % 50], range(4000)))
    assert all(found)


def test_a_temporary_folder_without_room_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(**_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    monkeypatch.setattr(Spool, "IN_MEMORY", 0)
    with pytest.raises(DeckgenError, match="the temporary folder cannot be used"):
        Spool().put(b"x")


def test_packed_values_are_made_anew_and_counted_without_being_made() -> None:
    made: list[int] = []

    def unpack(data: bytes) -> list[str]:
        made.append(1)
        return data.decode().split()

    packed = Packed(2, partial(bytes, b"a b"), unpack)
    both = Joined([packed, ["c"], packed.spooled(Spool()), packed.loaded()])
    assert len(both) == 7
    assert made == []
    assert list(both) == ["a", "b", "c", "a", "b", "a", "b"]
    assert len(made) == 3
    assert "b" in packed
    assert "d" not in both
