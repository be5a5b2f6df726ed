"""What is said of files that libraries stumble over."""

from __future__ import annotations

import io
import json
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from twin.errors import BadInput
from twin.grids.importing import import_files
from twin.reading import STORAGE, readable, said_of
from twin.results import read_dataset


def raised(call: Callable[[], object]) -> Exception:
    with pytest.raises(Exception) as caught:
        call()
    return caught.value


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: pd.read_csv(io.StringIO("a,b\n1,2\n1,2,3\n")), "line 3 has another number of cells"),
        (lambda: np.array(["odd"], dtype=object).astype(float), "'odd' is no number"),
        (lambda: int("x1"), "'x1' is no number"),
        (lambda: b"\xff".decode("utf-8"), "byte 0 is no text in UTF-8"),
        (lambda: json.loads("["), "no JSON at line 1, column 2"),
        (lambda: json.loads("[" * 200_000), "nested too deep"),
        (lambda: {}["hourly"], "damaged"),
    ],
)
def test_words_of_libraries_become_plain(call: Callable[[], object], words: str) -> None:
    assert said_of(raised(call)) == words


def test_a_broken_archive_names_its_file(tmp_path: Path) -> None:
    (tmp_path / "hours.npz").write_bytes(b"PK\x03\x04" + bytes(60))
    with pytest.raises(BadInput, match=r"hours\.npz"), readable(tmp_path / "hours.npz", "an archive"):
        zipfile.ZipFile(tmp_path / "hours.npz")


def test_a_file_that_cannot_be_opened_is_closed_without_a_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Proves: nothing is printed by Python itself when a half-open NetCDF file is thrown away."""
    told: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", told.append)
    path = tmp_path / "plan.nc"
    xr.Dataset({"mw": ("site", [1.0, 2.0])}).to_netcdf(path, engine="h5netcdf")
    content = path.read_bytes()
    path.write_bytes(content[:100] + b"\x00" + content[100:])
    with pytest.raises(BadInput, match=r"plan\.nc"):
        read_dataset(path)
    assert told == []


HERE = Path("hours.nc")


@pytest.mark.parametrize("error", [OSError("x"), RuntimeError("x"), OverflowError("time values outside")])
def test_what_storage_raises_later_is_a_fault_of_the_file(error: Exception) -> None:
    with pytest.raises(BadInput, match=r"hours\.nc"), readable(HERE, "hours", of=STORAGE):
        raise error


def test_what_arrow_raises_is_a_fault_of_the_file() -> None:
    """Proves: labels that Arrow cannot decode are told, though its errors have a tree of their own."""
    arrow = pytest.importorskip("pyarrow")
    with pytest.raises(BadInput, match=r"hours\.nc"), readable(HERE, "hours", of=STORAGE):
        raise arrow.ArrowException("labels")


def test_a_slip_of_our_own_is_none_of_the_file() -> None:
    with pytest.raises(TypeError), readable(HERE, "hours", of=STORAGE):
        raise TypeError("a slip")


def test_stamps_beyond_any_calendar_are_told(tmp_path: Path) -> None:
    time = ("time", np.full(8760, 2**62), {"units": "days since 2023-01-01"})
    cells = {"price_eur_per_mwh": (("time", "zone"), np.full((8760, 1), 50.0))}
    xr.Dataset(cells, coords={"zone": ["FR"], "time": time}).to_netcdf(tmp_path / "far.nc", engine="h5netcdf")
    with pytest.raises(BadInput, match=r"far\.nc"):
        import_files([tmp_path / "far.nc"])
