"""Documents in the shapes that people really write, each with how it is read, its cards and what is said of it.

The words are ours, the shapes those of Typora, Obsidian, Hugo, GitHub's READMEs and collections of interview
questions. After a wanted change: `pytest --update`, then read the diff.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from deckgen import build, config, files, targets
from deckgen.diagnostics import as_text

if TYPE_CHECKING:
    from .conftest import Anki

DOCUMENTS = Path(__file__).parent / "documents"


def _result(name: str) -> str:
    made = build.build(config.load([Path(name)]), now=1)
    (document,) = made.documents
    lines = [f"{len(document.notes)} questions, read as {document.style or 'nothing'}", ""]
    lines += [targets.write(made.compiled.deck, "text").decode()] if made.compiled else []
    lines += [
        as_text(diagnostic, files.lines(Path(document.shown))[diagnostic.where.line - 1])
        for diagnostic in made.diagnostics
    ]
    return "\n".join(lines).rstrip() + "\n"


@pytest.mark.parametrize("document", sorted(DOCUMENTS.glob("*.md")), ids=lambda path: path.stem)
def test_document(
    document: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copy(document, tmp_path)
    Path("ok.png").write_bytes(b"a picture")
    result, golden = _result(document.name), document.with_suffix(".txt")
    if request.config.getoption("--update"):
        golden.write_text(result, encoding="utf-8")
    assert result == golden.read_text(encoding="utf-8")


def test_all_of_them_together_in_the_real_anki(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, anki: Anki) -> None:
    monkeypatch.chdir(tmp_path)
    for document in DOCUMENTS.glob("*.md"):
        shutil.copy(document, tmp_path)
    Path("ok.png").write_bytes(b"a picture")
    Path("deckgen.toml").write_text('headings = "decks"\ncards = "both"\n', encoding="utf-8")
    made = build.build(config.load(), now=1_700_000_000)
    assert made.compiled
    build.write(made.compiled, made.config, "apkg", Path("all.apkg"))
    assert anki.import_package(Path("all.apkg")) == {"new": len(made.compiled.deck.notes)}
    assert anki.complaints() == []
    decks = {note.guid: note.deck for note in made.compiled.deck.notes}
    assert {card.note().guid: anki.col.decks.name(card.did) for card in anki.cards()} == decks
