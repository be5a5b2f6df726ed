"""From a fault's file to the hours of each site, and the seconds that racks ride it through."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from twin.config.fault import OperatingFault
from twin.operation.effects import Effects, no_effects
from twin.operation.site_hours import needs_water
from twin.operation.site_year import SiteYear
from twin.operation.terms import Array
from twin.physics.rack import rack_state
from twin.physics.ride_through import Loss, after, network_of, seconds_to

LONGEST_S = 86_400.0
"""Ride-through is told up to a day; longer means that nothing has to stop."""
HOURS_PER_QUARTER = 2190


def sites_hit(fault: OperatingFault, zone_of: Mapping[str, str], mw: Mapping[str, float]) -> list[str]:
    """Return the sites of a plan that a fault hits, of ``zone_of`` (site → zone) with their MW of IT."""
    if not (fault.zones or fault.sites or fault.largest_sites):
        return list(zone_of)
    biggest = sorted(mw, key=lambda site: -mw[site])[: fault.largest_sites]
    named = {*fault.sites, *biggest}
    return [site for site, zone in zone_of.items() if site in named or zone in fault.zones]


def effects_of(fault: OperatingFault, year: SiteYear, late_share: Array) -> Effects:
    """Return the hours, (T,), of a site that a fault hits.

    ``late_share`` (quarters of the year,) is the part of its megawatts that a late connection leaves. A plant
    with towers stops without water.
    """
    size = len(year.planned.pue)
    quiet, felt, during = no_effects(size), _felt(fault, size), _during(fault, size)
    running = np.where(during, fault.running_share, 1.0)
    if fault.no_water and needs_water(year.hall.plant):
        running = np.where(during, 0.0, running)
    if fault.quarters_late:
        quarter = np.minimum(np.arange(size) // HOURS_PER_QUARTER, len(late_share) - 1)
        running = running * late_share[quarter]
    return Effects(
        warmer_k=fault.warmer_k * felt,
        price_factor=1.0 + (fault.price_factor - 1.0) * felt,
        price_adder_eur_per_mwh=fault.price_adder_eur_per_mwh * felt,
        grid_share=np.where(during, fault.grid_share, 1.0),
        running_share=running,
        chiller_share=np.where(during, fault.chiller_share, 1.0),
        no_water=during if fault.no_water else quiet.no_water,
    )


def late_share(planned_mw: Sequence[float], quarter: int, late: int) -> Array:
    """Return what is there of the megawatts of ``quarter`` in each quarter of the year that begins with it.

    ``planned_mw`` are the site's MW of IT by quarter of the plan; ``late`` quarters behind, quarter q has
    what the plan has in q - late. Beyond the plan its last quarter goes on.
    """
    there = []
    for ahead in range(4):
        when = quarter + ahead - late
        there.append(planned_mw[min(when, len(planned_mw) - 1)] if when >= 0 else 0.0)
    full = planned_mw[quarter]
    return np.minimum(np.asarray(there) / full, 1.0) if full > 0 else np.ones(4)


def ride_through_s(
    fault: OperatingFault, year: SiteYear, it_pu: Array, air_degc: Array, liquid_degc: Array
) -> float:
    """Return the seconds until chips slow down in the worst hour, for what a fault takes of the cooling.

    Arrays are the hours of the fault, (n,): load of the racks and what the plant supplied before. Losing the
    whole connection stops the plant while UPS carry the racks. A fault that leaves the cooling alone, or one
    that racks outlast by a day, gives ``LONGEST_S``.
    """
    loss: Loss | None = None if fault.cooling_loss == "none" else fault.cooling_loss
    if loss is None and fault.grid_share == 0.0:
        loss = "plant"
    busy = it_pu > 0
    if loss is None or not busy.any():
        return LONGEST_S
    rack = year.hall.rack
    liquid = liquid_degc[busy] if rack.has_liquid else None
    state = rack_state(rack, it_pu[busy], air_degc[busy], liquid, year.weather.pressure_pa.mean())
    chain = after(network_of(rack, state, it_pu[busy], year.stores), loss, rack)
    return float(min(seconds_to(chain, rack.slowdown_degc, LONGEST_S).min(), LONGEST_S))


def _during(fault: OperatingFault, size: int) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    hours = np.arange(size)
    start = 24 * (fault.first_day - 1) + fault.first_hour
    return np.asarray((hours >= start) & (hours < start + fault.hours))


def _felt(fault: OperatingFault, size: int) -> Array:
    """Return how much weather and price feel of it in each hour, 0 to 1; they ease in and out on a cosine."""
    start = 24.0 * (fault.first_day - 1) + fault.first_hour
    middle = np.arange(size) + 0.5
    outside = np.maximum(np.maximum(start - middle, middle - start - fault.hours), 0.0)
    ease = float(fault.taper_hours)
    if ease == 0:
        return np.asarray(outside == 0.0, dtype=float)
    return np.asarray(0.5 + 0.5 * np.cos(np.pi * np.minimum(outside / ease, 1.0)))
