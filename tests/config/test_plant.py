"""Cooling plants and power trains as files: all sound, marked where unconfirmed, refused when incomplete."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from twin import library
from twin.config.plant import CoolingPlant, PowerTrain

COOLING = library.names("cooling")
TRAINS = library.names("power_trains")


def changed(model: CoolingPlant | PowerTrain, **changes: object) -> CoolingPlant | PowerTrain:
    return type(model).model_validate({**model.model_dump(), **changes})


def test_the_library_holds_the_plants_of_the_planner():
    assert set(COOLING) >= {
        "air-chiller-economiser",
        "direct-adiabatic",
        "dry-cooler-trim",
        "indirect-adiabatic",
        "tower-chiller",
    }
    assert set(TRAINS) >= {"2n", "n-plus-1"}


@pytest.mark.parametrize("name", COOLING)
def test_costs_and_estimates_are_marked_unconfirmed(name):
    """No public survey backs them; a reader must see that."""
    assert library.get("cooling", name).is_unconfirmed("capex_factor")


@pytest.mark.parametrize("name", TRAINS)
def test_power_trains_name_their_sources(name):
    train = library.get("power_trains", name)
    assert train.is_unconfirmed("capex_factor")
    assert "Code of Conduct" in train.source_of("ups_efficiency_full").source


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("tower-chiller", "tower_range_k"),
        ("dry-cooler-trim", "cooler_fan_share"),
        ("direct-adiabatic", "pad_effectiveness"),
        ("indirect-adiabatic", "exchanger_approach_k"),
        ("air-chiller-economiser", "coil_approach_k"),
    ],
)
def test_a_plant_without_one_of_its_parts_is_refused(name, key):
    with pytest.raises(ValidationError, match=key):
        changed(library.get("cooling", name), **{key: 0.0})


def test_curves_and_redundancy_are_bounded():
    with pytest.raises(ValidationError, match="add up to 1"):
        changed(library.get("cooling", "dry-cooler-trim"), chiller_plr_0=0.3)
    with pytest.raises(ValidationError, match="paths"):
        changed(library.get("power_trains", "2n"), paths=3)
