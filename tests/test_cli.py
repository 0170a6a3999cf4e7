"""deckgen as a person runs it: commands, what they print, and how they end."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from deckgen.cli import output

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Result

    Deckgen = Callable[..., Result]

GOOD = "# 题目\n\n**Q1：一？**\n\n<u>甲</u>和<u>乙</u>\n"
BAD = "**Q1：一？**\n\n甲<u>乙\n\n**Q2：二？**\n\n![](无.png)\n"


def test_build_writes_a_package_beside_where_it_is_run(deckgen: Deckgen) -> None:
    made = deckgen("build", "sub/a.md", sub__a_md=GOOD)
    assert made.code == 0
    assert made.out.startswith("1 note, 2 cards → a.apkg (")
    assert "Import" in made.out
    assert made.err == ""
    assert zipfile.ZipFile("a.apkg").testzip() is None
    assert Path("sub/a.md").read_text(encoding="utf-8") == GOOD
    assert sorted(path.name for path in Path("sub").iterdir()) == ["a.md", "deckgen.lock"]


def test_errors_are_told_all_at_once_and_nothing_is_written_or_touched(deckgen: Deckgen) -> None:
    Path("a.apkg").write_bytes(b"yesterday's")
    made = deckgen("build", "a.md", a_md=BAD)
    assert made.code == 1
    assert made.out == ""
    assert "a.md:3:2: error[unclosed-underline]" in made.err
    assert "a.md:7:1: error[missing-image]" in made.err
    assert made.err.endswith("2 errors, 1 warning: nothing was written\n")
    assert Path("a.apkg").read_bytes() == b"yesterday's"


def test_bytes_that_are_no_utf8_are_an_error_with_their_place(deckgen: Deckgen) -> None:
    Path("a.md").write_bytes("**Q1：一？**\n\n甲".encode() + b"\xb0\xa1\n")
    made = deckgen("build", "a.md")
    assert made.code == 1
    assert "a.md:3:2: error[unreadable-file] byte 0xb0 is no UTF-8\n  3 | 甲\ufffd" in made.err
    assert "no-card" not in made.err


def test_a_byte_order_mark_and_crlf_are_read(deckgen: Deckgen) -> None:
    Path("a.md").write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    assert deckgen("build", "a.md").code == 0


def test_control_characters_are_left_out_with_a_warning(deckgen: Deckgen) -> None:
    made = deckgen("build", "a.md", "--to", "text", a_md=GOOD.replace("甲", "甲\x1f\x00"))
    assert made.code == 0
    assert "a.md:5:5: warning[control-character]" in made.err
    assert "{{c1::甲}}" in made.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["build", "none.md"], "no such file or folder: none.md"),
        (["build"], "no deckgen.toml in this folder or above it"),
        (["build", "--colour"], "unrecognized arguments: --colour"),
        (["build", "a.md", "--to", "pdf"], "invalid choice: 'pdf'"),
        (["build", "a.md", "-o", "a.md"], "a.md is one of the notes"),
        (["build", "a.md", "-o", "."], "is a folder"),
        (["build", "a.md", "-o", "deckgen.toml"], "deckgen.toml is a name that deckgen reads"),
        (["build", "a.md", "-o", "deckgen.lock"], "deckgen.lock is a name that deckgen reads"),
        (["build", "a.md", "--to", "text", "--format", "json"], "name a file with -o"),
        (["build", "a.md", "-o", "a.md/b.apkg"], "a.md/b.apkg cannot be written"),
        (["build", "a.md", "-o", "-"], "name a file with -o"),
        (["bulid"], "'bulid' is no command: did you mean `build`?"),
        (["a.md"], "'a.md' is no command: to make cards of it, `deckgen build a.md`"),
        (["exercise"], "'exercise' is no command: there are init, build, preview"),
        ([], "deckgen build notes.md"),
    ],
    ids=str,
)
def test_wrong_usage_ends_with_2_and_says_why(deckgen: Deckgen, arguments: list[str], message: str) -> None:
    made = deckgen(*arguments, a_md=GOOD)
    assert made.code == 2
    assert message in made.err
    assert sorted(path.name for path in Path().iterdir()) == ["a.md"]


def test_a_dash_is_standard_output(deckgen: Deckgen) -> None:
    printed = deckgen("build", "a.md", "--to", "text", a_md=GOOD).out
    assert "{{c1::甲}}" in printed
    assert deckgen("build", "a.md", "--to", "text", "-o", "-").out == printed
    assert not Path("-").exists()


@pytest.mark.parametrize("name", ["other.md", "list.txt", "other"])
def test_what_somebody_wrote_is_not_replaced_by_a_package(deckgen: Deckgen, name: str) -> None:
    Path(name).write_text("mine", encoding="utf-8")
    made = deckgen("build", "a.md", "-o", name, a_md=GOOD)
    assert (made.code, f"{name} is there and no package" in made.err) == (2, True)
    assert Path(name).read_text(encoding="utf-8") == "mine"
    Path(name).unlink()
    assert [deckgen("build", "a.md", "-o", name).code for _ in range(2)] == [0, 0]


@pytest.mark.parametrize("name", ["other.md", "pyproject.toml", "list.txt", "a.apkg"])
def test_what_somebody_wrote_is_not_replaced_by_a_text(deckgen: Deckgen, name: str) -> None:
    Path(name).write_text("# mine · yours\n", encoding="utf-8")
    made = deckgen("build", "a.md", "--to", "text", "-o", name, a_md=GOOD)
    assert (made.code, f"{name} is there and no deck as text" in made.err) == (2, True)
    assert Path(name).read_text(encoding="utf-8") == "# mine · yours\n"
    Path(name).write_bytes(b"")
    assert [deckgen("build", "a.md", "--to", "text", "-o", name).code for _ in range(2)] == [0, 0]
    assert "{{c1::甲}}" in Path(name).read_text(encoding="utf-8")


def test_a_text_is_not_for_import(deckgen: Deckgen) -> None:
    made = deckgen("build", "a.md", "--to", "text", "-o", "deck.txt", a_md=GOOD)
    assert "1 note, 2 cards → deck.txt (" in made.err
    assert "Import" not in made.err


def test_the_folder_above_is_built_under_its_own_name(deckgen: Deckgen, monkeypatch: pytest.MonkeyPatch) -> None:
    deckgen("build", deckgen_toml="", source__a_md=GOOD)
    monkeypatch.chdir("source")
    assert "1 unchanged" in deckgen("build", "..").out
    assert sorted(path.name for path in Path("..").glob("*.apkg")) == ["notes.apkg"]


def test_check_writes_nothing(deckgen: Deckgen) -> None:
    made = deckgen("check", "a.md", a_md=GOOD)
    assert (made.code, made.out, made.err) == (
        0,
        "1 note in 1 file, no problems\na.md: 1 question, read as bold labels\n",
        "",
    )
    assert deckgen("check", "a.md", a_md=BAD).code == 1
    assert sorted(path.name for path in Path().iterdir()) == ["a.md"]


def test_strict_makes_warnings_errors(deckgen: Deckgen) -> None:
    notes = GOOD + "\n**Q2：二？**\n"
    assert deckgen("build", "a.md", a_md=notes).code == 0
    Path("a.apkg").unlink()
    made = deckgen("build", "a.md", "--strict")
    assert made.code == 1
    assert "error[no-answer]" in made.err
    assert not Path("a.apkg").exists()


def test_json_gives_one_object_a_line(deckgen: Deckgen) -> None:
    made = deckgen("check", "a.md", "--format", "json", a_md=BAD)
    assert made.code == 1
    first, second = (json.loads(line) for line in made.out.splitlines())
    assert list(first) == ["path", "line", "column", "code", "severity", "message", "hint"]
    assert (first["path"], first["line"], first["column"]) == ("a.md", 3, 2)
    assert (second["severity"], second["code"]) == ("error", "missing-image")


def test_text_goes_to_standard_output_or_to_a_file(deckgen: Deckgen) -> None:
    printed = deckgen("build", "a.md", "--to", "text", a_md=GOOD)
    assert printed.out.startswith("# 题目 · deckgen Cloze · ")
    saved = deckgen("build", "a.md", "--to", "text", "-o", "deck.txt")
    assert (saved.code, saved.out) == (0, "")
    assert Path("deck.txt").read_text(encoding="utf-8") == printed.out


def test_a_project_takes_every_document_in_name_order_and_folders_as_sub_decks(deckgen: Deckgen) -> None:
    made = deckgen(
        "build",
        "--to",
        "text",
        deckgen_toml='deck = "面试"\nsource = "notes"\ncards = "both"\ncloze = ["bold"]\n',
        notes__b_md="**Q1：乙？**\n\n**粗**<u>线</u>",
        notes__a_md="**Q1：甲？**\n\n答",
        notes__训练__c_md="**Q1：丙？**\n\n答",
        notes__readme_txt="no Markdown",
        other_md="**Q1：丁？**\n\n答",
    )
    assert made.code == 0, made.err
    heads = [line.split(" · ") for line in made.out.splitlines() if line.startswith("# ")]
    assert [(deck, kind) for deck, kind, *_ in heads] == [
        ("# 面试", "deckgen Q&A"),
        ("# 面试", "deckgen Cloze"),
        ("# 面试", "deckgen Q&A"),
        ("# 面试::训练", "deckgen Q&A"),
    ]
    assert "<p>{{c1::<strong>粗</strong>}}<u>线</u></p>" in made.out


def test_one_file_of_a_project_is_the_same_note_as_in_the_whole(
    deckgen: Deckgen, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = deckgen(
        "build",
        "--to",
        "text",
        deckgen_toml='source = "notes"\n',
        notes__x__a_md="**Q1：甲？**\n\n答",
        notes__b_md=GOOD,
    )
    part = deckgen("build", "notes/x/a.md", "--to", "text")
    assert part.out
    assert part.out.strip() in whole.out
    monkeypatch.chdir("notes/x")
    assert deckgen("build", "a.md", "--to", "text").out == part.out
    assert deckgen("build", "--to", "text").out == whole.out


def test_every_mistake_in_the_configuration_is_told_with_its_line(deckgen: Deckgen) -> None:
    toml = 'deck = 3\n\ncolour = "red"\ncloze = ["underline", "blink"]\ncards = "many"\nsource = "../up"\n'
    made = deckgen("build", deckgen_toml=toml)
    assert made.code == 2
    lines = [line for line in made.err.splitlines() if line.startswith("deckgen.toml")]
    assert [line.split(": ")[0] for line in lines] == [f"deckgen.toml:{n}:1" for n in (1, 3, 4, 5, 6)]
    assert (
        "unknown key `colour`: the keys are deck, source, media, output, cloze, cards, questions, headings, lang, templates, "
        "style, note_types, ignore, remote, html, media_roots, figures" in lines[1]
    )
    assert '"underline", "mark", "bold", "italic", "strikethrough"' in lines[2]
    assert 'one of "auto", "both"' in lines[3]
    assert '  3 | colour = "red"\n    | ^\n' in made.err


@pytest.mark.parametrize(
    ("toml", "message"),
    [
        ('deck = "a\n', "deckgen.toml:1:10: error[bad-config] this is no TOML: Illegal character '\\n'\n"),
        ('lang = "zh"\ndeck = "a" b\n', "deckgen.toml:2:12: error[bad-config] this is no TOML: Expected newline"),
        ("deck = ", "deckgen.toml:1:1: error[bad-config] this is no TOML"),
        (
            "deck = Interview",
            "deckgen.toml:1:8: error[bad-config] this is no TOML: Invalid value; a text stands in quotes\n",
        ),
        (
            'sorce = "x"',
            "deckgen.toml:1:1: error[bad-config] unknown key `sorce`: did you mean `source`? the keys are deck, ",
        ),
        ('\n[figures."a b"]\nkind = "flow"\n', "deckgen.toml:2:1: error[bad-config] a figure cannot be called `a b`"),
        ("[figures]\nx = 3\n", "deckgen.toml:2:1: error[bad-config] `figures.x` must be a table"),
        ('\nsource = "none"\n', "deckgen.toml:2:1: error[bad-config] the source folder `none` does not exist"),
    ],
)
def test_a_configuration_that_cannot_be_used_ends_with_2(deckgen: Deckgen, toml: str, message: str) -> None:
    made = deckgen("check", deckgen_toml=toml)
    assert made.code == 2
    assert message in made.err


def test_a_project_without_a_single_note_is_an_error(deckgen: Deckgen) -> None:
    Path("notes").mkdir()
    made = deckgen("build", deckgen_toml='source = "notes"\n')
    assert made.code == 1
    assert "notes:1:1: error[no-card] there is no .md file here" in made.err


def test_a_style_that_finds_no_question_is_named(deckgen: Deckgen) -> None:
    made = deckgen("check", deckgen_toml='questions = "headings 4"\n', a_md=GOOD)
    assert made.code == 1
    assert 'hint: deckgen.toml says questions = "headings 4": without it, each document decides' in made.err


def test_a_project_without_an_output_is_named_after_its_folder(deckgen: Deckgen) -> None:
    assert deckgen("build", deckgen_toml="", a_md=GOOD).code == 0
    assert Path("notes.apkg").is_file()


def test_a_reader_who_has_seen_enough_is_no_error(tmp_path: Path) -> None:
    notes = "".join(f"\n**Q{n}：问？**\n\n{'答' * 50}\n" for n in range(2, 3000))
    (tmp_path / "a.md").write_text(GOOD + notes, encoding="utf-8")
    command = [sys.executable, "-m", "deckgen", "build", "a.md", "--to", "text"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stderr
        assert process.stdout.readline().startswith("# 题目".encode())
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0


def test_colour_is_for_terminals_and_never_with_no_color(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal:
        def isatty(self) -> bool:
            return True

    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert output.coloured("1", "x", Terminal()) == "\x1b[1mx\x1b[0m"  # type: ignore[arg-type]
    monkeypatch.setenv("NO_COLOR", "1")
    assert output.coloured("1", "x", Terminal()) == "x"  # type: ignore[arg-type]


def test_check_imports_nothing_heavy(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(GOOD + "\n```figure softmax\nscores = [1, 2]\n```\n", encoding="utf-8")
    code = (
        "import sys; from deckgen import cli; code = cli.main(['check', 'a.md'])\n"
        "heavy = {'argcomplete', 'genanki', 'matplotlib', 'numpy', 'pygments', 'rich', 'ssl', 'watchfiles'}\n"
        "print(code, sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "0 []"


def test_a_check_of_plain_notes_imports_only_what_it_needs(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(GOOD, encoding="utf-8")
    code = (
        "import sys; from deckgen import cli; code = cli.main(['check', 'a.md'])\n"
        "late = {'difflib', 'html.parser', 'importlib.resources', 'json', 'rapidfuzz', 'shutil', 'tempfile', 'tomllib', 'yaml'}\n"
        "ours = {'changes', 'cli.build', 'cli.preview', 'colours', 'drawings', 'explanations', 'figures', 'forms', 'render', 'templates.check', 'templates.language'}\n"
        "print(code, sorted((late | {'deckgen.' + name for name in ours}) & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "0 []"


def test_a_build_with_nothing_to_do_imports_only_what_it_needs(deckgen: Deckgen) -> None:
    deckgen("build", deckgen_toml="", a_md=GOOD)
    code = (
        "import sys; from deckgen import cli; code = cli.main(['build'])\n"
        "late = {'dataclasses', 'inspect', 'json', 'logging', 'markdown_it', 'shutil', 'sqlite3', 'tempfile'}\n"
        "ours = {'build', 'changes', 'identity', 'matching', 'media', 'parse', 'syntax', 'templates'}\n"
        "print(code, sorted((late | {'deckgen.' + name for name in ours}) & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "0 []"


def test_figures_are_listed_with_their_keys_and_as_json(deckgen: Deckgen) -> None:
    listed = deckgen("figures").out
    assert "\nsoftmax\n  scores   list of numbers, required: " in listed
    kinds = json.loads(deckgen("figures", "--format", "json").out)
    assert kinds["softmax"]["scores"]["required"] is True
    assert kinds["softmax"]["side"]["default"] == '"both"'
    assert list(json.loads(deckgen("figures", "flow", "--format", "json").out)) == ["flow"]
    wrong = deckgen("figures", "sofmax")
    assert wrong.code == 2
    assert "the kinds are attention, " in wrong.err


def test_the_documentation_names_every_kind_with_its_own_keys(deckgen: Deckgen) -> None:
    page = (Path(__file__).parent.parent / "docs" / "figures.md").read_text(encoding="utf-8")
    for kind, keys in json.loads(deckgen("figures", "--format", "json").out).items():
        (row,) = [line for line in page.splitlines() if line.startswith(f"| `{kind}` |")]
        own = set(keys) - {"title", "side", "format", "caption", "alt"}
        assert {key for key in own if f"`{key}`" not in row} == set(), kind


def test_every_example_can_be_pasted_and_built(deckgen: Deckgen) -> None:
    kinds = json.loads(deckgen("figures", "--format", "json").out)
    blocks = [deckgen("figures", kind, "--example").out for kind in kinds]
    assert deckgen("figures", "--example").out == "\n".join(blocks)
    notes = "".join(f"**Q{n}：问？**\n\n<u>答</u>\n\n{block}\n" for n, block in enumerate(blocks))
    made = deckgen("build", "a.md", a_md=notes)
    assert (made.code, made.err) == (0, "")
    assert f"{len(kinds)} figures" in made.out


def test_the_gallery_is_one_page_with_every_kind(deckgen: Deckgen) -> None:
    kinds = json.loads(deckgen("figures", "--format", "json").out)
    assert deckgen("figures", "--gallery", "page/figures.html", "--lang", "en").code == 0
    page = Path("page/figures.html").read_text(encoding="utf-8")
    assert all(f"figure {kind}" in page for kind in kinds)
    assert "http" not in page.replace("http://www.w3.org/", "")
    assert deckgen("figures", "--gallery", ".").code == 2


def test_a_profiler_that_waits_for_the_end_of_the_program_gets_it(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(GOOD, encoding="utf-8")
    command = [sys.executable, "-m", "cProfile", "-m", "deckgen", "check", "a.md"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "function calls" in done.stdout
