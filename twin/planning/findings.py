"""The list of what binds: duals turned into sentences with a price."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from twin.planning.highs import Matrix, Solved
from twin.planning.master_data import MasterData
from twin.planning.policy import CARBON_SCALE, SHARE_SCALE
from twin.tolerances import PAID_MEUR, USED_MW

_NOTABLE_EUR = 1e3
"""A marginal value below a thousand euro of net present cost is noise of a plan that costs billions."""


@dataclass(frozen=True)
class Finding:
    """One binding limit: its family, what it means, and what one more unit of it would save."""

    family: str
    text: str
    price: float
    unit: str


def findings(data: MasterData, matrix: Matrix, solved: Solved, chosen: Collection[str]) -> list[Finding]:
    """Return what binds: the target, portfolio limits, then each family at its dearest row.

    ``solved`` is the plan's linear program, whose duals are MEUR per unit of the row. Rows of sites that are
    not ``chosen`` are left out: their dual says what an unopened site would be worth, not what binds.
    """
    duals: dict[str, dict[str, float]] = {}
    for row, dual in zip(matrix.rows, solved.duals, strict=True):
        key = row.index()
        family = row.parent_component().local_name
        # a full connection matters in the end; what an earlier one is worth is told per site
        if family.startswith("connection") and key[-1] != data.quarters[-1]:
            continue
        if abs(dual) * 1e6 > _NOTABLE_EUR and _concerns(key, data, chosen):
            label = ", ".join(map(str, key)) if isinstance(key, tuple) else str(key)
            duals.setdefault(family, {})[label] = float(dual)
    found = [*_target(data, duals), *_portfolio(data, duals)]
    for family, (sentence, unit) in _SENTENCES.items():
        if rows := duals.get(family):
            worst = max(rows, key=lambda label: abs(rows[label]))
            found.append(Finding(family, sentence(list(rows), worst), abs(rows[worst]) * 1e6, unit))
    return [*found, *_lease(data, matrix, solved)]


def _concerns(key: object, data: MasterData, chosen: Collection[str]) -> bool:
    """Whether a row is of the whole programme or of a chosen site."""
    first = key[0] if isinstance(key, tuple) else key
    return first in chosen or first not in data.sites


def _target(data: MasterData, duals: dict[str, dict[str, float]]) -> list[Finding]:
    last = data.quarters[-1]
    price = sum(duals.get(family, {}).get(last, 0.0) for family in ("path", "final_own")) * 1e6
    if price <= 0:
        return []
    years = data.series("weight_years")[last]
    yearly = price / years / 1e6
    text = f"one more MW wanted in {last} costs {price / 1e6:,.1f} MEUR, {yearly:,.2f} MEUR per MW-year"
    return [Finding("target", text, price, "EUR/MW")]


def _portfolio(data: MasterData, duals: dict[str, dict[str, float]]) -> list[Finding]:
    """Carbon, carbon-free share and water of the last quarter, per unit and year of its fleet."""
    years, found = data.series("weight_years")[data.quarters[-1]], []
    table = {
        "carbon": ("max_carbon_g_per_kwh", CARBON_SCALE * 1e3, "EUR/t", "g/kWh limit on carbon binds"),
        "carbon_free": (
            "max_non_cfe_share",
            SHARE_SCALE,
            "EUR/MWh",
            "limit on energy that is not carbon-free binds",
        ),
        "water": ("max_water_m3_per_mwh", SHARE_SCALE, "EUR/m3", "m3/MWh limit on water binds"),
    }
    for family, (limit, scale, unit, words) in table.items():
        if rows := duals.get(family):
            price = abs(next(iter(rows.values()))) * scale * 1e6 / years
            found.append(
                Finding(family, f"the {data.limits[limit]:g} {words}: {price:,.1f} {unit}", price, unit)
            )
    return found


def _lease(data: MasterData, matrix: Matrix, solved: Solved) -> list[Finding]:
    """Quarters in which the market rents out no more."""
    prices = {
        str(column.index()): abs(cost)
        for column, cost, value, top in zip(
            matrix.columns, solved.reduced_costs, solved.values, matrix.upper, strict=True
        )
        if column.parent_component().local_name == "lease" and value >= top - USED_MW and cost < -PAID_MEUR
    }
    if not prices:
        return []
    worst = max(prices, key=lambda q: prices[q])
    text = f"rented capacity is at its limit of {data.limits['lease_mw']:g} MW in {_some(list(prices))}"
    return [Finding("lease", text, float(prices[worst]) * 1e6, "EUR/MW")]


def _some(labels: list[str]) -> str:
    return ", ".join(labels[:4]) + (f" and {len(labels) - 4} more" if len(labels) > 4 else "")


_Sentence = Callable[[list[str], str], str]
_SENTENCES: dict[str, tuple[_Sentence, str]] = {
    "connection_capacity": (lambda rows, worst: f"grid connection is full, dearest at {worst}", "EUR/MW"),
    "connection_whole_halls": (
        lambda rows, worst: f"no further whole hall fits the connection, dearest at {worst}",
        "EUR",
    ),
    "connection_rule": (lambda rows, worst: f"a rule bounds the connection, dearest at {worst}", "EUR/MW"),
    "pace_site": (lambda rows, worst: f"halls per quarter at one site, dearest at {worst}", "EUR"),
    "pace_fleet": (lambda rows, worst: f"halls per quarter of the programme in {_some(rows)}", "EUR/MW"),
    "one_connection_lost": (
        lambda rows, worst: f"share lost with one connection, dearest at {worst}",
        "EUR/MW",
    ),
    "latency_demand": (lambda rows, worst: f"inference near its users, dearest in {worst}", "EUR/MW"),
    "eu_share": (lambda rows, worst: "least share on EU soil", "EUR/MW"),
    "third_country_share": (lambda rows, worst: "largest share in third countries", "EUR/MW"),
    "site_share": (lambda rows, worst: f"largest share at one site: {_some(rows)}", "EUR/MW"),
    "zone_share": (lambda rows, worst: f"largest share in one zone: {_some(rows)}", "EUR/MW"),
    "ppa_wind": (lambda rows, worst: f"new wind contracts, dearest in {worst}", "EUR/MW"),
    "ppa_pv": (lambda rows, worst: f"new PV contracts, dearest in {worst}", "EUR/MW"),
    "renewable_balance": (
        lambda rows, worst: f"renewable share asked by a rule, dearest at {worst}",
        "EUR/GWh",
    ),
    "budget": (lambda rows, worst: f"capital budget of {_some(rows)}", "MEUR/MEUR"),
}
