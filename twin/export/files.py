"""The files of a run folder, as bytes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import xarray as xr

from twin.config.case import Case
from twin.config.levers import canonical_toml
from twin.config.site import Site
from twin.export.csv import csv_text
from twin.export.geojson import geojson_text
from twin.export.map import draw_map
from twin.export.path import draw_path
from twin.export.rows import site_rows
from twin.netcdf import dataset_bytes
from twin.wholefile import scratch

MOVES_FILE = "moves.nc"
"""Hours of work that moves between sites; absent where none may."""


def run_files(
    case: Case,
    manifest: Mapping[str, Any],
    plan: xr.Dataset,
    problem: xr.Dataset,
    menu: xr.Dataset,
    sites: Sequence[Site],
    log_lines: Sequence[str],
    moves: xr.Dataset | None = None,
    *,
    light: bool = False,
) -> dict[str, bytes]:
    """Return name → content of every file of the run folder; ``light`` packs them and draws no pictures."""
    rows = site_rows(plan, menu, sites)
    title = (
        f"{case.title or case.name}: {manifest['mw_it_final']:,.0f} MW of IT by {plan['quarter'].values[-1]}"
    )
    datasets = {"menu.nc": menu, "plan.nc": _timeless(plan), "problem.nc": problem}
    binary = {name: dataset_bytes(each, _packed(each) if light else None) for name, each in datasets.items()}
    if moves is not None:  # hours of every supply and quarter: worth compressing
        binary[MOVES_FILE] = dataset_bytes(moves, _packed(moves))
    if not light:
        with scratch() as folder:
            draw_map(rows, title, folder / "map.png")
            draw_path(plan, problem, title, folder / "path.png")
            binary |= {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
    return {
        "case.toml": canonical_toml(case).encode(),
        **binary,
        "sites.geojson": geojson_text(rows).encode(),
        "sites.csv": csv_text(rows).encode(),
        "log.txt": ("\n".join(log_lines) + "\n").encode(),
        "manifest.json": (json.dumps(manifest, indent=2, allow_nan=False) + "\n").encode(),
    }


def _timeless(plan: xr.Dataset) -> xr.Dataset:
    """Return the plan without the seconds it took, which the manifest keeps: equal plans are equal files."""
    lasting = plan.copy()
    lasting.attrs = {name: v for name, v in plan.attrs.items() if not str(name).startswith("seconds_")}
    return lasting


def _packed(dataset: xr.Dataset) -> Any:
    """Return the encoding that compresses every figure; text stays as it is."""
    figures = [
        str(name) for name, array in dataset.data_vars.items() if array.dtype.kind == "f" and array.ndim
    ]
    return {name: {"compression": "gzip", "compression_opts": 4} for name in figures}
