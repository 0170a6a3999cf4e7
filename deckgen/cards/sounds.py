"""`[sound:…]` and text to be read aloud: on a card Anki leaves a reference for each, and plays them in turn."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from deckgen.cards.plain import decoded, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True, slots=True)
class Sound:
    """A file, sound or film."""

    file: str
    """In Anki's media folder; a path is never looked up."""


@dataclass(frozen=True, slots=True)
class Speech:
    """A text to be read aloud by the computer."""

    text: str
    language: str
    """As Anki writes it: `en_US`, `zh_CN`."""


def extract(html: str, side: Literal["q", "a"]) -> tuple[str, dict[str, Sound | Speech]]:
    """The same HTML with `[anki:play:q:0]` and so on in their places, and what each of these plays."""
    played: dict[str, Sound | Speech] = {}

    def each(match: re.Match[str]) -> str:
        found = _sound(match)
        if not found:
            return match[0]
        reference = f"[anki:play:{side}:{len(played)}]"
        played[reference] = found
        return reference

    return PLAYED.sub(each, html), played


def with_players(html: str, sounds: Mapping[str, Sound | Speech], player: Callable[[Sound | Speech], str]) -> str:
    """The HTML of a card with what `player` makes of each sound in place of its reference."""
    return REFERENCE.sub(lambda match: player(sounds[match[0]]) if match[0] in sounds else match[0], html)


REFERENCE = re.compile(r"\[anki:play:[qa]:\d+\]")
OPTION = r"""[^\] \t\r\n=]+=(?:"[^"]*"|[^\] \t\r\n"]*)[ \t\r\n]*"""
PLAYED = re.compile(
    rf"\[sound:(?P<file>[^\]]+)\]|\[anki:tts(?=[\] \t\r\n])[ \t\r\n]*(?P<options>(?:{OPTION})*)\](?P<text>.*?)\[/anki:tts\]",
    re.DOTALL,
)
LANGUAGE = re.compile(r"""(?:^|[ \t\r\n])lang=(?:"([^"]*)"|([^\] \t\r\n"]*))""")
BLOCK = re.compile(
    r"</?(?:br|p|div|h[1-6]|hr|li|ol|ul|dl|dt|dd|pre|table|blockquote|figure|section|article)>", re.IGNORECASE
)
"""Between two of these Anki reads a pause."""


def _sound(match: re.Match[str]) -> Sound | Speech | None:
    """None for speech without a language: Anki shows an error there."""
    if match["file"]:
        return Sound(decoded(match["file"]).rpartition("/")[2])
    languages = ["".join(found) for found in LANGUAGE.findall(match["options"])]
    if not languages or not languages[-1]:
        return None
    return Speech(plain(BLOCK.sub(" ", match["text"])).replace("[...]", "blank"), languages[-1])
