from __future__ import annotations

import tomllib
from importlib.resources import files

import numpy as np
import pytest
import xarray as xr

from twin.errors import BadInput
from twin.schema import checked, variables


def menu(**changes: np.ndarray) -> xr.Dataset:
    """A one-cell menu within every bound."""
    coords = {"site": ["A"], "design": ["d"], "option": ["grid_only"], "figure": ["peak_mw_per_mw"]}
    cells = {}
    for name, var in variables("menu").items():
        value = np.full((1,) * len(var.dims), "" if var.units == "text" else var.lower or 0.0)
        cells[name] = (var.dims, changes.get(name, value))
    return xr.Dataset(cells, coords=coords)


def test_a_good_dataset_gets_units_and_text() -> None:
    found = checked("menu", menu(), "test")
    assert found["cfe_hourly"].attrs["units"] == "1"
    assert found["carbon_t_per_mw_year"].attrs["long_name"]


@pytest.mark.parametrize("value", [np.nan, np.inf, -0.1, 1.1])
def test_a_cell_out_of_bounds_is_named(value: float) -> None:
    with pytest.raises(BadInput, match=r"cfe_hourly\[site=A, design=d, option=grid_only\]"):
        checked("menu", menu(cfe_hourly=np.full((1, 1, 1), value)), "menu.nc")


def test_all_faults_are_collected() -> None:
    broken = menu(cfe_hourly=np.full((1, 1, 1), 2.0)).drop_vars("res_share")
    with pytest.raises(BadInput) as caught:
        checked("menu", broken, "menu.nc")
    assert len(caught.value.faults) == 2


def test_wrong_dims_are_refused() -> None:
    with pytest.raises(BadInput, match="dims"):
        checked("menu", menu().transpose(), "menu.nc")


KINDS = sorted(tomllib.loads(files("twin").joinpath("schema.toml").read_text(encoding="utf-8")))


@pytest.mark.parametrize("kind", KINDS)
def test_every_variable_says_what_it_is(kind: str) -> None:
    for var in variables(kind).values():
        assert var.text, var.name
        assert var.units, var.name
        if var.lower is not None and var.upper is not None:
            assert var.lower < var.upper, var.name


def test_names_end_in_their_unit() -> None:
    """A megawatt never hides in a name without _mw; ratios carry no unit."""
    endings = {
        "MW": "_mw",
        "EUR": "_eur",
        "degC": "_degc",
        "Pa": "_pa",
        "EUR/MWh": "_eur_per_mwh",
        "g/kWh": "_g_per_kwh",
    }
    for kind in KINDS:
        for var in variables(kind).values():
            ending = endings.get(var.units)
            if ending is not None:
                assert ending in f"_{var.name}", f"{kind}.{var.name} in {var.units}"
