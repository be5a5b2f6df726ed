"""A finished plan operated in other years: its own year gives its own cost, dear years cost more."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from twin.grids.ensemble_year import draw
from twin.questions.spread import Column, Operated, as_csv, as_rows, fed_fleet, named_rows
from twin.results import Run


@pytest.fixture(scope="module")
def operated(tiny_run: Run) -> Operated:
    return Operated(tiny_run)


def test_parts_add_up_to_the_final_new_fleet(tiny_run: Run) -> None:
    total = float(tiny_run.plan["option_mw"].isel(quarter=-1).sum())
    assert sum(part.mw for part in fed_fleet(tiny_run)) == pytest.approx(total)
    assert total == pytest.approx(float(tiny_run.manifest["mw_it_new"]))


def test_its_own_year_costs_what_the_menu_says(operated: Operated, tiny_run: Run) -> None:
    """Operated freely, an option costs what it was priced at; one found at other prices may cost 3 % less."""
    final = tiny_run.plan["option_mw"].isel(quarter=-1)
    menu = float((final * tiny_run.menu["energy_cost_eur_per_mw_year"].fillna(0.0)).sum()) / 1e6
    assert operated.planned_meur() <= menu * (1 + 1e-4)
    assert operated.planned_meur() == pytest.approx(menu, rel=0.03)


def test_dear_years_cost_more_but_contracts_hold(operated: Operated) -> None:
    """Power 50 % dearer raises the bill by far less: contracts cover most of this fleet, and what they yield
    beyond need sells at the same dear prices; networks and taxes do not move."""
    year = draw(1, 1, fuel=False)
    plain, dear = operated.meur(year), operated.meur(replace(year, fuel=1.5))
    assert 1.0 < dear / plain < 1.25


def test_a_price_year_is_paid(operated: Operated) -> None:
    """Named years over the plan's own: 2022 prices cost more, no change costs the same."""
    energy, own = operated.inputs.case.energy, operated.planned_meur()
    costs = [
        operated.meur_of(energy.model_copy(update=change))
        for change in ({}, {"grid": "extreme:price-year-2022"})
    ]
    assert costs[0] == pytest.approx(own, rel=1e-6)
    assert costs[1] > 1.02 * own
    header, rows = named_rows([("own", 10.0), ("dear", 12.0)])
    assert len(header) == 3 and rows[1] == ("dear", "12.0", "+20.0")


def test_tables_and_csv_say_every_year() -> None:
    column = Column("ensemble", ("1", "2", "3"), (10.0, 12.0, 11.0))
    header, rows = as_rows([Column("plan's year", ("plan",), (11.0,)), column])
    assert header == ("", "plan's year (1)", "ensemble (3)")
    assert dict((row[0], row[2]) for row in rows)["P50"] == "11.0"
    assert column.figures()["P90"] == pytest.approx(np.quantile([10, 11, 12], 0.9))
    assert as_csv([column]).splitlines() == [
        "set,year,energy_meur", "ensemble,1,10.0000", "ensemble,2,12.0000", "ensemble,3,11.0000",
    ]  # fmt: skip
