"""Verdicts of the certificate on false plans, by the family that had to be named."""

from __future__ import annotations

from dataclasses import dataclass, field

from tally import Tally

from twin.planning.certificate import Certificate


@dataclass
class Verdicts:
    """On the false plans of one family: the perturbations that made them, and how they were judged."""

    kinds: set[str] = field(default_factory=set)
    tried: int = 0
    rejected: int = 0
    named: int = 0


@dataclass
class CertificateTally(Tally):
    """What the attack found, and by family how many were rejected and named.

    ``unfit`` and ``unchanged`` count draws that are no trials: nothing to perturb so, or nothing changed in
    truth.
    """

    by_family: dict[str, Verdicts] = field(default_factory=dict)
    true: int = 0
    unfit: int = 0
    unchanged: int = 0

    def judge(self, family: str, kind: str, case: str, seed: int, certificate: Certificate) -> None:
        """Count the verdict on a false plan; one that passes, or whose family is not named, is a failure."""
        found = self.by_family.setdefault(family, Verdicts())
        missed = _missed(certificate, family)
        found.kinds.add(kind)
        found.tried += 1
        found.rejected += not certificate.passed
        found.named += not missed
        self.count(family)
        if missed:
            self.fail(case, seed, missed)

    def details(self) -> str:
        """Return the certificate table in Markdown."""
        lines = ["| family | perturbations | tried | rejected | named |", "|---|--:|--:|--:|--:|"]
        rows = sorted(self.by_family.items())
        lines += [_line(f"`{name}`", len(v.kinds), v.tried, v.rejected, v.named) for name, v in rows]
        kinds = {kind for _, v in rows for kind in v.kinds}
        sums = [sum(getattr(v, name) for _, v in rows) for name in ("tried", "rejected", "named")]
        lines.append(_line("**all**", len(kinds), *sums))
        no_trials = f"nothing to perturb {self.unfit:,}, nothing changed in truth {self.unchanged:,}"
        return "\n".join([*lines, "", f"true plans: {self.true:,}; draws that are no trials: {no_trials}"])


def _line(name: str, *figures: int) -> str:
    return f"| {name} | {' | '.join(f'{figure:,}' for figure in figures)} |"


def _missed(certificate: Certificate, family: str) -> str:
    """Return what is wrong with the verdict on a false plan; empty where it is right."""
    if certificate.passed:
        return f"passed; {family} should be broken"
    if family not in certificate.broken:
        return f"{family} is not named, but {', '.join(certificate.broken)}"
    if not certificate.broken[family][1]:
        return f"{family} does not say where"
    return ""
