"""Which racks work on what: every workload gets a share of each site's racks, hour by hour.

Long runs hold blocks of racks, one run after the other on each block, with gaps between; while a run
recovers from an interruption its racks wait. Queued and interactive work reaches every rack of its pool with
the workload's own hourly curve and each rack's own deviation from it.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.config.workload import Workload
from twin.grids.load import running_efficiency

Floats32 = NDArray[np.float32]


@dataclass(frozen=True)
class Share:
    """Busy share, (hours, racks); whether a job holds the racks, same shape or None for always.

    ``recovering`` is the rack-hours of the block that runs spent on getting back, (hours,).
    """

    busy: Floats32
    held: NDArray[np.bool_] | None
    recovering: NDArray[np.float64]


@dataclass(frozen=True)
class RunPool:
    """Racks of long runs. Blocks tile the pool; series are (hours, blocks)."""

    name: str
    racks: int
    block_racks: NDArray[np.intp]
    busy: Floats32
    held: NDArray[np.bool_]
    recovering: Floats32
    interruptions: int

    def share(self, hours: slice) -> Share:
        """Return the block of ``hours``."""
        lost = self.recovering[hours].astype(np.float64) @ self.block_racks
        busy = np.repeat(self.busy[hours], self.block_racks, axis=1)
        return Share(busy, np.repeat(self.held[hours], self.block_racks, axis=1), lost)


@dataclass(frozen=True)
class SharedPool:
    """Racks of queued or interactive work: a curve (hours,) and how far racks deviate, for how long."""

    name: str
    racks: int
    curve: Floats32
    deviation: float
    deviation_h: int
    seed: tuple[int, ...]
    interruptions: int = 0

    def share(self, hours: slice) -> Share:
        """Return the block of ``hours``; the same hours are the same in whatever blocks they are asked."""
        first, last = hours.start // self.deviation_h, (hours.stop - 1) // self.deviation_h
        own = np.stack([self._own(part) for part in range(first, last + 1)])
        each = own[np.arange(hours.start, hours.stop) // self.deviation_h - first]
        busy = self.curve[hours, None] * each
        return Share(np.clip(busy, 0.0, 1.0, out=busy), None, np.zeros(hours.stop - hours.start))

    def _own(self, part: int) -> Floats32:
        draw = np.random.default_rng([*self.seed, part]).standard_normal(self.racks, dtype=np.float32)
        return np.float32(1.0) + np.float32(self.deviation) * draw


Pool = RunPool | SharedPool


def pool_sizes(racks: int, shares: Sequence[float]) -> list[int]:
    """Return whole racks per workload that sum to ``racks``, by largest remainder."""
    wanted = racks * np.asarray(shares) / sum(shares)
    counts = np.floor(wanted).astype(int)
    for index in np.argsort(counts - wanted, kind="stable")[: racks - int(counts.sum())]:
        counts[index] += 1
    return [int(count) for count in counts]


def make_pool(
    workload: Workload,
    racks: int,
    block_racks: float,
    gpus_per_rack: int,
    curve: Floats32,
    seed: Sequence[int],
) -> Pool:
    """Return the pool of one workload at one site.

    ``curve`` is the workload's busy share (hours,) of the load grid; ``block_racks`` the mean size of a run,
    as the fleet's size and ``parallel_jobs`` have it.
    """
    key = (*seed, zlib.crc32(workload.name.encode()))
    if workload.pattern == "jobs":
        return _run_pool(workload, racks, block_racks, gpus_per_rack, curve.size, np.random.default_rng(key))
    hours = max(1, round(workload.correlation_h))
    return SharedPool(workload.name, racks, curve, workload.hourly_cv, hours, key)


def _run_pool(
    workload: Workload,
    racks: int,
    block_racks: float,
    gpus_per_rack: int,
    hours: int,
    rng: np.random.Generator,
) -> RunPool:
    blocks = np.fromiter(_blocks(workload, racks, block_racks, rng), dtype=np.intp)
    held = np.stack([_held(workload, hours, rng) for _ in blocks], axis=1)
    per_gpu = workload.failures_per_gpu_h
    rate = per_gpu * blocks * gpus_per_rack if per_gpu else workload.failures_per_job_day / 24 + 0.0 * blocks
    stops = rng.poisson(np.broadcast_to(rate, held.shape)) * held
    # More stops than an hour holds are rare and run into the next one in truth; here the hour is lost whole.
    recovering = np.minimum(stops * workload.recovery_h, 1.0).astype(np.float32)
    busy = held * np.float32(1.0 - workload.checkpoint_share) * (np.float32(1.0) - recovering)
    return RunPool(
        workload.name, racks, blocks, busy.astype(np.float32), held, recovering * held, int(stops.sum())
    )


def _blocks(workload: Workload, racks: int, mean: float, rng: np.random.Generator) -> Iterator[int]:
    """Yield sizes of blocks, lognormal about ``mean`` racks, that fill the pool; the last takes the rest."""
    sd = workload.size_log_sd
    while racks > 0:
        size = max(1, round(mean * float(np.exp(sd * rng.standard_normal() - sd * sd / 2))))
        yield min(size, racks)
        racks -= min(size, racks)


def _held(workload: Workload, hours: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Return whether a run holds the block, (hours,): lognormal lengths with gaps that leave the mean use."""
    duty = min(workload.mean_utilisation / running_efficiency(workload), 1.0)
    count = max(2, round(hours * duty / workload.job_h) + 1)
    sd = workload.duration_log_sd
    runs = np.exp(sd * rng.standard_normal(count)) if sd else rng.exponential(size=count)
    gaps = rng.exponential(size=count)
    runs *= duty / runs.sum()
    gaps *= (1.0 - duty) / gaps.sum()
    edges = np.cumsum(np.stack([runs, gaps], axis=1).ravel()) * hours
    inside = np.searchsorted(edges, np.arange(hours) + 0.5) % 2 == 0
    return np.asarray(np.roll(inside, int(rng.integers(hours))))
