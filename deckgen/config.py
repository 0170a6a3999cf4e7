"""What to build and how: `deckgen.toml` and the paths of the command line → Config."""

from __future__ import annotations

import os
import re
import reprlib
import tomllib
import unicodedata
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deckgen import explanations
from deckgen.diagnostics import DeckgenError, Diagnostic
from deckgen.notes import Location

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    Accepted = tuple[Callable[[object], bool], str]
    """Whether a value is right, and what is accepted."""
    Mistake = tuple[tuple[str, ...], str]
    """The names that lead to a key, and what is wrong with its value."""

NAME = "deckgen.toml"
CLOZE = ("underline", "mark", "bold", "italic", "strikethrough")
CARDS = ("auto", "both")
LANGUAGES = ("zh", "en")
QUESTIONS = ("auto", "labels", "bold", "headings", "qa", "pairs", "definitions", "list", "folds")
HEADINGS = ("none", "decks", "tags")
ALIGNMENTS = ("left", "center", "right", "justify")
OTHER_CLOZES = ("shown", "hidden")
KINDS = ("cloze", "qa")
PARTS = ("Question", "Answer", "Remarks", "Figures", "Label", "Source", "Key")
"""What a note has to put into fields; the built-in note types have a field of this name for each."""


@dataclass(frozen=True, slots=True)
class Style:
    """`[style]`: the common things about how cards look. What is empty stays as the style sheet has it."""

    accent: str = ""
    """`#rrggbb`: the asked-for phrase and links, made darker by day and lighter at night as far as legibility needs."""
    font_size: str = ""
    font_family: str = ""
    line_height: str = ""
    align: str = ""
    """Of `ALIGNMENTS`."""
    width: str = ""
    """The most that a line of text takes."""
    other_clozes: str = "shown"
    """Of `OTHER_CLOZES`: the phrases of a note that a card does not ask for, while it asks."""


@dataclass(frozen=True, slots=True)
class OwnNoteType:
    """`[note_types.NAME]`: a note type of the project's own, in place of the built-in one of its kind."""

    name: str
    """In Anki, and of its folder of templates."""
    kind: str
    """Of `KINDS`: made of notes with clozes, or of those without."""
    fields: Mapping[str, str]
    """The part of a note (of `PARTS`) that each field gets, in the order of the fields."""
    cards: tuple[str, ...] = ("Card",)
    """The names of its card templates; a cloze type has one."""
    documents: tuple[str, ...] = ()
    """Patterns of the documents whose notes it takes, as in `words/*.md`; empty takes those of all."""


REMOTE = ("link", "fetch")
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
    questions: str = "auto"
    """How questions are marked: of `QUESTIONS`, or `headings 3` for those of a level, or a `/pattern/`."""
    headings: str = "none"
    """Of `HEADINGS`: what the headings above a question become."""
    lang: str = "zh"
    """Of `LANGUAGES`: that of the words in figures and of their descriptions."""
    templates: str = "templates"
    """The folder of the project's own card templates and of the files they use; relative to `root`."""
    style: Style = field(default_factory=Style)
    note_types: tuple[OwnNoteType, ...] = ()
    """In the order in which they are offered a note: the first that takes it gets it."""
    ignore: tuple[str, ...] = ()
    """Codes of warnings that are not told."""
    remote: str = "link"
    """Of `REMOTE`: images on the network stay links (link), or are downloaded into the package (fetch)."""
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

    @property
    def templates_folder(self) -> Path:
        """Absolute."""
        return self.root / self.templates


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
        raise DeckgenError(diagnostics=[_mistake(file, _line_of((key,), text), message) for key, message in mistakes])
    return replace(config, files=tuple(paths) or (config.source_folder,))


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
        quotes = "; a name with other than ASCII letters stands in quotes" if "for a key part" in str(error) else ""
        message = f"this is no TOML: {error}{quotes}"
        mistake = _mistake(file, int(place[1]) if place else text.count("\n") + 1, message)
        raise DeckgenError(diagnostics=[mistake]) from error
    mistakes = [_mistake(file, _line_of(where, text), message) for where, message in _mistakes(table)]
    if mistakes:
        raise DeckgenError(diagnostics=mistakes)
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


def _mistake(file: Path, line: int, message: str) -> Diagnostic:
    return Diagnostic("bad-config", "error", Location(shown(file), line, 1), message)


def _mistakes(table: Mapping[str, Any]) -> Iterator[Mistake]:
    """Where each mistake stands, and what is wrong, naming what is accepted."""
    yield from _wrong(table, KEYS, ())
    if _codes(table.get("ignore")):
        reasons = (explanations.not_ignorable(code) for code in table["ignore"])
        yield from ((("ignore",), reason) for reason in reasons if reason)
    if isinstance(table.get("style"), dict):
        yield from _wrong(table["style"], STYLE_KEYS, ("style",))
    own = table.get("note_types")
    for name, note_type in own.items() if isinstance(own, dict) else ():
        if isinstance(note_type, dict):
            yield from _wrong(note_type, NOTE_TYPE_KEYS, ("note_types", name))
            yield from _wrong_note_type(name, note_type)


def wrong(key: str, value: object) -> str:
    """What is wrong with a key of the configuration, naming what is accepted; empty where nothing is."""
    return next((message for _, message in _wrong({key: value}, KEYS, ())), "")


def _wrong(table: Mapping[str, Any], keys: Mapping[str, Accepted], where: tuple[str, ...]) -> Iterator[Mistake]:
    for key, value in table.items():
        shown_key = ".".join((*where, key))
        if key not in keys:
            yield (*where, key), f"unknown key `{shown_key}`: the keys are {', '.join(keys)}"
        elif not keys[key][0](value):
            yield (*where, key), f"`{shown_key}` must be {keys[key][1]}, not {reprlib.repr(value)}"


def _wrong_note_type(name: str, table: Mapping[str, Any]) -> Iterator[Mistake]:
    """What is wrong with a note type although each of its keys is right."""
    where = ("note_types", name)
    if name in KINDS or not NAME_OF_FOLDER.fullmatch(name):
        yield (
            where,
            f"a note type cannot be called `{name}`: it is the name of a folder, and not one of {', '.join(KINDS)}",
        )
    if "kind" not in table:
        yield where, f"`note_types.{name}` needs a `kind`, one of {_choices(KINDS)}: the notes it is made of"
    fields = list(table.get("fields", PARTS) if isinstance(table.get("fields", PARTS), dict | tuple) else ())
    parts = [table["fields"][key] for key in fields] if "fields" in table else fields
    if parts and parts[0] not in NEVER_EMPTY:
        yield (*where, "fields"), f"the first field must be one of {_choices(NEVER_EMPTY)}: Anki wants it never empty"
    if parts and "Answer" not in parts:
        yield (*where, "fields"), "one of the fields must be the Answer"
    if table.get("kind") == "cloze" and isinstance(table.get("cards"), list) and len(table["cards"]) > 1:
        yield (*where, "cards"), "a cloze type has one template for all its cards"


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


def _codes(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(code, str) for code in value)


def _questions(value: object) -> bool:
    if not isinstance(value, str):
        return False
    return value in QUESTIONS or LEVEL.fullmatch(value) is not None or _pattern(value)


def _pattern(value: str) -> bool:
    if len(value) < SHORTEST_PATTERN or not (value.startswith("/") and value.endswith("/")):
        return False
    try:
        re.compile(value[1:-1])
    except (re.error, RecursionError, OverflowError):
        return False
    return True


LEVEL = re.compile(r"headings? [1-6]")
SHORTEST_PATTERN = 3


def _tables(value: object) -> bool:
    named = isinstance(value, dict) and all(NAME_OF_FIGURE.fullmatch(name) for name in value)
    return named and isinstance(value, dict) and all(isinstance(table, dict) for table in value.values())


NEVER_EMPTY = ("Question", "Answer", "Key")
NAME_OF_FIGURE = re.compile(r"[\w-]+")
NAME_OF_FOLDER = re.compile(r"[^\W_][^\\/:*?\"<>|\x00-\x1f]*(?<![ .])")
NAME_OF_FIELD = re.compile(r"[^\s#/^:\"{}][^:\"{}]*")
"""What Anki allows: a template could not name any other."""


def _is_table(value: object) -> bool:
    return isinstance(value, dict)


def _tables_of_tables(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(table, dict) for table in value.values())


def _fields(value: object) -> bool:
    named = isinstance(value, dict) and bool(value) and all(NAME_OF_FIELD.fullmatch(name) for name in value)
    return named and isinstance(value, dict) and all(part in PARTS for part in value.values())


def _names(value: object) -> bool:
    """Names of cards, each of them also a folder's."""
    if not (isinstance(value, list) and value and all(isinstance(name, str) for name in value)):
        return False
    return all(NAME_OF_FOLDER.fullmatch(name) for name in value) and len({n.lower() for n in value}) == len(value)


def _patterns(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(pattern, str) and pattern for pattern in value)


def _css(value: object) -> bool:
    """A value that cannot end its declaration."""
    return isinstance(value, str) and bool(value.strip()) and not re.search(r"[;{}<>\\\n]|/\*", value)


def _length(value: object) -> bool:
    positive = isinstance(value, int | float) and not isinstance(value, bool) and value > 0
    return positive or (isinstance(value, str) and re.fullmatch(LENGTH, value) is not None)


LENGTH = r"\d*\.?\d+(?:px|pt|em|rem|%|vw|ch)"


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value > 0


def _colour(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(r"#[0-9a-fA-F]{6}", value) is not None


def _choices(choices: Sequence[str]) -> str:
    return ", ".join(f'"{choice}"' for choice in choices)


KEYS: Mapping[str, Accepted] = {
    "deck": (_text, 'a text, such as "Interview::Transformer"'),
    "source": (_folder, "a folder inside the project"),
    "media": (_folder, "a folder inside the project"),
    "output": (_text, 'a file name, such as "interview.apkg"'),
    "cloze": (_marks, f"a list of {_choices(CLOZE)}"),
    "cards": (lambda value: value in CARDS, f"one of {_choices(CARDS)}"),
    "questions": (
        _questions,
        f'one of {_choices(QUESTIONS)}, a level as in "headings 3", or a pattern as in "/^Frage \\d+/"',
    ),
    "headings": (lambda value: value in HEADINGS, f"one of {_choices(HEADINGS)}"),
    "lang": (lambda value: value in LANGUAGES, f"one of {_choices(LANGUAGES)}"),
    "templates": (_folder, "a folder inside the project"),
    "style": (_is_table, "a table, [style]"),
    "note_types": (_tables_of_tables, "tables, such as [note_types.Words]"),
    "ignore": (_codes, 'a list of warning codes, such as ["long-cloze"]'),
    "remote": (lambda value: value in REMOTE, f"one of {_choices(REMOTE)}"),
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


STYLE_KEYS: Mapping[str, Accepted] = {
    "accent": (_colour, 'a colour, such as "#0b6b63"'),
    "font_size": (_length, 'a number of pixels or a length of CSS, such as 20 or "1.2em"'),
    "font_family": (_css, 'names of fonts, such as "Georgia, serif"'),
    "line_height": (_number, "a number, such as 1.6"),
    "align": (lambda value: value in ALIGNMENTS, f"one of {_choices(ALIGNMENTS)}"),
    "width": (_length, 'a number of pixels or a length of CSS, such as "36em"'),
    "other_clozes": (lambda value: value in OTHER_CLOZES, f"one of {_choices(OTHER_CLOZES)}"),
}
"""Those of the table [style]."""

NOTE_TYPE_KEYS: Mapping[str, Accepted] = {
    "kind": (lambda value: value in KINDS, f"one of {_choices(KINDS)}"),
    "fields": (_fields, f"a table of field names, each with one of {_choices(PARTS)}"),
    "cards": (_names, 'a list of different names, such as ["Recall", "Explain"]'),
    "documents": (_patterns, 'a list of patterns, such as ["words/*.md"]'),
}
"""Those of each table [note_types.NAME]."""
