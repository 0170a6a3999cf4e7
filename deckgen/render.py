"""ParsedNote → the HTML of a Note: with marks for the numbers of clozes, for images and for figures.

Nothing an author types may end a cloze early or start one, so `{{`, `}}` and `::` of his become entities.
"""

from __future__ import annotations

import html
import re
from itertools import pairwise
from typing import TYPE_CHECKING

from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import OptionsDict

from deckgen import callouts, marks
from deckgen.characters import is_wide
from deckgen.highlight import highlight
from deckgen.marks import mark, protected
from deckgen.notes import Embedded
from deckgen.patterns import later
from deckgen.syntax.sounds import MOVING
from deckgen.syntax.tokens import copied

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markdown_it.utils import EnvType

    from deckgen.notes import ParsedNote


def render(note: ParsedNote) -> tuple[str, str, str, tuple[Embedded, ...]]:
    """The HTML of question, answer and remarks, and what is embedded in it."""
    embedded: list[Embedded] = []
    env = {"note": note, "embedded": embedded}
    line = next((index for index, token in enumerate(note.question) if token.block), len(note.question))
    question = _RENDERER.renderInline(note.question[:line], _OPTIONS, env).strip()
    further = _RENDERER.render(note.question[line:], _OPTIONS, env).strip()
    answer = _unfolded(_RENDERER.render(note.answer, _OPTIONS, env).strip())
    remarks = _RENDERER.render(note.remarks, _OPTIONS, env).strip()
    return f"{question}\n{further}".strip(), answer, remarks, tuple(embedded)


FOLD = later(rf"<(?P<end>/)?details\b[^<>]*>|{marks.MARK.pattern}", re.IGNORECASE)


def _unfolded(answer: str) -> str:
    """With every fold open that holds a cloze: on a card nobody would see that it asks, nor the answer."""
    if "<details" not in answer:
        return answer
    closed, opened = list[re.Match[str]](), list[int]()  # a fold is in the first until it ends or holds a cloze
    for found in FOLD.finditer(answer):
        if found["end"]:
            del closed[-1:]
        elif found[0][0] == "<":
            closed.append(found)
        elif found[0][1] == marks.CLOZE:
            opened += [fold.end() - 1 for fold in closed if not OPEN.search(fold[0])]
            closed.clear()
    places = [0, *sorted(opened), len(answer)]
    return " open".join(answer[start:end] for start, end in pairwise(places))


OPEN = later(r"\sopen\b", re.IGNORECASE)


class _Renderer(RendererHTML):
    """markdown-it's HTML, with our tokens. A method named like a token type renders it."""

    def render(self, tokens: Sequence[Token], options: OptionsDict, env: EnvType) -> str:
        pieces: list[str] = []
        for index, token in enumerate(tokens):
            if token.type == "inline":
                pieces.append(self.renderInline(token.children or (), options, env))
            elif token.type in BLOCKS and not token.attrs:
                pieces.append(_tag(tokens, index))
            else:
                pieces.append(protected(self._token(tokens, index, options, env)))
        return "".join(pieces)

    def renderInline(self, tokens: Sequence[Token], options: OptionsDict, env: EnvType) -> str:  # noqa: N802 - markdown-it's name
        pieces: list[str] = []
        endings: list[str] = []
        tokens = list(tokens)
        for index, token in enumerate(tokens):
            kind = token.type
            if kind in USUAL and not SPECIAL.search(token.content):
                before, behind = USUAL[kind]
                pieces.append(f"{before}{token.content}{behind}")
            elif kind == "cloze_open":
                number = token.meta["cloze"]
                hinted = env["note"].clozes[number].hint and not token.meta["continued"]
                endings.append(mark(marks.CLOZE_END_WITH_HINT if hinted else marks.CLOZE_END, number))
                pieces.append(mark(marks.CLOZE, number))
            elif kind == "cloze_close":
                pieces.append(endings.pop())
            elif kind == "sound":
                pieces.append(_embedded(_sound(token), env))
            elif kind == "math" and (found := _stop_behind(tokens, index)):
                formula = protected(self._token(tokens, index, options, env), in_cloze=bool(endings))
                pieces.append(f'<span class="tied">{formula}{html.escape(found[0])}</span>')
                tokens[index + 1] = copied(tokens[index + 1], content=found.string[found.end() :])
            else:
                pieces.append(protected(self._token(tokens, index, options, env), in_cloze=bool(endings)))
        return "".join(pieces)

    def _token(self, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType) -> str:
        rule = self.rules.get(tokens[index].type)
        return rule(tokens, index, options, env) if rule else self.renderToken(tokens, index, options, env)

    def text(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return _no_formula(super().text(tokens, idx, options, env), separator="<span></span>")

    def code_inline(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return _no_formula(super().code_inline(tokens, idx, options, env))

    def code_block(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return _no_formula(super().code_block(tokens, idx, options, env))

    def fence(self, tokens: Sequence[Token], idx: int, *_: object) -> str:
        language, code = tokens[idx].info.strip().partition(" ")[0], tokens[idx].content
        name = f' class="language-{html.escape(language)}"' if language else ""
        return f"<pre><code{name}>{_no_formula(highlight(code, language))}</code></pre>\n"

    def checkbox(self, tokens: Sequence[Token], idx: int, *_: object) -> str:
        return f'<span class="box">{"☑" if tokens[idx].meta["done"] else "☐"}</span> '

    def callout_open(self, tokens: Sequence[Token], idx: int, *_: object) -> str:
        meta = tokens[idx].meta
        element = "details" if meta["fold"] else "div"
        shown = " open" if meta["fold"] == "+" else ""
        return f'<{element} class="callout callout-{meta["kind"]}"{shown}>\n'

    def callout_title_open(self, tokens: Sequence[Token], idx: int, _options: OptionsDict, env: EnvType) -> str:
        meta = tokens[idx].meta
        title = "" if meta["titled"] else callouts.title(meta["kind"], chinese=_is_chinese(env["note"]))
        return ("<summary>" if meta["fold"] else '<p class="callout-title">') + title

    def callout_title_close(self, tokens: Sequence[Token], idx: int, *_: object) -> str:
        return "</summary>\n" if tokens[idx].meta["fold"] else "</p>\n"

    def callout_close(self, tokens: Sequence[Token], idx: int, *_: object) -> str:
        return "</details>\n" if tokens[idx].meta["fold"] else "</div>\n"

    def footnote_ref(self, tokens: Sequence[Token], idx: int, *_: object) -> str:
        return f'<sup class="footnote">[{tokens[idx].meta["number"]}]</sup>'

    def footnotes_open(self, tokens: Sequence[Token], idx: int, *_: object) -> str:
        first = tokens[idx].meta["first"]
        return '<ol class="footnotes"' + (f' start="{first}"' if first > 1 else "") + ">\n"

    def footnotes_close(self, *_: object) -> str:
        return "</ol>\n"

    def footnote_open(self, *_: object) -> str:
        return "<li>\n"

    def footnote_close(self, *_: object) -> str:
        return "</li>\n"

    def em_open(self, tokens: Sequence[Token], idx: int, *_: object) -> str:
        """The style sheet slants what is Latin; slanted Chinese is hard to read."""
        while tokens[idx].type != "em_close":
            if any(map(is_wide, tokens[idx].content)):
                return "<em>"
            idx += 1
        return '<em class="latin">'

    def underline_open(self, *_: object) -> str:
        return "<u>"

    def underline_close(self, *_: object) -> str:
        return "</u>"

    def math(self, tokens: Sequence[Token], idx: int, *_: object) -> str:
        token = tokens[idx]
        opening, closing = ("\\[", "\\]") if token.meta["display"] else ("\\(", "\\)")
        return opening + html.escape(token.content.strip(), quote=False) + closing

    def image(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        token = tokens[idx]
        source = str(token.attrs.get("src", ""))

        def tag(name: str, description: str = "", **attributes: str) -> str:
            shown = token.copy(attrs={**attributes, **token.attrs, "src": name})
            if description:
                shown.children = [Token("text", "", 0, content=description)]
            return protected(super(_Renderer, self).image([shown], 0, options, env))

        drawn = tag(marks.FILE, "" if token.content.strip() else marks.DESCRIPTION, **{"class": "figure"})
        return _embedded(Embedded(source, linked=tag(source), packed=tag(marks.FILE), drawn=drawn), env)

    def figure(self, tokens: Sequence[Token], idx: int, *_: object) -> str:
        return mark(marks.FIGURE, tokens[idx].meta["figure"])


def _embedded(embedded: Embedded, env: EnvType) -> str:
    env["embedded"].append(embedded)
    return mark(marks.EMBEDDED, len(env["embedded"]) - 1)


def _sound(token: Token) -> Embedded:
    """Anki's own player; the browser's for what stays on the network."""
    source = str(token.attrs.get("src", ""))
    player = token.tag or ("video" if MOVING.search(source) else "audio")
    linked = protected(f'<{player} controls src="{html.escape(source)}"></{player}>')
    packed = f"[sound:{marks.FILE}]"
    return Embedded(source, linked, packed, drawn=packed)


def _is_chinese(note: ParsedNote) -> bool:
    return any(map(is_wide, note.question_text + note.answer_text))


STOP = later(r"[，。、；：！？）」』】》〉,.;:!?)]+")


def _stop_behind(tokens: Sequence[Token], index: int) -> re.Match[str] | None:
    """What ends a part of the sentence directly behind a formula of the line: a browser would break the line between, as
    it takes the formula for a picture.
    """
    following = tokens[index + 1] if index + 1 < len(tokens) else None
    in_line = following is not None and following.type == "text" and not tokens[index].meta.get("display")
    return STOP.match(following.content) if following and in_line else None


SPECIAL = re.compile(r"[&<>\"{}:\[\\]")
"""What is changed in a text, here or as a formula or as HTML. Most texts have none, and one search says so."""
USUAL = {
    "text": ("", ""),
    "code_inline": ("<code>", "</code>"),
    "softbreak": ("", "\n"),
    "strong_open": ("", "<strong>"),
    "strong_close": ("", "</strong>"),
    "em_close": ("", "</em>"),
}
"""What stands around the content of an inline token that needs no rule: most are such, at 10 µs of a note less."""
BLOCKS = frozenset(
    f"{kind}_{end}" for kind in ("paragraph", "list_item", "bullet_list", "blockquote") for end in ("open", "close")
)
"""Blocks that are a tag each, at 10 µs of a note less."""


def _tag(tokens: Sequence[Token], index: int) -> str:
    """The same as markdown-it's for a block without attributes."""
    token = tokens[index]
    if token.hidden:
        return ""
    if token.nesting == -1:
        return f"</{token.tag}>\n"
    break_before = "\n" if index and tokens[index - 1].hidden else ""
    following = tokens[index + 1] if index + 1 < len(tokens) else None
    beside = following is not None and (
        following.type == "inline" or following.hidden or (following.nesting == -1 and following.tag == token.tag)
    )
    return f"{break_before}<{token.tag}>" if beside else f"{break_before}<{token.tag}>\n"


FORMULA_BRACKET = re.compile(r"\\(?=[()\[\]])")


def _no_formula(text: str, separator: str = "") -> str:
    """Text that only looks like a formula is shown as typed. Anki looks for brackets in the HTML, so an entity hides
    them from it; MathJax looks in the text, but neither in code nor across an empty element.
    """
    return FORMULA_BRACKET.sub(f"&#92;{separator}", text)


_OPTIONS = OptionsDict(
    {
        "maxNesting": 20,
        "html": True,
        "linkify": False,
        "typographer": False,
        "quotes": "",
        "xhtmlOut": False,
        "breaks": False,
        "langPrefix": "language-",
        "highlight": None,
    }
)
_RENDERER = _Renderer()
