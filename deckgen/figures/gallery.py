"""The gallery: one HTML page, complete in itself, with every kind of figure by day and by night beside its block.

Figures stand on cards in the style of the templates, so that the page shows what Anki shows.
"""

from __future__ import annotations

import base64
import html
from typing import TYPE_CHECKING

from deckgen import figures
from deckgen.notes import Figure, Location
from deckgen.templates import builtin

if TYPE_CHECKING:
    from deckgen.drawn import Drawn


def page(language: str = "zh") -> str:
    """The page, in the words of `language`: `zh` or `en`."""
    title, meaning, *words = WORDS["en" if language == "en" else "zh"]
    sections = "\n".join(_section(kind, language, words) for kind in figures.FIGURES)
    return PAGE.format(
        language="en" if language == "en" else "zh-CN",
        title=title,
        meaning=meaning,
        style=builtin.text(builtin.STYLE).removeprefix(builtin.USER_STYLE_IMPORT) + STYLE,
        sections=sections,
    )


def image(kind: str, language: str = "zh") -> Drawn:
    """The example of a kind, drawn."""
    block = figures.example(kind).splitlines()[1:-1]
    drawing, mistakes = figures.read(Figure(kind, "\n".join(block), Location(f"{kind}.md", 1, 1)))
    if drawing is None:
        raise ValueError(f"the example of {kind} is wrong: {mistakes}")
    return figures.draw(drawing, language)


def _section(kind: str, language: str, words: list[str]) -> str:
    drawn = image(kind, language)
    media_type = TYPES[drawn.extension]
    source = f"data:image/{media_type};base64,{base64.b64encode(drawn.data).decode('ascii')}"
    figure = f'<img class="figure" src="{source}" alt="{html.escape(figures.alt(drawn.data))}">'
    return SECTION.format(
        kind=html.escape(kind),
        block=html.escape(figures.example(kind)),
        figure=figure,
        keys="\n".join(_row(*item) for item in figures.catalogue()[kind].items()),
        light=words[0],
        night=words[1],
        table=words[2],
    )


def _row(key: str, about: dict[str, str | bool]) -> str:
    cells = [f"<code>{key}</code>{' *' * bool(about['required'])}"]
    cells += [html.escape(str(about[field])) for field in ("type", "meaning", "default")]
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


TYPES = {".svg": "svg+xml", ".png": "png"}
WORDS = {
    "zh": ("deckgen 图表一览", "把代码块粘贴到笔记里，图就画在卡片上。", "日间", "夜间", "全部参数（* 必填）"),
    "en": ("Figures of deckgen", "Paste a block into your notes; the card shows the figure.", "light", "night", "all keys (* required)"),
}  # fmt: skip

STYLE = """
/* The gallery around the cards. */
.gallery { max-width: 1160px; margin: 0 auto; padding: 24px 16px 64px; background: #f4f5f7; color: #1f2328;
  font: 16px/1.6 -apple-system, "Segoe UI", Roboto, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif; }
html { background: #f4f5f7; }
body { margin: 0; }
.gallery h1 { margin: 0; font-size: 1.7em; }
.gallery h1 + p { margin: .2em 0 2em; color: #5a626d; }
.gallery section { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)) minmax(0, 1.1fr); gap: 12px 16px;
  margin-bottom: 32px; padding: 16px; border: 1px solid #d5d9df; border-radius: 12px; background: #ffffff; }
.gallery section > * { min-width: 0; }
.gallery h2 { grid-column: 1 / -1; margin: 0; font-size: 1.1em; }
.gallery .card, .gallery .card.nightMode { margin: 0; border-radius: 8px; }
.gallery .card { border: 1px solid #d5d9df; }
.gallery .note { padding: 4px 16px 8px; }
.gallery .mode { margin: 6px 0 0; color: var(--deckgen-quiet); font-size: 12px; line-height: 1.5; }
.gallery pre { margin: 0; padding: 14px; overflow-x: auto; border-radius: 8px; background: #f4f5f7;
  font: 13px/1.6 "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; white-space: pre-wrap; overflow-wrap: anywhere; }
.gallery details { grid-column: 1 / -1; overflow-x: auto; font-size: 14px; }
.gallery summary { color: #5a626d; cursor: pointer; }
.gallery table { border-collapse: collapse; }
.gallery td { padding: 4px 16px 4px 0; border-bottom: 1px solid #e6e8ec; vertical-align: top; }
.gallery td:first-child { white-space: nowrap; }
@media (max-width: 900px) {
  .gallery section { grid-template-columns: repeat(2, minmax(0, 1fr)); }
  .gallery pre { grid-column: 1 / -1; }
}
@media (max-width: 640px) {
  .gallery { padding: 16px 0 32px; }
  .gallery h1, .gallery h1 + p { padding: 0 16px; }
  .gallery section { grid-template-columns: minmax(0, 1fr); padding: 16px 0; border-width: 1px 0; border-radius: 0; }
  .gallery h2, .gallery details { padding: 0 16px; }
  .gallery .card, .gallery .card.nightMode, .gallery pre { border-radius: 0; border-width: 0; }
}
"""

PAGE = """<!DOCTYPE html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
{style}</style>
</head>
<body>
<main class="gallery">
<h1>{title}</h1>
<p>{meaning}</p>
{sections}
</main>
</body>
</html>
"""

SECTION = """<section id="{kind}">
<h2>{kind}</h2>
<div class="card"><div class="note"><p class="mode">{light}</p>{figure}</div></div>
<div class="card nightMode"><div class="note"><p class="mode">{night}</p>{figure}</div></div>
<pre><code>{block}</code></pre>
<details><summary>{table}</summary>
<table>
{keys}
</table>
</details>
</section>"""
