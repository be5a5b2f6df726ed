"""A vapour-compression chiller: capacity and power from its temperatures and its part load.

Structure of EnergyPlus' EIR chiller, P = Q_ref · CAP(T) · EIR(T) · EIRPLR(PLR) / COP_ref, but with EIR(T)
built on the Carnot lift instead of a biquadratic fit, so that it extrapolates to the warm water of
liquid-cooled racks (no published curve goes above 8.9 °C leaving water) and never beats Carnot.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from twin.physics._checks import Array, require_between
from twin.physics.psychrometrics import KELVIN


@dataclass(frozen=True)
class ChillerParams:
    """One chiller (or a bank that shares load evenly).

    ``capacity_kw`` and ``cop`` hold at ``leaving_ref_degc`` evaporator water and ``condenser_ref_degc``
    entering air or water. ``internal_lift_k`` is the temperature lost in both heat exchangers;
    ``capacity_per_k_*`` the relative gain of capacity per kelvin of warmer leaving water, or loss per kelvin
    of warmer condenser; ``plr_*`` the part-load curve c0 + c1 x + c2 x² (sum 1); below ``plr_min`` the
    machine cycles.
    """

    capacity_kw: float
    cop: float
    leaving_ref_degc: float
    condenser_ref_degc: float
    internal_lift_k: float
    capacity_per_k_leaving: float
    capacity_per_k_condenser: float
    plr_0: float
    plr_1: float
    plr_2: float
    plr_min: float
    lift_min_k: float = 3.0
    capacity_max_ratio: float = 1.3
    capacity_min_ratio: float = 0.3

    def __post_init__(self) -> None:
        """Refuse a machine that beats Carnot at its rating, or whose part-load curve does not end at 1."""
        require_between("cop", self.cop, 0.1, carnot_cop(self.leaving_ref_degc, self.condenser_ref_degc))
        require_between("second-law efficiency", second_law_efficiency(self), 0.0, 1.0)
        require_between("plr_0 + plr_1 + plr_2", self.plr_0 + self.plr_1 + self.plr_2, 1 - 1e-9, 1 + 1e-9)
        require_between("slope of the part-load curve", self.plr_1 + min(0.0, 2 * self.plr_2), 0.0, np.inf)


class ChillerState(NamedTuple):
    """Compressor power, heat removed, and the most that could be removed; all kW."""

    power_kw: Array
    served_kw: Array
    available_kw: Array


def carnot_cop(leaving_degc: ArrayLike, condenser_degc: ArrayLike) -> Array:
    """Return the reversible COP between two temperatures; infinite where there is no lift."""
    cold = np.asarray(leaving_degc, dtype=np.float64)
    lift = np.asarray(condenser_degc, dtype=np.float64) - cold
    with np.errstate(divide="ignore"):
        return np.where(lift > 0.0, (cold + KELVIN) / np.maximum(lift, 1e-300), np.inf)


def second_law_efficiency(chiller: ChillerParams) -> float:
    """Return the share of the internal Carnot COP reached at the rating point."""
    lift = chiller.condenser_ref_degc - chiller.leaving_ref_degc + chiller.internal_lift_k
    return chiller.cop * lift / (chiller.leaving_ref_degc + KELVIN)


def full_load_cop(chiller: ChillerParams, leaving_degc: ArrayLike, condenser_degc: ArrayLike) -> Array:
    """Return COP at full load: η T_cold / (lift + internal lift)."""
    cold = np.asarray(leaving_degc, dtype=np.float64)
    lift = _held_condenser(chiller, cold, condenser_degc) - cold
    return np.asarray(second_law_efficiency(chiller) * (cold + KELVIN) / (lift + chiller.internal_lift_k))


def available_kw(chiller: ChillerParams, leaving_degc: ArrayLike, condenser_degc: ArrayLike) -> Array:
    """Return capacity: more with warmer leaving water, less with a warmer condenser, within its bounds."""
    cold = np.asarray(leaving_degc, dtype=np.float64)
    warm = _held_condenser(chiller, cold, condenser_degc)
    ratio = (
        1.0
        + chiller.capacity_per_k_leaving * (cold - chiller.leaving_ref_degc)
        - chiller.capacity_per_k_condenser * (warm - chiller.condenser_ref_degc)
    )
    return np.asarray(
        chiller.capacity_kw * np.clip(ratio, chiller.capacity_min_ratio, chiller.capacity_max_ratio)
    )


def part_load_ratio(chiller: ChillerParams, plr: ArrayLike) -> Array:
    """Return power over full-load power at ``plr`` 0..1; below ``plr_min`` proportional to load (cycling)."""
    x = np.maximum(np.asarray(plr, dtype=np.float64), chiller.plr_min)
    curve = chiller.plr_0 + x * (chiller.plr_1 + x * chiller.plr_2)
    return np.asarray(curve * (plr / x))


def chiller_state(
    chiller: ChillerParams, heat_kw: ArrayLike, leaving_degc: ArrayLike, condenser_degc: ArrayLike
) -> ChillerState:
    """Return power and heat removed for a wanted ``heat_kw`` ≥ 0; more than available is not removed."""
    available = available_kw(chiller, leaving_degc, condenser_degc)
    served = np.minimum(heat_kw, available)
    full_power = available / full_load_cop(chiller, leaving_degc, condenser_degc)
    power = full_power * part_load_ratio(chiller, served / available)
    return ChillerState(np.asarray(power), np.asarray(served), available)


def _held_condenser(chiller: ChillerParams, leaving_degc: Array, condenser_degc: ArrayLike) -> Array:
    """Return the condenser temperature, held ``lift_min_k`` above the evaporator (head-pressure control)."""
    return np.maximum(np.asarray(condenser_degc, dtype=np.float64), leaving_degc + chiller.lift_min_k)
