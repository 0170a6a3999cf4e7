"""The project's folder → the files that change in it while somebody writes: what `deckgen build --watch` waits for."""

from __future__ import annotations

import itertools
import re
from pathlib import Path
from typing import TYPE_CHECKING

from deckgen import config as configuration
from deckgen import ledger
from deckgen.diagnostics import DeckgenError
from deckgen.syntax.sounds import SOUND
from deckgen.values import NamedTuple

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import Self

    from deckgen.config import Config

STEP, LONGEST = 30, 200
"""Milliseconds: what is quiet for one step is saved, and a series of saves is told after the longest wait."""
PASSING = re.compile(
    r"""
      \.(?:apkg|part|tmp|bak|sw[a-z])$   # packages, files in the making, swap files
    | ~$ | ^~ | ^\#.*\#$ | ___jb_        # copies of Emacs, Vim, Office and JetBrains
    | ^4913$                             # Vim tries out whether it may write into the folder
    """,
    re.VERBOSE,
)
OTHERS = ("__pycache__", "node_modules")
USED = re.compile(
    r"""\.(?: md | toml | npy | npz | csv | json | html | css | m?js | woff2? | ttf | otf
      | svg | png | jpe?g | gif | webp | avif | bmp | ico | tiff? )$""",
    re.VERBOSE | re.IGNORECASE,
)
"""What a deck is made of, beside sounds and videos. Anything else that is written there, such as a log of this very
run, starts nothing.
"""


def changes(config: Config, paths: Sequence[Path], stop: threading.Event) -> Iterator[frozenset[Path]]:
    """The files of the project that changed, save by save, until `stop` is set; `config` is that of these paths.

    Every file under the project's folder and its media roots counts that a deck can be made of, except hidden files,
    what editors leave in passing, packages and the ledger; of files without a project, what stands beside them. Where a
    save of deckgen.toml names other folders, these are watched from then on. Nothing is missed that is saved after the
    call has returned. Raises DeckgenError where a folder cannot be watched.
    """
    return _following(_saves(config, stop), config, paths, stop)


def _following(
    saves: Iterator[frozenset[Path]], config: Config, paths: Sequence[Path], stop: threading.Event
) -> Iterator[frozenset[Path]]:
    while (save := next(saves, None)) is not None:
        before, config = config, _loaded(paths, config)
        if _Watched.of(config) != _Watched.of(before):
            saves = _saves(config, stop)  # before the save is told: what is saved from then on counts
        yield save


def _loaded(paths: Sequence[Path], before: Config) -> Config:
    """The configuration as it is now, or that of before where it is wrong."""
    try:
        return configuration.load(paths)
    except (DeckgenError, OSError):
        return before


class _Watched(NamedTuple):
    """What of a configuration says which files matter."""

    root: Path
    outside: frozenset[Path]
    """The media roots that are not in the project."""
    output: Path
    recursive: bool

    @classmethod
    def of(cls, config: Config) -> Self:
        root = config.root.resolve()
        apart = (folder for folder in config.roots if not folder.is_relative_to(root))
        outside = {
            folder for folder in apart if not root.is_relative_to(folder)
        }  # one around the project may be a disk
        recursive = config.project or any(file.is_dir() for file in config.files)
        return cls(root, frozenset(outside), (config.root / config.output).resolve(), recursive)


def _saves(config: Config, stop: threading.Event) -> Iterator[frozenset[Path]]:
    from watchfiles import watch  # noqa: PLC0415 - only those who watch pay for it

    watched = _Watched.of(config)
    roots = (watched.root, *watched.outside)
    batches = watch(
        *roots,
        watch_filter=_matters(roots, watched.output),
        debounce=LONGEST,
        step=STEP,
        stop_event=stop,
        rust_timeout=1,  # so that there is a first batch, often an empty one, as soon as it is watching
        yield_on_timeout=True,
        recursive=watched.recursive,
        ignore_permission_denied=True,
    )
    try:
        first = next(batches, set())
    except OSError as error:
        raise DeckgenError(f"{configuration.shown(config.root)} cannot be watched: {error}") from error
    return (
        frozenset(_named(Path(path), watched.root, config.root) for _, path in batch)
        for batch in itertools.chain([first], batches)
        if batch
    )


def _named(path: Path, root: Path, shown_root: Path) -> Path:
    """A file of the project by the name that its user knows, where the project is behind a link."""
    return shown_root / path.relative_to(root) if path.is_relative_to(root) else path


def _matters(roots: Iterable[Path], output: Path) -> Callable[[object, str], bool]:
    def matters(_kind: object, name: str) -> bool:
        path = Path(name)
        parts = min((path.relative_to(root).parts for root in roots if path.is_relative_to(root)), key=len)
        if path == output or path.name == ledger.NAME or PASSING.search(path.name):
            return False
        if not (
            USED.search(path.name) or SOUND.search(path.name) or path.is_dir() or not (path.suffix or path.exists())
        ):
            return False
        return not any(part.startswith(".") or part in OTHERS for part in parts)

    return matters


def left(files: Iterable[Path]) -> dict[Path, int]:
    """When each of these files, just written by a build, was last changed: for `others`."""
    return {path.resolve(): path.stat().st_mtime_ns for path in files}


def others(changed: Iterable[Path], written: Mapping[Path, int]) -> frozenset[Path]:
    """The changes that are not a build's own writing: `written` is what it left, as `left` gives it."""
    return frozenset(path for path in changed if _time(path) != written.get(path.resolve(), NEVER))


NEVER = -1


def _time(path: Path) -> int:
    """When the file was last changed; 0 where it is gone."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
