"""Texts made to be slow, deep or huge: time grows no faster than the text, and nothing is ever a traceback.

The short test compares a text with one four times as long, the long one measures exponents over four sizes:
`pytest -m long tests/test_pathological.py`.
"""

from __future__ import annotations

import gc
import math
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from deckgen import build, config, files, targets
from deckgen.diagnostics import as_text

if TYPE_CHECKING:
    from collections.abc import Callable

    Family = Callable[[int], str]

Q = "**Q1：问？**\n\n"

FAMILIES: dict[str, Family] = {
    "nested quotes": lambda n: Q + ">" * n + " a",
    "nested lists": lambda n: Q + "- " * n + "a",
    "nested quotes and lists": lambda n: Q + "> - " * n + "a",
    "quotes over lazy lines": lambda n: Q + ">" * 10 + " a\n" + "a\n" * n,
    "nested HTML": lambda n: Q + "a" + "<b>" * n + "a" + "</b>" * n,
    "nested blocks of HTML": lambda n: Q + "<div>" * n + "a" + "</div>" * n,
    "answers between items": lambda n: "".join(f"{i % 900 + 1}. 问？\n答：甲\n" for i in range(n // 4)),
    "numbers below a list": lambda n: "1. 问？\n答：甲\n" + "7.\n" * n + "8.a\n" * n,
    "answers to one question": lambda n: Q + "答：甲\n" * n,
    "headings beside one that asks": lambda n: "# 问？\n\n甲\n\n" + "# 乙\n\n丙\n\n" * (n // 4),
    "half underlines": lambda n: Q + "a<u>b " * n,
    "closing underlines": lambda n: Q + "a" + "</u>" * n,
    "nested underlines": lambda n: Q + "<u>a" * n + "</u>" * n,
    "clozes in one note": lambda n: Q + "".join(f"<u>甲{i}</u>，" for i in range(n)),
    "clozes in many notes": lambda n: "".join(f"**Q{i}：问{i}？**\n\n<u>甲</u>\n\n" for i in range(n // 4)),
    "half clozes": lambda n: Q + "{{c1::" * n,
    "mistyped clozes": lambda n: Q + "{{c1：a}} *b*\n" * n,
    "closing clozes": lambda n: Q + "a}}" * n,
    "nested clozes": lambda n: Q + "{{c1::a" * n + "}}" * n,
    "hints": lambda n: Q + "{{c1::a" + "::b" * n + "}}",
    "braces": lambda n: Q + "{{{" * n,
    "stars": lambda n: Q + "**" * n,
    "stars between spaces": lambda n: Q + "** a " * n,
    "lines in stars with spaces": lambda n: Q + "** a **\n" * n,
    "bold text before code": lambda n: Q + "**a**`b`" * n,
    "half formulas with a space": lambda n: Q + "$ a" * n,
    "formulas with a space": lambda n: Q + "$ a$ " * n,
    "images of formulas": lambda n: Q + "![[a]](https://www.zhihu.com/equation?tex=x)" * n,
    "escaped brackets": lambda n: Q + "\\[1, " * n + "\\]" * n,
    "half containers": lambda n: Q + "::: tip\n" * n,
    "nested containers": lambda n: Q + "::: tip\n" * n + ":::\n" * n,
    "admonitions": lambda n: Q + '!!! tip "a"\n    ??? tip "乙"\n        丙\n\n' * (n // 4),
    "half admonitions": lambda n: Q + "!!! tip\n" * n,
    "nested admonitions": lambda n: Q + "".join("    " * depth + "!!! tip\n" for depth in range(int(n**0.5) * 4)),
    "words behind an admonition's kind": lambda n: Q + "!!! tip" + " a" * n + '"\n    甲\n',
    "containers": lambda n: Q + "::: details 甲\n乙\n:::\n" * n,
    "Q: and A: in one paragraph": lambda n: "".join(f"Q: 问{i}？\nA: 甲\n" for i in range(n // 4)),
    "typed breaks above lines that begin with an emoji": lambda n: Q + "甲<br>\n✅ 乙\n" * n,
    "typed breaks between questions": lambda n: "**🔹 1. 问？**<br>甲<br>" * (n // 4),
    "headings and half paragraphs in HTML": lambda n: Q + "<p>甲\n<h3>乙</h3>\n" * n,
    "headings below HTML": lambda n: Q + "<ul></ul>\n<h3>甲？</h3>\n" * (n // 4),
    "headings in HTML that is not closed": lambda n: Q + "<div>\n<h3>甲</h3>\n" * n,
    "half headings in HTML": lambda n: Q + "- <h2>\n" * n,
    "questions inside a colour": lambda n: "<font>**问？**</font>\n\n甲\n\n" * (n // 4),
    "half bold tags": lambda n: Q + "a<b>*b " * n,
    "bold tags in one another": lambda n: Q + "a<b>" * n + "b</b>" * n,
    "half spans": lambda n: Q + "[" * n + "a]{.underline}" * n,
    "half attributes": lambda n: Q + "{: .a" * n + "{:" + "a " * n,
    "half sizes": lambda n: Q + "![](a.png){width=1 " * n,
    "ends of folds": lambda n: Q + "甲\n</b></details>\n" * n,
    "folds that ask": lambda n: "<details><summary>问？</summary>\n\n甲\n\n</details>\n\n" * (n // 4),
    "folds without an empty line between": lambda n: "<details><summary>问？</summary>\n甲\n</details>\n" * (n // 4),
    "folds in a list's items": lambda n: "- 问？\n  <details><summary>答案</summary>甲</details>\n" * (n // 4),
    "callouts that ask": lambda n: "> [!question] 问？\n> 甲\n\n" * (n // 4),
    "headings whose answers are announced": lambda n: "## 甲\n\n答：乙\n\n" * (n // 4),
    "headings again and again": lambda n: "## 甲\n\n### 乙\n\n丙\n\n" * (n // 4),
    "spaces behind a question's letter": lambda n: Q + "甲\n\nQ" + " " * n + "x",
    "spaces before a block's name": lambda n: Q + "a" + " " * n + "^x b",
    "spaces in a container's title": lambda n: Q + "::: tip a" + " " * n + "b\n甲\n:::\n",
    "spaces behind an anchor": lambda n: Q + "甲\n\n<a id=x>" + " " * n + "<b>",
    "spaces in stars": lambda n: Q + "** a" + " " * n + "b",
    "half bold": lambda n: Q + "**a " * n,
    "bold in italics": lambda n: Q + "*a **b " * n,
    "bold beside Chinese": lambda n: Q + "甲**“乙”**" * n,
    "equal signs": lambda n: Q + "==" * n,
    "half marks": lambda n: Q + "==a " * n,
    "tildes": lambda n: Q + "~~a " * n,
    "brackets": lambda n: Q + "[" * n,
    "pairs of brackets": lambda n: Q + "[" * n + "]" * n,
    "half links": lambda n: Q + "[a](b" * n,
    "nested links": lambda n: Q + "[a" * n + "](b)" * n,
    "half images": lambda n: Q + "![](" * n,
    "references": lambda n: Q + "".join(f"[a{i}]: b\n" for i in range(n)) + "\n" + "[a1] " * n,
    "footnotes": lambda n: Q + "[^1]: a\n\n" * n,
    "footnotes of which none is there": lambda n: Q + "[^1] *a* [^甲]:\n" * n,
    "footnotes that nothing refers to": lambda n: Q + "".join(f"[^{i}]: a\n\n" for i in range(n)),
    "dollars": lambda n: Q + "$" * n,
    "prices": lambda n: Q + "$a " * n,
    "escaped dollars": lambda n: Q + "$a\\" * n,
    "clozes in formulas": lambda n: Q + "$a<u>b</u>$\n" * n,
    "half clozes in formulas": lambda n: Q + "$a<u>b\\\\" * n + "$",
    "half displayed formulas in paragraphs": lambda n: Q + "$$ a\n\n" * n,
    "displayed formulas with clozes": lambda n: Q + "$$ <u>a</u> $$\n\n" * n,
    "half formulas": lambda n: Q + "\\(" * n,
    "half displayed formulas": lambda n: Q + "\\[a " * n,
    "links in formulas": lambda n: Q + "$" + "\\href{javascript:a}{b}" * n + "$",
    "backticks": lambda n: Q + "`" * n,
    "growing backticks": lambda n: Q + "".join("a" + "`" * i for i in range(int(n**0.5) * 2)),
    "backslashes": lambda n: Q + "\\" * n,
    "less-than signs": lambda n: Q + "<" * n,
    "half tags": lambda n: Q + "a<b c='" * n,
    "half tags in a block": lambda n: Q + "<div>\n" + "<b c='" * n,
    "attributes": lambda n: Q + "a<b " + "c=d " * n + ">",
    "half comments": lambda n: Q + "a<!--" * n,
    "comments in a block": lambda n: Q + "<div>" + "<!--" * n,
    "scripts": lambda n: Q + "a<script>" * n,
    "scripts in a block": lambda n: Q + "<div>\n" + "a<script>b\n" * n,
    "images in a block": lambda n: Q + "<div>" + "<img src=data:x>" * n + "</div>",
    "ampersands": lambda n: Q + "&" * n,
    "entities": lambda n: Q + "&amp;" * n,
    "columns": lambda n: Q + "|a" * n + "|\n" + "|-" * n + "|\n" + "|b" * n + "|\n",
    "rows": lambda n: Q + "|a|b|\n|-|-|\n" + "|c|d|\n" * n,
    "one line": lambda n: Q + "字" * 20 * n,
    "blank lines": lambda n: Q + "a" + "\n" * 20 * n,
    "tabs": lambda n: Q + "\t" * n + "a",
    "headings": lambda n: Q + "a\n\n" + "# a\n" * n,
    "questions in headings": lambda n: "".join(f"# a{i}？\n\nb\n\n" for i in range(n // 4)),
    "questions in bold": lambda n: "".join(f"**a{i}？**\n\nb\n\n" for i in range(n // 4)),
    "the same question": lambda n: "**Q1：a？**\n\nb\n\n" * (n // 4),
    "names": lambda n: "**Q1：a" + "{#" * n + "**\n\nb",
    "spaces before a name": lambda n: "**Q1：a" + " " * n + "{#**\n\nb",
    "digits of a label": lambda n: "**Q1" + "-1" * n + "：a**\n\nb",
    "fences": lambda n: Q + "```\n" * n,
    "fences in quotes": lambda n: Q + ">" * 10 + "```\n" * n,
    "clozes in indented lines": lambda n: Q + "    <u>a</u>\n\na\n\n" * n,
    "figures": lambda n: Q + "```figure softmax\nscores=\n```\n\n" * (n // 4),
    "autolinks": lambda n: Q + "<http://a " * n,
    "sounds": lambda n: Q + "[sound:" * n,
    "NUL": lambda n: Q + "a\0" * n,
    "control characters": lambda n: Q + "a\x01" * n,
    "combining marks": lambda n: Q + "a" + "\u0301\u0316" * n,
    "carriage returns": lambda n: Q + "a\r" * n,
    "plain paragraphs": lambda n: Q + "一段普通的文字。\n\n" * n,
}


def _seconds(family: Family, size: int) -> float:
    """To build it and to say all that is wrong, in the time of this process alone."""
    Path("a.md").write_text(family(size), encoding="utf-8", newline="")
    gc.collect()
    start = time.process_time()
    made = build.build(config.load([Path("a.md")]), now=1_700_000_000)
    if made.compiled:
        targets.write(made.compiled.deck, "apkg")
    lines = files.lines(Path(made.documents[0].shown)) if made.documents else ()
    for diagnostic in made.diagnostics:
        as_text(diagnostic, lines[diagnostic.where.line - 1] if diagnostic.where.line <= len(lines) else "")
    return time.process_time() - start


SMALL = 350
QUICK = 0.015
"""So little time says nothing of how it grows."""


@pytest.mark.parametrize("name", FAMILIES)
def test_four_times_the_text_takes_little_more_than_four_times_as_long(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    family = FAMILIES[name]
    _seconds(family, 10)
    for _ in range(4):  # a busy machine may be slow once, what is quadratic takes 16 times as long each time
        much = _seconds(family, 4 * SMALL)
        if much < QUICK or much < 8 * _seconds(family, SMALL):
            return
    pytest.fail(f"{name}: {4 * SMALL} took {much:.2f} s")


SIZES = (4_000, 8_000, 16_000, 32_000)


@pytest.mark.long
@pytest.mark.parametrize("name", FAMILIES)
def test_the_exponent_of_time_is_at_most_one_and_a_fifth(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    family = FAMILIES[name]
    _seconds(family, 10)
    seconds = [min(_seconds(family, size) for _ in range(3)) for size in SIZES]
    lengths = [len(family(size)) for size in SIZES]
    x, y = [math.log(length) for length in lengths], [math.log(max(second, 1e-4)) for second in seconds]
    mean_x, mean_y = sum(x) / 4, sum(y) / 4
    slope = sum((a - mean_x) * (b - mean_y) for a, b in zip(x, y, strict=True)) / sum((a - mean_x) ** 2 for a in x)
    print(f"{name}: exponent {slope:.2f}, {', '.join(f'{s:.2f} s' for s in seconds)}")  # noqa: T201 - what -s shows
    assert slope <= 1.2 or seconds[-1] < 0.2, seconds


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (Q + "甲\n\n" + ">" * 10_000 + " a", "too-deep"),
        (Q + "- " * 10_000 + "a", "too-deep"),
        (Q + "".join("  " * n + "- a\n" for n in range(60)), "too-deep"),
        (Q + "<u>甲</u>，" * 501, "too-many-cards"),
    ],
    ids=["quotes", "lists", "indented lists", "cards"],
)
def test_what_markdown_or_anki_would_lose_is_an_error_with_its_line(
    text: str, code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.md").write_text(text, encoding="utf-8")
    made = build.build(config.load([Path("a.md")]), now=1_700_000_000)
    errors = [diagnostic for diagnostic in made.diagnostics if diagnostic.severity == "error"]
    assert [error.code for error in errors] == [code]
    assert errors[0].where.line >= 1


@pytest.mark.long
@pytest.mark.parametrize(
    "text",
    [
        "".join(f"**Q{n}：第{n}个问题？**\n\n{'一段普通的文字，' * 40}<u>答案</u>。\n\n" for n in range(50_000)),
        "**Q1：一行？**\n\n" + "字" * 3_500_000,
        "**Q1：一行？**\n\n" + "很长的一行，有<u>空</u>和**粗**体 " * 220_000,
        "".join(f"**Q{n}：问{n}？**\n\n" + "<u>甲</u>和" * 10 + "\n\n" for n in range(10_000)),
    ],
    ids=["50 MB of notes", "a line of 10 MB", "a line of 10 MB with mark-up", "100,000 clozes"],
)
def test_huge_documents_are_read(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    start = time.monotonic()
    seconds = _seconds(lambda _: text, 0)
    print(f"{len(text.encode()) / 1e6:.0f} MB: {seconds:.0f} s, {time.monotonic() - start:.0f} s")  # noqa: T201 - as above
