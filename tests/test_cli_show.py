"""The verbs that look at grids and make them: what they print, write and refuse."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from typer.testing import CliRunner

from twin.cli import app
from twin.errors import BadInput
from twin.schema import variables

HOURS = pd.date_range("2023-01-01", periods=8760, freq="h")


@pytest.fixture
def prices(tmp_path: Path) -> Path:
    """Prices in cents per kWh that do not say so, with a hole of three hours."""
    table = pd.DataFrame(
        {"utc": HOURS, "FR": 7.0 + np.sin(np.arange(8760)), "BE": 8.0 + np.cos(np.arange(8760))}
    )
    table.loc[100:102, "FR"] = np.nan
    table.to_csv(tmp_path / "prices.csv", index=False)
    return tmp_path / "prices.csv"


def run(*words: str) -> str:
    done = CliRunner().invoke(app, ["grids", *words], env={"COLUMNS": "140"})
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.output


def test_show_prints_figures_and_findings_and_draws(prices: Path, tmp_path: Path) -> None:
    text = run("show", str(prices), "--out", str(tmp_path / "pictures"))
    assert "3 hours in 1 gap, longest 3 h" in text
    assert "in cent/kWh they would be a tenth" in text
    names = {path.name for path in (tmp_path / "pictures").iterdir()}
    assert names == {"means.png", "duration.png", "heat-price.png", "quality.txt"}


def test_import_takes_the_unit_and_refuses_odd_pairs(prices: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="price=ct/kWh"):
        run("import", str(prices), "--out", str(tmp_path / "grid.nc"))
    with pytest.raises(BadInput, match="--unit = 'cents'"):
        run("import", str(prices), "--unit", "cents")
    text = run(
        "import",
        str(prices),
        "--unit",
        "price=ct/kWh",
        "--fill-hours",
        "3",
        "--out",
        str(tmp_path / "grid.nc"),
    )
    assert "price_eur_per_mwh of 2 zones" in text
    with xr.open_dataset(tmp_path / "grid.nc", engine="h5netcdf") as grid:
        assert float(grid["price_eur_per_mwh"].sel(zone="FR").mean()) == pytest.approx(70, abs=0.1)


def test_carbon_traces_flows_to_a_file_that_imports(tmp_path: Path) -> None:
    """France 100 MW nuclear sends 50 to Belgium, which makes 50 of gas: (12 + 490) / 2 there."""
    mix = pd.concat(
        pd.DataFrame({"utc": HOURS, "zone": zone, "Nuclear": nuclear, "Gas": gas})
        for zone, nuclear, gas in (("FR", 100.0, 0.0), ("BE", 0.0, 50.0))
    )
    mix.to_csv(tmp_path / "mix.csv", index=False)
    pd.DataFrame({"utc": HOURS, "FR>BE": 50.0}).to_csv(tmp_path / "flows.csv", index=False)
    out = tmp_path / "carbon.nc"
    text = run("carbon", str(tmp_path / "mix.csv"), "--flows", str(tmp_path / "flows.csv"), "--out", str(out))
    assert "flows traced" in text
    with xr.open_dataset(out, engine="h5netcdf") as made:
        assert set(made.data_vars) <= set(variables("generation"))
        assert made["marginal_g_per_kwh"].attrs["units"] == "g/kWh"
    run("import", str(out), "--out", str(tmp_path / "grid.nc"))
    with xr.open_dataset(tmp_path / "grid.nc", engine="h5netcdf") as grid:
        found = grid["carbon_g_per_kwh"].sel(zone="BE").values
        np.testing.assert_allclose(found, (12 + 490) / 2, rtol=1e-6)
        np.testing.assert_allclose(grid["cfe_share"].sel(zone="BE"), 0.5, rtol=1e-6)


def test_weather_refuses_what_it_cannot_place(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="a zone or a site"):
        run("weather", "Atlantis=x.epw", "--out", str(tmp_path / "w.nc"))
