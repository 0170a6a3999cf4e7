"""Formulas that were pasted as images of a service that draws them, `![[公式]](https://www.zhihu.com/equation?tex=x%5E2)` →
`math`: their address holds the TeX, and a card should not need the network to show it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote_plus

from deckgen.patterns import later
from deckgen.syntax.tokens import new_token

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_core import StateCore
    from markdown_it.token import Token

SERVICES = (
    "zhihu.com/equation",
    "math.jianshu.com/math",
    "render.githubusercontent.com/render/math",
    "latex.codecogs.com/",
    "math.now.sh",
    "nlark.com/yuque",
)
ADDRESS = later(
    r"(?:https?:)?//(?:www\.)?"
    r"(?:latex\.codecogs\.com/[^?]*\?|cdn\.nlark\.com/yuque/[^#]*#card=math&(?:[^#]*&)?code=|[^/?]+(?:/[^?]*)?\?(?:[^#]*&)?(?:tex|formula|math|from)=)(?P<tex>[^#]+)"
)
SETTING = later(r"\s*(?:\\(?:inline|bg_\w+|fg_\w+|dpi\s*\{\d+\}|fn_\w+)\s*)+")
"""How Codecogs draws it, which is no part of it."""
DISPLAYED = later(r"\s*\\\\\s*\Z")
"""How Zhihu writes that a formula stands on a line of its own."""


def add(md: MarkdownIt) -> None:
    """Once images are known, also those in HTML."""
    md.core.ruler.push("equations", _recognise)


def _recognise(state: StateCore) -> None:
    if not any(service in state.src for service in SERVICES):
        return
    for block in state.tokens:
        children = block.children or []
        if any(child.type == "image" for child in children):
            block.children = [_formula(child) or child for child in children]


def _formula(image: Token) -> Token | None:
    """The formula that an image shows, if its address says so."""
    address = str(image.attrs.get("src", "")) if image.type == "image" else ""
    match = ADDRESS.match(address) if any(service in address for service in SERVICES) else None
    if match is None:
        return None
    tex = SETTING.sub("", unquote_plus(match["tex"].replace("&space;", " ").partition("&")[0]), count=1)
    formula = new_token("math", "", 0)
    formula.content = DISPLAYED.sub("", tex).strip()
    formula.meta = {**image.meta, "display": bool(DISPLAYED.search(tex))}
    return formula if formula.content else None
