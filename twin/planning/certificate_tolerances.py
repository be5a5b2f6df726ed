"""Every tolerance of the certificate, with its reason: what lies beyond one is named."""

from __future__ import annotations

TOLERANCE = 1e-6
"""Largest violation accepted, relative to the right-hand side or one unit, whichever is larger.

HiGHS keeps rows within 1e-7 after scaling; a family may add a dozen rows' worth of that, hence ten times."""

OBJECTIVE_TOLERANCE = 1e-6
"""Largest relative difference between the stated and the recomputed objective: sums of 1e5 terms in double
precision agree to 1e-11, the solver's tolerance on its rows leaves about 1e-8."""

SUMMARY_TOLERANCE = 1e-6
"""Relative; summaries are ratios of sums of at most 1e4 terms."""

SUMMARY_NOISE = 1e-3
"""A summary is measured against itself, or against this part of the largest of its kind, so that the noise of
what is zero does not count."""

HOUR_TOLERANCE_MW = 1e-6
"""Hourly powers are differences of numbers up to 1e3 MW in double precision, exact to 1e-12 of that."""

YEAR_TOLERANCE = 1e-6
"""Relative, of yearly sums over 8,760 hours."""

RESOLVED_TOLERANCE = 1e-4
"""Relative; the hours of a supply are solved again, to 1e-6 of its cost, and its flat optimum lets a figure
of little cost differ by more between two machines."""

CONTRACT_SLACK = 1e-5
"""Relative; options fill their share of contracts to the last MWh, and this is what rounding leaves."""

BUILT_MW = 1e-9
"""Less than a milliwatt of a hall is not built: the planner sets it to zero."""

UNIT_EUR = 1e6
"""The unit of money against which a euro is small, as a megawatt is the unit of power."""

UNIT_MEAN = 1e-3
"""The unit of mean limits (g/kWh, shares, m3/MWh), so that a limit of zero can be measured against."""
