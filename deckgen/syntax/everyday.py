"""Lines with nothing in them but text, `<u>`, bold, italics, code, formulas and links, read in one go: most are such.

Tokens are the same as those of markdown-it's rules and ours; a test compares them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from deckgen.syntax.emphasis import flanks
from deckgen.syntax.tokens import TAGS, holds_half, new_token

if TYPE_CHECKING:
    from markdown_it.token import Token

ADDRESS = (
    r"(?:https?://[a-z0-9-]{1,60}(?:\.[a-z0-9-]{1,60}){1,3}(?:/[A-Za-z0-9._/-]*)?|[A-Za-z0-9][A-Za-z0-9._/-]*)?"
    r"(?:#[A-Za-z0-9._-]+)?"
)
"""One that needs no encoding, as nearly all do not: to look closer takes 50 µs."""
MARKUP = re.compile(
    r"(</?u>|<(?=[A-Za-z/!?])|\*\**|`(?:[^`\n]++`(?!`)|`*)|\$(?:(?![\s$])[^$]++(?<![\s\\])\$)?|\n[ \t]*"
    rf"|\[(?:[^\[\]!$&*:<=\\^_`{{}}~\n]++\]\({ADDRESS}\))?"
    r"|_(?!(?<=[^\W_]_)[^\W_])|\\|!(?=\[)|\^(?=\[)|&(?=[#A-Za-z])|:(?=:)|%(?=%)|=(?==)|~(?=~)|\{(?=[{:])|\}(?=\}))"
)
"""All that may be more than text: what is read here, and the first character of anything else."""
EMPHASIS = {"*": "em", "**": "strong"}


def read(source: str) -> list[Token] | None:
    """The tokens of a line; None where it holds anything else. Rule by rule they take 55 µs of a note more."""
    pieces = MARKUP.split(source)
    tokens: list[Token] = []
    text, start = pieces[0], len(pieces[0])
    inside, empty = "", False
    for index in range(1, len(pieces), 2):
        mark, behind = pieces[index], pieces[index + 1]
        token = _emphasis(source, start, mark, inside) if mark[0] == "*" else _token(mark, start, text, behind)
        if token is None:
            return None
        if mark[0] == "\n":
            text = text.rstrip(" ")
        # of two stars, each is a text at first: one becomes the token, and the other one stays, empty, on its outside
        if text or empty or (mark == "**" and not inside):
            tokens.append(_text(text, 1 if inside else 0))
        if mark[0] == "*":
            inside = "" if inside else mark
            empty = mark == "**" and not inside
        else:
            token.level = 1 if inside else 0
            empty = False
        tokens.append(token)
        if mark[0] == "[":
            tokens += _inside_link(mark, token.level)
        start += len(mark) + len(behind)
        text = behind
    if text or empty:
        tokens.append(_text(text, 0))
    return None if inside else tokens


def _text(content: str, level: int) -> Token:
    token = new_token("text", "", 0)
    token.content, token.level = content, level
    return token


def _emphasis(source: str, start: int, mark: str, inside: str) -> Token | None:
    """Where stars are one or two that may open, outside any others, or as many as did, which they may close."""
    end = start + len(mark)
    before, after = source[start - 1] if start else " ", source[end] if end < len(source) else " "
    if mark not in EMPHASIS or inside not in ("", mark):
        return None
    if not (flanks(before, after) if inside else flanks(after, before)):
        return None
    token = new_token(f"{EMPHASIS[mark]}_{'close' if inside else 'open'}", EMPHASIS[mark], -1 if inside else 1)
    token.markup = mark
    return token


def _token(mark: str, start: int, before: str, behind: str) -> Token | None:
    first = mark[0]
    if first == "<" and mark in TAGS:
        token = new_token(TAGS[mark], "", 0)
        token.content, token.meta = mark, {"offset": start}
    elif first == "`" and mark[-1] == "`" and mark[1:2] not in ("", "`"):
        token = new_token("code_inline", "code", 0)
        token.markup, token.content = "`", mark[1:-1]
        if mark[1] == mark[-2] == " " and token.content.strip(" "):
            token.content = mark[2:-2]
    elif first == "$" and len(mark) > 1 and not behind[:1].isdigit() and not holds_half(mark):
        token = new_token("math", "", 0)
        token.content, token.meta = mark[1:-1], {"display": False}
    elif first == "[" and len(mark) > 1:
        token = new_token("link_open", "a", 1)
        token.attrs = {"href": mark[mark.rindex("(") + 1 : -1]}
    elif first == "\n":
        token = new_token("hardbreak" if before.endswith("  ") else "softbreak", "br", 0)
    else:
        return None
    return token


def _inside_link(mark: str, level: int) -> tuple[Token, Token]:
    closing = new_token("link_close", "a", -1)
    closing.level = level
    return _text(mark[1 : mark.index("]")], level + 1), closing
