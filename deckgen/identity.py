"""Notes + the ledger of earlier builds → what makes each of them the same note at the next import. Pure.

Anki matches a note by its GUID alone and a card by its ordinal alone. A note that the ledger knows keeps both, however
it was reworded, renumbered or moved; a new one gets a GUID from where it stands and what it asks, so that a lost ledger
costs little.
"""

from __future__ import annotations

import base64
import itertools
import operator
from bisect import bisect_left
from typing import TYPE_CHECKING

from deckgen import matching, recognition, surroundings
from deckgen.diagnostics import Diagnostic
from deckgen.hashes import sha256
from deckgen.notes import NOTE_KINDS, Entry, Given, Identity, Look
from deckgen.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from deckgen.notes import AnkiNote, Cloze, Document, Ledger, Note, NoteType
    from deckgen.recognition import Written

GAP = 1000
"""Between the positions of two notes, so that a later one fits in between."""
LAST_POSITION = 999_999
"""Check Database rewrites positions from 1,000,000 on."""
ROOM_AT_THE_END = 100_000
SEVERAL = " … "
"""Between the phrases of one card."""
GUID_BYTES = 10
"""16 characters."""


class Assigned(NamedTuple):
    """What every note that has an answer is given."""

    given: Mapping[str, Sequence[Given | None]]
    """By the document's path, one for each of its notes; None where it has no answer."""
    guesses: tuple[Diagnostic, ...]
    """Close calls."""


def assign(documents: Sequence[Document], ledger: Ledger, *, now: int, elsewhere: Collection[str] = ()) -> Assigned:
    """Recognise every note that the ledger knows, and find a GUID and a place for the others.

    `documents` is the whole project in its order; `elsewhere` names documents that are not among them and still
    exist: their entries are nobody else's. `now` is in seconds since 1970.
    """
    written = recognition.written_notes(documents)
    former, guesses = recognition.recognise(written, ledger, elsewhere)
    known = [ledger.known[former[index]] if index in former else None for index in range(len(written))]
    columns = (
        _guids(written, former, ledger),
        _positions([one.position if one else None for one in known]),
        _created([one.created if one else None for one in known], ledger, now),
        [one is not None for one in known],
    )
    every = map(Given._make, zip(*columns, strict=True))
    given = {d.path: [next(every) if note.answered else None for note in d.outlines] for d in documents}
    return Assigned(given, tuple(guesses))


def of(note: Note, given: Given, ledger: Ledger) -> Identity:
    """Who a note is, with the numbers of its cards."""
    former = ledger.entries[given.guid] if given.known else None
    return Identity(
        guid=given.guid,
        kind=former.kind if former else ("cloze" if note.clozes else "qa"),
        ordinals=ordinals(note, former),
        position=given.position,
        created=given.created,
        former=former,
    )


def _guids(written: Sequence[Written], former: Mapping[int, str], ledger: Ledger) -> list[str]:
    found = [former.get(index, "") for index in range(len(written))]
    if len(former) == len(written):
        return found
    taken = set(ledger.known)
    for index, w in enumerate(written):
        if not found[index]:
            found[index] = next(new for new in _possible_guids(w) if new not in taken)
            taken.add(found[index])
    return found


def _possible_guids(w: Written) -> Iterator[str]:
    """From the place and the question: of two projects with an `a.md` and a Q1, neither may replace the other's note in
    Anki. Then with a number: an older note may have asked the same in this place.
    """
    place = (w.document.path, w.outline.label, w.outline.question_text)
    yield guid(*place)
    for number in itertools.count():
        yield guid(*place, str(number))


def guid(*parts: str) -> str:
    """A GUID that depends on nothing but these parts: ASCII letters and digits, one case, so that a search finds it."""
    digest = sha256("\0".join(("deckgen", *parts)).encode()).digest()
    return base64.b32encode(digest[:GUID_BYTES]).decode("ascii").lower()


def guid_of_type(known: Identity | Entry, note_type: str) -> str:
    """The GUID of a note's form in this note type: a GUID never changes its note type (Anki would refuse the update)."""
    return known.guid if note_type == known.kind else guid(known.guid, note_type)


def note_type_of(entry: Entry) -> str:
    """The note type of the note's main form: `cloze`, `qa`, or one of the project's own."""
    return entry.own_type or ("cloze" if entry.clozes else "qa")


def ordinals(note: Note, former: Entry | None = None) -> tuple[int, ...]:
    """The card number of each cloze, from 1: the one its phrase has or had; for a new phrase one that none ever had.

    A number that the author gave is his. Phrases are found by their text, then by likeness.
    """
    clozes = note.clozes
    if (plain := _plain_ordinals(note, former)) is not None:
        return plain
    numbers = {index: cloze.number for index, cloze in enumerate(clozes) if cloze.number is not None}
    active, retired = (
        {number: text for number, text in known.items() if number not in numbers.values()}
        for known in ((former.clozes, former.retired) if former else ({}, {}))
    )
    for known in (active, retired):
        found = _with_same_text(note, former, numbers, known)
        numbers |= found
        for number in found.values():
            del known[number]
    numbers |= _reworded(clozes, numbers, active)
    ever = (*(former.clozes if former else ()), *(former.retired if former else ()))
    used = {*ever, *numbers.values()}
    following = max(ever, default=0) + 1
    for index in range(len(clozes)):
        if index not in numbers:
            while following in used:
                following += 1
            numbers[index] = following
            used.add(following)
    return tuple(numbers[index] for index in range(len(clozes)))


def numbers_taken(note: Note, who: Identity) -> Iterator[Diagnostic]:
    """Numbers of the author's that were the card of another phrase at the last build: its history goes with them."""
    if who.former is None or all(cloze.number is None for cloze in note.clozes):
        return
    phrases: dict[int, list[Cloze]] = {}
    for cloze in note.clozes:
        if cloze.number is not None:
            phrases.setdefault(cloze.number, []).append(cloze)
    free = max((*who.ordinals, *who.former.clozes, *who.former.retired)) + 1
    for number, clozes in phrases.items():
        before = who.former.clozes.get(number)
        if before is None or any(_is_or_was(cloze.text, before) for cloze in clozes):
            continue
        message = f"card {number} was that of “{before}” until now: “{clozes[0].text}” gets its history"
        hint = f"take the number away, so that deckgen finds one, or write a number that none had, from {free} on"
        yield Diagnostic("number-taken", "warning", clozes[0].where, message, hint)


def _is_or_was(text: str, before: str) -> bool:
    """Whether a phrase is what a card asked for, or one of several that it asked for."""
    return any(
        text == part or recognition.phrase_score(matching.words(part), matching.words(text)) > 0
        for part in before.split(SEVERAL)
    )


def _plain_ordinals(note: Note, former: Entry | None) -> tuple[int, ...] | None:
    """Those of nearly every note, where nothing has to be found out: a new one, or one with the same phrases in the
    same order; else None.
    """
    if any(cloze.number is not None for cloze in note.clozes):
        return None
    if former is None:
        return tuple(range(1, len(note.clozes) + 1))
    texts = [cloze.text for cloze in note.clozes]
    if texts != list(former.clozes.values()):
        return None
    return tuple(former.clozes) if len(set(texts)) == len(texts) or former.answer == note.answer_text else None


def _with_same_text(
    note: Note, former: Entry | None, numbers: Mapping[int, int], known: Mapping[int, str]
) -> dict[int, int]:
    """The numbers of clozes that have none yet and whose text is known."""
    found: dict[int, int] = {}
    for text in dict.fromkeys(cloze.text for cloze in note.clozes):
        same = [number for number, before in known.items() if before == text]
        rest = [index for index, cloze in enumerate(note.clozes) if cloze.text == text and index not in numbers]
        if former is None or max(len(same), len(rest)) <= 1:
            found |= zip(rest, same, strict=False)
            continue
        around = surroundings.formerly(former, text)
        places = [surroundings.now(note, index) for index in rest if around]
        scores = {
            (i, j): 0.01 / (1 + abs(i - j))
            + (surroundings.likeness(around[number], places[j]) if number in around else 0)
            for i, number in enumerate(same)
            for j in range(len(rest))
        }
        found |= {rest[j]: same[i] for i, j in matching.assign(scores).items()}
    return found


def _reworded(clozes: Sequence[Cloze], numbers: Mapping[int, int], active: Mapping[int, str]) -> dict[int, int]:
    rest = [index for index in range(len(clozes)) if index not in numbers]
    known = list(active)
    if not rest or not known:
        return {}
    old, new = [matching.words(active[n]) for n in known], [matching.words(clozes[index].text) for index in rest]
    scores = {
        (i, j): score + 0.01 * (1 - abs(i / len(old) - j / len(new)))  # of equals, those in the same place
        for i, a in enumerate(old)
        for j, b in enumerate(new)
        if (score := recognition.phrase_score(a, b)) > 0
    }
    return {rest[j]: known[i] for i, j in matching.assign(scores).items()}


def _positions(former: Sequence[int | None]) -> list[int]:
    """Positions in Anki's queue of new cards: known notes keep theirs as far as they stand in that order, the others
    come between their neighbours.
    """
    anchors = _longest_rising(former)
    if len(anchors) == len(former):
        return [position for position in former if position is not None]
    result = [0] * len(former)
    low, run = 0, list[int]()
    for index, position in enumerate(former):
        if index not in anchors or position is None:
            run.append(index)
            continue
        if run:
            _spread(run, low, position, result)
            run = []
        result[index] = low = position
    room = LAST_POSITION - low
    step = min(GAP, max(room - ROOM_AT_THE_END, room // 2) // (len(run) + 1))
    _spread(run, low, low + step * (len(run) + 1), result)
    return result


def _spread(run: Sequence[int], low: int, high: int, result: list[int]) -> None:
    """Give a run of notes positions between two; without room they share the lower one, and card ids decide."""
    step = (high - low) // (len(run) + 1)
    for number, index in enumerate(run, 1):
        result[index] = max(low + step * number, 1)


def _longest_rising(positions: Sequence[int | None]) -> set[int]:
    """The indices of the longest run of rising positions, not necessarily adjacent (patience sorting)."""
    there = [position for position in positions if position is not None]
    if all(map(operator.lt, there, there[1:])):
        return {index for index, position in enumerate(positions) if position is not None}
    ends, tails, before = list[int](), list[int](), dict[int, int]()
    for index, position in enumerate(positions):
        if position is None:
            continue
        place = bisect_left(ends, position)
        if place:
            before[index] = tails[place - 1]
        ends[place : place + 1] = [position]
        tails[place : place + 1] = [index]
    chosen = set[int]()
    last = tails[-1] if tails else None
    while last is not None:
        chosen.add(last)
        last = before.get(last)
    return chosen


def _created(former: Sequence[int | None], ledger: Ledger, now: int) -> list[int]:
    """A second of its own for each note: its first build, or for the many of one build the seconds before it."""
    known = [created for created in former if created is not None]
    if len(set(known)) == len(former):
        return known
    result: list[int | None] = []
    used = {one.created for one in ledger.known.values()}
    seen: set[int] = set()
    for created in former:
        result.append(None if created in seen else created)
        if created is not None:
            seen.add(created)
    free = max(now, len(former) + len(used))  # so that none comes before 1970, as with SOURCE_DATE_EPOCH=0
    for index in range(len(result) - 1, -1, -1):
        if result[index] is None:
            while free in used:
                free -= 1
            result[index] = free
            used.add(free)
    return [second for second in result if second is not None]


# After rendering: what the ledger will remember.


def stamp(w: Note, document: Document, identity: Identity, made: Sequence[AnkiNote], now: int) -> Entry:
    """What to remember of a note now that its fields are known. `Entry.modified` changes with them alone, and then it
    is later than it was: Anki compares whole seconds and takes an update only if it is newer.
    """
    former = identity.former
    content = _content(made)
    modified = now
    if former is not None:
        modified = former.modified if former.content == content else max(now, former.modified + 1)
    clozes: dict[int, str] = {}
    for number, cloze in zip(identity.ordinals, w.clozes, strict=True):
        clozes[number] = f"{clozes[number]}{SEVERAL}{cloze.text}" if number in clozes else cloze.text
    retired: Mapping[int, str] = {}
    if former:
        known = {**former.retired, **former.clozes}
        retired = {number: text for number, text in sorted(known.items()) if number not in clozes}
    entry = Entry(
        guid=identity.guid,
        kind=identity.kind,
        path=document.path,
        name=w.name,
        label=w.label,
        question=w.question_text,
        answer=w.answer_text,
        deck=document.deck,
        clozes=clozes,
        retired=retired,
        position=identity.position,
        created=identity.created,
        modified=modified,
        content=content,
        own_type="" if not made or made[0].note_type in NOTE_KINDS else made[0].note_type,
        beside=made[1].note_type if len(made) > 1 else "",
    )
    return former if former == entry else entry


def _content(made: Iterable[AnkiNote]) -> str:
    """A hash of all that Anki gets of a note but its deck and its times. U+001F is what Anki parts fields with."""
    parts: list[str] = []
    for note in made:
        parts += (note.note_type, " ".join(note.tags))
        for field in sorted(note.fields.items()):
            parts += field
    return sha256("\x1f".join(parts).encode()).hexdigest()[:16]


def look(note_type: NoteType, former: Look | None, now: int, *, push: bool = False) -> Look:
    """What to remember of a note type, and its time. A new look is one second newer than the former: newer than what an
    import brought, older than anything the user changed in Anki since. `push` makes it newer than that too.
    """
    templates = [[template.name, template.front, template.back] for template in note_type.templates]
    digest = _hash([note_type.name, templates, note_type.css])
    released = min(note_type.modified, now)
    if push:
        modified = max(now, (former.modified if former else note_type.modified) + 1)
    elif former is None:
        modified = released
    else:
        modified = former.modified if former.hash == digest else max(released, former.modified + 1)
    return Look(digest, modified, *schema(note_type))


def schema(note_type: NoteType) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names of a note type's fields, and those of its cards where it has several: Anki updates no note whose note type
    has others.
    """
    cards = tuple(template.name for template in note_type.templates)
    return tuple(field.name for field in note_type.fields), cards if len(cards) > 1 else ()


def removed(entry: Entry) -> Entry:
    """The same entry, of a note that is gone: its GUID and its ordinals stay taken."""
    return entry._replace(removed=True)


def _hash(value: object) -> str:
    import json  # noqa: PLC0415 - a check needs none of it

    text = json.dumps(value, ensure_ascii=False)
    return sha256(text.encode()).hexdigest()[:16]
