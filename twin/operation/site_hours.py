"""Power, water and throttling of a site's halls at the load they carry: the nonlinear side of replay."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from twin.facility import HallParams, HallState, hall_state
from twin.operation.effects import Effects
from twin.operation.site_year import Weather
from twin.operation.terms import Array
from twin.physics.cooling import AirSide, LiquidSide, PlantParams
from twin.physics.loop import LoopParams
from twin.physics.rack import throttle_pu

KW_PER_MW = 1000.0
LEAST_LOAD = 1e-4
"""Halls that carry less than this of their nameplate are dark: no power, no water."""
WARMEST_SUPPLY_DEGC = 79.0
"""Warmest supply that the rack kernels accept; every rack is off long before."""
BISECTIONS = 45
"""Halvings that bring a load within 1e-12 of its nameplate."""


@dataclass(frozen=True)
class Hours:
    """Hours of a site, (T,): power at the bus (MW), water (m3), and what the plant supplies (°C)."""

    power_mw: Array
    water_m3: Array
    air_degc: Array
    liquid_degc: Array


@dataclass(frozen=True)
class Place:
    """Halls at a site under given weather and faults; ``running_mw`` (T,) is the nameplate that may run."""

    hall: HallParams
    weather: Weather
    running_mw: Array
    chiller_share: Array
    no_water: NDArray[np.bool_]

    def hours(self, part: slice) -> Place:
        """Return some hours of it."""
        w = self.weather
        cut = Weather(w.dry_bulb_degc[part], w.wet_bulb_degc[part], w.pressure_pa[part])
        faults = self.chiller_share[part], self.no_water[part]
        return Place(self.hall, cut, self.running_mw[part], *faults)


def place_under(hall: HallParams, weather: Weather, mw: float, effects: Effects) -> Place:
    """Return the halls of a site of ``mw`` of IT with the faults' shares."""
    return Place(hall, weather, mw * effects.running_share, effects.chiller_share, effects.no_water)


def site_hours(place: Place, it_mw: Array) -> Hours:
    """Return what the halls draw, evaporate and supply when they carry ``it_mw`` (T,) of IT load.

    Halls that run share the load evenly; dark ones draw nothing. Load above the running nameplate by rounding
    is taken as full.
    """
    found = [np.zeros_like(it_mw) for _ in range(2)] + [np.full_like(it_mw, 20.0) for _ in range(2)]
    load = np.divide(it_mw, place.running_mw, out=np.zeros_like(it_mw), where=place.running_mw > 0)
    lit = load > LEAST_LOAD
    for hours, hall in _plants(place, lit):
        state = _state(place, hall, np.minimum(load[hours], 1.0), hours)
        scale = place.running_mw[hours] / KW_PER_MW
        found[0][hours] = state.flow.input_kw * scale
        found[1][hours] = state.plant.water_l_per_h * scale
        found[2][hours] = np.clip(state.plant.air_supply_degc, -39.0, WARMEST_SUPPLY_DEGC)
        found[3][hours] = np.clip(state.plant.liquid_supply_degc, -4.0, WARMEST_SUPPLY_DEGC)
    return Hours(*found)


def kept_pu(place: Place, hours: Hours, class_power_pu: Array) -> Array:
    """Return the part of each class's power that its racks may run within thermal limits, (W, T)."""
    rack, liquid = place.hall.rack, hours.liquid_degc if place.hall.rack.has_liquid else None
    return 1.0 - throttle_pu(rack, class_power_pu, hours.air_degc, liquid, place.weather.pressure_pa)


def it_within(place: Place, it_mw: Array, limit_mw: Array) -> Array:
    """Return the largest IT load up to ``it_mw`` whose site draws at most ``limit_mw``, (T,), by bisection.

    0 where even the least load draws more.
    """
    low, high = np.zeros_like(it_mw), it_mw.copy()
    fits = site_hours(place, it_mw).power_mw <= limit_mw
    low[fits] = it_mw[fits]
    for _ in range(BISECTIONS):
        middle = 0.5 * (low + high)
        ok = site_hours(place, middle).power_mw <= limit_mw
        low, high = np.where(ok, middle, low), np.where(ok, high, middle)
    # below the least load halls are dark; that is no load at all
    return np.where(low > 2.0 * LEAST_LOAD * place.running_mw, low, 0.0)


def faulted_plant(plant: PlantParams, chiller_share: float, no_water: bool) -> PlantParams:
    """Return the plant with part of its compressors' capacity, or without make-up water for its pads."""
    air, liquid = plant.air, plant.liquid
    return PlantParams(
        None if air is None else _faulted_air(air, chiller_share, no_water),
        None if liquid is None else _faulted_liquid(liquid, chiller_share, no_water),
    )


def needs_water(plant: PlantParams) -> bool:
    """Whether the plant cannot reject heat at all without water: it has a wet tower."""
    loops = [side.loop for side in (plant.air, plant.liquid) if side is not None and side.loop is not None]
    return any(loop.tower is not None for loop in loops)


def _plants(place: Place, lit: NDArray[np.bool_]) -> list[tuple[NDArray[np.bool_], HallParams]]:
    """Group lit hours by what is left of the plant; undisturbed hours keep the hall as it is."""
    key = np.where(place.no_water, -1.0 - place.chiller_share, place.chiller_share)
    groups = []
    for value in np.unique(key[lit]):
        hours = lit & (key == value)
        dry, share = value < 0, float(-1.0 - value if value < 0 else value)
        plant = place.hall.plant
        plant = plant if not dry and share == 1.0 else faulted_plant(plant, share, dry)
        groups.append((hours, replace(place.hall, plant=plant)))
    return groups


def _state(place: Place, hall: HallParams, load_pu: Array, hours: NDArray[np.bool_]) -> HallState:
    w = place.weather
    return hall_state(hall, load_pu, w.dry_bulb_degc[hours], w.wet_bulb_degc[hours], w.pressure_pa[hours])


def _faulted_loop(loop: LoopParams, chiller_share: float, no_water: bool) -> LoopParams:
    chiller = loop.chiller
    if chiller is not None:
        left = chiller.capacity_kw * chiller_share
        chiller = replace(chiller, capacity_kw=left) if left > 0 else None
    return replace(loop, chiller=chiller, pad_effectiveness=0.0 if no_water else loop.pad_effectiveness)


def _faulted_air(side: AirSide, chiller_share: float, no_water: bool) -> AirSide:
    chiller = side.chiller
    if chiller is not None:
        left = chiller.capacity_kw * chiller_share
        chiller = replace(chiller, capacity_kw=left) if left > 0 else None
    loop = None if side.loop is None else _faulted_loop(side.loop, chiller_share, no_water)
    pads = 0.0 if no_water else side.pad_effectiveness
    return replace(side, chiller=chiller, loop=loop, pad_effectiveness=pads)


def _faulted_liquid(side: LiquidSide, chiller_share: float, no_water: bool) -> LiquidSide:
    return replace(side, loop=_faulted_loop(side.loop, chiller_share, no_water))
