"""The certificate under attack: true plans perturbed in every way we know; each must be rejected by name.

What is a trial: sizes are drawn from ten times the tolerance upwards (:mod:`false_plans`), a perturbation
that finds nothing to act on is passed over, and what it made must differ from the true plan, its problem or
its hours beyond the tolerance (:mod:`truth`). All else is counted apart, as no trial.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from false_claims import CLAIMS
from false_decisions import DECISIONS
from false_folders import FOLDERS, FalseFolder
from false_moves import MOVES
from false_plans import FalsePlan
from false_rules import RULES
from tally import Attack
from true_plans import TruePlan, true_plans
from truth import Unchanged, changed
from verdicts import CertificateTally

from twin.planning.certificate import check

EACH_PLAN = 24
"""Perturbations of one true plan before the next one is drawn."""
TRUE = "true plans"


def run(count: int, seed: int, folder: Path, until: float) -> CertificateTally:
    """Perturb true plans ``count`` times; a true plan that fails, or a false one not named, is a failure."""
    rng, tally, number = np.random.default_rng(seed), CertificateTally("certificate"), 0
    long = count >= ATTACK.long
    for true in true_plans(rng, folder, long):
        if number >= count or time.monotonic() > until:
            return tally
        _true_plan_passes(true, tally, seed)
        deck = _deck(true, rng, min(EACH_PLAN, count - number))
        for perturbation in deck:
            number += _try(perturbation, true, rng, tally, seed, folder)
    return tally


def _true_plan_passes(true: TruePlan, tally: CertificateTally, seed: int) -> None:
    certificate = check(true.problem, true.plan, true.moves)
    tally.count(TRUE)
    tally.true += 1
    if not certificate.passed:
        tally.fail(true.name, seed, f"a true plan was rejected: {certificate.broken}")


def _deck(true: TruePlan, rng: np.random.Generator, size: int) -> list[Callable[..., object]]:
    """Return ``size`` perturbations in random order: of a kept run those of its folder come first."""
    plans: list[Callable[..., object]] = [*DECISIONS, *CLAIMS, *RULES, *(MOVES * (2 if true.moves else 1))]
    shuffled = [plans[i] for _ in range(4) for i in rng.permutation(len(plans))]
    folders = () if true.run is None else [FOLDERS[i] for i in rng.permutation(len(FOLDERS))][: size // 4]
    return [*folders, *shuffled][:size]


def _try(
    perturbation: Callable[..., object],
    true: TruePlan,
    rng: np.random.Generator,
    tally: CertificateTally,
    seed: int,
    folder: Path,
) -> int:
    """Try one perturbation; 1 when it was a trial, else 0."""
    name = perturbation.__name__
    case = f"{name} of {true.name}"
    try:
        found = _judged(perturbation, true, rng, folder)
    except Unchanged:
        tally.unchanged += 1
        return 0
    except Exception as error:
        tally.count("?")
        tally.fail(case, seed, f"unexpected {type(error).__name__}: {error}")
        return 1
    if found is None:
        tally.unfit += 1
        return 0
    tally.judge(found.family, name, case, seed, found.certificate)
    return 1


def _judged(
    perturbation: Callable[..., object], true: TruePlan, rng: np.random.Generator, folder: Path
) -> FalseFolder | None:
    """Perturb and certify; None where nothing could be perturbed so, Unchanged where nothing is false."""
    if perturbation in FOLDERS:
        return perturbation(true, rng, folder / "false")  # type: ignore[return-value]
    made = perturbation(true, rng)
    if not isinstance(made, FalsePlan):
        return None
    if not changed(true, made.problem, made.plan, made.moves):
        raise Unchanged
    return FalseFolder(check(made.problem, made.plan, made.moves), made.family)


ATTACK = Attack("certificate", short=120, long=2000, run=run)
