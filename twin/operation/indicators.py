"""Resource indicators of a datacentre, from a year's energies: ISO/IEC 30134 and EN 50600-4.

Every indicator is a ratio of yearly sums, never a mean of hourly ratios.

======= ================= =========================================================== ========
name    standard          formula                                                     unit
======= ================= =========================================================== ========
PUE     30134-2, 4-2      facility energy / IT energy                                 1
REF     30134-3, 4-3      renewable energy owned or contracted and used / facility    1
ERF     30134-6, 4-6      energy reused outside the boundary / facility energy        1
CER     30134-7, 4-7      heat removed / electricity of cooling                       1
CUE     30134-8, 4-8      CO2 of the energy used / IT energy                          kg/kWh
WUE     30134-9, 4-9      water drawn / IT energy                                     L/kWh
======= ================= =========================================================== ========

The share of hourly carbon-free energy (CFE) belongs to no standard: in each hour, what of the load was met by
contracted production of that hour and by the carbon-free share of what was bought.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from twin.errors import BadInput, Fault


@dataclass(frozen=True)
class Accounts:
    """A site's year. Energies MWh, water m³, carbon t (of the energy used, life cycle).

    ``facility_mwh`` is all electricity drawn, battery losses included; ``ppa_mwh`` what of the contracted
    production was used in its hour; ``contracted_mwh`` all of that production; ``non_cfe_mwh`` what was
    bought and not carbon-free in its hour; ``reused_mwh`` heat delivered to others.
    """

    it_mwh: float
    facility_mwh: float
    cooling_mwh: float
    heat_mwh: float
    bought_mwh: float
    contracted_mwh: float
    ppa_mwh: float
    reused_mwh: float
    non_cfe_mwh: float
    carbon_t: float
    water_m3: float


@dataclass(frozen=True)
class Indicators:
    """What the standards make of a year; ``ere`` is (1 − ERF)·PUE, CFE shares lie in 0..1."""

    pue: float
    wue_l_per_kwh: float
    cue_kg_per_kwh: float
    ref: float
    erf: float
    ere: float
    cer: float
    cfe_hourly: float
    cfe_annual: float


def indicators(year: Accounts, where: str = "accounts") -> Indicators:
    """Return the indicators of a year.

    Raises BadInput, naming ``where``, for a year that cannot be: no IT energy, a facility that draws less
    than its IT, more heat reused than was drawn, or negative figures.
    """
    _check(year, where)
    pue = year.facility_mwh / year.it_mwh
    erf = year.reused_mwh / year.facility_mwh
    clean = year.contracted_mwh + year.bought_mwh - year.non_cfe_mwh
    return Indicators(
        pue=pue,
        wue_l_per_kwh=year.water_m3 / year.it_mwh,
        cue_kg_per_kwh=year.carbon_t / year.it_mwh,
        ref=year.ppa_mwh / year.facility_mwh,
        erf=erf,
        ere=(1.0 - erf) * pue,
        cer=year.heat_mwh / year.cooling_mwh if year.cooling_mwh > 0 else float("inf"),
        cfe_hourly=1.0 - year.non_cfe_mwh / year.facility_mwh,
        cfe_annual=min(clean / year.facility_mwh, 1.0),
    )


def cfe_scores(load: ArrayLike, contracted: ArrayLike, grid_share: ArrayLike) -> tuple[float, float]:
    """Return hourly and annual carbon-free shares, 0..1, of a load without storage; arrays broadcast.

    Hourly: Σ min(load, contracted + bought·share) / Σ load, where what contracts leave is bought. Annual:
    (Σ contracted + Σ bought·share) / Σ load, at most 1: surplus of one hour pays for another. So hourly
    is never above annual.
    """
    need, made = np.asarray(load, dtype=np.float64), np.asarray(contracted, dtype=np.float64)
    bought: NDArray[np.float64] = np.maximum(need - made, 0.0)
    clean = bought * np.asarray(grid_share, dtype=np.float64)
    total = float(need.sum())
    met = float((np.minimum(need, made) + clean).sum())
    return met / total, min(float((made + clean).sum()) / total, 1.0)


def fleet(years: dict[str, Accounts]) -> Accounts:
    """Return the accounts of several sites together: sums."""
    names = Accounts.__dataclass_fields__
    return Accounts(**{name: sum(getattr(year, name) for year in years.values()) for name in names})


def _check(year: Accounts, where: str) -> None:
    faults = [
        Fault(where, name, getattr(year, name), "a number that is not negative")
        for name in Accounts.__dataclass_fields__
        if not getattr(year, name) >= 0.0
    ]
    if not year.it_mwh > 0.0:
        faults.append(Fault(where, "it_mwh", year.it_mwh, "some IT energy in the year"))
    # A millionth is the rounding of sums over 8,760 hours.
    if year.facility_mwh < year.it_mwh * (1.0 - 1e-6):
        faults.append(Fault(where, "facility_mwh", year.facility_mwh, f"at least IT's {year.it_mwh:,.0f}"))
    if year.reused_mwh > year.facility_mwh:
        faults.append(Fault(where, "reused_mwh", year.reused_mwh, "at most what the facility drew"))
    if year.non_cfe_mwh > year.bought_mwh * (1.0 + 1e-6):
        faults.append(Fault(where, "non_cfe_mwh", year.non_cfe_mwh, "at most what was bought"))
    if faults:
        raise BadInput(faults)
