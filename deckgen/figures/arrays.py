"""Arrays in files: `.npy`, `.npz`, `.csv` and `.json`, read without numpy and never more than a figure can show.

Whatever is wrong with a file is raised as `Wrong`. The format of `.npy` is that of numpy.lib.format, versions 1 to 3;
an `.npz` is a zip of such files. Pickled objects are refused: reading them would run what the file says.
"""

from __future__ import annotations

import ast
import json
import math
import re
import struct
import zipfile
import zlib
from typing import IO, TYPE_CHECKING, Any

from deckgen.figures.parameters import Wrong, quoted

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

MOST_NUMBERS = 64 * 24 * 24
"""64 heads over 24 tokens: more than any figure shows, as one head of many may be picked."""
LARGEST_TEXT = 1_000_000
"""Bytes of a `.csv` or `.json` file."""
LONGEST_HEADER = 10_000
"""Bytes; numpy refuses longer ones too."""
MAGIC = b"\x93NUMPY"
LENGTHS = {1: "<H", 2: "<I", 3: "<I"}
"""How each version of `.npy` writes the length of its header."""
COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""Those of numpy."""
FLOATS = {"f2": "e", "f4": "f", "f8": "d"}
"""numpy's names of types → those of `struct`."""


def read(path: Path, array: str = "") -> object:
    """The numbers of a file as nested lists, a list for each dimension.

    `array` is a name within an `.npz`; it may be left out where that holds a single array.
    """
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise Wrong(f"{quoted(path.name)} is none of the files that can be read: {', '.join(READERS)}")
    if array and path.suffix.lower() != ".npz":
        raise Wrong(f"{quoted(path.name)} holds one array without a name; array is for .npz files")
    try:
        with path.open("rb") as stream:
            return reader(stream, quoted(path.name), array)
    except OSError as error:
        raise Wrong(f"{quoted(path.name)} cannot be read: {error.strerror or error}") from None


def _npy(stream: IO[bytes], name: str, _array: str) -> object:
    order, code, fortran, shape = _header(stream, name)
    count = math.prod(shape)
    if count > MOST_NUMBERS:
        raise Wrong(f"{name} has the shape {_shown(shape)}, more numbers than a figure can show")
    layout = f"{order}{count}{code}"
    numbers = struct.unpack(layout, _exactly(stream, struct.calcsize(layout), name))
    strides = _strides(shape[::-1])[::-1] if fortran else _strides(shape)
    return _nested(numbers, shape, strides)


def _header(stream: IO[bytes], name: str) -> tuple[str, str, bool, tuple[int, ...]]:
    """Byte order and code of the numbers as `struct` writes them, whether the first index varies fastest, the shape."""
    start = _exactly(stream, len(MAGIC) + 2, name)
    version = start[len(MAGIC)]
    if not start.startswith(MAGIC) or version not in LENGTHS:
        raise Wrong(f"{name} is not an .npy file of version 1, 2 or 3")
    [length] = struct.unpack(LENGTHS[version], _exactly(stream, struct.calcsize(LENGTHS[version]), name))
    if length > LONGEST_HEADER:
        raise Wrong(f"{name} has a header of {length} bytes; at most {LONGEST_HEADER} are expected")
    header = _literal(_exactly(stream, length, name), name)
    kind, shape = str(header["descr"]), header["shape"]
    if not re.fullmatch(r"[<>=|]f[248]", kind):
        raise Wrong(f"{name} holds values of the type {quoted(kind)}; save it as float16, float32 or float64")
    if not 1 <= len(shape) <= 4 or not all(type(size) is int and size >= 1 for size in shape):  # noqa: PLR2004 - batch
        raise Wrong(f"{name} has the shape {_shown(shape)}; a matrix, or a matrix for each head, is expected")
    return ">" if kind[0] == ">" else "<", FLOATS[kind[1:]], bool(header["fortran_order"]), shape


def _literal(header: bytes, name: str) -> dict[str, Any]:
    """The dictionary that a header is, written as a literal of Python."""
    try:
        fields = ast.literal_eval(header.decode("utf-8").strip())
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        fields = None
    if not isinstance(fields, dict) or fields.keys() != {"descr", "fortran_order", "shape"}:
        raise Wrong(f"the header of {name} is broken; save the array again")
    if not isinstance(fields["shape"], tuple):
        raise Wrong(f"the header of {name} is broken; save the array again")
    return fields


def _exactly(stream: IO[bytes], size: int, name: str) -> bytes:
    data = stream.read(size)
    if len(data) < size:
        raise Wrong(f"{name} ends too early; save the array again")
    return data


def _strides(shape: Sequence[int]) -> tuple[int, ...]:
    """How far apart neighbours are along each dimension, in numbers, where the last index varies fastest."""
    return tuple(math.prod(shape[dimension + 1 :]) for dimension in range(len(shape)))


def _nested(numbers: Sequence[float], shape: Sequence[int], strides: Sequence[int], start: int = 0) -> Any:  # noqa: ANN401 - a number or a list
    if not shape:
        return numbers[start]
    positions = range(start, start + shape[0] * strides[0], strides[0])
    return [_nested(numbers, shape[1:], strides[1:], position) for position in positions]


def _shown(shape: Sequence[object]) -> str:
    return quoted(" × ".join(map(str, shape[:5])))


def _npz(stream: IO[bytes], name: str, array: str) -> object:
    try:
        with zipfile.ZipFile(stream) as archive:
            member = _member(archive.namelist(), name, array)
            with _opened(archive, member) as inner:
                return _npy(inner, f"{quoted(array or member.removesuffix('.npy'))} of {name}", "")
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, ValueError):
        raise Wrong(f"{name} is not an .npz file that can be read; save it with numpy.savez") from None


def _opened(archive: zipfile.ZipFile, member: str) -> IO[bytes]:
    if archive.getinfo(member).compress_type not in COMPRESSIONS:
        raise zipfile.BadZipFile
    return archive.open(member)


def _member(files: Sequence[str], name: str, array: str) -> str:
    """The file of an archive that holds the array."""
    arrays = [file.removesuffix(".npy") for file in files if file.endswith(".npy")]
    if array in arrays:
        return f"{array}.npy"
    if not array and len(arrays) == 1:
        return f"{arrays[0]}.npy"
    listed = ", ".join(map(quoted, arrays[:8])) or "none"
    wanted = f"has no array {quoted(array)}" if array else "holds several arrays: say which as array"
    raise Wrong(f"{name} {wanted if arrays else 'holds no array'}; it has {listed}")


def _csv(stream: IO[bytes], name: str, _array: str) -> object:
    """A row a line, numbers parted by commas, semicolons, tabs or blanks; what follows a # is a comment."""
    lines = [line.partition("#")[0].strip() for line in _text(stream, name).splitlines()]
    rows = [(place, re.split(r"\s*[,;]\s*|\s+", line)) for place, line in enumerate(lines, start=1) if line]
    return [[_number(word, f"line {place} of {name}") for word in words] for place, words in rows]


def _number(word: str, place: str) -> float:
    try:
        return float(word)
    except ValueError:
        raise Wrong(f"{place} has {quoted(word)}; a number is expected") from None


def _json(stream: IO[bytes], name: str, _array: str) -> object:
    try:
        return json.loads(_text(stream, name))
    except (ValueError, RecursionError) as error:
        raise Wrong(f"{name} is not JSON: {error}") from None


def _text(stream: IO[bytes], name: str) -> str:
    data = stream.read(LARGEST_TEXT + 1)
    if len(data) > LARGEST_TEXT:
        raise Wrong(f"{name} is larger than {LARGEST_TEXT} bytes, more than a figure can show")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Wrong(f"{name} is not UTF-8 text") from None


READERS = {".npy": _npy, ".npz": _npz, ".csv": _csv, ".json": _json}
