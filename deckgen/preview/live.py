"""Paths → State, and a new State at each change of a file: what the preview shows while the notes are being written."""

from __future__ import annotations

from dataclasses import dataclass, replace
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

    from deckgen.build import Compiled
    from deckgen.config import Config
    from deckgen.notes import Document


@dataclass(frozen=True, slots=True)
class State:
    """What the page shows."""

    config: Config
    diagnostics: tuple[Diagnostic, ...]
    """Of the last build."""
    cards: Compiled | None
    """What the last build without errors came to; None where there was none yet."""
    documents: tuple[Document, ...]
    """Those of its notes."""
    texts: Mapping[str, tuple[str, ...]]
    """The lines of every file that a card or a diagnostic points into, by the name they have there."""

    @property
    def failed(self) -> bool:
        """Whether there are errors, so that the cards are those of an earlier build."""
        return any(diagnostic.severity == "error" for diagnostic in self.diagnostics)


def build(paths: Sequence[Path], before: State | None = None, *, jobs: int = 1) -> State:
    """Build these paths, as `deckgen build` takes them; with errors the cards stay those of before.

    Writes nothing. Raises DeckgenError where the configuration is wrong and there is nothing before to go on with.
    """
    drawn = before.cards.drawings if before and before.cards else {}
    try:
        settings = config.load(paths)
        kept = cache.of(settings.root, writing=False) if settings.project else None
        made = building.build(settings, jobs=jobs, cache=kept, drawn_before=drawn)
    except DeckgenError as error:
        if before is None:
            raise
        return _stopped(before, error.diagnostics or (_plain(str(error), before.config),))
    except OSError as error:  # a file that went while it was read: its next change builds again
        if before is None:
            raise DeckgenError(str(error)) from error
        return _stopped(before, (_plain(str(error), before.config),))
    texts = {document.shown: files.lines(Path(document.shown)) for document in made.documents}
    state = State(settings, made.diagnostics, None, (), texts | _others(made.diagnostics, texts, settings))
    if made.compiled:
        return replace(state, cards=made.compiled, documents=_held(made.documents))
    return replace(state, cards=before.cards, documents=before.documents) if before else state


def _held(documents: Iterable[Document]) -> tuple[Document, ...]:
    """With all notes in them: the cache may know others, or none, while these are shown beside an error."""
    spool = Spool()
    return tuple(
        one._replace(notes=one.notes.spooled(spool)) if isinstance(one.notes, Packed) else one for one in documents
    )


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
