"""Read-only views on run folders."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import xarray as xr

from twin.errors import BadInput, Fault, SystemFailure, nearest
from twin.identity import damaged
from twin.layouts import ATTRIBUTE, FIRST, LAYOUTS, check_layout
from twin.reading import readable
from twin.run_shape import check_dataset, check_labels, check_manifest, check_replay
from twin.sealed import check_seal

MANIFEST = "manifest.json"
SCHEMA_VERSION = LAYOUTS["run folder"]
"""Version of the run folder's layout, 2 since it holds the digests of its files; others are refused."""
REPLAY_HINT = "make one with: twin replay RUN"
NETCDF_FILES = ("plan.nc", "problem.nc", "menu.nc")


@dataclass(frozen=True)
class Run:
    """A finished run: its folder and what lies in it. Datasets are read when first asked for."""

    folder: Path
    manifest: dict[str, Any]

    @cached_property
    def plan(self) -> xr.Dataset:
        """The plan (schema kind ``plan``)."""
        return self._part("plan")

    @cached_property
    def problem(self) -> xr.Dataset:
        """Every number that the plan was made from (schema kind ``problem``)."""
        return check_labels(self._part("problem"), self.plan, self.folder / "problem.nc")

    @cached_property
    def menu(self) -> xr.Dataset:
        """The supply options that were on offer (schema kind ``menu``)."""
        return check_labels(self._part("menu"), self.plan, self.folder / "menu.nc")

    def _part(self, kind: str) -> xr.Dataset:
        path = self.folder / f"{kind}.nc"
        return check_dataset(kind, read_dataset(path), path)

    @cached_property
    def moves(self) -> xr.Dataset | None:
        """Hours of work that moves between sites (schema kind ``moves``); None where none may."""
        path = self.folder / "moves.nc"
        return self._part("moves") if path.is_file() else None

    def holding(self, **datasets: xr.Dataset | None) -> Run:
        """Return the run with ``datasets`` held as they were written, so that nobody reads them again."""
        self.__dict__.update(datasets)  # where cached_property keeps what it has read
        return self

    @property
    def name(self) -> str:
        """Case and id, as titles and tables name the run."""
        return f"{self.manifest['case']} {self.folder.name}"

    def fed(self, name: str) -> xr.DataArray:
        """Return a figure of the menu per MW of IT, summed over what feeds each site at the end, [site]."""
        mw = self.plan["option_mw"].isel(quarter=-1, drop=True)
        # options that are not on offer may hold any number
        total: xr.DataArray = (mw * self.menu[name]).where(mw > 0.0, 0.0).sum(("design", "option"))
        return total

    @property
    def case_file(self) -> Path:
        """The complete case that reproduces the run."""
        return self.folder / "case.toml"


def read_dataset(path: Path) -> xr.Dataset:
    """Load a NetCDF file wholly into memory. Raises BadInput naming the file when it is unreadable."""
    return _read(path, "a readable NetCDF file", "run the plan again")


def read_replay(path: Path) -> xr.Dataset:
    """Load a replay (schema kind ``replay``) wholly into memory and check every figure of it.

    Raises BadInput as :func:`open_replay`, and for what ``twin replay`` would not have written.
    """
    found = _read(path, "a readable replay", REPLAY_HINT)
    check_layout("replay", found.attrs.get(ATTRIBUTE, FIRST), path, REPLAY_HINT)
    check_seal(found, path, REPLAY_HINT)
    return check_replay(found, path, REPLAY_HINT)


def _read(path: Path, expected: str, hint: str) -> xr.Dataset:
    with readable(path, expected, hint), xr.open_dataset(path, engine="h5netcdf") as dataset:
        return dataset.load()


def open_replay(path: Path) -> xr.Dataset:
    """Open a replay (schema kind ``replay``) lazily: hours are read when asked for; close it after use.

    Its digest is not compared, which would read all hours: :func:`read_replay` does.
    Raises BadInput naming the file when it is missing, unreadable or of another layout.
    """
    with readable(path, "a readable replay", REPLAY_HINT):
        replay = xr.open_dataset(path, engine="h5netcdf")
    try:
        check_layout("replay", replay.attrs.get(ATTRIBUTE, FIRST), path, REPLAY_HINT)
    except BadInput:
        replay.close()
        raise
    return replay


def open_run(folder: Path) -> Run:
    """Open a finished run folder, every file as it was written.

    Raises BadInput when the folder is missing, not whole, changed, or of another layout version.
    """
    manifest = _manifest(folder)
    again = f"plan it again: twin plan {folder / 'case.toml'}"
    check_layout("run folder", manifest.get("schema_version"), folder / MANIFEST, again, "schema_version")
    try:
        wrong = damaged(folder)
    except OSError as error:
        raise SystemFailure(f"could not read the run folder {folder}: {error}") from error
    wrong |= {name: "missing" for name in NETCDF_FILES if not (folder / name).is_file()}
    hint = "restore the folder, or plan the case again with --force"
    if wrong:
        raise BadInput(
            [
                Fault(str(folder / name), "file", what, "a whole run folder", hint)
                for name, what in wrong.items()
            ]
        )
    check_manifest(manifest, folder / MANIFEST)
    return Run(folder, manifest)


def _way_to(folder: Path) -> str:
    """Return a hint for what is no run folder: a slip of the pen, or a folder that holds runs."""
    siblings = [run.name for run in _runs(folder.parent)]
    if siblings:
        return nearest(folder.name, siblings)
    newest = next(iter(_runs(folder) or _runs(folder.parent / "runs")), None)
    return f"the newest run there is {str(newest)!r}" if newest else "make one with: twin plan"


def _runs(folder: Path) -> list[Path]:
    """Return the whole run folders in a folder, newest first; none where it cannot be read."""
    try:
        dated = [(path.stat().st_mtime, path.parent) for path in folder.glob(f"*/{MANIFEST}")]
    except (OSError, ValueError):
        return []
    return [run for _, run in sorted(dated, reverse=True) if not run.name.startswith(".")]


def _manifest(folder: Path) -> dict[str, Any]:
    manifest_file = folder / MANIFEST
    if not manifest_file.is_file():
        raise BadInput(Fault(str(folder), "run", folder.name, f"a folder with {MANIFEST}", _way_to(folder)))
    again = "run the plan again"
    with readable(manifest_file, "valid JSON", again):
        manifest = json.loads(manifest_file.read_text(encoding="utf-8"))
    if not isinstance(manifest, dict):
        expected = "the manifest of a run"
        raise BadInput(Fault(str(manifest_file), "file", type(manifest).__name__, expected, again))
    return manifest
