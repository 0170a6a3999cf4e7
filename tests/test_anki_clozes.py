"""Whatever an author types inside an underline, the real Anki shows as he typed it."""

from __future__ import annotations

import re
import string
import tempfile
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from anki.collection import Collection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deckgen import build, config

from .conftest import Anki, Result, clozes, visible

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

TYPED = {
    r"$\frac{1}{\sqrt{d_k}}$": r"\(\frac{1}{\sqrt{d_k}}\)",
    r"$$\sum_{i=1}^{n}{{x_i}}$$": r"\[\sum_{i=1}^{n}{{x_i}}\]",
    r"\(a_b < c\)": r"\(a_b < c\)",
    "`std::vector<int>`": "std::vector<int>",
    "`{{c1::x}}`": "{{c1::x}}",
    "`\\(x\\)`": "\\(x\\)",
    "a }} b :: c": "a }} b :: c",
    "a < b && c > d": "a < b && c > d",
    "dict{": "dict{",
    "}": "}",
    "范围：": "范围：",
    "a:": "a:",
    ":b": ":b",
    r"\\(x\\)": "\\(x\\)",
    "`[sound:x.mp3]`": "[sound:x.mp3]",
    "&#91;sound:x.mp3]": "[sound:x.mp3]",
    r"[latex]x[/latex] [\$]y[/\$] [\$\$]z[/\$\$]": "[latex]x[/latex] [$]y[/$] [$$]z[/$$]",
    "**重点：**文本": "重点：文本",
    "![](<u.png>) 图": "图",
    "O(n^2 * d)": "O(n^2 * d)",
    "<ruby>字<rt>zi</rt></ruby>": "字zi",
}


@pytest.mark.parametrize("typed", TYPED, ids=str)
def test_an_underline_shows_what_was_typed(
    typed: str, anki: Anki, deckgen: Callable[..., Result], tmp_path: Path
) -> None:
    (tmp_path / "notes" / "u.png").write_bytes(b"not looked into")
    made = deckgen("build", "a.md", a_md=f"**Q1：什么？**\n\n甲<u>{typed}</u>乙<u>丙</u>\n")
    assert made.code == 0, made.err
    anki.import_package(Path("a.apkg"))
    first, second = anki.cards()
    assert clozes(first.answer()) == [TYPED[typed]]
    assert clozes(first.question()) == ["[...]"]
    assert clozes(first.question(), "cloze-inactive") == ["丙"]
    assert clozes(second.question(), "cloze-inactive") == [TYPED[typed]]
    assert anki.complaints() == []


NASTY = ["{{", "}}", "::", "{{c1::", "{{c2::x}}", "<u>", "</u>", "\\(", "\\)", "\\[", "[sound:a.mp3]", "[$]", "$", "$$"]
NASTY += [
    "`",
    "<!--",
    "-->",
    "]]>",
    "&lt;",
    "&#125;",
    "[latex]",
    "**",
    "~~",
    "==",
    "![a](b)",
    "。",
    "：",
    "\u200b",
    " ",
]
TEXT = st.lists(
    st.one_of(st.sampled_from(NASTY), st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8)), max_size=8
).map("".join)


def _escaped(text: str) -> str:
    """Markdown for exactly this text. Brackets as entities: behind a backslash they would be those of a formula."""
    return "".join(f"&#{ord(c)};" if c in "()[]" else f"\\{c}" if c in string.punctuation else c for c in text)


def _code(text: str) -> str:
    """Markdown for exactly this code."""
    fence = "`" * (max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    return f"{fence} {text} {fence}"


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.sampled_from([_escaped, _code]), TEXT), min_size=1, max_size=25))
def test_any_text_in_a_cloze_is_shown_as_typed(phrases: Sequence[tuple[Callable[[str], str], str]]) -> None:
    phrases = [(mark_up, text) for mark_up, text in phrases if text.split()]
    notes = [f"**Q{n}：问？**\n\n甲<u>{mark_up(text)}</u>乙<u>丙</u>\n" for n, (mark_up, text) in enumerate(phrases, 1)]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "a.md")
        file.write_text("\n".join(["# 题", *notes, "**Q0：问？**\n\n答"]), encoding="utf-8")
        made = build.build(config.load([file])._replace(ignore=("cloze-repeated", "long-cloze")))
        assert made.diagnostics == ()
        assert made.compiled
        build.write(made.compiled, made.config, "apkg", Path(folder, "a.apkg"))
        anki = Anki(Collection(str(Path(folder, "c.anki2"))))
        try:
            anki.import_package(Path(folder, "a.apkg"))
            cards = anki.cards()
            assert len(cards) == 2 * len(phrases) + 1
            for (_, text), card in zip(phrases, cards[::2], strict=False):
                expected = " ".join(unicodedata.normalize("NFC", text).split())
                assert clozes(card.answer()) == [expected]
                assert visible(card.answer()).count("丙") >= 1
        finally:
            anki.col.close()
