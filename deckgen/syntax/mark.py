"""`==marked text==`, as Typora and Obsidian write it → `mark_open`, `mark_close`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markdown_it.rules_inline.state_inline import Delimiter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from markdown_it import MarkdownIt
    from markdown_it.rules_inline import StateInline

MARKER = "="
WIDTH = 2


def add(md: MarkdownIt) -> None:
    """Two rules, as for every paired delimiter: one collects the runs, the other turns matched runs into tags."""
    md.inline.ruler.after("emphasis", "mark", _collect)
    md.inline.ruler2.after("emphasis", "mark", _pair)


def _collect(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - markdown-it's signature
    if silent or state.src[state.pos] != MARKER:
        return False
    scanned = state.scanDelims(state.pos, True)  # noqa: FBT003 - markdown-it's signature
    if scanned.length < WIDTH:
        return False
    if scanned.length > WIDTH:  # the last two count; as one step, for a run may be very long
        state.pending += MARKER * (scanned.length - WIDTH)
        state.pos += scanned.length - WIDTH
        return True
    state.push("text", "", 0).content = MARKER * WIDTH
    state.delimiters.append(
        Delimiter(ord(MARKER), 0, len(state.tokens) - 1, end=-1, open=scanned.can_open, close=scanned.can_close)
    )
    state.pos += WIDTH
    return True


def _pair(state: StateInline) -> None:
    for delimiters in _runs(state):
        for opener in delimiters:
            if opener.marker != ord(MARKER) or opener.end == -1:
                continue
            closer = delimiters[opener.end]
            for index, kind, nesting in ((opener.token, "mark_open", 1), (closer.token, "mark_close", -1)):
                token = state.tokens[index]
                token.type, token.tag, token.content, token.markup = kind, "mark", "", MARKER * WIDTH
                token.nesting = 1 if nesting == 1 else -1


def _runs(state: StateInline) -> Iterator[list[Delimiter]]:
    yield state.delimiters
    for meta in state.tokens_meta:
        if meta and "delimiters" in meta:
            yield meta["delimiters"]
