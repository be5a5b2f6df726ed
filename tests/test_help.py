"""What a newcomer meets first: ``twin`` alone, ``twin --help``, ``twin --version``."""

from __future__ import annotations

import re

import typer.main
from typer.testing import CliRunner

from twin.cli import app
from twin.cli.panels import PANELS


def test_every_verb_has_its_heading_and_plan_comes_first() -> None:
    """Without it a new verb ends among the options, and the one to begin with is the twentieth."""
    placed = [verb for verbs in PANELS.values() for verb in verbs]
    known = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    assert sorted(placed) == sorted(known)
    said = CliRunner().invoke(app, ["--help"], env={"COLUMNS": "110"}).output
    shown = [line.split()[1] for line in said.splitlines() if re.match(r"[│|] [a-z]", line)]
    assert shown == placed
    assert "twin plan tiny" in said


def test_the_version_is_told() -> None:
    answer = CliRunner().invoke(app, ["--version"])
    assert answer.exit_code == 0
    assert re.fullmatch(r"twin \d+\.\d+\.\d+\S*\n", answer.output)
