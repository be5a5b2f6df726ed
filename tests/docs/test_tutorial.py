"""What the tutorial and the how-to pages say that a command prints is what it prints."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from twin.results import Run

DOCS = Path(__file__).resolve().parents[2] / "docs"
_BLOCK = re.compile(r"^```(?P<kind>[^\n]*)\n(?P<text>.*?)^```$", re.M | re.S)
QUICK = ("twin plan tiny", "twin rack", "twin plan tiny --set build.module_mw=0")


@cache
def shown(page: str) -> dict[str, list[str]]:
    """The lines that a page shows under each command; what varies is written with an ellipsis."""
    found: dict[str, list[str]] = {}
    command = ""
    for block in _BLOCK.finditer((DOCS / page).read_text(encoding="utf-8")):
        if "text" in block["kind"]:
            found[command] += [line for line in block["text"].splitlines() if line and "…" not in line]
        else:
            command = block["text"].strip()
            found[command] = []
    return {command: lines for command, lines in found.items() if lines}


def commands(page: str, quick: bool) -> list[str]:
    def is_quick(command: str) -> bool:
        return command in QUICK or command.startswith("twin rack ")

    return [command for command in shown(page) if is_quick(command) == quick]


def printed(command: str, out: Path, run: Path, folder: Path) -> str:
    """Everything that a command prints, its runs in ``out``, ``runs/…`` being a copy of ``run``."""
    words = ["run" if word == "runs/…" else word for word in command.split()[1:]]
    if "run" in words:
        shutil.copytree(run, folder / "run")
    if words[0] in ("plan", "robust"):
        words += ["--out", str(out)]
    (folder / "mine").mkdir(exist_ok=True)
    shutil.copy(DOCS / "examples" / "FR-NEW.toml", folder / "mine")
    answer = subprocess.run(
        [sys.executable, "-m", "twin.cli", *words],
        capture_output=True,
        text=True,
        timeout=600,
        cwd=folder,
        env=os.environ | {"COLUMNS": "100"},
    )
    return answer.stdout + answer.stderr


def check(page: str, command: str, out: Path, run: Path, folder: Path) -> None:
    lines = [line.rstrip() for line in printed(command, out, run, folder).splitlines()]
    assert [line for line in shown(page)[command] if line not in lines] == [], "\n".join(lines)


def test_the_tutorial_goes_all_the_way() -> None:
    said = " ".join(shown("tutorial.md"))
    for step in (
        "twin plan tiny",
        "max_site_share",
        "mine/FR-NEW.toml",
        "twin rack",
        "twin risk",
        "twin robust",
    ):
        assert step in said
    assert len(shown("tutorial.md")) >= 9


@pytest.mark.parametrize("command", commands("tutorial.md", quick=True))
def test_quick_commands_print_what_the_tutorial_shows(
    command: str, tiny_out: Path, tiny_run: Run, tmp_path: Path
) -> None:
    check("tutorial.md", command, tiny_out, tiny_run.folder, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("page", "command"),
    [
        (page, command)
        for page in ("tutorial.md", "howto/impossible-target.md")
        for command in commands(page, quick=False)
    ],
)
def test_longer_commands_print_what_the_pages_show(
    page: str, command: str, tiny_out: Path, tiny_run: Run, tmp_path: Path
) -> None:
    check(page, command, tiny_out, tiny_run.folder, tmp_path)


def test_the_example_site_is_a_site() -> None:
    from twin import library

    site = library.get("sites", DOCS / "examples" / "FR-NEW.toml")
    assert site.is_unconfirmed("grid_mid_mw")
