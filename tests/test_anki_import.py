"""Packages in the real Anki: notes, cards, fields, note types, media, order."""

from __future__ import annotations

import json
import random
import re
import sqlite3
import tempfile
import zipfile
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deckgen.templates import builtin

from .conftest import clozes, visible

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    from .conftest import Anki, Result

    Deckgen = Callable[..., Result]

INTERVIEW = (Path(__file__).parent / "notes" / "interview.md").read_text(encoding="utf-8")


def test_real_notes_become_the_cards_their_author_meant(deckgen: Deckgen, anki: Anki) -> None:
    made = deckgen("build", "interview.md", interview_md=INTERVIEW)
    assert (made.code, made.err) == (0, "")
    assert anki.import_package(Path("interview.apkg")) == {"new": 4}
    cards = anki.cards()
    assert [len(anki.col.get_note(note_id).cards()) for note_id in anki.col.find_notes("")] == [3, 4, 4, 2]
    asked = [clozes(card.answer()) for card in cards]
    assert asked == [[phrase] for phrase in re.findall("<u>(.*?)</u>", INTERVIEW)]
    assert {anki.col.decks.name(card.did) for card in cards} == {"面试笔记一"}
    assert anki.complaints() == []
    everything = "".join(card.question() + card.answer() for card in cards)
    assert "前言" not in everything
    assert "cover" not in everything
    assert "O(n^2 * d)" in visible(cards[7].answer())
    assert cards[3].answer().count("<li>") == 3
    link = re.search(r'<a href="(.*?)">', cards[11].answer())
    assert link
    assert f"[参考连接]({unescape(link[1])})" in INTERVIEW
    for card in cards:
        note = card.note()
        assert note["Remarks"]
        assert note["Key"] == note.guid
        assert anki.col.find_notes(f"Key:{note.guid}") == [note.id]
        assert visible(card.question()).startswith(f"{note['Label']} {visible(note['Question'])}")
        assert note["Source"] == "interview.md › 面试笔记一"


def test_the_note_types_are_frozen(deckgen: Deckgen, anki: Anki) -> None:
    """These ids, names and their order may never change: Anki would split a user's notes into two note types."""
    deckgen("build", "a.md", a_md="**Q1：一？**\n\n<u>甲</u>\n\n**Q2：二？**\n\n乙\n")
    anki.import_package(Path("a.apkg"))
    frozen: dict[str, Any] = {}
    for name in ("deckgen Cloze", "deckgen Q&A"):
        model = anki.col.models.by_name(name)
        assert model
        frozen[name] = (
            model["id"],
            model["type"],
            [(field["name"], field["id"]) for field in model["flds"]],
            [(template["name"], template["id"]) for template in model["tmpls"]],
        )
    fields = ["Question", "Answer", "Remarks", "Figures", "Label", "Source", "Key"]
    numbered = [(name, 5_113_208_417_100 + number) for number, name in enumerate(fields, 1)]
    assert frozen == {
        "deckgen Cloze": (1_698_342_750_613, 1, numbered, [("Card", 5_113_208_417_201)]),
        "deckgen Q&A": (1_698_342_750_614, 0, numbered, [("Card", 5_113_208_417_202)]),
    }


def test_a_second_import_adds_nothing_and_keeps_the_users_style(deckgen: Deckgen, anki: Anki) -> None:
    deckgen("build", "interview.md", interview_md=INTERVIEW)
    anki.import_package(Path("interview.apkg"))
    model = anki.col.models.by_name("deckgen Cloze")
    assert model
    model["css"] += "/* mine */"
    anki.col.models.update_dict(model)
    assert anki.import_package(Path("interview.apkg")) == {"duplicate": 4}
    model = anki.col.models.by_name("deckgen Cloze")
    assert model
    assert model["css"].endswith("/* mine */")
    assert anki.col.note_count() == 4


def test_cards_are_exactly_those_that_anki_would_make(deckgen: Deckgen, anki: Anki) -> None:
    """Check Database adds cards that a package forgot, and Empty Cards lists those that it should not have."""
    notes = '<u data-card="3">甲</u>{{c3::乙}}<u>外<u>内</u></u>{{c500::末}}<u title="a::b">丙</u>'
    made = deckgen("build", "a.md", a_md=f"**Q1：一？**\n\n{notes}\n\n**Q2：二？**\n\n乙\n")
    assert made.code == 0, made.err
    anki.import_package(Path("a.apkg"))
    before = [(card.nid, card.ord) for card in anki.cards()]
    assert sorted(ord_ + 1 for _, ord_ in before) == [1, 1, 2, 3, 4, 500]
    assert anki.complaints() == []
    assert [(card.nid, card.ord) for card in anki.cards()] == before
    assert list(anki.col.get_empty_cards().notes) == []


def test_both_kinds_of_cards_from_one_note(deckgen: Deckgen, anki: Anki) -> None:
    deckgen("build", deckgen_toml='cards = "both"\n', a_md="**Q1：一？**\n\n<u>甲</u>\n")
    assert anki.import_package(Path("notes.apkg")) == {"new": 2}
    plain = next(card for card in anki.cards() if card.note_type()["name"] == "deckgen Q&A")
    assert visible(plain.question()) == "Q1 一？"
    assert "<u>甲</u>" in plain.answer()


def test_pictures_travel_under_names_of_their_content(deckgen: Deckgen, anki: Anki) -> None:
    for folder, content in (("x", b"one"), ("y", b"two"), ("media", b"three")):
        Path(folder).mkdir()
        Path(folder, "图 1.png").write_bytes(content)
    Path("media", "only here.PNG").write_bytes(b"four")
    made = deckgen(
        "build",
        deckgen_toml="",
        x__a_md="**Q1：一？**\n\n![](图%201.png) <img src='../y/图 1.png' style='zoom:50%'> ![](<图 1.png>)",
        b_md="**Q2：二？**\n\n![](<图 1.png>) ![说明](only%20here.PNG)",
    )
    assert made.code == 0, made.err
    anki.import_package(Path("notes.apkg"))
    assert anki.complaints() == []
    contents = {path.name: path.read_bytes() for path in anki.media()}
    assert sorted(contents.values()) == [b"four", b"one", b"three", b"two"]
    assert all(re.fullmatch(r"[a-z0-9-]+-[0-9a-f]{10}\.png", name) for name in contents)
    shown = re.findall('src="(.*?)"', "".join(card.answer() for card in anki.cards()))
    assert [contents[name] for name in shown] == [b"three", b"four", b"one", b"two", b"one"]


def test_figures_are_drawn_into_the_package(deckgen: Deckgen, anki: Anki) -> None:
    notes = "**Q1：一？**\n\n<u>甲</u>\n\n```figure softmax\nscores = [1, 2, 8, 2, 16]\ndivisor = 8\n```\n"
    deckgen("build", "a.md", a_md=notes)
    anki.import_package(Path("a.apkg"))
    (card,) = anki.cards()
    assert anki.complaints() == []
    image = re.search(r'<img class="figure" src="(a-q1-softmax-[0-9a-f]{10}\.svg)" alt="(.*?)">', card.answer())
    assert image
    assert "0.9997" in image[2]
    assert "0.5351" in image[2]
    assert (Path(anki.col.media.dir()) / image[1]).read_text(encoding="utf-8").startswith("<?xml")


def test_new_cards_come_in_the_order_of_the_source(deckgen: Deckgen, anki: Anki) -> None:
    notes = "".join(f"**Q{n}：问{n}？**\n\n<u>甲{n}</u><u>乙{n}</u>\n\n" for n in (3, 1, 2))
    deckgen("build", deckgen_toml="", z_md=notes, a_md="**Q9：先？**\n\n答\n")
    anki.import_package(Path("notes.apkg"))
    assert [card.note()["Label"] for card in anki.cards()] == ["Q9", "Q3", "Q3", "Q1", "Q1", "Q2", "Q2"]
    assert all(0 < card.due < 1_000_000 for card in anki.cards())


def test_the_same_notes_give_the_same_bytes(deckgen: Deckgen, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1790000000")
    notes = "**Q1：一？**\n\n<u>甲</u>\n\n```figure softmax\nscores = [1, 2]\n```\n"
    deckgen("build", "a.md", a_md=notes)
    first = Path("a.apkg").read_bytes()
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    Path("a.md").write_text(notes, encoding="utf-8")
    deckgen("build", "a.md")
    assert Path("a.apkg").read_bytes() == first


def test_times_are_those_of_the_first_build(deckgen: Deckgen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1790000000")
    deckgen("build", "a.md", a_md="**Q1：一？**\n\n<u>甲</u>\n")
    with zipfile.ZipFile("a.apkg") as archive:
        Path("collection").write_bytes(archive.read("collection.anki2"))
    connection = sqlite3.connect("collection")
    assert connection.execute("select mod from notes").fetchall() == [(1_790_000_000,)]
    models = json.loads(connection.execute("select models from col").fetchone()[0])
    assert {model["mod"] for model in models.values()} == {1_790_000_000}
    connection.close()
    monkeypatch.delenv("SOURCE_DATE_EPOCH")
    Path("deckgen.lock").unlink()
    assert deckgen("build", "a.md").code == 0
    assert f'"modified": {builtin.RELEASED}' in Path("deckgen.lock").read_text(encoding="utf-8")
    for wrong in ("soon", "1700000000000", "1" * 5000):
        monkeypatch.setenv("SOURCE_DATE_EPOCH", wrong)
        made = deckgen("build", "a.md")
        assert (made.code, "SOURCE_DATE_EPOCH must be seconds since 1970" in made.err) == (2, True)


def test_nothing_is_left_in_the_temporary_folder(
    deckgen: Deckgen, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    assert deckgen("build", "a.md", a_md="**Q1：一？**\n\n<u>甲</u>\n").code == 0
    assert list((tmp_path / "temporary").iterdir()) == []
    assert sorted(path.name for path in Path().iterdir()) == ["a.apkg", "a.md", "deckgen.lock"]


def test_without_a_temporary_folder_there_is_a_message_and_no_package(
    deckgen: Deckgen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", "not-there")
    made = deckgen("build", "a.md", a_md="**Q1：一？**\n\n<u>甲</u>\n")
    assert made.code == 2
    assert made.err.startswith("deckgen: the temporary folder cannot be used")
    assert [path.name for path in Path().iterdir()] == ["a.md"]


def test_a_package_has_no_indexes_as_anki_makes_its_own(deckgen: Deckgen, anki: Anki, tmp_path: Path) -> None:
    deckgen("build", "a.md", a_md="**Q1：一？**\n\n<u>甲</u>\n")
    with zipfile.ZipFile("a.apkg") as archive:
        archive.extract("collection.anki2", tmp_path)
    indexes = "SELECT count(*) FROM sqlite_master WHERE type = 'index'"
    connection = sqlite3.connect(tmp_path / "collection.anki2")
    assert connection.execute(indexes).fetchone() == (0,)
    connection.close()
    anki.import_package(Path("a.apkg"))
    assert anki.complaints() == []
    assert anki.col.db is not None
    assert anki.col.db.scalar(indexes) > 0


def test_two_projects_with_a_question_in_the_same_place_keep_both_notes(deckgen: Deckgen, anki: Anki) -> None:
    for name, question in (("one", "什么是甲？"), ("two", "什么是乙？")):
        Path(name).mkdir()
        Path(name, "a.md").write_text(f"**Q1：{question}**\n\n<u>{name}</u>\n", encoding="utf-8")
        assert deckgen("build", f"{name}/a.md", "-o", f"{name}.apkg").code == 0
        assert anki.import_package(Path(f"{name}.apkg")) == {"new": 1}
    assert {visible(card.answer())[3:8] for card in anki.cards()} == {"什么是甲？", "什么是乙？"}


def test_a_package_of_many_megabytes_arrives_whole_and_so_does_the_next_that_is_built_upon_it(
    deckgen: Deckgen, anki: Anki
) -> None:
    """It is compressed in pieces, by several threads."""
    chance = random.Random(1)  # noqa: S311 - the same text each time
    notes = "".join(f"**Q{n}：第{n}问？**\n\n<u>甲{n}</u> {chance.randbytes(12_000).hex()}\n\n" for n in range(400))
    deckgen("build", deckgen_toml='output = "a.apkg"', a_md=notes, b_md="**Q1：另一问？**\n\n<u>甲</u>\n")
    for text, expected in (("乙", {"new": 401}), ("丙", {"updated": 1, "duplicate": 400})):
        with zipfile.ZipFile("a.apkg") as package:
            assert package.testzip() is None
            assert package.getinfo("collection.anki2").file_size > 8_000_000
        assert anki.import_package(Path("a.apkg")) == expected
        deckgen("build", b_md=f"**Q1：另一问？**\n\n<u>甲</u>{text}\n")
