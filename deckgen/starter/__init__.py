"""A project to start from: what `deckgen init` lays down. One folder a language; a file's text is a file here.

`deckgen.toml` there names every key of the configuration; a test holds it to `config.KEYS`.
"""

from __future__ import annotations

import os
from importlib.resources import files as resources
from typing import TYPE_CHECKING

from deckgen import files
from deckgen.config import Config, shown
from deckgen.diagnostics import DeckgenError

if TYPE_CHECKING:
    from pathlib import Path

OWN = {"deckgen.toml": "deckgen.toml", "source/start.md": "source/start.md"}
"""Files of the project → their text in the language's folder."""
SOURCE = b'source = "source"'
FURNITURE = ("README", "CHANGELOG", "CONTRIBUTING", "LICENSE", "CODE_OF_CONDUCT", "SECURITY")
SHARED = {".gitattributes": "gitattributes", ".gitignore": "gitignore"}
"""Files that a repository may have already → their text here."""


def create(folder: Path, language: str) -> tuple[list[Path], dict[Path, list[str]]]:
    """Lay a project down, all of it or nothing; its files, and of files that were there already and belong to git the
    lines that they lack. Where notes are there, the project is made of them, without notes of ours.

    Raises DeckgenError that names every file in the way: nothing is ever overwritten.
    """
    ours = resources(__package__)
    own = {folder / name: (ours / language / text).read_bytes() for name, text in OWN.items()}
    if notes := _notes(folder):
        config = own[folder / "deckgen.toml"]
        inside = all(path.is_relative_to(folder / "source") for path in notes)
        own = {folder / "deckgen.toml": config if inside else config.replace(SOURCE, b'source = "."')}
    shared = {folder / name: (ours / text).read_bytes() for name, text in SHARED.items()}
    for path in (*folder.parents[::-1], folder, folder / "source"):
        if os.path.lexists(path) and not path.is_dir():
            raise DeckgenError(f"{shown(path)} is no folder: nothing was written; name another one")
    if in_the_way := [shown(path) for path in own if os.path.lexists(path)]:
        verb = "are" if len(in_the_way) > 1 else "is"
        raise DeckgenError(f"{' and '.join(in_the_way)} {verb} there already: nothing was written; name another folder")
    there = [path for path in shared if os.path.lexists(path)]
    new = {path: data for path, data in (own | shared).items() if path not in there}
    path = folder
    try:
        lacking = {path: _lacking(path, shared[path]) for path in there}
        for path, data in new.items():
            files.save(path, data)
    except OSError as error:
        raise DeckgenError(f"{shown(path)} cannot be written: {error.strerror or error}") from error
    return list(new), {path: lines for path, lines in lacking.items() if lines}


def _notes(folder: Path) -> list[Path]:
    """What may be notes there, but for ours; a README and its like, which a repository has from the start, are none."""
    found = files.sources(Config(folder, files=(folder,), project=True)) if folder.is_dir() else ()
    ours = {folder / name for name in OWN}
    return [path for path in found if path not in ours and path.stem.upper() not in FURNITURE]


def _lacking(path: Path, wanted: bytes) -> list[str]:
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    return [line for line in wanted.decode().splitlines() if line not in lines]
