"""Policy: whose soil, how clean and how dry the last quarter's fleet is."""

from __future__ import annotations

import pyomo.environ as pyo

from twin.planning.decisions import constrain, over_mix, owned_mw
from twin.planning.master_data import MasterData

CARBON_SCALE, SHARE_SCALE = 1e-5, 1e-3
"""Row factors that bring kg and MWh per megawatt-year near one."""

THIRD_COUNTRIES = ("UK", "CH")
"""Classes outside EU and EEA; the EEA counts as neither EU nor third country."""


def add_policy(m: pyo.ConcreteModel, data: MasterData) -> None:
    r"""Bound shares by sovereignty class, carbon, hourly carbon-free share and water of the last quarter.

    .. math::
        \sum_{s \in EU} own_s &\ge \epsilon \sum_s own_s, \qquad
        \sum_{s \in UK,CH} own_s \le \tau \sum_s own_s \\
        \sum 1000\, t_{s,d,o}\, x_{s,d,o,Q} &\le g \sum E_{s,d,o}\, x_{s,d,o,Q} \\
        \sum n_{s,d,o}\, x_{s,d,o,Q} &\le (1 - c) \sum E_{s,d,o}\, x_{s,d,o,Q} \\
        \sum w_{s,d,o}\, x_{s,d,o,Q} &\le v \sum I_{s,d,o}\, x_{s,d,o,Q}

    :math:`own` counts the owned starting fleet; carbon, carbon-free share and water are those of new halls,
    because the contracts of the starting fleet are not known. :math:`E` and :math:`I` are facility and IT
    energy, :math:`t` tonnes, :math:`n` energy that is not carbon-free in its hour, :math:`w` water.
    """
    classes, rows = data.text("sovereignty_class"), {}
    last = data.quarters[-1]
    committed = dict(
        zip(
            map(str, data.problem.sovereignty.values),
            data.problem.committed_class_mw.values.tolist(),
            strict=True,
        )
    )
    fleet = sum(committed.values()) + owned_mw(m, data, data.sites, last)
    if (least := data.limit("min_eu_share")) is not None:
        inside = [s for s in data.sites if classes[s] == "EU"]
        rows["eu"] = committed.get("EU", 0.0) + owned_mw(m, data, inside, last) - least * fleet >= 0
    constrain(m, "eu_share", rows)
    rows = {}
    if (most := data.limit("max_third_country_share")) is not None:
        outside = [s for s in data.sites if classes[s] in THIRD_COUNTRIES]
        promised = sum(committed.get(c, 0.0) for c in THIRD_COUNTRIES)
        rows["third"] = promised + owned_mw(m, data, outside, last) - most * fleet <= 0
    constrain(m, "third_country_share", rows)
    kg = 1000.0  # carbon is tonnes, its limit grams per kWh
    energy, it_energy = "energy_mwh_per_mw_year", "it_mwh_per_mw_year"
    _mean_limit(m, data, "carbon", CARBON_SCALE, kg, "carbon_t_per_mw_year", energy)
    _mean_limit(m, data, "carbon_free", SHARE_SCALE, 1.0, "non_cfe_mwh_per_mw_year", energy)
    _mean_limit(m, data, "water", SHARE_SCALE, 1.0, "water_m3_per_mw_year", it_energy)


LIMIT_OF = {
    "carbon": "max_carbon_g_per_kwh",
    "carbon_free": "max_non_cfe_share",
    "water": "max_water_m3_per_mwh",
}


def _mean_limit(
    m: pyo.ConcreteModel, data: MasterData, family: str, scale: float, unit: float, amount: str, per: str
) -> None:
    """Bound ``unit x amount / per`` of the last quarter's new halls, written without a division."""
    most, last = data.limit(LIMIT_OF[family]), data.quarters[-1]
    if most is None:
        return
    total = over_mix(m, data, amount, last, data.hosts)
    excess = scale * unit * total - scale * most * over_mix(m, data, per, last, data.hosts)
    constrain(m, family, {"fleet": excess <= 0})
