"""What a Deck can become. A target never sees Markdown: it turns a Deck into bytes.

A target is a module here with a function `write(deck) -> bytes`, and a line in TARGETS.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from deckgen.notes import Deck, Unpacked


def write(deck: Deck, to: str) -> bytes:
    """The deck as one of TARGETS. Only that one is imported: genanki takes longer than checking a file."""
    target: Callable[[Deck], bytes] = import_module(f"{__name__}.{to}").write
    return target(deck)


def unpacked(package: bytes, folder: Path) -> Unpacked:
    """A package that was written here, unpacked into this folder."""
    from deckgen.targets import apkg  # noqa: PLC0415 - genanki takes its time

    return apkg.unpacked(package, folder)


TARGETS = ("apkg", "text")
"""The values of `--to`."""
