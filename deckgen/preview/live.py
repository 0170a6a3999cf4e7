"""Paths → State, and a new State at each change of a file: what the preview shows while the notes are being written."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from deckgen import build as building
from deckgen import cache, config, files, watch
from deckgen.diagnostics import DeckgenError, Diagnostic
from deckgen.notes import Location
from deckgen.packed import Packed, Spool

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from deckgen.build import Build
    from deckgen.config import Config
    from deckgen.drawn import Drawn


@dataclass(frozen=True, slots=True)
class State:
    """What the page shows."""

    config: Config
    diagnostics: tuple[Diagnostic, ...]
    """Of the last build."""
    cards: Build | None
    """The last build without errors; None where there was none yet."""
    texts: Mapping[str, tuple[str, ...]]
    """The lines of every file that a card or a diagnostic points into, by the name they have there."""
    drawings: Mapping[str, Drawn] = field(default_factory=dict)
    """Figures that stand in no media folder, by digest: a rebuild draws none of them again."""

    @property
    def failed(self) -> bool:
        """Whether there are errors, so that the cards are those of an earlier build."""
        return any(diagnostic.severity == "error" for diagnostic in self.diagnostics)


def build(paths: Sequence[Path], before: State | None = None, *, jobs: int = 1) -> State:
    """Build these paths, as `deckgen build` takes them; with errors the cards stay those of before.

    Writes nothing. Raises DeckgenError where the configuration is wrong and there is nothing before to go on with.
    """
    try:
        settings = config.load(paths)
        kept = cache.of(settings.root, writing=False) if settings.project else None
        made = building.build(settings, jobs=jobs, cache=kept, drawn_before=before.drawings if before else {})
    except DeckgenError as error:
        if before is None:
            raise
        return _stopped(before, error.diagnostics or (_plain(str(error), before.config),))
    except OSError as error:  # a file that went while it was read: its next change builds again
        if before is None:
            raise DeckgenError(str(error)) from error
        return _stopped(before, (_plain(str(error), before.config),))
    texts = {document.shown: files.lines(Path(document.shown)) for document in made.documents}
    good = made.deck is not None
    return State(
        config=settings,
        diagnostics=made.diagnostics,
        cards=_held(made) if good else before.cards if before else None,
        texts=texts | _others(made.diagnostics, texts, settings),
        drawings=made.drawings if good or before is None else before.drawings,
    )


def _held(made: Build) -> Build:
    """With all notes in it: the cache may know others, or none, while these are shown beside an error."""
    spool = Spool()
    held = [one.notes.spooled(spool) if isinstance(one.notes, Packed) else one.notes for one in made.documents]
    documents = zip(made.documents, held, strict=True)
    return made._replace(documents=tuple(document._replace(notes=notes) for document, notes in documents))


def follow(paths: Sequence[Path], state: State, stop: threading.Event, show: Callable[[State], None]) -> None:
    """Build anew at every change until `stop` is set, and show what came of it."""
    for _ in watch.changes(state.config, paths, stop):
        state = build(paths, state)
        show(state)


def _stopped(before: State, diagnostics: tuple[Diagnostic, ...]) -> State:
    """The run could not go on: its diagnostics, the rest as before."""
    texts = {**before.texts, **_others(diagnostics, before.texts, before.config)}
    return replace(before, diagnostics=diagnostics, texts=texts)


def _plain(message: str, settings: Config) -> Diagnostic:
    """An error without a place: that of the configuration, or of the folder where there is none."""
    where = Location(config.shown(settings.root / config.NAME if settings.project else settings.root), 1, 1)
    return Diagnostic("bad-config", "error", where, message)


def _others(
    diagnostics: Iterable[Diagnostic], known: Mapping[str, object], settings: Config
) -> dict[str, tuple[str, ...]]:
    """The lines of the project's files that are no notes, or could not be read as such, where something is wrong."""
    root = settings.root.resolve()
    found = {}
    for name in sorted({diagnostic.where.path for diagnostic in diagnostics} - known.keys()):
        file = Path(name).resolve()
        if file.is_file() and file.is_relative_to(root):
            found[name] = files.lines(file)
    return found
