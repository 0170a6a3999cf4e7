"""The keys of deckgen.toml: what each may be, and what is wrong with a value."""

from __future__ import annotations

import re
import reprlib
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deckgen.diagnostics import meant
from deckgen.notes import BUILT_IN, NOTE_KINDS
from deckgen.patterns import later

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    Accepted = tuple[Callable[[object], bool], str]
    """Whether a value is right, and what is accepted."""
    Mistake = tuple[tuple[str, ...], str]
    """The names that lead to a key, and what is wrong with its value."""

CLOZE = ("underline", "mark", "bold", "italic", "strikethrough")
CARDS = ("auto", "both")
LANGUAGES = ("zh", "en")
QUESTIONS = ("auto", "labels", "bold", "headings", "qa", "pairs", "definitions", "list", "folds", "tables", "spaced")
HEADINGS = ("none", "decks", "tags")
ALIGNMENTS = ("left", "center", "right", "justify")
OTHER_CLOZES = ("shown", "hidden")
PARTS = ("Question", "Answer", "Remarks", "Figures", "Label", "Source", "Key")
"""What a note has to put into fields; the built-in note types have a field of this name for each."""
REMOTE = ("link", "fetch")
HTML = ("safe", "trusted")


def mistakes(table: Mapping[str, Any]) -> Iterator[Mistake]:
    """Where each mistake stands, and what is wrong, naming what is accepted."""
    yield from _wrong(table, KEYS, ())
    if _codes(table.get("ignore")):
        from deckgen import explanations  # noqa: PLC0415 - few projects ignore anything

        reasons = (explanations.not_ignorable(code) for code in table["ignore"])
        yield from ((("ignore",), reason) for reason in reasons if reason)
    if isinstance(table.get("style"), dict):
        yield from _wrong(table["style"], STYLE_KEYS, ("style",))
    figures = table.get("figures")
    for name, figure in figures.items() if isinstance(figures, dict) else ():
        yield from _wrong_figure(name, figure)
    own = table.get("note_types")
    if isinstance(own, dict):
        yield from _same_names(own)
    for name, note_type in own.items() if isinstance(own, dict) else ():
        if isinstance(note_type, dict):
            yield from _wrong(note_type, NOTE_TYPE_KEYS, ("note_types", name))
            yield from _wrong_note_type(name, note_type)


def _wrong_figure(name: str, table: object) -> Iterator[Mistake]:
    where = ("figures", name)
    if not NAME_OF_FIGURE.fullmatch(name):
        yield where, f"a figure cannot be called `{name}`: a name has letters, digits, - and _ only"
    if not isinstance(table, dict):
        yield where, f"`figures.{name}` must be a table, as in [figures.heads], not {reprlib.repr(table)}"


def wrong(key: str, value: object) -> str:
    """What is wrong with a key of the configuration, naming what is accepted; empty where nothing is."""
    return next((message for _, message in _wrong({key: value}, KEYS, ())), "")


def _wrong(table: Mapping[str, Any], keys: Mapping[str, Accepted], where: tuple[str, ...]) -> Iterator[Mistake]:
    for key, value in table.items():
        shown_key = ".".join((*where, key))
        if key not in keys:
            yield (*where, key), f"unknown key `{shown_key}`: {_meant(key, keys)}the keys are {', '.join(keys)}"
        elif not keys[key][0](value):
            yield (*where, key), f"`{shown_key}` must be {keys[key][1]}, not {reprlib.repr(value)}"


def _same_names(names: Iterable[str]) -> Iterator[Mistake]:
    """Those of note types that Anki would rename: it has others by them, but for upper and lower case."""
    taken = {_folded(name): f"the built-in `{name}`" for name in (*NOTE_KINDS, *BUILT_IN.values())}
    for name in names:
        if other := taken.get(_folded(name)):
            message = (
                f"a note type cannot be called `{name}`, as there is {other}: upper and lower case are one to Anki"
            )
            yield ("note_types", name), f"{message}; choose another name"
        taken.setdefault(_folded(name), f"`{name}`")


def _folded(name: str) -> str:
    """Names of which this is the same are one to Anki, and their folders one to many systems."""
    return unicodedata.normalize("NFC", name).casefold()


def _wrong_note_type(name: str, table: Mapping[str, Any]) -> Iterator[Mistake]:
    """What is wrong with a note type although each of its keys is right."""
    where = ("note_types", name)
    if not NAME_OF_FOLDER.fullmatch(name):
        yield where, f"a note type cannot be called `{name}`: it is the name of a folder too"
    if "kind" not in table:
        yield where, f"`note_types.{name}` needs a `kind`, one of {_choices(NOTE_KINDS)}: the notes it is made of"
    fields = list(table.get("fields", PARTS) if isinstance(table.get("fields", PARTS), dict | tuple) else ())
    parts = [table["fields"][key] for key in fields] if "fields" in table else fields
    if parts and parts[0] not in NEVER_EMPTY:
        yield (*where, "fields"), f"the first field must be one of {_choices(NEVER_EMPTY)}: Anki wants it never empty"
    if parts and "Answer" not in parts:
        yield (*where, "fields"), "one of the fields must be the Answer"
    if table.get("kind") == "cloze" and isinstance(table.get("cards"), list) and len(table["cards"]) > 1:
        yield (*where, "cards"), "a cloze type has one template for all its cards"


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


LEVEL = later(r"headings? [1-6]")
SHORTEST_PATTERN = 3


NEVER_EMPTY = ("Question", "Answer", "Key")
NAME_OF_FIGURE = later(r"[\w-]+")
NAME_OF_FOLDER = later(r"[^\W_][^\\/:*?\"<>|\x00-\x1f]*(?<![ .])")
NAME_OF_FIELD = later(r"(?!FrontSide\Z)[^\s#/^:\"{}][^:\"{}]*")
"""What Anki allows: a template could not name any other."""


def _is_table(value: object) -> bool:
    return isinstance(value, dict)


def _meant(key: str, keys: Collection[str]) -> str:
    alike = meant(key, keys)
    return f"did you mean `{alike}`? " if alike else ""


def _tables_of_tables(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(table, dict) for table in value.values())


def _fields(value: object) -> bool:
    if not (isinstance(value, dict) and value and all(NAME_OF_FIELD.fullmatch(name) for name in value)):
        return False
    return _differ(value) and all(part in PARTS for part in value.values())


def _names(value: object) -> bool:
    """Names of cards, each of them also a folder's."""
    if not (isinstance(value, list) and value and all(isinstance(name, str) for name in value)):
        return False
    return all(NAME_OF_FOLDER.fullmatch(name) for name in value) and _differ(value)


def _differ(names: Collection[str]) -> bool:
    """Whether they do, and not in their case alone: Anki would rename one of the two, and many systems know one folder."""
    return len(set(map(_folded, names))) == len(names)


def _patterns(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(pattern, str) and pattern for pattern in value)


def _css(value: object) -> bool:
    """A value that cannot end its declaration."""
    return isinstance(value, str) and bool(value.strip()) and not re.search(r"[;{}<>\\\n]|/\*", value)


def _length(value: object) -> bool:
    positive = isinstance(value, int | float) and not isinstance(value, bool) and value > 0
    return positive or (isinstance(value, str) and LENGTH.fullmatch(value) is not None)


LENGTH = later(r"\d*\.?\d+(?:px|pt|em|rem|%|vw|ch)")


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
    "figures": (_is_table, "tables, such as [figures.heads]"),
}
"""Each key of deckgen.toml → whether a value is right, and what is accepted."""

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
    "kind": (lambda value: value in NOTE_KINDS, f"one of {_choices(NOTE_KINDS)}"),
    "fields": (
        _fields,
        f'a table of different field names, without : " {{ }} and not FrontSide, each with one of {_choices(PARTS)}',
    ),
    "cards": (_names, 'a list of different names of folders, such as ["Recall", "Explain"]'),
    "documents": (_patterns, 'a list of patterns, such as ["words/*.md"]'),
}
"""Those of each table [note_types.NAME]."""
