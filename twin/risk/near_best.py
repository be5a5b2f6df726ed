"""From a finished run to plans that cost hardly more, and to how much the plan needs each of its sites."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from twin.errors import BadInput, Fault
from twin.planning.alternatives import Alternative, NearBest, alternatives
from twin.progress import Reporter
from twin.results import Run
from twin.wholefile import write_whole

FILE = "alternatives.json"


def near_best(run: Run, within: float, reporter: Reporter) -> dict[str, Any]:
    """Return the alternatives of a run within a share of its cost as JSON-ready data; money is EUR.

    Raises BadInput for a share that is none, and Uncertified.
    """
    if not 0.0 < within < 1.0:
        raise BadInput(Fault("twin alternatives", "--within", within, "a share of the cost, such as 0.02"))
    near = NearBest(run.problem, run.plan, within)
    with reporter.stage("alternatives", "The most different plans within the budget"):
        found, missing = alternatives(near)
    with reporter.stage("needs", "The best plan without each site"):
        needs = [near.need(site) for site in near.base]
    words = {"needed": 0, "useful": 1, "replaceable": 2}
    return {
        "run": str(run.manifest["run"]),
        "case": str(run.manifest["case"]),
        "within": within,
        "best_eur": near.best_eur,
        "bound_eur": near.bound_eur,
        "sites": near.base,
        "alternatives": [_row(near, plan) for plan in found],
        "without": missing,
        "needs": [
            {
                "site": need.site,
                "word": need.word,
                "extra_eur": need.extra_eur if math.isfinite(need.extra_eur) else None,
                "instead": list(need.instead),
                "in_alternatives": sum(need.site in plan.sites for plan in found),
            }
            for need in sorted(needs, key=lambda n: (words[n.word], -n.extra_eur))
        ],
    }


def write_alternatives(found: dict[str, Any], folder: Path) -> Path:
    """Write the alternatives into a run folder; return the file. Raises OSError."""
    write_whole(folder / FILE, (json.dumps(found, indent=2) + "\n").encode())
    return folder / FILE


def _row(near: NearBest, found: Alternative) -> dict[str, Any]:
    attrs = found.plan.attrs
    classes = dict(
        zip(map(str, found.plan.sovereignty.values), found.plan.class_mw.values.tolist(), strict=True)
    )
    return {
        "name": found.name,
        "cost_eur": found.cost_eur,
        "over_eur": found.over_eur,
        "distance_to_bound": found.distance,
        "certified": True,
        "wish_proven": found.wish_met,
        "carbon_g_per_kwh": float(attrs["carbon_g_per_kwh"]),
        "cfe_hourly": float(attrs["cfe_hourly"]),
        "eu_share": classes["EU"] / sum(classes.values()),
        "sites": found.sites,
        "added": [s for s in found.sites if s not in near.base],
        "dropped": [s for s in near.base if s not in found.sites],
    }
