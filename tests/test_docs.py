"""Documents that name files and commands stay true."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in CONTRIBUTING.splitlines()
    if line.startswith("| ") and "`" in line and "…" not in line
]


def test_the_change_table_has_rows() -> None:
    assert len(ROWS) > 15


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_every_place_of_the_change_table_exists(row: list[str]) -> None:
    for cell in row[1:]:
        for place in re.findall(r"`([^`]+)`", cell):
            assert (ROOT / place).exists(), f"CONTRIBUTING sends a reader to {place}, which is not there"


def test_every_room_is_in_the_change_table() -> None:
    places = {row[1].strip("`") for row in ROWS}
    rooms = {
        f"twin/{path.name}"
        for path in (ROOT / "twin").iterdir()
        if path.is_dir() and path.name != "__pycache__"
    }
    kinds = {f"models/{path.name}" for path in (ROOT / "models").iterdir() if path.is_dir()}
    for room in rooms:
        assert any(place == room or place.startswith(f"{room}/") for place in places), room
    named = {"models/sites", "models/racks", "models/cooling", "models/regulations", "models/technologies"}
    assert named <= places & kinds


def test_every_dependency_is_justified() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = [package for group in project["optional-dependencies"].values() for package in group]
    justified = CONTRIBUTING.split("## Dependencies")[1]
    for requirement in [*project["dependencies"], *extras]:
        name = re.split(r"[><=\[ ;]", requirement)[0]
        assert re.search(rf"\b{re.escape(name)}\b", justified), f"{name} has no line in CONTRIBUTING"


def test_make_targets_named_in_readme_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.M))
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for target in re.findall(r"`make ([a-z-]+)`", readme + CONTRIBUTING):
        assert target in targets, target


def test_pages_install_extras_that_exist_into_the_environment_of_the_checkout() -> None:
    """Without it a reader's first pip, of another Python, asks a registry for some package twin."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    pages = {
        path: path.read_text(encoding="utf-8") for path in [ROOT / "README.md", *ROOT.glob("docs/**/*.md")]
    }
    told = {(path, line) for path, page in pages.items() for line in re.findall(r".*pip install.*", page)}
    assert len(told) >= 8
    for path, line in told:
        asked = re.findall(r"pip install -e '\.\[([a-z,]+)\]'", line)
        assert len(asked) == line.count("pip install"), f"{path.name}: {line}"
        assert set(",".join(asked).split(",")) <= set(project["optional-dependencies"]), (
            f"{path.name}: {line}"
        )
