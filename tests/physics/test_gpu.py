"""One accelerator: power, caps, leakage, throughput."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.hall import gpu_params
from twin.library import get
from twin.physics._checks import NonPhysical
from twin.physics.gpu import (
    GpuParams,
    batch_power_w,
    cap_for_throughput_w,
    idle_w,
    leakage_excess_w,
    power_w,
    settled_degc,
    throughput_pu,
)

SHARE = st.floats(0.0, 1.0)
CAP = st.floats(200.0, 700.0)
DEGC = st.floats(20.0, 92.0)


@pytest.fixture(scope="module")
def h100() -> GpuParams:
    return gpu_params(get("gpus", "h100-sxm"))


def test_idle_agrees_with_published_readings(h100: GpuParams) -> None:
    """71.5 to 74.7 W bare (nvidia-smi dumps); a CUDA context adds 26 to 50 W (arXiv 2605.23918)."""
    assert 71.5 <= idle_w(h100, "bare") <= 74.7
    assert 26.0 <= idle_w(h100) - idle_w(h100, "bare") <= 50.0


def test_full_use_draws_busy_power_and_none_draws_idle(h100: GpuParams) -> None:
    assert power_w(h100, 1.0) == pytest.approx(h100.busy_w)
    assert power_w(h100, 0.0) == pytest.approx(idle_w(h100))


def test_busy_power_lies_between_user_logs_and_the_highest_measured(h100: GpuParams) -> None:
    """Logs at full use: 587 to 592 W; highest of 888 serving points of ML.ENERGY: 694 W."""
    assert 587.0 <= h100.busy_w <= 694.0


def test_leakage_doubles_in_its_own_interval(h100: GpuParams) -> None:
    hot = h100.leakage_ref_degc + h100.leakage_doubling_k
    assert leakage_excess_w(h100, hot) == pytest.approx(h100.leakage_ref_w)
    assert leakage_excess_w(h100, h100.leakage_ref_degc) == 0.0


def test_cap_binds_before_leakage(h100: GpuParams) -> None:
    """Proves: heat cannot push a capped chip over its cap. Without the clip it would draw 62 W more."""
    assert power_w(h100, 1.0, cap_w=500.0, junction_degc=87.0) == pytest.approx(500.0)


def test_a_hot_capped_chip_is_slower_than_a_cool_one(h100: GpuParams) -> None:
    cool, hot = throughput_pu(h100, 500.0, np.array([60.0, 87.0]))
    assert hot < cool < 1.0


def test_throughput_falls_less_than_power(h100: GpuParams) -> None:
    """The reason operators cap: at 70 % of busy power far more than 70 % of the speed is left."""
    assert throughput_pu(h100, 0.7 * h100.busy_w) > 0.8


def test_cap_for_throughput_inverts(h100: GpuParams) -> None:
    speed = np.array([0.75, 0.9, 1.0])
    assert throughput_pu(h100, cap_for_throughput_w(h100, speed)) == pytest.approx(speed)


def test_batch_curve_against_measured_serving() -> None:
    """Llama-3.1-70B chat on 4 H100 (ML.ENERGY), batch 8 to 1024.

    The four constants are the least-squares fit to these twelve points; the form holds them within 4 %.
    """
    batch = np.array([8, 16, 32, 64, 96, 128, 192, 256, 384, 512, 768, 1024])
    measured = np.array([441, 451, 449, 500, 525, 546, 573, 589, 586, 623, 634, 637])
    found = batch_power_w(433.8, 209.5, 0.954, 6.92, batch)
    assert np.abs(found / measured - 1.0).max() < 0.04


def test_settled_chip_makes_the_heat_it_sheds(h100: GpuParams) -> None:
    """T = T_cold + R·P(T) to 1e-9 K, warmer than without leakage once above its reference temperature."""
    degc = settled_degc(h100, [0.2, 1.0], 45.0, 0.05)
    assert degc == pytest.approx(45.0 + 0.05 * power_w(h100, [0.2, 1.0], None, degc), abs=1e-9)
    assert degc[1] > 45.0 + 0.05 * h100.busy_w


def test_runaway_ends_at_the_cap(h100: GpuParams) -> None:
    """With a resistance at which leakage feeds itself, the cap holds power, not temperature."""
    assert settled_degc(h100, 1.0, 45.0, 0.2) == pytest.approx(45.0 + 0.2 * h100.tdp_w)


@given(cold=st.floats(10.0, 50.0), resistance=st.floats(0.02, 0.06), less=st.floats(0.5, 1.0))
def test_better_cooling_never_settles_hotter(cold: float, resistance: float, less: float) -> None:
    gpu = gpu_params(get("gpus", "h100-sxm"))
    assert settled_degc(gpu, 1.0, cold, resistance * less) <= settled_degc(gpu, 1.0, cold, resistance) + 1e-9


@given(a=SHARE, b=SHARE, cap=CAP)
def test_more_work_never_draws_less(a: float, b: float, cap: float) -> None:
    gpu = gpu_params(get("gpus", "h100-sxm"))
    low, high = sorted((a, b))
    assert power_w(gpu, low, cap) <= power_w(gpu, high, cap) + 1e-9


@given(cap=CAP, degc=DEGC, share=SHARE)
def test_power_never_exceeds_the_cap(cap: float, degc: float, share: float) -> None:
    gpu = gpu_params(get("gpus", "h100-sxm"))
    assert power_w(gpu, share, cap, degc) <= cap + 1e-9
    assert 0.0 <= throughput_pu(gpu, cap, degc) <= 1.0


def test_array_equals_scalars(h100: GpuParams) -> None:
    share, cap = np.linspace(0, 1, 5)[:, None], np.array([300.0, 500.0, 700.0])
    table = power_w(h100, share, cap, 70.0)
    for i in range(5):
        for j in range(3):
            assert table[i, j] == power_w(h100, share[i, 0], cap[j], 70.0)


def test_impossible_numbers_are_named(h100: GpuParams) -> None:
    with pytest.raises(NonPhysical, match=r"utilisation\[1\] = 1\.2"):
        power_w(h100, [0.5, 1.2])
    with pytest.raises(NonPhysical, match="cap_w = 900"):
        power_w(h100, 0.5, 900.0)
    with pytest.raises(NonPhysical, match="nan"):
        power_w(h100, np.nan)
