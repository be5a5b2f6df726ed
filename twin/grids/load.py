"""The GPU load grid: how busy each workload keeps its share of the fleet, hour by hour.

Three patterns. ``jobs``: long runs side by side, each interrupted by failures, with gaps between
runs. ``queue``: work is always waiting, so utilisation wanders around its mean. ``interactive``:
a daily and weekly curve of people, with bursts. Each workload draws from its own random stream,
so adding one to a case does not change the others.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import xarray as xr

from twin.config.workload import Workload
from twin.errors import BadInput, Fault
from twin.schema import variables

Floats = npt.NDArray[np.float64]
Hours = npt.NDArray[np.datetime64]


def load_grid(workloads: Sequence[Workload], time: npt.ArrayLike, seed: int) -> xr.Dataset:
    """Return the load variables of the grids Dataset for ``workloads`` over ``time``.

    ``time``: hourly UTC, tz-naive. Variables on (workload, time): ``utilisation``, ``it_power_pu``; on
    (workload,): ``workload_share`` (scaled to sum to 1), ``deferrable_share``, ``defer_window_h``.
    Coordinates on workload: ``idle_power_pu``, ``pattern``, ``sovereignty``, ``latency_ms`` (NaN = no limit).
    Raises BadInput for no workloads, for two of one name, and for jobs that cannot reach their mean.
    """
    _check(workloads)
    hours = np.asarray(time, dtype="datetime64[h]")
    busy = np.stack([utilisation(workload, hours, seed) for workload in workloads])
    idle = _column(workloads, lambda w: w.idle_power_pu)
    span = _column(workloads, lambda w: w.busy_power_pu) - idle
    share = _column(workloads, lambda w: w.share)
    grid = xr.Dataset(
        {
            "utilisation": (("workload", "time"), busy),
            "it_power_pu": (("workload", "time"), idle[:, None] + span[:, None] * busy),
            "workload_share": ("workload", share / share.sum()),
            "deferrable_share": ("workload", _column(workloads, lambda w: w.deferrable_share)),
            "defer_window_h": ("workload", _column(workloads, lambda w: w.defer_window_h)),
        },
        coords={
            "workload": [w.name for w in workloads],
            "time": hours.astype("datetime64[ns]"),
            "idle_power_pu": ("workload", idle),
            "pattern": ("workload", [w.pattern for w in workloads]),
            "sovereignty": ("workload", [w.sovereignty for w in workloads]),
            "latency_ms": ("workload", _column(workloads, lambda w: w.latency_ms or np.nan)),
        },
        attrs={"load_label": "modelled load", "load_seed": seed},
    )
    for name, var in variables("grids").items():
        if name in grid:
            grid[name].attrs.update(units=var.units, long_name=var.text)
    return grid


def fleet_it_power_pu(load: xr.Dataset) -> xr.DataArray:
    """Return the fleet's IT power per MW of its nameplate, dims (time,): workloads by their share."""
    return (load["it_power_pu"] * load["workload_share"]).sum("workload").rename("fleet_it_power_pu")


def fleet_deferrable_pu(load: xr.Dataset) -> xr.DataArray:
    """Return the fleet's IT power that may move in time, per MW of its nameplate, dims (time,)."""
    above_idle = load["it_power_pu"] - load["idle_power_pu"]
    moving = above_idle * load["deferrable_share"] * load["workload_share"]
    return moving.sum("workload").rename("fleet_deferrable_pu").drop_vars("idle_power_pu", errors="ignore")


def utilisation(workload: Workload, hours: Hours, seed: int) -> Floats:
    """Return the share of the workload's GPUs that are busy, (hours,), mean ``mean_utilisation``."""
    rng = np.random.default_rng([seed, zlib.crc32(workload.name.encode())])
    if workload.pattern == "jobs":
        return _jobs(workload, hours.size, rng)
    shape = _people(workload, hours) * np.exp(_noise(workload, hours.size, rng))
    return with_mean(shape, workload.mean_utilisation)


def running_efficiency(workload: Workload) -> float:
    """Return the mean share of a job's running time in which its GPUs compute."""
    lost_per_h = workload.failures_per_job_day / 24 * workload.recovery_h
    return (1 - workload.checkpoint_share) * (1 - min(lost_per_h, 1.0))


def _jobs(workload: Workload, n: int, rng: np.random.Generator) -> Floats:
    """Blocks of work for each parallel job, less checkpoints and the hours lost to failures."""
    duty = workload.mean_utilisation / running_efficiency(workload)
    running = np.mean([_blocks(n, duty, workload.job_h, rng) for _ in range(workload.parallel_jobs)], axis=0)
    rate = workload.failures_per_job_day / 24 * workload.parallel_jobs
    # Failures of all jobs arrive together as one Poisson stream; each costs one job recovery_h.
    lost = rng.poisson(rate, n) * workload.recovery_h / workload.parallel_jobs if rate else np.zeros(n)
    computing: Floats = np.clip(running - np.minimum(_spread(lost), running), 0, 1)
    return computing * (1 - workload.checkpoint_share)


def _blocks(n: int, duty: float, job_h: float, rng: np.random.Generator) -> Floats:
    """One job slot: 1 while a job runs, 0 in a gap, with exactly ``duty`` of the hours running."""
    count = max(1, round(n * duty / job_h))
    on = rng.exponential(size=count)
    off = rng.exponential(size=count)
    lengths = np.column_stack([on / on.sum() * n * duty, off / off.sum() * n * (1 - duty)]).ravel()
    edges = np.concatenate([[0.0], np.cumsum(lengths)])
    ran_at_edges = np.concatenate([[0.0], np.cumsum(lengths * np.tile([1.0, 0.0], count))])
    ran = np.interp(np.arange(n + 1), edges, ran_at_edges)
    return np.asarray(np.roll(np.diff(ran), int(rng.integers(n))), dtype=float)


def _spread(lost: Floats) -> Floats:
    """Carry losses above one hour's worth into the following hours, keeping their sum."""
    out = np.empty_like(lost)
    carried = 0.0
    for i, value in enumerate(lost):
        owed = carried + value
        out[i] = min(owed, 1.0)
        carried = owed - out[i]
    return out


def _people(workload: Workload, hours: Hours) -> Floats:
    """Daily cosine around the local peak hour, lower or higher at the weekend."""
    local = hours.astype(np.int64) + workload.utc_offset_h
    day = np.floor(local / 24).astype(np.int64)
    weekday = (day + 3) % 7  # 1 January 1970 was a Thursday; Monday is 0
    swing = 1 + workload.diurnal_amplitude * np.cos(2 * np.pi * (local % 24 - workload.peak_local_hour) / 24)
    return np.asarray(swing * np.where(weekday >= 5, workload.weekend_factor, 1.0), dtype=float)


def _noise(workload: Workload, n: int, rng: np.random.Generator) -> Floats:
    """First-order autoregressive noise in the logarithm, standard deviation ``hourly_cv``."""
    keep = float(np.exp(-1 / workload.correlation_h))
    draws = rng.standard_normal(n) * workload.hourly_cv
    out = np.empty(n)
    state = draws[0] if n else 0.0
    for i in range(n):
        state = keep * state + np.sqrt(1 - keep**2) * draws[i]
        out[i] = state
    return out


def with_mean(shape: Floats, mean: float) -> Floats:
    """Scale ``shape`` and cap it at 1 so that its mean is ``mean``; bisection on the scale."""
    low, high = 0.0, 2 / max(float(shape.min()), 1e-9)
    for _ in range(80):
        scale = (low + high) / 2
        low, high = (scale, high) if np.minimum(scale * shape, 1).mean() < mean else (low, scale)
    return np.minimum(low * shape, 1.0)


def _column(workloads: Sequence[Workload], read: Callable[[Workload], float]) -> Floats:
    return np.array([read(workload) for workload in workloads], dtype=float)


def _check(workloads: Sequence[Workload]) -> None:
    faults = [] if workloads else [Fault("case", "workloads", (), "at least one workload")]
    names = [w.name for w in workloads]
    faults += [
        Fault("case", "workloads", name, "each workload once") for name in set(names) if names.count(name) > 1
    ]
    for w in workloads:
        most = running_efficiency(w)
        if w.pattern == "jobs" and w.mean_utilisation > most:
            expected = f"at most {most:.3f}, what failures and checkpoints leave"
            faults.append(Fault(f"workloads/{w.name}", "mean_utilisation", w.mean_utilisation, expected))
    if faults:
        raise BadInput(faults)
