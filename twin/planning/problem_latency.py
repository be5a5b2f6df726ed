"""Who must be near whom: round trips of the sites, and what part of the fleet answers each metro."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from twin.config.case import Case, Metro
from twin.config.site import Site
from twin.config.workload import Workload

METROS: tuple[Metro, ...] = ("fra", "ams", "par", "lon", "mad", "sto")
"""Frankfurt, Amsterdam, Paris, London, Madrid, Stockholm: where the catalogue measures round trips to."""

Vars = dict[str, tuple[object, object]]


def latency_figures(case: Case, sites: Sequence[Site], workloads: Sequence[Workload]) -> Vars:
    """Return ``rtt_ms`` (site, metro) and ``metro_share`` (metro,), shares of the owned fleet.

    The interactive part of the fleet, split by the case's weights; a metro without a weight has none.
    """
    weights = case.policy.metro_weights
    whole = sum(weights.values()) or 1.0
    part = interactive_share(case, workloads)
    return {
        "rtt_ms": (
            ("site", "metro"),
            np.asarray([[getattr(site, f"rtt_{c}_ms") for c in METROS] for site in sites], float),
        ),
        "metro_share": ("metro", np.asarray([part * weights.get(c, 0.0) / whole for c in METROS])),
    }


def interactive_share(case: Case, workloads: Sequence[Workload]) -> float:
    """Return the share of the fleet that is interactive: the case's, else that of its workloads."""
    if case.policy.interactive_share is not None:
        return case.policy.interactive_share
    whole = sum(work.share for work in workloads)
    return sum(work.share for work in workloads if work.pattern == "interactive") / whole if whole else 0.0
