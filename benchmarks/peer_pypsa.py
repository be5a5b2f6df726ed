"""The peer's side: the same fleet as one PyPSA network, one linear programme, solved by HiGHS.

Each site is two buses, the market side and the site; the carbon of imports changes by the hour, which
PyPSA's own limits on carriers do not know, so the common limit is one linopy constraint.
"""

from __future__ import annotations

from typing import Any

import highspy
import numpy as np
import pandas as pd
import pypsa
import xarray as xr
from peer_problem import Fleet

from twin.planning.supply import SupplyProblem

OPTIONS = {
    "ipx": {"solver": "ipx", "run_crossover": "off"},
    "ipx+crossover": {"solver": "ipx"},
    "hipo": {"solver": "hipo", "run_crossover": "off"},
    "simplex": {"solver": "simplex"},
}


def network(fleet: Fleet) -> pypsa.Network:
    """Return the fleet as a network; EUR for the span of hours given."""
    n = pypsa.Network()
    n.set_snapshots(pd.RangeIndex(len(next(iter(fleet.sites.values())).demand_mw)))
    for name, problem in fleet.sites.items():
        _site(n, name, problem)
    return n


def _site(n: pypsa.Network, name: str, p: SupplyProblem) -> None:
    market, site = f"{name} market", name
    n.add("Bus", [market, site])
    n.add("Load", f"{name} load", bus=site, p_set=p.demand_mw)
    price, most = p.full(p.price_eur_per_mwh), 1e4
    n.add("Generator", f"{name} import", bus=market, p_nom=most, marginal_cost=price)
    n.add(
        "Generator",
        f"{name} sale",
        bus=market,
        p_nom=most,
        p_min_pu=-1.0,
        p_max_pu=0.0,
        marginal_cost=price - p.sale_fee_eur_per_mwh,
    )
    for g in p.generators:
        n.add(
            "Generator",
            f"{name} {g.name}",
            bus=market,
            p_nom_extendable=True,
            p_nom_max=g.max_mw,
            p_max_pu=g.availability,
            capital_cost=g.eur_per_mwh * float(p.full(g.availability).sum()),
        )
    n.add(
        "Link",
        f"{name} connection",
        bus0=market,
        bus1=site,
        p_nom_extendable=True,
        capital_cost=p.connection.peak_eur_per_mw_year,
        marginal_cost=p.connection.network_eur_per_mwh,
    )
    for s in p.storages:
        n.add(
            "StorageUnit",
            f"{name} {s.name}",
            bus=site,
            p_nom_extendable=True,
            p_nom_max=s.max_mw,
            max_hours=s.hours,
            efficiency_store=s.charge_efficiency,
            efficiency_dispatch=s.discharge_efficiency,
            standing_loss=s.standing_loss_per_h,
            cyclic_state_of_charge=True,
            capital_cost=s.eur_per_mw_year + float(s.hours or 0.0) * s.eur_per_mwh_year,
        )


def solve(fleet: Fleet, method: str, limit_s: float, threads: int = 2) -> dict[str, Any]:
    """Return objective and status; a peer that stops on time has no objective that counts."""
    if highspy.Highs().setOptionValue("solver", OPTIONS[method]["solver"]) != highspy.HighsStatus.kOk:
        raise SystemExit(f"this HiGHS has no {method}; it needs the package highspy[extras]")
    n = network(fleet)
    names = [f"{name} import" for name in fleet.sites]
    carbon = np.stack([p.full(p.carbon_g_per_kwh) for p in fleet.sites.values()], axis=1) / 1000.0

    def limit(net: pypsa.Network, snapshots: pd.Index) -> None:
        flow = net.model["Generator-p"].sel(name=names)
        t_per_mwh = xr.DataArray(carbon, coords={"snapshot": snapshots, "name": names})
        net.model.add_constraints((flow * t_per_mwh).sum() <= fleet.limit_t, name="carbon")

    status, condition = n.optimize(
        solver_name="highs",
        extra_functionality=limit,
        assign_all_duals=False,
        include_objective_constant=False,
        solver_options={**OPTIONS[method], "threads": threads, "time_limit": limit_s, "parallel": "on"},
    )
    done = status == "ok" and condition == "optimal"
    return {
        "objective_eur": float(n.objective) if done else float("nan"),
        "status": condition,
        "version": pypsa.__version__,
    }
