"""What a site's dispatch is given: its market, its contracts and battery, its load, and what it promised.

Arrays are hourly, shape (T,). Powers are MW at the site's bus, energies MWh, money EUR.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Market:
    """Hours of a zone: price, carbon and carbon-free share of what is bought, output of wind and PV."""

    price_eur_per_mwh: Array
    carbon_g_per_kwh: Array
    cfe_share: Array
    wind_cf: Array
    pv_cf: Array


@dataclass(frozen=True)
class Tariff:
    """What energy costs beside the market's price, and what contracts and water cost.

    ``network_eur_per_mwh`` includes taxes and is paid on all that comes through the connection,
    ``network_eur_per_mw_year`` on its highest hour. Wind and PV are paid as produced; what is not used is
    sold at the market's price less ``sale_fee_eur_per_mwh``, or curtailed.
    """

    network_eur_per_mwh: float
    network_eur_per_mw_year: float
    wind_eur_per_mwh: float
    pv_eur_per_mwh: float
    wind_g_per_kwh: float
    pv_g_per_kwh: float
    sale_fee_eur_per_mwh: float
    water_eur_per_m3: float


@dataclass(frozen=True)
class Battery:
    """Power and energy at the bus, efficiencies, loss per hour, and what owning it costs a year."""

    mw: float = 0.0
    mwh: float = 0.0
    charge_efficiency: float = 1.0
    discharge_efficiency: float = 1.0
    standing_loss_per_h: float = 0.0
    eur_per_year: float = 0.0

    @property
    def exists(self) -> bool:
        """Whether there is one."""
        return self.mw > 0 and self.mwh > 0


@dataclass(frozen=True)
class Prices:
    """What the operator adds to the bill when it compares: EUR per MWh not carbon-free, EUR per tonne."""

    grey_eur_per_mwh: float = 0.0
    carbon_eur_per_t: float = 0.0

    def on_market_eur_per_mwh(self, market: Market) -> Array:
        """Return what they add to each MWh bought, (T,)."""
        carbon = self.carbon_eur_per_t * market.carbon_g_per_kwh / 1000.0
        return np.asarray(self.grey_eur_per_mwh * (1.0 - market.cfe_share) + carbon)

    def times(self, factor: float) -> Prices:
        """Return both multiplied."""
        return Prices(self.grey_eur_per_mwh * factor, self.carbon_eur_per_t * factor)

    def __bool__(self) -> bool:
        """Whether any is asked."""
        return self.grey_eur_per_mwh > 0 or self.carbon_eur_per_t > 0


@dataclass(frozen=True)
class Supply:
    """Sizes of a site's supply as planned, and what it may not exceed.

    ``peak_mw`` is the connection power that the plan pays for, ``connection_mw`` what is energised.
    Where carbon-free energy or carbon had a price in the plan, ``promise`` is that price: what grey energy
    and carbon come to at it stays below ``promised_eur_per_mwh`` of use.
    """

    wind_mw: float
    pv_mw: float
    battery: Battery
    peak_mw: float
    connection_mw: float
    promise: Prices = Prices()
    promised_eur_per_mwh: float = 0.0

    def produced_mw(self, market: Market) -> Array:
        """Return what the contracts produce, MW."""
        return self.wind_mw * market.wind_cf + self.pv_mw * market.pv_cf


@dataclass(frozen=True)
class Demand:
    """Load at the site's bus: ``base_mw`` stays, ``work_mw`` of IT work may move within windows.

    Work draws ``mw_per_work`` at the bus; at most ``work_max_mw`` of it runs in an hour. Windows are
    consecutive, ``window_h`` hours each.
    """

    base_mw: Array
    work_mw: Array
    work_max_mw: Array
    mw_per_work: Array
    window_h: int = 1

    @property
    def moves(self) -> bool:
        """Whether any work may move in time."""
        return self.window_h > 1 and bool(self.work_mw.any())

    def fixed(self) -> Demand:
        """Return the same load with all work where it would run."""
        return settled(self.base_mw + self.mw_per_work * self.work_mw)

    def hours(self, part: slice) -> Demand:
        """Return some hours of it; windows are counted from the first of them."""
        return Demand(self.base_mw[part], self.work_mw[part], self.work_max_mw[part],
                      self.mw_per_work[part], self.window_h)  # fmt: skip


def settled(load_mw: Array) -> Demand:
    """Return a load of which nothing moves."""
    nothing = np.zeros_like(load_mw)
    return Demand(load_mw, nothing, nothing, nothing)


@dataclass(frozen=True)
class Flows:
    """What a dispatch does in every hour, MW at the bus (T,); ``stored_mwh`` at the end of the hour.

    ``through + discharge + unserved = load + charge``; ``used`` is the contracts' part of ``through``.
    """

    through_mw: Array
    used_mw: Array
    charge_mw: Array
    discharge_mw: Array
    stored_mwh: Array
    work_mw: Array
    unserved_mw: Array

    @property
    def import_mw(self) -> Array:
        """Power bought from the market."""
        return self.through_mw - self.used_mw


@dataclass(frozen=True)
class Terms:
    """Everything about a site's supply but its load; ``grid_share`` is the part of the connection left, (T,).

    Contracts keep the price they were signed at, so a market that a fault changed leaves ``tariff`` alone.
    """

    market: Market
    tariff: Tariff
    supply: Supply
    grid_share: Array

    def buy_eur_per_mwh(self) -> Array:
        """Return what market energy costs at the bus, network and taxes included."""
        return self.market.price_eur_per_mwh + self.tariff.network_eur_per_mwh

    def surplus_eur_per_mwh(self) -> Array:
        """Return what unused contracted energy earns: the price less the fee, or 0 (curtailed)."""
        return np.maximum(self.market.price_eur_per_mwh - self.tariff.sale_fee_eur_per_mwh, 0.0)

    def cap_mw(self) -> Array:
        """Return what the connection carries in each hour, MW."""
        return self.supply.connection_mw * self.grid_share

    def hours(self, part: slice) -> Terms:
        """Return some hours of the same terms."""
        m = self.market
        cut = Market(m.price_eur_per_mwh[part], m.carbon_g_per_kwh[part], m.cfe_share[part],
                     m.wind_cf[part], m.pv_cf[part])  # fmt: skip
        return replace(self, market=cut, grid_share=self.grid_share[part])
