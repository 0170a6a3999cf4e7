"""What `{{filter:Field}}` makes of a field's text, for each filter that Anki knows."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deckgen.cards import clozes
from deckgen.cards.plain import plain
from deckgen.templates.language import SPEECH, WHITESPACE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


@dataclass(frozen=True, slots=True)
class Place:
    """Where a field is shown."""

    field: str
    ordinal: int
    on_front: bool


def apply(names: Sequence[str], text: str, place: Place) -> str:
    """The text after these filters, the first one first. Anki leaves the rest to add-ons from one that it does not know."""
    for name in _typing(names):
        if name.startswith(SPEECH):
            text = f"[anki:tts lang={name.removeprefix(SPEECH)}]{text}[/anki:tts]"
        elif name in FILTERS:
            text = FILTERS[name](text, place)
        elif name:
            break
    return text


def _typing(names: Sequence[str]) -> Sequence[str]:
    """A box to type in stands in place of the field, whatever else was to be done with it."""
    match names:
        case ["cloze", "type"]:
            return ["type-cloze"]
        case ["nc", "type"]:
            return ["type-nc"]
        case [*_, "type"]:
            return ["type"]
    return names


def _hint(text: str, place: Place) -> str:
    """A link that shows the text. Anki hashes in another way for its id, which nobody sees."""
    if not text.strip(WHITESPACE):
        return text
    name = "hint" + hashlib.sha256((text + place.field).encode()).hexdigest()[:16]
    return (
        '\n<a class=hint href="#"\n'
        "onclick=\"this.style.display='none';\n"
        f"document.getElementById('{name}').style.display='block';\n"
        f'return false;" draggable=false>\n{place.field}</a>\n'
        f'<div id="{name}" class=hint style="display: none">{text}</div>\n'
    )


READING = re.compile(r" ?([^ >]+?)\[(.+?)\]")


def _ruby(form: str) -> Callable[[str, Place], str]:
    """Characters with their reading in brackets, ` 漢字[かんじ]`, as `form` says; sounds are no readings."""

    def each(match: re.Match[str]) -> str:
        return match[0] if match[2].startswith("sound:") else form.format(match[1], match[2])

    return lambda text, _: READING.sub(each, text.replace("&nbsp;", " "))


FILTERS: dict[str, Callable[[str, Place], str]] = {
    "text": lambda text, _: plain(text),
    "hint": _hint,
    "cloze": lambda text, place: clozes.reveal(text, place.ordinal, on_front=place.on_front),
    "cloze-only": lambda text, place: clozes.reveal_only(text, place.ordinal, on_front=place.on_front),
    "type": lambda _, place: f"[[type:{place.field}]]",
    "type-cloze": lambda _, place: f"[[type:cloze:{place.field}]]",
    "type-nc": lambda _, place: f"[[type:nc:{place.field}]]",
    "furigana": _ruby("<ruby><rb>{0}</rb><rt>{1}</rt></ruby>"),
    "kana": _ruby("{1}"),
    "kanji": _ruby("{0}"),
}
