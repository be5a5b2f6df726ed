"""Outlooks: level, spread, hollow and carbon each move as their file says, and nothing else does."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from twin import library
from twin.config.case import Energy
from twin.config.levers import with_levers
from twin.config.outlook import Outlook
from twin.errors import BadInput
from twin.grids.energy import energy_grid
from twin.grids.ensemble import write_members
from twin.grids.grey import scaled_grey
from twin.grids.outlook import capture, price_path
from twin.grids.reference import load
from twin.inputs import load_case
from twin.references import check_references

ZONES = ("FR", "DE_LU", "ES", "SE_3", "NO_4")


@pytest.fixture(scope="module")
def base() -> xr.Dataset:
    return energy_grid(Energy(), ZONES, 2030)


def test_none_is_exactly_the_grid_without(base: xr.Dataset) -> None:
    xr.testing.assert_identical(energy_grid(Energy(outlook=None), ZONES, 2030), base)


@pytest.mark.parametrize("name", library.names("outlooks"))
def test_every_outlook_covers_every_zone_from_2027_to_2035(name: str) -> None:
    outlook = library.get("outlooks", name)
    assert outlook.years == tuple(range(2027, 2036))
    for zone in load().zones:
        outlook.path_of(zone)


@pytest.mark.parametrize("name", library.names("outlooks"))
@pytest.mark.parametrize("year", [2027, 2030, 2035])
def test_levels_capture_and_carbon_are_those_of_the_file(base: xr.Dataset, name: str, year: int) -> None:
    """Level within 0.1 %; capture on the wanted figure, or below it already; grey power scaled."""
    moved = energy_grid(Energy(outlook=name, outlook_year=year), ZONES, 2030)
    outlook = library.get("outlooks", name)
    at = outlook.index_of(year)
    for zone in ZONES:
        path, now, then = outlook.path_of(zone), base.sel(zone=zone), moved.sel(zone=zone)
        level = load().zones[zone].price_eur_per_mwh * path.price_factor[at]
        price, sun = then["price_eur_per_mwh"].values, then["pv_cf"].values
        assert price.mean() == pytest.approx(level, rel=1e-3)
        assert capture(price, sun) <= path.pv_capture[at] + 1e-3
        grey = (1 - then["cfe_share"]).mean() / (1 - now["cfe_share"]).mean()
        assert float(grey) == pytest.approx(path.grey_factor[at], rel=1e-6)
        np.testing.assert_array_equal(then["wind_cf"], now["wind_cf"])
    assert f"outlook {name} {year}" in moved.attrs["label"]


def test_no_outlook_year_contradicts_itself(base: xr.Dataset) -> None:
    """With less grey power no hour has more carbon or a smaller carbon-free share than before."""
    moved = energy_grid(Energy(outlook="renewables-rich", outlook_year=2035), ZONES, 2030)
    assert bool((moved["carbon_g_per_kwh"] <= base["carbon_g_per_kwh"] + 1e-9).all())
    assert bool((moved["cfe_share"] >= base["cfe_share"] - 1e-12).all())
    for zone in ZONES:
        order = np.argsort(moved["carbon_g_per_kwh"].sel(zone=zone).values)
        assert (np.diff(moved["cfe_share"].sel(zone=zone).values[order]) <= 1e-9).all()


def test_prices_keep_their_order_in_the_night(base: xr.Dataset) -> None:
    """Without sun only level and spread move: dearest nights stay dearest (rank correlation by day)."""
    moved = energy_grid(Energy(outlook="reference", outlook_year=2030), ZONES, 2030)
    night = base["time"].dt.hour.isin([22, 23, 0, 1, 2]).values
    for zone in ZONES:
        a = base["price_eur_per_mwh"].sel(zone=zone).values[night].reshape(-1, 5).mean(axis=1)
        b = moved["price_eur_per_mwh"].sel(zone=zone).values[night].reshape(-1, 5).mean(axis=1)
        assert np.corrcoef(np.argsort(np.argsort(a)), np.argsort(np.argsort(b)))[0, 1] > 0.97


def test_a_price_path_by_hand() -> None:
    """Two days, no sun: mean 50 to 100 doubles, spread halves: 40, 60 | 30, 70 become 90, 110 | 80, 120."""
    price = np.tile(np.r_[np.full(12, 40.0), np.full(12, 60.0)], 2)
    price[24:] = np.r_[np.full(12, 30.0), np.full(12, 70.0)]
    got = price_path(price, 100.0, 0.5, np.zeros(48), 0.5)
    np.testing.assert_allclose(got[[0, 23, 24, 47]], [90, 110, 80, 120])


def test_dear_fuel_deepens_no_negative_price() -> None:
    """At twice the level a price of -20 stays close to it: the whole is then scaled to the mean, 3 % here."""
    price = np.tile(np.r_[-20.0, np.full(23, 50.0)], 2)
    got = price_path(price, 2 * price.mean(), 1.0, np.zeros(48), 0.5)
    assert got.mean() == pytest.approx(2 * price.mean())
    assert got[0] == pytest.approx(-20.0, rel=0.03)
    moved = price_path(price, 0.5 * price.mean(), 1.0, np.zeros(48), 0.5)
    np.testing.assert_allclose(moved, 0.5 * price)


def test_a_hollow_is_dug_but_never_filled() -> None:
    """Sun at noon only. Prices flat: capture 1 falls to 0.6 by the hollow; asked for 1.2 it stays 1."""
    sun = np.tile(np.r_[np.zeros(10), np.full(4, 0.5), np.zeros(10)], 30)
    flat = np.full(720, 80.0)
    dug = price_path(flat, 80.0, 1.0, sun, 0.6)
    assert capture(dug, sun) == pytest.approx(0.6, abs=1e-3)
    assert dug.mean() == pytest.approx(80.0)
    np.testing.assert_allclose(price_path(flat, 80.0, 1.0, sun, 1.2), flat)


@settings(max_examples=30)
@given(
    mean=st.floats(5, 400), spread=st.floats(0, 3), wanted=st.floats(0.1, 1.2), seed=st.integers(0, 10_000)
)
def test_any_path_keeps_its_mean_within_the_limits(
    mean: float, spread: float, wanted: float, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    price = rng.normal(60, 20, 240)
    sun = np.tile(np.maximum(np.sin(np.linspace(0, 2 * np.pi, 24, endpoint=False)), 0), 10)
    got = price_path(price, mean, spread, sun, wanted)
    assert got.min() >= -500 and got.max() <= 4000
    if got.min() > -500 and got.max() < 4000:
        assert got.mean() == pytest.approx(mean, rel=1e-9)


@settings(max_examples=50)
@given(factor=st.floats(0, 3), seed=st.integers(0, 1000))
def test_grey_moves_carbon_and_share_apart(factor: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    carbon = rng.uniform(20, 600, 100)
    share = np.clip((650 - carbon) / 640, 0, 1)
    c, s = scaled_grey(carbon, share, factor)
    assert (np.sign(c - carbon) * (s - share) <= 1e-12).all()
    assert ((s >= 0) & (s <= 1)).all()


def test_an_outlook_is_a_lever() -> None:
    case = with_levers(load_case("tiny"), ["energy.outlook=gas-crisis", "energy.outlook_year=2028"])
    check_references(case)
    assert (case.energy.outlook, case.energy.outlook_year) == ("gas-crisis", 2028)
    with pytest.raises(BadInput, match="did you mean 'gas-crisis'"):
        check_references(with_levers(case, ["energy.outlook=gas-crysis"]))
    with pytest.raises(BadInput, match="a year of 2027 to 2035"):
        energy_grid(Energy(outlook="reference", outlook_year=2040), ["FR"], 1)


def test_a_lopsided_outlook_is_refused() -> None:
    path = {"zones": ["FR"], "price_factor": [1.0], "spread_factor": [1.0], "pv_capture": [0.9, 0.8],
            "grey_factor": [1.0]}  # fmt: skip
    raw = {"name": "x", "text": "t", "years": [2030], "groups": {"a": path},
           "sources": {"default": {"source": "s", "confidence": "low"}}}  # fmt: skip
    with pytest.raises(ValueError, match="pv_capture of 1 figures"):
        Outlook.model_validate(raw)
    path["pv_capture"] = [0.9]
    with pytest.raises(ValueError, match="FR stand in two groups"):
        Outlook.model_validate(raw | {"groups": {"a": path, "b": path}})


def test_drawn_years_keep_their_lead_under_an_outlook(tmp_path: Path) -> None:
    """A member moves by the factor, from file or by name; an imported year to the outlook's level."""
    (path,) = write_members(tmp_path, 1, seed=2030)
    plain = energy_grid(Energy(grid="ensemble:1"), ["DE_LU"], 2030)["price_eur_per_mwh"].mean()
    at = {"outlook": "reference", "outlook_year": 2030}
    for grid in ("ensemble:1", str(path)):
        moved = energy_grid(Energy(grid=grid, **at), ["DE_LU"], 2030)["price_eur_per_mwh"].mean()
        assert float(moved / plain) == pytest.approx(0.88, rel=1e-3)
    with xr.open_dataset(path, engine="h5netcdf") as opened:
        real = opened.load()
    for key in ("recipe", "recipe_seed"):
        del real.attrs[key]
    real.to_netcdf(tmp_path / "real.nc", engine="h5netcdf")
    level = energy_grid(Energy(grid=str(tmp_path / "real.nc"), **at), ["DE_LU"], 2030)
    wanted = 0.88 * load().zones["DE_LU"].price_eur_per_mwh
    assert float(level["price_eur_per_mwh"].mean()) == pytest.approx(wanted, rel=1e-3)
