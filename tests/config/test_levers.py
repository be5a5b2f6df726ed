"""Levers: what a planner may set, and the text that a case becomes."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin import library
from twin.config.case import Case
from twin.config.levers import canonical_toml, deciding_toml, lever_keys, with_levers
from twin.console import visible
from twin.errors import BadInput

CASES = library.names("cases")


def default() -> Case:
    return library.get("cases", "europe-1gw-2030")


def reloaded(case: Case, folder: Path) -> Case:
    path = folder / "case.toml"
    path.write_text(canonical_toml(case), encoding="utf-8")
    return library.get("cases", path)


def test_levers_of_every_kind_of_value() -> None:
    case = with_levers(
        default(),
        [
            "target.path_mw.2030Q4=800",
            "target.path_mw.2028Q4=400",
            "policy.min_eu_share = 0.8",
            "policy.max_carbon_g_per_kwh=none",
            "policy.rule_sets=in-force,DE-2026-bill",
            "sites=FR-BRU,SE-BOR",
            "technologies=2025",
            "lease.allowed=false",
            "designs.nvl72-dry-n1.power_train=2n",
        ],
    )
    assert case.target.path_mw == {"2027Q1": 66, "2027Q4": 200, "2028Q4": 400, "2030Q4": 800}
    assert case.policy.min_eu_share == 0.8
    assert case.policy.max_carbon_g_per_kwh is None
    assert case.policy.rule_sets == ("in-force", "DE-2026-bill")
    assert case.sites == ("FR-BRU", "SE-BOR")
    assert case.technologies == "2025"
    assert case.lease.allowed is False
    assert case.designs["nvl72-dry-n1"].power_train == "2n"


def test_mapping_and_list_are_the_same_and_nothing_changes_nothing() -> None:
    one = with_levers(default(), {"policy.min_cfe": "0.5"})
    assert one == with_levers(default(), ["policy.min_cfe=0.5"])
    assert with_levers(default(), []) is not None
    assert with_levers(default(), []) == default()


def test_one_site_is_still_a_list_and_all_means_all() -> None:
    assert with_levers(default(), ["sites=FR-BRU"]).sites == ("FR-BRU",)
    assert with_levers(with_levers(default(), ["sites=FR-BRU"]), ["sites=all"]).sites == "all"
    assert with_levers(default(), ['sites=["FR-BRU", "PT-SIN"]']).sites == ("FR-BRU", "PT-SIN")


def test_all_faults_at_once_with_hints() -> None:
    """Proves that names, types, bounds and shapes are judged together."""
    wrong = [
        "polcy.min_eu_share=0.8",
        "policy.min_eu_share=many",
        "lease.max_mw=-3",
        "target.basis=gird",
        "nonsense",
        "name=mine",
        "target.path_mw=3",
        "seed.deeper=1",
        "finance.wacc_gpu=nan",
    ]
    with pytest.raises(BadInput) as caught:
        with_levers(default(), wrong)
    faults = {fault.key: fault for fault in caught.value.faults}
    assert set(faults) == {
        "polcy.min_eu_share", "policy.min_eu_share", "lease.max_mw", "target.basis",
        "nonsense", "name", "target.path_mw", "seed.deeper", "finance.wacc_gpu",
    }  # fmt: skip
    assert faults["polcy.min_eu_share"].hint == "did you mean 'policy.min_eu_share'?"
    assert faults["target.basis"].hint == "did you mean 'grid'?"
    assert faults["nonsense"].expected == "key=value"


def test_rules_between_levers_still_hold() -> None:
    with pytest.raises(BadInput, match=r"with a value for the last quarter 2031Q4"):
        with_levers(default(), ["horizon.last_quarter=2031Q4"])


@pytest.mark.parametrize("name", CASES)
def test_text_of_a_case_reads_back_equal(name: str, tmp_path: Path) -> None:
    case = library.get("cases", name)
    assert reloaded(case, tmp_path) == case


def test_taking_a_limit_away_survives_the_text(tmp_path: Path) -> None:
    """The default of the carbon limit is 100; TOML has no null, so its absence must be written."""
    case = with_levers(default(), ["policy.max_carbon_g_per_kwh=none"])
    assert reloaded(case, tmp_path).policy.max_carbon_g_per_kwh is None


def test_equal_cases_have_equal_text_whatever_the_order_they_were_set_in() -> None:
    a = with_levers(default(), ["target.path_mw.2028Q4=300", "target.path_mw.2029Q4=600"])
    b = with_levers(default(), ["target.path_mw.2029Q4=600.0", "target.path_mw.2028Q4=300"])
    assert canonical_toml(a) == canonical_toml(b)
    assert canonical_toml(a) != canonical_toml(default())


def test_designs_keep_their_order(tmp_path: Path) -> None:
    """Rent is that of the first design's GPUs: sorted, the same case would plan another rent from its run."""
    turned = dict(reversed(default().designs.items()))
    case = default().model_copy(update={"designs": turned})
    assert list(reloaded(case, tmp_path).designs) == list(turned)
    assert canonical_toml(case) != canonical_toml(default())


def test_the_number_of_processes_decides_nothing() -> None:
    two, four = (with_levers(default(), [f"solver.workers={n}"]) for n in (2, 4))
    assert canonical_toml(two) != canonical_toml(four)
    assert deciding_toml(two) == deciding_toml(four)
    assert deciding_toml(two) != deciding_toml(with_levers(two, ["solver.gap=0.1"]))


@given(title=st.text(st.characters(exclude_categories=["Cs"]), max_size=40).map(visible))
def test_any_text_survives(title: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    case = default().model_copy(update={"title": title})
    assert reloaded(case, tmp_path_factory.mktemp("case")).title == title


def test_every_lever_key_can_be_set_to_what_it_is() -> None:
    """Proves that the keys offered as hints are the keys understood."""
    case = default()
    keys = lever_keys(case)
    assert "policy.min_cfe" in keys and "target.path_mw.2030Q4" in keys
    assert not [key for key in keys if key.startswith(("sources", "name"))]
    for key in keys:
        value: object = case
        for part in key.split("."):
            value = value[part] if isinstance(value, dict) else getattr(value, part)
        text = ",".join(value) if isinstance(value, tuple) else "none" if value is None else str(value)
        lowered = text.lower() if isinstance(value, bool) else text
        assert with_levers(case, [f"{key}={lowered}"]) == case, key


@pytest.mark.parametrize(
    ("lever", "words"),
    [
        ("workloads=batch,batch", "batch stands there twice"),
        ("sites=FR-BRU,SE-BOR,FR-BRU", "FR-BRU stands there twice"),
        ("sites=", "one site at least"),
        ("solver.workers=100000", "solver.workers"),
        ("energy.options=cheapest,cheapest", "cheapest stands there twice"),
        ("energy.options=cfe９0", "energy.options.0"),
        ("target.path_mw.2028Q1=-5", "target.path_mw.2028Q1"),
    ],
)
def test_what_no_plan_can_mean_is_refused_with_the_case(lever: str, words: str) -> None:
    """Each was once found late, by a room that no longer knew the case's name, or not at all."""
    with pytest.raises(BadInput, match=words):
        with_levers(default(), [lever])
