"""Power, throughput and idle states of one accelerator.

Power is a static part (leakage, memory, voltage regulators) and a dynamic part that follows the clock as
P_dyn ∝ f^n with n between 2 and 3 because voltage rises with clock. A power cap or a hot chip leaves less
for the dynamic part, so the clock — and a compute-bound job's throughput — falls as its n-th root.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from twin.physics._checks import Array, require_between, require_finite, require_positive

IdleState = Literal["bare", "context"]
_SETTLING_STEPS = 40


@dataclass(frozen=True)
class GpuParams:
    """One accelerator. All powers in W at the GPU's own input, temperatures at the junction.

    ``busy_w`` is drawn at full utilisation without a cap below ``tdp_w`` and at ``leakage_ref_degc``;
    ``leakage_ref_w`` is the part of it (and of idle) that leaks and doubles every ``leakage_doubling_k``.
    ``context_w`` is added to ``idle_w`` while a process holds memory on the device.
    """

    idle_w: float
    context_w: float
    busy_w: float
    tdp_w: float
    cap_min_w: float
    leakage_ref_w: float
    leakage_ref_degc: float
    leakage_doubling_k: float
    clock_exponent: float
    operating_degc: float
    slowdown_degc: float
    trip_degc: float
    hbm_max_degc: float


def leakage_excess_w(params: GpuParams, junction_degc: ArrayLike) -> Array:
    """Return leakage above that at the reference temperature, W; negative for a cooler chip.

    Subthreshold leakage is exponential in temperature: L = L_ref · 2^((T − T_ref)/ΔT_double).
    """
    degc = require_finite("junction_degc", junction_degc)
    ratio = np.exp2((degc - params.leakage_ref_degc) / params.leakage_doubling_k)
    return params.leakage_ref_w * (ratio - 1.0)


def idle_w(params: GpuParams, state: IdleState = "context") -> float:
    """Return power without work, W: ``bare`` has no process, ``context`` has one holding memory."""
    return params.idle_w + (params.context_w if state == "context" else 0.0)


def power_w(
    params: GpuParams,
    utilisation: ArrayLike,
    cap_w: ArrayLike | None = None,
    junction_degc: ArrayLike | None = None,
) -> Array:
    """Return mean power, W, of a GPU that is busy a share ``utilisation`` (0..1) of the time.

    Between busy spells the process keeps its context. The hourly mean of a two-state machine is linear in
    the busy share. ``cap_w`` bounds the busy power; ``junction_degc`` moves leakage away from its reference.
    """
    share = require_between("utilisation", utilisation, 0.0, 1.0)
    cap = _cap(params, cap_w)
    excess = 0.0 if junction_degc is None else leakage_excess_w(params, junction_degc)
    busy = np.minimum(params.busy_w + excess, cap)
    waiting = np.minimum(idle_w(params) + excess, busy)
    return np.asarray(waiting + share * (busy - waiting))


def settled_degc(
    params: GpuParams,
    utilisation: ArrayLike,
    cold_degc: ArrayLike,
    resistance_k_per_w: ArrayLike,
    cap_w: ArrayLike | None = None,
) -> Array:
    """Return the junction temperature at which heat made and heat carried away agree, °C.

    T = T_cold + R·P(T), where leakage makes P rise with T. Starting at the cap, the hottest it could be, the
    iteration falls monotonically to the hottest solution; the cap bounds it, so runaway ends at the cap.
    Warming of 1 W per kelvin at 0.05 K/W converges by a factor of 20 a step.
    """
    resistance = require_positive("resistance_k_per_w", resistance_k_per_w)
    cold = require_finite("cold_degc", cold_degc)
    degc = cold + resistance * _cap(params, cap_w)
    for _ in range(_SETTLING_STEPS):
        degc = cold + resistance * power_w(params, utilisation, cap_w, degc)
    return np.asarray(degc)


def throughput_pu(
    params: GpuParams, cap_w: ArrayLike | None = None, junction_degc: ArrayLike | None = None
) -> Array:
    """Return throughput of a compute-bound job over that of an uncapped chip at reference temperature.

    f/f_full = ((P_cap − P_static)/(P_busy − P_static))^(1/n), at most 1 (boost is not modelled), at least 0.
    """
    cap = _cap(params, cap_w)
    excess = 0.0 if junction_degc is None else leakage_excess_w(params, junction_degc)
    static = params.idle_w + params.context_w
    room = (cap - static - excess) / (params.busy_w - static)
    return np.asarray(np.clip(room, 0.0, 1.0) ** (1.0 / params.clock_exponent))


def cap_for_throughput_w(params: GpuParams, throughput: ArrayLike) -> Array:
    """Return the power cap, W, that leaves a share ``throughput`` (0..1] of the uncapped speed.

    Inverse of ``throughput_pu`` at reference temperature, before the driver's lowest cap applies.
    """
    pu = require_between("throughput", throughput, 0.0, 1.0)
    static = params.idle_w + params.context_w
    return np.asarray(static + (params.busy_w - static) * pu**params.clock_exponent)


def batch_power_w(floor_w: float, span_w: float, slope: float, middle: float, batch: ArrayLike) -> Array:
    """Return power of one serving GPU, W, over the batch size: P = P0 + ΔP/(1 + exp(−k(log2 b − x0))).

    The logistic in log2(batch) is the form of openg2g and ML.ENERGY.
    """
    x = np.log2(require_positive("batch", batch))
    return np.asarray(floor_w + span_w / (1.0 + np.exp(-slope * (x - middle))))


def _cap(params: GpuParams, cap_w: ArrayLike | None) -> Array:
    if cap_w is None:
        return np.asarray(params.tdp_w, dtype=np.float64)
    return require_between("cap_w", cap_w, params.cap_min_w, params.tdp_w)
