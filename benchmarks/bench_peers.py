"""Solve one fleet with twin and with PyPSA, each in a process of its own, and print them side by side.

Run: ``make bench-peers``, or ``python benchmarks/bench_peers.py --sites 2 --hours 2016`` for a quick look.
Times are of whole processes, imports and building included; memory is the sum over a process and its
workers at its largest. Nothing asserts a time.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from comparison import markdown

METHODS = ("hipo", "ipx", "ipx+crossover", "simplex")


def child(who: str, sites: int, hours: int, limit_s: float) -> None:
    """Build the fleet, solve it as ``who`` and print the answer as JSON on the last line."""
    from peer_problem import fleet

    problem = fleet(sites, hours)
    if who == "twin":
        from peer_twin import solve

        answer: dict[str, Any] = solve(problem) | {"status": "optimal"}
    else:
        from peer_pypsa import solve as solve_peer

        answer = solve_peer(problem, who, limit_s)
    print(json.dumps(answer))


def resident_mb(root: int) -> float:
    """Return the resident memory of a process and all its descendants now, MB (Linux; else 0)."""
    parents: dict[int, int] = {}
    pages: dict[int, int] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            pages[int(entry.name)] = int((entry / "statm").read_text().split()[1])
        except OSError:  # gone meanwhile
            continue
    family, grown = {root}, True
    while grown:
        more = {pid for pid, parent in parents.items() if parent in family} - family
        family, grown = family | more, bool(more)
    return sum(pages.get(pid, 0) for pid in family) * os.sysconf("SC_PAGE_SIZE") / 1e6


def child_cpu_s() -> float:
    """Return processor seconds of all finished children so far; they hardly depend on what else runs."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def measured(who: str, sites: int, hours: int, limit_s: float) -> dict[str, Any]:
    """Return the answer of one whole process with its seconds and largest memory."""
    command = [sys.executable, __file__, "--child", who, "--sites", str(sites), "--hours", str(hours)]
    command += ["--limit", str(limit_s)]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    started, peak, used = time.perf_counter(), 0.0, child_cpu_s()
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        while True:
            try:
                out, err = process.communicate(timeout=0.25)
                break
            except subprocess.TimeoutExpired:
                peak = max(peak, resident_mb(process.pid))
                if time.perf_counter() - started > 1.5 * limit_s + 120:
                    process.kill()
    cost: dict[str, Any] = {
        "seconds": time.perf_counter() - started,
        "cpu_s": child_cpu_s() - used,
        "mb": peak,
    }
    if process.returncode:
        reason = (err.strip().splitlines() or ["killed after its time limit"])[-1]
        return cost | {"objective_eur": math.nan, "status": reason}
    return json.loads(out.strip().splitlines()[-1]) | cost


def row(who: str, sites: int, runs: list[dict[str, Any]], ours: dict[str, Any]) -> tuple[str, ...]:
    """Return one line of the table: medians over ``runs``, beside ``ours``."""
    seconds = statistics.median(r["seconds"] for r in runs)
    cost = runs[0]["objective_eur"]
    same = "" if math.isnan(cost) or who == "twin" else f"{ours['objective_eur'] / cost - 1:+.1e}"
    return (
        str(sites),
        who if who == "twin" else f"PyPSA, HiGHS {who}",
        f"{seconds:.1f}",
        f"{statistics.median(r['cpu_s'] for r in runs):.1f}",
        f"{statistics.median(r['mb'] for r in runs):.0f}",
        "none" if math.isnan(cost) else f"{cost:,.0f}",
        f"{1 - ours['bound_eur'] / ours['objective_eur']:.1e}" if who == "twin" else runs[0]["status"],
        same,
        "" if who == "twin" else f"{seconds / ours['seconds']:.1f}",
    )


HEAD = (
    "sites",
    "tool",
    "s",
    "CPU s",
    "peak MB",
    "EUR",
    "proven gap or status",
    "ours against it",
    "times slower",
)


def main(options: argparse.Namespace) -> None:
    print(f"{platform.platform()}, {os.cpu_count()} cores, python {platform.python_version()}")
    print(f"{options.hours} h, peer's time limit {options.limit:g} s, load before: {os.getloadavg()[0]:.1f}")
    rows = []
    for sites in options.sites:
        size = (sites, options.hours, options.limit)
        runs = [measured("twin", *size) for _ in range(options.repeats)]
        ours = runs[0] | {"seconds": statistics.median(r["seconds"] for r in runs)}
        rows.append(row("twin", sites, runs, ours))
        print(" | ".join(rows[-1]), flush=True)
        for method in options.methods:
            rows.append(
                row(method, sites, [measured(method, *size) for _ in range(options.peer_repeats)], ours)
            )
            print(" | ".join(rows[-1]), flush=True)
    print(markdown(HEAD, rows))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sites", type=int, nargs="+", default=[10])
    parser.add_argument("--hours", type=int, default=8760)
    parser.add_argument("--limit", type=float, default=900.0, help="peer's time limit, s")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--peer-repeats", type=int, default=1)
    parser.add_argument("--methods", nargs="*", choices=METHODS, default=["hipo"])
    parser.add_argument("--child", choices=("twin", *METHODS), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        child(given.child, given.sites[0], given.hours, given.limit)
    else:
        main(given)
