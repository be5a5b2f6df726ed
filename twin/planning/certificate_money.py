"""Certificate of money: net present cost by term and capital by quarter, from decisions and problem."""

from __future__ import annotations

import numpy as np

from twin.planning.certificate_extra import nonfirm_cost
from twin.planning.certificate_moves import moved_cost
from twin.planning.certificate_numbers import Array, Numbers


def net_present_cost(n: Numbers) -> dict[str, float]:
    """Return EUR at the first quarter by family, as the plan's cost terms are summed."""
    weight, mix, on = n.p["weight_years"], n.d["option_mw"], n.d["connected"]
    paid = np.einsum("sdoq,q->sdo", mix, weight)
    started = np.diff(on[:, 0], axis=1, prepend=0.0)
    capacity = np.einsum("tsd,sdo->t", n.p["capacity_cost_eur_per_mw_year"], paid)
    supply = np.einsum("tsdo,sdo->t", n.p["option_cost_eur_per_mw_year"], paid)
    return {
        **dict(zip(n.label["capacity_term"], capacity.tolist(), strict=True)),
        **dict(zip(n.label["option_term"], supply.tolist(), strict=True)),
        "connection": float(np.einsum("sk,skq,q->", n.p["tier_cost_eur_per_year"], on, weight)),
        "site_development": float(started.sum(axis=0) @ n.p["discount"] * n.p["site_fixed_eur"]),
        "moved_work": moved_cost(n),
        "nonfirm": nonfirm_cost(n),
        "lease": float(n.d["lease_mw"] @ weight * n.p["lease_eur_per_mw_year"]),
    }


def capital(n: Numbers) -> Array:
    """Return (s, q) EUR of capital bought by the end of each quarter."""
    halls = np.einsum("tsd,sdoq->sq", n.p["capacity_capex_eur_per_mw"], n.d["option_mw"])
    tiers = np.einsum("sk,skq->sq", n.p["tier_capex_eur"], n.d["connected"])
    return np.asarray(
        halls + tiers + n.p["site_fixed_eur"] * n.d["connected"][:, 0] + n.d["option_capital_eur"]
    )
