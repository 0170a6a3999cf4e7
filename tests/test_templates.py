"""A project's own templates, style and note types: where they come from, what travels, what is wrong with them."""

from __future__ import annotations

import json
import re
import time
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from anki.collection import ImportAnkiPackageOptions, ImportAnkiPackageRequest
from anki.import_export_pb2 import IMPORT_ANKI_PACKAGE_UPDATE_CONDITION_ALWAYS as ALWAYS

from deckgen import colours, config
from deckgen.templates import builtin, looks

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Anki, Result

    Deckgen = Callable[..., Result]

NOTES = """\
**Q01：什么是 softmax？**

把分数变成<u>概率</u>，总和为<u>一</u>。

**Q02：为什么？**

因为要归一。

> 一条备注。
"""


def test_without_a_folder_every_template_is_built_in(deckgen: Deckgen) -> None:
    made = deckgen("templates", deckgen_toml="", a_md=NOTES)
    assert made.code == 0
    assert {line.rpartition("  ")[2].strip() for line in made.out.splitlines()} == {"built in"}


def test_ejected_templates_give_the_same_package(deckgen: Deckgen) -> None:
    assert deckgen("build", "-o", "one.apkg", deckgen_toml="", a_md=NOTES).code == 0
    assert deckgen("templates", "eject").code == 0
    assert "yours, unchanged" in deckgen("templates", "list").out
    assert deckgen("build", "-o", "two.apkg").code == 0
    assert Path("one.apkg").read_bytes() == Path("two.apkg").read_bytes()


def test_a_file_of_the_project_wins_and_the_others_are_ours(deckgen: Deckgen, anki: Anki) -> None:
    assert deckgen("templates", "eject", "qa/back.html", deckgen_toml="", a_md=NOTES).code == 0
    assert sorted(str(path) for path in Path("templates").rglob("*.*") if path.is_file()) == [
        "templates/.ejected/qa/back.html",
        "templates/qa/back.html",
    ]
    Path("templates/qa/back.html").write_text("{{FrontSide}}<p>mine: {{Answer}}</p>", encoding="utf-8")
    assert deckgen("build").code == 0
    anki.import_package(Path("notes.apkg"))
    backs = [card.answer() for card in anki.cards()]
    assert [("mine: " in back) for back in backs] == [False, False, True]


def test_eject_never_overwrites_what_was_edited(deckgen: Deckgen) -> None:
    deckgen("templates", "eject", deckgen_toml="")
    Path("templates/style.css").write_text(".mine {}", encoding="utf-8")
    made = deckgen("templates", "eject")
    assert "templates/style.css stands there already: left as it is" in made.out
    assert Path("templates/style.css").read_text(encoding="utf-8") == ".mine {}"


def test_diff_tells_the_changes_of_the_user_from_those_of_a_newer_deckgen(
    deckgen: Deckgen, monkeypatch: pytest.MonkeyPatch
) -> None:
    deckgen("templates", "eject", deckgen_toml="")
    style = Path("templates/style.css")
    style.write_text(style.read_text(encoding="utf-8") + ".mine {}\n", encoding="utf-8")
    made = deckgen("templates", "diff")
    assert [line for line in made.out.splitlines() if line.startswith(("+", "-"))][2:] == ["+.mine {}"]
    assert "qa/front.html is as it was ejected" in made.out

    of_this_release = builtin.text
    monkeypatch.setattr(builtin, "text", lambda name: of_this_release(name) + "/* of the next release */\n")
    made = deckgen("templates", "diff")
    assert "+.mine {}" in made.out
    assert "+/* of the next release */" in made.out
    assert "yours, and newer built in" in deckgen("templates").out
    assert deckgen("templates", "diff", "--seen").code == 0
    assert "+/* of the next release */" not in deckgen("templates", "diff").out.replace("+.mine {}", "")
    made = deckgen("templates", "eject", "cloze/front.html")
    assert "stands there already" in made.out


def test_an_untouched_file_is_brought_up_to_date_by_eject(deckgen: Deckgen, monkeypatch: pytest.MonkeyPatch) -> None:
    deckgen("templates", "eject", deckgen_toml="")
    of_this_release = builtin.text
    monkeypatch.setattr(builtin, "text", lambda name: of_this_release(name) + "<!-- next -->\n")
    assert "templates/qa/front.html is yours now" in deckgen("templates", "eject").out
    assert Path("templates/qa/front.html").read_text(encoding="utf-8").endswith("<!-- next -->\n")


@pytest.mark.parametrize(("arguments", "message"), [(("eject", "qa/top.html"), "there is no template qa/top.html")])
def test_an_unknown_template_is_told(deckgen: Deckgen, arguments: tuple[str, ...], message: str) -> None:
    made = deckgen("templates", *arguments, deckgen_toml="")
    assert made.code == 2
    assert message in made.err


# The table [style] of the configuration.


def test_the_style_of_the_configuration_sets_the_variables(deckgen: Deckgen, anki: Anki) -> None:
    toml = """\
[style]
accent = "#ff9900"
font_size = 20
font_family = "Georgia, serif"
line_height = 1.5
align = "justify"
width = "30em"
other_clozes = "hidden"
"""
    made = deckgen("build", deckgen_toml=toml, a_md=NOTES)
    assert made.code == 0, made.err
    anki.import_package(Path("notes.apkg"))
    css = anki.cards()[0].render_output().css
    for declaration in ("font-size: 20px", "font-family: Georgia, serif", "line-height: 1.5", "width: 30em"):
        assert f"--deckgen-{declaration};" in css
    assert "--deckgen-text-align: justify;" in css
    assert ".front .cloze-inactive { font-size: 0; }" in css


@pytest.mark.parametrize("accent", ["#ff9900", "#ffff00", "#000000", "#ffffff", "#0b6b63", "#2f6fb5", "#ff00ff"])
def test_every_accent_becomes_legible(accent: str) -> None:
    css = looks.css(config.Style(accent=accent))
    found = re.findall(r"--deckgen-accent: (#\w+); --deckgen-accent-soft: (#\w+);", css)
    assert len(found) == 2
    for (ink, soft), paper in zip(found, (looks.PAPER, looks.NIGHT_PAPER), strict=True):
        assert colours.contrast(ink, soft) >= 4.5
        assert colours.contrast(ink, paper) >= 4.5
        assert f"--deckgen-paper: {paper};" in builtin.load("qa").css


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('accent = "red"', "`style.accent` must be a colour"),
        ("font_size = 0", "`style.font_size` must be a number of pixels"),
        ('font_size = "big"', "`style.font_size` must be"),
        ('font_family = "a; } body { display: none"', "`style.font_family` must be"),
        ("line_height = true", "`style.line_height` must be"),
        ('align = "middle"', "`style.align` must be one of"),
        ('other_clozes = "gone"', "`style.other_clozes` must be one of"),
        ("colour = 1", "unknown key `style.colour`: the keys are accent"),
    ],
)
def test_a_wrong_style_is_told_with_its_line(deckgen: Deckgen, line: str, message: str) -> None:
    made = deckgen("check", deckgen_toml=f'deck = "A"\n[style]\nwidth = "40em"\n{line}\n', a_md=NOTES)
    assert made.code == 2
    assert made.err.startswith(f"deckgen.toml:4:1: error[bad-config] {message}"), made.err


# Files that templates use.


def test_files_of_the_templates_travel_under_names_of_their_content(deckgen: Deckgen, anki: Anki) -> None:
    Path("templates").mkdir()
    Path("templates/_Logo 图.png").write_bytes(b"png")
    Path("templates/_font.woff2").write_bytes(b"font")
    Path("templates/_more.css").write_text('@font-face { src: url("_font.woff2"); }', encoding="utf-8")
    style = '@import url("_deckgen_user.css");\n@import url(_more.css);\n.card { background: url("_font.woff2") }\n'
    front = '<img src="_Logo 图.png">{{Question}}'.replace("_Logo 图.png", "_logo.png")
    Path("templates/_Logo 图.png").rename("templates/_logo.png")
    made = deckgen(
        "build", deckgen_toml="", a_md=NOTES, **{"templates__style.css": style, "templates__qa__front.html": front}
    )
    assert made.code == 0, made.err
    first = _media(Path("notes.apkg"))
    assert set(first.values()) == {b"", b"png", b"font", first[_name(first, "_more")]}
    assert first["_deckgen_user.css"] == b""
    assert _name(first, "_font") in first[_name(first, "_more")].decode()
    anki.import_package(Path("notes.apkg"))
    assert anki.complaints() == []
    assert _name(first, "_logo") in anki.cards()[-1].question()
    assert f"url({_name(first, '_more')})" in anki.cards()[0].render_output().css

    Path("templates/_font.woff2").write_bytes(b"another font")
    assert deckgen("build").code == 0
    second = _media(Path("notes.apkg"))
    assert {name for name in second if name not in first} == {_name(second, "_font"), _name(second, "_more")}


def _media(package: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(package) as archive:
        names = json.loads(archive.read("media"))
        return {name: archive.read(number) for number, name in names.items()}


def _name(media: dict[str, bytes], stem: str) -> str:
    (name,) = (name for name in media if name.startswith(f"{stem}-"))
    return name


def test_every_file_that_will_not_be_there_is_told(deckgen: Deckgen) -> None:
    files = {
        "templates__style.css": '.a { background: url(_none.png) }\n.b { background: url("b.png") }\n',
        "templates__qa__back.html": '{{Answer}}\n<script src="_x.js"></script> <a href="https://a.b">x</a> <a href="#x">y</a>'
        '<img src="data:image/png;base64,"> <img src="{{Label}}.png"> <img src="http://a/b.png">',
        "templates___more.css": "a { background: url('_gone.svg'); }",
        "templates___deckgen_user.css": "",
    }
    made = deckgen("build", deckgen_toml="", a_md=NOTES, **files)
    assert made.code == 1
    found = re.findall(r"^(\S+): error\[template-file\] (.*)$", made.err, re.MULTILINE)
    assert sorted(found) == [
        ("templates/_deckgen_user.css:1:1", "_deckgen_user.css is reserved"),
        ("templates/_more.css:1:22", "there is no file _gone.svg"),
        ("templates/qa/back.html:2:14", "there is no file _x.js"),
        ("templates/style.css:1:22", "there is no file _none.png"),
        ("templates/style.css:2:23", "b.png will not be there in Anki"),
    ]


def test_a_link_out_of_the_project_does_not_travel(deckgen: Deckgen, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret", encoding="utf-8")
    Path("templates").mkdir()
    Path("templates/_a.txt").symlink_to(tmp_path / "secret.txt")
    made = deckgen("build", deckgen_toml="", a_md=NOTES)
    assert made.code == 1
    assert "error[outside-project] _a.txt is a link to a file outside the project" in made.err


# Note types of the project's own.

WORDS = """\
[note_types."单词"]
kind = "qa"
fields = { "词" = "Question", "义" = "Answer", "注" = "Remarks", Key = "Key" }
cards = ["Recall", "Explain"]
documents = ["words/*.md"]
"""
WORDS_FILES = {
    "templates__单词__Recall__front.html": "{{词}}",
    "templates__单词__Recall__back.html": "{{FrontSide}}<hr>{{义}}",
    "templates__单词__Explain__front.html": "{{#注}}{{注}}{{/注}}",
    "templates__单词__Explain__back.html": "{{词}}",
}


def test_a_note_type_that_our_templates_do_not_fit_is_told_in_one_place(deckgen: Deckgen) -> None:
    toml = 'deck = "x"\n\n[note_types.Two]\nkind = "qa"\nfields = { K = "Key", A = "Answer" }\n'
    made = deckgen("build", deckgen_toml=toml, a_md=NOTES)
    assert made.code == 1
    assert made.err.count("error[") == 1
    assert made.err.startswith(
        "deckgen.toml:3:1: error[template-no-field] deckgen's own templates do not fit the note type Two"
    )
    assert "write templates/Two/front.html, templates/Two/back.html; its fields are {{K}}, {{A}}" in made.err
    two = '[note_types.Two]\nkind = "qa"\ncards = ["A", "B"]\n'
    made = deckgen("build", deckgen_toml=two, a_md=NOTES)
    assert made.err.startswith("deckgen.toml:1:1: error[template-same-front] deckgen's own templates do not fit")


def test_our_templates_take_the_fields_names_of_a_note_type(deckgen: Deckgen, anki: Anki) -> None:
    words = '[note_types."词"]\nkind = "qa"\nfields = { Word = "Question", "义" = "Answer", Hint = "Remarks" }\n'
    assert deckgen("build", deckgen_toml=words, a_md="**Q1：entropy？**\n\n熵\n\n> 信息论\n").code == 0
    anki.import_package(Path("notes.apkg"))
    [card] = anki.cards()
    assert "entropy？" in card.question()
    assert '<div class="answer"><p>熵</p></div>' in card.answer()
    assert '<aside class="remarks"><p>信息论</p></aside>' in card.answer()
    assert "{{" not in card.answer() + card.question()
    assert deckgen("templates", "eject").code == 0
    assert "{{义}}" in Path("templates/词/back.html").read_text(encoding="utf-8")
    assert deckgen("check").code == 0
    assert [line for line in deckgen("templates").out.splitlines() if "词/back.html" in line and "unchanged" in line]


def test_a_note_type_of_the_projects_own(deckgen: Deckgen, anki: Anki) -> None:
    words = "**Q1：entropy？**\n\n熵\n\n> 信息论\n\n**Q2：logit？**\n\n对数几率\n"
    made = deckgen("build", deckgen_toml=WORDS, a_md=NOTES, words__b_md=words, **WORDS_FILES)
    assert made.code == 0, made.err
    assert anki.import_package(Path("notes.apkg")) == {"new": 4}
    assert anki.complaints() == []
    names = [card.note_type()["name"] for card in anki.cards()]
    assert names == ["deckgen Cloze"] * 2 + ["deckgen Q&A"] + ["单词"] * 3
    printed = deckgen("build", "--to", "text").out
    assert re.findall("· 单词 · [a-z0-9]+ · (.*)", printed) == ["Recall, Explain", "Recall"]
    fronts = [card.question() for card in anki.cards()][3:]
    assert [re.sub("<style>.*</style>", "", front, flags=re.DOTALL) for front in fronts] == [
        "entropy？",
        "<p>信息论</p>",
        "logit？",
    ]
    note_type = anki.cards()[-1].note_type()
    assert [field["name"] for field in note_type["flds"]] == ["词", "义", "注", "Key"]

    assert deckgen("build").code == 0
    assert anki.import_package(Path("notes.apkg")) == {"duplicate": 4}
    made = deckgen("build", words__b_md=words.replace("熵", "熵，不确定性"))
    assert anki.import_package(Path("notes.apkg")) == {"updated": 1, "duplicate": 3}
    assert anki.cards()[3].note()["义"] == "<p>熵，不确定性</p>"


def test_a_file_that_no_note_type_takes_is_told(deckgen: Deckgen) -> None:
    files = {
        "templates__qa__Front.html": "{{Nope}}",
        "templates__styles.css": "",
        "templates___own.html": "",
        "templates__qa__back.html": "{{Answer}}",
    }
    made = deckgen("check", deckgen_toml="", a_md=NOTES, **files)
    assert made.code == 0
    assert made.err.count("warning[unused-template]") == 2
    assert "templates/qa/Front.html:1:1: warning[unused-template] no note type takes this file" in made.err
    assert "did you mean qa/front.html?" in made.err
    assert "did you mean style.css?" in made.err
    made = deckgen("check", deckgen_toml='templates = "tmpl"\n')
    assert (made.code, "the folder `tmpl` does not exist" in made.err) == (2, True)


def test_a_style_sheet_of_one_card_is_told(deckgen: Deckgen) -> None:
    toml = '[note_types.Words]\nkind = "qa"\ncards = ["There"]\n'
    made = deckgen("check", deckgen_toml=toml, a_md=NOTES, **{"templates__Words__There__style.css": ""})
    assert made.err.count("warning[unused-template]") == 1
    assert "templates/Words/There/style.css:1:1: warning[unused-template]" in made.err


def test_a_note_type_that_no_note_gets_is_told(deckgen: Deckgen) -> None:
    def told(toml: str) -> str:
        made = deckgen("check", deckgen_toml=f'source = "source"\n{toml}', source__words__a_md=NOTES)
        assert made.code == 0, made.err
        return made.err

    words = '[note_types.Words]\nkind = "qa"\n'
    assert told(words) == told(f'{words}documents = ["words/*.md"]\n') == ""
    assert "no document is meant by its `documents`" in told(f'{words}documents = ["source/words/*.md"]\n')
    two = told(f'{words}[note_types.Two]\nkind = "qa"\ndocuments = ["words/*.md"]\n')
    assert "deckgen.toml:4:1: warning[unused-note-type] no note gets the note type Two" in two
    assert "Words, which stands before it, takes them" in two


@pytest.mark.parametrize(
    ("pattern", "taken"),
    [
        ("words/*.md", ["words/a.md"]),
        ("words/**/*.md", ["words/a.md", "words/b/c/d.md"]),
        ("**/words/*.md", ["a/words/b.md", "words/a.md"]),
        ("words/**", ["words/a.md", "words/b/c/d.md"]),
        ("a.md", ["a.md", "words/a.md"]),
        ("*.md", ["a.md", "a/words/b.md", "words/a.md", "words/b/c/d.md"]),
        ("/*.md", ["a.md"]),
        ("w*/?.md", ["words/a.md"]),
    ],
)
def test_a_pattern_of_documents_begins_in_the_source_folder(deckgen: Deckgen, pattern: str, taken: list[str]) -> None:
    documents = ["a.md", "a/words/b.md", "words/a.md", "words/b/c/d.md"]
    files = {f"source/{path}": f"**Q：{path}是什么？**\n\n词。\n" for path in documents}
    toml = f'source = "source"\n[note_types.Words]\nkind = "qa"\ndocuments = ["{pattern}"]\n'
    printed = deckgen("build", "--to", "text", deckgen_toml=toml, **files).out
    assert sorted(re.findall(r"· Words ·.*?\nSource: (\S+)", printed, re.DOTALL)) == taken
    assert printed.count("\nSource: ") == len(documents)


def test_clozes_that_cannot_be_hidden_are_told(deckgen: Deckgen) -> None:
    toml = '[style]\nother_clozes = "hidden"\n'
    plain, wrapped = "{{Question}}{{cloze:Answer}}", '<p class="note front">{{Question}}{{cloze:Answer}}</p>'
    made = deckgen("check", deckgen_toml=toml, a_md=NOTES, **{"templates__cloze__front.html": plain})
    assert "templates/cloze/front.html:1:1: warning[template-front]" in made.err
    assert deckgen("check", **{"templates__cloze__front.html": wrapped}).err == ""
    assert deckgen("check", deckgen_toml="", **{"templates__cloze__front.html": plain}).err == ""


def test_a_front_that_asks_for_clozes_of_a_field_without_any_is_an_error(deckgen: Deckgen) -> None:
    toml = '[note_types.C]\nkind = "cloze"\nfields = { Text = "Answer", Front = "Question" }\n'
    files = {"templates__C__front.html": "{{cloze:Front}}", "templates__C__back.html": "{{cloze:Text}}"}
    made = deckgen("check", deckgen_toml=toml, a_md=NOTES, **files)
    assert made.code == 1
    assert "there are none in Front, and they stand in Text" in made.err


def test_files_of_templates_are_found_as_people_write_them(deckgen: Deckgen, anki: Anki) -> None:
    front = '{{Question}}<img src="./_a.svg"><img src="_my b.svg"><img src="_my%20b.svg"><!-- <img src="_no.png"> -->'
    files = {"templates___a.svg": "<svg/>", "templates___my b.svg": "<svg />", "templates__qa__front.html": front}
    made = deckgen("build", deckgen_toml="", a_md=NOTES, **files)
    assert made.code == 0, made.err
    anki.import_package(Path("notes.apkg"))
    named = set(re.findall(r'src="([^"]*)"', anki.cards()[-1].question()))
    assert {name[:3] for name in named} == {"_a-", "_my", "_no"}
    assert anki.complaints() == []
    wrong = '{{Question}}<img src="fonts/_a.svg">[sound:_d.mp3]'
    made = deckgen("build", **{"templates__qa__front.html": wrong})
    assert "write _a.svg: Anki knows no folders" in made.err
    assert "there is no file _d.mp3" in made.err


def test_a_new_look_is_told_once(deckgen: Deckgen) -> None:
    deckgen("build", deckgen_toml="", a_md=NOTES)
    Path("deckgen.toml").write_text('[style]\naccent = "#8b3a9e"\n', encoding="utf-8")
    line = "cards look different: those of deckgen Cloze, deckgen Q&A"
    assert line in deckgen("diff").out.splitlines()
    assert line in deckgen("build").out.splitlines()
    assert line not in deckgen("build").out
    assert line not in deckgen("build", "--no-cache").out


def test_a_note_whose_note_type_changes_begins_anew_and_that_is_said(deckgen: Deckgen, anki: Anki) -> None:
    words = "**Q1：entropy？**\n\n熵\n\n> 信息论\n"
    assert deckgen("build", deckgen_toml="", words__b_md=words).code == 0
    anki.import_package(Path("notes.apkg"))
    made = deckgen("build", deckgen_toml=WORDS, **WORDS_FILES)
    assert "notes that are of another type now begin anew; their old form stays in Anki" in made.out
    search = made.out.partition("stays in Anki, as  ")[2].splitlines()[0]
    assert len(anki.col.find_notes(search)) == 1
    assert anki.import_package(Path("notes.apkg")) == {"new": 1}


def test_cards_that_change_after_the_first_build_are_told_once(deckgen: Deckgen, anki: Anki) -> None:
    """Anki updates no note of a note type that has other templates, until it may merge the two."""
    words = "**Q1：entropy？**\n\n熵\n\n> 信息论\n"
    deckgen("build", deckgen_toml=WORDS, words__b_md=words, **WORDS_FILES)
    anki.import_package(Path("notes.apkg"))
    Path("templates/单词/Explain").rename("templates/单词/Say")
    made = deckgen("build", deckgen_toml=WORDS.replace("Explain", "Say"), words__b_md=words.replace("熵", "信息熵"))
    assert (
        "deckgen.toml:4:1: warning[other-fields] the note type 单词 has other cards than at the last build" in made.err
    )
    assert anki.import_package(Path("notes.apkg")) == {"conflicting": 1}
    assert deckgen("build").err == ""
    made = deckgen("build", deckgen_toml=WORDS.replace('"Recall", "Explain"', '"Recall"'))
    assert "warning[other-fields]" in made.err


@pytest.mark.parametrize("fields", ['a = "Answer", A = "Question"', 'Key = "Key", Text = "Answer", KEY = "Label"'])
def test_fields_that_differ_in_their_case_alone_are_refused(deckgen: Deckgen, fields: str) -> None:
    """Anki renames one of the two, and then no template finds it."""
    made = deckgen("build", deckgen_toml=f'[note_types.W]\nkind = "qa"\nfields = {{ {fields} }}\n', a_md=NOTES)
    assert made.code == 2
    assert (
        "deckgen.toml:3:1: error[bad-config] `note_types.W.fields` must be a table of different field names" in made.err
    )


def test_fields_that_change_after_the_first_build_are_told_once(deckgen: Deckgen, anki: Anki) -> None:
    words = "**Q1：entropy？**\n\n熵\n"
    more = WORDS.replace('Key = "Key"', 'Key = "Key", Label = "Label"')
    deckgen("build", deckgen_toml=WORDS, words__b_md=words, **WORDS_FILES)
    anki.import_package(Path("notes.apkg"))
    made = deckgen("build", deckgen_toml=more)
    assert (
        "deckgen.toml:3:1: warning[other-fields] the note type 单词 has other fields than at the last build" in made.err
    )
    assert anki.import_package(Path("notes.apkg")) == {"conflicting": 1}
    assert deckgen("build").err == ""
    assert "warning[other-fields]" in deckgen("check", deckgen_toml=WORDS).err
    assert deckgen("build", "--strict").code == 1
    assert deckgen("build", deckgen_toml=f'ignore = ["other-fields"]\n{WORDS}').err == ""


def test_what_the_warning_advises_brings_new_fields_into_notes_that_were_reviewed(
    deckgen: Deckgen, anki: Anki, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(int(time.time()) - 60))  # Anki passes over a note of the same second
    words = "**Q1：entropy？**\n\n熵\n\n> 信息论\n"
    plain = '[note_types.W]\nkind = "qa"\nfields = { Q = "Question", A = "Answer" }\n'
    files = {"templates__W__front.html": "{{Q}}", "templates__W__back.html": "{{A}}"}
    deckgen("build", deckgen_toml=plain, a_md=words, **files)
    anki.import_package(Path("notes.apkg"))
    card = anki.cards()[0]
    card.start_timer()
    anki.col.sched.answerCard(card, 4)
    more = plain.replace('A = "Answer"', 'A = "Answer", R = "Remarks"')
    made = deckgen("build", deckgen_toml=more, a_md=words.replace("熵", "信息熵"))
    assert "tick Merge note types and choose Update notes: Always" in made.err
    options = ImportAnkiPackageOptions(merge_notetypes=True, update_notes=ALWAYS)
    request = ImportAnkiPackageRequest(package_path="notes.apkg", options=options)
    anki.col.import_anki_package(request)
    anki.col.models._clear_cache()  # noqa: SLF001 - as in conftest
    [card] = anki.cards()
    assert card.note().fields == ["entropy？", "<p>信息熵</p>", "<p>信息论</p>"]
    assert card.reps == 1


def test_a_note_type_of_another_kind_is_another_note_type(deckgen: Deckgen, anki: Anki) -> None:
    """With the id of the former one, Anki would take its cards' templates away, and the cards at the next check."""
    cloze = '[note_types.N]\nkind = "cloze"\n'
    deckgen("build", deckgen_toml=cloze, a_md="**Q1：一？**\n\n<u>甲</u>与<u>乙</u>\n\n**Q2：二？**\n\n丙\n")
    assert anki.import_package(Path("notes.apkg")) == {"new": 2}
    made = deckgen("build", deckgen_toml=cloze.replace("cloze", "qa"))
    assert "notes that are of another type now begin anew; their old form stays in Anki" in made.out
    assert anki.import_package(Path("notes.apkg")) == {"new": 2}
    assert anki.complaints() == []
    assert len(anki.cards()) == 6


def test_both_forms_of_a_note_are_found_in_anki(deckgen: Deckgen, anki: Anki) -> None:
    """With cards = "both" a note is two notes in Anki: those that moved, are no longer made, or are gone."""

    def found(text: str) -> list[str]:
        made = deckgen("build")
        assert made.code == 0, made.err
        line = next(line for line in made.out.splitlines() if text in line)
        cards = anki.col.find_cards(line.rpartition("  ")[2])
        return sorted(anki.col.get_card(card).note_type()["name"] for card in cards)

    both = 'cards = "both"\n'
    assert deckgen("build", deckgen_toml=both, a_md="**Q1：一？**\n\n<u>甲</u>\n\n**Q2：二？**\n\n乙\n").code == 0
    assert anki.import_package(Path("notes.apkg")) == {"new": 3}
    Path("deckgen.toml").write_text(f'{both}deck = "另"\n', encoding="utf-8")
    assert found("to move them to 另") == ["deckgen Cloze", "deckgen Q&A", "deckgen Q&A"]
    Path("deckgen.toml").write_text('deck = "另"\n', encoding="utf-8")
    assert found("no longer made stay in Anki") == ["deckgen Q&A"]
    Path("deckgen.toml").write_text(f'{both}deck = "另"\n', encoding="utf-8")
    assert deckgen("build").code == 0
    Path("a.md").write_text("**Q2：二？**\n\n乙\n", encoding="utf-8")
    assert found("removed notes stay in Anki") == ["deckgen Cloze", "deckgen Q&A"]


def test_a_note_that_its_templates_show_nothing_of_is_told(deckgen: Deckgen) -> None:
    made = deckgen(
        "build", deckgen_toml="", a_md=NOTES, **{"templates__qa__front.html": "{{#Figures}}{{Question}}{{/Figures}}"}
    )
    assert made.code == 1
    assert "a.md:5:1: error[empty-front] the templates of deckgen Q&A show nothing of this note" in made.err


@pytest.mark.parametrize(
    ("toml", "message"),
    [
        ("[note_types.a]\n", "deckgen.toml:1:1: error[bad-config] `note_types.a` needs a `kind`"),
        ('[note_types.a]\nkind = "basic"\n', "deckgen.toml:2:1: error[bad-config] `note_types.a.kind` must be one of"),
        ('[note_types.qa]\nkind = "qa"\n', "deckgen.toml:1:1: error[bad-config] a note type cannot be called `qa`"),
        ('[note_types.QA]\nkind = "qa"\n', "a note type cannot be called `QA`, as there is the built-in `qa`"),
        ('[note_types."a/b"]\nkind = "qa"\n', "a note type cannot be called `a/b`"),
        (
            '[note_types."Straße"]\nkind = "qa"\n[note_types.STRASSE]\nkind = "qa"\n',
            "deckgen.toml:3:1: error[bad-config] a note type cannot be called `STRASSE`, as there is `Straße`",
        ),
        (
            '[note_types."Deckgen cloze"]\nkind = "cloze"\n',
            "`Deckgen cloze`, as there is the built-in `deckgen Cloze`: upper and lower case are one to Anki; choose",
        ),
        (
            '[note_types.a]\nkind = "qa"\nfields = ["Question"]\n',
            "deckgen.toml:3:1: error[bad-config] `note_types.a.fields`",
        ),
        ('[note_types.a]\nkind = "qa"\nfields = {X = "Label", Y = "Answer"}\n', "the first field must be one of"),
        ('[note_types.a]\nkind = "qa"\nfields = {X = "Question"}\n', "one of the fields must be the Answer"),
        ('[note_types.a]\nkind = "qa"\nfields = {"a:b" = "Question"}\n', "`note_types.a.fields` must be a table"),
        ('[note_types.a]\nkind = "cloze"\ncards = ["A", "B"]\n', "a cloze type has one template for all its cards"),
        ('[note_types.a]\nkind = "qa"\ncards = ["A", "a"]\n', "`note_types.a.cards` must be a list of different names"),
        ("note_types = 3\n", "`note_types` must be tables"),
    ],
)
def test_a_wrong_note_type_is_told(deckgen: Deckgen, toml: str, message: str) -> None:
    made = deckgen("check", deckgen_toml=toml, a_md=NOTES)
    assert made.code == 2
    assert message in made.err, made.err


# Time: what an import replaces.


def _css(anki: Anki) -> str:
    return str(anki.cards()[0].note_type()["css"])


def test_a_new_look_arrives_in_anki(deckgen: Deckgen, anki: Anki) -> None:
    for width in ("40em", "41em", "42em"):
        assert deckgen("build", deckgen_toml=f'[style]\nwidth = "{width}"\n', a_md=NOTES).code == 0
        anki.import_package(Path("notes.apkg"))
        assert f"--deckgen-width: {width};" in _css(anki).rpartition("[style]")[2]


def test_a_note_type_that_comes_back_brings_its_new_look(deckgen: Deckgen, anki: Anki) -> None:
    without = 'deck = "试"\n'
    own = f'{without}[note_types.Word]\nkind = "cloze"\n'
    for configuration, style in ((own, "one"), (own, "two"), (without, "two"), (own, "three")):
        files = {"a_md": "**Q1：一？**\n\n<u>甲</u>", "templates__Word__style.css": f"/* {style} */"}
        deckgen("build", deckgen_toml=configuration, **files)
        anki.import_package(Path("notes.apkg"))
    assert "/* three */" in [str(kind["css"]) for kind in anki.col.models.all()]


def test_an_edit_in_anki_stays_until_it_is_deliberately_replaced(deckgen: Deckgen, anki: Anki) -> None:
    deckgen("build", deckgen_toml="", a_md=NOTES)
    anki.import_package(Path("notes.apkg"))
    note_type = anki.cards()[0].note_type()
    note_type["css"] += "\n.theirs {}"
    anki.col.models.update_dict(note_type)
    deckgen("build", deckgen_toml='[style]\nwidth = "40em"\n', a_md=NOTES.replace("概率", "概率分布"))
    assert anki.import_package(Path("notes.apkg")) == {"updated": 1, "duplicate": 1}
    assert ".theirs" in _css(anki)

    time.sleep(1.1)  # Anki compares whole seconds
    made = deckgen("build", "--push-templates")
    assert made.code == 0
    anki.import_package(Path("notes.apkg"))
    assert ".theirs" not in _css(anki)
    assert "--deckgen-width: 40em;" in _css(anki)

    time.sleep(2.2)
    note_type = anki.cards()[0].note_type()
    note_type["css"] += "\n.again {}"
    anki.col.models.update_dict(note_type)
    for toml in ('[style]\nwidth = "41em"\n', ""):
        deckgen("build", deckgen_toml=toml)
        anki.import_package(Path("notes.apkg"))
        assert ".again" in _css(anki)


def test_a_pushed_look_is_pushed_once(deckgen: Deckgen) -> None:
    deckgen("build", deckgen_toml="", a_md=NOTES)
    deckgen("build", "--push-templates")
    pushed = Path("notes.apkg").read_bytes()
    deckgen("build")
    assert Path("notes.apkg").read_bytes() == pushed


def test_what_a_user_writes_into_the_style_of_his_own_survives(deckgen: Deckgen, anki: Anki) -> None:
    deckgen("build", deckgen_toml="", a_md=NOTES)
    anki.import_package(Path("notes.apkg"))
    mine = Path(anki.col.media.dir(), "_deckgen_user.css")
    assert mine.read_bytes() == b""
    mine.write_text(".card { --deckgen-accent: #800000; }", encoding="utf-8")
    deckgen("build", "--push-templates", deckgen_toml='[style]\nwidth = "40em"\n')
    anki.import_package(Path("notes.apkg"))
    assert "#800000" in mine.read_text(encoding="utf-8")
    assert _css(anki).startswith('@import url("_deckgen_user.css");')
