"""The preview without a browser: its files, its formulas, what the server answers, what is written into a folder."""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import deckgen as package
from deckgen.cards import Card
from deckgen.cards.sounds import Sound, Speech
from deckgen.preview import live, site
from deckgen.preview.math import typeset
from deckgen.preview.server import Server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.conftest import Anki, Result

    Deckgen = Callable[..., Result]

NOTES = """\
# 题目

**Q1：一$x<y$？**

答<u>案一</u>，<u>案二</u>。

**二？**

**Q2：二？**

答。
"""
FIGURE = '**Q1：一？**\n\n答。\n\n```figure softmax\nscores = [1, 2]\nlabels = ["甲", "乙"]\n```\n'


def state(folder: Path, **files: str) -> live.State:
    for name, text in files.items():
        folder.joinpath(name.replace("_md", ".md").replace("_toml", ".toml")).write_text(text, encoding="utf-8")
    return live.build([folder])


def called(data: bytes, function: str) -> Any:
    """The argument of the one call that the script makes."""
    script = data.decode()
    assert script.startswith(f"deckgen.{function}(")
    return json.loads(script.removeprefix(f"deckgen.{function}(").rstrip().removesuffix(");"))


# The files.


def test_the_index_says_what_there_is(tmp_path: Path) -> None:
    index = called(site.content(site.files(state(tmp_path, a_md=NOTES))["index.js"]), "index")
    notes = [(note["label"], note["question"], note["line"], note["type"], note["ordinals"]) for note in index["notes"]]
    assert notes == [("Q1", "一x<y？", 3, "cloze", [1, 2]), ("Q2", "二？", 9, "qa", [1])]
    assert index["notes"][0]["typeset"].startswith("一<math")
    assert index["notes"][1]["typeset"] == ""
    assert [note["path"] for note in index["notes"]] == [str(tmp_path / "a.md")] * 2
    assert index["noteTypes"]["cloze"]["name"] == "deckgen Cloze"
    assert (index["generation"], index["stale"]) == (0, False)
    assert [(d["code"], d["line"], d["text"]) for d in index["diagnostics"]] == [("possible-question", 7, "**二？**")]


def test_a_note_has_both_sides_of_every_card(tmp_path: Path) -> None:
    note = called(site.content(site.files(state(tmp_path, a_md=NOTES))["notes/0.js"]), "note")
    assert sorted(note["cards"]) == ["1", "2"]
    assert 'data-ordinal="2">[...]</span>' in note["cards"]["2"]["front"]
    assert 'data-ordinal="2">案二</span>' in note["cards"]["2"]["back"]
    assert "<math" in note["cards"]["1"]["front"]


def test_every_file_that_the_site_names_is_there(tmp_path: Path) -> None:
    files = site.files(state(tmp_path, a_md=FIGURE, b_md=NOTES))
    page = site.content(files["index.html"]).decode()
    assert set(re.findall(r'(?:src|href)="([\w.]+)"', page)) <= files.keys()
    index = called(site.content(files["index.js"]), "index")
    assert set(index["sources"].values()) <= files.keys()
    note = site.content(files["notes/0.js"]).decode()
    pictures = re.findall(r'src=\\"([^\\"]+)', note)
    assert pictures
    assert {f"media/{name}" for name in pictures} <= files.keys()


def test_the_page_names_no_other_host() -> None:
    for name in site.PAGES.values():
        text = Path(site.__file__).with_name(name).read_text(encoding="utf-8")
        assert not re.search(r"(?:https?:)?//\w+\.", text.replace("http://www.w3.org/2000/svg", "")), name


def test_lines_can_be_opened_in_an_editor(tmp_path: Path) -> None:
    index = called(site.content(site.files(state(tmp_path, a_md=NOTES), editor="vscode")["index.js"]), "index")
    assert list(index["editor"].values()) == [f"vscode://file{tmp_path}/a.md"]


@pytest.mark.parametrize(("lang", "language"), [("zh", "zh-CN"), ("en", "en")])
def test_the_pages_are_in_the_language_of_the_notes(tmp_path: Path, lang: str, language: str) -> None:
    files = site.files(state(tmp_path, deckgen_toml=f'lang = "{lang}"\n', a_md=NOTES))
    assert called(site.content(files["index.js"]), "index")["language"] == language
    assert f'<html lang="{language}">' in site.content(files["source/0.html"]).decode()


def test_a_source_page_has_each_line_escaped(tmp_path: Path) -> None:
    files = site.files(state(tmp_path, a_md=NOTES.replace("案一", "<b>案&一</b>")))
    page = site.content(files["source/0.html"]).decode()
    assert '<li id="L5"><a href="#L5">5</a><code>答&lt;u&gt;&lt;b&gt;案&amp;一' in page


def test_sounds_have_players_and_answers_a_box() -> None:
    played: dict[str, Sound | Speech] = {
        "[anki:play:q:0]": Sound('a "b".mp3'),
        "[anki:play:q:1]": Sound("c.MP4"),
        "[anki:play:a:0]": Speech("读", "zh"),
    }
    card = Card("<p>甲[anki:play:q:0] [anki:play:q:1][[type:Answer]]</p>", "[anki:play:a:0][[type:Answer]]", played)
    shown = site.sides(card)
    assert '<audio class="preview-player" controls preload="metadata" src="a%20%22b%22.mp3"></audio>' in shown["front"]
    assert '<video class="preview-player" controls preload="metadata" src="c.MP4"></video>' in shown["front"]
    assert '<input type="text" id="typeans"' in shown["front"]
    assert shown["back"] == '<span class="preview-player">🔊 读</span>'


@pytest.mark.parametrize("field", ["<b>熵</b> a", "x &amp; y &lt; z", '"甲"'])
def test_the_back_shows_what_was_to_be_typed_as_anki_does(field: str, anki: Anki) -> None:
    theirs = anki.col._backend.compare_answer(expected=field, provided="", combining=True)  # noqa: SLF001 - Anki's own
    assert site.sides(Card("", "[[type:Answer]]", {}), {"Answer": field})["back"] == theirs
    asked = site.sides(Card("", "[[type:cloze:Answer]]", {}), {"Answer": f"{{{{c1::甲}}}}{{{{c2::{field}}}}}"}, 2)
    assert asked["back"] == theirs


def test_errors_keep_the_last_good_cards(tmp_path: Path) -> None:
    good = state(tmp_path, a_md=NOTES)
    (tmp_path / "a.md").write_text(NOTES.replace("</u>", ""), encoding="utf-8")
    broken = live.build([tmp_path], good)
    assert [diagnostic.code for diagnostic in broken.diagnostics] == [*["unclosed-underline"] * 2, "possible-question"]
    index = called(site.content(site.files(broken)["index.js"]), "index")
    assert index["stale"]
    assert len(index["notes"]) == 2
    assert index["diagnostics"][0]["text"] == "答<u>案一，<u>案二。"


def test_the_last_good_cards_stay_when_the_cache_goes(deckgen: Deckgen) -> None:
    deckgen("build", deckgen_toml="", a_md=NOTES)
    good = live.build([Path.cwd()])
    Path("a.md").write_text(NOTES.replace("</u>", ""), encoding="utf-8")
    broken = live.build([Path.cwd()], good)
    shutil.rmtree(".deckgen")
    index = called(site.content(site.files(broken)["index.js"]), "index")
    assert [note["question"] for note in index["notes"]] == ["一x<y？", "二？"]


def test_a_broken_configuration_is_shown_with_its_line(tmp_path: Path) -> None:
    good = state(tmp_path, a_md=NOTES, deckgen_toml='deck = "甲"\n')
    (tmp_path / "deckgen.toml").write_text("deck = \n", encoding="utf-8")
    broken = live.build([tmp_path], good)
    assert [(d.code, d.where.path, d.where.line) for d in broken.diagnostics] == [
        ("bad-config", str(tmp_path / "deckgen.toml"), 1)
    ]
    assert broken.cards is good.cards
    assert broken.texts[str(tmp_path / "deckgen.toml")][0] == "deck = "
    (tmp_path / "deckgen.toml").unlink()
    (tmp_path / "a.md").unlink()
    assert live.build([tmp_path], broken).failed


def test_a_figure_is_drawn_once_in_a_run_and_nothing_is_written(tmp_path: Path) -> None:
    first = state(tmp_path, a_md=FIGURE, deckgen_toml="")
    assert first.cards
    assert len(first.cards.drawings) == 1
    (tmp_path / "a.md").write_text(FIGURE.replace("答。", "别的答案。"), encoding="utf-8")
    second = live.build([tmp_path], first)
    assert second.cards
    assert [image is first.cards.drawings[digest] for digest, image in second.cards.drawings.items()] == [True]
    assert second.cards.deck.media == first.cards.deck.media
    (tmp_path / "a.md").write_text(FIGURE.replace("[1, 2]", "[1, 3]"), encoding="utf-8")
    third = live.build([tmp_path], second)
    assert third.cards
    assert third.cards.drawings.keys().isdisjoint(second.cards.drawings)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.md", "deckgen.toml"]


# Formulas.


@pytest.mark.parametrize(
    ("card", "shown"),
    [
        (r"a \(x&lt;y\) b", "<mo>&lt;</mo>"),
        (r"\[\sum_{i=1}^n x_i\]", 'display="block"'),
        (r"\(\text{a&lt;b&gt;c}\)", "<mtext>a&lt;b&gt;c</mtext>"),
        (r"\[\begin{aligned}a&amp;=b\\c&amp;=d\end{aligned}\]", "<mtable"),
        (r"\(a \backslash b\)", "<mi>\\</mi>"),
        (r"\(\displaystyle\sum_{i=1}^n x_i\)", '<munderover><mo movablelimits="true">∑</mo>'),
        (r"\[\left[\max_x f\right]\]", '<munder><mo movablelimits="true">max</mo>'),
        (r"\[\sum\nolimits_i x\]", "<msub><mo>∑</mo>"),
    ],
)
def test_a_formula_is_mathml(card: str, shown: str) -> None:
    assert shown in typeset(card)
    assert "preview-tex" not in typeset(card)


@pytest.mark.parametrize(
    "card",
    [
        r'<img alt="\(x\)" title="a > b \(y\)">',
        r"<code>\(x\)</code> <pre><code>\[y\]</code></pre>",
        r"<script>'\(x\)'</script><!-- \(x\) -->",
        r"&#92;<span></span>(x&#92;<span></span>)",
        r"\(x <b>y</b>\)",
        "a < b and \\( never closed",
    ],
)
def test_what_is_no_formula_is_left_alone(card: str) -> None:
    assert typeset(card) == card


@pytest.mark.parametrize("tex", [r"\frac{", r"\unknown{x}", "x^", r"\left(", r"\begin{tikzcd}a\end{tikzcd}", "{"])
def test_a_formula_that_cannot_be_converted_is_shown_as_tex(tex: str) -> None:
    assert typeset(f"甲\\({tex}\\)") == f'甲<span class="preview-tex">\\({tex}\\)</span>'


# The server.


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as serving:
        serving.show({"index.html": b"<p>", "media/a b.svg": b"<svg/>", "notes/0.js": lambda: b"made"}, 7)
        thread = threading.Thread(target=serving.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield serving
        serving.shutdown()
        thread.join()


def ask(server: Server, path: str, method: str = "GET", host: str = "") -> tuple[int, bytes, dict[str, str]]:
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=5)
    connection.request(method, path, headers={"Host": host} if host else {})
    response = connection.getresponse()
    return response.status, response.read(), dict(response.headers)


def test_it_serves_what_the_site_holds(server: Server) -> None:
    status, body, headers = ask(server, "/")
    assert (status, body, headers["Content-Type"]) == (200, b"<p>", "text/html; charset=utf-8")
    status, body, headers = ask(server, "/media/a%20b.svg?1")
    assert (status, body, headers["Content-Type"]) == (200, b"<svg/>", "image/svg+xml")
    assert headers["Content-Security-Policy"].startswith("sandbox;")
    assert ask(server, "/notes/0.js")[:2] == (200, b"made")
    assert ask(server, "/notes/0.js", "HEAD")[:2] == (200, b"")


@pytest.mark.parametrize(
    "path",
    ["/nothing", "/../pyproject.toml", "/%2e%2e/pyproject.toml", "//etc/passwd", "/media/../../etc/passwd", "/media/"],
)
def test_it_serves_nothing_else(server: Server, path: str) -> None:
    assert ask(server, path)[0] == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_it_takes_nothing(server: Server, method: str) -> None:
    assert ask(server, "/", method)[0] == 501


def test_it_answers_to_its_own_name_only(server: Server) -> None:
    port = server.server_port
    assert ask(server, "/", host=f"localhost:{port}")[0] == 200
    for host in (f"rebound.example:{port}", "127.0.0.1", "localhost", f"127.0.0.1:{port + 1}", f"[::1]:{port}"):
        status, body, _ = ask(server, "/", host=host)
        assert status == 403
        assert b"<p>" not in body
        assert ask(server, "/events", host=host)[0] == 403


def test_a_request_without_a_host_or_with_two_is_refused(server: Server) -> None:
    for hosts in ((), (f"127.0.0.1:{server.server_port}", "other")):
        with socket.create_connection(("127.0.0.1", server.server_port), timeout=5) as line:
            line.sendall("\r\n".join(["GET / HTTP/1.1", *(f"Host: {host}" for host in hosts), "", ""]).encode())
            assert line.recv(100).startswith(b"HTTP/1.1 403 ")


def test_it_listens_on_the_loopback_address_only(server: Server) -> None:
    assert server.socket.getsockname() == ("127.0.0.1", server.server_port)
    for address in socket.gethostbyname_ex(socket.gethostname())[2]:
        with socket.socket() as line:
            line.settimeout(2)
            assert address.startswith("127.") or line.connect_ex((address, server.server_port)) != 0


def test_a_page_is_told_of_each_build(server: Server) -> None:
    with socket.create_connection(("127.0.0.1", server.server_port), timeout=5) as line:
        line.sendall(f"GET /events HTTP/1.1\r\nHost: 127.0.0.1:{server.server_port}\r\n\r\n".encode())
        stream = line.makefile("rb")
        told = (row for row in stream if row.startswith(b"data:"))
        assert next(told) == b"data: 7\n"
        server.show({}, 8)
        assert next(told) == b"data: 8\n"


# The command.


def test_a_port_that_is_taken_is_wrong_usage(deckgen: Deckgen) -> None:
    with Server() as other:
        shown = deckgen("preview", "a.md", "--no-open", "--port", str(other.server_port), a_md=NOTES)
    assert shown.code == 2
    assert f"port {other.server_port} cannot be used" in shown.err


@pytest.mark.parametrize("port", ["0", "65536", "-1", "x"])
def test_a_port_that_is_none_is_wrong_usage(deckgen: Deckgen, port: str) -> None:
    assert deckgen("preview", "a.md", "--no-open", "--port", port, a_md=NOTES).code == 2


def test_what_is_not_there_is_wrong_usage(deckgen: Deckgen) -> None:
    assert deckgen("preview", "b.md", "--no-open").code == 2


def test_it_says_where_it_is_and_ends_quietly(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(NOTES, encoding="utf-8")
    command = [sys.executable, "-m", "deckgen", "preview", "a.md", "--no-open"]
    environment = {**os.environ, "PYTHONPATH": str(Path(package.__file__).parents[1])}
    with subprocess.Popen(
        command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/  \(Ctrl-C ends it\)\n", process.stdout.readline())
        assert re.fullmatch(r"\d\d:\d\d:\d\d 2 notes, 3 cards, 1 warning\n", process.stdout.readline())
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=5)
    assert (process.returncode, out, err) == (0, "", "")


# The folder.


def test_a_folder_is_written_and_written_again(deckgen: Deckgen) -> None:
    first = deckgen("preview", "a.md", "--html", "out", a_md=NOTES)
    assert first.code == 0
    assert first.out.endswith("2 notes, 3 cards, 1 warning → out/index.html\n")
    assert Path("out/notes/1.js").is_file()
    assert deckgen("preview", "a.md", "--html", "out", a_md=NOTES.partition("**二")[0]).code == 0
    assert not Path("out/notes/1.js").exists()
    assert called(Path("out/index.js").read_bytes(), "index")["generation"] == 0


def test_a_folder_with_other_files_is_left_alone(deckgen: Deckgen) -> None:
    Path("out").mkdir()
    Path("out/diary.txt").write_text("mine", encoding="utf-8")
    refused = deckgen("preview", "a.md", "--html", "out", a_md=NOTES)
    assert refused.code == 2
    assert "out holds files that are no preview, such as diary.txt: name a new folder" in refused.err
    assert [path.name for path in Path("out").iterdir()] == ["diary.txt"]
    assert deckgen("preview", "a.md", "--html", "new").code == 0
    Path("new/notes/diary.txt").write_text("mine", encoding="utf-8")
    assert deckgen("preview", "a.md", "--html", "new").code == 2
    assert deckgen("preview", "a.md", "--html", "a.md").code == 2
    assert Path("a.md").read_text(encoding="utf-8") == NOTES


def test_with_errors_nothing_is_written(deckgen: Deckgen) -> None:
    refused = deckgen("preview", "a.md", "--html", "out", a_md=NOTES.replace("</u>", ""))
    assert refused.code == 1
    assert "2 errors, 1 warning: nothing was written" in refused.err
    assert not Path("out").exists()
