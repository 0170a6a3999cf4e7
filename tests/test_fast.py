"""What is fast does what the plain one would: patterns and their beginnings, named tuples, hashes."""

from __future__ import annotations

import hashlib
import pickle
import re
import typing

import pytest

from deckgen import hashes
from deckgen.notes import Location
from deckgen.parse import parse
from deckgen.patterns import one_of
from deckgen.syntax.styles.marked import number
from deckgen.syntax.tokens import plain
from deckgen.values import NamedTuple

QUESTIONS = (
    *("Q", "q", "Question", "QUESTION", "Frage", "pregunta", "Pergunta", "domanda", "вопрос", "Вопрос", "質問", "질문"),
    *("문제", "问", "问题", "题", "题目", "面试题", "高频题", "经典问题", "典型题", "真题", "考题", "简答题", "例题"),
    *("思考题", "提问", "面试官", "面试官追问", "考官", "interviewer", "Interviewer", "【问】", "🤔 Q"),
)
ANSWERS = (
    *("A", "a", "Ans", "answer", "Answers", "Correct answer", "right answer", "Model Answer", "sample answer"),
    *("solution", "Antwort", "lösung", "Lösung", "réponse", "respuesta", "Resposta", "risposta", "ответ", "Ответ"),
    *("答案", "参考答案", "正确答案", "标准答案", "回答", "解答", "正解", "答え", "答", "解", "답", "답변", "정답"),
    *("해답", "我", "候选人", "面试者", "应聘者", "求职者", "candidate", "Candidate", "【答】", "✅ A"),
)


@pytest.mark.parametrize("mark", QUESTIONS)
def test_every_mark_of_a_question_is_looked_at(mark: str) -> None:
    (note,) = parse(f"{mark}：甲是什么？\n\n答：乙\n", path="a.md").notes
    assert plain(note.question) == "甲是什么？"


@pytest.mark.parametrize("mark", ANSWERS)
def test_every_mark_of_an_answer_is_looked_at(mark: str) -> None:
    (note,) = parse(f"**甲是什么？**\n\n{mark}：乙\n", path="a.md").notes
    assert plain(note.answer) == "乙"


@pytest.mark.parametrize(
    "text", ["1. 甲", "１. 甲", "12、甲", "一、甲", "十二、甲", "（三）甲", "(四)甲", "1.2 甲", "1️⃣ 甲"]
)
def test_every_number_is_looked_at(text: str) -> None:
    assert number(text)
    assert number(f"❓ {text}", 2)


@pytest.mark.parametrize("characters", ["一二三", "：:.．、)）", "]^-\\", "★☆\ufe0f🔥", "a"])
def test_one_of_is_a_set(characters: str) -> None:
    pattern = re.compile(one_of(characters))
    assert {chr(c) for c in range(0x20000) if pattern.fullmatch(chr(c))} == set(characters)
    assert pattern.match("") is None


class _Ours(NamedTuple):
    """A value."""

    first: int
    """Of two."""
    second: tuple[Location, ...] = ()

    @property
    def both(self) -> tuple[int, int]:
        return self.first, len(self.second)


class _Plain(typing.NamedTuple):
    """A value."""

    first: int
    """Of two."""
    second: tuple[Location, ...] = ()

    @property
    def both(self) -> tuple[int, int]:
        return self.first, len(self.second)


def test_our_named_tuples_are_those_of_typing() -> None:
    ours, plain_one = _Ours(1, second=(Location("a", 1, 1),)), _Plain(1, second=(Location("a", 1, 1),))
    assert tuple(ours) == tuple(plain_one)
    assert ours.both == (1, 1) == plain_one.both
    assert repr(_Ours(2)) == "_Ours(first=2, second=())"
    assert _Ours(2)._replace(first=3) == (3, ())
    copy = pickle.loads(pickle.dumps(ours))  # noqa: S301 - our own
    assert copy == ours
    assert type(copy) is _Ours
    for name in ("_fields", "_field_defaults", "__doc__", "__module__", "__match_args__"):
        assert getattr(_Ours, name) == getattr(_Plain, name)
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'first'"):
        _Ours()  # type: ignore[call-arg]
    with pytest.raises(AttributeError):
        ours.third = 3  # type: ignore[attr-defined]


def test_hashes_are_those_of_hashlib() -> None:
    assert hashes.sha256(b"a").digest() == hashlib.sha256(b"a").digest()
    assert (
        hashes.blake2b(b"a", key=b"k", digest_size=9).digest()
        == hashlib.blake2b(b"a", key=b"k", digest_size=9).digest()
    )
