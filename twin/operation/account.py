"""What a year of operation comes to: money, energy, carbon and water, by plain sums over the hours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from twin.operation.operate import Operated
from twin.operation.terms import Array


@dataclass(frozen=True)
class Account:
    """Hours of a bill, (T,): EUR (sales negative), tonnes and MWh; and what is paid by the year.

    ``produced = used + sold + curtailed``. ``cost_eur`` sums bought energy, network, contracts, water and
    sales; ``bill_eur`` adds the network's charge on the planned peak and the battery's yearly cost,
    ``over_peak_eur`` is the charge on draw beyond it.
    """

    produced_mw: Array
    sold_mw: Array
    curtailed_mw: Array
    grey_mwh: Array
    carbon_t: Array
    bought_eur: Array
    network_eur: Array
    contracts_eur: Array
    water_eur: Array
    sales_eur: Array
    peak_mw: float
    peak_eur: float
    over_peak_eur: float
    battery_eur: float

    @property
    def cost_eur(self) -> Array:
        """Cost of each hour, EUR."""
        return np.asarray(
            self.bought_eur + self.network_eur + self.contracts_eur + self.water_eur + self.sales_eur
        )

    @property
    def bill_eur(self) -> float:
        """Cost of the year but for draw beyond the planned peak, EUR."""
        return float(self.cost_eur.sum()) + self.peak_eur + self.battery_eur


def account(operated: Operated) -> Account:
    """Return the account of a year. Contracts carry the carbon of all they produce, as in the plan."""
    terms, flows = operated.terms, operated.flows
    market, tariff, supply = terms.market, terms.tariff, terms.supply
    wind, pv = supply.wind_mw * market.wind_cf, supply.pv_mw * market.pv_cf
    left = np.maximum(wind + pv - flows.used_mw, 0.0)
    worth = market.price_eur_per_mwh - tariff.sale_fee_eur_per_mwh
    sold = np.where(worth > 0, left, 0.0)
    peak = float(flows.through_mw.max())
    # the year's highest hour is paid; what lies beyond the plan's is told apart
    within = min(peak, supply.peak_mw)
    contracted_kg = wind * tariff.wind_g_per_kwh + pv * tariff.pv_g_per_kwh
    return Account(
        produced_mw=wind + pv,
        sold_mw=sold,
        curtailed_mw=left - sold,
        grey_mwh=flows.import_mw * (1.0 - market.cfe_share),
        carbon_t=(flows.import_mw * market.carbon_g_per_kwh + contracted_kg) / 1000.0,
        bought_eur=flows.import_mw * market.price_eur_per_mwh,
        network_eur=flows.through_mw * tariff.network_eur_per_mwh,
        contracts_eur=wind * tariff.wind_eur_per_mwh + pv * tariff.pv_eur_per_mwh,
        water_eur=operated.water_m3 * tariff.water_eur_per_m3,
        sales_eur=-sold * worth,
        peak_mw=peak,
        peak_eur=within * tariff.network_eur_per_mw_year,
        over_peak_eur=(peak - within) * tariff.network_eur_per_mw_year,
        battery_eur=supply.battery.eur_per_year,
    )


def cfe_hourly(operated: Operated, told: Account) -> Array:
    """Return the carbon-free share of use in each hour, (T,); 1 where nothing is used."""
    use = operated.power_mw
    share = 1.0 - np.divide(told.grey_mwh, use, out=np.zeros_like(use), where=use > 0)
    return np.asarray(np.clip(share, 0.0, 1.0))


def cfe_year(operated: Operated, told: Account) -> tuple[float, float]:
    """Return the year's carbon-free share counted hour by hour, and by matching yearly sums.

    Yearly matching lets a MWh sold in one hour count for another; curtailed energy counts for neither. It is
    never below the hourly score.
    """
    use, market = float(operated.power_mw.sum()), operated.terms.market
    if use <= 0:
        return 1.0, 1.0
    hourly = max(0.0, 1.0 - float(told.grey_mwh.sum()) / use)
    clean = told.produced_mw - told.curtailed_mw + operated.flows.import_mw * market.cfe_share
    return hourly, min(1.0, float(clean.sum()) / use)
