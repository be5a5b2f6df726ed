"""Ensembles: one member is one year whatever is asked for, its variables hang together, extremes bite."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from pydantic import ValidationError

from twin import library
from twin.config.case import Energy
from twin.config.extreme import Effect
from twin.errors import BadInput
from twin.grids.energy import VARIABLES, energy_grid, reference_energy
from twin.grids.ensemble import ZONAL, ensemble, recipe, site_weather, write_members
from twin.grids.ensemble_year import draw, energy_of, member_seed, year_scales
from twin.grids.extremes import get_extreme, weight, with_extreme
from twin.grids.marginals import seasonal_mean
from twin.grids.reference import load
from twin.schema import variables

ZONES = ("FR", "DE_LU", "ES", "SE_3")


@pytest.fixture(scope="module")
def years() -> list[xr.Dataset]:
    """Four members, their fuel prices drawn."""
    return [energy_of(ZONES, draw(7, member)) for member in range(1, 5)]


def test_opens_lazily_and_keeps_the_schema() -> None:
    """Proves: nothing is drawn before it is read, and what is read has the schema's dims and bounds."""
    pytest.importorskip("dask")
    sites = library.many("sites", ["FR-BRU", "SE-BOR"])
    opened = ensemble(ZONES, years=1000, seed=3, sites=sites)
    assert opened["price_eur_per_mwh"].shape == (1000, 4, 8760)
    assert not isinstance(opened["price_eur_per_mwh"].data, np.ndarray)
    one = opened.sel(member=[999]).load()
    for name, rule in variables("ensemble").items():
        assert one[name].dims == rule.dims
        assert one[name].attrs["units"] == rule.units
        assert float(one[name].min()) >= rule.lower and float(one[name].max()) <= rule.upper, name


def test_a_member_does_not_depend_on_what_else_is_asked_for() -> None:
    """Proves: member 3 of 5 years is member 3 of 3, with other zones or without. Else no run repeats."""
    pytest.importorskip("dask")
    many, few = ensemble(ZONES, 5, seed=11), ensemble(["ES"], 3, seed=11)
    for name in ZONAL:
        a, b = many[name].sel(member=3, zone="ES").values, few[name].sel(member=3, zone="ES").values
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)  # 32-bit floats
    assert member_seed(11, 3) != member_seed(11, 4) != member_seed(12, 3)


def test_years_differ_about_the_reference_levels(years: list[xr.Dataset]) -> None:
    """Four means lie about the zone's level: within three standard errors of a spread of 16 % (price)."""
    for name in ZONES:
        zone = load().zones[name]
        price = np.array([float(y["price_eur_per_mwh"].sel(zone=name).mean()) for y in years])
        assert 0.02 < price.std(ddof=1) / price.mean() < 0.35
        assert price.mean() == pytest.approx(zone.price_eur_per_mwh, rel=3 * 0.2 / np.sqrt(4))
        wind = np.array([float(y["wind_cf"].sel(zone=name).mean()) for y in years])
        assert 0.005 < wind.std(ddof=1) / wind.mean() < 0.12


def test_calm_years_are_dear_years() -> None:
    """The link of yearly means that the process was fitted with: -0.7 in Germany and France."""
    process = load().process
    covariance = process.year_covariance()
    for zone in ("DE_LU", "FR"):
        wind, price = process.index([f"wind:{zone}", f"price:{zone}"])
        link = covariance[wind, price] / np.sqrt(covariance[wind, wind] * covariance[price, price])
        assert -0.85 < link < -0.55


def test_offsets_of_drawn_years_have_that_covariance() -> None:
    """Squared yearly means over their variance average 1 (chi-square of 128 channels in 3 years)."""
    process, scale = load().process, year_scales()
    drawn = scale > 0
    variance = (scale**2 * np.diag(process.year_covariance()))[drawn]
    means = np.stack([draw(7, member).offsets[drawn] for member in (1, 2, 3)])
    assert (means**2 / variance).mean() == pytest.approx(1.0, rel=0.5)


def test_one_fuel_price_moves_all_zones_together() -> None:
    with_fuel, without = (energy_of(ZONES, draw(7, 2, fuel)) for fuel in (True, False))
    ratio = (with_fuel["price_eur_per_mwh"] / without["price_eur_per_mwh"]).mean("time").values
    np.testing.assert_allclose(ratio, draw(7, 2).fuel, rtol=1e-6)
    np.testing.assert_array_equal(with_fuel["wind_cf"], without["wind_cf"])


def test_carbon_and_carbon_free_share_never_contradict(years: list[xr.Dataset]) -> None:
    """Hours of less carbon never have a smaller carbon-free share, in no zone of no year."""
    for year in years[:3]:
        for zone in ZONES:
            order = np.argsort(year["carbon_g_per_kwh"].sel(zone=zone).values)
            share = year["cfe_share"].sel(zone=zone).values[order]
            assert (np.diff(share) <= 1e-9).all()


@pytest.mark.parametrize("name", library.names("extremes"))
def test_an_extreme_does_what_its_file_says(name: str) -> None:
    """Means over the full days of each effect against the season's normal; other zones stay untouched."""
    extreme, before = get_extreme(name), energy_of(tuple(load().zones), draw(7, 1))
    after = with_extreme(before, extreme)
    touched = {zone for effect in extreme.effects for zone in effect.zones}
    for zone in set(load().zones) - touched:
        xr.testing.assert_identical(after.sel(zone=zone), before.sel(zone=zone))
    single = [e for e in extreme.effects if not _overlaps(e, extreme)]
    assert single
    for effect in single:
        full = weight(effect) == 1
        for zone in effect.zones:
            for variable, wanted, tolerance in (
                ("wind_cf", effect.wind_of_normal, 0.01),  # no hour goes above rated power
                ("pv_cf", effect.pv_of_normal, 0.01),
                ("price_eur_per_mwh", effect.price_of_normal, 0.02),  # nor beyond the limits of the auction
            ):
                if wanted is None or (variable.startswith("price") and effect.price_by_month):
                    continue
                hours = before[variable].sel(zone=zone).values
                normal = seasonal_mean(hours[None])[0][full].mean()
                got = after[variable].sel(zone=zone).values[full].mean()
                assert got == pytest.approx(wanted * normal, rel=tolerance), (zone, variable)
            if effect.above_normal_k is not None:
                hours = before["temperature_degc"].sel(zone=zone).values
                got = after["temperature_degc"].sel(zone=zone).values
                above = (got - seasonal_mean(hours[None])[0])[full].mean()
                assert above == pytest.approx(effect.above_normal_k)


def _overlaps(effect: object, extreme: object) -> bool:
    """Whether another effect touches one of the zones: the two then multiply, and no mean is promised."""
    zones = set(effect.zones)  # type: ignore[attr-defined]
    others = [e for e in extreme.effects if e is not effect]  # type: ignore[attr-defined]
    return any(zones & set(other.zones) for other in others)


def test_price_year_2022_is_that_year() -> None:
    """France averaged 275, Germany 236 EUR/MWh in 2022 (Ember); groups of zones share a factor, so 15 %."""
    grid = energy_grid(Energy(grid="extreme:price-year-2022"), ["FR", "DE_LU"], 2030)
    mean = grid["price_eur_per_mwh"].mean("time").values
    assert mean == pytest.approx([275, 236], rel=0.15)
    august = grid["price_eur_per_mwh"].sel(time="2030-08").mean("time").values
    assert (august > 1.5 * mean).all()


@pytest.mark.parametrize("odd", [-2.08, 11.0, float("nan")])
def test_no_month_of_an_extreme_turns_prices_round(odd: float) -> None:
    with pytest.raises(ValidationError, match=r"price_by_month\.7"):
        Effect.model_validate({"zones": ["FR"], "price_by_month": [1.0] * 7 + [odd] + [1.0] * 4})


def test_an_extreme_leaves_the_rest_of_the_year_alone() -> None:
    """The reference year, except for the fortnight and a day and a half either side."""
    calm = energy_grid(Energy(grid="extreme:dark-calm-fortnight"), ZONES, 2030)
    plain = reference_energy(ZONES, 2030)
    quiet = weight(get_extreme("dark-calm-fortnight").effects[0]) == 0
    for name in VARIABLES:
        np.testing.assert_allclose(calm[name].values[:, quiet], plain[name].values[:, quiet], rtol=1e-12)
    assert "dark-calm-fortnight" in calm.attrs["label"]


def test_heat_reaches_the_sites() -> None:
    """Two weeks of August at 8 K above normal: the site's dry and wet bulb rise with its country's."""
    sites = library.many("sites", ["FR-BRU", "SE-LUL"])
    hot = site_weather(Energy(grid="extreme:heat-wave-2003"), sites, 2030)
    plain = site_weather(Energy(), sites, 2030)
    window = weight(get_extreme("heat-wave-2003").effects[0]) == 1
    rise = (hot - plain).isel(time=np.flatnonzero(window)).mean("time")
    assert float(rise["dry_bulb_degc"].sel(site="FR-BRU")) > 4
    assert float(rise["wet_bulb_degc"].sel(site="FR-BRU")) > 1
    assert float(rise["dry_bulb_degc"].sel(site="SE-LUL")) == 0
    assert float((hot["dry_bulb_degc"] - hot["wet_bulb_degc"]).min()) >= -1e-6


def test_files_are_the_members(tmp_path: Path) -> None:
    """Proves: a file plans as the year it came from, weather included; 32-bit floats in between."""
    one, two = write_members(tmp_path, 2, seed=2030)
    assert [one.name, two.name] == ["member-001.nc", "member-002.nc"]
    direct = energy_grid(Energy(grid="ensemble:2"), ZONES, 2030)
    stored = energy_grid(Energy(grid=str(two)), ZONES, 2030)
    for name in VARIABLES:
        np.testing.assert_allclose(stored[name], direct[name], rtol=1e-5, atol=1e-5)
    sites = library.many("sites", ["FR-BRU"])
    a = site_weather(Energy(grid="ensemble:2"), sites, 2030)
    b = site_weather(Energy(grid=str(two)), sites, 99)
    xr.testing.assert_allclose(a, b)


@pytest.mark.parametrize(
    ("grid", "told"),
    [
        ("ensemble:0", "ensemble:N with N = 1"),
        ("ensemble:x", "ensemble:N with N = 1"),
        ("extreme:dark-calm", "did you mean 'dark-calm-fortnight'"),
        ("ensemble:2+heat", "extremes"),
    ],
)
def test_a_year_that_is_not_there_is_refused(grid: str, told: str) -> None:
    with pytest.raises(BadInput, match=told):
        recipe(grid)


def test_wrong_asks_are_refused() -> None:
    with pytest.raises(BadInput, match="at least 1"):
        ensemble(ZONES, 0, seed=1)
    with pytest.raises(BadInput, match="ATLANTIS"):
        ensemble(["ATLANTIS"], 1, seed=1)
