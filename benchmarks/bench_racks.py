"""Speed and memory of a year of every rack of a 1,000 MW fleet of H100, with its site-wise energies checked.

Run: python benchmarks/bench_racks.py [RACK] [REPEATS]      RACK defaults to dgx-h100-x4

The peer's figure is not measured here: ExaDigiT RAPS replays 24 hours of Frontier (9,472 nodes) at 15 s in
about three minutes without cooling, as its authors publish (SC24, arXiv 2410.05133; the minutes are quoted
second-hand and unconfirmed). A node-step of RAPS is 15 s of one node; a rack-hour here is an hour of a rack.
"""

from __future__ import annotations

import platform
import statistics
import sys
import time

import numpy as np
import xarray as xr

from twin import library
from twin.config.case import Design
from twin.control_room.rack_fleet import RELIABILITY, simulate_fleet
from twin.control_room.run_hours import WEATHER, SiteHours
from twin.grids.load import fleet_it_power_pu, load_grid
from twin.grids.weather import weather_grid
from twin.hall import load_hall
from twin.progress import peak_memory_mb
from twin.rack_check import WORKLOADS, default_cooling

MW, SEED = 1000.0, 2030
PEER_NODE_STEPS_PER_S = 9472 * 5760 / 180.0
SITES = {"FR-FOU": 0.30, "PT-SIN": 0.23, "FI-LAP": 0.11, "FR-MON": 0.11, "NO-NAR": 0.09, "FI-OUL": 0.06,
         "FR-BRU": 0.06, "SE-LUL": 0.02, "SE-SUN": 0.02}  # fmt: skip
"""About the default plan's shares of its megawatts."""


def main() -> None:
    """Measure and print."""
    rack = sys.argv[1] if len(sys.argv) > 1 else "dgx-h100-x4"
    repeats = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    sites, load = _sites(rack)
    workloads = [library.get("workloads", name) for name in WORKLOADS]
    reliability = library.get("reliability", RELIABILITY)
    walls, processor = [], []
    for _ in range(repeats):
        begun, used = time.perf_counter(), time.process_time()
        year = simulate_fleet(sites, load, workloads, reliability, SEED, {})
        walls.append(time.perf_counter() - begun)
        processor.append(time.process_time() - used)
    count = year.sizes["rack"] * year.sizes["time"]
    wall = statistics.median(walls)
    difference = float(year["it_power_mw"].sum()) / float(year["rack_mwh"].sum()) - 1.0
    machine = platform.processor() or platform.machine()
    print(f"Python {platform.python_version()}, numpy {np.__version__}, {machine}, one process")
    print(
        f"{year.sizes['rack']:,} racks of {rack} x {year.sizes['time']:,} h = {count / 1e6:.1f} M rack-hours"
    )
    print(f"wall {wall:.1f} s (median of {repeats}), processor {statistics.median(processor):.1f} s")
    print(f"{count / wall / 1e6:.1f} million rack-hours a second; peak memory {peak_memory_mb():,.0f} MB")
    print(f"energy by hours over energy by racks, less 1: {difference:.1e}")
    print(
        f"peer, published: RAPS on Frontier, {PEER_NODE_STEPS_PER_S / 1e6:.2f} million node-steps of 15 s a "
        "second (24 h of 9,472 nodes in about 3 min; other machine, other steps)"
    )


def _sites(rack: str) -> tuple[list[SiteHours], xr.Dataset]:
    hall = load_hall(Design(rack=rack, cooling=default_cooling(rack), power_train="n-plus-1"))
    places = [library.get("sites", name) for name in SITES]
    weather = weather_grid(places, SEED)
    load = load_grid([library.get("workloads", name) for name in WORKLOADS], weather["time"], SEED)
    it_pu = fleet_it_power_pu(load).values
    found = []
    for site in places:
        here = weather.sel(site=site.name)
        air = np.stack([here[name].values.astype(float) for name in WEATHER])
        air[1] = np.minimum(air[1], air[0])
        found.append(SiteHours(site, rack, hall, MW * SITES[site.name], air, it_pu))
    return found, load


if __name__ == "__main__":
    main()
