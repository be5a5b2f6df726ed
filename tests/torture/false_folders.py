"""Run folders tampered with: every file rewritten as a forger would, then read again as `twin check` does."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from false_claims import cost_shaved, figure_shaved, gap_painted_small, total_shaved
from false_decisions import lease_hidden, mw_between_sites, part_of_a_hall, quarter_earlier
from false_moves import MOVES, hour_edited, saving_painted
from false_plans import FalsePlan, copied, share, with_variable
from true_plans import TruePlan, restated
from truth import Unchanged, changed

from twin.config.levers import canonical_toml, deciding_toml, with_levers
from twin.identity import digest_of_bytes, run_id
from twin.inputs import load_case
from twin.planning.certificate import Certificate
from twin.results import open_run
from twin.run import check_run
from twin.runfolder import seal


@dataclass(frozen=True)
class FalseFolder:
    """The certificate of a run folder made false, and the family that must be named."""

    certificate: Certificate
    family: str


FolderAttack = Callable[[TruePlan, np.random.Generator, Path], FalseFolder | None]


def _written(true: TruePlan, made: FalsePlan, folder: Path, **manifest: Any) -> FalseFolder:
    """Write the run with ``made`` in place of its plan, totals of the manifest included, and check it."""
    if true.run is None:
        raise ValueError("no run folder was kept")
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(true.run.folder, folder)
    for name, dataset in {"plan": made.plan, "problem": made.problem, "moves": made.moves}.items():
        (folder / f"{name}.nc").unlink(missing_ok=True)
        if dataset is not None:
            dataset.to_netcdf(folder / f"{name}.nc", engine="h5netcdf")
    totals = {k: v.item() if isinstance(v, np.generic) else v for k, v in made.plan.attrs.items()}
    said = true.run.manifest | totals | manifest
    (folder / "manifest.json").write_text(json.dumps(said), encoding="utf-8")
    seal(folder)
    return FalseFolder(check_run(open_run(folder)), made.family)


def _changed(true: TruePlan, made: FalsePlan, folder: Path) -> FalseFolder:
    """Write the false run; Unchanged where nothing of it is false."""
    if not changed(true, made.problem, made.plan, made.moves):
        raise Unchanged
    return _written(true, made, folder)


def _stored(perturbation: Callable[[TruePlan, np.random.Generator], FalsePlan | None]) -> FolderAttack:
    """Return the perturbation of a plan as one of the files that keep it."""

    def tampered(true: TruePlan, rng: np.random.Generator, folder: Path) -> FalseFolder | None:
        made = perturbation(true, rng)
        return None if made is None else _changed(true, made, folder)

    tampered.__name__ = f"stored_{perturbation.__name__}"
    return tampered


def _unchanged(true: TruePlan, family: str) -> FalsePlan:
    return FalsePlan(true.problem, copied(true), true.moves, family)


def manifest_shaved(true: TruePlan, rng: np.random.Generator, folder: Path) -> FalseFolder | None:
    """Only the manifest, which is what people read, says less."""
    name = str(rng.choice(["objective_eur", "capex_eur", "carbon_t_per_year", "mw_it_final", "gpus_new"]))
    if not true.plan.attrs[name]:
        return None
    less = {name: float(true.plan.attrs[name]) * (1.0 - share(rng))}
    return _written(true, _unchanged(true, "manifest"), folder, **less)


def gap_of_the_manifest(true: TruePlan, rng: np.random.Generator, folder: Path) -> FalseFolder | None:
    """The bound is raised to the cost and the gap is none, in the manifest alone."""
    claim = {"bound_eur": float(true.plan.attrs["objective_eur"]), "gap": 0.0}
    if true.plan.attrs["gap"] < 1e-5:
        return None
    return _written(true, _unchanged(true, "manifest"), folder, **claim)


def limit_loosened(true: TruePlan, rng: np.random.Generator, folder: Path) -> FalseFolder | None:
    """A limit of the stored problem is looser than that of the case beside it."""
    problem, names = true.problem, [str(v) for v in true.problem.limit_name.values]
    on = np.flatnonzero(problem.limit_active.values > 0.5)
    value, active, i = problem.limit.values.copy(), problem.limit_active.values.copy(), int(rng.choice(on))
    if rng.random() < 0.5:
        active[i] = 0.0
    else:
        value[i] += (
            max(1.0, value[i])
            * share(rng)
            * (-1.0 if names[i] in ("min_eu_share", "final_own_share") else 1.0)
        )
    loose = with_variable(with_variable(problem, "limit", value), "limit_active", active)
    return _changed(true, FalsePlan(loose, copied(true), true.moves, "case"), folder)


def less_wanted(true: TruePlan, rng: np.random.Generator, folder: Path) -> FalseFolder | None:
    """The path of the stored problem asks for less, and the plan rents less."""
    wanted = true.problem.path_mw.values.copy()
    wanted[rng.integers(len(wanted))] *= 1.0 - share(rng)
    problem = with_variable(true.problem, "path_mw", wanted)
    return _changed(true, FalsePlan(problem, restated(copied(true), problem), true.moves, "case"), folder)


def cheaper_rent(true: TruePlan, rng: np.random.Generator, folder: Path) -> FalseFolder | None:
    """The stored problem discounts more than the case does: every later year costs less."""
    problem = with_variable(
        true.problem, "weight_years", true.problem.weight_years.values * (1.0 - share(rng))
    )
    return _changed(true, FalsePlan(problem, restated(copied(true), problem), true.moves, "case"), folder)


def case_loosened(true: TruePlan, rng: np.random.Generator, folder: Path) -> FalseFolder | None:
    """The case beside the plan is another one, under the same id."""
    if true.run is None:
        return None
    other = with_levers(load_case(str(true.run.case_file)), ["seed=2031"])
    found = _swapped(true, folder, canonical_toml(other), {})
    return FalseFolder(found, "manifest")


def case_and_its_digest(true: TruePlan, rng: np.random.Generator, folder: Path) -> FalseFolder | None:
    """The case is stricter and the digests follow: the plan was not made for it."""
    if true.run is None:
        return None
    other = with_levers(load_case(str(true.run.case_file)), ["policy.max_carbon_g_per_kwh=1.5"])
    inputs = true.run.manifest["inputs"] | {"case": digest_of_bytes(deciding_toml(other).encode())}
    claim = {"inputs": inputs, "run": run_id(inputs)}
    return FalseFolder(_swapped(true, folder, canonical_toml(other), claim), "case")


def _swapped(true: TruePlan, folder: Path, case: str, manifest: dict[str, Any]) -> Certificate:
    _written(true, _unchanged(true, ""), folder, **manifest)
    (folder / "case.toml").write_text(case, encoding="utf-8")
    seal(folder)
    return check_run(open_run(folder))


def hours_taken_away(true: TruePlan, rng: np.random.Generator, folder: Path) -> FalseFolder | None:
    if true.moves is None:
        return None
    return _changed(true, FalsePlan(true.problem, copied(true), None, "moved_work"), folder)


def site_added(true: TruePlan, rng: np.random.Generator, folder: Path) -> FalseFolder | None:
    """Problem and plan both hold a site that the case does not name."""
    case = load_case(str(true.run.case_file)) if true.run is not None else None
    if case is None or case.sites == "all":
        return None
    more = [_with_site(dataset) for dataset in (true.problem, copied(true))]
    return _changed(true, FalsePlan(more[0], more[1], true.moves, "case"), folder)


def _with_site(dataset: xr.Dataset) -> xr.Dataset:
    empty = dataset.isel(site=[-1]).assign_coords(site=["XX-NEW"])
    figures = {
        n: empty[n] * 0.0 for n in empty.data_vars if "site" in empty[n].dims and empty[n].dtype.kind == "f"
    }
    parts = [dataset, empty.assign(figures)]
    return xr.concat(parts, "site", data_vars="minimal", coords="minimal", compat="override")


FOLDERS: tuple[FolderAttack, ...] = (
    manifest_shaved, gap_of_the_manifest, limit_loosened, limit_loosened, less_wanted, cheaper_rent,
    case_loosened, case_and_its_digest, hours_taken_away, site_added,
    *map(_stored, (
        mw_between_sites, part_of_a_hall, quarter_earlier, lease_hidden, figure_shaved, total_shaved,
        cost_shaved, gap_painted_small, hour_edited, saving_painted, MOVES[-1],
    )),
)  # fmt: skip
