"""Work moves between the sites of a plan, hour by hour: the cheapest moves that keep every yearly promise.

The market of each hour clears by itself (:mod:`twin.planning.work_clearing`). Promises of a whole year,
contracts within a site's own use and least shares of renewables, enter as a price on a site's use that is
sought; what is still missed then is made good by moving less.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from twin.planning.supply_problem import Array
from twin.planning.work_clearing import Offers, clear
from twin.planning.work_hours import FIGURES, Operation
from twin.tolerances import PAID_EUR_PER_MWH

TRIES = 14
"""Steps in which the price of a site's yearly use is sought."""
FIRST_STEP_EUR_PER_MWH = 8.0
"""First step of that price; halved whenever it has gone too far."""


@dataclass(frozen=True)
class Supplier:
    """One supply in use: its hours per MW of IT, the site, water at the site's price, EUR per m3."""

    site: str
    operation: Operation
    water_eur_per_m3: float


@dataclass(frozen=True)
class Promise:
    """What a site's supplies may use more, or must not use less, in a year, MWh per year (least <= 0)."""

    least_mwh: float
    most_mwh: float


@dataclass(frozen=True)
class Moved:
    """Moves of U suppliers (U, T), MW of work that comes; price of work (T,), EUR/MWh; yearly changes.

    ``changes`` maps each of ``FIGURES`` to an array (U,), per year.
    """

    work_mw: Array
    price_eur_per_mwh: Array
    changes: dict[str, Array]

    def cost_eur(self, suppliers: list[Supplier]) -> float:
        """Return what the moves cost in a year, water included; negative where they save."""
        water = np.array([s.water_eur_per_m3 for s in suppliers])
        return float(self.changes["cost_eur"].sum() + water @ self.changes["water_m3"])

    def shrunk(self, suppliers: list[Supplier], mw: Array, share: float) -> Moved:
        """Return the moves with ``share`` of each."""
        work = share * self.work_mw
        return Moved(work, self.price_eur_per_mwh, _changes(suppliers, mw, work))


def move(
    suppliers: list[Supplier],
    mw: Array,
    promises: dict[str, Promise],
    start: dict[str, float] | None = None,
    carbon_eur_per_t: float = 0.0,
) -> tuple[Moved, dict[str, float]]:
    """Return the moves of a fleet of ``mw`` (U,) MW of IT, and the price of use that each site ended with.

    ``start`` is a first guess of those prices, EUR/MWh (positive: the site should use more); with a guess
    no other is sought. ``carbon_eur_per_t`` steers moves away from carbon without being paid.
    """
    sites = list(dict.fromkeys(s.site for s in suppliers))
    price = {site: 0.0 for site in sites} | {k: v for k, v in (start or {}).items() if k in sites}
    step = dict.fromkeys(sites, FIRST_STEP_EUR_PER_MWH)
    sign = dict.fromkeys(sites, 0.0)
    best: tuple[Moved, dict[str, float]] | None = None
    for _ in range(TRIES if start is None else 1):
        work, worth = clear(_offers(suppliers, mw, price, carbon_eur_per_t))
        use = _use_by_site(suppliers, work)
        kept = work * _kept_share(use, promises)
        found = Moved(kept, worth, _changes(suppliers, mw, kept))
        if best is None or found.cost_eur(suppliers) < best[0].cost_eur(suppliers):
            best = found, dict(price)
        if not _adjust(price, step, sign, use, promises):
            break
    if best is None:
        raise ValueError("a fleet of no supplies has no moves")
    return best


def _offers(
    suppliers: list[Supplier], mw: Array, price_of_use: dict[str, float], carbon_eur_per_t: float
) -> Offers:
    low, kink, high, before, after = [], [], [], [], []
    for s, each in zip(suppliers, mw, strict=True):
        o = s.operation
        other = s.water_eur_per_m3 * o.wue_m3_per_mwh - price_of_use[s.site] * o.pue
        buy = o.buy_eur_per_mwh + carbon_eur_per_t * o.carbon_t_per_mwh
        keep = np.where(o.pool_first > 0.5, np.minimum(o.keep_eur_per_mwh, buy), buy)
        low.append(-each * o.most_out())
        high.append(each * o.most_in())
        kink.append(each * (o.pool_mw - o.through_mw) / o.pue)
        before.append(o.pue * keep + other)
        after.append(o.pue * buy + other)
    return Offers(*(np.asarray(rows) for rows in (low, kink, high, before, after)))


def _use_by_site(suppliers: list[Supplier], work: Array) -> dict[str, float]:
    use: dict[str, float] = {}
    for s, row in zip(suppliers, work, strict=True):
        use[s.site] = use.get(s.site, 0.0) + float(row @ s.operation.pue)
    return use


def _adjust(
    price: dict[str, float],
    step: dict[str, float],
    sign: dict[str, float],
    use: dict[str, float],
    promises: dict[str, Promise],
) -> bool:
    """Move each site's price of use towards its promise; return whether any moved."""
    moved = False
    for site, used in use.items():
        promise = promises[site]
        wanted = 1.0 if used < promise.least_mwh else -1.0 if used > promise.most_mwh else 0.0
        if wanted == 0.0:
            # within the promise: a price that is still paid may be more than it takes
            wanted = (
                -1.0 if price[site] > PAID_EUR_PER_MWH else 1.0 if price[site] < -PAID_EUR_PER_MWH else 0.0
            )
        if wanted == 0.0:
            continue
        if sign[site] * wanted < 0:
            step[site] *= 0.5
        sign[site] = wanted
        before, after = price[site], price[site] + wanted * step[site]
        price[site] = 0.0 if before * after < 0 else after
        moved = True
    return moved


def _kept_share(use: dict[str, float], promises: dict[str, Promise]) -> float:
    """Return the largest share of the moves that keeps every promise; no move keeps them all."""
    share = 1.0
    for site, used in use.items():
        if used < promises[site].least_mwh:
            share = min(share, promises[site].least_mwh / used)
        if used > promises[site].most_mwh:
            share = min(share, promises[site].most_mwh / used)
    return max(share, 0.0)


def _changes(suppliers: list[Supplier], mw: Array, work: Array) -> dict[str, Array]:
    """Return yearly changes by supplier: its hours are those of one MW, so work is per MW and back."""
    found = {name: np.zeros(len(suppliers)) for name in FIGURES}
    for u, (s, each) in enumerate(zip(suppliers, mw, strict=True)):
        if each > 0:
            for name, hours in s.operation.with_moves(work[u] / each).items():
                found[name][u] = each * float(hours.sum())
    return found
