"""One site through one year: work placed, facility power by the kernels, supply dispatched, shortage shed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from twin.operation.class_load import (
    AS_PLANNED,
    ClassLoad,
    Physics,
    class_load,
    lost_to_stops,
    shed,
    with_deferral,
)
from twin.operation.dispatch import Dispatched
from twin.operation.dispatch_promise import Guess, keep_promise
from twin.operation.dispatch_rolling import rolling
from twin.operation.dispatch_rule import by_rule
from twin.operation.effects import Effects, no_effects, terms_under, weather_under
from twin.operation.settle import settle
from twin.operation.site_hours import Place, it_within, place_under, site_hours
from twin.operation.site_year import SiteYear
from twin.operation.terms import Array, Demand, Flows, Prices, Supply, Terms, settled

Policy = Literal["foresight", "rolling", "rule"]
POLICIES: tuple[Policy, ...] = ("foresight", "rolling", "rule")
STEP = 0.01
"""Relative step of load at which the slope of facility power is taken."""
SHORT_MW = 1e-7
"""Power that could not be fed below this is rounding of the solver."""
AGAIN = 3
"""Rounds in which load is shed: the first settles almost all of it."""


@dataclass(frozen=True)
class Operated:
    """Hours of a site, (T,) unless said: IT wanted and run, power at the bus, flows, water, and work lost.

    ``class_mw`` and ``lost_gpu_h`` are (W, T). Of the IT power that was wanted, ``throttled_mw`` went to
    thermal limits, ``stopped_mw`` to stopped halls, ``short_mw`` to missing power; ``shifted_mw`` is work
    that runs now and came in another hour (negative: waits). ``air_degc`` and ``liquid_degc`` are what
    the plant supplies.
    """

    terms: Terms
    wanted_mw: Array
    it_mw: Array
    class_mw: Array
    power_mw: Array
    water_m3: Array
    flows: Flows
    throttled_mw: Array
    stopped_mw: Array
    short_mw: Array
    shifted_mw: Array
    lost_gpu_h: Array
    air_degc: Array
    liquid_degc: Array
    prices: Prices

    @property
    def able_mw(self) -> Array:
        """IT power that could run of what was wanted, whether it waited or not."""
        return self.wanted_mw - self.throttled_mw - self.stopped_mw - self.short_mw


@dataclass
class Warm:
    """Where earlier programmes of the same site ended: the next ones begin there."""

    guess: Guess = field(default_factory=Guess)
    last: dict[str, tuple[Terms, Demand, Dispatched]] = field(default_factory=dict)

    def foresight(self, name: str, terms: Terms, demand: Demand) -> tuple[Flows, Prices]:
        """Solve with perfect foresight from where the last one of that name ended."""
        if name in self.last and _same(self.last[name], terms, demand):
            found = self.last[name][2]
            return found.flows, found.prices
        found = keep_promise(terms, demand, self.guess)
        self.last[name] = terms, demand, found
        return found.flows, found.prices


def _same(last: tuple[Terms, Demand, Dispatched], terms: Terms, demand: Demand) -> bool:
    """Whether the question is that of the last answer: an effect that is switched on may change nothing."""
    before = last[1]
    alike = all(
        np.array_equal(getattr(before, name), getattr(demand, name))
        for name in ("base_mw", "work_mw", "work_max_mw", "mw_per_work")
    )
    return alike and before.window_h == demand.window_h and last[0] is terms


@dataclass(frozen=True)
class _Site:
    """What an operation works on: the year, its halls and load under the effects, and its terms of supply."""

    year: SiteYear
    physics: Physics
    place: Place
    load: ClassLoad
    demand: Demand
    terms: Terms

    def it_mw(self, work_mw: Array, part: slice = slice(None)) -> Array:
        """Return IT power, MW, when ``work_mw`` of the moving work runs in some hours."""
        return np.asarray(self.load.it_mw[part] - self.load.moving[part] + work_mw)

    def power_mw(self, it_mw: Array, part: slice = slice(None)) -> Array:
        """Return power at the bus for an IT load: by the kernels, or at the planner's PUE."""
        if self.physics.part_load:
            return site_hours(self.place.hours(part), it_mw).power_mw
        return np.asarray(it_mw * self.year.planned.pue[part])

    def held(self, power_mw: Array, work_mw: Array) -> Demand:
        """Return a load whose moving work stays where it is: the same programme, so that a basis fits it."""
        if not self.demand.moves:
            return settled(power_mw)
        base = power_mw - self.demand.mw_per_work * work_mw
        return replace(self.demand, base_mw=base, work_mw=work_mw, work_max_mw=work_mw)

    def within(self, it_mw: Array, limit_mw: Array) -> Array:
        """Return the IT load that a limited power at the bus can carry, MW."""
        if self.physics.part_load:
            return it_within(self.place, it_mw, limit_mw)
        return np.minimum(it_mw, limit_mw / self.year.planned.pue)


def operate(
    year: SiteYear,
    physics: Physics,
    effects: Effects,
    policy: Policy = "foresight",
    prices: Prices | None = None,
    warm: Warm | None = None,
) -> Operated:
    """Return a year of operation of one site.

    ``prices`` are what keeping the plan's promises costs at the margin, which policies without foresight pay
    in place of knowing the year's end.
    """
    site, warm, paid = _site(year, physics, effects), warm or Warm(), prices or Prices()
    work, flows, paid = _dispatch(site, policy, paid, warm)
    asked = it_mw = site.it_mw(work)
    power_mw = site.power_mw(it_mw)
    for _ in range(AGAIN):
        if flows.unserved_mw.max() <= SHORT_MW:
            break
        it_mw = site.within(it_mw, power_mw - flows.unserved_mw)
        power_mw = site.power_mw(it_mw)
        flows = _again(site, policy, power_mw, work, flows, paid, warm)
    return _told(site, work, asked, it_mw, power_mw, flows, paid)


def operate_part(year: SiteYear, mw: float, supply: Supply, warm: Warm | None = None) -> Operated:
    """Return the year of ``mw`` of the site's IT on one supply option alone, all as the planner took it."""
    mine = year.class_mw * (mw / year.mw)
    part = replace(year, mw=mw, class_mw=mine, terms=replace(year.terms, supply=supply))
    return operate(part, AS_PLANNED, no_effects(len(year.planned.pue)), warm=warm)


def _site(year: SiteYear, physics: Physics, effects: Effects) -> _Site:
    place = place_under(year.hall, weather_under(year.weather, effects), year.mw, effects)
    load = class_load(year, place, physics)
    bare = _Site(year, physics, place, load, settled(load.it_mw), terms_under(year, effects))
    return replace(bare, demand=_demand(bare))


def _demand(site: _Site) -> Demand:
    """Return the site's load with what may wait apart; moving work draws what one more MW draws here and now.

    The planner's physics has one PUE for all work of an hour; the kernels' PUE falls with load, so that more
    work costs less than the mean.
    """
    it_mw, moving = site.load.it_mw, site.load.moving
    room = np.maximum(site.load.room_mw - (it_mw - moving), moving)
    window = site.year.planned.window_h
    if not site.physics.part_load:
        pue = site.year.planned.pue
        return Demand((it_mw - moving) * pue, moving, room, pue, window)
    power = site.power_mw(it_mw)
    less = power - site.power_mw((1.0 - STEP) * it_mw)
    slope = np.divide(less, STEP * it_mw, out=np.ones_like(it_mw), where=it_mw > 0)
    return Demand(power - slope * moving, moving, room, slope, window)


def _dispatch(site: _Site, policy: Policy, prices: Prices, warm: Warm) -> tuple[Array, Flows, Prices]:
    """Return the moving work of each hour, the flows, and the prices that hold the promises."""
    moving = site.load.moving
    if policy == "rule":
        return moving, by_rule(site.terms, settled(site.power_mw(site.load.it_mw)), prices), prices
    if policy == "rolling":

        def power_of(part: slice, work_mw: Array) -> Array:
            return site.power_mw(site.it_mw(work_mw, part), part)

        flows = rolling(site.terms, site.demand, prices, power_of, site.year.seed)
        return flows.work_mw, flows, prices
    flows, found = warm.foresight("work", site.terms, site.demand)
    work = flows.work_mw if site.demand.moves else moving
    if site.physics.part_load:
        power = site.power_mw(site.it_mw(work))
        flows, found = warm.foresight("load", site.terms, site.held(power, work))
    return work, flows, found


def _again(
    site: _Site, policy: Policy, load_mw: Array, work_mw: Array, flows: Flows, prices: Prices, warm: Warm
) -> Flows:
    """Dispatch once more for a load that was cut to what can be fed."""
    if policy == "foresight":
        return warm.foresight("load", site.terms, site.held(load_mw, work_mw))[0]
    wishes = flows.charge_mw, flows.discharge_mw
    return settle(site.terms, load_mw, *wishes, 0.0, site.terms.supply.peak_mw, prices, flows.work_mw)


def _told(
    site: _Site, work_mw: Array, asked_mw: Array, it_mw: Array, power_mw: Array, flows: Flows, prices: Prices
) -> Operated:
    """Lay the hours out, with work that went short taken from the classes in their order."""
    classes, load = site.year.classes, site.load
    by_class = with_deferral(load, work_mw)
    given = shed(by_class, np.maximum(asked_mw - it_mw, 0.0), classes.shed_order)
    stopped = np.divide(given, classes.power_pu, out=np.zeros_like(given), where=classes.power_pu > 0)
    hours = site_hours(site.place, it_mw)
    return Operated(
        terms=site.terms,
        wanted_mw=load.wanted.sum(axis=0),
        it_mw=it_mw,
        class_mw=by_class - given,
        power_mw=power_mw,
        water_m3=hours.water_m3 if site.physics.part_load else it_mw * site.year.planned.wue_l_per_kwh,
        flows=flows,
        throttled_mw=load.throttled_mw,
        stopped_mw=load.stopped_mw,
        short_mw=asked_mw - it_mw,
        shifted_mw=work_mw - load.moving,
        lost_gpu_h=load.lost_gpu_h + lost_to_stops(site.year, stopped),
        air_degc=hours.air_degc,
        liquid_degc=hours.liquid_degc,
        prices=prices,
    )
