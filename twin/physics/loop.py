"""One cooling loop: free cooling to the weather first, a chiller in series for the rest, and what both cost.

The loop returns at T_set + range. The cooler takes the share of the heat that its effectiveness allows,
share = ε (T_return − T_ambient) / range, clipped to 0..1: all of it while the weather is cold, nothing once
the weather is as warm as the return, straight between (partial economiser). The chiller takes the rest;
where the cooler's fans would cost more than they save, the chiller takes all. What a chiller cannot take
lets the supply temperature float up until the loop balances.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from twin.physics._checks import Array, Flags
from twin.physics.chiller import ChillerParams, available_kw, full_load_cop, part_load_ratio
from twin.physics.dry_cooler import DryCooler, water_effectiveness
from twin.physics.tower import LATENT_KJ_PER_KG, water_use, york_approach_k

L_PER_H = 3600.0
LATENT_SHARE_BOUNDS = (0.3, 1.0)
YORK_AIR_EXPONENT = 0.611
"""A York tower's effectiveness, range / (range + approach), ∝ air flow^0.611 at 20 °C wet bulb."""


@dataclass(frozen=True)
class Tower:
    """A wet tower behind a plate exchanger. ``fan_kw`` at full speed, ``pump_kw`` at full flow.

    ``latent_share`` is the quadratic in wet bulb (°C) of the part of its heat that evaporates water.
    """

    range_k: float
    exchanger_approach_k: float
    fan_kw: float
    pump_kw: float
    latent_share: tuple[float, float, float]
    cycles_of_concentration: float
    drift_share: float


@dataclass(frozen=True)
class LoopParams:
    """One loop, sized. ``set_degc`` is the supply wanted, ``range_k`` the warming through the load.

    ``mover_kw`` drives the loop's fluid at rated flow (pump; 0 where the mover is counted elsewhere); it
    follows flow^``flow_exponent`` down to ``flow_min``. ``cooler`` or ``tower`` rejects to the weather;
    ``pad_effectiveness`` 0 = never wetted; ``fan_exponent`` is m in capacity ∝ air^m.
    """

    rated_kw: float
    set_degc: float
    range_k: float
    mover_kw: float
    flow_min: float
    flow_exponent: float
    fan_exponent: float
    fan_speed_min: float
    cooler: DryCooler | None
    tower: Tower | None
    pad_effectiveness: float
    cycles_of_concentration: float
    chiller: ChillerParams | None


class LoopState(NamedTuple):
    """What the loop draws (kW), evaporates and bleeds (L/h), and the supply it reaches (°C)."""

    fan_kw: Array
    pump_kw: Array
    compressor_kw: Array
    water_l_per_h: Array
    supply_degc: Array


def loop_state(loop: LoopParams, heat_kw: ArrayLike, dry_bulb_degc: Array, wet_bulb_degc: Array) -> LoopState:
    """Return the state of the loop for ``heat_kw`` entering its fluid; weather and heat broadcast.

    The mover's own heat is added to the load. Heat must not be negative.
    """
    heat = np.asarray(heat_kw, dtype=np.float64)
    flow = np.maximum(heat / loop.rated_kw, loop.flow_min)
    pump = loop.mover_kw * flow**loop.flow_exponent
    load = heat + pump
    span = loop.range_k * (load / loop.rated_kw) / flow
    effectiveness, ambient, air_cooling = _sink(loop, load, span, flow, dry_bulb_degc, wet_bulb_degc)
    potential = (loop.set_degc + span - ambient) * (effectiveness / span)
    free = np.clip(potential, 0.0, 1.0)
    fan = _fan_kw(loop, _fan_load(loop, potential, load, wet_bulb_degc, ambient))
    compressor, available, economising = _chiller(loop, load, free, ambient, fan)
    short = (1.0 - free) * load > available
    floating = ambient + span * ((1.0 - np.minimum(available / load, 1.0)) / effectiveness - 1.0)
    supply = np.where(short, np.maximum(floating, loop.set_degc), loop.set_degc)
    fan = np.where(economising, fan, 0.0)
    water = air_cooling
    if loop.tower is not None:
        water = _tower_water(loop.tower, loop, load + compressor, flow, wet_bulb_degc)
        pump = pump + loop.tower.pump_kw * flow**loop.flow_exponent
    return LoopState(fan, np.asarray(pump), compressor, np.asarray(water), supply)


def _sink(
    loop: LoopParams, load: Array, span: Array, flow: Array, dry: Array, wet: Array
) -> tuple[Array, Array, Array]:
    """Return effectiveness, the temperature it works against, and litres per hour used to pre-wet air."""
    if loop.tower is not None:
        tower_range = np.minimum(loop.tower.range_k * load / loop.rated_kw, 22.0)
        # Below freezing all heat is free anyway; the approach is held there, outside the range of most fits.
        cold = wet + york_approach_k(np.maximum(wet, 0.0), tower_range)
        return np.ones(()), cold + loop.tower.exchanger_approach_k, np.zeros(())
    assert loop.cooler is not None
    effectiveness = water_effectiveness(loop.cooler, flow)
    if loop.pad_effectiveness == 0.0:
        return effectiveness, dry, np.zeros(())
    enough = loop.set_degc + span - span / effectiveness
    ambient = np.clip(enough, dry - loop.pad_effectiveness * (dry - wet), dry)
    bleed = loop.cycles_of_concentration / (loop.cycles_of_concentration - 1.0)
    litres = (L_PER_H * loop.cooler.c_air / LATENT_KJ_PER_KG * bleed) * (dry - ambient)
    return effectiveness, ambient, litres


def _chiller(
    loop: LoopParams, load: Array, free: Array, ambient: Array, fan_kw: Array
) -> tuple[Array, Array, Flags]:
    """Return compressor power, heat the chiller could take, and whether the economiser runs.

    It runs where its fans cost less than they save, and wherever the chiller alone is not enough. A tower
    runs in any case: it also serves the condenser.
    """
    if loop.chiller is None:
        return np.zeros(()), np.zeros(()), np.asarray(True)
    condenser = ambient if loop.tower is None else ambient - loop.tower.exchanger_approach_k
    available = available_kw(loop.chiller, loop.set_degc, condenser)
    full = available / full_load_cop(loop.chiller, loop.set_degc, condenser)
    rest = np.minimum((1.0 - free) * load, available)
    with_free = full * part_load_ratio(loop.chiller, rest / available)
    if loop.tower is not None:
        return with_free, available, np.asarray(True)
    alone = full * part_load_ratio(loop.chiller, np.minimum(load / available, 1.0))
    economising = (with_free + fan_kw < alone) | (load > available)
    return np.where(economising, with_free, alone), available, economising


def _fan_load(loop: LoopParams, potential: Array, load: Array, wet: Array, ambient: Array) -> Array:
    """Return needed over full-speed effectiveness, 0..1; 1 when the weather is the bottleneck."""
    if loop.tower is None:
        return 1.0 / np.maximum(potential, 1.0)
    tower_range = loop.tower.range_k * load / loop.rated_kw
    reached = ambient - loop.tower.exchanger_approach_k - wet + tower_range
    allowed = loop.set_degc - loop.tower.exchanger_approach_k - wet + tower_range
    return np.clip(reached / np.maximum(allowed, 1e-6), 0.0, 1.0)


def _fan_kw(loop: LoopParams, speed_load: Array) -> Array:
    """Return cooler or tower fan power by the cubic law, with a least speed.

    Tower fans reach full speed before any chiller starts, because ``speed_load`` is 1 from there on.
    """
    rated = loop.cooler.fan_kw if loop.cooler is not None else (loop.tower.fan_kw if loop.tower else 0.0)
    return np.asarray(rated * np.maximum(speed_load ** (3.0 / loop.fan_exponent), loop.fan_speed_min**3))


def _tower_water(tower: Tower, loop: LoopParams, rejected: Array, flow: Array, wet: Array) -> Array:
    base, slope, curve = tower.latent_share
    latent = np.clip(base + wet * (slope + wet * curve), *LATENT_SHARE_BOUNDS)
    circulating = flow * (loop.rated_kw / (4.186 * tower.range_k) * L_PER_H)
    return water_use(rejected, circulating, latent, tower.cycles_of_concentration, tower.drift_share).makeup
