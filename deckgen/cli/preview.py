"""`deckgen preview`: every card in the browser, and anew at every save."""

from __future__ import annotations

import argparse
import re
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from deckgen.cli.command import add_command, add_paths, completed, folders, processors
from deckgen.cli.output import FINE, count, failed, problems, report, worded

if TYPE_CHECKING:
    from deckgen.cli.command import Commands
    from deckgen.preview.live import State

EXAMPLES = """\
  deckgen preview                        the project of this folder, in the browser
  deckgen preview notes.md --port 8000   a file, always at http://127.0.0.1:8000/
  deckgen preview --editor vscode        with links that open the line in VS Code
  deckgen preview --html preview         the same page as files, in the folder preview
"""
EDITOR_HELP = "link to the lines in vscode, cursor, zed or another editor with NAME://file/… links"


def add(commands: Commands) -> None:
    """Declare the command."""
    purpose = "show every card in the browser as Anki would, and anew whenever a note is saved"
    parser = add_command(commands, "preview", run, purpose, EXAMPLES)
    add_paths(parser)
    parser.add_argument("--port", type=_port, default=0, metavar="N", help="on this port (default: a free one)")
    parser.add_argument("--no-open", action="store_true", help="open no browser")
    parser.add_argument("--editor", type=_editor, metavar="NAME", help=EDITOR_HELP)
    html = parser.add_argument(
        "--html", metavar="DIR", help="write the page into a new folder instead, to be opened from there"
    )
    completed(html, folders)


def run(arguments: argparse.Namespace) -> int:
    """Serve the page until Ctrl-C, or write it."""
    import webbrowser  # noqa: PLC0415 - `--help` needs none of it

    from deckgen.preview import live, server, site  # noqa: PLC0415 - as above

    if arguments.html:
        return _preview_files(arguments)
    stop = threading.Event()

    def show(state: live.State) -> None:
        generation = time.time_ns() // 1_000_000  # another one than that of a server before, on the same port
        serving.show(site.files(state, generation=generation, editor=arguments.editor or ""), generation)
        print(f"{time.strftime('%H:%M:%S')} {_seen(state)}", flush=True)

    with server.Server(arguments.port) as serving:
        try:
            state = live.build(arguments.paths, jobs=processors())
            print(f"{serving.url}  (Ctrl-C ends it)")
            show(state)
            threading.Thread(target=live.follow, args=(arguments.paths, state, stop, show), daemon=True).start()
            if not arguments.no_open:
                threading.Thread(target=webbrowser.open, args=(serving.url,), daemon=True).start()
            serving.serve_forever()
        except KeyboardInterrupt:
            pass
        finally:
            stop.set()
    return FINE


def _preview_files(arguments: argparse.Namespace) -> int:
    from deckgen.preview import live, site, static  # noqa: PLC0415 - as above

    state = live.build(arguments.paths, jobs=processors())
    report(worded(state.diagnostics), "text")
    if state.cards is None:
        return failed(state.diagnostics, "nothing was written")
    folder = Path(arguments.html)
    static.write(folder, site.files(state, editor=arguments.editor or ""))
    print(f"{_seen(state)} → {folder / 'index.html'}")
    return FINE


def _seen(state: State) -> str:
    """What the page shows, in a line."""
    if state.failed or state.cards is None:
        return problems(state.diagnostics)
    parts = [count(state.cards.notes, "note"), count(state.cards.cards, "card")]
    return ", ".join([*parts, problems(state.diagnostics)] if state.diagnostics else parts)


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= 65535):  # noqa: PLR2004 - the last port
        raise argparse.ArgumentTypeError(f"{text} is no port: 1 to 65535")
    return int(text)


def _editor(text: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9+.-]*", text) or text in ("javascript", "data"):
        raise argparse.ArgumentTypeError(f"{text} is no name of an editor, such as vscode")
    return text
