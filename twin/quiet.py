"""A HiGHS that says nothing: standard output belongs to results."""

from __future__ import annotations

import os
import sys
import threading
from typing import Any

import highspy

_TURNED_AWAY = threading.Lock()
"""Standard output belongs to the whole process: one thread at a time may turn it away."""


def quiet_highs(threads: int = 1) -> Any:
    """Return a silent solver with one thread.

    From 1.16 on HiGHS greets on the process's standard output when it is made, before any option can be
    set, so the descriptor itself is turned away meanwhile.
    """
    with _TURNED_AWAY:
        sys.stdout.flush()
        kept, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(nowhere, 1)
            solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
        finally:
            os.dup2(kept, 1)
            os.close(kept)
            os.close(nowhere)
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", threads)
    return solver
