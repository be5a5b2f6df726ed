"""The chiller against York's published points, Carnot, and the signs that other tools got wrong."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.physics._checks import NonPhysical
from twin.physics.chiller import (
    ChillerParams,
    available_kw,
    carnot_cop,
    chiller_state,
    full_load_cop,
    part_load_ratio,
)

YORK = ChillerParams(
    capacity_kw=1055.0,
    cop=5.906,
    leaving_ref_degc=6.67,
    condenser_ref_degc=29.44,
    internal_lift_k=19.3,
    capacity_per_k_leaving=0.03,
    capacity_per_k_condenser=0.011,
    plr_0=0.05,
    plr_1=0.85,
    plr_2=0.10,
    plr_min=0.15,
)


@pytest.mark.parametrize(
    ("leaving", "condenser", "plr", "expected"),
    [
        (6.67, 29.44, 1.0, 5.906),
        (6.67, 20.0, 1.0, 7.616),
        (8.89, 20.0, 0.75, 8.335),
        (8.89, 12.78, 0.75, 10.586),
    ],
)
def test_york_points(leaving, condenser, plr, expected):
    """York YT 1055 kW (Modelica Buildings data): fitted on the first two, within 5 % on the others."""
    available = available_kw(YORK, leaving, condenser)
    state = chiller_state(YORK, plr * available, leaving, condenser)
    assert state.served_kw / state.power_kw == pytest.approx(expected, rel=0.05)


@given(leaving=st.floats(5.0, 40.0), condenser=st.floats(0.0, 50.0), plr=st.floats(0.01, 1.0))
def test_never_beats_carnot(leaving, condenser, plr):
    available = available_kw(YORK, leaving, condenser)
    state = chiller_state(YORK, plr * available, leaving, condenser)
    assert state.served_kw <= state.power_kw * carnot_cop(leaving, condenser)


def test_capacity_falls_in_heat():
    """The sign that SustainDC has wrong (its chiller gains capacity from 20 to 40 °C ambient)."""
    cool, mild, hot = available_kw(YORK, 7.0, [20.0, 35.0, 40.0])
    assert cool > mild > hot
    assert available_kw(YORK, 15.0, 35.0) > mild


@given(
    load=st.floats(0.0, 1.2),
    more=st.floats(0.0, 0.1),
    leaving=st.floats(5.0, 35.0),
    condenser=st.floats(5.0, 48.0),
)
def test_power_rises_with_load_and_heat(load, more, leaving, condenser):
    """More load or a warmer condenser never takes less power, as long as the machine can serve the load."""
    small, large = chiller_state(YORK, np.array([load, load + more]) * 1055.0, leaving, condenser).power_kw
    assert large >= small - 1e-9
    feasible = min(load * 1055.0, float(available_kw(YORK, leaving, condenser + 2.0)))
    cool, warm = chiller_state(YORK, feasible, leaving, [condenser, condenser + 2.0]).power_kw
    assert warm >= cool - 1e-9


def test_part_load_ends_and_cycling():
    """Full load draws full power; below the least load the machine cycles in proportion."""
    assert part_load_ratio(YORK, 1.0) == pytest.approx(1.0)
    least = part_load_ratio(YORK, 0.15)
    assert part_load_ratio(YORK, [0.0, 0.075]) == pytest.approx([0.0, least / 2])


def test_more_than_available_is_not_removed():
    state = chiller_state(YORK, 5000.0, 6.67, 29.44)
    assert state.served_kw == pytest.approx(1055.0)
    assert state.power_kw == pytest.approx(1055.0 / 5.906)
    assert full_load_cop(YORK, 6.67, 29.44) == pytest.approx(5.906)


def test_impossible_machines_are_refused():
    with pytest.raises(NonPhysical, match="cop"):
        replace(YORK, cop=15.0)
    with pytest.raises(NonPhysical, match="second-law efficiency"):
        replace(YORK, cop=8.0)
    with pytest.raises(NonPhysical, match="plr_0"):
        replace(YORK, plr_0=0.2)
