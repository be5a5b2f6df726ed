"""No CSV that the twin writes holds a cell that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.export.test_site_files import ROW
from twin.export.csv import FORMULA_STARTS, csv_text, harmless
from twin.export.eed import eed_csv
from twin.export.pareto import Front, Point, front_csv
from twin.export.watch import write_hours
from twin.operation.drift import Baseline, Drift
from twin.operation.eed import Line
from twin.operation.watch import Watched
from twin.questions.pareto import OBJECTIVES
from twin.questions.spread import Column, as_csv

TEXTS = [f"{start}cmd|' /C calc'!A0" for start in FORMULA_STARTS]


def kept(text: str) -> str:
    """The cell that a reader finds."""
    return "'" + text.replace("\r", " ")


@pytest.mark.parametrize("text", TEXTS)
def test_text_that_would_run_gets_an_apostrophe(text: str) -> None:
    assert harmless(text) == kept(text)


@pytest.mark.parametrize("value", [-1.5, 0, None, True, "plain", "a=b", "", "5 - 3"])
def test_everything_else_stays(value: object) -> None:
    assert harmless(value) is value


@pytest.mark.parametrize("text", TEXTS)
def test_site_table(text: str) -> None:
    told = csv_text([replace(ROW, title=text, lat=-48.5)])
    row = next(csv.DictReader(io.StringIO(told, newline="")))
    assert row["title"] == kept(text)
    assert row["lat"] == "-48.5"


@pytest.mark.parametrize("text", TEXTS)
def test_report_of_a_site(text: str) -> None:
    line = Line("II", "X", text, "MW", -2.0, "measured")
    row = next(csv.DictReader(io.StringIO(eed_csv({text: [line]}), newline="")))
    assert row["site"] == row["indicator"] == kept(text)
    assert row["value"] == "-2.0"


@pytest.mark.parametrize("text", TEXTS)
def test_years_of_a_set(text: str) -> None:
    row = next(csv.DictReader(io.StringIO(as_csv([Column(text, ("2010",), (-3.0,))]), newline="")))
    assert row["set"] == kept(text)
    assert row["energy_meur"] == "-3.0000"


@pytest.mark.parametrize("text", TEXTS)
def test_front_of_a_case(text: str) -> None:
    one = Point(None, -2.0, 1.0, 3e6, 2e6, 0.1, True, "optimal", Path("runs/x"))
    front = Front(text, OBJECTIVES["carbon"].axis, (one,), ())
    row = next(csv.DictReader(io.StringIO(front_csv(front), newline="")))
    assert row["case"] == kept(text)
    assert row["reached"].startswith("-")


@pytest.mark.parametrize("text", TEXTS)
def test_hours_of_a_watched_site(text: str, tmp_path: Path) -> None:
    hour = np.array([-1.0])
    time = np.array(["2030-01-01T00"], dtype="datetime64[s]")
    site = Watched(text, time, hour, hour, hour, Baseline(0.0, 1.0, 0.0), Drift(hour, hour, 5.0, ()), "", ())
    told = write_hours([site], tmp_path / "hours.csv").read_text(encoding="utf-8")
    row = next(csv.DictReader(io.StringIO(told, newline="")))
    assert row["site"] == kept(text)
    assert row["residual"] == "-1"
