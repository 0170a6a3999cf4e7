"""`deckgen init` and `deckgen completion`: a project and a shell to start with."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from deckgen.cli.command import add_command, completed, folders
from deckgen.cli.output import FINE

if TYPE_CHECKING:
    import argparse

    from deckgen.cli.command import Commands

INIT_EXAMPLES = """\
  deckgen init                           in this folder, of the notes that it has
  deckgen init interview                 in a new folder
  deckgen init interview --lang en       in English
"""
COMPLETION_EXAMPLES = """\
  deckgen completion bash > ~/.local/share/bash-completion/completions/deckgen
  deckgen completion zsh > "${fpath[1]}/_deckgen"
  deckgen completion fish > ~/.config/fish/completions/deckgen.fish

Then open a new shell. Or, in ~/.bashrc, or in ~/.zshrc below compinit:

  eval "$(deckgen completion bash)"
  eval "$(deckgen completion zsh)"
"""
SHELLS = ("bash", "zsh", "fish")


def add_init(commands: Commands) -> None:
    """Declare `init`."""
    purpose = "make a project of a folder's notes, or a new one with notes that show what you may write"
    parser = add_command(commands, "init", init, purpose, INIT_EXAMPLES)
    folder = parser.add_argument("folder", nargs="?", default=".", metavar="DIR", help="its folder (default: this one)")
    completed(folder, folders)
    parser.add_argument(
        "--lang", choices=("zh", "en"), help="its language (default: that of the locale; Chinese where it names none)"
    )


def add_completion(commands: Commands) -> None:
    """Declare `completion`."""
    purpose = "print what completes deckgen's commands in a shell"
    parser = add_command(commands, "completion", completion, purpose, COMPLETION_EXAMPLES)
    parser.add_argument("shell", choices=SHELLS, metavar="SHELL", help=f"one of {', '.join(SHELLS)}")


def init(arguments: argparse.Namespace) -> int:
    """Make the project."""
    from deckgen import starter  # noqa: PLC0415 - `--help` needs none of it
    from deckgen.config import shown  # noqa: PLC0415 - as above

    folder = Path(arguments.folder).absolute()
    created, lacking = starter.create(folder, arguments.lang or _language())
    print(f"created {', '.join(shown(path) for path in created)}")
    for path, lines in lacking.items():
        print(f"{shown(path)} is yours and stays as it is: add to it  {'  '.join(lines)}")
    import shlex  # noqa: PLC0415 - no other command needs it

    enter = "" if folder == Path.cwd() else f"cd {shlex.quote(arguments.folder)} && "
    print(f"next: {enter}deckgen build")
    return FINE


def _language() -> str:
    """Chinese, unless the locale names another language; `C` and `POSIX` name none."""
    names = [os.environ.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG")]
    if sys.platform == "win32":
        import locale  # noqa: PLC0415 - elsewhere the environment says it

        names.append(locale.getlocale()[0] or "")
    name = next(filter(None, names), "").partition(".")[0].lower()
    return "zh" if name in ("", "c", "posix") or name.startswith(("zh", "chinese")) else "en"


def completion(arguments: argparse.Namespace) -> int:
    """Print the script that a shell reads."""
    from argcomplete.shell_integration import shellcode  # noqa: PLC0415 - no other command needs it

    print(shellcode(["deckgen"], shell=arguments.shell).strip())
    return FINE
