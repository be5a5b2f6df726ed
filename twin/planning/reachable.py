"""When nothing fits: the error that says what is reachable, what stops the rest and what would do."""

from __future__ import annotations

import xarray as xr

from twin.errors import Impossible
from twin.planning.diagnose import diagnose
from twin.planning.diagnose_words import told
from twin.planning.elastic import Builder

EXPLAIN_S = 20.0
"""Time for the explanation; what is found by then is told, with a word that it stopped early."""


def explain_impossible(problem: xr.Dataset, build: Builder, time_limit_s: float = EXPLAIN_S) -> Impossible:
    """Return the error to raise for a problem that has no plan: the sentences of ``twin diagnose``."""
    found = diagnose(problem, build, time_limit_s)
    if found.possible:
        return Impossible("no plan keeps every limit exactly, though each is missed by less than 100 W")
    return Impossible("\n".join(told(found)))
