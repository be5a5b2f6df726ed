"""Heat exchangers by effectiveness and number of transfer units (Incropera & DeWitt, ch. 11).

Capacity rates ``c_*`` are mass flow times heat capacity in kW/K; ``ntu`` = UA / C_min;
``ratio`` = C_min / C_max.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from twin.physics._checks import Array, require_between, require_positive


class Exchange(NamedTuple):
    """Heat moved from the hot to the cold stream, and where both leave."""

    heat_kw: Array
    hot_out_degc: Array
    cold_out_degc: Array


def counterflow(ntu: ArrayLike, ratio: ArrayLike) -> Array:
    """Return the effectiveness of a counterflow exchanger, 0..1."""
    units = require_between("ntu", ntu, 0.0, np.inf)
    balance = require_between("ratio", ratio, 0.0, 1.0)
    decay = np.exp(-units * (1.0 - balance))
    with np.errstate(invalid="ignore", divide="ignore"):
        unequal = (1.0 - decay) / (1.0 - balance * decay)
    # As C_r -> 1 the general form is 0/0; its limit is NTU / (1 + NTU).
    return np.where(1.0 - balance < 1e-9, units / (1.0 + units), unequal)


def crossflow_unmixed(ntu: ArrayLike, ratio: ArrayLike) -> Array:
    """Return the effectiveness of a cross-flow exchanger with both streams unmixed, 0..1.

    The usual closed approximation 1 - exp[(NTU^0.22 / C_r)(exp(-C_r NTU^0.78) - 1)].
    """
    units = require_between("ntu", ntu, 0.0, np.inf)
    balance = require_between("ratio", ratio, 0.0, 1.0)
    safe = np.maximum(balance, 1e-9)
    return np.asarray(-np.expm1(units**0.22 / safe * np.expm1(-safe * units**0.78)))


def counterflow_ntu(effectiveness: ArrayLike, ratio: ArrayLike) -> Array:
    """Return the NTU a counterflow exchanger needs; inverse of ``counterflow``."""
    balance = require_between("ratio", ratio, 0.0, 1.0)
    eps = require_between("effectiveness", effectiveness, 0.0, 1.0 - 1e-12)
    with np.errstate(invalid="ignore", divide="ignore"):
        unequal = np.log((1.0 - eps * balance) / (1.0 - eps)) / (1.0 - balance)
    return np.where(1.0 - balance < 1e-9, eps / (1.0 - eps), unequal)


def crossflow_ntu(effectiveness: ArrayLike, ratio: ArrayLike) -> Array:
    """Return the NTU a cross-flow exchanger needs, by bisection on ``crossflow_unmixed`` (NTU up to 60)."""
    balance = require_between("ratio", ratio, 0.0, 1.0)
    reach = crossflow_unmixed(60.0, balance)
    eps = require_between("effectiveness", effectiveness, 0.0, reach)
    low, high = np.zeros(np.broadcast(eps, balance).shape), np.full(np.broadcast(eps, balance).shape, 60.0)
    for _ in range(60):
        middle = 0.5 * (low + high)
        short = crossflow_unmixed(middle, balance) < eps
        low, high = np.where(short, middle, low), np.where(short, high, middle)
    return np.asarray(0.5 * (low + high))


def exchange(
    effectiveness: ArrayLike, c_hot: ArrayLike, c_cold: ArrayLike, hot_in: ArrayLike, cold_in: ArrayLike
) -> Exchange:
    """Return heat and outlet temperatures; heat runs backwards when ``hot_in`` is the colder one."""
    eps = require_between("effectiveness", effectiveness, 0.0, 1.0)
    hot = require_positive("c_hot", c_hot)
    cold = require_positive("c_cold", c_cold)
    heat = eps * np.minimum(hot, cold) * (np.asarray(hot_in, dtype=float) - np.asarray(cold_in, dtype=float))
    return Exchange(np.asarray(heat), np.asarray(hot_in - heat / hot), np.asarray(cold_in + heat / cold))


def effectiveness_of_duty(
    heat_kw: ArrayLike, c_hot: ArrayLike, c_cold: ArrayLike, hot_in: ArrayLike, cold_in: ArrayLike
) -> Array:
    """Return the effectiveness that a stated duty implies, refusing more than the second law allows."""
    smallest = np.minimum(require_positive("c_hot", c_hot), require_positive("c_cold", c_cold))
    spread = require_positive(
        "hot_in - cold_in", np.asarray(hot_in, dtype=float) - np.asarray(cold_in, dtype=float)
    )
    return require_between("effectiveness", np.asarray(heat_kw) / (smallest * spread), 0.0, 1.0)


def approach_k(effectiveness: ArrayLike, heat_kw: ArrayLike, c_load: ArrayLike, c_source: ArrayLike) -> Array:
    """Return how far the load side leaves above the cold source: T_load,out − T_source,in.

    For a CDU: how much warmer the rack's coolant is than the facility water. From
    Q = ε C_min (T_load,in − T_source,in) and T_load,out = T_load,in − Q / C_load.
    """
    eps = require_between("effectiveness", effectiveness, 1e-6, 1.0)
    load, source = require_positive("c_load", c_load), require_positive("c_source", c_source)
    return np.asarray(np.asarray(heat_kw) * (1.0 / (eps * np.minimum(load, source)) - 1.0 / load))


def conductance_ratio(
    flow_a: ArrayLike, flow_b: ArrayLike, share_a: float, exponent_a: float, exponent_b: float
) -> Array:
    """Return UA over design UA when flows are ``flow_a`` and ``flow_b`` times design.

    Each film conducts as flow^exponent; ``share_a`` is side a's part of the design resistance, 0..1.
    """
    a, b = require_positive("flow_a", flow_a), require_positive("flow_b", flow_b)
    return np.asarray(1.0 / (share_a * a**-exponent_a + (1.0 - share_a) * b**-exponent_b))
