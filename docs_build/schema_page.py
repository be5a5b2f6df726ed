"""The page of every Dataset: from ``twin/schema.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from importlib import resources

from docs_build.markdown import code, table
from twin.schema import Variable, variables

_PARTS = {
    "grids": "Hours of a year by zone, site and workload: what a plan is made from.",
    "live": "One chunk of a live source as published, by quarter-hours or hours; gaps stay gaps.",
    "weather_file": "Written by `twin grids fetch`, read where `energy.weather` names it.",
    "generation": "What `twin grids carbon` makes; gaps where the generation of an hour is unknown.",
    "facility": "Heat and power of every design at every site.",
    "menu": "Supply options on offer, per MW of IT: `menu.nc` of a run.",
    "problem": "Every number that the siting master is given: `problem.nc` of a run.",
    "plan": "What was decided, and its summaries: `plan.nc` of a run.",
    "ensemble": "Several drawn years at once: `twin grids ensemble`.",
    "moves": "Hours of work that moves between sites: `moves.nc` of a run with `[shifting]`.",
    "load": "The GPU load by workload and region: `twin load show`.",
    "racks": "A year of every rack: `twin racks`.",
    "replay": "A year of operation: `twin replay`.",
}


def kinds() -> list[str]:
    """Return the kinds of Datasets, in the order of the schema."""
    return list(tomllib.loads(resources.files("twin").joinpath("schema.toml").read_text(encoding="utf-8")))


def schema_page() -> str:
    """Return the page: one table for each kind."""
    return "\n".join(_lines())


def _lines() -> Iterator[str]:
    yield "# Datasets\n"
    yield (
        "Every stage hands the next one an xarray Dataset. What it must hold stands in `twin/schema.toml` "
        "and is checked at the end of the stage: dimensions in this order, no missing numbers (but in `live` "
        "and `generation`), nothing outside the bounds.\n"
    )
    yield (
        "One sign convention everywhere: power is positive when it is delivered into the site's bus, costs "
        "are positive when paid. Where a variable may have either sign, the text says which is which.\n"
    )
    for kind in kinds():
        yield f"## {kind}\n\n{_PARTS.get(kind, '')}\n"
        header = ("variable", "what it is", "dimensions", "unit", "sign", "bounds")
        yield table(header, map(_row, variables(kind).values())) + "\n"


def _row(var: Variable) -> tuple[str, ...]:
    dims = " × ".join(var.dims) or "one number"
    return code(var.name), var.text, dims, var.units, _sign(var), _bounds(var)


def _sign(var: Variable) -> str:
    if var.units == "text":
        return ""
    return "≥ 0" if var.lower is not None and var.lower >= 0 else "either"


def _bounds(var: Variable) -> str:
    if var.lower is None and var.upper is None:
        return ""
    low, high = ("…" if bound is None else f"{bound:,g}" for bound in (var.lower, var.upper))
    return f"{low} to {high}"
