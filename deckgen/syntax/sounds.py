"""Sounds and videos → `sound`, which Anki plays: `![](a.mp3)`, `<audio>`, `<video>`, and Anki's own `[sound:a.mp3]`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from deckgen.patterns import later
from deckgen.syntax.tokens import CLOZE, UNDERLINE, has_html

if TYPE_CHECKING:
    from collections.abc import Iterator

    from markdown_it import MarkdownIt
    from markdown_it.rules_core import StateCore
    from markdown_it.rules_inline import StateInline
    from markdown_it.token import Token

AUDIO = "mp3|ogg|oga|opus|wav|m4a|flac|aac|spx|3gp"
VIDEO = "mp4|m4v|webm|mkv|mov|ogv|avi|mpe?g|swf|flv"
SOUND = later(rf"\.(?:{AUDIO}|{VIDEO})$", re.IGNORECASE)
MOVING = later(rf"\.(?:{VIDEO})$", re.IGNORECASE)
"""These stay where they are, or their partners would be alone."""
PLAYER = frozenset(("player_open", "player_close", "source"))
TYPED = later(r"\[sound:([^\[\]\n]{1,250})\]", re.IGNORECASE)


def add(md: MarkdownIt) -> None:
    """Anki's syntax is a rule; images and players, which are read already, become sounds afterwards."""
    md.inline.ruler.before("link", "sound", _typed)
    md.core.ruler.push("sounds", _recognise)


def _typed(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - markdown-it's signature
    if state.src[state.pos] != "[":
        return False
    match = TYPED.match(state.src, state.pos, state.posMax)
    if match is None:
        return False
    if not silent:
        token = state.push("sound", "", 0)
        token.attrs["src"] = match[1].strip()
        token.meta["offset"] = state.pos
    state.pos = match.end()
    return True


def _recognise(state: StateCore) -> None:
    for token in state.tokens if "![" in state.src or has_html(state.src) else ():
        if not token.children:
            continue
        kinds = [child.type for child in token.children]
        if not PLAYER.isdisjoint(kinds):
            token.children = list(_played(token.children))
        if "image" in kinds:
            for child in token.children:
                if child.type == "image" and SOUND.search(_path(str(child.attrs.get("src", "")))):
                    child.type, child.tag = "sound", ""


def _played(children: list[Token]) -> Iterator[Token]:
    """A player with all that is in it becomes its first source: Anki plays one file."""
    player: Token | None = None
    for child in children:
        if child.type in ("player_open", "player_close"):
            yield from _sound(player)
            player = child if child.type == "player_open" else None
        elif child.type == "source" and player:
            player.attrs.setdefault("src", child.attrs.get("src", ""))
        elif player is None or child.nesting or child.type in (*UNDERLINE, *CLOZE):
            child.type = "html_inline" if child.type == "source" else child.type  # that of a <picture>
            yield child
    yield from _sound(player)


def _sound(player: Token | None) -> Iterator[Token]:
    if player and "src" in player.attrs:
        player.type, player.content = "sound", ""
        yield player


def _path(source: str) -> str:
    """Without the query of an address."""
    return urlsplit(source).path if "//" in source else source
