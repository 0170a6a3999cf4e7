"""The files that templates and style sheets use: `templates/_*` → names that Anki takes, and their contents.

Anki copies a file whose name begins with `_` although no field refers to it, but only where it has none of this name:
it never replaces one. So a file's name in Anki holds a hash of its contents, and what refers to it is rewritten.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from deckgen import media
from deckgen.config import shown
from deckgen.diagnostics import Diagnostic
from deckgen.notes import Location
from deckgen.patterns import later
from deckgen.templates.builtin import USER_STYLE
from deckgen.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

TEXT = (".css", ".js", ".mjs", ".svg", ".html")
"""Files that may refer to others of the folder."""
REFERENCE = later(
    r"""(?i)(?:\b(?:src|href)\s*=\s*|\burl\(\s*|@import\s+(?=["'])|\[sound:)(?:["']|&quot;)?"""
    r"""(?P<name>(?:(?<=["';])|(?<=\[sound:))(?:(?!&quot;)[^"'<>{}?#\]\n])+|(?:(?!&quot;)[^"'\s)>{}?#\]])+)"""
    r"""(?P<rest>[^"'\s)>\]]*)"""
)
"""A file's name may hold spaces where it stands in quotes."""
COMMENT = later(r"<!--.*?-->|/\*.*?\*/", re.DOTALL)
ELSEWHERE = later(r"(?i)[a-z][a-z0-9+.-]*:|//|#|/")


class Files(NamedTuple):
    """What travels with the note types."""

    contents: Mapping[str, bytes]
    """By name in Anki."""
    names: Mapping[str, str]
    """The name in Anki of each file of the folder."""
    diagnostics: tuple[Diagnostic, ...]

    def named(self, text: str) -> str:
        """The same text with each file's name as it is in Anki."""
        return _renamed(text, self.names)

    def missing(self, text: str, path: str) -> Iterator[Diagnostic]:
        """An error for each reference in this file to one that will not be there."""
        return _missing(text, path, self.names)


def find(folder: Path | None) -> Files:
    """The files of this folder whose names begin with `_`, and the empty one that is the user's own."""
    contents: dict[str, bytes] = {}
    problems = []
    for path in sorted(folder.glob("_*")) if folder else ():
        if not path.is_file():
            continue
        where = Location(shown(path), 1, 1)
        if path.name == USER_STYLE:
            hint = "rename it: each person's own style stands under this name in Anki"
            problems.append(Diagnostic("template-file", "error", where, f"{USER_STYLE} is reserved", hint))
            continue
        if folder and not path.resolve().is_relative_to(folder.parent.resolve()):
            message, hint = f"{path.name} is a link to a file outside the project", "put the file itself there"
            problems.append(Diagnostic("outside-project", "error", where, message, hint))
            continue
        try:
            contents[path.name] = path.read_bytes()
        except OSError as error:
            message = f"the file cannot be read: {error.strerror or error}"
            problems.append(Diagnostic("unreadable-file", "error", where, message, "check its permissions"))
    names = _names(contents) if contents else {}
    for name, data in contents.items():
        if folder and name.lower().endswith(".css"):
            problems += _missing(data.decode("utf-8", "replace"), shown(folder / name), names)
    renamed = {names[name]: _rewritten(name, data, names) for name, data in contents.items()}
    return Files({USER_STYLE: b""} | renamed, names, tuple(problems))


def _names(contents: Mapping[str, bytes]) -> dict[str, str]:
    """A text file changes with those it refers to, so its name comes from the contents of all."""
    import hashlib  # noqa: PLC0415 - most projects have no such file

    digests = {name: hashlib.sha256(data).digest() for name, data in contents.items()}
    everything = b"".join(digest for _, digest in sorted(digests.items()))
    return {
        name: "_" + media.name(name.lstrip("_"), data + everything if _refers(name) else data)
        for name, data in contents.items()
    }


def _refers(name: str) -> bool:
    return name.lower().endswith(TEXT)


def _rewritten(name: str, data: bytes, names: Mapping[str, str]) -> bytes:
    if not _refers(name):
        return data
    return _renamed(data.decode("utf-8", "surrogateescape"), names).encode("utf-8", "surrogateescape")


def _renamed(text: str, names: Mapping[str, str]) -> str:
    if not names:
        return text
    longest_first = sorted(names, key=len, reverse=True)
    spellings = {spelling: names[name] for name in longest_first for spelling in (name, quote(name))}
    pattern = re.compile(rf"(?<![\w.-])(?:\./)?({'|'.join(map(re.escape, spellings))})(?![\w.-])")
    return pattern.sub(lambda match: spellings[match[1]], text)


def _missing(text: str, path: str, names: Mapping[str, str]) -> Iterator[Diagnostic]:
    seen = COMMENT.sub(lambda comment: " " * len(comment[0]), text)
    for reference in REFERENCE.finditer(seen):
        name = unquote(reference["name"]).removeprefix("./")
        known = name in names or name == USER_STYLE or ELSEWHERE.match(name) or "{" in reference["rest"]
        if not known:
            from deckgen.templates.language import line_and_column  # noqa: PLC0415 - few projects have such files

            where = Location(path, *line_and_column(text, reference.start("name")))
            alone = name.rpartition("/")[2]
            if alone in names:
                message, hint = f"{name} will not be there in Anki", f"write {alone}: Anki knows no folders"
            elif name.startswith("_"):
                message, hint = f"there is no file {name}", "put it into the folder of templates"
            else:
                message = f"{name} will not be there in Anki"
                hint = f"put the file into the folder of templates as _{alone.lstrip('_')}, and write this name"
            yield Diagnostic("template-file", "error", where, message, hint)
