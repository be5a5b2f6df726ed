"""Concentration: the loss of any one site, or any one zone, leaves the rest of the fleet."""

from __future__ import annotations

import pyomo.environ as pyo

from twin.planning.decisions import constrain, owned_mw
from twin.planning.master_data import MasterData


def add_concentration(m: pyo.ConcreteModel, data: MasterData) -> None:
    r"""Bound the share of one site and of one bidding zone in the last quarter's owned fleet.

    .. math::
        C_s + M H_{s,Q} \le \alpha \Big(C + M \sum_{s'} H_{s',Q}\Big), \qquad
        C_z + M \sum_{s \in z} H_{s,Q} \le \beta \Big(C + M \sum_{s'} H_{s',Q}\Big)

    With a share of 0.35, the fleet keeps 65 % of its megawatts when its largest site is lost.
    """
    problem, last, zone_of = data.problem, data.quarters[-1], data.text("zone")
    fleet = float(problem.committed_own_it_mw.values[-1]) + owned_mw(m, data, data.sites, last)
    at_site = dict(zip(map(str, problem.site.values), problem.committed_site_mw.values.tolist(), strict=True))
    in_zone = dict(
        zip(map(str, problem.zone_name.values), problem.committed_zone_mw.values.tolist(), strict=True)
    )
    if (share := data.limit("max_site_share")) is not None:
        constrain(m, "site_share", {
            s: at_site[s] + owned_mw(m, data, [s] if s in data.sites else [], last) - share * fleet <= 0
            for s in at_site if s in data.sites or at_site[s] > 0
        })  # fmt: skip
    if (share := data.limit("max_zone_share")) is not None:
        members = {z: [s for s in data.sites if zone_of[s] == z] for z in in_zone}
        constrain(m, "zone_share", {
            z: in_zone[z] + owned_mw(m, data, sites, last) - share * fleet <= 0
            for z, sites in members.items() if sites or in_zone[z] > 0
        })  # fmt: skip
