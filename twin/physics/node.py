"""A server: accelerators, host platform, fans and power supplies; direct-current and wall side.

DC power = n·GPU + platform(activity) + fans(speed³); wall power = DC + supply loss(DC). The supplies' loss is
quadratic in their output: a fixed part, one in proportion to current, and an ohmic one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from twin.physics._checks import Array, require, require_between, require_finite


@dataclass(frozen=True)
class SupplyParams:
    """Power supplies of one box: ``rated_w`` output of all that may run; loss = a + b·P + c·P² in W."""

    rated_w: float
    loss_fixed_w: float
    loss_linear: float
    loss_square_per_w: float


@dataclass(frozen=True)
class NodeParams:
    """One server. Powers in W on the DC side.

    ``platform_idle_w`` covers CPUs, memory, NICs, switches and conversion on the board with nothing running;
    ``platform_active_w`` is added when a job runs. ``fan_rated_w`` is drawn at full fan speed.
    """

    gpus: int
    platform_idle_w: float
    platform_active_w: float
    fan_rated_w: float
    fan_min_speed: float
    supply: SupplyParams


def fan_w(params: NodeParams, speed: ArrayLike) -> Array:
    """Return fan power, W, at a relative ``speed`` (0..1) by the affinity law P ∝ n³."""
    n = require_between("fan speed", speed, 0.0, 1.0)
    return np.asarray(params.fan_rated_w * np.maximum(n, params.fan_min_speed) ** 3)


def dc_w(params: NodeParams, gpu_w: ArrayLike, activity: ArrayLike, fan_speed: ArrayLike = 0.0) -> Array:
    """Return power behind the supplies, W, for a power per GPU and a host ``activity`` (0 idle .. 1 job)."""
    gpu = require("gpu_w", gpu_w, np.asarray(gpu_w) >= 0, "a power of 0 W or more")
    share = require_between("activity", activity, 0.0, 1.0)
    host = params.platform_idle_w + share * params.platform_active_w
    return np.asarray(params.gpus * gpu + host + fan_w(params, fan_speed))


def supply_loss_w(supply: SupplyParams, output_w: ArrayLike) -> Array:
    """Return the heat made in the supplies, W, at an ``output_w`` within their rating."""
    out = require_between("supply output_w", output_w, 0.0, supply.rated_w)
    return np.asarray(supply.loss_fixed_w + (supply.loss_linear + supply.loss_square_per_w * out) * out)


def ac_w(supply: SupplyParams, output_w: ArrayLike) -> Array:
    """Return wall power, W, for an ``output_w`` on the DC side: output plus loss."""
    return np.asarray(output_w, dtype=np.float64) + supply_loss_w(supply, output_w)


def dc_from_ac_w(supply: SupplyParams, input_w: ArrayLike) -> Array:
    """Return DC power, W, for a wall power: the positive root of c·P² + (1 + b)·P + a − P_ac = 0."""
    wall = require_finite("input_w", input_w)
    rest = np.maximum(wall - supply.loss_fixed_w, 0.0)
    b = 1.0 + supply.loss_linear
    # This form of the root stays exact as the square term goes to zero.
    return np.asarray(2.0 * rest / (b + np.sqrt(b * b + 4.0 * supply.loss_square_per_w * rest)))


def efficiency(supply: SupplyParams, output_w: ArrayLike) -> Array:
    """Return output over input, 0..1, of the supplies."""
    return np.asarray(output_w, dtype=np.float64) / ac_w(supply, output_w)
