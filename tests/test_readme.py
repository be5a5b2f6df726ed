"""The README's figures are those that its own command prints."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

README = (Path(__file__).resolve().parents[1] / "README.md").read_text(encoding="utf-8")


def test_the_first_screen_names_the_two_commands_and_a_picture_that_exists() -> None:
    first_screen = "\n".join(README.splitlines()[:25])
    assert "make plan" in first_screen
    assert "make test" in first_screen
    picture = re.search(r"!\[.*?\]\((.*?)\)", first_screen)
    assert picture is not None
    assert (Path(__file__).resolve().parents[1] / picture[1]).is_file()


@pytest.mark.slow
def test_the_printed_plan_is_the_one_in_the_readme(tmp_path: Path) -> None:
    """About three minutes: plans the default case anew. The folder's name changes with every line of code."""
    command = [sys.executable, "-m", "twin.cli", "plan", "--out", str(tmp_path)]
    environment = os.environ | {"COLUMNS": "110"}
    answer = subprocess.run(command, capture_output=True, text=True, timeout=900, check=True, env=environment)
    for line in answer.stdout.splitlines():
        if not line.startswith(("run folder", "certificate")):
            assert line.rstrip() in README, line
