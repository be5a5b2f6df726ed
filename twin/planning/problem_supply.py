"""What bounds every supply of a site and design: the proof's side of the menu."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from twin.config.case import Case
from twin.config.site import Site
from twin.config.technology import Technology
from twin.planning.annuity import annuity
from twin.planning.load_range import LOAD
from twin.planning.problem_money import MEUR
from twin.planning.problem_rules import SiteRules

Vars = dict[str, tuple[object, object]]


def genset_eur_per_mw(case: Case, technology: Technology) -> tuple[float, float]:
    """Return capital, and yearly cost, of one MW of generation that a rule obliges to."""
    capital = technology.genset_meur_per_mw * MEUR
    yearly = annuity(case.finance.wacc_infrastructure, technology.genset_life_years)
    return capital, capital * (yearly + technology.facility_om_share)


def supply_bounds(
    case: Case,
    sites: Sequence[Site],
    technology: Technology,
    rules: Sequence[SiteRules],
    options: xr.Dataset,
) -> Vars:
    """Return supports and load ranges of the menu, and what each site adds per unit of a figure."""
    capital, yearly = genset_eur_per_mw(case, technology)
    duty = np.asarray([rule.dispatchable_share for rule in rules])
    dims = ("site", "design", "option")
    return {
        "supported": (dims, options.supported.fillna(0.0).values),
        "support_eur_per_mw_year": (dims, options.support_eur_per_mw_year.fillna(0.0).values),
        "support_price": (
            ("figure", *dims),
            options.support_price.transpose("figure", *dims).fillna(0.0).values,
        ),
        **{name: (dims[:2], options[name].fillna(0.0).values) for name in LOAD},
        "water_eur_per_m3": ("site", np.asarray([site.water_eur_per_m3 for site in sites])),
        "dispatchable_eur_per_mw_year": ("site", duty * yearly),
        "dispatchable_capex_eur_per_mw": ("site", duty * capital),
    }
