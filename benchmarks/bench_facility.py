"""Speed of the facility: 45 sites x 8,760 hours x 6 designs on one core, against moving the same bytes.

Run: python benchmarks/bench_facility.py
"""

from __future__ import annotations

import platform
import time
from collections.abc import Callable

import numpy as np
import xarray as xr

from twin import library
from twin.config.case import Design
from twin.facility import facility
from twin.hall import Hall, load_hall
from twin.physics.psychrometrics import humidity_ratio, wet_bulb_degc

HOURS = 8760
DESIGNS = (
    ("dgx-h100-x4", "air-chiller-economiser"),
    ("dgx-h100-x4", "direct-adiabatic"),
    ("hgx-h100-liquid", "dry-cooler-trim"),
    ("hgx-h100-liquid", "indirect-adiabatic"),
    ("gb200-nvl72", "dry-cooler-trim"),
    ("gb200-nvl72", "tower-chiller"),
)
LEI_SECONDS_PER_POINT = 420e-6


def main() -> None:
    """Measure and print."""
    sites = library.all_of("sites")
    halls = {f"{rack}, {cooling}": _hall(rack, cooling) for rack, cooling in DESIGNS}
    weather, load = _weather(len(sites), [site.name for site in sites]), np.full(HOURS, 0.85)
    points = len(sites) * HOURS * len(halls)
    seconds = _best(lambda: facility(sites, halls, weather, load))
    moved = _best(lambda: _move(len(sites), len(halls)))
    slower = LEI_SECONDS_PER_POINT * points / seconds
    machine = platform.processor() or platform.machine()
    print(f"Python {platform.python_version()}, numpy {np.__version__}, xarray {xr.__version__}, {machine}")
    print(f"{len(sites)} sites x {HOURS:,} h x {len(halls)} designs = {points / 1e6:.2f} million site-hours")
    print(f"facility: {seconds:.3f} s of one core, {points / seconds / 1e6:.1f} million site-hours/s")
    print(f"read and write of the same arrays: {moved:.3f} s, {seconds / moved:.0f} times less")
    print(f"scalar tool of Lei and Masanet at 420 us a point: {slower:,.0f} times longer")


def _hall(rack: str, cooling: str) -> Hall:
    return load_hall(Design(rack=rack, cooling=cooling, power_train="n-plus-1"))


def _weather(count: int, names: list[str]) -> xr.Dataset:
    hours = np.arange(HOURS)
    rng = np.random.default_rng(0)
    season = -10 * np.cos(2 * np.pi * hours / HOURS) - 4 * np.cos(2 * np.pi * hours / 24)
    dry = np.linspace(0.0, 20.0, count)[:, None] + season + rng.normal(0, 2.5, (count, HOURS))
    pressure = np.linspace(101325.0, 93000.0, count)[:, None] + np.zeros(dry.shape)
    wet = wet_bulb_degc(dry, humidity_ratio(dry, rng.uniform(0.3, 0.95, dry.shape), pressure), pressure)
    time_axis = np.datetime64("2030-01-01T00") + hours.astype("timedelta64[h]")
    data = {"dry_bulb_degc": dry, "wet_bulb_degc": wet, "pressure_pa": pressure}
    return xr.Dataset({k: (("site", "time"), v) for k, v in data.items()}, {"site": names, "time": time_axis})


def _move(sites: int, designs: int) -> float:
    """Read three weather arrays and write three results for each design, nothing else."""
    weather = np.ones((3, sites, HOURS))
    results = np.empty((designs, 3, sites, HOURS))
    for design in range(designs):
        np.copyto(results[design], weather)
    return float(results[-1, -1, -1, -1])


def _best(call: Callable[[], object], repeats: int = 5) -> float:
    """Return the least processor time of a few runs, s."""
    times = []
    for _ in range(repeats):
        start = time.process_time()
        call()
        times.append(time.process_time() - start)
    return min(times)


if __name__ == "__main__":
    main()
