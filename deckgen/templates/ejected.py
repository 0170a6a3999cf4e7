"""Our template files as the project's own: copied for editing, listed, and compared with what they came from.

A copy of each file as it was when it was ejected is kept in the hidden folder `templates/.ejected`. Against it the
user's changes can be told from ours in a later release.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from deckgen import files
from deckgen.config import shown
from deckgen.diagnostics import DeckgenError
from deckgen.templates import assets, builtin, sources

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from deckgen.config import Config

ORIGINALS = ".ejected"
State = Literal["built in", "yours", "yours, unchanged", "yours, and newer built in", "travels with the package"]


@dataclass(frozen=True, slots=True)
class File:
    """A template, a style sheet, or a file that they use."""

    name: str
    """Within the folder of templates."""
    path: str
    """As the user would name it; empty where it is built in."""
    state: State


@dataclass(frozen=True, slots=True)
class Difference:
    """What became of an ejected file, as unified diffs; empty where nothing did."""

    name: str
    yours: str
    """From the built-in file of then to the user's."""
    newer: str
    """From the built-in file of then to that of now."""


def names(config: Config) -> dict[str, str]:
    """Every file that a project may have of its own → the built-in text that stands in for it."""
    found = {f"{kind}/{side}": builtin.text(f"{kind}/{side}") for kind in builtin.NOTE_TYPES for side in builtin.SIDES}
    for own in config.note_types:
        folders = [own.name] if len(own.cards) == 1 else [f"{own.name}/{card}" for card in own.cards]
        found |= {f"{folder}/{side}": sources.fitted(own, side) for folder in folders for side in builtin.SIDES}
    return found | {builtin.STYLE: builtin.text(builtin.STYLE)}


def eject(config: Config, chosen: Collection[str] = ()) -> tuple[list[Path], list[Path]]:
    """Copy built-in files, all or those chosen, into the project's folder: the files written, and those that stood
    there already and were left alone. One that the user never changed is brought up to date.

    Raises DeckgenError where there is no project, where a name is unknown, or where a file cannot be written.
    """
    known = names(config)
    unknown = [name for name in chosen if name not in known]
    if unknown:
        raise DeckgenError(f"there is no template {', '.join(unknown)}: the templates are {', '.join(known)}")
    if not config.project:
        raise DeckgenError("templates belong to a project: `deckgen init` makes one, or an empty deckgen.toml does")
    written, left = [], []
    for name in chosen or known:
        path, text = config.templates_folder / name, known[name]
        mine, original = _read(path), _read(_original(config, name))
        if mine not in (None, original) or mine == text:
            left.append(path)
            continue
        for target in (path, _original(config, name)):
            _save(target, text)
        written.append(path)
    return written, left


def seen(config: Config) -> list[Path]:
    """Take the built-in files of now as those that the user's own come from, once their news are in them."""
    mine = {name: text for name, text in names(config).items() if (config.templates_folder / name).is_file()}
    for name, text in mine.items():
        _save(_original(config, name), text)
    return [config.templates_folder / name for name in mine]


def listing(config: Config) -> list[File]:
    """Where each template, style sheet and file comes from."""
    templates = [_file(config, name, ours) for name, ours in names(config).items()]
    styles = [own.name for own in config.note_types] + list(builtin.NOTE_TYPES)
    own_styles = [f"{name}/{builtin.STYLE}" for name in styles]
    templates += [
        File(name, shown(config.templates_folder / name), "yours")
        for name in own_styles
        if config.project and (config.templates_folder / name).is_file()
    ]
    travelling = assets.find(config.templates_folder if config.project else None).names
    return templates + [
        File(name, shown(config.templates_folder / name), "travels with the package") for name in travelling
    ]


def _file(config: Config, name: str, ours: str) -> File:
    mine = _read(config.templates_folder / name) if config.project else None
    if mine is None:
        return File(name, "", "built in")
    original = _read(_original(config, name))
    state: State = "yours"
    if mine == ours:
        state = "yours, unchanged"
    elif original not in (None, ours):
        state = "yours, and newer built in"
    return File(name, shown(config.templates_folder / name), state)


def differences(config: Config) -> Iterator[Difference]:
    """What the user changed in each file of his, and what the built-in one has changed since."""
    for name, ours in names(config).items():
        mine = _read(config.templates_folder / name) if config.project else None
        if mine is None:
            continue
        original = _read(_original(config, name))
        then = ours if original is None else original
        yours = _diff(then, mine, f"{name} (built in)", f"{name} (yours)")
        yield Difference(name, yours, _diff(then, ours, f"{name} (when ejected)", f"{name} (built in now)"))


def _diff(before: str, after: str, old: str, new: str) -> str:
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), old, new, lineterm="")
    return "\n".join(lines)


def _original(config: Config, name: str) -> Path:
    return config.templates_folder / ORIGINALS / name


def _read(path: Path) -> str | None:
    """The file's text; None where there is none that can be read."""
    try:
        return sources.read(path)
    except (OSError, UnicodeDecodeError):
        return None


def _save(path: Path, text: str) -> None:
    try:
        files.save(path, text.encode())
    except OSError as error:
        raise DeckgenError(f"{shown(path)} cannot be written: {error.strerror or error}") from error
