"""Which assumption flips a site in or out, and which ones move the plan most.

Break-even values are those of the figures in the site files that nobody has confirmed; Morris (1991) and
Sobol (2001) indices, through SALib, are those of groups of costs.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from twin import library
from twin.config.case import Case
from twin.config.site import Site
from twin.errors import BadInput, Fault, install
from twin.planning.alternatives import NearBest
from twin.planning.breakeven import COLUMNS, GROUPS, BreakEven, enters_at, leaves_at, replanned, term_columns
from twin.progress import Reporter
from twin.results import Run
from twin.wholefile import write_whole

FILE = "sensitivity.json"
TRAJECTORIES, SOBOL_BASE = 10, 32
FACTS = {
    "network_eur_per_mwh": "energy_mwh_per_mw_year",
    "tax_eur_per_mwh": "energy_mwh_per_mw_year",
    "network_eur_per_mw_year": "peak_mw_per_mw",
    "water_eur_per_m3": "water_m3_per_mw_year",
}
"""Figure of a site file to what a megawatt of IT uses of it in a year, in the problem."""
SHARES = {
    "facility_capex_meur_per_mw": ("facility", "facility_om"),
    "staff_keur_per_fte_year": ("staff",),
}
"""Figure of a site file to the cost terms that are in proportion to it."""


def sensitivity(run: Run, reporter: Reporter, sobol: bool = False, every: bool = False) -> dict[str, Any]:
    """Return break-even values and indices of a run as JSON-ready data.

    ``every`` also takes figures that are confirmed; ``sobol`` adds Sobol indices, which take longer. Raises
    BadInput where SALib is not installed.
    """
    _need_salib()
    case: Case = library.get("cases", run.case_file)
    near = NearBest(run.problem, run.plan, 0.02)
    flips, rows = [], []
    with reporter.stage("flips", "Price at which each site leaves or enters"):
        for number, site in enumerate(near.data.sites, start=1):
            flips.append(leaves_at(near, site) if site in near.base else enters_at(near, site))
            reporter.advance(number, len(near.data.sites), site)
    for flip in flips:
        rows += list(_values(run, _site(case, flip.site), flip, every))
    with reporter.stage("indices", "Costs that move the plan most"):
        indices = _indices(near, case.seed, sobol)
    return {
        "run": str(run.manifest["run"]),
        "case": case.name,
        "flips": [
            {"site": f.site, "inside": f.inside, "eur_per_mw_year": _finite(f.eur_per_mw_year)} for f in flips
        ],
        "break_even": sorted(rows, key=lambda row: abs(row["change"])),
        "indices": indices,
    }


def write_sensitivity(found: Mapping[str, Any], folder: Path) -> Path:
    """Write the sensitivity into a run folder; return the file. Raises OSError."""
    write_whole(folder / FILE, (json.dumps(found, indent=2) + "\n").encode())
    return folder / FILE


def _need_salib() -> None:
    try:
        import SALib  # noqa: F401
    except ImportError as error:
        hint = install("risk")
        raise BadInput(
            Fault("twin sensitivity", "SALib", "missing", "the extra of the risk room", hint)
        ) from error


def _site(case: Case, name: str) -> Site:
    refs = library.names("sites") if case.sites == "all" else case.sites
    return next(site for site in (library.get("sites", ref) for ref in refs) if site.name == name)


def _values(run: Run, site: Site, flip: BreakEven, every: bool) -> Iterator[dict[str, Any]]:
    """Yield every figure of a site that, alone, can flip it: its value, and the value at which it does.

    A figure that would have to fall below zero cannot.
    """
    if not math.isfinite(flip.eur_per_mw_year):
        return
    for key, slope in _slopes(run, site).items():
        value, unconfirmed = float(getattr(site, key)), site.is_unconfirmed(key)
        if slope <= 0 or not (unconfirmed or every):
            continue
        at = value + flip.eur_per_mw_year / slope
        if at >= 0:
            yield {
                "site": site.name,
                "flips": "out" if flip.inside else "in",
                "key": key,
                "value": value,
                "flips_at": at,
                "change": (at - value) / value if value else math.copysign(1e9, at - value),
                "unconfirmed": unconfirmed,
            }


def _slopes(run: Run, site: Site) -> dict[str, float]:
    """Return EUR a year per megawatt of IT and unit of each figure, with the cheapest design and option."""
    here = run.problem.sel(site=site.name)
    cost = here.option_cost_eur_per_mw_year.sum("option_term") + here.capacity_cost_eur_per_mw_year.sum(
        "capacity_term"
    )
    usable = (here.valid > 0.5) & (here.allowed > 0.5)
    cost = cost.where(usable, np.inf).transpose("design", "option")
    design, option = np.unravel_index(int(np.argmin(cost.values)), cost.shape)
    at = here.isel(design=int(design), option=int(option))
    terms = at.capacity_cost_eur_per_mw_year
    return {key: float(at[used]) for key, used in FACTS.items()} | {
        key: float(sum(terms.sel(capacity_term=t) for t in names if t in terms.capacity_term))
        / float(getattr(site, key))
        for key, names in SHARES.items()
        if float(getattr(site, key)) > 0
    }


def _indices(near: NearBest, seed: int, sobol: bool) -> list[dict[str, Any]]:
    """Return, by group of costs, what it does to the least cost and to where the megawatts stand."""
    from SALib.analyze import morris as morris_analysis
    from SALib.sample import morris as morris_sample

    groups = {name: (half, words) for name, (_, half, words) in (GROUPS | COLUMNS).items()}
    bounds = {"names": list(groups), "num_vars": len(groups), "bounds": [[-h, h] for h, _ in groups.values()]}
    points = morris_sample.sample(bounds, TRAJECTORIES, seed=seed)
    cost, moved = _outcomes(near, list(groups), points)
    by_cost = morris_analysis.analyze(bounds, points, cost, seed=seed)
    by_moved = morris_analysis.analyze(bounds, points, moved, seed=seed)
    first, total = _sobol(near, bounds, seed) if sobol else ([None] * len(groups), [None] * len(groups))
    rows = [
        {
            "group": name,
            "what": words,
            "range": half,
            "cost_eur": float(by_cost["mu_star"][i]),
            "cost_sigma_eur": float(by_cost["sigma"][i]),
            "moved_mw": float(by_moved["mu_star"][i]),
            "sobol_first": first[i],
            "sobol_total": total[i],
        }
        for i, (name, (half, words)) in enumerate(groups.items())
    ]
    return sorted(rows, key=lambda row: -float(str(row["cost_eur"])))


def _sobol(near: NearBest, bounds: dict[str, Any], seed: int) -> tuple[list[float], list[float]]:
    """Return first-order and total indices of the least cost."""
    from SALib.analyze import sobol as analysis
    from SALib.sample import sobol as sample

    points = sample.sample(bounds, SOBOL_BASE, calc_second_order=False, seed=seed)
    cost, _ = _outcomes(near, bounds["names"], points)
    found = analysis.analyze(bounds, cost, calc_second_order=False, seed=seed)
    return [float(v) for v in found["S1"]], [float(v) for v in found["ST"]]


def _outcomes(near: NearBest, names: list[str], points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the least cost, EUR, and the megawatts at other sites than with no change, by point."""
    columns = term_columns(near)
    _, base = replanned(near, columns, {})
    solved = [replanned(near, columns, dict(zip(names, point.tolist(), strict=True))) for point in points]
    return (
        np.asarray([cost for cost, _ in solved]),
        np.asarray([0.5 * float(np.abs(mw - base).sum()) for _, mw in solved]),
    )


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
