"""Small extreme cases: one site and one design, so that a person can say what the plan must be."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from typer.testing import CliRunner

from twin.config.case import Case
from twin.config.toml import with_none
from twin.grids.energy import reference_energy
from twin.grids.netcdf import write_netcdf
from twin.inputs import load_case
from twin.progress import Reporter
from twin.results import Run
from twin.run import plan_case

SITE, ZONE = "SE-BOR", "SE_3"
OWNED_MW, HOSTED_MW = 77.0, 12.0
"""The starting fleet: 77 MW its own, 12 MW hosted."""
HALL_MW, MOST_HALLS = 10.0, 2
"""One hall; power comes in the last quarter, when two of them may start."""
SMALL: dict[str, Any] = {
    "sites": [SITE],
    "designs": {"dry": {"rack": "gb200-nvl72", "cooling": "dry-cooler-trim", "power_train": "n-plus-1"}},
    "target": {"final_own_share": 0.8, "path_mw": {"2027Q4": 100.0, "2028Q4": 110.0}},
    "policy": {"max_site_share": 1.0, "max_zone_share": 1.0},
    "energy": {"options": ["grid_only"]},
}


def small_case(**tables: Any) -> Case:
    """Return the small case, with tables changed: ``energy={"grid": "x.nc"}``."""
    data = load_case("tiny").model_dump()
    for changes in (SMALL, tables):
        for key, value in changes.items():
            merged = isinstance(value, dict) and key != "designs"
            data[key] = data[key] | value if merged else value
    return Case.model_validate(with_none(data, Case))


def planned(out: Path, **tables: Any) -> Run:
    """Return the certified run of a small case."""
    return plan_case(small_case(**tables), out, Reporter(quiet=True))


def grid_file(folder: Path, name: str, hours: Mapping[str, float | Callable[[Any], Any]]) -> str:
    """Write a grid of the one zone with some series replaced, by a number or a function; return its path."""
    path = folder / f"{name}.nc"
    if not path.exists():
        grid = reference_energy([ZONE], 2030)
        for variable, value in hours.items():
            values = value(grid[variable].values) if callable(value) else value
            grid[variable] = (grid[variable].dims, np.broadcast_to(values, grid[variable].shape).copy())
        grid.attrs = {"kind": "energy grid file", "calendar_year": 2030, "label": name}
        write_netcdf(grid, path)
    return str(path)


def no_absurd_figure(run: Run) -> None:
    """Fail on a figure of the plan that cannot be: not a number, less than nothing, more than all."""
    may_be_negative = ("eur", "moved", "price", "cost", "binding")
    for name, values in run.plan.data_vars.items():
        if values.dtype.kind != "f" or not values.size:
            continue
        assert np.isfinite(values).all(), name
        if not any(word in str(name) for word in may_be_negative):
            assert float(values.min()) >= 0.0, name
    for key, value in run.manifest.items():
        assert not isinstance(value, float) or np.isfinite(value), key
    assert 0.0 <= run.manifest["cfe_hourly"] <= 1.0
    assert run.manifest["max_violation"] <= 1e-6


def shown_well(run: Run, other: Run, to: Path) -> None:
    """Fail where a table, the report, an export or a comparison breaks or shows what is no number."""
    folder = str(run.folder)
    lines = (
        ["show-run", folder],
        ["check", folder],
        ["export", folder, "--to", "geojson,xlsx", "--out", str(to)],
        ["compare", folder, str(other.folder)],
        ["report", folder, "--out", str(to / "report.html")],
    )
    for line in lines:
        result = _invoke(line)
        assert result.exit_code == 0, (line[0], result.output, result.exception)
        assert not absurd_text(result.output), (line[0], absurd_text(result.output))
    assert not absurd_text(_words_of((to / "report.html").read_text(encoding="utf-8")))
    assert "NaN" not in next(to.glob("*.geojson")).read_text(encoding="utf-8")


def absurd_text(text: str) -> list[str]:
    """Return what is no number, or nothing with a sign, in a text."""
    return re.findall(r".{0,30}(?:\b(?:nan|NaN|inf|Infinity)\b|(?<![\w.-])-0(?:\.0+)?(?![\d.])).{0,20}", text)


def _words_of(page: str) -> str:
    bare = re.sub(r"<script.*?</script>|<style.*?</style>|<svg.*?</svg>", " ", page, flags=re.S)
    return re.sub(r"<[^>]+>", " ", bare)


def _invoke(line: list[str]) -> Any:
    from twin.cli.commands import app

    return CliRunner().invoke(app, line)


def year_of(run: Run) -> xr.Dataset:
    """Return the menu figures of the one option of the one site."""
    return run.menu.isel(site=0, design=0, option=0)
