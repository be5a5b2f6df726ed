"""When nothing fits: the error that says what is reachable, what stops the rest and what would do."""

from __future__ import annotations

from collections.abc import Callable

import xarray as xr

from twin.errors import Impossible
from twin.planning.diagnose import diagnose
from twin.planning.diagnose_words import told
from twin.planning.elastic import Builder

EXPLAIN_S = 20.0
"""Time for the explanation; what is found by then is told, with a word that it stopped early."""


def explain_impossible(
    problem: xr.Dataset,
    build: Builder,
    time_limit_s: float = EXPLAIN_S,
    log: Callable[[str], None] | None = None,
) -> Impossible:
    """Return the error to raise for a problem that has no plan: the sentences of ``twin diagnose``.

    ``log`` hears what is reachable as soon as that is known.
    """
    found = diagnose(problem, build, time_limit_s, log)
    if found.possible:
        return Impossible("no plan keeps every limit exactly, though each is missed by less than 100 W")
    return Impossible("\n".join(told(found)))
