"""Yearly costs and capital per megawatt of IT, from models and cost set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from twin.config.case import Case
from twin.config.site import Site
from twin.config.technology import Technology
from twin.hall import Hall
from twin.planning.annuity import annuity

CAPACITY_TERMS = ("facility", "it", "facility_om", "it_opex", "staff", "heat")
"""Yearly cost of a megawatt whatever feeds it; heat is its recovery less its sales."""

OPTION_TERMS = ("energy", "water", "dispatchable")
"""Yearly cost of feeding a megawatt: the menu's cost, cooling water, generation that a rule obliges to."""

MEUR = 1e6


def it_capex_eur_per_mw(hall: Hall, technology: Technology) -> float:
    """Return capital of racks, cluster network and storage per MW of critical IT."""
    racks_per_mw = 1000.0 / hall.rack.it_kw
    return (
        racks_per_mw * hall.rack.price_usd / technology.usd_per_eur * (1.0 + technology.network_share_of_it)
    )


def capacity_money(
    case: Case,
    sites: Sequence[Site],
    halls: Mapping[str, Hall],
    technology: Technology,
    heat_mw: NDArray[np.float64],
    heat_mwh: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return yearly cost and capital, each (term, site, design), EUR per MW of IT.

    ``heat_mw`` and ``heat_mwh`` (site, design) are the heat that a rule makes a megawatt of IT deliver.
    """
    tech, shape = technology, (len(CAPACITY_TERMS), len(sites), len(halls))
    build = annuity(case.finance.wacc_infrastructure, tech.facility_life_years)
    renew = annuity(case.finance.wacc_gpu, tech.gpu_life_years)
    cost, capex = np.zeros(shape), np.zeros(shape)
    at = {term: i for i, term in enumerate(CAPACITY_TERMS)}
    for i, site in enumerate(sites):
        for j, hall in enumerate(halls.values()):
            factor = hall.cooling.capex_factor * hall.power_train.capex_factor
            shell = site.facility_capex_meur_per_mw * MEUR * factor
            it = it_capex_eur_per_mw(hall, tech) if case.finance.gpu_capex else 0.0
            recovery = tech.heat_recovery_meur_per_mw * MEUR * heat_mw[i, j]
            capex[at["facility"], i, j], capex[at["it"], i, j], capex[at["heat"], i, j] = shell, it, recovery
            cost[:, i, j] = (
                shell * build,
                it * renew,
                shell * tech.facility_om_share,
                it * tech.it_opex_share,
                tech.staff_fte_per_mw * site.staff_keur_per_fte_year * 1e3,
                recovery * build - heat_mwh[i, j] * site.heat_eur_per_mwh,
            )
    return cost, capex
