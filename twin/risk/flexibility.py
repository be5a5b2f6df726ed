"""The value of flexibility: power that may be cut, load that waits, batteries, an earlier quarter.

Every lever is planned with and without, over the same supply options, to a gap far below the differences.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import xarray as xr

from twin import library
from twin.config.case import Case
from twin.facility import facility
from twin.grids.load import fleet_it_power_pu
from twin.ground import MENU_CACHE, Ground, hourly_grids, problem_builder
from twin.inputs import load_inputs
from twin.planning.flexible import Worth, curtailable, side_by_side, sooner, without_batteries, worth
from twin.planning.menu import open_menu
from twin.progress import Reporter
from twin.results import Run
from twin.wholefile import write_whole

FILE = "flexibility.json"
EARLIER_QUARTERS = 4
"""Quarters by which power that may be cut comes before it is firm. Our judgement."""
PART = 0.85
"""Part of the path for which load that waits is valued: without the leaner options priced for the plan, its
sites alone may not reach all of it."""


def flexibility(run: Run, reporter: Reporter, load: bool = True) -> dict[str, Any]:
    """Return what each lever of flexibility is worth to a run, as JSON-ready data; money is net present EUR.

    ``load=False`` leaves out load that waits: it alone needs supply priced anew, for the chosen sites.
    Raises BadInput and SystemFailure.
    """
    case: Case = library.get("cases", run.case_file)
    problem, terms, hours_cut = run.problem, case.horizon, case.connection.nonfirm_hours_cut
    with reporter.stage("flexibility", "Plans with and without each lever"):
        base = worth(problem)
        soon = worth(sooner(problem, 1))
        cut = worth(
            curtailable(
                problem,
                EARLIER_QUARTERS,
                case.connection.nonfirm_hours_cut,
                terms.discount_rate,
                terms.tail_years,
            )
        )
        bare = worth(without_batteries(problem, run.menu))
    rows = [
        _row("one quarter of earlier power", "every site's tiers, firm", base, soon),
        _row(
            "connections that may be cut",
            f"{EARLIER_QUARTERS} quarters earlier, cut {hours_cut:g} h a year until firm",
            base,
            cut,
        ),
        _row("batteries", "in supply options, against none", bare, base),
    ]
    if load:
        stays, waits = _deferral(run, case, reporter)
        what = f"at the plan's sites and designs, named options, {PART:.0%} of the path"
        rows.append(_row("load that waits", what, stays, waits))
    return {
        "run": str(run.manifest["run"]),
        "case": case.name,
        "cost_eur": base.cost_eur,
        "most_new_mw": base.most_mw,
        "levers": rows,
    }


def write_flexibility(found: Mapping[str, Any], folder: Path) -> Path:
    """Write the values into a run folder; return the file. Raises OSError."""
    write_whole(folder / FILE, (json.dumps(found, indent=2) + "\n").encode())
    return folder / FILE


def _row(name: str, what: str, without: Worth, with_it: Worth) -> dict[str, Any]:
    """Return one lever. ``doubt_eur`` is what both searches left open; a saving below it may be none."""
    open_eur = (without.cost_eur - without.bound_eur) + (with_it.cost_eur - with_it.bound_eur)
    known = all(w.most_mw > 0 for w in (without, with_it))
    return {
        "name": name,
        "what": what,
        "saved_eur": without.cost_eur - with_it.cost_eur if known else None,
        "doubt_eur": max(0.0, open_eur) if known else None,
        "gained_mw": with_it.most_mw - without.most_mw,
        "possible_without": without.most_mw > 0,
    }


def _deferral(run: Run, case: Case, reporter: Reporter) -> tuple[Worth, Worth]:
    """Return the worth of the plan's own sites and designs with load that stays and that may wait.

    With the latter the options of the former stay on offer: work that may wait need not, and where it waits
    for cheap hours the peak is higher, which costs megawatts where connections are full.
    """
    chosen = run.plan.mw_it.values[:, -1] > 0
    designs = {str(name) for name in run.plan.design_name.values[chosen]}
    few = case.model_copy(update={"designs": {k: d for k, d in case.designs.items() if k in designs}})
    inputs = load_inputs(few)
    wanted = {str(name) for name in run.plan.site.values[chosen]}
    sites, weather, workloads, grids = hourly_grids(few, [s for s in inputs.sites if s.name in wanted])
    halls = facility(sites, inputs.halls, weather, fleet_it_power_pu(grids).values)
    halls["shortlisted"] = xr.ones_like(halls["feasible"])
    cache, found, offered = run.folder.parent / MENU_CACHE, list[Worth](), list[xr.Dataset]()
    for text, share in (("stays", 0.0), ("waits", 1.0)):
        moved = grids.assign(deferrable_share=grids["deferrable_share"] * share)
        with reporter.stage(f"load {text}", f"Supply of the chosen sites where load {text}"):
            menu = open_menu(sites, halls, moved, inputs.technology, few, cache, reporter.advance)
            ground = Ground(sites, workloads, moved, halls, menu)
            options = menu.dataset()
            offered.append(options.assign_coords(option=[f"{text} {o}" for o in options["option"].values]))
            whole = problem_builder(inputs, ground)(side_by_side(offered))
            path = (PART * whole.path_mw).clip(min=whole.committed_mw)
            found.append(worth(whole.assign(path_mw=path)))
    return found[0], found[1]
