"""The Pareto front: on costs known in closed form, on the tiny case, and on the command line."""

from __future__ import annotations

import csv
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from twin.errors import BadInput, Impossible, SystemFailure, Uncertified
from twin.export.pareto import Front, Point, draw_front, front_csv
from twin.inputs import load_case
from twin.progress import Reporter
from twin.questions.pareto import (
    MARGIN,
    OBJECTIVES,
    Solve,
    _rounded,
    pareto_front,
    second_objective,
    trace,
    undominated,
)
from twin.results import Run

CARBON, EU = OBJECTIVES["carbon"], OBJECTIVES["eu"]


def point(value: float, cost: float, limit: float | None = None, bound: float | None = None) -> Point:
    """A plan that emits as many tonnes as its grams."""
    least = cost if bound is None else bound
    return Point(limit, value, value, cost, least, 1 - least / cost, True, "optimal", Path(f"run-{value:g}"))


def hyperbola(least: float, asked: list[float | None]) -> Solve:
    """A planner whose cheapest plan has 50 g/kWh; cost is 100 + 1000/g, and under ``least`` nothing works."""

    def solve(limit: float | None) -> Point:
        asked.append(limit)
        reached = 50.0 if limit is None else min(limit, 50.0)
        if reached < least:
            raise Impossible(f"{limit} is too little\nmore words")
        return point(reached, 100 + 1000 / reached, limit)

    return solve


def quiet(_line: str) -> None:
    """Hear nothing."""


def test_the_front_runs_from_the_cheapest_plan_to_the_tightest() -> None:
    """Proves: both ends are found, no limit is asked twice, and what lies between costs the closed form."""
    asked: list[float | None] = []
    front = trace("case", CARBON, 5, hyperbola(10.0, asked), lambda _value: 10.0, quiet)
    assert front.points[0].value == 50.0
    assert front.points[-1].value == pytest.approx(10.0 + MARGIN * 40.0)
    assert all(p.cost_eur == pytest.approx(100 + 1000 / p.value) for p in front.points)
    costs, values = [p.cost_eur for p in front.points], [p.value for p in front.points]
    assert costs == sorted(costs)
    assert values == sorted(values, reverse=True)
    assert len(set(asked)) == len(asked) == 5


def test_limits_are_evenly_spaced() -> None:
    front = trace("case", CARBON, 5, hyperbola(10.0, []), lambda _value: 10.0, quiet)
    steps = np.diff([p.value for p in front.points])
    assert steps == pytest.approx(steps.mean(), abs=0.02)  # limits are rounded to four figures


def test_limits_are_rounded_to_where_they_can_be_met() -> None:
    """Proves: a third is no limit of 0.3333, which nothing meets, nor of 0.6667 where 2/3 is the most."""
    assert _rounded(1 / 3, 1.0) == 0.3334
    assert _rounded(2 / 3, -1.0) == 0.6666
    assert (_rounded(0.9, 1.0), _rounded(0.9, -1.0), _rounded(0.0, 1.0)) == (0.9, 0.9, 0.0)


def test_the_end_that_can_be_met_is_told() -> None:
    front = trace("case", CARBON, 2, hyperbola(10.0, []), lambda _value: 10.0, quiet)
    assert front.notes == ("at most 10 g/kWh: no tighter limit was found to leave a plan",)


def test_a_limit_that_gives_no_plan_is_told() -> None:
    front = trace("case", CARBON, 2, hyperbola(10.0, []), lambda _value: 5.0, quiet)
    assert any("gave no plan" in note and "is too little" in note for note in front.notes)
    assert not any("more words" in note for note in front.notes)


def test_more_is_better_for_the_share_on_eu_soil() -> None:
    """Proves: where the whole of it can be had, it is the end of the front, without a margin."""
    asked: list[float | None] = []

    def solve(limit: float | None) -> Point:
        asked.append(limit)
        share = 0.8 if limit is None else max(limit, 0.8)
        return point(share, 100 + share, limit)

    front = trace("case", EU, 3, solve, lambda _value: 1.0, quiet)
    assert asked == [None, 0.9, 1.0]
    assert [p.value for p in front.points] == [0.8, 0.9, 1.0]
    assert front.notes == ()


def test_nothing_to_trade_is_one_point() -> None:
    front = trace("case", EU, 5, lambda limit: point(1.0, 7.0, limit), lambda value: value, quiet)
    assert len(front.points) == 1
    assert any("cheapest plan is also the best" in note for note in front.notes)


def test_a_plan_that_already_meets_a_limit_answers_it() -> None:
    """Proves: of eight limits between 50 and 20 one is solved. Without it all eight would be."""
    asked: list[float | None] = []

    def solve(limit: float | None) -> Point:
        asked.append(limit)
        reached = 50.0 if limit is None or limit >= 50 else 20.0
        return point(reached, 100 + 1000 / reached, limit)

    front = trace("case", CARBON, 9, solve, lambda _value: 20.0, quiet)
    assert [p.value for p in front.points] == [50.0, 20.0]
    assert len(asked) == 2


def test_what_time_leaves_undecided_is_told_and_the_rest_kept() -> None:
    solve = hyperbola(10.0, [])

    def slow(limit: float | None) -> Point:
        if limit is not None and limit < 20:
            raise SystemFailure("no plan was found within 1 s")
        return solve(limit)

    front = trace("case", CARBON, 3, slow, lambda _value: 10.0, quiet)
    assert front.points[-1].value == pytest.approx((50.0 + 10.0 + MARGIN * 40.0) / 2, abs=0.01)
    assert any("no plan was found within 1 s" in note for note in front.notes)


@pytest.mark.parametrize("error", [Impossible("no path"), Uncertified("forged")])
def test_without_a_cheapest_plan_there_is_no_front(error: Exception) -> None:
    def solve(_limit: float | None) -> Point:
        raise error

    with pytest.raises(type(error)):
        trace("case", CARBON, 3, solve, lambda _value: 10.0, quiet)


def test_an_uncertified_plan_stops_the_front() -> None:
    def solve(limit: float | None) -> Point:
        if limit is not None:
            raise Uncertified("forged")
        return point(50.0, 120.0)

    with pytest.raises(Uncertified):
        trace("case", CARBON, 3, solve, lambda _value: 10.0, quiet)


def test_dominated_and_equal_plans_are_left_out() -> None:
    """Proves: dearer at equal carbon, dirtier at equal cost, and both, all go; the order is by cost."""
    kept = [point(50, 100), point(30, 110), point(10, 150)]
    beaten = [point(50, 101), point(60, 100), point(31, 120), point(30, 110)]
    assert undominated([*beaten, *reversed(kept)], 1.0) == tuple(kept)
    assert undominated([point(0.8, 100), point(0.9, 110), point(0.85, 120)], -1.0) == (
        point(0.8, 100),
        point(0.9, 110),
    )


def test_the_marginal_price_is_money_over_tonnes() -> None:
    """Proves: 60 EUR for 20 t are 3 EUR/t, between 40/20 and 64/20 for the gaps of the two plans."""
    cheap, clean = point(50, 100, bound=96), point(30, 160, 30.0, bound=140)
    (price,) = Front("case", CARBON.axis, (cheap, clean), ()).prices
    assert price is not None
    assert (price.eur, price.low, price.high) == pytest.approx((3.0, 2.0, 3.2))
    assert price.is_sharp
    vague = Front("case", CARBON.axis, (cheap, replace(clean, bound_eur=99.0)), ()).prices[0]
    assert vague is not None
    assert not vague.is_sharp
    assert Front("case", CARBON.axis, (cheap, replace(clean, amount=50.0)), ()).prices == (None,)


def test_table_and_picture_hold_every_plan(tmp_path: Path) -> None:
    front = Front("case", EU.axis, (point(0.8, 1e8), point(0.9, 2e8, 0.9)), ())
    rows = list(csv.DictReader(front_csv(front).splitlines()))
    assert [float(row["reached"]) for row in rows] == [80.0, 90.0]
    assert [row["limit"] for row in rows] == ["", "90.0"]
    assert [float(row["cost_meur"]) for row in rows] == [100.0, 200.0]
    assert draw_front(front, tmp_path / "front.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("name", OBJECTIVES)
def test_a_run_measures_what_its_limit_limits(tiny_run: Run, name: str) -> None:
    """Proves: the plan meets its own case's limit, by the same measure as the certificate."""
    objective = OBJECTIVES[name]
    value, amount = objective.measure(tiny_run)
    limit = getattr(load_case("tiny").policy, objective.lever)
    if limit is not None:
        assert objective.sign * value <= objective.sign * limit + 1e-6  # of the solver
    assert amount == amount
    if name in ("zone", "site"):
        starting = tiny_run.problem["committed_own_it_mw"].values[-1]
        assert value >= tiny_run.plan["mw_it"].values[:, -1].max() / (tiny_run.plan["own_mw"].values[-1])
        assert (
            value * tiny_run.plan["own_mw"].values[-1]
            <= tiny_run.plan["mw_it"].values[:, -1].max() + starting
        )


def test_the_limit_alone_changes_the_case() -> None:
    case = load_case("tiny")
    changed = CARBON.limited(case, 30.0)
    assert changed.policy.max_carbon_g_per_kwh == 30.0
    assert CARBON.limited(changed, 150.0) == case
    assert CARBON.limited(case, None).policy.max_carbon_g_per_kwh is None
    assert OBJECTIVES["cfe"].as_limit(0.9) == pytest.approx(0.1)


def test_every_fault_of_a_request_is_told_at_once() -> None:
    with pytest.raises(BadInput) as found:
        second_objective(["cost", "carbn", "eu", "eu"], 1)
    assert [fault.key for fault in found.value.faults] == ["objective", "objective", "points"]
    assert "did you mean 'carbon'" in str(found.value)


@pytest.mark.parametrize("over", [["cost"], ["carbon"], ["carbon", "eu"], ["cost", "eu", "cfe"], [""]])
def test_cost_and_exactly_one_other_are_wanted(over: list[str]) -> None:
    with pytest.raises(BadInput):
        second_objective(over, 5)


def test_bad_input_in_a_process_is_one_message_and_leaves_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "twin.cli", "pareto", "tiny", "--out", str(tmp_path / "runs")]
    answer = subprocess.run(
        [*command, "--over", "cost,watr,watr", "--points", "5"], capture_output=True, text=True, timeout=60
    )
    assert answer.returncode == 2
    assert answer.stdout == ""
    for words in ("did you mean 'water'", "each objective once", "2 faults"):
        assert words in answer.stderr, words
    assert not (tmp_path / "runs").exists()


@pytest.mark.slow
def test_the_tiny_case_has_a_front_of_runs(tiny_out: Path, tmp_path: Path) -> None:
    """Proves: limit, plan, run and files fit together."""
    shutil.copytree(tiny_out / ".menu", tmp_path / ".menu")
    front = pareto_front(load_case("tiny"), ["cost", "site"], 3, tmp_path, Reporter(quiet=True))
    assert len(front.points) >= 2
    for found in front.points[1:]:
        assert found.limit is not None
        assert found.value <= found.limit + 1e-6  # of the solver
        assert (found.folder / "manifest.json").is_file()
        assert found.cost_eur >= front.points[0].bound_eur
    assert (tmp_path / "pareto.png").read_bytes().startswith(b"\x89PNG")
    assert len((tmp_path / "pareto.csv").read_text().splitlines()) == 1 + len(front.points)
    assert not list(tmp_path.glob(".pareto*"))
