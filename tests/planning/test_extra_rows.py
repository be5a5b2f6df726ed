"""The printed totals tell of power that is not firm and of served metros, only where there are any."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from rich.console import Console
from tiny_problems import tiny_problem

from twin.export.table import totals_table
from twin.planning.siting import solve


def printed(**how: Any) -> str:
    """Return the totals of a plan as text."""
    plan = solve(tiny_problem(**how), gap=0.0)
    console = Console(file=io.StringIO(), width=160)
    console.print(totals_table(plan, {**plan.attrs, "max_violation": 0.0}))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_firm_power_and_no_latency_say_nothing() -> None:
    text = printed()
    assert "not firm" not in text and "inference served" not in text
    assert "capital spent" in text and "building saves" in text


def test_cut_hours_and_served_metros_are_told() -> None:
    """25 MW of draw for two years at 0.1 MEUR; a quarter of 40 MW for each of two metros."""
    years = np.zeros((3, 2, 4))
    years[0, 0, :2] = 1.0
    text = printed(
        limits={"max_rtt_ms": 50.0},
        metro_share=[0.25, 0.25],
        tier_first_quarter=[[0, 4], [4, 4], [4, 4]],
        tier_firm_quarter=[[2, 4], [4, 4], [4, 4]],
        nonfirm_years=years,
        nonfirm_eur_per_mw_year=1e5,
    )
    assert "up to 25 MW of draw (2027Q1); cut hours cost 5.0 MEUR" in text
    assert "par 10, sto 10" in text
