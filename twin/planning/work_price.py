"""The price of work at which the bound on a fleet is best, and the supports that belong to it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from twin.planning.menu import Key, Menu
from twin.planning.moved_plan import FleetMoves
from twin.planning.option_row import Row, Support
from twin.planning.options import ONLY_A_BOUND
from twin.planning.supply_problem import Array
from twin.planning.work_clearing import Offers, clear
from twin.tolerances import USED_MW

MOVED = "moved"
"""Name in the menu of supports that were mixed for moved work; no supply stands behind them."""
STEPS = 2
"""Steps in each round of the proof; each solves one supply problem a site."""
SHARES = (0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 1.0)
"""Parts of the way to a new support that are tried."""


@dataclass(frozen=True)
class Fleet:
    """Sites in use in the last quarter, (U,): their job's key, the supply that feeds most, MW of IT."""

    keys: list[Key]
    supply: list[str]
    mw: Array

    @classmethod
    def of(cls, moves: FleetMoves) -> Fleet:
        """Return the fleet whose work moves."""
        last, heaviest = moves.mw[:, -1], dict[Key, str]()
        total: dict[Key, float] = {}
        for u in np.argsort(last, kind="stable").tolist():
            key = moves.triples[u][:2]
            heaviest[key], total[key] = moves.triples[u][2], total.get(key, 0.0) + float(last[u])
        keys = sorted(key for key, mw in total.items() if mw > USED_MW)
        return cls(keys, [heaviest[k] for k in keys], np.array([total[k] for k in keys]))


@dataclass
class WorkPrice:
    r"""Finds the price of work that bounds best, by Frank and Wolfe's method (Nav. Res. Log. 3 (1956) 95).

    Any mean of supports at the same prices of figures is one too. For one support (v, w) a site the best
    price is that of the market in which work is worth w, however much moves; its value is

    .. math:: D(v, w) = \sum_s X_s v_s + \min_{\sum_s m_s = 0} \sum_{s,h} w_{s,h} m_{s,h}

    At the moves of that market each site's supply problem is solved again: its support is the one that
    lifts D most, and the mean goes there as far as D rises.
    """

    means: dict[Key, tuple[str, Support]] = field(default_factory=dict)

    def improve(self, menu: Menu, moves: FleetMoves) -> Array:
        """Return the price of work, (T,) EUR/MWh, for a fleet; ``menu`` gets the supports behind it."""
        fleet = Fleet.of(moves)
        at = [self._start(menu, key, of) for key, of in zip(fleet.keys, fleet.supply, strict=True)]
        for _ in range(STEPS):
            work, _, _ = _market(menu, fleet, at)
            per_mw = work / fleet.mw[:, None]
            rows = menu.bounds_with_work(
                {
                    key: (of, per_mw[u])
                    for u, (key, of) in enumerate(zip(fleet.keys, fleet.supply, strict=True))
                }
            )
            ahead = [_like(old, rows[key].support) for old, key in zip(at, fleet.keys, strict=True)]
            tries = [at] + [[_mean(a, b, share) for a, b in zip(at, ahead, strict=True)] for share in SHARES]
            at = max(tries, key=lambda supports: _market(menu, fleet, supports)[2])
        for key, of, support in zip(fleet.keys, fleet.supply, at, strict=True):
            self.means[key] = of, support
        menu.keep(MOVED, {key: Row({}, ONLY_A_BOUND, support) for key, (_, support) in self.means.items()})
        return _market(menu, fleet, at)[1]

    def _start(self, menu: Menu, key: Key, of: str) -> Support:
        """The mean so far, if the same supply feeds the site; else that supply's own, or the first."""
        if key in self.means and self.means[key][0] == of:
            return self.means[key][1]
        rows = menu.rows[key]
        supports = (row.support for name, row in [(of, rows[of]), *rows.items()] if name != MOVED)
        return next(s for s in supports if s is not None and s.work_eur_per_mwh is not None)


def _market(menu: Menu, fleet: Fleet, supports: list[Support]) -> tuple[Array, Array, float]:
    """Return moves (U, T) MW, price (T,) and value, EUR a year, where work is worth what supports say."""
    worth = np.stack([_hours(s.work_eur_per_mwh) for s in supports])
    jobs = [menu.jobs[key] for key in fleet.keys]
    low = np.stack([-mw * _hours(job.out_pu) for job, mw in zip(jobs, fleet.mw, strict=True)])
    high = np.stack([mw * _hours(job.in_pu) for job, mw in zip(jobs, fleet.mw, strict=True)])
    work, price = clear(Offers(low, np.zeros_like(low), high, worth, worth))
    value = float(fleet.mw @ [s.eur_per_mw_year for s in supports]) + float((worth * work).sum())
    return work, price, value


def _like(old: Support, new: Support | None) -> Support:
    """Return the new support if it is of the same prices, so that both may be mixed; else the old one."""
    same = new is not None and new.work_eur_per_mwh is not None and new.prices == old.prices
    return new if same and new is not None else old


def _mean(a: Support, b: Support, share: float) -> Support:
    worth = (1.0 - share) * _hours(a.work_eur_per_mwh) + share * _hours(b.work_eur_per_mwh)
    value = (1.0 - share) * a.eur_per_mw_year + share * b.eur_per_mw_year
    return replace(a, eur_per_mw_year=value, work_eur_per_mwh=worth)


def _hours(array: Array | None) -> Array:
    if array is None:
        raise ValueError("a site whose work does not move")
    return array
