"""What a note may hold, as the real Anki shows it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from .conftest import Anki, Result, clozes, visible

if TYPE_CHECKING:
    from collections.abc import Callable

    from anki.cards import Card


def _import(anki: Anki, deckgen: Callable[..., Result], answer: str, **files: str) -> list[Card]:
    """The cards of a note with this answer; the package raises no complaint of Anki's."""
    made = deckgen("build", "a.md", a_md=f"**Q1：什么？**\n\n{answer}\n", **files)
    assert made.code == 0, made.err
    anki.import_package(Path("a.apkg"))
    assert anki.complaints() == []
    return anki.cards()


def _media(anki: Anki) -> list[str]:
    return sorted(re.sub(r"-[0-9a-f]{10}(?=\.)", "", path.name) for path in anki.media())


PICTURES = {
    "![](图 片.png){width=300}": "width: 300px",
    "![[图 片.png|300]]": "width: 300px",
    "![](%E5%9B%BE%20%E7%89%87.png){width=50%}": "width: 50%",
    '<img src="图 片.png" style="zoom:50%">': "zoom:50%",
    '<img src="%E5%9B%BE%20%E7%89%87.png" width="300" alt="图">': 'width="300"',
    "![说明](图 片.png)": 'alt="说明"',
}


@pytest.mark.parametrize("typed", PICTURES, ids=str)
def test_a_picture_travels_and_keeps_its_size(
    typed: str, anki: Anki, deckgen: Callable[..., Result], tmp_path: Path
) -> None:
    (tmp_path / "notes" / "图 片.png").write_bytes(b"not looked into")
    (card,) = _import(anki, deckgen, f"甲 {typed}")
    (image,) = re.findall(r"<img[^>]*>", card.answer())
    assert PICTURES[typed] in image
    assert re.search(r'src="image-[0-9a-f]{10}\.png"', image)
    assert _media(anki) == ["image.png"]


SOUNDS = (
    "![](a.mp3)",
    "![[a.mp3]]",
    "[sound:a.mp3]",
    '<audio src="a.mp3" controls></audio>',
    '<audio controls><source src="a.mp3">无</audio>',
    '<video src="a.mp3" controls>\n</video>',
)


@pytest.mark.parametrize("typed", SOUNDS, ids=str)
def test_anki_plays_sounds(typed: str, anki: Anki, deckgen: Callable[..., Result], tmp_path: Path) -> None:
    (tmp_path / "notes" / "a.mp3").write_bytes(b"not looked into")
    (card,) = _import(anki, deckgen, f"甲 {typed}")
    assert card.question_av_tags() == []
    assert [re.sub("-[0-9a-f]{10}", "", tag.filename) for tag in card.answer_av_tags()] == ["a.mp3"]  # type: ignore[union-attr]
    assert "无" not in visible(card.answer())
    assert _media(anki) == ["a.mp3"]


def test_a_sound_that_is_asked_for_is_not_played_on_the_front(
    anki: Anki, deckgen: Callable[..., Result], tmp_path: Path
) -> None:
    for name in ("a.mp3", "b.mp4"):
        (tmp_path / "notes" / name).write_bytes(name.encode())
    first, second = _import(anki, deckgen, "<u>![](a.mp3)</u> <u>乙 ![[b.mp4]]</u>")
    names = [[re.sub("-[0-9a-f]{10}", "", tag.filename) for tag in card.question_av_tags()] for card in (first, second)]  # type: ignore[union-attr]
    assert names == [["b.mp4"], ["a.mp3"]]
    assert [len(card.answer_av_tags()) for card in (first, second)] == [2, 2]


@pytest.mark.parametrize(
    "typed", ["../img/图 片.png", "../img/%E5%9B%BE%20%E7%89%87.png", "./../sub/../img/图 片.png", "..\\img\\图 片.png"]
)
def test_a_path_may_climb_inside_the_project(
    typed: str, anki: Anki, deckgen: Callable[..., Result], tmp_path: Path
) -> None:
    (tmp_path / "notes" / "img").mkdir()
    (tmp_path / "notes" / "img" / "图 片.png").write_bytes(b"not looked into")
    text = f'**Q1：什么？**\n\n![]({typed}) <img src="{typed}"> ![[{typed}]]\n'
    made = deckgen("build", "-o", "a.apkg", deckgen_toml="", sub__a_md=text)
    assert made.code == 0, made.err
    anki.import_package(Path("a.apkg"))
    assert _media(anki) == ["image.png"]
    assert anki.complaints() == []


def test_an_obsidian_image_is_found_by_its_name_alone(
    anki: Anki, deckgen: Callable[..., Result], tmp_path: Path
) -> None:
    for name in ("deep/er/Only.png", "one/two.png", "two/two.png"):
        file = tmp_path / "notes" / "files" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(name.encode())
    text = "**Q1：什么？**\n\n![[only.png]] ![[two/two.png]]\n"
    made = deckgen("build", "--to", "apkg", "-o", "a.apkg", deckgen_toml="", sub__a_md=text)
    assert (made.code, made.err.count("warning")) == (0, 0), made.err
    anki.import_package(Path("a.apkg"))
    contents = {path.read_bytes() for path in anki.media()}
    assert contents == {b"deep/er/Only.png", b"two/two.png"}


def test_two_files_of_one_name_are_named_and_neither_stays_a_riddle(
    deckgen: Callable[..., Result], tmp_path: Path
) -> None:
    for name in ("one/two.png", "two/two.png"):
        file = tmp_path / "notes" / "files" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(name.encode())
    made = deckgen("check", deckgen_toml="", sub__a_md="**Q1：什么？**\n\n![[two.png]]\n\n![](two.png)\n")
    assert "warning[ambiguous-file]" in made.err
    assert "files/one/two.png, files/two/two.png; the first is taken" in made.err
    assert "sub/a.md:5:1: error[missing-image] there is no image two.png" in made.err


SPANS = {
    "前<u>甲\n\n乙</u>后": (["甲", "乙"], "前[...] [...]后"),
    "<u>\n\n- 甲\n- 乙\n  - 丙\n\n</u>\n\n尾": (["甲", "乙", "丙"], "[...] [...] [...] 尾"),
    "<u>\n- 甲\n- 乙\n</u>": (["甲", "乙"], "[...] [...]"),
    "| <u>a | b |\n|---|---|\n| c</u> | d |": (["a", "b", "c"], "[...] [...] [...] d"),
    "<u>甲\n\n```python\nx = {1: {2: 3}}\n```\n\n$$\n\\frac{1}{\\sqrt{2}}\n$$\n\n乙</u>": (
        ["甲", "x = {1: {2: 3}}", r"\[\frac{1}{\sqrt{2}}\]", "乙"],
        "[...] [...] [...] [...]",
    ),
    "<u>甲\n\n<details><summary>乙</summary>\n\n丙\n\n</details>\n\n丁</u>": (
        ["甲", "乙", "丙", "丁"],
        "[...] [...] [...] [...]",
    ),
    "{{c1::甲\n\n乙::提示}}": (["甲", "乙"], "[提示] [...]"),
}


@pytest.mark.parametrize("typed", SPANS, ids=repr)
def test_an_underline_over_blocks_is_one_card(typed: str, anki: Anki, deckgen: Callable[..., Result]) -> None:
    asked, front = SPANS[typed]
    (card,) = _import(anki, deckgen, typed)
    assert clozes(card.answer()) == asked
    assert visible(card.question()).removeprefix("Q1 什么？ ").split() == front.split()
    for side in (card.question(), card.answer()):
        assert _unbalanced(side) == []


VOID = {"img", "br", "hr", "input"}


def _unbalanced(html: str) -> list[str]:
    """Tags that do not close what is open."""
    open_now: list[str] = []
    html = re.sub(r"<style.*?</style>", "", html, flags=re.DOTALL)
    for closing, name in re.findall(r"<(/?)([a-z0-9]+)[^>]*>", html):
        if name in VOID:
            continue
        if not closing:
            open_now.append(name)
        elif open_now and open_now[-1] == name:
            open_now.pop()
        else:
            return [f"</{name}> in {open_now}"]
    return open_now


def test_nested_clozes_ask_for_the_inner_and_for_the_outer(anki: Anki, deckgen: Callable[..., Result]) -> None:
    outer, inner, both = _import(anki, deckgen, "<u>外<u>内</u>外</u> {{c3::丙}}")
    assert clozes(outer.answer()) == ["外内外"]
    assert visible(outer.question()) == "Q1 什么？ [...] 丙"
    assert clozes(inner.answer()) == ["内"]
    assert visible(inner.question()) == "Q1 什么？ 外[...]外 丙"
    assert clozes(both.answer()) == ["丙"]


def test_eight_clozes_in_each_other_all_work(anki: Anki, deckgen: Callable[..., Result]) -> None:
    cards = _import(anki, deckgen, "<u>一" * 8 + "</u>" * 8)
    assert len(cards) == 8
    assert clozes(cards[0].answer()) == ["一" * 8]
    assert clozes(cards[7].answer()) == ["一"]


def test_one_phrase_on_two_cards(anki: Anki, deckgen: Callable[..., Result]) -> None:
    cards = _import(anki, deckgen, "{{c1,2::甲::提示}}乙{{c2::丙}}")
    assert [visible(card.question()) for card in cards] == ["Q1 什么？ [提示]乙丙", "Q1 什么？ [提示]乙[...]"]
    assert [visible(card.answer()).startswith("Q1 什么？ 甲乙丙") for card in cards] == [True, True]


COMBINED = {
    "<u>甲 **粗** 乙</u>丙": ["甲 粗 乙", "粗"],
    "**甲 <u>乙</u> *斜***": ["甲 乙 斜", "乙", "斜"],
    "<u>**甲**</u>乙": ["甲"],
    '**<u title="提示">甲</u>**乙': ["甲"],
    "{{c1::==甲==}}乙": ["甲"],
    "***甲***乙": ["甲"],
    "~~甲~~==乙==": ["甲", "乙"],
}


@pytest.mark.parametrize("typed", COMBINED, ids=str)
def test_marks_that_ask_may_be_combined(typed: str, anki: Anki, deckgen: Callable[..., Result]) -> None:
    every = 'cloze = ["underline", "mark", "bold", "italic", "strikethrough"]\noutput = "a.apkg"'
    cards = _import(anki, deckgen, typed, deckgen_toml=every)
    assert [clozes(card.answer()) for card in cards] == [[text] for text in COMBINED[typed]]
    if "提示" in typed:
        assert "[提示]" in visible(cards[0].question())


CODE = {
    "python": 'd = {"a": {"b": "::"}}; s = "\\(x\\)[sound:a.mp3]{{c1::x}}"',
    "c++": "std::map<int, std::map<int, int>> m{{1, {{2, 3}}}};",
    "latex": r"\(a\) \[b\] \frac{a}{\sqrt{b}}",
    "jinja": "{{ c1::x }} {% if a %}{{c2::b}}{% endif %}",
    "html": '<b class="a">{{c1::x}}</b> [latex]x[/latex]',
    "bash": 'echo "${a[@]}" \\(x\\) ::',
    "haskell": "f :: a -> b",
    "unknown": "{{c1::x}}",
}


@pytest.mark.parametrize("language", CODE)
def test_coloured_code_is_shown_as_typed(language: str, anki: Anki, deckgen: Callable[..., Result]) -> None:
    code = CODE[language]
    cards = _import(
        anki, deckgen, f"<u>甲</u>\n\n```{language}\n{code}\n```\n\n<u>乙\n\n```{language}\n{code}\n```\n\n</u>"
    )
    assert len(cards) == 2
    shown = " ".join(code.split())
    assert visible(cards[0].answer()).count(shown) == 2
    assert visible(cards[1].question()).count(shown) == 1
    assert clozes(cards[1].answer()) == ["乙", shown]
    assert not re.search(r"\\\(|\\\[|anki-mathjax", cards[0].answer())


def test_a_footnote_and_a_callout_are_on_the_card(anki: Anki, deckgen: Callable[..., Result]) -> None:
    (card,) = _import(anki, deckgen, "<u>甲</u>[^1]\n\n> [!tip]- 标题\n> 内容\n\n尾\n\n# 别处\n\n[^1]: 脚注")
    assert visible(card.question()) == "Q1 什么？ [...][1] 标题 内容 尾 脚注"
    assert _unbalanced(card.answer()) == []
