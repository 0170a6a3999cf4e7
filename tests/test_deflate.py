"""What is compressed in blocks is what zlib reads, and the same bytes whatever was compressed before."""

from __future__ import annotations

import random
import zlib
from typing import TYPE_CHECKING

import pytest

from deckgen.targets import deflate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

BLOCK = 4096


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deflate, "BLOCK", BLOCK)


def _text(size: int) -> bytes:
    words = [b"query", b"key", b"value", deflate.FLUSHED, "注意力".encode()]
    return b"".join(random.Random(size).choices(words, k=size))[:size]  # noqa: S311 - no secret


def _noise(size: int) -> bytes:
    return random.Random(size).randbytes(size)  # noqa: S311 - no secret


def _ends(size: int) -> bytes:
    """What every block but the last ends with, again and again: deflate stores some of it as it is."""
    return (_noise(7) + deflate.FLUSHED * 3) * size


def _compressed(data: bytes, former: Iterable[deflate.Block] = ()) -> bytes:
    with deflate.Blocks(former) as blocks:
        done = [blocks.compress(data[start : start + BLOCK]) for start in range(0, len(data), BLOCK)]
        return b"".join([*done, blocks.flush()])


SIZES = (0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK, 20 * BLOCK + 7)


@pytest.mark.parametrize("content", [_text, _noise, _ends])
@pytest.mark.parametrize("size", SIZES)
def test_blocks_are_found_again(size: int, content: Callable[[int], bytes]) -> None:
    data = content(size)[:size]
    compressed = _compressed(data)
    assert zlib.decompress(compressed, -15) == data
    found = list(deflate.blocks(compressed))
    assert [block.data for block in found] == [data[start : start + BLOCK] for start in range(0, size or 1, BLOCK)]
    assert b"".join(block.compressed for block in found) == compressed
    assert [block.last for block in found] == [False] * (len(found) - 1) + [True]


EDITS: dict[str, Callable[[bytes], bytes]] = {
    "nothing": lambda data: data,
    "a byte": lambda data: data[: len(data) // 2] + b"x" + data[len(data) // 2 + 1 :],
    "the first byte": lambda data: b"x" + data[1:],
    "the last byte": lambda data: data[:-1] + b"x",
    "a byte more": lambda data: data + b"x",
    "a byte in front": lambda data: b"x" + data,
    "a byte less": lambda data: data[:-1],
    "a block in front": lambda data: bytes(BLOCK) + data,
    "only the first block": lambda data: data[:BLOCK],
    "all but the first block": lambda data: data[BLOCK:],
    "the blocks turned round": lambda data: data[BLOCK:] + data[:BLOCK],
}


@pytest.mark.parametrize("edit", EDITS)
@pytest.mark.parametrize("size", SIZES)
def test_what_was_compressed_before_makes_no_difference(size: int, edit: str) -> None:
    data = _text(size)
    edited = EDITS[edit](data)
    assert _compressed(edited, deflate.blocks(_compressed(data))) == _compressed(edited)


def test_a_block_that_stands_where_it_stood_is_not_compressed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    data = _text(20 * BLOCK)
    former = list(deflate.blocks(_compressed(data)))
    again: list[bytes] = []
    compress = deflate.deflated

    def counted(block: bytes, before: bytes, *, last: bool) -> bytes:
        again.append(block)
        return compress(block, before, last=last)

    monkeypatch.setattr(deflate, "deflated", counted)
    edited = EDITS["a byte"](data)
    _compressed(edited, former)
    assert again == [edited[number * BLOCK : (number + 1) * BLOCK] for number in (10, 11)]
