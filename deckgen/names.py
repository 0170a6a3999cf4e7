"""Names of decks and tags as Anki takes them: it changes what it does not like, and a ledger would never know."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from deckgen.patterns import later

if TYPE_CHECKING:
    from collections.abc import Iterable

CONTROL = re.compile(r"[\x00-\x1f\x7f\"]")
SPACE = later(r"[\s\u3000]+")


def deck(name: str, *below: str) -> str:
    """The deck of this name, or the one below it: `name` may have parts of its own, those `below` are one each."""
    return "::".join(filter(None, map(deck_part, [*name.split("::"), *below])))


def deck_part(text: str) -> str:
    """A text as the name of one deck: Anki reads `::` as a step down, and trims what is left."""
    return re.sub(r":{2,}", ":", CONTROL.sub("", text)).strip(": \u3000")


def tag(text: str) -> str:
    """A text as a tag: without `#` and spaces, nested with `::` where the author wrote `/`; empty where nothing is left."""
    parts = re.split(r"/+|:{2,}", CONTROL.sub("", text).strip().removeprefix("#"))
    return "::".join(filter(None, (SPACE.sub("_", part.strip()).strip(":") for part in parts)))


def tags(texts: Iterable[str]) -> tuple[str, ...]:
    """These tags, each once: Anki does not tell upper case from lower."""
    found: dict[str, str] = {}
    for name in map(tag, texts):
        found.setdefault(name.casefold(), name)
    return tuple(filter(None, found.values()))
