"""Markdown's blocks, read as markdown-it reads them, with fewer questions asked: a rule is asked only of a line that may
begin it. Every construct adds its rules first. Tokens are the same as without; a test compares them.
"""

from __future__ import annotations

import re
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING, Literal

from markdown_it.common.utils import mdTrim
from markdown_it.parser_block import ParserBlock
from markdown_it.ruler import Ruler
from markdown_it.rules_block import StateBlock

from deckgen.syntax.styles import words
from deckgen.syntax.tokens import new_token

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.parser_block import RuleFuncBlockType
    from markdown_it.rules_core import StateCore
    from markdown_it.token import Token
    from markdown_it.utils import EnvType


def add(md: MarkdownIt) -> None:
    """Take the place of markdown-it's reader of blocks, with all of its rules, in half of its time."""
    blocks = _Blocks()
    blocks.ruler = _Ruler(md.block.ruler)
    md.block = blocks
    md.core.ruler.at("normalize", _normalize)


def _normalize(state: StateCore) -> None:
    """The same as markdown-it's without patterns: 3 µs of a note."""
    state.src = state.src.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")


STARTS = {
    "math_block": "$",
    "fence": "`~",
    "blockquote": ">",
    "hr": "*-_",
    "list": "*-+0123456789",
    "footnote_def": "[",
    "reference": "[",
    "html_block": "<",
    "typed_block": "<",
    "comment_block": "%",
    "attributes_block": "{",
    "container": ":",
    "admonition": "!?",
    "heading": "#",
    "tight_heading": "#",
    "question": f"*_【[0123456789{words.FIRST_OF_LINE}",
}
"""The characters that a line begins with which the rule may take, by the rule's name."""
CHANGING = re.compile(r"[:~]|[-=|][-=|: \t]*$")
"""A line that may make a table, a heading or a definition list of what stands above it."""
CODE = 4
"""The spaces that code is indented by."""

Chain = dict[str, list["RuleFuncBlockType"]]
"""The rules to ask, by the character that a line begins with."""


class _Ruler(Ruler["RuleFuncBlockType"]):
    """The rules that may end a block are given as one, which asks those of them that may begin with a line's character."""

    def __init__(self, ruler: Ruler[RuleFuncBlockType]) -> None:
        super().__init__()
        self.__rules__ = ruler.__rules__

    def getRules(self, chainName: str = "") -> list[RuleFuncBlockType]:  # noqa: N802, N803 - markdown-it's names
        return [self._ending[chainName]] if chainName else super().getRules()

    def by_character(self, chain: str = "") -> Chain:
        """The rules of a chain that may begin with each character, in their order."""
        found: Chain = {}
        for rule in self.__rules__:
            for character in STARTS.get(rule.name, "") if rule.enabled and chain in ("", *rule.alt) else "":
                found.setdefault(character, []).append(rule.fn)
        return found

    @cached_property
    def _ending(self) -> dict[str, RuleFuncBlockType]:
        return {chain: self._one_of(chain) for rule in self.__rules__ for chain in rule.alt}

    def _one_of(self, chain: str) -> RuleFuncBlockType:
        by_character = self.by_character(chain)
        others = [r.fn for r in self.__rules__ if r.enabled and chain in r.alt and r.name not in STARTS]

        def ends(state: StateBlock, line: int, end: int, silent: bool) -> bool:  # noqa: FBT001 - markdown-it's signature
            start = state.bMarks[line] + state.tShift[line]
            rules = by_character.get(state.src[start], ()) if start < state.eMarks[line] else ()
            return any(rule(state, line, end, silent) for rule in (*others, *rules))

        return ends


class _Blocks(ParserBlock):
    ruler: _Ruler

    def parse(self, src: str, md: MarkdownIt, env: EnvType, outTokens: list[Token]) -> list[Token] | None:  # noqa: N803 - markdown-it's name
        if not src:
            return None
        state = _State(src, md, env, outTokens)
        self.tokenize(state, 0, state.lineMax)
        return state.tokens

    def tokenize(self, state: StateBlock, startLine: int, endLine: int) -> None:  # noqa: N803 - markdown-it's names
        """The same as markdown-it's, but for the rules that are asked."""
        by_character, text, every = self._asked
        line, deepest, had_empty = startLine, state.md.options["maxNesting"], False
        while line < endLine:
            state.line = line = state.skipEmptyLines(line)
            if line >= endLine or state.sCount[line] < state.blkIndent:
                break
            if state.level >= deepest:
                state.line = endLine
                break
            if state.sCount[line] - state.blkIndent >= CODE or _changes(state, line + 1):
                asked = every
            else:
                asked = by_character.get(state.src[state.bMarks[line] + state.tShift[line]], text)
            for rule in asked:
                if rule(state, line, endLine, False):  # noqa: FBT003 - markdown-it's signature
                    break
            state.tight = not had_empty
            line = state.line
            if line - 1 < endLine and not had_empty and state.isEmpty(line - 1):
                had_empty = True
            if line < endLine and state.isEmpty(line):
                had_empty = True
                line += 1
                state.line = line

    @cached_property
    def _asked(self) -> tuple[Chain, list[RuleFuncBlockType], list[RuleFuncBlockType]]:
        """The rules for a line that begins with some character, with any other, and with code or above a changing line."""
        every = self.ruler.getRules()
        text = [_text(self.ruler.by_character("paragraph")), *every]
        asked = {c: [*rules, *text] for c, rules in self.ruler.by_character().items()}
        everyday: Chain = {">": [_quote], "-": [_list], "*": [_list], "+": [_list]}
        return asked | {c: [*rules, *asked[c]] for c, rules in everyday.items()}, text, every


def _text(ending: Chain) -> RuleFuncBlockType:
    """The rule for a paragraph that no line below makes something else of: no other rule needs to look at each line."""

    def text(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:  # noqa: ARG001, FBT001 - markdown-it's signature
        source, line, last = state.src, start_line + 1, state.lineMax
        starts, shifts, ends = state.bMarks, state.tShift, state.eMarks
        while line < last:
            start = starts[line] + shifts[line]
            if start >= ends[line]:
                if line == start_line + 1 and _changes(state, line + 1):  # a definition may stand below an empty line
                    return False
                break
            if _changes(state, line):
                return False
            rules = ending.get(source[start])
            if rules and 0 <= state.sCount[line] < state.blkIndent + CODE:
                state.parentType = "paragraph"
                if any(rule(state, line, last, True) for rule in rules):  # noqa: FBT003 - markdown-it's signature
                    break
            line += 1
        if line == start_line + 1 and state.blkIndent == 0:
            content = source[starts[start_line] : ends[start_line]]
        else:
            content = state.getLines(start_line, line, state.blkIndent, False)  # noqa: FBT003 - as above
        state.line, state.parentType = line, "paragraph"  # which markdown-it, having looked for a heading, leaves too
        state.tokens += _paragraph(content, [start_line, line], state.level)
        return True

    return text


def _paragraph(content: str, lines: list[int], level: int, *, hidden: bool = False) -> tuple[Token, Token, Token]:
    opening, inline = new_token("paragraph_open", "p", 1), new_token("inline", "", 0)
    closing = new_token("paragraph_close", "p", -1)
    opening.block = inline.block = closing.block = True
    opening.level = closing.level = level
    inline.level = level + 1
    opening.map, inline.map = lines, list(lines)
    opening.hidden = closing.hidden = hidden
    inline.content, inline.children = mdTrim(content), []
    return opening, inline, closing


ONE_LINE = re.compile(
    r"[-*+>] (?:[^\s$`~>*+_<#\d\[|:={-]|\*\*[^*\s]|`(?!``)|\$(?!\$)|<u>|\[(?!.*\]:)|\d++(?![.)]))",
)
"""An item or a quote that holds text: nothing that may be a block in it, and no space but one."""


def _quote(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:  # noqa: ARG001, FBT001 - markdown-it's signature
    """A quote of one line outside everything else, as most are: markdown-it's rule takes 10 µs of a note more."""
    if not _is_one_line(state, start_line) or not _ends(state, start_line + 1, end_line):
        return False
    state.line = start_line + 1
    content = state.src[state.bMarks[start_line] + 2 : state.eMarks[start_line]]
    opening, closing = _container("blockquote", "blockquote", ">", 0, [start_line, state.line])
    state.tokens += (opening, *_paragraph(content, [start_line, state.line], 1), closing)
    return True


def _list(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:  # noqa: ARG001, FBT001 - markdown-it's signature
    """A list outside everything else whose items are a line each: markdown-it's rule takes 15 µs of a note more."""
    source, starts = state.src, state.bMarks
    marker = source[starts[start_line]]
    line = start_line
    while line < end_line and source[starts[line]] == marker and _is_one_line(state, line):
        line += 1
    below = state.skipEmptyLines(line)
    if line == start_line or not _ends(state, line, end_line) or _goes_on(state, below, end_line):
        return False
    opening, closing = _container("bullet_list", "ul", marker, 0, [start_line, below])
    state.tokens.append(opening)
    for item in range(start_line, line):
        content, behind = source[starts[item] + 2 : state.eMarks[item]], item + 1
        begin, end = _container("list_item", "li", marker, 1, [item, behind if behind < line else below])
        state.tokens += (begin, *_paragraph(content, [item, behind], 2, hidden=True), end)
    state.tokens.append(closing)
    state.line = below
    return True


def _is_one_line(state: StateBlock, line: int) -> bool:
    outside = state.level == state.blkIndent == state.tShift[line] == 0
    return outside and ONE_LINE.match(state.src, state.bMarks[line], state.eMarks[line]) is not None


def _ends(state: StateBlock, line: int, end_line: int) -> bool:
    """Whether a paragraph ends above this line, and no definition stands below it."""
    return line >= end_line or (state.isEmpty(line) and not _changes(state, line + 1))


def _goes_on(state: StateBlock, line: int, end_line: int) -> bool:
    """Whether a list may go on with this line, below an empty one."""
    return line < end_line and (state.sCount[line] > 1 or state.src[state.bMarks[line] + state.tShift[line]] in BULLETS)


BULLETS = "-*+"


def _container(kind: str, tag: str, markup: str, level: int, lines: list[int]) -> tuple[Token, Token]:
    opening, closing = new_token(f"{kind}_open", tag, 1), new_token(f"{kind}_close", tag, -1)
    opening.block = closing.block = True
    opening.level = closing.level = level
    opening.markup = closing.markup = markup
    opening.map = lines
    return opening, closing


def _changes(state: StateBlock, line: int) -> bool:
    start = state.bMarks[line] + state.tShift[line]
    end = state.eMarks[line]
    return start < end and state.src[start] in ":~-=|" and CHANGING.match(state.src, start, end) is not None


class _State(StateBlock):
    def __init__(self, src: str, md: MarkdownIt, env: EnvType, tokens: list[Token]) -> None:
        super().__init__("", md, env, tokens)
        lines = src.split("\n")
        if not lines[-1].strip(" \t"):
            lines.pop()
        count = len(lines)
        starts = list(accumulate((len(line) + 1 for line in lines), initial=0))
        self.src, self.lineMax = src, count
        self.bMarks = [*starts[:-1], len(src)]
        self.eMarks = [*(start - 1 for start in starts[1:]), len(src)]
        self.tShift, self.sCount, self.bsCount = [0] * (count + 1), [0] * (count + 1), [0] * (count + 1)
        for index, line in enumerate(lines):
            if line[:1] in ("\t", " "):
                space = line[: len(line) - len(line.lstrip(" \t"))]
                self.tShift[index], self.sCount[index] = len(space), len(space.expandtabs(4))

    def push(self, ttype: str, tag: str, nesting: Literal[-1, 0, 1]) -> Token:
        token = new_token(ttype, tag, nesting)
        token.block = True
        self.level -= nesting < 0
        token.level = self.level
        self.level += nesting > 0
        self.tokens.append(token)
        return token
