"""The report of one datacentre under Delegated Regulation (EU) 2024/1364, indicator by indicator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from twin.operation.indicators import Accounts, Indicators

KWH = 1000.0
OPERATOR = "the operator supplies it; a plan does not hold it"
CDD_WARM_DEGC, CDD_BASE_DEGC = 24.0, 21.0
"""Eurostat's cooling degree days: a day counts from a mean of 24 °C, with its distance from 21 °C."""


@dataclass(frozen=True)
class Line:
    """One indicator: annex and symbol of the regulation, its name, unit, value (None: not ours), basis."""

    annex: str
    symbol: str
    name: str
    unit: str
    value: float | str | None
    basis: str


@dataclass(frozen=True)
class Facts:
    """What the report needs of a site beyond its year."""

    site: str
    zone: str
    country: str
    installed_it_kw: float
    intake_degc: float
    waste_heat_degc: float
    cooling_degree_days: float
    battery_mwh: float
    rack_footprint_m2: float
    in_operation_since: str
    covered: bool


def cooling_degree_days(dry_bulb_degc: ArrayLike) -> float:
    """Return the year's cooling degree days from hourly dry bulbs, °C, (hours,); whole days count."""
    hours = np.asarray(dry_bulb_degc, dtype=np.float64)
    days = hours[: hours.size // 24 * 24].reshape(-1, 24).mean(axis=1)
    return float(np.where(days >= CDD_WARM_DEGC, days - CDD_BASE_DEGC, 0.0).sum())


def report(facts: Facts, year: Accounts, found: Indicators, basis: str) -> list[Line]:
    """Return the lines of a site, by annex; ``basis`` says whose year it is."""
    return [*_information(facts), *_energy(facts, year, basis), *_capacity(), *_indicators(found)]


def _information(facts: Facts) -> list[Line]:
    covered = (
        "in the Union: the duty to report holds"
        if facts.covered
        else "outside the Union: given for comparison"
    )
    since = f"{facts.in_operation_since}, first hall of the plan"
    return [
        Line("I", "", "Name of the data centre", "", facts.site, "site of the plan"),
        Line("I", "", "Location", "", f"{facts.country}, bidding zone {facts.zone}", covered),
        Line(
            "I", "", "Type of data centre", "", "co-hosting", "assumed: equipment and service of one operator"
        ),
        Line("I", "", "Entry into operation", "", since, "plan"),
    ]


def _energy(facts: Facts, year: Accounts, basis: str) -> list[Line]:
    used, rack = year.ppa_mwh * KWH, f"racks alone stand on {facts.rack_footprint_m2:,.0f} m²"
    return [
        _own("PDIT", "Installed information technology power demand", "kW", facts.installed_it_kw, "plan"),
        Line("II", "SDC", "Data centre total floor area", "m2", None, OPERATOR),
        Line("II", "SDCC", "Data centre computer room floor area", "m2", None, f"{OPERATOR}; {rack}"),
        _own("EDC", "Total energy consumption", "kWh", year.facility_mwh * KWH, basis),
        _own("EDC-BG", "Of it from back-up generators", "kWh", 0.0, "outages and test runs are not planned"),
        _own("EIT", "Total energy consumption of information technology equipment", "kWh",
             year.it_mwh * KWH, f"{basis}; at the racks' inlet, behind UPS and distribution"),
        Line("II", "", "Electrical grid functions", "", "none", "the plan sells none"),
        _own("CBtG", "Average battery capacity made available to the grid", "kW", 0.0,
             f"the plan's {facts.battery_mwh:,.1f} MWh serve the site alone"),
        _own("WIN", "Total water input", "m3", year.water_m3, f"{basis}; water of cooling alone"),
        _own("WIN-POT", "Total potable water input", "m3", year.water_m3, "taken as potable"),
        _own("EREUSE", "Waste heat reused", "kWh", year.reused_mwh * KWH, "heat that a rule asks for"),
        _own("TWH", "Average waste heat temperature", "degC", facts.waste_heat_degc,
             "coolant or air as it leaves the racks, by heat"),
        _own("TIN", "Average setpoint of equipment intake air temperature", "degC",
             facts.intake_degc, "rack file"),
        Line("II", "", "Types of refrigerants", "", None, OPERATOR),
        _own("CDD", "Cooling degree days", "degree-days", facts.cooling_degree_days,
             "weather of the run; days from 24 °C, above 21 °C"),
        _own("ERES-TOT", "Total renewable energy consumption", "kWh", used, "sum of the next three"),
        _own("ERES-GOO", "Renewable energy from guarantees of origin", "kWh", 0.0, "the plan buys none"),
        _own("ERES-PPA", "Renewable energy from power purchase agreements", "kWh", used,
             f"{basis}; production used in its own hour, surplus sold is not counted"),
        _own("ERES-OS", "Renewable energy from on-site renewables", "kWh", 0.0, "the plan has none"),
    ]  # fmt: skip


def _capacity() -> list[Line]:
    rated = "the operator supplies it: it needs the servers' SERT ratings"
    return [
        Line("II", "CSERV", "ICT capacity for servers", "", None, rated),
        Line("II", "CSTOR", "ICT capacity for storage equipment", "PB", None, OPERATOR),
        Line("II", "BIN", "Incoming traffic bandwidth", "Gb/s", None, OPERATOR),
        Line("II", "BOUT", "Outgoing traffic bandwidth", "Gb/s", None, OPERATOR),
        Line("II", "TIN (traffic)", "Incoming data traffic", "EB", None, OPERATOR),
        Line("II", "TOUT", "Outgoing data traffic", "EB", None, OPERATOR),
    ]


def _indicators(found: Indicators) -> list[Line]:
    return [
        Line("III", "PUE", "Power usage effectiveness", "1", found.pue, "EDC / EIT"),
        Line("III", "WUE", "Water usage effectiveness", "m3/MWh", found.wue_l_per_kwh, "WIN / EIT"),
        Line("III", "ERF", "Energy reuse factor", "1", found.erf, "EREUSE / EDC"),
        Line("III", "REF", "Renewable energy factor", "1", found.ref, "ERES-TOT / EDC"),
    ]


def _own(symbol: str, name: str, unit: str, value: float, basis: str) -> Line:
    return Line("II", symbol, name, unit, value, basis)


def missing(lines: Sequence[Line]) -> list[str]:
    """Return symbols, or names where there is none, of what the operator must still supply."""
    return [line.symbol or line.name for line in lines if line.value is None]
