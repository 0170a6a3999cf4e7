"""Emphasis as Chinese people write it: `**重点：**文本` is bold.

CommonMark lets `**` close after punctuation only before a space or more punctuation. Chinese has no spaces, so
there the bold never closes (https://github.com/commonmark/commonmark-spec/issues/650). Here full-width punctuation
counts as a letter, and an East Asian character beside other punctuation counts as a space would.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING

from markdown_it.common.utils import isMdAsciiPunct, isPunctChar, isWhiteSpace
from markdown_it.parser_inline import ParserInline
from markdown_it.rules_inline.state_inline import Scanned, StateInline

from deckgen.syntax.tokens import is_wide

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.parser_inline import RuleFuncInlineType
    from markdown_it.token import Token
    from markdown_it.utils import EnvType


def add(md: MarkdownIt) -> None:
    """Make `*`, `_`, `~~` and `==` open and close beside East Asian text."""
    inline = _Inline()
    inline.ruler, inline.ruler2 = md.inline.ruler, md.inline.ruler2
    md.inline = inline


STARTS = {
    "text": "",
    "linkify": ":",
    "newline": "\n",
    "math": "\\$",
    "cloze_open": "{",
    "cloze_close": ":}",
    "escape": "\\",
    "backticks": "`",
    "strikethrough": "~",
    "emphasis": "*_",
    "mark": "=",
    "wiki": "![",
    "sound": "[",
    "link": "[",
    "image": "!",
    "footnote_inline": "^",
    "footnote_ref": "[",
    "underline": "<",
    "autolink": "<",
    "html_inline": "<",
    "entity": "&",
}
"""The characters that each rule may begin with, by its name."""
TERMINATORS = "\n!#$%&*+-:<=>@[\\]^_`{}~"
"""Where markdown-it's rule `text` stops, and all others are asked."""


class _Inline(ParserInline):
    def parse(self, src: str, md: MarkdownIt, env: EnvType, tokens: list[Token]) -> list[Token]:
        state = _State(src, md, env, tokens)
        self.tokenize(state)
        rules = self.ruler2.getRules("")
        paired = state.delimiters or any(state.tokens_meta)
        for rule in rules if paired else rules[-1:]:  # the last one joins texts, the others pair delimiters
            rule(state)
        return state.tokens

    def tokenize(self, state: StateInline) -> None:
        """The same as markdown-it's, which asks every rule at every character that may begin one. Here only those are
        asked that may begin with it, and text is passed over as a whole.
        """
        rules, plain = self._by_character
        source, end, deepest = state.src, state.posMax, state.md.options["maxNesting"]
        while state.pos < end:
            run = plain.match(source, state.pos, end)
            if run:
                state.append_pending(run[0])
                state.pos = run.end()
                continue
            for rule in rules[source[state.pos]] if state.level < deepest else ():
                if rule(state, False):  # noqa: FBT003 - markdown-it's signature
                    break
            else:
                state.append_pending(source[state.pos])
                state.pos += 1
        if state.pending:
            state.pushPending()

    @cached_property
    def _by_character(self) -> tuple[dict[str, list[RuleFuncInlineType]], re.Pattern[str]]:
        """The rules that may begin with a character, and text in which none begins; when all constructs are added."""
        named = list(zip(self.ruler.get_active_rules(), self.ruler.getRules(""), strict=True))
        asked = {c: [rule for name, rule in named if c in STARTS.get(name, TERMINATORS)] for c in TERMINATORS}
        begins = {character: rules for character, rules in asked.items() if rules}
        return begins, re.compile(f"[^{re.escape(''.join(begins))}]+")


class _State(StateInline):
    def scanDelims(self, start: int, canSplitWord: bool) -> Scanned:  # noqa: N802, N803, FBT001 - markdown-it's names
        marker, end = self.src[start], start
        while end < self.posMax and self.src[end] == marker:
            end += 1
        before = self.src[start - 1] if start > 0 else " "
        after = self.src[end] if end < self.posMax else " "
        left = _flanks(toward=after, behind=before)
        right = _flanks(toward=before, behind=after)
        can_open = left and (canSplitWord or not right or _is_punctuation(before))
        can_close = right and (canSplitWord or not left or _is_punctuation(after))
        return Scanned(can_open, can_close, end - start)


def _flanks(toward: str, behind: str) -> bool:
    """Whether a delimiter run leans on the character `toward` it."""
    if isWhiteSpace(ord(toward)):
        return False
    return not _is_punctuation(toward) or isWhiteSpace(ord(behind)) or _is_punctuation(behind) or is_wide(behind)


def _is_punctuation(character: str) -> bool:
    if is_wide(character):
        return False
    return isMdAsciiPunct(ord(character)) or isPunctChar(character)
