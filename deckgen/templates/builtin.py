"""The built-in note types: `deckgen Cloze` and `deckgen Q&A`, with their templates and the style that both share.

Everything Anki compares is constant from the first release on: the ids of note types, fields and templates, and the
fields' names and order. A changed schema would split a user's notes into two note types.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from deckgen.notes import BUILT_IN, Field, NoteType, Template

FIELDS = (
    Field("Question", 5_113_208_417_101),
    Field("Answer", 5_113_208_417_102),
    Field("Remarks", 5_113_208_417_103),
    Field("Figures", 5_113_208_417_104),
    Field("Label", 5_113_208_417_105),
    Field("Source", 5_113_208_417_106),
    Field("Key", 5_113_208_417_107),
)
FIRST_RELEASE = 1_795_305_600
RELEASED = FIRST_RELEASE + 0
"""The modification time of the built-in look, seconds since 1970. A release that changes templates or style adds one
second more, not its date: it is then newer than the look before and older than anything a user ever edited in Anki."""

NOTE_TYPES = {
    "cloze": (1_698_342_750_613, True, 5_113_208_417_201),
    "qa": (1_698_342_750_614, False, 5_113_208_417_202),
}
"""Each note type's folder here → its id, whether it is a cloze type, its template's id."""

STYLE = "style.css"
SIDES = ("front.html", "back.html")
USER_STYLE = "_deckgen_user.css"
"""Empty, and imported by the style: what a user writes into it in Anki survives every import."""
USER_STYLE_IMPORT = f'@import url("{USER_STYLE}");\n'


def load(kind: str) -> NoteType:
    """The note type `cloze` or `qa` as it is built in."""
    note_type_id, cloze, template_id = NOTE_TYPES[kind]
    front, back = (text(f"{kind}/{side}") for side in SIDES)
    template = Template("Card", template_id, front, back)
    return NoteType(note_type_id, BUILT_IN[kind], cloze, FIELDS, (template,), text(STYLE), RELEASED)


@cache
def text(name: str) -> str:
    """One of the built-in files: `style.css`, `cloze/front.html` …"""
    return (Path(__file__).parent / name).read_text(encoding="utf-8")
