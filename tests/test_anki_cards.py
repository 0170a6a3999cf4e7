"""Our cards are those of the real Anki, character by character."""

from __future__ import annotations

import re
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from anki.collection import Collection
from anki.models import NotetypeId
from anki.notes import NoteId
from anki.sound import SoundOrVideoTag
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deckgen import build, cards, config
from deckgen.cards.sounds import Sound, Speech, with_players
from deckgen.notes import AnkiNote, Deck, Field, Location, NoteType, Template
from deckgen.targets import apkg
from deckgen.templates import language
from deckgen.templates.check import check
from deckgen.templates.sources import Source, TemplateSource

from .conftest import Anki

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from anki.cards import Card

ROOT = Path(__file__).parent.parent


def _same(html: str) -> str:
    """HTML without what truly cannot be equal. There is nothing else of this kind:

    - What Anki says, in the language of its user, of a front that is blank or a cloze that is missing.
    - The id of a hint, a hash by BLAKE3, which Python has not; only the link to it uses it.
    """
    html = re.sub(
        r"<div>(?:The front of this card is blank|No cloze \S+ found on card)\..*?</div>$", "", html, flags=re.DOTALL
    )
    return re.sub(r"\bhint[0-9a-f]{16}\b", "hint-id", html)


NUMBERS = count(1)


def _note_type(fields: Sequence[str], templates: Sequence[tuple[str, str]], *, cloze: bool = False) -> NoteType:
    number = next(NUMBERS) * 1000
    return NoteType(
        id=1_600_000_000_000 + number,
        name=f"类型 <{number}> & mehr",
        cloze=cloze,
        fields=tuple(Field(name, number + index) for index, name in enumerate(fields)),
        templates=tuple(Template(f"卡<{n}>", number + 100 + n, *sides) for n, sides in enumerate(templates, 1)),
        css="",
        modified=1,
    )


def _note(name: str, fields: Mapping[str, str], ordinals: Sequence[int], tags: tuple[str, ...] = ()) -> AnkiNote:
    number = next(NUMBERS)
    where = Location("a.md", 1, 1)
    created = 1_500_000_000 + number * 1000
    return AnkiNote(f"guid{number}", name, fields, "父::子 & <x>", tags, created, 1, number, tuple(ordinals), where)


def _deck(notes: Sequence[AnkiNote], note_types: Mapping[str, NoteType]) -> Deck:
    return Deck(notes, note_types, tuple(dict.fromkeys((note.deck, note.note_type) for note in notes)), {})


def _compare(anki: Anki, deck: Deck, folder: Path) -> int:
    """Import the deck and compare every card; how many there were."""
    path = folder / "deck.apkg"
    path.write_bytes(apkg.write(deck))
    anki.import_package(path)
    empty = {card_id for report in anki.col.get_empty_cards().notes for card_id in report.card_ids}
    compared = 0
    for note in deck.notes:
        theirs = anki.col.get_note(NoteId(note.created * 1000)).cards()
        assert [card.ord + 1 for card in theirs] == list(note.ordinals)
        for card in theirs:
            _compare_card(note, deck.note_types[note.note_type], card, empty=card.id in empty)
            compared += 1
    return compared


def _compare_card(note: AnkiNote, note_type: NoteType, theirs: Card, *, empty: bool) -> None:
    ordinal = theirs.ord + 1
    template = note_type.templates[0 if note_type.cloze else theirs.ord]
    ours = cards.render(note, note_type, ordinal)
    output = theirs.render_output()
    shown = (template.front, template.back, dict(note.fields), ordinal)
    assert (_same(ours.front), shown) == (_same(output.question_text), shown)
    assert (_same(ours.back), shown) == (_same(output.answer_text), shown)
    assert cards.is_empty(note, note_type, ordinal) == empty, shown
    played = {
        f"[anki:play:{side}:{number}]": Sound(tag.filename)
        if isinstance(tag, SoundOrVideoTag)
        else Speech(tag.field_text, tag.lang)
        for side, tags in (("q", output.question_av_tags), ("a", output.answer_av_tags))
        for number, tag in enumerate(tags)
    }
    assert dict(ours.sounds) == played, shown


TEXTS = {
    "plain": "甲",
    "empty": "",
    "blank": " <br>\n<div></div><BR />",
    "not blank": "<p></p>",
    "spaces of other kinds": "\u3000\xa0",
    "mark-up": '<b>粗</b> &lt;i&gt; &amp; &nbsp;&hearts;&#x4e00;&#65; "x" <!-- 注 --> <style>p {}</style><script>a < b</script>',
    "a bare ampersand": "<b>R&D</b> &lt;x&gt;",
    "an unknown entity": "&amp; &apos; &bogus; <i>x</i>",
    "brackets": "a < b > c <",
    "code": '<pre><code class="language-python">x = {}\nif a &lt; b: pass\n</code></pre>',
    "an image": '<p><img class="figure" src="a-0123456789.svg" alt="图 &quot;一&quot;"></p>',
    "math": r"\(\frac{1}{\sqrt{d_k}}\) \[ a <b>b</b> &lt; c \]",
    "sound": "听[sound:a b.mp3]和[sound:x&amp;y.ogg][sound:../up/z.mp3][sound:]<br>",
    "speech": "[anki:tts lang=zh_CN]你<b>好</b>[/anki:tts][anki:tts lang=en voices=A,B speed=2]x<br>y[...][/anki:tts]",
    "readings": "漢字[かんじ] 食[た]べる a b[c] [sound:a.mp3]x[y]<b>z[w]</b>&nbsp;k[l] [] [x",
    "cloze": "{{c1::甲}}和{{c2::乙::提示}}、{{c1::丙::}}",
    "nested clozes": "{{c1::外{{c2::中{{c3::内}}中}}外::提示}}",
    "the same cloze nested": "{{c2::外{{c2::内::里}}外}}",
    "a hint in parts": "{{c1::a::h{{c2::b::i}}j::k}}{{c3::{{c2::x}}::y::z}}",
    "clozes in math": r"\({{c1::\frac{1}{2} }} <i>x</i> &lt; {{c2::<b>y</b>}}\) \[<u>z</u>\] \( \] <s>s</s>",
    "math in clozes": r"{{c1::\(<b>a</b>\)}}<b>{{c2::\[x\]}}</b>",
    "clozes with mark-up": '{{c1::<b class="x">a-b_c/d</b>\n“é” &amp; [x]!}}',
    "sound in clozes": "{{c1::[sound:a.mp3]}}[sound:b.mp3]{{c2::字::[sound:c.mp3]}}",
    "several numbers": "{{c1,3::甲}}{{c3,1,3::乙}}{{c2,::丙}}",
    "odd clozes": "}}{{c1:x}}{{c::y}}{{C1::z}}{{c0::w}}{{c01::v}}{{c1 ::u}}{{{c2::t}}}{{c70000::s}}{{c2::}}{{c3::{{c,::r}}}}{{c１::q}}",
    "cloze never closed": "a {{c1::b}} c {{c2::d {{c3::e}}",
    "deep clozes": "{{c1::" * 12 + "x" + "}}" * 12,
    "template syntax": "{{Text}} {{#c1}}x{{/c1}} <%Text%> <!-- {{c1::x}} -->",
    "decomposed, and other line ends": "e\u0301\r\nx",
}
EXTRA = ("", "补充", "[sound:z.mp3]", "<br>")
FIELDS = ("Text", "Extra", "题 目")

PLAIN_TEMPLATES = [
    ("{{Text}}", "{{FrontSide}}<hr id=answer>{{Extra}}"),
    ("<i>{{ Text }}</i>", "{{Text}}{{FrontSide}}{{text:FrontSide}}{{nope:FrontSide}}"),
    ("{{Extra}}{{FrontSide}}", ""),
    ("{{#Extra}}有{{Text}}{{/Extra}}{{^Extra}}无{{/Extra}}", "{{#Text}}{{^Extra}}只{{/Extra}}{{/Text}}{{FrontSide}}"),
    ("{{^Text}}{{Extra}}{{/Text}}{{^Text}}{{/Text}}x", "{{#Text}}{{#Extra}}{{#题 目}}全{{/题 目}}{{/Extra}}{{/Text}}"),
    ("{{text:Text}}", "{{text:Text}}|{{hint:Text}}|{{hint:text:Text}}|{{text:hint:Text}}"),
    (
        "{{type:Text}}",
        "{{type:Text}}{{type:cloze:Text}}{{type:nc:Text}}{{type:text:Text}}{{text:type:Text}}{{nc:type:Text}}",
    ),
    ("{{furigana:Text}}", "{{kana:Text}}|{{kanji:Text}}|{{text:furigana:Text}}|{{kana:text:Text}}"),
    ("{{tts zh_CN:Text}}", "{{tts en_US voices=A,B speed=1.5:text:Text}}{{tts  en:Text}}{{Extra}}{{FrontSide}}"),
    ("{{nope:Text}}", "{{nope:text:Text}}|{{text:nope:Text}}|{{text :Text}}|{{:Text}}|{{text::Text}}|{{tts-voices:}}"),
    ("{{cloze:Text}}", "{{cloze:Text}}|{{cloze-only:Text}}|{{text:cloze:Text}}"),
    ("{{Tags}}", "{{Tags}}|{{Type}}|{{Deck}}|{{Subdeck}}|{{Card}}|{{CardFlag}}|{{CardID}}|{{hint:Deck}}"),
    (
        "{{#Tags}}{{Text}}{{/Tags}}{{^Tags}}无{{/Tags}}",
        "{{#CardFlag}}{{#Card}}{{#CardID}}{{Type}}{{/CardID}}{{/Card}}{{/CardFlag}}",
    ),
    ("{{Card}}", "{{#c14}}这{{/c14}}{{^c14}}非{{/c14}}{{#c1}}一{{/c1}}{{#c014}}零{{/c014}}"),
    ("<!-- {{Text}} {{#Nope}} -->{{Text}}<!-- {{Text}} --><!-- {{Extra}}", "<!--{{-->{{Text}}<!-->{{Text}}-->"),
    ("{{{Text}}}{{{{Extra}}", "{ {{Text}} } }} {{"),
    ("{{\n#Extra\n}}{{\tText }}{{ / Extra }}", "{{# 题 目 }}{{题 目}}{{/题 目}}{{^ 题 目}}无{{/题 目 }}"),
    (" {{=<% %>=}}\n<%Text%>{{Text}}<%#Extra%>x<%/Extra%>", "{{=<% %>=}}<%FrontSide%><%{text:Text%>}}"),
    ("[sound:t.mp3]{{Text}}[sound:u.mp3]", "[sound:v.mp3]{{FrontSide}}{{Text}}[anki:play:q:0]"),
    ("{{题 目}}", "{{text:}}{{FrontSide}}\\({{Text}}\\)"),
    ("{{CardFlag}}", "{{#CardFlag}}x{{/CardFlag}}"),
    ("{{CardID}}", "{{text:CardID}}"),
    ("{{#c23}}{{Text}}{{/c23}}", "{{#c23}}x{{/c23}}{{Text}}"),
    ("{{^c24}}{{Text}}{{/c24}}", "{{^c24}}x{{/c24}}{{Text}}"),
]
CLOZE_TEMPLATES = [
    ("{{cloze:Text}}", "{{cloze:Text}}<br>{{Extra}}"),
    ("{{text:cloze:Text}}{{cloze-only:Text}}", "{{cloze-only:Text}}{{cloze:Text}}{{FrontSide}}"),
    ("{{hint:cloze:Text}}{{tts en:cloze:Text}}", "{{type:cloze:Text}}{{kana:cloze:Text}}"),
    ("{{#c1}}一{{/c1}}{{#c2}}二{{/c2}}{{^c2}}非二{{/c2}}{{cloze:Text}}", "{{cloze:Text}}{{#c2}}{{Card}}{{/c2}}"),
    ("{{#Extra}}{{cloze:Text}}{{/Extra}}", "{{cloze:Extra}}{{cloze:Text}}{{cloze:text:Text}}"),
    ("{{cloze:Extra}}{{nope:cloze:Text}}", "{{cloze:Text}}{{cloze:nope:Text}}{{Text}}"),
]


def _rows(tags: Sequence[tuple[str, ...]]) -> Iterator[tuple[dict[str, str], tuple[str, ...]]]:
    for number, text in enumerate(TEXTS.values()):
        values = (text, EXTRA[number % len(EXTRA)], "题" if number % 3 else "")
        yield dict(zip(FIELDS, values, strict=True)), tags[number % len(tags)]


def _assert_free_of_errors(note_type: NoteType) -> None:
    sources = [TemplateSource(t.name, Source(t.front, "f"), Source(t.back, "b")) for t in note_type.templates]
    found = check(note_type.name, note_type.cloze, [field.name for field in note_type.fields], sources)
    assert [diagnostic for diagnostic in found if diagnostic.severity == "error"] == []


def test_every_text_in_every_template(anki: Anki, tmp_path: Path) -> None:
    note_type = _note_type(FIELDS, PLAIN_TEMPLATES)
    _assert_free_of_errors(note_type)
    rows = _rows([(), ("二", "一::x", "b", "C", "A"), ("x",)])
    notes = [_note("plain", fields, range(1, len(PLAIN_TEMPLATES) + 1), tags) for fields, tags in rows]
    compared = _compare(anki, _deck(tuple(notes), {"plain": note_type}), tmp_path)
    assert compared == len(TEXTS) * len(PLAIN_TEMPLATES)


def test_every_text_in_every_cloze_template(anki: Anki, tmp_path: Path) -> None:
    note_types = {str(n): _note_type(FIELDS, [sides], cloze=True) for n, sides in enumerate(CLOZE_TEMPLATES)}
    for note_type in note_types.values():
        _assert_free_of_errors(note_type)
    notes = [_note(name, fields, (1, 2, 3)) for name in note_types for fields, _ in _rows([()])]
    compared = _compare(anki, _deck(tuple(notes), note_types), tmp_path)
    assert compared == len(TEXTS) * len(CLOZE_TEMPLATES) * 3


def test_whatever_the_check_takes_for_known_is_on_the_cards(anki: Anki, tmp_path: Path) -> None:
    filters = {*language.FILTERS, f"{language.SPEECH}zh_CN"} - {"tts-voices"}  # a list of what the system has
    asked = [*language.SPECIAL_FIELDS, *(f"{name}:Text" for name in sorted(filters))]
    sides = [(f"{{{{Text}}}} {{{{{each}}}}}", f"{{{{{language.FRONT_SIDE}}}}} {{{{{each}}}}}") for each in asked]
    note_type = _note_type(("Text",), sides)
    note = _note("x", {"Text": "{{c1::甲}} 漢字[かんじ] <b>x</b>"}, range(1, len(asked) + 1), ("标签",))
    assert _compare(anki, _deck((note,), {"x": note_type}), tmp_path) == len(asked)


def test_a_field_comes_before_what_anki_knows(anki: Anki, tmp_path: Path) -> None:
    fields = ("Text", "Tags", "Card", "c2")
    note_type = _note_type(
        fields, [("{{Text}}{{Tags}}", "{{Card}}{{#c2}}x{{/c2}}"), ("{{c2}}{{#Card}}{{Text}}{{/Card}}", "")]
    )
    values = [("甲", "自己的", "", "x"), ("甲", "", "自己的", "")]
    notes = [_note("own", dict(zip(fields, each, strict=True)), (1, 2), ("tag",)) for each in values]
    assert _compare(anki, _deck(tuple(notes), {"own": note_type}), tmp_path) == 4


def test_an_import_composes_what_is_decomposed_but_not_templates(anki: Anki, tmp_path: Path) -> None:
    template = "{{\u00e9}}e\u0301\r\n{{Type}}{{Deck}}{{Card}}{{Tags}}"
    note_type = _note_type(("e\u0301",), [(template, "{{FrontSide}}")])
    note_type = note_type._replace(name="类型 e\u0301", templates=(note_type.templates[0]._replace(name="e\u0301"),))
    note = _note("x", {"e\u0301": "甲e\u0301"}, (1,), ("e\u0301",))._replace(deck="父e\u0301")
    assert _compare(anki, _deck((note,), {"x": note_type}), tmp_path) == 1


def test_the_shipped_deck(anki: Anki, tmp_path: Path) -> None:
    made = build.build(config.load([ROOT]))
    assert made.compiled
    path = tmp_path / "deck.apkg"
    path.write_bytes(apkg.write(made.compiled.deck))
    anki.import_package(path)
    theirs = {(card.note().guid, card.ord + 1): card for card in anki.cards()}
    assert len(theirs) == sum(len(note.ordinals) for note in made.compiled.deck.notes)
    for note in made.compiled.deck.notes:
        for ordinal in note.ordinals:
            _compare_card(note, made.compiled.deck.note_types[note.note_type], theirs[note.guid, ordinal], empty=False)


def test_a_preview_may_put_players_in_place_of_sounds() -> None:
    note_type = _note_type(("Text",), [("{{Text}}", "{{FrontSide}}{{tts zh_CN:Text}}")])
    card = cards.render(_note("x", {"Text": "听[sound:a.mp3]"}, (1,)), note_type, 1)
    player = {Sound("a.mp3"): "<audio src=a.mp3>", Speech("听[sound:a.mp3]", "zh_CN"): "🔊"}
    assert with_players(card.back, card.sounds, lambda sound: player[sound]) == "听<audio src=a.mp3>🔊"
    assert with_players("[anki:play:q:7]", card.sounds, lambda sound: player[sound]) == "[anki:play:q:7]"


NAMES = (*FIELDS, "Tags", "Card", "Deck")
FILTERS = (
    "",
    "text:",
    "hint:",
    "cloze:",
    "cloze-only:",
    "type:",
    "nc:",
    "furigana:",
    "kana:",
    "kanji:",
    "tts zh_CN:",
    "nope:",
)
FIELD = st.builds(
    lambda braces, filters, name: f"{braces}{''.join(filters)}{name}}}}}",
    st.sampled_from(["{{", "{{", "{{ ", "{{{"]),
    st.lists(st.sampled_from(FILTERS), max_size=3),
    st.sampled_from((*NAMES, "FrontSide")),
)
TEMPLATE = st.recursive(
    FIELD
    | st.sampled_from(
        ["文", "<b>", " ", "\n", "}", "}}", "<!-- {{Text}} -->", "\\(", "\\)", "[sound:t.mp3]", "[", "]"]
    ),
    lambda inner: st.builds(
        lambda mark, name, parts: f"{{{{{mark}{name}}}}}{''.join(parts)}{{{{/{name}}}}}",
        st.sampled_from("#^"),
        st.sampled_from((*NAMES, "c1", "c2")),
        st.lists(inner, max_size=3),
    ),
    max_leaves=6,
)
SIDE = st.lists(TEMPLATE, max_size=4).map("".join)
PIECES = [
    *(
        "{{c1::",
        "{{c2::",
        "{{c1,2::",
        "}}",
        "::",
        "a[b]",
        "[sound:a.mp3]",
        "\\(",
        "\\)",
        "\\[",
        "<b>",
        "</b>",
        "<br>",
        "<!--",
        "-->",
    ),
    *("&amp;", "&", "&nbsp;", "字", "é", " ", "\n", '"', "<", ">", "[", "]", "{", "}", "<style>", "</style>", "x"),
]
TEXT = st.lists(st.sampled_from(PIECES), max_size=9).map("".join)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Anki]:
    """One collection for many packages: opening one takes longer than an import."""
    collection = Collection(str(tmp_path_factory.mktemp("shared") / "collection.anki2"))
    yield Anki(collection)
    collection.close()


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    sides=st.lists(st.tuples(SIDE, SIDE), min_size=1, max_size=8),
    rows=st.lists(st.tuples(TEXT, TEXT, TEXT), min_size=1, max_size=5),
    cloze=st.booleans(),
)
def test_any_text_in_any_template(
    shared: Anki, tmp_path: Path, sides: list[tuple[str, str]], rows: list[tuple[str, str, str]], *, cloze: bool
) -> None:
    unlike = [(f"{{{{Text}}}}{front}<!-- {n} -->", back) for n, (front, back) in enumerate(sides)]
    if cloze:
        types = {
            str(n): _note_type(FIELDS, [(f"{{{{cloze:Text}}}}{a}", f"{{{{cloze:Text}}}}{b}")], cloze=True)
            for n, (a, b) in enumerate(sides)
        }
    else:
        types = {"0": _note_type(FIELDS, unlike)}
    ordinals = (1, 2) if cloze else range(1, len(sides) + 1)
    notes = [_note(name, dict(zip(FIELDS, row, strict=True)), ordinals, ("t",)) for name in types for row in rows]
    for note_type in types.values():
        _assert_free_of_errors(note_type)
    assert _compare(shared, _deck(tuple(notes), types), tmp_path) == len(notes) * len(ordinals)
    for note_type in types.values():
        shared.col.models.remove(NotetypeId(note_type.id))
