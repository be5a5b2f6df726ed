"""One run from case to certified plan, and the folder that keeps it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from twin import identity, library
from twin.config.case import Case
from twin.config.levers import canonical_toml, deciding_toml, with_levers
from twin.errors import BadInput, Uncertified
from twin.export.files import run_files
from twin.ground import MENU_CACHE, Ground, lay_ground, problem_builder
from twin.inputs import Inputs, load_inputs
from twin.planning.certificate import Certificate
from twin.planning.certificate import check as certify
from twin.planning.certificate_claims import case_family, manifest_family
from twin.planning.menu import Menu
from twin.planning.proof import OUT_OF_SUPPLIES, OUT_OF_TIME, Early, ProvenPlan, prove
from twin.processes import one_blas_thread
from twin.progress import Reporter, peak_memory_mb
from twin.results import SCHEMA_VERSION, Run, open_run
from twin.runfolder import publish, sweep

OPEN_GAP = {
    OUT_OF_TIME: "the solver stopped on time",
    OUT_OF_SUPPLIES: "no other supply was left to ask for",
}
"""Why a plan's gap may lie above the one asked for, by its status."""

GRID_NOTES = ("price_proxied", "price_level_low_confidence", "price_generated", "generated", "excluded",
              "weather", "weather_drawn")  # fmt: skip
"""What a reader must know of the grids: stand-ins, doubtful levels, hours drawn, zones left out, weather."""


@dataclass(frozen=True)
class Made:
    """A certified plan: the menu it was made from, the plan with its problem, and its certificate."""

    menu: xr.Dataset
    found: ProvenPlan
    certificate: Certificate


@dataclass(frozen=True)
class FirstPlan:
    """Who is shown a certified plan while its gap is still open, as a run folder of its own.

    One is shown, at the end of the first round of search after ``after_s``, and none where the gap is closed
    by then. Its run is that of the same case with ``solver.time_limit_s`` at ``after_s``.
    """

    after_s: float
    show: Callable[[Path], None]


def plan_case(
    case: Case,
    out: Path,
    reporter: Reporter,
    *,
    force: bool = False,
    ground: Ground | None = None,
    first: FirstPlan | None = None,
) -> Run:
    """Plan a case and return its finished run; an equal run that is already there is found, not repeated.

    ``ground`` is that of a case that differs in policy or target alone; without it one is laid.
    Raises BadInput, Impossible, SystemFailure or Uncertified; no folder is left behind by a failure.
    """
    inputs = load_inputs(case)
    folder = out / inputs.run_id
    sweep(out)
    if folder.is_dir() and not force and (kept := _kept(folder, reporter)) is not None:
        return kept
    started = time.perf_counter()
    ground = ground or lay_ground(inputs, out / MENU_CACHE, reporter)
    early = None if first is None else _shown_first(case, ground, out, reporter, started, first)
    made = certified(inputs, ground, reporter, early)
    with reporter.stage("export", "Writing the run folder"):
        _written(inputs, ground, made, out, reporter, started)
    found = made.found
    return open_run(folder).holding(plan=found.plan, problem=found.problem, menu=made.menu, moves=found.moves)


def _kept(folder: Path, reporter: Reporter) -> Run | None:
    """Return the finished run of a folder, or None where it is not whole any more, which is said."""
    try:
        run = open_run(folder)
    except BadInput as error:
        wrong = "; ".join(f"{fault.file}: {fault.value}" for fault in error.faults)
        reporter.say(f"warning: {folder} is not as it was written and is planned again: {wrong}")
        return None
    reporter.say(f"found the finished run {folder} (--force solves again)")
    return run


def _shown_first(
    case: Case, ground: Ground, out: Path, reporter: Reporter, started: float, first: FirstPlan
) -> tuple[float, Callable[[Made], None]]:
    """Return when a first plan is taken, and what writes and shows it."""
    shorter = with_levers(case, {"solver.time_limit_s": f"{first.after_s:g}"})

    def take(made: Made) -> None:
        first.show(_written(load_inputs(shorter), ground, made, out, reporter, started))

    return first.after_s, take


def _written(
    inputs: Inputs, ground: Ground, made: Made, out: Path, reporter: Reporter, started: float
) -> Path:
    """Write the run folder of a certified plan and return it. Raises SystemFailure."""
    found = made.found
    manifest = manifest_of(inputs, found.plan, made.certificate, ground.grids)
    manifest["seconds"] = {**reporter.seconds, "total": round(time.perf_counter() - started, 3)}
    parts = found.plan, found.problem, made.menu
    files = run_files(inputs.case, manifest, *parts, inputs.sites, reporter.lines, found.moves)
    publish(out / inputs.run_id, files)
    return out / inputs.run_id


@one_blas_thread()
def certified(
    inputs: Inputs,
    ground: Ground,
    reporter: Reporter,
    early: tuple[float, Callable[[Made], None]] | None = None,
) -> Made:
    """Return the plan of a case with its certificate; ``early`` is given one while its gap is still open.

    Raises Impossible, SystemFailure and Uncertified.
    """
    case, menu, build = inputs.case, ground.fresh(), problem_builder(inputs, ground)
    taken = None if early is None else Early(early[0], lambda found: early[1](_made(menu, found)))
    with reporter.stage("master", "Choosing sites, sizes and dates, and proving them"):
        found = prove(menu, build, case.solver.gap, case.solver.time_limit_s, reporter.say, taken)
    if (why := OPEN_GAP.get(str(found.plan.attrs["status"]))) is not None:
        reporter.say(f"warning: {why}; the plan is within {found.plan.attrs['gap']:.2%} of its bound")
    if "numerics" in found.plan.attrs:
        reporter.say(f"warning: {found.plan.attrs['numerics']}; see: twin numerics")
    with reporter.stage("certificate", "Independent certificate"):
        return _made(menu, found)


def _made(menu: Menu, found: ProvenPlan) -> Made:
    """Certify a plan. Raises Uncertified."""
    certificate = certify(found.problem, found.plan, found.moves)
    if not certificate.passed:
        raise Uncertified(f"the plan failed its certificate and is not shown\n{certificate}")
    # options priced after the best plan was found are not part of it
    return Made(menu.dataset().sel(option=found.problem.option.values), found, certificate)


def check_run(run: Run) -> Certificate:
    """Certify the plan of a finished run again, from its files alone.

    Beside the plan: whether its problem is that of its case, and its manifest says what it says. Raises
    BadInput for files that cannot be read.
    """
    certificate = certify(run.problem, run.plan, run.moves)
    if "shape" in certificate.broken:
        return certificate
    case = library.get("cases", str(run.case_file))
    # digests of before a case's number of processes ceased to count
    digests = [identity.digest_of_bytes(text(case).encode()) for text in (deciding_toml, canonical_toml)]
    claims = {
        "case": case_family(run.problem, run.plan, case),
        "manifest": manifest_family(run.plan, run.manifest, digests, identity.run_id),
    }
    return replace(certificate, violations=certificate.violations | claims)


def manifest_of(
    inputs: Inputs, plan: xr.Dataset, certificate: Certificate, grids: xr.Dataset
) -> dict[str, Any]:
    """Return the manifest of a certified plan; money in EUR, yearly figures of the last quarter's fleet."""
    totals = {
        key: value.item() if isinstance(value, np.generic) else value for key, value in plan.attrs.items()
    }
    return {
        "schema_version": SCHEMA_VERSION,
        "run": inputs.run_id,
        "case": inputs.case.name,
        "energy_grid": grids.attrs["label"],
        "energy_grid_notes": {name: grids.attrs[name] for name in GRID_NOTES if grids.attrs.get(name)},
        **totals,
        "max_violation": certificate.max_violation,
        "peak_memory_mb": peak_memory_mb(),
        "versions": identity.versions(),
        "inputs": inputs.digests,
        "created": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }
