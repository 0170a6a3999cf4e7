r"""The formulas of a card → MathML, which a browser typesets without MathJax and without a network.

Anki's MathJax looks for `\(…\)` and `\[…\]` in the text of a card, not in code; so do we.
"""

from __future__ import annotations

import html
import re
from functools import lru_cache
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from collections.abc import Iterator

PIECE = re.compile(
    r"<!--.*?-->"
    r"|<(?P<raw>script|style|textarea|pre|code|noscript)\b.*?</(?P=raw)\s*>"
    r"""|<(?:[^<>"']|"[^"]*"|'[^']*')*>"""
    r"|\\\((?P<inline>[^<]+?)\\\)"
    r"|\\\[(?P<display>[^<]+?)\\\]",
    re.DOTALL | re.IGNORECASE,
)
"""What is left alone, or a formula."""


def typeset(card: str) -> str:
    """The card's HTML with MathML in place of its formulas; one that cannot be converted is shown as TeX."""
    return PIECE.sub(_piece, card)


def _piece(match: re.Match[str]) -> str:
    tex, display = match["inline"] or match["display"], match["display"] is not None
    if tex is None:
        return match[0]
    return mathml(html.unescape(tex), display=display) or f'<span class="preview-tex">{match[0]}</span>'


OTHER_NAMES = (
    (re.compile(r"\\(begin|end)\{aligned\}"), r"\\\1{align*}"),
    (re.compile(r"\\begin\{gathered\}"), r"\\begin{array}{c}"),
    (re.compile(r"\\end\{gathered\}"), r"\\end{array}"),
)
"""What latex2mathml knows under another name."""
ENVIRONMENTS = re.compile(r"(?:[pbvBV]|small)?matrix\*?|cases|array|align\*?|split")
"""Those that latex2mathml knows; it leaves out the names of others and runs their lines together."""

BESIDE_AND_BELOW = {"msub": "munder", "msup": "mover", "msubsup": "munderover"}
WITH_LIMITS = {*"∑∏∐⋃⋂⋁⋀⨁⨂⨀⨄⨆", "max", "min", "sup", "inf", "lim", "det", "gcd", "Pr"}
"""Operators with what belongs to them below and above in a displayed formula; beside them in a line."""

UNKNOWN = re.compile(r"\\[A-Za-z]")
"""A command that latex2mathml hands through as a text."""


@lru_cache(maxsize=20_000)
def mathml(tex: str, *, display: bool) -> str:
    """A formula as MathML, its texts escaped; empty where something in it is unknown."""
    from latex2mathml.converter import convert_to_element  # noqa: PLC0415 - only a card with a formula needs it

    for known, name in OTHER_NAMES:
        tex = known.sub(name, tex)
    if not all(ENVIRONMENTS.fullmatch(name) for name in re.findall(r"\\begin\{([^}]*)\}", tex)):
        return ""
    try:
        element = convert_to_element(tex, display="block" if display else "inline")
    except Exception:  # noqa: BLE001 - its errors have no class in common, and on odd input it raises IndexError too
        return ""
    if any(UNKNOWN.match(part) for part in _texts(element)):
        return ""
    if r"\nolimits" not in tex:
        _set_limits(element)
    return ET.tostring(element, encoding="unicode")


def _set_limits(element: ET.Element) -> None:
    r"""Let the browser choose where limits stand: it knows how a fraction or `\displaystyle` changes that."""
    for part in element.iter():
        if part.tag in BESIDE_AND_BELOW and part[0].tag == "mo" and _has_limits(part[0]):
            part.tag = BESIDE_AND_BELOW[part.tag]
            part[0].set("movablelimits", "true")


def _has_limits(operator: ET.Element) -> bool:
    return operator.text in WITH_LIMITS or operator.get("movablelimits") == "true"


def _texts(element: ET.Element) -> Iterator[str]:
    """Every text in the formula, after its numeric entities became characters: ElementTree escapes it itself. A link
    has no place in a formula.
    """
    for part in element.iter():
        part.attrib.pop("href", None)
        if part.text:
            part.text = html.unescape(part.text)
            yield part.text
