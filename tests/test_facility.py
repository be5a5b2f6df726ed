"""Facility: balance, agreement with its parts, verdicts and bad weather."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from twin import library
from twin.config.case import Design
from twin.errors import BadInput
from twin.facility import facility, hall_params, hall_state
from twin.hall import Hall, load_hall
from twin.physics.psychrometrics import humidity_ratio, pressure_at_altitude_pa, wet_bulb_degc

COOLING = [
    "air-chiller-economiser",
    "direct-adiabatic",
    "dry-cooler-trim",
    "indirect-adiabatic",
    "tower-chiller",
]


def hall(cooling: str, rack: str = "hgx-h100-liquid", train: str = "n-plus-1") -> Hall:
    return load_hall(Design(rack=rack, cooling=cooling, power_train=train))


def weather(sites, hours: int = 48, warmer_k: float = 0.0) -> xr.Dataset:
    """A smooth synthetic day and season around each site's mean; humidity 70 %."""
    time = np.datetime64("2030-01-01T00") + np.arange(hours).astype("timedelta64[h]")
    swing = 9 * np.sin(2 * np.pi * np.arange(hours) / hours) + 4 * np.sin(2 * np.pi * np.arange(hours) / 24)
    dry = np.array([[site.mean_dry_bulb_degc] for site in sites]) + swing + warmer_k
    pressure = pressure_at_altitude_pa([[site.elevation_m] for site in sites]) + np.zeros(dry.shape)
    wet = wet_bulb_degc(dry, humidity_ratio(dry, 0.7, pressure), pressure)
    names = [site.name for site in sites]
    data = {"dry_bulb_degc": dry, "wet_bulb_degc": wet, "pressure_pa": pressure}
    return xr.Dataset({k: (("site", "time"), v) for k, v in data.items()}, {"site": names, "time": time})


@pytest.fixture(scope="module")
def sites():
    return library.all_of("sites")[:4]


@pytest.mark.parametrize("cooling", COOLING)
@pytest.mark.parametrize("rack", ["dgx-h100-x4", "gb200-nvl72", "dgx-h100-x4-rear-door"])
def test_energy_balance_and_pue_above_one(cooling, rack):
    """Facility input = IT + house + fans + pumps + compressors + three losses, to 1e-9; PUE > 1."""
    params = hall_params(hall(cooling, rack))
    dry = np.linspace(-25.0, 42.0, 300)
    wet = wet_bulb_degc(dry, humidity_ratio(dry, 0.5, 99000.0), 99000.0)
    load = np.linspace(0.05, 1.0, 300)
    state = hall_state(params, load, dry, wet, np.full(300, 99000.0))
    plant, flow = state.plant, state.flow
    parts = state.it_kw + state.house_kw + plant.fan_kw + plant.pump_kw + plant.compressor_kw
    losses = flow.pdu_loss_kw + flow.ups_loss_kw + flow.transformer_loss_kw
    assert flow.input_kw == pytest.approx(parts + losses, rel=1e-9)
    assert np.all(state.pue > 1.0)
    assert np.all(state.wue_l_per_kwh >= 0.0)


def test_two_paths_cost_more_than_one_spare():
    """2N against N+1 of the same machines at 60 % load: more no-load loss, higher PUE."""
    args = (np.array([0.6]), np.array([15.0]), np.array([11.0]), np.array([101325.0]))
    doubled, spare = (
        hall_state(hall_params(hall("dry-cooler-trim", train=t)), *args).pue for t in ("2n", "n-plus-1")
    )
    assert doubled > spare


def test_dataset_equals_its_parts(sites):
    """Every site and hour equals the hall alone; the year is energy over energy, not a mean of ratios."""
    air, load = weather(sites), np.linspace(0.5, 1.0, 48)
    designs = {"dry": hall("dry-cooler-trim"), "wet": hall("direct-adiabatic", "dgx-h100-x4")}
    result = facility(sites, designs, air, load)
    assert result["pue"].dims == ("site", "design", "time")
    assert result["design"].values.tolist() == ["dry", "wet"]
    for design, one in designs.items():
        for name in air["site"].values:
            here = [air[k].sel(site=name).values for k in ("dry_bulb_degc", "wet_bulb_degc", "pressure_pa")]
            alone = hall_state(hall_params(one), load, *here)
            cell = result.sel(site=name, design=design)
            assert cell["pue"].values == pytest.approx(alone.pue, rel=1e-12)
            assert cell["wue_l_per_kwh"].values == pytest.approx(alone.wue_l_per_kwh, rel=1e-12, abs=1e-12)
            annual = float((alone.pue * load).sum() / load.sum())
            assert float(cell["pue_annual"]) == pytest.approx(annual, rel=1e-12)


def test_long_years_are_chunked_without_a_seam(sites, monkeypatch):
    """Results do not depend on how the hours are cut into chunks."""
    air, load = weather(sites, 100), np.full(100, 0.8)
    words = ["binding_limit", "margin_unit"]
    whole = facility(sites, {"a": hall("tower-chiller")}, air, load)
    monkeypatch.setattr("twin.facility.CHUNK", 28)
    pieces = facility(sites, {"a": hall("tower-chiller")}, air, load)
    xr.testing.assert_allclose(whole.drop_vars(words), pieces.drop_vars(words), rtol=1e-13)


def test_mild_climate_is_feasible_and_unthrottled(sites):
    result = facility(
        sites, {"a": hall("air-chiller-economiser", "dgx-h100-x4")}, weather(sites), np.full(48, 0.9)
    )
    assert result["feasible"].values.min() == 1.0
    assert result["hours_throttled"].values.max() == 0.0
    assert result["margin"].values.min() >= 0.0
    assert 40.0 < result["gpu_degc_max"].values.max() < 87.0


def test_a_heat_wave_stops_outdoor_air_at_the_inlet(sites):
    """18 K above the mean climate, 70 % humid: outdoor air passes the 30 °C of a DGX; inlet binds."""
    result = facility(
        sites, {"a": hall("direct-adiabatic", "dgx-h100-x4")}, weather(sites, warmer_k=18.0), np.full(48, 0.9)
    )
    worst = result.isel(site=int(np.argmin(result["margin"].values)), design=0)
    assert float(worst["feasible"]) == 0.0
    assert str(worst["binding_limit"].item()) == "air inlet high"
    assert str(worst["margin_unit"].item()) == "K"
    assert float(worst["margin"]) < 0.0


def test_every_fault_of_the_weather_is_named_with_site_and_time(sites):
    """A missing value, a wet bulb above the dry bulb and a pressure in hPa are reported together."""
    air = weather(sites)
    air["dry_bulb_degc"][0, 3] = np.nan
    air["wet_bulb_degc"][1, 5] = air["dry_bulb_degc"][1, 5] + 2.0
    air["pressure_pa"][2, 7] = 1013.0
    with pytest.raises(BadInput) as caught:
        facility(sites, {"a": hall("dry-cooler-trim")}, air, np.full(48, 0.8))
    text = str(caught.value)
    for site, key, hour in ((0, "dry_bulb_degc", 3), (1, "wet_bulb_degc", 5), (2, "pressure_pa", 7)):
        assert f"{key}[site={sites[site].name}, time={air['time'].values[hour]}]" in text


def test_load_must_be_a_share_of_nameplate_for_every_hour(sites):
    designs, air = {"a": hall("dry-cooler-trim")}, weather(sites)
    with pytest.raises(BadInput, match=r"it_power_pu\[5\]"):
        facility(sites, designs, air, np.where(np.arange(48) == 5, 1.3, 0.8))
    with pytest.raises(BadInput, match="each of 48 hours"):
        facility(sites, designs, air, np.full(47, 0.8))
    with pytest.raises(BadInput, match="at least one of each"):
        facility(sites, {}, air, np.full(48, 0.8))
    with pytest.raises(BadInput, match="weather of every site"):
        facility(library.all_of("sites")[:5], designs, air, np.full(48, 0.8))


def test_a_rack_whose_coolant_would_sweat_is_refused_by_name():
    """Coolant at 16 °C in a hall of up to 15 °C dew point: named with rack, plant and power train."""
    wrong = hall("dry-cooler-trim")
    cold = Hall(
        wrong.rack.model_copy(update={"liquid_supply_set_degc": 16.0, "liquid_inlet_min_degc": 10.0}),
        wrong.node,
        wrong.gpu,
        wrong.cooling,
        wrong.power_train,
    )
    with pytest.raises(BadInput, match=r"rack hgx-h100-liquid on dry-cooler-trim with n-plus-1.*dew point"):
        hall_params(cold)


def test_figures_beyond_any_hall_are_told_with_the_files_they_come_from(sites):
    """Proves: whoever has a case-to-junction resistance of 12 K/W learns which files to look into."""
    wrong = hall("dry-cooler-trim")
    odd = wrong.rack.model_copy(update={"junction_k_per_w": 12.0})
    hot = Hall(odd, wrong.node, wrong.gpu, wrong.cooling, wrong.power_train)
    with pytest.raises(
        BadInput, match=r"racks/hgx-h100-liquid of nodes/.* on cooling/dry-cooler-trim.*gpu_degc"
    ):
        facility(sites, {"a": hot}, weather(sites), np.full(48, 0.8))
