"""HTML → text, as Anki strips it."""

from __future__ import annotations

import re
from html.entities import name2codepoint

TAG = re.compile(r"<!--.*?-->|<(style|script).*?>.*?</\1>|<.*?>", re.IGNORECASE | re.DOTALL)
ENTITY = re.compile(r"&(?:#([0-9]+)|#x([0-9a-fA-F]+)|([0-9a-zA-Z]+));")


def plain(html: str) -> str:
    """The text without tags, entities decoded."""
    return decoded(without_tags(html))


def without_tags(html: str) -> str:
    """The same without tags and comments, and without what stands in `style` and `script`. Entities stay."""
    return TAG.sub("", html)


def decoded(text: str) -> str:
    """Entities as characters, hard spaces as spaces; where one `&` is no entity of HTML 4, the text as it is."""
    if "&" not in text:
        return text
    codes = [_code(match) for match in ENTITY.finditer(text)]
    if len(codes) < text.count("&") or None in codes:
        return text
    return ENTITY.sub(lambda match: chr(_code(match) or 0), text).replace("\xa0", " ")


def _code(match: re.Match[str]) -> int | None:
    decimal, hexadecimal, name = match.groups()
    code = name2codepoint.get(name) if name else int(decimal) if decimal else int(hexadecimal, 16)
    return code if code is not None and code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF else None  # noqa: PLR2004 - Unicode's bounds
