"""Losses from the connection to the rack: balances, redundancy, and Frontier as RAPS describes it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.physics._checks import NonPhysical
from twin.physics.power_train import (
    TrainFigures,
    affine_input_kw,
    best_loading,
    input_kw,
    loss_coefficients,
    power_flow,
    size_power_train,
    stage,
    stage_loss_kw,
    staged_input_kw,
)

FIGURES = TrainFigures(1, 4, 1, 0.952, 0.967, 0.967, 0.002, 0.008, 0.0008, 0.007, 0.33)
TWO_N = TrainFigures(2, 4, 0, 0.952, 0.967, 0.967, 0.002, 0.008, 0.0008, 0.007, 1.0)


@given(load=st.floats(0.0, 1000.0), mechanical=st.floats(0.0, 300.0))
def test_energy_balance(load, mechanical):
    """Input = critical + mechanical + the three losses, to 1e-9; every loss is positive even at no load."""
    flow = power_flow(size_power_train(FIGURES, 1000.0, 300.0), load, mechanical)
    losses = flow.pdu_loss_kw + flow.ups_loss_kw + flow.transformer_loss_kw
    assert flow.input_kw == pytest.approx(load + mechanical + losses, rel=1e-9, abs=1e-9)
    assert min(flow.pdu_loss_kw, flow.ups_loss_kw, flow.transformer_loss_kw) > 0.0


@given(load=st.floats(1.0, 999.0), more=st.floats(0.0, 1.0))
def test_input_rises_with_load(load, more):
    train = size_power_train(FIGURES, 1000.0, 0.0)
    low, high = input_kw(train, [load, load + more])
    assert high >= low + more


def test_loss_curve_passes_through_its_three_efficiencies():
    """a, b, c reproduce the efficiencies they came from (linear algebra: 1e-12)."""
    a, b, c = loss_coefficients(0.952, 0.967, 0.967)
    for x, eta in ((0.25, 0.952), (0.5, 0.967), (1.0, 0.967)):
        assert x / (x + a + b * x + c * x * x) == pytest.approx(eta, rel=1e-12)


def test_efficiency_peaks_where_no_load_equals_ohmic_loss():
    """x* = sqrt(a/c): neighbours on either side are worse."""
    part = stage(1000.0, 1, 0, loss_coefficients(0.952, 0.967, 0.967))
    peak = best_loading(part) * part.installed_kw
    loads = np.array([0.9, 1.0, 1.1]) * peak
    eta = loads / (loads + stage_loss_kw(part, loads))
    assert eta[1] > eta[0]
    assert eta[1] > eta[2]


def test_spare_units_share_the_load():
    """N+1 of four: five units at 80 %; 2N: two paths at 50 %. Sums of a + b x + c x² by hand."""
    curve = (0.01, 0.004, 0.02)
    assert stage_loss_kw(stage(1000.0, 4, 1, curve), 1000.0) == pytest.approx(1250 * (0.01 + 0.0032 + 0.0128))
    assert stage_loss_kw(stage(1000.0, 4, 0, curve, paths=2), 1000.0) == pytest.approx(
        2000 * (0.01 + 0.002 + 0.005)
    )


def test_two_paths_lose_more_at_low_load():
    """Twice the no-load loss: at 30 % load 2N draws more than N+1 of the same machines."""
    plus_one, doubled = (size_power_train(figures, 1000.0, 0.0) for figures in (FIGURES, TWO_N))
    assert input_kw(doubled, 300.0) > input_kw(plus_one, 300.0) + 3.0


def test_frontier_by_raps():
    """Frontier, 9,472 nodes: 7.307 MW idle and 28.228 MW peak, to 0.01 %.

    RAPS config/frontier.yaml: CPU 90/280 W, 4 GPUs 88/560 W, memory 74.26 W, 4 NICs of 20 W, NVMe 30 W; SIVOC
    (P + 13) / 0.98 per node, rectifiers (P + 17) / 0.96 per 4 nodes, 32 switches of 250 W per rack behind the
    same rectifiers; 74 racks of 128 nodes, 25 CDUs with pumps of 8,473.47 W. Node and rack values recomputed
    from those formulae: 652.31 / 2,772.71 W and 95.87 / 378.60 kW.
    """
    reference = {"idle": (90.0, 88.0, 652.31, 95.87, 7.307), "peak": (280.0, 560.0, 2772.71, 378.60, 28.228)}
    for cpu_w, gpu_w, node_ref_w, rack_ref_kw, system_ref_mw in reference.values():
        node_kw = affine_input_kw((cpu_w + 4 * gpu_w + 74.26 + 4 * 20.0 + 30.0) / 1000.0, 0.013, 0.98)
        rack_kw = 32 * affine_input_kw(4 * node_kw + 0.250, 0.017, 0.96)
        system_mw = (74 * rack_kw + 25 * 8.47347) / 1000.0
        assert 1000.0 * node_kw == pytest.approx(node_ref_w, abs=0.005)
        assert rack_kw == pytest.approx(rack_ref_kw, abs=0.005)
        assert system_mw == pytest.approx(system_ref_mw, rel=1e-4)


def test_rectifier_staging_saves_at_part_load():
    """Six 5.5 kW rectifiers at 6 kW: two carry it best; less loss than all six."""
    curve = (0.012, 0.008, 0.02)
    staged = staged_input_kw(6.0, 5.5, 6, curve)
    every = 6.0 + 33.0 * (0.012 + 6 / 33 * (0.008 + 6 / 33 * 0.02))
    two = 6.0 + 11.0 * (0.012 + 6 / 11 * (0.008 + 6 / 11 * 0.02))
    assert staged == pytest.approx(min(two, every), rel=1e-12)
    assert 6.0 < staged < every
    assert staged_input_kw(33.0, 5.5, 6, curve) == pytest.approx(33.0 * 1.04, rel=1e-12)


def test_overload_is_refused_with_index_and_value():
    """Power above what the train carries with its spare lost; efficiency curves that make energy."""
    train = size_power_train(FIGURES, 1000.0, 100.0)
    with pytest.raises(NonPhysical, match=r"output_kw\[1\] = 1001"):
        input_kw(train, [500.0, 1001.0])
    with pytest.raises(NonPhysical, match="rating of the shelf"):
        staged_input_kw(34.0, 5.5, 6, (0.01, 0.01, 0.01))
    with pytest.raises(NonPhysical, match="loss coefficient"):
        loss_coefficients(0.90, 0.97, 0.99)
