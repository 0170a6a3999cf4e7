"""What earlier builds have kept changes nothing but time: in every test a twin without a cache does the same."""

from __future__ import annotations

import marshal
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deckgen import cache, cli, config, documents, earlier, identity, ledger, packed, parts, unchanged
from deckgen.diagnostics import DeckgenError
from deckgen.targets import deflate

if TYPE_CHECKING:
    from collections.abc import Callable

    from deckgen.notes import Document, Entry, Note
    from tests.conftest import Result

    Change = Callable[[Path], object]

CONFIG = 'deck = "面试"\nsource = "source"\noutput = "deck.apkg"\n'
A = "**Q1：为什么要打乱数据？**\n\n相邻批次的梯度<u>高度一致</u>，参数会<u>来回摆动</u>。\n"
B = "**Q1：图在哪里？**\n\n![一张图](pictures/a.png)在<u>这里</u>。\n\n> ![[b.png]]\n\n**Q2：没有答案？**\n"
C = """**Q1：缩放改变了什么？**

![](scaling.svg)<u>方差</u>。

```figure attention
tokens = ["猫", "追", "鼠"]
file = "w.csv"
```
"""
FIGURE = """
[figures.scaling]
kind = "softmax"
scores = [1, 2, 8]

[figures.attached]
kind = "softmax"
scores = [3, 4]
attach = "a.md Q1"
"""
WEIGHTS = "0.5,0.3,0.2\n0.1,0.8,0.1\n0.2,0.2,0.6\n"
PIXEL = b"\x89PNG\r\n\x1a\n" + b"one"
DOCUMENTS = sorted((Path(__file__).parent / "documents").glob("*.md"))


@dataclass
class Twins:
    """Two copies of a project: one is built with its cache, the other without."""

    cached: Path
    plain: Path
    run: Callable[[Path, tuple[str, ...]], tuple[object, ...]]

    def change(self, change: Change) -> None:
        """Do the same to both."""
        for folder in (self.cached, self.plain):
            change(folder)

    def build(self, *arguments: str) -> tuple[object, ...]:
        """Build both; what came of it, after seeing that it is the same: words, exit code, package, ledger."""
        made = self.run(self.cached, ("build", *arguments))
        assert made == self.run(self.plain, ("build", "--no-cache", *arguments))
        return made


@pytest.fixture
def twins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Twins:
    """Neither knows where it is, so that both say the same."""
    seconds = iter(range(1_700_000_000, 1_800_000_000))

    def run(folder: Path, arguments: tuple[str, ...]) -> tuple[object, ...]:
        monkeypatch.chdir(folder)
        moment, again = now
        now[:] = [next(seconds), False] if again else [moment, True]
        monkeypatch.setattr("deckgen.build.build_time", lambda: moment)
        code = cli.main(arguments)
        said = capsys.readouterr()
        files = (folder / "deck.apkg", folder / "deckgen.lock", *sorted(folder.glob("media/*.svg")))
        left = [file.read_bytes() for file in files if file.exists()]
        return code, said.out, said.err, left

    now = [next(seconds), False]
    twins = Twins(tmp_path / "cached" / "notes", tmp_path / "plain" / "notes", run)
    twins.change(_project)
    return twins


def _project(folder: Path) -> None:
    (folder / "source" / "pictures").mkdir(parents=True)
    (folder / "deckgen.toml").write_text(CONFIG + FIGURE, encoding="utf-8")
    (folder / "source" / "a.md").write_text(A, encoding="utf-8")
    (folder / "source" / "b.md").write_text(B, encoding="utf-8")
    (folder / "source" / "c.md").write_text(C, encoding="utf-8")
    (folder / "source" / "w.csv").write_text(WEIGHTS, encoding="utf-8")
    for name in ("source/pictures/a.png", "b.png"):
        (folder / name).write_bytes(PIXEL)


def _written(name: str, text: str | bytes) -> Change:
    def change(folder: Path) -> None:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(text.encode() if isinstance(text, str) else text)

    return change


def _gone(name: str) -> Change:
    return lambda folder: (folder / name).unlink()


def _edited(drawing: Path) -> None:
    text = drawing.read_text(encoding="utf-8")
    drawing.write_text(text.replace("</svg>", "<!-- by hand --></svg>"), encoding="utf-8")


def _within_a_tick(name: str, old: str, new: str) -> Change:
    """Another text of the same length, with all times as they were."""

    def change(folder: Path) -> None:
        file = folder / name
        state = file.stat()
        text = file.read_text(encoding="utf-8")
        assert len(text.replace(old, new).encode()) == state.st_size
        file.write_text(text.replace(old, new), encoding="utf-8")
        os.utime(file, ns=(state.st_atime_ns, state.st_mtime_ns))

    return change


CHANGES: dict[str, Change] = {
    "a note reworded": _written("source/a.md", A.replace("为什么", "为何")),
    "a note with the same size and time": _within_a_tick("source/a.md", "一致", "相同"),
    "a number taken": _written("source/a.md", A.replace("参数", "{{c1::参数}}")),
    "a note more": _written("source/a.md", A + "\n**Q2：还有呢？**\n\n<u>有</u>\n"),
    "a document more": _written("source/d.md", A.replace("打乱", "洗牌")),
    "the same question elsewhere": _written("source/d.md", A),
    "a document gone": _gone("source/a.md"),
    "a document renamed": lambda folder: (folder / "source/a.md").rename(folder / "source/z.md"),
    "a document that cannot be read": _written("source/a.md", b"\xff\xfe\x00"),
    "another deck": _written("deckgen.toml", CONFIG.replace("面试", "复习") + FIGURE),
    "a warning ignored": _written("deckgen.toml", CONFIG + 'ignore = ["no-answer"]\n' + FIGURE),
    "cards of both kinds": _written("deckgen.toml", CONFIG + 'cards = "both"\n' + FIGURE),
    "a template": _written("templates/style.css", ".card { color: red; }\n"),
    "a file of a template": _written("templates/_font.woff2", b"font"),
    "another picture": _written("source/pictures/a.png", PIXEL + b"two"),
    "a picture gone": _gone("source/pictures/a.png"),
    "a nearer picture of this name": _written("source/b.png", PIXEL + b"three"),
    "a picture of this name elsewhere": _written("other/b.png", PIXEL + b"four"),
    "the package gone": _gone("deck.apkg"),
    "another package": _written("deck.apkg", b"no package"),
    "the ledger gone": _gone("deckgen.lock"),
    "a ledger of before": _written("deckgen.lock", '{"deckgen.lock": 1}\n'),
    "a drawing gone": _gone("media/scaling.svg"),
    "a drawing edited by hand": lambda folder: _edited(folder / "media/scaling.svg"),
    "other parameters of a figure": _written("deckgen.toml", CONFIG + FIGURE.replace("8]", "9]")),
    "a figure attached to another note": _written("deckgen.toml", CONFIG + FIGURE.replace("a.md Q1", "c.md Q1")),
    "other weights": _written("source/w.csv", WEIGHTS.replace("0.5,0.3", "0.4,0.4")),
    "the weights gone": _gone("source/w.csv"),
    "the same weights elsewhere": lambda folder: (folder / "source/w.csv").rename(folder / "media/w.csv"),
    "nothing": lambda _: None,
}


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("built_before", [1, 3])
def test_whatever_changes_the_cache_makes_no_difference(name: str, built_before: int, twins: Twins) -> None:
    for _ in range(built_before):
        twins.build()
    twins.change(CHANGES[name])
    twins.build()
    twins.build()


def test_with_the_same_notes_nothing_is_built_again(twins: Twins, monkeypatch: pytest.MonkeyPatch) -> None:
    twins.build()
    before = (twins.cached / "deck.apkg").stat().st_mtime_ns
    monkeypatch.setattr("deckgen.build.build", None)
    code, out, _, _ = twins.run(twins.cached, ("build",))
    assert code == 0
    assert "notes: 3 unchanged\n" in str(out)
    assert (twins.cached / "deck.apkg").stat().st_mtime_ns == before


SAVED_MEANWHILE = {
    "a style": _written("templates/style.css", ".card { color: blue }"),
    "a nearer picture": _written("source/c.png", PIXEL + b"nearer"),
    "a second picture of a name": _written("source/pictures/b.png", PIXEL + b"another"),
}


@pytest.mark.parametrize("name", SAVED_MEANWHILE)
def test_what_is_saved_while_a_build_runs_is_built_next(
    name: str, twins: Twins, monkeypatch: pytest.MonkeyPatch
) -> None:
    twins.change(_written("templates/style.css", ".card { color: red }"))
    twins.change(_written("media/c.png", PIXEL))
    twins.change(_written("source/d.md", "**Q1：图在哪里？**\n\n![](c.png)在<u>那里</u>。\n"))
    assign = identity.assign

    def saved_meanwhile(*arguments: Any, **named: Any) -> identity.Assigned:
        SAVED_MEANWHILE[name](Path.cwd())
        return assign(*arguments, **named)

    with monkeypatch.context() as patched:
        patched.setattr(identity, "assign", saved_meanwhile)
        twins.build()
    twins.build()
    twins.build()


def test_a_template_behind_a_link_is_looked_at(twins: Twins) -> None:
    def linked(folder: Path) -> None:
        _written("looks/style.css", ".card { color: red }")(folder)
        (folder / "templates").mkdir()
        (folder / "templates" / "cloze").symlink_to("../looks")

    twins.change(linked)
    twins.build()
    twins.change(_written("looks/style.css", ".card { color: blue }"))
    twins.build()


def test_warnings_are_told_each_time_and_as_the_format_wants(twins: Twins) -> None:
    for arguments in ((), ("--format", "json"), ("--strict",), ("--frozen",), ("--strict",), ()):
        made = twins.build(*arguments)
        assert "no-answer" in f"{made[1]}{made[2]}"


def test_templates_are_pushed_although_nothing_has_changed(twins: Twins) -> None:
    twins.build()
    first = twins.build()
    assert twins.build("--push-templates")[3] != first[3]


def test_a_part_of_the_project_is_built_as_without_a_cache(twins: Twins) -> None:
    for arguments in ((), ("source/a.md",), ("source/a.md",), ()):
        twins.build(*arguments)


@pytest.mark.parametrize("file", DOCUMENTS, ids=lambda file: file.stem)
def test_a_second_build_comes_to_the_same(file: Path, twins: Twins) -> None:
    """What is said of unchanged notes rests on it."""
    twins.change(lambda folder: shutil.copy(file, folder / "source" / "d.md"))
    first = twins.build()
    second = twins.build()
    assert first[0] != 0 or (first[3], first[2]) == (second[3], second[2])


# A cache that is not as we left it.


def _each(change: Callable[[Path], object]) -> Change:
    """Do this to every file of the cache, where there is one."""

    def every(folder: Path) -> None:
        kept = folder / ".deckgen" / "cache"
        for file in sorted(kept.iterdir()) if kept.exists() else ():
            change(file)

    return every


def _as_folder(file: Path) -> None:
    if file.is_file():
        file.unlink()
        file.mkdir()


def _rotated(folder: Path) -> None:
    kept = sorted((folder / ".deckgen" / "cache").glob("*")) if (folder / ".deckgen").exists() else []
    contents = [file.read_bytes() for file in kept]
    for file, content in zip(kept, [*contents[1:], *contents[:1]], strict=True):
        file.write_bytes(content)


DAMAGE: dict[str, Change] = {
    "empty": _each(lambda file: file.write_bytes(b"")),
    "cut": _each(lambda file: file.write_bytes(file.read_bytes()[:-1])),
    "cut in its proof": _each(lambda file: file.write_bytes(file.read_bytes()[:20])),
    "longer": _each(lambda file: file.write_bytes(file.read_bytes() + b"\0")),
    "other bytes": _each(lambda file: file.write_bytes(file.read_bytes().replace("梯度".encode(), "角度".encode()))),
    "no value": _each(lambda file: file.write_bytes(file.read_bytes()[:32] + b"?")),
    "folders": _each(_as_folder),
    "mixed up": _rotated,
    "gone": lambda folder: shutil.rmtree(folder / ".deckgen", ignore_errors=True),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_a_damaged_cache_is_as_good_as_none(name: str, twins: Twins) -> None:
    twins.build()
    twins.change(DAMAGE[name])
    twins.build()
    twins.change(DAMAGE[name])
    twins.change(CHANGES["a note reworded"])
    twins.build()


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_any_byte_may_be_another(data: st.DataObject, tmp_path: Path) -> None:
    folder = tmp_path / "project"
    folder.mkdir(exist_ok=True)
    kept = cache.of(folder, writing=True)
    assert kept is not None
    question, answer = bytes(32), marshal.dumps(["甲", 1])
    kept.put("a", question, answer)
    assert kept.get("a", question) == ["甲", 1]
    (file,) = kept.folder.iterdir()
    content = bytearray(file.read_bytes())
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= data.draw(st.integers(1, 255))
    file.write_bytes(content)
    assert kept.get("a", question) is None


def test_a_cache_that_came_with_somebodys_notes_is_not_believed(
    twins: Twins, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It could hold cards that stand in no note, or scripts that were taken out of the notes."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "somebody"))
    twins.run(twins.cached, ("build",))
    settings = _settings(twins.cached, monkeypatch)
    theirs = cache.of(settings.root, writing=True)
    assert theirs is not None
    file = settings.source_folder / "a.md"
    key = documents.digest(file, file.read_bytes(), settings)
    record = theirs.read("a.md" + documents.NOTES, key)
    assert record is not None
    forged = record.replace("高度一致".encode(), "毫不相干".encode())
    assert forged != record
    theirs.put("a.md" + documents.NOTES, key, forged)
    twins.change(_gone("deck.apkg") if (twins.plain / "deck.apkg").exists() else lambda _: None)
    assert "毫不相干" in str(twins.run(twins.cached, ("build", "--to", "text"))[1])
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "me"))
    assert "高度一致" in str(twins.run(twins.cached, ("build", "--to", "text"))[1])


def _settings(folder: Path, monkeypatch: pytest.MonkeyPatch) -> config.Config:
    monkeypatch.chdir(folder)
    return config.load()


@pytest.mark.parametrize("key", [b"", b"short", b"k" * 33, None])
def test_without_a_key_there_is_no_cache(
    key: bytes | None, twins: Twins, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "me"))
    (tmp_path / "me" / "deckgen").mkdir(parents=True)
    if key is None:
        (tmp_path / "me" / "deckgen" / "key").mkdir()
    else:
        (tmp_path / "me" / "deckgen" / "key").write_bytes(key)
    assert cache.of(twins.cached, writing=True) is None
    twins.build()
    twins.build()


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="permissions do not bind this user")
def test_a_cache_that_may_not_be_looked_into_is_none(twins: Twins) -> None:
    twins.build()
    (twins.cached / ".deckgen" / "cache").chmod(0)
    try:
        twins.build()
    finally:
        (twins.cached / ".deckgen" / "cache").chmod(0o700)


def test_whoever_only_reads_makes_no_key_and_no_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache.of(tmp_path, writing=False) is None
    assert list(tmp_path.iterdir()) == []


def test_the_key_is_the_users_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache.of(tmp_path, writing=True) is not None
    key = tmp_path / "deckgen" / "key"
    assert len(key.read_bytes()) == 32
    assert os.name == "nt" or key.stat().st_mode & 0o777 == 0o600


def test_a_cache_folder_that_leads_out_of_the_project_is_left_alone(twins: Twins, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "cache").mkdir(parents=True)
    (elsewhere / "cache" / ("0" * 32 + ".cache")).write_bytes(b"not ours")
    twins.change(lambda folder: (folder / ".deckgen").symlink_to(elsewhere))
    twins.build()
    twins.build()
    assert [file.name for file in (elsewhere / "cache").iterdir()] == ["0" * 32 + ".cache"]
    assert not (elsewhere / ".gitignore").exists()


def test_nothing_is_written_through_a_link_in_the_cache_folder(twins: Twins, tmp_path: Path) -> None:
    """Git keeps links, so that notes of somebody's may bring one."""
    twins.change(lambda folder: (folder / ".deckgen").mkdir())
    twins.change(lambda folder: (folder / ".deckgen" / ".gitignore").symlink_to(tmp_path / "made"))
    twins.build()
    assert not (tmp_path / "made").exists()


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="a file without an end")
def test_a_link_to_a_file_without_an_end_is_not_read(twins: Twins) -> None:
    twins.build()

    def link(file: Path) -> None:
        file.unlink()
        file.symlink_to("/dev/zero")

    twins.change(_each(link))
    twins.build()


def test_the_cache_holds_what_the_project_has_and_git_ignores_it(twins: Twins) -> None:
    twins.build()
    kept = twins.cached / ".deckgen"
    assert (kept / ".gitignore").read_bytes() == b"*\n"
    assert len(list((kept / "cache").iterdir())) == 2 * 3 + 4
    twins.change(_gone("source/b.md"))
    (kept / "cache" / ("." + "0" * 32 + ".cache.01234567")).write_bytes(b"left by a run that was killed")
    (kept / "cache" / "somebody's").write_bytes(b"")
    twins.build()
    assert len(list((kept / "cache").iterdir())) == 2 * 2 + 4 + 1


@pytest.mark.parametrize("command", [("check",), ("diff",), ("build", "--no-cache"), ("check", "--no-cache")])
def test_what_writes_nothing_leaves_no_cache(command: tuple[str, ...], twins: Twins) -> None:
    twins.run(twins.cached, command)
    assert not (twins.cached / ".deckgen").exists()


@pytest.mark.parametrize("command", ["check", "diff"])
def test_check_and_diff_say_the_same_with_a_cache(command: str, twins: Twins) -> None:
    twins.build()
    twins.change(CHANGES["a note reworded"])
    assert twins.run(twins.cached, (command,)) == twins.run(twins.plain, (command, "--no-cache"))


@pytest.mark.parametrize("place", ["", "source", "source/pictures", "/"])
def test_what_is_known_is_checked_without_the_parser(place: str, twins: Twins) -> None:
    """To import it takes longer than to read a hundred known notes. An editor checks a file from any folder."""
    twins.build()
    for folder, imported in ((twins.cached, "False"), (twins.plain, "True")):
        check = f"cli.main(['check', {str(folder / 'source' / 'b.md')!r}])"
        code = f"import sys; from deckgen import cli; {check}; print('markdown_it' in sys.modules)"
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=folder / place, capture_output=True, text=True, check=True
        )
        assert done.stdout.splitlines()[-1] == imported


@pytest.mark.parametrize("command", ["check", "diff", "build"])
def test_a_file_is_called_as_from_where_somebody_stands(command: str, twins: Twins) -> None:
    """In a project's cache there is no such name."""
    assert "source/b.md:7:1: warning" in str(twins.build())
    seen = [twins.run(folder / "source", (command, "--format", "json")) for folder in (twins.cached, twins.plain)]
    assert seen[0] == seen[1]
    assert '"path": "b.md", "line": 7' in str(seen[0])
    assert "source/b.md:7:1: warning" in str(twins.build())


def test_files_without_a_project_are_built_without_a_cache(deckgen: Callable[..., Result]) -> None:
    deckgen("build", "a.md", a_md=A)
    assert not Path(".deckgen").exists()


# Several processes.


@pytest.mark.parametrize("jobs", ["1", "2", "5"])
def test_several_processes_make_no_difference(jobs: str, twins: Twins, monkeypatch: pytest.MonkeyPatch) -> None:
    for file in DOCUMENTS:
        twins.change(lambda folder, file=file: shutil.copy(file, folder / "source"))  # type: ignore[misc]
    twins.change(_written("source/broken.md", b"**Q1\xff"))
    assert twins.run(twins.plain, ("check", "--no-cache"))[0] == 1
    monkeypatch.setattr(documents, "PROCESSES_PAY_FROM", 0)
    broken = twins.run(twins.cached, ("build", "--jobs", jobs))
    monkeypatch.undo()
    assert broken == twins.run(twins.plain, ("build", "--jobs", "1", "--no-cache"))


@pytest.mark.parametrize("jobs", ["1", "2", "5"])
def test_parts_that_several_processes_make_are_the_same(
    jobs: str, twins: Twins, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "PROCESSES_PAY_FROM", 0)
    twins.change(_chapters)
    twins.change(_written("templates/style.css", ".card { color: red; }\n"))
    for edit in ("nothing", "a phrase more", "cards of both kinds", "another deck"):
        twins.change(EDITS[edit])
        made = twins.run(twins.cached, ("build", "--jobs", jobs))
        assert made[0] == 0
        assert made == twins.run(twins.plain, ("build", "--jobs", "1", "--no-cache"))


@pytest.mark.parametrize("typed", ["0", "-1", "two", "61", "1.5"])
def test_a_wrong_number_of_jobs_is_told(typed: str, deckgen: Callable[..., Result]) -> None:
    made = deckgen("build", "a.md", f"--jobs={typed}", a_md=A)
    assert made.code == 2
    assert "a number of processes from 1 to 60" in made.err


def test_two_builds_at_once_share_a_cache(twins: Twins) -> None:
    """Each file is replaced as a whole, so that neither reads half of what the other writes."""
    kept = cache.of(twins.cached, writing=True)
    other = cache.of(twins.cached, writing=True)
    assert kept is not None
    assert other is not None
    for number in range(200):
        for one in (kept, other):
            one.put("a", bytes(32), marshal.dumps("甲" * number))
        assert kept.get("a", bytes(32)) == other.get("a", bytes(32)) == "甲" * number


def test_what_was_kept_under_one_name_is_no_answer_under_another(twins: Twins) -> None:
    kept = cache.of(twins.cached, writing=True)
    assert kept is not None
    for name in "ab":
        kept.put(name, bytes(32), marshal.dumps(name))
    first, second = kept.folder.glob("*.cache")
    data = first.read_bytes()
    first.write_bytes(second.read_bytes())
    second.write_bytes(data)
    assert [kept.get(name, bytes(32)) for name in "ab"] == [None, None]


def test_what_is_kept_of_a_project_is_called_as_no_document() -> None:
    names = (unchanged.NAME, ledger.IN_CACHE, earlier.IN_CACHE, documents.NOTES)
    assert not any(name.endswith(".md") for name in names)


# A package that is built upon the one before.


def _note(number: int, question: str = "", rest: str = "") -> str:
    question = question or f"第{number}个问题问的是什么？"
    return f"**Q{number}：{question}**\n\n答案是<u>第{number}件事</u>，还有<u>别的{number}</u>{rest}。\n\n"


def _chapters(folder: Path) -> None:
    for name in "klmn":
        numbers = range(ord(name) * 10, ord(name) * 10 + 3)
        (folder / "source" / f"{name}.md").write_text("".join(map(_note, numbers)), encoding="utf-8")


def _text(name: str, edit: Callable[[str], str]) -> Change:
    def change(folder: Path) -> None:
        file = folder / "source" / f"{name}.md"
        if file.exists():
            file.write_text(edit(file.read_text(encoding="utf-8")), encoding="utf-8")

    return change


def _moved(folder: Path) -> None:
    """The first note of one document to the end of another."""
    source, target = folder / "source" / "k.md", folder / "source" / "m.md"
    if source.exists() and target.exists() and (text := source.read_text(encoding="utf-8")).count("**Q"):
        first, mark, rest = text[3:].partition("**Q")
        target.write_text(target.read_text(encoding="utf-8") + "**Q" + first, encoding="utf-8")
        source.write_text(mark + rest or "空\n", encoding="utf-8")


def _merged(folder: Path) -> None:
    """What another author's build left in the ledger."""
    file = folder / "deckgen.lock"
    if file.exists():
        file.write_text(file.read_text(encoding="utf-8").replace('"position": 2', '"position": 3'), encoding="utf-8")


EDITS: dict[str, Change] = {
    "a phrase more": _text("l", lambda text: text.replace("。", "和<u>新的</u>。", 1)),
    "a phrase less": _text("l", lambda text: text.replace("<u>", "", 1).replace("</u>", "", 1)),
    "a question reworded": _text("m", lambda text: text.replace("问的是什么", "到底问的是什么", 1)),
    "a remark": _text("n", lambda text: text + "> 备注\n"),
    "a note more in front": _text("k", lambda text: _note(7, rest="啊") + text),
    "the same question as elsewhere": _text("n", lambda text: text + _note(1080)),
    "a name": _text("k", lambda text: text.replace("？**", "？** {#name}", 1)),
    "a note moved": _moved,
    "the last note gone": _text("m", lambda text: text[: text.rfind("**Q")] or text),
    "another deck": _text("l", lambda text: text if text.startswith("---") else f"---\ndeck: 别的\n---\n\n{text}"),
    "an image": _text("n", lambda text: text + "\n![](pictures/a.png)\n"),
    "a document in front": _written("source/0.md", _note(3, "最先问的是什么？")),
    "a document gone": lambda folder: (folder / "source/l.md").unlink(missing_ok=True),
    "cards of both kinds": _text(
        "m", lambda text: text if text.startswith("---") else f"---\ncards: both\n---\n\n{text}"
    ),
    "the picture": _written("source/pictures/a.png", PIXEL + b"another"),
    "a style": _written("templates/style.css", ".card { color: blue; }\n"),
    "the ledger merged": _merged,
    "the package gone": lambda folder: (folder / "deck.apkg").unlink(missing_ok=True),
    "nothing": lambda _: None,
}


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(several=st.lists(st.lists(st.sampled_from(sorted(EDITS)), min_size=1, max_size=3), min_size=2, max_size=7))
def test_a_package_built_upon_the_one_before_is_that_of_a_build_from_nothing(
    several: list[list[str]], twins: Twins, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger, "AT_ONCE", 3)  # as if the project were large
    monkeypatch.setattr(packed.Spool, "IN_MEMORY", 1000)
    monkeypatch.setattr(deflate, "BLOCK", 4096)
    for folder in (twins.cached, twins.plain):
        shutil.rmtree(folder)
    twins.change(_project)
    twins.change(_chapters)
    twins.build()
    for edits in several:
        for edit in edits:
            twins.change(EDITS[edit])
        twins.build()


def test_only_the_documents_that_changed_are_made_again(twins: Twins, monkeypatch: pytest.MonkeyPatch) -> None:
    made: set[str] = set()
    stamp = identity.stamp

    def stamped(note: Note, document: Document, *rest: Any) -> Entry:
        made.add(document.path)
        return stamp(note, document, *rest)

    monkeypatch.setattr(identity, "stamp", stamped)
    twins.change(_chapters)
    twins.build()
    for edit in ("a phrase more", "a question reworded", "a note more in front"):
        twins.change(EDITS[edit])
        made.clear()
        twins.run(twins.cached, ("build",))
        assert len(made) == 1, (edit, made)
        twins.run(twins.plain, ("build", "--no-cache"))


@pytest.mark.parametrize("written", [b"no package", None])
def test_another_package_is_not_built_upon(written: bytes | None, twins: Twins) -> None:
    """Somebody put another one in its place: in the second case, that of an older build."""
    twins.change(_chapters)
    twins.build()
    old = (twins.cached / "deck.apkg").read_bytes()
    twins.change(EDITS["a phrase more"])
    twins.build()
    twins.change(_written("deck.apkg", written or old))
    twins.change(EDITS["a remark"])
    twins.build()


def test_notes_that_vanish_from_the_cache_are_read_again(twins: Twins, monkeypatch: pytest.MonkeyPatch) -> None:
    twins.build()
    kept = _settings(twins.cached, monkeypatch)
    store = cache.of(kept.root, writing=True)
    assert store is not None
    (one, *_) = documents.read((kept.source_folder / "a.md",), kept, lambda *_: None, cache=store)
    assert one.document is not None
    shutil.rmtree(store.folder)
    assert [note.label for note in one.document.notes] == ["Q1"]
    _written("source/a.md", A.replace("打乱", "洗牌"))(twins.cached)
    with pytest.raises(DeckgenError, match=r"a\.md was changed while it was read"):
        list(one.document.notes)
