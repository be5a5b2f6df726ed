"""What an attack found: how many cases it tried, and each failure with the way to repeat it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Failure:
    """One case that did not end as it must: what it was, what happened, and the seed that makes it again."""

    case: str
    seed: int
    what: str


@dataclass
class Tally:
    """The outcome of one kind of attack; ``by_group`` counts the cases tried of each group."""

    kind: str
    by_group: dict[str, int] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)

    @property
    def tried(self) -> int:
        """Number of cases tried."""
        return sum(self.by_group.values())

    def count(self, group: str, number: int = 1) -> None:
        """Add cases tried to a group."""
        self.by_group[group] = self.by_group.get(group, 0) + number

    def fail(self, case: str, seed: int, what: str) -> None:
        """Keep a failure."""
        self.failures.append(Failure(case, seed, what))

    def details(self) -> str:
        """Return what else is to be printed of it; empty where the table says all."""
        return ""


@dataclass(frozen=True)
class Attack:
    """One kind of attack: how many cases the short and the long form try, and the function that tries them.

    ``run(count, seed, folder, until)`` tries at most ``count`` cases in ``folder``, made from ``seed`` alone,
    and begins none after ``until`` (seconds of ``time.monotonic``).
    """

    kind: str
    short: int
    long: int
    run: Callable[[int, int, Path, float], Tally]
