"""Anything at all goes in; a package that Anki imports without a complaint, or diagnostics, come out.

What it found once stands below as cases with names. The long run takes ten minutes: `pytest -m long tests/test_fuzz.py`.
"""

from __future__ import annotations

import os
import tempfile
import time
from contextlib import chdir
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from anki.collection import Collection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deckgen import build, config, targets
from deckgen.diagnostics import DeckgenError, Diagnostic, as_json, as_text
from deckgen.notes import Location

from .conftest import Anki

if TYPE_CHECKING:
    from collections.abc import Iterable

QUESTIONS = [
    "**Q1：问？**\n\n",
    "\n\n**Q2：{{c1::再}}问？** {#name}\n\n",
    "\n\n## 题3：标题\n\n",
    "**无标号？**\n\n",
    "**Q4**",
]
CONSTRUCTS = [
    *("<u>", "</u>", '<u title="提示">', '<u data-card="3">', "<U>", "<u data-card=501>", "<u >"),
    *("{{c1::", "{{c2::", "::提示}}", "}}", "{{", "::", "{{c0::x}}", "{{c12::答}}"),
    *(
        "**",
        "*",
        "_",
        "~~",
        "==",
        "`",
        "``",
        "```\n",
        "~~~\n",
        "$",
        "$$",
        "\\(",
        "\\)",
        "\\[",
        "\\]",
        "\\href{javascript:x}{y}",
    ),
    *("> ", ">> ", "- ", "1. ", "- [ ] ", "    ", "\t", "# ", "### ", "---\n", "===\n", "|a|b|\n|-|-|\n|c|d|\n", "|"),
    *("![图](ok.png)", "![](a b.png)", "![](../x.png)", "<img src=ok.png onerror=x>", '<img src="file:///etc/passwd">'),
    *("[链](a.md)", "[x](javascript:y)", "[x](file:///a)", "[a]: b\n", "[a]", "![", "](", "[[a]]", "<http://a.b>"),
    *(
        "<script>",
        "</script>",
        "<!--",
        "-->",
        "<?",
        "<![CDATA[",
        "<div>",
        "</div>",
        "<svg>",
        "<b onclick=x>",
        "<td>",
        "<",
    ),
    *(
        "&amp;",
        "&#123;",
        "&#0;",
        "&lt",
        "\\",
        "[sound:a.mp3]",
        "[latex]",
        "{#name}",
        "{#other}",
        "？",
        "：",
        "\n",
        "\n\n",
    ),
    *("```figure softmax\nscores = [1, 2]\n```\n", "```figure nope\n```\n", "```figure softmax\nscores = 1\n```\n"),
    *(
        "甲",
        "乙",
        "a",
        " ",
        "\u3000",
        "\u00a0",
        "\u0301",
        "\u2028",
        "\x85",
        "\x00",
        "\x1f",
        "\r",
        "\r\n",
        "\ufeff",
        "😀",
        "한",
    ),
]
TOML = [
    *(
        'deck = "甲::乙"\n',
        'cards = "both"\n',
        'cloze = ["bold", "mark", "italic"]\n',
        'html = "trusted"\n',
        'lang = "en"\n',
    ),
    *(
        'media_roots = [".."]\n',
        'media_roots = ["none"]\n',
        'deck = "\\u001f"\n',
        "[figures.a]\n",
        'kind = "softmax"\n',
    ),
    *(
        "scores = [1, 2]\n",
        'attach = "Q1"\n',
        "deck = 3\n",
        'source = "."\n',
        "=",
        '"',
        "[",
        "\x00",
        "# ",
        'output = "o"\n',
    ),
]
PIECE = st.one_of(
    st.sampled_from(CONSTRUCTS),
    st.builds("<u>{}</u>".format, st.sampled_from(CONSTRUCTS)),
    st.builds("{{{{c1::{}}}}}".format, st.sampled_from(CONSTRUCTS)),
    st.builds("**{}{}**".format, st.sampled_from(CONSTRUCTS), st.sampled_from(CONSTRUCTS)),
    st.builds("\n\n**Q{}：{}？** ".format, st.integers(5, 50), st.sampled_from(CONSTRUCTS)),
    st.sampled_from(QUESTIONS),
)
MARKDOWN = st.lists(PIECE, max_size=25).map("".join)
NOTES = MARKDOWN.map(lambda text: (QUESTIONS[0] + text).encode())
DOCUMENT = st.one_of(
    NOTES,
    NOTES,
    st.builds(lambda a, junk, b: a + junk + b.encode(), NOTES, st.binary(max_size=4), MARKDOWN),
    NOTES.map(lambda data: data.decode().encode("utf-16")),
    st.text(max_size=80).map(lambda text: (QUESTIONS[0] + text).encode("utf-8", "surrogatepass")),
    st.binary(max_size=80),
)
PROJECT = st.one_of(
    st.none(),
    st.none(),
    st.sampled_from(TOML).map(str.encode),
    st.lists(st.sampled_from(TOML), max_size=5).map(lambda parts: "".join(parts).encode()),
    st.binary(max_size=20),
)


def _compiled(documents: Iterable[bytes], toml: bytes | None) -> tuple[bytes | None, list[Diagnostic]]:
    """Two builds, the second of them with the ledger of the first; what a person would get."""
    for number, data in enumerate(documents):
        Path(f"{number}.md").write_bytes(data)
    Path("ok.png").write_bytes(b"a picture")
    if toml is not None:
        Path("deckgen.toml").write_bytes(toml)
    try:
        settings = config.load([] if toml is not None else [Path("0.md")])
        made = build.build(settings, now=1_700_000_000)
        if made.compiled is None:
            return None, list(made.diagnostics)
        build.write(made.compiled, settings, "apkg", Path("deck.apkg"))
        targets.write(made.compiled.deck, "text")
        again = build.build(settings, now=1_700_000_001)
        assert again.compiled
        assert list(again.compiled.changes.told) == []
    except DeckgenError as error:
        return None, list(error.diagnostics) or [Diagnostic("usage", "error", Location("", 1, 1), str(error))]
    return Path("deck.apkg").read_bytes(), list(made.diagnostics)


def _check(documents: list[bytes], toml: bytes | None, *, imported: bool) -> None:
    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        package, diagnostics = _compiled(documents, toml)
        for diagnostic in diagnostics:
            file = Path(diagnostic.where.path)
            text = file.read_bytes().decode("utf-8", "replace") if file.is_file() else ""
            lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n") if "\0" not in text else ()
            assert 1 <= diagnostic.where.line <= len(lines) or "\0" in text or not file.is_file(), diagnostic
            assert diagnostic.where.column >= 1
            assert diagnostic.message
            as_json(diagnostic).encode("utf-8", "replace")
            as_text(diagnostic, lines[diagnostic.where.line - 1] if lines else "")
        assert package is not None or diagnostics
        if package is not None and imported:
            col = Collection(str(Path("collection.anki2").absolute()))
            try:
                anki = Anki(col)
                counts = anki.import_package(Path("deck.apkg").absolute())
                assert set(counts) == {"new"}
                assert anki.complaints() == []
            finally:
                col.close()


IMPORTED_OF = 20
"""One of so many packages goes into Anki, which takes a while."""


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(documents=st.lists(DOCUMENT, min_size=1, max_size=2), toml=PROJECT, draw=st.integers(1, IMPORTED_OF))
def test_anything_gives_a_package_or_diagnostics(documents: list[bytes], toml: bytes | None, draw: int) -> None:
    _check(documents, toml, imported=draw == IMPORTED_OF)


MINUTES = float(os.environ.get("DECKGEN_FUZZ_MINUTES", "10"))


@pytest.mark.long
def test_anything_gives_a_package_or_diagnostics_for_ten_minutes() -> None:
    end = time.monotonic() + 60 * MINUTES

    @settings(max_examples=500, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(documents=st.lists(DOCUMENT, min_size=1, max_size=3), toml=PROJECT, draw=st.integers(1, IMPORTED_OF))
    def fuzz(documents: list[bytes], toml: bytes | None, draw: int) -> None:
        _check(documents, toml, imported=draw == IMPORTED_OF)

    while time.monotonic() < end:
        fuzz()
