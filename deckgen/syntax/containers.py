"""Containers as VuePress and its like have them: `::: tip Title` … `:::` → the quote `> [!tip] Title`, which `callouts` makes
a callout; `::: details Title` → `<details>` with that line. Of any other, as `::: code-group`, the two lines are taken away.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from deckgen.patterns import later
from deckgen.syntax.styles.folds import announces

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock

LINE = later(r"(?P<colons>:{3,})[ \t]*(?:\{?\.?(?P<kind>[A-Za-z][\w-]*)\}?(?P<title>.*))?$")
CALLOUTS = (
    *("note", "tip", "info", "important", "warning", "caution", "danger", "attention", "hint", "question", "example"),
    *("success", "error", "bug", "abstract", "summary", "quote", "todo", "faq", "help"),
)
"""Of these names; any other only arranges what is inside."""
FENCES = ("```", "~~~")
ENDS = "containers"
"""The key of markdown-it's environment for the line that ends the container of each line."""
DEEPEST = 10


def add(md: MarkdownIt) -> None:
    """A container that does not end is text."""
    md.block.ruler.before("fence", "container", _container, {"alt": ["paragraph", "reference", "blockquote", "list"]})


def _container(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:  # noqa: FBT001 - markdown-it's signature
    if state.is_code_block(start_line) or not (opening := LINE.match(_text(state, start_line))):
        return False
    if ENDS not in state.env:
        state.env[ENDS] = _ends(state)
    end = int(state.env[ENDS].get(start_line, end_line))
    if end >= end_line or silent:
        return end < end_line
    kind, title = opening["kind"].lower(), opening["title"].strip()
    if kind == "details":
        title = title or _announcement(state, start_line) or kind
        _html(state, f"<details>\n<summary>{escape(title)}</summary>\n", start_line)
    elif kind in CALLOUTS:
        _begin_callout(state, f"[!{kind}] {title}", start_line)
    around, parent = state.lineMax, state.parentType
    state.lineMax = end
    state.md.block.tokenize(state, start_line + 1, end)
    state.lineMax, state.parentType = around, parent
    if kind == "details":
        _html(state, "</details>\n", end)
    elif kind in CALLOUTS:
        state.push("blockquote_close", "blockquote", -1).markup = ">"
    state.line = end + 1
    return True


def _text(state: StateBlock, line: int) -> str:
    return state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]]


def _announcement(state: StateBlock, line: int) -> str:
    """A line such as `答案` above a container without a title."""
    above = next((text for index in range(line - 1, -1, -1) if (text := _text(state, index).strip("*# "))), "")
    return above if announces(above) else ""


def _ends(state: StateBlock) -> dict[int, int]:
    """For each line that opens a container the one that closes it. Whoever nests them gives the outer ones more colons, or
    none does; those that stand in too many others are text.
    """
    ends: dict[int, int] = {}
    open_now: list[tuple[int, int]] = []
    fence = ""
    for line in range(state.lineMax):
        text = _text(state, line)
        if text.startswith(FENCES) and fence in ("", text[:3]):
            fence = "" if fence else text[:3]
        if fence or not text.startswith(":::") or not (match := LINE.match(text)):
            continue
        if match["kind"]:
            open_now.append((line, len(match["colons"])))
        elif open_now and open_now[-1][1] <= len(match["colons"]):
            start, _ = open_now.pop()
            if len(open_now) < DEEPEST:
                ends[start] = line
    return ends


def _html(state: StateBlock, content: str, line: int) -> None:
    token = state.push("html_block", "", 0)
    token.content, token.map, token.meta = content, [line, line + 1], {"unsafe": []}


def _begin_callout(state: StateBlock, title: str, line: int) -> None:
    opening = state.push("blockquote_open", "blockquote", 1)
    opening.markup, opening.map = ">", [line, line + 1]
    state.push("paragraph_open", "p", 1).map = [line, line + 1]
    inline = state.push("inline", "", 0)
    inline.content, inline.map, inline.children = title, [line, line + 1], []
    state.push("paragraph_close", "p", -1)
