"""Images on the network → files in the project's cache, for `remote = "fetch"`.

The notes may be a stranger's: nothing is asked of an address that is not public, nothing but an image is kept, and
there are limits of size, time and redirects. What was downloaded once is never asked for again.
"""

from __future__ import annotations

import hashlib
import ipaddress
import re
import socket
import ssl
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from threading import Timer
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, quote, unquote, urljoin, urlsplit

from deckgen import cache, files
from deckgen.diagnostics import Diagnostic
from deckgen.media import REMOTE, references

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from deckgen.config import Config
    from deckgen.notes import Document, Image

    Allowed = Callable[[str], bool]
    """Whether an IP address may be asked."""

CACHE = f"{cache.FOLDER}/remote"


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one image may take."""

    size: int = 10_000_000
    """In bytes."""
    time: float = 10.0
    """In seconds, redirects included."""
    redirects: int = 3


LIMITS = Limits()
TOGETHER = 8
"""Images that are downloaded at the same time."""
ALL_IMAGES = 60.0
"""Seconds after which no further download begins."""
IMAGES = (
    (rb"\x89PNG\r\n\x1a\n", "png"),
    (rb"\xff\xd8\xff", "jpg"),
    (rb"GIF8[79]a", "gif"),
    (rb"RIFF....WEBP", "webp"),
    (rb"....ftypavi[fs]", "avif"),
    (rb"BM....\0\0\0\0", "bmp"),
    (rb"(?:\xef\xbb\xbf)?\s*(?:<(?:\?xml|!--|!DOCTYPE svg)[^>]{0,2000}>\s*){0,5}<svg[\s>]", "svg"),
)
"""How the content of an image begins, and its extension. What a server says of it is no proof."""
BEGINNING = 20_000
"""Bytes that are enough to tell."""
REDIRECTED = (301, 302, 303, 307, 308)
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
SAFE = "/%:@!$&'()*+,;=~?"


def fetch(
    documents: Sequence[Document], config: Config, *, allowed: Allowed | None = None, limits: Limits = LIMITS
) -> tuple[dict[tuple[str, str], Path], list[Diagnostic]]:
    """The cached file of each image on the network, by document path and reference, after downloading those that are
    not there yet; a warning for each that stays a link.

    `allowed` decides which IP addresses may be asked, by default `is_public`.
    """
    wanted: dict[str, list[tuple[str, Image]]] = {}
    for path, image in references(documents):
        if REMOTE.match(image.source) and not image.sound and not image.source.lower().startswith("data:"):
            wanted.setdefault(image.source, []).append((path, image))
    end = time.monotonic() + ALL_IMAGES
    with ThreadPoolExecutor(TOGETHER) as pool:
        found = pool.map(lambda url: _cached(url, config.root, allowed or is_public, limits, end), wanted)
        results = dict(zip(wanted, found, strict=True))
    cached, diagnostics = {}, []
    for url, uses in wanted.items():
        for path, image in uses:
            result = results[url]
            if isinstance(result, str):
                diagnostics.append(_warning(image, result))
            else:
                cached[path, image.source] = result
    return cached, diagnostics


def _warning(image: Image, reason: str) -> Diagnostic:
    message = f"the image stays a link to the network: {reason}"
    return Diagnostic("remote-image", "warning", image.where, message, "save it beside the notes, or build again later")


def _cached(url: str, root: Path, allowed: Allowed, limits: Limits, end: float) -> Path | str:
    """The file of this address, downloaded where it is not there; or why there is none."""
    folder = root / CACHE
    digest = hashlib.sha256(url.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    try:
        if not folder.resolve().is_relative_to(root.resolve()):
            return f"{CACHE} leads out of the project"
        known = [file for file in folder.glob(f"*-{digest}.*") if _is_whole(file)]
        if known:
            return min(known)
        if time.monotonic() > end:
            return f"the others took {ALL_IMAGES:.0f} seconds"
        data, extension = download(url, allowed, limits)
        file = folder / f"{_stem(url)}-{digest}.{extension}"
        cache.make_folder(root)
        files.save(file, data)
    except (OSError, HTTPException, ValueError, RuntimeError) as error:  # no such host, no certificate, no disk, a loop
        return str(error) or type(error).__name__
    return file


def _is_whole(file: Path) -> bool:
    """Whether a file of the cache is an image still, as far as its beginning tells."""
    if not file.is_file() or file.is_symlink():
        return False
    with file.open("rb") as opened:
        return f".{_extension(opened.read(BEGINNING))}" == file.suffix


def _stem(url: str) -> str:
    name = unquote(urlsplit(url).path).rpartition("/")[2]
    return re.sub(r"[^a-z0-9]+", "-", name.rpartition(".")[0].lower()).strip("-")[:20] or "image"


class RefusedError(ValueError):
    """Why an image is not taken."""


def download(url: str, allowed: Allowed, limits: Limits = LIMITS) -> tuple[bytes, str]:
    """An image and its extension. Raises OSError, HTTPException or ValueError where none is to be had within the limits."""
    deadline = time.monotonic() + limits.time
    for _ in range(limits.redirects + 1):
        address = urlsplit(f"https:{url}" if url.startswith("//") else url)
        with closing(_connect(address, allowed, deadline)) as connection:
            timer = Timer(deadline - time.monotonic(), _hang_up, (connection.sock,))
            timer.start()  # a timeout of the socket's own begins anew with each byte
            try:
                response = _ask(connection, address)
                if response.status not in REDIRECTED:
                    return _read(response, limits, deadline)
                url = urljoin(address.geturl(), response.getheader("Location", ""))
            finally:
                timer.cancel()
    raise RefusedError(f"it was redirected more than {limits.redirects} times")


def _hang_up(connected: socket.socket) -> None:
    with suppress(OSError):
        connected.shutdown(socket.SHUT_RDWR)


def _connect(address: SplitResult, allowed: Allowed, deadline: float) -> HTTPConnection:
    """A connection to the very address that was looked up: a second look-up might be answered otherwise."""
    if address.scheme not in ("http", "https") or not address.hostname:
        raise RefusedError("only http and https are fetched")
    name = address.hostname.encode("idna").decode("ascii") if not address.hostname.isascii() else address.hostname
    secure = address.scheme == "https"
    port = address.port or (443 if secure else 80)
    found = [str(info[4][0]) for info in socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)]
    refused = [ip for ip in found if not allowed(ip)]
    if refused or not found:
        raise RefusedError(f"{name} is no public address ({', '.join(refused)})")
    connected: socket.socket = socket.create_connection((found[0], port), _left(deadline))
    try:
        if secure:
            connected = ssl.create_default_context().wrap_socket(connected, server_hostname=name)
    except BaseException:
        connected.close()
        raise
    connection = (HTTPSConnection if secure else HTTPConnection)(name, port)
    connection.auto_open = 0
    connection.sock = connected
    return connection


def is_public(ip: str) -> bool:
    """Whether an IP address is one of the public network, and no other stands inside it."""
    address = ipaddress.ip_address(ip.partition("%")[0])
    inside: list[ipaddress.IPv4Address | None] = []
    if isinstance(address, ipaddress.IPv6Address):
        inside = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
        if address in NAT64:
            inside.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return all(each.is_global and not each.is_multicast for each in (address, *inside) if each is not None)


def _ask(connection: HTTPConnection, address: SplitResult) -> HTTPResponse:
    path = quote(address.path or "/", safe=SAFE)
    query = f"?{quote(address.query, safe=SAFE)}" if address.query else ""
    connection.request("GET", path + query, headers={"User-Agent": "deckgen", "Accept": "image/*"})
    return connection.getresponse()


def _read(response: HTTPResponse, limits: Limits, deadline: float) -> tuple[bytes, str]:
    if response.status != HTTPStatus.OK:
        raise RefusedError(f"the server answered {response.status}")
    data = response.read(limits.size + 1)
    if len(data) > limits.size:
        raise RefusedError(f"it is larger than {limits.size / 1_000_000:g} MB")
    _left(deadline)
    if response.length:
        raise RefusedError("the answer broke off")
    extension = _extension(data)
    if not extension:
        raise RefusedError("it is no image")
    return data, extension


def _extension(data: bytes) -> str:
    """That of the image which this is, by its beginning; empty where it is none."""
    return next((extension for start, extension in IMAGES if re.match(start, data, re.DOTALL)), "")


def _left(deadline: float) -> float:
    """The seconds that are left; raises where there are none."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise RefusedError("it took too long")
    return left
