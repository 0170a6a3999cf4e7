"""The help of every command ends with examples that fit it, and that can be typed as they stand."""

from __future__ import annotations

import argparse
import re
import shlex

import pytest

from deckgen import cli


def _commands() -> dict[str, argparse.ArgumentParser]:
    parser = cli._parser()  # noqa: SLF001
    (commands,) = [a for a in parser._actions if isinstance(a, argparse._SubParsersAction)]  # noqa: SLF001
    return {"": parser, **commands.choices}


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_a_command_is_declared_alone_as_it_is_among_all(name: str) -> None:
    (alone,) = [a for a in cli._parser([name])._actions if isinstance(a, argparse._SubParsersAction)]  # noqa: SLF001
    assert alone.choices[name].format_help() == _commands()[name].format_help()
    assert list(cli.COMMANDS) == list(_commands())[1:]


@pytest.mark.parametrize("name", _commands())
def test_the_help_ends_with_examples_of_this_command(name: str) -> None:
    _, marked, examples = (_commands()[name].epilog or "").partition("examples:\n")
    assert marked
    typed = re.findall(r"^  (deckgen .*?)(?:   .*| > .*)?$", examples, re.MULTILINE)
    assert len(typed) > 1
    for line in typed:
        _, *words = shlex.split(line)
        assert name in ("", words[0]), line
        try:
            assert vars(cli._parser().parse_args(words))["command"]  # noqa: SLF001
        except SystemExit as stop:
            assert (stop.code, words[-1]) == (0, "--help"), line  # noqa: PT017 - argparse's way


def test_every_line_of_the_examples_is_explained_and_fits_a_terminal() -> None:
    for name, parser in _commands().items():
        lines = [
            line for line in (parser.epilog or "").splitlines() if line.startswith("  deckgen") and " > " not in line
        ]
        assert all(re.search(r"\S   ?\S| {2,}\S", line[2:]) and len(line) <= 110 for line in lines), name
        assert len({re.match(r"  (?:\S+ )+ +", line).end() for line in lines}) <= 1, name  # type: ignore[union-attr]
