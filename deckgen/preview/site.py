"""State → the files of a site. The server answers from them, static.py writes them: there is one way.

`index.html` loads `index.js`, which says what there is: notes, note types, diagnostics. A note's cards stand in
`notes/N.js`, rendered when they are asked for and loaded when they are shown; both are scripts, as a page that is opened
from the disk may load nothing else. `media/` holds what the cards refer to, `source/N.html` the author's files.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from functools import partial
from importlib.resources import files as resources
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING
from urllib.parse import quote

from deckgen import cards
from deckgen.cards import clozes, sounds
from deckgen.cards.plain import plain
from deckgen.cards.sounds import Speech
from deckgen.preview import math
from deckgen.syntax.sounds import MOVING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from deckgen.cards import Card
    from deckgen.cards.sounds import Sound
    from deckgen.diagnostics import Diagnostic
    from deckgen.notes import AnkiNote, Deck, Document, Note
    from deckgen.preview.live import State

Content = bytes | Callable[[], bytes]
PAGES = {"index.html": "page.html", "page.css": "page.css", "page.js": "page.js", "theme.js": "theme.js"}
LANGUAGES = {"zh": "zh-CN", "en": "en"}


def files(state: State, *, generation: int = 0, editor: str = "") -> dict[str, Content]:
    """Every file of the site, by its path: its bytes, or what makes them.

    `generation` differs from build to build, and is 0 for a site that never changes. `editor` names one whose links are
    `NAME://file/PATH:LINE:COLUMN`, as those of vscode.
    """
    found: dict[str, Content] = {name: _resource(file) for name, file in PAGES.items()}
    sources = {path: f"source/{number}.html" for number, path in enumerate(state.texts)}
    found["index.js"] = partial(_index, state, sources, generation, editor)
    language = LANGUAGES[state.config.lang]
    found |= {page: partial(_source, path, state.texts[path], language) for path, page in sources.items()}
    if state.cards:
        deck = state.cards.deck
        found |= {
            f"notes/{number}.js": partial(_note, note, deck, generation) for number, note in enumerate(deck.notes)
        }
        found |= {f"media/{name}": data for name, data in deck.media.items()}
    return found


def content(made: Content) -> bytes:
    """The bytes of a file."""
    return made() if callable(made) else made


def _resource(name: str) -> bytes:
    return resources(__package__).joinpath(name).read_bytes()


# index.js: everything but the cards themselves.


def _index(state: State, sources: Mapping[str, str], generation: int, editor: str) -> bytes:
    deck = state.cards.deck if state.cards else None
    index = {
        "generation": generation,
        "title": _title(deck, state),
        "language": LANGUAGES[state.config.lang],
        "stale": deck is not None and state.failed,
        "editor": {path: _in_editor(path, editor) for path in sources if editor},
        "sources": sources,
        "noteTypes": _note_types(deck) if deck else {},
        "notes": _notes(deck, state.documents) if deck else [],
        "diagnostics": [_diagnostic(diagnostic, state) for diagnostic in state.diagnostics],
    }
    return _call("index", index)


def _in_editor(path: str, editor: str) -> str:
    return f"{editor}://file/{quote(Path(path).absolute().as_posix().lstrip('/'))}"


def _title(deck: Deck | None, state: State) -> str:
    """The deck that holds all the others, or the folder's name."""
    names = {note.deck.split("::")[0] for note in deck.notes} if deck else set()
    return names.pop() if len(names) == 1 else state.config.deck or state.config.root.name


def _note_types(deck: Deck) -> dict[str, dict[str, str | bool]]:
    return {key: {"name": kind.name, "cloze": kind.cloze, "css": kind.css} for key, kind in deck.note_types.items()}


def _notes(deck: Deck, documents: Sequence[Document]) -> list[dict[str, object]]:
    written = {note.where: note for document in documents for note in document.notes}
    return [_entry(note, written[note.where]) for note in deck.notes]


def _entry(note: AnkiNote, written: Note) -> dict[str, object]:
    return {
        "guid": note.guid,
        "label": written.label,
        "question": written.question_text,
        "typeset": _typeset(written) if FORMULA.search(written.question) else "",
        "deck": note.deck,
        "path": note.where.path,
        "line": note.where.line,
        "column": note.where.column,
        "type": note.note_type,
        "ordinals": note.ordinals,
        "tags": note.tags,
    }


def _typeset(note: Note) -> str:
    """The question without mark-up but for its formulas, as safe HTML."""
    pieces = FORMULA.split(note.question)
    return "".join(_formula(piece) if index % 2 else _plain(piece) for index, piece in enumerate(pieces)).strip()


FORMULA = re.compile(r"\\[(\[](.*?)\\[)\]]", re.DOTALL)
"""Brackets that somebody typed and that are no formula's have entities in the HTML."""
TAG = re.compile(r"<[^<>]*>|\x02.\d+\x03")


def _formula(tex: str) -> str:
    tex = html.unescape(tex)
    return math.mathml(tex, display=False) or html.escape(tex)


def _plain(fragment: str) -> str:
    return re.sub(r"\s+", " ", html.escape(html.unescape(TAG.sub("", fragment))))


def _diagnostic(diagnostic: Diagnostic, state: State) -> dict[str, object]:
    where = diagnostic.where
    lines = state.texts.get(where.path, ())
    return {
        "code": diagnostic.code,
        "severity": diagnostic.severity,
        "path": where.path,
        "line": where.line,
        "column": where.column,
        "message": diagnostic.message,
        "hint": diagnostic.hint,
        "text": lines[where.line - 1] if where.line <= len(lines) else "",
    }


def _call(function: str, argument: object) -> bytes:
    return f"deckgen.{function}({json.dumps(argument, ensure_ascii=False, separators=(',', ':'))});\n".encode()


# notes/N.js: the cards of a note.


def _note(note: AnkiNote, deck: Deck, generation: int) -> bytes:
    note_type = deck.note_types[note.note_type]
    shown = {n: sides(cards.render(note, note_type, n), note.fields, n) for n in note.ordinals}
    return _call("note", {"guid": note.guid, "generation": generation, "cards": shown})


def sides(card: Card, fields: Mapping[str, str] = MappingProxyType({}), ordinal: int = 1) -> dict[str, str]:
    """Front and back as a browser shows them: formulas typeset, players for sounds, a box to type into, and what was to be
    typed, which is in the fields.
    """
    front, back = (math.typeset(sounds.with_players(side, card.sounds, _player)) for side in (card.front, card.back))
    return {"front": TYPED.sub(BOX, front), "back": TYPED.sub(partial(_expected, fields, ordinal), back)}


TYPED = re.compile(r"\[\[type:(?:(?P<filter>cloze|nc):)?(?P<field>[^\]]+)\]\]")
BOX = '<center><input type="text" id="typeans" autocomplete="off"></center>'


def _expected(fields: Mapping[str, str], ordinal: int, typed: re.Match[str]) -> str:
    """What Anki shows to whoever typed nothing."""
    if typed["field"] not in fields:
        return ""
    text = fields[typed["field"]]
    text = clozes.reveal_only(text, ordinal, on_front=False) if typed["filter"] == "cloze" else text
    return f"<code id=typeans>{html.escape(plain(text))}</code>"


def _player(sound: Sound | Speech) -> str:
    """What Anki plays by itself, with a button here. Speech stays silent: it is shown as what would be read."""
    if isinstance(sound, Speech):
        return f'<span class="preview-player">🔊 {html.escape(sound.text)}</span>'
    element = "video" if MOVING.search(sound.file) else "audio"
    source = html.escape(quote(sound.file))
    return f'<{element} class="preview-player" controls preload="metadata" src="{source}"></{element}>'


# source/N.html: a file of the author's, line by line.


def _source(path: str, lines: tuple[str, ...], language: str) -> bytes:
    rows = "\n".join(
        f'<li id="L{number}"><a href="#L{number}">{number}</a><code>{html.escape(line) or " "}</code></li>'
        for number, line in enumerate(lines, start=1)
    )
    return SOURCE.format(language=language, path=html.escape(path), rows=rows).encode()


SOURCE = """<!DOCTYPE html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'self'; style-src 'self'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{path}</title>
<script src="../theme.js"></script>
<link rel="stylesheet" href="../page.css">
</head>
<body class="source">
<h1>{path}</h1>
<ol>
{rows}
</ol>
</body>
</html>
"""
