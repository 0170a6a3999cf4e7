"""`deckgen preview` as a person uses it: the real page in Chromium, the real server in a process of its own."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.request import urlopen

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait

import deckgen
from deckgen import cli

if TYPE_CHECKING:
    from collections.abc import Iterator

    from selenium.webdriver import Chrome

FIRST = """\
**Q1：缩放为什么除以$\\sqrt{d_k}$？**

方差是<u>甲一</u>，梯度会<u>乙二</u>。

![图](dot.svg)

> 备注。
"""
SECOND = "**Q2：第二个问题？**\n\n没有填空的答案。\n"
QUESTIONS = ("缩放为什么", "第二个问题")
LONG = "\n\n".join(f"第{number}段。" for number in range(80))
DOT = '<svg xmlns="http://www.w3.org/2000/svg" width="20" height="10"><circle cx="5" cy="5" r="5"/></svg>'
FILES = {"deckgen.toml": 'deck = "试"\nhtml = "trusted"\n', "notes.md": FIRST + "\n" + SECOND, "dot.svg": DOT}
WITHIN = 0.5
"""Seconds from a save to the new text in the page."""


@dataclass
class Page:
    """The page in the browser, and the folder of notes that it shows."""

    browser: Chrome
    url: str
    folder: Path

    def open(self, address: str = "") -> None:
        self.browser.get("about:blank")
        self.browser.get(self.url + address)
        self.until_seen("</article>")

    def is_as_it_was(self) -> bool:
        """Whether the server has read FILES again."""
        with urlopen(self.url + "index.js") as response:  # noqa: S310 - our own server
            index = response.read().decode()
        return '"title":"试"' in index and '"diagnostics":[]' in index and all(q in index for q in QUESTIONS)

    def press(self, *keys: str) -> None:
        for key in keys:
            ActionChains(self.browser).send_keys(key).perform()

    def click(self, selector: str) -> None:
        self.browser.find_element(By.CSS_SELECTOR, selector).click()

    def text(self, selector: str) -> str:
        """In one step: between finding an element and asking it, the page may be drawn anew."""
        return str(self.script(f"return document.querySelector({selector!r}).innerText"))

    def script(self, code: str) -> Any:
        return self.browser.execute_script(code)

    @property
    def card(self) -> tuple[int, str]:
        """Ordinal and side of the card that is seen."""
        self.settle()
        _, ordinal, side = str(self.script("return location.hash")).split("/")
        return int(ordinal), side

    def settle(self) -> None:
        """Wait until the card of the address is drawn, and no other."""
        drawn = (
            "const all = document.querySelectorAll('iframe');"
            "return all.length === 1 && !all[0].className && all[0].dataset.place === location.hash"
        )
        WebDriverWait(self.browser, 5, 0.02).until(lambda _: self.script(drawn))

    def inside(self, code: str) -> Any:
        """The result of a script in the card's frame."""
        self.settle()
        self.browser.switch_to.frame(self.browser.find_element(By.TAG_NAME, "iframe"))
        try:
            return self.script(code)
        finally:
            self.browser.switch_to.default_content()

    def until(self, condition: str) -> float:
        """The seconds until this script is true in the page."""
        start = time.perf_counter()
        WebDriverWait(self.browser, 5, 0.01).until(lambda _: self.script(f"return Boolean({condition})"))
        return time.perf_counter() - start

    def until_seen(self, text: str) -> float:
        """The seconds until the card that is seen, drawn to the end, has this text."""
        return self.until(f"document.querySelector('iframe:not(.waiting)')?.srcdoc.includes('{text}')")

    def write(self, text: str, name: str = "notes.md") -> None:
        (self.folder / name).write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """Its address, and the folder of the project that it shows."""
    folder = tmp_path_factory.mktemp("project")
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "deckgen", "preview", "--no-open"]
    environment = {**os.environ, "PYTHONPATH": str(Path(deckgen.__file__).parents[1])}
    with subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = re.match(r"http://127\.0\.0\.1:\d+/", process.stdout.readline())
        assert address
        process.stdout.readline()
        yield address[0], folder
        process.send_signal(signal.SIGINT)
        assert process.wait(5) == 0


@pytest.fixture
def page(browser: Chrome, server: tuple[str, Path]) -> Iterator[Page]:
    """The page at its first card, by day and as wide as the window; the notes as they were."""
    page = Page(browser, *server)
    shutil.rmtree(page.folder / "templates", ignore_errors=True)
    for name, text in FILES.items():
        if (page.folder / name).read_text(encoding="utf-8") != text:
            page.write(text, name)
    WebDriverWait(browser, 5, 0.02).until(lambda _: page.is_as_it_was())
    page.open()
    browser.get_log("browser")  # type: ignore[no-untyped-call]
    yield page
    if browser.current_url.startswith(page.url):
        page.script("localStorage.clear()")


def test_space_and_the_button_turn_the_card_over(page: Page) -> None:
    assert page.card == (1, "front")
    assert page.inside("return document.querySelector('.cloze').innerText") == "[...]"
    page.press(" ")
    assert page.card == (1, "back")
    assert page.inside("return document.querySelector('.cloze').innerText") == "甲一"
    page.click("#flip")
    assert page.card == (1, "front")


def test_keys_and_clicks_inside_the_card_count_too(page: Page) -> None:
    ActionChains(page.browser).move_to_element(page.browser.find_element(By.TAG_NAME, "iframe")).click().perform()
    assert page.card == (1, "back")
    page.browser.switch_to.frame(page.browser.find_element(By.TAG_NAME, "iframe"))
    page.browser.find_element(By.TAG_NAME, "body").send_keys(Keys.ARROW_RIGHT)
    page.browser.switch_to.default_content()
    assert page.card == (2, "front")


def test_arrows_go_over_the_cards_of_a_note_and_over_notes(page: Page) -> None:
    def place() -> tuple[str, int]:
        return page.text("#source"), page.card[0]

    seen = [place()]
    for key in (Keys.ARROW_RIGHT, Keys.ARROW_RIGHT, Keys.ARROW_RIGHT, Keys.ARROW_LEFT, Keys.ARROW_UP, Keys.ARROW_DOWN):
        page.press(key)
        seen.append(place())
    first, second, other = ("notes.md:1", 1), ("notes.md:1", 2), ("notes.md:9", 1)
    assert seen == [first, second, other, other, second, second, other]


def test_night_is_that_of_anki_and_stays(page: Page) -> None:
    classes = "return document.body.className"
    assert page.inside(classes) == "card card1"
    page.press("n")
    assert page.inside(classes) == "card card1 nightMode night_mode"
    assert page.inside("return getComputedStyle(document.body).backgroundColor") == "rgb(31, 33, 36)"
    page.open()
    assert page.inside(classes) == "card card1 nightMode night_mode"


def test_a_phone_is_360_pixels_wide(page: Page) -> None:
    assert page.inside("return innerWidth") > 600
    page.press("w")
    assert page.inside("return innerWidth") == 360


def test_figures_and_formulas_are_drawn_without_a_network(page: Page) -> None:
    assert page.inside("const i = document.querySelector('.answer img'); return [i.complete, i.naturalWidth]") == [
        True,
        20,
    ]
    formula = "const m = document.querySelector('.question msqrt'); return m.getBoundingClientRect().height"
    assert page.inside(formula) > 10


def test_search_finds_notes_by_their_words(page: Page) -> None:
    page.press("/", "第二")
    assert page.script("return [...document.querySelectorAll('#rows .question')].map((row) => row.textContent)") == [
        "第二个问题？"
    ]
    page.press(Keys.ENTER)
    assert (page.text("#source"), page.card[0]) == ("notes.md:9", 1)
    page.press(" ")
    assert page.card == (1, "back")
    page.press("/", Keys.ESCAPE)
    assert page.script("return document.querySelectorAll('#rows a').length") == 2


def test_a_link_leads_to_a_card_and_a_broken_one_to_the_first(page: Page) -> None:
    guid = page.script("return preview.index.notes[0].guid")
    page.open(f"#{guid}/2/back")
    assert page.inside("return document.querySelector('.cloze').innerText") == "乙二"
    page.open("#%E4%B8%/x")
    assert page.card == (1, "front")


def test_the_source_of_a_card_is_a_click_away(page: Page) -> None:
    page.press(Keys.ARROW_DOWN)
    page.settle()
    page.browser.get(page.script("return document.getElementById('source').href"))
    assert page.text("li:target") == "9\n**Q2：第二个问题？**"


def test_help_lists_the_keys(page: Page) -> None:
    page.press("?")
    assert page.browser.find_element(By.ID, "help").is_displayed()
    page.press(Keys.ESCAPE)
    assert not page.browser.find_element(By.ID, "help").is_displayed()


def test_a_save_is_in_the_page_within_half_a_second(page: Page) -> None:
    page.press(Keys.ARROW_RIGHT, " ")
    assert page.card == (2, "back")
    measured = []
    for word in ("丙三", "丁四", "戊五"):
        page.write((FIRST + "\n" + SECOND).replace("方差是", word))
        measured.append(page.until_seen(word))
        assert page.card == (2, "back")
    assert min(measured) < WITHIN, measured  # the best, as other programs may hold one up


def test_a_save_keeps_what_was_scrolled_to(page: Page) -> None:
    page.write(FIRST + "\n" + LONG)
    page.until_seen("第79段")
    page.inside("scrollTo(0, 900)")
    page.until("preview.scroll === 900")
    page.write(FIRST + "\n" + LONG.replace("第79段", "末段"))
    page.until_seen("末段")
    assert page.inside("return scrollY") == 900


def test_nothing_flashes_while_a_card_is_replaced(page: Page) -> None:
    page.script(
        "window.seen = [];"
        "const look = () => { seen.push(document.querySelectorAll('iframe:not(.waiting)').length); requestAnimationFrame(look); };"
        "look();"
    )
    page.write((FIRST + "\n" + SECOND).replace("方差是", "丙三"))
    page.until_seen("丙三")
    for key in (" ", "n", Keys.ARROW_RIGHT):
        page.press(key)
        page.settle()
    seen = page.script("return seen")
    assert len(seen) > 10
    assert set(seen) == {1}


def test_a_reworded_question_is_followed_to_its_place(page: Page) -> None:
    page.press(Keys.ARROW_DOWN)
    page.settle()
    before = page.script("return location.hash")
    page.write(FIRST + "\n**Q9：改写得面目全非？**\n\n没有填空的答案。\n")
    page.until_seen("改写得面目全非")
    assert page.script("return location.hash") != before


@pytest.mark.parametrize(
    ("name", "text", "code", "place"),
    [
        ("notes.md", FIRST + "\n**Q3：三？**\n\n答<u>案。\n", "unclosed-underline", "notes.md:11:2"),
        ("deckgen.toml", 'deck = "试"\nluft = 1\n', "bad-config", "deckgen.toml:2:1"),
        (
            "templates/cloze/front.html",
            "<p>{{cloze:Answer}}</p>\n{{Nope}}",
            "template-field",
            "templates/cloze/front.html:2:3",
        ),
    ],
)
def test_an_error_is_shown_beside_the_last_good_cards_and_goes(
    page: Page, name: str, text: str, code: str, place: str
) -> None:
    file = page.folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    good = file.read_text(encoding="utf-8") if file.exists() else ""
    page.press(" ")
    page.write(text, name)
    page.until("document.querySelector('#problems article')")
    assert (page.text("#problems code"), page.text("#problems .place")) == (code, place)
    assert "last build without errors" in page.text("#problems")
    assert page.text("#problems-button") == "1 error"
    assert page.card == (1, "back")
    assert page.inside("return document.querySelector('.cloze').innerText") == "甲一"
    if good:
        page.write(good, name)
    else:
        file.unlink()
    page.until("!preview.index.diagnostics.length")
    assert not page.browser.find_element(By.ID, "problems").is_displayed()


def test_scripts_of_cards_run_but_reach_neither_the_page_nor_another_host(page: Page) -> None:
    with socket.create_server(("127.0.0.1", 0)) as elsewhere:
        page.script("addEventListener('message', ({ data }) => { preview.tried ??= data.tried; })")
        script = SCRIPT.replace("PORT", str(elsewhere.getsockname()[1]))
        page.write(FIRST.replace("![图](dot.svg)", script) + "\n" + SECOND)
        page.until("preview.tried")
        assert page.script("return preview.tried") == ["SecurityError", "TypeError", "error"]
        elsewhere.settimeout(0.5)
        received = b""
        with suppress(TimeoutError):  # Chromium may open a line for the location, but says nothing on it
            line, _ = elsewhere.accept()
            line.settimeout(0.5)
            received = line.recv(100)
        assert received == b""


SCRIPT = """
<script>
const tried = [];
const elsewhere = "http://127.0.0.1:PORT/?secret";
try { parent.document.title; } catch (error) { tried.push(error.name); }
fetch(elsewhere).catch((error) => {
  tried.push(error.name);
  const image = new Image();
  image.onerror = () => {
    tried.push("error");
    parent.postMessage({ tried }, "*");
    location.href = elsewhere;
  };
  image.src = elsewhere;
});
</script>
"""


def test_the_page_complains_of_nothing(page: Page) -> None:
    page.press(" ", Keys.ARROW_RIGHT, "n", "w", Keys.ARROW_DOWN)
    page.settle()
    assert page.browser.get_log("browser") == []  # type: ignore[no-untyped-call]


def test_the_static_site_works_from_the_disk(page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(page.folder)
    assert cli.main(["preview", "--html", str(tmp_path / "site")]) == 0
    page.browser.get((tmp_path / "site" / "index.html").as_uri())
    page.until_seen("</article>")
    page.press(" ")
    assert page.inside("return document.querySelector('.cloze').innerText") == "甲一"
    assert page.inside("return document.querySelector('.answer img').naturalWidth") == 20
    page.press(Keys.ARROW_RIGHT)
    assert page.card == (2, "front")
    assert page.browser.get_log("browser") == []  # type: ignore[no-untyped-call]
