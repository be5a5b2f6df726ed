"""Faults: their files, their hours, the seconds that racks ride through."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from pydantic import ValidationError

from twin import library
from twin.config.base import Source
from twin.config.fault import OperatingFault
from twin.operation.effects import no_effects
from twin.operation.faults import LONGEST_S, effects_of, late_share, ride_through_s, sites_hit
from twin.operation.site_hours import place_under, site_hours
from twin.operation.site_year import SiteYear

SOURCE = {"default": Source(source="made up", confidence="low")}
ON_TIME = np.ones(4)


def fault(**fields: object) -> OperatingFault:
    """A fault of a test."""
    return OperatingFault.model_validate({"name": "f", "text": "t", "sources": SOURCE, **fields})


def test_the_kinds_that_were_promised_are_there() -> None:
    promised = (
        "heat-wave-france largest-site-lost zone-france-dark curtailment-order cdu-loss pump-loss "
        "chiller-loss late-connection price-spike drought"
    )
    assert set(promised.split()) <= set(library.names("faults"))


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "changes nothing"),
        ({"grid_share": 1.5}, "less than or equal to 1"),
        ({"cooling_loss": "pump", "grid_share": 0.5}, "running_share below 1"),
        ({"no_water": True, "first_day": 400}, "less than or equal to 365"),
        ({"no_water": True, "hits": "all"}, "Extra inputs"),
    ],
)
def test_a_fault_that_cannot_be_is_refused(fields: dict[str, object], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        fault(**fields)


def test_whom_it_hits() -> None:
    zones, mw = {"A": "FR", "B": "SE_3", "C": "FR"}, {"A": 10.0, "B": 50.0, "C": 20.0}
    assert sites_hit(fault(no_water=True), zones, mw) == ["A", "B", "C"]
    assert sites_hit(fault(no_water=True, zones=("FR",)), zones, mw) == ["A", "C"]
    assert sites_hit(fault(no_water=True, sites=("B",)), zones, mw) == ["B"]
    assert sites_hit(fault(no_water=True, largest_sites=1, sites=("A",)), zones, mw) == ["A", "B"]
    assert sites_hit(fault(no_water=True, zones=("PL",)), zones, mw) == []


def test_its_hours(tiny_years: list[SiteYear]) -> None:
    """Proves: day 2 from 06:00 for three hours is hours 30 to 32; only weather and price ease in."""
    cut = fault(first_day=2, first_hour=6, hours=3, grid_share=0.25, warmer_k=4.0, taper_hours=2)
    found = effects_of(cut, tiny_years[0], ON_TIME)
    assert np.flatnonzero(found.grid_share < 1).tolist() == [30, 31, 32]
    assert found.grid_share[30] == 0.25
    assert found.warmer_k[30:33] == pytest.approx(4.0)
    assert 0 < found.warmer_k[28] < found.warmer_k[29] < 4.0
    assert found.warmer_k[27] == 0.0 and found.warmer_k[35] == 0.0


def test_a_fault_at_the_end_of_the_year_stays_in_it(tiny_years: list[SiteYear]) -> None:
    late = effects_of(
        fault(first_day=365, first_hour=23, hours=5000, running_share=0.0), tiny_years[0], ON_TIME
    )
    assert np.count_nonzero(late.running_share == 0.0) == 1


@pytest.mark.parametrize(
    ("planned", "quarter", "late", "there"),
    [
        ([0, 20, 40, 40], 3, 2, [0.5, 1.0, 1.0, 1.0]),  # the hall of Q2 comes in the second quarter
        ([0, 20, 40, 40], 3, 0, [1.0, 1.0, 1.0, 1.0]),
        ([0, 0, 0, 60], 3, 6, [0.0, 0.0, 0.0, 0.0]),  # later than the year is long
        ([10, 30], 1, 1, [1 / 3, 1.0, 1.0, 1.0]),
        ([20, 40, 60, 60], 1, 1, [0.5, 1.0, 1.0, 1.0]),  # halls beyond the replayed fleet do not count
    ],
)
def test_a_late_connection(planned: list[float], quarter: int, late: int, there: list[float]) -> None:
    assert late_share(planned, quarter, late) == pytest.approx(there)


def test_towers_stop_without_water_and_dry_coolers_do_not(tiny_years: list[SiteYear]) -> None:
    from twin.config.case import Design
    from twin.facility import hall_params
    from twin.hall import load_hall

    drought = fault(no_water=True, hours=24)
    tower = hall_params(
        load_hall(Design(rack="gb200-nvl72", cooling="tower-chiller", power_train="n-plus-1"))
    )
    dry = hall_params(
        load_hall(Design(rack="gb200-nvl72", cooling="dry-cooler-trim", power_train="n-plus-1"))
    )
    stops, goes_on = (
        effects_of(drought, replace(tiny_years[0], hall=hall), ON_TIME) for hall in (tower, dry)
    )
    assert np.count_nonzero(stops.running_share == 0.0) == 24
    assert np.all(goes_on.running_share == 1.0) and goes_on.no_water.sum() == 24


def test_seconds_fall_from_plant_to_cdu_to_pump(tiny_years: list[SiteYear]) -> None:
    """Proves: the nearer the loss, the sooner chips slow down: a pump leaves seconds, a plant minutes."""
    year = tiny_years[0]
    place = place_under(year.hall, year.weather, year.mw, no_effects(len(year.planned.pue)))
    hours = site_hours(place, np.full(len(year.planned.pue), 0.8 * year.mw))
    state = np.full(24, 0.8), hours.air_degc[:24], hours.liquid_degc[:24]
    plant, cdu, pump = (
        ride_through_s(fault(running_share=0.9, cooling_loss=loss), year, *state)
        for loss in ("plant", "cdu", "pump")
    )
    assert 0 < pump < cdu < plant < LONGEST_S
    assert pump < 60 < plant
    assert ride_through_s(fault(grid_share=0.0), year, *state) == pytest.approx(plant)
    assert ride_through_s(fault(price_factor=2.0), year, *state) == LONGEST_S
    assert ride_through_s(fault(grid_share=0.0), year, np.zeros(24), *state[1:]) == LONGEST_S
