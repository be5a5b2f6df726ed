"""Certificate of who serves whom, of lost connections, and of power before the firm date."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from twin.planning.certificate_numbers import Array, Numbers, Worst, grid, largest, worst


def latency(n: Numbers) -> Worst:
    """Each metro's share of the owned fleet is served, from near enough, within what each site has."""
    serve, most = n.d["serve_mw"], n.limits.get("max_rtt_ms")
    if most is None:
        return 0.0, ""
    last = n.mw[:, -1]
    fleet = float(n.p["committed_own_it_mw"][-1] + last.sum())
    off = np.abs(serve.sum(axis=0) - n.p["metro_share"] * fleet) / max(1.0, fleet)
    held = n.p["committed_site_mw"] + last
    cells = grid(n, "site", "metro")
    return largest(
        worst(-serve, cells),
        worst(serve * (n.p["rtt_ms"] > most), [f"{c} is too far" for c in cells]),
        worst(off, [f"demand of {c}" for c in grid(n, "metro")]),
        worst((serve.sum(axis=1) - held) / np.maximum(1.0, held), [f"{s} serves" for s in grid(n, "site")]),
    )


def connection_loss(n: Numbers) -> Worst:
    """The loss of one tier takes no more than its share of the last quarter's draw."""
    share = n.limits.get("max_connection_share")
    if share is None:
        return 0.0, ""
    draw = _draw(n)[:, -1]
    fleet = float(n.p["committed_own_it_mw"][-1] + draw.sum())
    held = n.p["tier_mw"] * n.d["connected"][:, :, -1]
    lost = draw[:, None] - (held.sum(axis=1)[:, None] - held)
    excess = np.where(n.p["tier_mw"] > 0, lost - share * fleet, 0.0)
    return worst(excess / max(1.0, fleet), [f"loss of {c}" for c in grid(n, "site", "tier")])


def nonfirm_mw(n: Numbers) -> Array:
    """Return (s, q) MW drawn beyond the tiers that are firm in the quarter."""
    index = np.arange(n.d["connected"].shape[2])
    firm = n.p["tier_firm_quarter"][:, :, None] <= index
    held = np.einsum("sk,skq->sq", n.p["tier_mw"], n.d["connected"] * firm)
    return np.asarray(np.maximum(_draw(n) - held, 0.0))


def nonfirm_cost(n: Numbers) -> float:
    """Return EUR at the first quarter: the draw above the tiers below each one not firm, over its years."""
    held = n.p["tier_mw"][:, :, None] * n.d["connected"]
    below = held.cumsum(axis=1) - held
    beyond = np.maximum(_draw(n)[:, None, :] - below, 0.0)
    return float(np.einsum("skq,skq,s->", n.p["nonfirm_years"], beyond, n.p["nonfirm_eur_per_mw_year"]))


def _draw(n: Numbers) -> Array:
    """Return (s, q) MW at the connection."""
    return np.asarray(np.einsum("sdo,sdoq->sq", n.p["peak_mw_per_mw"], n.d["option_mw"]))


EXTRA_CHECKS: dict[str, Callable[[Numbers], Worst]] = {
    "latency": latency,
    "connection_loss": connection_loss,
}
