"""Figures of the notes and of deckgen.toml: which are drawn, where they are kept, and what shows them."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from .test_anki_import import INTERVIEW

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Anki, Result

    Deckgen = Callable[..., Result]

BLOCK = "**Q1：一？**\n\n<u>甲</u>\n\n```figure softmax\nscores = [1, 2]\n```\n"


def test_a_drawing_is_kept_and_drawn_again_only_when_it_has_changed(deckgen: Deckgen) -> None:
    deckgen("build", deckgen_toml="", a_md=BLOCK)
    kept = Path("media/a-q1-softmax.svg")
    first = kept.stat().st_mtime_ns
    code = (
        "import sys; from deckgen import cli; cli.main(['build']); "
        "print(sorted({'matplotlib', 'numpy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
    assert kept.stat().st_mtime_ns == first
    deckgen("build", a_md=BLOCK.replace("[1, 2]", "[1, 3]"))
    assert kept.stat().st_mtime_ns != first
    kept.write_text("<svg>torn</svg>", encoding="utf-8")
    deckgen("build")
    assert "softmax" in kept.read_text(encoding="utf-8")


def test_a_single_file_keeps_no_drawing(deckgen: Deckgen) -> None:
    deckgen("build", "a.md", a_md=BLOCK)
    assert not Path("media").exists()


def test_the_notes_stay_untouched_and_each_gets_the_figure_that_is_attached_to_it(deckgen: Deckgen, anki: Anki) -> None:
    toml = "".join(
        f'[figures.figure-{n}]\nkind = "softmax"\nattach = "{target}"\nscores = [{n}, 2, 3]\n\n'
        for n, target in enumerate(("Q01", "Q02", "interview.md Q03", "Q04"), 1)
    )
    made = deckgen("build", deckgen_toml=toml, interview_md=INTERVIEW)
    assert made.code == 0, made.err
    assert "4 figures" in made.out
    assert Path("interview.md").read_text(encoding="utf-8") == INTERVIEW
    anki.import_package(Path("notes.apkg"))
    assert anki.complaints() == []
    for card in anki.cards():
        number = int(card.note()["Label"][1:])
        assert f'<img class="figure" src="figure-{number}-' in card.answer()
        assert "<img" not in card.question()
    assert sorted(path.name for path in Path("media").iterdir()) == [f"figure-{n}.svg" for n in range(1, 5)]


def test_a_figure_of_a_block_takes_no_name_that_is_declared(deckgen: Deckgen, anki: Anki) -> None:
    toml = '[figures.A-q1-softmax]\nkind = "softmax"\nattach = "Q1"\nscores = [3, 4]\n'
    assert deckgen("build", deckgen_toml=toml, a_md=BLOCK).code == 0
    assert sorted(path.name for path in Path("media").iterdir()) == ["A-q1-softmax.svg", "a-q1-softmax-2.svg"]
    anki.import_package(Path("notes.apkg"))
    (card,) = anki.cards()
    numbers = re.findall(r'alt="softmax：原始分数 (\d, \d)', card.answer())
    assert numbers == ["1, 2", "3, 4"]


def test_a_declared_figure_is_an_ordinary_image(deckgen: Deckgen, anki: Anki) -> None:
    toml = '[figures.scaling]\nkind = "softmax"\nscores = [1, 2]\n\n[figures.spare]\nkind = "softmax"\nscores = [3]\n'
    notes = "**Q1：一？**\n\n<u>甲</u> ![](../media/scaling.svg) ![说明](scaling.svg)\n"
    assert deckgen("check", deckgen_toml=toml, x__a_md=notes).code == 0
    assert not Path("media").exists()
    deckgen("build")
    anki.import_package(Path("notes.apkg"))
    assert anki.complaints() == []
    (card,) = anki.cards()
    images = re.findall(r'<img class="figure" src="(.*?)" alt="(.*?)">', card.answer())
    assert images[0][0] == images[1][0]
    assert images[0][1].startswith("softmax：原始分数 1, 2")
    assert images[1][1] == "说明"
    assert sorted(path.name for path in Path("media").iterdir()) == ["scaling.svg", "spare.svg"]


def test_mistakes_in_declared_figures_are_told_with_their_line(deckgen: Deckgen) -> None:
    toml = (
        "# figures\n\n[figures.one]\nscores = [\n  1,\n  [2],\n]\nkind = 'softmax'\ncolour = 'red'\n"
        "[figures.two]\nkind = 'sofmax'\n[figures.three]\nkind = 'softmax'\nscores = [1]\nattach = 'Q9'\n"
        "[figures.four]\nkind = 'softmax'\nscores = [1]\nattach = 'Q1'\n"
    )
    made = deckgen("check", deckgen_toml=toml, a_md=BLOCK, b_md=BLOCK)
    assert made.code == 1
    heads = [line.split("] ", 1) for line in made.err.splitlines() if line.startswith("deckgen.toml")]
    assert [head for head, _ in heads] == [
        "deckgen.toml:4:1: error[bad-figure",
        "deckgen.toml:9:1: error[bad-figure",
        "deckgen.toml:10:1: error[unknown-figure",
        "deckgen.toml:12:1: error[bad-figure",
        "deckgen.toml:16:1: error[bad-figure",
    ]
    assert 'hint: write kind = "softmax"' in made.err
    assert "fits no note" in heads[3][1]
    assert "fits 2 notes" in heads[4][1]
    assert 'attach = "a.md Q1"' in made.err


def test_what_a_table_of_a_declared_figure_holds_is_told_where_it_stands(deckgen: Deckgen) -> None:
    toml = (
        "[figures.one]\nkind = 'softmax'\nscores = [1, 2]\n\n[figures.one.options]\nd_v = 3\n\n"
        "[figures]\ntwo = {kind = 'softmax', scores = [1], 'my key' = {a = 1}}\n"
        "three.kind = 'softmax'\nthree.scores = ['x']\n"
    )
    made = deckgen("check", deckgen_toml=toml, a_md=BLOCK)
    assert made.code == 1
    heads = [line for line in made.err.splitlines() if line.startswith("deckgen.toml")]
    assert [re.sub(r" figures of the kind.*", "", head) for head in heads] == [
        "deckgen.toml:5:1: error[bad-figure] unknown key 'options';",
        "deckgen.toml:9:1: error[bad-figure] unknown key 'my key';",
        "deckgen.toml:11:1: error[bad-figure] number 1 of scores is a string; a number is expected",
    ]


def test_a_declared_figure_may_be_written_in_any_form_of_toml(deckgen: Deckgen) -> None:
    pictures = []
    for toml in (
        "[figures.s]\nkind = 'softmax'\nscores = [1, 2]\nalt = '“一”'\n",
        "[figures]\ns = {kind = 'softmax', 'scores' = [1, 2], alt = '“一”'}\n",
        "figures.s.kind = 'softmax'\r\nfigures.s.scores = [\r\n1,\r\n2]\r\nfigures.s.alt = '“一”'\r\n",
    ):
        made = deckgen("build", "--to", "text", deckgen_toml=toml, a_md="**Q1：一？**\n\n![](s.svg)\n")
        assert made.code == 0, made.err
        pictures.append(made.out)
    assert 'alt="“一”"' in pictures[0]
    assert len(set(pictures)) == 1


def test_figures_speak_the_language_of_the_notes(deckgen: Deckgen) -> None:
    assert "最大概率" in deckgen("build", "--to", "text", deckgen_toml="", a_md=BLOCK).out
    assert "greatest probability" in deckgen("build", "--to", "text", deckgen_toml='lang = "en"\n').out
    assert deckgen("build", deckgen_toml='lang = "fr"\n').code == 2


def test_several_processes_draw_the_same(deckgen: Deckgen, monkeypatch: pytest.MonkeyPatch) -> None:
    notes = "".join(BLOCK.replace("Q1", f"Q{n}").replace("[1, 2]", f"[1, {n}]") for n in range(1, 6))
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    made = deckgen("build", deckgen_toml="", a_md=notes)
    assert made.code == 0, made.err
    parallel = {path.name: path.read_bytes() for path in Path("media").iterdir()}
    for path in Path("media").iterdir():
        path.unlink()
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    deckgen("build")
    assert {path.name: path.read_bytes() for path in Path("media").iterdir()} == parallel


def test_a_figure_on_the_back_only_has_its_caption_and_is_hidden_in_front(deckgen: Deckgen, anki: Anki) -> None:
    notes = BLOCK.replace("scores = [1, 2]", 'scores = [1, 2]\nside = "back"\ncaption = "图 1 <甲>"\nalt = "自述"')
    deckgen("build", "a.md", a_md=notes)
    anki.import_package(Path("a.apkg"))
    (card,) = anki.cards()
    assert '<figure class="back-only"><img class="figure"' in card.question()
    assert 'alt="自述"><figcaption>图 1 &lt;甲&gt;</figcaption></figure>' in card.answer()
    assert ".front .back-only { display: none; }" in card.question()
    assert '<article class="note front"' in card.question()
    assert '<article class="note back"' in card.answer()


def test_weights_come_from_a_file_of_the_project_and_from_nowhere_else(deckgen: Deckgen) -> None:
    notes = '**Q1：一？**\n\n答\n\n```figure attention\ntokens = ["甲", "乙"]\nfile = "{}"\n```\n'
    Path("data").mkdir()
    Path("data/weights.json").write_text("[[0.7, 0.3], [0.4, 0.6]]", encoding="utf-8")
    made = deckgen("build", "--to", "text", deckgen_toml="", a_md=notes.replace("{}", "data/weights.json"))
    assert "0.70" in made.out
    Path("data/weights.json").write_text("[[0.8, 0.2], [0.4, 0.6]]", encoding="utf-8")
    assert "0.80" in deckgen("build", "--to", "text").out
    for reference, message in (
        ("none.json", "there is no file none.json"),
        ("/etc/hostname", "is outside the project"),
    ):
        made = deckgen("check", a_md=notes.replace("{}", reference))
        assert made.code == 1
        assert "a.md:7:1: error[bad-figure]" in made.err
        assert message in made.err


@pytest.mark.parametrize("source", ["notes", "notes/", "."])
def test_attach_names_a_document_as_the_foot_of_its_card_does(deckgen: Deckgen, source: str) -> None:
    toml = f"source = '{source}'\n[figures.s]\nkind = 'softmax'\nscores = [1, 2]\nattach = 'notes/a.md Q1'\n"
    note = "**Q1：一？**\n\n答。\n"
    made = deckgen("build", "--to", "text", deckgen_toml=toml, notes__a_md=note, notes__b_md=note)
    assert (made.code, made.out.count("Figures:")) == (0, 1), made.err


def test_a_png_without_a_font_for_its_text_becomes_an_svg_with_a_warning(
    deckgen: Deckgen, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes = BLOCK.replace("scores = [1, 2]", 'scores = [1, 2]\nformat = "png"')
    assert deckgen("build", deckgen_toml="", a_md=notes).err == ""
    assert [path.suffix for path in Path("media").iterdir()] == [".png"]
    monkeypatch.setattr("deckgen.figures.canvas.without_font", lambda _page: "“题”")
    made = deckgen("build", deckgen_toml="", a_md=notes.replace("[1, 2]", "[1, 3]"))
    assert made.code == 0
    assert "warning[no-cjk-font]" in made.err
    assert "fonts-noto-cjk" in made.err
    assert ".svg" in deckgen("build", "--to", "text").out
    strict = deckgen("build", "--strict")
    assert strict.code == 1
    assert "error[no-cjk-font]" in strict.err


def test_what_drawing_finds_stands_in_the_order_of_the_files(deckgen: Deckgen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deckgen.figures.canvas.without_font", lambda _page: "“题”")
    notes = "**Q1：甲？**\n\n答。\n\n"
    figure = '```figure softmax\nscores = [1, 2]\nformat = "png"\n```\n'
    made = deckgen(
        "build",
        deckgen_toml="",
        a_md=notes + figure,
        b_md="**Q2：乙？**\n\n<u>整个矩阵放不进片上内存，只能一块一块地算</u>。\n",
    )
    assert made.code == 0
    heads = [line.split("]")[0] for line in made.err.splitlines() if "warning[" in line]
    assert heads == ["a.md:5:1: warning[no-cjk-font", "b.md:3:1: warning[all-underlined"]


def test_the_example_of_the_documentation_gives_each_note_its_figure(deckgen: Deckgen, anki: Anki) -> None:
    page = (Path(__file__).parent.parent / "docs" / "figures.md").read_text(encoding="utf-8")
    toml = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)[1]
    Path("llm-interview-1.md").write_text(INTERVIEW, encoding="utf-8")
    made = deckgen("build", deckgen_toml=toml)
    assert made.code == 0, made.err
    anki.import_package(Path("notes.apkg"))
    assert anki.complaints() == []
    kinds = [re.findall(r'class="figure" src="(\w+)-', card.answer()) for card in anki.cards()]
    assert kinds == [["heads"]] * 3 + [["projections"]] * 4 + [["cost"]] * 4 + [["saturation"]] * 2
