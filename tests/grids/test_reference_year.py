"""The calibrated reference year: labels, levels, physics, determinism."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from twin.config.case import Energy
from twin.config.site import Site
from twin.errors import BadInput
from twin.grids.energy import energy_grid, reference_energy
from twin.grids.reference import LABEL, load
from twin.grids.solar import elevation_deg
from twin.grids.weather import weather_grid
from twin.library import all_of
from twin.schema import variables

ZONES = tuple(load().zones)


@pytest.fixture(scope="module")
def energy() -> xr.Dataset:
    return energy_grid(Energy(), ZONES, seed=2030)


@pytest.fixture(scope="module")
def sites() -> list[Site]:
    return [site for site in all_of("sites") if isinstance(site, Site)]


@pytest.fixture(scope="module")
def weather(sites: list[Site]) -> xr.Dataset:
    return weather_grid(sites, seed=2030)


def test_same_seed_same_year_whatever_is_asked_for(energy: xr.Dataset) -> None:
    """Proves: a zone's hours depend on the seed alone, not on which other zones are asked for."""
    alone = reference_energy(["ES"], seed=2030)
    for name in energy.data_vars:
        np.testing.assert_allclose(alone[name].sel(zone="ES"), energy[name].sel(zone="ES"))
    other = reference_energy(["ES"], seed=2031)
    assert not np.allclose(other["price_eur_per_mwh"], alone["price_eur_per_mwh"])


def test_is_never_called_historical(energy: xr.Dataset, weather: xr.Dataset) -> None:
    for dataset in (energy, weather):
        assert dataset.attrs["label"] == LABEL == "calibrated reference year"
        assert dataset.attrs["seed"] == 2030
        assert "historical" not in str(dataset.attrs).lower()
    assert set(energy.attrs["price_proxied"].split()) == {"GB", "IE_SEM"}


def test_stays_in_the_bounds_of_the_schema(energy: xr.Dataset, weather: xr.Dataset) -> None:
    rules = variables("grids")
    for dataset, dim in ((energy, "zone"), (weather, "site")):
        assert dataset.sizes["time"] == 8760
        for name, array in dataset.data_vars.items():
            rule = rules[str(name)]
            assert array.dims == rule.dims == (dim, "time")
            assert np.isfinite(array.values).all()
            assert rule.lower is None or float(array.min()) >= rule.lower
            assert rule.upper is None or float(array.max()) <= rule.upper


@pytest.mark.parametrize(
    ("variable", "attribute"),
    [
        ("price_eur_per_mwh", "price_eur_per_mwh"),
        ("carbon_g_per_kwh", "carbon_g_per_kwh"),
        ("cfe_share", "cfe_share"),
        ("wind_cf", "wind_cf"),
        ("pv_cf", "pv_cf"),
    ],
)
def test_meets_the_yearly_levels_of_each_zone(energy: xr.Dataset, variable: str, attribute: str) -> None:
    """Levels are set exactly; 0.1 % leaves room for clipping at 0 and 1 only."""
    for name, zone in load().zones.items():
        mean = float(energy[variable].sel(zone=name).mean())
        assert mean == pytest.approx(getattr(zone, attribute), rel=1e-3), name


def test_price_level_is_the_one_of_the_site_files(energy: xr.Dataset, sites: list[Site]) -> None:
    for site in sites:
        mean = float(energy["price_eur_per_mwh"].sel(zone=site.zone).mean())
        assert mean == pytest.approx(site.price_2025_eur_per_mwh, rel=0.01), site.name


def test_no_sun_at_night(energy: xr.Dataset) -> None:
    """Without the horizon, month-hour tables would leak dawn into the nights at a month's ends."""
    zones = load().zones
    height = elevation_deg([zones[z].lat for z in ZONES], [zones[z].lon for z in ZONES])
    assert np.all(energy["pv_cf"].values[height <= 0] == 0.0)
    assert np.all(energy["pv_cf"].values[height > 40].mean() > 0.2)


def test_sun_stands_where_it_should() -> None:
    """Limiting cases: equinox noon at the equator 90°; 21 June noon at 50° N 63.4° (90 - 50 + 23.4)."""
    noon = elevation_deg([0.0, 50.0], [7.5, 7.5])  # solar noon at half past eleven, mid-hour
    assert noon[0, 79 * 24 : 80 * 24].max() == pytest.approx(90.0, abs=2.5)
    assert noon[1, 171 * 24 : 172 * 24].max() == pytest.approx(63.4, abs=1.0)


def test_summer_noon_is_cheaper_than_evening_where_there_is_sun(energy: xr.Dataset) -> None:
    summer = energy["price_eur_per_mwh"].isel(time=slice(24 * 120, 24 * 240))
    hourly = summer.groupby("time.hour").mean()
    for zone in ("DE_LU", "ES", "NL"):
        assert float(hourly.sel(zone=zone, hour=11)) < 0.85 * float(hourly.sel(zone=zone, hour=19))


def test_wind_lowers_the_price_in_germany(energy: xr.Dataset) -> None:
    tie = xr.corr(energy["price_eur_per_mwh"], energy["wind_cf"], dim="time")
    assert -0.7 < float(tie.sel(zone="DE_LU")) < -0.15


def test_carbon_and_carbon_free_share_move_against_each_other(energy: xr.Dataset) -> None:
    tie = xr.corr(energy["carbon_g_per_kwh"], energy["cfe_share"], dim="time")
    assert float(tie.max()) < -0.9


def test_wet_bulb_never_above_dry_bulb(weather: xr.Dataset) -> None:
    assert bool((weather["wet_bulb_degc"] <= weather["dry_bulb_degc"]).all())


def test_site_means_are_their_own(weather: xr.Dataset, sites: list[Site]) -> None:
    """Dry bulb is set exactly; the wet-bulb mean was fitted on other seeds, hence 0.4 K."""
    for site in sites:
        here = weather.sel(site=site.name)
        assert float(here["dry_bulb_degc"].mean()) == pytest.approx(site.mean_dry_bulb_degc, abs=0.01)
        assert float(here["wet_bulb_degc"].mean()) == pytest.approx(site.mean_wet_bulb_degc, abs=0.4)


def test_july_is_warmer_than_january_and_afternoon_than_night(weather: xr.Dataset) -> None:
    dry = weather["dry_bulb_degc"]
    monthly = dry.groupby("time.month").mean()
    assert bool((monthly.sel(month=7) - monthly.sel(month=1) > 5).all())
    july = dry.sel(time=dry["time.month"] == 7).groupby("time.hour").mean()
    assert bool((july.sel(hour=14) > july.sel(hour=3)).all())


def test_new_site_borrows_the_nearest_shape(sites: list[Site]) -> None:
    """Proves: a site that was not in the fit still gets weather, and the result says whose shape it is."""
    new = sites[0].model_copy(update={"name": "XX-NEW", "mean_dry_bulb_degc": 12.5})
    grid = weather_grid([new], seed=1)
    assert grid.attrs["shape_borrowed"] == "XX-NEW"
    assert float(grid["dry_bulb_degc"].mean()) == pytest.approx(12.5, abs=0.01)


def test_unknown_zones_are_all_named_with_the_nearest() -> None:
    with pytest.raises(BadInput) as caught:
        reference_energy(["FRR", "ES", "SE3"], seed=1)
    assert len(caught.value.faults) == 2
    assert "'FR'" in str(caught.value)
    assert "'SE_3'" in str(caught.value)
