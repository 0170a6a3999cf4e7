"""Which note of the sources is which of the ledger: by its name, by its question, by its likeness. Pure.

Bounds of likeness were chosen by letting a simulated author edit look-alike notes at random, as the tests do.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, NamedTuple

from deckgen import matching
from deckgen.characters import is_wide
from deckgen.diagnostics import Diagnostic

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from deckgen.notes import Document, Entry, Note

SAME = 0.5
"""Likeness from which two notes are one, where a phrase that is asked for stands in both."""
SAME_WITHOUT_CLOZES = 0.6
SAME_WITH_OTHER_CLOZES = 0.7
CLOSE_CALL = 0.1
"""Likeness so near to the bound, or to that of another note, is a guess and is said."""
SAME_PHRASE = 0.6
"""Two thirds of the words kept, the others replaced, gives 0.67."""
TELLING_PHRASE = 2
"""A phrase of one word may stand in any note."""
TELLING_REST = 5
"""A rest of fewer words speaks for it less."""
LONG_PHRASE, EXTENDED, KEPT = 4, 0.4, 0.9
"""A phrase of so many words may grow to that likeness, if it keeps nearly all of them."""


class Written(NamedTuple):
    """A note of the sources, with where it stands."""

    document: Document
    note: Note
    key: tuple[str, str, str]
    """Path, label, and the question where the label does not tell it apart: what a new GUID is made of."""


def written_notes(document: Document) -> Iterator[Written]:
    """The notes of a document that have an answer, in its order."""
    labels = Counter(note.label for note in document.notes)
    for note in document.notes:
        if note.answered:
            question = "" if note.label and labels[note.label] == 1 else note.question_text
            yield Written(document, note, (document.path, note.label, question))


def recognise(written: Sequence[Written], entries: Sequence[Entry]) -> tuple[dict[int, Entry], list[Diagnostic]]:
    """The entry of each note that has one, by the note's index; names that clash, and close calls."""
    former, mistakes = _by_name(written, entries)
    former |= _by_question(written, entries, former)
    known = {entry.guid for entry in former.values()}
    rest = [index for index in range(len(written)) if index not in former]
    gone = [entry for entry in entries if entry.guid not in known and not entry.removed]
    found, guesses = _by_likeness([written[index] for index in rest], gone)
    return former | {rest[index]: entry for index, entry in found.items()}, [*mistakes, *guesses]


def _by_name(written: Sequence[Written], entries: Sequence[Entry]) -> tuple[dict[int, Entry], list[Diagnostic]]:
    """`{#name}` is the author's word: the note that had this name, or this GUID. Never two notes are one."""
    if not any(w.note.name for w in written):
        return {}, []
    names = {entry.name: entry for entry in entries if entry.name} | {entry.guid: entry for entry in entries}
    found: dict[str, int] = {}
    mistakes = []
    for index, w in enumerate(written):
        if w.note.name not in names:
            continue
        first = found.setdefault(names[w.note.name].guid, index)
        if first != index:
            other = written[first].note
            message = f"{{#{w.note.name}}} and {{#{other.name}}} at {other.where.path}:{other.where.line} name one note"
            hint = "take the name away from one of the two"
            mistakes.append(Diagnostic("duplicate-name", "error", w.note.where, message, hint))
    return {index: names[written[index].note.name] for index in found.values()}, mistakes


def _by_question(written: Sequence[Written], entries: Sequence[Entry], former: Mapping[int, Entry]) -> dict[int, Entry]:
    """The same question, word for word; where several notes ask it, those that fit best. A removed note may return."""
    known = {entry.guid for entry in former.values()}
    asked: dict[str, list[int]] = defaultdict(list)
    for index, w in enumerate(written):
        if index not in former:
            asked[w.note.question_text].append(index)
    remembered: dict[str, list[Entry]] = defaultdict(list)
    for entry in sorted(entries, key=lambda entry: (entry.removed, entry.guid)):
        same = remembered[entry.question]
        if entry.question in asked and entry.guid not in known and not (entry.removed and same and not same[0].removed):
            same.append(entry)
    found: dict[int, Entry] = {}
    for question, indices in asked.items():
        old = remembered.get(question, [])
        if len(old) == len(indices) == 1:
            if _may_be(old[0], written[indices[0]].note):
                found[indices[0]] = old[0]
        elif old:
            pairs = matching.pair(old, [written[index] for index in indices], _same_question)
            found |= {indices[new]: old[entry] for entry, new in pairs.items()}
    return found


def _may_be(entry: Entry, note: Note) -> bool:
    return not (entry.name and note.name) or entry.name == note.name


def _same_question(entry: Entry, w: Written) -> float:
    if not _may_be(entry, w.note):
        return 0.0
    place = 0.3 * (entry.path == w.document.path) + 0.2 * (entry.label == w.note.label)
    return 0.01 + place + matching.similarity(matching.words(entry.answer), matching.words(w.note.answer_text))


class _Words(NamedTuple):
    """A note's texts, as words."""

    question: list[str]
    answer: list[str]
    rest: list[str]
    """The answer without its phrases."""
    phrases: list[list[str]]

    def all(self) -> list[str]:
        return self.question + self.answer


def _words(question: str, answer: str, phrases: Sequence[str]) -> _Words:
    rest = answer
    for phrase in phrases:
        rest = rest.replace(phrase, " ", 1)
    split = [matching.words(phrase) for phrase in phrases]
    return _Words(matching.words(question), matching.words(answer), matching.words(rest), split)


def _by_likeness(written: Sequence[Written], entries: Sequence[Entry]) -> tuple[dict[int, Entry], list[Diagnostic]]:
    """The pairing of the rest that fits best as a whole, over the whole project."""
    if not written or not entries:
        return {}, []
    old = [_words(e.question, e.answer, list(e.clozes.values())) for e in entries]
    new = [_words(n.question_text, n.answer_text, [c.text for c in n.clozes]) for n in (w.note for w in written)]
    margins: dict[tuple[int, int], float] = {}
    scores: matching.Scores = {}
    for i, j in matching.plausible([words.all() for words in old], [words.all() for words in new]):
        if not _may_be(entries[i], written[j].note):
            continue
        likeness, bound = _likeness(old[i], new[j])
        place = (entries[i].path == written[j].document.path) + (entries[i].label == written[j].note.label != "")
        margin = likeness + 0.03 * place - bound
        if written[j].note.name:  # a name that no note had: the author says that this is another one, if asked
            margin -= CLOSE_CALL
        margins[i, j] = margin
        if margin >= 0:
            scores[i, j] = likeness + 0.05 * place
    pairs = matching.assign(scores)
    found = {new_index: entries[old_index] for old_index, new_index in pairs.items()}
    return found, list(_close_calls(written, entries, margins, scores, pairs))


def _likeness(old: _Words, new: _Words) -> tuple[float, float]:
    """How alike two notes are, and how alike they must be: less where a phrase stands in both, more where all differ.

    The answers count by their text, by their phrases, or by what is around those, whichever speaks most for it.
    """
    question = matching.similarity(old.question, new.question)
    answer = matching.similarity(old.answer, new.answer)
    if not old.phrases or not new.phrases:
        return (question + answer) / 2, SAME_WITHOUT_CLOZES
    pairs = matching.pair(old.phrases, new.phrases, phrase_score)
    shared = sum(phrase_score(old.phrases[i], new.phrases[j]) * len(old.phrases[i]) for i, j in pairs.items())
    phrases = shared / max(sum(map(len, old.phrases)), sum(map(len, new.phrases)), 1)
    telling = min(1.0, min(_size(old.rest), _size(new.rest)) / TELLING_REST)
    rest = matching.similarity(old.rest, new.rest) * (1 + telling) / 2
    return (question + max(answer, phrases, rest)) / 2, _bound(old, new, pairs)


def _bound(old: _Words, new: _Words, pairs: Mapping[int, int]) -> float:
    if any(min(len(old.phrases[i]), len(new.phrases[j])) >= TELLING_PHRASE for i, j in pairs.items()):
        return SAME
    same = any(old.phrases[i] == new.phrases[j] for i, j in pairs.items())
    return SAME_WITHOUT_CLOZES if same else SAME_WITH_OTHER_CLOZES


def _size(words: Sequence[str]) -> float:
    """How much a text says, in words: a Chinese word has two characters, a mark says nothing."""
    return sum(0.5 if is_wide(word[0]) else 1.0 for word in words if word[0].isalnum())


def _close_calls(
    written: Sequence[Written],
    entries: Sequence[Entry],
    margins: Mapping[tuple[int, int], float],
    scores: matching.Scores,
    pairs: Mapping[int, int],
) -> Iterator[Diagnostic]:
    taken = {new: old for old, new in pairs.items()}
    rivals: dict[int, float] = defaultdict(float)
    for (i, j), score in scores.items():
        if taken.get(j) != i:
            rivals[j] = max(rivals[j], score)
    alone: dict[int, list[tuple[float, int]]] = defaultdict(list)
    for (i, j), margin in margins.items():
        if i not in pairs and j not in taken:
            alone[j].append((margin, i))
    for j, w in enumerate(written):
        if j in taken:
            pair = taken[j], j
            if margins[pair] < CLOSE_CALL or scores[pair] - rivals[j] < CLOSE_CALL / 2:
                yield _guess(w, entries[taken[j]], "taken as the note that was")
            continue
        margin, nearest = max(alone[j], default=(-1.0, 0))
        if margin >= -CLOSE_CALL and not w.note.name:
            yield _guess(w, entries[nearest], "taken as a new note, though it reads like the removed")


def _guess(w: Written, entry: Entry, decision: str) -> Diagnostic:
    place = " ".join(part for part in (entry.path, entry.label) if part)
    message = f"“{w.note.question_text}” is {decision} “{entry.question}” ({place})"
    hint = f"decide it: write {{#{entry.guid}}} behind the question if it is that note, {{#any-name}} if it is another"
    return Diagnostic("identity-guess", "warning", w.note.where, message, hint)


def phrase_score(old: Sequence[str], new: Sequence[str]) -> float:
    """How alike two phrases are; 0 where they are not the same phrase, reworded or extended."""
    similarity = matching.similarity(old, new)
    extended = len(old) >= LONG_PHRASE and similarity >= EXTENDED and matching.kept(old, new) >= KEPT
    return similarity if similarity >= SAME_PHRASE or extended else 0.0
