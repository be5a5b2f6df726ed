"""Moist air against the ASHRAE tables, psychrolib and CoolProp."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.physics import psychrometrics as moist
from twin.physics._checks import NonPhysical

# Reference values: psychrolib's SI suite (tests/test_psychrolib_si.py), taken from tables 1 to 3 of
# ASHRAE Fundamentals 2017 ch. 1; tolerances are that suite's own.
SATURATION_PA = [
    (-20, 103.24),
    (-5, 401.74),
    (5, 872.6),
    (25, 3169.7),
    (50, 12351.3),
    (100, 101418.0),
    (150, 476101.4),
]
SATURATION_RATIO = [
    (-50, 0.0000243, 0.01),
    (-20, 0.0006373, 0.01),
    (-5, 0.0024863, 0.005),
    (5, 0.005425, 0.005),
    (25, 0.020173, 0.005),
    (50, 0.086863, 0.01),
    (85, 0.838105, 0.02),
]
SATURATION_ENTHALPY = [
    (-50, -50.222, 0.01),
    (-20, -18.542, 0.01),
    (-5, 1.164, 0.03),
    (5, 18.639, 0.01),
    (25, 76.504, 0.01),
    (50, 275.353, 0.01),
    (85, 2307.539, 0.01),
]
# Wet bulbs at 101,325 Pa by psychrolib 2.5 and CoolProp 8.0 (a different equation of state).
WET_BULBS = [
    (-10, 0.80, -10.648, -10.651),
    (0, 0.90, -0.572, -0.573),
    (5, 0.70, 2.859, 2.855),
    (10, 0.90, 9.157, 9.156),
    (20, 0.50, 13.783, 13.776),
    (25, 0.40, 16.210, 16.201),
    (30, 0.30, 17.972, 17.961),
    (30, 0.60, 23.812, 23.810),
    (35, 0.20, 18.870, 18.857),
    (35, 0.45, 25.062, 25.058),
    (40, 0.15, 20.356, 20.342),
]


@pytest.mark.parametrize(("degc", "expected"), SATURATION_PA)
def test_saturation_pressure(degc, expected):
    """ASHRAE states the formula to be within 300 ppm of its table."""
    assert moist.saturation_pressure_pa(degc) == pytest.approx(expected, rel=3e-4)


def test_saturation_pressure_far_below_freezing():
    """The table prints two digits at -60 °C."""
    assert moist.saturation_pressure_pa(-60.0) == pytest.approx(1.08, abs=0.01)


@pytest.mark.parametrize(("degc", "expected", "rel"), SATURATION_RATIO)
def test_saturation_humidity_ratio(degc, expected, rel):
    assert moist.saturation_humidity_ratio(degc, 101325.0) == pytest.approx(expected, rel=rel)


@pytest.mark.parametrize(("degc", "expected", "rel"), SATURATION_ENTHALPY)
def test_saturated_enthalpy(degc, expected, rel):
    ratio = moist.saturation_humidity_ratio(degc, 101325.0)
    assert moist.enthalpy_kj_per_kg(degc, ratio) == pytest.approx(expected, rel=rel)


def test_moist_air_at_altitude():
    """Air of 30 °C and 0.02 kg/kg at 95,461 Pa: psychrolib suite, 0.03 %."""
    assert moist.enthalpy_kj_per_kg(30.0, 0.02) == pytest.approx(81.316, rel=3e-4)
    assert moist.specific_volume_m3_per_kg(30.0, 0.02, 95461.0) == pytest.approx(0.940855374352943, rel=3e-4)
    assert moist.density_kg_per_m3(30.0, 0.02, 95461.0) == pytest.approx(1.08411986348219, rel=3e-4)


@pytest.mark.parametrize(
    ("metres", "pascal"),
    [(-500, 107478), (0, 101325), (500, 95461), (1000, 89875), (4000, 61640), (10000, 26436)],
)
def test_standard_atmosphere(metres, pascal):
    """Table 1 of the Handbook, printed to 1 Pa."""
    assert moist.pressure_at_altitude_pa(metres) == pytest.approx(pascal, abs=1.0)


def test_humidity_ratio_from_vapour_pressure_and_back():
    """psychrolib suite: 3,169.7 Pa at 95,461 Pa gives 0.02136 kg/kg."""
    ratio = moist.humidity_ratio_from_vapour_pressure(3169.7, 95461.0)
    assert ratio == pytest.approx(0.0213603998047487, rel=1e-6)
    assert moist.vapour_pressure_pa(ratio, 95461.0) == pytest.approx(3169.7, rel=1e-12)


@pytest.mark.parametrize(
    ("dry", "wet", "expected"), [(30.0, 25.0, 0.0192281274241096), (-1.0, -5.0, 0.00120399819933844)]
)
def test_humidity_ratio_from_wet_bulb_and_back(dry, wet, expected):
    """psychrolib suite at 500 m, above and below freezing; the way back to 1e-8 K (Newton stops at 1e-9)."""
    ratio = moist.humidity_ratio_from_wet_bulb(dry, wet, 95461.0)
    assert ratio == pytest.approx(expected, rel=3e-4)
    assert moist.wet_bulb_degc(dry, ratio, 95461.0) == pytest.approx(wet, abs=1e-8)


@pytest.mark.parametrize(("dry", "humidity", "psychrolib", "coolprop"), WET_BULBS)
def test_wet_bulb(dry, humidity, psychrolib, coolprop):
    """psychrolib stops its bisection at 1e-3 K; CoolProp's real gas differs by up to 0.015 K."""
    wet = moist.wet_bulb_degc(dry, moist.humidity_ratio(dry, humidity, 101325.0), 101325.0)
    assert wet == pytest.approx(psychrolib, abs=2e-3)
    assert wet == pytest.approx(coolprop, abs=0.02)


def test_wet_bulb_agrees_with_psychrolib_over_the_climate():
    """Every 5 K and 15 % from -20 to 45 °C at 90,000 Pa, to psychrolib's own tolerance."""
    psychrolib = pytest.importorskip("psychrolib")
    psychrolib.SetUnitSystem(psychrolib.SI)
    for dry in np.arange(-20.0, 46.0, 5.0):
        for humidity in np.arange(0.1, 1.0, 0.15):
            ours = moist.wet_bulb_degc(dry, moist.humidity_ratio(dry, humidity, 90000.0), 90000.0)
            assert ours == pytest.approx(psychrolib.GetTWetBulbFromRelHum(dry, humidity, 90000.0), abs=2e-3)


@pytest.mark.parametrize("degc", [-40.0, -20.0, 0.005, 5.0, 50.0])
def test_dew_point_inverts_saturation(degc):
    assert moist.dew_point_degc(moist.saturation_pressure_pa(degc)) == pytest.approx(degc, abs=1e-7)


def test_stull_is_only_an_approximation():
    """0.4 K rms and 1.0 K at most over 0 to 45 °C and 10 to 95 %, and past 0.5 K off at -10 °C."""
    dry, humidity = np.meshgrid(np.arange(0.0, 45.1, 5.0), np.arange(0.1, 0.96, 0.05))
    exact = moist.wet_bulb_degc(dry, moist.humidity_ratio(dry, humidity, 101325.0), 101325.0)
    error = moist.wet_bulb_stull_degc(dry, humidity) - exact
    assert np.sqrt(np.mean(error**2)) < 0.45
    assert np.abs(error).max() < 1.1
    cold = moist.wet_bulb_degc(-10.0, moist.humidity_ratio(-10.0, 0.8, 101325.0), 101325.0)
    assert moist.wet_bulb_stull_degc(-10.0, 0.8) < cold - 0.5


@given(dry=st.floats(-40.0, 50.0), humidity=st.floats(0.01, 1.0), pressure=st.floats(70e3, 105e3))
def test_dew_point_wet_bulb_dry_bulb_stay_in_order(dry, humidity, pressure):
    """Dew point (or frost point) ≤ wet bulb ≤ dry bulb, equal at saturation.

    Within 0.15 K of freezing the iced and the wet bulb overlap, so the order may bend by that much there.
    """
    ratio = moist.humidity_ratio(dry, humidity, pressure)
    wet = float(moist.wet_bulb_degc(dry, ratio, pressure))
    dew = float(moist.dew_point_degc(moist.vapour_pressure_pa(ratio, pressure)))
    assert wet <= dry + 1e-9
    assert dew <= wet + (0.15 if abs(wet) < 0.3 else 1e-3)


@given(dry=st.floats(-30.0, 45.0), low=st.floats(0.02, 0.95), step=st.floats(0.005, 0.05))
def test_wet_bulb_rises_with_humidity(dry, low, step):
    """Wetter air never has a lower wet bulb, save the jump between iced and wet bulb at freezing."""
    ratios = moist.humidity_ratio(dry, np.array([low, low + step]), 101325.0)
    first, second = moist.wet_bulb_degc(dry, ratios, 101325.0)
    assert second >= first - 1e-9


def test_vector_equals_scalar():
    dry, humidity = np.array([-12.0, -0.2, 0.3, 18.0, 40.0]), np.array([0.9, 0.5, 0.2, 0.7, 0.1])
    ratio = moist.humidity_ratio(dry, humidity, 98000.0)
    vector = moist.wet_bulb_degc(dry, ratio, 98000.0)
    scalars = [float(moist.wet_bulb_degc(d, r, 98000.0)) for d, r in zip(dry, ratio, strict=True)]
    assert vector == pytest.approx(scalars, abs=1e-8)


def test_impossible_air_is_refused_with_index_and_value():
    with pytest.raises(NonPhysical, match=r"relative_humidity\[1\] = 1\.2"):
        moist.humidity_ratio([20.0, 20.0], [0.5, 1.2], 101325.0)
    with pytest.raises(NonPhysical, match=r"wet_bulb_degc.* = 21"):
        moist.humidity_ratio_from_wet_bulb(20.0, 21.0, 101325.0)
    with pytest.raises(NonPhysical, match="humidity over 100 %"):
        moist.wet_bulb_degc(20.0, 0.03, 101325.0)
    with pytest.raises(NonPhysical, match="degc = nan"):
        moist.saturation_pressure_pa(float("nan"))
