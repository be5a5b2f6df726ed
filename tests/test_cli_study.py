"""Verbs of studies as a user meets them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from twin.results import Run


def twin(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "twin.cli", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300)


STUDY = """\
case = "tiny"
outcomes = ["objective_eur", "carbon_g_per_kwh"]
[levers]
lease.eur_per_gpu_hour = [1.5, 3.1]
[sources.default]
source = "a test"
confidence = "low"
"""


def test_a_study_of_ones_own_from_file_to_pictures(tiny_out: Path, tmp_path: Path) -> None:
    out = tmp_path / "runs"
    shutil.copytree(tiny_out / ".menu", out / ".menu")
    (tmp_path / "rent.toml").write_text(STUDY)
    answer = twin("study", tmp_path / "rent.toml", "--workers", 0, "--out", out)
    assert answer.returncode == 0, answer.stderr
    for words in ("rent: 2 of 2 cases (2 optimal)", "2 cases solved", "lease.eur_per_gpu_hour"):
        assert words in answer.stdout, words
    shown = twin("study", "show", out / "rent")
    assert shown.returncode == 0, shown.stderr
    pictures = sorted(path.name for path in (out / "rent").glob("*.png"))
    assert pictures == ["parallel.png", "tornado.png", "trade-off.png"]


def test_faults_are_one_message_and_leave_nothing(tmp_path: Path) -> None:
    wrong = STUDY.replace("lease.eur_per_gpu_hour", "lease.eur_per_gpu_our").replace("tiny", "tiney")
    (tmp_path / "rent.toml").write_text(wrong)
    answer = twin("study", tmp_path / "rent.toml", "--out", tmp_path / "runs")
    assert answer.returncode == 2
    assert "did you mean 'tiny'" in answer.stderr
    assert not (tmp_path / "runs").exists()


def test_show_wants_a_study(tmp_path: Path) -> None:
    answer = twin("study", "show", tmp_path)
    assert answer.returncode == 2
    assert "study.toml" in answer.stderr


def test_compare_prints_runs_side_by_side(tiny_run: Run) -> None:
    answer = twin("compare", tiny_run.folder, tiny_run.folder)
    assert answer.returncode == 0
    for words in ("net present cost, MEUR", "PT-SIN", "New halls by year"):
        assert words in answer.stdout, words
