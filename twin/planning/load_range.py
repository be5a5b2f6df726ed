"""What any supply of a hall draws at least and at most: bounds that hold whatever feeds it."""

from __future__ import annotations

import numpy as np

from twin.planning.site_design import SiteDesign
from twin.planning.supply_problem import Array
from twin.tolerances import LEAST_YIELD

LOAD = (
    "load_mwh_per_mw_year",
    "load_peak_mw_per_mw",
    "least_mwh_per_mw_year",
    "most_mwh_per_mw_year",
    "least_water_m3_per_mw_year",
    "most_water_m3_per_mw_year",
    "most_wind_mw_per_mw",
    "most_pv_mw_per_mw",
    "most_ppa_mwh_per_mw_year",
)
"""Menu variables of a site and design, whatever the option."""


UNBOUNDED_MW = 1e6
"""Contracts per MW of IT that stand for no bound, in a zone without wind or sun."""


def load_range(job: SiteDesign) -> dict[str, float]:
    """Return facility energy and peak as the load would run, the range that deferral leaves, most contracts.

    All per MW of IT: MWh and m3 a year, MW. Deferred work keeps to its window, so its energy lies between
    all of it in the window's leanest and all of it in its hungriest hour. Work that moves between sites may
    go, or come, in every hour.
    """
    least, most = _between(job, job.pue)
    dry, wet = _between(job, job.wue_l_per_kwh)
    as_run = job.it_pu * job.pue
    volume = job.max_contract_share * most
    sizes = (min(volume / max(float(cf.sum()), LEAST_YIELD), UNBOUNDED_MW) for cf in (job.wind_cf, job.pv_cf))
    figures = (float(as_run.sum()), float(as_run.max()), least, most, dry, wet, *sizes, volume)
    return dict(zip(LOAD, figures, strict=True))


def _between(job: SiteDesign, rate: Array) -> tuple[float, float]:
    """Return the least and most of sum(work x rate) over all ways to place deferrable work."""
    firm = float(((job.it_pu - job.deferrable_pu) * rate).sum())
    edges = np.arange(0, len(rate), max(1, round(job.window_h)))
    work = np.add.reduceat(job.deferrable_pu, edges)
    low, high = np.minimum.reduceat(rate, edges), np.maximum.reduceat(rate, edges)
    gone = 0.0 if job.out_pu is None else float(job.out_pu @ rate)
    come = 0.0 if job.in_pu is None else float(job.in_pu @ rate)
    return firm + float(work @ low) - gone, firm + float(work @ high) + come
