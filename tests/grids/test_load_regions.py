"""The load by region: local clocks, bursts, growth, and the planner's load beside it."""

from __future__ import annotations

import numpy as np
import pytest

from twin import library
from twin.errors import BadInput
from twin.grids.load import fleet_it_power_pu, load_grid
from twin.grids.load_inference import deviation, grown, local_hours, shape_of_people
from twin.grids.load_regions import ANYWHERE, Scale, regional_load
from twin.inputs import load_case
from twin.load_show import job_rows, load_of, load_rows, wanted_mw
from twin.schema import variables

YEAR = np.arange("2030-01-01", "2031-01-01", dtype="datetime64[h]")
PEOPLE = library.get("workloads", "interactive-inference")
ALL = [library.get("workloads", name) for name in library.names("workloads")]
SCALE = Scale(1000.0, 500.0, 2030, 2030, 1000.0)


def test_clocks_keep_summer_time() -> None:
    """Noon UTC is 13 h in Frankfurt in January, 14 h in July, 13 h in London in July."""
    noon = np.array(["2030-01-15T12", "2030-07-15T12"], dtype="datetime64[h]")
    assert local_hours(noon, "fra")[0].tolist() == [13, 14]
    assert local_hours(noon, "lon")[0].tolist() == [12, 13]
    assert local_hours(noon, "fra")[1].tolist() == [1, 0]  # Tuesday, Monday


def test_people_peak_at_their_local_hour() -> None:
    week = np.arange("2030-07-01", "2030-07-06", dtype="datetime64[h]")  # working days, summer time
    for metro, utc in (("fra", 13), ("lon", 14)):
        assert shape_of_people(PEOPLE, week, metro).reshape(5, 24).argmax(axis=1).tolist() == [utc] * 5


def test_bursts_fall_with_the_interval_as_the_traces_do() -> None:
    """Azure 2023: 0.127 in a minute, 0.089 in ten (the fitted line gives 0.071), 0.05 left in an hour."""
    assert deviation(PEOPLE, 1) == pytest.approx(0.127)
    assert deviation(PEOPLE, 10) == pytest.approx(0.08, abs=0.01)
    assert deviation(PEOPLE, 60) == pytest.approx(0.046, abs=0.005)


def test_every_variable_keeps_the_schema() -> None:
    load = regional_load(ALL, YEAR, SCALE, 1)
    for name, rule in variables("load").items():
        values = load[name].values[np.isfinite(load[name].values)]
        assert load[name].dims == rule.dims and load[name].attrs["units"] == rule.units
        assert values.min() >= rule.lower and (rule.upper is None or values.max() <= rule.upper)
    assert set(load["sovereignty"].values) == {"any", "EU", "EEA"}
    assert float(load["latency_ms"].sel(workload="interactive-inference")) == 40
    assert float(load["capacity_mw"].sum()) == pytest.approx(1000.0)
    people = load["capacity_mw"].sel(workload="interactive-inference")
    assert float(people.sel(region=ANYWHERE)) == 0 and float(people.sum()) == pytest.approx(200.0)
    assert float(load["capacity_mw"].sel(workload="batch", region=ANYWHERE)) == pytest.approx(200.0)


def test_the_fleet_draws_what_the_planner_takes() -> None:
    """Two models of one fleet: mean power within 2 %; deferrable energy within 5 %."""
    load, planner = regional_load(ALL, YEAR, SCALE, 2030), load_grid(ALL, YEAR, 2030)
    mine = float(load["power_mw"].sum(("workload", "region")).mean())
    assert mine == pytest.approx(1000 * float(fleet_it_power_pu(planner).mean()), rel=0.02)
    above = (planner["it_power_pu"] - planner["idle_power_pu"]) * planner["deferrable_share"]
    theirs = 1000 * float((above * planner["workload_share"]).sum("workload").mean())
    assert float(load["deferrable_mw"].sum(("workload", "region")).mean()) == pytest.approx(theirs, rel=0.05)


def test_power_by_hand() -> None:
    load = regional_load([PEOPLE], YEAR[:48], SCALE, 1)
    cell = load.isel(workload=0).sel(region="par")
    expected = float(cell["capacity_mw"]) * (0.25 + 0.5 * cell["utilisation"])
    np.testing.assert_allclose(cell["power_mw"], expected)
    np.testing.assert_allclose(cell["deferrable_mw"], 0.05 * 0.5 * cell["capacity_mw"] * cell["utilisation"])


def test_demand_grows_into_its_share() -> None:
    """At 71 % a year 2028 has 1 / 1.71^2 of the demand of 2030, on 467 of its 1,000 MW."""
    assert grown(PEOPLE, 2030, 2030) == grown(PEOPLE, 2040, 2030) == 1
    assert grown(PEOPLE, 2028, 2030) == pytest.approx(1.71**-2)
    case = load_case("europe-1gw-2030")
    assert wanted_mw(case, 2027) == 200 and wanted_mw(case, 2030) == 1000
    assert wanted_mw(case, 2028) == pytest.approx(200 + 800 / 3)
    load = regional_load([PEOPLE], YEAR, Scale(466.7, 500, 2028, 2030, 1000.0), 1)
    assert float(load["utilisation"].sel(region="fra").mean()) == pytest.approx(
        0.62 / 1.71**2 * 2.143, rel=1e-3
    )


def test_weights_move_people_and_wrong_ones_are_refused() -> None:
    only = regional_load([PEOPLE], YEAR[:24], Scale(100, 500, 2030, 2030, 100.0, {"par": 3.0, "mad": 1.0}), 1)
    assert only["capacity_mw"].values[0].tolist() == [75.0, 25.0, 0.0]
    for weights, told in (({"nyc": 1.0}, "a known metro"), ({"par": 0.0}, "one weight above 0")):
        with pytest.raises(BadInput, match=told):
            regional_load([PEOPLE], YEAR[:24], Scale(100, 500, 2030, 2030, 100.0, weights), 1)


def test_a_case_is_shown_with_all_its_workloads() -> None:
    load = load_of(load_case("tiny"))
    header, rows = load_rows(load)
    assert all(len(row) == len(header) for row in rows)
    assert [row[0] for row in rows].count("interactive-inference") == 6 and rows[-1][0] == "fleet"
    assert [row[0] for row in job_rows(load)[1]] == ["pretraining"]
    assert load.attrs["mw_it"] == 160


def test_a_workload_that_is_none_is_told_with_the_case_that_names_it() -> None:
    with pytest.raises(BadInput, match="cases/tiny: workloads = 'bach'"):
        load_of(load_case("tiny", ["workloads=bach"]))
