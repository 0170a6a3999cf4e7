"""Decks and tags in the real Anki: it has them under the names that deckgen gave and remembers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from deckgen import build, config, names

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Anki, Result

    Deckgen = Callable[..., Result]

HOSTILE = (
    *(
        "注意力",
        "a::b",
        "a:::b",
        "::a",
        "a::",
        " a  b ",
        "a :: b",
        '"a"',
        "a\tb",
        "A",
        "a",
        "#a",
        "a/b//c/",
        "\u3000全角　空格",
    ),
    *("🙂", "c++", "a:b", "a&b", "<b>", "'", "*_%", "á"),
)


def _made() -> build.Build:
    return build.build(config.load([Path("a.md")]), now=1)


def test_decks_have_the_names_that_the_ledger_remembers(deckgen: Deckgen, anki: Anki) -> None:
    sections = "".join(f"## x{number}{text}\n\n**Q{number}：一？**\n\n甲\n\n" for number, text in enumerate(HOSTILE))
    assert (
        deckgen("build", "a.md", a_md=f"---\nheadings: decks\ndeck: ' 甲 ::::乙:: '\n---\n# 题\n\n{sections}").code == 0
    )
    made = _made()
    assert made.compiled
    wanted = {note.guid: note.deck for note in made.compiled.deck.notes}
    assert "甲::乙::x0注意力" in wanted.values()
    anki.import_package(Path("a.apkg"))
    assert {card.note().guid: anki.col.decks.name(card.did) for card in anki.cards()} == wanted
    assert anki.complaints() == []


@pytest.mark.parametrize("text", HOSTILE)
def test_a_part_of_a_deck_is_one_part(text: str) -> None:
    assert names.deck("根", text).count("::") == 1


def test_tags_have_the_names_that_deckgen_gave(deckgen: Deckgen, anki: Anki) -> None:
    tags = "".join(f"  - '{text.replace(chr(39), chr(39) * 2)}'\n" for text in HOSTILE if "\t" not in text)
    deckgen("build", "a.md", a_md=f"---\ntags:\n{tags}---\n**Q1：一？** {{.深度/视觉}}\n\n甲\n\n#面试\n")
    made = _made()
    assert made.compiled
    (note,) = made.compiled.deck.notes
    assert {"深度::视觉", "面试", "a_b", "全角_空格"} <= set(note.tags)
    anki.import_package(Path("a.apkg"))
    (card,) = anki.cards()
    assert sorted(card.note().tags) == sorted(note.tags)
    assert anki.col.find_notes("tag:深度::*")
    assert anki.complaints() == []


def test_headings_as_decks_move_notes_and_diff_says_so(deckgen: Deckgen) -> None:
    notes = "# 题\n\n## 基础\n\n**Q1：一？**\n\n甲\n"
    deckgen("build", deckgen_toml='deck = "根"\n', a_md=notes)
    made = deckgen("diff", deckgen_toml='deck = "根"\nheadings = "decks"\n')
    assert "根 → 根::基础" in made.out
