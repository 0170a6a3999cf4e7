"""Anki's own cloze syntax, typed by hand: `{{c1::text}}`, `{{c1::text::hint}}` → `cloze_open`, `cloze_close`.

`{{c1,2::text}}`, which only new versions of Anki know, becomes a cloze in a cloze, which says the same.

Code and math inside are read first, so their braces and colons never close a cloze.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from deckgen.patterns import later
from deckgen.syntax.doubts import doubt
from deckgen.syntax.tokens import CLOZE, UNMATCHED, copied, pairs

if TYPE_CHECKING:
    import re

    from markdown_it import MarkdownIt
    from markdown_it.rules_core import StateCore
    from markdown_it.rules_inline import StateInline
    from markdown_it.token import Token

OPENING = later(r"\{\{c(\d{1,9}(?:,\d{1,9}){0,7})::")
NEARLY = later(r"\{\{ ?[cC] ?(?:\d[\d,]{0,20} ?[:：]{1,2}|[:：]{2})")
"""With a colon of a Chinese keyboard, or one too few, a capital letter, a space, or no number."""
CLOSING = later(r"(?:::([^{}\n]{0,200}?))?\}\}")


def add(md: MarkdownIt) -> None:
    """Halves are collected as they are read, and matched when the paragraph is complete."""
    md.inline.ruler.before("escape", "cloze_open", _open)
    md.inline.ruler.before("escape", "cloze_close", _close)
    md.core.ruler.push("clozes", match)


def _open(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - markdown-it's signature
    if _half(state, OPENING, "cloze_open", silent=silent):
        return True
    nearly = NEARLY.match(state.src, state.pos, state.posMax) if state.src.startswith("{{", state.pos) else None
    if nearly:
        doubt(state, "mistyped-cloze", state.pos, nearly[0])
    return False


def _close(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - markdown-it's signature
    return _half(state, CLOSING, "cloze_close", silent=silent)


def _half(state: StateInline, pattern: re.Pattern[str], kind: str, *, silent: bool) -> bool:
    if state.src[state.pos] not in "{:}":
        return False
    match = pattern.match(state.src, state.pos, state.posMax)
    if match is None:
        return False
    if not silent:
        token = state.push(kind, "", 0)
        token.content, token.info = match[0], match[1] or ""
        token.meta["offset"] = state.pos
    state.pos = match.end()
    return True


def match(state: StateCore) -> None:
    """A half without a partner is text, unless `spans` finds it in another block; lint asks about an opening one."""
    for token in state.tokens if "{{c" in state.src or "}}" in state.src else ():
        children = token.children or []
        if not any(child.type in CLOZE for child in children):
            continue
        matched = pairs(children, *CLOZE)
        for start, end in matched.items():
            children[start].meta |= {"number": children[start].info, "hint": children[end].info}
            children[end].meta["copies"] = children[start].info.count(",")
        partners = matched.keys() | matched.values()
        for index, child in enumerate(children):
            if child.type in CLOZE and index not in partners:
                state.env[UNMATCHED] = True
                if child.type == "cloze_open":
                    child.meta["unclosed"] = True
                child.type, child.meta["half"] = "text", child.type
        if any("," in child.info for child in children if child.type == "cloze_open"):
            token.children = [part for child in children for part in _parts(child)]


def _parts(child: Token) -> list[Token]:
    """A half for each of its numbers."""
    if child.type == "cloze_open":
        return [copied(child, info=number, meta={**child.meta, "number": number}) for number in child.info.split(",")]
    if child.type == "cloze_close":
        return [copied(child, meta=dict(child.meta)) for _ in range(child.meta.get("copies", 0) + 1)]
    return [child]
