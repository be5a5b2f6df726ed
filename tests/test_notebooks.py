"""Notebooks are committed without outputs, call public names only and end in a decision."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import Any

import pytest

import twin

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
READERS_TOOLS = {"pathlib", "numpy", "pandas", "xarray", "matplotlib", "IPython", "rich", "twin"}
"""What a planner's notebook may import: tables, pictures and the twin's public names."""
LOGIC = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda, ast.For, ast.While, ast.If, ast.Try)
"""What belongs in the package, where it is tested."""

each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)


def cells_of(path: Path, kind: str) -> list[str]:
    """Return the sources of a notebook's cells of one kind, in order."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == kind]


def code_of(path: Path) -> ast.Module:
    """Return the code of a notebook as one syntax tree."""
    return ast.parse("\n".join(cells_of(path, "code")))


def public_names_in(tree: ast.AST) -> set[str]:
    """Return ``name`` of every ``twin.name``."""
    return {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "twin"
    }


def imported_in(tree: ast.AST) -> set[str]:
    """Return every module that is imported, dotted."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or ".")
    return found


def test_there_are_the_six_questions() -> None:
    assert [path.name[:2] for path in NOTEBOOKS] == ["01", "02", "03", "04", "05", "06"]


@each_notebook
def test_outputs_are_stripped(path: Path) -> None:
    cells: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["cells"]
    assert cells
    for cell in cells:
        assert not cell.get("outputs"), "strip the outputs before committing"
        assert cell.get("execution_count") is None


@each_notebook
def test_only_public_names_are_called(path: Path) -> None:
    tree = code_of(path)
    imported = imported_in(tree)
    assert {module.split(".")[0] for module in imported} <= READERS_TOOLS
    assert [module for module in imported if module.startswith("twin.")] == []
    called = public_names_in(tree)
    assert called
    assert called <= set(twin.__all__), called - set(twin.__all__)


@each_notebook
def test_nothing_private_is_touched(path: Path) -> None:
    private = {node.attr for node in ast.walk(code_of(path)) if isinstance(node, ast.Attribute)}
    assert {name for name in private if name.startswith("_")} == set()


@each_notebook
def test_there_is_no_logic_in_notebooks(path: Path) -> None:
    found = [f"line {node.lineno}" for node in ast.walk(code_of(path)) if isinstance(node, LOGIC)]
    assert found == []


@each_notebook
def test_a_notebook_opens_with_its_question_and_ends_in_a_decision(path: Path) -> None:
    texts = cells_of(path, "markdown")
    assert texts[0].startswith("# ") and "?" in texts[0]
    assert all(text.startswith("## ") or not re.match(r"#", text) for text in texts[1:])
    assert [text.splitlines()[0] for text in texts].index("## Decision") == len(texts) - 1
    assert re.search(r"^Markdown\(", cells_of(path, "code")[-1], flags=re.M), "a decision is told in words"


@each_notebook
def test_figures_of_the_decision_are_computed(path: Path) -> None:
    """Words of a decision are typed, its figures are not: 1,000 MW or 3 % stand in braces."""
    words = [
        part.value
        for node in ast.walk(ast.parse(cells_of(path, "code")[-1]))
        if isinstance(node, ast.JoinedStr)
        for part in node.values
        if isinstance(part, ast.Constant)
    ]
    assert words
    typed = re.findall(
        r"\d[\d,.]* (?:MW|MEUR|GEUR|%|EUR|g/kWh|t of CO2|GPU-hours)", " ".join(map(str, words))
    )
    assert typed == []


def test_every_public_name_is_met_in_a_notebook_or_the_docs() -> None:
    pages = "\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "docs").rglob("*.md")))
    shown = set(re.findall(r"\btwin\.([A-Za-z_]+)\(", pages))
    for path in NOTEBOOKS:
        shown |= public_names_in(code_of(path))
    assert sorted(set(twin.__all__) - shown) == []


def test_every_public_name_says_what_it_does() -> None:
    for name in twin.__all__:
        assert (getattr(twin, name).__doc__ or "").strip(), name


def test_the_names_of_the_package_docstring_are_its_public_ones() -> None:
    named = set(re.findall(r"``(\w+)``", twin.__doc__ or ""))
    assert named == set(twin.__all__)


def test_every_notebook_has_its_place_in_the_docs() -> None:
    page = (ROOT / "docs" / "notebooks.md").read_text(encoding="utf-8")
    assert [path.name for path in NOTEBOOKS if path.name not in page] == []
