"""An opening tag of HTML → its attributes, for `html`."""

from __future__ import annotations

from html.parser import HTMLParser


def of(tag: str) -> dict[str, str]:
    """Those of this tag, with entities decoded."""
    return _Tag(tag).attributes


class _Tag(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.attributes: dict[str, str] = {}
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - HTMLParser's signature
        self.attributes = {name: value or "" for name, value in attrs}
