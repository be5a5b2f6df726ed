"""What a battery and a connection do in the hour itself, when the load and the wishes are known.

The store follows the wishes as far as it holds, keeps the draw below the planned peak, and gives all it has
before load is lost.
"""

from __future__ import annotations

import numpy as np

from twin.operation.terms import Array, Flows, Prices, Terms


def settle(
    terms: Terms,
    load_mw: Array,
    charge_mw: Array,
    discharge_mw: Array,
    start_mwh: float,
    peak_mw: float,
    prices: Prices,
    work_mw: Array,
) -> Flows:
    """Return flows of the hours of ``load_mw`` (T,) from what the store is wished to do, MW at the bus.

    ``start_mwh`` is its level before the first hour, ``peak_mw`` the draw that is already paid for.
    """
    cap = terms.cap_mw()
    charge, discharge, stored = _store(terms, load_mw, charge_mw, discharge_mw, start_mwh, peak_mw, cap)
    needed = load_mw + charge - discharge
    through = np.minimum(needed, cap)
    used = used_first(terms, through, prices)
    return Flows(through, used, charge, discharge, stored, work_mw, np.maximum(needed - through, 0.0))


def used_first(terms: Terms, through_mw: Array, prices: Prices) -> Array:
    """Return contracted power used, MW: where it is worth no more sold than the market asks in its place."""
    market = terms.market
    instead = market.price_eur_per_mwh + prices.on_market_eur_per_mwh(market)
    here = terms.surplus_eur_per_mwh() <= instead
    return np.where(here, np.minimum(through_mw, terms.supply.produced_mw(market)), 0.0)


def _store(
    terms: Terms,
    load_mw: Array,
    wish_in: Array,
    wish_out: Array,
    start_mwh: float,
    peak_mw: float,
    cap_mw: Array,
) -> tuple[Array, Array, Array]:
    """Return charge, discharge and level, hour after hour; plain numbers, since each hour needs the last."""
    b = terms.supply.battery
    size = len(load_mw)
    if not b.exists:
        return np.zeros(size), np.zeros(size), np.zeros(size)
    kept, paid = 1.0 - b.standing_loss_per_h, peak_mw
    into, out, levels = np.zeros(size), np.zeros(size), np.zeros(size)
    burning = terms.buy_eur_per_mwh() < 0
    hours = zip(
        load_mw.tolist(), wish_in.tolist(), wish_out.tolist(), cap_mw.tolist(), burning.tolist(), strict=True
    )
    level = start_mwh
    for h, (load, c, d, cap, free) in enumerate(hours):
        held = level * kept
        most_out = min(b.mw, held * b.discharge_efficiency, load)
        ceiling = min(cap, paid)
        d = 0.0 if free else min(d, most_out)
        d = max(d, min(most_out, load - ceiling))
        c = 0.0 if d > 0 else max(0.0, min(c, b.mw, (b.mwh - held) / b.charge_efficiency, ceiling - load))
        level = held + c * b.charge_efficiency - d / b.discharge_efficiency
        level = min(max(level, 0.0), b.mwh)
        paid = max(paid, min(load + c - d, cap))
        into[h], out[h], levels[h] = c, d, level
    return into, out, levels
