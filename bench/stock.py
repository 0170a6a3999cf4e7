"""The same notes as genanki alone writes them, against our package: `python -m bench.stock PROJECT` prints JSON."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from deckgen import build, config, targets

if TYPE_CHECKING:
    from collections.abc import Callable

    from deckgen.notes import Deck

ROUNDS = 5


def compare(project: Path) -> dict[str, dict[str, float]]:
    """Bytes and seconds of both, of the writing alone: the least of several turns. Imports are done before."""
    compiled = build.build(config.load([project])).compiled
    if compiled is None:
        raise ValueError("the notes have errors")
    deck = compiled.deck
    writers: dict[str, Callable[[Deck], int]] = {"genanki": _stock, "deckgen": lambda d: len(targets.write(d, "apkg"))}
    sizes = {name: writer(deck) for name, writer in writers.items()}
    seconds = {name: min(times) for name, times in _turns(writers, deck).items()}
    return {name: {"bytes": sizes[name], "seconds": seconds[name]} for name in writers}


def _turns(writers: dict[str, Callable[[Deck], int]], deck: Deck) -> dict[str, list[float]]:
    times: dict[str, list[float]] = {name: [] for name in writers}
    for _ in range(ROUNDS):
        for name, writer in writers.items():
            start = time.perf_counter()
            writer(deck)
            times[name].append(time.perf_counter() - start)
    return times


def _stock(deck: Deck) -> int:
    import genanki  # noqa: PLC0415 - deckgen imports it in its own way

    models = {
        name: genanki.Model(
            note_type.id,
            note_type.name,
            fields=[{"name": field.name} for field in note_type.fields],
            templates=[{"name": t.name, "qfmt": t.front, "afmt": t.back} for t in note_type.templates],
            css=note_type.css,
            model_type=genanki.Model.CLOZE if note_type.cloze else genanki.Model.FRONT_BACK,
        )
        for name, note_type in deck.note_types.items()
    }
    decks: dict[str, genanki.Deck] = {}
    for note in deck.notes:
        fields = [note.fields[field.name] for field in deck.note_types[note.note_type].fields]
        anki_deck = decks.setdefault(note.deck, genanki.Deck(1_600_000_000_000 + len(decks), note.deck))
        anki_deck.add_note(genanki.Note(models[note.note_type], fields, guid=note.guid))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "stock.apkg"
        genanki.Package(list(decks.values())).write_to_file(path)
        return path.stat().st_size


if __name__ == "__main__":
    print(json.dumps(compare(Path(sys.argv[1]))))
