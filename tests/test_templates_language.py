"""Templates: what is right and what is wrong, compared with what the real Anki accepts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from anki.collection import Collection
from anki.errors import CardTypeError
from anki.models import NotetypeId
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deckgen.diagnostics import as_text
from deckgen.templates import builtin, language
from deckgen.templates.check import check
from deckgen.templates.sources import Source, TemplateSource

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from deckgen.diagnostics import Diagnostic

FIELDS = ("Front", "Back", "问题")
FILE = Path(__file__).parent / "fixtures" / "templates" / "checks.txt"


@dataclass
class Case:
    """A title (of a cloze note type with `cloze:`), `.`, fronts and backs with `---` between them, `.`, the diagnostics, `.`."""

    line: int
    title: str
    sides: list[str]
    expected: str

    @property
    def cloze(self) -> bool:
        return self.title.startswith("cloze:")

    def __str__(self) -> str:
        parts = [self.title, ".", "\n---\n".join(self.sides), ".", *([self.expected] if self.expected else []), "."]
        return "\n".join(parts)


def _cases() -> Iterator[Case]:
    lines = FILE.read_text(encoding="utf-8").split("\n")
    marks = [number for number, line in enumerate(lines) if line == "."]
    for start, middle, end in zip(marks[::3], marks[1::3], marks[2::3], strict=True):
        sides = "\n".join(lines[start + 1 : middle]).split("\n---\n")
        yield Case(start, lines[start - 1], sides, "\n".join(lines[middle + 1 : end]))


CASES = list(_cases())


def _templates(sides: Sequence[str]) -> list[TemplateSource]:
    pairs = zip(sides[::2], sides[1::2], strict=True)
    return [
        TemplateSource(f"Card {n}", Source(front, f"front{n}.html"), Source(back, f"back{n}.html"))
        for n, (front, back) in enumerate(pairs, 1)
    ]


def _text(diagnostic: Diagnostic, sources: list[TemplateSource]) -> str:
    texts = {side.path: side.text for template in sources for side in (template.front, template.back)}
    lines = texts[diagnostic.where.path].split("\n")
    return as_text(diagnostic, lines[diagnostic.where.line - 1])


@pytest.fixture(scope="module")
def col(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collection]:
    collection = Collection(str(tmp_path_factory.mktemp("anki") / "collection.anki2"))
    yield collection
    collection.close()


def _anki_refuses(col: Collection, sides: Sequence[str], *, cloze: bool) -> bool:
    """Whether Anki does not save such a note type, or shows an error on the cards of a note."""
    note_type = col.models.new("类型")
    note_type["type"] = int(cloze)
    for name in FIELDS:
        col.models.add_field(note_type, col.models.new_field(name))
    for number, (front, back) in enumerate(zip(sides[::2], sides[1::2], strict=True)):
        template = col.models.new_template(f"Card {number}")
        template["qfmt"], template["afmt"] = front, back
        col.models.add_template(note_type, template)
    try:
        saved = col.models.get(NotetypeId(col.models.add_dict(note_type).id))
    except CardTypeError:
        return True
    assert saved
    note = col.new_note(saved)
    note.fields = ["{{c1::甲}}", "乙", "丙"]
    cards = [note.ephemeral_card(0 if cloze else number) for number in range(len(saved["tmpls"]))]
    shown = [side for card in cards for side in (card.question(), card.answer())]
    col.models.remove(saved["id"])
    return any("template has a problem" in side or "[Error in directive" in side for side in shown)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.line}:{case.title}")
def test_our_errors_are_those_of_anki(case: Case, col: Collection, request: pytest.FixtureRequest) -> None:
    sources = _templates(case.sides)
    found = check("类型", case.cloze, FIELDS, sources)
    result = "\n".join(_text(diagnostic, sources) for diagnostic in found)
    if request.config.getoption("--update") and result != case.expected:
        text = FILE.read_text(encoding="utf-8")
        assert text.count(str(case)) == 1
        FILE.write_text(text.replace(str(case), str(replace(case, expected=result))), encoding="utf-8")
    else:
        assert result == case.expected
    assert any(d.severity == "error" for d in found) == _anki_refuses(col, case.sides, cloze=case.cloze)


PARTS = [
    *(
        "{{",
        "}}",
        "{",
        "}",
        "{{{",
        "{{#",
        "{{^",
        "{{/",
        "#",
        "/",
        "^",
        ":",
        "text:",
        "cloze:",
        "type:",
        "nope:",
        "tts en:",
        "hint:",
    ),
    *(
        "Front",
        "Back",
        "问题",
        "Tags",
        "Card",
        "FrontSide",
        "c1",
        "Nope",
        " ",
        "\n",
        "<b>",
        "<!--",
        "-->",
        "{{=<% %>=}}",
        "<%",
        "%>",
    ),
    *(
        "{{Front}}",
        "{{cloze:Front}}",
        "{{#Back}}",
        "{{/Back}}",
        "{{^Back}}",
        "{{#c1}}",
        "{{/c1}}",
        "{{FrontSide}}",
        "{{Card}}",
    ),
]
TEMPLATE = st.lists(st.sampled_from(PARTS), max_size=7).map("".join)
WITH_FIELD = st.tuples(TEMPLATE, st.sampled_from(["", "{{Front}}", "{{cloze:Front}}"]), TEMPLATE).map("".join)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(front=WITH_FIELD, back=WITH_FIELD, cloze=st.booleans())
def test_our_errors_are_those_of_anki_in_any_template(col: Collection, front: str, back: str, *, cloze: bool) -> None:
    found = check("类型", cloze, FIELDS, _templates([front, back]))
    assert any(d.severity == "error" for d in found) == _anki_refuses(col, [front, back], cloze=cloze)


@given(TEMPLATE)
def test_every_node_stands_where_it_says(template: str) -> None:
    for node in language.parse(template).walk():
        if isinstance(node, language.Text):
            assert template.startswith(node.text, node.start)
        else:
            assert template.startswith(("{{", "<%"), node.start)
            assert template.startswith(node.name, node.name_start)
        if isinstance(node, language.Field):
            assert all(template.startswith(each.name + ":", each.start) for each in node.filters)


def test_lines_and_columns_count_from_one() -> None:
    template = "甲{{A}}\r\n\n  {{问题}}"
    fields = [node for node in language.parse(template).walk() if isinstance(node, language.Field)]
    assert [language.line_and_column(template, field.start) for field in fields] == [(1, 2), (3, 3)]


@pytest.mark.parametrize("name", builtin.NOTE_TYPES)
def test_our_own_templates_are_right(name: str) -> None:
    note_type = builtin.load(name)
    sources = [TemplateSource(t.name, Source(t.front, "front"), Source(t.back, "back")) for t in note_type.templates]
    assert check(note_type.name, note_type.cloze, [field.name for field in note_type.fields], sources) == []
