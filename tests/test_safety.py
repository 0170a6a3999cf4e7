"""What is taken out of notes, what stays as it was, and which files may travel."""

from __future__ import annotations

import html
import json
import os
import random
import re
import shutil
import subprocess
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from deckgen.syntax import sanitising

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .conftest import Anki, Result

    Deckgen = Callable[..., Result]

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")

# HTML.

HARMLESS = [
    '<b>a</b> <i class="x">b</i> <span style="color: red; background: url(a.png)" lang=ja>c</span>',
    "<sub>2</sub><sup>3</sup><kbd>Ctrl</kbd><mark>m</mark><small>s</small><s>d</s><ruby>漢<rt>かん</rt></ruby>",
    '<div align="center" id=a data-x="1" aria-label="b"><p>a<br/>b<br />c</p><hr></div>',
    "<details open>\n<summary>a</summary>\nb\n</details>",
    '<table border=1><thead><tr><th scope=col>a</th></tr></thead><tbody><tr><td colspan="2">b</td></tr></tbody></table>',
    '<a href="https://a.b/?c=d&amp;e=f" target=_blank>a</a> <a href="mailto:a@b.c">m</a> <a href="讲义.pdf" title="a">f</a>',
    '<font color="red" size=4>a</font> <center>b</center> <ol start=3><li value=4>c</ol>',
    '<audio controls><source src="a.mp3" type="audio/mpeg"></audio> <video src=b.mp4 poster="c.png" width=300></video>',
    "a < b, 3<4, <!-- a comment -->, <?php a ?>, 5 > 4, &lt;script&gt; &amp; &#123;",
    '<figure><img src="a b.png" alt="a>b" width="50%" style="zoom:50%"><figcaption>c</figcaption></figure>',
]


@pytest.mark.parametrize("text", HARMLESS)
def test_harmless_html_stays_as_it_was_typed(text: str) -> None:
    assert sanitising.clean(text) == (text, [])


HOSTILE = {
    "<script>pwned()</script>": "",
    "a<SCRIPT src='https://a.b/c.js'></SCRIPT >b": "ab",
    "<b onclick=pwned()>a</b>": "<b>a</b>",
    "<b class=x OnMouseOver='pwned()'>a</b>": '<b class="x">a</b>',
    "<a href='javascript:pwned()'>a</a>": "<a>a</a>",
    "<a href=' java&#10;script&colon;pwned()'>a</a>": "<a>a</a>",
    "<a href='vbscript:a'>a</a>": "<a>a</a>",
    "<a href='data:text/html,<script>pwned()</script>'>a</a>": "<a>a</a>",
    "<a href='file:///etc/passwd'>a</a>": "<a>a</a>",
    "<iframe src=a>b</iframe>c": "c",
    "<frameset><frame src=a></frameset>": "",
    "<object data=/etc/passwd>a</object><embed src=a>": "",
    "<form action=a><input name=b><button>c</button></form>": "c",
    "<meta http-equiv=refresh content=0><base href=a><link rel=stylesheet href=a>": "",
    "<style>*{display:none}</style>a": "a",
    "<svg onload=pwned()><script>pwned()</script></svg>a": "a",
    "<body onload=pwned()>a": "a",
    "<video poster='javascript:pwned()'>": "<video>",
    "<td onclick=pwned()>a</td>": "<td>a</td>",
    "<img src=x onerror=pwned()>": '<img src="x">',
    "<img/src=x/onerror=pwned()>": "&lt;img/src=x/onerror=pwned()>",
    "<div title='": "&lt;div title='",
    "<!-- a --!><script>pwned()</script> -->": " -->",
    "<!--><script>pwned()</script>-->": "-->",
    "<!-- never closed <b>": "",
    '<b\u3000c="><img src=x onerror=pwned()>">': '&lt;b\u3000c="><img src="x">">',
    "<template><b onclick=pwned()></template>a": "a",
    "<noscript><p title='</noscript><img src=x onerror=pwned()>'></noscript>": '<img src="x">\'>',
    "<textarea><img src=x onerror=pwned()></textarea>": '<img src="x">',
    "<plaintext><xmp>a": "a",
    "<math><mtext><b onclick=pwned()>a": "<b>a",
}


@pytest.mark.parametrize("text", HOSTILE)
def test_what_could_do_something_is_taken_out(text: str) -> None:
    cleaned, findings = sanitising.clean(text)
    assert cleaned == HOSTILE[text]
    assert findings
    assert sanitising.clean(cleaned)[0] == cleaned


NOTES = """\
**Q1：一？** <b onclick="pwned()">粗</b>

<u>甲</u> <script>pwned()</script> 乙 <img src=ok.png onerror="pwned()" style="zoom:50%">

> - 丙 <b
>   onmouseover="pwned()">丁</b>

<div onclick="pwned()">
  <p>戊</p><iframe src="javascript:pwned()"></iframe>
</div>

[链](javascript:pwned()) [文件](file:///etc/passwd) $\\href{javascript:pwned()}{x}$ $\\href{https://a.b}{y}$
"""


def test_each_removal_is_a_warning_with_its_place(deckgen: Deckgen) -> None:
    Path("ok.png").write_bytes(b"a picture")
    made = deckgen("build", "a.md", "--to", "text", a_md=NOTES)
    assert made.code == 0
    found = re.findall(r"^a\.md:(\d+):(\d+): warning\[unsafe-html\] (.*)", made.err, re.MULTILINE)
    assert found == [
        ("1", "11", "the attribute onclick of <b> is left out"),
        ("3", "10", "<script> is left out"),
        ("3", "37", "the attribute onerror of <img> is left out"),
        ("5", "7", "the attribute onmouseover of <b> is left out"),
        ("8", "1", "the attribute onclick of <div> is left out"),
        ("9", "11", "<iframe> is left out"),
        ("12", "1", "a link to a file of this computer is left out"),
        ("12", "1", "a link in a formula is left out"),
    ]
    assert not re.search(r"onclick|onerror|onmouseover|iframe|<script|file:|href=.javascript|href\{java", made.out)
    assert '<img src="ok.png" style="zoom:50%" alt="">' in made.out
    assert "\\href{https://a.b}{y}" in made.out


def test_the_author_may_trust_his_notes(deckgen: Deckgen) -> None:
    Path("ok.png").write_bytes(b"a picture")
    made = deckgen("build", "a.md", "--to", "text", a_md=NOTES, deckgen_toml='html = "trusted"\n')
    assert (made.code, made.err) == (0, "")
    assert "<script>pwned()</script>" in made.out
    assert 'onerror="pwned()"' in made.out


# Each is one note. They aim at the seams: between Markdown and HTML, between cloze and the rest of a card.
ATTACKS = [
    *HOSTILE,
    '<div title="\n\n<u>甲</u> " onmouseover="pwned()">\n',
    '<div title="\n\n![](onmouseover=pwned())\n',
    "<u><!--</u><img src=x onerror=pwned()>-->",
    "<u><b title='</u>' onclick='pwned()'>a",
    "{{c1::<b title='}}' onclick='pwned()'>a}}",
    "<div>\n<u title='\"><img src=x onerror=pwned()>'>甲</u></div>",
    "<u title='<img src=x onerror=pwned()>'>甲</u>",
    "<u>甲</u> `<img src=x onerror=pwned()>` $<img src=x onerror=pwned()>$",
    "```html\n<img src=x onerror=pwned()>\n```",
    "![<img src=x onerror=pwned()>](ok.png '\" onerror=pwned() \"')",
    "[a](<javascript:pwned()>) [b](JaVaScRiPt:pwned()) [c](&#106;avascript:pwned()) <javascript:pwned()>",
    "| <b onclick=pwned()>a | <script>pwned()</script> |\n|-|-|\n| <u>甲</u> | <svg onload=pwned()> |",
    "<svg><style><img src='</style><img src=x onerror=pwned()>'>",
    "<math><annotation-xml encoding='text/html'><img src=x onerror=pwned()>",
    "<table><td><form><a href='javascript:pwned()'>a",
    "<div><!-- <u>甲</u> --><img src=x onerror=pwned()></div>",
    "<<b>script>pwned()<</b>/script>",
    "<scr<script>ipt>pwned()</script>",
    "<script\n>pwned()</script\n> <sc\\ript>pwned()",
    "<style>\n\n<img src=x onerror=pwned()>\n\n</style>",
    "<a <u>b</u> onclick=pwned()>a",
    "<audio src=x onerror=pwned()><source onerror=pwned() src=x></audio><video><source onerror=pwned()></video>",
    "<details ontoggle=pwned() open>a</details><marquee onstart=pwned()>a</marquee>",
    "<p style='animation-name:x' onanimationstart=pwned()>a</p><p onfocus=pwned() tabindex=1 autofocus>a</p>",
    "<!DOCTYPE x [<!ENTITY a '<img src=x onerror=pwned()>'>]>&a;",
    "<![CDATA[><img src=x onerror=pwned()>]]>",
    "<?a ><img src=x onerror=pwned()>?>",
    "</ a><img src=x onerror=pwned()></b x='><script>pwned()</script>'>",
]
PAGE = """<!doctype html><meta charset="utf-8"><body><script>
let hits = []; let current = ""; function pwned() { hits.push(current); }
const cards = CARDS;
const deaf = new Set(["javascript:"]);
for (const [name, card] of cards) {
  current = name;
  const box = document.createElement("div");
  document.body.append(box);
  box.append(document.createRange().createContextualFragment(card));
  for (const element of box.querySelectorAll("*")) {
    for (const kind of ["click", "mouseover", "error", "load", "toggle", "focus", "start", "animationstart"])
      element.dispatchEvent(new Event(kind, {bubbles: true, cancelable: true}));
    for (const attribute of element.attributes)
      if (/^on/i.test(attribute.name) || /^\\s*(javascript|vbscript|data:text)/i.test(attribute.value)) hits.push(name);
    if (/^(script|iframe|object|embed|form|input|meta|base|link|svg|math|template)$/i.test(element.localName))
      hits.push(name);
  }
  box.remove();
}
document.title = "hits " + JSON.stringify([...new Set(hits)]);
</script>"""


def _hits(cards: Sequence[tuple[str, str]], folder: Path) -> list[str]:
    """What a real browser runs, or could run, of these cards."""
    listed = json.dumps(cards).replace("<", "\\u003c")
    (folder / "page.html").write_text(PAGE.replace("CARDS", listed), encoding="utf-8")
    command = [str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder / 'chromium'}"]
    done = subprocess.run(
        [*command, "--dump-dom", "page.html"], cwd=folder, capture_output=True, text=True, timeout=120, check=True
    )
    title = re.search(r"<title>hits (.*?)</title>", done.stdout)
    assert title, done.stdout[:2000]
    found: list[str] = json.loads(html.unescape(title[1]))
    return found


@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium")
def test_no_attack_runs_in_the_cards_that_anki_shows(deckgen: Deckgen, anki: Anki, tmp_path: Path) -> None:
    Path("x").write_bytes(b"a picture")
    Path("ok.png").write_bytes(b"a picture")
    for number, attack in enumerate(ATTACKS):
        Path(f"{number}.md").write_text(f"**Q1：第{number}问？**\n\n<u>乙</u>\n\n{attack}\n", encoding="utf-8")
    checked = deckgen("check", "--format", "json", deckgen_toml='output = "a.apkg"\n').out.splitlines()
    refused = {d["path"] for d in map(json.loads, checked) if d["severity"] == "error"}
    for path in refused:  # half underlines and the like
        Path(path).unlink()
    assert len(refused) < 10
    assert deckgen("build").code == 0
    anki.import_package(Path("a.apkg"))
    cards = [(side[-200:], side) for card in anki.cards() for side in (card.question(), card.answer())]
    assert len(cards) > 2 * (len(ATTACKS) - len(refused))
    assert _hits(cards, tmp_path) == []
    trusted = deckgen("build", "1.md", "3.md", "--to", "text", deckgen_toml='html = "trusted"\n').out
    assert _hits([("trusted", trusted)], tmp_path) == ["trusted"]


SHARDS = [
    *(
        "<b",
        "<img",
        "<a",
        "<script",
        "<svg",
        "<math",
        "<style",
        "<td",
        "<div",
        "</b",
        "</script",
        "<!--",
        "-->",
        "--!>",
    ),
    *(
        "<!",
        "<?",
        "]]>",
        " ",
        "\n",
        "/",
        ">",
        "<",
        '"',
        "'",
        "=",
        "x",
        "on",
        "onerror",
        "onerror=pwned()",
        "href=",
        "src=x",
    ),
    *(
        "javascript:pwned()",
        "&",
        "&#106;",
        "&Tab;",
        "\u3000",
        "\f",
        "title='",
        'title="',
        "style=",
        "template",
        "</",
        "`",
    ),
]


@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium")
def test_no_shuffled_html_runs_in_a_browser_whatever_a_cloze_hides(tmp_path: Path) -> None:
    """Pieces are cleaned one by one, as they come out of Markdown; then some are left out, as a cloze does."""
    chance = random.Random(6)  # noqa: S311 - the same cases each time
    cards = []
    raw = []
    for _ in range(800):
        pieces = ["".join(chance.choices(SHARDS, k=chance.randint(1, 9))) for _ in range(4)]
        cleaned = [sanitising.clean(piece)[0] for piece in pieces]
        hidden = chance.randrange(4)
        shown = [piece if n != hidden else '<span class="cloze">[...]</span>' for n, piece in enumerate(cleaned)]
        cards += [(repr(pieces), "".join(cleaned)), (repr(pieces), "".join(shown))]
        raw.append(("raw", "".join(pieces)))
    assert _hits(cards, tmp_path) == []
    assert _hits(raw, tmp_path) == ["raw"]


# Files.


SECRET = b"a secret picture"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project beside a folder with a secret, which links and references try to reach."""
    folder = tmp_path / "notes"  # where the fixture `deckgen` runs
    folder.mkdir(exist_ok=True)
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "secret.png").write_bytes(SECRET)
    (folder / "deckgen.toml").write_text('output = "a.apkg"\n', encoding="utf-8")
    (folder / "ok.png").write_bytes(b"a picture")
    monkeypatch.chdir(folder)
    return folder


def _travelled(folder: Path) -> bool:
    with zipfile.ZipFile(folder / "a.apkg") as package:
        return any(SECRET in package.read(name) for name in package.namelist())


REACHING = [
    "![](../shared/secret.png)",
    "![](ROOT/shared/secret.png)",
    "![](<file://ROOT/shared/secret.png>)",
    '<img src="file://ROOT/shared/secret.png">',
    '<img src="file:../shared/secret.png">',
    '<img src="FILE://localhostROOT/shared/secret.png">',
    '<img src="..&#47;shared/secret.png">',
    "![](%2e%2e/shared/secret.png)",
    "![](link.png)",
    "![](folder/secret.png)",
    "![](folder/../shared/secret.png)",
]


@pytest.mark.parametrize("reference", REACHING)
@pytest.mark.skipif(os.name == "nt", reason="Windows makes links for administrators alone")
def test_no_reference_reaches_out_of_the_project(deckgen: Deckgen, project: Path, reference: str) -> None:
    (project / "link.png").symlink_to("../shared/secret.png")
    (project / "folder").symlink_to("../shared")
    reference = reference.replace("ROOT", str(project.parent))
    made = deckgen("build", a_md=f"**Q1：一？**\n\n答 {reference}\n")
    assert made.code == 1
    assert "a.md:3:3: error[outside-project]" in made.err
    assert "media_roots" in made.err
    assert not (project / "a.apkg").exists()
    (project / "deckgen.toml").write_text('output = "a.apkg"\nmedia_roots = ["../shared"]\n', encoding="utf-8")
    assert deckgen("build").code == 0
    assert _travelled(project)


@pytest.mark.parametrize(
    "reference",
    [
        '<video src="../shared/secret.png" poster="../shared/secret.png"></video>',
        '<audio><source src="../shared/secret.png"></audio>',
        '<img src="ok.png" srcset="../shared/secret.png 2x">',
        '<picture><source srcset="../shared/secret.png"><img src="ok.png"></picture>',
        '<object data="../shared/secret.png"></object>',
        '<b style="background: url(../shared/secret.png)">a</b>',
        '<a href="../shared/secret.png">a</a> [b](../shared/secret.png)',
        '<table background="../shared/secret.png"><tr><td>a</table>',
        "[sound:../shared/secret.png]",
    ],
)
def test_other_references_never_bring_a_file_from_outside(deckgen: Deckgen, project: Path, reference: str) -> None:
    made = deckgen("build", a_md=f"**Q1：一？**\n\n答 {reference}\n")
    assert made.code == 0 or "error[outside-project]" in made.err or "error[missing" in made.err
    assert made.code or not _travelled(project)


def test_the_address_of_a_file_inside_the_project_is_followed(deckgen: Deckgen, project: Path) -> None:
    assert deckgen("build", a_md=f'**Q1：一？**\n\n<img src="{(project / "ok.png").as_uri()}">\n').code == 0


@pytest.mark.parametrize(
    ("toml", "message"),
    [
        ('media_roots = "../shared"', "`media_roots` must be a list of folders"),
        ('media_roots = [""]', "`media_roots` must be a list of folders"),
        ('\nmedia_roots = ["../none"]', "deckgen.toml:2:1: error[bad-config] the folder `../none` does not exist"),
        ('html = "unsafe"', '`html` must be one of "safe", "trusted"'),
        ('source = "out"', "the folder `out` is a link to a place outside the project"),
        ('media = "out"', "the folder `out` is a link to a place outside the project"),
        ('media = "ok.png"', "`ok.png` is no folder"),
        ('deck = "a\\u001fb"', "`deck` must be a text"),
    ],
)
def test_wrong_values_are_told(deckgen: Deckgen, project: Path, toml: str, message: str) -> None:
    (project / "out").symlink_to("../shared")
    made = deckgen("build", deckgen_toml=toml, a_md="**Q1：一？**\n\n答\n")
    assert made.code == 2
    assert message in made.err


# Encodings.

TEXT = "# 题目\n\n**Q1：一？**\n\n<u>甲</u>和<u>乙</u>\n"


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbf" + TEXT.encode(),
        b"\xff\xfe" + TEXT.encode("utf-16-le"),
        b"\xfe\xff" + TEXT.encode("utf-16-be"),
        TEXT.replace("\n", "\r\n").encode(),
        TEXT.replace("\n", "\r").encode(),
        b"\xff\xfe" + TEXT.replace("\n", "\r\n").encode("utf-16-le"),
    ],
    ids=["UTF-8 with a mark", "UTF-16 LE", "UTF-16 BE", "CRLF", "CR", "UTF-16 with CRLF"],
)
def test_every_common_way_to_save_a_text_gives_the_same_cards(deckgen: Deckgen, data: bytes) -> None:
    expected = deckgen("build", "a.md", "--to", "text", a_md=TEXT)
    Path("a.md").write_bytes(data)
    assert deckgen("build", "a.md", "--to", "text") == expected


@pytest.mark.parametrize(
    ("data", "place", "message"),
    [
        (TEXT.encode("gb18030"), "1:3", "is no UTF-8"),
        (b"**Q1: a?**\r\rcaf" + b"\xe9\n", "3:4", "byte 0xe9 is no UTF-8"),
        (b"\xff\xfe" + "甲\n乙".encode("utf-16-le") + b"\x00\xd8", "2:2", "is no UTF-16"),
        ("甲\u2028乙\x85丙".encode() + b"\xff", "1:6", "byte 0xff is no UTF-8"),
    ],
)
def test_other_bytes_are_an_error_with_line_and_column(deckgen: Deckgen, data: bytes, place: str, message: str) -> None:
    Path("a.md").write_bytes(data)
    made = deckgen("build", "a.md")
    assert made.code == 1
    assert made.err.startswith(f"a.md:{place}: error[unreadable-file]")
    assert message in made.err
    assert ("it looks like GBK" in made.err) == (data == TEXT.encode("gb18030"))


def test_line_separators_of_unicode_are_characters_of_a_line(deckgen: Deckgen) -> None:
    made = deckgen("check", "a.md", a_md="**Q1：一？**\n\n甲\u2028乙\x85丙\u2029<u>丁\n")
    assert "a.md:3:7: error[unclosed-underline]" in made.err


def test_a_configuration_that_is_no_utf8_is_an_error_with_its_line(deckgen: Deckgen) -> None:
    Path("deckgen.toml").write_bytes('lang = "zh"\ndeck = "题"\n'.encode("gb18030"))
    made = deckgen("build")
    assert made.code == 2
    assert "deckgen.toml:2:1: error[bad-config]" in made.err
    assert "is no UTF-8" in made.err
