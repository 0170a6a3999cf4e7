"""ParsedDocument → Diagnostics: everything wrong with the notes that can be seen without drawing or writing.

One small function a rule; RULES at the end lists them, and advice.py those about notes that are right but make poor
cards. A rule's docstring says what it finds and why that matters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from deckgen.advice import ADVICE
from deckgen.diagnostics import Diagnostic
from deckgen.notes import LAST_ORDINAL, Location
from deckgen.patterns import later
from deckgen.syntax.doubts import DOUBTS
from deckgen.syntax.spans import DEPTH

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from markdown_it.token import Token

    from deckgen.notes import ParsedDocument, ParsedNote

Noted = list[tuple["ParsedNote", list["Token"]]]
"""The notes with tokens of which a construct had something to say, and these tokens: few, and many rules look at them."""
QUESTION_HINT = (
    "write questions in bold with a label, as in **Q01：…？**, or as headings that end in a question mark; or say in front "
    "matter how they are written, as in `questions: list`, `questions: tables` or `questions: headings 3`"
)
TOO_MANY_CARDS = f"Anki makes {LAST_ORDINAL} cards of a note at most"
SPLIT_HINT = "split it into several notes, each with a question of its own"


def lint(document: ParsedDocument) -> list[Diagnostic]:
    """Every finding of every rule, in the order of the file."""
    noted = [(note, tokens) for note in document.notes if (tokens := _noted(note))]
    found = [diagnostic for rule in RULES for diagnostic in rule(document, noted)]
    found += [diagnostic for rule in ADVICE for diagnostic in rule(document)]
    return sorted(found, key=lambda diagnostic: diagnostic.where)


def _inline(tokens: Iterable[Token]) -> list[Token]:
    return [part for token in tokens for part in (token, *(token.children or ()))]


NOTED = frozenset(("unclosed", "too_deep", "unsafe", "outside", "beside", "further", DOUBTS))
"""What rules ask about tokens: of most there is nothing else to know than where they stand."""


def _noted(note: ParsedNote) -> list[Token]:
    found: list[Token] = []
    for token in (*note.question, *note.answer, *note.remarks):
        if token.meta and not NOTED.isdisjoint(token.meta):
            found.append(token)
        if token.children:
            found += [child for child in token.children if child.meta and not NOTED.isdisjoint(child.meta)]
    return found


def _at(document: ParsedDocument, token: Token, line: int = 1) -> Location:
    return Location(document.shown, token.meta.get("line", line), token.meta.get("column", 1))


def _doubts(
    document: ParsedDocument, noted: Noted, code: str, outside: Iterable[Token] = ()
) -> Iterator[tuple[Location, str]]:
    """Place and words of what a construct has a doubt of, in notes and in some tokens outside them.

    In a footnote within a line no place is known, and that of the note has to do.
    """
    for line, tokens in (*((note.where.line, tokens) for note, tokens in noted), (1, outside)):
        for doubt in (doubt for token in tokens for doubt in token.meta.get(DOUBTS, ())):
            if doubt["code"] == code:
                yield Location(document.shown, doubt.get("line", line), doubt.get("column", 1)), doubt["text"]


def no_question(document: ParsedDocument, _: Noted) -> Iterator[Diagnostic]:
    """A document without a question makes no card: its author should hear of it."""
    if not document.notes:
        where = Location(document.shown, 1, 1)
        yield Diagnostic("no-question", "warning", where, "no question was found in this file", QUESTION_HINT)


def guessed_questions(document: ParsedDocument, _: Noted) -> Iterator[Diagnostic]:
    """Headings or bold lines of a plain text, taken as questions: where that is wrong, every chapter becomes a card."""
    if document.guessed:
        level = document.style.rpartition(" ")[2]
        value = f"headings {level}" if level.isdigit() else "bold"
        message = f"nothing here says what is a question: they are read as {document.style}"
        hint = f'if that is right, say `questions = "{value}"` in deckgen.toml or `questions: {value}` in front matter;'
        hint += " if not, mark the questions, or leave the file out"
        yield Diagnostic("guessed-questions", "warning", document.notes[0].where, message, hint)


def empty_question(document: ParsedDocument, _: Noted) -> Iterator[Diagnostic]:
    """A label without a question would be a card with an empty front."""
    for note in document.notes:
        if not note.question_text:
            message = f"{note.label} has no question" if note.label else "there is no question here"
            hint = "write the question behind the label" if note.label else "write it here, or take its answer away"
            yield Diagnostic("empty-question", "error", note.where, message, hint)


def no_answer(document: ParsedDocument, _: Noted) -> Iterator[Diagnostic]:
    """A question without an answer would be a card with an empty back; none is made. A list of the questions above their
    answers needs none.
    """
    answered = {note.question_text for note in document.notes if note.answer}
    for note in document.notes:
        if not note.answer and note.question_text and note.question_text not in answered:
            message = "this question has no answer: no card is made of it"
            hint = "write the answer below it, before the next question"
            yield Diagnostic("no-answer", "warning", note.where, message, hint)


def duplicate_question(document: ParsedDocument, _: Noted) -> Iterator[Diagnostic]:
    """Two notes with the same label and the same question cannot be told apart; Anki would keep both for good."""
    seen: dict[tuple[str, str], ParsedNote] = {}
    for note in document.notes:
        first = seen.setdefault((note.label, note.question_text), note) if note.answer else note
        if first is not note:
            message = f"the same question stands on line {first.where.line}"
            hint = "change the label or the question, or delete one of the two"
            yield Diagnostic("duplicate-question", "error", note.where, message, hint)


def unclosed_underline(document: ParsedDocument, noted: Noted) -> Iterator[Diagnostic]:
    """An underline that does not end in its note, or that never began, leaves the phrase untested."""
    for note, tokens in noted:
        for token in tokens:
            if token.type == "underline_open" and token.meta.get("unclosed"):
                where = _at(document, token, note.where.line)
                hint = "close it with </u> before the next question"
                yield Diagnostic("unclosed-underline", "error", where, "this <u> is never closed", hint)
            elif token.type == "underline_close" and token.meta.get("unclosed"):
                where = _at(document, token, note.where.line)
                hint = "open it with <u> in the same answer, or delete it"
                yield Diagnostic("unclosed-underline", "error", where, "this </u> closes nothing", hint)


def unclosed_cloze(document: ParsedDocument, noted: Noted) -> Iterator[Diagnostic]:
    """Anki's `{{c1::` without its `}}` is shown as text; most likely it was meant as a cloze."""
    for note, tokens in noted:
        for token in tokens:
            if token.type == "text" and token.meta.get("unclosed"):
                where = _at(document, token, note.where.line)
                message = f"{token.content} is never closed: it is shown as text"
                hint = "close it with }} before the next question, or put it in `code`"
                yield Diagnostic("unclosed-cloze", "warning", where, message, hint)


def mistyped_cloze(document: ParsedDocument, noted: Noted) -> Iterator[Diagnostic]:
    """What is nearly Anki's `{{c1::` is shown as text, and its phrase is not asked for."""
    for where, text in _doubts(document, noted, "mistyped-cloze"):
        hint = "write {{c1::…}}, with a small c, a number and two plain colons, or <u>…</u>"
        yield Diagnostic("mistyped-cloze", "warning", where, f"{text} begins no cloze: it is shown as text", hint)


def cloze_in_formula(document: ParsedDocument, noted: Noted) -> Iterator[Diagnostic]:
    """MathJax typesets a formula as a whole: with a cloze in it, either its dollars or the cloze would be text."""
    for where, text in _doubts(document, noted, "cloze-in-formula"):
        message = (
            f"a formula cannot be asked for in part: its {'dollars are' if text == '$' else 'cloze is'} shown as text"
        )
        hint = "put the whole formula in the underline: <u>$…$</u>"
        yield Diagnostic("cloze-in-formula", "warning", where, message, hint)


def unclosed_formula(document: ParsedDocument, noted: Noted) -> Iterator[Diagnostic]:
    """A `$$` without another one in its paragraph is shown as it is, and so is all of the formula."""
    for where, text in _doubts(document, noted, "unclosed-formula"):
        hint = f"close the formula with {text}, and leave no empty line in it"
        yield Diagnostic("unclosed-formula", "warning", where, f"this {text} has no other: it is shown as text", hint)


def unclosed_fence(document: ParsedDocument, noted: Noted) -> Iterator[Diagnostic]:
    """A fence without its end makes code of the rest of the file, questions and all."""
    for where, text in _doubts(document, noted, "unclosed-fence", document.outside):
        message = "this fence is never closed: all that follows is code"
        yield Diagnostic(
            "unclosed-fence", "warning", where, message, f"write {text} in a line of its own below the code"
        )


def cloze_in_code(document: ParsedDocument, noted: Noted) -> Iterator[Diagnostic]:
    """Four spaces or a tab, as the first line of a paragraph has in Word, make code of it: its cloze asks for nothing."""
    for where, text in _doubts(document, noted, "cloze-in-code"):
        message = f"this line is indented by four spaces, so it is read as code: {text} is text"
        hint = "take the indent away; if it is code, put it between lines of ```"
        yield Diagnostic("cloze-in-code", "warning", where, message, hint)


def missing_footnote(document: ParsedDocument, noted: Noted) -> Iterator[Diagnostic]:
    """A reference to a footnote that is not there is shown as it is, and so is a footnote with a colon of another kind."""
    for where, text in _doubts(document, noted, "missing-footnote"):
        begins = text.endswith("：")
        message = f"{text} begins no footnote" if begins else f"there is no footnote {text}"
        hint = f"write the footnote as a line of its own, {text.rstrip('：')}: …, with a plain colon"
        yield Diagnostic("missing-footnote", "warning", where, f"{message}: it is shown as text", hint)


def unused_footnote(document: ParsedDocument, noted: Noted) -> Iterator[Diagnostic]:
    """A footnote that nothing refers to is on no card, and neither are the clozes in it."""
    for where, text in _doubts(document, noted, "unused-footnote", document.outside):
        hint = f"write {text} where it belongs, or delete it"
        yield Diagnostic("unused-footnote", "warning", where, "nothing refers to this footnote: it is on no card", hint)


def empty_cloze(document: ParsedDocument, _: Noted) -> Iterator[Diagnostic]:
    """A cloze without text asks for nothing."""
    for note in document.notes:
        for cloze in note.clozes:
            if not cloze.text:
                hint = "put the phrase to ask for inside it, or delete it"
                yield Diagnostic("empty-cloze", "error", cloze.where, "this cloze is empty", hint)


def card_number(document: ParsedDocument, _: Noted) -> Iterator[Diagnostic]:
    """Anki has cards 1 to 500; it would put any other number on a card that shows nothing."""
    for note in document.notes:
        for cloze in note.clozes:
            if cloze.number is not None and not 1 <= cloze.number <= LAST_ORDINAL:
                hint = "write <u>…</u>, which deckgen numbers by itself, or {{c1::…}}"
                message = f"a card number is between 1 and {LAST_ORDINAL}"
                yield Diagnostic("card-number", "error", cloze.where, message, hint)


def too_many_cards(document: ParsedDocument, _: Noted) -> Iterator[Diagnostic]:
    """Clozes beyond Anki's last card would all be on that one, which shows nothing."""
    for note in document.notes:
        if len(note.clozes) <= LAST_ORDINAL:
            continue
        numbers = {cloze.number for cloze in note.clozes} - {None}
        if sum(cloze.number is None for cloze in note.clozes) + len(numbers) > LAST_ORDINAL:
            yield Diagnostic("too-many-cards", "error", note.where, TOO_MANY_CARDS, SPLIT_HINT)


def too_deep(document: ParsedDocument, noted: Noted) -> Iterator[Diagnostic]:
    """The first container of a note whose inside Markdown passes over, or the first cloze that no card asks for."""
    for note, tokens in noted:
        deep = next((token for token in tokens if "too_deep" in token.meta), None)
        if deep is not None:
            where = _at(document, deep, deep.map[0] + 1 if deep.map else note.where.line)
            message = "too many quotes and lists" if deep.block else f"more than {DEPTH} clozes"
            hint = "write it flat: what is inside would be lost"
            yield Diagnostic("too-deep", "error", where, f"{message} stand in one another here", hint)


UNSAFE = later(
    "applet|base|body|button|canvas|dialog|embed|fieldset|form|frame|frameset|head|html|iframe|input|label|legend|link|math"
    "|menu|meta|noframes|noscript|object|optgroup|option|output|param|picture|portal|progress|script|select|slot|style|svg"
    "|template|textarea|title"
)
"""HTML that is left out; of other names in angle brackets, as in `List<String>`, none was meant."""


def unsafe_html(document: ParsedDocument, noted: Noted) -> Iterator[Diagnostic]:
    """A card must not run what stands in somebody's notes: scripts and their like are left out."""
    for _, tokens in noted:
        for token in tokens:
            for line, column, what in token.meta.get("unsafe", ()):
                where = Location(document.shown, line, column)
                hint = 'delete it, or write html = "trusted" into deckgen.toml if all of these notes are your own'
                if what.startswith("<") and not UNSAFE.fullmatch(what, 1, what.find(">")):
                    hint = f"if it is no HTML, write it as code, between backticks; else {hint}"
                yield Diagnostic("unsafe-html", "warning", where, what, hint)


def cloze_outside_answer(document: ParsedDocument, noted: Noted) -> Iterator[Diagnostic]:
    """Only the answer is asked for: a cloze in a question or a remark is shown as an underline."""
    for note, tokens in noted:
        for token in tokens:
            if token.type == "underline_open" and token.meta.get("outside"):
                where = _at(document, token, note.where.line)
                message = "a cloze outside the answer makes no card: it is shown as an underline"
                yield Diagnostic("cloze-outside-answer", "warning", where, message, "move it into the answer")


def underline_outside_note(document: ParsedDocument, _: Noted) -> Iterator[Diagnostic]:
    """Text before the first question, or under a heading without one, makes no card; an underline there was meant to."""
    for token in _inline(document.outside):
        if token.type in ("underline_open", "cloze_open"):
            message = "this underline belongs to no question: no card is made of it"
            hint = "write a question above it, in bold with a label"
            yield Diagnostic("underline-outside-note", "warning", _at(document, token), message, hint)


def possible_question(document: ParsedDocument, _: Noted) -> Iterator[Diagnostic]:
    """In a document that labels its questions, bold text with a question mark is taken as part of the answer, and what
    stands under a heading with one is on no card.
    """
    hint = "give it a label like the other questions have, or take the bold or the question mark away"
    for note in document.notes:
        for where in _possible(document, note.answer):
            answer = f"the answer of {note.label}" if note.label else "the answer above"
            message = f"this reads like a question of its own, but is taken as part of {answer}"
            yield Diagnostic("possible-question", "warning", where, message, hint)
    for where in _possible(document, document.outside):
        message = "this reads like a question, but makes no card: the others here are marked otherwise"
        yield Diagnostic("possible-question", "warning", where, message, "mark it like the others")


def _possible(document: ParsedDocument, tokens: Iterable[Token], key: str = "possible") -> Iterator[Location]:
    for token in tokens:
        if token.meta and token.meta.get(key) and token.map:
            yield Location(document.shown, token.map[0] + 1, 1)


def spaced_repetition(document: ParsedDocument, _: Noted) -> Iterator[Diagnostic]:
    """`Question :: Answer` in a document whose questions are marked otherwise."""
    message = "here stands a card of Spaced Repetition, which makes none: the questions are marked otherwise"
    hint = "write it like the others, or say `questions: spaced` in front matter"
    answers = [token for note in document.notes for token in note.answer]
    for where in _possible(document, [*document.outside, *answers], "spaced"):
        yield Diagnostic("possible-question", "warning", where, message, hint)


def possible_headings(document: ParsedDocument, noted: Noted) -> Iterator[Diagnostic]:
    """Where half of a level's headings ask, or fewer, the others make no cards: but 简述… asks without a question mark."""
    tokens = [*document.outside, *(token for _, found in noted for token in found)]
    beside = sorted((token.map[0] + 1, token.tag[1]) for token in tokens if token.meta.get("beside") and token.map)
    if beside:
        (line, level), *others = beside
        message = "this heading makes no card: it does not ask, as others of its level do"
        if others:
            message += f"; likewise {', '.join(f'line {number}' for number, _ in others)}"
        hint = f"add a question mark, or say `questions: headings {level}` in front matter"
        yield Diagnostic("possible-question", "warning", Location(document.shown, line, 1), message, hint)


def second_answer(document: ParsedDocument, noted: Noted) -> Iterator[Diagnostic]:
    """`追问：…` and its `答：` become part of the answer above, which shows what was to be recalled."""
    for _, tokens in noted:
        for token in tokens:
            if "further" in token.meta:
                where = Location(document.shown, token.meta["further"], 1)
                message = "a second answer begins here: with its question it is taken as part of the answer above"
                hint = "mark that question like the others, or take the mark of this answer away"
                yield Diagnostic("possible-question", "warning", where, message, hint)


RULES: tuple[Callable[[ParsedDocument, Noted], Iterator[Diagnostic]], ...] = (
    no_question,
    guessed_questions,
    empty_question,
    no_answer,
    duplicate_question,
    unclosed_underline,
    unclosed_cloze,
    mistyped_cloze,
    cloze_in_formula,
    unclosed_formula,
    unclosed_fence,
    cloze_in_code,
    missing_footnote,
    unused_footnote,
    empty_cloze,
    card_number,
    too_many_cards,
    too_deep,
    unsafe_html,
    cloze_outside_answer,
    underline_outside_note,
    possible_question,
    possible_headings,
    spaced_repetition,
    second_answer,
)
