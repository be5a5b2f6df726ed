"""Halls at the load they carry: against the kernels, backwards, and with parts of the plant missing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from twin import library
from twin.config.case import Design
from twin.facility import hall_params, hall_state
from twin.hall import load_hall
from twin.operation.effects import Effects, no_effects, together, weather_under
from twin.operation.site_hours import (
    Place,
    faulted_plant,
    it_within,
    kept_pu,
    needs_water,
    place_under,
    site_hours,
)
from twin.operation.site_year import Weather
from twin.physics.psychrometrics import humidity_ratio_from_wet_bulb

N = 48
DESIGN = {"rack": "gb200-nvl72", "power_train": "n-plus-1"}
WEATHER = Weather(np.linspace(-5.0, 38.0, N), np.linspace(-6.0, 24.0, N), np.full(N, 101325.0))


def place(cooling: str = "dry-cooler-trim", mw: float = 40.0, effects: Effects | None = None) -> Place:
    """Halls of one kind in rising heat."""
    hall = hall_params(load_hall(Design(cooling=cooling, **DESIGN)))
    return place_under(hall, WEATHER, mw, effects or no_effects(N))


def test_power_is_the_kernels_times_the_halls() -> None:
    here, load = place(), np.linspace(0.3, 1.0, N)
    state = hall_state(here.hall, load, WEATHER.dry_bulb_degc, WEATHER.wet_bulb_degc, WEATHER.pressure_pa)
    found = site_hours(here, 40.0 * load)
    assert found.power_mw == pytest.approx(40.0 * state.pue * load, rel=1e-12)
    assert found.liquid_degc == pytest.approx(np.broadcast_to(state.plant.liquid_supply_degc, (N,)))


def test_a_dark_site_draws_nothing_and_half_the_halls_draw_half() -> None:
    dark = site_hours(place(), np.zeros(N))
    assert not dark.power_mw.any() and not dark.water_m3.any()
    whole, half = place(), place(effects=replace(no_effects(N), running_share=np.full(N, 0.5)))
    twice = site_hours(whole, np.full(N, 30.0)).power_mw
    assert site_hours(half, np.full(N, 15.0)).power_mw == pytest.approx(0.5 * twice)


def test_fixed_losses_make_part_load_dearer_per_megawatt() -> None:
    here = place()
    full, part = (site_hours(here, np.full(N, mw)).power_mw / mw for mw in (40.0, 12.0))
    mild = slice(0, N // 2)  # in great heat the chillers' own part load works the other way
    assert np.all(part[mild] > full[mild])


def test_load_within_a_limit_is_the_inverse_of_power() -> None:
    here, load = place(), np.full(N, 35.0)
    power = site_hours(here, load).power_mw
    found = it_within(here, load, 0.8 * power)
    assert site_hours(here, found).power_mw == pytest.approx(0.8 * power, rel=1e-9)
    assert it_within(here, load, 2.0 * power) == pytest.approx(load)
    assert not it_within(here, load, np.full(N, 0.01)).any()


@pytest.mark.parametrize("cooling", ["indirect-adiabatic", "direct-adiabatic"])
def test_without_water_pads_run_dry(cooling: str) -> None:
    rack = {"rack": "dgx-h100-x4"} if cooling == "direct-adiabatic" else {}
    hall = hall_params(load_hall(Design(cooling=cooling, **{**DESIGN, **rack})))
    wet = place_under(hall, WEATHER, 40.0, no_effects(N))
    dry = replace(wet, no_water=np.ones(N, dtype=bool))
    load = np.full(N, 36.0)
    before, after = site_hours(wet, load), site_hours(dry, load)
    assert before.water_m3.sum() > 0 and not after.water_m3.any()
    assert after.power_mw[-1] > before.power_mw[-1] or after.air_degc[-1] > before.air_degc[-1]
    assert not needs_water(hall.plant)


def test_only_towers_cannot_do_without_water() -> None:
    assert needs_water(place("tower-chiller").hall.plant)
    assert {
        name for name in library.names("cooling") if library.get("cooling", name).reject_kind == "tower"
    } == {"tower-chiller"}


def test_lost_chillers_warm_the_supply_and_throttle_racks() -> None:
    """Proves: in 38 °C without compressors the coolant floats up; with them it stays at its set point."""
    sound = place()
    lost = replace(sound, chiller_share=np.zeros(N))
    load = np.full(N, 36.0)
    warm, cool = site_hours(lost, load), site_hours(sound, load)
    assert warm.liquid_degc[-1] > cool.liquid_degc[-1] + 1.0
    assert warm.liquid_degc[0] == pytest.approx(cool.liquid_degc[0])  # free cooling does not notice
    busy = np.ones((1, N))
    assert kept_pu(lost, warm, busy)[0, -1] <= kept_pu(sound, cool, busy)[0, -1]


def test_a_whole_plant_is_left_alone() -> None:
    plant = place().hall.plant
    assert faulted_plant(plant, 1.0, False) == plant


def test_heat_keeps_the_moisture_of_the_air() -> None:
    hotter = weather_under(WEATHER, replace(no_effects(N), warmer_k=np.full(N, 6.0)))
    assert hotter.dry_bulb_degc == pytest.approx(WEATHER.dry_bulb_degc + 6.0)
    before, after = (
        humidity_ratio_from_wet_bulb(w.dry_bulb_degc, w.wet_bulb_degc, w.pressure_pa)
        for w in (WEATHER, hotter)
    )
    thawed = (WEATHER.wet_bulb_degc > 1.0) & (before > 1e-4)  # an iced bulb near 0 °C has two readings
    assert after[thawed] == pytest.approx(before[thawed], rel=1e-6)


def test_two_faults_at_once_multiply_and_add() -> None:
    one = replace(no_effects(2), grid_share=np.array([0.5, 1.0]), warmer_k=np.array([2.0, 0.0]))
    both = together(one, one)
    assert both.grid_share == pytest.approx([0.25, 1.0])
    assert both.warmer_k == pytest.approx([4.0, 0.0])
    assert both.touched.tolist() == [True, False]
    assert not no_effects(3).touched.any()
