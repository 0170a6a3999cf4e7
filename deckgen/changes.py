"""The ledger before and after a build → what an import will do, note by note."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from deckgen import identity
from deckgen.notes import NOTE_KINDS
from deckgen.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from deckgen.notes import AnkiNote, Entry, Location

Kind = Literal["new", "back", "changed", "moved", "removed", "unchanged"]
KINDS: tuple[Kind, ...] = ("new", "back", "changed", "moved", "removed", "unchanged")
ADVISED: tuple[Kind, ...] = ("back", "changed", "moved", "removed")
"""Those of which something may have to be done in Anki."""


class Change(NamedTuple):
    """What a build makes of one note."""

    former: Entry | None
    """None where the note is new."""
    entry: Entry
    where: Location | None = None
    """None where the note is gone."""

    @property
    def kind(self) -> Kind:
        """A note that is back was removed before, and is in Anki still. A moved note is one whose deck is another; whether
        it changed besides shows in its texts.
        """
        if self.entry.removed:
            return "removed"
        if self.former is None:
            return "new"
        if self.former.removed:
            return "back"
        if self.former.deck != self.entry.deck:
            return "moved"
        return "unchanged" if self.former.content == self.entry.content else "changed"

    @property
    def other_type(self) -> bool:
        """Whether the note got its first cloze or lost its last, or the project gave it another note type: it is then
        another note in Anki.
        """
        if self.former is None or self.entry.removed:
            return False
        return identity.note_type_of(self.former) != identity.note_type_of(self.entry)

    @property
    def new_cards(self) -> tuple[int, ...]:
        """Ordinals of the main form that get a card in Anki; a Q&A card has the ordinal 1."""
        if self.entry.removed:
            return ()
        before = _cards(self.former) if self.former and not self.other_type else ()
        return tuple(number for number in _cards(self.entry) if number not in before)

    @property
    def types_before(self) -> tuple[str, ...]:
        """The note types of the forms that the last build made of it, the main one first."""
        return () if self.former is None else _types(self.former)

    @property
    def retired_cards(self) -> tuple[int, ...]:
        """Ordinals whose card in Anki shows nothing any more."""
        if self.former is None or self.entry.removed or self.other_type:
            return ()
        return tuple(number for number in self.former.clozes if number not in self.entry.clozes)


def _cards(entry: Entry) -> tuple[int, ...]:
    return tuple(entry.clozes) or (1,)


def added(change: Change, forms: Iterable[AnkiNote]) -> int:
    """How many cards an import adds of these forms of the note."""
    before, main = change.types_before, identity.note_type_of(change.entry)
    same = len(change.new_cards) if before[:1] == (main,) else 0
    return same + sum(len(form.ordinals) for form in forms if form.note_type not in before)


class Changes(NamedTuple):
    """What a build makes of all notes."""

    counts: Mapping[Kind, int]
    """How many notes there are of each kind."""
    new_cards: int
    retired_cards: int
    told: Collection[Change]
    """Of every note that is not as it was, in the order of the sources, then what is gone."""

    def advice(self) -> list[str]:
        """What a package cannot do, and what to do in Anki instead: one line each, with a search to paste."""
        return _advice(_by_kind(self.told)) if any(self.counts.get(kind) for kind in ADVISED) else []


def _by_kind(changes: Iterable[Change]) -> dict[Kind, list[Change]]:
    """Those of each kind, in the order of the sources."""
    found: dict[Kind, list[Change]] = {kind: [] for kind in KINDS}
    for change in changes:
        found[change.kind].append(change)
    return found


def _forms(entry: Entry) -> list[str]:
    """What finds each form of a note in Anki's browser, the main one first. A note type of the project's own may call
    its key otherwise.
    """
    return [("Key:" if t in NOTE_KINDS else "") + identity.guid_of_type(entry, t) for t in _types(entry)]


def _types(entry: Entry) -> tuple[str, ...]:
    main = identity.note_type_of(entry)
    return (main, entry.beside) if entry.beside else (main,)


def _search(forms: Iterable[str]) -> str:
    return " OR ".join(forms)


def search(entries: Iterable[Entry]) -> str:
    """What finds these notes in Anki's browser, in all of their forms."""
    return _search(form for entry in entries for form in _forms(entry))


def _entries(changes: Sequence[Change]) -> list[Entry]:
    return [change.entry for change in changes]


def _advice(changes: Mapping[Kind, Sequence[Change]]) -> list[str]:
    lines = []
    if removed := changes["removed"]:
        lines.append(f"removed notes stay in Anki: to delete them, search its browser for  {search(_entries(removed))}")
    decks: dict[str, list[Change]] = {}
    for change in changes["moved"]:
        decks.setdefault(change.entry.deck, []).append(change)
    for deck, moved in decks.items():
        lines.append(
            f"cards stay in their deck: to move them to {deck}, search Anki's browser for  {search(_entries(moved))}"
        )
    other_content = [*changes["back"], *changes["changed"], *changes["moved"]]
    if other := _left(other_content, other_type=True):
        where = _search(other)
        lines.append(f"notes that are of another type now begin anew; their old form stays in Anki, as  {where}")
    if beside := _left(other_content, other_type=False):
        where = _search(beside)
        lines.append(f"question-and-answer cards that are no longer made stay in Anki, as  {where}")
    if retired := [change for change in other_content if change.retired_cards]:
        where = _search(_forms(change.entry)[0] for change in retired)
        lines.append(f"cards without a phrase are empty now: Tools › Empty Cards deletes them; they are of  {where}")
    return lines


def _left(changes: Sequence[Change], *, other_type: bool) -> list[str]:
    """The forms that notes had and have no longer, of those whose main form is another, or is the same."""
    return [
        form
        for change in changes
        if change.former and change.other_type == other_type
        for form in _forms(change.former)
        if form not in _forms(change.entry)
    ]


def as_text(change: Change) -> str:
    """One change with its texts, as `deckgen diff` prints it."""
    entry, former = change.entry, change.former
    head = " ".join(part for part in (change.kind, entry.path, entry.label) if part)
    lines = [head + (f" · {former.deck} → {entry.deck}" if change.kind == "moved" and former else "")]
    if former is None or change.kind in ("new", "removed"):
        lines += [f"    {entry.question}", *_phrases("card", change, change.new_cards)]
        return "\n".join(lines)
    elsewhere = (former.path, former.label) != (entry.path, entry.label)
    if elsewhere:
        lines.append("  was " + " ".join(part for part in (former.path, former.label) if part))
    texts = ((former.question, entry.question), (former.answer, entry.answer))
    for before, after in texts:
        lines += [f"  - {before}", f"  + {after}"] if before != after else []
    if all(before == after for before, after in texts):
        lines.append(f"    {entry.question}")
        if former.content != entry.content and not (elsewhere or change.new_cards or change.retired_cards):
            lines.append("  in its remarks, its tags, its figures, its mark-up or its cards")
    lines += _phrases("new card", change, change.new_cards)
    lines += [f"  retired card {number}: {former.clozes[number]}" for number in change.retired_cards]
    return "\n".join(lines)


def _phrases(what: str, change: Change, ordinals: Sequence[int]) -> list[str]:
    entry = change.entry
    beside = entry.beside and not entry.removed and entry.beside not in change.types_before
    phrases = [f"  {what} {number}: {entry.clozes.get(number, 'the answer')}" for number in ordinals]
    return [*phrases, f"  {what}: the whole answer"] if beside else phrases
