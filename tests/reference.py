"""docs/syntax.md → its examples, each built as a file of its own, and the picture of what comes of it.

test_reference.py compares what is built; `make pictures` draws the pictures that are missing or out of date.
"""

from __future__ import annotations

import hashlib
import html
import json
import re
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from PIL import Image

from deckgen import build, cards, config
from deckgen.media import without_hash
from deckgen.preview import site

if TYPE_CHECKING:
    from collections.abc import Iterator

    from selenium.webdriver import Chrome

    from deckgen.notes import AnkiNote, Deck

DOCUMENT = Path(__file__).parents[1] / "docs" / "syntax.md"
PICTURES = DOCUMENT.parent / "pictures" / "syntax"
FILES = PICTURES / "files"
"""The images and sounds that lie beside each example."""
DIGESTS = PICTURES / "examples.json"
"""By the name of the example: the digest of its picture."""

EXAMPLE = re.compile(
    r"^<!-- example: (?P<name>[\w-]+)(?P<all_cards>, all cards)?(?:, warning: (?P<warning>[\w-]+))? -->\n"
    r"(?P<fence>`{3,})markdown\n(?P<notes>.*?)^(?P=fence)\n"
    r"(?:\n(?P<picture><img [^>]*>)\n)?",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Example:
    """What a reader may type, and the picture below it."""

    name: str
    notes: str
    picture: str
    """The element `<img>`; empty where there is none."""
    all_cards: bool
    """Whether the picture shows all cards of the first question, and not only the first."""
    warning: str
    """The code of the warning that it is about, or empty."""


def examples() -> list[Example]:
    """All of docs/syntax.md, in its order."""
    return [
        Example(found["name"], found["notes"], found["picture"] or "", bool(found["all_cards"]), found["warning"] or "")
        for found in EXAMPLE.finditer(DOCUMENT.read_text(encoding="utf-8"))
    ]


def built(example: Example, folder: Path) -> build.Build:
    """The example as a file without a project, in this folder."""
    shutil.copytree(FILES, folder, dirs_exist_ok=True)
    file = folder / "笔记.md"
    file.write_text(example.notes, encoding="utf-8")
    return build.build(config.load([file]), now=1)


def digest(example: Example, deck: Deck) -> str:
    """Of all that a picture depends on, but for the programs that draw it and the content of images."""
    sides = [side for card, _ in _cards(example, deck) for side in (card.front, card.back)]
    text = "\n".join([PAGE, _css(deck), _heading(deck), *sides])
    return hashlib.sha256(without_hash(deck.media, text).encode()).hexdigest()[:16]


def _cards(example: Example, deck: Deck) -> list[tuple[cards.Card, bool]]:
    """The cards that the picture shows, and whether each is a cloze."""
    note_types = deck.note_types
    found = [
        (cards.render(note, note_types[note.note_type], ordinal), note_types[note.note_type].cloze)
        for note in deck.notes
        if note.where == _first(deck).where
        for ordinal in note.ordinals
    ]
    return found if example.all_cards else found[:1]


def _first(deck: Deck) -> AnkiNote:
    return next(iter(deck.notes))


def _css(deck: Deck) -> str:
    return deck.note_types[_first(deck).note_type].css


def _heading(deck: Deck) -> str:
    """What Anki knows of the note and no card shows, where there is something to tell."""
    note = _first(deck)
    parts = [f"Deck: {note.deck}"] if "::" in note.deck else []
    parts += [f"Tags: {' '.join(note.tags)}"] if note.tags else []
    return html.escape(" · ".join(parts))


# The pictures.

SIDE = 360
"""The width of a side in CSS pixels: a phone's."""
SCALE = 2
COLOURS = 64
PAGE = """<!DOCTYPE html>
<html>
<head>
<meta charset="utf-8">
<style>{css}</style>
<style>
body {{ margin: 0; }}
main {{ display: inline-block; border: 1px solid #d0d7de; }}
header {{ padding: 5px 16px; background: #f6f8fa; color: #59636e; font: 13px/1.5 sans-serif; }}
section {{ display: flex; }}
section + section, header + section {{ border-top: 1px solid #d0d7de; }}
.card {{ width: {side}px; }}
.card + .card {{ border-left: 1px solid #d0d7de; }}
.note {{ padding: 12px 16px 14px; }}
.preview-player {{ display: block; width: 100%; }}
</style>
</head>
<body><main>{heading}{rows}</main></body>
</html>
"""


def page(example: Example, deck: Deck) -> str:
    """The cards below each other, front and back side by side; of one without a cloze the back alone, as it repeats the
    front, unless it stands below another.
    """
    rows = "".join(
        f"<section>{''.join(_sides(card, both=cloze or example.all_cards))}</section>"
        for card, cloze in _cards(example, deck)
    )
    heading = _heading(deck)
    return PAGE.format(
        css=_css(deck), side=SIDE, heading=f'<header lang="zh-CN">{heading}</header>' if heading else "", rows=rows
    )


def _sides(card: cards.Card, *, both: bool) -> Iterator[str]:
    shown = site.sides(card)
    for side in ("front", "back") if both else ("back",):
        yield f'<div class="card card1">{shown[side]}</div>'


def draw(example: Example, deck: Deck, browser: Chrome, folder: Path) -> bytes:
    """The picture as a small PNG. `folder` is for the page and its images."""
    for name, data in deck.media.items():
        folder.joinpath(name).write_bytes(data)
    file = folder / "page.html"
    file.write_text(page(example, deck), encoding="utf-8")
    browser.get(file.as_uri())
    seen = Image.open(BytesIO(browser.find_element("css selector", "main").screenshot_as_png))
    drawn = BytesIO()
    seen.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(drawn, "PNG", optimize=True)
    return drawn.getvalue()


@contextmanager
def _chromium(profile: str) -> Iterator[Chrome]:
    """The machine's own: nothing is downloaded."""
    from selenium import webdriver  # noqa: PLC0415 - what only reads the examples needs no browser
    from selenium.webdriver.chrome.service import Service  # noqa: PLC0415

    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if chromium is None or driver is None:
        raise SystemExit("Chromium or its driver is not installed (Debian: chromium, chromium-driver)")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    flags = ("headless=new", "no-sandbox", "disable-gpu", "disable-background-networking", "hide-scrollbars")
    for flag in (*flags, "window-size=800,2400", f"force-device-scale-factor={SCALE}", f"user-data-dir={profile}"):
        options.add_argument(f"--{flag}")
    with webdriver.Chrome(options, Service(driver)) as opened:
        yield opened


def main() -> None:
    """Draw the pictures that are missing or out of date, and take away those of no example."""
    former = json.loads(DIGESTS.read_text(encoding="utf-8")) if DIGESTS.exists() else {}
    digests: dict[str, str] = {}
    with TemporaryDirectory() as profile, _chromium(profile) as browser:
        for example in examples():
            with TemporaryDirectory() as folder:
                compiled = built(example, Path(folder)).compiled
                if compiled is None:
                    raise SystemExit(f"the example {example.name} has errors: run pytest tests/test_reference.py")
                deck = compiled.deck
                picture = PICTURES / f"{example.name}.png"
                digests[example.name] = digest(example, deck)
                if former.get(example.name) != digests[example.name] or not picture.exists():
                    picture.write_bytes(draw(example, deck, browser, Path(folder)))
    for picture in PICTURES.glob("*.png"):
        if picture.stem not in digests:
            picture.unlink()
    DIGESTS.write_text(json.dumps(digests, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
