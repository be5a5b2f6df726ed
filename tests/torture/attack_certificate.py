"""The certificate under attack: true plans perturbed in every way we know; each must be rejected by name."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from false_claims import CLAIMS
from false_decisions import DECISIONS
from false_folders import FOLDERS, FalseFolder
from false_moves import MOVES
from false_plans import Perturbation
from false_rules import RULES
from tally import Attack, Tally
from true_plans import TruePlan, true_plans

from twin.planning.certificate import Certificate, check

EACH_PLAN = 24
"""Perturbations of one true plan before the next one is drawn."""
TRUE = "true plans"
TRIES = 60
"""Draws after which a plan is taken to have nothing left to perturb."""


def run(count: int, seed: int, folder: Path, until: float) -> Tally:
    """Perturb true plans ``count`` times; a true plan that fails, or a false one not named, is a failure."""
    rng, tally, number = np.random.default_rng(seed), Tally("certificate"), 0
    long = count >= ATTACK.long
    for true in true_plans(rng, folder, long):
        if number >= count or time.monotonic() > until:
            return tally
        _true_plan_passes(true, tally, seed)
        deck = _deck(true, rng, min(EACH_PLAN, count - number))
        for perturbation in deck:
            number += _try(perturbation, true, rng, tally, seed, folder)
    return tally


def _true_plan_passes(true: TruePlan, tally: Tally, seed: int) -> None:
    certificate = check(true.problem, true.plan, true.moves)
    tally.count(TRUE)
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
    tally: Tally,
    seed: int,
    folder: Path,
) -> int:
    """Try one perturbation; 1 when it found something to perturb, else 0."""
    name = perturbation.__name__
    try:
        if perturbation in FOLDERS:
            found: FalseFolder | None = perturbation(true, rng, folder / "false")  # type: ignore[assignment]
            if found is None:
                return 0
            family, certificate = found.family, found.certificate
        else:
            plan: Perturbation = perturbation  # type: ignore[assignment]
            made = plan(true, rng)
            if made is None:
                return 0
            family, certificate = made.family, check(made.problem, made.plan, made.moves)
    except Exception as error:
        tally.count("?")
        tally.fail(f"{name} of {true.name}", seed, f"unexpected {type(error).__name__}: {error}")
        return 1
    tally.count(family)
    if missed := _missed(certificate, family):
        tally.fail(f"{name} of {true.name}", seed, missed)
    return 1


def _missed(certificate: Certificate, family: str) -> str:
    """Return what is wrong with the verdict on a false plan; empty where it is right."""
    if certificate.passed:
        return f"passed; {family} should be broken"
    if family not in certificate.broken:
        return f"{family} is not named, but {', '.join(certificate.broken)}"
    if not certificate.broken[family][1]:
        return f"{family} does not say where"
    return ""


ATTACK = Attack("certificate", short=120, long=2000, run=run)
