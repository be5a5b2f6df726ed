"""Cooling towers: the York correlation, Merkel against EnergyPlus, and water."""

from __future__ import annotations

import gzip

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.physics._checks import NonPhysical
from twin.physics.loop import YORK_AIR_EXPONENT
from twin.physics.tower import (
    LATENT_KJ_PER_KG,
    latent_share,
    merkel_outlet_degc,
    merkel_ua_kw_per_k,
    merkel_ua_ratio,
    water_use,
    york_approach_k,
)


@pytest.mark.parametrize(
    ("wet", "span", "ratio", "expected"),
    [
        (25.6, 5.56, 1.0, 3.8345),
        (20.0, 5.56, 1.0, 5.0580),
        (10.0, 5.56, 1.0, 7.7706),
        (0.0, 5.56, 1.0, 11.1599),
        (20.0, 8.0, 1.0, 6.7375),
        (20.0, 5.56, 1.5, 8.0432),
    ],
)
def test_york_golden(wet, span, ratio, expected):
    """Recomputed from the 27 coefficients printed in the EnergyPlus reference and Modelica Buildings."""
    assert york_approach_k(wet, span, ratio) == pytest.approx(expected, abs=5e-5)


def test_york_air_exponent_is_that_of_the_correlation():
    """The loop slows tower fans by effectiveness ∝ air^0.611, the slope from L/G 1 to 1.5."""
    full, slow = (5.56 / (5.56 + york_approach_k(20.0, 5.56, ratio)) for ratio in (1.0, 1.5))
    assert np.log(slow / full) / np.log(1 / 1.5) == pytest.approx(YORK_AIR_EXPONENT, abs=1e-3)


@given(wet=st.floats(-20.0, 26.0), span=st.floats(2.0, 10.0))
def test_warmer_wet_bulb_gives_warmer_water(wet, span):
    """Approach shrinks as the wet bulb rises, but never as fast: the cold water still warms."""
    cold = np.array([wet, wet + 0.5]) + york_approach_k([wet, wet + 0.5], span)
    assert cold[1] >= cold[0]


@pytest.mark.shared
def test_merkel_against_energyplus(shared_data):
    """2,881 rows of EnergyPlus' variable-speed Merkel tower; rms of the cold water under 0.3 K.

    UA is found from the design point alone (range 5.5 K, approach 3.9 K at 25.6 °C wet bulb) and follows
    the flows with the textbook exponent 0.6; nothing is fitted. Rows without fan are free convection.
    """
    path = shared_data / "cooling-tower-merkel" / "CoolingTower_VariableSpeed_Merkel.dat.gz"
    with gzip.open(path, "rt") as lines:
        table = np.loadtxt(lines, delimiter=",", comments=("#", "double"))
    _, _, wet, hot, cold, water, _, _, _, speed = table[table[:, 9] > 0.0].T
    design_water, design_air = 0.00109317 * 995.0, 0.56124 * 1.17
    ua = merkel_ua_kw_per_k(25.6 + 3.9 + 5.5, 25.6 + 3.9, 25.6, design_water, design_air)
    scaled = ua * merkel_ua_ratio(water / design_water, speed)
    error = merkel_outlet_degc(hot, wet, water, design_air * speed, scaled) - cold
    assert len(error) > 1000
    assert np.sqrt(np.mean(error**2)) < 0.3


def test_merkel_meets_its_design_point_and_limits():
    ua = merkel_ua_kw_per_k(35.0, 29.5, 25.6, 10.0, 9.0)
    assert merkel_outlet_degc(35.0, 25.6, 10.0, 9.0, ua) == pytest.approx(29.5, abs=1e-6)
    huge = merkel_outlet_degc(35.0, 25.6, 10.0, 60.0, 1e4)
    assert 25.6 <= huge < 25.7
    with pytest.raises(NonPhysical, match="hot_degc - wet_bulb_degc"):
        merkel_outlet_degc(20.0, 25.0, 10.0, 9.0, ua)
    with pytest.raises(NonPhysical, match="cold_degc"):
        merkel_ua_kw_per_k(35.0, 25.0, 25.6, 10.0, 9.0)


def test_water_of_a_tower_by_hand():
    """1,000 kW all latent: E = 3.6e6/2430 L/h; drift 0.005 %; at 4 cycles bleed makes E + D + B 4/3 E."""
    water = water_use(1000.0, 156000.0, 1.0, 4.0, 0.00005)
    assert water.evaporation == pytest.approx(3600.0 * 1000.0 / LATENT_KJ_PER_KG, rel=1e-12)
    assert water.drift == pytest.approx(7.8, rel=1e-12)
    assert water.makeup == pytest.approx(4.0 / 3.0 * water.evaporation, rel=1e-12)
    assert water_use(10.0, 1e6, 1.0, 15.0, 0.005).blowdown == 0.0


def test_latent_share_by_hand_and_in_frost():
    """From 25/20 °C to saturated 30 °C: W 0.01258 to 0.02718, h 57.2 to 99.7 kJ/kg (ASHRAE chart, 2 %)."""
    assert latent_share(25.0, 20.0, 30.0) == pytest.approx(
        2430 * (0.02718 - 0.01258) / (99.7 - 57.2), rel=0.02
    )
    frost, mild, dry_heat = latent_share([-5.0, 20.0, 38.0], [-6.0, 17.0, 20.0], [20.0, 24.0, 28.0])
    assert 0.4 < frost < mild < 1.0 < dry_heat
    with pytest.raises(NonPhysical, match="exit_degc - wet_bulb_degc"):
        latent_share(25.0, 20.0, 19.0)


def test_water_needs_more_than_one_cycle():
    with pytest.raises(NonPhysical, match="cycles_of_concentration"):
        water_use(1000.0, 1.0, 1.0, 1.0, 0.0)
