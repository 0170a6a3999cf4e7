"""What a style of questions finds: where each question stands, and what of its blocks is question, answer or mark."""

from __future__ import annotations

from itertools import accumulate
from operator import attrgetter
from typing import TYPE_CHECKING

from deckgen.characters import is_wide
from deckgen.patterns import later, one_of
from deckgen.syntax.styles import words
from deckgen.syntax.tags import NAME, TAG
from deckgen.syntax.tokens import BREAKS, copied, new_block, new_token, without_outer_breaks
from deckgen.values import NamedTuple

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator, Sequence

    from markdown_it.token import Token

EMPHASIS = ("strong_open", "strong_close", "em_open", "em_close")


class Question(NamedTuple):
    """A question in place of the tokens from `start` to `end`: what is left of them is the question or its answer."""

    start: int
    end: int
    """Behind its last token."""
    kind: str
    """How it is marked, in the plural, for the summary: `bold labels`."""
    question: list[Token]
    """Inline tokens, without the mark."""
    label: str = ""
    level: int = 0
    """That of the heading it is; 0 for anything else."""
    name: str = ""
    tags: tuple[str, ...] = ()
    further: Sequence[Token] = ()
    """Blocks of the question, behind its first."""
    rest: Sequence[Token] = ()
    """Blocks of the answer."""
    whole: bool = False
    """Whether `rest` is the whole answer, and what follows belongs to no note."""


class Reading(NamedTuple):
    """A document as one style reads it. A style that parts paragraphs has tokens of its own."""

    tokens: list[Token]
    questions: list[Question]
    guessed: bool = False
    """Whether nothing but their place says that these are questions."""


def heading_kind(level: int) -> str:
    """A heading as a kind of question; `style` puts several levels together."""
    return f"headings of level {level}"


def style(kinds: Sequence[str]) -> str:
    """How a document was read, the most frequent kind first: `bold text and headings of levels 2 and 3`."""
    ordered = sorted(set(kinds), key=lambda kind: (-kinds.count(kind), kind))
    levels = sorted(kind.rpartition(" ")[2] for kind in ordered if kind.startswith("headings of level "))
    headings = f"headings of level{'s' if len(levels) > 1 else ''} {' and '.join(levels)}"
    named = [headings if kind.startswith("headings of level ") else kind for kind in ordered]
    return " and ".join(dict.fromkeys(named))


OPENING, CLOSING, STAR = one_of("（(【["), one_of("）)】]"), one_of("★☆⭐🔥❗✨\ufe0f")
REMARK = rf"(?:{OPENING}(?:(?!{OPENING}|{CLOSING})[^?？]){{1,20}}{CLOSING}\s*|{STAR}\s*)+"
"""What people write behind a question: `（高频）`, `⭐⭐`."""
REMARKED = later(rf"[?？]\s*{REMARK}\Z|(?:（\s*）|\(\s+\))\s*[。.]?\s*\Z")
"""`什么是 CAS？（高频）`, `…？⭐⭐`, and the gap of a choice: `下面哪个是引用类型（ ）`."""
BEFORE_REMARK = frozenset("?？(（")
"""One of these stands in it: few texts have any, and need the pattern."""
LONGEST_REMARK = 60


def asks(text: str) -> bool:
    """Whether it ends in a question mark, a remark behind it passed over, in 吗 or 呢, or in the gap that a choice fills."""
    if text.endswith(("?", "？", "吗", "呢")):
        return True
    end = text[-LONGEST_REMARK:]
    return not BEFORE_REMARK.isdisjoint(end) and REMARKED.search(end) is not None


REQUEST = later(
    r"\A(?:请|试)?(?:简述|说说|说一[说下]|讲讲|讲一[讲下]|谈谈|谈一[谈下]|聊聊|介绍一下|解释一下|描述一下)"
    r"|(?:주세요|하세요|하시오|십시오)\s*[.。]?\Z"
)


def requests(text: str) -> bool:
    """Whether a bold line or a fold's asks without a question mark: `说说 MVCC。`"""
    return REQUEST.search(text) is not None


ATTRIBUTES = later(r"\s*\{\s*([#.][\w.:/+-]+(?:\s+[#.][\w.:/+-]+)*)\s*\}\s*")
TAGS = later(rf"(?:(?<!\s)\s+{TAG})+\s*\Z")
NAME_OR_TAG = later(rf"#[\w.:-]+|\.{NAME}")


def without_attributes(
    question: list[Token], rest: list[Token]
) -> tuple[list[Token], list[Token], str, tuple[str, ...]]:
    """The same tokens without the `{#name .tag}`, or the ` #tag`, that ends the question, or the former behind it; the
    name and the tags.
    """
    last = question[-1] if question else None
    if last is not None and last.type == "text" and (match := _last_attributes(last.content)):
        return [*question[:-1], copied(last, content=last.content[: match.start()])], rest, *_name_and_tags(match)
    if last is not None and last.type == "text" and "#" in last.content and (found := TAGS.search(last.content)):
        left = [*question[:-1], copied(last, content=last.content[: found.start()])]
        return left, rest, "", tuple(tag.lstrip("#") for tag in found[0].split())
    text = rest[0].content if rest and rest[0].type == "text" else ""
    if "{" in text and (match := ATTRIBUTES.match(text)) and _are_attributes(match):
        return question, [copied(rest[0], content=text[match.end() :]), *rest[1:]], *_name_and_tags(match)
    return question, rest, "", ()


def _last_attributes(text: str) -> re.Match[str] | None:
    start = text.rfind("{")
    match = ATTRIBUTES.fullmatch(text, len(text[:start].rstrip())) if start != -1 else None
    return match if match and _are_attributes(match) else None


def _are_attributes(match: re.Match[str]) -> bool:
    written = match[1].split()
    return all(map(NAME_OR_TAG.fullmatch, written)) and sum(one.startswith("#") for one in written) <= 1


def _name_and_tags(match: re.Match[str]) -> tuple[str, tuple[str, ...]]:
    written = match[1].split()
    name = next((one[1:] for one in written if one.startswith("#")), "")
    return name, tuple(one[1:] for one in written if one.startswith("."))


def trimmed(children: list[Token]) -> list[Token]:
    """An answer's first line without the break or the space that sets it off from the question."""
    for index, token in enumerate(children):
        if token.type in BREAKS or (token.type == "text" and not token.content.strip()):
            continue
        if token.type == "text":
            token = copied(token, content=token.content.lstrip())  # noqa: PLW2901 - the first token alone is trimmed
        return [token, *children[index + 1 :]]
    return []


def leading_text(children: Sequence[Token]) -> str:
    """The text that a line begins with, as typed, emphasis passed over."""
    text = []
    for child in children:
        if child.type == "text":
            text.append(child.content)
        elif child.type not in EMPHASIS:
            break
    return "".join(text)


def shown_label(written: str) -> str:
    """A label as it is shown: 问题 3 without its space, `Question 1` with it."""
    parts = written.split()
    spelled = bool(parts) and len(parts[0]) > 1 and parts[0].isalpha() and not is_wide(parts[0][0])
    return (" " if spelled else "").join(parts)


def behind_signs(text: str) -> int:
    """Where a text begins behind arrows, stars and faces: `❓ Q1：`. A pattern is matched from there; with the signs in it, it
    would take half a millisecond more to compile.
    """
    first = text.lstrip()[:1]
    found = SIGNS.match(text) if "\u2190" <= first < "\u2c00" or first >= "\U0001f000" else None
    return found.end() if found else 0


SIGNS = later(rf"\s*{words.SIGNS}")


def without_start(children: Sequence[Token], length: int) -> list[Token]:
    """The same tokens without the first characters of their text, and without emphasis that is empty then."""
    kept: list[Token] = []
    for child in children:
        if length and child.type == "text":
            cut = min(length, len(child.content))
            length -= cut
            if cut < len(child.content):
                kept.append(copied(child, content=child.content[cut:]))
        elif kept and child.type in EMPHASIS and child.nesting == -1 and kept[-1].nesting == 1:
            kept.pop()
        else:
            kept.append(child)
    return trimmed(kept)


def unwrapped(children: list[Token]) -> list[Token]:
    """A question that is bold as a whole, without the bold."""
    seen = [child for child in children if child.type != "text" or child.content.strip()]
    if len(seen) < 2 or seen[0].type != "strong_open" or seen[-1].type != "strong_close":  # noqa: PLR2004 - a pair
        return children
    closing = next(child for child in seen if child.type == "strong_close" and child.level == seen[0].level)
    return seen[1:-1] if closing is seen[-1] else children


def first_line(children: list[Token]) -> tuple[list[Token], list[Token]]:
    """The first line, and the lines below it. A break inside a link or emphasis parts nothing."""
    depth = 0
    for index, child in enumerate(children):
        depth += child.nesting
        if depth == 0 and child.type in BREAKS:
            return children[:index], trimmed(children[index:])
    return children, []


def leading_bold(line: list[Token]) -> tuple[list[Token], list[Token]] | None:
    """The bold text that a line begins with, and what stands behind it; nothing where it begins otherwise."""
    start = 0
    for start, child in enumerate(line):  # noqa: B007 - the first that is not empty; most lines have none before
        if child.type != "text" or child.content.strip():
            break
    if not line or line[start].type != "strong_open":
        return None
    level, end = line[start].level, start + 1
    while not (line[end].type == "strong_close" and line[end].level == level):
        end += 1
    return line[start + 1 : end], line[end + 1 :]


def answered_in_line(line: list[Token]) -> tuple[list[Token], list[Token]]:
    """A question in bold and the answer behind it in its line: `**为什么轻？** 栈只有 2KB`, perhaps with `→` between."""
    bold, behind = leading_bold(line) or ([], [])
    if not any(child.type == "text" and asks(child.content.rstrip()) for child in bold):
        return line, []
    if not any(child.type != "text" or child.content.strip(ARROWS) for child in behind):
        return line, []
    first, *rest = trimmed(behind)
    if first.type == "text":
        first = copied(first, content=first.content.lstrip(ARROWS))
    return line[: -len(behind)], [first, *rest]


ARROWS = " \t→—–-:：⇒>"


def joined(line: list[Token], below: list[Token]) -> list[Token]:
    """A line, and the lines below it."""
    return [*line, new_token("softbreak", "br", 0), *below] if line and below else [*line, *below]


def lines(children: list[Token]) -> Iterator[list[Token]]:
    """Line by line, as `first_line` parts them."""
    start = depth = 0
    for index, child in enumerate(children):
        depth += child.nesting
        if depth == 0 and child.type in BREAKS:
            if line := trimmed(children[start:index]) if start else children[:index]:
                yield line
            start = index + 1
    if line := trimmed(children[start:]) if start else children:
        yield line


def paragraph(inline: Token, children: list[Token]) -> list[Token]:
    """A paragraph of these inline tokens, but for the breaks around them, at the place of `inline`; nothing where there
    are none.
    """
    children = without_outer_breaks(children)
    if not children:
        return []
    opening = new_block("paragraph_open", "p", 1, map=inline.map)
    return [opening, copied(inline, children=children), new_block("paragraph_close", "p", -1)]


PARAGRAPH = ["paragraph_open", "inline", "paragraph_close"]
"""The types of its tokens."""


def top_blocks(tokens: Sequence[Token]) -> Iterator[tuple[int, int]]:
    """Where each top-level block begins, and where it ends (behind its last token)."""
    depths = accumulate(map(attrgetter("nesting"), tokens))  # 3 µs of a note less than to add them up one by one
    ends = [end for end, depth in enumerate(depths, 1) if not depth]
    return zip([0, *ends], ends, strict=False)
