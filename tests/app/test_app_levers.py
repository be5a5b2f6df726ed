"""What is typed on the page becomes levers of the case, or a fault that names the field."""

from __future__ import annotations

import pytest

from twin.app.levers import DELAY, changed, levers_of, text_of
from twin.config.case import Case
from twin.errors import BadInput
from twin.inputs import load_case


@pytest.fixture(scope="module")
def case() -> Case:
    return load_case("europe-1gw-2030")


def test_fields_as_they_stand_leave_the_case_as_it_is(case: Case) -> None:
    typed = {lever.key: text_of(case, lever) for lever in levers_of(case)}
    assert changed(case, typed) == case
    assert changed(case, {"target.path_mw.2030Q4": "1,000.0"}) == case


@pytest.mark.parametrize(
    ("key", "text", "expected"),
    [
        ("target.path_mw.2030Q4", "1200", 1200.0),
        ("target.path_mw.2030Q4", " 1,200 ", 1200.0),
        ("policy.min_eu_share", "75", 0.75),
        ("policy.min_cfe", "87.5", 0.875),
        ("policy.max_carbon_g_per_kwh", "", None),
        ("policy.max_carbon_g_per_kwh", "45", 45.0),
        ("policy.budget_meur_per_year", "9000", 9000.0),
        ("connection.nonfirm_quarters_earlier", "2", 2),
    ],
)
def test_a_typed_lever_reaches_the_case_in_its_own_unit(
    case: Case, key: str, text: str, expected: float | None
) -> None:
    found = changed(case, {key: text}).model_dump()
    table, *rest = key.split(".")
    value = found[table]
    for step in rest:
        value = value[step]
    assert value == expected


@pytest.mark.parametrize(
    ("months", "today"), [("1", "2026-12"), ("2", "2027-01"), ("14", "2028-01"), ("36", "2029-11")]
)
def test_a_delay_moves_the_month_from_which_waits_count(case: Case, months: str, today: str) -> None:
    assert case.horizon.today == "2026-11"
    assert changed(case, {DELAY: months}).horizon.today == today


@pytest.mark.parametrize("text", ["", "abc", "-1", "101", "nan", "inf", "1e400", "<b>", "../../etc/passwd"])
def test_what_is_no_number_in_range_is_refused_by_the_fields_name(case: Case, text: str) -> None:
    with pytest.raises(BadInput) as caught:
        changed(case, {"policy.min_eu_share": text})
    (fault,) = caught.value.faults
    assert (fault.key, fault.value) == ("On EU soil, at least, % of owned MW", text)
    assert "0 to 100" in fault.expected


def test_all_faults_are_told_at_once(case: Case) -> None:
    typed = {"policy.min_eu_share": "x", DELAY: "1.5", "target.path_mw.2027Q4": "-5"}
    with pytest.raises(BadInput) as caught:
        changed(case, typed)
    assert len(caught.value.faults) == 3


def test_only_the_levers_of_the_page_can_be_reached(case: Case) -> None:
    """Proves: no text from a browser becomes a file name, such as that of a grid or a rack."""
    typed = {"energy.grid": "/etc/passwd", "sites": "/tmp/x.toml", "designs.nvl72-dry-n1.rack": "/tmp/x.toml"}
    assert changed(case, typed) == case
