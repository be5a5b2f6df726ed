"""The tolerances of planner and certificate as a table, read from the code that holds them."""

from __future__ import annotations

import ast
from importlib import import_module
from itertools import pairwise
from pathlib import Path

from docs_build.markdown import code, table


def tolerances(module: str) -> list[tuple[str, str, str]]:
    """Return (name, value, text) of every constant of a module that has a text below it."""
    found = import_module(module)
    body = ast.parse(Path(str(found.__file__)).read_text(encoding="utf-8")).body
    rows = []
    for line, after in pairwise(body):
        named = isinstance(line, ast.Assign) and isinstance(line.targets[0], ast.Name)
        if named and isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant):
            name = line.targets[0].id  # type: ignore[attr-defined]
            rows.append((name, _written(getattr(found, name)), " ".join(str(after.value.value).split())))
    return rows


def tolerances_table() -> str:
    """Return the planner's table in Markdown: name, value, unit, why."""
    rows = []
    for name, value, text in tolerances("twin.tolerances"):
        unit, _, why = text.partition(": ")
        rows.append((code(name), value, unit, why))
    return table(("name", "value", "unit", "why"), rows)


def _written(value: float | tuple[float, ...]) -> str:
    return f"{value:g}" if isinstance(value, float) else " ".join(f"{each:g}" for each in value)
