"""How far the year lies from the plan, and why: one effect after the other is switched on and told.

The distances of all reasons add up to replay less plan, because each is the difference of two replays that
differ by one effect.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.config.fault import OperatingFault
from twin.operation.account import Account, account
from twin.operation.class_load import AS_PLANNED, Physics
from twin.operation.effects import Effects, no_effects, together
from twin.operation.faults import LONGEST_S, ride_through_s
from twin.operation.operate import Operated, Policy, Warm, operate, operate_part
from twin.operation.site_year import SiteYear
from twin.operation.terms import Array

RECOUNTED = "recounted"
"""What is left when nothing differs from the plan: rounding of the solvers."""
MOVES_LEFT_OUT = "moves left out"
REASONS = {
    RECOUNTED: "the plan's own supply hour by hour, every option apart",
    "options pooled": "one connection, battery and set of contracts for all options of the site",
    "classes placed": "each class of work where the law allows it, in place of the fleet's mean load",
    "PUE at part load": "plant, UPS and transformer at the load of the hour",
    "throttling": "racks throttle at the load they have, the plan took full power",
    MOVES_LEFT_OUT: "work that the plan moves between sites runs where it came",
    "foresight lost": "dispatch without knowing the year",
    "network peak exceeded": "the network's charge on draw beyond the planned peak",
}
"""Reasons without faults, in the order in which they are switched on."""
LOST_SHARE = 1e-3
"""An hour counts as one in which work is lost from this part of the site's GPU-hours on."""


@dataclass(frozen=True)
class FaultYear:
    """A site under one fault more: hours it touches, IT that can run (T,), and what the fault added.

    ``lost_by_class`` (W,) is GPU-hours lost in those hours beyond what was lost there before, ``lost_gpu_h``
    in the whole year, ``eur`` the supply bill.
    """

    touched: NDArray[np.bool_]
    able_mw: Array
    lost_by_class: Array
    lost_gpu_h: float
    eur: float
    ride_through_s: float


@dataclass(frozen=True)
class SiteReplay:
    """The replayed year of a site, the distances (reason → EUR, MWh, t, h), and each fault in turn."""

    operated: Operated
    told: Account
    distance: Mapping[str, Array]
    undisturbed_able_mw: Array
    undisturbed_lost_gpu_h: float
    faults: tuple[FaultYear, ...]


def replay_site(
    year: SiteYear, policy: Policy, faults: Sequence[tuple[OperatingFault, Effects]]
) -> SiteReplay:
    """Return the replay of a site under ``faults``, laid on one after the other."""
    warm, quiet = Warm(), no_effects(len(year.planned.pue))
    last, gpus = year.promised, year.mw * year.gpus_per_mw
    figures: dict[str, Array] = {}
    before = np.array([last.eur, last.mwh, last.carbon_t, last.hours])
    apart = _apart(year, warm)
    pooled = operate(year, AS_PLANNED, quiet, warm=warm)
    first = (
        sum((_figures(part, gpus) for part in apart[1:]), _figures(apart[0], gpus))
        if apart
        else _figures(pooled, gpus)
    )
    if apart:  # an hour without some work is one hour, however many options it hits
        first[3] = _figures(pooled, gpus)[3]
    figures[RECOUNTED] = first - before
    figures[MOVES_LEFT_OUT] = -year.moved
    figures["options pooled"] = _figures(pooled, gpus) - first
    here = _figures(pooled, gpus)
    operated = pooled
    for reason, physics in (
        ("classes placed", Physics(True, False, False)),
        ("PUE at part load", Physics(True, True, False)),
        ("throttling", Physics(True, True, True)),
    ):
        operated = operate(year, physics, quiet, warm=warm)
        here, figures[reason] = _step(operated, gpus, here)
    prices = operated.prices
    if policy != "foresight":
        operated = operate(year, Physics(), quiet, policy, prices)
        here, figures["foresight lost"] = _step(operated, gpus, here)
    undisturbed, effects, hits = operated, quiet, []
    for fault, each in faults:
        effects, earlier = together(effects, each), operated
        if each.touched.any():
            operated = operate(year, Physics(), effects, policy, prices, warm)
        here, figures[fault.name] = _step(operated, gpus, here)
        hits.append(_fault_year(year, fault, each, earlier, operated, float(figures[fault.name][0])))
    told = account(operated)
    figures["network peak exceeded"] = np.array([told.over_peak_eur, 0.0, 0.0, 0.0])
    lost = float(undisturbed.lost_gpu_h.sum())
    return SiteReplay(operated, told, figures, undisturbed.able_mw, lost, tuple(hits))


def _fault_year(
    year: SiteYear, fault: OperatingFault, each: Effects, before: Operated, now: Operated, eur: float
) -> FaultYear:
    """Return what a fault did; racks ride through from the state they had without it."""
    seconds = LONGEST_S
    if each.touched.any():
        hours = np.flatnonzero(each.touched)
        seconds = ride_through_s(
            fault, year, before.it_mw[hours] / year.mw, before.air_degc[hours], before.liquid_degc[hours]
        )
    lost = now.lost_gpu_h - before.lost_gpu_h
    here = lost[:, each.touched].sum(axis=1)
    return FaultYear(each.touched, now.able_mw, here, float(lost.sum()), eur, seconds)


def _apart(year: SiteYear, warm: Warm) -> list[Operated]:
    """Return the plan's options one by one, none where there is only one; the pooled year begins at the last.

    Options differ too much to begin one where another ended: that takes longer than beginning anew.
    """
    if len(year.parts) < 2:
        return []
    *first, (mw, supply) = year.parts
    return [*(operate_part(year, *part) for part in first), operate_part(year, mw, supply, warm)]


def _step(operated: Operated, gpus: float, before: Array) -> tuple[Array, Array]:
    here = _figures(operated, gpus)
    return here, here - before


def _figures(operated: Operated, gpus: float) -> Array:
    """Return EUR (but for draw beyond the planned peak), MWh, tonnes, and hours in which work is lost."""
    told = account(operated)
    hours = np.count_nonzero(operated.lost_gpu_h.sum(axis=0) > LOST_SHARE * gpus)
    return np.array([told.bill_eur, operated.power_mw.sum(), told.carbon_t.sum(), float(hours)])
