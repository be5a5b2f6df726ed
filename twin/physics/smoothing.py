"""Swings of a synchronous training job and the storage that keeps them off the grid.

Thousands of accelerators compute and wait together, so a fleet's power moves like one node's. Storage between
fleet and grid takes the difference between what the job draws and what the connection may follow under a
limit in MW per minute; it can be a battery at the connection or capacitors in the power supplies.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from twin.physics._checks import Array, require, require_between, require_finite, require_positive


@dataclass(frozen=True)
class RampStatistics:
    """Swings of a power series. MW and MW/min; each array has the series' shape without time."""

    swing_mw: Array
    steepest_up_mw_per_min: Array
    steepest_down_mw_per_min: Array
    p99_abs_mw_per_min: Array
    share_above_limit: Array


@dataclass(frozen=True)
class Smoothing:
    """Storage needed and what the grid then sees.

    ``grid_mw`` and ``storage_mw`` (positive = discharging into the site) have the load's shape; their sum is
    the load. ``stored_mwh`` is the running content above its lowest point.
    """

    grid_mw: Array
    storage_mw: Array
    stored_mwh: Array

    @property
    def power_mw(self) -> Array:
        """Largest charge or discharge power, MW."""
        return np.asarray(np.abs(self.storage_mw).max(axis=-1))

    @property
    def energy_mwh(self) -> Array:
        """Storage content between its extremes, MWh."""
        return np.asarray(self.stored_mwh.max(axis=-1) - self.stored_mwh.min(axis=-1))


def fleet_mw(node_w: ArrayLike, nodes: ArrayLike, in_step: ArrayLike = 1.0) -> Array:
    """Return power of ``nodes`` equal nodes, MW, of which a share ``in_step`` follows the trace together.

    The rest draws the trace's mean: independent nodes average out.
    """
    trace = require("node_w", node_w, np.asarray(node_w) >= 0, "a power of 0 W or more")
    share = require_between("in_step", in_step, 0.0, 1.0)
    mixed = share * trace + (1.0 - share) * trace.mean(axis=-1, keepdims=True)
    return np.asarray(1e-6 * require_positive("nodes", nodes) * mixed)


def ramp_statistics(power_mw: ArrayLike, step_s: float, limit_mw_per_min: float) -> RampStatistics:
    """Return the swings of an evenly sampled series (time last) and how often it breaks the ramp limit."""
    power = require_finite("power_mw", power_mw)
    step = float(require_positive("step_s", step_s))
    ramp = np.diff(power, axis=-1) * (60.0 / step)
    return RampStatistics(
        swing_mw=np.asarray(power.max(axis=-1) - power.min(axis=-1)),
        steepest_up_mw_per_min=np.maximum(ramp.max(axis=-1), 0.0),
        steepest_down_mw_per_min=np.maximum(-ramp.min(axis=-1), 0.0),
        p99_abs_mw_per_min=np.asarray(np.percentile(np.abs(ramp), 99, axis=-1)),
        share_above_limit=np.asarray((np.abs(ramp) > limit_mw_per_min * (1.0 + 1e-9)).mean(axis=-1)),
    )


def smooth(
    load_mw: ArrayLike, step_s: float, limit_mw_per_min: float, restore_s: float = np.inf
) -> Smoothing:
    """Return grid and storage power when the grid may change by at most ``limit_mw_per_min``. Time last.

    The grid chases the load as fast as the limit allows. With a finite ``restore_s`` it also aims to return
    the storage to its starting content with that time constant, so that content does not drift; the ramp
    limit stays the hard one. Storage is lossless: losses belong to the battery that is bought.
    """
    load = require_finite("load_mw", load_mw)
    hours = float(require_positive("step_s", step_s)) / 3600.0
    reach = float(require_positive("limit_mw_per_min", limit_mw_per_min)) * step_s / 60.0
    pull = 0.0 if np.isinf(restore_s) else 3600.0 / float(require_positive("restore_s", restore_s))
    grid, content = np.empty_like(load), np.empty_like(load)
    grid[..., 0], content[..., 0] = load[..., 0], 0.0
    for i in range(1, load.shape[-1]):
        wanted = load[..., i] - pull * content[..., i - 1]
        grid[..., i] = grid[..., i - 1] + np.clip(wanted - grid[..., i - 1], -reach, reach)
        content[..., i] = content[..., i - 1] + (grid[..., i] - load[..., i]) * hours
    lowest = content.min(axis=-1, keepdims=True)
    return Smoothing(grid_mw=grid, storage_mw=load - grid, stored_mwh=content - lowest)


def step_energy_mwh(step_mw: ArrayLike, limit_mw_per_min: ArrayLike) -> Array:
    """Return storage for one lasting step: the triangle E = ΔP²/(2·r), MWh."""
    rate = 60.0 * require_positive("limit_mw_per_min", limit_mw_per_min)
    return np.asarray(require_finite("step_mw", step_mw) ** 2 / (2.0 * rate))


def swing_energy_j(amplitude_w: ArrayLike, period_s: ArrayLike) -> Array:
    """Return storage that flattens a sine of ``amplitude_w`` (half its peak-to-peak): E = A·T/π, J."""
    return np.asarray(
        require_positive("amplitude_w", amplitude_w) * require_positive("period_s", period_s) / np.pi
    )
