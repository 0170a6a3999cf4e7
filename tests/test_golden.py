"""The deck we ship, as a person can read it. After a wanted change: `pytest --update`, then read the diff."""

from __future__ import annotations

from pathlib import Path

import pytest

from deckgen import build, config, figures, targets

PROJECT = Path(__file__).parent.parent
GOLDEN = PROJECT / "tests" / "golden" / "source.txt"


@pytest.fixture(scope="module")
def shipped() -> build.Build:
    return build.build(config.load([PROJECT]), now=1)


def test_the_shipped_deck(shipped: build.Build, request: pytest.FixtureRequest) -> None:
    assert shipped.compiled
    text = targets.write(shipped.compiled.deck, "text").decode()
    if request.config.getoption("--update"):
        GOLDEN.write_text(text, encoding="utf-8")
    assert text == GOLDEN.read_text(encoding="utf-8")


def test_the_shipped_deck_has_no_problems_and_its_figures_are_current(shipped: build.Build) -> None:
    assert shipped.diagnostics == ()
    assert shipped.compiled
    assert shipped.compiled.drawn == {}


def test_every_drawing_in_media_belongs_to_a_figure(shipped: build.Build) -> None:
    assert shipped.compiled
    committed = {figures.alt(path.read_bytes()) for path in (PROJECT / "media").glob("*.svg")}
    used = {figures.alt(data) for name, data in shipped.compiled.deck.media.items() if name.endswith(".svg")}
    assert committed == used
