"""What an image of ours says of itself: its alt text, and the comment that tells whether it is current.

An SVG has a `<title>` and an XML comment, a PNG text chunks named as below (PNG specification, 11.3.3.4: iTXt).
"""

from __future__ import annotations

import html
import re
from itertools import takewhile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

PNG = b"\x89PNG\r\n\x1a\n"
ALT, COMMENT = "Description", "Comment"
"""Names of text chunks."""


def alt(data: bytes) -> str:
    """The alt text; empty where there is none."""
    if data.startswith(PNG):
        return _texts(data).get(ALT, "")
    title = re.search(r"<title>(.*?)</title>", data.decode("utf-8", errors="replace"), re.DOTALL)
    return html.unescape(title[1]) if title else ""


def has_comment(data: bytes, comment: str) -> bool:
    """Whether the image is whole and carries exactly this comment."""
    if data.startswith(PNG):
        return data[-8:-4] == b"IEND" and _texts(data).get(COMMENT) == comment
    return data.rstrip().endswith(b"</svg>") and f"<!-- {comment} -->".encode() in data


def without_comment(data: bytes) -> bytes:
    """The image without the first comment of its own."""
    if not data.startswith(PNG):
        return re.sub(rb"<!--.*?-->\n?", b"", data, count=1, flags=re.DOTALL)
    kept, start = [PNG], len(PNG)
    for kind, content in _chunks(data):
        end = start + len(content) + 12
        if not (kind == b"iTXt" and content.startswith(COMMENT.encode() + b"\0")):
            kept.append(data[start:end])
        start = end
    return b"".join(kept)


def _texts(png: bytes) -> dict[str, str]:
    """The uncompressed iTXt chunks before the pixels, by name."""
    found = {}
    for kind, content in takewhile(lambda chunk: chunk[0] != b"IDAT", _chunks(png)):
        name, _, rest = content.partition(b"\0")
        if kind == b"iTXt" and rest.startswith(b"\0\0"):
            found[name.decode("latin-1")] = rest[2:].split(b"\0", 2)[-1].decode("utf-8", errors="replace")
    return found


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Type and content of each whole chunk: four bytes of length, four of type, the content, four of checksum."""
    start = len(PNG)
    while (end := start + 12 + (length := int.from_bytes(png[start : start + 4], "big"))) <= len(png):
        yield png[start + 4 : start + 8], png[start + 8 : start + 8 + length]
        start = end
