"""eps-NTU against golden values, a CDU data sheet, and the second law."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.physics._checks import NonPhysical
from twin.physics.heat_exchanger import (
    approach_k,
    conductance_ratio,
    counterflow,
    counterflow_ntu,
    crossflow_ntu,
    crossflow_unmixed,
    effectiveness_of_duty,
    exchange,
)

NTU = [0.5, 1.0, 2.0, 3.0, 5.0]


@pytest.mark.parametrize(
    ("ratio", "expected"),
    [
        (0.5, [0.362266, 0.564733, 0.774600, 0.874425, 0.957201]),
        (1.0, [0.333333, 0.5, 0.666667, 0.75, 0.833333]),
        (0.25, [0.377589, 0.598286, 0.822766, 0.918811, 0.982257]),
    ],
)
def test_counterflow_golden(ratio, expected):
    """Closed form of Incropera & DeWitt table 11.3, recomputed to six digits."""
    assert counterflow(NTU, ratio) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("ratio", "expected"),
    [
        (0.5, [0.351948, 0.544764, 0.738758, 0.828405, 0.905274]),
        (1.0, [0.315449, 0.468536, 0.615407, 0.684209, 0.748981]),
    ],
)
def test_crossflow_golden(ratio, expected):
    """Both streams unmixed, same table, six digits."""
    assert crossflow_unmixed(NTU, ratio) == pytest.approx(expected, abs=1e-6)


def test_limits():
    """No exchanger moves nothing; a phase change (ratio 0) gives 1 - exp(-NTU)."""
    assert counterflow(0.0, 0.7) == 0.0
    assert counterflow(2.0, 0.0) == pytest.approx(1 - np.exp(-2.0), rel=1e-12)
    assert crossflow_unmixed(2.0, 0.0) == pytest.approx(1 - np.exp(-2.0), rel=1e-8)


@given(ntu=st.floats(0.0, 15.0), more=st.floats(0.0, 3.0), ratio=st.floats(0.0, 1.0))
def test_effectiveness_is_bounded_rising_and_counterflow_is_best(ntu, more, ratio):
    """0 ≤ ε ≤ 1 and more area never hurts; cross-flow's approximation may pass counterflow by 2 %."""
    for form in (counterflow, crossflow_unmixed):
        small, large = form([ntu, ntu + more], ratio)
        assert 0.0 <= small <= large + 1e-12 <= 1.0 + 1e-12
    assert crossflow_unmixed(ntu, ratio) <= counterflow(ntu, ratio) * 1.02 + 1e-12


@given(eps=st.floats(0.01, 0.7), ratio=st.floats(0.01, 1.0))
def test_ntu_inverts_effectiveness(eps, ratio):
    assert counterflow(counterflow_ntu(eps, ratio), ratio) == pytest.approx(eps, abs=1e-9)
    assert crossflow_unmixed(crossflow_ntu(eps, ratio), ratio) == pytest.approx(eps, abs=1e-9)


@given(
    eps=st.floats(0.0, 1.0),
    hot=st.floats(0.1, 1e3),
    cold=st.floats(0.1, 1e3),
    hot_in=st.floats(-20.0, 90.0),
    cold_in=st.floats(-20.0, 90.0),
)
def test_heat_is_conserved_and_streams_never_cross(eps, hot, cold, hot_in, cold_in):
    """What one stream loses the other gains (1e-9); no outlet passes the other stream's inlet."""
    heat, hot_out, cold_out = exchange(eps, hot, cold, hot_in, cold_in)
    assert hot * (hot_in - hot_out) == pytest.approx(cold * (cold_out - cold_in), abs=1e-9 * (1 + abs(heat)))
    low, high = min(hot_in, cold_in) - 1e-9, max(hot_in, cold_in) + 1e-9
    assert low <= hot_out <= high
    assert low <= cold_out <= high


def test_deschutes_cdu():
    """Google Project Deschutes CDU: 2,000 kW, facility in at 26.8 °C, racks return at 45 °C, 3 K approach.

    Flows 31.48 kg/s (racks) and 32.30 kg/s (facility). Data sheet values give ε 0.835 (±0.003: it rounds).
    """
    racks, water = 31.48 * 4.18, 32.30 * 4.18
    eps = effectiveness_of_duty(2000.0, racks, water, 45.0, 26.8)
    assert eps == pytest.approx(0.835, abs=0.003)
    assert approach_k(eps, 2000.0, racks, water) == pytest.approx(3.0, abs=0.05)
    assert exchange(eps, racks, water, 45.0, 26.8).hot_out_degc == pytest.approx(29.8, abs=0.05)


def test_duty_beyond_the_second_law_is_refused():
    with pytest.raises(NonPhysical, match="effectiveness"):
        effectiveness_of_duty(3000.0, 130.0, 130.0, 45.0, 26.8)
    with pytest.raises(NonPhysical, match=r"c_hot = 0"):
        exchange(0.5, 0.0, 1.0, 40.0, 20.0)


def test_conductance_falls_with_either_flow():
    """Half the air at exponent 0.8 and an even split: 1 / (0.5·2^0.8 + 0.5)."""
    assert conductance_ratio(0.5, 1.0, 0.5, 0.8, 0.85) == pytest.approx(1 / (0.5 * 2**0.8 + 0.5), rel=1e-12)
    assert conductance_ratio(1.0, 1.0, 0.3, 0.8, 0.85) == pytest.approx(1.0, rel=1e-12)
