"""What a part of the fleet is in a network: buses, and what hangs on them, as plain rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from twin.exchange.hours import Part
from twin.operation.terms import Array, Demand, Terms

SLACK = 1e-6
"""Relative slack of what a plan promises of carbon-free energy: it was met to the solver's tolerance."""


@dataclass(frozen=True)
class Component:
    """One component of a PyPSA network: kind, name and attributes; arrays are hourly, (T,)."""

    kind: str
    name: str
    values: dict[str, Any]


def components(part: Part, place: tuple[float, float]) -> list[Component]:
    """Return everything of one part at ``place``, its longitude and latitude in degrees.

    Names begin with the part's and end with the role. Powers are MW, money is EUR a year or per MWh.
    """
    site = _Site(part, place)
    site.gather()
    return site.found


class _Site:
    """Gathers the components of one part."""

    def __init__(self, part: Part, place: tuple[float, float]) -> None:
        self.part, self.name, self.found = part, part.name, list[Component]()
        self.terms: Terms = part.terms
        self.demand: Demand = part.demand
        self.place: dict[str, Any] = {"x": place[0], "y": place[1]}

    def gather(self) -> None:
        self._bus(self.name, "AC")
        self._bus(f"{self.name} grid", "AC")
        self._market()
        self._connection()
        self._contracts()
        self._battery()
        self._load()

    def _bus(self, name: str, carrier: str) -> None:
        values = {"carrier": carrier, "location": self.part.year.site, **self.place}
        self.found.append(Component("Bus", name, values))

    def _put(self, kind: str, role: str, **values: Any) -> None:
        self.found.append(Component(kind, f"{self.name} {role}", values))

    def _market(self) -> None:
        """Energy at the hourly price; where the plan promised carbon-free energy, grey parts are counted."""
        supply, market, grid = self.terms.supply, self.terms.market, f"{self.name} grid"
        bus, promise, most = f"{self.name} market bus", f"{self.name} promise bus", supply.peak_mw
        if not supply.promise:
            self._put("Generator", "market", bus=grid, carrier="market", p_nom=most,
                      marginal_cost=market.price_eur_per_mwh)  # fmt: skip
            return
        weight = supply.promise.on_market_eur_per_mwh(market)
        unit = float(weight.mean()) or 1.0
        self._bus(bus, "market")
        self._bus(promise, "promise")
        self._put("Generator", "market", bus=bus, carrier="market", p_nom=most,
                  marginal_cost=market.price_eur_per_mwh)  # fmt: skip
        self._put("Link", "import", bus0=bus, bus1=grid, bus2=promise,
                  carrier="market", p_nom=most, efficiency2=weight / unit)  # fmt: skip
        self._put("Store", "promise", bus=promise, carrier="promise",
                  e_nom=self._promised_eur() * (1.0 + SLACK) / unit)  # fmt: skip

    def _promised_eur(self) -> float:
        """Return what grey energy and carbon may come to at the prices they had in the plan, EUR a year."""
        terms, supply, demand = self.terms, self.terms.supply, self.demand
        use = float((demand.base_mw + demand.mw_per_work * demand.work_mw).sum())
        kg = supply.wind_mw * terms.market.wind_cf * terms.tariff.wind_g_per_kwh
        kg = kg + supply.pv_mw * terms.market.pv_cf * terms.tariff.pv_g_per_kwh
        return supply.promised_eur_per_mwh * use - supply.promise.carbon_eur_per_t * float(kg.sum()) / 1000.0

    def _connection(self) -> None:
        """All energy pays network and taxes by the MWh; the highest hour pays by the MW."""
        tariff, most = self.terms.tariff, self.terms.supply.peak_mw
        ends = {"bus0": f"{self.name} grid", "bus1": self.name, "carrier": "connection"}
        paid: dict[str, Any] = {"p_nom": most}
        if tariff.network_eur_per_mw_year > 0:
            paid = {
                "p_nom_extendable": True,
                "p_nom_max": most,
                "capital_cost": tariff.network_eur_per_mw_year,
            }
        self._put("Link", "connection", marginal_cost=tariff.network_eur_per_mwh, **ends, **paid)

    def _contracts(self) -> None:
        """Wind and PV are paid as produced; what is not used is sold where that pays, else curtailed."""
        supply, market, tariff = self.terms.supply, self.terms.market, self.terms.tariff
        bus = f"{self.name} contracts"
        rows = (
            ("wind", supply.wind_mw, market.wind_cf, tariff.wind_eur_per_mwh),
            ("pv", supply.pv_mw, market.pv_cf, tariff.pv_eur_per_mwh),
        )
        signed = [row for row in rows if row[1] > 0]
        if not signed:
            return
        self._bus(bus, "AC")
        for name, mw, cf, price in signed:
            self._put("Generator", name, bus=bus, carrier=name, p_nom=mw, p_min_pu=cf, p_max_pu=cf,
                      marginal_cost=price)  # fmt: skip
        total = sum(mw for _, mw, _, _ in signed)
        self._put("Generator", "surplus", bus=bus, carrier="surplus", sign=-1.0, p_nom=total,
                  marginal_cost=-self.terms.surplus_eur_per_mwh())  # fmt: skip
        self._put("Link", "contract", bus0=bus, bus1=f"{self.name} grid", carrier="contract", p_nom=total)

    def _battery(self) -> None:
        """A battery of the plan's size behind the connection; it burns no energy that is paid to be taken."""
        battery = self.terms.supply.battery
        if not battery.exists:
            return
        out: Array = np.where(self.terms.buy_eur_per_mwh() < 0, 0.0, 1.0)
        self._put(
            "StorageUnit", "battery", bus=self.name, carrier="battery", p_nom_extendable=True,
            p_nom_min=battery.mw, p_nom_max=battery.mw, max_hours=battery.mwh / battery.mw,
            capital_cost=battery.eur_per_year / battery.mw, efficiency_store=battery.charge_efficiency,
            efficiency_dispatch=battery.discharge_efficiency, standing_loss=battery.standing_loss_per_h,
            cyclic_state_of_charge=True, p_max_pu=out,
        )  # fmt: skip

    def _load(self) -> None:
        """Load that stays, and work that may wait: a store that is empty again at the end of each window."""
        demand = self.demand
        if not demand.moves:
            whole = demand.base_mw + demand.mw_per_work * demand.work_mw
            self._put("Load", "load", bus=self.name, carrier="load", p_set=whole)
            return
        self._put("Load", "load", bus=self.name, carrier="load", p_set=demand.base_mw)
        bus, most = f"{self.name} work", float((demand.work_max_mw * demand.mw_per_work).max())
        self._bus(bus, "work")
        self._put("Load", "work load", bus=bus, carrier="load", p_set=demand.work_mw)
        self._put("Link", "works", bus0=self.name, bus1=bus, carrier="work", p_nom=most,
                  efficiency=1.0 / demand.mw_per_work,
                  p_max_pu=demand.work_max_mw * demand.mw_per_work / most)  # fmt: skip
        inside = (np.arange(len(demand.work_mw)) + 1) % demand.window_h != 0
        inside[-1] = False
        put_off = float(demand.work_max_mw.max()) * demand.window_h
        self._put("Store", "waiting", bus=bus, carrier="work", e_nom=put_off,
                  e_min_pu=np.where(inside, -1.0, 0.0), e_max_pu=np.where(inside, 1.0, 0.0))  # fmt: skip
