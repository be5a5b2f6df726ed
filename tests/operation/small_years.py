"""Small systems for the tests of operation: a market of a few hours and a supply with given sizes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from twin.operation.terms import Array, Battery, Demand, Flows, Market, Prices, Supply, Tariff, Terms, settled


def terms(
    price: Sequence[float] | Array,
    *,
    cfe: Sequence[float] | Array | float = 0.5,
    carbon: float = 100.0,
    wind_cf: Sequence[float] | Array | float = 0.0,
    wind_mw: float = 0.0,
    battery: Battery | None = None,
    peak_mw: float = 10.0,
    connection_mw: float = 10.0,
    grid_share: Sequence[float] | Array | float = 1.0,
    fee: float = 2.0,
    network: float = 5.0,
    peak_eur: float = 0.0,
    max_grey_share: float | None = None,
) -> Terms:
    """Terms of a site with one contract; PV and water play no part."""
    hours = np.asarray(price, dtype=float)

    def full(values: Sequence[float] | Array | float) -> Array:
        return np.array(np.broadcast_to(np.asarray(values, dtype=float), hours.shape))

    market = Market(hours, full(carbon), full(cfe), full(wind_cf), full(0.0))
    tariff = Tariff(network, peak_eur, 40.0, 30.0, 11.0, 40.0, fee, 2.0)
    promise = (Prices(), 0.0) if max_grey_share is None else (Prices(100.0), 100.0 * max_grey_share)
    supply = Supply(wind_mw, 0.0, battery or Battery(), peak_mw, connection_mw, *promise)
    return Terms(market, tariff, supply, full(grid_share))


def load(*mw: float) -> Demand:
    """A load of which nothing moves."""
    return settled(np.asarray(mw, dtype=float))


def bill_eur(given: Terms, flows: Flows) -> float:
    """The bill of some hours by plain sums, written apart from the programme that it checks."""
    total = 0.0
    for h, price in enumerate(given.market.price_eur_per_mwh):
        total += flows.through_mw[h] * (price + given.tariff.network_eur_per_mwh)
        produced = given.supply.wind_mw * given.market.wind_cf[h]
        total -= flows.used_mw[h] * price
        total -= max(price - given.tariff.sale_fee_eur_per_mwh, 0.0) * (produced - flows.used_mw[h])
    return total + given.tariff.network_eur_per_mw_year * float(flows.through_mw.max())


def balance_mw(given_load: Array, flows: Flows) -> float:
    """The largest imbalance of any hour, MW."""
    left = flows.through_mw + flows.discharge_mw + flows.unserved_mw - flows.charge_mw - given_load
    return float(np.abs(left).max())
