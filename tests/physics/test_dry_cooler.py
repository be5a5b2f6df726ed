"""Dry and adiabatic coolers against a data sheet and their own limits."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.physics._checks import NonPhysical
from twin.physics.dry_cooler import fan_exponent, prewetted_air_degc, size_dry_cooler, water_effectiveness

BAC = {"heat_kw": 2931.0, "range_k": 5.56, "approach_k": 5.55, "air_rise_k": 8.0, "fan_kw": 117.68}
"""BAC Trillium TDFS1238N: coolant 46.11 to 40.55 °C in 35 °C air, fans 117.68 kW. Air rise assumed 8 K."""


def test_bac_duty_at_and_off_its_rating():
    """2,931 kW within 3 % at the rating; half the temperature difference moves half the heat."""
    cooler = size_dry_cooler(**BAC)
    for hot, expected in ((46.11, 2931.0), (40.555, 1465.5)):
        heat = float(water_effectiveness(cooler, 1.0)) * cooler.c_water * (hot - 35.0)
        assert heat == pytest.approx(expected, rel=0.03)
    assert cooler.fan_kw / 2931.0 == pytest.approx(0.040, abs=0.0005)


@given(air=st.floats(0.1, 0.95), water=st.floats(0.2, 1.0))
def test_more_air_moves_more_heat_and_less_water_falls_further(air, water):
    cooler = size_dry_cooler(**BAC)
    less, more = water_effectiveness(cooler, water, [air, air + 0.05])
    assert 0.0 < less < more < 1.0
    assert water_effectiveness(cooler, water * 0.9, air) > less


def test_fan_exponent_describes_the_exchanger():
    """Capacity at air flows between a half and full follows x^m within 2 %."""
    cooler = size_dry_cooler(1000.0, 10.0, 7.0, 9.0, 32.0)
    m = fan_exponent(cooler)
    flows = np.linspace(0.5, 1.0, 6)
    capacity = water_effectiveness(cooler, 0.85, flows) / water_effectiveness(cooler, 0.85, 1.0)
    assert capacity == pytest.approx(flows**m, rel=0.02)
    assert 0.4 < m < 0.8


def test_a_cooler_that_no_exchanger_can_be_is_refused():
    """Water to within 0.1 K of air that itself warms by 12 K: beyond cross-flow."""
    with pytest.raises(NonPhysical, match="effectiveness"):
        size_dry_cooler(1000.0, 10.0, 0.1, 12.0, 30.0)
    with pytest.raises(NonPhysical, match="water_flow"):
        water_effectiveness(size_dry_cooler(**BAC), 0.0)


def test_prewetting_goes_only_as_far_as_needed():
    """Wanted 30 in 35/20 °C with pads of 0.8 (23 at best): 30. Wanted 20: 23. Wanted 40: 35, dry."""
    assert prewetted_air_degc(35.0, 20.0, [30.0, 20.0, 40.0], 0.8).tolist() == [30.0, 23.0, 35.0]
