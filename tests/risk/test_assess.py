"""The risk of a real run: from its folder to figures, tables, pictures and files."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console
from typer.testing import CliRunner

from twin import library
from twin.cli import app
from twin.export.risk import risk_view
from twin.results import Run
from twin.risk.assess import as_data, assess, draws_of, exposed
from twin.risk.files import write_risk
from twin.risk.slip import own_mw, slip
from twin.sealed import sealed_json


@pytest.fixture(scope="module")
def found(tiny_run: Run) -> dict:
    return as_data(assess(tiny_run, 400))


def test_without_spread_the_plan_is_delivered(tiny_run: Run) -> None:
    """P50 leads, all megawatts: what the run's own table says. First tiers alone are planned on the P50."""
    case = library.get("cases", tiny_run.case_file)
    at = exposed(tiny_run, case)
    drawn = draws_of(case, at, 3, 1, 0.0)
    certain = replace(drawn, lead_years=0.0 * drawn.lead_years, grid_mw=np.full_like(drawn.grid_mw, np.inf))
    late = slip(at, certain).late_mw
    assert not late.any()
    assert own_mw(at, late.sum(axis=0))[0, : at.in_plan] == pytest.approx(tiny_run.plan["own_mw"].values)


def test_paths_are_in_order_and_below_the_plan(found: dict) -> None:
    low, mid, high, planned = (
        np.asarray(found[key]) for key in ("path_low_mw", "path_mid_mw", "path_high_mw", "planned_mw")
    )
    assert (low <= mid + 1e-9).all() and (mid <= high + 1e-9).all() and (high <= planned + 1e-6).all()
    assert found["odds"] <= min(found["odds_dates_only"], found["odds_megawatts_only"])
    assert found["odds"] <= found["odds_a_year_later"]


def test_files_are_whole_and_the_table_names_every_site(tiny_run: Run, found: dict, tmp_path: Path) -> None:
    data, *pictures = write_risk(found, tmp_path)
    assert json.loads(data.read_text()) == json.loads(json.dumps(sealed_json(found)))
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in pictures) and len(pictures) == 2
    console = Console(record=True, width=140)
    console.print(risk_view(found))
    text = console.export_text()
    assert f"{found['odds']:.1%}" in text and all(site["site"] in text for site in found["sites"])


def test_the_verb_prints_json_alone(tiny_run: Run) -> None:
    done = CliRunner().invoke(app, ["risk", str(tiny_run.folder), "--draws", "50", "--json"])
    assert done.exit_code == 0
    assert json.loads(done.stdout)["draws"] == 50
