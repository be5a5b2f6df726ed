"""Swings of a synchronous job and the storage that hides them from the grid."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from twin.physics._checks import NonPhysical
from twin.physics.smoothing import fleet_mw, ramp_statistics, smooth, step_energy_mwh, swing_energy_j

SERIES = arrays(np.float64, 40, elements=st.floats(0.0, 1000.0))


def test_a_step_needs_the_triangle() -> None:
    """600 MW off at 100 MW/min: E = 600²/(2·60·100) = 30 MWh. Sampled at 1 s the sum is 0.2 % off."""
    load = np.r_[np.full(10, 800.0), np.full(900, 200.0)]
    found = smooth(load, 1.0, 100.0)
    assert step_energy_mwh(600.0, 100.0) == pytest.approx(30.0)
    assert found.energy_mwh == pytest.approx(30.0, rel=5e-3)
    assert found.power_mw == pytest.approx(600.0, rel=5e-3)


def test_a_generous_limit_needs_no_storage() -> None:
    load = np.array([100.0, 400.0, 100.0, 250.0])
    found = smooth(load, 60.0, 300.0)
    assert found.energy_mwh == 0.0
    assert np.array_equal(found.grid_mw, load)


def test_a_fast_sine_needs_what_the_closed_form_says() -> None:
    """Under a tight limit the grid stands still and storage swings by A·T/π within each period.

    1 % for sampling; only the last period counts: the grid's creep moves the content between periods.
    """
    t = np.arange(0.0, 600.0, 0.05)
    load = 500.0 + 100.0 * np.sin(2 * np.pi * t / 4.0)
    last = smooth(load, 0.05, 1.0).stored_mwh[-81:]
    assert np.ptp(last) * 3.6e9 == pytest.approx(float(swing_energy_j(100e6, 4.0)), rel=0.01)


def test_supply_storage_of_gb300_covers_sub_second_swings_only() -> None:
    """65 J per GPU (GB300 supplies) flatten ±300 W up to a period of 0.68 s; slower needs a battery."""
    assert swing_energy_j(300.0, 0.68) == pytest.approx(65.0, rel=0.01)


def test_restoring_keeps_the_content_from_drifting() -> None:
    """A sawtooth that falls slowly and rises at once drains the storage; with restoring it returns."""
    load = np.tile(np.linspace(600.0, 0.0, 300), 8)
    drifting, steady = smooth(load, 1.0, 60.0), smooth(load, 1.0, 60.0, restore_s=600.0)
    assert steady.energy_mwh < drifting.energy_mwh
    ramp = ramp_statistics(steady.grid_mw, 1.0, 60.0)
    assert ramp.share_above_limit == 0.0


def test_statistics_of_a_known_series() -> None:
    found = ramp_statistics([0.0, 10.0, 40.0, 35.0], 30.0, 30.0)
    assert found.swing_mw == 40.0
    assert found.steepest_up_mw_per_min == pytest.approx(60.0)
    assert found.steepest_down_mw_per_min == pytest.approx(10.0)
    assert found.share_above_limit == pytest.approx(1.0 / 3.0)


def test_independent_nodes_average_out() -> None:
    """Half in step halves the swing and keeps the energy."""
    trace = np.array([2000.0, 7000.0, 2000.0, 7000.0])
    whole, half = fleet_mw(trace, 100_000.0), fleet_mw(trace, 100_000.0, 0.5)
    assert np.ptp(half) == pytest.approx(0.5 * np.ptp(whole))
    assert half.sum() == pytest.approx(whole.sum())


@given(load=SERIES, limit=st.floats(0.1, 500.0))
def test_grid_keeps_the_limit_and_the_balance_closes(load: np.ndarray, limit: float) -> None:
    found = smooth(load, 10.0, limit)
    assert np.abs(np.diff(found.grid_mw)).max() <= limit / 6.0 + 1e-9
    assert np.abs(found.grid_mw + found.storage_mw - load).max() < 1e-9
    discharged = -np.sum(found.storage_mw[1:]) * 10.0 / 3600.0
    assert found.stored_mwh[-1] - found.stored_mwh[0] == pytest.approx(discharged, abs=1e-9)


@given(load=SERIES, limit=st.floats(0.1, 500.0))
def test_storage_never_works_harder_than_the_swing(load: np.ndarray, limit: float) -> None:
    """The grid stays within the load's own range, so storage power is at most the swing."""
    found = smooth(load, 10.0, limit)
    assert found.power_mw <= np.ptp(load) + 1e-9
    assert load.min() - 1e-9 <= found.grid_mw.min() <= found.grid_mw.max() <= load.max() + 1e-9


def test_arrays_equal_single_series() -> None:
    loads = np.random.default_rng(1).uniform(0.0, 500.0, (3, 50))
    table = smooth(loads, 5.0, 40.0)
    for i in range(3):
        assert np.array_equal(table.grid_mw[i], smooth(loads[i], 5.0, 40.0).grid_mw)


def test_impossible_numbers_are_named() -> None:
    with pytest.raises(NonPhysical, match="limit_mw_per_min = 0"):
        smooth([1.0, 2.0], 1.0, 0.0)
    with pytest.raises(NonPhysical, match=r"load_mw\[1\] = nan"):
        smooth([1.0, np.nan], 1.0, 1.0)
    with pytest.raises(NonPhysical, match="in_step = 2"):
        fleet_mw([1.0], 10.0, 2.0)


@pytest.mark.shared
def test_measured_swings_scale_to_tens_of_megawatts(shared_data: Path) -> None:
    """One measured BERT run in step on 2,048 nodes (16,384 H100): megawatts come and go within seconds.

    Llama-3 on 16,384 H100 reports "tens of MW" of instant fluctuation; here between 8 and 12 MW swing.
    """
    with gzip.open(shared_data / "h100-node-power" / "1x_bert_ac.csv.gz", "rt") as file:
        rows = list(csv.DictReader(file))
    first = [float(row["power_w"]) for row in rows if row["run"] == rows[0]["run"]]
    found = ramp_statistics(fleet_mw(np.array(first), 2048.0), 2.01, 100.0)
    assert 8.0 < found.swing_mw < 12.0
    assert found.steepest_up_mw_per_min > 100.0
