"""Whether the parts of a run folder are what this version of the twin reads, and fit together.

Digests tell a damaged file from the one that was written; this tells a run from what another program, or
a hand, wrote in its place.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from twin.errors import BadInput, Fault
from twin.grids.marginals import HOURS
from twin.schema import Variable, checked, variables

NUMBERS = (
    "mw_it_final", "mw_it_new", "gpus_new", "capex_eur", "energy_mwh_per_year", "carbon_t_per_year",
    "carbon_g_per_kwh", "cfe_hourly", "levelised_eur_per_mw_year", "levelised_eur_per_gpu_hour",
    "own_saves_eur", "own_saves_share", "objective_eur", "bound_eur", "gap", "gap_is_proven",
)  # fmt: skip
"""Totals of a plan, in its attributes and in the manifest."""
OF_MANIFEST = {
    **dict.fromkeys((*NUMBERS, "max_violation"), "a number"),
    **dict.fromkeys(("run", "case", "energy_grid", "status", "created"), "text"),
    **dict.fromkeys(("energy_grid_notes", "versions", "inputs"), "a table of texts"),
}
OF_DATASET = {
    "plan": {**dict.fromkeys(NUMBERS, "a number"), "status": "text"},
    "problem": {"basis": "text", "case": "text", "gpu_capex": "a number", "max_contract_share": "a number",
                "most_work_eur_per_mw_year": "a number"},
    "menu": {"most_work_eur_per_mw_year": "a number"},
}  # fmt: skip
"""Attributes that are read, and what they are."""
BESIDE = frozenset({"quarter_earlier_eur"})
"""What may be missing of a plan: a report leaves its figure out."""
UNLABELLED = frozenset({"ruling", "finding", "supply", "fault"})
"""Dimensions whose places have numbers alone."""
SHARED = ("site", "design", "option", "quarter")
_AGAIN = "plan the case again"


def check_manifest(manifest: Mapping[str, Any], file: Path) -> None:
    """Raise BadInput with every fault of a manifest."""
    _raise(_of_table(manifest, OF_MANIFEST, file))


def check_dataset(kind: str, dataset: xr.Dataset, file: Path) -> xr.Dataset:
    """Return a Dataset of ``kind`` plan, problem, menu or moves, or raise BadInput with all its faults.

    Variables have the dimensions of the schema and numbers where it wants them, dimensions have labels of
    their own; values are the certificate's to judge.
    """
    faults = [fault for var in variables(kind).values() for fault in _of_variable(var, dataset, file)]
    faults += _of_labels(dataset, file, _AGAIN)
    _raise(faults or list(_of_table(dataset.attrs, OF_DATASET.get(kind, {}), file)))
    return dataset


def check_replay(dataset: xr.Dataset, file: Path, again: str) -> xr.Dataset:
    """Return a replay that is what ``twin replay`` writes, every hour of a year, or raise BadInput."""
    faults = list(_of_labels(dataset, file, again))
    if dataset.sizes.get("time") != HOURS:
        faults.append(Fault(str(file), "time", dataset.sizes.get("time"), f"{HOURS} hours", again))
    _raise(faults)
    return checked("replay", dataset, str(file))


def check_labels(dataset: xr.Dataset, plan: xr.Dataset, file: Path) -> xr.Dataset:
    """Return the Dataset; raises BadInput where sites, designs, options or quarters are not the plan's."""
    shared = [dim for dim in SHARED if dim in dataset.dims]
    _raise(
        Fault(str(file), dim, f"{dataset.sizes[dim]} labels", f"the {plan.sizes[dim]} of plan.nc", _AGAIN)
        for dim in shared
        if not np.array_equal(dataset[dim].values, plan[dim].values)
    )
    return dataset


def _of_labels(dataset: xr.Dataset, file: Path, again: str) -> Iterator[Fault]:
    for dim in dataset.dims:
        labels = dataset[dim].values.tolist() if dim in dataset.coords else None
        if dim not in UNLABELLED and (labels is None or len(set(labels)) < len(labels)):
            found = "no labels" if labels is None else "labels that repeat"
            yield Fault(str(file), str(dim), found, "labels of its own", again)


def _of_variable(var: Variable, dataset: xr.Dataset, file: Path) -> Iterator[Fault]:
    if var.name not in dataset:
        if var.name not in BESIDE:
            yield Fault(str(file), var.name, "missing", "what this version of twin writes", _AGAIN)
        return
    array = dataset[var.name]
    if array.dims != var.dims:
        yield Fault(str(file), var.name, " x ".join(map(str, array.dims)), " x ".join(var.dims), _AGAIN)
    elif (var.units == "text") == (array.dtype.kind in "biuf"):
        expected = "text" if var.units == "text" else f"numbers in {var.units}"
        yield Fault(str(file), var.name, f"type {array.dtype.name}", expected, _AGAIN)


def _of_table(table: Mapping[Any, Any], wanted: Mapping[str, str], file: Path) -> Iterator[Fault]:
    missing = [name for name in wanted if name not in table]
    if missing:
        yield Fault(str(file), "keys", f"without {', '.join(missing)}", "a manifest of twin plan", _AGAIN)
    for name, what in wanted.items():
        if name in table and not _is(table[name], what):
            yield Fault(str(file), name, _shown(table[name]), what, _AGAIN)


def _is(value: object, what: str) -> bool:
    if isinstance(value, np.generic):
        value = value.item()
    if what == "text":
        return isinstance(value, str)
    if what == "a number":
        return isinstance(value, (int, float)) and abs(value) < 1e300 and not math.isnan(value)
    return isinstance(value, dict) and all(isinstance(each, str) for each in value.values())


def _shown(value: object) -> object:
    text = str(value)
    return value if len(text) < 80 else f"{text[:60]}…"


def _raise(faults: Iterator[Fault] | list[Fault]) -> None:
    if found := list(faults):
        raise BadInput(found)
