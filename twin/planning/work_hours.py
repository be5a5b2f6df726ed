"""A supply in operation, hour by hour and per MW of IT: what it costs, emits and draws when work moves.

Sizes, contracts and what the battery does stay as they were planned; the market and the contracts'
surplus take up the difference.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from twin.planning.options import priced as recounted
from twin.planning.options import sized, supply_problem
from twin.planning.site_design import SiteDesign
from twin.planning.supply import SupplySolution
from twin.planning.supply_problem import Array
from twin.planning.supply_rows import import_cost, surplus_value

FIGURES = ("cost_eur", "energy_mwh", "carbon_t", "non_cfe_mwh", "water_m3")
"""Yearly figures that moved work changes."""


@dataclass(frozen=True)
class Operation:
    """Hours of one supply, per MW of IT, arrays (T,).

    ``through_mw`` comes through the connection, ``used_mw`` of it from the contracts' ``pool_mw``.
    ``in_mw`` and ``out_mw`` are the most work that may come and leave. ``buy`` and ``keep`` are what a MWh
    costs from the market and, in place of selling it, from the pool, both at the site's bus; contracts feed
    first where ``pool_first``. Work draws ``pue`` MW and ``wue`` m3 per MWh.
    """

    through_mw: Array
    used_mw: Array
    pool_mw: Array
    in_mw: Array
    out_mw: Array
    peak_mw: float
    produced_mwh: float
    buy_eur_per_mwh: Array
    keep_eur_per_mwh: Array
    pool_first: Array
    pue: Array
    wue_m3_per_mwh: Array
    carbon_t_per_mwh: Array
    grey_share: Array

    def most_in(self) -> Array:
        """Return the work that free racks and the connection can take, MW."""
        return np.clip((self.peak_mw - self.through_mw) / self.pue, 0.0, self.in_mw)

    def most_out(self) -> Array:
        """Return the work that can leave without the site giving power back, MW."""
        return np.clip(self.through_mw / self.pue, 0.0, self.out_mw)

    def with_moves(self, work_mw: Array) -> dict[str, Array]:
        """Return what ``work_mw`` (T,) more work changes, EUR, MWh, t, MWh and m3 by hour."""
        through = self.through_mw + self.pue * work_mw
        used = np.where(self.pool_first > 0.5, np.minimum(np.maximum(through, 0.0), self.pool_mw), 0.0)
        bought = (through - used) - (self.through_mw - self.used_mw)
        kept = used - self.used_mw
        return {
            "cost_eur": self.buy_eur_per_mwh * bought + self.keep_eur_per_mwh * kept,
            "energy_mwh": self.pue * work_mw,
            "carbon_t": self.carbon_t_per_mwh * bought,
            "non_cfe_mwh": self.grey_share * bought,
            "water_m3": self.wue_m3_per_mwh * work_mw,
        }


def operation(job: SiteDesign, option: str, prices: dict[str, float] | None) -> Operation:
    """Solve an option of a job again and return its hours.

    ``prices`` are those it was asked at, None for an option of the case. Raises ValueError where nothing
    of the job moves.
    """
    if job.in_pu is None or job.out_pu is None:
        raise ValueError(f"no work moves at {job.site}")
    solution = recounted(job, sized(job, option, prices).solution)
    problem = supply_problem(job, {}, contracts="size wind" in solution.sizes)
    used = solution.flows.get("used off-site", np.zeros_like(job.it_pu))
    through = solution.flows["import"] + used
    pool = sum((solution.sizes[f"size {g.name}"] * g.availability for g in problem.generators), 0.0 * used)
    # contracts come through the grid as well: they pay its charges and taxes, only not the market's price
    buy, keep = import_cost(problem), surplus_value(problem) + problem.connection.network_eur_per_mwh
    running = _running(job, solution)
    # a target may have asked for contracted energy where the market was cheaper: that goes on
    chose = used > 0.5 * np.minimum(through, pool)
    stays = job.it_pu - np.maximum(job.out_pu, job.deferrable_pu)
    return Operation(
        through_mw=through,
        used_mw=used,
        pool_mw=pool,
        in_mw=np.clip(job.headroom_pu - running, 0.0, job.in_pu),
        out_mw=np.clip(np.minimum(job.out_pu, running - stays), 0.0, None),
        peak_mw=solution.peak_mw,
        produced_mwh=solution.produced_mwh,
        buy_eur_per_mwh=buy,
        keep_eur_per_mwh=keep,
        pool_first=((keep <= buy) | chose).astype(float),
        pue=job.pue,
        wue_m3_per_mwh=job.wue_l_per_kwh,
        carbon_t_per_mwh=job.carbon_g_per_kwh / 1000.0,
        grey_share=1.0 - job.cfe_share,
    )


def _running(job: SiteDesign, solution: SupplySolution) -> Array:
    """Return IT power with deferred work in its place, (T,)."""
    return np.asarray(job.it_pu - job.deferrable_pu + solution.flows.get("work 0", job.deferrable_pu))
