r"""Formulas: `$…$`, `$$…$$`, `\(…\)`, `\[…\]` → `math`, whose content is TeX as typed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mdit_py_plugins.dollarmath.index import math_block_dollar

from deckgen.patterns import later
from deckgen.syntax.doubts import DOUBTS, doubt
from deckgen.syntax.tokens import holds_half

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_core import StateCore
    from markdown_it.rules_inline import StateInline

BRACKETS = {"\\(": ("\\)", False), "\\[": ("\\]", True), "$$": ("$$", True), "$": ("$", False)}
"""What opens a formula → what closes it, and whether it is displayed on a line of its own."""
LONGEST = 1_000
"""Characters between two dollars that somebody may have meant as a formula."""
SIGNS = r"\u00b1\u00b7\u00d7\u00f7\u0370-\u03ff\u2190-\u22ff"
"""Greek, arrows and what else stands in formulas."""
TYPED = rf"[!-#%-~{SIGNS}]"
SPACED = later(rf" +(?!\d+(?:[.,]\d+)?[,.;]? )(?!.*[A-Za-z]{{2}} +[A-Za-z]{{2}}){TYPED}(?:[ -~{SIGNS}]*{TYPED})? +")
"""Of formulas that do not touch their dollars: no price, no words in a row, nothing Chinese."""
LEANING = later(
    rf" *(?:[A-Za-z\u0370-\u03ff]|(?=.*[A-Za-z{SIGNS}])(?=[^ ]* *[\\^_=<>+*/|({SIGNS}-])[A-Za-z\\({SIGNS}].*) *"
)
"""Of those that touch one dollar of the two, besides: one letter, or a sign behind the first word."""
LONGEST_SPACED = 100
PROSE = {
    "\\[": later(r"(?=.*(?:\d{4}|[^\W\d_]{3}))[^\\^_=+<>*|{}()\[\]~]*\Z|\s*\d+(?:\s*[,，–-]\s*\d+)*\s*\Z"),
    "\\(": later(r"(?=.*[^\W\d_]{3}[*_]* .*[^\W\d_]{3})(?:[^\\^_=+<>|{}~]|\\[\[\]*])*\Z"),
}
r"""What stands between brackets that a program escaped, by what opens them: `\[1974\]`, `\(in this order\)`."""
REOPENED = {"\\[": later(r"(?<!\\)\\\["), "\\(": later(r"(?<!\\)\\\(")}
r"""What no formula holds: `\[1, 0], \[2, 3\]` escapes its brackets. In `\\[2pt]` it is a line's end."""
IN_FORMULA = "cloze-in-formula"
SPENT = "spent"
"""The key of markdown-it's environment for the dollars that would have closed a formula with a cloze in it."""


def add(md: MarkdownIt) -> None:
    """One rule for formulas in a line; the plugin's for those that span lines."""
    md.inline.ruler.before("escape", "math", _inline)
    md.block.ruler.before("fence", "math_block", math_block_dollar(allow_labels=False))
    md.core.ruler.push("math", _rename_blocks)


def _inline(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - markdown-it's signature
    source, start = state.src, state.pos
    if source[start] not in "\\$":
        return False
    opening = source[start : start + 2]
    opening = opening if opening in BRACKETS else source[start]
    closing, display = BRACKETS.get(opening, ("", False))
    if not closing or start > _last(state, closing):
        return False
    end = _end(state, start + len(opening), closing)
    if end == -1:
        if opening == "$$" and _last(state, closing) == start and (start == 0 or source[start - 1] == "\n"):
            doubt(state, "unclosed-formula", start, opening)
        return False
    content = source[start + len(opening) : end]
    content = content.strip() if closing == "$" else content
    if closing == "$" and _is_text(state, content, end):
        return False
    if opening in PROSE and (REOPENED[opening].search(content) or _is_prose(opening, content)):
        return False
    if not silent:
        token = state.push("math", "", 0)
        token.content = content
        token.meta["display"] = display
        if holds_half(content):
            doubt(state, IN_FORMULA, start, content)
    state.pos = end + len(closing)
    return True


def _is_prose(opening: str, content: str) -> bool:
    return len(content) <= LONGEST and PROSE[opening].match(content) is not None


def _last(state: StateInline, closing: str) -> int:
    """Where the paragraph's last one stands: behind it, a search to the end for each opening would take its square."""
    source, last = state.env.get(closing, ("", -1))
    if source is not state.src:
        last = state.src.rfind(closing)
        state.env[closing] = state.src, last
    return int(last)


def _end(state: StateInline, start: int, closing: str) -> int:
    """Where the formula ends; -1 where this is none, such as a price.

    A formula touches its dollars, and no digit follows the last (pandoc's rule): `$5 and $6` is text. Or it stands between
    two spaces, as `$ Q $`, and reads like one.
    """
    source = state.src
    end = _next(state, start, closing)
    content = source[start:end] if end + len(closing) <= state.posMax else ""
    if not content.strip():
        return -1
    if closing == "$" and source[end + 1 : end + 2].isdigit():
        return -1
    if closing == "$" and content != content.strip():
        return end if len(content) <= LONGEST_SPACED and _is_spaced(content, source[end + 1 : end + 2]) else -1
    return end


def _is_spaced(content: str, behind: str) -> bool:
    """Whether what stands between two dollars, and does not touch both, reads like a formula; no letter follows one that
    leans, as in `$a $b`.
    """
    if content[0] == content[-1] == " ":
        return SPACED.fullmatch(content) is not None
    leans = LEANING.fullmatch(content) is not None and not (behind.isascii() and behind.isalnum())
    return leans and SPACED.fullmatch(f" {content.strip()} ") is not None


def _next(state: StateInline, start: int, closing: str) -> int:
    """Where the next one stands that is not escaped; remembered, as many dollars may stand before it that open nothing."""
    source, first, end = state.env.get(f"next {closing}", ("", 0, 0))
    if source is not state.src or not first <= start <= end:
        end = state.src.find(closing, start)
        while end > start and closing[0] == "$" and state.src[end - 1] == "\\":
            end = state.src.find(closing, end + 1)
        end = end if end != -1 else len(state.src)
        state.env[f"next {closing}"] = state.src, start, end
    return int(end)


def _is_text(state: StateInline, content: str, end: int) -> bool:
    """Whether a dollar, though another stands at `end`, is text; with a whole cloze between them both are, with a doubt."""
    start = state.pos
    if (state.src, start) in state.env.get(SPENT, ()):
        return True
    if not holds_half(content):
        return False
    typed = content.lower() if len(content) <= LONGEST else "<u"
    if typed.count("<u") == typed.count("</u>") and typed.count("{{c") <= typed.count("}}"):
        state.env.setdefault(SPENT, set()).add((state.src, end))
        doubt(state, IN_FORMULA, start, "$")
    return True


def _rename_blocks(state: StateCore) -> None:
    lines: list[str] = []
    for token in state.tokens if "$$" in state.src else ():
        if token.type == "math_block":
            token.type = "math"
            token.meta["display"] = True
            if token.map and holds_half(token.content):
                lines = lines or state.src.split("\n")
                place = {"line": token.map[0] + 1, "column": lines[token.map[0]].find("$$") + 1}
                token.meta[DOUBTS] = [{"code": IN_FORMULA, "text": token.content, **place}]
