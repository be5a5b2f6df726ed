"""What the GPUs are used for, and the shape of its load."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from twin.config.base import Model


class Workload(Model):
    """One kind of work: its share of the fleet, its shape in time and what of it can wait."""

    pattern: Literal["jobs", "queue", "interactive"]
    """``jobs``: long runs with failures; ``queue``: always work waiting; ``interactive``: follows people."""
    share: float = Field(gt=0, le=1)
    """Share of the fleet's IT megawatts given to it; the shares of a case are scaled to sum to 1."""
    mean_utilisation: float = Field(gt=0, le=1)
    """Mean share of its GPUs that are busy."""
    idle_power_pu: float = Field(ge=0, lt=1)
    """Power of an idle node over its nameplate."""
    busy_power_pu: float = Field(gt=0, le=1)
    """Power of a busy node over its nameplate."""

    diurnal_amplitude: float = Field(0.0, ge=0, lt=1)
    """Half the daily swing of utilisation over its mean."""
    peak_local_hour: float = Field(12.0, ge=0, lt=24)
    """Local hour of the daily peak."""
    utc_offset_h: float = Field(1.0, ge=-12, le=14)
    """Local standard time less UTC, h; summer time is not modelled."""
    weekend_factor: float = Field(1.0, gt=0, le=2)
    """Mean utilisation on Saturday and Sunday over that of a weekday."""
    hourly_cv: float = Field(0.0, ge=0, lt=1)
    """Standard deviation of hourly utilisation around its shape, over the mean."""
    correlation_h: float = Field(1.0, gt=0)
    """Time over which that deviation decays to 1/e, h."""

    parallel_jobs: int = Field(1, ge=1)
    """Jobs that share the workload's GPUs at any time."""
    job_h: float = Field(24.0, gt=0)
    """Mean length of a job, h."""
    failures_per_job_day: float = Field(0.0, ge=0)
    """Interruptions of a running job per day."""
    recovery_h: float = Field(0.0, ge=0)
    """Hours lost per interruption: detect, restart, redo work since the last checkpoint."""
    checkpoint_share: float = Field(0.0, ge=0, lt=1)
    """Share of the running time spent writing checkpoints, with GPUs waiting."""

    size_log_sd: float = Field(0.0, ge=0, le=3)
    """Standard deviation of the logarithm of GPUs per job; the mean is what ``parallel_jobs`` leaves."""
    duration_log_sd: float = Field(0.0, ge=0, le=3)
    """Standard deviation of the logarithm of a job's length."""
    failures_per_gpu_h: float = Field(0.0, ge=0, lt=1)
    """Interruptions of a job per GPU and hour that it runs."""
    checkpoint_write_h: float = Field(0.0, ge=0)
    """Hours that GPUs wait for one checkpoint."""
    restart_h: float = Field(0.0, ge=0)
    """Hours from an interruption until the job computes again from its last checkpoint."""

    minute_cv: float = Field(0.0, ge=0, lt=1)
    """Standard deviation of demand in a minute around its hour, over the mean."""
    burst_exponent: float = Field(0.5, ge=0, le=1)
    """How fast that deviation falls with the length of the interval: 0.5 for independent requests."""
    growth_per_year: float = Field(0.0, ge=-0.5, le=5)
    """Growth of its demand a year, up to the year in which it fills its share of the fleet."""

    deferrable_share: float = Field(ge=0, le=1)
    """Share of energy above idle that may move within the window."""
    defer_window_h: float = Field(ge=0, le=168)
    """Window within which deferred work must be caught up, h."""
    sovereignty: Literal["EU", "EEA", "any"]
    """Where the work may run: EU soil, the EEA, or anywhere in the catalogue."""
    latency_ms: float | None = Field(None, gt=0)
    """Longest round trip that users accept; none for work without users."""
