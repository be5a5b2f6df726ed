"""The report under Delegated Regulation (EU) 2024/1364: every indicator by its symbol, in both formats."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from openpyxl import load_workbook

from twin import library
from twin.control_room.indicators import report_run
from twin.errors import BadInput
from twin.export.eed import HEADER, eed_csv, eed_workbook, write_eed
from twin.operation.eed import Facts, Line, cooling_degree_days, missing, report
from twin.operation.indicators import Accounts, indicators
from twin.results import Run

YEAR = Accounts(1000.0, 1200.0, 100.0, 1100.0, 900.0, 400.0, 300.0, 240.0, 90.0, 60.0, 500.0)
FACTS = Facts("FR-FOU", "FR", "FR", 280_000.0, 27.0, 39.0, 52.2, 1.7, 1527.0, "2027Q4", True)


def lines() -> list[Line]:
    return report(FACTS, YEAR, indicators(YEAR), "a hand-made year")


def value(symbol: str) -> float | str | None:
    return next(line.value for line in lines() if line.symbol == symbol)


def test_every_symbol_of_the_rule_is_in_the_report() -> None:
    """The list is that of models/regulations/EU-2024-1364.toml."""
    text = library.get("regulations", "EU-2024-1364").threshold
    symbols = set(re.findall(r"[A-Z][A-Za-z]*[A-Z](?:-[A-Z]+)?", text))
    assert {"PDIT", "EDC-BG", "CBtG", "ERES-GOO", "WIN-POT", "TOUT"} <= symbols
    assert symbols <= {line.symbol for line in lines()}
    assert any(line.name == "Types of refrigerants" for line in lines())
    assert any(line.name == "Electrical grid functions" for line in lines())


def test_figures_by_hand_in_the_regulations_units() -> None:
    assert value("PDIT") == 280_000.0  # kW
    assert value("EDC") == pytest.approx(1_200_000.0)  # kWh
    assert value("EIT") == pytest.approx(1_000_000.0)
    assert value("WIN") == 500.0  # m3
    assert value("EREUSE") == pytest.approx(240_000.0)
    assert value("PUE") == pytest.approx(1.2)
    assert value("WUE") == pytest.approx(0.5)  # m3/MWh = L/kWh
    assert value("ERF") == pytest.approx(0.2)
    assert value("REF") == pytest.approx(0.25)


def test_renewable_energy_is_the_sum_of_its_three_kinds() -> None:
    parts = [value(symbol) for symbol in ("ERES-GOO", "ERES-PPA", "ERES-OS")]
    assert value("ERES-TOT") == sum(float(part or 0.0) for part in parts) == pytest.approx(300_000.0)


def test_what_a_plan_cannot_know_is_left_to_the_operator() -> None:
    left = missing(lines())
    assert {"SDC", "SDCC", "CSERV", "CSTOR", "BIN", "BOUT", "Types of refrigerants"} <= set(left)
    assert "EDC" not in left
    assert all(line.basis for line in lines())


def test_cooling_degree_days_by_hand() -> None:
    """A day at 26 °C counts 5, one at 24 counts 3, one at 23.9 nothing: days begin to count at 24."""
    hours = np.repeat([26.0, 24.0, 23.9, 10.0], 24)
    assert cooling_degree_days(hours) == pytest.approx(8.0)


def test_a_site_outside_the_union_is_marked() -> None:
    told = report(replace(FACTS, country="NO", covered=False), YEAR, indicators(YEAR), "x")
    assert any("outside the Union" in line.basis for line in told)


def test_csv_has_one_row_an_indicator() -> None:
    rows = list(csv.DictReader(io.StringIO(eed_csv({"FR-FOU": lines()}))))
    assert tuple(rows[0]) == HEADER
    assert len(rows) == len(lines())
    edc = next(row for row in rows if row["symbol"] == "EDC")
    assert float(edc["value"]) == pytest.approx(1_200_000.0)
    assert next(row for row in rows if row["symbol"] == "SDC")["value"] == ""


def test_text_never_runs_as_a_formula() -> None:
    odd = [Line("I", "", "Name", "", "=1+1", "b")]
    assert "'=1+1" in eed_csv({"x": odd})
    book = load_workbook(io.BytesIO(eed_workbook({"x": odd}, {})))
    assert book["x"].cell(2, 5).data_type == "s"


def test_the_workbook_has_a_sheet_a_site_and_the_verdicts(tiny_run: Run, tmp_path: Path) -> None:
    found = report_run(tiny_run, planned=True)
    reports = {name: own.lines for name, own in found.sites.items()}
    rules = {name: own.verdicts for name, own in found.sites.items()}
    path = write_eed(reports, rules, tmp_path / "eed.xlsx")
    book = load_workbook(path)
    assert book.sheetnames == ["all sites", *found.sites, "verdicts"]
    table = {row[1]: row[4:] for row in book["all sites"].iter_rows(min_row=2, values_only=True)}
    for column, own in enumerate(found.sites.values()):
        assert table["EDC"][column] == pytest.approx(1000.0 * own.accounts.facility_mwh)
        assert table["PUE"][column] == pytest.approx(own.indicators.pue)
    assert book["verdicts"].max_row == 1 + sum(len(each) for each in rules.values())


def test_edc_over_eit_is_the_pue_of_every_site(tiny_run: Run) -> None:
    for own in report_run(tiny_run, planned=True).sites.values():
        figures = {line.symbol: line.value for line in own.lines if line.symbol}
        edc, eit, pue = (float(figures[s] or 0.0) for s in ("EDC", "EIT", "PUE"))
        assert edc / eit == pytest.approx(pue)
        assert float(figures["TWH"] or 0.0) > float(figures["TIN"] or 0.0)


def test_other_endings_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"\.csv or \.xlsx"):
        write_eed({"x": lines()}, {}, tmp_path / "eed.pdf")
