"""Templates → Diagnostics: what Anki would refuse when a note type is saved, or show as an error on its cards.

Nothing else is an error here; what Anki accepts, and yet cannot be meant, is a warning.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deckgen.diagnostics import Diagnostic, meant
from deckgen.notes import Location
from deckgen.templates import language
from deckgen.templates.language import FILTERS, FRONT_SIDE, SPECIAL_FIELDS, SPEECH, Field, Section

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from deckgen.diagnostics import Severity
    from deckgen.templates.language import Filter, Problem, Tree
    from deckgen.templates.sources import Source, TemplateSource


def check(
    note_type_name: str,
    cloze: bool,  # noqa: FBT001 - a property of the note type
    fields: Sequence[str],
    templates: Sequence[TemplateSource],
    clozes: str = "",
) -> list[Diagnostic]:
    """Everything wrong with the templates of one note type, template by template, front before back. `clozes` is the
    field that alone will hold any; empty where that is not known.
    """
    found: list[Diagnostic] = []
    names = tuple(unicodedata.normalize("NFC", name) for name in fields)
    for number, template in enumerate(templates):
        for is_front, source in ((True, template.front), (False, template.back)):
            side = _Side(source, language.parse(source.text), note_type_name, cloze, names, clozes, is_front)
            found += sorted(side.problems(), key=lambda diagnostic: diagnostic.where)
            if cloze and number == 0:
                found += side.no_cloze()
        found += _same_front(template, templates[:number])
    return found


def _same_front(template: TemplateSource, others: Sequence[TemplateSource]) -> Iterator[Diagnostic]:
    """Anki takes two equal fronts for a mistake."""
    for other in others:
        if other.front.text == template.front.text:
            message = f"the template {template.name} has the same front as {other.name}"
            where = Location(template.front.path, 1, 1)
            yield Diagnostic("template-same-front", "error", where, message, "let each front ask for something else")
            return


@dataclass(frozen=True, slots=True)
class _Side:
    source: Source
    tree: Tree
    note_type: str
    cloze: bool
    fields: tuple[str, ...]
    clozes: str
    is_front: bool

    def problems(self) -> Iterator[Diagnostic]:
        swallowed = {problem.start for problem in self.tree.problems if problem.kind == "swallowed"}
        for problem in self.tree.problems:
            if problem.kind == "swallowed" or problem.start not in swallowed:
                yield self._unmatched(problem)
        for node in self.tree.walk():
            if isinstance(node, Section) and node.start not in swallowed:
                yield from self._section(node)
            elif isinstance(node, Field) and node.start not in swallowed:
                yield from self._field(node)
        if self.is_front:
            yield from self._no_field()

    def no_cloze(self) -> Iterator[Diagnostic]:
        """A cloze type asks with its first template, and Anki wants a cloze on both sides of it."""
        nodes = [node for node in self.tree.walk() if isinstance(node, Field)]
        asked = [node.name for node in nodes if "cloze" in [each.name for each in node.filters]]
        side = "the front" if self.is_front else "the back"
        known = self.clozes or next(iter(self.fields), "Field")
        if not asked:
            hint = f"write {{{{cloze:{known}}}}}, with the field that holds the clozes"
            yield self._at(0, "template-no-cloze", "error", f"{side} shows no cloze, as a cloze note type must", hint)
        elif self.clozes and self.clozes not in asked:
            message = f"{side} shows no cloze: there are none in {asked[0]}, and they stand in {self.clozes}"
            yield self._at(0, "template-no-cloze", "error", message, f"write {{{{cloze:{self.clozes}}}}}")

    def _unmatched(self, problem: Problem) -> Diagnostic:
        name, code = _short(problem.name), "template-section"
        severity: Severity = "error"
        if problem.kind == "open":
            severity, code = "warning", "template-brackets"
            message = "these braces are never closed, and shown as text"
            hint = "close them with }}, or write &#123;&#123; for braces to be shown"
        elif problem.kind == "swallowed":
            severity, code = "warning" if self._is_field_at(problem.start) else "error", "template-brackets"
            message, hint = "these braces are not closed before the next ones open", "close them with }}"
        elif problem.kind == "unclosed":
            message = f"the section of {name} is never closed"
            hint = f"write {{{{/{name}}}}} where it ends, before an outer section ends"
        else:
            message = f"this ends a section of {name}, but none is open"
            hint = f"open it with {{{{#{name}}}}} or {{{{^{name}}}}}, or delete it"
        return self._at(problem.start, code, severity, message, hint)

    def _section(self, section: Section) -> Iterator[Diagnostic]:
        if section.name in (*self.fields, *SPECIAL_FIELDS) or _is_card_number(section.name):
            return
        if section.name == FRONT_SIDE:
            message, hint = "FrontSide cannot be a section", "use the field that decides what is shown"
        elif section.name.rpartition(":")[2] in self.fields:
            message = f"a section takes no filter: {_short(section.name)}"
            hint = f"write {{{{#{section.name.rpartition(':')[2]}}}}}"
        else:
            message, hint = self._unknown(section.name)
        yield self._at(section.name_start, "template-field", "error", message, hint)

    def _field(self, field: Field) -> Iterator[Diagnostic]:
        if not field.name and not field.filters:
            yield self._at(field.start, "template-field", "error", "these braces name no field", self._all_fields())
        elif not field.name and [each.name for each in field.filters] != ["tts-voices"]:
            message = "no field stands behind the filter: nothing is shown"
            yield self._at(field.name_start, "template-field", "warning", message, self._all_fields())
        elif field.name and not self._is_known(field.name):
            yield self._at(field.name_start, "template-field", "error", *self._unknown(field.name))
        elif field.name == FRONT_SIDE and self.is_front:
            message = "FrontSide is empty on the front"
            yield self._at(field.name_start, "template-field", "warning", message, "use it on the back")
        if self.source.text[field.start + 2 : field.start + 3] == "{":
            message = "three braces: Anki takes two of them, and shows the others"
            yield self._at(field.start, "template-brackets", "warning", message, "write two, as in {{Field}}")
        if [each.name for each in field.filters] != ["type", "nc"]:
            for each in field.filters:
                yield from self._filter(each)

    def _filter(self, each: Filter) -> Iterator[Diagnostic]:
        if each.name.startswith(SPEECH):
            yield from self._speech(each)
        elif each.name in ("cloze", "cloze-only") and not self.cloze:
            message = f"the filter {each.name} shows nothing in a note type without clozes"
            yield self._at(each.start, "template-filter", "warning", message, "make it a cloze note type, or delete it")
        elif each.name == "tts":
            message = "tts needs a language: Anki reads nothing aloud"
            yield self._at(each.start, "template-filter", "warning", message, SPOKEN)
        elif each.name not in ("", *FILTERS):
            message = f"Anki knows no filter {_short(each.name)}: neither it nor those before it do anything"
            alike = meant(each.name, FILTERS)
            guess = f"; did you mean {alike}?" if alike else ""
            hint = f"the filters are {', '.join(FILTERS)} and tts, in small letters and without spaces{guess}"
            yield self._at(each.start, "template-filter", "warning", message, hint)

    def _speech(self, each: Filter) -> Iterator[Diagnostic]:
        spoken = OPTIONS.fullmatch(each.name.removeprefix(SPEECH))
        if not spoken:
            message = "Anki cannot read these options, and shows them as text"
            yield self._at(each.start, "template-filter", "warning", message, SPOKEN)
        elif not spoken["language"].strip('"'):
            yield self._at(each.start, "template-filter", "error", "tts needs a language", SPOKEN)

    def _no_field(self) -> Iterator[Diagnostic]:
        nodes = [node for node in self.tree.walk() if isinstance(node, Field | Section)]
        if not any(isinstance(node, Field) or not _is_card_number(node.name) for node in nodes):
            message = "this front shows no field, and Anki refuses such a template"
            yield self._at(0, "template-no-field", "error", message, self._all_fields())
        elif not any(isinstance(node, Field) and node.name not in ("", FRONT_SIDE) for node in nodes):
            message = "this front shows no field, and no card will come of it"
            yield self._at(0, "template-no-field", "warning", message, self._all_fields())

    def _is_field_at(self, start: int) -> bool:
        return any(
            isinstance(node, Field) and node.start == start and self._is_known(node.name) for node in self.tree.walk()
        )

    def _is_known(self, name: str) -> bool:
        return name in (*self.fields, *SPECIAL_FIELDS, FRONT_SIDE)

    def _unknown(self, name: str) -> tuple[str, str]:
        """What to say of a field that the note type has not: names are exact, with capitals and spaces."""
        alike = meant(name, (*SPECIAL_FIELDS, FRONT_SIDE, *self.fields))
        guess = f"; did you mean {alike}?" if alike else ""
        if alike and name.strip() == alike:
            guess = ", with no space before them"
        return f"the note type {self.note_type} has no field {_short(name)}", self._all_fields() + guess

    def _all_fields(self) -> str:
        return f"the fields are {', '.join(self.fields)}"

    def _at(self, offset: int, code: str, severity: Severity, message: str, hint: str) -> Diagnostic:
        line, column = language.line_and_column(self.source.text, offset)
        return Diagnostic(code, severity, Location(self.source.path, line, column), message, hint)


def _is_card_number(name: str) -> bool:
    """`c1` as a section: whether this is the card of cloze 1."""
    return bool(CARD_NUMBER.fullmatch(name)) and int(name[1:]) < 1 << 32


SPOKEN = "write it as in {{tts zh_CN:Field}} or {{tts en_US voices=Apple_Samantha speed=0.8:Field}}"
CARD_NUMBER = re.compile(r"c\+?0*[0-9]{1,10}")
OPTIONS = re.compile(
    r'(?P<language>"[^"]*"|[^ \t\r\n"]*)(?:[ \t\r\n]+[^ \t\r\n=]+=(?:"[^"]*"|[^ \t\r\n"]*))*[ \t\r\n]*'
)
LONGEST_NAME = 40


def _short(name: str) -> str:
    """A name as it fits into a sentence: on one line, and not a whole page of template."""
    name = " ".join(name.split())
    return name if len(name) <= LONGEST_NAME else f"{name[:LONGEST_NAME]}…"
