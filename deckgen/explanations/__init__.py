"""Every diagnostic's code: what is wrong, why it matters, a bad and a good example. One text file a code.

A file's first line is `CODE (SEVERITY): what is wrong`; then stands why, then `bad:` and `good:` with indented examples.
`deckgen check --explain CODE` prints it as it is.
"""

from __future__ import annotations

import difflib
import re
import textwrap
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING

from deckgen.diagnostics import DeckgenError

if TYPE_CHECKING:
    from collections.abc import Sequence

FORM = re.compile(
    r"(?P<code>[a-z-]+) \((?P<severity>error or warning|error|warning)\): .+?\n\nbad:\n\n(?P<bad>.+?)\n\ngood:\n\n(?P<good>.+)",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a code means."""

    code: str
    severity: str
    """`error`, `warning`, or `error or warning`."""
    text: str
    """The whole of it, as it is printed."""
    bad: str
    good: str
    """The two examples."""


def codes() -> list[str]:
    """Every code that has an explanation."""
    return sorted(file.name.removesuffix(".txt") for file in files(__package__).iterdir() if file.name.endswith(".txt"))


def explain(code: str) -> Explanation:
    """What this code means. Raises DeckgenError that names the nearest codes where there is none like it."""
    known = codes()
    if code not in known:
        raise DeckgenError(f"there is no code {code}: {nearest(code, known)}")
    text = files(__package__).joinpath(f"{code}.txt").read_text(encoding="utf-8")
    match = FORM.fullmatch(text)
    if match is None:
        raise ValueError(f"{code}.txt is not of the form that explanations have")
    return Explanation(
        match["code"], match["severity"], text, *(textwrap.dedent(match[part]) for part in ("bad", "good"))
    )


def nearest(code: str, known: Sequence[str]) -> str:
    """The codes that look like this one, or all of them: for an error's message."""
    alike = difflib.get_close_matches(code, known, n=3, cutoff=0.5)
    return f"did you mean {' or '.join(alike)}?" if alike else f"the codes are {', '.join(known)}"


def not_ignorable(code: str) -> str:
    """Why this code cannot be switched off, in a message; empty where it can, as it is that of a warning."""
    if code not in codes():
        warnings = [known for known in codes() if "warning" in explain(known).severity]
        return f"there is no warning {code}: {nearest(code, warnings)}"
    return f"{code} is an error, and errors cannot be ignored" if explain(code).severity == "error" else ""
