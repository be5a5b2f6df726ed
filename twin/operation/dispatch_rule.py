"""A simple rule: no work waits, and the battery trades against the mean of the day behind it.

It knows no forecast at all, so what foresight is worth shows against it.
"""

from __future__ import annotations

import numpy as np

from twin.operation.settle import settle
from twin.operation.terms import Array, Demand, Flows, Prices, Terms

DAY = 24
CHEAP, DEAR = 0.8, 1.2
"""Charge below this part of the past day's mean price, discharge above that one."""


def by_rule(terms: Terms, demand: Demand, prices: Prices) -> Flows:
    """Return the dispatch of all hours, (T,); the battery starts empty.

    It charges in cheap hours and from contracted power beyond the load, discharges in dear ones.
    """
    load = demand.base_mw + demand.mw_per_work * demand.work_mw
    price, most = terms.market.price_eur_per_mwh, terms.supply.battery.mw
    usual = past_mean(price, DAY)
    surplus = np.maximum(terms.supply.produced_mw(terms.market) - load, 0.0)
    charge = np.where(price < CHEAP * usual, most, np.minimum(surplus, most))
    discharge = np.where(price > DEAR * usual, most, 0.0)
    return settle(terms, load, charge, discharge, 0.0, terms.supply.peak_mw, prices, demand.work_mw)


def past_mean(values: Array, hours: int) -> Array:
    """Return the mean of up to ``hours`` values before each one, (T,); the first is its own."""
    total = np.concatenate([[0.0], np.cumsum(values)])
    end = np.arange(len(values))
    start = np.maximum(end - hours, 0)
    past = (total[end] - total[start]) / np.maximum(end - start, 1)
    return np.asarray(np.where(end == 0, values, past))
