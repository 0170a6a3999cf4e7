"""Imports go one way, as docs/architecture.md draws it."""

import ast
from pathlib import Path

import pytest

import deckgen

PACKAGE = Path(deckgen.__file__).parent
LAYERS = (
    ("characters", "hashes", "patterns", "values"),
    ("notes",),
    ("diagnostics",),
    ("explanations",),
    (
        "cache",
        "callouts",
        "colours",
        "config",
        "drawn",
        "highlight",
        "marks",
        "matching",
        "names",
        "packed",
        "processes",
        "syntax",
    ),
    ("advice", "clashes", "files", "frontmatter", "media", "recognition", "surroundings"),
    ("templates",),
    ("figures",),
    ("identity", "remote"),
    ("cards", "changes", "drawings", "fields", "ledger", "parse", "lint", "render", "starter", "targets"),
    ("documents", "earlier", "forms", "project", "watch"),
    ("parts",),
    ("build",),
    ("unchanged",),
    ("preview",),
    ("cli",),
    ("__main__",),
)
RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names}


def _imports(file: Path) -> set[str]:
    """The modules and packages of ours that a file imports, at its top or late."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "deckgen":
            parts = (node.module or "").split(".")
            found |= {parts[1]} if len(parts) > 1 else {alias.name for alias in node.names}
    return found - {"__version__"}


@pytest.mark.parametrize("file", sorted(PACKAGE.rglob("*.py")), ids=lambda file: str(file.relative_to(PACKAGE)))
def test_a_module_imports_only_from_the_layers_below(file: Path) -> None:
    name = file.relative_to(PACKAGE).parts[0].removesuffix(".py")
    if name == "__init__":
        assert _imports(file) == set()
        return
    wrong = {other for other in _imports(file) if other != name and RANK[other] >= RANK[name]}
    assert wrong == set()


def test_only_the_command_line_prints_or_exits() -> None:
    for file in PACKAGE.rglob("*.py"):
        calls = {
            node.func.id
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        }
        assert "cli" in file.parts or not calls & {"print", "exit", "input"}, file
