"""Time the main job as a user meets it: cold, again with the menu cached, and the build of the master.

Each figure is of a whole process (start-up included). Run with ``make bench``; nothing asserts a time.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from twin.identity import versions

LEVER = "lease.max_mw=390"
"""A change of policy that leaves the supply menu as it is."""


def planned(case: str, out: Path, *more: str) -> tuple[float, dict[str, object]]:
    """Return wall seconds and the manifest of one ``twin plan`` process."""
    command = [sys.executable, "-m", "twin.cli", "plan", case, "--out", str(out), "--json", *more]
    started = time.perf_counter()
    answer = subprocess.run(
        command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=1800
    )
    return time.perf_counter() - started, json.loads(answer.stdout)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--case", default="europe-1gw-2030")
    arguments.add_argument("--repeats", type=int, default=3)
    options = arguments.parse_args()
    print(f"machine: {platform.machine()}, {os.cpu_count()} cores; {json.dumps(versions())}")
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch)
        cold_s, cold = planned(options.case, out)
        again = [planned(options.case, out, "--force") for _ in range(options.repeats)]
        lever = [planned(options.case, out, "--force", "--set", LEVER) for _ in range(options.repeats)]
    print(f"{options.case}: cold {cold_s:.1f} s, peak {cold['peak_memory_mb']:.0f} MB in the largest process")
    print(f"  stages, s: {json.dumps(cold['seconds'])}")
    print(f"  gap {cold['gap']:.4%}, proven: {bool(cold['gap_is_proven'])}")
    for label, runs in (("menu cached, solved again", again), (f"menu cached, {LEVER}", lever)):
        print(f"{label}: median {statistics.median(seconds for seconds, _ in runs):.1f} s of {len(runs)}")
    builds = [float(str(manifest["seconds_build"])) for _, manifest in again]
    print(f"Pyomo build of the master: median {statistics.median(builds):.2f} s")


if __name__ == "__main__":
    main()
