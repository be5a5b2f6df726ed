"""What twins of other versions wrote: read where nothing changed, else refused with the way out."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow
import pytest
import xarray as xr
from pyarrow import parquet

from twin import library
from twin.config.levers import canonical_toml
from twin.errors import BadInput
from twin.grids.imported import open_grid_file
from twin.grids.sources.live import protocol
from twin.grids.weather_file import open_weather_file
from twin.layouts import ATTRIBUTE, LAYOUTS
from twin.results import open_replay, open_run, read_replay
from twin.runfolder import publish
from twin.schema import variables
from twin.sealed import sealed
from twin.study.index import INDEX, rows_of

HOURS = 8760
Reader = Callable[[Path], object]
READERS: dict[str, tuple[Reader, str]] = {
    "energy grid file": (open_grid_file, "twin grids import"),
    "weather file": (open_weather_file, "twin grids fetch"),
    "replay": (open_replay, "twin replay"),
    "replay, read whole": (read_replay, "twin replay"),
}
"""Kind → what reads it, and the command that the refusal names."""


def layout(kind: str) -> int:
    return LAYOUTS[kind.partition(",")[0]]


def written(path: Path, kind: str, **attrs: object) -> Path:
    """Write a file of hours that holds nothing but what every such file says of itself; a replay is whole."""
    hours = np.datetime64("2023-01-01T00", "ns") + np.arange(HOURS) * np.timedelta64(1, "h")
    about = {"kind": kind, "label": "empty", "calendar_year": 2023, "year_is": "observed"}
    empty = xr.Dataset(coords={"time": hours, "zone": ["FR"], "site": ["FR-FOU"]}, attrs=about | attrs)
    (sealed(filled(empty)) if kind.startswith("replay") else empty).to_netcdf(path, engine="h5netcdf")
    return path


def filled(empty: xr.Dataset) -> xr.Dataset:
    """Return a replay in which nothing happened: every variable of the schema is there."""
    sizes = {str(dim): size for dim, size in empty.sizes.items()}
    out = empty
    for name, var in variables("replay").items():
        shape = [sizes.get(dim, 1) for dim in var.dims]
        values = np.full(shape, "FR") if var.units == "text" else np.full(shape, max(var.lower or 0.0, 0.0))
        out = out.assign({name: (var.dims, values)})
    return out.assign_coords({dim: ["one"] for dim in out.dims if dim not in empty.dims})


def refusal(read: Reader, path: Path) -> str:
    with pytest.raises(BadInput) as refused:
        read(path)
    assert len(refused.value.faults) == 1
    return str(refused.value)


@pytest.mark.parametrize("kind", ["energy grid file", "weather file"])
def test_hours_of_before_there_was_a_number_are_read(kind: str, tmp_path: Path) -> None:
    READERS[kind][0](written(tmp_path / "hours.nc", kind))


@pytest.mark.parametrize("kind", ["replay", "replay, read whole"])
def test_a_replay_of_before_there_was_a_digest_is_refused(kind: str, tmp_path: Path) -> None:
    told = refusal(READERS[kind][0], written(tmp_path / "hours.nc", kind))
    assert f"{ATTRIBUTE} = 1: expected layout 2 of a replay" in told
    assert "twin replay" in told


@pytest.mark.parametrize("kind", READERS)
def test_hours_of_this_layout_are_read(kind: str, tmp_path: Path) -> None:
    READERS[kind][0](written(tmp_path / "hours.nc", kind, **{ATTRIBUTE: layout(kind)}))


@pytest.mark.parametrize("kind", READERS)
def test_hours_of_a_newer_layout_are_refused(kind: str, tmp_path: Path) -> None:
    read, command = READERS[kind]
    told = refusal(read, written(tmp_path / "hours.nc", kind, **{ATTRIBUTE: layout(kind) + 1}))
    assert f"{ATTRIBUTE} = {layout(kind) + 1}: expected layout {layout(kind)} of a" in told
    assert "a newer twin wrote it: update this one" in told
    assert command in told


@pytest.mark.parametrize("kind", READERS)
@pytest.mark.parametrize("version", [0, -1, 1.5, "first"])
def test_hours_of_an_older_or_senseless_layout_are_refused(
    kind: str, version: object, tmp_path: Path
) -> None:
    read, command = READERS[kind]
    told = refusal(read, written(tmp_path / "hours.nc", kind, **{ATTRIBUTE: version}))
    assert f"{ATTRIBUTE} = {version!r}" in told
    assert "another version of the twin wrote it" in told
    assert command in told


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda replay: replay.isel(time=slice(1, None)), "8760 hours"),
        (lambda replay: replay.drop_vars("import_mw"), "import_mw = 'missing'"),
        (lambda replay: replay.assign(it_mw=replay.it_mw * np.nan), "a finite number in MW"),
        (lambda replay: replay.assign(it_mw=replay.it_mw - 1.0), ">= 0.0 MW"),
        (lambda replay: replay.assign(it_mw=replay.it_mw.astype(str)), "numbers in MW"),
        (lambda replay: replay.drop_vars("site"), "labels of its own"),
    ],
)
def test_a_replay_that_nobody_wrote_so_is_refused(
    tmp_path: Path, change: Callable[[xr.Dataset], xr.Dataset], words: str
) -> None:
    path = written(tmp_path / "whole.nc", "replay", **{ATTRIBUTE: layout("replay")})
    with xr.open_dataset(path, engine="h5netcdf") as opened:
        sealed(change(opened.load())).to_netcdf(tmp_path / "odd.nc", engine="h5netcdf")
    with pytest.raises(BadInput) as told:
        read_replay(tmp_path / "odd.nc")
    assert words in str(told.value)


@pytest.mark.parametrize("version", [None, 1, True, "2", 1.5])
def test_a_run_folder_of_an_older_or_no_layout_is_refused(version: object, tmp_path: Path) -> None:
    told = refusal(open_run, run_folder(tmp_path, version))
    assert f"schema_version = {version!r}: expected layout {LAYOUTS['run folder']} of a run folder" in told
    assert "another version of the twin wrote it: plan it again: twin plan" in told


def test_a_run_folder_of_a_newer_layout_is_refused(tmp_path: Path) -> None:
    told = refusal(open_run, run_folder(tmp_path, LAYOUTS["run folder"] + 1))
    assert "a newer twin wrote it: update this one, or plan it again: twin plan" in told


def run_folder(out: Path, version: object) -> Path:
    manifest = {"case": "tiny"} | ({} if version is None else {"schema_version": version})
    publish(out / "abc", {"manifest.json": json.dumps(manifest).encode()})
    return out / "abc"


def index_file(folder: Path, stated: str | None) -> Path:
    """Write an index of one case."""
    row = {"case_id": "abc", "status": "failed", "gap": None, "seconds": 1.0, "error": "broke"}
    about = {} if stated is None else {ATTRIBUTE: stated}
    table = pyarrow.Table.from_pylist([row]).replace_schema_metadata(about)
    parquet.write_table(table, folder / INDEX)
    return folder / INDEX


@pytest.mark.parametrize("stated", [None, str(LAYOUTS["index of a study"])])
def test_an_index_of_this_layout_or_of_before_there_was_a_number_is_read(
    stated: str | None, tmp_path: Path
) -> None:
    assert [row["case_id"] for row in rows_of(index_file(tmp_path, stated))] == ["abc"]


@pytest.mark.parametrize(
    ("stated", "who"), [("0", "another version"), ("99", "a newer twin"), ("x", "another")]
)
def test_an_index_of_another_layout_is_refused(stated: str, who: str, tmp_path: Path) -> None:
    told = refusal(rows_of, index_file(tmp_path, stated))
    assert who in told
    assert "run the study again: twin study" in told


def test_a_case_of_an_older_twin_takes_the_defaults_of_what_it_does_not_name(tmp_path: Path) -> None:
    text = canonical_toml(library.get("cases", "tiny"))
    lines = [line for line in text.splitlines() if not line.startswith("time_limit_s")]
    assert len(lines) == len(text.splitlines()) - 1
    (tmp_path / "case.toml").write_text("\n".join(lines), encoding="utf-8")
    found = library.get("cases", str(tmp_path / "case.toml"))
    assert found.solver.time_limit_s == type(found.solver).model_fields["time_limit_s"].default


def test_a_case_of_a_newer_twin_is_refused_by_the_key_that_is_not_known(tmp_path: Path) -> None:
    text = canonical_toml(library.get("cases", "tiny")).replace("[solver]", "[solver]\nfrom_the_future = 1")
    (tmp_path / "case.toml").write_text(text, encoding="utf-8")
    assert "solver.from_the_future" in refusal(
        lambda path: library.get("cases", str(path)), tmp_path / "case.toml"
    )


def test_a_fetched_chunk_of_another_layout_is_not_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Proves: answers kept by another twin are fetched again.

    Without it a parser that stores something else would read what the old one stored.
    """
    start, end = np.datetime64("2024-01-01T00"), np.datetime64("2024-02-01T00")
    chunk = protocol.Chunk("somewhere", "price", "FR", start, end, "https://example.org")
    before = chunk.digest
    monkeypatch.setattr(protocol, "FORMAT", protocol.FORMAT + 1)
    assert chunk.digest != before
