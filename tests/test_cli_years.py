"""The verbs of years and load, as a planner calls them."""

from __future__ import annotations

from pathlib import Path

import pytest
import xarray as xr
from typer.testing import CliRunner

from twin.cli import app
from twin.errors import BadInput
from twin.grids.imported import open_grid_file

run = CliRunner()


def test_ensemble_writes_one_file_a_year(tmp_path: Path) -> None:
    done = run.invoke(app, ["grids", "ensemble", "--years", "2", "--seed", "1", "--out", str(tmp_path)])
    assert done.exit_code == 0, done.output
    files = sorted(path.name for path in tmp_path.iterdir())
    assert files == ["member-001.nc", "member-002.nc"]
    found = open_grid_file(tmp_path / files[1])
    assert found.sizes["zone"] == 23 and found.attrs["recipe"] == "ensemble:2"
    assert "member-001.nc" in done.output.replace("\n", " ")


def test_an_unknown_extreme_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    to = tmp_path / "years"
    done = run.invoke(app, ["grids", "ensemble", "--extreme", "dark-calm", "--out", str(to)])
    assert isinstance(done.exception, BadInput)
    assert "did you mean 'dark-calm-fortnight'" in str(done.exception)
    assert not to.exists()


def test_load_show_prints_both_tables_and_draws(tmp_path: Path) -> None:
    done = run.invoke(app, ["load", "show", "tiny", "--out", str(tmp_path)])
    assert done.exit_code == 0, done.output
    assert "pretraining" in done.output and "goodput" in done.output
    assert (tmp_path / "load.png").stat().st_size > 20_000
    with xr.open_dataset(tmp_path / "load.nc", engine="h5netcdf") as stored:
        assert stored["power_mw"].dims == ("workload", "region", "time")
        assert float(stored["capacity_mw"].sum()) == pytest.approx(160)


def test_a_year_outside_the_plan_is_refused() -> None:
    done = run.invoke(app, ["load", "show", "tiny", "--year", "2040"])
    assert isinstance(done.exception, BadInput)
    assert "a year of the plan, 2027 to 2028" in str(done.exception)


def test_an_outlook_is_shown_for_every_zone_and_drawn(tmp_path: Path) -> None:
    asked = ["grids", "outlook", "reference", "--year", "2030", "--out", str(tmp_path)]
    done = run.invoke(app, asked)
    assert done.exit_code == 0, done.output
    assert "90 > 79" in done.output and "0.77 > 0.45" in done.output  # Germany: 89.7 x 0.88, and its capture
    assert (tmp_path / "outlook-reference.png").stat().st_size > 20_000


@pytest.mark.parametrize("verb", ["ensemble", "ensemble-fidelity", "spread", "outlook"])
def test_verbs_say_what_they_do(verb: str) -> None:
    done = run.invoke(app, ["grids", verb, "--help"])
    assert done.exit_code == 0 and "--seed" in done.output
