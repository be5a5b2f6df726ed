"""From a study to its cases: every point of the design becomes a case with the id of its run."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import qmc

from twin import library
from twin.config.case import Case
from twin.config.levers import with_levers
from twin.config.study import MOST_CASES, Design, Factor, Span, Study, Value
from twin.config.toml import scalar
from twin.errors import BadInput, Fault
from twin.inputs import load_inputs

Point = dict[str, Value]
"""Key of the case → the value it takes."""


@dataclass(frozen=True)
class Planned:
    """One case of a study before it is solved."""

    case_id: str
    """Id of the run that the case makes."""
    point: Point
    case: Case


def points(study: Study) -> list[Point]:
    """Return the points of the study's design, in order. Raises BadInput for a zip of unequal lists."""
    if study.uncertainty_design is None:
        return _laid(study, study.design, study.factors, study.seed)
    chosen = _laid(study, study.design, study.levers, study.seed)
    futures = _laid(study, study.uncertainty_design, study.uncertainties, study.seed + 1)
    _not_too_many(study, len(chosen) * len(futures))
    return [lever | future for lever in chosen for future in futures]


def planned(study: Study, shared: Mapping[str, str]) -> list[Planned]:
    """Return every case of the study, equal ones once; ``shared`` as in :func:`twin.inputs.load_inputs`.

    Raises BadInput with the faults of all of them.
    """
    base = with_levers(base_case(study), {k: text_of(v) for k, v in study.set.items()})
    found: dict[str, Planned] = {}
    faults: dict[str, Fault] = {}
    every = points(study)
    distinct = {tuple((key, text_of(value)) for key, value in point.items()): point for point in every}
    for point in distinct.values():
        try:
            case = with_levers(base, {key: text_of(value) for key, value in point.items()})
            case_id = load_inputs(case, shared).run_id
            found.setdefault(case_id, Planned(case_id, point, case))
        except BadInput as error:
            faults |= {str(fault): _placed(fault, study, point) for fault in error.faults}
    if faults:
        raise BadInput(list(faults.values()))
    return list(found.values())


def base_case(study: Study) -> Case:
    """Return the case that the study varies. Raises BadInput, with the study named where there is none."""
    with library.asked_by(f"studies/{study.name}", "case", "cases", study.case):
        return library.get("cases", study.case)


def text_of(value: Value) -> str:
    """Return a value as the text that ``--set`` takes."""
    return value if isinstance(value, str) else scalar(value)


def _placed(fault: Fault, study: Study, point: Point) -> Fault:
    """Name the study where the fault would name the command line, or the case for what the study varies."""
    ours = fault.file == "--set" or any((fault.key + ".").startswith(key + ".") for key in point)
    return replace(fault, file=f"studies/{study.name}") if ours else fault


def _laid(study: Study, design: Design, factors: Mapping[str, Factor], seed: int) -> list[Point]:
    if design in ("latin", "sobol"):
        return _drawn(design, factors, study.samples or 0, seed)
    lists = {key: _listed(factor) for key, factor in factors.items()}
    if design == "zip":
        lengths = {key: len(values) for key, values in lists.items()}
        if len(set(lengths.values())) > 1:
            shown = ", ".join(f"{key} has {count}" for key, count in lengths.items())
            raise BadInput(
                Fault(f"studies/{study.name}", "design", "zip", f"as many values for each: {shown}")
            )
        rows: Sequence[tuple[Value, ...]] = list(zip(*lists.values(), strict=True))
    else:
        _not_too_many(study, int(np.prod([len(values) for values in lists.values()], dtype=float)))
        rows = list(itertools.product(*lists.values()))
    return [dict(zip(lists, row, strict=True)) for row in rows]


def _drawn(design: Design, factors: Mapping[str, Factor], samples: int, seed: int) -> list[Point]:
    """Return draws that fill space evenly: Latin hypercube (McKay 1979) or scrambled Sobol (Owen 1998)."""
    sampler: qmc.QMCEngine
    if design == "latin":
        sampler = qmc.LatinHypercube(len(factors), rng=np.random.default_rng(seed))
    else:
        sampler = qmc.Sobol(len(factors), rng=np.random.default_rng(seed))
    shares = sampler.random(samples)
    return [
        {key: _at(factor, float(share)) for (key, factor), share in zip(factors.items(), row, strict=True)}
        for row in shares
    ]


def _at(factor: Factor, share: float) -> Value:
    if isinstance(factor, Span):
        return factor.at(share)
    return factor[min(int(share * len(factor)), len(factor) - 1)]


def _listed(factor: Factor) -> list[Value]:
    return [*factor.spaced()] if isinstance(factor, Span) else list(factor)


def _not_too_many(study: Study, count: int) -> None:
    if count > MOST_CASES:
        hint = "fewer values, or latin with samples"
        raise BadInput(
            Fault(f"studies/{study.name}", "design", f"{count:,} cases", f"at most {MOST_CASES:,}", hint)
        )
