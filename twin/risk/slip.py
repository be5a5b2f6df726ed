"""Draws against a plan: what is delivered, what is missing, and what that costs. Numpy alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from twin.risk.connections import available_mw
from twin.risk.draws import Draws
from twin.risk.exposure import Exposure
from twin.risk.fits import Array
from twin.tolerances import MET_MW


@dataclass(frozen=True)
class Slipped:
    """What each of n draws makes of a plan of s sites over t quarters.

    ``late_mw`` (s, n, t): counted megawatts that a site lacks against the plan; ``energy_eur`` (n,): net
    present change of the energy bill by prices alone, positive = dearer.
    """

    late_mw: Array
    energy_eur: Array


@dataclass(frozen=True)
class Costs:
    """Net present cost of being late, EUR at the first quarter, (n,) each; positive = dearer than planned.

    ``rent_eur`` pays for missing megawatts as far as the market has them. ``deferred_eur`` is that rent less
    the whole cost of halls that are bought only when their power comes. ``idle_eur`` is dearer by what halls
    and GPUs cost that were bought as planned and stand idle until the plan ends. ``unserved_mw_years`` is
    what the market cannot rent out.
    """

    rent_eur: Array
    deferred_eur: Array
    idle_eur: Array
    unserved_mw_years: Array


def slip(at: Exposure, draws: Draws) -> Slipped:
    """Return what is late at every site of the plan in every draw, and what the price of energy does.

    Nothing comes before its planned date: halls stand ready when planned, not earlier.
    """
    mine = draws.of(at.sites)
    shape = (len(at.sites), mine.count, at.planned_mw.shape[1])
    late, energy = np.empty(shape), np.zeros(mine.count)
    for i in range(len(at.sites)):
        powered = np.minimum(at.planned_mw[i], available_mw(at.grid, mine, i, shape[2]) / at.grid_per_mw[i])
        late[i] = (at.planned_mw[i] - powered) * at.counted_per_mw[i]
        paid = powered * (at.market_eur_per_mw_year[i] * at.years)
        energy += np.einsum("nt,nt->n", paid, _price_change(at, mine, i))
    return Slipped(late, energy)


def _price_change(at: Exposure, draws: Draws, i: int) -> Array:
    """Return (n, t) relative change of the price of energy at a site."""
    known = np.asarray(draws.years)
    year = np.clip(np.searchsorted(known, at.calendar_year), 0, len(known) - 1)
    return np.asarray(draws.price_factor[:, i, :][:, year] / at.base_factor[i] - 1.0)


def own_mw(at: Exposure, late_mw: Array) -> Array:
    """Return (n, t) counted megawatts that are owned and powered; ``late_mw`` is (n, t), of all sites."""
    planned = at.committed_own_mw + (at.planned_mw * at.counted_per_mw).sum(axis=0)
    return np.asarray(planned - late_mw)


def missing_mw(at: Exposure, late_mw: Array) -> Array:
    """Return (n, t) counted megawatts short of the path with the rent that was planned."""
    hosted = at.committed_mw - at.committed_own_mw + at.lease_counted * at.lease_mw
    return np.asarray(np.maximum(at.path_mw - own_mw(at, late_mw) - hosted, 0.0))


def reached(at: Exposure, late_mw: Array) -> float:
    """Return the share of draws in which the owned target stands by the last quarter of the plan."""
    final = own_mw(at, late_mw)[:, at.in_plan - 1]
    return float((final >= at.target_mw - MET_MW).mean())


def costs(at: Exposure, late_mw: Array) -> Costs:
    """Return what lateness costs; ``late_mw`` is (s, n, t). Rent is paid as long as power is missing."""
    missing = missing_mw(at, late_mw.sum(axis=0))
    wanted = missing / at.lease_counted
    room = np.maximum(at.lease_most_mw - at.lease_mw, 0.0)
    rented = np.minimum(wanted, room)
    rent = rented @ at.years * at.lease_eur_per_mw_year
    per_counted = np.maximum(at.counted_per_mw, 1e-9)
    standing = (at.standing_eur_per_mw_year / per_counted) * at.years
    running = (at.running_eur_per_mw_year / per_counted) * at.years
    deferred = rent - np.einsum("snt,st->n", late_mw, running + standing)
    inside = slice(at.in_plan)
    idle = np.einsum("snt,st->n", late_mw[:, :, inside], standing[:, inside])
    return Costs(rent, deferred, deferred + idle, (wanted - rented) @ at.years)


def tail_mean(values: Array, odds: float) -> float:
    """Return the mean of the worst ``1 - odds`` of equally likely values, the largest being the worst (CVaR).

    Rockafellar and Uryasev (2000): the value at the border counts with the part of its odds that lies beyond.
    """
    ordered = np.sort(np.asarray(values, float))[::-1]
    part = max((1.0 - odds) * len(ordered), 1e-12)
    weight = np.clip(part - np.arange(len(ordered)), 0.0, 1.0)
    return float((weight * ordered).sum() / weight.sum())


def quantiles(values: Array, odds: Sequence[float]) -> list[float]:
    """Return the quantiles of equally likely values."""
    return [float(v) for v in np.quantile(values, list(odds))]
