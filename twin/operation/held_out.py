"""What a fit may not see, and how wrong a model is on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.errors import BadInput, Fault
from twin.operation.telemetry import SECOND, Array, Telemetry

BLOCKS = 10
EVERY = 3
"""Without jobs or runs to hold out, time falls into ten blocks, of which every third is held out."""


@dataclass(frozen=True)
class Score:
    """Relative errors on data not used in the fit: of energy by run or block, and of single readings.

    ``energy`` is the mean absolute error, ``worst`` the largest with its sign, ``reading`` the root mean
    square error over the mean reading, ``units`` how many runs or blocks.
    """

    energy: float
    worst: float
    reading: float
    units: int


@dataclass(frozen=True)
class Split:
    """Readings for the fit and for the test, and what the latter are, in words."""

    fit: Telemetry
    test: Telemetry
    text: str


def split(data: Telemetry, named: Sequence[str], where: str) -> Split:
    """Return data in two: the jobs ``named`` held out, else every second job or run, else blocks of time.

    Raises BadInput for names that no job has, and when nothing is left on one side.
    """
    jobs = np.array([str(name).partition("/")[0] for name in data.group])
    if named:
        held = _by_name(jobs, named, where)
        text = ", ".join(sorted(set(jobs[held])))
    elif len(set(jobs)) >= 4:
        held = np.isin(jobs, sorted(set(jobs))[1::2])
        text = ", ".join(sorted(set(jobs[held])))
    elif len(set(data.group)) >= 4:
        held = np.isin(data.group, sorted(set(data.group))[1::2])
        text = f"every second run of {len(set(data.group))}"
    else:
        held = block_of(data) % EVERY == EVERY - 1
        text = f"every third of {BLOCKS} blocks of time"
    if held.all() or not held.any():
        raise BadInput(Fault(where, "readings", text, "readings both for the fit and for the test"))
    return Split(data.kept(~held), data.kept(held), text)


def score(data: Telemetry, measured: Array, modelled: Array) -> Score:
    """Return how wrong ``modelled`` (n,) is: energies by group, or by block where there is one group.

    Readings are weighted by the time they stand for, gaps left out.
    """
    width = durations(data)
    units = block_of(data) if len(set(data.group)) == 1 else np.unique(data.group, return_inverse=True)[1]
    true = np.bincount(units, weights=measured * width)
    model = np.bincount(units, weights=modelled * width)
    error = model[true > 0] / true[true > 0] - 1.0
    spread = float(np.sqrt(np.average((modelled - measured) ** 2, weights=width)))
    return Score(
        float(np.abs(error).mean()),
        float(error[np.argmax(np.abs(error))]),
        spread / float(np.average(measured, weights=width)),
        int(error.size),
    )


def durations(data: Telemetry) -> Array:
    """Return seconds that each reading stands for: the step to the next of its group, at most three usual."""
    step = np.diff(data.time) / SECOND
    inside = (data.group[1:] == data.group[:-1]) & (step > 0)
    usual = float(np.median(step[inside])) if inside.any() else 1.0
    width = np.full(data.size, usual)
    width[:-1][inside] = np.minimum(step[inside], 3.0 * usual)
    return width


def block_of(data: Telemetry) -> NDArray[np.int_]:
    """Return the number of the block of time, 0 to 9, of each reading."""
    span = max(float(data.seconds.max()), 1.0)
    block = (BLOCKS * data.seconds / (span * (1.0 + 1e-12))).astype(np.intp)
    return np.asarray(np.minimum(block, BLOCKS - 1))


def _by_name(jobs: NDArray[np.str_], named: Sequence[str], where: str) -> NDArray[np.bool_]:
    held = np.zeros(jobs.size, dtype=bool)
    faults = []
    for name in named:
        mine = np.array([name in job for job in jobs])
        if not mine.any():
            known = ", ".join(sorted(set(jobs))[:8])
            faults.append(Fault(where, "--test", name, f"part of a file's name: {known}"))
        held |= mine
    if faults:
        raise BadInput(faults)
    return held
