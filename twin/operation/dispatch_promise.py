"""Dispatch that keeps what the plan promised of carbon-free energy and carbon, as the year comes out.

The promise is one sum over the year: grey energy and carbon at the prices they had in the plan. A row of
all hours makes a linear programme slow, so its multiplier is searched instead: each trial is the same
programme at other prices, begun from the last basis. Where the best dispatches on both sides of the promise
differ, the mean of both that meets it is taken: at the multiplier between them both are optimal.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from twin.operation.dispatch import Dispatched, foresight
from twin.operation.terms import Demand, Flows, Terms

MOST = 4.0
"""A promise is given up where keeping it costs so many times what the plan itself paid for it."""
CLOSE = 1e-6
"""The search ends where the mean costs no more than this above the best, over the promise at its price."""
TRIALS = 24
"""Most programmes solved between two brackets; about six are."""


@dataclass
class Guess:
    """Where the next search begins: the multiplier that held last, and a basis."""

    multiplier: float = 1.0
    basis: Any = None


@dataclass(frozen=True)
class _Trial:
    """A dispatch at one multiplier, and by how much it misses the promise, relative (positive: too much)."""

    multiplier: float
    found: Dispatched
    excess: float


def keep_promise(terms: Terms, demand: Demand, guess: Guess) -> Dispatched:
    """Return the cheapest dispatch with foresight that keeps the supply's promise; ``guess`` is moved on.

    A promise out of reach is kept as far as ``MOST`` times its price goes. Raises SystemFailure when HiGHS
    finds no optimum.
    """
    if not terms.supply.promise:
        found = foresight(terms, demand, basis=guess.basis)
        guess.basis = found.basis
        return found
    low, high = _bracket(terms, demand, guess)
    for turn in range(TRIALS):
        if high is None or low is None or _close(low, high):
            break
        trial = _try(terms, demand, guess, _between(low, high, halve=turn % 2 == 1))
        low, high = (trial, high) if trial.excess > 0 else (low, trial)
    kept = _blend(low, high)
    guess.multiplier = max((high or low or _nothing()).multiplier, 1e-3)
    return kept


def _bracket(terms: Terms, demand: Demand, guess: Guess) -> tuple[_Trial | None, _Trial | None]:
    """Return a trial that misses the promise and one that keeps it; None where there is no such."""
    first = _try(terms, demand, guess, guess.multiplier)
    step, low, high = 0.02, None, None
    if first.excess > 0:
        low = first
        while high is None and low.multiplier < MOST:
            trial = _try(terms, demand, guess, min(low.multiplier * (1.0 + step), MOST))
            low, high, step = (trial, None, 4.0 * step) if trial.excess > 0 else (low, trial, step)
        return low, high
    high = first
    while low is None and high.multiplier > 0:
        down = high.multiplier * (1.0 - step) if step < 1.0 else 0.0
        trial = _try(terms, demand, guess, down)
        low, high, step = (trial, high, step) if trial.excess > 0 else (None, trial, 6.0 * step)
    return low, high


def _try(terms: Terms, demand: Demand, guess: Guess, multiplier: float) -> _Trial:
    found = foresight(terms, demand, terms.supply.promise.times(multiplier), basis=guess.basis)
    guess.basis = found.basis
    return _Trial(multiplier, found, excess(terms, demand, found.flows))


def excess(terms: Terms, demand: Demand, flows: Flows) -> float:
    """Return by how much grey energy and carbon exceed the promise, relative; 0 where none was made."""
    supply, market, tariff = terms.supply, terms.market, terms.tariff
    work = flows.work_mw if demand.moves else demand.work_mw
    use = float((demand.base_mw + demand.mw_per_work * work - flows.unserved_mw).sum())
    promised = supply.promised_eur_per_mwh * use
    if not supply.promise or promised <= 0:
        return 0.0
    bought = float(flows.import_mw @ supply.promise.on_market_eur_per_mwh(market))
    kg = float((supply.wind_mw * market.wind_cf * tariff.wind_g_per_kwh).sum())
    kg += float((supply.pv_mw * market.pv_cf * tariff.pv_g_per_kwh).sum())
    return (bought + supply.promise.carbon_eur_per_t * kg / 1000.0) / promised - 1.0


def _between(low: _Trial, high: _Trial, halve: bool) -> float:
    """Return the next multiplier: the middle, or where the line through both meets the promise."""
    if halve:
        return (
            float(np.sqrt(low.multiplier * high.multiplier)) if low.multiplier > 0 else 0.2 * high.multiplier
        )
    share = low.excess / (low.excess - high.excess)
    return low.multiplier + min(max(share, 0.1), 0.9) * (high.multiplier - low.multiplier)


def _close(low: _Trial, high: _Trial) -> bool:
    """The mean of both costs at most the span of multipliers times the smaller miss above the best."""
    return (high.multiplier - low.multiplier) * min(low.excess, -high.excess) <= CLOSE


def _blend(low: _Trial | None, high: _Trial | None) -> Dispatched:
    """Return the mean of both that meets the promise; the one there is where the other is missing."""
    if low is None or high is None:
        return (high or low or _nothing()).found
    share = -high.excess / (low.excess - high.excess)
    a, b = low.found.flows, high.found.flows
    mixed = Flows(*(share * getattr(a, f.name) + (1.0 - share) * getattr(b, f.name) for f in fields(Flows)))
    return Dispatched(mixed, high.found.prices, high.found.basis)


def _nothing() -> _Trial:
    """A search always tries once."""
    raise AssertionError("no trial was made")
