"""How planning time grows: sites in the two masters, weather years in one site's supply problem.

Sites of the default case are repeated under other names, with target, pace and rent in proportion. Run with
``make bench-growth`` after ``make plan`` (it takes the newest run of the default case), or give a run folder.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import xarray as xr

from twin.grids.energy import energy_grid
from twin.identity import versions
from twin.inputs import load_case
from twin.planning.bounds import lower_bound
from twin.planning.siting import build_model, choose
from twin.planning.supply import Connection, Generator, Storage, SupplyProblem
from twin.planning.supply_fast import least_cost_proven
from twin.results import open_run

SITES, YEARS = (10, 20, 45, 90, 180), (1, 2, 4)
GAP, LIMIT_S = 1e-3, 300.0


def grown(problem: xr.Dataset, count: int) -> xr.Dataset:
    """Return the problem with ``count`` sites, repeated or left out, and everything wanted in proportion."""
    total, last = problem.sizes["site"], problem.sizes["quarter"]
    within = np.where(problem.tier_first_quarter.values < last, problem.tier_mw.values, 0.0).sum(axis=1)
    order = np.argsort(-within, kind="stable")  # few sites are the large ones, or nothing could be met
    larger = problem.isel(site=order[np.arange(count) % total])
    larger = larger.assign_coords(site=[f"S{i:03d}" for i in range(count)])
    share = count / total
    limit = larger.limit.copy(deep=True)
    scaled = ("lease_mw", "max_sites", "ppa_wind_mw_per_zone", "ppa_pv_mw_per_zone")
    for i, name in enumerate(map(str, larger.limit_name.values)):
        if name in scaled or (name == "fleet_mw_per_quarter" and share > 1):
            limit[i] = float(limit[i]) * share
    return larger.assign(limit=limit, path_mw=larger.path_mw * share)


def masters_s(problem: xr.Dataset, count: int) -> float:
    """Return seconds of the plan and of its bound."""
    larger = grown(problem, count)
    began = time.perf_counter()
    choice = choose(larger, GAP, LIMIT_S)
    below = lower_bound(larger, build_model, GAP, LIMIT_S)
    seconds = time.perf_counter() - began
    gap = (choice.objective_eur - below.bound_eur) / choice.objective_eur
    print(
        f"  {count:4d} sites: {seconds:6.2f} s, {len(choice.matrix.columns):,} variables, gap {gap:.2%}",
        flush=True,
    )
    return seconds


def supply_s(years: int) -> float:
    """Return seconds of one site's supply problem over several drawn weather years at once."""
    case = load_case("europe-1gw-2030")
    drawn = [energy_grid(case.energy, ["DE_LU"], seed) for seed in range(years)]
    hourly = {n: np.stack([d[n].values[0] for d in drawn]) for n in ("price_eur_per_mwh", "wind_cf", "pv_cf")}
    price, hours = hourly["price_eur_per_mwh"], drawn[0].sizes["time"]
    problem = SupplyProblem(
        demand_mw=np.full(hours, 1.0),
        price_eur_per_mwh=price,
        cfe_share=np.stack([d["cfe_share"].values[0] for d in drawn]),
        generators=(Generator("wind", hourly["wind_cf"], 75.0), Generator("pv", hourly["pv_cf"], 60.0)),
        storages=(Storage(eur_per_mw_year=6e3, eur_per_mwh_year=1.4e4, max_mw=10.0, max_mwh=240.0),),
        connection=Connection(network_eur_per_mwh=8.0, peak_eur_per_mw_year=2e4),
        cfe_hourly=0.8,
    )
    began = time.perf_counter()
    proven = least_cost_proven(replace(problem, probability=np.full(years, 1 / years)), 1000.0)
    seconds = time.perf_counter() - began
    cost = proven.solution.objective_eur
    print(
        f"  {years} years: {seconds:6.2f} s, {cost:,.0f} EUR, gap {1 - proven.bound_eur / cost:.1e}",
        flush=True,
    )
    return seconds


def exponent(sizes: Sequence[int], measure: Callable[[int], float], repeats: int) -> float:
    """Return the slope of log time over log size, from medians."""
    medians = [statistics.median(measure(n) for _ in range(repeats)) for n in sizes]
    return float(np.polyfit(np.log(sizes), np.log(medians), 1)[0])


def newest_run(folder: Path) -> Path:
    """Return the newest run of the default case under a folder."""
    found = [p.parent for p in folder.glob("*/manifest.json")]
    wanted = [p for p in found if json.loads((p / "manifest.json").read_text())["case"] == "europe-1gw-2030"]
    if not wanted:
        raise SystemExit(
            f"no run of europe-1gw-2030 in {folder}: run `make plan` first, or name a run folder"
        )
    return max(wanted, key=lambda p: p.stat().st_mtime)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("run", nargs="?", type=Path)
    arguments.add_argument("--repeats", type=int, default=1)
    options = arguments.parse_args()
    print(f"machine: {platform.machine()}, {os.cpu_count()} cores; {json.dumps(versions())}")
    problem = open_run(options.run or newest_run(Path("runs"))).problem.load()
    print("master over options and its bound:")
    slope = exponent(SITES, lambda n: masters_s(problem, n), options.repeats)
    print(
        f"  exponent {slope:.2f}\none site, 8,760 h times weather years, sizes free, 80 % hourly carbon-free:"
    )
    print(f"  exponent {exponent(YEARS, supply_s, options.repeats):.2f}")


if __name__ == "__main__":
    main()
