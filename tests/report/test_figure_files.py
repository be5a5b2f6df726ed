"""Figures as files: real pictures, in the formats asked for, or a clear refusal."""

from __future__ import annotations

import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

from twin.cli import app
from twin.errors import BadInput
from twin.report.charts import CHARTS
from twin.report.figures import write_figures
from twin.results import Run


def test_png_and_svg_are_what_they_say(tiny_run: Run, tmp_path: Path) -> None:
    written, skipped = write_figures(tiny_run, ["path", "rules"], ["png", "svg"], tmp_path / "pictures")
    assert [path.name for path in written] == ["path.png", "path.svg", "rules.png", "rules.svg"]
    assert not skipped
    with Image.open(tmp_path / "pictures" / "path.png") as picture:
        assert picture.format == "PNG"
        assert picture.width > 1000
        assert len(picture.convert("RGB").getcolors(1_000_000) or []) > 20  # not blank
    assert ET.parse(tmp_path / "pictures" / "rules.svg").getroot().tag.endswith("svg")


def test_all_figures_but_those_the_run_lacks(tiny_run: Run, tmp_path: Path) -> None:
    written, skipped = write_figures(tiny_run, out=tmp_path)
    assert {path.stem for path in written} == set(CHARTS) - {"risk"}
    assert len(skipped) == 1
    assert "twin risk" in skipped[0]


def test_a_figure_asked_for_by_name_must_be_drawn(tiny_run: Run, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="twin risk"):
        write_figures(tiny_run, ["risk"], out=tmp_path)


def test_every_wrong_word_is_named_at_once(tiny_run: Run, tmp_path: Path) -> None:
    with pytest.raises(BadInput) as caught:
        write_figures(tiny_run, ["mpa", "path"], ["png", "gif"], tmp_path / "none")
    assert {fault.value for fault in caught.value.faults} == {"mpa", "gif"}
    assert not (tmp_path / "none").exists()


def test_the_verb_writes_pictures_and_says_where(tiny_run: Run, tmp_path: Path) -> None:
    line = ["plot", str(tiny_run.folder), "costs", "--to", "svg", "--out", str(tmp_path)]
    answer = CliRunner().invoke(app, line)
    assert answer.exit_code == 0
    assert (tmp_path / "costs.svg").is_file()
    assert "costs.svg" in answer.stderr


def test_a_folder_that_is_no_run_ends_with_two(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "twin.cli", "report", str(tmp_path)]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert answer.returncode == 2
    assert "manifest.json" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_without_the_extra_the_way_out_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "altair", None)
    answer = CliRunner().invoke(app, ["report", str(tmp_path)])
    assert isinstance(answer.exception, BadInput)
    assert "twin[report]" in str(answer.exception)
