"""What makes a note the same note: GUIDs, ordinals, positions, times. The real Anki's part is in test_anki_identity."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from deckgen import documents as reading
from deckgen import identity, ledger
from deckgen.config import Config

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from deckgen.diagnostics import Diagnostic
    from deckgen.notes import Document, Entry, Identity, Ledger, Note

    from .conftest import Result


class _Told(NamedTuple):
    """Who every note is."""

    identities: Mapping[tuple[str, int], Identity]
    """By its document's path, and its place in that."""
    guesses: Sequence[Diagnostic]


def _assign(*texts: str, before: Ledger = ledger.EMPTY, now: int = 10_000, paths: str = "abcdef") -> _Told:
    return _told(_documents(*texts, paths=paths), before, now)


def _told(documents: Sequence[Document], before: Ledger, now: int) -> _Told:
    assigned = identity.assign(documents, before, now=now)
    identities = {
        (document.path, index): identity.of(note, given, before)
        for document in documents
        for index, (note, given) in enumerate(zip(document.notes, assigned.given[document.path], strict=True))
        if given
    }
    return _Told(identities, assigned.guesses)


def _documents(*texts: str, paths: str = "abcdef") -> list[Document]:
    project = Config(root=Path("/notes"), files=(), project=True)
    return [
        reading.of_text(project.root / f"{path}.md", text, project)[0] for path, text in zip(paths, texts, strict=False)
    ]


def _after(*texts: str, before: Ledger = ledger.EMPTY, now: int = 10_000, paths: str = "abcdef") -> Ledger:
    """The ledger after a build of these documents, without rendering."""
    documents = _documents(*texts, paths=paths)
    assigned = _told(documents, before, now)
    entries = dict(before.entries)
    for document in documents:
        for index, note in enumerate(document.notes):
            known = assigned.identities[document.path, index]
            entries[known.guid] = identity.stamp(note, document, known, [], now)
    return _ledger(entries.values())


def _ledger(entries: Iterable[Entry]) -> Ledger:
    return ledger.after(ledger.EMPTY, map(ledger.rewritten, entries), {})


def _guids(assigned: _Told) -> list[str]:
    return [known.guid for known in assigned.identities.values()]


def _entry(before: Ledger) -> Entry:
    (entry,) = before.entries.values()
    return entry


def _note(text: str) -> Note:
    (document,) = _documents(f"**Q1：一？**\n\n{text}")
    (note,) = document.notes
    return note


A = "**Q1：为什么要打乱数据？**\n\n相邻批次的梯度<u>高度一致</u>，参数会<u>来回摆动</u>。"
B = "**Q2：初始化为什么不能全为零？**\n\n每个神经元<u>收到同样的梯度</u>，永远学成一样。"
C = "**Q3：卷积为什么共享权重？**\n\n图像的局部统计<u>与位置无关</u>，参数因此<u>少得多</u>。"


def test_without_a_ledger_a_guid_depends_on_document_label_and_question_alone() -> None:
    first = _guids(_assign("**Q1：一？**\n\n甲"))
    assert first == ["f6rvwu2yyj5dekmf"]
    assert _guids(_assign("# 题\n\n**Q1：一？**\n\n<u>乙</u>")) == first
    assert _guids(_assign("**Q2：一？**\n\n甲")) != first
    assert _guids(_assign("**Q1：另一个？**\n\n甲")) != first


def test_without_a_label_or_with_the_same_label_twice_the_question_tells_notes_apart() -> None:
    assert len(set(_guids(_assign("**一？**\n\n甲\n\n**二？**\n\n甲")))) == 2
    assert len(set(_guids(_assign("**Q1：一？**\n\n甲\n\n**Q1：二？**\n\n甲")))) == 2


def test_a_note_keeps_its_guid_reworded_renumbered_reordered_and_moved_at_once() -> None:
    before = _after(f"{A}\n\n{B}\n\n{C}")
    first = list(before.entries)
    moved = "**Q7：训练时为什么要打乱数据的顺序？**\n\n相邻批次的梯度<u>高度一致</u>，参数就会来回地摆动。"
    renumbered = C.replace("Q3", "Q1")
    reworded = "**Q2：参数初始化为什么不可全为零？**\n\n否则每个神经元<u>都收到同样的梯度</u>，永远学成一样。"
    now = _assign(f"{renumbered}\n\n{reworded}", moved, before=before)
    assert _guids(now) == [first[2], first[1], first[0]]
    assert now.guesses == ()


def test_a_renamed_file_keeps_its_notes() -> None:
    before = _after(A + "\n\n" + B)
    assert _guids(_assign(A + "\n\n" + B, before=before, paths="z")) == list(before.entries)


def test_a_new_note_with_the_label_of_an_old_one_gets_a_guid_of_its_own() -> None:
    before = _after(A)
    new = "**Q1：什么是学习率预热？**\n\n开始时用<u>很小的步长</u>。"
    now = _assign(f"{new}\n\n{A.replace('Q1', 'Q2')}", before=before)
    guids = _guids(now)
    assert guids[1] == _entry(before).guid
    assert guids[0] != guids[1]


def test_notes_that_look_alike_are_paired_as_a_whole() -> None:
    def note(label: str, question: str, answer: str) -> str:
        return f"**{label}：{question}？**\n\n{answer}"

    one = note("Q1", "advantages of batch norm", "it <u>smooths the loss surface</u> and allows a higher rate")
    two = note("Q2", "disadvantages of batch norm", "it <u>depends on the batch size</u> and differs at inference")
    three = note("Q3", "advantages of layer norm", "it <u>works for any batch size</u> and for sequences")
    before = _after(f"{one}\n\n{two}\n\n{three}")
    first = list(before.entries)
    edited = (
        note("Q1", "main advantages of layer norm", "it <u>works for any batch size</u> and for long sequences"),
        note("Q2", "main advantages of batch norm", "it <u>smooths the loss surface</u> and so allows a higher rate"),
        note("Q3", "main disadvantages of batch norm", "it <u>depends on batch size</u> and differs at inference"),
    )
    assert _guids(_assign("\n\n".join(edited), before=before)) == [first[2], first[0], first[1]]


def test_a_look_alike_with_other_phrases_is_a_new_note() -> None:
    before = _after("**Q1：advantages of X？**\n\nit <u>needs little memory</u> on small devices")
    now = _assign("**Q1：advantages of Y？**\n\nit <u>converges in few steps</u> with noisy gradients", before=before)
    assert _guids(now) != list(before.entries)


def test_a_close_call_is_said_with_both_texts_and_can_be_decided() -> None:
    before = _after("**Q1：梯度消失的原因是什么？**\n\n激活函数饱和，导数接近零，连乘之后更小。")
    text = "**Q1{}：梯度爆炸的原因有哪些？**\n\n权重过大，导数大于一，连乘之后更大。"
    plain = text.replace("{}", "")
    (guess,) = _assign(plain, before=before).guesses
    assert guess.code == "identity-guess"
    assert "梯度爆炸" in guess.message
    assert "梯度消失" in guess.message
    old = _entry(before).guid
    assert f"{{#{old}}}" in guess.hint
    same = _assign(plain.replace("？**", f"？{{#{old}}}**"), before=before)
    assert (_guids(same), same.guesses) == ([old], ())
    other = _assign(plain.replace("？**", "？** {#explosion}"), before=before)
    assert _guids(other) != [old]
    assert other.guesses == ()


def test_a_name_wins_over_everything() -> None:
    before = _after("**Q1：一是什么？{#one}**\n\n甲甲甲\n\n**Q2：二是什么？** {#two}\n\n乙乙乙")
    first = list(before.entries)
    now = _assign("**Q1：一是什么？{#two}**\n\n甲甲甲\n\n**Q9：完全不同{#one}**\n\n丙", before=before)
    assert _guids(now) == [first[1], first[0]]


def test_the_same_question_in_two_files_stays_with_its_answer() -> None:
    before = _after("**Q1：为什么？**\n\n天冷。", "**Q1：为什么？**\n\n下雨了。")
    first = list(before.entries)
    assert _guids(_assign("**Q1：为什么？**\n\n下雨了。", "**Q1：为什么？**\n\n天冷。", before=before, paths="cd")) == [
        first[1],
        first[0],
    ]


PHRASES = ("alpha", "beta", "the long phrase of four words", "the long phrase of five words")


@given(st.lists(st.lists(st.tuples(st.sampled_from(PHRASES), st.sampled_from((0, 0, 1, 2))), min_size=1), min_size=1))
def test_a_note_that_nobody_edits_has_the_same_ordinals_in_the_next_build(lives: list[list[tuple[str, int]]]) -> None:
    before = ledger.EMPTY
    for phrases in lives:
        texts = [f'<u data-card="{number}">{text}</u>' if number else f"<u>{text}</u>" for text, number in phrases]
        text = f"**Q1：一？**\n\n{'，'.join(texts)}。"
        first = _assign(text, before=before).identities
        before = _after(text, before=before)
        assert [one.ordinals for one in _assign(text, before=before).identities.values()] == [
            one.ordinals for one in first.values()
        ]


def test_a_number_that_the_author_gives_away_is_no_longer_that_of_its_phrase() -> None:
    before = _after("**Q1：一？**\n\n<u>甲甲甲</u>。")
    assert identity.ordinals(_note('<u>甲甲甲</u><u data-card="1">乙乙乙</u>'), _entry(before)) == (2, 1)


def test_a_removed_note_comes_back_to_its_guid_and_ordinals() -> None:
    before = _after(A)
    entry = _entry(before)._replace(clozes={1: "高度一致", 4: "来回摆动"}, removed=True)
    now = _assign(B, A, before=_ledger([entry]))
    assert list(now.identities.values())[1].guid == entry.guid
    assert list(now.identities.values())[1].ordinals == (1, 4)


def test_clozes_are_numbered_in_reading_order_around_the_authors_own_numbers() -> None:
    note = _note('<u>甲</u><u data-card="1">乙</u>{{c3::丙}}<u>丁</u><u data-card="1">戊</u><u>己</u>')
    assert identity.ordinals(note) == (2, 1, 3, 4, 1, 5)


def test_clozes_keep_their_ordinals() -> None:
    entry = _entry(_after("**Q1：一？**\n\n<u>one two three</u>，<u>four five six</u>，<u>seven</u>"))

    def numbers(text: str) -> tuple[int, ...]:
        return identity.ordinals(_note(text), entry)

    assert numbers("<u>new phrase</u>，<u>one two three</u>，<u>seven</u>，<u>four five six</u>") == (4, 1, 3, 2)
    assert numbers("<u>four five 6</u>，<u>one 2 three</u>") == (2, 1)
    assert numbers("<u>seven</u>") == (3,)
    assert numbers('<u>seven</u><u data-card="9">x</u><u>y</u>') == (3, 9, 4)
    assert numbers("<u>seven</u><u>seven</u>") == (3, 4)


def test_a_retired_ordinal_is_never_given_to_another_phrase_but_comes_back_to_its_own() -> None:
    text = "**Q1：一？**\n\n<u>甲甲甲</u><u>乙乙乙</u><u>丙丙丙</u>"
    before = _after(text)
    before = _after(text.replace("<u>丙丙丙</u>", ""), before=before)
    assert _entry(before).retired == {3: "丙丙丙"}
    assert identity.ordinals(_note("<u>甲甲甲</u><u>乙乙乙</u><u>丁丁丁</u>"), _entry(before)) == (1, 2, 4)
    assert identity.ordinals(_note("<u>丙丙丙</u><u>甲甲甲</u><u>乙乙乙</u>"), _entry(before)) == (3, 1, 2)


def test_positions_leave_gaps_and_a_note_in_between_moves_nobody() -> None:
    before = _after(f"{A}\n\n{C}")
    assert [entry.position for entry in before.entries.values()] == [1000, 2000]
    now = _assign(f"{A}\n\n{B}\n\n{C}", before=before)
    assert [known.position for known in now.identities.values()] == [1000, 1500, 2000]
    reordered = _assign(f"{C}\n\n{A}\n\n{B}", before=before)
    positions = [known.position for known in reordered.identities.values()]
    assert positions == sorted(positions)


def test_positions_stay_below_what_anki_rewrites() -> None:
    text = "".join(f"**Q{n}：问题{n}？**\n\n答\n\n" for n in range(3000))
    before = _after(text)
    positions = [entry.position for entry in before.entries.values()]
    assert positions == sorted(set(positions))
    more = _assign(text + "".join(f"**Q{n}：后来{n}？**\n\n答\n\n" for n in range(3000, 6000)), before=before)
    positions = [known.position for known in more.identities.values()]
    assert positions == sorted(set(positions))
    assert positions[-1] < 1_000_000


def test_a_notes_time_changes_with_its_content_alone_and_always_forwards() -> None:
    (document,) = _documents("**Q1：一？**\n\n甲")
    (note,) = document.notes
    known = _told([document], ledger.EMPTY, 100).identities["a.md", 0]
    entry = identity.stamp(note, document, known, [], 100)
    again = known._replace(former=entry)
    assert identity.stamp(note, document, again, [], 500).modified == 100
    other = again._replace(former=entry._replace(content="other"))
    assert identity.stamp(note, document, other, [], 500).modified == 500
    assert identity.stamp(note, document, other, [], 100).modified == 101


def test_fifty_edits_among_twenty_thousand_notes_are_found_in_a_second() -> None:
    (pattern,) = _documents("**Q1：一？**\n\n<u>甲</u>")
    (note,) = pattern.notes

    def document(edits: str) -> Document:
        notes = []
        for n in range(20_000):
            question = f"why does part {n} of {n * 7919 % 20011} matter" + (edits if n % 400 == 7 else "")
            phrase = note.clozes[0]._replace(text=f"keeps {n} apart")
            answer = f"it {phrase.text} from {n * 31}"
            notes.append(note._replace(label=f"Q{n}", question_text=question, answer_text=answer, clozes=(phrase,)))
        return pattern._replace(notes=tuple(notes), outlines=tuple(map(reading.outline, notes)))

    old = document("")
    first = _told([old], ledger.EMPTY, 1).identities
    entries = [identity.stamp(note, old, first["a.md", n], [], 1) for n, note in enumerate(old.notes)]
    new = document(" so much")
    before = _ledger(entries)
    start = time.process_time()
    now = _told([new], before, 2)
    taken = time.process_time() - start
    assert _guids(now) == [entry.guid for entry in entries]
    assert all(known.former is not None for known in now.identities.values())
    assert taken < 5  # about half a second on a quiet machine: five leaves room for a busy one, and none for squares


def test_a_word_of_negation_that_stays_or_is_none_is_no_negation() -> None:
    for before, after in (
        ("不需要预先加锁", "不需要事先加锁"),
        ("无论多大的数据都快", "多大的数据都一样快"),
        ("区别在于别名的数量", "区别在于名字的数量"),
        ("not needed in most cases", "not needed in many cases"),
        ("under the hood of it", "below the hood of it"),
    ):
        entry = _entry(_after(f"**Q1：一？**\n\n<u>{before}</u>"))
        assert identity.ordinals(_note(f"<u>{after}</u>"), entry) == (1,)


def test_a_number_of_the_authors_that_was_another_phrases_card_is_told(deckgen: Callable[..., Result]) -> None:
    def told(answer: str) -> str:
        return deckgen("build", "a.md", a_md=f"**Q1：一？**\n\n{answer}\n").err

    assert told("先发<u>同步报文</u>，再回<u>确认报文</u>。") == ""
    assert told("先发{{c1::同步的报文}}，再回{{c2::确认报文}}。") == ""
    stolen = "{{c1::客户端}}先发{{c2::同步的报文}}，再回{{c3::确认报文}}。"
    err = told(stolen)
    assert err.count("warning[number-taken]") == 2
    assert "a.md:3:1: warning[number-taken] card 1 was that of “同步的报文” until now" in err
    assert "“客户端” gets its history" in err
    assert "a number that none had, from 4 on" in err
    assert told(stolen) == ""
    assert (
        told('{{c3::确认报文}}，<u data-card="1">客户端</u>，<u data-card="1">服务器</u>，{{c2::同步的报文}}。') == ""
    )


def test_a_number_that_is_taken_is_an_error_where_warnings_are(deckgen: Callable[..., Result]) -> None:
    deckgen("build", "a.md", a_md="**Q1：一？**\n\n<u>同步报文</u>\n")
    before = Path("deckgen.lock").read_bytes()
    made = deckgen("build", "--strict", "a.md", a_md="**Q1：一？**\n\n{{c1::甲乙丙丁}}，<u>同步报文</u>\n")
    assert (made.code, "error[number-taken]" in made.err) == (1, True)
    assert Path("deckgen.lock").read_bytes() == before
