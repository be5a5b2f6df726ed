from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import cf_units
import numpy as np
import pytest
import xarray as xr
from compliance_checker.runner import CheckSuite, ComplianceChecker

from tests.exchange.conftest import HOSTILE
from twin.exchange.climate import UNITS, cf_dataset
from twin.exchange.text import clean
from twin.schema import variables

if TYPE_CHECKING:
    from twin.results import Run


pytestmark = pytest.mark.filterwarnings("ignore:The ioos_sos checker is deprecated:DeprecationWarning")


def complaints(path: Path, report: Path) -> list[str]:
    """Return what the checker of the CF conventions has to say, at its strictest."""
    CheckSuite.load_all_available_checkers()
    ComplianceChecker.run_checker(str(path), ["cf:1.11"], 0, "strict", None, output_filename=str(report),
                                  output_format="json")  # fmt: skip
    told = json.loads(report.read_text(encoding="utf-8"))["cf:1.11"]
    return [line for kind in ("high_priorities", "medium_priorities", "low_priorities")
            for check in told[kind] for line in check["msgs"]
            if check["value"][0] < check["value"][1]]  # fmt: skip


def test_the_checker_of_the_conventions_has_nothing_to_say(exported: Path, tmp_path: Path) -> None:
    assert complaints(exported / "plan.nc", tmp_path / "report.json") == []


def test_the_checker_would_speak_up(tiny_run: Run, tmp_path: Path) -> None:
    broken = cf_dataset(tiny_run, None)
    broken["mw_it"].attrs["units"] = "EUR"
    broken.to_netcdf(tmp_path / "broken.nc", engine="h5netcdf")
    assert any("EUR" in line for line in complaints(tmp_path / "broken.nc", tmp_path / "report.json"))


def test_xarray_decodes_it(exported: Path, tiny_run: Run) -> None:
    with xr.open_dataset(exported / "plan.nc", decode_cf=True) as data:
        assert data.attrs["Conventions"] == "CF-1.11"
        assert {"title", "institution", "source", "history", "references"} <= data.attrs.keys()
        assert data["quarter"].dtype.kind == data["time"].dtype.kind == "M"
        assert str(data["quarter"].values[0])[:10] == "2027-10-01"
        assert data["quarter_label"].values.tolist() == tiny_run.plan["quarter"].values.tolist()
        named = data.set_xindex("site_label").sel(site_label="PT-SIN")
        np.testing.assert_array_equal(named["mw_it"].values, tiny_run.plan["mw_it"].sel(site="PT-SIN").values)
        steps = np.diff(data["time_bounds"].values, axis=1)
        assert (steps == np.timedelta64(1, "h")).all()


def test_no_variable_of_the_plan_is_lost(exported: Path, tiny_run: Run) -> None:
    with xr.open_dataset(exported / "plan.nc") as data:
        for name, array in tiny_run.plan.data_vars.items():
            if name == "binding_unit":  # said by binding_text
                continue
            assert name in data, name
            if array.dtype.kind == "f":
                np.testing.assert_array_equal(data[name].values, array.values)
            else:
                assert data[name].values.tolist() == array.values.tolist()


def test_hours_cost_what_they_add_up_to(exported: Path) -> None:
    with xr.open_dataset(exported / "plan.nc") as data:
        assert data["hourly_cost_eur"].attrs["cell_methods"] == "time: sum"
        assert data["hourly_power_mw"].attrs["cell_methods"] == "time: mean"
        assert data["hourly_cost_eur"].attrs["long_name"] == variables("replay")["cost_eur"].text
        assert data.sizes["operated_site"] == (data["mw_it"].isel(quarter=-1) > 0).sum()


@pytest.mark.parametrize("kind", ["plan", "replay"])
def test_units_of_the_schema_have_a_name_that_udunits_reads(kind: str) -> None:
    told = {variable.units for variable in variables(kind).values()} - {"text"}
    if kind == "replay":
        from twin.exchange.hours import HOURLY

        told = {variables(kind)[name].units for name in HOURLY}
    for unit in told:
        assert cf_units.Unit(UNITS[unit]).is_convertible(UNITS[unit])


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [("MWh", (3.6e9, "J")), ("g/kWh", (1e-3 / 3.6e6, "kg J-1")), ("L/kWh", (1e-3 / 3.6e6, "m3 J-1")),
     ("EUR/MWh", (1 / 3.6e9, "J-1")), ("MW", (1e6, "W"))],
)  # fmt: skip
def test_units_mean_what_they_meant(ours: str, theirs: tuple[float, str]) -> None:
    amount, unit = theirs
    assert cf_units.Unit(UNITS[ours]).convert(1.0, cf_units.Unit(unit)) == pytest.approx(amount)


def test_a_plan_without_halls_has_no_hours(tiny_run: Run) -> None:
    assert "time" not in cf_dataset(tiny_run, None).dims


def test_text_of_any_script_comes_back(hostile: Path) -> None:
    with xr.open_dataset(hostile / "plan.nc") as data:
        assert clean(HOSTILE) in data.attrs["title"]
