"""How long a rack survives the loss of a fan, a pump, a CDU or the plant.

A chain of four heat stores — chips, rack (air and metal, or coolant on the way back), loop (room air, or
coolant on the way in), facility water — joined by conductances and ending in a sink of fixed temperature:
C dT/dt = heat − flows. The conductances are those of the steady state before the loss, so the chain starts at
rest. A loss takes one link away. The equations are linear: temperatures follow from the eigenvectors of the
chain, exact at any time; chip temperature never falls after a loss, so times are found by bisection.
Power is held constant: the chip has not yet slowed itself.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from twin.physics import coolant
from twin.physics._checks import Array, require_between, require_positive
from twin.physics.rack_params import RackParams, RackState

Loss = Literal["fan", "pump", "cdu", "plant"]
CHIP, RACK, LOOP, FACILITY = range(4)


@dataclass(frozen=True)
class Stores:
    """Heat stores per rack. Chip J/K each; coolant L in rack and secondary loop; room J/K of air and metal.

    ``facility_water_l_per_kw`` is water between exchanger and plant, ``exchange_k`` and ``plant_k`` the
    temperature steps across exchanger and plant at the heat of the moment; ``stagnant_share`` is the part of
    a conductance that natural convection leaves (assumed, like the room's and the water's default).
    """

    chip_j_per_k: float
    coolant_l: float
    rack_metal_kg: float
    room_j_per_k: float = 60_000.0
    facility_water_l_per_kw: float = 8.0
    exchange_k: float = 4.0
    plant_k: float = 6.0
    stagnant_share: float = 0.04


@dataclass(frozen=True)
class Network:
    """Chain of four stores (last axis): heat, capacity, conductance, start; sink and start in °C.

    Link i joins store i to i+1, the last one to the sink. ``stagnant_share`` is what natural convection
    leaves of a link whose fan or pump has stopped.
    """

    heat_w: Array
    capacity_j_per_k: Array
    conductance_w_per_k: Array
    sink_degc: Array
    start_degc: Array
    stagnant_share: float


def network_of(params: RackParams, state: RackState, it_power_pu: ArrayLike, stores: Stores) -> Network:
    """Return the chain of a rack at rest in ``state``. All results have the state's shape plus a last axis 4.

    Raises NonPhysical when the chip is not warmer than the fluid that leaves the rack.
    """
    total = 1000.0 * params.it_kw * require_positive("it_power_pu", it_power_pu)
    chips = params.gpus * state.gpu_w
    if params.chip_in_liquid:
        warm = state.liquid_return_degc
        cold = warm - _liquid_rise(params, total, warm)
        half = 0.5 * stores.coolant_l * _j_per_l_k(warm)
        rack_store, loop_store = half, half
        through = total * params.liquid_share
    else:
        cold = state.air_inlet_degc
        warm = cold + total / _air_w_per_k(state)
        rack_store = np.asarray(stores.rack_metal_kg * 480.0)
        loop_store = np.asarray(stores.room_j_per_k)
        through = total
    require_positive("chip above return", state.gpu_degc - warm)
    shape = np.broadcast_shapes(np.shape(chips), np.shape(warm), np.shape(through))
    water = np.asarray(stores.facility_water_l_per_kw * params.it_kw * 4186.0)
    steps = (state.gpu_degc - warm, warm - cold, stores.exchange_k, stores.plant_k)
    flows = (np.minimum(chips, through), through, through, through)
    return Network(
        heat_w=_stack(shape, flows[0], through - flows[0], 0.0, 0.0),
        capacity_j_per_k=_stack(shape, params.gpus * stores.chip_j_per_k, rack_store, loop_store, water),
        conductance_w_per_k=_stack(shape, *(flow / step for flow, step in zip(flows, steps, strict=True))),
        sink_degc=np.broadcast_to(cold - stores.exchange_k - stores.plant_k, shape),
        start_degc=_stack(shape, state.gpu_degc, warm, cold, cold - stores.exchange_k),
        stagnant_share=stores.stagnant_share,
    )


def after(network: Network, loss: Loss, params: RackParams) -> Network:
    """Return the chain without the links that ``loss`` takes away.

    A fan stops the air of an air-cooled rack (chips under liquid do not notice); a pump the coolant of a
    liquid-cooled one, or the water of a rear door. A CDU (or air coil) no longer reaches facility water; the
    plant no longer cools it. A rack without liquid has no pump to lose.
    """
    conductance = network.conductance_w_per_k.copy()
    if (loss == "fan" and not params.chip_in_liquid) or (loss == "pump" and params.chip_in_liquid):
        conductance[..., [CHIP, RACK]] *= network.stagnant_share
    elif params.kind == "rear_door" and loss in ("pump", "cdu"):
        conductance[..., LOOP] *= 1.0 - params.liquid_share
    elif loss == "cdu":
        conductance[..., LOOP] = 0.0
    elif loss == "plant":
        conductance[..., FACILITY] = 0.0
    return replace(network, conductance_w_per_k=conductance)


def temperatures(network: Network, seconds: ArrayLike) -> Array:
    """Return temperatures, °C, of the four stores after ``seconds``, exact; shape (…, 4).

    With S = C^½ the chain's matrix is symmetric; along eigenvector k with rate λ ≤ 0 the state moves by
    e^{λt} and the forcing by (e^{λt} − 1)/λ, which tends to t where a lost link makes λ zero.
    """
    t = require_between("seconds", seconds, 0.0, np.inf)[..., None]
    rate, vectors, root, force = _modes(network)
    start = np.einsum("...ji,...j->...i", vectors, network.start_degc * root)
    push = np.einsum("...ji,...j->...i", vectors, force)
    x = rate * t
    tiny = np.abs(x) < 1e-12
    integral = t * np.where(tiny, 1.0, np.expm1(x) / np.where(tiny, 1.0, x))
    moved = np.exp(x) * start + integral * push
    return np.asarray(np.einsum("...ij,...j->...i", vectors, moved) / root)


def integrated(network: Network, seconds: float, steps: int) -> Array:
    """Return temperatures after ``seconds`` by classical Runge-Kutta in ``steps``: the independent check."""

    def slope(degc: Array) -> Array:
        below = np.concatenate([degc[..., 1:], network.sink_degc[..., None]], axis=-1)
        out = network.conductance_w_per_k * (degc - below)
        into = np.concatenate([np.zeros_like(out[..., :1]), out[..., :-1]], axis=-1)
        return np.asarray((network.heat_w + into - out) / network.capacity_j_per_k)

    degc, h = network.start_degc.astype(np.float64), seconds / steps
    for _ in range(steps):
        a = slope(degc)
        b = slope(degc + 0.5 * h * a)
        c = slope(degc + 0.5 * h * b)
        degc = degc + h / 6.0 * (a + 2.0 * b + 2.0 * c + slope(degc + h * c))
    return degc


def seconds_to(network: Network, limit_degc: float, longest_s: float = 86_400.0) -> Array:
    """Return seconds until the chips reach ``limit_degc``: 0 where they are, inf where not in time."""

    def chip(seconds: Array) -> Array:
        return np.asarray(temperatures(network, seconds)[..., CHIP])

    low = np.zeros(network.start_degc.shape[:-1])
    high = np.full_like(low, longest_s)
    never = chip(high) < limit_degc
    for _ in range(60):
        middle = 0.5 * (low + high)
        there = chip(middle) >= limit_degc
        high = np.where(there, middle, high)
        low = np.where(there, low, middle)
    start = network.start_degc[..., CHIP]
    return np.asarray(np.where(start >= limit_degc, 0.0, np.where(never, np.inf, high)))


def adiabatic_seconds(capacity_j_per_k: ArrayLike, rise_k: ArrayLike, power_w: ArrayLike) -> Array:
    """Return seconds for a store without losses to warm by ``rise_k``: t = C·ΔT/P."""
    heat = require_positive("power_w", power_w)
    return np.asarray(np.asarray(capacity_j_per_k) * np.asarray(rise_k, dtype=np.float64) / heat)


def _modes(network: Network) -> tuple[Array, Array, Array, Array]:
    g, c = network.conductance_w_per_k, network.capacity_j_per_k
    root = np.sqrt(c)
    matrix = np.zeros((*g.shape, 4))
    for i in range(4):
        above = g[..., i - 1] if i else 0.0
        matrix[..., i, i] = -(above + g[..., i]) / c[..., i]
        if i:
            matrix[..., i, i - 1] = matrix[..., i - 1, i] = g[..., i - 1] / (root[..., i] * root[..., i - 1])
    rate, vectors = np.linalg.eigh(matrix)
    force = network.heat_w.copy()
    force[..., FACILITY] += g[..., FACILITY] * network.sink_degc
    # Round-off can leave a lost link's zero rate a hair above zero, which would grow without bound.
    return np.minimum(rate, 0.0), vectors, root, force / root


def _stack(shape: tuple[int, ...], *parts: ArrayLike) -> Array:
    return np.stack([np.broadcast_to(np.asarray(part, dtype=np.float64), shape) for part in parts], axis=-1)


def _j_per_l_k(degc: Array) -> Array:
    return np.asarray(coolant.density_kg_per_m3(degc) * coolant.specific_heat_j_per_kg_k(degc) / 1000.0)


def _liquid_rise(params: RackParams, total_w: Array, degc: Array) -> Array:
    carried = params.liquid_flow_l_per_min * coolant.heat_per_flow_kw_min_per_l_k(degc)
    return np.asarray(total_w * params.liquid_share / 1000.0 / carried)


def _air_w_per_k(state: RackState) -> Array:
    density = 101325.0 / (287.055 * (state.air_inlet_degc + 273.15))  # sea level: altitude is second order
    return np.asarray(1006.0 * density * state.air_flow_m3_s)
