"""The styles of questions: how long they take, that they never fail, and what the command line says of them."""

from __future__ import annotations

import gc
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deckgen import syntax
from deckgen.config import keys
from deckgen.parse import parse
from deckgen.syntax import styles
from deckgen.syntax.styles.numerals import value
from deckgen.syntax.styles.question import style

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Result

    Deckgen = Callable[..., Result]

LINES = (
    *("**Q1：一？**", "**Q2：** 二", "**Q3**：三", "**1. 甲**", "**2. 乙？**", "**什么？** {#n .y} 好", "第1题：四"),
    *("**问题一：五**", "**一、六？**", "**（二）七**", "### 二、八", "问二：九", "答二：十", "**【Q3】十一**"),
    *("# 题", "## 基础", "### 什么？", "### 机制 {.x}", "## Question", "## Answer", "#### Answer: B", "#tag #b/c"),
    *("Q: a", "A: b", "问：甲", "答：乙", "**Q:** c", "**A:** d", "A1: x", "B: y", "> **Q9：引？**", "> 引"),
    *(
        "- a",
        "- 什么？",
        "  答",
        "1. 什么？",
        "   答",
        "2. ### x",
        "词",
        ": 义",
        "  续",
        "    code",
        "```",
        "---",
        "***",
    ),
    *("<details>", "<summary>Q?</summary>", "<details><summary>Answer</summary>", "</details>", "</b></details>"),
    *("<u>x</u>", "$$x$$", "{{c1::a}}", "[top](#a)", "text\\", "| a |", "|---|", "", "", "", ""),
)
WANTED = (*styles.STYLES, "headings 2", "/^(什么|第)/", "/./")


def test_the_configuration_knows_every_style() -> None:
    assert tuple(styles.STYLES) == keys.QUESTIONS


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(LINES), max_size=25), st.sampled_from(WANTED))
def test_every_style_reads_everything_and_loses_no_block(lines: list[str], wanted: str) -> None:
    text = "\n".join(lines)
    depth = 0
    for token in syntax.parse(text, wanted):
        depth += token.nesting
        assert depth >= 0
    assert depth == 0
    document = parse(text, path="a.md", questions=wanted)
    assert bool(document.notes) == bool(document.style)


@pytest.mark.parametrize(
    ("unit", "read_as"),
    [
        ("**Q{}：什么？**\n\n答 <u>甲</u>\n\n", "bold labels"),
        ("**{}. 什么？**\n\n答\n\n", "bold text"),
        ("### 什么{}？\n\n答\n\n", "headings of level 3"),
        ("### 机制{}\n\n答\n\n", "headings of level 3"),
        ("Q: 什么{}？\nA: 答\n", "Q: and A:"),
        ("## Question {0}\n\nx\n\n## Answer {0}\n\ny\n\n", "headings Question and Answer"),
        ("词{}\n: 义\n\n", "definition lists"),
        ("{}. 什么？\n   答\n", "list items"),
        ("{}、什么？\n\n答\n\n", "numbered lines"),
        ("**机制{}**\n\n<u>答</u>\n\n", "bold text"),
        ("<details>\n<summary>q{}?</summary>\n\nx\n\n</details>\n\n", "folds"),
        ("### 什么{}？\n\n<details><summary>Answer</summary>\n\n", "headings of level 3"),
    ],
    ids=str,
)
def test_twice_the_text_takes_twice_the_time(unit: str, read_as: str, request: pytest.FixtureRequest) -> None:
    """Eight times the text may take sixteen times as long, for the noise, at the best of three times; were it quadratic,
    it would take 64. The collector rests as in a build: what it takes depends on all that the tests before have left.
    """

    def seconds(number: int) -> float:
        text = "".join(unit.format(index) for index in range(1, number + 1))
        started = time.process_time()
        document = parse(text, path="a.md")
        took = time.process_time() - started
        assert (document.style, len(document.notes)) == (read_as, number)
        return took

    request.addfinalizer(gc.enable)
    gc.disable()
    small = min(seconds(500) for _ in range(3))
    assert any(seconds(4000) < 16 * small + 0.2 for _ in range(3))


@pytest.mark.parametrize(
    ("kinds", "said"),
    [
        ([], ""),
        (["bold labels"], "bold labels"),
        (["headings of level 3", "headings of level 2"], "headings of levels 2 and 3"),
        (["bold text", "headings of level 2", "bold text"], "bold text and headings of level 2"),
        (["Q: and A:", "Q:", "Q: and A:"], "Q: and A: and Q:"),
    ],
    ids=str,
)
def test_a_style_in_words(kinds: list[str], said: str) -> None:
    assert style(kinds) == said


def test_the_value_of_a_numeral() -> None:
    assert [value(n) for n in ("一", "九", "十", "十二", "二十", "二十一", "九十九")] == [1, 9, 10, 12, 20, 21, 99]


def test_the_summary_says_how_each_document_was_read(deckgen: Deckgen) -> None:
    made = deckgen("build", "a.md", a_md="### 机制\n\n甲\n\n### 编码\n\n乙\n")
    assert made.out.splitlines()[1] == "a.md: 2 questions, read as headings of level 3"
    made = deckgen("check", a_md="Q: 一？\nA: 甲\n", b_md="闲话\n", deckgen_toml="")
    assert made.out.splitlines()[1:] == ["a.md: 1 question, read as Q: and A:", "b.md: no question"]


def test_many_documents_are_counted_together(deckgen: Deckgen) -> None:
    notes = {f"n{number}_md": "**Q1：一？**\n\n甲\n" for number in range(5)}
    made = deckgen("check", **notes, x_md="### 机制\n\n甲\n\n### 编码\n\n乙\n", deckgen_toml="")
    assert made.out.splitlines()[1:] == [
        "5 files: 5 questions, read as bold labels",
        "x.md: 2 questions, read as headings of level 3",
    ]


def test_the_configuration_decides_for_every_document_and_front_matter_for_one(deckgen: Deckgen) -> None:
    notes = "### 什么？\n\n**甲**\n\n乙\n"
    files = {"a_md": notes, "b_md": f"---\nquestions: headings 3\n---\n{notes}"}
    made = deckgen("check", **files, deckgen_toml='questions = "bold"\n')
    assert made.out.splitlines()[1:] == [
        "a.md: 1 question, read as bold text",
        "b.md: 1 question, read as headings of level 3",
    ]


@pytest.mark.parametrize("value", ["headings 7", "/(/", "//", "/", "Headings", "", "heading"])
def test_a_style_that_does_not_exist_is_refused(deckgen: Deckgen, value: str) -> None:
    made = deckgen("check", a_md="**Q1：一？**\n\n甲\n", deckgen_toml=f'questions = "{value}"\n')
    assert made.code == 2
    assert "deckgen.toml:1:1: error[bad-config] `questions` must be one of" in made.err


def test_a_document_without_front_matter_needs_no_yaml(deckgen: Deckgen) -> None:
    import subprocess  # noqa: PLC0415 - here alone
    import sys  # noqa: PLC0415

    deckgen("check", a_md="---\n\n**Q1：一？**\n\n甲\n")
    code = "import sys; from deckgen import cli; cli.main(['check', 'a.md']); print('yaml' in sys.modules)"
    root = str(Path(__file__).parent.parent)
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"PYTHONPATH": root}
    )
    assert done.stdout.splitlines()[-1] == "False"


def test_the_language_of_a_document_is_that_of_its_figures(deckgen: Deckgen) -> None:
    notes = "**Q1：什么？**\n\n答\n\n```figure softmax\nscores = [1, 2]\n```\n"
    files = {"a_md": notes, "b_md": f"---\nlang: en-US\n---\n{notes}"}
    made = deckgen("build", "--to", "text", **files, deckgen_toml="")
    chinese, english = made.out.split("# notes")[1:]
    assert "softmax" in chinese
    assert "greatest probability" not in chinese
    assert "greatest probability" in english


@pytest.mark.parametrize("word", ["figure", "Figure", "figures"])
def test_a_figure_is_known_by_its_word_however_it_is_written(word: str) -> None:
    (note,) = parse(f"**Q1：一？**\n\n甲\n\n```{word} softmax\nscores = [1, 2]\n```\n", path="a.md").notes
    assert [(figure.kind, figure.text) for figure in note.figures] == [("softmax", "scores = [1, 2]\n")]
