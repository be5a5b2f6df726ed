"""A limit of a case is known to all who speak of it: forgotten anywhere, its name alone would be printed."""

from __future__ import annotations

from twin.inputs import load_case
from twin.planning.elastic import FAMILIES
from twin.planning.problem_limits import LIMIT_WORDS, limits

NAMES = limits(load_case("tiny")).keys()


def test_every_limit_has_words() -> None:
    assert LIMIT_WORDS.keys() == NAMES


def test_every_limit_is_told_where_no_plan_keeps_it() -> None:
    """Rent is a bound of its columns, which the draft of a diagnosis holds itself."""
    assert FAMILIES.keys() == NAMES - {"lease_mw"}
