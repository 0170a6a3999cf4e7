"""Completion in the real shells, on a terminal: what stands on the screen after TAB."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path
from typing import TYPE_CHECKING, Self

import pytest

from deckgen.cli import start

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Result

    Deckgen = Callable[..., Result]

PATIENCE = 15
STARTING = {
    "bash": ["bash", "--norc", "--noprofile", "-i"],
    "zsh": ["zsh", "-f", "-i"],
    "fish": ["fish", "--no-config", "-i"],
}
LOADING = {
    "bash": 'bind "set bell-style none"; eval "$(deckgen completion bash)"',
    "zsh": 'autoload -U compinit; compinit -u -D; eval "$(deckgen completion zsh)"',
    "fish": "deckgen completion fish | source",
}
CONTROL = re.compile(r"\x1b(?:\][^\x07\x1b]*(?:\x07|\x1b\\)|[PX^_].*?\x1b\\|\[[0-9;?<=>]*[ -/]*[@-~]|[()][0-9A-B]|.)")


class Shell:
    """A shell on a terminal of its own."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        environment = {
            "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
            "HOME": str(folder),
            "TERM": "xterm",
            "LANG": "C.UTF-8",
            "PS1": "> ",
        }
        self.process, self.terminal = pty.fork()
        if not self.process:
            os.chdir(folder)
            os.execvpe(name, STARTING[name], environment)  # noqa: S606 - a terminal of its own needs a fork
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 120, 0, 0))
        self.type(f"{LOADING[name]}; echo rea''dy\n")
        self.wait("ready")
        self.settle()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.kill(self.process, signal.SIGKILL)
        os.waitpid(self.process, 0)
        os.close(self.terminal)

    def type(self, text: str) -> None:
        os.write(self.terminal, text.encode())

    def wait(self, *words: str) -> str:
        """What the screen shows once it has all of these words."""
        screen, ends = b"", time.monotonic() + PATIENCE
        while time.monotonic() < ends:
            if select.select([self.terminal], [], [], 0.1)[0]:
                screen += os.read(self.terminal, 65536)
                text = CONTROL.sub("", screen.decode("utf-8", "replace"))
                if all(word in text for word in words):
                    return text
        raise AssertionError(f"{self.name} shows {screen.decode('utf-8', 'replace')!r}")

    def settle(self) -> None:
        """Until nothing is written to the screen any more."""
        while select.select([self.terminal], [], [], 0.2)[0]:
            os.read(self.terminal, 65536)

    def complete(self, text: str, *words: str) -> None:
        """Type, press TAB until these words are there, and throw the line away."""
        self.type(text + "\t" if self.name != "bash" else text + "\t\t")
        self.wait(*words)
        self.type("\x15")
        self.settle()


@pytest.fixture(params=["bash", "zsh", "fish"])
def shell(request: pytest.FixtureRequest, tmp_path: Path) -> Shell:
    if shutil.which(request.param) is None:
        pytest.skip(f"{request.param} is not installed")
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin/deckgen"
    program.write_text(
        f'#!/bin/sh\nPYTHONPATH={Path(start.__file__).parents[2]} exec {sys.executable} -m deckgen "$@"\n'
    )
    program.chmod(0o755)
    (tmp_path / "面试").mkdir()
    (tmp_path / "noted.md").touch()
    (tmp_path / "noted.txt").touch()
    return Shell(request.param, tmp_path)


def test_commands_options_choices_kinds_and_files_are_completed(shell: Shell) -> None:
    with shell:
        shell.complete("deckgen bu", "deckgen build ")
        shell.complete("deckgen ", "build", "check", "completion", "diff", "figures", "init", "preview", "templates")
        shell.complete("deckgen build --fro", "--frozen ")
        shell.complete("deckgen build --to ", "apkg", "text")
        shell.complete("deckgen check --format j", "json ")
        shell.complete("deckgen figures softmax-t", "softmax-temperature ")
        shell.complete("deckgen completion z", "zsh ")
        shell.complete("deckgen check --explain long", "long-cloze ")
        shell.complete("deckgen build not", "noted.md ")
        shell.complete("deckgen init 面", "面试/")


@pytest.mark.parametrize("name", start.SHELLS)
def test_each_shell_accepts_the_script(deckgen: Deckgen, name: str) -> None:
    if shutil.which(name) is None:
        pytest.skip(f"{name} is not installed")
    script = deckgen("completion", name).out
    assert subprocess.run([name, "-n"], input=script, text=True, capture_output=True, check=True).stderr == ""
    assert name == "fish" or script.startswith("#compdef deckgen\n")
