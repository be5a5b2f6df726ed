r"""Dispatch with perfect foresight: the cheapest hours of a supply whose sizes are fixed, as one LP.

.. math::
    \min \sum_h (p_h + n)\,t_h + (v_h - p_h)\,u_h + N P

with t through the connection, u the contracts' part of it, p the market's price, n network and taxes, v what
unused contracted energy earns, P the highest t of the year. One function per family of rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from twin.operation.highs import Columns, Index, Optimum, solve
from twin.operation.settle import used_first
from twin.operation.terms import Array, Battery, Demand, Flows, Prices, Terms

UNSERVED_EUR_PER_MWH = 20_000.0
"""Load is shed only where it cannot be fed: above any price the day-ahead market knows."""
OVER_PEAK_EUR_PER_MW = 200_000.0
"""Kept from drawing more than the planned peak by this, beside the network's charge; load comes first."""


@dataclass(frozen=True)
class Dispatched:
    """Flows, the prices they were chosen at beside the bill, and the basis to begin the next one from."""

    flows: Flows
    prices: Prices
    basis: Any = None


@dataclass(frozen=True)
class Layout:
    """Numbers of the variables; ``level`` holds the rows of the store, empty where there is none."""

    through: Index
    used: Index
    charge: Index
    discharge: Index
    stored: Index
    work: Index
    unserved: Index


def foresight(
    terms: Terms,
    demand: Demand,
    prices: Prices | None = None,
    start_mwh: float | None = None,
    basis: Any = None,
) -> Dispatched:
    """Return the dispatch of all hours that is cheapest by its bill and ``prices`` on grey energy and carbon.

    ``start_mwh`` is what the battery holds before the first hour, after which it may end anywhere; None lets
    it end as it began. Raises SystemFailure when HiGHS finds no optimum.
    """
    size, paid = len(demand.base_mw), prices or Prices()
    if not (demand.moves or terms.supply.battery.exists):
        return Dispatched(_plain(terms, demand, paid), paid)
    program, layout = formulated(terms, demand, paid, start_mwh)
    found = solve(program, basis)
    return Dispatched(_flows(layout, found, size), paid, found.basis)


def formulated(
    terms: Terms, demand: Demand, prices: Prices, start_mwh: float | None
) -> tuple[Columns, Layout]:
    """Return the linear programme of :func:`foresight`, in MW, MWh and EUR, and where its variables lie."""
    program = Columns()
    layout = _variables(program, terms, demand, prices)
    _balance(program, layout, demand)
    _store(program, layout, terms.supply.battery, start_mwh)
    _peak(program, layout, terms)
    if layout.used.size:  # contracts feed through the same connection
        rows = program.row(layout.used.size, -np.inf, 0.0)
        program.put(rows, layout.used, 1.0)
        program.put(rows, layout.through, -1.0)
    _windows(program, layout, demand)
    return program, layout


def _plain(terms: Terms, demand: Demand, prices: Prices) -> Flows:
    """Return the dispatch where no hour touches another: each takes what is cheaper there and then."""
    load = demand.base_mw + demand.mw_per_work * demand.work_mw
    through, nothing = np.minimum(load, terms.cap_mw()), np.zeros_like(load)
    used = used_first(terms, through, prices)
    return Flows(through, used, nothing, nothing, nothing, demand.work_mw, load - through)


def _variables(program: Columns, terms: Terms, demand: Demand, prices: Prices) -> Layout:
    size, supply, market = len(demand.base_mw), terms.supply, terms.market
    grey = prices.on_market_eur_per_mwh(market)
    buy, cap = terms.buy_eur_per_mwh(), terms.cap_mw()
    keep = terms.surplus_eur_per_mwh() - market.price_eur_per_mwh
    produced = supply.produced_mw(market)
    count = size if produced.max() > 0 else 0
    store = size if supply.battery.exists else 0
    mw, mwh = supply.battery.mw, supply.battery.mwh
    most = demand.base_mw + demand.mw_per_work * demand.work_max_mw
    # nobody may burn energy that the market pays to have taken, nor make room for it by feeding a store
    out = np.where(buy < 0, 0.0, np.minimum(mw, most))
    short = np.where(most > cap, most, 0.0)
    return Layout(
        through=program.add(size, buy + grey, 0.0, cap),
        used=program.add(count, (keep - grey)[:count], 0.0, produced[:count]),
        charge=program.add(store, 0.0, 0.0, mw),
        discharge=program.add(store, 0.0, 0.0, out[:store]),
        stored=program.add(store, 0.0, 0.0, mwh),
        work=program.add(size if demand.moves else 0, 0.0, 0.0, demand.work_max_mw if demand.moves else 0.0),
        unserved=program.add(size, UNSERVED_EUR_PER_MWH, 0.0, short),
    )


def _balance(program: Columns, layout: Layout, demand: Demand) -> None:
    """Through + discharge + unserved = load + charge, in every hour."""
    load = demand.base_mw if demand.moves else demand.base_mw + demand.mw_per_work * demand.work_mw
    rows = program.row(len(load), load, load)
    program.put(rows, layout.through, 1.0)
    program.put(rows, layout.unserved, 1.0)
    if layout.charge.size:
        program.put(rows, layout.charge, -1.0)
        program.put(rows, layout.discharge, 1.0)
    if layout.work.size:
        program.put(rows, layout.work, -demand.mw_per_work)


def _store(program: Columns, layout: Layout, battery: Battery, start_mwh: float | None) -> None:
    """Level = kept part of the one before + charged - discharged; before the first, the last or given."""
    size = layout.stored.size
    if not size:
        return
    kept = 1.0 - battery.standing_loss_per_h
    constant = np.zeros(size)
    if start_mwh is not None:
        constant[0] = kept * start_mwh
    rows = program.row(size, constant, constant)
    program.put(rows, layout.stored, 1.0)
    looped = slice(0 if start_mwh is None else 1, None)
    program.put(rows[looped], np.roll(layout.stored, 1)[looped], -kept)
    program.put(rows, layout.charge, -battery.charge_efficiency)
    program.put(rows, layout.discharge, 1.0 / battery.discharge_efficiency)


def _peak(program: Columns, layout: Layout, terms: Terms) -> None:
    """The highest hour is paid; beyond the planned one only where load would be lost."""
    charge, planned = terms.tariff.network_eur_per_mw_year, terms.supply.peak_mw
    peak = program.add(1, charge, 0.0, planned)
    over = program.add(1, charge + OVER_PEAK_EUR_PER_MW, 0.0, max(terms.supply.connection_mw - planned, 0.0))
    rows = program.row(layout.through.size, -np.inf, 0.0)
    program.put(rows, layout.through, 1.0)
    program.put(rows, peak, -1.0)
    program.put(rows, over, -1.0)


def _windows(program: Columns, layout: Layout, demand: Demand) -> None:
    """Work of each window is done within it."""
    if layout.work.size:
        window = np.arange(layout.work.size) // demand.window_h
        total = np.asarray(np.bincount(window, weights=demand.work_mw), dtype=np.float64)
        rows = program.row(len(total), total, total)
        program.put(rows[window], layout.work, 1.0)


def _flows(layout: Layout, found: Optimum, size: int) -> Flows:
    def read(numbers: Index) -> Array:
        return np.maximum(found.x[numbers], 0.0) if numbers.size else np.zeros(size)

    through = read(layout.through)
    return Flows(
        through_mw=through,
        used_mw=np.minimum(read(layout.used), through),
        charge_mw=read(layout.charge),
        discharge_mw=read(layout.discharge),
        stored_mwh=read(layout.stored),
        work_mw=read(layout.work),
        unserved_mw=read(layout.unserved),
    )
