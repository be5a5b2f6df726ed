"""The order of cases: one pioneer per supply, then everybody."""

from __future__ import annotations

from pathlib import Path

import pytest

from twin.inputs import load_case
from twin.study.line import Line
from twin.study.work import Task, supply_key


def tasks(*supplies: str) -> list[Task]:
    case = load_case("tiny")
    return [Task(f"{s}{i}", case, s, (), Path("menu"), {}) for i, s in enumerate(supplies)]


def test_others_wait_until_the_pioneer_is_back() -> None:
    """Proves: supply is priced once. Without it, each worker would price all of it at the same time."""
    line = Line(tasks("a", "a", "a"), workers=2)
    pioneer = line.take()
    assert pioneer is not None
    assert pioneer.menu_workers == 2
    assert line.take() is None
    line.back(pioneer, alive=True)
    second, third = line.take("a"), line.take()
    assert second is not None and third is not None
    assert second.menu_workers == 1
    assert line.take() is None
    assert len(line) == 0


def test_another_pioneer_goes_where_the_first_died() -> None:
    line = Line(tasks("a", "a"), workers=2)
    first = line.take()
    assert first is not None
    line.back(first, alive=False)
    second = line.take()
    assert second is not None and second.case_id != first.case_id


def test_a_worker_keeps_to_the_supply_it_holds() -> None:
    line = Line(tasks("a", "b", "a", "b", "b"), workers=2)
    a, b = line.take(), line.take()
    assert a is not None and b is not None
    assert {a.supply, b.supply} == {"a", "b"}
    line.back(a, alive=True)
    line.back(b, alive=True)
    held = [line.take("b"), line.take("b"), line.take("b")]
    assert [task.supply for task in held if task] == ["b", "b", "a"]


@pytest.mark.parametrize(
    "lever",
    [
        "policy.min_cfe=0.8", "target.path_mw.2028Q4=150", "lease.eur_per_gpu_hour=2", "finance.wacc_gpu=0.1",
        "build.module_mw=20", "horizon.discount_rate=0.07", "energy.ppa_potential_mw_per_zone=400",
        "solver.gap=0.1", "access.open=0.4", "connection.nonfirm_quarters_earlier=1",
    ],
)  # fmt: skip
def test_policy_shares_the_supply(lever: str) -> None:
    assert supply_key(load_case("tiny", [lever])) == supply_key(load_case("tiny"))


@pytest.mark.parametrize(
    "lever",
    [
        "seed=1", "energy.grid=ensemble:1", "finance.wacc_infrastructure=0.07", "sites=FR-BRU",
        "energy.carbon_price_eur_per_t=10", "energy.options=cheapest", "workloads=pretraining",
        "shifting.batch_share=0.5", "energy.outlook=reference", "designs.nvl72-dry-n1.power_train=2n",
    ],
)  # fmt: skip
def test_what_prices_supply_does_not(lever: str) -> None:
    assert supply_key(load_case("tiny", [lever])) != supply_key(load_case("tiny"))
