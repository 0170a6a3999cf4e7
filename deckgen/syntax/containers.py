"""Containers as VuePress and its like have them: `::: tip Title` … `:::` → the quote `> [!tip] Title`, which `callouts` makes
a callout; `::: details Title` → `<details>` with that line. Of any other, as `::: code-group`, the two lines are taken away.

Admonitions as MkDocs has them are the same: `!!! tip "Title"` is a callout and `??? tip "Title"` a fold, each with the
indented lines below it.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from deckgen.patterns import later
from deckgen.syntax.styles.folds import announces
from deckgen.syntax.tokens import line_text

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock

LINE = later(r"(?P<colons>:{3,})[ \t]*(?:\{?\.?(?P<kind>[A-Za-z][\w-]*)\}?(?P<title>.*))?$")
ADMONITION = later(
    r"(?P<mark>!!!|\?\?\?\+?)[ \t]?(?P<kind>[A-Za-z][\w-]*+)?(?:[ \t]++[\w-]++)*+(?:[ \t]*+\"(?P<title>.*)\")?[ \t]*$"
)
"""`???+` begins open, and words behind the kind, as `inline end`, are about the look alone."""
INDENT = 4
"""Of the lines in an admonition, against the one that opens it."""
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
    """A container that does not end is text, and so is an admonition with nothing in it."""
    ends = ["paragraph", "reference", "blockquote", "list"]
    md.block.ruler.before("fence", "container", _container, {"alt": ends})
    md.block.ruler.before("fence", "admonition", _admonition, {"alt": ends})


def _container(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:  # noqa: FBT001 - markdown-it's signature
    if state.is_code_block(start_line) or not (opening := LINE.match(line_text(state, start_line))):
        return False
    if ENDS not in state.env:
        state.env[ENDS] = _ends(state)
    end = int(state.env[ENDS].get(start_line, end_line))
    if end >= end_line or silent:
        return end < end_line
    kind, title = opening["kind"].lower(), opening["title"].strip()
    if kind == "details":
        title = title or _announcement(state, start_line) or kind
        _fold(state, "<details>", title, start_line, end)
    elif kind in CALLOUTS:
        _callout(state, kind, title, start_line, end)
    else:
        _inside(state, start_line, end)
    state.line = end + 1
    return True


def _admonition(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:  # noqa: FBT001 - markdown-it's signature
    opening = None if state.is_code_block(start_line) else ADMONITION.match(line_text(state, start_line))
    if not opening or not (opening["kind"] or opening["title"]) or state.blkIndent >= INDENT * DEEPEST:
        return False
    around, indent = state.blkIndent, state.sCount[start_line] + INDENT
    below, end = state.skipEmptyLines(start_line + 1), start_line
    while below < end_line and state.sCount[below] >= indent:
        end = below + 1
        if silent:
            break
        below = state.skipEmptyLines(end)
    if end == start_line or silent:
        return end > start_line
    state.blkIndent = indent
    kind, title = (opening["kind"] or "note").lower(), (opening["title"] or "").strip()
    if opening["mark"] == "!!!":
        _callout(state, kind, title, start_line, end)
    else:
        tag = "<details open>" if opening["mark"].endswith("+") else "<details>"
        _fold(state, tag, title or _announcement(state, start_line) or kind.capitalize(), start_line, end)
    state.blkIndent, state.line = around, end
    return True


def _announcement(state: StateBlock, line: int) -> str:
    """A line such as `答案` above a container without a title."""
    above = next((text for index in range(line - 1, -1, -1) if (text := line_text(state, index).strip("*# "))), "")
    return above if announces(above) else ""


def _ends(state: StateBlock) -> dict[int, int]:
    """For each line that opens a container the one that closes it. Whoever nests them gives the outer ones more colons, or
    none does; those that stand in too many others are text.
    """
    ends: dict[int, int] = {}
    open_now: list[tuple[int, int]] = []
    fence = ""
    for line in range(state.lineMax):
        text = line_text(state, line)
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


def _fold(state: StateBlock, tag: str, summary: str, line: int, end: int) -> None:
    _html(state, f"{tag}\n<summary>{escape(summary)}</summary>\n", line)
    _inside(state, line, end)
    _html(state, "</details>\n", end - 1)


def _html(state: StateBlock, content: str, line: int) -> None:
    token = state.push("html_block", "", 0)
    token.content, token.map, token.meta = content, [line, line + 1], {"unsafe": []}


def _callout(state: StateBlock, kind: str, title: str, line: int, end: int) -> None:
    opening = state.push("blockquote_open", "blockquote", 1)
    opening.markup, opening.map = ">", [line, line + 1]
    state.push("paragraph_open", "p", 1).map = [line, line + 1]
    inline = state.push("inline", "", 0)
    inline.content, inline.map, inline.children = f"[!{kind}] {title}", [line, line + 1], []
    state.push("paragraph_close", "p", -1)
    _inside(state, line, end)
    state.push("blockquote_close", "blockquote", -1).markup = ">"


def _inside(state: StateBlock, line: int, end: int) -> None:
    """The blocks between these two lines."""
    around, parent = state.lineMax, state.parentType
    state.lineMax = end
    state.md.block.tokenize(state, line + 1, end)
    state.lineMax, state.parentType = around, parent
