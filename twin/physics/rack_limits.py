"""Limits of a rack, the margin to each in its own unit, and the verdict that names the one that binds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from twin.physics import rear_door
from twin.physics._checks import Array
from twin.physics.rack_params import AirStream, RackParams, RackState

UNITS = {
    "GPU junction": "K",
    "HBM": "K",
    "air inlet high": "K",
    "air inlet low": "K",
    "air flow": "m3/s",
    "liquid inlet high": "K",
    "liquid inlet low": "K",
    "liquid return": "K",
    "liquid flow": "L/min",
    "door capture": "kW",
    "power supplies": "kW",
    "busway": "kW",
    "floor load": "kg/m2",
}
"""Every limit by name, with the unit of its margin."""

_TEMPERATURE_SCALE_K = 20.0
_PRESSURE_AT_900_M = 90_970.0


@dataclass(frozen=True)
class Verdict:
    """Whether the rack works, and the limit with the least margin. Arrays of the margins' shape."""

    feasible: NDArray[np.bool_]
    binding_limit: NDArray[np.str_]
    margin: Array
    margin_unit: NDArray[np.str_]


def margins_of(
    params: RackParams,
    state: RackState,
    stream: AirStream,
    liquid_supply_degc: Array,
    liquid_kw: Array,
    pressure_pa: Array,
) -> dict[str, Array]:
    """Return the distance to every limit that applies to the rack; negative = exceeded."""
    margins = {
        "GPU junction": params.operating_degc - state.gpu_degc,
        "HBM": params.hbm_max_degc - state.hbm_degc,
    }
    if params.air_flow_max_m3_s > 0:
        margins["air inlet high"] = air_inlet_limit_degc(params, pressure_pa) - state.air_inlet_degc
        margins["air inlet low"] = state.air_inlet_degc - params.air_inlet_min_degc
        margins["air flow"] = params.air_flow_max_m3_s - stream.wanted_m3_s
    if params.has_liquid:
        margins["liquid inlet high"] = params.liquid_inlet_max_degc - liquid_supply_degc
        margins["liquid inlet low"] = liquid_supply_degc - params.liquid_inlet_min_degc
        margins["liquid return"] = params.liquid_return_max_degc - state.liquid_return_degc
    if params.kind == "rear_door":
        margins["door capture"] = rear_door.capacity_kw(params, stream, liquid_supply_degc) - liquid_kw
    return margins | static_margins(params)


def air_inlet_limit_degc(params: RackParams, pressure_pa: ArrayLike) -> Array:
    """Return the highest inlet air allowed, °C: the device's limit, less where air is thin.

    ASHRAE lowers the limit by 1 K per 300 m (classes A1, A2) above 900 m; a metre there is 11 Pa.
    """
    metres_above = np.maximum(_PRESSURE_AT_900_M - np.asarray(pressure_pa, dtype=np.float64), 0.0) / 11.0
    return np.asarray(params.air_inlet_max_degc - 1e-3 * params.altitude_derate_k_per_km * metres_above)


def static_margins(params: RackParams) -> dict[str, Array]:
    """Return the margins that no weather changes, as 0-d arrays.

    Supplies must carry nameplate with the spare ones lost; a feed may carry its continuous share (80 %);
    the slab must carry the rack on its own footprint.
    """
    supplies_kw = (params.supplies - params.supplies_spare) * params.supply_rated_kw
    rows = {
        "power supplies": supplies_kw - params.it_kw,
        "busway": params.feed_rated_kw * params.feed_continuous_share - params.it_kw,
        "floor load": params.floor_limit_kg_per_m2 - params.mass_kg / params.footprint_m2,
    }
    if params.has_liquid:
        rows["liquid flow"] = params.liquid_flow_max_l_per_min - params.liquid_flow_l_per_min
    return {name: np.asarray(value, dtype=np.float64) for name, value in rows.items()}


def verdict(params: RackParams, margins: dict[str, ArrayLike]) -> Verdict:
    """Return the verdict for margins already reduced to the worst of the hours, of any shape.

    The binding limit is the one whose margin is smallest relative to its own size (a limit in kelvin is
    measured against 20 K), so that kelvin, kilowatts and kilograms compare; an exceeded limit always beats
    one that is kept. Margins of names not in UNITS raise KeyError.
    """
    names = list(margins)
    table = np.stack(np.broadcast_arrays(*(np.asarray(margins[name], dtype=np.float64) for name in names)))
    scale = np.array([_scale(params, name) for name in names]).reshape(-1, *([1] * (table.ndim - 1)))
    worst = np.argmin(table / scale, axis=0)
    return Verdict(
        feasible=np.asarray((table >= -1e-9).all(axis=0)),
        binding_limit=np.asarray(names, dtype=np.str_)[worst],
        margin=np.take_along_axis(table, worst[None], axis=0)[0],
        margin_unit=np.asarray([UNITS[name] for name in names], dtype=np.str_)[worst],
    )


def _scale(params: RackParams, name: str) -> float:
    if UNITS[name] == "K":
        return _TEMPERATURE_SCALE_K
    sizes = {
        "air flow": params.air_flow_max_m3_s,
        "liquid flow": params.liquid_flow_max_l_per_min,
        "door capture": params.it_kw,
        "power supplies": params.it_kw,
        "busway": params.it_kw,
        "floor load": params.floor_limit_kg_per_m2,
    }
    return sizes[name]
