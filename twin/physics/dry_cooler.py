"""Dry and adiabatic (pre-wetted) coolers: water to outdoor air across finned coils, by eps-NTU."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from twin.physics._checks import Array, require_between, require_positive
from twin.physics.heat_exchanger import conductance_ratio, crossflow_ntu, crossflow_unmixed

FILM_EXPONENT_WATER = 0.85
FILM_EXPONENT_AIR = 0.8
AIR_RESISTANCE_SHARE = 0.5
"""Half of the resistance on each side (UA ∝ 1/hA at design), as Modelica Buildings' dry coolers assume."""


@dataclass(frozen=True)
class DryCooler:
    """A cooler sized at one point: capacity rates and UA in kW/K at design flows, fan kW at full speed."""

    c_water: float
    c_air: float
    ua_kw_per_k: float
    fan_kw: float


def size_dry_cooler(
    heat_kw: float, range_k: float, approach_k: float, air_rise_k: float, fan_kw: float
) -> DryCooler:
    """Return the cooler for ``heat_kw`` with water falling ``range_k`` to ``approach_k`` above the air.

    ``air_rise_k`` is the air's warming at design. Raises NonPhysical where no cross-flow exchanger can.
    """
    for name, value in (("heat_kw", heat_kw), ("range_k", range_k), ("air_rise_k", air_rise_k)):
        require_positive(name, value)
    c_water, c_air = heat_kw / range_k, heat_kw / air_rise_k
    least, most = min(c_water, c_air), max(c_water, c_air)
    effectiveness = heat_kw / (least * (range_k + approach_k))
    units = float(crossflow_ntu(effectiveness, least / most))
    return DryCooler(c_water, c_air, units * least, fan_kw)


def water_effectiveness(cooler: DryCooler, water_flow: ArrayLike, air_flow: ArrayLike = 1.0) -> Array:
    """Return how far the water falls over how far it could: (T_in − T_out) / (T_in − T_air), 0..1.

    Flows are relative to design and above 0. Heat = this · c_water · water_flow · (T_in − T_air).
    """
    water = require_positive("water_flow", water_flow)
    air = require_positive("air_flow", air_flow)
    c_water, c_air = cooler.c_water * water, cooler.c_air * air
    ua = cooler.ua_kw_per_k * conductance_ratio(
        air, water, AIR_RESISTANCE_SHARE, FILM_EXPONENT_AIR, FILM_EXPONENT_WATER
    )
    least, most = np.minimum(c_water, c_air), np.maximum(c_water, c_air)
    return np.asarray(crossflow_unmixed(ua / least, least / most) * least / c_water)


def fan_exponent(cooler: DryCooler, water_flow: float = 0.85) -> float:
    """Return m in capacity ∝ air flow^m, from half to full air flow at ``water_flow``.

    With it the fan speed for a part x of full capacity is x^(1/m) and, by the cubic law, its power x^(3/m).
    """
    half = water_effectiveness(cooler, water_flow, 0.5) / water_effectiveness(cooler, water_flow, 1.0)
    return float(np.log(half) / np.log(0.5))


def prewetted_air_degc(
    dry_bulb_degc: ArrayLike, wet_bulb_degc: ArrayLike, wanted_degc: ArrayLike, pad_effectiveness: float
) -> Array:
    """Return air behind pads that wet it only as far as needed, from the coldest possible to the dry bulb.

    Coldest = T_db − η (T_db − T_wb); evaporation at constant wet bulb.
    """
    require_between("pad_effectiveness", pad_effectiveness, 0.0, 1.0)
    dry = np.asarray(dry_bulb_degc, dtype=np.float64)
    coldest = dry - pad_effectiveness * (dry - np.asarray(wet_bulb_degc, dtype=np.float64))
    return np.asarray(np.clip(wanted_degc, coldest, dry))
