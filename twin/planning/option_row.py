"""A supply option as the menu keeps it: its figures, and the bound that was proven beside it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from twin.planning.site_design import SiteDesign
from twin.planning.supply_problem import Array

PEAK, CARBON, GREY, USE = (
    "peak_mw_per_mw",
    "carbon_t_per_mw_year",
    "non_cfe_mwh_per_mw_year",
    "energy_mwh_per_mw_year",
)
WATER, WIND, PV = "water_m3_per_mw_year", "wind_mw_per_mw", "pv_mw_per_mw"
CAPITAL, CONTRACTED = "option_capex_eur_per_mw", "ppa_mwh_per_mw_year"
PRICED = (PEAK, CARBON, GREY, USE, WATER, WIND, PV, CAPITAL, CONTRACTED)
"""Menu figures that are linear in the supply problem, so that a price can be put on them."""


@dataclass(frozen=True)
class Support:
    """What every supply of a site and design obeys: cost + sum of prices x figures >= ``eur_per_mw_year``.

    ``prices`` are EUR per unit of a menu figure (EUR per MWh, t, MW …), per MW of IT and year. Where work may
    move, the right-hand side grows by ``work_eur_per_mwh``, (time,), for every MWh of it that comes.
    """

    eur_per_mw_year: float
    prices: dict[str, float] = field(default_factory=dict)
    work_eur_per_mwh: Array | None = None


def least_with_moves(job: SiteDesign, support: Support, work_eur_per_mwh: Array | None) -> float:
    r"""Return what every supply costs at least, EUR per MW of IT and year, less what its moves earn.

    .. math:: v + \sum_h \min_{-out_h \le m_h \le in_h} (w_h - \pi_h)\, m_h

    with the worth w of work behind the support and its price :math:`\pi` (``work_eur_per_mwh``; None is 0).
    Summed over all sites the earnings vanish, because what one sends another takes: so the bound holds for
    any price (Lagrange).
    """
    if support.work_eur_per_mwh is None or job.in_pu is None or job.out_pu is None:
        return support.eur_per_mw_year
    net = support.work_eur_per_mwh - (0.0 if work_eur_per_mwh is None else work_eur_per_mwh)
    return support.eur_per_mw_year + float(np.minimum(net * job.in_pu, -net * job.out_pu).sum())


@dataclass(frozen=True)
class Row:
    """One option: its figures by menu variable, or the reason why it does not exist.

    ``support`` is the bound that its optimisation proved for every other supply, where there was one.
    """

    figures: dict[str, float]
    reason: str = ""
    support: Support | None = None
