"""Every limit of a case is among the rules that the attack on the certificate ignores."""

from __future__ import annotations

from false_rules import FAMILY

from twin.inputs import load_case
from twin.planning.certificate_limits import LIMIT_CHECKS
from twin.planning.problem_limits import limits


def test_every_limit_is_attacked() -> None:
    assert FAMILY.keys() == limits(load_case("tiny")).keys()


def test_every_check_of_a_limit_is_attacked() -> None:
    """The path has perturbations of its own, for it is a wish of every quarter."""
    assert LIMIT_CHECKS.keys() - {"path"} <= set(FAMILY.values())
