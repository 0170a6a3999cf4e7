"""Every card of the shipped deck, and one with everything too wide for it, on a phone: legible by day and by night.

The HTML is what the real Anki renders; Chromium shows it 360 CSS pixels wide.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from deckgen import build, config, targets
from tests.conftest import Anki, fresh_collection

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from anki.cards import Card
    from selenium.webdriver import Chrome

    from .conftest import Result

PROJECT = Path(__file__).parents[1]
LEAST_CONTRAST = 4.5
WIDE = Path(__file__).parent / "notes" / "wide.md"

MEASURE = """
const [cards, done] = arguments;
const rgb = (text) => {
  const [red, green, blue, alpha = 1] = text.match(/[\\d.]+/g).map(Number);
  return [red, green, blue, alpha];
};
const over = (top, ground) => top.slice(0, 3).map((value, i) => value * top[3] + ground[i] * (1 - top[3])).concat(1);
const luminance = (colour) => colour.slice(0, 3)
  .map((value) => value / 255)
  .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
  .reduce((sum, value, i) => sum + value * [0.2126, 0.7152, 0.0722][i], 0);
const ground = (element) => element
  ? over(rgb(getComputedStyle(element).backgroundColor), ground(element.parentElement)) : [255, 255, 255, 1];
const contrast = (element) => {
  const behind = ground(element);
  const [dark, light] = [luminance(over(rgb(getComputedStyle(element).color), behind)), luminance(behind)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
};
const texts = () => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    const seen = walker.currentNode.data.trim() && !element.closest("style, script") && element.getClientRects().length;
    if (seen) found.push(element);
  }
  return [...new Set(found)];
};
const faults = [];
let measured = 0;
cards.forEach(([name, html, night]) => {
  document.body.className = "card card1" + (night ? " nightMode night_mode" : "");
  document.body.innerHTML = html;
  const page = document.documentElement;
  if (page.scrollWidth > page.clientWidth) faults.push(`${name}: the page scrolls to ${page.scrollWidth}`);
  const note = document.querySelector(".note");
  if (note.scrollWidth > note.clientWidth) faults.push(`${name}: the note scrolls to ${note.scrollWidth}`);
  for (const box of document.querySelectorAll("pre, table")) {
    const { left, right } = box.getBoundingClientRect();
    if (left < 0 || right > page.clientWidth) faults.push(`${name}: a ${box.tagName} from ${left} to ${right}`);
  }
  for (const element of texts()) {
    measured += 1;
    const ratio = contrast(element);
    if (ratio < 4.5) faults.push(`${name}: ${ratio.toFixed(2)}:1 for “${element.textContent.trim().slice(0, 30)}”`);
  }
});
done([measured, faults]);
"""


@pytest.fixture(scope="module")
def cards(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[tuple[str, str]]]:
    """The name and the HTML of each side of each card, as Anki renders it."""
    folder = tmp_path_factory.mktemp("cards")
    (folder / WIDE.name).write_bytes(WIDE.read_bytes())
    anki = Anki(fresh_collection(folder / "anki"))
    for number, settings in enumerate((config.load([PROJECT]), config.load([folder / WIDE.name]))):
        made = build.build(settings)
        assert made.compiled, made.diagnostics
        package = folder / f"{number}.apkg"
        package.write_bytes(targets.write(made.compiled.deck, "apkg"))
        anki.import_package(package)
    sides = []
    for card in anki.cards():
        name = f"{card.note()['Label']}.{card.ord + 1}"
        sides += [(f"{name} front", card.question()), (f"{name} back", card.answer())]
    yield sides
    anki.col.close()


def measure(browser: Chrome, folder: Path, cards: list[tuple[str, str]]) -> tuple[int, list[str]]:
    """How many texts were measured, by day and by night, and what is wrong."""
    page = folder / "page.html"
    page.write_text('<!DOCTYPE html><html><meta charset="utf-8"><body></body></html>', encoding="utf-8")
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride", {"width": 360, "height": 640, "deviceScaleFactor": 1, "mobile": False}
    )
    browser.get(page.as_uri())
    both = [(f"{name} {mode}", html, mode == "night") for name, html in cards for mode in ("light", "night")]
    measured: Any = browser.execute_async_script(MEASURE, both)
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    browser.set_window_size(1200, 800)
    return int(measured[0]), list(measured[1])


def test_every_text_is_legible_and_no_card_scrolls_sideways_on_a_phone(
    browser: Chrome, tmp_path: Path, cards: list[tuple[str, str]]
) -> None:
    measured, faults = measure(browser, tmp_path, cards)
    assert measured > 20 * len(cards)
    assert faults == []


@pytest.mark.parametrize(
    ("css", "fault"),
    [
        (".note { color: #999 }", "2.8"),
        (".note pre { overflow: visible; width: 900px }", "scrolls"),
        (".note table { display: table }", "scrolls"),
    ],
)
def test_the_measure_finds_what_is_wrong(
    browser: Chrome, tmp_path: Path, cards: list[tuple[str, str]], css: str, fault: str
) -> None:
    broken = [
        (name, re.sub("</style>", lambda _: f"{css}</style>", html, count=1))
        for name, html in cards
        if name.startswith("Q1.")
    ]
    _, faults = measure(browser, tmp_path, broken)
    assert any(fault in text for text in faults)


PUNCTUATION = """
const [cards] = arguments;
const faults = [];
let measured = 0;
for (const [name, html] of cards) {
  document.body.className = "card card1";
  document.body.innerHTML = html;
  for (const blank of document.querySelectorAll(".cloze")) {
    const behind = blank.nextSibling;
    if (behind?.nodeType !== Node.TEXT_NODE || !/^[，。；：、！？]/.test(behind.data)) continue;
    const range = document.createRange();
    range.setStart(behind, 0);
    range.setEnd(behind, 1);
    for (let width = 200; width < 360; width += 4) {
      document.body.style.width = `${width}px`;
      measured += 1;
      if (range.getBoundingClientRect().top >= [...blank.getClientRects()].at(-1).bottom) faults.push(`${name} at ${width}`);
    }
  }
}
return [measured, faults];
"""


def test_no_line_begins_with_the_punctuation_behind_a_blank(
    browser: Chrome, tmp_path: Path, cards: list[tuple[str, str]]
) -> None:
    page = tmp_path / "page.html"
    page.write_text('<!DOCTYPE html><html><meta charset="utf-8"><body></body></html>', encoding="utf-8")
    browser.get(page.as_uri())
    measured, faults = browser.execute_script(
        PUNCTUATION, [(name, html) for name, html in cards if name.endswith(" front")]
    )
    assert measured > 1000
    assert faults == []


SEEN = """
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
let seen = "";
while (walker.nextNode()) {
  const range = document.createRange();
  range.selectNodeContents(walker.currentNode);
  const drawn = [...range.getClientRects()].some((box) => box.width && box.height);
  if (drawn && !walker.currentNode.parentElement.closest("style, script")) seen += walker.currentNode.data;
}
return seen.split(/\\s+/).join(" ").trim();
"""
HIDDEN = '[style]\nother_clozes = "hidden"\n'
PHRASES = """\
**Q1：一？**

始 <u>甲

```python
乙 = 1
```

- 丙

</u> 末 <u><b>外 <code>码</code> <u>内 *深*</u> 尾</b></u>
"""


def test_hidden_phrases_show_nothing_beside_the_asked_one(
    browser: Chrome, tmp_path: Path, anki: Anki, deckgen: Callable[..., Result]
) -> None:
    made = deckgen("build", deckgen_toml=HIDDEN, a_md=PHRASES)
    assert made.code == 0, made.err
    anki.import_package(Path("notes.apkg"))
    page = tmp_path / "page.html"
    seen = []
    for card in anki.cards():
        body = f'<meta charset="utf-8"><body class="card">{card.question()}</body>'
        page.write_text(f"<!DOCTYPE html>{body}", encoding="utf-8")
        browser.get(page.as_uri())
        seen.append(browser.execute_script(SEEN).removeprefix("Q1一？"))
    assert seen == ["始 [...][...][...] 末", "始 末 [...]", "始 末 [...]"]


FORMULAS = """\
**Q1：公式？**

高 <u>甲 $tall$</u>，低 <u>$low$</u>，上下标 <u>x<sub>浅</sub></u>，长 $wide$ 尾。
"""
SIZES = {"tall": "width: 20px; height: 60px; vertical-align: -30px", "low": "width: 10px; height: 10px"}
SIZES["wide"] = "width: 900px; height: 20px"


@pytest.fixture
def show(browser: Chrome, tmp_path: Path) -> Iterator[Callable[[str, int], None]]:
    """To show a card that Anki rendered, in a window so wide, with boxes in place of formulas, marked up as MathJax does it."""

    def shown(html: str, width: int) -> None:
        for name, size in SIZES.items():
            drawn = f'<mjx-math style="display: inline-block"><mjx-mi style="display: inline-block; {size}"></mjx-mi></mjx-math>'
            html = html.replace(rf"\({name}\)", f'<mjx-container style="line-height: 0">{drawn}</mjx-container>')
        page = tmp_path / "page.html"
        page.write_text(f'<!DOCTYPE html><meta charset="utf-8"><body class="card">{html}</body>', encoding="utf-8")
        window = {"width": width, "height": 640, "deviceScaleFactor": 1, "mobile": False}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", window)
        browser.get(page.as_uri())

    yield shown
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    browser.set_window_size(1200, 800)


def rectangle(browser: Chrome, selector: str) -> dict[str, float]:
    """Where the first such element stands."""
    found: dict[str, float] = browser.execute_script(
        "return document.querySelector(arguments[0]).getBoundingClientRect().toJSON()", selector
    )
    return found


@pytest.fixture
def cards_of(anki: Anki, deckgen: Callable[..., Result]) -> Callable[..., list[Card]]:
    def made(notes: str, **files: str) -> list[Card]:
        result = deckgen("build", **{"a_md": notes, "deckgen_toml": "", **files})
        assert result.code == 0, result.err
        anki.import_package(Path("notes.apkg"))
        return anki.cards()

    return made


def test_the_line_of_an_answer_passes_below_its_formulas(
    browser: Chrome, show: Callable[[str, int], None], cards_of: Callable[..., list[Card]]
) -> None:
    tall, low, index = cards_of(FORMULAS)
    show(tall.answer(), 360)
    cloze, box, formula = (rectangle(browser, f".cloze{part}") for part in ("", " mjx-container", " mjx-mi"))
    assert box["top"] < cloze["bottom"] - 2 < formula["bottom"] <= box["bottom"] - 2  # it covers the line of the text
    show(low.answer(), 360)
    cloze, box = rectangle(browser, ".cloze"), rectangle(browser, ".cloze mjx-container")
    assert box["bottom"] == pytest.approx(cloze["bottom"], abs=1.5)
    show(index.answer(), 360)
    assert rectangle(browser, ".cloze")["bottom"] - 2 >= rectangle(browser, ".cloze sub")["bottom"]


def test_no_line_begins_with_the_comma_behind_a_formula(
    browser: Chrome, show: Callable[[str, int], None], cards_of: Callable[..., list[Card]]
) -> None:
    (card,) = cards_of("**Q1：公式？**\n\n一二三四五六七八 $low$，九十。\n")
    offsets = set()
    for width in range(200, 260, 4):
        show(card.answer(), width)
        offsets.add(rectangle(browser, "mjx-container")["left"])
        parts = browser.execute_script("return document.querySelector('.tied').getClientRects().length")
        formula, tied = rectangle(browser, "mjx-container"), rectangle(browser, ".tied")
        assert parts == 1, width
        assert tied["right"] > formula["right"] + 8, width
    assert len(offsets) > 1  # the line was broken before the formula, too


def test_a_long_formula_scrolls_and_the_card_does_not(
    browser: Chrome, show: Callable[[str, int], None], cards_of: Callable[..., list[Card]]
) -> None:
    show(cards_of(FORMULAS)[1].answer(), 360)
    scrolls = "return [...document.querySelectorAll(arguments[0])].map((box) => box.scrollWidth > box.clientWidth)"
    assert browser.execute_script(scrolls, "html, .note, mjx-container") == [False, False, False, False, True]


COLUMNS = ("变体", "每层 KV 缓存", "计算量", "质量", "代表模型", "年份", "备注")
TABLE = f"""\
**Q1：表？**

| {" | ".join(COLUMNS)} |
|{"---|" * len(COLUMNS)}
| MQA | 2·128 与 2·64·128 | 与长度的平方成正比 | 比原来略差一些 | PaLM, Falcon | 2019 | <u>共用一组</u> |
"""


def test_a_wide_table_takes_the_window_and_begins_where_its_blank_is(
    browser: Chrome, show: Callable[[str, int], None], cards_of: Callable[..., list[Card]]
) -> None:
    html = cards_of(TABLE)[0].question()
    show(html, 1100)
    assert browser.execute_script("const t = document.querySelector('table'); return t.scrollWidth === t.clientWidth")
    assert 16 <= rectangle(browser, "table")["left"] < rectangle(browser, ".question")["left"]
    show(html, 360)
    browser.execute_async_script("setTimeout(arguments[0], 700)")
    assert rectangle(browser, ".cloze")["right"] <= rectangle(browser, ".question")["right"]
    left = (
        "const t = document.querySelector('table'); t.scrollLeft = 0; setTimeout(() => arguments[0](t.scrollLeft), 50)"
    )
    assert browser.execute_async_script(left) == 0  # and nothing holds it there


BLOCKS = """\
**Q1：块？**

短句。

- 一项
  - 里面

> [!note]
> 框

| 一 | 二 | 三 | 四 |
|---|---|---|---|
| 1 | 2 | 3 | 4 |
"""


def test_what_is_centred_keeps_its_bullets_and_columns_together(
    browser: Chrome, show: Callable[[str, int], None], cards_of: Callable[..., list[Card]]
) -> None:
    show(cards_of(BLOCKS, deckgen_toml='[style]\nalign = "center"\n')[0].answer(), 800)
    for block in (".answer > ul", ".callout", "table"):
        box = rectangle(browser, block)
        assert (box["left"] + box["right"]) / 2 == pytest.approx(400, abs=1), block
        assert box["width"] < 400, block
    sides = "return [...document.querySelectorAll('p, li, td')].map((e) => getComputedStyle(e).textAlign)"
    assert browser.execute_script(sides) == ["center", *["start"] * 8]


TASKS = """\
**Q1：清单？**

- [ ] 第一行很长很长很长很长很长很长很长很长很长很长很长很长很长很长，第二行

<div dir="rtl">

مرحبا بالعالم

- مرحبا

</div>
"""
LINES = """
const text = document.querySelector(".task").lastChild, range = document.createRange();
range.setStart(text, 1); // behind the space
range.setEnd(text, text.length);
return [...range.getClientRects()].filter((line) => line.width > 9).map((line) => Math.round(line.left));
"""


def test_the_lines_of_a_task_stand_below_each_other(
    browser: Chrome, show: Callable[[str, int], None], cards_of: Callable[..., list[Card]]
) -> None:
    show(cards_of(TASKS)[0].answer(), 360)
    lines = browser.execute_script(LINES)
    assert len(lines) > 1
    assert len(set(lines)) == 1
    assert rectangle(browser, ".box")["right"] < lines[0]


def test_what_runs_from_right_to_left_begins_at_the_right(
    browser: Chrome, show: Callable[[str, int], None], cards_of: Callable[..., list[Card]]
) -> None:
    show(cards_of(TASKS)[0].answer(), 360)
    first = "const r = document.createRange(); r.selectNodeContents(document.querySelector(arguments[0])); return r.getBoundingClientRect().right"
    assert browser.execute_script(first, "[dir] p") == pytest.approx(344, abs=1)
    assert browser.execute_script(first, "[dir] li") < 330  # its bullet stands there


PICTURES = """\
**Q1：图？**

<u>

```figure softmax
scores = [1, 2, 3]
```

</u>

![高](tall.svg)
"""
TALL = '<svg xmlns="http://www.w3.org/2000/svg" width="300" height="1800"><path d="M0 0L9 9"/></svg>'


def test_a_picture_fits_the_screen_and_the_mark_of_a_figure_is_not_inverted_with_it(
    browser: Chrome, tmp_path: Path, show: Callable[[str, int], None], cards_of: Callable[..., list[Card]]
) -> None:
    Path("tall.svg").write_text(TALL, encoding="utf-8")
    html = cards_of(PICTURES)[0].answer()
    for picture in Path("../anki/collection.media").glob("*.svg"):
        (tmp_path / picture.name).write_bytes(picture.read_bytes())
    show(html, 360)
    box = rectangle(browser, "[src*=tall]")
    assert box["height"] == pytest.approx(6 * box["width"], abs=1)
    assert box["height"] < 640
    mark = "const { borderBottomWidth, filter } = getComputedStyle(document.querySelector(arguments[0])); return [borderBottomWidth, filter]"
    assert browser.execute_script(mark, ".cloze .figure")[0] == "0px"
    assert browser.execute_script(mark, ".cloze") == ["2px", "none"]
    assert rectangle(browser, ".cloze")["bottom"] > rectangle(browser, ".cloze .figure")["bottom"]
