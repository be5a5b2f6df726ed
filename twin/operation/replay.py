"""The replay of a fleet: every site in its own process, then one Dataset of kind ``replay``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from twin.config.fault import OperatingFault
from twin.operation.account import cfe_hourly, cfe_year
from twin.operation.distance import REASONS, FaultYear, SiteReplay, replay_site
from twin.operation.effects import Effects
from twin.operation.faults import LONGEST_S
from twin.operation.operate import Policy
from twin.operation.site_year import SiteYear
from twin.operation.terms import Array
from twin.processes import finished
from twin.schema import checked

Progress = Callable[[int, int, str], None]
NOTED = 1e-3
"""A class counts as stopped from this part of what a fault takes."""


@dataclass(frozen=True)
class Task:
    """One site, and every fault with its effects there (none where it passes the site by)."""

    year: SiteYear
    policy: Policy
    faults: tuple[tuple[OperatingFault, Effects], ...]

    def run(self) -> SiteReplay:
        """Replay the site."""
        return replay_site(self.year, self.policy, self.faults)


def replay_fleet(tasks: Sequence[Task], time: xr.DataArray, workers: int, say: Progress) -> xr.Dataset:
    """Return the Dataset of kind ``replay`` of sites that share classes, policy and faults.

    ``workers`` 0 or 1 computes in this process. Raises SystemFailure when a solver fails.
    """
    found = dict(_replayed(tasks, workers, say))
    sites = [found[i] for i in range(len(tasks))]
    first = tasks[0]
    reasons = [*REASONS, *(fault.name for fault, _ in first.faults)]
    years = [task.year for task in tasks]
    data: dict[str, object] = {
        **_hourly(sites),
        **_yearly(years, sites),
        "distance": (
            ("reason", "site", "figure"),
            np.stack([[s.distance.get(r, np.zeros(4)) for s in sites] for r in reasons]),
        ),
        **_fault_rows(tasks, sites),
    }
    coords = {
        "site": [year.site for year in years],
        "workload": list(first.year.classes.names),
        "reason": reasons,
        "figure": ["EUR", "MWh", "t", "h"],
        "fault": [fault.name for fault, _ in first.faults],
        "time": time.values,
    }
    return checked("replay", xr.Dataset(data, coords, {"policy": first.policy}), "replay")


def _hourly(sites: Sequence[SiteReplay]) -> dict[str, object]:
    rows: dict[str, list[Array]] = {}
    for s in sites:
        o, told, flows = s.operated, s.told, s.operated.flows
        for name, values in {
            "wanted_mw": o.wanted_mw,
            "it_mw": o.it_mw,
            "power_mw": o.power_mw,
            "import_mw": flows.import_mw,
            "used_mw": flows.used_mw,
            "discharge_mw": flows.discharge_mw,
            "charge_mw": flows.charge_mw,
            "stored_mwh": flows.stored_mwh,
            "produced_mw": told.produced_mw,
            "sold_mw": told.sold_mw,
            "curtailed_mw": told.curtailed_mw,
            "shifted_mw": o.shifted_mw,
            "throttled_mw": o.throttled_mw,
            "stopped_mw": o.stopped_mw,
            "short_mw": o.short_mw,
            "lost_gpu_h": o.lost_gpu_h.sum(axis=0),
            "water_m3": o.water_m3,
            "carbon_t": told.carbon_t,
            "grey_mwh": told.grey_mwh,
            "cfe_share": cfe_hourly(o, told),
            "cost_eur": told.cost_eur,
        }.items():
            rows.setdefault(name, []).append(values)
    return {name: (("site", "time"), np.stack(values)) for name, values in rows.items()}


def _yearly(years: Sequence[SiteYear], sites: Sequence[SiteReplay]) -> dict[str, object]:
    def column(read: Callable[[SiteYear, SiteReplay], object]) -> tuple[str, Array]:
        return "site", np.asarray([read(y, s) for y, s in zip(years, sites, strict=True)])

    def use(s: SiteReplay) -> float:
        return max(float(s.operated.power_mw.sum()), 1e-9)

    by_class = ("site", "workload")
    return {
        "zone": column(lambda y, _: y.zone),
        "design_name": column(lambda y, _: y.design),
        "mw_it": column(lambda y, _: y.mw),
        "gpus": column(lambda y, _: y.mw * y.gpus_per_mw),
        "planned_eur": column(lambda y, _: y.promised.eur),
        "planned_mwh": column(lambda y, _: y.promised.mwh),
        "planned_carbon_t": column(lambda y, _: y.promised.carbon_t),
        "planned_hours": column(lambda y, _: y.promised.hours),
        "planned_peak_mw": column(lambda y, _: y.terms.supply.peak_mw),
        "connection_mw": column(lambda y, _: y.terms.supply.connection_mw),
        "bill_eur": column(lambda _, s: s.told.bill_eur + s.told.over_peak_eur),
        "peak_mw": column(lambda _, s: s.told.peak_mw),
        "peak_eur": column(lambda _, s: s.told.peak_eur + s.told.over_peak_eur),
        "battery_eur": column(lambda _, s: s.told.battery_eur),
        "cfe_hourly": column(lambda _, s: cfe_year(s.operated, s.told)[0]),
        "cfe_annual": column(lambda _, s: cfe_year(s.operated, s.told)[1]),
        "pue": column(lambda _, s: use(s) / max(float(s.operated.it_mw.sum()), 1e-9)),
        "undisturbed_gpu_h_lost": column(lambda _, s: s.undisturbed_lost_gpu_h),
        "class_mw": (by_class, np.stack([y.class_mw for y in years])),
        "class_it_mwh": (by_class, np.stack([s.operated.class_mw.sum(axis=1) for s in sites])),
        "class_lost_gpu_h": (by_class, np.stack([s.operated.lost_gpu_h.sum(axis=1) for s in sites])),
    }


def _fault_rows(tasks: Sequence[Task], sites: Sequence[SiteReplay]) -> dict[str, object]:
    """Return what each fault did to the fleet: on top of those before it."""
    first = tasks[0]
    rows = [_fault_row(first.year, k, [s.faults[k] for s in sites], sites) for k in range(len(first.faults))]
    names = ("capacity_kept", "fault_gpu_h", "fault_eur", "ride_through_s", "sites_hit", "shed_first")
    columns: list[tuple[object, ...]] = list(zip(*rows, strict=True)) if rows else [() for _ in names]
    return {
        name: ("fault", np.asarray(values, dtype=str if name == "shed_first" else float))
        for name, values in zip(names, columns, strict=True)
    }


def _fault_row(
    year: SiteYear, k: int, hits: Sequence[FaultYear], sites: Sequence[SiteReplay]
) -> tuple[float, float, float, float, float, str]:
    before = [s.faults[k - 1].able_mw if k else s.undisturbed_able_mw for s in sites]
    was = np.sum(before, axis=0)
    now = np.sum([hit.able_mw for hit in hits], axis=0)
    lost = np.sum([hit.lost_by_class for hit in hits], axis=0)
    felt = np.any([hit.touched for hit in hits], axis=0)
    kept = float(np.min(now[felt] / np.maximum(was[felt], 1e-9))) if felt.any() else 1.0
    stopped = [year.classes.names[i] for i in year.classes.shed_order if lost[i] > NOTED * lost.sum()]
    return (
        min(kept, 1.0),
        float(sum(hit.lost_gpu_h for hit in hits)),
        float(sum(hit.eur for hit in hits)),
        min([hit.ride_through_s for hit in hits if hit.touched.any()], default=LONGEST_S),
        float(sum(bool(hit.touched.any()) for hit in hits)),
        ", ".join(stopped) if stopped else "nothing",
    )


def _replayed(tasks: Sequence[Task], workers: int, say: Progress) -> Iterator[tuple[int, SiteReplay]]:
    """Yield replays as they finish."""
    work = {i: task.run for i, task in enumerate(tasks)}
    for done, (i, found) in enumerate(finished(work, workers), start=1):
        say(done, len(tasks), tasks[i].year.site)
        yield i, found
