r"""Training jobs one by one: they arrive, wait for GPUs, run, write checkpoints, fail and start again.

Arrivals are a Poisson stream; sizes and lengths are lognormal. A job of N GPUs fails at the rate
:math:`N\lambda` and checkpoints every :math:`\tau = \sqrt{2 \delta / (N\lambda)}` hours, where
:math:`\delta` is what one checkpoint holds the GPUs up (Young 1974, CACM 17, 530). Each failure costs the
restart and the work since the last checkpoint. Waiting jobs start in order; one that does not fit lets
smaller ones pass, until it has waited for as long as a mean job runs.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from twin.config.workload import Workload
from twin.errors import BadInput, Fault

Floats = npt.NDArray[np.float64]
WARM_UP_LENGTHS = 3.0
"""Mean job lengths simulated before the first hour, so that the year does not begin empty."""
NODE_GPUS = 8
"""Jobs take whole nodes."""
TRIES = 3
"""How often the stream is drawn again, denser each time, to reach the utilisation asked for."""
LARGEST_SHARE = 0.25
"""No job takes more of the workload's GPUs (assumed): one that took all would have to wait until all stop."""
MOST_STARTS = 100_000
"""Starts of one job: eleven an hour for a year, as no cluster that anybody runs."""
LOOK_AHEAD = 40
"""Waiting jobs that are tried behind one that does not fit."""


@dataclass(frozen=True)
class JobYear:
    """What the jobs of a workload did."""

    utilisation: Floats
    """Share of GPUs that compute, work that is lost later included, [hour]."""
    held: Floats
    """Share of GPUs that jobs hold, [hour]."""
    goodput: float
    """Computing that was kept, over GPU hours held."""
    jobs: int
    """Jobs that started within the hours."""
    failures: int
    """Interruptions within the hours."""
    mean_wait_h: float
    """Mean wait of the jobs that started."""


@dataclass(frozen=True)
class Job:
    """One job as it arrives."""

    arrives_h: float
    gpus: int
    work_h: float
    """Computing it needs, hours of all its GPUs."""


@dataclass(frozen=True)
class Run:
    """How a job went: stretches of computing from its start, h, and the share of them spent computing."""

    from_h: Floats
    to_h: Floats
    computing: float
    wall_h: float


def simulate_jobs(workload: Workload, gpus: int, hours: int, seed: int) -> JobYear:
    """Return ``hours`` of the job stream of ``workload`` on ``gpus`` GPUs.

    Jobs arrive as often as it takes for ``mean_utilisation`` of the GPUs to compute, within three tries:
    where failures, restarts and sizes that do not fit leave less, a queue stands and utilisation stays below.
    The mean size is ``gpus / parallel_jobs``.
    """
    often = 1.0
    for _ in range(TRIES):
        year = _year(workload, gpus, hours, seed, often)
        mean = float(year.utilisation.mean())
        if mean > 0.98 * workload.mean_utilisation:
            break
        often *= min(workload.mean_utilisation / max(mean, 0.01), 1.3)
    return year


def _year(workload: Workload, gpus: int, hours: int, seed: int, often: float) -> JobYear:
    rng = np.random.default_rng([seed, gpus])
    warm = WARM_UP_LENGTHS * workload.job_h
    stream = _arrivals(workload, gpus, warm + hours, often, rng)
    done = [(job, start - warm, run) for job, start, run in _schedule(stream, gpus, workload, rng)]
    if not done:  # so few GPUs, asked for so little, that no job came
        return JobYear(np.zeros(hours), np.zeros(hours), 0.0, 0, 0, 0.0)
    begins = np.array([start for _, start, _ in done])
    walls = np.array([run.wall_h for *_, run in done])
    sizes = np.array([float(job.gpus) for job, *_ in done])
    works = np.array([job.work_h for job, *_ in done])
    held = gpu_hours(begins, begins + walls, sizes, hours)
    starts = np.concatenate([start + run.from_h for _, start, run in done])
    stops = np.concatenate([start + run.to_h for _, start, run in done])
    busy = np.concatenate([np.full(run.to_h.size, job.gpus * run.computing) for job, _, run in done])
    failed = np.concatenate([start + run.to_h[:-1] for _, start, run in done])
    inside = np.clip(np.minimum(begins + walls, hours) - np.maximum(begins, 0.0), 0, None) / walls
    new = (begins >= 0) & (begins < hours)
    waits = begins + warm - np.array([job.arrives_h for job, *_ in done])
    return JobYear(
        np.clip(gpu_hours(starts, stops, busy, hours) / gpus, 0, 1),
        np.clip(held / gpus, 0, 1),
        float((inside * sizes * works).sum() / max(float(held.sum()), 1e-9)),
        int(new.sum()),
        int(((failed >= 0) & (failed < hours)).sum()),
        float(waits[new].mean()) if new.any() else 0.0,
    )


def checkpoint_every_h(workload: Workload, gpus: int) -> float:
    """Return hours of computing between checkpoints; infinite where a job never fails or they are free."""
    rate = gpus * workload.failures_per_gpu_h
    if rate <= 0 or workload.checkpoint_write_h <= 0:
        return float("inf")
    return float(np.sqrt(2 * workload.checkpoint_write_h / rate))


def run_job(job: Job, workload: Workload, rng: np.random.Generator) -> Run:
    """Return how one job goes, from its start to its last hour of computing.

    Raises BadInput for one that fails more often than it gets on, and so might never end.
    """
    every, rate = checkpoint_every_h(workload, job.gpus), job.gpus * workload.failures_per_gpu_h
    cycle = every + workload.checkpoint_write_h
    computing = every / cycle if np.isfinite(every) else 1.0
    left, now = job.work_h / computing, 0.0
    starts, stops = list[float](), list[float]()
    while True:
        until = float(rng.exponential(1 / rate)) if rate > 0 else np.inf
        if len(starts) == MOST_STARTS:
            expected = f"at most {MOST_STARTS:,} interruptions of one job; one of {job.gpus:,} GPUs has more"
            hint = "fewer failures, more parallel_jobs or a shorter restart_h"
            rate_h = workload.failures_per_gpu_h
            raise BadInput(Fault(f"workloads/{workload.name}", "failures_per_gpu_h", rate_h, expected, hint))
        starts.append(now)
        if until >= left:
            stops.append(now + left)
            return Run(np.array(starts), np.array(stops), computing, now + left)
        stops.append(now + until)
        safe = np.floor(until / cycle) * cycle if np.isfinite(cycle) else until
        left, now = left - safe, now + until + workload.restart_h


def gpu_hours(from_h: Floats, to_h: Floats, gpus: Floats, hours: int) -> Floats:
    """Return GPU hours in each hour, [hour], of stretches ``from_h`` to ``to_h`` with ``gpus``, [stretch]."""
    part, step = np.zeros(hours + 1), np.zeros(hours + 2)
    for edge, amount in ((from_h, gpus), (to_h, -gpus)):
        at = np.clip(edge, 0.0, hours)
        hour = at.astype(np.intp)
        np.add.at(part, hour, amount * (1.0 - (at - hour)))
        np.add.at(step, hour + 1, amount)
    return np.asarray(part[:hours] + np.cumsum(step)[:hours])


def _arrivals(
    workload: Workload, gpus: int, span_h: float, often: float, rng: np.random.Generator
) -> list[Job]:
    """Draw the stream: enough jobs for the asked utilisation, sizes in whole nodes, in order of arrival."""
    size = max(gpus / workload.parallel_jobs, NODE_GPUS)
    sizes = _lognormal(size, workload.size_log_sd, 4096, rng)
    lengths = _lognormal(workload.job_h, workload.duration_log_sd, 4096, rng)
    most = max(LARGEST_SHARE, 1 / workload.parallel_jobs) * gpus // NODE_GPUS
    whole = np.clip(np.round(sizes / NODE_GPUS), 1, max(most, 1)) * NODE_GPUS
    rate = often * workload.mean_utilisation * gpus / float((whole * lengths).mean())
    count = int(rng.poisson(rate * span_h))
    pick = rng.integers(len(whole), size=count)
    times = np.sort(rng.uniform(0, span_h, count))
    return [
        Job(float(t), int(n), float(w)) for t, n, w in zip(times, whole[pick], lengths[pick], strict=True)
    ]


def _lognormal(mean: float, log_sd: float, count: int, rng: np.random.Generator) -> Floats:
    return mean * np.exp(log_sd * rng.standard_normal(count) - log_sd**2 / 2)


def _schedule(
    jobs: list[Job], gpus: int, workload: Workload, rng: np.random.Generator
) -> Iterator[tuple[Job, float, Run]]:
    """Yield each job with its start, h, and how it went; those waiting at the last arrival never start."""
    free, ends = gpus, [(float("inf"), 0)]
    waiting: list[Job] = []
    for job in jobs:
        while ends[0][0] <= job.arrives_h:
            now, freed = heapq.heappop(ends)
            free += freed
            for one in _startable(waiting, free, now, workload.job_h):
                free -= one.gpus
                yield one, now, _started(one, now, ends, workload, rng)
        waiting.append(job)
        for one in _startable(waiting, free, job.arrives_h, workload.job_h):
            free -= one.gpus
            yield one, job.arrives_h, _started(one, job.arrives_h, ends, workload, rng)


def _started(job: Job, now: float, ends: list[tuple[float, int]], workload: Workload,
             rng: np.random.Generator) -> Run:  # fmt: skip
    run = run_job(job, workload, rng)
    heapq.heappush(ends, (now + run.wall_h, job.gpus))
    return run


def _startable(waiting: list[Job], free: int, now: float, patience_h: float) -> list[Job]:
    """Take from ``waiting`` the jobs that start now."""
    chosen: list[Job] = []
    for job in list(waiting[:LOOK_AHEAD]):
        if job.gpus <= free:
            free -= job.gpus
            chosen.append(job)
            waiting.remove(job)
        elif now - job.arrives_h > patience_h:
            break
    return chosen
