"""A fresh process for attacks that fork: one that never had threads of a solver."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from tally import Tally

THREADS = "OPENBLAS_NUM_THREADS"


def in_fresh_process(
    run: Callable[[int, int, Path, float], Tally], count: int, seed: int, folder: Path, until: float
) -> Tally:
    """Return what ``run`` returns in a spawned process, whose BLAS has one thread."""
    before = os.environ.get(THREADS)
    os.environ[THREADS] = "1"
    try:
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
            return pool.submit(run, count, seed, folder, until).result()
    finally:
        os.environ.pop(THREADS, None) if before is None else os.environ.update({THREADS: before})
