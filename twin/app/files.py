"""Files of a plan to take away: report, exports, case and run folder, made aside from the page."""

from __future__ import annotations

import asyncio
import io
import multiprocessing
import zipfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

from twin.errors import BadInput, Fault, SystemFailure
from twin.exchange.export import FORMATS, export_run
from twin.report.page import write_report
from twin.wholefile import scratch

REPORT, CASE, FOLDER = "report", "case", "run"
TITLES = {
    REPORT: "Report (HTML)",
    "xlsx": "Workbook (XLSX)",
    "geojson": "Map layers (GeoJSON)",
    "geopackage": "Map layers (GeoPackage)",
    "kml": "Map layers (KML)",
    "parquet": "Tables (Parquet)",
    "netcdf": "Hours and plan (NetCDF)",
    "pypsa": "PyPSA network (NetCDF)",
    CASE: "Case (TOML)",
    FOLDER: "Run folder (ZIP)",
}
MOST_WAITING = 8
"""Files that may wait to be made, of all sessions; the next is refused at once."""
Content = tuple[str, bytes]
"""A file's name and its bytes."""


def on_offer() -> dict[str, str]:
    """Return title → kind of what can be made here."""
    return {title: kind for kind, title in TITLES.items() if not missing(kind)}


def not_on_offer() -> list[str]:
    """Return what cannot be made here, and what to install for it."""
    lacking = [(title, FORMATS[kind].extra) for kind, title in TITLES.items() if missing(kind)]
    return [f"{title}: pip install 'twin[{extra}]' on the server" for title, extra in lacking]


def missing(kind: str) -> list[str]:
    """Return packages that a kind of file needs and that are not installed."""
    return FORMATS[kind].missing() if kind in FORMATS else []


def make(kind: str, run: Path, compared: Sequence[Path] = ()) -> Content:
    """Return a file of a run, of several files as one ZIP. The report also shows runs ``compared``.

    Raises TwinError and OSError.
    """
    name = f"plan-{run.name}"
    if kind == CASE:
        return f"{name}.toml", (run / "case.toml").read_bytes()
    if kind == FOLDER:
        return f"{name}.zip", _zipped(_own(run), run.name)
    with scratch() as folder:
        if kind == REPORT:
            paths = [write_report([*compared, run], folder / "report.html")[0]]
        else:
            paths = export_run(run, [kind], folder)
        if len(paths) > 1:
            return f"{name}-{kind}.zip", _zipped(paths, name)
        return f"{name}-{paths[0].name}", paths[0].read_bytes()


def _own(run: Path) -> list[Path]:
    """Return the files that lie in a run folder; what a link names may be anywhere."""
    return [path for path in sorted(run.iterdir()) if path.is_file() and not path.is_symlink()]


def _zipped(paths: Sequence[Path], folder: str) -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as file:
        for path in paths:
            file.write(path, f"{folder}/{path.name}")
    return whole.getvalue()


class Maker:
    """One process that makes files, so that neither page nor planner waits for them."""

    def __init__(self) -> None:
        self._pool: ProcessPoolExecutor | None = None
        self._waiting = 0

    async def make(self, kind: str, run: Path, compared: Sequence[Path] = ()) -> Content:
        """Return what :func:`make` does there.

        Raises BadInput where too many wait, what it raises there, and SystemFailure where it died.
        """
        if self._waiting >= MOST_WAITING:
            expected = f"at most {MOST_WAITING} files that wait"
            raise BadInput(Fault("files", "queue", self._waiting, expected, "try again in a minute"))
        self._waiting += 1
        try:
            return await self._made(kind, run, compared)
        finally:
            self._waiting -= 1

    async def _made(self, kind: str, run: Path, compared: Sequence[Path]) -> Content:
        if self._pool is None:
            self._pool = ProcessPoolExecutor(1, multiprocessing.get_context("spawn"))
        try:
            return await asyncio.wrap_future(self._pool.submit(make, kind, run, compared))
        except BrokenProcessPool as error:
            self._pool = None
            raise SystemFailure("the process that makes files ended; try again") from error

    def close(self) -> None:
        """End the process."""
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
