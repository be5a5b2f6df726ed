"""The portfolio limits of a case as one table: name, value, unit, whether it binds."""

from __future__ import annotations

from twin.config.case import Case

Row = tuple[float, str, bool]

LIMIT_WORDS = {
    "ppa_pv_mw_per_zone": "PV that a zone can contract",
    "ppa_wind_mw_per_zone": "wind that a zone can contract",
    "max_water_m3_per_mwh": "water limit",
    "max_non_cfe_share": "least hourly carbon-free share",
    "max_carbon_g_per_kwh": "carbon limit",
    "budget_eur_per_year": "capital budget",
    "max_third_country_share": "largest share in third countries",
    "min_eu_share": "least share on EU soil",
    "max_rtt_ms": "longest round trip of inference",
    "max_connection_share": "largest share lost with one connection",
    "max_zone_share": "largest share in one zone",
    "max_site_share": "largest share at one site",
    "max_sites": "number of sites",
    "lease_mw": "capacity that can be rented",
    "final_own_share": "share that must be owned in the end",
    "site_halls_per_quarter": "build pace of one site",
    "fleet_mw_per_quarter": "build pace of the programme",
}
"""Each limit in a planner's words."""


def limits(case: Case) -> dict[str, Row]:
    """Return (value, unit, active) of every limit by name; an inactive one keeps the value 0."""
    policy, build = case.policy, case.build
    budget = policy.budget_meur_per_year
    potential = case.energy.ppa_potential_mw_per_zone
    return {
        "final_own_share": (case.target.final_own_share, "1", True),
        "lease_mw": (case.lease.max_mw if case.lease.allowed else 0.0, "MW", True),
        "site_halls_per_quarter": (float(build.site_modules_per_quarter), "halls", True),
        "fleet_mw_per_quarter": (build.fleet_mw_per_quarter, "MW", True),
        "max_sites": (float(build.max_sites), "sites", True),
        "min_eu_share": (policy.min_eu_share, "1", policy.min_eu_share > 0),
        "max_third_country_share": (policy.max_third_country_share, "1", policy.max_third_country_share < 1),
        "max_site_share": (policy.max_site_share, "1", policy.max_site_share < 1),
        "max_zone_share": (policy.max_zone_share, "1", policy.max_zone_share < 1),
        "max_connection_share": (policy.max_connection_share, "1", policy.max_connection_share < 1),
        "max_rtt_ms": _optional(policy.max_rtt_ms, "ms"),
        "max_carbon_g_per_kwh": _optional(policy.max_carbon_g_per_kwh, "g/kWh"),
        "max_non_cfe_share": (1.0 - policy.min_cfe, "1", policy.min_cfe > 0),
        "max_water_m3_per_mwh": _optional(policy.max_water_m3_per_mwh, "m3/MWh"),
        "budget_eur_per_year": _optional(None if budget is None else budget * 1e6, "EUR"),
        "ppa_wind_mw_per_zone": (potential, "MW", True),
        "ppa_pv_mw_per_zone": (potential, "MW", True),
    }


def _optional(value: float | None, unit: str) -> Row:
    return (0.0, unit, False) if value is None else (float(value), unit, True)
