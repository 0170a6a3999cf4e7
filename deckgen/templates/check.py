"""Stand-in."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from deckgen.diagnostics import Diagnostic
    from deckgen.templates.sources import Card


def check(_name: str, _cloze: bool, _fields: Sequence[str], _cards: Sequence[Card]) -> list[Diagnostic]:  # noqa: FBT001
    """Nothing yet."""
    return []
