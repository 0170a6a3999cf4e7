"""Document → Diagnostics: notes that are written right and still make poor cards. Every one is a warning.

One small function a rule, as in lint; ADVICE at the end lists them. A rule would rather pass a poor card over than
blame a good one: what it lets pass on purpose stands in its docstring.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from deckgen.diagnostics import Diagnostic
from deckgen.matching import joined, split, words
from deckgen.patterns import later
from deckgen.syntax.styles.question import asks
from deckgen.syntax.tokens import BREAKS
from deckgen.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from deckgen.notes import Cloze, ParsedDocument, ParsedNote

MOST_CLOZES = 8
TERM = 6
"""The weight of the longest term: six Chinese characters, or three English words."""


class _Piece(NamedTuple):
    """A stretch of an answer."""

    kind: str
    """Its token's type."""
    text: str
    clozes: frozenset[int]
    """Those it stands in."""


LONGEST_QUOTE = 30
"""Characters of a phrase that a message repeats."""
SHOWN = ("text", "code_inline", "math", "code_block", "fence", "image", "figure")


def _pieces(note: ParsedNote) -> Iterator[_Piece]:
    """What the answer shows, piece by piece; a space between its blocks."""
    inside: frozenset[int] = frozenset()
    around: list[frozenset[int]] = []
    for block in note.answer:
        for token in (block, *(block.children or ())):
            kind = token.type
            if kind in SHOWN:
                yield _Piece(kind, "" if kind in ("image", "figure") else token.content, inside)
            elif kind == "cloze_open":
                around.append(inside)
                inside |= {token.meta["cloze"]}
            elif kind == "cloze_close":
                inside = around.pop()
            elif kind in BREAKS or (token.nesting == -1 and token.block):
                yield _Piece("space", " ", inside)


SENTENCE_END = later(r"""(?x)
      [。！？] (?! [”’」』）》"')] )           # a quoted question goes on behind its quotation mark
    | (?<![A-Za-z]) (?! etc\b | approx\b | resp\b ) [a-z]{3,} [.!?] ["')\]]* \s+ (?= [A-Z] )
    """)

STOPS = frozenset("。！？.!?")
"""Without one of these no sentence ends, and a cloze need not be read piece by piece."""


def long_cloze(document: ParsedDocument) -> Iterator[Diagnostic]:
    """A card that asks for more than a sentence is answered half right, and cannot be rated."""
    for note in document.notes:
        if all(STOPS.isdisjoint(cloze.text) for cloze in note.clozes):
            continue
        for cloze, text in zip(note.clozes, _texts(note), strict=True):
            if _sentences(text) > 1:
                hint = "underline only the words to recall, or make a cloze of each sentence"
                yield Diagnostic("long-cloze", "warning", cloze.where, "this cloze is longer than a sentence", hint)


def _sentences(text: str) -> int:
    """How many there are, the last perhaps without its stop."""
    ends = [end.end() for end in SENTENCE_END.finditer(text)]
    return sum(bool(re.search(r"\w", text[start:end])) for start, end in pairwise([0, *ends, len(text)]))


def _texts(note: ParsedNote) -> list[str]:
    """The text of each cloze, with an x for code and formulas: their stops end no sentence."""
    texts = [""] * len(note.clozes)
    for piece in _pieces(note):
        for index in piece.clozes:
            texts[index] += piece.text if piece.kind in ("text", "space") else "x"
    return texts


def all_underlined(document: ParsedDocument) -> Iterator[Diagnostic]:
    """Where nothing but clozes is left of an answer, its cards show no context.

    A term alone is an answer, and so is a list whose points are asked for one by one.
    """
    for note in document.notes:
        if not note.clozes or any(
            not p.clozes and (p.kind not in ("text", "space") or re.search(r"\w", p.text)) for p in _pieces(note)
        ):
            continue
        listed = len(note.clozes) > 1 and any(token.type in ("list_item_open", "td_open") for token in note.answer)
        if not listed and min(_weight(cloze.text) for cloze in note.clozes) > TERM:
            message = "the whole answer is underlined: nothing of it is left as context"
            hint = "underline its key phrases only, or nothing: a note without underlines asks for the whole answer"
            yield Diagnostic("all-underlined", "warning", note.clozes[0].where, message, hint)


def _weight(text: str) -> int:
    return sum(1 if len(word) == 1 else 2 for word in words(text) if word.isalnum())


def many_clozes(document: ParsedDocument) -> Iterator[Diagnostic]:
    """Of a note with many clozes every card shows all the others: one learns the page, not the facts."""
    for note in document.notes:
        if len(note.clozes) > MOST_CLOZES:
            message = f"this note has {len(note.clozes)} clozes; more than {MOST_CLOZES} are hard to learn"
            hint = "make two questions of it, or keep the phrases that matter"
            yield Diagnostic("many-clozes", "warning", note.where, message, hint)


EVERYDAY = """
also always better does each fewer from have higher just less lower many more most much must never only other same some
than that then this true false very were when will with worse
不会 不变 不同 不能 减小 减少 变大 变小 可以 增大 增加 多个 所有 提高 更多 更大 更好 更小 更少 更快 更慢 没有 相同 越大 越小
降低 需要 必须 一个 两个 全部 每个
"""
"""Phrases that a reader meets everywhere: to see one elsewhere gives nothing away."""
CHOICE = later(
    r"还是|哪|或|各|区别|不同|差[异别]|异同|比较|对比|相比|\b(?:or|which|whether|each|differ\w*|compare\w*|between|versus|vs)\b",
    re.IGNORECASE,
)
"""A question that lets one choose, or that compares, names the answer."""


def cloze_in_question(document: ParsedDocument) -> Iterator[Diagnostic]:
    """A phrase that the question names already need not be recalled.

    Numbers, formulas, single letters and everyday words pass, and so do questions that compare or let one choose.
    """
    for note in document.notes:
        given_away = list(_given_away(note, [note.question_text] * len(note.clozes)))
        if given_away and CHOICE.search(note.question_text):
            continue
        for cloze in given_away:
            message = f"the question gives “{_short(cloze.text)}” away"
            hint = "reword the question, or underline another phrase"
            yield Diagnostic("cloze-in-question", "warning", cloze.where, message, hint)


def cloze_repeated(document: ParsedDocument) -> Iterator[Diagnostic]:
    """A phrase that stands elsewhere in the answer can be read from the card's front.

    Numbers, formulas, single letters and everyday words pass, and what is hidden on the same card (`data-card`), and
    what the question names: that is either told already, or asks which of two things is meant.
    """
    for note in document.notes:
        answer = note.answer_text.casefold()
        counts = [answer.count(cloze.text.casefold()) for cloze in note.clozes[:MOST]]
        if len(note.clozes) > MOST or max(counts, default=1) == min(counts, default=1) == 1:
            continue
        for cloze in _given_away(note, list(_fronts(note, counts))):
            if _stands_in(cloze.text, note.question_text):
                continue
            message = f"“{_short(cloze.text)}” stands elsewhere in the answer, where the card shows it"
            hint = 'reword the other place, or ask for both on one card: <u data-card="1">…</u>'
            yield Diagnostic("cloze-repeated", "warning", cloze.where, message, hint)


MOST = 200
"""Clozes: each is looked for in the whole answer, and of a note with more `many_clozes` says enough."""


def _given_away(note: ParsedNote, texts: Sequence[str]) -> Iterator[Cloze]:
    """The clozes whose phrase stands in the text that is shown with each; a phrase that comes again, once."""
    told: set[str] = set()
    for index, (cloze, text) in enumerate(zip(note.clozes, texts, strict=True)):
        if not text or not _stands_in(cloze.text, text):
            continue
        phrase = cloze.text.casefold()
        if phrase not in told and _tells(note, index):
            told.add(phrase)
            yield cloze


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_QUOTE else text[:LONGEST_QUOTE] + "…"


def _fronts(note: ParsedNote, counts: Sequence[int]) -> Iterator[str]:
    """What the answer shows while each cloze is asked for; nothing where its phrase stands in it only once."""
    pieces: list[_Piece] = []
    for index, (cloze, count) in enumerate(zip(note.clozes, counts, strict=True)):
        if count == 1:
            yield ""
            continue
        same = {i for i, other in enumerate(note.clozes) if other.number == cloze.number is not None}
        hidden = same | {index}
        pieces = pieces or list(_pieces(note))
        yield " ".join("".join("\0" if p.clozes & hidden else p.text for p in pieces).split())


def _tells(note: ParsedNote, index: int) -> bool:
    """Whether to see a cloze's phrase elsewhere helps: not of a number, a formula, a letter, an everyday word."""
    prose = "".join(p.text for p in _pieces(note) if index in p.clozes and p.kind != "math")
    found = [word for word in split(prose) if word.isalpha()]
    if len(found) == 1 and len(found[0]) < SHORT:
        return len(found[0]) > 1 and found[0].isupper()
    return bool(found) and prose.strip().lower() not in EVERYDAY.split()


SHORT = 4
"""Letters: a word of fewer is one of every sentence, except an acronym."""
LAST_LETTER = "\u04ff"
LETTER = rf"0-9A-Za-z\u00c0-{LAST_LETTER}"
"""Of scripts that put spaces between words: a phrase is found there as whole words only."""


def _is_letter(character: str) -> bool:
    return character.isalnum() and character <= LAST_LETTER


def _stands_in(phrase: str, text: str) -> bool:
    if phrase.casefold() not in text.casefold():  # nearly always, and much faster than a pattern
        return False
    before = f"(?<![{LETTER}])" if _is_letter(phrase[:1]) else ""
    behind = f"(?![{LETTER}])" if _is_letter(phrase[-1:]) else ""
    return re.search(before + re.escape(phrase) + behind, text, re.IGNORECASE) is not None


ASKING_MARKS = frozenset("?？:：…")
ASKING = later(r"""(?xi)
      __
    | 什么|为何|如何|何[时处谓种]|怎[么样]|哪|谁|几|多[少大长高久快深宽]|吗|呢|[是能可]否|有没有|是不是|会不会|能不能|要不要
    | 解释|简述|说明|说[一]?说|区别|不同|差[异别]|异同|介绍|比较|对比|列[举出]|举例|写出|写一|手写|编写|设计|给出|推导|证明|描述|分析|谈谈|讲讲
    | 概述|阐述|论述
    | 定义|计算|画出|画图|实现|作用|原理|优缺点|优点|缺点|步骤|流程|含义|意义|原因|关系|特点|条件|方法|公式
    | \b(?: what | why | how | which | who | whose | whom | where | when | whether | is | are | was | were | do | does
      | walk\s+(?:me|us) | tell\s+(?:me|us) | did | can | could | should | will | would | explain | compare | describe
      | define | name | list | state | give
      | derive | prove | show | discuss | outline | summari[sz]e | contrast | distinguish | calculate | compute | write
      | draw | sketch | implement | difference | differences | between | versus | vs )\b
    """)
"""What asks without a mark."""


def not_a_question(document: ParsedDocument) -> Iterator[Diagnostic]:
    """A term in place of a question leaves open what is to be recalled of it.

    Only where most of the document's other notes do ask: a glossary of terms is a style of its own.
    """
    answered = [note for note in document.notes if note.answer and len(joined(note.question_text)) > 1]
    silent = [note for note in answered if not _asks(note.question_text)]
    if len(silent) > len(answered) - len(silent):
        return
    for note in silent:
        message = f"“{_short(note.question_text)}” asks nothing, as the other questions here do"
        yield Diagnostic(
            "not-a-question", "warning", note.where, message, "ask what is to be recalled, as in: what does it do?"
        )


def _asks(question: str) -> bool:
    return asks(question) or not ASKING_MARKS.isdisjoint(question) or ASKING.search(question) is not None


ADVICE: tuple[Callable[[ParsedDocument], Iterator[Diagnostic]], ...] = (
    long_cloze,
    all_underlined,
    many_clozes,
    cloze_in_question,
    cloze_repeated,
    not_a_question,
)
