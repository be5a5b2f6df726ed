"""Heat and temperature of one rack: air, rear door, direct-to-chip, immersion, and hybrids of them.

All electricity of the rack leaves it as heat, part in air and part in liquid. Fans hold the design air
temperature rise until they reach full speed; coolant flow is constant. Air or liquid meets the chip through
a thermal resistance that falls with flow. Every function takes arrays of any shape that broadcast.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from twin.physics import coolant
from twin.physics._checks import Array, require_between, require_finite, require_positive
from twin.physics.node import dc_from_ac_w
from twin.physics.rack_limits import margins_of
from twin.physics.rack_params import AirStream, RackParams, RackState, ThermalPath

__all__ = ["RackParams", "RackState", "ThermalPath", "heat_split_kw", "rack_state"]


AIR_GAS_J_PER_KG_K = 287.055
AIR_HEAT_J_PER_KG_K = 1006.0
KELVIN = 273.15


def heat_split_kw(params: RackParams, it_power_pu: ArrayLike) -> tuple[Array, Array]:
    """Return heat to air and to liquid, kW per rack, that together equal the power drawn."""
    total = params.it_kw * require_between("it_power_pu", it_power_pu, 0.0, 1.0)
    liquid = params.liquid_share * total
    return total - liquid, liquid


def gpu_power_w(params: RackParams, it_power_pu: ArrayLike) -> Array:
    """Return power of each GPU, W, when the rack draws ``it_power_pu`` of nameplate.

    What is left of the wall power after supply losses, platform and fans, shared evenly, within idle and TDP.
    Nameplate exceeds the sum of the parts; above their sum the rest is other hardware, not GPU.
    """
    wall_w = 1000.0 * params.it_kw * require_between("it_power_pu", it_power_pu, 0.0, 1.0)
    rest = dc_from_ac_w(params.supply, wall_w) - 1000.0 * (params.platform_kw + params.fan_kw)
    return np.asarray(np.clip(rest / params.gpus, params.gpu_idle_w, params.gpu_tdp_w))


def air_density_kg_per_m3(degc: ArrayLike, pressure_pa: ArrayLike) -> Array:
    """Return density of dry air, kg/m³: p/(R·T). Moisture would lower it by under 1.5 % indoors."""
    pressure = require_between("pressure_pa", pressure_pa, 4.0e4, 1.2e5)
    return np.asarray(pressure / (AIR_GAS_J_PER_KG_K * (require_finite("degc", degc) + KELVIN)))


def air_rise_k(power_kw: ArrayLike, flow_m3_s: ArrayLike, density_kg_per_m3: ArrayLike) -> Array:
    """Return the temperature rise of air, K, that carries ``power_kw``: ΔT = P/(ρ·cp·V)."""
    flow = require_positive("flow_m3_s", flow_m3_s)
    carried = np.asarray(density_kg_per_m3, dtype=np.float64) * AIR_HEAT_J_PER_KG_K * flow
    return np.asarray(1000.0 * np.asarray(power_kw, dtype=np.float64) / carried)


def resistance_k_per_w(path: ThermalPath, flow: ArrayLike) -> Array:
    """Return fluid-inlet-to-case resistance, K/W, at a relative air flow or L/min per chip above 0."""
    return np.asarray(path.base + path.flow_part * require_positive("flow", flow) ** -path.exponent)


def rack_state(
    params: RackParams,
    it_power_pu: ArrayLike,
    air_supply_degc: ArrayLike,
    liquid_supply_degc: ArrayLike | None = None,
    pressure_pa: ArrayLike = 101325.0,
) -> RackState:
    """Return temperatures, flows, throttling and margins of one rack.

    ``air_supply_degc`` is the air the plant delivers to the cold aisle, ``liquid_supply_degc`` the coolant
    at the rack's manifold (behind the CDU); it may be None where the rack has no liquid. A rack in a bath
    ignores the air. Raises NonPhysical for shares outside 0..1, NaN, or impossible pressure.
    """
    air_kw, liquid_kw = heat_split_kw(params, it_power_pu)
    liquid = _liquid_supply(params, liquid_supply_degc)
    stream = _air(params, air_kw, liquid_kw, air_supply_degc, pressure_pa)
    gpu_w = gpu_power_w(params, it_power_pu)
    if params.chip_in_liquid:
        cold, chip_flow = liquid, np.asarray(params.chip_flow_l_per_min)
    else:
        rated = params.air_flow_rated_m3_s * air_density_kg_per_m3(25.0, 101325.0)
        cold, chip_flow = stream.inlet_degc, stream.flow_m3_s * stream.density / rated
    to_junction = resistance_k_per_w(params.path, chip_flow) + params.path.junction
    to_memory = to_junction + params.path.memory_extra
    state = RackState(
        gpu_w=gpu_w,
        gpu_degc=cold + gpu_w * to_junction,
        hbm_degc=cold + gpu_w * to_memory,
        throttle_pu=_throttle(params, it_power_pu, gpu_w, cold, to_junction, to_memory),
        air_flow_m3_s=stream.flow_m3_s,
        air_inlet_degc=stream.inlet_degc,
        air_return_degc=stream.inlet_degc + stream.rise_k * _share(air_kw, stream.heat_kw),
        liquid_flow_l_per_min=params.liquid_flow_l_per_min,
        liquid_return_degc=liquid + liquid_rise_k(params, liquid_kw, liquid),
        margins={},
    )
    state.margins.update(margins_of(params, state, stream, liquid, liquid_kw, np.asarray(pressure_pa)))
    return state


def throttle_pu(
    params: RackParams,
    it_power_pu: ArrayLike,
    air_supply_degc: ArrayLike,
    liquid_supply_degc: ArrayLike | None = None,
    pressure_pa: ArrayLike = 101325.0,
) -> Array:
    """Return ``rack_state(…).throttle_pu`` alone, of the broadcast shape of all arguments, faster.

    Warmer supply and thinner air never ease throttling, so when the worst of them all needs none, none does.
    """
    given = [np.asarray(x, dtype=np.float64) for x in (it_power_pu, air_supply_degc, pressure_pa)]
    given += [] if liquid_supply_degc is None else [np.asarray(liquid_supply_degc, dtype=np.float64)]
    air, pressure = given[1].max(), given[2].min()
    liquid = None if liquid_supply_degc is None else given[3].max()
    shape = np.broadcast_shapes(*(x.shape for x in given))
    if not rack_state(params, it_power_pu, air, liquid, pressure).throttle_pu.any():
        return np.zeros(shape)
    state = rack_state(params, it_power_pu, air_supply_degc, liquid_supply_degc, pressure_pa)
    return np.broadcast_to(state.throttle_pu, shape).copy()


def _air(
    params: RackParams, air_kw: Array, liquid_kw: Array, supply_degc: ArrayLike, pressure_pa: ArrayLike
) -> AirStream:
    """Fans hold the design rise up to full speed; a share of the exhaust returns: T_in = T_s + r/(1−r)·ΔT."""
    supply = require_between("air_supply_degc", supply_degc, -40.0, 80.0)
    density = air_density_kg_per_m3(supply, pressure_pa)
    heat = air_kw + liquid_kw if params.kind == "rear_door" else air_kw
    if params.air_flow_max_m3_s == 0.0:
        none = np.zeros(np.broadcast_shapes(density.shape, heat.shape))
        return AirStream(heat, density, none, none, supply, none)
    wanted = heat / (density * (1e-3 * AIR_HEAT_J_PER_KG_K * params.air_rise_design_k))
    flow = np.clip(wanted, params.air_flow_min_m3_s, params.air_flow_max_m3_s)
    rise = air_rise_k(heat, flow, density)
    inlet = supply + rise * (params.recirculation / (1.0 - params.recirculation))
    return AirStream(heat, density, wanted, flow, inlet, rise)


def _share(part: Array, whole: Array) -> Array:
    return np.asarray(part / np.where(whole > 0.0, whole, 1.0))


def liquid_rise_k(params: RackParams, liquid_kw: ArrayLike, supply_degc: ArrayLike) -> Array:
    """Return the coolant's temperature rise through the rack, K; 0 for a rack without liquid."""
    if not params.has_liquid:
        return np.zeros_like(np.asarray(liquid_kw, dtype=np.float64))
    carried = params.liquid_flow_l_per_min * coolant.heat_per_flow_kw_min_per_l_k(supply_degc)
    return np.asarray(liquid_kw) / carried


def _liquid_supply(params: RackParams, degc: ArrayLike | None) -> Array:
    if not params.has_liquid:
        return np.asarray(params.air_supply_set_degc)
    return require_between("liquid_supply_degc", np.nan if degc is None else degc, -5.0, 80.0)


def _throttle(
    params: RackParams,
    it_power_pu: ArrayLike,
    gpu_w: Array,
    cold: Array,
    to_junction: Array,
    to_memory: Array,
) -> Array:
    """Share of the demanded power to shed so that junction and memory stay at their operating limits."""
    by_chip = (params.operating_degc - cold) / to_junction
    by_memory = (params.hbm_max_degc - cold) / to_memory
    excess = np.maximum(gpu_w - np.minimum(by_chip, by_memory), 0.0)
    demand_w = 1000.0 * params.it_kw * np.asarray(it_power_pu, dtype=np.float64)
    share = params.gpus * np.minimum(excess, gpu_w) / np.maximum(demand_w, 1.0)
    return np.asarray(np.minimum(share, 1.0))
