"""What stands in a line, read as markdown-it reads it, with fewer questions asked: text is passed over as a whole, and a
rule is asked only at a character that may begin it. Tokens are the same as without; a test compares them.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from markdown_it.parser_inline import ParserInline
from markdown_it.rules_core import text_join
from markdown_it.rules_core.state_core import StateCore
from markdown_it.rules_inline.state_inline import StateInline

from deckgen.syntax import emphasis, everyday
from deckgen.syntax.tokens import new_token

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.parser_inline import RuleFuncInline2Type, RuleFuncInlineType
    from markdown_it.token import Token
    from markdown_it.utils import EnvType


def add(md: MarkdownIt) -> None:
    """Take the place of markdown-it's reader of lines, with all of its rules, in two thirds of its time."""
    inline = _Inline()
    inline.ruler, inline.ruler2 = md.inline.ruler, md.inline.ruler2
    inline.ruler.at("emphasis", emphasis.collect)
    inline.ruler2.at("fragments_join", _join_text)
    md.inline = inline
    md.core.ruler.at("text_join", _join_special)


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
    "comment": "%",
    "sound": "[",
    "span": "[",
    "attributes": "{",
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
PAIRED = {"strikethrough": "~", "emphasis": "*_", "mark": "="}
"""The characters that each rule for pairs of delimiters has to do with."""


class _Inline(ParserInline):
    def parse(self, src: str, md: MarkdownIt, env: EnvType, tokens: list[Token]) -> list[Token]:
        read = everyday.read(src)
        if read is not None:
            tokens += read
            return tokens
        state = _State(src, md, env, tokens)
        self.tokenize(state)
        if state.delimiters or any(state.tokens_meta):
            for markers, rule in self._pairing:
                if not markers or any(marker in src for marker in markers):
                    rule(state)
        else:
            _join_text(state)
        return state.tokens

    def tokenize(self, state: StateInline) -> None:
        """The same as markdown-it's, but for the rules that are asked."""
        rules, plain = self._by_character
        source, end, deepest = state.src, state.posMax, state.md.options["maxNesting"]
        while state.pos < end:
            run = plain.match(source, state.pos, end)
            if run:
                state.append_pending(run[0])
                state.pos = run.end()
                if state.pos == end:
                    break
            for rule in rules[source[state.pos]] if state.level < deepest else ():
                if rule(state, False):  # noqa: FBT003 - markdown-it's signature
                    break
            else:
                state.append_pending(source[state.pos])
                state.pos += 1
        if state.pending:
            state.pushPending()

    def skipToken(self, state: StateInline) -> None:  # noqa: N802 - markdown-it's name
        """The same as markdown-it's, but for the rules that are asked."""
        start = state.pos
        if start in state.cache:
            state.pos = state.cache[start]
            return
        rules = self._by_character[0].get(state.src[start])
        if state.level >= state.md.options["maxNesting"]:
            state.pos = state.posMax + 1
        elif rules is None:
            stop = self.terminator_re.search(state.src, start)
            state.pos = max(stop.start() if stop else state.posMax, start + 1)
        else:
            state.level += 1
            found = any(rule(state, True) for rule in rules)  # noqa: FBT003 - markdown-it's signature
            state.level -= 1
            state.pos += not found
        state.cache[start] = state.pos

    @cached_property
    def _by_character(self) -> tuple[dict[str, list[RuleFuncInlineType]], re.Pattern[str]]:
        """The rules that may begin with a character, and text in which none begins; when all constructs are added."""
        named = list(zip(self.ruler.get_active_rules(), self.ruler.getRules(""), strict=True))
        asked = {c: [rule for name, rule in named if c in STARTS.get(name, TERMINATORS)] for c in TERMINATORS}
        begins = {character: rules for character, rules in asked.items() if rules}
        return begins, re.compile(f"[^{re.escape(''.join(begins))}]+")

    @cached_property
    def _pairing(self) -> list[tuple[str, RuleFuncInline2Type]]:
        """The rules that make pairs of delimiters, each with the characters it has to do with; none for all of them."""
        named = zip(self.ruler2.get_active_rules(), self.ruler2.getRules(""), strict=True)
        return [(PAIRED.get(name, ""), rule) for name, rule in named]


class _State(StateInline):
    scanDelims = emphasis.scan  # noqa: N815 - markdown-it's name

    def __init__(self, src: str, md: MarkdownIt, env: EnvType, outTokens: list[Token]) -> None:  # noqa: N803 - markdown-it's name
        self._texts: list[str] = []
        super().__init__(src, md, env, outTokens)

    @property
    def pending(self) -> str:
        """What of the text is no token yet."""
        return "".join(self._texts)

    @pending.setter
    def pending(self, value: str) -> None:
        self._texts = [value] if value else []

    def append_pending(self, text: str) -> None:
        """The same as markdown-it's."""
        self._texts.append(text)

    def push(self, ttype: str, tag: str, nesting: Literal[-1, 0, 1]) -> Token:
        """The same as markdown-it's, with tokens that are made fast."""
        if self._texts:
            self.pushPending()
        token, meta = new_token(ttype, tag, nesting), None
        if nesting < 0:
            self.level -= 1
            self.delimiters = self._prev_delimiters.pop()
        token.level = self.level
        if nesting > 0:
            self.level += 1
            self._prev_delimiters.append(self.delimiters)
            self.delimiters = []
            meta = {"delimiters": self.delimiters}
        self.pendingLevel = self.level
        self.tokens.append(token)
        self.tokens_meta.append(meta)
        return token

    def pushPending(self) -> Token:  # noqa: N802 - markdown-it's name
        token = new_token("text", "", 0)
        token.content, token.level = "".join(self._texts), self.pendingLevel
        self._texts.clear()
        self.tokens.append(token)
        return token


def _join_text(state: StateInline) -> None:
    """The same as markdown-it's `fragments_join` in half the time: neighbouring texts are one, and levels are right."""
    tokens = state.tokens
    level, several = 0, False
    before = ""
    for token in tokens:
        level -= token.nesting < 0
        token.level = level
        level += token.nesting > 0
        several = several or before == token.type == "text"
        before = token.type
    if several:
        tokens[:] = _joined(tokens)


def _joined(tokens: list[Token]) -> list[Token]:
    kept: list[Token] = []
    run: list[Token] = []
    for token in tokens:
        if token.type == "text":
            run.append(token)
            continue
        if run:
            run[-1].content = "".join([text.content for text in run])
            kept.append(run[-1])
            run = []
        kept.append(token)
    if run:
        run[-1].content = "".join([text.content for text in run])
        kept.append(run[-1])
    return kept


def _join_special(state: StateCore) -> None:
    """markdown-it's `text_join`, for the lines in which it may find an escaped character, an entity or an image."""
    if any(sign in state.src for sign in SPECIAL):
        lines = [t for t in state.tokens if t.type == "inline" and any(sign in t.content for sign in SPECIAL)]
        text_join(StateCore(state.src, state.md, state.env, lines))


SPECIAL = ("\\", "&", "![")
