"""The GPU load grid by demand region: workload x region x hour, scaled to the fleet of a year.

Interactive work arises in metros, split by the case's weights; training and batch run anywhere. The planner
reads ``load.load_grid``, which has the same shares, means and powers without regions and single jobs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import xarray as xr

from twin.config.workload import Workload
from twin.errors import BadInput, Fault, nearest
from twin.grids.load import Floats, Hours, utilisation, with_mean
from twin.grids.load_inference import TIME_ZONES, busiest_minute, demand_of, grown
from twin.grids.load_jobs import NODE_GPUS, JobYear, simulate_jobs
from twin.schema import variables

ANYWHERE = "anywhere"
"""Region of work without users."""


MOST_BUSY = 0.9
"""Largest mean utilisation of interactive work: beyond it people are turned away (assumed)."""


@dataclass(frozen=True)
class Scale:
    """The fleet that the load is for."""

    mw_it: float
    """Megawatts of critical IT load."""
    gpus_per_mw: float
    """GPUs of the planned kind per megawatt."""
    year: int
    """Year of the demand."""
    full_year: int
    """Year in which interactive demand fills its share of the fleet."""
    full_mw_it: float
    """Megawatts of critical IT load of that year."""
    metro_weights: Mapping[str, float] = field(default_factory=lambda: dict.fromkeys(TIME_ZONES, 1.0))
    """Where people are, in any unit."""


def regional_load(workloads: Sequence[Workload], time: npt.ArrayLike, scale: Scale, seed: int) -> xr.Dataset:
    """Return the load of a fleet by workload, region and hour (schema kind ``load``).

    ``time``: hourly UTC, tz-naive. ``capacity_mw`` [workload, region] is what is set aside; ``utilisation``,
    ``busiest_minute`` (1), ``power_mw`` and ``deferrable_mw`` are [workload, region, time]; ``goodput``,
    ``jobs``, ``failures`` and ``mean_wait_h`` [workload] are those of jobs and NaN elsewhere. Coordinates on
    workload: ``pattern``, ``sovereignty``, ``latency_ms`` (NaN = no limit), ``deferrable_share`` and
    ``defer_window_h``. Raises BadInput for an unknown metro and for weights that are all zero.
    """
    hours = np.asarray(time, dtype="datetime64[h]")
    weights = _weights(scale.metro_weights)
    shares = np.array([w.share for w in workloads]) / sum(w.share for w in workloads)
    parts = [
        _people(w, hours, scale.mw_it * float(share), weights, scale, seed)
        if w.pattern == "interactive"
        else _machines(w, hours, scale.mw_it * float(share), len(weights), scale, seed)
        for w, share in zip(workloads, shares, strict=True)
    ]
    return _dataset(workloads, [*weights, ANYWHERE], hours, parts).assign_attrs(
        load_label="modelled load by region", load_seed=seed, year=scale.year, mw_it=scale.mw_it
    )


@dataclass(frozen=True)
class _Part:
    """One workload: megawatts by region, utilisation of hours and of their busiest minutes."""

    capacity: Floats
    busy: Floats
    minute: Floats
    jobs: JobYear | None = None


def _people(workload: Workload, hours: Hours, mw: float, weights: Mapping[str, float], scale: Scale,
            seed: int) -> _Part:  # fmt: skip
    asked = grown(workload, scale.year, scale.full_year) * scale.full_mw_it / scale.mw_it
    level = min(workload.mean_utilisation * asked, MOST_BUSY)
    busy = np.zeros((len(weights) + 1, hours.size))
    for row, metro in enumerate(weights):
        busy[row] = with_mean(demand_of(workload, hours, metro, seed), level)
    capacity = mw * np.array([*weights.values(), 0.0])
    return _Part(capacity, busy, busiest_minute(workload, busy))


def _machines(workload: Workload, hours: Hours, mw: float, metros: int, scale: Scale, seed: int) -> _Part:
    gpus = max(round(mw * scale.gpus_per_mw), NODE_GPUS)
    jobs = simulate_jobs(workload, gpus, hours.size, seed) if workload.pattern == "jobs" else None
    busy = np.zeros((metros + 1, hours.size))
    busy[-1] = jobs.utilisation if jobs else utilisation(workload, hours, seed)
    return _Part(mw * np.eye(metros + 1)[-1], busy, busy, jobs)


def _dataset(workloads: Sequence[Workload], regions: Sequence[str], hours: Hours,
             parts: Sequence[_Part]) -> xr.Dataset:  # fmt: skip
    def column(name: str) -> Floats:
        return np.array([getattr(w, name) or 0.0 for w in workloads], dtype=float)

    def told(name: str) -> Floats:
        return np.array([float(getattr(p.jobs, name)) if p.jobs else np.nan for p in parts])

    cells, capacity = ("workload", "region", "time"), np.stack([part.capacity for part in parts])
    busy = np.stack([part.busy for part in parts])
    idle, span = column("idle_power_pu"), column("busy_power_pu") - column("idle_power_pu")
    above = capacity[..., None] * span[:, None, None] * busy
    power = capacity[..., None] * idle[:, None, None] + above
    rules = variables("load")
    data = {
        "capacity_mw": (cells[:2], capacity),
        "utilisation": (cells, busy),
        "busiest_minute": (cells, np.stack([part.minute for part in parts])),
        "power_mw": (cells, power),
        "deferrable_mw": (cells, above * column("deferrable_share")[:, None, None]),
        **{name: (cells[:1], told(name)) for name in ("goodput", "jobs", "failures", "mean_wait_h")},
    }
    latency = np.where(column("latency_ms") > 0, column("latency_ms"), np.nan)
    return xr.Dataset(
        {name: (*value, {"units": rules[name].units, "long_name": rules[name].text})
         for name, value in data.items()},
        coords={
            "workload": [w.name for w in workloads],
            "region": list(regions),
            "time": hours.astype("datetime64[ns]"),
            "pattern": ("workload", [w.pattern for w in workloads]),
            "sovereignty": ("workload", [w.sovereignty for w in workloads]),
            "latency_ms": ("workload", latency),
            "deferrable_share": ("workload", column("deferrable_share")),
            "defer_window_h": ("workload", column("defer_window_h")),
        },
    )  # fmt: skip


def _weights(asked: Mapping[str, float]) -> dict[str, float]:
    """Return weights over their sum, metros without people left out."""
    faults = [
        Fault("case", f"policy.metro_weights.{name}", value, "a known metro", nearest(name, TIME_ZONES))
        for name, value in asked.items()
        if name not in TIME_ZONES
    ]
    total = sum(asked.values())
    if not faults and total <= 0:
        faults.append(Fault("case", "policy.metro_weights", dict(asked), "one weight above 0"))
    if faults:
        raise BadInput(faults)
    return {name: value / total for name, value in asked.items() if value > 0}
