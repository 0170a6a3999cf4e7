"""`deckgen init`: a project that explains itself, checks without a word, and goes into Anki."""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from deckgen import config, starter
from deckgen.cli import start
from deckgen.config import keys

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Anki, Result

    Deckgen = Callable[..., Result]

LANGUAGES = ("zh", "en")
CREATED = [".gitattributes", ".gitignore", "deckgen.toml", "source/start.md"]
COMMENTED = re.compile(r"^# (?=(?:\w+ = |\[))", re.MULTILINE)
"""A line of deckgen.toml that needs nothing but its # taken away."""


def _starter(language: str, name: str) -> str:
    return (Path(starter.__file__).parent / language / name).read_text(encoding="utf-8")


def _files() -> list[str]:
    return sorted(path.as_posix() for path in Path().rglob("*") if path.is_file())


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_configuration_names_every_key_after_a_line_that_explains_it(language: str) -> None:
    lines = _starter(language, "deckgen.toml").splitlines()
    for key in keys.KEYS:
        (index,) = [n for n, line in enumerate(lines) if re.match(rf"(?:# )?(?:{key} = |\[{key}[.\]])", line)]
        assert re.match(r"# \S.{5}", lines[index - 1]), key
        assert lines[index - 2] == "" or lines[index - 2].startswith("# "), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_commented_line_shows_the_default_and_may_be_uncommented(language: str, deckgen: Deckgen) -> None:
    text = _starter(language, "deckgen.toml")
    written = COMMENTED.sub("", text)
    (name,) = tomllib.loads(written)["figures"]
    notes = {"source__start_md": _starter(language, "source/start.md"), "source__words__a_md": "**Q1：一？**\n\n二\n"}
    made = deckgen("check", deckgen_toml=written, **notes)
    assert (made.code, made.err) == (0, ""), name
    settings = config.load()
    chosen = set(tomllib.loads(text))
    for key in (
        set(keys.KEYS) - chosen - {"deck", "output", "figures", "style", "note_types"}
    ):  # these are empty by default
        default = config.Config._field_defaults[key]
        assert getattr(settings, key) == default, key


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["面试", "my notes (2026)"])
def test_the_project_checks_without_a_word_and_goes_into_anki(
    deckgen: Deckgen, monkeypatch: pytest.MonkeyPatch, anki: Anki, name: str, language: str
) -> None:
    made = deckgen("init", name, "--lang", language)
    assert (made.code, made.err) == (0, "")
    assert made.out.splitlines()[0] == "created " + ", ".join(
        f"{name}/{file}" for file in ("deckgen.toml", "source/start.md", ".gitattributes", ".gitignore")
    )
    quoted = name if name.isalnum() and name.isascii() else f"'{name}'"
    assert made.out.splitlines()[1] == f"next: cd {quoted} && deckgen build"
    monkeypatch.chdir(name)
    assert _files() == CREATED
    checked = deckgen("check", "--strict")
    assert (checked.code, checked.out, checked.err) == (
        0,
        "10 notes in 1 file, no problems\nsource/start.md: 10 questions, read as bold labels\n",
        "",
    )
    built = deckgen("build", "--strict")
    assert (built.code, built.err) == (0, "")
    assert anki.import_package(Path(f"{name}.apkg")) == {"new": 10}
    assert anki.complaints() == []
    assert len(anki.cards()) == 17
    assert {anki.col.decks.name(card.did) for card in anki.cards()} == {name}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_notes_show_everything_one_may_write(language: str) -> None:
    notes = _starter(language, "source/start.md")
    shown = (
        "<u>",
        'title="',
        'data-card="',
        "{{c1::",
        "::",
        "\n> ",
        "$\\",
        "$$",
        "```python",
        "| ---".replace(" ", ""),
    )
    assert [mark for mark in (*shown, "```figure ", "{#") if mark not in notes] == []


def test_the_ledger_merges_and_packages_are_not_committed(deckgen: Deckgen) -> None:
    assert deckgen("init").out.endswith("next: deckgen build\n")
    assert Path(".gitattributes").read_text(encoding="utf-8") == "deckgen.lock merge=union\n"
    assert "*.apkg" in Path(".gitignore").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize(("place", "source"), [("notes/os__a", "."), ("source/os", "source")])
def test_notes_that_are_there_become_the_project(deckgen: Deckgen, place: str, source: str) -> None:
    """Else they would be passed over from then on, in silence."""
    file = Path(place.replace("__", "/") + ".md")
    file.parent.mkdir(parents=True)
    file.write_text("**Q1：什么是进程？**\n\n资源分配的单位。\n", encoding="utf-8")
    Path("README.md").write_text("# 我的笔记\n", encoding="utf-8")
    made = deckgen("init", ".", "--lang", "zh")
    assert (made.code, made.out.splitlines()[0]) == (0, "created deckgen.toml, .gitattributes, .gitignore")
    assert tomllib.loads(Path("deckgen.toml").read_text(encoding="utf-8"))["source"] == source
    assert deckgen("check").out.startswith("1 note in ")


def test_a_readme_alone_is_no_notes(deckgen: Deckgen) -> None:
    Path("README.md").write_text("# 我的笔记\n", encoding="utf-8")
    assert deckgen("init", ".", "--lang", "en").out.startswith("created deckgen.toml, source/start.md, ")


def test_nothing_is_ever_overwritten(deckgen: Deckgen) -> None:
    assert deckgen("init", "--lang", "zh").code == 0
    before = {path: Path(path).read_bytes() for path in _files()}
    again = deckgen("init", "--lang", "en")
    assert (again.code, again.out) == (2, "")
    assert again.err == (
        "deckgen: deckgen.toml and source/start.md are there already: nothing was written; name another folder\n"
    )
    assert {path: Path(path).read_bytes() for path in _files()} == before


def test_one_file_in_the_way_keeps_all_others_from_being_written(deckgen: Deckgen) -> None:
    made = deckgen("init", source__start_md="mine")
    assert made.code == 2
    assert "source/start.md is there already: nothing was written" in made.err
    assert _files() == ["source/start.md"]


@pytest.mark.parametrize("folder", ["a.md", "a.md/sub", "link"])
def test_where_there_is_a_file_there_can_be_no_project(deckgen: Deckgen, folder: str) -> None:
    Path("link").symlink_to("nowhere")
    made = deckgen("init", folder, a_md="mine")
    assert (made.code, made.out) == (2, "")
    assert f"deckgen: {folder.removesuffix('/sub')} is no folder: nothing was written" in made.err


def test_a_repository_keeps_its_own_files_and_is_told_what_to_add(deckgen: Deckgen) -> None:
    Path(".gitignore").write_text("*.apkg\nmine\n", encoding="utf-8")
    Path(".gitattributes").write_text("deckgen.lock merge=union\n", encoding="utf-8")
    made = deckgen("init")
    assert made.code == 0
    assert "\n.gitignore is yours and stays as it is: add to it  .*.part  .deckgen.lock.pending\n" in made.out
    assert ".gitattributes" not in made.out
    assert Path(".gitignore").read_text(encoding="utf-8") == "*.apkg\nmine\n"


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is read-only for root")
def test_a_read_only_folder_is_told(deckgen: Deckgen) -> None:
    Path("locked").mkdir(mode=0o500)
    made = deckgen("init", "locked")
    assert made.code == 2
    assert "locked/deckgen.toml cannot be written: Permission denied" in made.err


@pytest.mark.parametrize(
    ("locale", "language"),
    [
        ({}, "zh"),
        ({"LANG": "C.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "en_US.UTF-8"}, "en"),
        ({"LANG": "zh_TW.UTF-8", "LC_ALL": "de_DE.UTF-8"}, "en"),
        ({"LANG": "en_GB.UTF-8", "LC_MESSAGES": "zh_CN.UTF-8"}, "zh"),
    ],
    ids=str,
)
def test_the_language_is_chinese_unless_the_locale_names_another(
    monkeypatch: pytest.MonkeyPatch, locale: dict[str, str], language: str
) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in locale.items():
        monkeypatch.setenv(name, value)
    assert start._language() == language  # noqa: SLF001
