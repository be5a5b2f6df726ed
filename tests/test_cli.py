"""The command line as a user meets it: exit codes, messages, clean standard output."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from twin.results import Run
from twin.runfolder import seal


def twin(*arguments: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own."""
    command = [sys.executable, "-m", "twin.cli", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, cwd=cwd)


def test_json_stands_alone_on_standard_output(tiny_run: Run, tiny_out: Path) -> None:
    answer = twin("plan", "tiny", "--out", tiny_out, "--json")
    assert answer.returncode == 0
    assert json.loads(answer.stdout) == tiny_run.manifest


def test_the_table_shows_sites_totals_and_where_the_files_are(tiny_run: Run, tiny_out: Path) -> None:
    answer = twin("plan", "tiny", "--out", tiny_out)
    assert answer.returncode == 0
    for word in ("PT-SIN", "EUR per GPU-hour", "share by sovereignty", "gap", tiny_run.manifest["run"]):
        assert word in answer.stdout, word


def test_check_passes_a_true_plan(tiny_run: Run) -> None:
    answer = twin("check", tiny_run.folder)
    assert answer.returncode == 0
    assert "objective recomputed" in answer.stdout


def test_check_rejects_a_tampered_plan(tiny_run: Run, tmp_path: Path) -> None:
    """Proves: a plan whose megawatts were shaved does not pass. Without the check it would be believed."""
    folder = shutil.copytree(tiny_run.folder, tmp_path / "forged")
    plan = tiny_run.plan.copy(deep=True)
    plan["option_mw"][...] = plan["option_mw"] * 0.9
    plan.to_netcdf(folder / "plan.nc", engine="h5netcdf")
    seal(folder)
    answer = twin("check", folder)
    assert answer.returncode == 4
    assert "BROKEN" in answer.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("plan", "europe-1gw-2031"), ("europe-1gw-2031", "did you mean 'europe-1gw-2030'")),
        (
            ("plan", "tiny", "--set", "policy.min_euu_share=1"),
            ("policy.min_euu_share", "policy.min_eu_share"),
        ),
        (("plan", "tiny", "--set", "policy.min_eu_share=much"), ("policy.min_eu_share", "much")),
        (("plan", "tiny", "--set", "energy.grid=none.nc"), ("energy.grid", "none.nc")),
        (("plan", "tiny", "--set", "policy.rule_sets=in-farce"), ("in-farce", "in-force")),
        (("show", "sites/FR-FUO"), ("FR-FUO", "FR-FOU")),
        (("rack", "gb200-nvl7"), ("gb200-nvl7", "gb200-nvl72")),
        (("rack", "gb200-nvl72", "--site", "FR-FUO"), ("FR-FUO", "FR-FOU")),
        (("list", "site"), ("site", "sites")),
        (("check", "no-such-run"), ("no-such-run", "manifest.json")),
        (("grids", "import", "none.csv"), ("none.csv",)),
        (("plan", "--no-such-option"), ("--no-such-option",)),
    ],
)
def test_bad_input_ends_with_2_and_one_message(
    arguments: tuple[str, ...], words: tuple[str, ...], tmp_path: Path
) -> None:
    answer = twin(*arguments, cwd=tmp_path)
    assert answer.returncode == 2, answer.stderr
    assert answer.stdout == ""
    assert "Traceback" not in answer.stderr
    for word in words:
        assert word in answer.stderr, answer.stderr


def test_impossible_ends_with_3_and_what_is_reachable(tiny_out: Path, tiny_run: Run, tmp_path: Path) -> None:
    shutil.copytree(tiny_out / ".menu", tmp_path / ".menu")
    answer = twin("plan", "tiny", "--out", tmp_path, "--set", "target.path_mw.2028Q4=5000")
    assert answer.returncode == 3
    assert "5,000 MW by 2028Q4 cannot be met" in answer.stderr
    assert "is the most" in answer.stderr


def test_a_file_in_the_place_of_the_folder_ends_with_4(tiny_run: Run, tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("not a folder")
    answer = twin("plan", "tiny", "--out", tmp_path / "runs")
    assert answer.returncode == 4
    assert "Traceback" not in answer.stderr


def test_a_killed_run_leaves_no_half_folder(tmp_path: Path) -> None:
    """Proves: SIGKILL in the middle of a plan leaves nothing that looks like a run."""
    command = [sys.executable, "-m", "twin.cli", "plan", "tiny", "--out", str(tmp_path)]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, start_new_session=True)
    time.sleep(4.0)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(timeout=20)
    assert [path.name for path in tmp_path.iterdir() if not path.name.startswith(".")] == []


def test_rack_prints_what_the_issue_promises() -> None:
    answer = twin("rack", "gb200-nvl72", "--site", "FR-FOU", "--site", "PT-SIN", "--json")
    rows = json.loads(answer.stdout)
    assert {row["site"] for row in rows} == {"FR-FOU", "PT-SIN"}
    promised = {"site", "feasible", "binding_limit", "margin", "margin_unit", "pue", "wue_l_per_kwh"}
    assert all(promised | {"hours_throttled", "gpu_degc_max"} <= row.keys() for row in rows)
    assert all(1.0 < row["pue"] < 1.5 for row in rows)


def test_new_writes_a_template_that_is_found_and_never_overwritten(tmp_path: Path) -> None:
    first = twin("new", "sites", "FR-NEW", "--into", tmp_path)
    assert first.returncode == 0, first.stderr
    again = twin("new", "sites", "FR-NEW", "--into", tmp_path)
    assert again.returncode == 2
    assert "FR-NEW" in again.stderr
