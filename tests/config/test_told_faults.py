"""What pydantic finds wrong, as a planner reads it: keys, values and rules in words of the file."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from twin import library
from twin.config.faults import faults_of
from twin.library import model_class


def told(kind: str, name: str, **changes: object) -> list[str]:
    cls = model_class(kind)
    with pytest.raises(ValidationError) as found:
        cls.model_validate(library.get(kind, name).model_dump(mode="json") | changes)
    return [str(fault).removeprefix("file: ") for fault in faults_of(found.value, cls, "file")]


def test_a_rule_between_figures_is_told_with_the_figures() -> None:
    """Proves: who reads it sees which keys to change and what stands there, not only the rule."""
    assert told("gpus", "gb200", cap_min_w=4e4) == [
        "cap_min_w, tdp_w = (40000.0, 1200.0): expected cap_min_w at most tdp_w"
    ]
    (horizon,) = told("cases", "tiny", target={"path_mw": {"2028Q1": 3}})
    assert horizon.startswith("target.path_mw = {'2028Q1': 3}: expected target.path_mw with a value for")


@pytest.mark.parametrize("odd", ["0.05", "abc", "2026-13", "2026-1", "２０26-11", "2026-11-01"])
def test_today_is_a_month(odd: str) -> None:
    """It once was any text, which fell over after everything had been priced."""
    (fault,) = told("cases", "tiny", horizon={"today": odd})
    assert fault == f"horizon.today = {odd!r}: expected a month such as 2026-11"


def test_quarters_have_digits_of_ascii() -> None:
    (fault,) = told("cases", "tiny", target={"path_mw": {"20２8Q4": 1, "2028Q4": 160}})
    assert fault == "target.path_mw.20２8Q4 = '20２8Q4': expected a quarter such as 2028Q3"


def test_a_case_without_supply_options_is_refused() -> None:
    """It once was priced to the end and then fell over."""
    (fault,) = told("cases", "tiny", energy={"options": []})
    assert fault.startswith("energy.options = []: expected a list of at least 1 item")


def test_tables_and_lists_are_called_so() -> None:
    """Proves: no word of the library's own types reaches a planner."""
    assert told("cases", "tiny", access=[1]) == ["access = [1]: expected a table"]
    assert told("extremes", "heat-wave-2003", effects=3) == ["effects = 3: expected a list"]
    (empty,) = told("cases", "tiny", target={"path_mw": {}})
    assert empty == "target.path_mw = {}: expected a table of at least 1 item"
    assert told("faults", "drought", no_water="x") == ["no_water = 'x': expected true or false"]


def test_a_table_with_wrong_keys_names_the_key() -> None:
    (fault,) = told("cases", "tiny", policy={"metro_weights": {"xx": 2}})
    assert fault.startswith("policy.metro_weights.xx = 'xx': expected one of fra,")


def test_what_only_follows_from_a_wrong_item_is_not_told() -> None:
    assert told("cases", "tiny", sites=["FR-BRU", 3]) == ["sites.1 = 3: expected a valid string"]
    assert told("studies", "tiny-policies", outcomes=[[1]]) == ["outcomes.0 = [1]: expected a valid string"]
