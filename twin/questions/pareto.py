"""The trade-off between cost and one other objective, plan by certified plan.

The epsilon-constraint method (Haimes, Lasdon and Wismer 1971): cost is minimised under a limit on the second
objective, and the limit moves. Each plan is a run of its own, so each has its certificate and its gap.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import xarray as xr

from twin.config.case import Case
from twin.errors import BadInput, Fault, Impossible, SystemFailure, Uncertified, nearest
from twin.export.pareto import Axis, Front, Point, draw_front, front_csv, gap_text, written
from twin.ground import MENU_CACHE, lay_ground, problem_builder
from twin.inputs import load_inputs
from twin.planning.leaner import cleanest
from twin.planning.siting import build_model
from twin.progress import Reporter
from twin.results import Run
from twin.run import plan_case
from twin.wholefile import scratch, write_whole

COST = "cost"
MARGIN = 0.05
"""Share of the range left before the tightest limit: at the very end hardly a plan is left to choose from."""

Solve = Callable[[float | None], Point]
"""From a limit (None: no limit) to the plan it gives; raises Impossible or SystemFailure."""
Reach = Callable[[float], float]
"""From the cheapest plan's value to the tightest limit under which a plan is known to exist."""


@dataclass(frozen=True)
class Objective:
    """A second objective: the policy lever that limits it and how a finished run is measured."""

    axis: Axis
    lever: str
    limit: str
    """The problem's name of that limit."""
    off: float | None
    """Value of the lever that takes the limit away."""
    ideal: float
    """The best value there can be."""
    measure: Callable[[Run], tuple[float, float]]
    """From a run to the value of the last quarter and the discounted amount, of which less is better."""

    @property
    def sign(self) -> float:
        """1 where less is better, −1 where more is."""
        return -1.0 if self.ideal > 0 else 1.0

    def as_limit(self, value: float) -> float:
        """Return the problem's limit for a value of the lever, and the other way round."""
        return 1.0 - value if self.limit == "max_non_cfe_share" else value

    def limited(self, case: Case, limit: float | None) -> Case:
        """Return the case with this limit alone changed."""
        policy = case.policy.model_copy(update={self.lever: self.off if limit is None else limit})
        return case.model_copy(update={"policy": policy})


def _last(run: Run, coefficient: str) -> float:
    """Return the yearly amount of the last quarter's new halls, in the coefficient's unit times MW."""
    mix = run.plan["option_mw"].isel(quarter=-1)
    return float((mix * run.problem[coefficient]).sum())


def _discounted(run: Run, coefficient: str) -> float:
    weighted = run.plan["option_mw"] * run.problem["weight_years"]
    return float((weighted * run.problem[coefficient]).sum())


def _carbon(run: Run) -> tuple[float, float]:
    return float(run.manifest["carbon_g_per_kwh"]), _discounted(run, "carbon_t_per_mw_year")


def _cfe(run: Run) -> tuple[float, float]:
    return float(run.manifest["cfe_hourly"]), _discounted(run, "non_cfe_mwh_per_mw_year")


def _water(run: Run) -> tuple[float, float]:
    it_mwh = _last(run, "it_mwh_per_mw_year")
    value = _last(run, "water_m3_per_mw_year") / it_mwh if it_mwh else 0.0
    return value, _discounted(run, "water_m3_per_mw_year")


def _eu(run: Run) -> tuple[float, float]:
    held = run.plan["class_mw"]
    share = float(held.sel(sovereignty="EU")) / float(held.sum())
    return share, -100.0 * share


def _largest(groups: xr.DataArray, committed: xr.DataArray, run: Run) -> tuple[float, float]:
    """Return the largest group's share of the last quarter's owned fleet, the starting fleet included."""
    held = dict(zip(map(str, committed[committed.dims[0]].values), committed.values.tolist(), strict=True))
    for name, mw in zip(groups.values, run.plan["mw_it"].isel(quarter=-1).values, strict=True):
        held[str(name)] = held.get(str(name), 0.0) + float(mw)
    share = max(held.values()) / float(run.plan["own_mw"][-1])
    return share, 100.0 * share


def _zone(run: Run) -> tuple[float, float]:
    return _largest(run.problem["zone"], run.problem["committed_zone_mw"], run)


def _site(run: Run) -> tuple[float, float]:
    return _largest(run.problem["site"], run.problem["committed_site_mw"], run)


_POINT = "% point"
OBJECTIVES = {
    found.axis.name: found
    for found in (
        Objective(
            Axis("carbon", "carbon of the final fleet's electricity", "g/kWh", 1.0, 1, "t CO2"),
            "max_carbon_g_per_kwh", "max_carbon_g_per_kwh", None, 0.0, _carbon,
        ),
        Objective(
            Axis("cfe", "hourly carbon-free share", "%", 100.0, 2, "MWh made carbon-free"),
            "min_cfe", "max_non_cfe_share", 0.0, 1.0, _cfe,
        ),
        Objective(
            Axis("water", "water per MWh of IT", "m3/MWh", 1.0, 3, "m3 of water"),
            "max_water_m3_per_mwh", "max_water_m3_per_mwh", None, 0.0, _water,
        ),
        Objective(
            Axis("eu", "share of the final fleet on EU soil", "%", 100.0, 1, _POINT, "MEUR"),
            "min_eu_share", "min_eu_share", 0.0, 1.0, _eu,
        ),
        Objective(
            Axis("zone", "largest share in one bidding zone", "%", 100.0, 1, _POINT, "MEUR"),
            "max_zone_share", "max_zone_share", 1.0, 0.0, _zone,
        ),
        Objective(
            Axis("site", "largest share at one site", "%", 100.0, 1, _POINT, "MEUR"),
            "max_site_share", "max_site_share", 1.0, 0.0, _site,
        ),
    )
}  # fmt: skip
"""Second objective → its limit. Discounted amounts are those of new halls; shares are final ones."""


def pareto_front(case: Case, over: Sequence[str], points: int, out: Path, reporter: Reporter) -> Front:
    """Return the front of ``case`` over cost and one more objective; write ``pareto.csv`` and ``pareto.png``.

    ``over`` names ``cost`` and one key of OBJECTIVES; every other limit of the case stays. ``points`` limits
    are spaced evenly from the cheapest plan to the tightest one; plans that the search for the latter meets
    are kept too. All are runs in ``out`` with one menu cache. Raises BadInput with all faults, and whatever
    planning without the limit raises.
    """
    objective = second_objective(over, points)

    ground = lay_ground(load_inputs(case), out / MENU_CACHE, reporter)

    def solve(limit: float | None) -> Point:
        # the first plan tells how it is made; the others are a line each
        voice = reporter if limit is None else Reporter(quiet=True)
        run = plan_case(objective.limited(case, limit), out, voice, ground=ground)
        return _point(run, objective, limit)

    def reach(value: float) -> float:
        build = problem_builder(load_inputs(objective.limited(case, value)), ground)
        loose, best = objective.as_limit(value), objective.as_limit(objective.ideal)
        found = cleanest(ground.fresh(), build, build_model, objective.limit, loose, best)
        return objective.as_limit(found)

    front = trace(case.name, objective, points, solve, reach, reporter.say)
    with scratch() as folder:
        picture = draw_front(front, folder / "pareto.png").read_bytes()
    for path, content in ((out / "pareto.csv", front_csv(front).encode()), (out / "pareto.png", picture)):
        try:
            write_whole(path, content)
        except OSError as error:
            raise SystemFailure(f"could not write {path}: {error}; free the disk and run again") from error
    return front


def second_objective(over: Sequence[str], points: int) -> Objective:
    """Return the objective beside cost. Raises BadInput with every fault of the request."""
    names = [name.strip() for name in over]
    known, once = [COST, *OBJECTIVES], list(dict.fromkeys(names))
    unknown = [name for name in once if name not in known]
    twice = [name for name in once if names.count(name) > 1]
    faults = [Fault("--over", "objective", n, "a known objective", nearest(n, known)) for n in unknown]
    faults += [Fault("--over", "objective", name, "each objective once") for name in twice]
    others = [name for name in once if name != COST]
    if not faults and (COST not in names or len(others) != 1):
        hint = f"such as {COST},carbon; others: {', '.join(OBJECTIVES)}"
        faults.append(Fault("--over", "objectives", ",".join(names), f"{COST} and one other", hint))
    if points < 2:
        faults.append(Fault("--points", "points", points, "at least 2, the two ends of the front"))
    if faults:
        raise BadInput(faults)
    return OBJECTIVES[others[0]]


def _point(run: Run, objective: Objective, limit: float | None) -> Point:
    value, amount = objective.measure(run)
    manifest = run.manifest
    return Point(
        limit, value, amount, float(manifest["objective_eur"]), float(manifest["bound_eur"]),
        float(manifest["gap"]), bool(manifest["gap_is_proven"]), str(manifest["status"]), run.folder,
    )  # fmt: skip


def trace(
    case: str, objective: Objective, points: int, solve: Solve, reach: Reach, say: Callable[[str], None]
) -> Front:
    """Return the front that ``solve`` gives: the cheapest plan, then limits evenly spaced down to ``reach``.

    ``say`` hears one line per plan. Raises what ``solve`` raises without a limit; under a limit, Impossible
    and SystemFailure become notes of the front.
    """
    search = _Search(objective, solve, say)
    cheapest = search.first()
    for limit in search.limits(cheapest.value, reach(cheapest.value), points):
        search.at(limit)
    kept = undominated(search.found, objective.sign)
    if len(kept) == 1:
        search.notes.append(
            "the cheapest plan is also the best in the second objective, within what was tried"
        )
    if dropped := len(search.found) - len(kept):
        search.notes.append(f"left out {dropped}: another plan is no dearer and no worse, or the same")
    return Front(case, objective.axis, kept, tuple(search.notes))


def undominated(points: Sequence[Point], sign: float) -> tuple[Point, ...]:
    """Return the points that no other beats or equals in both objectives, cheapest first.

    ``sign`` is 1 where less of the second objective is better, −1 where more is. Equal plans count once. A
    looser limit may end up dearer within the gap; such a plan is beaten by its tighter neighbour.
    """
    kept: list[Point] = []
    for point in sorted(points, key=lambda p: (p.cost_eur, sign * p.value)):
        least = min((sign * p.value for p in kept), default=None)
        if least is None or sign * point.value < least - 1e-9 * max(abs(least), 1e-3):
            kept.append(point)
    return tuple(kept)


class _Search:
    """Plans found so far, and what to tell of limits that gave none."""

    def __init__(self, objective: Objective, solve: Solve, say: Callable[[str], None]) -> None:
        self.objective, self.solve, self.say = objective, solve, say
        self.found: list[Point] = []
        self.notes: list[str] = []

    def first(self) -> Point:
        """Return the cheapest plan, without a limit."""
        return self._keep(self.solve(None))

    def limits(self, cheapest: float, end: float, points: int) -> list[float]:
        """Return the limits to plan under, loosest first; ``end`` is the tightest that can be met."""
        sign, ideal = self.objective.sign, self.objective.ideal
        if sign * (cheapest - end) <= 1e-3 * abs(cheapest):
            return []
        if end != ideal:
            self.notes.append(f"{self._text(end)}: no tighter limit was found to leave a plan")
            end += MARGIN * (cheapest - end)
        steps = [cheapest + (end - cheapest) * step / (points - 1) for step in range(1, points)]
        return [_rounded(limit, sign) for limit in steps]

    def at(self, limit: float) -> None:
        """Plan under a limit, unless a plan found under a looser one already meets it: that is its answer."""
        if any(self._reached(point, limit) for point in self.found):
            return
        try:
            self._keep(self.solve(limit))
        except Uncertified:
            raise
        except (Impossible, SystemFailure) as error:
            # what else would help is for the planner of that one case; here the limit is what stops it
            reason = str(error).splitlines()[0].rstrip(".")
            self.say(f"{self._text(limit)}: {reason}")
            self.notes.append(f"{self._text(limit)} gave no plan: {reason}")

    def _keep(self, point: Point) -> Point:
        axis = self.objective.axis
        self.found.append(point)
        asked = "no limit" if point.limit is None else self._text(point.limit)
        reached = f"{written(axis, point.value)} {axis.unit}"
        self.say(f"{asked}: {point.cost_eur / 1e6:,.0f} MEUR, {reached}, gap {gap_text(point)}")
        return point

    def _text(self, limit: float) -> str:
        word = "at least" if self.objective.sign < 0 else "at most"
        return f"{word} {limit * self.objective.axis.factor:.5g} {self.objective.axis.unit}"

    def _reached(self, point: Point, limit: float) -> bool:
        """Say whether a plan is as good as ``limit`` asks."""
        return self.objective.sign * (limit - point.value) >= 0


def _rounded(limit: float, sign: float) -> float:
    """Round to four figures towards the looser side, so that it reads well and can still be met."""
    if limit == 0.0:
        return limit
    unit = 10.0 ** (math.floor(math.log10(abs(limit))) - 3)
    return float(f"{(math.ceil if sign > 0 else math.floor)(limit / unit - sign * 1e-9) * unit:.4g}")
