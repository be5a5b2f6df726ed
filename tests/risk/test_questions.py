"""Questions to a real run: plans that hold, alternatives, flexibility, sensitivity, each through its verb."""

from __future__ import annotations

import json

import pytest
from rich.console import Console
from typer.testing import CliRunner

from twin.cli import app
from twin.errors import BadInput, Impossible
from twin.export.certainty import certainty_view
from twin.inputs import load_case
from twin.progress import Reporter
from twin.results import Run
from twin.risk.flexibility import flexibility
from twin.risk.holding import Holder, as_data, hold_case
from twin.risk.near_best import near_best


def _text(view: object) -> str:
    console = Console(record=True, width=160, file=open("/dev/null", "w"))  # noqa: SIM115
    console.print(view)
    return console.export_text()


def test_certainty_of_a_run_is_side_by_side(tiny_run: Run) -> None:
    holder = Holder(tiny_run, draws=300, tree=12)
    found = as_data(holder.certainty(0.05, "chance", 0.0, Reporter(quiet=True)))
    first, mean, held = found["plans"]
    assert held["odds"] >= 0.05
    assert found["price_eur"] == pytest.approx(held["plan_eur"] - first["plan_eur"])
    assert mean["expected_eur"] <= first["expected_eur"] * (1 + 1e-6)
    assert all(name in _text(certainty_view(found)) for name in ("least cost", "holds", "price of certainty"))


def test_certainty_that_no_connections_give_says_the_best_odds(tiny_run: Run) -> None:
    holder = Holder(tiny_run, draws=300, tree=12)
    with pytest.raises(Impossible, match="with every connection of every site the odds are"):
        holder.certainty(0.9999999, "chance", 0.0, Reporter(quiet=True))


def test_nonsense_is_refused_before_anything_is_planned(tiny_run: Run) -> None:
    with pytest.raises(BadInput, match="--confidence"):
        hold_case(load_case("tiny"), tiny_run.folder.parent, Reporter(quiet=True), confidence=1.5)
    with pytest.raises(BadInput, match="--within"):
        near_best(tiny_run, 2.0, Reporter(quiet=True))


def test_alternatives_of_a_run_keep_the_budget(tiny_run: Run) -> None:
    found = near_best(tiny_run, 0.05, Reporter(quiet=True))
    for row in found["alternatives"]:
        assert row["cost_eur"] <= 1.05 * found["best_eur"] * (1 + 1e-9)
        assert 0.0 <= row["distance_to_bound"] < 0.06
    assert {row["site"] for row in found["needs"]} == set(found["sites"])


def test_an_earlier_quarter_never_costs(tiny_run: Run) -> None:
    found = flexibility(tiny_run, Reporter(quiet=True), load=False)
    for row in found["levers"]:
        if row["saved_eur"] is not None:
            assert row["saved_eur"] >= -row["doubt_eur"] - 1.0


def test_sensitivity_prints_json_alone(tiny_run: Run) -> None:
    pytest.importorskip("SALib")
    done = CliRunner().invoke(app, ["sensitivity", str(tiny_run.folder), "--json"])
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert {flip["site"] for flip in found["flips"] if flip["inside"]}
    assert all(row["unconfirmed"] and row["flips_at"] >= 0 for row in found["break_even"])
    assert all(row["cost_eur"] >= 0 for row in found["indices"])
