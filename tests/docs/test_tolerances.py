"""Every tolerance of the planner has its unit and its reason, and none is written where it is used."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import twin
from docs_build.hooks import expanded
from docs_build.tolerances_table import tolerances as tolerances_of
from twin import tolerances

ROOT = Path(twin.__file__).parent
SMALL = 2e-3
"""Literals of this size and less are tolerances, scales or units; larger ones are figures of the model."""
UNITS_AND_SCALES = {
    "diagnose_rules.py": {1e-6},  # EUR to MEUR
    "master_data.py": {1e-6},  # EUR to MEUR
    "outer.py": {1e-3},  # factor of rows
    "policy.py": {1e-3, 1e-5},  # factors of rows
    "supply_mix.py": {1e-3},  # MWh to GWh, a factor of rows
}
"""File -> small literals that no result is compared with."""


def _values() -> dict[str, object]:
    return {name: value for name, value in vars(tolerances).items() if name.isupper()}


def _small_literals(path: Path) -> Iterator[tuple[int, float]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, float) and 0.0 < node.value <= SMALL:
            yield node.lineno, node.value


def test_every_tolerance_has_a_unit_and_a_reason() -> None:
    texts = {name: text for name, _, text in tolerances_of("twin.tolerances")}
    assert texts.keys() == _values().keys()
    for name, text in texts.items():
        unit, _, reason = text.partition(": ")
        assert re.fullmatch(r"[A-Za-z][\w /]*", unit), (name, unit)
        assert len(reason.split()) >= 5 and text.endswith("."), name


def test_every_tolerance_is_used() -> None:
    every = "".join(
        path.read_text(encoding="utf-8") for path in ROOT.rglob("*.py") if path.name != "tolerances.py"
    )
    assert [name for name in _values() if not re.search(rf"\b{name}\b", every)] == []


def test_no_tolerance_is_written_where_it_is_used() -> None:
    """The certificate keeps its own, in one file, for it shares nothing with the planner."""
    stray = [
        f"{path.name}:{line}: {value:g}"
        for path in [*sorted((ROOT / "planning").glob("*.py")), ROOT / "solver.py"]
        if path.name != "certificate_tolerances.py"
        for line, value in _small_literals(path)
        if value not in UNITS_AND_SCALES.get(path.name, set())
    ]
    assert stray == [], "put them into twin/tolerances.py with unit and reason"


def test_the_page_on_numbers_lists_every_tolerance() -> None:
    page = expanded((ROOT.parent / "docs" / "explanation" / "numerics.md").read_text(encoding="utf-8"))
    assert [name for name in _values() if f"| `{name}` | " not in page] == []
    assert "| `USED_MW` | 1e-06 | MW | a supply that feeds less is not in use" in page
