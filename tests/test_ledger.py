"""deckgen.lock through the command line: what is kept, what is said, and that it survives every interruption."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from deckgen import build, config, files, ledger

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Anki, Result

    Deckgen = Callable[..., Result]

A = "**Q1：为什么要打乱数据？**\n\n相邻批次的梯度<u>高度一致</u>，参数会<u>来回摆动</u>。\n\n"
B = "**Q2：初始化为什么不能全为零？**\n\n每个神经元<u>收到同样的梯度</u>，永远学成一样。\n\n"
PROJECT = 'deck = "面试"\nsource = "source"\noutput = "deck.apkg"\n'


def _records() -> list[dict[str, object]]:
    return [json.loads(line) for line in Path("deckgen.lock").read_text(encoding="utf-8").splitlines()]


def _notes() -> list[dict[str, object]]:
    return sorted((record for record in _records() if "guid" in record), key=lambda record: str(record["position"]))


def test_the_ledger_has_one_note_a_line_in_the_order_of_guids(deckgen: Deckgen) -> None:
    assert deckgen("build", deckgen_toml=PROJECT, source__a_md=A + B).code == 0
    records = _records()
    assert records[0] == {"deckgen.lock": 1}
    guids = [str(record["guid"]) for record in records if "guid" in record]
    assert len(guids) == 2
    assert guids == sorted(guids)
    assert _notes()[0]["clozes"] == {"1": "高度一致", "2": "来回摆动"}


def test_an_unchanged_rebuild_is_byte_identical_on_another_day(
    deckgen: Deckgen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    deckgen("build", deckgen_toml=PROJECT, source__a_md=A, source__b_md=B)
    package, text = Path("deck.apkg").read_bytes(), Path("deckgen.lock").read_bytes()
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1750000000")
    assert "notes: 2 unchanged\n" in deckgen("build").out
    assert Path("deck.apkg").read_bytes() == package
    assert Path("deckgen.lock").read_bytes() == text


def test_the_bytes_are_the_same_in_another_folder_and_under_another_hash_seed(deckgen: Deckgen, tmp_path: Path) -> None:
    notes = A + B + "**Q3：图？**\n\n<u>甲</u>\n\n```figure softmax\nscores = [1, 2]\n```\n"
    deckgen("build", deckgen_toml=PROJECT, source__a_md=notes, source__训练__b_md=B)
    shutil.copytree(Path(), tmp_path / "elsewhere", ignore=shutil.ignore_patterns("*.apkg", "media"))
    command = [sys.executable, "-m", "deckgen", "build"]
    for seed in ("1", "2"):
        subprocess.run(command, cwd=tmp_path / "elsewhere", env=os.environ | {"PYTHONHASHSEED": seed}, check=True)
        assert (tmp_path / "elsewhere" / "deck.apkg").read_bytes() == Path("deck.apkg").read_bytes()
        assert (tmp_path / "elsewhere" / "deckgen.lock").read_bytes() == Path("deckgen.lock").read_bytes()


def test_a_changed_note_changes_alone(deckgen: Deckgen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    deckgen("build", deckgen_toml=PROJECT, source__a_md=A + B)
    before = _notes()
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1750000000")
    deckgen("build", source__a_md=A + B.replace("永远", "总是"))
    after = _notes()
    assert after[0] == before[0]
    assert (before[1]["modified"], after[1]["modified"]) == (1_700_000_000, 1_750_000_000)
    deckgen("build", source__a_md=A + B)
    assert _notes()[1]["modified"] == 1_750_000_001  # later than before, though the clock stands still


def test_a_single_file_has_its_ledger_beside_it(deckgen: Deckgen) -> None:
    deckgen("build", "sub/a.md", sub__a_md=A)
    deckgen("build", "sub/b.md", sub__b_md=B)
    assert sorted(path.name for path in Path("sub").iterdir()) == ["a.md", "b.md", "deckgen.lock"]
    lines = Path("sub/deckgen.lock").read_text(encoding="utf-8")
    assert lines.count('"guid"') == 2
    assert '"removed"' not in lines
    assert not Path("deckgen.lock").exists()


def test_a_lost_ledger_on_unedited_notes_gives_the_same_identities(deckgen: Deckgen) -> None:
    deckgen("build", deckgen_toml=PROJECT, source__a_md=A, source__x__b_md=B)
    before = [(note["guid"], note["clozes"]) for note in _notes()]
    Path("deckgen.lock").unlink()
    deckgen("build")
    assert [(note["guid"], note["clozes"]) for note in _notes()] == before


def test_a_part_of_a_project_neither_forgets_nor_removes_the_rest(deckgen: Deckgen) -> None:
    deckgen("build", deckgen_toml=PROJECT, source__a_md=A, source__b_md=B)
    before = _notes()
    made = deckgen("build", "source/a.md", "-o", "a.apkg")
    assert "notes: 1 unchanged\n" in made.out
    assert _notes() == before
    made = deckgen("build", "source/a.md", "-o", "a.apkg", source__a_md=A.replace("参数", "权重"))
    assert "notes: 1 changed\n" in made.out
    assert _notes()[1] == before[1]


def test_a_note_that_moves_into_the_built_part_keeps_its_guid(deckgen: Deckgen) -> None:
    deckgen("build", deckgen_toml=PROJECT, source__a_md=A, source__b_md=B)
    before = {note["question"]: note["guid"] for note in _notes()}
    deckgen("build", "source/a.md", "-o", "a.apkg", source__a_md=A + B, source__b_md="# 空\n")
    deckgen("build")
    assert {note["question"]: note["guid"] for note in _notes()} == before


def test_what_an_import_will_do_is_counted_and_diff_shows_the_texts(deckgen: Deckgen) -> None:
    made = deckgen("build", deckgen_toml=PROJECT, source__a_md=A + B)
    assert "notes: 2 new; cards: 3 new\n" in made.out
    text = Path("deckgen.lock").read_bytes()
    edited = A.replace("<u>来回摆动</u>", "来回摆动，<u>难以收敛</u>").replace("要打乱", "必须打乱")
    made = deckgen("diff", source__a_md=edited, source__新__c_md=B)
    assert made.code == 0, made.err
    assert made.out.splitlines()[:6] == [
        "changed a.md Q1",
        "  - 为什么要打乱数据？",
        "  + 为什么必须打乱数据？",
        "  - 相邻批次的梯度高度一致，参数会来回摆动。",
        "  + 相邻批次的梯度高度一致，参数会来回摆动，难以收敛。",
        "  new card 3: 难以收敛",
    ]
    assert "  retired card 2: 来回摆动" in made.out
    assert "moved 新/c.md Q2 · 面试 → 面试::新\n  was a.md Q2\n" in made.out
    assert "notes: 1 changed, 1 moved; cards: 1 new, 1 retired\n" in made.out
    assert f"to move them to 面试::新, search Anki's browser for  Key:{_notes()[1]['guid']}" in made.out
    assert Path("deckgen.lock").read_bytes() == text
    left = [".deckgen", "deck.apkg", "deckgen.lock", "deckgen.toml", "source"]
    assert sorted(path.name for path in Path().iterdir()) == left


def test_every_card_that_an_import_adds_is_counted(deckgen: Deckgen, anki: Anki) -> None:
    """Also those of the second form of a note, and of a note type with several templates."""
    words = '[note_types.Words]\nkind = "qa"\nfields = { Word = "Question", Meaning = "Answer", Key = "Key" }\n'
    words += 'cards = ["Recall", "Recognise"]\ndocuments = ["words/*.md"]\n'
    for card, front in (("Recall", "{{Word}}"), ("Recognise", "{{Meaning}}")):
        folder = Path("templates/Words", card)
        folder.mkdir(parents=True)
        (folder / "front.html").write_text(front, encoding="utf-8")
        (folder / "back.html").write_text("{{FrontSide}}<hr id=answer>{{Word}}: {{Meaning}}", encoding="utf-8")
    both, word = "---\ncards: both\n---\n\n", "**Q1：entropy？**\n\n熵\n"
    made = deckgen("build", deckgen_toml=PROJECT + words, source__a_md=both + A, source__words__w_md=word)
    assert "3 notes, 5 cards → " in made.out
    assert "notes: 2 new; cards: 5 new\n" in made.out
    assert anki.import_package(Path("deck.apkg")) == {"new": 3}
    made = deckgen("build", source__a_md=A)
    assert "notes: 1 changed, 1 unchanged\n" in made.out
    diff = deckgen("diff", source__a_md=both + A.replace("相邻", "<u>相邻</u>"))
    assert "  new card 3: 相邻\n  new card: the whole answer\n" in diff.out
    assert "notes: 1 changed, 1 unchanged; cards: 2 new\n" in deckgen("build").out


def test_a_note_inserted_in_the_middle_comes_up_between_its_neighbours(deckgen: Deckgen, anki: Anki) -> None:
    deckgen("build", deckgen_toml=PROJECT, source__a_md=A + B)
    anki.import_package(Path("deck.apkg"))
    between = "**Q5：学习率太大会怎样？**\n\n损失<u>不再下降</u>。\n\n"
    deckgen("build", source__a_md=A + between + B)
    assert anki.import_package(Path("deck.apkg")) == {"new": 1, "duplicate": 2}
    assert [card.note()["Label"] for card in anki.cards()] == ["Q1", "Q1", "Q5", "Q2"]


def test_diff_says_so_where_only_the_rest_of_a_note_changed(deckgen: Deckgen) -> None:
    deckgen("build", deckgen_toml=PROJECT, source__a_md=A + "> 一\n\n" + B)
    question = "    为什么要打乱数据？\n"
    made = deckgen("diff", source__a_md=A + "> 二\n\n" + B)
    assert made.out.startswith(
        f"changed a.md Q1\n{question}  in its remarks, its tags, its figures, its mark-up or its cards\nnotes: "
    )
    made = deckgen("diff", source__a_md=A.replace("Q1", "Q7") + "> 一\n\n" + B)
    assert made.out.startswith(f"changed a.md Q7\n  was a.md Q1\n{question}notes: ")


def test_removed_notes_are_said_once_with_a_search_that_finds_them(deckgen: Deckgen, anki: Anki) -> None:
    deckgen("build", deckgen_toml=PROJECT, source__a_md=A + B)
    anki.import_package(Path("deck.apkg"))
    made = deckgen("build", source__a_md="**Q9：别的？**\n\n别的\n")
    assert "notes: 1 new, 2 removed; cards: 1 new\n" in made.out
    search = made.out.split("search its browser for  ")[1].splitlines()[0]
    assert len(anki.col.find_notes(search)) == 2
    made = deckgen("build")
    assert "notes: 1 unchanged\n" in made.out
    made = deckgen("build", source__a_md=A + B)
    assert anki.import_package(Path("deck.apkg")) == {"duplicate": 2}


def test_all_clozes_removed_makes_a_note_of_the_other_type(deckgen: Deckgen, anki: Anki) -> None:
    """A GUID never changes its note type: Anki would refuse the update, or abort the import."""
    deckgen("build", deckgen_toml=PROJECT, source__a_md=A)
    anki.import_package(Path("deck.apkg"))
    plain = A.replace("<u>", "").replace("</u>", "")
    made = deckgen("build", source__a_md=plain)
    assert anki.import_package(Path("deck.apkg")) == {"new": 1}
    assert "notes: 1 changed; cards: 1 new\n" in made.out
    search = made.out.split("stays in Anki, as  ")[1].splitlines()[0]
    (old,) = anki.col.find_notes(search)
    assert len(anki.col.get_note(old).cards()) == 2
    made = deckgen("build", source__a_md=A.replace("参数", "权重"))
    assert "cards: 2 new\n" in made.out
    search = made.out.split("stays in Anki, as  ")[1].splitlines()[0]
    assert list(anki.col.find_notes(search)) == [note for note in anki.col.find_notes("") if note != old]
    assert anki.import_package(Path("deck.apkg")) == {"updated": 1}
    assert sorted(len(anki.col.get_note(note).cards()) for note in anki.col.find_notes("")) == [1, 2]


def test_frozen_fails_where_the_ledger_would_change(deckgen: Deckgen) -> None:
    made = deckgen("build", "--frozen", deckgen_toml=PROJECT, source__a_md=A)
    assert made.code == 1
    assert "deckgen.lock:1:1: error[frozen]" in made.err
    assert not Path("deck.apkg").exists()
    deckgen("build")
    assert deckgen("build", "--frozen").code == 0
    assert deckgen("build", "--frozen", source__a_md=A + B).code == 1


@pytest.mark.parametrize(
    ("damage", "line", "message"),
    [
        (lambda lines: [*lines[:2], "<<<<<<< HEAD", *lines[2:]], 3, "a conflict of git is not resolved"),
        (lambda lines: [*lines[:-1], lines[-1][:40]], 5, "this line is broken"),
        (lambda lines: [*lines, lines[-1]], 6, "stands on line 5 too"),
        (lambda lines: ['{"deckgen.lock": 2}', *lines[1:]], 1, "of version 2, newer than 1"),
        (lambda lines: lines[1:], 1, "the first line does not say that this is a ledger"),
        (lambda lines: [*lines[:-1], lines[-1].replace('"position": ', '"position": "')], 5, "this line is broken"),
        (lambda lines: [*lines[:-1], "[]"], 5, "this line is broken"),
        (lambda lines: [*lines[:-1], "{}"], 5, "this line is broken"),
        (lambda lines: [*lines[:-1], "[" * 100_000], 5, "this line is broken"),
        (lambda lines: [lines[0], '{"note_type": "cloze"}', *lines[2:]], 2, "this line is broken"),
        (
            lambda lines: [lines[0], '{"note_type": [], "hash": "", "modified": 1}', *lines[2:]],
            2,
            "this line is broken",
        ),
        (
            lambda lines: [*lines[:-1], lines[-1].replace('"position": ', '"position": 9999999999999999')],
            5,
            "is broken",
        ),
        (lambda lines: [*lines[:-1], lines[-1].replace('{"1": ', '{"' + "9" * 5000 + '": ')], 5, "is broken"),
    ],
    ids=[
        *("conflict", "cut", "twice", "newer", "headless", "no number", "no object"),
        *("empty", "deep", "no look", "no name", "too far", "too many"),
    ],
)
def test_a_ledger_that_cannot_be_used_is_an_error_and_is_never_overwritten(
    deckgen: Deckgen, damage: Callable[[list[str]], list[str]], line: int, message: str
) -> None:
    deckgen("build", deckgen_toml=PROJECT, source__a_md=A + B)
    lines = Path("deckgen.lock").read_text(encoding="utf-8").splitlines()
    Path("deckgen.lock").write_text("\n".join(damage(lines)) + "\n", encoding="utf-8")
    damaged, package = Path("deckgen.lock").read_bytes(), Path("deck.apkg").read_bytes()
    for command in (["build"], ["check"], ["diff"], ["build", "--frozen"]):
        made = deckgen(*command, source__a_md=B)
        assert made.code == 2
        assert f"deckgen.lock:{line}:1: error[bad-ledger]" in made.err
        assert message in made.err
        assert "hint: " in made.err
    assert Path("deckgen.lock").read_bytes() == damaged
    assert Path("deck.apkg").read_bytes() == package


def test_two_names_of_one_note_are_an_error(deckgen: Deckgen) -> None:
    """Anki would keep both notes under one GUID for good."""
    deckgen("build", deckgen_toml=PROJECT, source__a_md=A.replace("？**", "？{#one}**"))
    guid = _notes()[0]["guid"]
    made = deckgen("build", source__b_md=B.replace("？**", f"？**{{#{guid}}}"))
    assert made.code == 1
    assert f"source/b.md:1:1: error[duplicate-name] {{#{guid}}} and {{#one}} at source/a.md:1 name one note" in made.err


def test_two_authors_additions_merge(deckgen: Deckgen) -> None:
    """Lines of both sides together are a ledger, even where both took the same second for their new notes."""
    deckgen("build", deckgen_toml=PROJECT, source__a_md=A)
    base = Path("deckgen.lock").read_text(encoding="utf-8").splitlines()
    sides = []
    for text in (B, B.replace("Q2", "Q3").replace("初始化", "权重")):
        Path("deckgen.lock").write_text("\n".join(base) + "\n", encoding="utf-8")
        deckgen("build", source__b_md=text)
        sides.append(set(Path("deckgen.lock").read_text(encoding="utf-8").splitlines()) - set(base))
    Path("deckgen.lock").write_text("\n".join([*base, *sides[0], *sides[1]]) + "\n", encoding="utf-8")
    made = deckgen("build", source__b_md=B, source__c_md=B.replace("Q2", "Q3").replace("初始化", "权重"))
    assert made.code == 0, made.err
    assert len({note["created"] for note in _notes()}) == 3
    assert "new" not in made.out


def test_the_ledger_follows_the_package_that_is_there(deckgen: Deckgen, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stopped after the package was replaced and before the ledger was: the next build knows what the package holds."""
    deckgen("build", deckgen_toml=PROJECT, source__a_md=A)
    replace = Path.replace

    def stop_at_the_ledger(path: Path, target: Path) -> Path:
        if target.name == "deckgen.lock":
            raise KeyboardInterrupt
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", stop_at_the_ledger)
    third = A.replace("。\n", "，<u>难以收敛</u>。\n")
    with pytest.raises(KeyboardInterrupt):
        deckgen("build", source__a_md=third)
    monkeypatch.setattr(Path, "replace", replace)
    fourth = A.replace("。\n", "，<u>最终发散</u>，<u>难以收敛</u>。\n")
    deckgen("build", source__a_md=fourth)
    assert _notes()[0]["clozes"] == {"1": "高度一致", "2": "来回摆动", "3": "难以收敛", "4": "最终发散"}
    assert list(Path().glob(".deckgen.*")) == []


def test_a_build_that_is_interrupted_after_another_was_leaves_the_ledger_of_its_package(
    deckgen: Deckgen, monkeypatch: pytest.MonkeyPatch
) -> None:
    """First between the package and its ledger, then between the new ledger and the word of which package it belongs to."""
    deckgen("build", deckgen_toml=PROJECT, source__a_md=A)
    replace, save = Path.replace, files.save

    def stop_at_the_ledger(path: Path, target: Path) -> Path:
        if path.name == ".deckgen.lock-next.part":
            raise KeyboardInterrupt
        return replace(path, target)

    def stop_at_the_word(path: Path, *arguments: object, **named: object) -> None:
        if path.name == ".deckgen.lock.pending":
            os.kill(os.getpid(), signal.SIGKILL)
        save(path, *arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(Path, "replace", stop_at_the_ledger)
    with pytest.raises(KeyboardInterrupt):
        deckgen("build", source__a_md=A + B)
    monkeypatch.setattr(Path, "replace", replace)
    Path("source/a.md").write_text(B, encoding="utf-8")
    if not (child := os.fork()):
        files.save = stop_at_the_word
        deckgen("build")
    os.waitpid(child, 0)
    assert "notes: 1 removed, 1 unchanged\n" in deckgen("build").out


def test_a_file_that_is_there_under_its_old_name_too_keeps_its_notes(deckgen: Deckgen) -> None:
    """As a renamed one is where upper and lower case are one; a hard link stands for that here."""
    deckgen("build", "old.md", "-o", "a.apkg", old_md=A)
    before = _notes()
    Path("new.md").hardlink_to("old.md")
    assert "notes: 1 moved\n" in deckgen("build", "new.md", "-o", "a.apkg").out
    assert [note["guid"] for note in _notes()] == [before[0]["guid"]]


def test_notes_that_are_still_there_are_not_said_to_be_removed(deckgen: Deckgen) -> None:
    deckgen("build", "linked/b.md", "-o", "b.apkg", deckgen_toml=PROJECT, linked__b_md=B, source__a_md=A)
    for _ in range(2):
        assert "removed" not in deckgen("build").out
    Path("linked/b.md").unlink()
    assert "1 removed" in deckgen("build").out


def test_notes_in_a_read_only_folder_are_built_without_a_ledger(
    deckgen: Deckgen, monkeypatch: pytest.MonkeyPatch
) -> None:
    save = files.save

    def read_only(path: Path, data: bytes, *, like: Path | None = None) -> None:
        if path.parent.name == "sub":
            raise PermissionError(13, "Permission denied")
        save(path, data, like=like)

    monkeypatch.setattr(files, "save", read_only)  # a real one does not bind the superuser who may run the tests
    made = deckgen("build", "sub/a.md", sub__a_md=A)
    assert made.code == 0
    assert "nothing is remembered" in made.err
    assert Path("a.apkg").is_file()
    monkeypatch.setattr(files, "save", save)
    deckgen("build", "sub/a.md")
    before = Path("a.apkg").read_bytes()
    monkeypatch.setattr(files, "save", read_only)
    made = deckgen("build", "sub/a.md", sub__a_md=A + B)
    assert made.code == 2
    assert Path("a.apkg").read_bytes() == before


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_a_build_killed_at_any_moment_leaves_package_and_ledger_that_fit(tmp_path: Path) -> None:
    (tmp_path / "source").mkdir()
    (tmp_path / "deckgen.toml").write_text(PROJECT, encoding="utf-8")
    chance = random.Random(7)  # noqa: S311 - nothing secret is made of it
    command = [sys.executable, "-m", "deckgen", "build"]
    phrases = [f"短语{n}" for n in range(3)]
    numbers: dict[str, int] = {}
    duration = 0.0
    for attempt in range(24):
        chance.shuffle(phrases)
        phrases.insert(0, f"新{attempt}")
        text = "**Q1：问？**\n\n" + "，".join(f"<u>{phrase}</u>" for phrase in phrases) + "\n"
        (tmp_path / "source" / "a.md").write_text(text, encoding="utf-8")
        start = time.monotonic()
        process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if attempt % 4:  # every fourth build runs to its end
            time.sleep(chance.uniform(0.5, 1.02) * duration)
            process.send_signal(signal.SIGKILL)
        process.wait()
        duration = time.monotonic() - start if attempt % 4 == 0 else duration
        package = _package_numbers(tmp_path / "deck.apkg")
        for phrase, number in package.items():
            assert numbers.setdefault(phrase, number) == number, f"{phrase} of an imported package changed its card"
        assert len(set(numbers.values())) == len(numbers), "two phrases had the same card"
        ledger.loading(tmp_path)()  # whatever is there can be used
    assert not build.check(config.load([tmp_path])).failed


def _package_numbers(path: Path) -> dict[str, int]:
    """The card of each phrase in a package."""
    connection = sqlite3.connect(":memory:")
    with zipfile.ZipFile(path) as archive:
        connection.deserialize(archive.read("collection.anki2"))
    (text,) = (fields for (fields,) in connection.execute("select flds from notes"))
    return {phrase: int(number) for number, phrase in re.findall(r"\{\{c(\d+)::(.*?)\}\}", text)}


def test_a_note_that_is_back_is_not_called_new(deckgen: Deckgen, anki: Anki) -> None:
    deckgen("build", deckgen_toml=PROJECT, source__a_md=A + B)
    anki.import_package(Path("deck.apkg"))
    deckgen("build", source__a_md=A)
    made = deckgen("diff", source__a_md=A + B + "**Q3：三？**\n\n<u>丙丙</u>\n")
    assert "back a.md Q2" in made.out
    assert "notes: 1 new, 1 back, 1 unchanged; cards: 1 new" in made.out
    deckgen("build")
    assert anki.import_package(Path("deck.apkg"))["new"] == 1
    changed = B.replace("<u>收到同样的梯度</u>", "收到同样的梯度").replace("永远", "<u>永远</u>")
    deckgen("build", source__a_md=A)
    made = deckgen("diff", source__a_md=A + changed)
    assert "new card 2: 永远" in made.out
    assert "retired card 1: 收到同样的梯度" in made.out


def test_a_ledger_that_is_gone_is_told(deckgen: Deckgen) -> None:
    deckgen("build", deckgen_toml=PROJECT, source__a_md=A)
    Path("deckgen.lock").unlink()
    told = "deckgen.lock:1:1: warning[lost-ledger] deck.apkg is there without the ledger of its notes"
    assert told in deckgen("check").err
    assert "warning[lost-ledger]" in deckgen("build").err
    assert deckgen("build").err == ""


def test_a_ledger_of_a_file_alone_that_is_gone_is_told(deckgen: Deckgen) -> None:
    assert deckgen("build", "source/a.md", source__a_md=A).err == ""
    Path("source/deckgen.lock").unlink()
    told = "source/deckgen.lock:1:1: warning[lost-ledger] a.apkg is there without the ledger of its notes"
    assert told in deckgen("diff", "source/a.md").err
    assert "lost-ledger" not in deckgen("check", "source/b.md", source__b_md=B).err
    for _ in range(2):
        assert "lost-ledger" not in deckgen("build", "source/b.md", "--to", "text", "-o", "deck.txt").err
    assert told in deckgen("build", "source/a.md").err
    assert deckgen("build", "source/a.md").err == ""


def test_a_ledger_that_is_gone_is_told_by_the_package_that_is_named(deckgen: Deckgen) -> None:
    assert deckgen("build", "a.md", "-o", "deck.apkg", a_md=A).err == ""
    Path("deckgen.lock").unlink()
    assert "warning[lost-ledger] deck.apkg is there" in deckgen("build", "a.md", "-o", "deck.apkg").err


def test_a_ledger_of_the_source_folder_is_no_projects(deckgen: Deckgen) -> None:
    deckgen("build", "source/a.md", source__a_md=A)
    assert Path("source/deckgen.lock").is_file()
    made = deckgen("build", deckgen_toml=PROJECT)
    assert (
        made.code,
        "deckgen.lock:1:1: error[lost-ledger] source/deckgen.lock remembers these notes" in made.err,
    ) == (1, True)
    Path("source/deckgen.lock").rename("deckgen.lock")
    assert "notes: 1 moved" in deckgen("build").out


def test_ledgers_of_notes_that_were_built_alone_below_a_project_are_missed(deckgen: Deckgen) -> None:
    deckgen("build", "os/a.md", os__a_md=A)
    first = Path("os/deckgen.lock").read_text(encoding="utf-8")
    deckgen("build", "net/b.md", net__b_md=B)
    made = deckgen("build", deckgen_toml="output = 'deck.apkg'\n")
    assert made.code == 1
    assert "error[lost-ledger] net/deckgen.lock and os/deckgen.lock remember these notes" in made.err
    assert not Path("deckgen.lock").exists()
    Path("net/deckgen.lock").unlink()
    made = deckgen("build")
    assert "error[lost-ledger] os/deckgen.lock remembers these notes" in made.err
    Path("os/deckgen.lock").rename("deckgen.lock")
    made = deckgen("build")
    assert (made.code, made.err) == (0, "")
    assert set(_guids_in(first)) < set(_guids_in(Path("deckgen.lock").read_text(encoding="utf-8")))


def test_a_project_of_its_own_below_another_keeps_its_ledger(deckgen: Deckgen) -> None:
    deckgen("build", "os/a.md", os__a_md=A)
    assert deckgen("build", deckgen_toml="output = 'deck.apkg'\n", os__deckgen_toml="").code == 0


def test_a_slip_in_a_word_is_mended_and_its_card_stays(deckgen: Deckgen) -> None:
    notes = "**Q1：Which filter?**\n\nA low-pass <u>{}</u> by the <u>schedular</u>, an <u>{}</u>.\n"
    deckgen("build", deckgen_toml=PROJECT, source__a_md=notes.format("fliter", "encoder"))
    made = deckgen("diff", source__a_md=notes.format("filter", "decoder").replace("schedular", "scheduler"))
    assert "new card 4: decoder" in made.out
    assert made.out.count("new card") == made.out.count("retired card") == 1


def _guids_in(ledger: str) -> list[str]:
    return re.findall(r'"guid": "(\w+)"', ledger)
