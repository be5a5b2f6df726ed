"""How long a replay takes: a year of 45 sites, every effect told apart, dispatched by each policy.

Run with ``make bench-replay`` after ``make plan`` (it takes the newest run of the default case), or give a
run folder. The plan itself uses fewer sites; here every site of the catalogue that a supply can feed gets
20 MW of IT, half on each of two options where the menu has two, so that all of them have contracts, a battery
and work that waits to dispatch. The run folder is left as it is.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import xarray as xr

from twin.control_room.replay import replay_run
from twin.identity import versions
from twin.progress import Reporter, peak_memory_mb
from twin.results import Run, open_run

SITE_MW = 20.0
LIMIT_S = 60.0
"""What issue 6 asks of 45 sites on two cores."""


def newest(case: str, out: Path = Path("runs")) -> Path:
    """Return the newest run of a case."""
    found = [p.parent for p in out.glob("*/manifest.json") if json.loads(p.read_text())["case"] == case]
    if not found:
        raise SystemExit(f"no run of {case} in {out}: make one with `make plan`")
    return max(found, key=lambda path: path.stat().st_mtime)


def spread(run: Run, folder: Path) -> Run:
    """Return the run with 20 MW at every site that the menu can feed, in a folder of its own."""
    shutil.copytree(run.folder, folder, ignore=shutil.ignore_patterns("replay*", "*.png"))
    wide = open_run(folder)
    plan, menu = wide.plan.copy(deep=True), wide.menu
    for name in ("mw_it", "option_mw", "tier_grid_mw", "serve_mw"):
        plan[name][...] = 0.0
    for name in [str(n) for n in plan.data_vars if str(n).startswith("moved_")]:
        plan[name][...] = 0.0
    designs = plan["design_name"].values.astype(object)
    for i, site in enumerate(plan["site"].values.tolist()):
        valid = menu["valid"].sel(site=site).values > 0.5
        if not valid.any():
            continue
        design = int(valid.sum(axis=1).argmax())
        options = np.flatnonzero(valid[design])[:2]
        designs[i] = str(menu["design"].values[design])
        each = SITE_MW / len(options)
        plan["option_mw"].loc[{"site": site, "design": designs[i]}][options, -1] = each
        plan["mw_it"][i, -1] = SITE_MW
        peak = menu["peak_mw_per_mw"].sel(site=site, design=designs[i]).values[options].sum() * each
        plan["tier_grid_mw"][i, -1] = 1.1 * peak
    wide.__dict__["plan"] = plan.assign(design_name=("site", designs.astype(str)))
    return wide


def cpu_s() -> float:
    """Return processor seconds so far, finished children included."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def seconds_of(run: Run, policy: str, workers: int) -> tuple[float, float, xr.Dataset]:
    """Return seconds of one replay from the open run to its file, those of all processors, and the replay."""
    began, cpu = time.perf_counter(), cpu_s()
    found, path = replay_run(run, Reporter(quiet=True), policy=policy, workers=workers)
    seconds = time.perf_counter() - began
    path.unlink()
    return seconds, cpu_s() - cpu, found


def main() -> None:
    """Measure each policy and print machine, versions, medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", nargs="?", type=Path, help="run folder; the newest of the default case")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--policy", action="append", help="one policy; all three without it")
    asked = parser.parse_args()
    used = {name: versions().get(name) for name in ("python", "highspy", "numpy", "xarray")}
    print(f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; {used}")
    with TemporaryDirectory() as scratch:
        run = spread(open_run(asked.run or newest("europe-1gw-2030")), Path(scratch) / "wide")
        for policy in asked.policy or ["foresight", "rolling", "rule"]:
            measured = [seconds_of(run, policy, asked.workers) for _ in range(asked.repeats)]
            median, cpu = (statistics.median(m[i] for m in measured) for i in (0, 1))
            found = measured[-1][2]
            hours = found.sizes["site"] * found.sizes["time"]
            off = np.abs(found["distance"].sel(reason="recounted", figure="EUR") / found["planned_eur"])
            print(
                f"  {policy:9s} {found.sizes['site']} sites x {found.sizes['time']} h: {median:5.1f} s, "
                f"median of {asked.repeats} with {asked.workers} processes (asked: {LIMIT_S:.0f} s), "
                f"{cpu:.0f} s of processor time, "
                f"{hours / median:,.0f} site-hours a second; "
                f"with the planner's physics {float(off.max()):.4%} from the plan at most"
            )
    print(f"  peak memory of any process {peak_memory_mb():,.0f} MB")


if __name__ == "__main__":
    main()
