"""Plans side by side as a planner reads them: what each costs, emits, opens and when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from rich.console import Group, RenderableType

from twin.errors import BadInput, Fault
from twin.export.compare import FIGURES
from twin.export.plain_table import plain_table
from twin.results import Run

DECIMALS = {"EUR per GPU-hour": 3, "energy, TWh a year": 2, "carbon, g/kWh": 1, "hourly CFE": 3}
COST = "objective_eur"
Cells = Mapping[str, str]


def compare_view(runs: Sequence[Run]) -> RenderableType:
    """Return totals, halls by site with their first power, and the capacity path, a column per run.

    Later columns show in brackets how they differ from the first. Raises BadInput for fewer than two runs.
    """
    if len(runs) < 2:
        raise BadInput(
            Fault("compare", "runs", len(runs), "two or more run folders", "twin compare runs/A runs/B")
        )
    names = [run.name for run in runs]
    return Group(*(_table(title, names, rows) for title, rows in compared(runs).items()))


def compared(runs: Sequence[Run]) -> dict[str, Mapping[str, Sequence[str]]]:
    """Return title → label → a cell for each run: totals, halls, path, and levers that differ."""
    return {
        "Totals": _totals(runs),
        "Halls at the end, MW of IT, and first power": _sites(runs),
        "New halls by year, MW of IT": _years(runs),
        "Levers that differ": _levers(runs),
    }


def _table(title: str, names: Sequence[str], rows: Mapping[str, Sequence[str]]) -> RenderableType:
    table = plain_table(title)
    table.add_column("", no_wrap=True)
    for name in names:
        table.add_column(name, justify="right")
    for label, cells in rows.items():
        table.add_row(label, *cells)
    return table


def _totals(runs: Sequence[Run]) -> dict[str, list[str]]:
    rows = {}
    for label, (key, factor) in FIGURES.items():
        values = [float(run.manifest[key]) * factor for run in runs]
        rows[label] = _with_change(values, DECIMALS.get(label, 0))
        if key == COST:
            rows[label][1:] = map(_within_gaps, rows[label][1:], runs[1:], [runs[0]] * (len(runs) - 1))
    rows["gap"] = [f"{run.manifest['gap']:.2%}" for run in runs]
    return rows


def _with_change(values: Sequence[float], decimals: int) -> list[str]:
    cells = [f"{values[0]:,.{decimals}f}"]
    for value in values[1:]:
        change = value - values[0]
        small = abs(change) < 0.5 * 10.0**-decimals
        cells.append(f"{value:,.{decimals}f} ({'=' if small else f'{change:+,.{decimals}f}'})")
    return cells


def _within_gaps(cell: str, run: Run, first: Run) -> str:
    """Say so where proven gaps leave open which of two plans' cases is the cheaper one."""
    spans = [(one.manifest[COST] * (1 - one.manifest["gap"]), one.manifest[COST]) for one in (run, first)]
    apart = max(low for low, _ in spans) > min(high for _, high in spans)
    return cell if apart or cell.endswith("(=)") else f"{cell.removesuffix(')')}, within the gaps)"


def _sites(runs: Sequence[Run]) -> dict[str, list[str]]:
    """Sites with halls in any plan, the largest of the first plan first."""
    found = [_halls(run) for run in runs]
    every = dict.fromkeys(site for halls in found for site in halls)
    order = sorted(every, key=lambda site: (-found[0].get(site, (0.0, ""))[0], site))
    return {
        site: [f"{halls[site][0]:,.0f} from {halls[site][1]}" if site in halls else "–" for halls in found]
        for site in order
    }


def _halls(run: Run) -> dict[str, tuple[float, str]]:
    """Return site → final MW of IT and the quarter of first power."""
    mw, quarters = run.plan["mw_it"].transpose("site", "quarter").values, run.plan["quarter"].values
    return {
        str(site): (float(row[-1]), str(quarters[np.flatnonzero(row > 0)[0]]))
        for site, row in zip(run.plan["site"].values, mw, strict=True)
        if row[-1] > 0
    }


def _years(runs: Sequence[Run]) -> dict[str, list[str]]:
    """MW of IT in new halls at the end of each year that every plan covers."""
    ends = [
        {str(q)[:4]: float(mw) for q, mw in zip(run.plan["quarter"].values, _path(run), strict=True)}
        for run in runs
    ]
    years = [year for year in ends[0] if all(year in each for each in ends)]
    return {year: _with_change([each[year] for each in ends], 0) for year in years}


def _path(run: Run) -> Sequence[float]:
    path: list[float] = run.plan["mw_it"].sum("site").values.tolist()
    return path


def _levers(runs: Sequence[Run]) -> dict[str, list[str]]:
    """Lines of the case files that are not the same in all runs."""
    cases = [_flat_case(run) for run in runs]
    keys = dict.fromkeys(key for case in cases for key in case)
    rows = {key: [case.get(key, "–") for case in cases] for key in keys}
    return {key: cells for key, cells in rows.items() if len(set(cells)) > 1 and key != "name"}


def _flat_case(run: Run) -> dict[str, str]:
    table, found = "", {}
    for line in run.case_file.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            table = f"{line.strip('[]')}."
        elif " = " in line and not table.startswith("sources"):
            key, value = line.split(" = ", 1)
            found[f"{table}{key}"] = value
    return found
