"""Wall power of one rack as two short polynomials, read off the physics kernels.

The GPUs of a rack draw g(u) at a busy share u, settled with their own temperature; the rack then draws
w(n·g) at the wall: platform, fans that follow the heat, and the loss of its supplies. Both are smooth, so a
quadratic each, fitted on the kernels, holds them to a fraction of a percent and costs two multiplications.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from twin.physics._checks import Array
from twin.physics.gpu import GpuParams, idle_w, power_w, settled_degc
from twin.physics.node import NodeParams, SupplyParams, ac_w, fan_w
from twin.physics.rack import resistance_k_per_w
from twin.physics.rack_params import RackParams

SHARES = np.linspace(0.0, 1.0, 41)
_COLD_STEPS = 9
_FAN_STEPS = 30


@dataclass(frozen=True)
class RackParts:
    """What a rack is made of: kernels' own figures, and how many servers and accelerators it holds."""

    rack: RackParams
    node: NodeParams
    gpu: GpuParams
    nodes: int
    extra_w: float
    """DC power of switch trays beyond the servers."""

    @property
    def supply(self) -> SupplyParams:
        """Supplies of the whole rack, rated for its nameplate."""
        return replace(self.rack.supply, rated_w=max(self.rack.supply.rated_w, 1200.0 * self.rack.it_kw))


@dataclass(frozen=True)
class RackCurve:
    """Coefficients per hour and per rack. Powers in kW of a whole rack.

    GPU power g = ``gpu[0] + gpu[1]·u + gpu[2]·u²`` with ``gpu`` (3, hours); wall power
    ``wall[0] + wall[1]·g + wall[2]·g²`` with ``wall`` (3,); ``idle`` (hours,) with no job on the rack.
    """

    gpu: NDArray[np.float32]
    wall: tuple[float, float, float]
    idle: NDArray[np.float32]


def gpu_kw(parts: RackParts, share: ArrayLike, cold_degc: ArrayLike) -> Array:
    """Return power of all GPUs of a rack, kW, at a busy ``share`` and chip inlet ``cold_degc``, settled."""
    flow = parts.rack.chip_flow_l_per_min if parts.rack.chip_in_liquid else 1.0
    resistance = float(resistance_k_per_w(parts.rack.path, flow)) + parts.rack.path.junction
    hot = settled_degc(parts.gpu, share, cold_degc, resistance)
    return np.asarray(parts.rack.gpus * power_w(parts.gpu, share, None, hot) / 1000.0)


def wall_kw(parts: RackParts, gpu_power_kw: ArrayLike, activity: float = 1.0) -> Array:
    """Return power of a rack at the wall, kW, for a power of its GPUs; fans follow the heat."""
    dc = 1000.0 * np.asarray(gpu_power_kw, dtype=np.float64) + parts.extra_w
    dc = dc + parts.nodes * (parts.node.platform_idle_w + activity * parts.node.platform_active_w)
    wall = ac_w(parts.supply, dc)
    for _ in range(_FAN_STEPS):
        wall = ac_w(parts.supply, dc + parts.nodes * fan_w(parts.node, _fan_speed(parts, wall)))
    return np.asarray(wall / 1000.0)


def _fan_speed(parts: RackParts, wall_w: Array) -> Array:
    """Fans hold the design warming of air, so flow follows heat from nameplate down to their lowest speed."""
    if parts.rack.air_flow_max_m3_s == 0.0:
        return np.zeros_like(wall_w)
    load = wall_w / (1000.0 * parts.rack.it_kw)
    rated = parts.rack.air_flow_rated_m3_s / parts.rack.air_flow_max_m3_s
    return np.asarray(np.clip(load * rated, parts.node.fan_min_speed, 1.0))


def rack_curve(parts: RackParts, cold_degc: Array) -> RackCurve:
    """Return the rack's polynomials for the chip-inlet temperatures of every hour, (hours,)."""
    low, high = float(cold_degc.min()), float(cold_degc.max())
    cold = np.linspace(low, max(high, low + 0.1), _COLD_STEPS)
    table = gpu_kw(parts, SHARES, cold[:, None])
    terms = np.polynomial.polynomial.polyfit(SHARES, table.T, 2)
    gpu = np.stack([np.interp(cold_degc, cold, term) for term in terms])
    span = np.linspace(0.9 * table.min(), 1.1 * table.max(), SHARES.size)
    wall = np.polynomial.polynomial.polyfit(span, wall_kw(parts, span), 2)
    bare = parts.rack.gpus * idle_w(parts.gpu, "bare") / 1000.0
    # Without a job the chips are near their inlet: what leaks less than at the reference is left out.
    idle = np.full(cold_degc.shape, float(wall_kw(parts, bare, activity=0.0)))
    return RackCurve(
        gpu.astype(np.float32),
        (float(wall[0]), float(wall[1]), float(wall[2])),
        idle.astype(np.float32),
    )


def power_kw(
    curve: RackCurve, hours: slice, share: NDArray[np.float32], spread: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return wall power of racks under work, kW, (hours, racks), for busy shares of the same shape.

    ``spread`` (racks,) multiplies the GPUs' power of each rack.
    """
    base, slope, bend = (term[hours, None] for term in curve.gpu)
    power = bend * share
    power += slope
    power *= share
    power += base
    power *= spread
    first, second = np.float32(curve.wall[1]), np.float32(curve.wall[2])
    wall = second * power
    wall += first
    wall *= power
    wall += np.float32(curve.wall[0])
    return np.asarray(wall)
