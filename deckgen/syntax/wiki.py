"""Links as Obsidian writes them: `![[image.png|300]]` → `image`, `[[note|text]]` → its text. No link is followed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deckgen.patterns import later
from deckgen.syntax.images import PICTURE, push, sized
from deckgen.syntax.sounds import SOUND

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_inline import StateInline

LINK = later(r"!?\[\[(?!\^)([^\[\]\n|]+)(?:\|([^\[\]\n]*))?\]\](?!\()")
SIZE = later(r"(\d{1,5})(?:x(\d{1,5}))?")
NUMBERS = later(r"\s*-?\d+(?:\.\d+)?(?:\s*,\s*-?\d+(?:\.\d+)?)*\s*")
"""`[[1, 2]]` is a list of numbers."""


def add(md: MarkdownIt) -> None:
    """Before Markdown's own links and images, which the same brackets begin."""
    md.inline.ruler.before("link", "wiki", _link)


def _link(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - markdown-it's signature
    if state.src[state.pos] not in "![":
        return False
    match = LINK.match(state.src, state.pos, state.posMax)
    if match is None or NUMBERS.fullmatch(match[1]):
        return False
    if not silent:
        target, *words = (part.strip() for part in match[0].strip("![]").split("|"))
        file = target.partition("#")[0]
        if match[0].startswith("!") and (PICTURE.search(file) or SOUND.search(file)):
            _embed(state, file, words)
        else:
            state.push("text", "", 0).content = (
                words[0] if words and words[0] else target.strip("#").replace("#", " › ")
            )
    state.pos = match.end()
    return True


def _embed(state: StateInline, file: str, words: list[str]) -> None:
    size = SIZE.fullmatch(words[-1]) if words else None
    alt = "|".join(words[:-1] if size else words)
    token = push(state, file, alt)
    token.meta |= {"offset": state.pos, "anywhere": True}
    if size:
        lengths = [("width", size[1], ""), ("height", size[2] or "", "")]
        token.attrs["style"] = sized([length for length in lengths if length[1]])
