"""The colours of code, callouts and footnotes are legible, by day and at night."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest

import deckgen
from deckgen.colours import contrast
from deckgen.highlight import COLOURED, highlight

CSS = re.sub(
    r"/\*.*?\*/",
    "",
    (Path(deckgen.__file__).parent / "templates" / "style.css").read_text(encoding="utf-8"),
    flags=re.DOTALL,
)
RULES = re.findall(r"([^{}]+)\{([^{}]*)\}", CSS)


def _colours(*, night: bool) -> dict[str, str]:
    """Every variable that is a colour; at night those of the day are covered by its own."""
    found: dict[str, str] = {}
    for selector, body in RULES:
        if selector.strip().endswith(":root") or (night and selector.strip() == ".nightMode, .night_mode"):
            found |= dict(re.findall(r"(--[\w-]+):\s*(#[0-9a-f]{6})\b", body))
    return found


@pytest.mark.parametrize("night", [False, True])
@pytest.mark.parametrize("ground", ["--deckgen-panel", "--deckgen-paper"])
def test_code_and_callouts_are_legible(ground: str, night: bool) -> None:  # noqa: FBT001 - a parameter of the test
    colours = _colours(night=night)
    names = [n for n in colours if n.startswith("--deckgen-code-")] + [
        "--deckgen-ink",
        "--deckgen-quiet",
        "--deckgen-blue",
        "--deckgen-green",
        "--deckgen-purple",
        "--deckgen-orange",
        "--deckgen-red",
    ]
    assert len(names) >= 15
    low = {name: contrast(colours[name], colours[ground]) for name in names}
    assert {name: ratio for name, ratio in low.items() if ratio < 4.5} == {}


def test_every_coloured_class_has_a_colour() -> None:
    selectors = " ".join(selector for selector, body in RULES if "color: var(--deckgen-code-" in body)
    assert {name for name in COLOURED if not re.search(rf"\.note pre \.{name}\b", selectors)} == set()


def test_code_keeps_its_text_and_an_unknown_language_is_plain() -> None:
    code = 'def f(x):\n\treturn "<a>" & x  # 注\n\n'
    for language in ("python", "PYTHON", "{.python}", "nolanguage", "", "c++"):
        assert _text(highlight(code, language)) == code
    assert "<span" in highlight(code, "Python")
    assert "<span" not in highlight(code, "nolanguage")
    assert "<span" not in highlight("x = 1\n" * 2000, "python")


def _text(html: str) -> str:
    return unescape(re.sub(r"<[^>]*>", "", html))
