"""Interactive inference of one demand region: local hours and weekdays, bursts, growth.

People keep local time, summer time included. Bursts follow the Azure traces: the deviation of an interval
from its hour falls with a power of its length, so an hour is calmer than its busiest minute.
"""

from __future__ import annotations

import zlib
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from twin.config.workload import Workload

Floats = npt.NDArray[np.float64]
Hours = npt.NDArray[np.datetime64]

TIME_ZONES = {
    "fra": "Europe/Berlin", "ams": "Europe/Amsterdam", "par": "Europe/Paris", "lon": "Europe/London",
    "mad": "Europe/Madrid", "sto": "Europe/Stockholm",
}  # fmt: skip
"""Clock of the people around each metro."""
BUSIEST = 2.33
"""Standard deviations that 1 % of minutes exceed."""


def local_hours(hours: Hours, metro: str) -> tuple[Floats, npt.NDArray[np.intp]]:
    """Return local clock hour and weekday (Monday 0) of UTC ``hours`` around a metro, each [hour]."""
    zone, stamps = ZoneInfo(TIME_ZONES[metro]), hours.astype("datetime64[s]").astype(np.int64)
    local = [datetime.fromtimestamp(stamp, zone) for stamp in stamps.tolist()]
    clock = np.array([moment.hour + moment.minute / 60 for moment in local])
    return clock, np.array([moment.weekday() for moment in local], dtype=np.intp)


def shape_of_people(workload: Workload, hours: Hours, metro: str) -> Floats:
    """Return demand over its mean on working days, [hour]: a daily cosine, lower or higher at weekends."""
    clock, weekday = local_hours(hours, metro)
    swing = np.cos(2 * np.pi * (clock - workload.peak_local_hour) / 24)
    rest = np.where(weekday >= 5, workload.weekend_factor, 1.0)
    return np.asarray((1 + workload.diurnal_amplitude * swing) * rest)


def deviation(workload: Workload, minutes: float) -> float:
    """Return the standard deviation of demand in an interval of ``minutes`` from its mean, over that mean."""
    return workload.minute_cv * float(np.power(minutes, -workload.burst_exponent))


def demand_of(workload: Workload, hours: Hours, metro: str, seed: int) -> Floats:
    """Return hourly demand of a region over its yearly mean, [hour]; each region has its own stream."""
    rng = np.random.default_rng([seed, zlib.crc32(f"{workload.name}@{metro}".encode())])
    keep = float(np.exp(-1 / workload.correlation_h))
    draws = rng.standard_normal(hours.size) * np.sqrt(1 - keep**2)
    noise, state = np.empty(hours.size), float(rng.standard_normal())
    for i, value in enumerate(draws):
        state = keep * state + value
        noise[i] = state
    demand = shape_of_people(workload, hours, metro) * np.exp(deviation(workload, 60.0) * noise)
    return np.asarray(demand / demand.mean())


def busiest_minute(workload: Workload, utilisation: Floats) -> Floats:
    """Return utilisation in the minute of each hour that 1 % of minutes exceed, at most 1, [hour]."""
    return np.asarray(np.minimum(utilisation * (1 + BUSIEST * deviation(workload, 1.0)), 1.0))


def grown(workload: Workload, year: int, full_year: int) -> float:
    """Return demand of ``year`` over that of ``full_year``, in which it fills its share of the fleet."""
    return float((1 + workload.growth_per_year) ** (min(year, full_year) - full_year))
