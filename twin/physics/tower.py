"""Wet cooling towers: York correlation, Merkel number, and the water they use.

Approach = cold water minus wet bulb; range = hot minus cold water; liquid-to-gas ratio relative to design.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from twin.physics._checks import Array, require_between, require_positive
from twin.physics.heat_exchanger import counterflow
from twin.physics.psychrometrics import (
    STANDARD_PRESSURE_PA,
    enthalpy_kj_per_kg,
    humidity_ratio_from_wet_bulb,
    saturation_humidity_ratio,
)

# York correlation as published in the EnergyPlus engineering reference: approach is a sum over powers of
# (liquid-to-gas ratio, range, wet bulb); _YORK[l][r][w] multiplies ratio^l · range^r · wet_bulb^w.
_YORK = np.array(
    [
        [
            [-0.359741205, -0.055053608, 0.0023850432],
            [0.173926877, -0.0248473764, 0.00048430224],
            [-0.005589849456, 0.0005770079712, -0.00001342427256],
        ],
        [
            [2.84765801111111, -0.121765149, 0.0014599242],
            [1.680428651, -0.0166920786, -0.0007190532],
            [-0.025485194448, 0.0000487491696, 0.00002719234152],
        ],
        [
            [-0.0653766255555556, -0.002278167, 0.0002500254],
            [-0.0910565458, 0.00318176316, 0.000038621772],
            [-0.0034285382352, 0.00000856589904, -0.000001516821552],
        ],
    ]
)
YORK_WET_BULB_DEGC = (-34.4, 26.7)
"""Wet bulbs over which the York correlation was fitted."""
LATENT_KJ_PER_KG = 2430.0
"""Heat that evaporates water at about 30 °C."""
CP_WATER = 4.186
"""kJ/(kg K)."""
CP_MOIST_AIR = 1.025
"""kJ/(kg K) of typical moist air."""


class TowerWater(NamedTuple):
    """Water of a tower, all in litres per hour; ``makeup`` is their sum."""

    evaporation: Array
    drift: Array
    blowdown: Array
    makeup: Array


def york_approach_k(wet_bulb_degc: ArrayLike, range_k: ArrayLike, liquid_to_gas: ArrayLike = 1.0) -> Array:
    """Return the approach of a York tower. Wet bulbs outside the fit are held at its edge.

    Above the edge a warmer wet bulb makes the real approach shrink, so holding it is the safe side.
    """
    wet = np.clip(np.asarray(wet_bulb_degc, dtype=np.float64), *YORK_WET_BULB_DEGC)
    span = require_between("range_k", range_k, 0.0, 22.2)
    ratio = require_between("liquid_to_gas", liquid_to_gas, 0.0, 8.0)
    in_wet = [_horner([_horner(list(_YORK[:, r, w]), ratio) for r in range(3)], span) for w in range(3)]
    return np.maximum(_horner(in_wet, wet), 0.0)


def merkel_outlet_degc(
    hot_degc: ArrayLike,
    wet_bulb_degc: ArrayLike,
    water_kg_per_s: ArrayLike,
    air_kg_per_s: ArrayLike,
    ua_kw_per_k: ArrayLike,
    pressure_pa: float = STANDARD_PRESSURE_PA,
) -> Array:
    """Return the cold water of a counterflow tower by Merkel's enthalpy potential.

    Moist air counts as a fluid whose heat capacity is the slope of saturated enthalpy between the wet bulb
    and the air that leaves, and ``ua_kw_per_k`` grows by that slope over the dry heat capacity (Braun 1989;
    Scheier). Solved by fixed point on the leaving air; refuses water that is not warmer than the wet bulb.
    """
    hot, wet = np.asarray(hot_degc, dtype=float), np.asarray(wet_bulb_degc, dtype=float)
    require_positive("hot_degc - wet_bulb_degc", hot - wet)
    water = require_positive("water_kg_per_s", water_kg_per_s)
    air = require_positive("air_kg_per_s", air_kg_per_s)
    entering = _saturated_enthalpy(wet, pressure_pa)
    leaving = 0.5 * (hot + wet)
    heat = np.zeros(np.broadcast(hot, wet, water, air).shape)
    for _ in range(200):
        span = np.maximum(leaving - wet, 1e-6)
        slope = (_saturated_enthalpy(wet + span, pressure_pa) - entering) / span
        c_air, c_water = air * slope, water * CP_WATER
        least, most = np.minimum(c_air, c_water), np.maximum(c_air, c_water)
        units = np.asarray(ua_kw_per_k) * slope / CP_MOIST_AIR / least
        heat = counterflow(units, least / most) * least * (hot - wet)
        update = wet + heat / c_air
        if np.all(np.abs(update - leaving) < 1e-9):
            break
        leaving = 0.5 * (leaving + update)
    return np.asarray(hot - heat / (water * CP_WATER))


def merkel_ua_kw_per_k(
    hot_degc: float,
    cold_degc: float,
    wet_bulb_degc: float,
    water_kg_per_s: float,
    air_kg_per_s: float,
    pressure_pa: float = STANDARD_PRESSURE_PA,
) -> float:
    """Return the UA with which ``merkel_outlet_degc`` meets a design point, by bisection on its logarithm.

    Raises NonPhysical when no tower (UA up to 1,000 times the water's capacity rate) reaches ``cold_degc``.
    """
    low, high = 1e-4 * water_kg_per_s, 1e3 * CP_WATER * water_kg_per_s
    flows = (water_kg_per_s, air_kg_per_s)
    best = float(merkel_outlet_degc(hot_degc, wet_bulb_degc, *flows, high, pressure_pa))
    require_between("cold_degc", cold_degc, best, hot_degc)
    for _ in range(60):
        middle = float(np.sqrt(low * high))
        too_warm = merkel_outlet_degc(hot_degc, wet_bulb_degc, *flows, middle, pressure_pa) > cold_degc
        low, high = (middle, high) if too_warm else (low, middle)
    return float(np.sqrt(low * high))


def merkel_ua_ratio(water_flow: ArrayLike, air_flow: ArrayLike, exponent: float = 0.6) -> Array:
    """Return UA over design at relative flows: Merkel number ∝ (L/G)^−n, so UA ∝ water^(1−n) · air^n.

    n = 0.6 is the usual value for counterflow fill (ASHRAE Handbook, HVAC Systems and Equipment, ch. 40).
    """
    water, air = require_positive("water_flow", water_flow), require_positive("air_flow", air_flow)
    return np.asarray(water ** (1.0 - exponent) * air**exponent)


def latent_share(
    dry_bulb_degc: ArrayLike,
    wet_bulb_degc: ArrayLike,
    exit_degc: ArrayLike,
    pressure_pa: ArrayLike = STANDARD_PRESSURE_PA,
) -> Array:
    """Return the part of rejected heat that evaporates water when air leaves saturated at ``exit_degc``.

    h_fg (W_out − W_in) / (h_out − h_in): about 0.6 in frost, 0.8 in a mild summer, above 1 in dry heat,
    where the air itself is cooled as well. The exit must be warmer than the wet bulb.
    """
    wet, leaving = np.asarray(wet_bulb_degc, dtype=float), np.asarray(exit_degc, dtype=float)
    require_positive("exit_degc - wet_bulb_degc", leaving - wet)
    entering = humidity_ratio_from_wet_bulb(dry_bulb_degc, wet, pressure_pa)
    saturated = saturation_humidity_ratio(leaving, pressure_pa)
    gained = enthalpy_kj_per_kg(leaving, saturated) - enthalpy_kj_per_kg(dry_bulb_degc, entering)
    return np.asarray(LATENT_KJ_PER_KG * (saturated - entering) / gained)


def water_use(
    heat_kw: ArrayLike,
    circulating_l_per_h: ArrayLike,
    latent_share: ArrayLike,
    cycles_of_concentration: float,
    drift_share: float,
) -> TowerWater:
    """Return evaporation E = share·Q/h_fg, drift, and blowdown E/(CoC − 1) − drift (never negative)."""
    if not cycles_of_concentration > 1.0:
        require_between("cycles_of_concentration", cycles_of_concentration, 1.0 + 1e-9, np.inf)
    evaporation = np.asarray(heat_kw) * latent_share * (3600.0 / LATENT_KJ_PER_KG)
    drift = np.asarray(circulating_l_per_h) * drift_share
    blowdown = np.maximum(evaporation / (cycles_of_concentration - 1.0) - drift, 0.0)
    return TowerWater(
        np.asarray(evaporation), np.asarray(drift), blowdown, np.asarray(evaporation + drift + blowdown)
    )


def _saturated_enthalpy(degc: Array, pressure_pa: float) -> Array:
    return enthalpy_kj_per_kg(degc, saturation_humidity_ratio(degc, pressure_pa))


def _horner(coefficients: list[Array], x: Array) -> Array:
    """Return c0 + x (c1 + x c2)."""
    low, middle, high = coefficients
    return np.asarray(low + x * (middle + x * high))
