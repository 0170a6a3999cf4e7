"""The parser asks only the rules that may begin with a character, and of a document only what it may hold. What it finds
is what markdown-it finds with all rules.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.parser_inline import ParserInline
from markdown_it.rules_inline.state_inline import StateInline

from deckgen import syntax
from deckgen.syntax import blocks, emphasis, everyday, inlines

from .test_fixtures import CASES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from markdown_it.rules_core import StateCore
    from markdown_it.token import Token
    from markdown_it.utils import EnvType


def _asking_all() -> MarkdownIt:
    """The same rules in markdown-it's own parsers."""
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    for construct in syntax.SYNTAX:
        if construct not in (blocks.add, inlines.add):
            construct(parser)
    parser.core.ruler.after("text_join", "everything", _hold_everything)
    inline = _Inline()
    inline.ruler, inline.ruler2, parser.inline = parser.inline.ruler, parser.inline.ruler2, inline
    return parser


class _Everything(str):
    """A source that seems to hold whatever is looked for: no construct of ours is passed over."""

    __slots__ = ()

    def __contains__(self, _part: object) -> bool:
        return True

    def count(self, part: str, *_: object) -> int:
        return int(part == "<")


def _hold_everything(state: StateCore) -> None:
    state.src = _Everything(state.src)


class _State(StateInline):
    scanDelims = emphasis.scan  # noqa: N815 - markdown-it's name


class _Inline(ParserInline):
    def parse(self, src: str, md: MarkdownIt, env: EnvType, tokens: list[Token]) -> list[Token]:
        state = _State(src, md, env, tokens)
        self.tokenize(state)
        for rule in self.ruler2.getRules(""):
            rule(state)
        return state.tokens


FAST, SLOW = syntax.new_parser(), _asking_all()


def _assert_same(text: str) -> None:
    tokens: list[list[Token]] = []
    references: list[Mapping[str, object]] = []
    for parser in (FAST, SLOW):
        environment = {"questions": "auto"}
        tokens.append(parser.parse(text, environment))
        references.append({key: environment.get(key) for key in ("references", "footnotes")})
    assert tokens[0] == tokens[1]
    assert references[0] == references[1]


ROOT = Path(__file__).parent.parent
DOCUMENTS = [path for folder in ("docs", "source", "tests") for path in sorted((ROOT / folder).rglob("*.md"))]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_a_document_has_the_same_tokens(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    _assert_same(text)
    for example in text.split("\n```"):
        _assert_same(example.partition("\n")[2])


def test_every_fixture_has_the_same_tokens() -> None:
    for case in CASES:
        _assert_same(case.notes)


LATIN = ["Q", "A", "Question", "Answer", "Frage", "Antwort", "Interviewer", "Candidate"]
CHINESE = ["问", "问题", "答", "面试官", "面试官追问", "考官", "我", "候选人", "面试者", "应聘者", "求职者"]


@pytest.mark.parametrize(
    "mark", ["【问】", "[Q]", *(f"{word}：" for word in (*LATIN, *map(str.lower, LATIN), *CHINESE))]
)
def test_a_mark_ends_a_list_and_a_quote(mark: str) -> None:
    for text in (f"- 甲\n{mark} 乙\n", f"> 甲\n{mark} 乙\n"):
        _assert_same(text)
        assert FAST.parse(text, {"questions": "auto"})[-1].type == "paragraph_close"


@pytest.mark.parametrize(
    "text",
    [
        "- 甲\n- {: .x}",
        "> 甲\n❓ Q: 问",
        "{: .x}\n甲\n---",
        "**Q1：问？**\n    **第3题：**",
        "a\n==**1. 问？**==\nb",
        "**1. 问？**\nx\n    **2. 问？**<br>y",
    ],
)
def test_a_question_on_an_indented_or_coloured_line_has_the_same_tokens(text: str) -> None:
    _assert_same(text)


WHOLE = [
    "**",
    "==",
    "~~",
    "<u>",
    "</u>",
    "{{c1::",
    "{{c1:",
    "::a}}",
    "^[",
    "[^1]",
    "&amp;",
    "![[a.png]]",
    "](b)",
    "<a@b.c>",
]
MARKS = st.lists(st.sampled_from([*"\n!#$%&*+-:;<=>@[\\]^_`{}~()/ a1甲", *WHOLE]), max_size=40)


@given(MARKS.map("".join))
@settings(max_examples=1_000, deadline=None)
def test_a_line_has_the_same_tokens(text: str) -> None:
    _assert_same(text)


USUAL = [
    "<u>",
    "</u>",
    "**",
    "*",
    "`",
    "`a`",
    "`` ` ``",
    "$",
    "$x$",
    "$$",
    "{{c1::",
    "}}",
    "\\",
    "_",
    "\n",
    "  \n",
    " ",
    "甲",
    "，",
    "a",
    "1",
    "(",
    ")",
]
LINKS = ["[甲](a.md)", "[a(1)](https://b.c/d_e)", "[a](#b)", "[a](b c)", '[a](b "c")', "[", "](b)", "[x] ", "!"]


@given(st.lists(st.sampled_from([*USUAL, *LINKS]), max_size=30).map("".join))
@settings(max_examples=1_000, deadline=None)
def test_an_everyday_line_has_the_same_tokens(text: str) -> None:
    _assert_same(text)


BLOCKS = ["- ", "* ", "+ ", "> ", "1. ", "-", ">", "  ", "    ", "- - ", "> - ", ": ", "~ ", ""]
TEXTS = [
    "甲",
    "**a**",
    "`b`",
    "```",
    "$c$",
    "$$",
    "<u>d</u>",
    "<div>",
    "[e](f)",
    "[g]: h",
    "2026 年",
    "2. i",
    "---",
    "# j",
    "|k|",
    "Q1：",
]


@given(
    st.lists(st.builds("{}{}".format, st.sampled_from(BLOCKS), st.sampled_from(["", "", *TEXTS])), max_size=9).map(
        "\n".join
    )
)
@settings(max_examples=2_000, deadline=None)
def test_everyday_lists_and_quotes_have_the_same_tokens(text: str) -> None:
    _assert_same(text)


ADDRESSES = st.from_regex(everyday.ADDRESS, fullmatch=True, alphabet=st.characters(max_codepoint=127))


@given(ADDRESSES)
@settings(max_examples=1_000, deadline=None)
def test_an_everyday_address_needs_no_encoding(address: str) -> None:
    assert FAST.normalizeLink(address) == address
    assert FAST.validateLink(address)


BEGINNINGS = [
    *("- ", "* ", "+ ", "1. ", "2) ", "10. ", "> ", ">", "- [ ] ", "-\t", ">\t", "1.\t", "-", "1.", ">>"),
    *(" ", "  ", "   ", "    ", "\t", "\t\t", "\u3000", "\u00a0", "\x0b", "\u2028", "\x85", "\x00"),
    *("# ", "### ", "#", "---", "--", "===", "=", "***", "- - -", "```", "~~~", "$$", "$$ x $$"),
    *("|a|b|", "a|b", "|-|-|", "-|-", ":-:|-", "|", "-", ":", ": ", "~ ", ":\t", ": 甲"),
    *("[a]: b", "[a]:", "[^1]: 甲", "[^1]:", "[^1]", "> [!tip] 甲", "[!tip]"),
    *(
        "<div>",
        "</div>",
        "<!--",
        "-->",
        "<u>",
        "</u>",
        "<script>",
        "<img src=a>",
        "<details><summary>甲？</summary>",
        "<b>",
    ),
    *(
        "**Q1：问？**",
        "**Q1",
        "**问题2. 甲",
        "**第3题：**",
        "Q: ",
        "A: ",
        "问：",
        "答：",
        "**Q:**",
        "__Q__: ",
        "q1:",
        "a:",
    ),
    *("甲", "a", "Q", "问", "\\", "**", "*", "_", "{{c1::", "}}", "`", "+"),
]
LINE = st.lists(st.sampled_from(BEGINNINGS), max_size=4).map("".join)
LINES = st.lists(st.one_of(LINE, LINE, LINE, st.just("")), max_size=14).map("\n".join)


@given(LINES)
@settings(max_examples=1_500, deadline=None)
def test_lines_have_the_same_tokens(text: str) -> None:
    _assert_same(text)


def test_tabs_behind_a_footnote_leave_a_list_as_markdown_it_reads_it() -> None:
    _assert_same(" [^1]:\t\t- [x] a\n\n[^1]\n")
