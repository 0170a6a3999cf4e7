"""A site → HTTP on this machine only. It answers from what it holds in memory and never opens a file.

It listens on the loopback address and answers only to that name: a page elsewhere that has its own name point here
(DNS rebinding) gets nothing, and other sites may not embed what it serves. `/events` tells the page of a new build.
"""

from __future__ import annotations

import mimetypes
import sys
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from deckgen.diagnostics import DeckgenError
from deckgen.preview import site

if TYPE_CHECKING:
    from collections.abc import Mapping

ADDRESS = "127.0.0.1"
HEARTBEAT = 15.0
"""Seconds after which a silent page is written to, to see whether it is still there."""


class Server(ThreadingHTTPServer):
    """Serves the last site that it was given to show. Port 0 takes a free one.

    Raises DeckgenError where the port is taken.
    """

    daemon_threads = True
    block_on_close = False
    allow_reuse_address = sys.platform != "win32"  # there, another program could take the port over

    def __init__(self, port: int = 0) -> None:
        self.files: Mapping[str, site.Content] = {}
        self.generation = 0
        self.changed = threading.Condition()
        try:
            super().__init__((ADDRESS, port), _Handler)
        except OSError as error:
            message = f"port {port} cannot be used: {error.strerror or error}; without --port a free one is taken"
            raise DeckgenError(message) from error

    @property
    def url(self) -> str:
        """Where the page is."""
        return f"http://{ADDRESS}:{self.server_port}/"

    def server_bind(self) -> None:
        """Without the look-up of a host name that HTTPServer makes here, which may wait for a network."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = ADDRESS, self.server_address[1]

    def show(self, files: Mapping[str, site.Content], generation: int) -> None:
        """Serve this site from now on, and tell every page that is open."""
        with self.changed:
            self.files, self.generation = files, generation
            self.changed.notify_all()

    def after(self, generation: int | None) -> int:
        """The number of the site as soon as it is another one than this, or when it is time for a heartbeat."""
        with self.changed:
            self.changed.wait_for(lambda: self.generation != generation, HEARTBEAT)
            return self.generation

    def handle_error(self, *_: object) -> None:
        """A page that was closed in the middle of an answer is nothing to tell."""


class _Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "deckgen", ""

    def do_GET(self) -> None:
        path = unquote(urlsplit(self.path).path).removeprefix("/") or "index.html"
        if not self._is_meant():
            self._answer(HTTPStatus.FORBIDDEN, b"This is deckgen's preview, and it answers to 127.0.0.1 only.\n", "")
        elif path == "events" and self.command == "GET":
            self._events()
        elif path in self.server.files:
            self._answer(HTTPStatus.OK, site.content(self.server.files[path]), path)
        else:
            self._answer(HTTPStatus.NOT_FOUND, b"There is no such file here.\n", "")

    do_HEAD = do_GET  # noqa: N815 - the name that http.server calls

    def _is_meant(self) -> bool:
        """Whether the request names this machine, and not another name that points here."""
        hosts = self.headers.get_all("Host") or []
        return len(hosts) == 1 and hosts[0] in {f"{name}:{self.server.server_port}" for name in (ADDRESS, "localhost")}

    def _answer(self, status: HTTPStatus, body: bytes, path: str) -> None:
        self.send_response(status)
        headers = {"Content-Type": _type(path), "Content-Length": str(len(body)), **HEADERS}
        headers |= MEDIA_HEADERS if path.startswith("media/") else OWN_HEADERS
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def _events(self) -> None:
        """The number of each build, as it is made (https://html.spec.whatwg.org/#server-sent-events)."""
        self.send_response(HTTPStatus.OK)
        for name, value in {"Content-Type": "text/event-stream", **HEADERS, **OWN_HEADERS}.items():
            self.send_header(name, value)
        self.send_header("Connection", "close")
        self.end_headers()
        told = None
        while True:
            generation = self.server.after(told)
            self.wfile.write(f"data: {generation}\n\n".encode() if generation != told else b": still here\n\n")
            told = generation

    def log_message(self, *_: object) -> None:
        """The terminal is for the notes."""


HEADERS = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
OWN_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
}
MEDIA_HEADERS = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:",
    "Access-Control-Allow-Origin": "null",
}
"""Cards stand in frames of no origin, which may load pictures and, named here, fonts."""


def _type(path: str) -> str:
    media_type = TYPES.get(path.rpartition(".")[2]) or mimetypes.guess_type(path)[0]
    return media_type or ("application/octet-stream" if path else "text/plain; charset=utf-8")


TYPES = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}
"""Those that depend on the machine otherwise."""
