"""The last quarter's fleet as a PyPSA network whose optimal operation costs what the plan says.

Each part of the fleet (:mod:`twin.exchange.hours`) has a bus at the halls and one at the far side of its grid
connection. PyPSA decides what the plan's own dispatch decides: what to buy, when contracted energy is used
or sold, what the battery does, and which work waits within its window. Sizes are the plan's.
"""

from __future__ import annotations

import logging
import tempfile
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from twin.exchange.hours import Part
from twin.operation.terms import Array, Demand, Terms

if TYPE_CHECKING:
    import pypsa

CARRIERS = {
    "AC": "grey", "market": "black", "wind": "steelblue", "pv": "gold", "surplus": "lightgrey",
    "connection": "grey", "contract": "seagreen", "battery": "purple", "work": "orange", "promise": "brown",
    "load": "darkred",
}  # fmt: skip
"""Carriers and the colours that PyPSA's plots give them."""
SLACK = 1e-6
"""Relative slack of what a plan promises of carbon-free energy: it was met to the solver's tolerance."""


def build_network(
    parts: Sequence[Part], time: pd.DatetimeIndex, places: Mapping[str, tuple[float, float]], name: str
) -> pypsa.Network:
    """Return the network; ``places`` gives longitude and latitude by site, degrees.

    ``n.optimize()`` minimises EUR of the year: bought energy, network charges and taxes, contracts as
    produced, batteries' yearly cost, less sales. Loads and flows are MW at the halls' bus.
    """
    import pypsa

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # about text columns of PyPSA's own
        network = pypsa.Network(name=name)
        network.set_snapshots(list(time))
        network.add("Carrier", list(CARRIERS), color=list(CARRIERS.values()))
        for part in parts:
            _Site(network, part, places[part.year.site]).add()
    return network


def network_bytes(network: pypsa.Network) -> bytes:
    """Return the network as the NetCDF file that ``pypsa.Network(path)`` opens."""
    talk = logging.getLogger("pypsa")
    level = talk.level
    with tempfile.TemporaryDirectory() as scratch, warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # about text columns of PyPSA's own
        talk.setLevel(logging.WARNING)
        try:
            network.export_to_netcdf(path := Path(scratch) / "network.nc")
        finally:
            talk.setLevel(level)
        return path.read_bytes()


class _Site:
    """Adds one part to the network; components carry its name and their role."""

    def __init__(self, network: pypsa.Network, part: Part, place: tuple[float, float]) -> None:
        self.network, self.part, self.name = network, part, part.name
        self.terms: Terms = part.terms
        self.demand: Demand = part.demand
        self.place: dict[str, Any] = {"x": place[0], "y": place[1]}

    def add(self) -> None:
        self._bus(self.name, "AC")
        self._bus(f"{self.name} grid", "AC")
        self._market()
        self._connection()
        self._contracts()
        self._battery()
        self._load()

    def _bus(self, name: str, carrier: str) -> None:
        self.network.add("Bus", name, carrier=carrier, location=self.part.year.site, **self.place)

    def _put(self, kind: str, role: str, **values: Any) -> None:
        """Add a component; what is the same in every hour is kept as one number."""
        index = self.network.snapshots
        ready: dict[str, Any] = {
            key: pd.Series(value, index=index) if isinstance(value, np.ndarray) else value
            for key, value in values.items()
        }
        self.network.add(kind, f"{self.name} {role}", **ready)

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
