"""Every diagnostic explains itself, with examples that are what they say; and warnings can be switched off by code."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import deckgen as package
from deckgen import build, config, explanations
from deckgen.diagnostics import DeckgenError

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Result

    Deckgen = Callable[..., Result]

ROOT = Path(package.__file__).parent
NOT_OF_NOTES = {
    "bad-config": "the example is a deckgen.toml",
    "bad-ledger": "the example is a ledger",
    "control-character": "the example shows a picture of the character",
    "frozen": "the example is a series of commands",
    "identity-guess": "the example is two builds",
    "lost-ledger": "the example is a series of commands",
    "no-cjk-font": "the fonts of this machine decide",
    "number-taken": "the example is two builds",
    "other-fields": "the example is a deckgen.toml before and after",
    "passed-over": "the example is a command",
    "too-many-cards": "the example would be too long",
    "unused-note-type": "the example is a deckgen.toml",
    "unreadable-file": "the example is a series of commands",
    **dict.fromkeys(
        [
            *("empty-front", "template-brackets", "template-field", "template-file", "template-filter"),
            *("template-no-cloze", "template-no-field", "template-same-front", "template-section"),
            *("template-front", "unused-template"),
        ],
        "the example is a template",
    ),
}
"""Codes whose examples are no notes to check, and why."""


@dataclass(frozen=True)
class Used:
    code: str
    severity: str


def _used() -> set[Used]:
    """Every code that the package makes a Diagnostic with."""
    pattern = re.compile(r'Diagnostic\(\s*"([a-z-]+)",\s*"(error|warning)"')
    sources = [file.read_text(encoding="utf-8") for file in ROOT.rglob("*.py")]
    calls = sum(
        len(re.findall(r'\bDiagnostic\((?!\s*(?:[A-Za-z]+\)|code,|"[a-z-]+", severity))', source)) for source in sources
    )
    found = [match.groups() for source in sources for match in pattern.finditer(source)]
    assert len(found) == calls, "a Diagnostic whose code or severity is no plain text"
    found.append(("front-matter", "error"))  # where YAML cannot be read, an error unless it is another program's
    for line in (ROOT / "templates" / "check.py").read_text(encoding="utf-8").splitlines():
        for code in re.findall(r'"(template-[a-z-]+)"', line):
            found += [(code, severity) for severity in re.findall('"(error|warning)"', line) or ["error"]]
    severities: dict[str, set[str]] = {}
    for code, severity in found:
        severities.setdefault(code, set()).add(severity)
    return {Used(code, " or ".join(sorted(each))) for code, each in severities.items()}


def test_every_code_of_the_package_is_explained_and_nothing_else() -> None:
    explained = {Used(code, explanations.explain(code).severity) for code in explanations.codes()}
    assert _used() == explained


def test_every_code_stands_in_the_documentation() -> None:
    page = "".join((ROOT.parent / "docs" / name).read_text("utf-8") for name in ("syntax.md", "templates.md"))
    rows = "\n".join(line for line in page.splitlines() if line.startswith("| `"))
    for code in explanations.codes():
        (row,) = [line for line in rows.splitlines() if f"`{code}`" in line.split("|")[1]]
        assert row.split("|")[2].strip() == explanations.explain(code).severity, code


@pytest.mark.parametrize("code", explanations.codes())
def test_an_explanation_says_what_and_why_and_fits_a_terminal(code: str) -> None:
    explanation = explanations.explain(code)
    head, _, why, *_ = explanation.text.split("\n", 3)
    assert explanation.code == code
    assert head.startswith(f"{code} ({explanation.severity}): ")
    assert len(why) > 20
    assert explanation.bad != explanation.good
    assert max(len(line) for line in explanation.text.splitlines()) <= 125


def _codes(notes: str) -> set[str]:
    Path("ok.png").write_bytes(b"a picture")
    for folder in (Path("x"), Path("y")):
        folder.mkdir(exist_ok=True)
        (folder / "twice.png").write_bytes(b"a picture")
    Path("a.md").write_text(notes, encoding="utf-8")
    return {diagnostic.code for diagnostic in build.check(config.load()).diagnostics}


@pytest.mark.parametrize("code", [code for code in explanations.codes() if code not in NOT_OF_NOTES])
def test_the_bad_example_is_told_with_this_code_alone_and_the_good_one_is_not(
    code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("deckgen.toml").touch()
    if code == "no-question":  # of a file beside others; where it is the only one there is no card at all
        Path("b.md").write_text("**Q1：什么是编码器？**\n\n读懂输入。\n", encoding="utf-8")
    explanation = explanations.explain(code)
    assert _codes(explanation.bad) == {code}
    assert _codes(explanation.good) == set()


def test_the_examples_of_the_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    explanation = explanations.explain("bad-config")
    Path("deckgen.toml").write_text(explanation.good, encoding="utf-8")
    config.load()
    Path("deckgen.toml").write_text(explanation.bad, encoding="utf-8")
    with pytest.raises(DeckgenError) as raised:
        config.load()
    assert [diagnostic.code for diagnostic in raised.value.diagnostics] == ["bad-config"]


def test_a_code_is_explained_without_any_notes_there(deckgen: Deckgen) -> None:
    for code in explanations.codes():
        made = deckgen("check", "--explain", code)
        assert (made.code, made.out, made.err) == (0, explanations.explain(code).text, "")


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("log-cloze", "there is no code log-cloze: did you mean long-cloze or "),
        ("MISSING-IMAGE", "there is no code MISSING-IMAGE: the codes are all-underlined, "),
        ("../__init__", "there is no code ../__init__: the codes are "),
    ],
)
def test_an_unknown_code_names_the_nearest(deckgen: Deckgen, code: str, message: str) -> None:
    made = deckgen("check", "--explain", code)
    assert (made.code, made.out) == (2, "")
    assert made.err.startswith(f"deckgen: {message}")


TWO_WARNINGS = explanations.explain("long-cloze").bad + "\n" + explanations.explain("no-answer").bad.replace("Q1", "Q3")


def test_a_warning_can_be_switched_off_and_others_stay(deckgen: Deckgen) -> None:
    made = deckgen("check", deckgen_toml="", a_md=TWO_WARNINGS)
    assert made.out.partition("\n")[0].endswith("2 warnings")
    made = deckgen("check", deckgen_toml='ignore = ["long-cloze"]\n')
    assert made.out.partition("\n")[0].endswith("1 warning")
    assert "[long-cloze]" not in made.err
    made = deckgen("build", "--strict", deckgen_toml='ignore = ["long-cloze", "no-answer"]\n')
    assert (made.code, made.err) == (0, "")


@pytest.mark.parametrize(
    ("ignored", "message"),
    [
        ('["long-cloz"]', "there is no warning long-cloz: did you mean long-cloze or "),
        ('["missing-image"]', "missing-image is an error, and errors cannot be ignored"),
        (
            '["unclosed-underline", "x"]',
            "there is no warning x: the codes are all-underlined, ",
        ),
        ('"long-cloze"', "`ignore` must be a list of warning codes, such as [\"long-cloze\"], not 'long-cloze'"),
        ("[1]", "`ignore` must be a list of warning codes"),
    ],
)
def test_what_cannot_be_ignored_is_an_error_of_the_configuration(deckgen: Deckgen, ignored: str, message: str) -> None:
    made = deckgen("check", deckgen_toml=f"\nignore = {ignored}\n", a_md=TWO_WARNINGS)
    assert made.code == 2
    assert made.err.startswith("deckgen.toml:2:1: error[bad-config] ")
    assert message in made.err


def test_the_same_question_in_two_files_is_told_with_the_place(deckgen: Deckgen) -> None:
    note = "**Q1：有哪些优点？**\n\n并行度高。\n"
    made = deckgen("check", deckgen_toml="", a_md=note, b_md=note)
    assert made.code == 0
    assert "b.md:1:1: warning[same-question] the question of a.md:1 is asked again" in made.err


def test_the_notes_we_ship_need_no_advice(deckgen: Deckgen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT.parent)
    made = deckgen("check", "--strict")
    assert (made.code, made.err) == (0, "")
