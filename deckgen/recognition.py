"""Which note of the sources is which of the ledger: by its name, by its question, by its likeness. Pure.

Bounds of likeness were chosen by letting a simulated author edit look-alike notes at random, as the tests do.
"""

from __future__ import annotations

from collections import defaultdict
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Generic, TypeVar

from deckgen import matching
from deckgen.characters import is_wide
from deckgen.diagnostics import Diagnostic
from deckgen.patterns import later
from deckgen.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from deckgen.notes import Document, Entry, Known, Ledger, Note, Outline

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


Key = TypeVar("Key")


class Written(NamedTuple):
    """A note of the sources that has an answer, with where it stands."""

    document: Document
    place: int
    """Its place in the document, from 0."""
    outline: Outline


def written_notes(documents: Iterable[Document]) -> list[Written]:
    """Those of these documents, in their order."""
    return [
        Written(document, index, outline)
        for document in documents
        for index, outline in enumerate(document.outlines)
        if outline.answered
    ]


class _Texts:
    """Notes and entries as a whole, for those few that their question does not tell. A document is unpacked once."""

    def __init__(self, entries: Mapping[str, Entry]) -> None:
        self._entries = entries
        self._documents: dict[str, Sequence[Note]] = {}

    def note(self, w: Written) -> Note:
        path = w.document.path
        if path not in self._documents:
            self._documents[path] = tuple(w.document.notes)
        return self._documents[path][w.place]

    def entry(self, guid: str) -> Entry:
        return self._entries[guid]


def recognise(
    written: Sequence[Written], ledger: Ledger, elsewhere: Collection[str] = ()
) -> tuple[dict[int, str], list[Diagnostic]]:
    """The GUID of each note that the ledger knows, by the note's index; names that clash, and close calls. Entries of
    the documents `elsewhere` are nobody's.
    """
    known = ledger.known
    if elsewhere:
        known = {guid: one for guid, one in known.items() if one.path not in elsewhere}
    if not known:
        return {}, []
    texts = _Texts(ledger.entries)
    former, mistakes = _by_name(written, known)
    former |= _by_question(written, known, former, texts)
    taken = set(former.values())
    rest = [index for index in range(len(written)) if index not in former]
    gone = [guid for guid, one in known.items() if guid not in taken and not one.removed]
    found, guesses = _by_likeness([written[index] for index in rest], gone, texts)
    return former | {rest[index]: guid for index, guid in found.items()}, [*mistakes, *guesses]


def _by_name(written: Sequence[Written], known: Mapping[str, Known]) -> tuple[dict[int, str], list[Diagnostic]]:
    """`{#name}` is the author's word: the note that had this name, or this GUID. Never two notes are one."""
    if not any(w.outline.name for w in written):
        return {}, []
    names = {one.name: guid for guid, one in known.items() if one.name} | {guid: guid for guid in known}
    found: dict[str, int] = {}
    mistakes = []
    for index, w in enumerate(written):
        if w.outline.name not in names:
            continue
        first = found.setdefault(names[w.outline.name], index)
        if first != index:
            other = written[first].outline
            place = f"{other.where.path}:{other.where.line}"
            message = f"{{#{w.outline.name}}} and {{#{other.name}}} at {place} name one note"
            hint = "take the name away from one of the two"
            mistakes.append(Diagnostic("duplicate-name", "error", w.outline.where, message, hint))
    return {index: guid for guid, index in found.items()}, mistakes


def _by_question(
    written: Sequence[Written], known: Mapping[str, Known], former: Mapping[int, str], texts: _Texts
) -> dict[int, str]:
    """The same question, word for word; where several notes ask it, those that fit best. A removed note may return."""
    taken = set(former.values())
    new = _by_text({index: w.outline.question_text for index, w in enumerate(written) if index not in former})
    old = _by_text({guid: one.question for guid, one in known.items() if guid not in taken})
    found: dict[int, str] = {}
    for question, index in new.only.items():
        if (guid := old.only.get(question)) is not None and _may_be(known[guid].name, written[index]):
            found[index] = guid
    for question in {**new.several, **old.several}:
        indices = new.of(question)
        among = [written[index] for index in indices]
        guids = sorted(old.of(question))
        guids = [guid for guid in guids if not known[guid].removed or _is_back(texts.entry(guid), among)] or guids
        entries = [texts.entry(guid) for guid in guids]
        pairs = matching.pair(entries, among, partial(_same_question, texts))
        found |= {indices[new_one]: guids[entry] for entry, new_one in pairs.items()}
    return found


class _ByText(NamedTuple, Generic[Key]):
    """What has each text. Nearly every question is asked once: a list for each would take five times as long."""

    only: dict[str, Key]
    several: dict[str, list[Key]]

    def of(self, text: str) -> list[Key]:
        return self.several.get(text) or ([self.only[text]] if text in self.only else [])


def _by_text(texts: Mapping[Key, str]) -> _ByText[Key]:
    only: dict[str, Key] = dict(zip(texts.values(), texts, strict=True))
    several: dict[str, list[Key]] = {}
    if len(only) == len(texts):  # nearly always, and in a third of the time
        return _ByText(only, several)
    only = {}
    for key, text in texts.items():
        first = only.setdefault(text, key)
        if first != key:
            several.setdefault(text, [first]).append(key)
    for text in several:
        del only[text]
    return _ByText(only, several)


def _may_be(name: str, w: Written) -> bool:
    """Whether the note may be one that had this name."""
    return not (name and w.outline.name) or name == w.outline.name


def _is_back(removed: Entry, among: Iterable[Written]) -> bool:
    """Whether one of these notes, which ask its question, stands where it stood."""
    return any((removed.path, removed.label) == (w.document.path, w.outline.label) for w in among)


def _same_question(texts: _Texts, entry: Entry, w: Written) -> float:
    if not _may_be(entry.name, w):
        return 0.0
    place = 0.3 * (entry.path == w.document.path) + 0.2 * (entry.label == w.outline.label)
    answer = texts.note(w).answer_text
    return 0.01 + place + matching.similarity(matching.words(entry.answer), matching.words(answer))


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


def _by_likeness(
    written: Sequence[Written], guids: Sequence[str], texts: _Texts
) -> tuple[dict[int, str], list[Diagnostic]]:
    """The pairing of the rest that fits best as a whole, over the whole project."""
    if not written or not guids:
        return {}, []
    entries = [texts.entry(guid) for guid in guids]
    old = [_words(e.question, e.answer, list(e.clozes.values())) for e in entries]
    new = [_words(n.question_text, n.answer_text, [c.text for c in n.clozes]) for n in map(texts.note, written)]
    margins: dict[tuple[int, int], float] = {}
    scores: matching.Scores = {}
    for i, j in matching.plausible([words.all() for words in old], [words.all() for words in new]):
        if not _may_be(entries[i].name, written[j]):
            continue
        likeness, bound = _likeness(old[i], new[j])
        place = (entries[i].path == written[j].document.path) + (entries[i].label == written[j].outline.label != "")
        margin = likeness + 0.03 * place - bound
        if written[j].outline.name:  # a name that no note had: the author says that this is another one, if asked
            margin -= CLOSE_CALL
        margins[i, j] = margin
        if margin >= 0:
            scores[i, j] = likeness + 0.05 * place
    pairs = matching.assign(scores)
    found = {new_index: guids[old_index] for old_index, new_index in pairs.items()}
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
        if margin >= -CLOSE_CALL and not w.outline.name:
            yield _guess(w, entries[nearest], "taken as a new note, though it reads like the removed")


def _guess(w: Written, entry: Entry, decision: str) -> Diagnostic:
    place = " ".join(part for part in (entry.path, entry.label) if part)
    message = f"“{w.outline.question_text}” is {decision} “{entry.question}” ({place})"
    hint = f"decide it: write {{#{entry.guid}}} behind the question if it is that note, {{#any-name}} if it is another"
    return Diagnostic("identity-guess", "warning", w.outline.where, message, hint)


LONG_WORD = 6
"""Letters of a word that stays the same with one of them wrong or two exchanged: `fliter`."""


NEGATION = later(
    r"不(?![仅但管论断])|(?<!除)非(?![常洲])|无(?![论非])|未(?!来)|没|(?<![区分级类特个辨识鉴判])别(?![名人的])"
)
NEGATIVE_WORDS = frozenset(("not", "no", "non", "never", "without", "cannot"))
NEGATIVE_PREFIXES = ("un", "in", "im", "non")


def phrase_score(old: Sequence[str], new: Sequence[str]) -> float:
    """How alike two phrases are; 0 where they are not the same phrase, reworded or extended, or one word with a slip, or
    where one of them says the opposite by a negation.
    """
    score = _likeness_of_phrases(old, new)
    return score if score and not _negates(old, new) else 0.0


def _negates(old: Sequence[str], new: Sequence[str]) -> bool:
    """Whether one of the two has a negation and the other none."""
    if _is_negative(old) != _is_negative(new):
        return True
    one, other = set(old) - set(new), set(new) - set(old)
    return any(
        prefix + word in long
        for prefix in NEGATIVE_PREFIXES
        for short, long in ((one, other), (other, one))
        for word in short
    )


def _is_negative(words: Sequence[str]) -> bool:
    short = any(word in "'’" and after == "t" for word, after in pairwise(words))  # isn't
    return short or not NEGATIVE_WORDS.isdisjoint(words) or bool(NEGATION.search("".join(words)))


def _likeness_of_phrases(old: Sequence[str], new: Sequence[str]) -> float:
    if len(old) == len(new) == 1 and min(len(old[0]), len(new[0])) >= LONG_WORD:
        from rapidfuzz.distance import OSA  # noqa: PLC0415 - few phrases are a word alone

        return SAME_PHRASE if OSA.distance(old[0], new[0]) == 1 else 0.0
    similarity = matching.similarity(old, new)
    extended = len(old) >= LONG_PHRASE and similarity >= EXTENDED and matching.kept(old, new) >= KEPT
    return similarity if similarity >= SAME_PHRASE or extended else 0.0
