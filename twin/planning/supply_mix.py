"""Supply mix: one design per site, and contracts within what each zone can offer."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np
import pyomo.environ as pyo

from twin.planning.decisions import constrain, most_halls, over_mix
from twin.planning.master_data import MasterData
from twin.planning.option_row import CONTRACTED

GWH = 1e-3
"""Row factor that brings MWh per megawatt-year near one."""


def add_supply_mix(m: pyo.ConcreteModel, data: MasterData) -> None:
    r"""Feed halls of the chosen design by valid options.

    .. math::
        \sum_d des_{s,d} &\le open_s \\
        \sum_o x_{s,d,o,q} &\le M\, cap_s\, des_{s,d} \\
        \sum_{s \in z,d,o} wind_{s,d,o}\, x_{s,d,o,q} &\le W_z, \qquad
        \sum_{s \in z,d,o} pv_{s,d,o}\, x_{s,d,o,q} \le V_z \\
        \sum_{d,o} (res_{s,d,o} - r_s)\, E_{s,d,o}\, x_{s,d,o,q} &\ge 0

    The last row is the yearly balance of contracted renewables that a rule asks of a site; it may be
    met by a blend of options.
    """
    designs = {s: data.designs_of(s) for s in data.sites}
    constrain(m, "one_design", {
        s: pyo.quicksum(m.design[s, d] for d in designs[s]) <= m.open[s] for s in data.sites
    })  # fmt: skip
    constrain(m, "design_is_built", {
        (s, d, q): pyo.quicksum(m.mix[(*h, q)] for h in data.of_site(s) if h[1] == d)
        <= data.module_mw * most_halls(data, s) * m.design[s, d]
        for s in data.sites for d in designs[s] for q in data.open_quarters(s)
    })  # fmt: skip
    _potential(m, data)
    _renewable_balance(m, data)


def _potential(m: pyo.ConcreteModel, data: MasterData) -> None:
    """Bound contracted wind and PV per zone, leaving out zones that no mix could exhaust."""
    zones, zone_of = defaultdict(list), data.text("zone")
    for site in data.sites:
        zones[zone_of[site]].append(site)
    for kind in ("wind", "pv"):
        potential = data.limit(f"ppa_{kind}_mw_per_zone")
        if potential is None:
            continue
        rows: dict[tuple[str, str], Any] = {}
        for zone, sites in zones.items():
            hosts = [h for s in sites for h in data.of_site(s)]
            most = 0.0
            for site in sites:
                each = max(data.ceiling(f"{kind}_mw_per_mw", h) for h in data.of_site(site))
                most += each * data.module_mw * most_halls(data, site)
            if most > potential:
                first = min(data.first(s) for s in sites)
                rows |= {
                    (zone, q): over_mix(m, data, f"{kind}_mw_per_mw", q, hosts) <= potential
                    for q in data.quarters[first:]
                }
        constrain(m, f"ppa_{kind}", rows)


def _renewable_balance(m: pyo.ConcreteModel, data: MasterData) -> None:
    asked = dict(
        zip(map(str, data.problem.site.values), np.asarray(data.problem.min_res_share.values), strict=True)
    )
    rows = {}
    for site in (s for s in data.sites if asked[s] > 0):
        for q in data.open_quarters(site):
            hosts = data.of_site(site)
            contracted = over_mix(m, data, CONTRACTED, q, hosts)
            used = over_mix(m, data, "energy_mwh_per_mw_year", q, hosts)
            rows[site, q] = GWH * contracted - GWH * asked[site] * used >= 0
    constrain(m, "renewable_balance", rows)
