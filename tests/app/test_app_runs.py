"""Runs of the app: faulty ones are named, the others served; a session's folder is its own and goes too."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from twin.app import pieces
from twin.app.pictures import names_of, picture
from twin.app.runs import SESSIONS, Workspace, given_runs
from twin.errors import BadInput
from twin.report.facts import Facts
from twin.results import Run


def test_a_faulty_run_is_named_and_the_others_are_served(tiny_run: Run, tmp_path: Path) -> None:
    half = shutil.copytree(tiny_run.folder, tmp_path / "half<b>")
    (half / "plan.nc").unlink()
    given = given_runs([tiny_run.folder, half, tmp_path / "none"])
    assert given.starts["run 1"].facts is not None
    assert [Path(fault.file).name for fault in given.faults] == ["plan.nc", "none"]
    said = pieces.faulty_runs(given.faults)
    assert "half&lt;b&gt;/plan.nc: " in said
    assert str(tmp_path) not in said, "a browser need not know the server's folders"


def test_without_any_readable_run_nothing_is_served(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="none"):
        given_runs([tmp_path / "none"])


def test_without_runs_the_cases_of_the_library_are_offered() -> None:
    given = given_runs([])
    assert {"case tiny", "case europe-1gw-2030"} <= set(given.starts)
    assert not given.faults


def test_sessions_have_folders_of_their_own_that_go_with_them(tmp_path: Path, tiny_run: Run) -> None:
    first, second = Workspace.new(tmp_path), Workspace.new(tmp_path)
    assert first.folder != second.folder
    made = shutil.copytree(tiny_run.folder, first.folder / tiny_run.folder.name)
    first.take(made)
    start = given_runs([]).starts["case tiny"]
    assert first.base_of(start, tmp_path) is not None
    assert second.base_of(start, tmp_path) is None
    first.close()
    assert not first.folder.exists()
    assert second.folder.is_dir()


def test_folders_of_servers_that_are_gone_are_removed(tmp_path: Path) -> None:
    gone = tmp_path / SESSIONS / ".writing-99999999-0011"
    gone.mkdir(parents=True)
    ours = Workspace.new(tmp_path)
    assert not gone.exists()
    assert f"-{os.getpid()}-" in ours.folder.name


def test_a_plan_that_is_in_the_folder_of_runs_is_found(tiny_out: Path, tmp_path: Path) -> None:
    found = Workspace(tmp_path).base_of(given_runs([]).starts["case tiny"], tiny_out)
    assert found is not None
    assert found.manifest["case"] == "tiny"


def test_texts_from_outside_are_shown_as_they_are(tiny_run: Run) -> None:
    hostile = "<img src=x onerror=alert(1)>"
    facts = Facts(Run(tiny_run.folder, tiny_run.manifest | {"energy_grid": hostile, "inputs": {"code": "x"}}))
    whole = pieces.plan_block(facts, hostile) + pieces.comparison_block(
        facts, Facts(tiny_run), ("a", hostile)
    )
    assert "<img" not in whole
    assert "&lt;img" in whole
    assert "other code and models and data" in whole


@pytest.mark.parametrize("name", names_of(two=True).values())
def test_every_picture_has_a_sentence_and_a_figure_or_says_why_not(tiny_run: Run, name: str) -> None:
    facts = Facts(tiny_run)
    said, spec = picture(name, facts, facts)
    if name == "risk":  # the tiny run has no risk analysis
        assert spec is None
        assert "Not shown" in said
    else:
        assert spec is not None
        assert "The same as a table" in said or name.startswith("both")
