"""Certificate of the portfolio: path, ownership, rent, shares, carbon, contracts, budget."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from twin.planning.certificate_money import capital
from twin.planning.certificate_numbers import Numbers, Worst, grid, largest, over, worst
from twin.planning.certificate_tolerances import UNIT_EUR, UNIT_MEAN


def path(n: Numbers) -> Worst:
    """Committed, built and rented megawatts reach the path in every quarter."""
    have = n.p["committed_mw"] + _counted(n) + n.p["lease_count_mw_per_mw"] * n.d["lease_mw"]
    return worst((n.p["path_mw"] - have) / np.maximum(1.0, n.p["path_mw"]), grid(n, "quarter"))


def own_share(n: Numbers) -> Worst:
    """Owned megawatts reach their share of the last quarter's target."""
    owned = n.p["committed_own_mw"][-1] + _counted(n)[-1]
    wanted = n.limits.get("final_own_share", 0.0) * n.p["path_mw"][-1]
    return worst([(wanted - owned) / max(1.0, wanted)], [n.label["quarter"][-1]])


def lease(n: Numbers) -> Worst:
    """Rented megawatts stay within what the market offers."""
    most = n.limits.get("lease_mw")
    return (0.0, "") if most is None else worst(over(n.d["lease_mw"], most), grid(n, "quarter"))


def sovereignty(n: Numbers) -> Worst:
    """Least share on EU soil, largest share in the UK and Switzerland, of the last quarter's owned fleet."""
    own = _own_by_class(n)
    fleet, found = sum(own.values()), [(0.0, "")]
    if (least := n.limits.get("min_eu_share")) is not None:
        found.append(worst([(least * fleet - own["EU"]) / max(1.0, fleet)], ["share on EU soil"]))
    if (most := n.limits.get("max_third_country_share")) is not None:
        third = own["UK"] + own["CH"]
        found.append(worst([(third - most * fleet) / max(1.0, fleet)], ["share of third countries"]))
    return largest(*found)


def concentration(n: Numbers) -> Worst:
    """No site and no zone holds more than its share of the last quarter's owned fleet."""
    last = n.mw[:, -1]
    fleet = float(n.p["committed_own_it_mw"][-1] + last.sum())
    at_site = n.p["committed_site_mw"] + last
    zones = np.asarray(n.t["zone"])
    in_zone = np.asarray([last[zones == z].sum() for z in n.label["zone_name"]]) + n.p["committed_zone_mw"]
    found = [(0.0, "")]
    for name, held, labels in (
        ("max_site_share", at_site, grid(n, "site")),
        ("max_zone_share", in_zone, grid(n, "zone_name")),
    ):
        if (share := n.limits.get(name)) is not None:
            found.append(worst((held - share * fleet) / max(1.0, fleet), labels))
    return largest(*found)


def carbon(n: Numbers) -> Worst:
    """Mean carbon intensity and the share that is not carbon-free, of the last quarter's new halls."""
    moved = {word: array.sum() for word, array in n.moved.items()}
    energy = (n.final_mix * n.p["energy_mwh_per_mw_year"]).sum() + moved["energy_mwh"]
    kg = 1e3 * ((n.final_mix * n.p["carbon_t_per_mw_year"]).sum() + moved["carbon_t"])
    dirty = (n.final_mix * n.p["non_cfe_mwh_per_mw_year"]).sum() + moved["non_cfe_mwh"]
    return largest(_mean(n, "max_carbon_g_per_kwh", kg, energy), _mean(n, "max_non_cfe_share", dirty, energy))


def water(n: Numbers) -> Worst:
    """Mean water use of the last quarter's new halls."""
    used = (n.final_mix * n.p["water_m3_per_mw_year"]).sum() + n.moved["water_m3"].sum()
    return _mean(n, "max_water_m3_per_mwh", used, (n.final_mix * n.p["it_mwh_per_mw_year"]).sum())


def contracts(n: Numbers) -> Worst:
    """Contracted wind, and PV, stay within what each zone can offer, in every quarter."""
    zones, found = np.asarray(n.t["zone"]), [(0.0, "")]
    for kind in ("wind", "pv"):
        if (most := n.limits.get(f"ppa_{kind}_mw_per_zone")) is not None:
            used = np.einsum("sdo,sdoq->sq", n.p[f"{kind}_mw_per_mw"], n.d["option_mw"])
            by_zone = np.asarray([used[zones == z].sum(axis=0) for z in n.label["zone_name"]])
            found.append(worst(over(by_zone, most), [f"{kind} {c}" for c in grid(n, "zone_name", "quarter")]))
    return largest(*found)


def budget(n: Numbers) -> Worst:
    """Capital of each calendar year keeps the budget; batteries cover the mix, stay, and are needed."""
    need = np.einsum("sdo,sdoq->sq", n.p["option_capex_eur_per_mw"], n.d["option_mw"])
    bought, cells = n.d["option_capital_eur"], grid(n, "site", "quarter")
    found = [
        worst((need - bought) / np.maximum(UNIT_EUR, need), [f"batteries of {c}" for c in cells]),
        worst(
            -np.diff(bought, axis=1, prepend=0.0) / np.maximum(UNIT_EUR, bought),
            [f"batteries of {c}" for c in cells],
        ),
    ]
    most_needed = need.max(axis=1, keepdims=True)
    spare = (bought - most_needed) / np.maximum(UNIT_EUR, most_needed)
    found.append(worst(spare, [f"batteries of {c} that nothing needs" for c in cells]))
    if (most := n.limits.get("budget_eur_per_year")) is not None:
        spent = np.diff(capital(n).sum(axis=0), prepend=0.0)
        years = n.p["calendar_year"]
        by_year = np.asarray([spent[years == y].sum() for y in np.unique(years)])
        found.append(worst((by_year - most) / max(UNIT_EUR, most), [f"{y:.0f}" for y in np.unique(years)]))
    return largest(*found)


def _counted(n: Numbers) -> np.ndarray:
    """Return (q,) new megawatts in the target's basis."""
    return np.asarray(np.einsum("sdo,sdoq->q", n.p["count_mw_per_mw"], n.d["option_mw"]))


def _own_by_class(n: Numbers) -> dict[str, float]:
    classes, last = np.asarray(n.t["sovereignty_class"]), n.mw[:, -1]
    started = dict(zip(n.label["sovereignty"], n.p["committed_class_mw"].tolist(), strict=True))
    return {c: started[c] + float(last[classes == c].sum()) for c in started}


def _mean(n: Numbers, limit: str, amount: float, per: float) -> Worst:
    most = n.limits.get(limit)
    if most is None or per <= 0:
        return 0.0, ""
    return worst([(amount / per - most) / max(most, UNIT_MEAN)], [limit])


LIMIT_CHECKS: dict[str, Callable[[Numbers], Worst]] = {
    "path": path,
    "own_share": own_share,
    "lease": lease,
    "sovereignty": sovereignty,
    "concentration": concentration,
    "carbon": carbon,
    "water": water,
    "contracts": contracts,
    "budget": budget,
}
