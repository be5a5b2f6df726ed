"""Fit a server's parameters to wall power metered on both sides of its supplies.

A node under one job at a time sits on three levels of DC power: nothing running, host busy (data loading,
initialisation, evaluation on CPUs), and accelerators busy. The levels are found as medians of a
one-dimensional three-cluster split; idle is the floor (first percentile) of the lowest one. With the
accelerators' idle and context power known they give the platform's idle and active power and the
accelerators' busy power. The supplies' loss is fitted to the levels' AC and DC means.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from twin.physics._checks import Array, require, require_positive
from twin.physics.gpu import GpuParams, idle_w
from twin.physics.node import NodeParams, SupplyParams, ac_w, dc_w

_STILL_SHARE = 0.02
STATES = ("idle", "host", "busy")


@dataclass(frozen=True)
class Trace:
    """One run of one ``job`` on one node: seconds, wall power W and raw DC power W at the same instants."""

    job: str
    run: str
    seconds: Array
    ac_w: Array
    dc_w: Array


@dataclass(frozen=True)
class NodeFit:
    """Fitted node, the busy power of its GPUs, W, and the two DC thresholds between the states, W.

    ``waiting_activity`` is the host activity (0..1) in the lowest state: the runs only pass through it while
    a process starts or ends, so its median lies a little above the idle floor.
    """

    node: NodeParams
    gpu_busy_w: float
    waiting_activity: float
    thresholds_w: tuple[float, float]


def filtered_dc_w(dc_w_raw: ArrayLike, ac_w_measured: ArrayLike, window: int = 5) -> Array:
    """Return the DC series without readings a meter cannot mean: the running median over ``window`` samples.

    Readings that are not positive, or above the wall power of the same instant, are dropped first; gaps are
    bridged linearly. Raises NonPhysical when wall power is not positive, ValueError with no usable reading.
    """
    wall = require_positive("ac_w", ac_w_measured)
    raw = np.asarray(dc_w_raw, dtype=np.float64)
    good = np.isfinite(raw) & (raw > 0.0) & (raw <= wall)
    if not good.any():
        raise ValueError("no DC reading lies between 0 and the wall power of its instant")
    index = np.arange(raw.size)
    bridged = np.interp(index, index[good], raw[good])
    padded = np.pad(bridged, window // 2, mode="edge")
    return np.asarray(np.median(np.lib.stride_tricks.sliding_window_view(padded, window), axis=-1))


def energy_kwh(seconds: ArrayLike, power_w: ArrayLike) -> float:
    """Return energy of a sampled power series by the trapezium rule, kWh. Time must rise strictly."""
    t = np.asarray(seconds, dtype=np.float64)
    require("time step", np.diff(t), np.diff(t) > 0, "a step above 0 s")
    p = np.asarray(power_w, dtype=np.float64)
    return float(np.sum(0.5 * (p[1:] + p[:-1]) * np.diff(t)) / 3.6e6)


def states_of(dc: ArrayLike, thresholds_w: tuple[float, float]) -> NDArray[np.int_]:
    """Return 0 idle, 1 host, 2 busy for each DC reading."""
    return np.asarray(np.digitize(np.asarray(dc, dtype=np.float64), thresholds_w))


def levels_of(dc: Array, start: Sequence[float]) -> Array:
    """Return the three level medians by Lloyd's iteration from ``start`` (W, rising)."""
    centres = np.asarray(start, dtype=np.float64)
    for _ in range(50):
        middle = 0.5 * (centres[1:] + centres[:-1])
        labels = np.digitize(dc, middle)
        members = [dc[labels == k] for k in range(3)]
        moved = np.array([np.median(part) if part.size else centres[k] for k, part in enumerate(members)])
        if np.allclose(moved, centres):
            break
        centres = moved
    return centres


def fit_supply(ac: Array, dc: Array, rated_w: float) -> SupplyParams:
    """Return the loss curve with non-negative terms that fits wall minus DC power, by least squares.

    The three non-negative coefficients are found exactly: every subset of terms is tried and the best
    admissible one kept. Feed it level means, not raw samples: noise in DC would tilt the slope.
    """
    basis = np.stack([np.ones_like(dc), dc, dc * dc], axis=-1)
    loss, best, kept = ac - dc, np.inf, np.zeros(3)
    for size in (1, 2, 3):
        for terms in combinations(range(3), size):
            part, *_ = np.linalg.lstsq(basis[:, terms], loss, rcond=None)
            trial = np.zeros(3)
            trial[list(terms)] = part
            error = float(np.sum((basis @ trial - loss) ** 2))
            if (part >= 0).all() and error < best:
                best, kept = error, trial
    return SupplyParams(rated_w, float(kept[0]), float(kept[1]), float(kept[2]))


def fit_node(traces: Sequence[Trace], gpu: GpuParams, gpus: int, rated_w: float) -> NodeFit:
    """Return the node fitted to ``traces`` (fanless box). ``gpu`` supplies idle and context power only."""
    series = [filtered_dc_w(trace.dc_w, trace.ac_w) for trace in traces]
    pooled = levels_of(np.concatenate(series), (2000.0, 2700.0, 6500.0))
    middle = 0.5 * (pooled[1:] + pooled[:-1])
    thresholds = (float(middle[0]), float(middle[1]))
    levels = _levels_by_job(traces, series, thresholds, pooled, (50.0, 50.0, 50.0))
    floor = _levels_by_job(traces, series, thresholds, pooled, (1.0, 50.0, 50.0))[0]
    steady = (_steady(trace.ac_w, dc, thresholds) for trace, dc in zip(traces, series, strict=True))
    pairs = np.array([pair for run in steady for pair in run])
    node = NodeParams(
        gpus=gpus,
        platform_idle_w=float(floor - gpus * idle_w(gpu, "bare")),
        platform_active_w=float(levels[1] - floor - gpus * gpu.context_w),
        fan_rated_w=0.0,
        fan_min_speed=0.0,
        supply=fit_supply(pairs[:, 0], pairs[:, 1], rated_w),
    )
    busy = float(levels[2] - node.platform_idle_w - node.platform_active_w) / gpus
    waiting = float((levels[0] - floor) / node.platform_active_w)
    return NodeFit(node, busy, waiting, thresholds)


def _levels_by_job(
    traces: Sequence[Trace],
    series: Sequence[Array],
    thresholds: tuple[float, float],
    pooled: Array,
    percentiles: tuple[float, float, float],
) -> Array:
    """Mean over jobs of each job's percentile per state: a job with many runs does not outvote the rest."""
    jobs = sorted({trace.job for trace in traces})
    found = np.full((len(jobs), 3), np.nan)
    for row, job in enumerate(jobs):
        dc = np.concatenate([one for trace, one in zip(traces, series, strict=True) if trace.job == job])
        label = states_of(dc, thresholds)
        for k in range(3):
            if (label == k).sum() >= 5:
                found[row, k] = np.percentile(dc[label == k], percentiles[k])
    seen = ~np.isnan(found)
    total = np.where(seen, found, 0.0).sum(axis=0)
    return np.asarray(np.where(seen.any(axis=0), total / np.maximum(seen.sum(axis=0), 1), pooled))


def _steady(ac: Array, dc: Array, thresholds: tuple[float, float]) -> list[tuple[float, float]]:
    """Mean (AC, DC) of each state over samples where neither side moved: the meters lag in a ramp."""
    still = np.ones(dc.size, dtype=bool)
    for side in (ac, dc):
        step = np.abs(np.diff(side)) < _STILL_SHARE * side[1:]
        still[1:] &= step
        still[:-1] &= step
    label = np.where(still, states_of(dc, thresholds), -1)
    return [
        (float(ac[label == k].mean()), float(dc[label == k].mean()))
        for k in range(3)
        if (label == k).sum() >= 5
    ]


def state_power_ac_w(fit: NodeFit, gpu: GpuParams) -> Array:
    """Return the modelled wall power of the three states, W."""
    per_gpu = np.array([idle_w(gpu, "bare"), idle_w(gpu, "context"), fit.gpu_busy_w])
    return ac_w(fit.node.supply, dc_w(fit.node, per_gpu, np.array([fit.waiting_activity, 1.0, 1.0])))


def idle_ac_w(fit: NodeFit, gpu: GpuParams) -> float:
    """Return the modelled wall power with nothing running, W."""
    return float(ac_w(fit.node.supply, dc_w(fit.node, idle_w(gpu, "bare"), 0.0)))


def predicted_energy_kwh(fit: NodeFit, gpu: GpuParams, trace: Trace) -> float:
    """Return modelled wall energy of a run, kWh, from nothing but the time it spent in each state."""
    dc = filtered_dc_w(trace.dc_w, trace.ac_w)
    return energy_kwh(trace.seconds, state_power_ac_w(fit, gpu)[states_of(dc, fit.thresholds_w)])


def utilisation_of(fit: NodeFit, gpu: GpuParams, dc: ArrayLike) -> Array:
    """Return the accelerators' utilisation, 0..1, that the fitted node would show at a DC power.

    0 at the host-busy level and below, 1 at the fitted busy level and above: what the meter reads over the
    fitted level is not explained by the model and stays in its error.
    """
    at_rest = float(dc_w(fit.node, idle_w(gpu, "context"), 1.0))
    span = fit.node.gpus * (fit.gpu_busy_w - idle_w(gpu, "context"))
    return np.asarray(np.clip((np.asarray(dc, dtype=np.float64) - at_rest) / span, 0.0, 1.0))


def energy_by_utilisation_kwh(fit: NodeFit, gpu: GpuParams, trace: Trace) -> float:
    """Return modelled wall energy of a run, kWh, from its accelerators' utilisation instead of two states."""
    dc = filtered_dc_w(trace.dc_w, trace.ac_w)
    share = utilisation_of(fit, gpu, dc)
    per_gpu = idle_w(gpu, "context") + share * (fit.gpu_busy_w - idle_w(gpu, "context"))
    working = ac_w(fit.node.supply, dc_w(fit.node, per_gpu, 1.0))
    waiting = state_power_ac_w(fit, gpu)[0]
    return energy_kwh(trace.seconds, np.where(states_of(dc, fit.thresholds_w) == 0, waiting, working))
