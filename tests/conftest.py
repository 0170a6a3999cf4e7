"""What the tests share: the real Anki, and deckgen as a person runs it."""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import dataclass
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from anki.collection import Collection, ImportAnkiPackageOptions, ImportAnkiPackageRequest

from deckgen import cli

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from anki.cards import Card
    from selenium.webdriver import Chrome


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update", action="store_true", help="write fixtures and goldens anew; then read the diff")


@pytest.fixture(scope="session", autouse=True)
def _own_key_of_the_cache(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The tests leave nothing in the home of whoever runs them."""
    os.environ["XDG_CACHE_HOME"] = os.environ["LOCALAPPDATA"] = str(tmp_path_factory.mktemp("cache"))


@dataclass
class Anki:
    """A fresh collection of the real Anki."""

    col: Collection

    def import_package(self, path: Path) -> dict[str, int]:
        """Import with the default options of Anki's dialog; how many notes were new, updated, …"""
        request = ImportAnkiPackageRequest(package_path=str(path), options=ImportAnkiPackageOptions())
        log = self.col.import_anki_package(request).log
        self.col.models._clear_cache()  # noqa: SLF001 - Python would keep the note types of before the import
        names = ("new", "updated", "duplicate", "conflicting")
        return {name: len(getattr(log, name)) for name in names if len(getattr(log, name))}

    def cards(self) -> list[Card]:
        """Every card, in the order in which new cards are shown."""
        cards = [self.col.get_card(card_id) for card_id in self.col.find_cards("")]
        return sorted(cards, key=lambda card: (card.due, card.ord))

    def media(self) -> list[Path]:
        """The files that notes have brought, without those of templates and styles."""
        return sorted(path for path in Path(self.col.media.dir()).iterdir() if not path.name.startswith("_"))

    def complaints(self) -> list[str]:
        """What Check Database and Check Media find, and empty fronts."""
        found = [f"missing {name}" for name in self.col.media.check().missing]
        found += [f"unused {name}" for name in self.col.media.check().unused]
        found += [f"empty front {card.id}" for card in self.cards() if not visible(card.question())]
        report = self.col.fix_integrity()[0]
        return found + ([report] if report != "Database rebuilt and optimized." else [])


def fresh_collection(folder: Path) -> Collection:
    """A collection of the real Anki in a new folder."""
    folder.mkdir()
    return Collection(str(folder / "collection.anki2"))


@pytest.fixture
def anki(tmp_path: Path) -> Iterator[Anki]:
    col = fresh_collection(tmp_path / "anki")
    yield Anki(col)
    col.close()


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    """A headless Chromium, driven by Debian's own driver: nothing is downloaded."""
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if chromium is None or driver is None:
        pytest.skip("Chromium or its driver is not installed (Debian: chromium, chromium-driver)")
    from selenium import webdriver  # noqa: PLC0415 - a machine without a browser needs none of it
    from selenium.webdriver.chrome.service import Service  # noqa: PLC0415

    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    profile = tmp_path_factory.mktemp("chromium")
    for flag in (
        "headless=new",
        "no-sandbox",
        "disable-gpu",
        "disable-background-networking",
        "window-size=1200,800",
        f"user-data-dir={profile}",
    ):
        options.add_argument(f"--{flag}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    with webdriver.Chrome(options, Service(driver)) as opened:
        opened.set_script_timeout(60)
        yield opened


@dataclass
class Result:
    code: int
    out: str
    err: str


@pytest.fixture
def deckgen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Result]:
    """Run the command line in a folder of its own, after writing these files there."""
    folder = tmp_path / "notes"
    folder.mkdir()
    monkeypatch.chdir(folder)

    def run(*arguments: str, **files: str) -> Result:
        for name, text in files.items():
            path = folder / name.replace("___", "/_").replace("__", "/").replace("_md", ".md").replace("_toml", ".toml")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        try:
            code = cli.main(arguments)
        except SystemExit as stop:  # argparse's way of refusing
            code = int(stop.code or 0)
        captured = capsys.readouterr()
        return Result(code, captured.out, captured.err)

    return run


def visible(html: str) -> str:
    """What a person sees of a card: its text, and images as `[img]`."""
    html = re.sub(r"<style.*?</style>|<!--.*?-->", "", html, flags=re.DOTALL)
    html = re.sub(r"<img[^>]*>", "[img]", html)
    return " ".join(unescape(re.sub(r"<[^>]+>", "", html)).split())


def clozes(html: str, name: str = "cloze") -> list[str]:
    """The text of every cloze of this class in a rendered card: `cloze` is asked for, `cloze-inactive` is not."""
    reader = _Clozes(name)
    reader.feed(re.sub(r"<style.*?</style>", "", html, flags=re.DOTALL))
    return [" ".join(text.split()) for text in reader.found]


class _Clozes(HTMLParser):
    def __init__(self, name: str) -> None:
        super().__init__()
        self.name, self.found, self.depth = name, list[str](), 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag != "span":
            return
        if self.depth:
            self.depth += 1
        elif dict(attrs).get("class") == self.name:
            self.depth = 1
            self.found.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag == "span" and self.depth:
            self.depth -= 1

    def handle_data(self, data: str) -> None:
        if self.depth:
            self.found[-1] += data
