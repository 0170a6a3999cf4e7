"""Years of editing in the real Anki: random edits, builds, imports with default options, reviews by its scheduler.

After every import each live phrase has exactly one card that shows it, with exactly the reviews that were given to it.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shutil
import tempfile
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import pytest
from anki.collection import Collection
from anki.scheduler.v3 import CardAnswer, Scheduler
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from deckgen import cli, identity

from .author import Author
from .conftest import Anki, clozes, visible

if TYPE_CHECKING:
    from collections.abc import Callable

    from anki.cards import Card

    from .author import Note, Phrase
    from .conftest import Result

    Deckgen = Callable[..., Result]


class YearsOfEditing(RuleBasedStateMachine):
    """An author, deckgen's command line, and a user with the real Anki."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.home = Path.cwd()
        (self.folder / "project" / "source").mkdir(parents=True)
        os.chdir(self.folder / "project")
        Path("deckgen.toml").write_text('source = "source"\noutput = "deck.apkg"\n', encoding="utf-8")
        self.anki = Anki(Collection(str(self.folder / "collection.anki2")))
        self.css = ""

    @initialize(seed=st.integers(0, 2**32))
    def begin(self, seed: int) -> None:
        self.author = Author(Random(seed))  # noqa: S311 - nothing secret is made of it
        self.ever = len(self.author.notes())
        self.seen = {id(note): note for note in self.author.notes()}
        self.build_and_import()

    @rule(reviews=st.integers(0, 8), edits=st.integers(0, 20))
    def learn_edit_and_import(self, reviews: int, edits: int) -> None:
        self.author.edit(edits // 2)
        self.review(reviews)
        self.author.edit(edits - edits // 2)
        self.build_and_import()

    def review(self, count: int) -> None:
        """Some phrases are asked for and answered; the author may have edited them in between."""
        for _ in range(count):
            note, phrase = self._any_built()
            card = self.anki.col.get_card(self.shown[note.built][phrase.built].id)
            card.start_timer()
            scheduler = self.anki.col.sched
            assert isinstance(scheduler, Scheduler)
            states = self.anki.col._backend.get_scheduling_states(card.id)  # noqa: SLF001 - as Anki's reviewer does
            scheduler.answer_card(scheduler.build_answer(card=card, states=states, rating=CardAnswer.GOOD))
            phrase.reviews += 1

    @rule()
    def change_the_style(self) -> None:
        model = self.anki.col.models.by_name("deckgen Cloze")
        assert model
        self.css = model["css"] = model["css"] + f"/* {len(model['css'])} */"
        self.anki.col.models.update_dict(model)

    def build_and_import(self) -> None:
        for file in Path("source").iterdir():
            file.unlink()
        for name, text in self.author.markdown().items():
            Path("source", name).write_text(text, encoding="utf-8")
        with contextlib.redirect_stderr(io.StringIO()) as err, contextlib.redirect_stdout(io.StringIO()):
            assert cli.main(["build"]) == 0, err.getvalue()
        log = self.anki.import_package(Path("deck.apkg"))
        assert "conflicting" not in log
        self.author.built()
        self.seen |= {id(note): note for note in self.author.notes()}
        self.check()

    def check(self) -> None:
        col = self.anki.col
        built = self.seen.values()
        assert col.note_count() == len({note.guid for note in built if note.guid} | self._new_guids())
        self.shown = self._rendered()
        for note in self.author.notes():
            shown = self.shown[" ".join(note.question)]
            assert sorted(shown) == sorted(phrase.text for phrase in note.phrases), "each phrase has exactly one card"
            for phrase in note.phrases:
                card = shown[phrase.text]
                reviews = col.db.scalar("select count() from revlog where cid = ?", card.id)  # type: ignore[union-attr]
                assert reviews == phrase.reviews, f"{phrase.text}: {reviews} reviews of {phrase.reviews}"
                guid = card.note().guid
                assert note.guid in ("", guid), "the note has another GUID now"
                note.guid = guid
        guids = [note.guid for note in self.seen.values()]
        assert len(set(guids)) == len(guids), "no note took the place of another"
        model = col.models.by_name("deckgen Cloze")
        assert model
        assert self.css in ("", model["css"])

    def _new_guids(self) -> set[str]:
        """Those in Anki that no note of ours had: exactly the new notes."""
        known = {note.guid for note in self.seen.values()}
        new = {guid for (guid,) in self.anki.col.db.execute("select guid from notes")} - known  # type: ignore[union-attr]
        assert len(new) == sum(not note.guid for note in self.seen.values())
        return new

    def _rendered(self) -> dict[str, dict[str, Card]]:
        """The card of every phrase that is asked for, by question."""
        found: dict[str, dict[str, Card]] = {}
        for card in self.anki.cards():
            question = visible(card.note()["Question"]).rstrip("？")
            for text in clozes(card.answer()):
                assert text not in found.setdefault(question, {}), f"{text} is asked for twice"
                found[question][text] = card
        return found

    def _any_built(self) -> tuple[Note, Phrase]:
        choice = [
            (note, phrase) for note in self.author.notes() if note.built for phrase in note.phrases if phrase.built
        ]
        return self.author.random.choice(choice)

    def teardown(self) -> None:
        self.anki.col.close()
        os.chdir(self.home)
        shutil.rmtree(self.folder)


SHORT = settings(max_examples=12, stateful_step_count=10, deadline=None, suppress_health_check=list(HealthCheck))
UNSHRUNK = settings(SHORT, max_examples=30, phases=[Phase.generate], database=None)
LONG = settings(SHORT, max_examples=200, stateful_step_count=40)


def test_no_review_is_lost_or_moved_over_years_of_editing() -> None:
    run_state_machine_as_test(YearsOfEditing, settings=SHORT)


@pytest.mark.long
def test_no_review_is_lost_or_moved_over_very_many_years_of_editing() -> None:
    run_state_machine_as_test(YearsOfEditing, settings=LONG)


def test_the_same_test_fails_where_clozes_are_numbered_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """A check that cannot fail is no check."""
    monkeypatch.setattr(identity, "ordinals", lambda note, _former=None: tuple(range(1, len(note.clozes) + 1)))
    with pytest.raises(AssertionError, match=r"reviews of|has exactly one card"):
        run_state_machine_as_test(YearsOfEditing, settings=UNSHRUNK)


def _import(anki: Anki, deckgen: Deckgen, answer: str) -> dict[str, int]:
    """The ids of a note's cards after this edit of it, by what stands before the phrase that they ask for."""
    made = deckgen("build", "a.md", a_md=f"**Q1：稳定吗，多快？**\n\n{answer}\n")
    assert made.code == 0, made.err
    anki.import_package(Path("a.apkg"))
    asked = [(re.search(r"([\w ]*\w)(?:: )?\[\.\.\.\]", visible(card.question())), card.id) for card in anki.cards()]
    return {found[1].strip(): card_id for found, card_id in asked if found}


SORTS = "- merge sort: <u>yes</u>\n- quicksort: <u>no</u>\n- insertion sort: <u>yes</u>\n- heapsort: <u>no</u>\n"
TIMES = "插入排序<u>O(n²)</u>，归并排序<u>O(n log n)</u>，冒泡排序<u>O(n²)</u>，选择排序<u>O(n²)</u>。"


def _last(words: dict[str, int], *names: str) -> list[int]:
    """The ids of the cards before whose phrase these names stand."""
    return [card_id for name in names for before, card_id in words.items() if before.endswith(name)]


def test_equal_phrases_of_a_note_are_told_apart_by_what_is_around_them(anki: Anki, deckgen: Deckgen) -> None:
    names = ("merge sort", "quicksort", "insertion sort", "heapsort")
    first = _last(_import(anki, deckgen, SORTS), *names)
    assert len(first) == len(names)
    assert _last(_import(anki, deckgen, f"- bubble sort: <u>yes</u>\n{SORTS}"), *names) == first
    without = SORTS.replace("- merge sort: <u>yes</u>\n", "- bogosort: <u>no</u>\n")
    assert _last(_import(anki, deckgen, without), *names[1:]) == first[1:]
    assert _last(_import(anki, deckgen, "\n".join(reversed(SORTS.splitlines()))), *names[1:]) == first[1:]


def test_an_underline_taken_from_one_of_equal_phrases_is_taken_from_that_one(anki: Anki, deckgen: Deckgen) -> None:
    names = ("插入排序", "归并排序", "冒泡排序", "选择排序")
    first = _last(_import(anki, deckgen, TIMES), *names)
    assert len(first) == len(names)
    less = TIMES.replace("插入排序<u>O(n²)</u>", "插入排序O(n²)")
    assert _last(_import(anki, deckgen, less), *names[1:]) == first[1:]


def test_equal_phrases_whose_surroundings_are_equal_keep_their_order(anki: Anki, deckgen: Deckgen) -> None:
    _import(anki, deckgen, "<u>甲</u>，<u>甲</u>，<u>甲</u>")
    first = [(card.ord, card.id) for card in anki.cards()]
    _import(anki, deckgen, "<u>甲</u>，<u>甲</u>，<u>甲</u>。")
    assert [(card.ord, card.id) for card in anki.cards()] == first


def test_a_note_that_comes_back_as_it_was_takes_no_other_with_its_question(anki: Anki, deckgen: Deckgen) -> None:
    first, second = "**Q1：什么是缓存？**\n\n<u>快而小</u>。\n", "**Q5：什么是缓存？**\n\n<u>存过的响应</u>。\n"
    deckgen("build", deckgen_toml="output = 'deck.apkg'\n", a_md=first, b_md=second)
    anki.import_package(Path("deck.apkg"))
    before = sorted((card.id, card.answer()) for card in anki.cards())
    Path("b.md").unlink()
    deckgen("build")
    anki.import_package(Path("deck.apkg"))
    Path("a.md").unlink()
    deckgen("build", b_md=second)
    anki.import_package(Path("deck.apkg"))
    assert sorted((card.id, card.answer()) for card in anki.cards()) == before


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("不需要", "需要"),
        ("可逆的", "不可逆的"),
        ("线程安全", "线程不安全"),
        ("必须加锁才能安全", "不必加锁也能安全"),
        ("is strictly necessary", "is strictly unnecessary"),
        ("necessary", "unnecessary"),
        ("necessary for all", "not necessary for all"),
        ("a deterministic scheduler", "a nondeterministic scheduler"),
        ("a mutable list of numbers", "an immutable list of numbers"),
    ],
)
def test_a_phrase_that_is_negated_is_another_phrase(before: str, after: str, anki: Anki, deckgen: Deckgen) -> None:
    _import(anki, deckgen, f"它们当中有<u>{before}</u>。")
    (first,) = anki.cards()
    _import(anki, deckgen, f"它们当中有<u>{after}</u>。")
    assert [card.id == first.id for card in anki.cards() if clozes(card.answer()) == [after]] == [False]
