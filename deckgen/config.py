"""What to build and how: `deckgen.toml` and the paths of the command line → Config."""

from __future__ import annotations

import os
import re
import tomllib
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deckgen.diagnostics import DeckgenError, Diagnostic
from deckgen.notes import Location

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

NAME = "deckgen.toml"
CLOZE = ("underline", "mark", "bold", "italic", "strikethrough")
CARDS = ("auto", "both")
LANGUAGES = ("zh", "en")
HTML = ("safe", "trusted")


@dataclass(frozen=True, slots=True)
class Config:
    """One build: its files and every choice that is the user's. Folders are absolute."""

    root: Path
    """The project's folder; of notes without a project, the folder they are in. No file outside it travels."""
    files: tuple[Path, ...]
    """Files to build, or folders whose `.md` files to build."""
    project: bool = False
    """Whether there is a deckgen.toml."""
    deck: str = ""
    """The deck's name; empty takes the title of a single document, or the folder's name."""
    source: str = "."
    """The folder of the notes, relative to `root`. A note's identity is its path from here."""
    media: str = "media"
    """The folder of drawn figures, and of images that do not stand beside the notes; relative to `root`."""
    output: str = ""
    """The package, relative to `root`; empty takes a name from what is built."""
    cloze: tuple[str, ...] = ("underline",)
    """The mark-up in an answer that asks for a cloze, of `CLOZE`."""
    cards: str = "auto"
    """Of `CARDS`: a note with clozes gives cloze cards (auto), or a question-and-answer card besides (both)."""
    lang: str = "zh"
    """Of `LANGUAGES`: that of the words in figures and of their descriptions."""
    html: str = "safe"
    """Of `HTML`: scripts and what else could do something is taken out of the notes' HTML (safe), or kept (trusted)."""
    media_roots: tuple[str, ...] = ()
    """Folders outside the project whose files may travel; relative to `root`."""
    figures: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Figures that deckgen.toml declares, by name; what stands in each is for `figures` to check."""

    @property
    def whole(self) -> bool:
        """Whether everything is built, and not a part of a project."""
        return self.files == (self.source_folder,)

    @property
    def source_folder(self) -> Path:
        """Absolute."""
        return self.root / self.source

    @property
    def roots(self) -> tuple[Path, ...]:
        """The folders that files may travel from, without links in their paths."""
        return tuple((self.root / folder).resolve() for folder in ("", *self.media_roots))

    @property
    def media_folder(self) -> Path:
        """Absolute."""
        return self.root / self.media


def load(paths: Sequence[Path] = ()) -> Config:
    """The configuration for these files or folders, or for the project of the current folder where there are none.

    Raises DeckgenError with every mistake at once: a path that does not exist, a wrong deckgen.toml.
    """
    absolute = [Path(path).absolute() for path in paths]
    missing = [str(path) for path, full in zip(paths, absolute, strict=True) if not full.exists()]
    if missing:
        raise DeckgenError(f"no such file or folder: {', '.join(missing)}")
    roots = {_project(path) for path in absolute} if absolute else {_project(Path.cwd())}
    if len(roots) > 1:
        raise DeckgenError("these paths belong to different projects: build them one after the other")
    root = roots.pop()
    if root is not None:
        return _from_project(root, [path for path in absolute if path != root])
    if not absolute:
        raise DeckgenError(f"no {NAME} in this folder or above it: name a file, as in `deckgen build notes.md`")
    folders = {path if path.is_dir() else path.parent for path in absolute}
    if len(folders) > 1:
        raise DeckgenError(f"these paths are in different folders: put a {NAME} in the folder that holds them all")
    return Config(root=folders.pop(), files=tuple(absolute))


def _project(path: Path) -> Path | None:
    """The nearest folder with a deckgen.toml, from here upwards."""
    return next((folder for folder in (path, *path.parents) if (folder / NAME).is_file()), None)


def _from_project(root: Path, paths: Sequence[Path]) -> Config:
    file = root / NAME
    config = Config(root=root, files=(), project=True, **_read(file))
    mistakes = list(_wrong_folders(config))
    if mistakes:
        text = file.read_text(encoding="utf-8-sig")
        raise DeckgenError(diagnostics=[_mistake(file, _line_of(key, text), message) for key, message in mistakes])
    return replace(config, files=tuple(paths) or (config.source_folder,))


def _wrong_folders(config: Config) -> Iterator[tuple[str, str]]:
    """The key of each folder that cannot be used, and why."""
    if not config.source_folder.is_dir():
        yield "source", f"the source folder `{config.source}` does not exist"
    if os.path.lexists(config.media_folder) and not config.media_folder.is_dir():
        yield "media", f"`{config.media}` is no folder"
    for key, folder in (("source", config.source_folder), ("media", config.media_folder)):
        if folder.is_dir() and not folder.resolve().is_relative_to(config.root.resolve()):
            yield key, f"the folder `{getattr(config, key)}` is a link to a place outside the project"
    for name in config.media_roots:
        if not (config.root / name).is_dir():
            yield "media_roots", f"the folder `{name}` does not exist"


def _read(file: Path) -> dict[str, Any]:
    """The file's keys, each of the right kind; raises with all that are wrong."""
    try:
        data = file.read_bytes()
        text = data.decode("utf-8-sig")
        table = tomllib.loads(text)
    except OSError as error:
        raise DeckgenError(f"{shown(file)} cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = f"byte 0x{error.object[error.start]:02x} is no UTF-8, which TOML must be"
        raise DeckgenError(diagnostics=[_mistake(file, line, message)]) from error
    except RecursionError as error:
        raise DeckgenError(diagnostics=[_mistake(file, 1, "too many brackets stand in one another")]) from error
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"at line (\d+)", str(error))
        mistake = _mistake(file, int(place[1]) if place else text.count("\n") + 1, f"this is no TOML: {error}")
        raise DeckgenError(diagnostics=[mistake]) from error
    mistakes = [
        _mistake(file, _line_of(key, text), message) for key, value in table.items() if (message := _wrong(key, value))
    ]
    if mistakes:
        raise DeckgenError(diagnostics=mistakes)
    return {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}


def _mistake(file: Path, line: int, message: str) -> Diagnostic:
    return Diagnostic("bad-config", "error", Location(shown(file), line, 1), message)


def _wrong(key: str, value: object) -> str:
    """What is wrong with a key, naming what is accepted; empty where nothing is."""
    if key not in KEYS:
        return f"unknown key `{key}`: the keys are {', '.join(KEYS)}"
    accepts, accepted = KEYS[key]
    return "" if accepts(value) else f"`{key}` must be {accepted}, not {value!r}"


def _line_of(key: str, text: str) -> int:
    match = re.search(rf"^\s*\[*\s*[\"']?{re.escape(key)}\b", text, re.MULTILINE)
    return text.count("\n", 0, match.end()) + 1 if match else 1


CONTROL = re.compile(r"[\x00-\x1f\x7f]")
"""Neither the name of a file nor that of a deck may hold one."""


def _text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip()) and not CONTROL.search(value)


def _folder(value: object) -> bool:
    return isinstance(value, str) and _text(value) and not Path(value).is_absolute() and ".." not in Path(value).parts


def _folders(value: object) -> bool:
    return isinstance(value, list) and all(map(_text, value))


def _marks(value: object) -> bool:
    return isinstance(value, list) and all(mark in CLOZE for mark in value)


def _tables(value: object) -> bool:
    named = isinstance(value, dict) and all(NAME_OF_FIGURE.fullmatch(name) for name in value)
    return named and isinstance(value, dict) and all(isinstance(table, dict) for table in value.values())


NAME_OF_FIGURE = re.compile(r"[\w-]+")


def _choices(choices: Sequence[str]) -> str:
    return ", ".join(f'"{choice}"' for choice in choices)


KEYS: Mapping[str, tuple[Callable[[object], bool], str]] = {
    "deck": (_text, 'a text, such as "Interview::Transformer"'),
    "source": (_folder, "a folder inside the project"),
    "media": (_folder, "a folder inside the project"),
    "output": (_text, 'a file name, such as "interview.apkg"'),
    "cloze": (_marks, f"a list of {_choices(CLOZE)}"),
    "cards": (lambda value: value in CARDS, f"one of {_choices(CARDS)}"),
    "lang": (lambda value: value in LANGUAGES, f"one of {_choices(LANGUAGES)}"),
    "html": (lambda value: value in HTML, f"one of {_choices(HTML)}"),
    "media_roots": (_folders, 'a list of folders, such as ["../pictures"]'),
    "figures": (_tables, "tables, such as [figures.heads], whose names have letters, digits, - and _ only"),
}
"""Each key of deckgen.toml → whether a value is right, and what is accepted."""


def shown(path: Path) -> str:
    """A path as a person would name it from the current folder, with forward slashes."""
    try:
        return path.absolute().relative_to(Path.cwd()).as_posix()
    except ValueError:
        return path.as_posix()
