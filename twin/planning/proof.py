"""Column generation: better supply is priced where the bound wants it, until the gap is proven.

Each round solves the master over the options on offer (a plan, from above) and the outer master over every
supply that the proven supports allow (a bound, from below). The prices that the outer master puts on peak,
carbon, grey energy, contracts … are then asked of the full-year supply problem of the sites it uses: each
answer is a new option, which can only better the plan, and a new support, which can only lift the bound.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import xarray as xr

from twin.errors import Impossible, SystemFailure
from twin.planning.bounds import LowerBound, Pair, Prices, asked, lower_bound, rounded
from twin.planning.decode import relative_gap
from twin.planning.leaner import nearest
from twin.planning.menu import Menu
from twin.planning.moved_plan import (
    FleetMoves,
    fleet_moves,
    hours_of,
    mix_in,
    mix_of,
    with_moves,
)
from twin.planning.option_row import CARBON, CONTRACTED, GREY, PEAK, WATER
from twin.planning.reachable import explain_impossible
from twin.planning.siting import Choice, build_model, choose, choose_and_bound, finish
from twin.planning.supply_problem import Array
from twin.planning.work_price import WorkPrice
from twin.tolerances import MASTER_GAP, PEAK_MET, STALLED

Builder = Callable[[xr.Dataset], xr.Dataset]

MOST_ROUNDS = 30
ASKED_PER_ROUND = 16
"""Supply problems solved in one round: those with the most megawatt-years first."""
PEAK_STEPS = (1e6, 1e5, 1e4, 3e5, 3e4, 3e6)
"""Prices of peak, EUR per MW and year, that span from flattening a little to flattening at any price."""
LEANER = {
    "max_carbon_g_per_kwh": (CARBON, (300.0, 1500.0, 60.0, 10000.0)),
    "max_non_cfe_share": (GREY, (150.0, 800.0, 30.0)),
    "max_water_m3_per_mwh": (WATER, (30.0, 300.0, 5.0)),
}
"""Prices, EUR per t, MWh and m3, of what a limit counts, asked while no plan meets it."""
STALLED_ROUNDS = 4
"""Where work moves, rounds after which the search ends if cost and bound came no closer (relative): what
moving changes in the best sizes is not asked for, so the last of the gap may stay."""
NOT_PROVEN = "(So with the supplies asked for; that no other supply would do was not proven.)"
"""Said where no plan was found although the bound leaves room for one."""
PLAIN_BY = 2
"""Rounds after which supply is asked for at no price at all before anything else."""
OUT_OF_TIME, OUT_OF_SUPPLIES = "time_limit", "gap_open"
"""Status of a plan whose gap stayed open: the time was up, or no other supply was left to ask for."""


@dataclass(frozen=True)
class Found:
    """A plan of the master, the problem it solves, and the work that moves in it (None: none)."""

    problem: xr.Dataset
    choice: Choice
    moves: FleetMoves | None

    @property
    def cost_eur(self) -> float:
        """Net present cost with what moving work saves."""
        return self.choice.objective_eur - (0.0 if self.moves is None else self.moves.saved_eur)


@dataclass
class Search:
    """State of the search: the best plan, the best bound, and what was asked where."""

    menu: Menu
    best: Found | None = None
    bound_eur: float = -math.inf
    work_price: WorkPrice = field(default_factory=WorkPrice)
    work_eur_per_mwh: Array | None = None
    asked: dict[Pair, list[Prices]] = field(default_factory=dict)

    gaps: list[float] = field(default_factory=list)

    def stalled(self) -> bool:
        """Whether rounds of pricing have ceased to close the gap; call once a round."""
        self.gaps.append(self.gap)
        if not self.menu.moves or len(self.gaps) <= STALLED_ROUNDS:
            return False
        return self.gaps[-1 - STALLED_ROUNDS] - self.gap < STALLED

    def take(self, problem: xr.Dataset, choice: Choice) -> None:
        """Keep a solved master if it is the best so far, with the work that moves in it.

        Supports are proven where its work moves: elsewhere they say little of what moves are worth.
        """
        if not choice.found.values.size:
            return
        moves = fleet_moves(self.menu, problem, mix_of(choice)) if self.menu.moves else None
        found = Found(problem, choice, moves)
        if found.cost_eur < self.cost_eur:
            self.best = found
        if moves is not None:
            self.work_eur_per_mwh = self.work_price.improve(self.menu, moves)

    @property
    def cost_eur(self) -> float:
        """Net present cost of the best plan so far."""
        return math.inf if self.best is None else self.best.cost_eur

    @property
    def gap(self) -> float:
        """Proven relative distance between the two."""
        if self.best is None or not math.isfinite(self.bound_eur):
            return math.inf
        return relative_gap(self.cost_eur, self.bound_eur)


@dataclass(frozen=True)
class ProvenPlan:
    """A plan (kind "plan"), the problem it solves, and the hours of work that moves (None: none)."""

    problem: xr.Dataset
    plan: xr.Dataset
    moves: xr.Dataset | None = None


@dataclass(frozen=True)
class Early:
    """Who takes a plan whose gap is still open: one, at the end of the first round after ``after_s``."""

    after_s: float
    take: Callable[[ProvenPlan], None]


def prove(
    menu: Menu,
    build_problem: Builder,
    gap: float = 0.005,
    time_limit_s: float = 120.0,
    log: Callable[[str], None] | None = None,
    early: Early | None = None,
) -> ProvenPlan:
    """Return the plan, with ``gap`` proven against every supply at every hour.

    ``menu`` grows by what is priced on the way; ``build_problem`` turns its Dataset into a problem. Where the
    gap stays open the best plan is returned with what was proven, and status ``time_limit`` when the time
    was up, ``gap_open`` when no other supply was left to ask for. ``early`` is given the best plan so far,
    with its open gap, while the search goes on. Raises Impossible when no supply whatever allows a plan, or
    none was found, and SystemFailure.
    """
    say, search, began = log or (lambda _line: None), Search(menu), time.perf_counter()
    for number in range(1, MOST_ROUNDS + 1):
        problem = build_problem(menu.dataset())
        choice, below = _both_masters(search, problem, build_problem, gap, _left(began, time_limit_s))
        if math.isinf(below.bound_eur) and below.bound_eur > 0:
            say("no plan keeps every limit; looking for what is reachable")
            raise explain_impossible(problem, build_model, log=say)
        search.bound_eur = max(search.bound_eur, below.bound_eur)
        say(_line(number, search))
        out_of_time = time.perf_counter() - began > time_limit_s
        enough = search.gap <= gap or search.stalled() or out_of_time
        wanted = {} if enough else _wanted(search, problem, choice, below)
        if not wanted:
            break
        if early and search.best is not None and time.perf_counter() - began > early.after_s:
            early.take(_finished(search, gap, OUT_OF_TIME, number))
            early = None
        menu.price(f"priced {number}", wanted)
    if search.best is None:
        if choice.found.status == "infeasible":
            raise Impossible(f"{explain_impossible(problem, build_model, log=say)} {NOT_PROVEN}")
        raise SystemFailure(f"no plan was found within {time_limit_s:g} s; allow the solver more time")
    return _finished(search, gap, OUT_OF_TIME if out_of_time else OUT_OF_SUPPLIES, number)


def _both_masters(
    search: Search, problem: xr.Dataset, build_problem: Builder, gap: float, time_limit_s: float
) -> tuple[Choice, LowerBound]:
    """Solve the master for a plan and the outer one for a bound.

    Side by side where no work moves; else the plan comes first, for its work prices that of the bound.
    """
    gaps, began = (min(MASTER_GAP, gap / 5), gap / 5), time.perf_counter()
    if not search.menu.moves:
        choice, below = choose_and_bound(problem, gaps, time_limit_s)
        search.take(problem, choice)
        return choice, below
    choice, outside = choose(problem, gaps[0], time_limit_s), problem
    search.take(problem, choice)
    if search.work_eur_per_mwh is not None:
        outside = build_problem(search.menu.dataset(search.work_eur_per_mwh))
    return choice, lower_bound(outside, build_model, gaps[1], _left(began, time_limit_s))


def _left(began: float, time_limit_s: float) -> float:
    return max(1.0, time_limit_s - (time.perf_counter() - began))


def _finished(search: Search, gap: float, otherwise: str, rounds: int) -> ProvenPlan:
    """Read the best plan; its bound is that of the search."""
    if search.best is None:
        raise ValueError("a search without a plan cannot be finished")
    problem, plan, hours = search.best.problem, finish(search.best.choice), None
    if search.best.moves is not None:
        moves = fleet_moves(search.menu, problem, mix_in(plan))
        if moves is not None:
            plan = with_moves(plan, problem, moves)
            hours = hours_of(moves, problem)
    bound = min(search.bound_eur, plan.attrs["objective_eur"])
    proven = relative_gap(plan.attrs["objective_eur"], bound)
    status = "optimal" if proven <= gap else otherwise
    plan.attrs |= {"status": status, "bound_eur": bound, "gap": proven, "gap_is_proven": 1, "rounds": rounds}
    return ProvenPlan(problem, plan, hours)


def _wanted(search: Search, problem: xr.Dataset, choice: Choice, below: LowerBound) -> dict[Pair, Prices]:
    """Return prices to ask next, at most one set per site and design, none that was asked before there."""
    wanted: dict[Pair, Prices] = {}
    scarce = asked(below, choice.matrix, choice.found)
    # the bound builds where no supply was asked yet; the plan nearest to the limits stands where asking helps
    near = [] if search.best is not None else nearest(choice.matrix)
    for pair, sets in ({pair: list[Prices]() for pair in near} | scarce.prices).items():
        known = search.asked.setdefault(pair, _proven_at(search.menu, pair))
        lean = scarce.peaks.get(pair, math.inf) < _least_peak(search.menu, pair) - PEAK_MET
        sets = sets if search.best is not None else [*leaner_prices(problem), *sets]
        if len(search.gaps) > PLAIN_BY:  # prices that swing a little each round would put it off for ever
            sets = [{}, *sets]
        new = next((p for p in _candidates(known, sets, lean) if p not in known), None)
        if new is not None:
            wanted[pair] = new
            known.append(new)
        if len(wanted) == ASKED_PER_ROUND:
            break
    return wanted


def _proven_at(menu: Menu, pair: Pair) -> list[Prices]:
    """Return the prices at which the named options of a pair have proven supports."""
    supports = [row.support for row in menu.rows[pair].values() if row.support is not None]
    return [{k: rounded(v) for k, v in s.prices.items() if k != CONTRACTED} for s in supports]


def _least_peak(menu: Menu, pair: Pair) -> float:
    """Return the least peak per MW of IT among the options of a pair."""
    return min((row.figures[PEAK] for row in menu.rows[pair].values() if row.figures), default=math.inf)


def _candidates(known: list[Prices], sets: list[Prices], lean: bool) -> Iterator[Prices]:
    """Yield prices worth asking: those of the masters, none at all, then half-way to those already known.

    ``lean`` says that the bound counts on a lower peak than any option has, which may make room for another
    whole hall; no dual tells what a whole hall is worth, so dear peaks are asked first.

    Duals of a kinked cost are those of one side of the kink, often prices that were asked before; the
    supply that would cut off the bound's solution then lies between two known prices. Half-way steps also
    damp duals that swing.
    """
    if lean:
        yield from ({PEAK: step} for step in PEAK_STEPS)  # alone: the same question in every case, kept
    yield from sets
    yield {}
    for prices in sets:
        for other in sorted(known, key=lambda k: _distance(k, prices)):
            mixed = {k: rounded(0.5 * (other.get(k, 0.0) + prices.get(k, 0.0))) for k in {*other, *prices}}
            yield {k: v for k, v in sorted(mixed.items()) if v != 0.0}


def leaner_prices(problem: xr.Dataset) -> list[Prices]:
    """Return prices that lead to the flattest peak, then to supplies leaner in what yearly limits count.

    While no plan meets its limits nothing says what meeting them is worth: the bound's solution takes
    leanness for free wherever no supply was ever asked what it costs.
    """
    on = {
        str(n) for n, a in zip(problem.limit_name.values, problem.limit_active.values, strict=True) if a > 0.5
    }
    lean = [{figure: step} for name, (figure, steps) in LEANER.items() if name in on for step in steps]
    return [{PEAK: PEAK_STEPS[0]}, *lean]  # connections are short in every case, whatever its limits


def _distance(a: Prices, b: Prices) -> float:
    return sum(abs(a.get(k, 0.0) - b.get(k, 0.0)) for k in sorted({*a, *b}))


def _line(number: int, search: Search) -> str:
    cost = "none yet" if search.best is None else f"{search.cost_eur / 1e6:,.0f} MEUR"
    gap = "" if math.isinf(search.gap) else f", proven gap {search.gap:.3%}"
    return f"round {number}: plan {cost}, bound {search.bound_eur / 1e6:,.0f} MEUR{gap}"
