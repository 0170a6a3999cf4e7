"""The YAML at the top of a document → what it says of this document alone, and what is wrong with it.

Only our keys are read; those of Obsidian, Hugo, Jekyll and others are theirs. Values stay as typed: a tag `2024` is no
number.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from deckgen.config import keys
from deckgen.diagnostics import Diagnostic, meant
from deckgen.notes import Location
from deckgen.patterns import later

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import yaml

    from deckgen.diagnostics import Severity

OPENING = later(r"---[ \t]*\n(?!(?:Q|A)\s*:)[\"']?[A-Za-z_][\w -]*[\"']?[ \t]*:(?:[ \t]|\n)")
"""Three dashes with a key on the very next line: else they are a rule across the page."""
CLOSING = later(r"^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.MULTILINE)
KEYS = ("deck", "tags", "cards", "cloze", "questions", "headings", "lang")
OURS = later(rf"^(?:{'|'.join(KEYS)})[ \t]*:", re.MULTILINE)
NULL = ("", "~", "null", "Null", "NULL")
LISTS = ("tags", "cloze")
"""Keys that hold several values: a list, or a text with commas or spaces between."""
ALIKE = 0.8


def _opens(text: str) -> bool:
    """Whether it begins as front matter does. No pattern is compiled for a document without dashes."""
    return text.startswith("---") and OPENING.match(text) is not None


def _end(text: str) -> int:
    """Where the front matter ends; 0 where there is none."""
    if not _opens(text):
        return 0
    closing = CLOSING.search(text, text.index("\n") + 1)
    return closing.end() if closing else 0


def blanked(text: str) -> str:
    """The text with empty lines in place of its front matter, so that every line keeps its number."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    end = _end(text)
    return "\n" * text.count("\n", 0, end) + text[end:]


def read(text: str, shown: str) -> tuple[Mapping[str, Any], list[Diagnostic]]:
    """Our keys with right values: texts, and tuples of texts for `LISTS`; everything that is wrong with the others."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    end = _end(text)
    if not end:
        return {}, list(_unclosed(text, shown))
    import yaml  # noqa: PLC0415 - most documents have no front matter

    try:
        node = yaml.compose(CLOSING.sub("", text[:end].partition("\n")[2]), Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line, column = (mark.line + 2, mark.column + 1) if mark else (1, 1)
        message = f"the front matter is no YAML: {getattr(error, 'problem', None) or 'it cannot be read'}"
        severity: Severity = "error" if OURS.search(text[:end]) else "warning"
        tab = mark is not None and text.split("\n")[line - 1][column - 1 : column] == "\t"
        hint = "put a space in the tab's place" if tab else "put a value with `:`, `#` or `{` in quotes"
        return {}, [Diagnostic("front-matter", severity, Location(shown, line, column), message, hint)]
    except RecursionError:
        return {}, [
            _mistake(Location(shown, 1, 1), "the front matter is nested too deeply", "keep keys and values flat")
        ]
    if not isinstance(node, yaml.MappingNode):
        return {}, []
    return _values(node, shown)


def _unclosed(text: str, shown: str) -> Iterator[Diagnostic]:
    if _opens(text) and OURS.match(text, text.index("\n") + 1):
        hint = "end it with a line of three dashes"
        yield _mistake(Location(shown, 1, 1), "this front matter is never closed", hint)


def _values(node: yaml.MappingNode, shown: str) -> tuple[dict[str, Any], list[Diagnostic]]:
    values: dict[str, Any] = {}
    problems: list[Diagnostic] = []
    for key_node, value_node in node.value:
        key = key_node.value if isinstance(key_node.value, str) else ""
        typed = _plain(value_node)
        if key == "cards" and not isinstance(typed, str | None):  # other programs have their cards there
            continue
        if key not in KEYS:
            problems += _misspelt(key, _place(key_node, shown))
        elif typed is not None:
            value = _listed(typed) if key in LISTS else _language(typed) if key == "lang" else typed
            wrong = _wrong(key, value)
            if wrong and key == "lang" and isinstance(value, str):
                hint = "figures stay in the language of the project"
                problems.append(Diagnostic("front-matter", "warning", _place(value_node, shown), wrong, hint))
            elif wrong:
                problems.append(_mistake(_place(value_node, shown), wrong, f"correct it, or leave `{key}` out"))
            else:
                values[key] = tuple(value) if isinstance(value, list) else value
    return values, problems


def _place(node: yaml.Node, shown: str) -> Location:
    """Below the line of three dashes."""
    return Location(shown, node.start_mark.line + 2, node.start_mark.column + 1)


def _plain(node: yaml.Node) -> object:
    """A value as typed: a text, a list of texts, None for nothing; what no key of ours has is an empty mapping."""
    import yaml  # noqa: PLC0415 - as above

    if isinstance(node, yaml.ScalarNode):
        return None if node.style is None and node.value in NULL else node.value
    if isinstance(node, yaml.SequenceNode) and all(isinstance(item, yaml.ScalarNode) for item in node.value):
        return [item.value for item in node.value if item.style is not None or item.value not in NULL]
    return {}


def _listed(value: object) -> object:
    return [part for part in re.split(r"[\s,，、]+", value) if part] if isinstance(value, str) else value


def _language(value: object) -> object:
    """`zh-CN` is `zh`."""
    return value.replace("_", "-").partition("-")[0].lower() if isinstance(value, str) else value


def _wrong(key: str, value: object) -> str:
    """What is wrong with a value, in the words that the configuration has for it."""
    if key == "tags":
        return "" if isinstance(value, list) else "`tags` must be a list of texts"
    return keys.wrong(key, value)


def _misspelt(key: str, where: Location) -> Iterator[Diagnostic]:
    if alike := meant(key, KEYS, ALIKE):
        message = f"the key `{key}` says nothing to deckgen: did you mean `{alike}`?"
        yield Diagnostic("front-matter", "warning", where, message, f"write `{alike}`")


def _mistake(where: Location, message: str, hint: str) -> Diagnostic:
    return Diagnostic("front-matter", "error", where, message, hint)
