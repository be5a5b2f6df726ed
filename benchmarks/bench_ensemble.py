"""Speed and memory of ensembles: 45 sites x 10 years x 8,760 hours of every variable, opened lazily.

Run: ``python benchmarks/bench_ensemble.py [YEARS]``. One process by default, whose linear algebra may use
every core; ``--workers 2`` draws members in processes of their own, which pays only on an idle machine.
Memory is the largest resident size of the parent and of any child.
"""

from __future__ import annotations

import argparse
import platform
import resource
import sys
import time
from importlib import metadata

import dask
import xarray as xr

from twin import library
from twin.grids.ensemble import SITED, ZONAL, ensemble
from twin.grids.reference import load

GIGABYTE = 1e9


def means(opened: xr.Dataset) -> xr.Dataset:
    """Return yearly means of every variable: reads everything, keeps one member's hours at a time."""
    return opened.mean("time")


def main() -> None:
    """Measure and print."""
    ask = argparse.ArgumentParser()
    ask.add_argument("years", nargs="?", type=int, default=10)
    ask.add_argument("--workers", type=int, default=1)
    asked = ask.parse_args()
    zones, sites = list(load().zones), library.all_of("sites")
    start = time.perf_counter()
    opened = ensemble(zones, asked.years, 2030, sites)
    opening = time.perf_counter() - start
    scheduler = "processes" if asked.workers > 1 else "synchronous"
    start = time.perf_counter()
    with dask.config.set(scheduler=scheduler, num_workers=asked.workers):
        found = means(opened).compute()
    seconds = time.perf_counter() - start
    values = asked.years * 8760 * (len(zones) * len(ZONAL) + len(sites) * len(SITED))
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    own, child = (resource.getrusage(kind).ru_maxrss * 1024 / GIGABYTE for kind in kinds)
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in ("numpy", "xarray", "dask"))
    print(f"Python {platform.python_version()}, {versions}, {platform.processor() or platform.machine()}")
    print(f"{len(zones)} zones, {len(sites)} sites, {asked.years} years: {values / 1e6:.0f} million values")
    print(f"opened in {opening:.2f} s; {opened.nbytes / GIGABYTE:.2f} GB if it were all in memory")
    print(f"drawn and summarised in {seconds:.1f} s on {asked.workers} workers")
    print(f"largest memory: {own:.2f} GB here, {child:.2f} GB in a worker")
    price = found["price_eur_per_mwh"].sel(zone="FR").values
    print(f"French price, yearly means: {', '.join(f'{x:.1f}' for x in price)} EUR/MWh")


if __name__ == "__main__":
    sys.exit(main())
