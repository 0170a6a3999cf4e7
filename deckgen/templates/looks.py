"""`[style]` of the configuration → CSS that comes behind the style sheet and sets its variables."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deckgen.config import Style

PAPER, NIGHT_PAPER = "#ffffff", "#1f2124"
"""As in style.css."""


def css(style: Style) -> str:
    """The declarations; empty where nothing is configured."""
    light, night = list(_variables(style)), list(_night_variables(style))
    rules = [f":root {{ {' '.join(light)} }}"] if light else []
    rules += [f".nightMode, .night_mode {{ {' '.join(night)} }}"] if night else []
    rules += [CENTRED] if style.align == "center" else []
    rules += [HIDDEN] if style.other_clozes == "hidden" else []
    return "".join(f"\n{rule}" for rule in ("/* [style] of deckgen.toml */", *rules)) + "\n" if rules else ""


def _variables(style: Style) -> Iterator[str]:
    if style.accent:
        yield from _accent(style.accent, PAPER, share=0.14, darker=True)
    values = {
        "font-size": style.font_size,
        "font-family": style.font_family,
        "line-height": style.line_height,
        "text-align": style.align,
        "width": style.width,
    }
    yield from (f"--deckgen-{name}: {value};" for name, value in values.items() if value)


def _night_variables(style: Style) -> Iterator[str]:
    if style.accent:
        yield from _accent(style.accent, NIGHT_PAPER, share=0.3, darker=False)


def _accent(accent: str, paper: str, *, share: float, darker: bool) -> Iterator[str]:
    """The accent stands on the paper and on a tint of itself: it must be legible on both."""
    from deckgen import colours  # noqa: PLC0415 - few projects have an accent of their own

    soft = colours.mixed(accent, paper, share)
    ink = colours.legible(colours.legible(accent, soft, darker=darker), paper, darker=darker)
    yield f"--deckgen-accent: {ink}; --deckgen-accent-soft: {soft};"


CENTRED = """\
:is(.question, .answer, .remarks) > :is(ol, ul, blockquote, pre, table, .callout) { width: fit-content; margin-inline: auto; text-align: start; }
.answer > table:has(th:nth-child(4)) { min-width: 0; margin-inline: 0; }"""
"""Each is centred as a whole, or its text would leave its bullets, its bar or its indentation behind."""

HIDDEN = """\
.front .cloze-inactive { font-size: 0; }
.front .cloze-inactive > :not(.cloze) { display: none; }
.front .cloze-inactive .cloze { font-size: var(--deckgen-font-size); }
.front .cloze-inactive::after { content: "[…]"; color: var(--deckgen-quiet); font-size: var(--deckgen-font-size); }
.front .cloze-inactive :has(.cloze) { display: revert; }
.front .cloze-inactive :has(.cloze) > :not(.cloze, :has(.cloze)) { display: none; }"""
"""A phrase around the asked-for one shows that one alone. A phrase in a formula has no element of its own in Anki, and stays."""
