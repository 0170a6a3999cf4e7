"""The notes as files: a project of deckgen, and a folder in the syntax of markdown-anki-decks."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from deckgen import figures

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from bench.notes import Sample

NOTES_IN_A_FILE = 100


FIGURES = ("softmax", "multi-head", "attention", "positional-encoding")


def deckgen_project(folder: Path, samples: Iterable[Sample]) -> Path:
    """A project with its notes under source/, a hundred in a file."""
    return _project(folder, samples, as_deckgen)


def seed_project(folder: Path, samples: Iterable[Sample]) -> Path:
    """The same, the first notes of a file with a figure each."""
    drawn = dict(enumerate(map(figures.example, FIGURES), 1))
    return _project(folder, samples, lambda number, sample: as_deckgen(number, sample) + drawn.get(number, ""))


def _project(folder: Path, samples: Iterable[Sample], form: Callable[[int, Sample], str]) -> Path:
    folder.mkdir(parents=True)
    (folder / "deckgen.toml").write_text('deck = "bench"\nsource = "source"\noutput = "deck.apkg"\n', encoding="utf-8")
    _write(folder / "source", samples, form)
    return folder


def markdown_anki_decks_folder(folder: Path, samples: Iterable[Sample]) -> Path:
    """The same notes and cards for `mdankideck convert --cloze`, which makes a package of each file."""
    _write(folder, samples, as_markdown_anki_decks)
    return folder


def _write(folder: Path, samples: Iterable[Sample], form: Callable[[int, Sample], str]) -> None:
    """One file after the other: a list of all notes would count as memory of the processes started later."""
    folder.mkdir(parents=True)
    rest = iter(samples)
    number = 0
    while batch := list(islice(rest, NOTES_IN_A_FILE)):
        number += 1
        text = f"# 第 {number} 章\n\n" + "".join(form(index, sample) for index, sample in enumerate(batch, 1))
        (folder / f"chapter-{number:04}.md").write_text(text, encoding="utf-8")


def as_deckgen(number: int, sample: Sample) -> str:
    """A question in bold, phrases underlined, the remark in a closing quote."""
    answer = "".join(f"<u>{piece}</u>" if index % 2 else piece for index, piece in enumerate(sample.answer))
    details = "".join(f"- {detail}\n" for detail in sample.details) + ("\n" if sample.details else "")
    return f"**Q{number:03}：{sample.question}**\n\n{answer}\n\n{details}> {sample.remark}\n\n"


def as_markdown_anki_decks(number: int, sample: Sample) -> str:
    """A heading that is the front, with Anki's own clozes; what is below it is shown on the back."""
    answer = "".join(
        f"{{{{c{index // 2 + 1}::{piece}}}}}" if index % 2 else piece for index, piece in enumerate(sample.answer)
    )
    details = "".join(f"- {detail}\n" for detail in sample.details) + ("\n" if sample.details else "")
    return f"## Q{number:03}：{sample.question}{answer}\n\n{details}> {sample.remark}\n\n"
