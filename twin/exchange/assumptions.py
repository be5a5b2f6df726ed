"""Every figure that a plan stands on, with its source and how far to trust it."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from twin import library
from twin.config.base import Model
from twin.config.case import Case
from twin.config.units import unit_of
from twin.exchange.tables import Tidy
from twin.exchange.text import clean
from twin.export.rows import sites
from twin.inputs import load_case
from twin.library_text import figures, source_of
from twin.results import Run

COLUMNS = ("model", "figure", "value", "unit", "confidence", "source", "note")


def assumption_table(run: Run) -> Tidy:
    """Return one row per figure of the case, its costs and fleet, the designs built and the sites chosen.

    ``value`` is text where a figure is a list. Raises BadInput when a model of the case is no longer there.
    """
    rows = [row for kind, model in _models(run) for row in _rows(kind, model)]
    texts = {
        "model": "File under models/ that holds the figure, or the case of the run",
        "confidence": "high, medium, low, or unconfirmed: no public source confirms it",
    }
    return Tidy("assumptions", pd.DataFrame(rows, columns=list(COLUMNS)), texts)


def _models(run: Run) -> Iterator[tuple[str, Model]]:
    case = load_case(str(run.case_file))
    yield "cases", case
    yield "technologies", library.get("technologies", case.technologies)
    yield "fleets", library.get("fleets", case.fleet)
    yield from (("workloads", library.get("workloads", name)) for name in case.workloads)
    yield from _designs(run, case)
    chosen = run.plan["mw_it"].isel(quarter=-1).values > 0
    yield from (("sites", site) for site, built in zip(sites(run), chosen, strict=True) if built)


def _designs(run: Run, case: Case) -> Iterator[tuple[str, Model]]:
    built = [name for name in case.designs if name in run.plan["design_name"].values]
    for kind in ("racks", "cooling", "power_trains"):
        refs = dict.fromkeys(getattr(case.designs[name], _KEYS[kind]) for name in built)
        yield from ((kind, library.get(kind, ref)) for ref in refs)


_KEYS = {"racks": "rack", "cooling": "cooling", "power_trains": "power_train"}


def _rows(kind: str, model: Model) -> Iterator[dict[str, object]]:
    for key, value in figures(model):
        source = source_of(model, key)
        yield {
            "model": clean(f"{kind}/{model.name}"),
            "figure": clean(key),
            "value": ", ".join(map(str, value)) if isinstance(value, (tuple, list)) else value,
            "unit": unit_of(key),
            "confidence": source.confidence if source else "",
            "source": clean(source.source) if source else "",
            "note": clean(source.note) if source else "",
        }
