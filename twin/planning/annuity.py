"""What one euro of capital costs a year."""

from __future__ import annotations


def annuity(rate: float, years: float) -> float:
    r"""Return the yearly payment per euro, :math:`r / (1 - (1+r)^{-n})`, or :math:`1/n` when r is 0."""
    return 1.0 / years if rate == 0 else rate / (1.0 - (1.0 + rate) ** -years)
