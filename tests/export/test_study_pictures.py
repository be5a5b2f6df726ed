"""What pictures and tables of a study say, on plans whose answer is known."""

from __future__ import annotations

import pytest
from rich.console import Console

from twin.export.study_pictures import draw_parallel, draw_tornado, draw_trade_off, swings
from twin.export.study_table import study_view


def row(number: int, cost: float, **others: object) -> dict[str, object]:
    return {
        "case_id": f"case{number}", "status": "optimal", "gap": 0.001, "seconds": 1.0, "error": "",
        "objective_eur": cost, "carbon_g_per_kwh": 50.0 - number, **others,
    }  # fmt: skip


PLANS = [
    row(0, 100e6 + 10e6 * a + 1e6 * b, a=float(a), b=float(b), word=word)
    for a in (0, 1)
    for b in (0, 1)
    for word in ("dear", "cheap")
]


def test_a_swing_is_the_difference_of_means() -> None:
    """Proves: cost = 100 + 10 a + b MEUR swings by 10 over a, by 1 over b, by nothing over the word."""
    found = {
        name: (low, high, at_high - at_low)
        for name, low, high, at_low, at_high in swings(PLANS, ["b", "a", "word"], "objective_eur")
    }
    assert list(found) == ["a", "b", "word"]
    assert found["a"] == ("0", "1", pytest.approx(10e6))
    assert found["b"] == ("0", "1", pytest.approx(1e6))
    assert found["word"][2] == pytest.approx(0.0)


def test_a_range_is_compared_by_its_outer_quarters() -> None:
    plans = [row(i, 1e6 * i, a=float(i)) for i in range(100)]
    ((_, low, high, at_low, at_high),) = swings(plans, ["a"], "objective_eur")
    assert (low, high) == ("≤ 24.8", "≥ 74.2")
    assert at_low == pytest.approx(12e6)  # mean of 0 … 24
    assert at_high == pytest.approx(87e6)  # mean of 75 … 99


def test_what_does_not_vary_has_no_swing() -> None:
    same = [row(i, 1e6 * i, a=1.0) for i in range(3)]
    assert swings(same, ["a"], "objective_eur") == []
    assert draw_tornado("mine", same, ["a"], "objective_eur") is None


@pytest.mark.parametrize("factors", [["a", "b", "word"], ["word"]])
def test_pictures_are_pictures(factors: list[str]) -> None:
    outcomes = ["objective_eur", "carbon_g_per_kwh"]
    for picture in (
        draw_trade_off("mine", PLANS, factors, outcomes),
        draw_parallel("mine", PLANS, factors, outcomes),
        draw_tornado("mine", PLANS, factors, "objective_eur"),
    ):
        assert picture is not None
        assert picture.startswith(b"\x89PNG")


def test_plans_without_an_outcome_are_left_out_not_drawn_as_zero() -> None:
    some = [*PLANS, row(9, 1e9, a=9.0, b=0.0, word="cheap") | {"objective_eur": None}]
    assert max(each[4] for each in swings(some, ["a"], "objective_eur")) < 120e6
    assert draw_parallel("mine", some, ["a", "b"], ["objective_eur", "carbon_g_per_kwh"]) is not None


def test_too_little_for_a_picture_is_none() -> None:
    assert draw_trade_off("mine", PLANS, ["a"], ["objective_eur"]) is None
    assert draw_trade_off("mine", PLANS[:1], ["a"], ["objective_eur", "carbon_g_per_kwh"]) is None


def test_the_table_tells_spans_ends_and_errors() -> None:
    broken = row(8, 0.0, a=1.0, b=1.0, word="dear") | {
        "status": "failed", "gap": None, "objective_eur": None, "error": "it broke\nmore words",
    }  # fmt: skip
    console = Console(width=120, record=True, file=open("/dev/null", "w"))  # noqa: SIM115
    console.print(study_view("mine", [*PLANS, broken], 12, ["a", "b", "word"], ["objective_eur"]))
    text = console.export_text()
    for words in ("9 of 12 cases (8 optimal, 1 failed)", "100", "111", "1 × failed: it broke (case8)"):
        assert words in text, words
    assert "more words" not in text
