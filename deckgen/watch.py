"""Config → the files of the project that change, as they change. A stand-in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator

    from deckgen.config import Config


def changes(config: Config, stop: threading.Event) -> Iterator[frozenset[Path]]:
    """The files that changed together, again and again until `stop` is set."""
    from watchfiles import watch  # noqa: PLC0415 - only watching needs it

    for changed in watch(config.root, stop_event=stop, debounce=80, step=20, rust_timeout=200):
        yield frozenset(Path(path) for _, path in changed)
