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
from twin.reading import readable, said_of
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
