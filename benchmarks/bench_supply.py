"""Time the supply problem and the menu on the default case; prints machine, seconds and memory.

Run: ``python benchmarks/bench_supply.py [sites] [designs]``.
"""

from __future__ import annotations

import os
import platform
import sys
import time

import numpy as np
import xarray as xr

from twin.grids.energy import energy_grid
from twin.grids.load import load_grid
from twin.library import all_of, get
from twin.planning.menu import open_menu
from twin.planning.menu_jobs import jobs_of
from twin.planning.options import supply_problem
from twin.planning.supply import solve_supply
from twin.planning.supply_fast import least_cost
from twin.progress import peak_memory_mb


def inputs(count: int, designs: int) -> tuple[list, xr.Dataset, xr.Dataset, object, object]:
    """Sites of the library on the reference year, with halls whose PUE follows the season."""
    case, sites = get("cases", "europe-1gw-2030"), all_of("sites")[:count]
    grids = energy_grid(case.energy, sorted({s.zone for s in sites}), case.seed)
    load = load_grid([get("workloads", w) for w in case.workloads], grids["time"].values, case.seed)
    grids = grids.merge(load)
    hours, names = grids.sizes["time"], [f"design{d}" for d in range(designs)]
    season = 0.05 * np.maximum(np.sin(2 * np.pi * (np.arange(hours) - 2900) / 8760), 0)
    pue = 1.12 + 0.1 * np.arange(designs)[:, None] + season
    shape = (len(sites), designs, hours)
    sdt, sd = ("site", "design", "time"), ("site", "design")
    facility = xr.Dataset(
        {
            "pue": (sdt, np.broadcast_to(pue, shape)),
            "wue_l_per_kwh": (sdt, np.zeros(shape)),
            "throttle_pu": (sdt, np.zeros(shape)),
            "feasible": (sd, np.ones(shape[:2])),
            "binding_limit": (sd, np.full(shape[:2], "none")),
        },
        {"site": [s.name for s in sites], "design": names, "time": grids["time"]},
    )
    return sites, facility, grids, get("technologies", case.technologies), case


def main(count: int, designs: int) -> None:
    given = inputs(count, designs)
    print(f"{platform.platform()}, {os.cpu_count()} cores, python {platform.python_version()}")
    problem = supply_problem(jobs_of(*given)[0], {}, contracts=True)
    for name, solve in (("interior", lambda p: least_cost(p, 1000.0)), ("HiGHS", solve_supply)):
        if name == "HiGHS" and "--highs" not in sys.argv:
            continue
        started = time.perf_counter()
        cost = solve(problem).objective_eur
        print(
            f"one site, 8,760 h, sizes free, {name}: {time.perf_counter() - started:.2f} s, {cost:,.1f} EUR"
        )
    started = time.perf_counter()
    menu = open_menu(*given).dataset()
    seconds = time.perf_counter() - started
    valid = int(menu["valid"].sum())
    print(
        f"menu {count} sites x {designs} designs: {seconds:.1f} s, {valid} options, {peak_memory_mb():.0f} MB"
    )


if __name__ == "__main__":
    numbers = [int(a) for a in sys.argv[1:] if a.isdigit()]
    main(*(numbers + [45, 2][len(numbers) :]))
