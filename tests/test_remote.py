"""Images from the network, of a real server on this machine."""

from __future__ import annotations

import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

import pytest

from deckgen import config, documents, remote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .conftest import Anki, Result

PNG = b"\x89PNG\r\n\x1a\n and so on"
SVG = b'<?xml version="1.0"?>\n<!-- drawn -->\n<svg xmlns="http://www.w3.org/2000/svg"></svg>'
SMALL = remote.Limits(size=1000, time=1.5, redirects=2)


class _Handler(BaseHTTPRequestHandler):
    asked: list[str] = []  # noqa: RUF012 - each server has a class of its own

    def do_GET(self) -> None:
        self.asked.append(self.path)
        name = self.path.split("?")[0]
        if name.startswith("/to/"):
            self.send_response(302)
            self.send_header("Location", name.removeprefix("/to"))
            self.end_headers()
        elif name == "/away":
            self.send_response(302)
            self.send_header("Location", "http://169.254.169.254/latest/meta-data")
            self.end_headers()
        elif name == "/file":
            self.send_response(302)
            self.send_header("Location", "file:///etc/passwd")
            self.end_headers()
        elif name.startswith("/drip"):
            self._drip(b"X-Slow: " if name == "/drip" else b"\r\n" + PNG)
        elif name in BODIES:
            self.send_response(200)
            self.send_header("Content-Type", "image/png")
            if name != "/endless":
                self.send_header("Content-Length", str(len(BODIES[name]) + 10 * (name == "/broken")))
            self.end_headers()
            self.wfile.write(BODIES[name])
        else:
            self.send_error(404)

    def _drip(self, start: bytes) -> None:
        """One byte after the other, each within any timeout of a socket."""
        try:
            self.wfile.write(b"HTTP/1.1 200 OK\r\n" + start)
            for _ in range(100):
                self.wfile.write(b"a")
                time.sleep(0.1)
        except OSError:
            pass

    def log_message(self, *_: object) -> None:
        """Tests say nothing."""


BODIES = {
    "/a.png": PNG,
    "/图 片.png": PNG,
    "/%E5%9B%BE%20%E7%89%87.png": PNG,
    "/drawn": SVG,
    "/page.png": b"<!DOCTYPE html><html><svg></svg></html>",
    "/empty.png": b"",
    "/large.png": PNG + bytes(2000),
    "/endless": PNG + bytes(2000),
    "/broken": PNG,
}


@pytest.fixture
def server() -> Iterator[tuple[str, list[str]]]:
    """A server's address, and what it was asked for."""
    asked: list[str] = []
    handler = type("Handler", (_Handler,), {"asked": asked})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        thread = Thread(target=running.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{running.server_address[1]}", asked
        running.shutdown()
        thread.join()


def _here(ip: str) -> bool:
    return ip == "127.0.0.1"


def _fetch(folder: Path, *urls: str) -> tuple[dict[str, Path], list[str]]:
    """What is fetched of a note with these images, and what is said of the others."""
    text = "**Q1：一？**\n\n" + "\n".join(f"![]({url})" for url in urls)
    asked = config.Config(root=folder, files=(), project=True)._replace(remote="fetch")
    found, diagnostics = remote.fetch(
        [documents.of_text(folder / "a.md", text, asked)[0]], asked, allowed=_here, limits=SMALL
    )
    return {source: file for (_, source), file in found.items()}, [d.message for d in diagnostics]


def test_an_image_is_downloaded_once(tmp_path: Path, server: tuple[str, list[str]]) -> None:
    url, asked = server
    for _ in range(2):
        found, said = _fetch(
            tmp_path,
            f"{url}/a.png",
            f"{url}/a.png?x=1&y=中",
            f"{url}/drawn",
            f"{url}/to/to/a.png",
            f"<{url}/图 片.png>",
        )
        assert said == []
        assert [file.read_bytes() for file in found.values()] == [PNG, PNG, SVG, PNG, PNG]
        assert [file.suffix for file in found.values()] == [".png", ".png", ".svg", ".png", ".png"]
        assert len(set(found.values())) == 5
        assert sorted(asked) == sorted(
            [
                "/a.png",
                "/a.png?x=1&y=%E4%B8%AD",
                "/drawn",
                "/to/to/a.png",
                "/to/a.png",
                "/a.png",
                "/%E5%9B%BE%20%E7%89%87.png",
            ]
        )
    assert (tmp_path / ".deckgen" / ".gitignore").read_text() == "*\n"


REFUSED = {
    "/none.png": "the server answered 404",
    "/page.png": "it is no image",
    "/empty.png": "it is no image",
    "/large.png": "it is larger than 0.001 MB",
    "/endless": "it is larger than 0.001 MB",
    "/broken": "the answer broke off",
    "/to/to/to/a.png": "it was redirected more than 2 times",
    "/away": "169.254.169.254 is no public address (169.254.169.254)",
    "/file": "only http and https are fetched",
}


@pytest.mark.parametrize("path", REFUSED)
def test_nothing_else_is_kept(path: str, tmp_path: Path, server: tuple[str, list[str]]) -> None:
    url, _ = server
    found, said = _fetch(tmp_path, url + path)
    assert found == {}
    assert said == [f"the image stays a link to the network: {REFUSED[path]}"]
    assert list(tmp_path.rglob("*.*")) == []


@pytest.mark.parametrize("path", ["/drip", "/drip-image"])
def test_a_server_that_drips_is_left_in_time(path: str, tmp_path: Path, server: tuple[str, list[str]]) -> None:
    url, _ = server
    start = time.monotonic()
    found, said = _fetch(tmp_path, url + path)
    assert (found, len(said)) == ({}, 1)
    assert time.monotonic() - start < 4


PRIVATE = (
    "127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",  # noqa: S104 - to be refused
    "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
    "64:ff9b::7f00:1", "2002:7f00:1::", "2002:a00:1::1", "ff02::1",
)  # fmt: skip


@pytest.mark.parametrize("ip", PRIVATE)
def test_an_address_that_is_not_public_is_refused(ip: str) -> None:
    assert not remote.is_public(ip)


@pytest.mark.parametrize("ip", ["8.8.8.8", "2001:4860:4860::8888", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_a_public_address_is_asked(ip: str) -> None:
    assert remote.is_public(ip)


def test_a_build_never_asks_this_machine(
    deckgen: Callable[..., Result], server: tuple[str, list[str]], tmp_path: Path
) -> None:
    url, asked = server
    port = url.rpartition(":")[2]
    names = ("127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::1]", "0.0.0.0")  # noqa: S104 - to be refused
    text = "**Q1：一？**\n\n" + "\n".join(f"![](http://{name}:{port}/a.png)" for name in names)
    made = deckgen("build", deckgen_toml='remote = "fetch"', a_md=text)
    assert made.code == 0
    assert made.err.count("warning[remote-image]") == len(names)
    assert asked == []
    assert not (tmp_path / "notes" / ".deckgen" / "remote").exists()


def test_what_is_in_the_cache_travels(
    anki: Anki, deckgen: Callable[..., Result], server: tuple[str, list[str]], tmp_path: Path
) -> None:
    url, asked = server
    _fetch(tmp_path / "notes", f"{url}/a.png")
    text = f"**Q1：一？**\n\n![图]({url}/a.png) ![]({url}/a.mp3)"
    made = deckgen("build", "-o", "a.apkg", deckgen_toml='remote = "fetch"', a_md=text)
    assert made.code == 0
    assert made.err.count("remote-image") == 1  # the sound
    anki.import_package(Path("a.apkg"))
    assert [path.read_bytes() for path in anki.media()] == [PNG]
    assert anki.complaints() == []
    assert asked == ["/a.png"]


@pytest.mark.parametrize("damage", [b"", PNG[:4], b"no image", SVG])
def test_what_is_no_image_any_more_is_downloaded_again(
    damage: bytes, tmp_path: Path, server: tuple[str, list[str]]
) -> None:
    url, _ = server
    (file,) = _fetch(tmp_path, f"{url}/a.png")[0].values()
    file.write_bytes(damage)
    found, said = _fetch(tmp_path, f"{url}/a.png")
    assert [each.read_bytes() for each in found.values()] == [PNG]
    assert said == []


def test_a_link_in_the_cache_leads_nowhere(tmp_path: Path, server: tuple[str, list[str]]) -> None:
    """The notes may come with a cache of a stranger's making."""
    url, _ = server
    project, outside = tmp_path / "project", tmp_path / "outside"
    project.mkdir()
    outside.mkdir()
    found, _ = _fetch(project, f"{url}/a.png")
    (file,) = found.values()
    secret = outside / "secret"
    secret.write_bytes(b"secret")
    file.unlink()
    file.symlink_to(secret)
    found, _ = _fetch(project, f"{url}/a.png")
    assert [each.read_bytes() for each in found.values()] == [PNG]
    assert secret.read_bytes() == b"secret"
    other = tmp_path / "other"
    (other / ".deckgen").mkdir(parents=True)
    (other / ".deckgen" / "remote").symlink_to(outside)
    found, said = _fetch(other, f"{url}/a.png")
    assert (found, len(said)) == ({}, 1)
    assert [each.name for each in outside.iterdir()] == ["secret"]
