"""Arrays in files: read as numpy reads them, and what cannot be used is refused with a sentence."""

from __future__ import annotations

import io
import json
import struct
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deckgen.figures import arrays
from deckgen.figures.parameters import Wrong

if TYPE_CHECKING:
    from pathlib import Path

NUMBERS = np.array([[0.5, 0.25, 0.25], [1, 0, -2]])


def npy(array: Any, version: tuple[int, int] = (1, 0)) -> bytes:
    stream = io.BytesIO()
    np.lib.format.write_array(stream, np.asanyarray(array), version=version, allow_pickle=True)
    return stream.getvalue()


def header(text: str, version: int = 1) -> bytes:
    length = struct.pack("<H" if version == 1 else "<I", len(text))
    return b"\x93NUMPY" + bytes([version, 0]) + length + text.encode()


def npz(**members: Any) -> bytes:
    stream = io.BytesIO()
    np.savez_compressed(stream, **members)
    return stream.getvalue()


def repacked(compression: int, damage: bytes) -> bytes:
    """An .npz as another program may write it, and what is left of it."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as archive:
        archive.writestr("x.npy", npy(NUMBERS))
    data = stream.getvalue()
    return data[:45] + damage + data[45 + len(damage) :]


def saved(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("version", [(1, 0), (2, 0), (3, 0)])
@pytest.mark.parametrize("kind", ["<f2", ">f2", "<f4", ">f4", "<f8", ">f8"])
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("shape", [(2, 3), (2, 3, 4), (1, 2, 3, 4), (6,)])
@pytest.mark.filterwarnings("ignore:Stored array in format")
def test_every_kind_of_npy_is_read_as_numpy_reads_it(
    tmp_path: Path, version: tuple[int, int], kind: str, order: Any, shape: tuple[int, ...]
) -> None:
    array = np.asarray(np.linspace(-1, 1, np.prod(shape)).reshape(shape), dtype=kind, order=order)
    data = npy(array, version)
    assert (b"'fortran_order': True" in data) == (order == "F" and len(shape) > 1 and not array.flags.c_contiguous)
    assert arrays.read(saved(tmp_path, "a.npy", data)) == array.astype(float).tolist()


def test_one_array_of_an_npz_is_read(tmp_path: Path) -> None:
    one = saved(tmp_path, "one.npz", npz(only=NUMBERS))
    two = saved(tmp_path, "two.NPZ", npz(first=NUMBERS, second=NUMBERS.T))
    assert arrays.read(one) == arrays.read(one, "only") == NUMBERS.tolist()
    assert arrays.read(two, "second") == NUMBERS.T.tolist()


@pytest.mark.parametrize(
    "text",
    [
        "0.5,0.25,0.25\n1,0,-2\n",
        "\ufeff0.5, 0.25, 0.25\r\n1, 0, -2",
        "# of numpy.savetxt\n5e-1 0.25\t0.25 # here too\n\n1 0 -2\n",
        "0.5;0.25;0.25\n1;0;-2",
    ],
)
def test_rows_of_text_are_read(tmp_path: Path, text: str) -> None:
    assert arrays.read(saved(tmp_path, "a.csv", text.encode())) == NUMBERS.tolist()


def test_json_is_read(tmp_path: Path) -> None:
    assert arrays.read(saved(tmp_path, "a.json", json.dumps(NUMBERS.tolist()).encode())) == NUMBERS.tolist()


MILLION = "{'descr': '<f8', 'fortran_order': False, 'shape': (1000000, 64)}"
FLOATS = "{{'descr': '<f8', 'fortran_order': False, 'shape': {}}}"

WRONG_FILES = [
    ("a.txt", b"1", "", "'a.txt' is none of the files that can be read: .npy, .npz, .csv, .json"),
    ("a.npy", b"", "", "'a.npy' ends too early"),
    ("a.npy", b"PK\x03\x04 and so on", "", "'a.npy' is not an .npy file of version 1, 2 or 3"),
    ("a.npy", b"\x93NUMPY\x04\x00\x10\x00", "", "'a.npy' is not an .npy file of version 1, 2 or 3"),
    ("a.npy", npy(NUMBERS)[:-1], "", "'a.npy' ends too early"),
    ("a.npy", npy(NUMBERS)[:40], "", "'a.npy' ends too early"),
    ("a.npy", npy(NUMBERS), "x", "holds one array without a name; array is for .npz files"),
    ("a.npy", header(MILLION), "", "'a.npy' has the shape '1000000 × 64', more numbers than a figure can show"),
    ("a.npy", b"\x93NUMPY\x02\x00" + struct.pack("<I", 2**31), "", "has a header of 2147483648 bytes; at most 10000"),
    ("a.npy", npy(np.array([1, 2])), "", "'a.npy' holds values of the type '<i8'; save it as float16, float32"),
    ("a.npy", npy(np.array([1 + 2j])), "", "holds values of the type '<c16'"),
    ("a.npy", npy(np.array([{}], dtype=object)), "", "holds values of the type '|O'"),
    ("a.npy", npy(np.zeros(2, dtype=[("x", "<f4")])), "", "holds values of the type \"[('x', '<f4')]\""),
    ("a.npy", npy(np.float64(1)), "", "has the shape ''; a matrix, or a matrix for each head, is expected"),
    ("a.npy", npy(np.zeros((2, 0))), "", "has the shape '2 × 0'; a matrix"),
    ("a.npy", npy(np.zeros((1,) * 5)), "", "has the shape '1 × 1 × 1 × 1 × 1'; a matrix"),
    ("a.npy", header(FLOATS.format("(-1, -1)")), "", "has the shape '-1 × -1'; a matrix"),
    ("a.npy", header(FLOATS.format("(True, 2)")), "", "has the shape 'True × 2'; a matrix"),
    ("a.npy", header(FLOATS.format("('x',)")), "", "has the shape 'x'; a matrix"),
    ("a.npy", header(FLOATS.format("3")), "", "the header of 'a.npy' is broken"),
    ("a.npy", header("{'descr': '<f8'}"), "", "the header of 'a.npy' is broken"),
    ("a.npy", header("[]"), "", "the header of 'a.npy' is broken"),
    ("a.npy", header("__import__('os')"), "", "the header of 'a.npy' is broken"),
    ("a.npy", header("(" * 9000), "", "the header of 'a.npy' is broken"),
    ("a.npz", b"no zip", "", "'a.npz' is not an .npz file that can be read"),
    ("a.npz", npz(x=NUMBERS)[:-30], "", "'a.npz' is not an .npz file that can be read"),
    ("a.npz", repacked(zipfile.ZIP_DEFLATED, b"\xff" * 9), "", "'a.npz' is not an .npz file that can be read"),
    ("a.npz", repacked(zipfile.ZIP_LZMA, b"\xff" * 9), "", "'a.npz' is not an .npz file that can be read"),
    ("a.npz", repacked(zipfile.ZIP_BZIP2, b"\xff" * 9), "", "'a.npz' is not an .npz file that can be read"),
    ("a.npz", npz(x=NUMBERS, y=NUMBERS), "", "'a.npz' holds several arrays: say which as array; it has 'x', 'y'"),
    ("a.npz", npz(x=NUMBERS), "z", "'a.npz' has no array 'z'; it has 'x'"),
    ("a.npz", npz(), "z", "'a.npz' holds no array; it has none"),
    ("a.npz", npz(x=np.array(["text"])), "", "'x' of 'a.npz' holds values of the type '<U4'"),
    ("a.csv", b"q,k\n1,2", "", "line 1 of 'a.csv' has 'q'; a number is expected"),
    ("a.csv", b"1,2\n3,", "", "line 2 of 'a.csv' has ''; a number is expected"),
    ("a.csv", b"\xff\xfe1", "", "'a.csv' is not UTF-8 text"),
    ("a.csv", b"1," * 600_000, "", "'a.csv' is larger than 1000000 bytes"),
    ("a.json", b"[1, 2", "", "'a.json' is not JSON"),
    ("a.json", b"[" * 100_000, "", "'a.json' is not JSON"),
    ("missing.npy", None, "", "'missing.npy' cannot be read: No such file"),
]


@pytest.mark.parametrize(("name", "data", "array", "message"), WRONG_FILES)
def test_what_cannot_be_used_is_refused(
    tmp_path: Path, name: str, data: bytes | None, array: str, message: str
) -> None:
    path = tmp_path / name if data is None else saved(tmp_path, name, data)
    with pytest.raises(Wrong) as wrong:
        arrays.read(path, array)
    assert message in wrong.value.args[0]


def test_a_member_that_unpacks_to_much_is_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "bomb.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.npy", header(MILLION) + bytes(50_000_000))
    with pytest.raises(Wrong, match="more numbers than a figure can show"):
        arrays.read(path)


def test_a_pickle_is_never_opened(tmp_path: Path) -> None:
    path = saved(tmp_path, "a.npy", header("{'descr': '|O', 'fortran_order': False, 'shape': (1,)}") + b"cos\nsystem\n")
    with pytest.raises(Wrong, match="holds values of the type"):
        arrays.read(path)


@given(
    data=st.binary(max_size=200),
    suffix=st.sampled_from([".npy", ".npz", ".csv", ".json"]),
    start=st.sampled_from([b"", b"\x93NUMPY\x01\x00", b"PK\x03\x04"]),
)
def test_whatever_a_file_holds_it_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, suffix: str, start: bytes
) -> None:
    path = saved(tmp_path_factory.getbasetemp(), f"any{suffix}", start + data)
    try:
        arrays.read(path)
    except Wrong as wrong:
        assert path.name in wrong.args[0]  # noqa: PT017 - reading is allowed to succeed


def test_reading_needs_no_numpy(tmp_path: Path) -> None:
    path = saved(tmp_path, "a.npz", npz(x=NUMBERS))
    code = f"import sys, pathlib; from deckgen.figures import arrays; arrays.read(pathlib.Path({str(path)!r})); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "zipfile" in loaded
    assert not {"numpy", "matplotlib"} & set(loaded)
