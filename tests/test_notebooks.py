"""Notebooks are committed without outputs and call public names only."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import twin

NOTEBOOKS = sorted((Path(__file__).resolve().parents[1] / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_outputs_are_stripped(path: Path) -> None:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    assert cells
    for cell in cells:
        assert not cell.get("outputs"), "strip the outputs before committing"
        assert cell.get("execution_count") is None


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_only_public_names_are_called(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"from twin\.|import twin\.", text)
    called = set(re.findall(r"\btwin\.([A-Za-z_]+)", text))
    assert called
    assert called <= set(twin.__all__), called - set(twin.__all__)
    for name in called:
        assert getattr(twin, name) is not None
