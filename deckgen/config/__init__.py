"""What to build and how: `deckgen.toml` and the paths of the command line → Config."""

from __future__ import annotations

import os
import re
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deckgen.config.keys import PARTS, mistakes
from deckgen.diagnostics import DeckgenError, Diagnostic
from deckgen.notes import Location
from deckgen.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

NAME = "deckgen.toml"


TEMPLATES = "templates"
"""The folder of templates where none is named; it need not be there."""


class Style(NamedTuple):
    """`[style]`: the common things about how cards look. What is empty stays as the style sheet has it."""

    accent: str = ""
    """`#rrggbb`: the asked-for phrase and links, made darker by day and lighter at night as far as legibility needs."""
    font_size: str = ""
    font_family: str = ""
    line_height: str = ""
    align: str = ""
    """Of `keys.ALIGNMENTS`."""
    width: str = ""
    """The most that a line of text takes."""
    other_clozes: str = "shown"
    """Of `keys.OTHER_CLOZES`: the phrases of a note that a card does not ask for, while it asks."""


class OwnNoteType(NamedTuple):
    """`[note_types.NAME]`: a note type of the project's own, in place of the built-in one of its kind."""

    name: str
    """In Anki, and of its folder of templates."""
    kind: str
    """Of `notes.NOTE_KINDS`: made of notes with clozes, or of those without."""
    fields: Mapping[str, str]
    """The part of a note (of `keys.PARTS`) that each field gets, in the order of the fields."""
    cards: tuple[str, ...] = ("Card",)
    """The names of its card templates; a cloze type has one."""
    documents: tuple[str, ...] = ()
    """Patterns of the documents whose notes it takes, as in `words/*.md`; empty takes those of all."""


class Config(NamedTuple):
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
    """The mark-up in an answer that asks for a cloze, of `keys.CLOZE`."""
    cards: str = "auto"
    """Of `keys.CARDS`: a note with clozes gives cloze cards (auto), or a question-and-answer card besides (both)."""
    questions: str = "auto"
    """How questions are marked: of `keys.QUESTIONS`, or `headings 3` for those of a level, or a `/pattern/`."""
    headings: str = "none"
    """Of `keys.HEADINGS`: what the headings above a question become."""
    lang: str = "zh"
    """Of `keys.LANGUAGES`: that of the words in figures and of their descriptions."""
    templates: str = TEMPLATES
    """The folder of the project's own card templates and of the files they use; relative to `root`."""
    style: Style = Style()
    note_types: tuple[OwnNoteType, ...] = ()
    """In the order in which they are offered a note: the first that takes it gets it."""
    ignore: tuple[str, ...] = ()
    """Codes of warnings that are not told."""
    remote: str = "link"
    """Of `keys.REMOTE`: images on the network stay links (link), or are downloaded into the package (fetch)."""
    html: str = "safe"
    """Of `keys.HTML`: scripts and what else could do something is taken out of the notes' HTML (safe), or kept (trusted)."""
    media_roots: tuple[str, ...] = ()
    """Folders outside the project whose files may travel; relative to `root`."""
    figures: Mapping[str, Mapping[str, Any]] = {}
    """Figures that deckgen.toml declares, by name; what stands in each is for `figures` to check. The
    default is never changed, and no read-only view of one: that could not be sent to another process."""

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

    @property
    def package(self) -> Path:
        """Where this is built to, where nothing else is said: a whole project in its folder, else in the current one."""
        if self.project and self.whole:
            return self.root / (self.output or f"{self.root.name}.apkg")
        return Path(f"{self.files[0].stem or 'deck'}.apkg")

    @property
    def templates_folder(self) -> Path:
        """Absolute."""
        return self.root / self.templates


def load(paths: Sequence[Path] = ()) -> Config:
    """The configuration for these files or folders, or for the project of the current folder where there are none.

    Raises DeckgenError with every mistake at once: a path that does not exist, a wrong deckgen.toml.
    """
    absolute = [_absolute(Path(path)) for path in paths]
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


def _absolute(path: Path) -> Path:
    """With `..` followed, as a folder's name may be the deck's; else as it was named, links and all."""
    return path.resolve() if ".." in path.parts else path.absolute()


def _project(path: Path) -> Path | None:
    """The nearest folder with a deckgen.toml, from here upwards."""
    return next((folder for folder in (path, *path.parents) if (folder / NAME).is_file()), None)


def _from_project(root: Path, paths: Sequence[Path]) -> Config:
    file = root / NAME
    config = Config(root=root, files=(), project=True, **_read(file))
    wrong = list(_wrong_folders(config))
    if wrong:
        text = file.read_text(encoding="utf-8-sig")
        raise DeckgenError(diagnostics=[_mistake(file, _line_of((key,), text), message) for key, message in wrong])
    return config._replace(files=tuple(paths) or (config.source_folder,))


def _wrong_folders(config: Config) -> Iterator[tuple[str, str]]:
    """The key of each folder that cannot be used, and why."""
    if not config.source_folder.is_dir():
        yield "source", f"the source folder `{config.source}` does not exist"
    if os.path.lexists(config.media_folder) and not config.media_folder.is_dir():
        yield "media", f"`{config.media}` is no folder"
    folders = (("source", config.source_folder), ("media", config.media_folder), ("templates", config.templates_folder))
    for key, folder in folders:
        if folder.is_dir() and not folder.resolve().is_relative_to(config.root.resolve()):
            yield key, f"the folder `{getattr(config, key)}` is a link to a place outside the project"
    if config.templates != TEMPLATES and not config.templates_folder.is_dir():
        yield "templates", f"the folder `{config.templates}` does not exist"
    for name in config.media_roots:
        if not (config.root / name).is_dir():
            yield "media_roots", f"the folder `{name}` does not exist"


def _read(file: Path) -> dict[str, Any]:
    """The file's keys, each of the right kind; raises with all that are wrong."""
    import tomllib  # noqa: PLC0415 - notes alone have no configuration

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
        place = re.search(r" \(at line (\d+), column (\d+)\)", str(error))
        quotes = "; a name with other than ASCII letters stands in quotes" if "for a key part" in str(error) else ""
        quotes = "; a text stands in quotes" if str(error).startswith("Invalid value") else quotes
        message = f"this is no TOML: {str(error).replace(place[0], '') if place else error}{quotes}"
        line, column = map(int, place.groups()) if place else (text.count("\n") + 1, 1)
        mistake = _mistake(file, line, message, column)
        raise DeckgenError(diagnostics=[mistake]) from error
    found = [_mistake(file, _line_of(where, text), message) for where, message in mistakes(table)]
    if found:
        raise DeckgenError(diagnostics=found)
    return {key: READ.get(key, _as_tuple)(value) for key, value in table.items()}


def _as_tuple(value: Any) -> Any:  # noqa: ANN401 - what TOML gives
    return tuple(value) if isinstance(value, list) else value


def _style(table: Mapping[str, Any]) -> Style:
    """Numbers are as good as texts: a font size of 20 is one of `20px`."""
    units = {"font_size": "px", "width": "px"}
    texts = {key: value if isinstance(value, str) else f"{value}{units.get(key, '')}" for key, value in table.items()}
    return Style(**texts)


_SAME = {part: part for part in PARTS}


def _note_types(tables: Mapping[str, Mapping[str, Any]]) -> tuple[OwnNoteType, ...]:
    return tuple(
        OwnNoteType(
            name,
            kind=table["kind"],
            fields={unicodedata.normalize("NFC", name): part for name, part in table.get("fields", _SAME).items()},
            cards=tuple(table.get("cards", ("Card",))),
            documents=tuple(table.get("documents", ())),
        )
        for name, table in tables.items()
    )


READ: Mapping[str, Callable[[Any], Any]] = {"style": _style, "note_types": _note_types}


def _mistake(file: Path, line: int, message: str, column: int = 1) -> Diagnostic:
    return Diagnostic("bad-config", "error", Location(shown(file), line, column), message)


def place(config: Config, *key: str) -> Location:
    """Where this key of the configuration stands, or what is found of the tables around it."""
    file = config.root / NAME
    text = file.read_text(encoding="utf-8-sig", errors="replace") if file.is_file() else ""
    return Location(shown(file), _line_of(key, text), 1)


def _line_of(key: Sequence[str], text: str) -> int:
    """The line where this key stands, or the innermost table around it that is found."""
    position = 0
    for depth, name in enumerate(key, 1):
        header = r"\s*\.\s*".join(_quoted(part) for part in key[:depth])
        pattern = rf"^[ \t]*\[[ \t]*{header}[ \t]*\]|(?:^|[{{,.])[ \t]*{_quoted(name)}[ \t]*[=.]"
        match = re.compile(pattern, re.MULTILINE).search(text, position)
        position = match.start() if match else position
    return text.count("\n", 0, position) + 1


def _quoted(name: str) -> str:
    return rf"[\"']?{re.escape(name)}[\"']?"


def shown(path: Path) -> str:
    """A path as a person would name it from the current folder, with forward slashes."""
    here = os.getcwd()  # noqa: PTH109 - texts take a tenth of the time of paths
    if str(path) == here:
        return "."
    return path.as_posix().removeprefix(os.path.join(here, "").replace(os.sep, "/"))  # noqa: PTH118 - as above
