"""The short form of the attack on the certificate, and what the long form found."""

from __future__ import annotations

import time
from pathlib import Path

import attack_certificate
import numpy as np
import pytest
from attack_certificate import ATTACK, TRUE
from false_plans import FalsePlan, as_it_is, copied
from false_rules import FAMILY
from true_plans import TruePlan, drawn, with_moved_work
from truth import changed

from twin.planning.certificate import Certificate

FAMILIES = {
    "shape", "integrality", "halls_stay", "connection_order", "connection_dates", "connection_capacity",
    "supply", "rules", "build_pace", "path", "moved_work", "objective", "bound", "summaries", "totals",
    "case", "manifest", *FAMILY.values(),
}  # fmt: skip


@pytest.mark.parametrize("seed", [2030])
def test_no_false_plan_passes(seed: int, tmp_path: Path) -> None:
    tally = ATTACK.run(ATTACK.short, seed, tmp_path, time.monotonic() + 300.0)
    assert tally.failures == [], "\n".join(f"{f.case}: {f.what}" for f in tally.failures)
    assert tally.tried - tally.by_group[TRUE] == ATTACK.short
    assert len(tally.by_group.keys() & FAMILIES) >= len(FAMILIES) - 4  # a seed may leave out a few


@pytest.fixture(scope="module")
def true() -> TruePlan:
    return drawn(np.random.default_rng(7))


@pytest.mark.parametrize(
    ("moved_mw", "objective", "is_trial"),
    [
        (0.0, 1.0, False),
        (9e-7, 1.0, False),
        (0.0, 1.0 + 9e-7, False),
        (1e-3, 1.0, True),
        (0.0, 0.99999, True),
    ],
)
def test_a_perturbation_within_the_tolerance_is_no_trial(
    true: TruePlan, moved_mw: float, objective: float, is_trial: bool
) -> None:
    plan = copied(true)
    plan.lease_mw.values[0] += moved_mw
    plan.attrs["objective_eur"] *= objective
    assert changed(true, true.problem, plan, None) is is_trial


def test_what_changes_nothing_is_counted_apart(
    true: TruePlan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nothing(true: TruePlan, rng: np.random.Generator) -> FalsePlan:
        return as_it_is(true, copied(true), "objective")

    monkeypatch.setattr(attack_certificate, "true_plans", lambda *_: iter([true]))
    monkeypatch.setattr(attack_certificate, "_deck", lambda *_: [nothing])
    tally = ATTACK.run(1, 7, tmp_path, time.monotonic() + 300.0)
    assert (tally.tried, tally.failures) == (tally.by_group[TRUE], [])
    assert "nothing changed in truth 1" in tally.details()


def test_hours_that_go_are_a_trial_only_where_work_moves() -> None:
    true = with_moved_work(np.random.default_rng(7))
    assert true.moves is not None
    assert changed(true, true.problem, true.plan, None)
    still = TruePlan("", true.problem, true.plan, true.moves.assign(moved_mw=0.0 * true.moves.moved_mw))
    assert not changed(still, true.problem, true.plan, None)


@pytest.mark.parametrize(
    ("verdict", "said"),
    [
        ({"supply": (0.0, "")}, "should be broken"),
        ({"elsewhere": (1.0, "A")}, "is not named"),
        ({name: (1.0, "") for name in FAMILIES}, "does not say where"),
    ],
)
def test_a_certificate_that_is_wrong_fails_the_attack(
    verdict: dict[str, tuple[float, str]], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Proves: the attack can fail; a false plan that passes, or is called by another name, is a failure."""
    monkeypatch.setattr(attack_certificate, "true_plans", lambda rng, *_: iter([drawn(rng)]))
    monkeypatch.setattr(attack_certificate, "check", lambda *_: Certificate(verdict, 1.0, 0.0))
    tally = ATTACK.run(4, 7, tmp_path, time.monotonic() + 300.0)
    false = [f for f in tally.failures if not f.what.startswith("a true plan was rejected")]
    assert len(false) == tally.tried - tally.by_group[TRUE] > 0
    assert all(said in f.what for f in false)
