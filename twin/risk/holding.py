"""From a case to a plan that holds: the cheapest set of connections whose odds, drawn anew, are as asked."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from twin import library
from twin.config.case import Case
from twin.errors import BadInput, Fault, Impossible, SystemFailure, Uncertified
from twin.planning.certificate import check
from twin.planning.decode import decode, relative_gap
from twin.planning.master_data import master_data
from twin.planning.robust import Futures, Held, Robust, Rule
from twin.planning.siting import build_model
from twin.progress import Reporter
from twin.results import Run
from twin.risk.assess import site_files
from twin.risk.connections import connections
from twin.risk.draws import DRAWS, SHARED, PriceSpread, draw
from twin.risk.exposure import REPLANNED_YEARS
from twin.risk.slip import tail_mean
from twin.risk.tree import every_future, fed_mw, reduced
from twin.run import plan_case
from twin.tolerances import MET_MW

TREE_DRAWS, TREE = 2_000, 80
"""Draws that the tree stands for, and its futures: the master with 80 of them is solved in about a second."""
STEPS, FIRST_MW, FINEST_MW = 9, 40.0, 4.0
"""Margins tried: how many, the first one, and the step at which the search is fine enough."""


@dataclass(frozen=True)
class Kept:
    """A first stage as a planner reads it; money is net present EUR."""

    name: str
    plan_eur: float
    """Cost if all goes to plan, reserves included."""
    expected_eur: float
    """That and the mean cost of what differs in the futures of the tree."""
    gap_eur: float
    """Proven distance of ``expected_eur`` to the best that keeps the rule in the tree without margin."""
    reserve_eur: float
    """Development and connection of sites where the plan builds no hall."""
    tree_odds: float
    odds: float
    """Odds of the target in draws that the tree never saw, halls built where power comes."""
    worst_tenth_mw: float
    """Mean megawatts missing in the worst tenth of those draws."""
    p90_mw: float
    """Owned megawatts that nine of ten of those draws reach."""
    sites: tuple[str, ...]


@dataclass(frozen=True)
class Certainty:
    """What certainty costs: plans kept side by side, the least-cost plan first, the one asked for last."""

    run: str
    case: str
    rule: str
    confidence: float
    missing_mw: float
    target_mw: float
    last_quarter: str
    draws: int
    futures: int
    plans: tuple[Kept, ...]
    price_eur: float
    """Plan cost of the plan that holds less that of the least-cost plan."""
    expected_price_eur: float
    """The same of the mean costs; negative where reserves pay for themselves."""
    added: tuple[str, ...]
    dropped: tuple[str, ...]
    tiers: dict[str, str]
    """Site to the highest tier bought in the plan that holds."""
    seconds: float


def hold_case(
    case: Case,
    out: Path,
    reporter: Reporter,
    confidence: float = 0.9,
    most_missing_mw: float | None = None,
    draws: int = DRAWS,
    shared: float = SHARED,
) -> Certainty:
    """Plan a case (or find its run) and return the plan that holds with ``confidence``, and its price.

    With ``most_missing_mw`` the rule is another: no more are missing on the mean of the worst futures, those
    with odds of ``1 - confidence`` together.

    Raises BadInput for odds that are none or a target in grid megawatts, and Impossible, with the best odds
    there are, when no set of connections holds so often.
    """
    if not 0.0 < confidence < 1.0:
        raise BadInput(Fault("twin robust", "--confidence", confidence, "odds between 0 and 1"))
    if case.target.basis != "it":
        expected = '"it": shares of the fleet are written for IT megawatts'
        raise BadInput(Fault(f"cases/{case.name}", "target.basis", case.target.basis, expected))
    rule: Rule = "chance" if most_missing_mw is None else "cvar"
    holder = Holder(plan_case(case, out, reporter), draws, shared)
    return holder.certainty(confidence, rule, most_missing_mw or 0.0, reporter)


class Holder:
    """The two-stage master of a finished run, its tree, and draws that the tree never saw."""

    def __init__(self, run: Run, draws: int = DRAWS, shared: float = SHARED, tree: int = TREE) -> None:
        self.run, self.case = run, library.get("cases", run.case_file)
        self.unseen = self._futures(draws, self.case.seed + 1, shared)
        self.tree = reduced(self._futures(TREE_DRAWS, self.case.seed, shared), tree)
        self.robust = Robust(run.problem, self.tree, build_model)
        last = run.problem.sizes["quarter"] - 1
        self.target = float(run.problem.path_mw[last]) * self.case.target.final_own_share
        self.own = float(run.problem.committed_own_mw[last])

    def _futures(self, count: int, seed: int, shared: float) -> Futures:
        problem: xr.Dataset = self.run.problem
        files = site_files(self.case, master_data(problem).sites)
        drawn = draw(files, [int(problem.calendar_year[-1])], PriceSpread(), count, seed, shared)
        years = REPLANNED_YEARS * float(problem.discount[-1])
        return every_future(problem, connections(self.case, problem, files), drawn, years)

    def certainty(self, confidence: float, rule: Rule, missing_mw: float, reporter: Reporter) -> Certainty:
        """Return the price of certainty of the run. Raises Impossible."""
        began = time.perf_counter()
        with reporter.stage("robust", "Connections that hold, future by future"):
            base = self.robust.settle(self.run.plan)
            mean = self.robust.hold("none", 0.0)
            held, bound = self._held(confidence, rule, missing_mw, reporter)
        self._certify(held)
        if mean is None:
            raise SystemFailure("the master lost the plan of its own run")
        plans = (
            self._kept("least cost", base, base.bound_eur),
            self._kept("least mean cost", mean, mean.bound_eur),
            self._kept("holds", held, bound),
        )
        first, last = plans[0], plans[-1]
        return Certainty(
            run=str(self.run.manifest["run"]),
            case=self.case.name,
            rule=rule,
            confidence=confidence,
            missing_mw=missing_mw if rule == "cvar" else 0.0,
            target_mw=self.target,
            last_quarter=str(self.run.problem.quarter.values[-1]),
            draws=len(self.unseen.odds),
            futures=len(self.tree.odds),
            plans=plans,
            price_eur=last.plan_eur - first.plan_eur,
            expected_price_eur=last.expected_eur - first.expected_eur,
            added=tuple(s for s in last.sites if s not in first.sites),
            dropped=tuple(s for s in first.sites if s not in last.sites),
            tiers=self._tiers(held),
            seconds=round(time.perf_counter() - began, 1),
        )

    def _held(
        self, confidence: float, rule: Rule, missing_mw: float, reporter: Reporter
    ) -> tuple[Held, float]:
        """Return the cheapest plan found that keeps the rule in draws that the tree never saw, and its bound.

        A tree of few futures flatters its own plan, so it is asked for a margin above the target, halved and
        doubled until the unseen draws just agree.
        """
        low, high, margin, best, bound = 0.0, np.inf, 0.0, None, -np.inf
        for _ in range(STEPS):
            found = self.robust.hold(rule, confidence, missing_mw, margin)
            if found is None:
                high = margin
            else:
                bound = found.bound_eur if margin == 0.0 else bound
                found = self.robust.keep(found.found.values)
                odds, tail = self._odds(found), self._tail(found, confidence)
                reporter.say(
                    f"asked for {margin:.0f} MW more: {odds:.1%} odds, {tail:.0f} MW short in the worst draws"
                )
                if odds >= confidence if rule == "chance" else tail <= missing_mw:
                    best = found if best is None or found.expected_eur < best.expected_eur else best
                    high = margin
                else:
                    low = margin
            if high - low < FINEST_MW or (best is not None and margin == 0.0):
                break
            margin = max(FIRST_MW, 2.0 * low) if np.isinf(high) else (low + high) / 2
        return (best, bound) if best is not None else self._nothing(confidence)

    def _certify(self, held: Held) -> None:
        """Check the first stage as a plan of its own. Raises Uncertified."""
        plan = decode(self.robust.data, self.robust.matrix, held.found)
        bound = min(float(self.run.plan.attrs["bound_eur"]), float(plan.attrs["objective_eur"]))
        plan.attrs |= {"bound_eur": bound, "gap": relative_gap(float(plan.attrs["objective_eur"]), bound)}
        certificate = check(self.run.problem, plan)
        if not certificate.passed:
            raise Uncertified(f"the plan that holds failed its certificate and is not shown\n{certificate}")

    def _nothing(self, confidence: float) -> tuple[Held, float]:
        every = np.ones(self.unseen.grid_mw.shape[1:], dtype=bool)
        fed = fed_mw(self.run.problem, self.unseen, every) + self.own
        share = float((fed >= self.target - MET_MW).mean())
        raise Impossible(
            f"no set of connections found holds {self.target:,.0f} MW as asked ({confidence:.0%}); with "
            f"every connection of every site the odds are {share:.1%}, and nine draws in ten reach "
            f"{np.quantile(fed, 0.1):,.0f} MW"
        )

    def _fed(self, held: Held) -> np.ndarray:
        return fed_mw(self.run.problem, self.unseen, held.connected) + self.own

    def _odds(self, held: Held) -> float:
        return float((self._fed(held) >= self.target - MET_MW).mean())

    def _tail(self, held: Held, confidence: float = 0.9) -> float:
        return tail_mean(np.maximum(self.target - self._fed(held), 0.0), confidence)

    def _kept(self, name: str, held: Held, bound_eur: float) -> Kept:
        return Kept(
            name=name,
            plan_eur=held.plan_eur,
            expected_eur=held.expected_eur,
            gap_eur=max(0.0, held.expected_eur - bound_eur),
            reserve_eur=held.reserve_eur,
            tree_odds=held.odds,
            odds=self._odds(held),
            worst_tenth_mw=self._tail(held),
            p90_mw=float(np.quantile(self._fed(held), 0.1)),
            sites=tuple(s for s, on in zip(self.tree.sites, held.connected[:, 0], strict=True) if on),
        )

    def _tiers(self, held: Held) -> dict[str, str]:
        tiers: Sequence[str] = [str(t) for t in self.run.problem.tier.values]
        rows = zip(self.tree.sites, held.connected, strict=True)
        return {site: tiers[int(row.sum()) - 1] for site, row in rows if row.any()}


def as_data(found: Certainty) -> dict[str, Any]:
    """Return the price of certainty as JSON-ready data."""
    return asdict(found)
