"""Task lists: `- [ ] to do`, `- [x] done` → a `checkbox`, and the class `task` on the list item."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markdown_it.token import Token

from deckgen.patterns import later
from deckgen.syntax.tokens import may_hold

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_core import StateCore

BOX = later(r"\[([ xX])\]\s+(?=\S)|\[([ xX])\]\s*$")


def add(md: MarkdownIt) -> None:
    """A box stands at the very start of an item."""
    md.core.ruler.push("tasks", _recognise)


def _recognise(state: StateCore) -> None:
    for index, item in enumerate(state.tokens[:-2] if may_hold(state.src, "[") else ()):
        if item.type != "list_item_open" or state.tokens[index + 1].type != "paragraph_open":
            continue
        children = state.tokens[index + 2].children or []
        match = BOX.match(children[0].content) if children and children[0].type == "text" else None
        if match:
            item.attrs["class"] = "task"
            children[0].content = children[0].content[match.end() :]
            done = (match[1] or match[2]) in "xX"
            children.insert(0, Token("checkbox", "", 0, meta={"done": done}))
