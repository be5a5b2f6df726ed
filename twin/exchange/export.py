"""A run in the formats that other tools read: made whole, then put in place."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path

import xarray as xr

from twin.errors import BadInput, Fault, SystemFailure, install
from twin.exchange import tables
from twin.exchange.assumptions import assumption_table
from twin.exchange.climate import netcdf_file
from twin.exchange.geography import Layers, geojson_files, geopackage_files, kml_files
from twin.exchange.hours import Part, fleet_parts, hourly_operation, planned_eur
from twin.exchange.layers import map_layers
from twin.exchange.text import clean
from twin.results import MANIFEST, Run, open_run
from twin.schema import variables
from twin.wholefile import held, is_left, make_folder, mark, run_file_faults

Files = dict[str, bytes]
ASIDE = ".export-"
"""Prefix of a folder of files on their way, before the mark of its writer."""
TOLD = (
    "run", "case", "created", "versions", "energy_grid", "objective_eur", "bound_eur", "gap_is_proven",
    "mw_it_final", "cfe_hourly", "max_violation",
)  # fmt: skip
"""What files say of a run by its manifest."""


class Material:
    """What formats are made of, each thing made once and only when a format asks for it."""

    def __init__(self, run: Run) -> None:
        self.run = run

    @cached_property
    def layers(self) -> Layers:
        """Features of the map by layer."""
        return map_layers(self.run)

    @cached_property
    def fleet(self) -> tuple[list[Part], xr.DataArray]:
        """Parts of the last fleet, and the hours of the year."""
        return fleet_parts(self.run)

    @cached_property
    def hours(self) -> xr.Dataset | None:
        """Operation hour by hour; None where the plan has no hall of its own."""
        parts, time = self.fleet
        return hourly_operation(parts, time) if parts else None


@dataclass(frozen=True)
class Format:
    """How a format is made, the packages it needs, and the extra that brings them."""

    make: Callable[[Material], Files]
    packages: tuple[str, ...] = ()
    extra: str = ""

    def missing(self) -> list[str]:
        """Return the packages that are not installed."""
        return [package for package in self.packages if find_spec(package) is None]


def _kml(material: Material) -> Files:
    told = material.run.manifest
    return kml_files(material.layers, f"Plan {told['case']}, run {told['run']}")


def _xlsx(material: Material) -> Files:
    from twin.exchange.workbook import workbook_bytes

    return {"plan.xlsx": workbook_bytes(material.run)}


def _parquet(material: Material) -> Files:
    from twin.exchange.columnar import parquet_files

    run = material.run
    makers = (tables.site_table, tables.quarter_table, tables.option_table, tables.cash_table)
    made = [*(make(run) for make in makers), assumption_table(run)]
    if material.hours is not None:
        made.append(tables.hour_table(material.hours))
    return parquet_files(made, {"case": clean(run.manifest["case"]), "run": str(run.manifest["run"])})


def _netcdf(material: Material) -> Files:
    return netcdf_file(material.run, material.hours)


def _pypsa(material: Material) -> Files:
    import pandas as pd

    from twin.exchange.pypsa_network import build_network, network_bytes

    run, (parts, time) = material.run, material.fleet
    if not parts:
        expected = "a plan with megawatts at a site, for pypsa"
        raise BadInput(Fault(str(run.folder), "plan", "no hall of its own", expected))
    places = {row.site: (row.lon, row.lat) for row in tables.plain_site_rows(run)}
    told = {
        "case": clean(run.manifest["case"]),
        "run": str(run.manifest["run"]),
        "planned_eur_per_year": planned_eur(run, parts),
        "planned_eur_per_year_means": "what the plan pays for energy; the objective of n.optimize()",
    }
    network = build_network(parts, pd.DatetimeIndex(time.values), places, told)
    return {"network.nc": network_bytes(network)}


FORMATS: dict[str, Format] = {
    "geojson": Format(lambda m: geojson_files(m.layers), ("shapely",), "geo"),
    "geopackage": Format(lambda m: geopackage_files(m.layers), ("geopandas", "pyogrio"), "geo"),
    "xlsx": Format(_xlsx),
    "parquet": Format(_parquet, ("pyarrow",), "parquet"),
    "netcdf": Format(_netcdf),
    "pypsa": Format(_pypsa, ("pypsa",), "pypsa"),
    "kml": Format(_kml, ("shapely", "simplekml"), "geo"),
}
"""Formats by the name that ``--to`` takes."""


def export_run(run: Run | Path, formats: Sequence[str], folder: Path) -> list[Path]:
    """Write a finished run (or its folder) in ``formats`` into ``folder`` and return the files' paths.

    Formats are names of ``FORMATS``. Nothing is written before everything is made; files of an earlier
    export are replaced. Raises BadInput for unknown formats, missing extras and run folders that are
    not whole, SystemFailure when a solver or the disk fails.
    """
    _checked(formats, folder)
    material = Material(_whole(open_run(run) if isinstance(run, Path) else run))
    made: Files = {}
    for name in dict.fromkeys(formats):
        made |= FORMATS[name].make(material)
    return _put(folder, made)


def _checked(formats: Sequence[str], folder: Path) -> None:
    """Refuse what cannot be exported before any work is done."""
    faults = [
        Fault("twin export", "--to", name, f"one of {', '.join(FORMATS)}")
        for name in formats
        if name not in FORMATS
    ]
    for name in formats:
        one = FORMATS.get(name)
        missing = one.missing() if one else []
        if one and missing:
            hint = install(one.extra)
            faults.append(Fault("twin export", "--to", name, f"{' and '.join(missing)} installed", hint))
    if not formats:
        faults.append(Fault("twin export", "--to", "", f"at least one of {', '.join(FORMATS)}"))
    if folder.exists() and not folder.is_dir():
        faults.append(Fault("twin export", "--out", str(folder), "a folder, or a path that is free"))
    if faults:
        raise BadInput(faults)


def _whole(run: Run) -> Run:
    """Return the run, or refuse one made by another program or another version of this one."""
    datasets = {"plan": run.plan, "problem": run.problem, "menu": run.menu}
    lacking = {
        f"{kind}.nc": [name for name in variables(kind) if name not in datasets[kind]] for kind in datasets
    }
    lacking[MANIFEST] = [name for name in TOLD if name not in run.manifest]
    expected, hint = "what this version of twin writes", "run the plan again"
    faults = [
        Fault(str(run.folder / name), "missing", missing, expected, hint)
        for name, missing in lacking.items()
        if missing
    ]
    if faults:
        raise BadInput(faults)
    return run


def _put(folder: Path, files: Mapping[str, bytes]) -> list[Path]:
    """Write all files aside, then rename them into ``folder``.

    Raises BadInput where they would replace files of a run, and SystemFailure when the disk refuses.
    """
    if faults := [fault for name in files for fault in run_file_faults(folder / name)]:
        raise BadInput(faults)
    aside = folder / f"{ASIDE}{mark()}-{secrets.token_hex(4)}"
    try:
        for left in folder.glob(f"{ASIDE}*"):
            if is_left(left.name.removeprefix(ASIDE).split("-")[0], left):
                shutil.rmtree(left, ignore_errors=True)
        with held(aside.name):
            return _moved(aside, folder, files)
    except OSError as error:
        hint = "free the disk or choose another --out"
        raise SystemFailure(f"could not write the export to {folder}: {error}; {hint}") from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _moved(aside: Path, folder: Path, files: Mapping[str, bytes]) -> list[Path]:
    make_folder(aside.parent)
    aside.mkdir()
    for name, content in files.items():
        (aside / name).write_bytes(content)
    return [(aside / name).replace(folder / name) for name in files]
