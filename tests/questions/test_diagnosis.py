"""The verb ``diagnose`` as a user meets it: exit codes, text, JSON."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path


def ask(tiny_out: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the verb in a process of its own, with the menu of the tiny run."""
    command = [sys.executable, "-m", "twin.cli", "diagnose", "tiny", "--out", str(tiny_out), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=300)


def test_an_impossible_case_ends_with_3_and_says_what_would_do(tiny_out: Path) -> None:
    answer = ask(tiny_out, "--set", "target.path_mw.2028Q4=900")
    assert answer.returncode == 3, answer.stderr
    assert answer.stdout.startswith("900 MW by 2028Q4 cannot be met: ")
    assert "make it impossible: " in answer.stdout.replace("makes", "make")
    assert "would do: " in answer.stdout


def test_a_case_with_a_plan_ends_with_0_and_json_alone(tiny_out: Path) -> None:
    answer = ask(tiny_out, "--json")
    assert answer.returncode == 0, answer.stderr
    found = json.loads(answer.stdout)
    assert found["possible"] is True
    assert found["most_mw"] >= found["asked_mw"] == 160.0
    assert found["binding"]
    assert found["text"][0].startswith("tiny has a plan.")
