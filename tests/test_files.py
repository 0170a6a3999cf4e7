from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from deckgen import config, files

if TYPE_CHECKING:
    from pathlib import Path


def test_a_file_is_replaced_as_a_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "new" / "deck.apkg"
    files.save(path, b"one")
    assert path.read_bytes() == b"one"

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        files.save(path, b"two")
    assert path.read_bytes() == b"one"
    assert [entry.name for entry in path.parent.iterdir()] == ["deck.apkg"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
def test_a_replaced_file_keeps_its_permissions(tmp_path: Path) -> None:
    path = tmp_path / "deck.apkg"
    path.write_bytes(b"one")
    path.chmod(0o640)
    files.save(path, b"two")
    assert path.stat().st_mode & 0o777 == 0o640


def test_files_are_taken_in_the_order_of_their_names_without_hidden_ones(tmp_path: Path) -> None:
    names = ["b/x.md", "a.md", "b.md", ".hidden.md", ".git/y.md", "c.txt", "B/z.MD", "b/a/q.md"]
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("", encoding="utf-8")
    found = files.sources(config.Config(root=tmp_path, files=(tmp_path, tmp_path / "a.md")))
    relative = [path.relative_to(tmp_path).as_posix() for path in found]
    assert relative == ["B/z.MD", "a.md", "b/a/q.md", "b/x.md", "b.md"]


def test_text_is_read_in_its_composed_form(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("e\u0301\u200b", encoding="utf-8")
    assert files.decoded(files.raw(tmp_path / "a.md")[0], "a.md") == ("\u00e9\u200b", [])


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="permissions do not bind this user")
def test_a_file_one_may_not_read_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("", encoding="utf-8")
    (tmp_path / "a.md").chmod(0)
    assert files.raw(tmp_path / "a.md")[1][0].code == "unreadable-file"
