"""The load grid: means, shapes, blocks and streams of each workload."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from twin import library
from twin.config.base import Source
from twin.config.workload import Workload
from twin.errors import BadInput
from twin.grids.load import fleet_deferrable_pu, fleet_it_power_pu, load_grid, running_efficiency
from twin.schema import variables

YEAR = np.arange("2030-01-01", "2031-01-01", dtype="datetime64[h]")
WEEK = np.arange("2030-01-07", "2030-01-14", dtype="datetime64[h]")  # a Monday to a Sunday


def workload(**changes: object) -> Workload:
    base: dict[str, object] = {
        "name": "w",
        "pattern": "queue",
        "share": 1.0,
        "mean_utilisation": 0.5,
        "idle_power_pu": 0.2,
        "busy_power_pu": 0.8,
        "deferrable_share": 0.25,
        "defer_window_h": 24,
        "sovereignty": "EU",
        "sources": {"default": Source(source="test", confidence="low")},
    }
    return Workload.model_validate({**base, **changes})


def library_workloads() -> list[Workload]:
    return [library.get("workloads", name) for name in library.names("workloads")]


def test_library_fleet_draws_about_seven_tenths_of_its_nameplate() -> None:
    """Measured nodes busy nine tenths of the time draw 0.70-0.80 of nameplate; inference pulls it down."""
    power = fleet_it_power_pu(load_grid(library_workloads(), YEAR, 2030))
    assert 0.68 <= float(power.mean()) <= 0.80
    assert float(power.max()) <= 0.82


@pytest.mark.parametrize("name", library.names("workloads"))
def test_mean_utilisation_is_the_one_asked_for(name: str) -> None:
    """Curves are scaled exactly; for jobs only the number of failures is random, well under 1 %."""
    asked = library.get("workloads", name)
    got = load_grid([asked], YEAR, 7)["utilisation"]
    near = 0.01 if asked.pattern == "jobs" else 1e-6
    assert float(got.mean()) == pytest.approx(asked.mean_utilisation, rel=near)


def test_every_variable_keeps_the_schema() -> None:
    """Proves dims, units and bounds. Without it a workload could ask for more power than its nameplate."""
    grid = load_grid(library_workloads(), YEAR, 2030)
    for name in ("utilisation", "it_power_pu", "workload_share", "deferrable_share", "defer_window_h"):
        var = variables("grids")[name]
        assert grid[name].dims == var.dims
        assert grid[name].attrs["units"] == var.units
        assert float(grid[name].min()) >= (var.lower or 0)
        assert float(grid[name].max()) <= (var.upper or np.inf)
    assert float(grid["workload_share"].sum()) == pytest.approx(1.0)


def test_same_seed_same_load_and_another_seed_another() -> None:
    one, same, other = (load_grid(library_workloads(), YEAR, seed) for seed in (1, 1, 2))
    xr.testing.assert_identical(one, same)
    assert not np.allclose(one["utilisation"], other["utilisation"])


def test_adding_a_workload_leaves_the_others_as_they_were() -> None:
    """Proves one stream per workload. Without it every comparison of cases would compare noise."""
    both = load_grid(library_workloads(), YEAR, 3)
    alone = load_grid([library.get("workloads", "batch")], YEAR, 3)
    np.testing.assert_array_equal(both["utilisation"].sel(workload="batch"), alone["utilisation"][0])


def test_people_peak_at_their_local_hour_and_rest_at_the_weekend() -> None:
    """Peak at 15 h local is 14 h UTC one hour east; weekend over weekday is the factor."""
    people = workload(
        pattern="interactive", diurnal_amplitude=0.3, peak_local_hour=15, utc_offset_h=1, weekend_factor=0.5
    )
    curve = load_grid([people], WEEK, 1)["utilisation"][0].values.reshape(7, 24)
    assert curve[:, :23].argmax(axis=1).tolist() == [14] * 7
    # Local Monday 00:00 is Sunday 23:00 UTC, so hour 23 of each UTC day belongs to the next local day.
    assert curve[5:, :23].sum() / curve[:2, :23].sum() == pytest.approx(0.5)
    assert curve[0].max() / curve[0].mean() == pytest.approx(1.3, rel=0.01)


def test_jobs_run_in_blocks() -> None:
    """One job at a time without failures: hours are busy or not, bar the edges of each block."""
    blocks = workload(pattern="jobs", mean_utilisation=0.75, parallel_jobs=1, job_h=48)
    busy = load_grid([blocks], YEAR, 5)["utilisation"][0].values
    edges = int(((busy > 1e-9) & (busy < 1 - 1e-9)).sum())
    assert busy.mean() == pytest.approx(0.75, rel=1e-9)
    assert edges <= 2 * round(8760 * 0.75 / 48)


def test_failures_and_checkpoints_cost_what_they_say() -> None:
    """Two failures a day of half an hour leave 23/24 of the time, checkpoints 0.96 of that."""
    training = workload(
        pattern="jobs", mean_utilisation=0.9, failures_per_job_day=2, recovery_h=0.5, checkpoint_share=0.04
    )
    assert running_efficiency(training) == pytest.approx(23 / 24 * 0.96)
    busy = load_grid([training], YEAR, 5)["utilisation"][0].values
    assert busy.max() == pytest.approx(0.96)
    assert np.sum(busy < 0.9) > 600  # about 730 failures a year, some in the same hour


def test_power_lies_between_idle_and_busy_on_a_line() -> None:
    grid = load_grid([workload(hourly_cv=0.3)], WEEK, 1)
    expected = 0.2 + 0.6 * grid["utilisation"]
    np.testing.assert_allclose(grid["it_power_pu"], expected, rtol=1e-12)


def test_deferrable_power_counts_only_what_is_above_idle() -> None:
    """Half busy: 0.3 above idle, a quarter of it moves, on 60 % of the fleet: 0.045."""
    mover = workload(name="mover", share=0.6)
    fixed = workload(name="fixed", share=0.4, deferrable_share=0.0)
    moving = fleet_deferrable_pu(load_grid([mover, fixed], WEEK, 1))
    np.testing.assert_allclose(moving, 0.6 * 0.25 * 0.3, rtol=1e-6)
    assert moving.dims == ("time",)


def test_impossible_and_doubled_workloads_are_refused_together() -> None:
    tired = workload(pattern="jobs", mean_utilisation=0.95, failures_per_job_day=12, recovery_h=1)
    with pytest.raises(BadInput) as caught:
        load_grid([tired, tired], WEEK, 1)
    text = str(caught.value)
    assert "at most 0.500" in text and "each workload once" in text
    with pytest.raises(BadInput, match="at least one workload"):
        load_grid([], WEEK, 1)


@settings(max_examples=25)
@given(
    mean=st.floats(0.05, 0.95),
    amplitude=st.floats(0, 0.9),
    cv=st.floats(0, 0.5),
    seed=st.integers(0, 2**31),
)
def test_any_curve_keeps_its_mean_within_bounds(mean: float, amplitude: float, cv: float, seed: int) -> None:
    w = workload(pattern="interactive", mean_utilisation=mean, diurnal_amplitude=amplitude, hourly_cv=cv)
    busy = load_grid([w], WEEK, seed)["utilisation"].values
    assert busy.min() >= 0 and busy.max() <= 1
    assert busy.mean() == pytest.approx(mean, rel=1e-6)
