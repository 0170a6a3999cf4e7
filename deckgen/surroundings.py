"""What stands around equal phrases of one note: it tells `yes` in one line from `yes` in another. Pure."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING

from deckgen import marks, matching
from deckgen.patterns import later
from deckgen.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from deckgen.notes import Entry, Note

NEAR, FAR = 6, 12
"""Words on each side: those of the phrase's own line that are near, and what is around however it is parted."""
WEIGHT_OF_FAR = 0.25
BREAK = later(r"</?(?:p|h[1-6]|[uo]l|li|tr|pre|div|blockquote|d[ltd]|br|details|summary|table)\b[^<>]*>")
TAG = later(r"<[^<>]*>")


class Around(NamedTuple):
    """The words around a phrase."""

    before: Sequence[str]
    behind: Sequence[str]


class Placed(NamedTuple):
    """Where a cloze stands."""

    line: Around
    """Of its own line alone."""
    around: Around


def formerly(entry: Entry, text: str) -> Mapping[int, Around]:
    """By the ordinal of each phrase with this text; none where the answer has it elsewhere too."""
    numbers = [number for number, phrase in entry.clozes.items() if phrase == text]
    every = list(_every(matching.words(entry.answer), matching.words(text)))
    return dict(zip(numbers, every, strict=True)) if len(every) == len(numbers) else {}


def _every(answer: Sequence[str], phrase: Sequence[str]) -> Iterator[Around]:
    end = 0
    for start in range(len(answer) if phrase else 0):
        if start >= end and answer[start : start + len(phrase)] == phrase:
            end = start + len(phrase)
            yield Around(answer[max(start - FAR, 0) : start], answer[end : end + FAR])


def now(note: Note, index: int) -> Placed:
    """Where this cloze of the note stands."""
    before = _shown(note.answer.partition(marks.mark(marks.CLOZE, index))[0])
    ends = f"{re.escape(marks.CLOZE_END)}{re.escape(marks.CLOZE_END_WITH_HINT)}"
    behind = _shown(re.split(rf"\x02[{ends}]{index}\x03", note.answer)[-1])
    line = matching.words(before.rpartition("\n")[2]), matching.words(behind.partition("\n")[0])
    around = matching.words(before), matching.words(behind)
    return Placed(Around(line[0][-NEAR:], line[1][:NEAR]), Around(around[0][-FAR:], around[1][:FAR]))


def _shown(html: str) -> str:
    """The text of a piece of HTML, in lines."""
    return unescape(TAG.sub(" ", BREAK.sub("\n", marks.MARK.sub("", html))))


def likeness(old: Around, new: Placed) -> float:
    """How alike what was around a phrase is to what is around this cloze."""
    line, start = new.line, max(len(old.before) - len(new.line.before), 0)
    near = _alike([*old.before[start:], *old.behind[: len(line.behind)]], [*line.before, *line.behind])
    far = _alike(old.before, new.around.before) + _alike(old.behind, new.around.behind)
    return near + WEIGHT_OF_FAR * far


def _alike(old: Sequence[str], new: Sequence[str]) -> float:
    """That nothing stands on either side says nothing."""
    return matching.similarity(old, new) if old and new else 0.0
