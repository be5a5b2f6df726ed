"""A hall's cooling plant: an air side and a liquid side, each on its own loop to the weather.

Air side, one of: ``direct`` outdoor air behind wetted pads; ``indirect`` air-to-air exchanger with wetted
outdoor air; ``water`` coils fed by a loop. Liquid side: facility water to a CDU that serves the racks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from twin.physics._checks import Array, require_between, require_not_above
from twin.physics.chiller import ChillerParams, chiller_state
from twin.physics.loop import L_PER_H, LoopParams, loop_state
from twin.physics.psychrometrics import STANDARD_PRESSURE_PA
from twin.physics.tower import LATENT_KJ_PER_KG


@dataclass(frozen=True)
class AirSide:
    """Hall air. ``fan_kw`` at rated flow and sea level, following flow^``fan_exponent`` down to ``flow_min``.

    With ``loop`` None outdoor air is blown in: ``pad_effectiveness`` wets it, ``chiller`` may trim it.
    ``coil_approach_k`` is how much warmer the air leaves a coil than the loop's supply (0 for air loops).
    """

    rated_kw: float
    set_degc: float
    rise_k: float
    fan_kw: float
    fan_exponent: float
    flow_min: float
    coil_approach_k: float
    loop: LoopParams | None
    pad_effectiveness: float
    cycles_of_concentration: float
    chiller: ChillerParams | None


@dataclass(frozen=True)
class LiquidSide:
    """Racks' coolant behind a CDU; ``cdu_approach_k`` at rated heat, ``cdu_kw`` electric at rated flow."""

    rated_kw: float
    set_degc: float
    cdu_approach_k: float
    cdu_kw: float
    cdu_flow_min: float
    loop: LoopParams


@dataclass(frozen=True)
class PlantParams:
    """A sized plant; a side is None where the racks give it no heat."""

    air: AirSide | None
    liquid: LiquidSide | None


class PlantState(NamedTuple):
    """Power by kind (kW), water drawn (L/h), and what the racks get (°C); arrays broadcast.

    A side without racks reports no power and a supply of 20 °C that nobody uses.
    """

    fan_kw: Array
    pump_kw: Array
    compressor_kw: Array
    water_l_per_h: Array
    air_supply_degc: Array
    liquid_supply_degc: Array

    @property
    def power_kw(self) -> Array:
        """All electricity of the plant."""
        return np.asarray(self.fan_kw + self.pump_kw + self.compressor_kw)


UNUSED_SUPPLY_DEGC = 20.0
_Side = tuple[Array, Array, Array, Array, Array]


def plant_state(
    params: PlantParams,
    air_heat_kw: ArrayLike,
    liquid_heat_kw: ArrayLike,
    dry_bulb_degc: ArrayLike,
    wet_bulb_degc: ArrayLike,
    pressure_pa: ArrayLike = STANDARD_PRESSURE_PA,
) -> PlantState:
    """Return power, water and supply temperatures of the plant; all arguments broadcast.

    Raises NonPhysical for negative heat, weather outside -60..55 °C, a wet bulb above the dry bulb (by more
    than 0.05 K, the rounding of weather files) or impossible pressure.
    """
    air_heat = require_between("air_heat_kw", air_heat_kw, 0.0, np.inf)
    liquid_heat = require_between("liquid_heat_kw", liquid_heat_kw, 0.0, np.inf)
    dry = require_between("dry_bulb_degc", dry_bulb_degc, -60.0, 55.0)
    wet = require_between("wet_bulb_degc", wet_bulb_degc, -60.0, 55.0)
    require_not_above("wet_bulb_degc", wet, dry, "the dry bulb", slack=0.05)
    pressure = require_between("pressure_pa", pressure_pa, 4.0e4, 1.2e5)
    air = _air_side(params.air, air_heat, dry, wet, pressure)
    liquid = _liquid_side(params.liquid, liquid_heat, dry, wet)
    fan, pump, compressor, water = (np.asarray(a + b) for a, b in zip(air[:4], liquid[:4], strict=True))
    return PlantState(fan, pump, compressor, water, air[4], liquid[4])


def _air_side(side: AirSide | None, heat: Array, dry: Array, wet: Array, pressure: Array) -> _Side:
    if side is None:
        require_not_above("air_heat_kw", heat, 0.0, "0 in a plant without an air side")
        return _nothing()
    flow = np.maximum(heat / side.rated_kw, side.flow_min)
    # The same mass of thinner air is more volume at the same resistance coefficient: power ∝ 1/ρ².
    fan = (side.fan_kw * flow**side.fan_exponent) * (STANDARD_PRESSURE_PA / pressure) ** 2
    if side.loop is None:
        return _direct_air(side, heat + fan, fan, dry, wet)
    state = loop_state(side.loop, heat + fan, dry, wet)
    supply = state.supply_degc + side.coil_approach_k
    return fan + state.fan_kw, state.pump_kw, state.compressor_kw, state.water_l_per_h, supply


def _direct_air(side: AirSide, load: Array, fan: Array, dry: Array, wet: Array) -> _Side:
    """Outdoor air: mixed with return air when cold, wetted as far as needed when warm, then trimmed."""
    capacity_rate = load / side.rise_k
    coldest = dry - side.pad_effectiveness * np.maximum(dry - wet, 0.0)
    behind_pads = np.clip(side.set_degc, coldest, dry)
    supply = np.maximum(behind_pads, side.set_degc)
    bleed = side.cycles_of_concentration / (side.cycles_of_concentration - 1.0)
    water = capacity_rate * (dry - behind_pads) * (L_PER_H / LATENT_KJ_PER_KG * bleed)
    water = np.where(dry > side.set_degc, water, 0.0)
    if side.chiller is None:
        return fan, np.zeros(()), np.zeros(()), water, supply
    excess = capacity_rate * (supply - side.set_degc)
    trim = chiller_state(side.chiller, excess, side.set_degc, dry)
    return fan, np.zeros(()), trim.power_kw, water, supply - trim.served_kw / capacity_rate


def _liquid_side(side: LiquidSide | None, heat: Array, dry: Array, wet: Array) -> _Side:
    if side is None:
        require_not_above("liquid_heat_kw", heat, 0.0, "0 in a plant without a liquid side")
        return _nothing()
    ratio = heat / side.rated_kw
    cdu = side.cdu_kw * np.maximum(ratio, side.cdu_flow_min) ** side.loop.flow_exponent
    state = loop_state(side.loop, heat + cdu, dry, wet)
    supply = np.maximum(side.set_degc, state.supply_degc + side.cdu_approach_k * ratio)
    return state.fan_kw, state.pump_kw + cdu, state.compressor_kw, state.water_l_per_h, supply


def _nothing() -> _Side:
    zero = np.zeros(())
    return zero, zero, zero, zero, np.asarray(UNUSED_SUPPLY_DEGC)
