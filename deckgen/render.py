"""Note + Identity → AnkiNote: the HTML of its fields, with `{{cN::…}}` around the phrases to ask for.

Nothing an author types may end a cloze early or start one, so `{{`, `}}` and `::` of his become entities.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import OptionsDict

from deckgen import callouts
from deckgen import identity as identities
from deckgen.highlight import highlight
from deckgen.notes import AnkiNote, Picture
from deckgen.syntax.sounds import MOVING
from deckgen.syntax.tokens import is_wide

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from markdown_it.utils import EnvType

    from deckgen.notes import Document, Identity, Note


def render(  # noqa: PLR0913 - a note, who it is, and what its pictures are called
    document: Document,
    note: Note,
    identity: Identity,
    *,
    images: Mapping[tuple[str, str], Picture],
    figures: Sequence[Picture],
    attached: Sequence[Picture] = (),
    cards: str = "auto",
) -> list[AnkiNote]:
    """The Anki notes of one note: none where it has no answer, a cloze note where it has clozes, else a Q&A note.

    `images` holds every image by document path and reference, `figures` the drawing of each of the note's figures,
    `attached` those that are shown with its answer.
    `cards = "both"` adds a Q&A note to each cloze note.
    """
    if not note.answer:
        return []
    fields = _Fields(document, note, images, figures, attached)
    if not note.clozes:
        return [fields.anki_note(identity, "qa", ordinals=())]
    made = [fields.anki_note(identity, "cloze", ordinals=identity.ordinals)]
    if cards == "both":
        made.append(fields.anki_note(identity, "qa", ordinals=()))
    return made


@dataclass(frozen=True, slots=True)
class _Fields:
    document: Document
    note: Note
    images: Mapping[tuple[str, str], Picture]
    figures: Sequence[Picture]
    attached: Sequence[Picture]

    def anki_note(self, identity: Identity, note_type: str, ordinals: Sequence[int]) -> AnkiNote:
        """`ordinals` is empty where clozes are shown as underlines."""
        note, guid = self.note, identities.guid_of_type(identity, note_type)
        return AnkiNote(
            guid=guid,
            note_type=note_type,
            fields={
                "Question": self._question(),
                "Answer": self._html(note.answer, ordinals),
                "Remarks": self._html(note.remarks, ()),
                "Figures": "".join(_protected(_image(picture)) for picture in self.attached).strip(),
                "Label": _protected(html.escape(note.label)),
                "Source": _protected(html.escape(self._source())),
                "Key": guid,
            },
            deck=self.document.deck,
            tags=note.tags,
            created=identity.created,
            modified=0,
            position=identity.position,
            ordinals=tuple(sorted(set(ordinals))) or (1,),
            where=note.where,
        )

    def _question(self) -> str:
        """The question's line, then its further blocks."""
        tokens = self.note.question
        line = next((index for index, token in enumerate(tokens) if token.block), len(tokens))
        return (self._html(tokens[:line], (), inline=True) + "\n" + self._html(tokens[line:], ())).strip()

    def _html(self, tokens: list[Token], ordinals: Sequence[int], *, inline: bool = False) -> str:
        env = {
            "ordinals": ordinals,
            "hints": [cloze.hint for cloze in self.note.clozes],
            "document": self.document.path,
            "images": self.images,
            "figures": self.figures,
            "note": self.note,
        }
        renderer = _RENDERER.renderInline if inline else _RENDERER.render
        return renderer(tokens, _OPTIONS, env).strip()

    def _source(self) -> str:
        """Document and heading, without a path outside the source folder."""
        return " › ".join(dict.fromkeys(part for part in (self.document.path, self.note.heading) if part))


class _Renderer(RendererHTML):
    """markdown-it's HTML, with our tokens. A method named like a token type renders it."""

    def render(self, tokens: Sequence[Token], options: OptionsDict, env: EnvType) -> str:
        return "".join(
            self.renderInline(token.children or (), options, env)
            if token.type == "inline"
            else _protected(self._token(tokens, index, options, env))
            for index, token in enumerate(tokens)
        )

    def renderInline(self, tokens: Sequence[Token], options: OptionsDict, env: EnvType) -> str:  # noqa: N802 - markdown-it's name
        return "".join(self._inline(tokens, options, env))

    def _inline(self, tokens: Sequence[Token], options: OptionsDict, env: EnvType) -> Iterator[str]:
        hints: list[str] = []
        for index, token in enumerate(tokens):
            if token.type == "text" and not SPECIAL.search(token.content):
                yield token.content
            elif token.type == "cloze_open":
                opening, hint = _cloze(token, env)
                hints.append(hint)
                yield opening
            elif token.type == "cloze_close":
                yield hints.pop()
            elif token.type == "sound":
                yield _sound(token, env)
            else:
                yield _protected(self._token(tokens, index, options, env), in_cloze=bool(hints))

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
        picture = env["images"].get((env["document"], source), Picture(source))
        drawn = {"class": "figure"} if picture.drawn else {}
        shown = token.copy(attrs={**drawn, **token.attrs, "src": picture.name})
        if picture.drawn and not token.content.strip():
            shown.children = [Token("text", "", 0, content=picture.alt)]
        return super().image([shown], 0, options, env)

    def figure(self, tokens: Sequence[Token], idx: int, _options: OptionsDict, env: EnvType) -> str:
        return _image(env["figures"][tokens[idx].meta["figure"]])


def _is_chinese(note: Note) -> bool:
    return any(map(is_wide, note.question_text + note.answer_text))


def _image(picture: Picture) -> str:
    image = f'<img class="figure" src="{picture.name}" alt="{html.escape(picture.alt)}">'
    hidden = ' class="back-only"' if picture.back_only else ""
    if not picture.caption:
        return f"<p{hidden}>{image}</p>\n"
    return f"<figure{hidden}>{image}<figcaption>{html.escape(picture.caption)}</figcaption></figure>\n"


def _sound(token: Token, env: EnvType) -> str:
    """Anki's own player; the browser's for what stays on the network."""
    source = str(token.attrs.get("src", ""))
    picture = env["images"].get((env["document"], source))
    if picture:
        return f"[sound:{picture.name}]"
    player = token.tag or ("video" if MOVING.search(source) else "audio")
    return _protected(f'<{player} controls src="{html.escape(source)}"></{player}>')


def _cloze(token: Token, env: EnvType) -> tuple[str, str]:
    """What opens and what closes a cloze; an underline where the note is not shown as clozes."""
    if not env["ordinals"]:
        return "<u>", "</u>"
    index = token.meta["cloze"]
    hint = "" if token.meta["continued"] else env["hints"][index]
    closing = "::" + _protected(html.escape(hint), in_cloze=True) if hint else ""
    return f"{{{{c{env['ordinals'][index]}::", closing + "}}"


ANKI_SYNTAX = re.compile(
    r"\{{2,}|\}{2,}|:{2,}"  # a cloze
    r"|\[(?=sound:|anki:|/?latex\]|/?\$\$?\])",  # a sound, or a formula in LaTeX
    re.IGNORECASE,
)
ANKI_SYNTAX_IN_CLOZE = re.compile(rf"{ANKI_SYNTAX.pattern}|^[{{}}:]|[{{}}:]$", re.IGNORECASE)
"""Here a brace or a colon also counts together with those of the cloze beside it."""


def _protected(fragment: str, *, in_cloze: bool = False) -> str:
    """The same HTML, with entities for what Anki would read as its own syntax: in text, code, formulas, attributes."""
    pattern = ANKI_SYNTAX_IN_CLOZE if in_cloze else ANKI_SYNTAX
    return pattern.sub(lambda match: "".join(f"&#{ord(c)};" for c in match[0]), fragment)


SPECIAL = re.compile(r"[&<>\"{}:\[\\]")
"""What is changed in a text, here or as a formula or as HTML. Most texts have none, and one search says so."""
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
