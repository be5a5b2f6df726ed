"""Every file in ``models/``: it loads, its figures have sources, and what was doubtful stays so."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from twin import library
from twin.config.regulation import binding
from twin.library_text import figures, source_of

EVERY = [(kind, name) for kind in library.KINDS for name in library.names(kind)]


@pytest.mark.parametrize(("kind", "name"), EVERY, ids=lambda part: str(part))
def test_file_loads_and_every_figure_has_a_source(kind: str, name: str) -> None:
    model = library.get(kind, name)
    assert model.name == name
    assert model.title
    for key, _ in figures(model):
        source = source_of(model, key)
        assert source is not None and source.source, f"{kind}/{name}: {key} has no source"


def test_every_kind_has_models() -> None:
    assert {kind for kind in library.KINDS if not library.names(kind)} == set()


def test_sites_add_up_to_the_survey() -> None:
    """45 sites with 3444 / 9515 / 16895 MW by 2030: a lost or doubled digit would show here."""
    sites = library.all_of("sites")
    assert len(sites) == 45
    assert sum(site.grid_low_mw for site in sites) == 3444
    assert sum(site.grid_mid_mw for site in sites) == 9515
    assert sum(site.grid_high_mw for site in sites) == 16895


def test_sites_are_in_order() -> None:
    for site in library.all_of("sites"):
        assert site.grid_low_mw <= site.grid_mid_mw <= site.grid_high_mw, site.name
        assert site.lead_p50_years < site.lead_p90_years, site.name
        assert site.mean_wet_bulb_degc < site.mean_dry_bulb_degc, site.name
        assert site.res_share_2024 <= site.cfe_share_2024 + 1e-9, site.name
        assert site.country == site.name[:2], site.name


def test_zone_says_the_same_everywhere() -> None:
    """Sites of one zone share price and carbon. Without it a typing error would move capacity."""
    zones: dict[str, set[tuple[float, ...]]] = {}
    for site in library.all_of("sites"):
        figures = (site.price_2023_eur_per_mwh, site.price_2025_eur_per_mwh, site.carbon_2024_g_per_kwh)
        zones.setdefault(site.zone, set()).add(figures)
    assert {zone: len(kinds) for zone, kinds in zones.items() if len(kinds) > 1} == {}


def test_sovereignty_follows_the_country() -> None:
    third = {"GB": "UK", "CH": "CH", "NO": "EEA"}
    for site in library.all_of("sites"):
        assert site.sovereignty_class == third.get(site.country, "EU"), site.name


@pytest.mark.parametrize(
    ("name", "figure"),
    [
        ("AT-KRO", "grid_mid_mw"),
        ("ES-CAC", "lead_p50_years"),
        ("SE-LUL", "price_2025_eur_per_mwh"),
        ("PL-WAW", "network_eur_per_mwh"),
        ("PT-SIN", "ppa_pv_eur_per_mwh"),
        ("FR-FOU", "water_stress"),
        ("FI-LAP", "heat_eur_per_mwh"),
    ],
)
def test_what_was_unconfirmed_stays_unconfirmed(name: str, figure: str) -> None:
    assert library.get("sites", name).is_unconfirmed(figure)


@pytest.mark.parametrize(
    ("name", "figure"),
    [
        ("FR-FOU", "grid_mid_mw"),
        ("FR-FOU", "tax_eur_per_mwh"),
        ("SE-BOR", "land_eur_per_m2"),
        ("DE-LUB", "lat"),
    ],
)
def test_what_has_a_public_source_is_not_marked(name: str, figure: str) -> None:
    assert not library.get("sites", name).is_unconfirmed(figure)


def test_programme_is_close_to_few_sites() -> None:
    access = {site.name: site.access for site in library.all_of("sites")}
    assert [name for name, kind in access.items() if kind == "own"] == ["FR-BRU"]
    assert [name for name, kind in access.items() if kind == "partner"] == ["FR-FOU"]
    assert access["SE-BOR"] == "third_party"
    assert access["FI-OUL"] == "open"


def test_rules_that_shape_a_plan() -> None:
    """The rules in force that exclude, delay or bound capacity, one by one."""
    rules = binding(library.all_of("regulations"), ["in-force"])
    hard = {
        rule.name: (rule.effect, rule.value)
        for rule in rules
        if rule.effect not in ("report", "flag", "cost")
    }
    assert hard == {
        "DE-ENEFG-PUE-NEW": ("max_pue", 1.2),
        "DE-ENEFG-PUE-OLD1": ("max_pue", 1.5),
        "DE-ENEFG-PUE-OLD2": ("max_pue", 1.3),
        "DE-ENEFG-ERF-26": ("min_heat_reuse", 0.10),
        "DE-ENEFG-ERF-27": ("min_heat_reuse", 0.15),
        "DE-ENEFG-ERF-28": ("min_heat_reuse", 0.20),
        "DE-ENEFG-RE-24": ("min_renewable_share", 0.5),
        "DE-ENEFG-RE-27": ("min_renewable_share", 1.0),
        "DK-PAUSE": ("exclude_site", None),
        "FI-FINGRID": ("delay_site", None),
        "IE-CRU-GEN": ("dispatchable_equals_connection", 1.0),
        "IE-CRU-LOC": ("exclude_site", None),
        "IE-CRU-RES": ("min_renewable_share", 0.8),
        "NL-AMS": ("exclude_site", None),
        "NL-AMS-PUE": ("max_pue", 1.2),
        "NL-HYPER": ("max_site_mw", 70.0),
        "SE-STHLM": ("delay_site", None),
    }


def test_rules_name_sites_and_zones_that_exist() -> None:
    sites = library.all_of("sites")
    names, zones = {site.name for site in sites}, {site.zone for site in sites}
    rules = library.all_of("regulations")
    for rule in rules:
        assert {*rule.sites, *rule.except_sites} <= names, rule.name
        assert set(rule.zones) <= zones, rule.name
        assert set(rule.supersedes) <= {other.name for other in rules}, rule.name


def test_the_inlet_rule_of_germany_never_binds() -> None:
    """It was deleted before it became law; it is kept so that nobody adds it again."""
    everything = ["in-force", "proposed", "voluntary", "DE-ENEFG-INLET"]
    assert "DE-ENEFG-INLET" not in {rule.name for rule in binding(library.all_of("regulations"), everything)}


def test_the_german_bill_replaces_the_law() -> None:
    rules = binding(library.all_of("regulations"), ["in-force", "DE-2026-bill"])
    german = {rule.name for rule in rules if rule.jurisdiction == "DE"}
    assert {"DE-BILL-PUE-NEW", "DE-BILL-RE-30"} <= german
    assert not {"DE-ENEFG-PUE-NEW", "DE-ENEFG-RE-27", "DE-ENEFG-ERF-28"} & german


def test_fleet_starts_the_default_path() -> None:
    fleet = library.get("fleets", "mistral-2026")
    path = library.get("cases", "europe-1gw-2030").target.path_mw
    assert fleet.committed_mw("2027Q1") == path["2027Q1"] == 66
    assert fleet.committed_mw("2027Q4") == 89
    assert path["2027Q4"] == 200 and path["2030Q4"] == 1000
    assert sum(c.gpus or 0 for c in fleet.commitments if c.gpu == "h100-sxm") == 10_000


@pytest.mark.parametrize("name", library.names("cases"))
def test_case_names_models_that_exist(name: str) -> None:
    case = library.get("cases", name)
    assert library.get("fleets", case.fleet) and library.get("technologies", case.technologies)
    assert len(library.many("workloads", case.workloads)) == len(case.workloads)
    assert case.sites == "all" or library.many("sites", case.sites)
    for design in case.designs.values():
        assert library.get("racks", design.rack)
        assert library.get("cooling", design.cooling)
        assert library.get("power_trains", design.power_train)


def test_fleets_name_gpus_that_exist() -> None:
    for name in library.names("fleets"):
        for commitment in library.get("fleets", name).commitments:
            assert commitment.gpu in library.names("gpus")


def test_battery_is_a_turnkey_price_in_two_parts() -> None:
    """A 4 h system of 2030 costs 150 EUR/kWh all in; the split lets other durations be priced."""
    costs = library.get("technologies", "2030")
    assert costs.battery_eur_per_kwh + costs.battery_eur_per_kw / 4 == pytest.approx(150, abs=0.1)


@pytest.mark.shared
def test_sites_equal_the_survey_file(shared_data: Path) -> None:
    """Every shipped figure against the row it came from."""
    columns = {
        "grid_low_mw": "grid_mw_2030_low",
        "grid_high_mw": "grid_mw_2030_high",
        "lead_p50_years": "lead_time_y_p50",
        "lead_p90_years": "lead_time_y_p90",
        "network_eur_per_mw_year": "network_eur_per_mw_yr",
        "network_eur_per_mwh": "network_eur_per_mwh",
        "tax_eur_per_mwh": "elec_tax_levies_eur_per_mwh",
        "price_2024_eur_per_mwh": "da_price_2024",
        "carbon_2024_g_per_kwh": "ci_lifecycle_2024_g",
        "ppa_wind_eur_per_mwh": "ppa_onshore_wind_eur_mwh",
        "facility_capex_meur_per_mw": "dc_capex_meur_per_mw_it",
        "rtt_sto_ms": "rtt_sto_ms",
        "elevation_m": "elev_m",
    }
    with (shared_data.parent / "facts" / "sites.csv").open(encoding="utf-8") as file:
        rows = {row["site_id"]: row for row in csv.DictReader(file)}
    assert set(rows) == set(library.names("sites"))
    for site in library.all_of("sites"):
        for field, column in columns.items():
            assert getattr(site, field) == float(rows[site.name][column]), (site.name, field)


@pytest.mark.shared
def test_every_rule_of_the_survey_is_here(shared_data: Path) -> None:
    with (shared_data.parent / "facts" / "regulations.csv").open(encoding="utf-8") as file:
        ids = [row[0] for row in csv.reader(file)][1:]
    assert len(ids) == 55
    assert set(ids) <= set(library.names("regulations"))
