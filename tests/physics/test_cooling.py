"""The cooling plant as a whole: balances, limits, monotony, and the bounds of the second law."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twin import library
from twin.physics._checks import NonPhysical
from twin.physics.cooling import PlantParams, plant_state
from twin.physics.plant_sizing import PlantFigures, size_plant
from twin.physics.tower import LATENT_KJ_PER_KG

SEA_LEVEL = 101325.0
NAMES = [
    "air-chiller-economiser",
    "direct-adiabatic",
    "dry-cooler-trim",
    "indirect-adiabatic",
    "tower-chiller",
]
CHILLED = ["air-chiller-economiser", "dry-cooler-trim", "tower-chiller"]


def figures_of(name: str) -> PlantFigures:
    model = library.get("cooling", name)
    return PlantFigures(**{field.name: getattr(model, field.name) for field in fields(PlantFigures)})


def hybrid(name: str) -> PlantParams:
    """A plant for 300 kW of air at 25 °C and 700 kW of liquid at 34 °C."""
    return size_plant(figures_of(name), 300.0, 700.0, 25.0, 34.0)


PLANTS = {name: hybrid(name) for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_cold_weather_needs_no_compressor_and_holds_the_set_points(name):
    """At -5 °C every plant is in full free cooling and delivers what the racks ask."""
    state = plant_state(PLANTS[name], 250.0, 600.0, -5.0, -6.0, SEA_LEVEL)
    assert state.compressor_kw == 0.0
    assert state.air_supply_degc == pytest.approx(25.0)
    assert state.liquid_supply_degc == pytest.approx(34.0)
    assert 0.0 < state.power_kw < 0.05 * 850.0


@pytest.mark.parametrize("name", ["air-chiller-economiser", "dry-cooler-trim"])
def test_dry_plants_use_no_water(name):
    state = plant_state(PLANTS[name], 300.0, 700.0, np.linspace(-20, 45, 66), -25.0, SEA_LEVEL)
    assert np.all(np.asarray(state.water_l_per_h) == 0.0)


@pytest.mark.parametrize("name", CHILLED)
@settings(max_examples=400)
@given(
    dry=st.floats(-25.0, 44.0),
    warmer=st.floats(0.0, 3.0),
    depression=st.floats(0.0, 12.0),
    load=st.floats(0.15, 1.0),
)
def test_hotter_weather_never_lowers_power(name, dry, warmer, depression, load):
    """At the same humidity depression, a chiller plant's power never falls as it gets warmer (1e-9 kW)."""
    temperature = np.array([dry, dry + warmer])
    state = plant_state(
        PLANTS[name], 300 * load, 700 * load, temperature, temperature - depression, SEA_LEVEL
    )
    power = np.broadcast_to(state.power_kw, 2)
    assert power[1] >= power[0] - 1e-9


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=400)
@given(
    dry=st.floats(-25.0, 44.0),
    warmer=st.floats(0.0, 3.0),
    depression=st.floats(0.0, 12.0),
    load=st.floats(0.15, 1.0),
)
def test_hotter_weather_never_cools_the_racks_better(name, dry, warmer, depression, load):
    """Supply temperatures rise with the weather or hold; they never fall below the set points."""
    temperature = np.array([dry, dry + warmer])
    state = plant_state(
        PLANTS[name], 300 * load, 700 * load, temperature, temperature - depression, SEA_LEVEL
    )
    for supply, wanted in ((state.air_supply_degc, 25.0), (state.liquid_supply_degc, 34.0)):
        first, second = np.broadcast_to(supply, 2)
        assert wanted - 1e-9 <= first <= second + 1e-9


@pytest.mark.parametrize("name", NAMES)
@given(dry=st.floats(-25.0, 44.0), depression=st.floats(0.0, 12.0), load=st.floats(0.15, 0.95))
@settings(max_examples=300)
def test_more_heat_never_needs_less_power(name, dry, depression, load):
    """More load, more fan, pump and compressor power."""
    loads = np.array([load, load + 0.05])
    state = plant_state(PLANTS[name], 300 * loads, 700 * loads, dry, dry - depression, SEA_LEVEL)
    power = np.broadcast_to(state.power_kw, 2)
    assert power[1] >= power[0] - 1e-9


def test_adiabatic_air_reaches_its_pads_limit_and_floats():
    """40 °C with a wet bulb of 28 °C, pads at 0.85: 40 - 0.85·12 = 29.8 °C, above the 25 °C asked for.

    Water = m cp (T_db - T_supply) / h_fg with m cp = (heat + fan heat) / 13 K, times 4/3 for bleed.
    """
    figures = replace(figures_of("direct-adiabatic"), pad_effectiveness=0.85, air_rise_k=13.0)
    plant = size_plant(figures, 1000.0, 0.0, 25.0, 34.0)
    state = plant_state(plant, 1000.0, 0.0, 40.0, 28.0, SEA_LEVEL)
    assert state.air_supply_degc == pytest.approx(29.8, abs=1e-9)
    expected = (1000.0 + float(state.fan_kw)) / 13.0 * (40.0 - 29.8) / LATENT_KJ_PER_KG * 3600.0 * 4 / 3
    assert state.water_l_per_h == pytest.approx(expected, rel=1e-9)


def test_adiabatic_air_stays_dry_while_outdoor_air_is_cool_enough():
    """Below the set point outdoor air is mixed with return air: no water, supply held."""
    plant = size_plant(figures_of("direct-adiabatic"), 1000.0, 0.0, 25.0, 34.0)
    state = plant_state(plant, 1000.0, 0.0, [-10.0, 24.9, 26.0], [-11.0, 18.0, 19.0], SEA_LEVEL)
    water = np.asarray(state.water_l_per_h)
    assert water[:2].tolist() == [0.0, 0.0]
    assert water[2] > 0.0
    assert np.asarray(state.air_supply_degc) == pytest.approx([25.0, 25.0, 25.0])


def test_trim_holds_the_set_point_up_to_its_capacity_then_floats():
    """A dry cooler whose chiller takes 20 % of the heat: a warm hour is held, a hot one floats above."""
    figures = replace(figures_of("dry-cooler-trim"), liquid_trim_share=0.2)
    plant = size_plant(figures, 0.0, 1000.0, 25.0, 34.0)
    cool, warm, hot = np.asarray(plant_state(plant, 0.0, 1000.0, [20.0, 28.0, 44.0], 15.0).liquid_supply_degc)
    assert cool == warm == 34.0
    assert hot > 36.0


def test_floating_loop_balances():
    """With no chiller the loop floats to exactly the temperature where the cooler rejects all heat."""
    figures = replace(figures_of("dry-cooler-trim"), liquid_trim_share=0.0)
    plant = size_plant(figures, 0.0, 1000.0, 25.0, 34.0)
    liquid = plant.liquid
    assert liquid is not None
    assert liquid.loop.cooler is not None
    state = plant_state(plant, 0.0, 1000.0, 40.0, 20.0)
    facility = float(state.liquid_supply_degc) - liquid.cdu_approach_k * (1000.0 / liquid.rated_kw)
    from twin.physics.dry_cooler import water_effectiveness

    loop, cdu_kw = liquid.loop, liquid.cdu_kw * (1000.0 / liquid.rated_kw) ** liquid.loop.flow_exponent
    flow = (1000.0 + cdu_kw) / loop.rated_kw
    load = 1000.0 + cdu_kw + loop.mover_kw * flow**loop.flow_exponent
    span = loop.range_k * load / loop.rated_kw / flow
    rejected = water_effectiveness(loop.cooler, flow) * (facility + span - 40.0) / span * load
    assert rejected == pytest.approx(load, rel=1e-9)


def test_thin_air_costs_fan_power():
    """Hall fans move the same mass of thinner air: power ∝ 1/ρ², so 1,500 m costs (1/0.835)² of sea level."""
    plant = size_plant(figures_of("air-chiller-economiser"), 1000.0, 0.0, 25.0, 34.0)
    sea, high = (float(plant_state(plant, 1000.0, 0.0, -15.0, -16.0, p).fan_kw) for p in (SEA_LEVEL, 84556.0))
    fan = plant.air.fan_kw * (1000.0 / plant.air.rated_kw) ** plant.air.fan_exponent
    assert high - sea == pytest.approx(fan * ((SEA_LEVEL / 84556.0) ** 2 - 1.0), rel=0.01)


def test_wetted_plants_beat_dry_ones_in_dry_heat_and_pay_in_water():
    """Seville at its worst, 40 °C with a wet bulb of 22 °C: wet uses less power, more water."""
    wet, dry = (
        plant_state(PLANTS[n], 250.0, 600.0, 40.0, 22.0) for n in ("indirect-adiabatic", "dry-cooler-trim")
    )
    assert wet.power_kw < dry.power_kw
    assert wet.water_l_per_h > 0.0 == dry.water_l_per_h


@pytest.mark.parametrize("name", NAMES)
def test_vector_equals_scalar(name):
    """Any leading axes: each element equals the scalar call."""
    dry, wet = (
        np.array([[-10.0, 8.0, 17.0], [25.0, 33.0, 41.0]]),
        np.array([[-11.0, 6.0, 12.0], [18.0, 21.0, 24.0]]),
    )
    load = np.array([0.4, 0.7, 1.0])
    vector = plant_state(PLANTS[name], 300 * load, 700 * load, dry, wet, 95000.0)
    for i, j in np.ndindex(2, 3):
        scalar = plant_state(PLANTS[name], 300 * load[j], 700 * load[j], dry[i, j], wet[i, j], 95000.0)
        for one, many in zip(scalar, vector, strict=True):
            assert float(one) == pytest.approx(
                float(np.broadcast_to(many, (2, 3))[i, j]), rel=1e-12, abs=1e-12
            )


def test_a_plant_without_a_side_refuses_its_heat():
    plant = size_plant(figures_of("dry-cooler-trim"), 1000.0, 0.0, 25.0, 34.0)
    with pytest.raises(NonPhysical, match="liquid_heat_kw = 5"):
        plant_state(plant, 1000.0, 5.0, 20.0, 15.0)


def test_impossible_weather_is_refused_with_index_and_value():
    plant = PLANTS["tower-chiller"]
    with pytest.raises(NonPhysical, match=r"wet_bulb_degc\[1\] = 22"):
        plant_state(plant, 300.0, 700.0, [20.0, 20.0], [15.0, 22.0])
    with pytest.raises(NonPhysical, match=r"dry_bulb_degc\[0\] = nan"):
        plant_state(plant, 300.0, 700.0, [np.nan, 20.0], [15.0, 15.0])
    with pytest.raises(NonPhysical, match="air_heat_kw = -1"):
        plant_state(plant, -1.0, 700.0, 20.0, 15.0)


def test_coolant_near_the_dew_point_is_refused():
    """Hall air of up to 15 °C dew point and coolant at 16 °C would sweat."""
    with pytest.raises(NonPhysical, match="dew point"):
        size_plant(figures_of("dry-cooler-trim"), 300.0, 700.0, 25.0, 16.0)
