"""Every tolerance of the planner in one place: what it is measured in, and why it is as large as it is.

The certificate has its own (:mod:`twin.planning.certificate_tolerances`), for it shares nothing with the
planner. Doubles carry 2e-16 of a number; HiGHS keeps rows, reduced costs and whole numbers within 1e-7, 1e-7
and 1e-6. Each text begins with the unit.
"""

from __future__ import annotations

# How near to the best a search must come

MASTER_GAP = 1e-4
"""relative: a master that is solved well; a plan's own gap (`solver.gap`) is fifty times wider."""
FLEXIBLE_GAP = 5e-5
"""relative: two best plans are subtracted there, and the difference is a few thousandths of either."""
ROUGH_GAP = 1e-3
"""relative: megawatts within reach, where 1 MW in 1,000 decides nothing."""
EXACT_GAP = 1e-5
"""relative: the most that can be had, told to the megawatt."""
KEPT_GAP = 1e-6
"""relative: a plan whose first stage is held, where little is left to choose."""
STALLED = 1e-5
"""relative: where work moves, bound and cost that come no closer than this have come to rest."""
SUPPLY_GAP = 1e-6
"""relative: cost and bound of a year's supply; the interior-point method still has digits there."""
OPTION_GAP = 1e-5
"""relative: of an option, 0.00005 % of a plan, where energy is a twentieth."""

# Below this, something is nothing

MET_MW = 1e-4
"""MW: a path missed by less than 100 W is met: the solver's tolerance on a row of 1,000 MW."""
USED_MW = 1e-6
"""MW: a supply that feeds less is not in use; HiGHS leaves as much on a row of some MW."""
DUST_MW = 1e-9
"""MW: a plan shows zero for less, a milliwatt, which only rounding leaves."""
ROUNDING_MW = 1e-12
"""MW per MW of IT: room that differs from none by less is none."""
PEAK_MET = 1e-4
"""MW per MW of IT: peaks that differ by less are the same."""
PAID_MEUR = 1e-3
"""MEUR per MW: a rent that would be worth less than 1,000 EUR more is not said to bind."""
PAID_EUR_PER_MWH = 1e-3
"""EUR/MWh: a price of a tenth of a cent is no longer paid."""
PRICE_NOISE = 1e-6
"""EUR per unit: a dual below the solver's own tolerance on reduced costs, in EUR, says nothing."""

# What counts as the same

FULL = 1e-3
"""relative: contracts that miss the allowed volume by less are taken to fill it."""
SAME = 1e-4
"""relative: options whose yearly cost and carbon-free share differ by less are the same option."""
SAME_PRICE = 1e-3
"""relative: break-even prices within a thousandth have converged."""
SAME_ENTRY = 1e-12
"""unit of the row: coefficients computed twice from the same figures differ by rounding alone."""
ONE = 1e-9
"""absolute: probabilities that add up to 1 within this do."""

# Slack, so that rounding breaks no promise

ROUNDING = 1e-9
"""unit of the figure: lifts what rounding left just under a whole number or just over a limit."""
SHARE_ROOM = 1e-6
"""absolute: a share met to the solver's tolerance is met."""
BUDGET_ROOM = 1e-7
"""relative: left below the budget, because HiGHS keeps rows within 1e-7, and no plan may cost more."""
CAP_ROOM = 1e-13
"""relative: a cap this little below a connection has its rows in the model, and costs no hall."""
SLACK_MW = 1e-7
"""MW per MW of load: room where 0 <= flow <= 0 would leave a method without an interior; taken back later."""
RESIDUE = 1e-9
"""relative: a coefficient so small beside the largest of its row is what differences of equals leave,
as where a supply was asked to meet a limit exactly."""
RESIDUE_BELOW = 1e-7
"""absolute: larger coefficients stay however small in their row, for rows are held no closer than this."""
TIE = 1e-4
"""weight: of cost beside a wish, so that of equally good plans the cheaper is taken."""

# The interior-point method of a year's supply

REFINED = 1e-3
"""scaled objective: mean product of slack and multiplier below which each direction is refined once."""
FEASIBLE = 1e-8
"""MW or MWh per MW of load: largest violation at which a point counts as feasible."""
STATIONARY = 1e-5
"""relative: largest share of the cost that dual residuals may hide, for the gap to be believed."""
RAISED = (1e-15, 1e-14, 1e-13, 1e-12, 1e-10, 1e-8)
"""relative: what a diagonal is raised by, in turn, where elimination lost its digits."""

# Floors of divisors, far below any figure that means something

LEAST_DIAGONAL = 1e-300
"""squared scale of a row: above the smallest double, so that no root divides by zero."""
LEAST_SCALE = 1e-12
"""unit of the objective: mean or largest coefficient, where all are zero."""
LEAST_YIELD = 1e-9
"""hours or MW: full-load hours of a place without wind or sun, megawatts of a tier without any."""
LEAST_EUR = 1e-6
"""EUR per MW of load: a cost that a gap is measured against."""
LEAST_PEAK = 1e-6
"""MW per MW of IT: a hall draws at least its IT power; only a hall that is not on offer has no peak."""
