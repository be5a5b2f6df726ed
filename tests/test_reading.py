"""Whatever a library says of a damaged file becomes one fault that names the file; our own slips do not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from twin.errors import BadInput
from twin.grids.importing import import_files
from twin.reading import STORAGE, readable, said_of

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


def test_words_of_an_error_are_those_of_a_reader() -> None:
    assert said_of(UnicodeDecodeError("utf-8", b"\xff", 0, 1, "x")) == "byte 0 is no text in UTF-8"
    assert said_of(RecursionError()) == "nested too deep"
    assert said_of(KeyError("inner")) == "damaged"
