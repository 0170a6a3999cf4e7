"""What docs/ shows a reader works as it stands there: docs/syntax.md with its pictures, README.md, docs/templates.md.

After a wanted change: `pytest --update`, then read the diff; `make pictures`, then look at them.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from deckgen import build, config, files, targets
from deckgen.diagnostics import as_text

from . import reference

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .reference import Example

ROOT = Path(__file__).parents[1]
GOLDEN = ROOT / "tests" / "golden" / "syntax.txt"
EXAMPLES = reference.examples()
MOST_BYTES = 700_000
IMAGE = re.compile(r'<img src="pictures/syntax/(?P<name>[\w-]+)\.png" width="(?P<width>\d+)" alt="(?P<alt>[^"]+)">')


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, build.Build]]:
    """What each example builds, by its name."""
    with pytest.MonkeyPatch.context() as patched:
        found = {}
        for example in EXAMPLES:
            folder = tmp_path_factory.mktemp(example.name)
            patched.chdir(folder)
            found[example.name] = reference.built(example, folder)
        yield found


def _as_text(name: str, made: build.Build) -> str:
    (document,) = made.documents
    deck = targets.write(made.compiled.deck, "text").decode().rstrip() if made.compiled else ""
    told = [
        as_text(diagnostic, files.lines(Path(document.shown))[diagnostic.where.line - 1])
        for diagnostic in made.diagnostics
    ]
    return "\n\n".join([f"=== {name}, read as {document.style}", deck, *told]) + "\n"


def test_the_decks_of_all_examples(made: dict[str, build.Build], request: pytest.FixtureRequest) -> None:
    text = "\n".join(_as_text(name, each) for name, each in made.items())
    if request.config.getoption("--update"):
        GOLDEN.write_text(text, encoding="utf-8")
    assert text == GOLDEN.read_text(encoding="utf-8")


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_an_example_has_no_warning_but_the_one_that_it_shows(example: Example, made: dict[str, build.Build]) -> None:
    assert [told.code for told in made[example.name].diagnostics] == ([example.warning] if example.warning else [])


def test_every_markdown_block_is_an_example_with_a_name_of_its_own() -> None:
    text = ROOT.joinpath("docs", "syntax.md").read_text(encoding="utf-8")
    names = [example.name for example in EXAMPLES]
    assert text.count("\n```markdown\n") + text.count("\n````markdown\n") == len(names)
    assert text.count("<!-- example:") == len(names) == len(set(names))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_an_example_has_a_picture_that_is_current(example: Example, made: dict[str, build.Build]) -> None:
    shown = IMAGE.fullmatch(example.picture)
    assert shown, f"{example.name} has no picture below it"
    assert shown["name"] == example.name
    drawn = reference.PICTURES / f"{example.name}.png"
    compiled, digests = made[example.name].compiled, json.loads(reference.DIGESTS.read_text(encoding="utf-8"))
    assert compiled
    assert drawn.exists(), "run `make pictures`"
    assert digests.get(example.name) == reference.digest(example, compiled.deck), "run `make pictures`"
    with Image.open(drawn) as picture:
        assert picture.width == int(shown["width"]) * reference.SCALE


def test_every_picture_has_an_example_and_all_together_are_small() -> None:
    pictures = list(reference.PICTURES.glob("*.png"))
    names = {example.name for example in EXAMPLES}
    assert {picture.stem for picture in pictures} == names == json.loads(reference.DIGESTS.read_bytes()).keys()
    assert sum(picture.stat().st_size for picture in pictures) < MOST_BYTES


# The other documents.


def _blocks(document: str, language: str) -> list[str]:
    """The text of every fenced block of this language, where fences are not indented."""
    text = ROOT.joinpath(document).read_text(encoding="utf-8")
    blocks = re.findall(r"^```(\w*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [block for name, block in blocks if name == language]


def _project(folder: Path, files: dict[str, str]) -> build.Build:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return build.build(config.load([folder]), now=1)


@pytest.mark.parametrize("document", ["README.md", "README.zh-CN.md"])
def test_the_examples_of_the_readme_are_a_project(document: str, tmp_path: Path) -> None:
    (notes,) = _blocks(document, "markdown")
    made = _project(tmp_path, {"deckgen.toml": "\n".join(_blocks(document, "toml")), "source/notes.md": notes})
    assert made.diagnostics == ()
    assert made.compiled
    (note,) = made.compiled.deck.notes
    assert note.ordinals == (1, 2, 3)
    assert "heads-" in note.fields["Figures"]


def test_the_examples_of_the_templates_are_a_project(tmp_path: Path) -> None:
    style, words = _blocks("docs/templates.md", "toml")
    (notes,) = _blocks("docs/templates.md", "markdown")
    (files,) = _blocks("docs/templates.md", "")
    templates = dict(line.split(maxsplit=1) for line in files.splitlines())
    made = _project(
        tmp_path, {"deckgen.toml": f'source = "source"\n{style}\n{words}', "source/words/a.md": notes, **templates}
    )
    assert made.diagnostics == ()
    assert made.compiled
    (note,) = made.compiled.deck.notes
    assert (note.note_type, note.ordinals) == ("Words", (1, 2))
    assert note.fields == {
        "Word": "entropy？",
        "Meaning": "<p>熵</p>",
        "Hint": "<p>信息论</p>",
        "Key": note.fields["Key"],
    }
