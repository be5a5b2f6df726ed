"""One site in one year of operation: all its replay needs, as plain arrays that travel to a process."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from twin.facility import HallParams
from twin.operation.terms import Array, Supply, Terms
from twin.physics.ride_through import Stores


@dataclass(frozen=True)
class Classes:
    """Workload classes W of the fleet. ``power_pu`` (W, T) per MW of nameplate; the others (W,).

    ``moving_share`` is the part of power above idle that may wait; ``shed_order`` lists classes by what is
    stopped first.
    """

    names: tuple[str, ...]
    power_pu: Array
    idle_pu: Array
    busy_pu: Array
    share: Array
    moving_share: Array
    shed_order: tuple[int, ...]

    def utilisation(self, power_pu: Array) -> Array:
        """Return the busy share of GPUs behind a power per nameplate, (W, T)."""
        idle, busy = self.idle_pu[:, None], self.busy_pu[:, None]
        return np.clip((power_pu - idle) / (busy - idle), 0.0, 1.0)


@dataclass(frozen=True)
class Weather:
    """Outdoor air of the site: °C, °C, Pa, each (T,)."""

    dry_bulb_degc: Array
    wet_bulb_degc: Array
    pressure_pa: Array


@dataclass(frozen=True)
class PlannedHours:
    """Hours as the planner took them, per MW of nameplate: mean load, PUE at it, throttling at full power.

    ``kept_pu`` is the part of a rack's power that the planner let run; the other loads are after it.
    """

    it_pu: Array
    moving_pu: Array
    kept_pu: Array
    pue: Array
    wue_l_per_kwh: Array
    window_h: int


@dataclass(frozen=True)
class Promised:
    """What the plan says of the site's year: supply and water bill, use, carbon, hours in which work is lost.

    Moved work is in it.
    """

    eur: float
    mwh: float
    carbon_t: float
    hours: float


@dataclass(frozen=True)
class SiteYear:
    """A site's halls, load, weather and supply in the replayed year.

    ``moved`` are EUR, MWh, t and h that the plan expects of work moving between sites, which replay leaves
    where it came. ``class_mw`` (W,) is the nameplate given to each class; ``parts`` are the plan's supply
    options one by one, with their MW of IT, ``terms.supply`` all of them together.
    """

    site: str
    zone: str
    design: str
    mw: float
    class_mw: Array
    gpus_per_mw: float
    classes: Classes
    hall: HallParams
    stores: Stores
    weather: Weather
    planned: PlannedHours
    promised: Promised
    moved: Array
    terms: Terms
    parts: tuple[tuple[float, Supply], ...]
    seed: int
