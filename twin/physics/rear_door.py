"""The exchanger in a rack's rear door: server exhaust on one side, water on the other, by eps-NTU."""

from __future__ import annotations

import numpy as np

from twin.physics import coolant
from twin.physics._checks import Array
from twin.physics.heat_exchanger import conductance_ratio, crossflow_ntu, crossflow_unmixed
from twin.physics.rack_params import AirStream, RackParams

AIR_SIDE_SHARE, AIR_EXPONENT, WATER_EXPONENT = 0.8, 0.8, 0.85
"""Fins: most of the resistance is on the air side; exponents as for the dry cooler (BAC data, cross-flow)."""
RATED_AIR_KG_PER_M3 = 1.184
"""Air of 25 °C at sea level, at which the door is rated."""


def capacity_kw(params: RackParams, stream: AirStream, liquid_supply_degc: Array) -> Array:
    """Return heat, kW, that the door can take from the exhaust of ``stream`` into water at its supply.

    Rated effectiveness holds at rated air and water flow and fixes UA; off rating UA follows the air flow, so
    less air leaves colder. Negative where the water is warmer than the exhaust.
    """
    air = 1.006 * stream.density * stream.flow_m3_s
    rated_air = 1.006 * RATED_AIR_KG_PER_M3 * params.air_flow_rated_m3_s
    water = params.liquid_flow_l_per_min * coolant.heat_per_flow_kw_min_per_l_k(liquid_supply_degc)
    rated_water = float(np.mean(water))
    low, high = sorted((rated_air, rated_water))
    conductance = crossflow_ntu(params.door_effectiveness, low / high) * low
    conductance = conductance * conductance_ratio(
        air / rated_air, 1.0, AIR_SIDE_SHARE, AIR_EXPONENT, WATER_EXPONENT
    )
    smaller = np.minimum(air, water)
    effectiveness = crossflow_unmixed(conductance / smaller, smaller / np.maximum(air, water))
    exhaust = stream.inlet_degc + stream.rise_k
    return np.asarray(effectiveness * smaller * (exhaust - liquid_supply_degc))
