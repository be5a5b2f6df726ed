"""Certificate of what happens at each site: whole numbers, connection, designs, supply, rules, pace."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from twin.planning.certificate_numbers import Array, Numbers, Worst, grid, largest, over, worst
from twin.planning.certificate_tolerances import BUILT_MW


def integrality(n: Numbers) -> Worst:
    """Sites, tiers and designs are 0 or 1, halls whole, nothing negative."""
    found = []
    for name, dims in {
        "open": ("site",),
        "connected": ("site", "tier", "quarter"),
        "design_chosen": ("site", "design"),
        "halls": ("site", "quarter"),
    }.items():
        value = n.d[name]
        top = np.inf if name == "halls" else 1.0
        off = np.maximum(np.abs(value - np.rint(value)), np.maximum(-value, value - top))
        found.append(worst(off, [f"{name} {cell}" for cell in grid(n, *dims)]))
    for name, dims in {
        "option_mw": ("site", "design", "option", "quarter"),
        "lease_mw": ("quarter",),
    }.items():
        found.append(worst(-n.d[name], [f"{name} {cell}" for cell in grid(n, *dims)]))
    return largest(*found)


def halls_stay(n: Numbers) -> Worst:
    """Halls are never taken away, and stand only at sites that are open."""
    removed = -np.diff(n.d["halls"], axis=1, prepend=0.0)
    shut = n.d["halls"] * (n.d["open"][:, None] < 0.5)
    cells = grid(n, "site", "quarter")
    return largest(worst(removed, cells), worst(shut, cells))


def connection_order(n: Numbers) -> Worst:
    """A tier stays connected, follows the tier below it, and needs an open site."""
    on = n.d["connected"]
    found = [
        worst(-np.diff(on, axis=2, prepend=0.0), grid(n, "site", "tier", "quarter")),
        worst(on[:, 0] - n.d["open"][:, None], grid(n, "site", "quarter")),
    ]
    for k in range(1, on.shape[1]):
        found.append(worst(on[:, k] - on[:, k - 1], grid(n, "site", "quarter")))
    return largest(*found)


def connection_dates(n: Numbers) -> Worst:
    """No tier energises before its first quarter."""
    index = np.arange(n.d["connected"].shape[2])
    early = n.d["connected"] * (index[None, None, :] < n.p["tier_first_quarter"][:, :, None])
    return worst(early, grid(n, "site", "tier", "quarter"))


def connection_capacity(n: Numbers) -> Worst:
    """Peak draw stays within the energised tiers and within what rules allow at the site."""
    peak = np.einsum("sdo,sdoq->sq", n.p["peak_mw_per_mw"], n.d["option_mw"])
    tiers = np.einsum("sk,skq->sq", n.p["tier_mw"], n.d["connected"])
    cells = grid(n, "site", "quarter")
    return largest(worst(over(peak, tiers), cells), worst(over(peak, n.p["max_site_mw"][:, None]), cells))


def supply(n: Numbers) -> Worst:
    """Every megawatt is fed, by an option that exists, in the one design chosen."""
    mix = n.d["option_mw"]
    balance = np.abs(mix.sum(axis=(1, 2)) - n.mw) / np.maximum(1.0, n.mw)
    void = mix * (n.p["valid"][..., None] < 0.5)
    other = mix.sum(axis=2) * (n.d["design_chosen"][..., None] < 0.5)
    return largest(
        worst(balance, grid(n, "site", "quarter")),
        worst(void, grid(n, "site", "design", "option", "quarter")),
        worst(other, grid(n, "site", "design", "quarter")),
        worst(n.d["design_chosen"].sum(axis=1) - 1.0, grid(n, "site")),
    )


def rules(n: Numbers) -> Worst:
    """Excluded sites and refused designs hold nothing; PUE, WUE and renewable share keep their rules."""
    by_design = n.d["option_mw"].sum(axis=2).max(axis=2)
    built = by_design > BUILT_MW
    shut = np.asarray([reason != "" for reason in n.t["exclusion"]])
    sites, designs = grid(n, "site"), grid(n, "site", "design")
    energy = n.p["energy_mwh_per_mw_year"]
    contracted = np.einsum("sdo,sdoq->sq", n.p["res_share"] * energy, n.d["option_mw"])
    used = np.einsum("sdo,sdoq->sq", energy, n.d["option_mw"]) + n.d["moved_energy_mwh_per_year"]
    missing = (n.p["min_res_share"][:, None] * used - contracted) / np.maximum(1.0, used)
    return largest(
        worst(n.mw.max(axis=1) * shut, [f"{s} is excluded" for s in sites]),
        worst(by_design * (n.p["allowed"] < 0.5), [f"{c} is not allowed" for c in designs]),
        worst(built * (n.p["pue"] - n.p["max_pue"][:, None]), [f"{c} PUE" for c in designs]),
        worst(
            built * (n.p["wue_l_per_kwh"] - n.p["max_wue_l_per_kwh"][:, None]), [f"{c} WUE" for c in designs]
        ),
        worst(missing, [f"{c} renewable share" for c in grid(n, "site", "quarter")]),
    )


def build_pace(n: Numbers) -> Worst:
    """Halls per quarter at one site and in the programme, and the number of sites, keep their limits."""
    added: Array = np.diff(n.d["halls"], axis=1, prepend=0.0)
    found = []
    if (most := n.limits.get("site_halls_per_quarter")) is not None:
        found.append(worst(over(added, most), grid(n, "site", "quarter")))
    if (most := n.limits.get("fleet_mw_per_quarter")) is not None:
        found.append(worst(over(added.sum(axis=0) * n.p["module_mw"], most), grid(n, "quarter")))
    if (most := n.limits.get("max_sites")) is not None:
        found.append(worst(over([n.d["open"].sum()], most), ["number of sites"]))
    return largest(*found) if found else (0.0, "")


SITE_CHECKS: dict[str, Callable[[Numbers], Worst]] = {
    "integrality": integrality,
    "halls_stay": halls_stay,
    "connection_order": connection_order,
    "connection_dates": connection_dates,
    "connection_capacity": connection_capacity,
    "supply": supply,
    "rules": rules,
    "build_pace": build_pace,
}
