"""What later verbs lay into a run folder holds its own digest: no figure changes unseen."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from twin.errors import BadInput
from twin.netcdf import dataset_bytes
from twin.sealed import SEAL, check_json, check_seal, sealed, sealed_json

HINT = "make it again"
HERE = Path("later")


def dataset() -> xr.Dataset:
    hours = np.datetime64("2030-01-01T00", "ns") + np.arange(6) * np.timedelta64(1, "h")
    return xr.Dataset(
        {
            "mw": (("site", "time"), np.linspace(0.0, 1.0, 12).reshape(2, 6)),
            "price": (("site",), np.array([1.5, np.nan])),
            "count": (("site",), np.array([3, 4])),
            "runs": (("site",), np.array([True, False])),
            "reason": (("site",), np.array(["heat", "größer"], dtype=object)),
        },
        {"site": ["FR-BRU", "PT-SIN"], "time": hours},
        {"kind": "replay", "faults": ["drought"], "notes": [], "mean": np.float64(0.25), "year": 2030},
    )


def through_a_file(found: xr.Dataset, path: Path) -> xr.Dataset:
    path.write_bytes(dataset_bytes(found, {"mw": {"compression": "gzip", "chunksizes": (1, 6)}}))
    with xr.open_dataset(path, engine="h5netcdf") as opened:
        return opened.load()


def test_a_file_says_what_was_sealed(tmp_path: Path) -> None:
    """Types differ after a file (stamps, text, lists of one): the digest does not."""
    check_seal(through_a_file(sealed(dataset()), tmp_path / "later.nc"), HERE, HINT)


@given(st.integers(0, 1), st.integers(0, 5), st.floats(-1e6, 1e6).filter(bool))
def test_any_figure_that_changed_is_seen(site: int, hour: int, by: float) -> None:
    found = sealed(dataset())
    before = found["mw"].values[site, hour]
    found["mw"].values[site, hour] += by
    if found["mw"].values[site, hour] != before:
        with pytest.raises(BadInput, match=r"later: sha256 = 'not that of the content'.*make it again"):
            check_seal(found, HERE, HINT)


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d.drop_vars("count"),
        lambda d: d.assign(more=1.0),
        lambda d: d.assign_coords(site=["FR-BRU", "SE-BOR"]),
        lambda d: d.assign_coords(time=d["time"] + np.timedelta64(1, "h")),
        lambda d: d.assign_attrs(faults=[]),
        lambda d: d.assign_attrs(year=2031),
        lambda d: d.assign(reason=("site", ["heat", "cold"])),
        lambda d: d.assign(runs=("site", [True, True])),
        lambda d: d.assign(price=("site", [1.5, 0.0])),
        lambda d: d.isel(time=slice(None, None, -1)),
    ],
)
def test_names_labels_and_attributes_are_sealed_too(change: Callable[[xr.Dataset], xr.Dataset]) -> None:
    with pytest.raises(BadInput):
        check_seal(change(sealed(dataset())), HERE, HINT)


def test_a_file_without_a_digest_is_none_of_ours() -> None:
    with pytest.raises(BadInput, match="sha256 = 'missing'"):
        check_seal(dataset(), HERE, HINT)
    with pytest.raises(BadInput, match="sha256 = 'missing'"):
        check_json({"odds": 0.5}, HERE, HINT)


def test_json_is_sealed_whatever_the_order_of_its_keys() -> None:
    found = json.loads(json.dumps(sealed_json({"odds": 0.5, "mw": [1.0, 2.0], "case": "tiny"})))
    check_json(dict(reversed(found.items())), HERE, HINT)
    with pytest.raises(BadInput, match=SEAL):
        check_json({**found, "odds": 0.6}, HERE, HINT)
