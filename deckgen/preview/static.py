"""A site → a folder that any browser opens from the disk, without a server."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from deckgen.config import shown
from deckgen.diagnostics import DeckgenError
from deckgen.preview import site

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

LIST = "preview-files.json"
"""What an earlier run wrote here. A folder with anything else in it is never written into."""


def write(folder: Path, files: Mapping[str, site.Content]) -> None:
    """Write every file, and take away those of an earlier preview that are no longer part of it.

    The folder must be new or empty, or hold nothing but an earlier preview; otherwise, or where it cannot be written,
    raises DeckgenError.
    """
    try:
        former = _former(folder)
        folder.mkdir(parents=True, exist_ok=True)
        folder.joinpath(LIST).write_text(json.dumps(sorted({*former, *files}), indent=0), encoding="utf-8")
        for name in former - files.keys():
            folder.joinpath(name).unlink(missing_ok=True)
        for name, made in files.items():
            path = folder / name
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(site.content(made))
        folder.joinpath(LIST).write_text(json.dumps(sorted(files), indent=0), encoding="utf-8")
    except OSError as error:
        raise DeckgenError(f"{shown(folder)} cannot be written: {error.strerror or error}") from error


def _former(folder: Path) -> set[str]:
    """The files in the folder, all of them written by an earlier run."""
    if not folder.exists():
        return set()
    if not folder.is_dir():
        raise DeckgenError(f"{shown(folder)} is a file: name a folder for the preview")
    there = {
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_symlink() or not path.is_dir()
    }
    others = there - _listed(folder) - {LIST}
    if others:
        raise DeckgenError(f"{shown(folder)} holds files that are no preview, such as {min(others)}: name a new folder")
    return there - {LIST}


def _listed(folder: Path) -> set[str]:
    try:
        listed = json.loads(folder.joinpath(LIST).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return set()
    return {name for name in listed if isinstance(name, str)} if isinstance(listed, list) else set()
