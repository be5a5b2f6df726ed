"""Why a site was chosen or not, for each thing that can decide."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tiny_problems import tiny_problem

from twin.planning.siting import solve


def reasons(**how: Any) -> list[str]:
    return [str(text) for text in solve(tiny_problem(**how), gap=0.0).reason.values]


def test_chosen_says_when_at_what_price_and_how_it_ranks() -> None:
    chosen = reasons()[0]
    assert chosen == "chosen: power from 2027Q1 (tier T1), 10 EUR/MWh all-in; rank 1 of 3 by whole cost"


def test_chosen_and_full() -> None:
    assert reasons(tier_mw=[[25, 0], [100, 0], [100, 0]])[0].endswith("filled to its connection")


def test_dearer_is_told_with_both_figures() -> None:
    assert reasons()[1] == "dearer: 1.20 MEUR per MW-year against 1.10 of the dearest site chosen"


@pytest.mark.parametrize(
    ("how", "start"),
    [
        ({"exclusion": ["a stop until 2035", "", ""]}, "excluded: a stop until 2035"),
        ({"allowed": [[0], [1], [1]], "allowed_reason": "chip limit is exceeded"}, "no design: chip limit"),
        ({"valid": np.asarray([0, 1, 1])[:, None, None]}, "no supply option"),
        (
            {"tier_first_quarter": [[4, 4], [0, 4], [0, 4]], "first_power": "2031Q2"},
            "too late: first power 2031Q2",
        ),
        (
            {"tier_mw": [[10, 0], [100, 0], [100, 0]]},
            "too small: 10 MW obtainable at the connection by 2027Q4",
        ),
        (
            {"tier_first_quarter": [[3, 4], [0, 4], [0, 4]], "path_mw": 20.0},
            "not needed: power only from 2027Q4",
        ),
    ],
)
def test_cheapest_site_left_out(how: dict[str, Any], start: str) -> None:
    assert reasons(**how)[0].startswith(start)


def _cheap_c() -> np.ndarray:
    cost = np.zeros((3, 3, 1, 2))
    cost[0, :, 0, :] = np.asarray([0.10, 0.11, 0.05])[:, None] * 1e6
    return cost


def test_third_countries_full() -> None:
    how = {"option_cost_eur_per_mw_year": _cheap_c(), "sovereignty_class": ["EU", "EU", "UK"]}
    assert reasons(**how, limits={"max_third_country_share": 0.1, "min_eu_share": 0.5})[2] == (
        "not needed: the share of third countries is full"
    )


def test_megawatts_needed_on_eu_soil() -> None:
    how = {"option_cost_eur_per_mw_year": _cheap_c()}
    limits = {"min_eu_share": 0.9, "max_third_country_share": 0.5}
    assert reasons(**how, limits=limits)[2] == "not needed: the fleet needs its megawatts on EU soil"


def test_zone_full() -> None:
    limits = {"max_zone_share": 0.5, "max_third_country_share": 1.0, "min_eu_share": 0.0}
    assert reasons(limits=limits)[1] == "not needed: the share of zone FR is full"


def test_delay_names_its_rule() -> None:
    problem = tiny_problem(tier_first_quarter=[[4, 4], [0, 4], [0, 4]], first_power="2031Q1")
    problem = problem.drop_vars(["ruling_rule", "ruling_site", "ruling_text"]).assign(
        ruling_rule=("ruling", np.asarray(["SE-X"])),
        ruling_site=("ruling", np.asarray(["A"])),
        ruling_text=("ruling", np.asarray(["no power before 2031Q1: rationing (SE-X)"])),
    )
    assert "rationing (SE-X)" in str(solve(problem).reason.values[0])
