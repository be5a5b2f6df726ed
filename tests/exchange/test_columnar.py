from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from pyarrow import parquet

from tests.exchange.conftest import HOSTILE
from twin.exchange.text import clean

if TYPE_CHECKING:
    from twin.results import Run

TABLES = ("sites", "quarters", "options", "cash_flow", "assumptions", "hours")
DIMENSIONLESS = {"year", "value"}
"""Numbers without a unit of their own: a year of the calendar."""


def units(folder: Path, table: str) -> dict[str, str]:
    schema = parquet.read_schema(folder / f"{table}.parquet")
    return {field.name: field.metadata[b"units"].decode() for field in schema}


@pytest.mark.parametrize("table", TABLES)
def test_every_number_has_its_unit(exported: Path, table: str) -> None:
    found, frame = units(exported, table), pd.read_parquet(exported / f"{table}.parquet")
    assert len(frame) > 0
    for name in frame.columns:
        number = pd.api.types.is_float_dtype(frame[name]) or pd.api.types.is_integer_dtype(frame[name])
        assert bool(found[name]) is (number and name not in DIMENSIONLESS), name


def test_units_and_meaning_are_those_of_the_schema(exported: Path) -> None:
    assert units(exported, "hours")["cost_eur"] == "EUR"
    assert units(exported, "sites")["eur_per_mwh"] == "EUR/MWh"
    assert units(exported, "options")["carbon_t_per_mw_year"] == "t/MW/a"
    schema = parquet.read_schema(exported / "hours.parquet")
    assert b"net present" not in schema.field("cost_eur").metadata[b"description"].lower()
    assert schema.metadata[b"case"] == b"tiny"


def test_tables_are_tidy_and_add_up(exported: Path, tiny_run: Run) -> None:
    read = {name: pd.read_parquet(exported / f"{name}.parquet") for name in TABLES}
    assert not read["sites"].duplicated("site").any()
    assert not read["quarters"].duplicated("quarter").any()
    assert not read["options"].duplicated(["site", "design", "option"]).any()
    assert not read["cash_flow"].duplicated(["quarter", "term"]).any()
    assert not read["hours"].duplicated(["site", "time"]).any()
    assert read["options"]["mw_it"].sum() == pytest.approx(tiny_run.manifest["mw_it_new"])
    total = read["cash_flow"]["discounted_eur"].sum()
    assert total == pytest.approx(tiny_run.manifest["objective_eur"], rel=1e-12)
    assert read["quarters"]["capital_spent_eur"].sum() == pytest.approx(tiny_run.manifest["capex_eur"])


def test_hours_use_what_the_plan_says_they_use(exported: Path, tiny_run: Run) -> None:
    hours = pd.read_parquet(exported / "hours.parquet")
    # load that waits runs in hours of another PUE: the plan's method and HiGHS may choose other ones
    assert hours["power_mw"].sum() == pytest.approx(tiny_run.manifest["energy_mwh_per_year"], rel=1e-5)
    balance = hours["import_mw"] + hours["used_mw"] + hours["discharge_mw"] - hours["charge_mw"]
    assert (balance - hours["power_mw"]).abs().max() < 1e-6  # MW: HiGHS's feasibility


def test_labels_of_any_script_come_back(hostile: Path) -> None:
    assert set(pd.read_parquet(hostile / "sites.parquet")["title"]) == {clean(HOSTILE)}
