"""Anki's note types: their fields, and the templates and the style of their cards.

Everything Anki compares is constant from the first release on: the ids of note types, fields and templates, and the
fields' names and order. A changed schema would split a user's notes into two note types.
"""

from __future__ import annotations

from importlib.resources import files

from deckgen.notes import Field, NoteType, Template

FIELDS = (
    Field("Question", 5_113_208_417_101),
    Field("Answer", 5_113_208_417_102),
    Field("Remarks", 5_113_208_417_103),
    Field("Figures", 5_113_208_417_104),
    Field("Label", 5_113_208_417_105),
    Field("Source", 5_113_208_417_106),
    Field("Key", 5_113_208_417_107),
)
RELEASED = 1_795_305_600
"""When these templates and this style last changed, seconds since 1970: an import replaces a user's older edit only."""


def load(name: str) -> NoteType:
    """The note type `cloze` or `qa`, with its templates and the style that both share."""
    note_type_id, title, cloze, template_id = NOTE_TYPES[name]
    folder = files(__package__)
    front, back = (folder.joinpath(name, side).read_text(encoding="utf-8") for side in ("front.html", "back.html"))
    return NoteType(
        id=note_type_id,
        name=title,
        cloze=cloze,
        fields=FIELDS,
        templates=(Template("Card", template_id, front, back),),
        css=folder.joinpath("style.css").read_text(encoding="utf-8"),
        modified=RELEASED,
    )


NOTE_TYPES = {
    "cloze": (1_698_342_750_613, "deckgen Cloze", True, 5_113_208_417_201),
    "qa": (1_698_342_750_614, "deckgen Q&A", False, 5_113_208_417_202),
}
"""Each note type's folder here → its id, its name in Anki, whether it is a cloze type, its template's id."""
