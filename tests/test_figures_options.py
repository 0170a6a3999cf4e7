"""What every kind of figure shares: its options, PNG images, the catalogue of its keys, the gallery."""

from __future__ import annotations

import html
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from deckgen import figures
from deckgen.figures import canvas, gallery, images
from deckgen.figures.options import Options
from deckgen.notes import Figure, Location
from deckgen.parse import parse
from deckgen.templates import builtin

if TYPE_CHECKING:
    from collections.abc import Callable

    from deckgen.diagnostics import Diagnostic
    from deckgen.drawn import Drawn

    from .conftest import Result

FENCE = Location("notes/attention.md", 10, 1)
LATIN = 'scores = [1, 2, 8]\nlabels = ["a", "b", "c"]\ntitle = "x < y & z"\n'
CHINESE = 'scores = [1, 2, 8]\nlabels = ["猫", "狗", "鱼"]\n'


def read(kind: str, text: str) -> tuple[figures.Drawing | None, list[Diagnostic]]:
    return figures.read(Figure(kind, text, FENCE))


def drawing(text: str, kind: str = "softmax") -> figures.Drawing:
    found, mistakes = read(kind, text)
    assert mistakes == []
    assert found is not None
    return found


# --- options -----------------------------------------------------------------------------------------------------------


def test_every_option_has_a_default() -> None:
    assert drawing("scores = [1]").options == Options(side="both", format="svg", caption="", alt="")


@pytest.mark.parametrize("kind", sorted(figures.FIGURES))
def test_every_kind_has_every_option(kind: str) -> None:
    block = figures.example(kind).partition("\n")[2].removesuffix("```\n")
    options = 'side = "back"\nformat = "png"\ncaption = "图 1"\nalt = "甲 & 乙"\n'
    assert drawing(block + options, kind).options == Options("back", "png", "图 1", "甲 & 乙")


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ('side = "front"', "side is 'front'; 'both' or 'back' is expected"),
        ("side = 1", "side is an integer; a string is expected"),
        ('format = "gif"', "format is 'gif'; 'svg' or 'png' is expected"),
        ('format = "SVG"', "format is 'SVG'; 'svg' or 'png' is expected"),
        ("format = []", "format is a list; a string is expected"),
        ('caption = ""', "caption is empty; some text is expected"),
        (f'caption = "{"长" * 81}"', "caption has 81 characters; at most 80 are expected"),
        ('caption = "a\\u0000"', "caption holds the control character U+0000"),
        (f'alt = "{"长" * 401}"', "alt has 401 characters; at most 400 are expected"),
        ("alt = true", "alt is a boolean; a string is expected"),
        ('captoin = "a"', "unknown key 'captoin'; figures of the kind softmax accept scores, divisor, d_k"),
    ],
)
def test_what_is_wrong_with_an_option_is_said(option: str, message: str) -> None:
    found, [mistake] = read("softmax", f"scores = [1]\n{option}")
    assert found is None
    assert mistake.where == Location(FENCE.path, 12, 1)
    assert message in mistake.message
    assert mistake.hint


def test_an_authors_alt_text_stands_in_for_ours() -> None:
    found = drawing('scores = [1]\nalt = "甲 < 乙"')
    assert figures.alt(figures.draw(found).data) == "甲 < 乙"


@pytest.mark.parametrize(
    ("option", "redrawn"),
    [('alt = "a"', True), ('format = "png"', True), ('caption = "a"', False), ('side = "back"', False)],
)
def test_only_what_changes_the_image_has_it_drawn_again(option: str, *, redrawn: bool) -> None:
    image = figures.draw(drawing(LATIN)).data
    assert figures.is_current(image, drawing(LATIN + option)) != redrawn


# --- PNG ---------------------------------------------------------------------------------------------------------------


def needs_chinese_font() -> None:
    with canvas.settings():
        page = canvas.Page(20)
        page.text(0, 10, "猫")
        if canvas.without_font(page):
            pytest.skip("no font with Chinese characters is installed")


def png(text: str) -> Drawn:
    image = figures.draw(drawing(f'{text}format = "png"\n'))
    assert (image.extension, image.warning) == (".png", "")
    return image


def test_a_png_is_three_times_as_dense_and_transparent() -> None:
    image = Image.open(io.BytesIO(png(LATIN).data))
    assert image.format == "PNG"
    assert image.width == 4 * 326  # pixels a point, on a page with its margins
    pixels = np.asarray(image.convert("RGBA"))
    assert pixels[..., 3].min() == 0
    assert (pixels[..., 3] == 255).any()


def test_a_png_has_the_same_picture_as_the_svg() -> None:
    height, width = np.asarray(Image.open(io.BytesIO(png(LATIN).data))).shape[:2]
    svg = figures.draw(drawing(LATIN)).data.decode()
    box = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg)
    assert box is not None
    assert height / width == pytest.approx(float(box[2]) / float(box[1]), abs=0.003)


def test_a_png_tells_its_alt_text_and_whether_it_is_current() -> None:
    found = drawing(f'{LATIN}format = "png"')
    image = figures.draw(found)
    assert figures.alt(image.data) == "x < y & z——softmax：原始分数 1, 2, 8 的最大概率 0.9966"
    assert figures.is_current(image.data, found)
    assert not figures.is_current(image.data, found, "en")
    assert not figures.is_current(image.data, drawing(f'{LATIN}format = "png"\ndivisor = 2'))
    with Image.open(io.BytesIO(image.data)) as opened:
        assert set(opened.info) == {images.ALT, images.COMMENT, "dpi"}


@pytest.mark.parametrize("text", [b"", b"Comment", b"Comment\0", b"Comment\0\0\0", b"Description\0\0\0zh\0"])
def test_a_png_with_a_text_that_is_cut_off_is_not_current(deckgen: Callable[..., Result], text: bytes) -> None:
    notes = '**Q1：一？**\n\n答。\n\n```figure softmax\nscores = [1]\nformat = "png"\n```\n'
    assert deckgen("build", deckgen_toml='lang = "en"\n', a_md=notes).code == 0
    drawn = Path("media/a-q1-softmax.png")
    whole = drawn.read_bytes()
    chunk = len(text).to_bytes(4, "big") + b"iTXt" + text + bytes(4)
    drawn.write_bytes(images.PNG + chunk + whole[-12:])
    assert deckgen("build").code == 0
    assert drawn.read_bytes() == whole


def test_a_png_has_the_same_bytes_in_every_process() -> None:
    code = (
        "import sys; from deckgen import figures; from deckgen.notes import Figure, Location; "
        f"read, _ = figures.read(Figure('softmax', {LATIN!r} + 'format = \"png\"', Location('a', 1, 1))); "
        "sys.stdout.buffer.write(figures.draw(read).data)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | {"PYTHONHASHSEED": "3"}, capture_output=True, check=True
    )
    assert run.stdout == png(LATIN).data


def test_chinese_in_a_png_is_no_row_of_boxes() -> None:
    needs_chinese_font()
    different = [np.asarray(Image.open(io.BytesIO(png(CHINESE.replace("猫", word)).data))) for word in "鸟马"]
    assert different[0].shape == different[1].shape
    assert (different[0] != different[1]).any()


def test_without_a_font_an_svg_is_drawn_and_a_warning_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(canvas, "PNG_FONTS", ())
    found = drawing(f'{CHINESE}format = "png"')
    image = figures.draw(found)
    assert image.extension == ".svg"
    assert image.warning == "no installed font has “猫狗鱼”: the figure is an SVG"
    assert "fonts-noto-cjk" in figures.FONT_HINT
    assert image.data == figures.draw(drawing(CHINESE)).data
    assert not figures.is_current(image.data, found)  # so that the warning comes again
    assert figures.draw(drawing(f'{LATIN}format = "png"')).extension == ".png"


@pytest.mark.parametrize("image_format", ["svg", "png"])
def test_an_image_that_was_cut_off_is_not_current(image_format: str) -> None:
    found = drawing(f'{LATIN}format = "{image_format}"')
    data = figures.draw(found).data
    assert figures.is_current(data, found)
    assert not any(figures.is_current(data[:end], found) for end in (0, 8, 20, 60, 90, 500, len(data) - 5))


@pytest.mark.parametrize("end", [0, 8, 20, 60, 90])
def test_half_an_alt_text_is_none(end: int) -> None:
    assert figures.alt(png(LATIN).data[:end]) == ""


# --- the catalogue and the gallery -------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", sorted(figures.FIGURES))
def test_every_example_can_be_pasted_and_drawn(kind: str) -> None:
    document = parse(f"**Q01：什么？**\n\n答案。\n\n{figures.example(kind)}", path="a.md", shown="a.md")
    [figure] = document.notes[0].figures
    found, mistakes = figures.read(figure)
    assert (figure.kind, mistakes) == (kind, [])
    assert found is not None
    assert len({figures.draw(found, language).data for language in ("zh", "en")}) == 2


def test_the_catalogue_is_plain_data_of_every_key() -> None:
    catalogue = figures.catalogue()
    assert json.loads(json.dumps(catalogue)) == catalogue
    assert list(catalogue) == list(figures.FIGURES)
    for kind, keys in catalogue.items():
        assert list(keys) == [*figures.FIGURES[kind].KEYS, *Options.KEYS]
        for key, about in keys.items():
            assert str(about["example"]).startswith(f"{key} = ")
            assert about["type"]
            assert about["meaning"]
            assert not (about["required"] and about["default"])


@pytest.mark.parametrize("key", sorted(Options.KEYS))
def test_the_example_of_every_option_is_right(key: str) -> None:
    drawing(f"scores = [1]\n{Options.KEYS[key].example}")


def test_reading_and_listing_load_neither_numpy_nor_matplotlib() -> None:
    code = (
        "import sys, json; from deckgen import figures; from deckgen.notes import Figure, Location\n"
        "for kind in figures.FIGURES:\n"
        "    text = figures.example(kind).partition('\\n')[2].removesuffix('```\\n')\n"
        "    found, wrong = figures.read(Figure(kind, text, Location('a', 1, 1)))\n"
        "    assert found and not figures.is_current(b'', found)\n"
        "figures.catalogue(); print(*sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert "deckgen.figures.options" in run.stdout.split()
    assert not {"numpy", "matplotlib", "PIL"} & set(run.stdout.split())


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_gallery_shows_every_kind_by_day_and_by_night_and_needs_nothing_else(language: str) -> None:
    page = gallery.page(language)
    assert page == gallery.page(language)
    assert builtin.load("qa").css.removeprefix(builtin.USER_STYLE_IMPORT) in page
    for kind in figures.FIGURES:
        section = page[page.index(f'<section id="{kind}">') :].partition("</section>")[0]
        assert section.count('src="data:image/') == 2
        assert section.count('class="card nightMode"') == 1
        assert html.escape(figures.example(kind)) in section
        alt = figures.alt(gallery.image(kind, language).data)
        assert section.count(f'alt="{html.escape(alt)}"') == 2
    assert not re.search(r'(?:src|href)="(?!data:)|url\(|@import', page)
