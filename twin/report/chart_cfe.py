"""Hourly carbon-free share of each site, by month and hour of the day."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import altair as alt
import numpy as np
import xarray as xr

from twin.control_room.indicators import REPLAY_FILE
from twin.control_room.replay import site_years
from twin.inputs import load_inputs
from twin.operation.site_year import SiteYear
from twin.report.facts import Facts
from twin.report.look import Chart, packed_json, rows_high, site_axis
from twin.results import read_replay

Array = np.ndarray[Any, np.dtype[np.float64]]
MONTHS = "['Jan','Feb','Mar','Apr','May','Jun','Jul','Aug','Sep','Oct','Nov','Dec']"
SLOTS = 288
"""Twelve months of 24 hours of the day."""


def cfe_heat(facts: Facts) -> Chart:
    """Return a strip per site: twelve months, each a mean day of 24 hours (UTC).

    Raises BadInput when files that the run's case names are no longer there.
    """
    labels = f"{MONTHS}[floor(datum.value / 24)]"
    axis = alt.Axis(
        title=None,
        values=list(range(12, SLOTS, 24)),
        labelExpr=labels,
        grid=False,
        ticks=False,
        domain=False,
        labelOverlap=True,
    )
    strips: dict[str, list[float]] = {}
    for row in cfe_rows(facts):
        strips.setdefault(row["site"], []).append(row["cfe"])
    packed = [{"site": site, "cfe": shares, "slot": list(range(SLOTS))} for site, shares in strips.items()]
    cells = alt.Chart(packed_json(packed)).transform_flatten(["cfe", "slot"])
    return (
        cells.mark_rect(aria=False, clip=True)
        .encode(
            x=alt.X("slot:Q", axis=axis, scale=alt.Scale(domain=[0, SLOTS], nice=False)),
            x2="end:Q",
            y=site_axis(facts.order),
            color=alt.Color(
                "cfe:Q",
                scale=alt.Scale(scheme="yellowgreen", domainMax=1.0, zero=False),
                legend=alt.Legend(title="hourly CFE", format=".0%", gradientLength=160),
            ),
            tooltip=[
                "site:N",
                alt.Tooltip("when:N", title="month and hour, UTC"),
                alt.Tooltip("cfe:Q", title="hourly CFE", format=".1%"),
            ],
        )
        .transform_calculate(
            end="datum.slot + 1.2",  # cells overlap a little, or seams would show between them
            when=f"{MONTHS}[floor(datum.slot / 24)] + ' ' + format(datum.slot % 24, '02d') + ':00'",
        )
        .properties(height=rows_high(len(facts.chosen)))
    )


@lru_cache(maxsize=16)
def cfe_rows(facts: Facts) -> list[dict[str, Any]]:
    """Return one row per chosen site, month and hour: carbon-free over all energy used in these hours.

    Raises BadInput where the plan has no hall of its own.
    """
    facts.built()
    shares = _replayed(facts) or _remade(facts)
    return [
        {"site": facts.labels[row.site], "slot": slot, "cfe": round(float(share), 4)}
        for row in facts.chosen
        for slot, share in enumerate(shares[row.site])
    ]


def source(facts: Facts) -> str:
    """Say whose hours they are."""
    if _replay_file(facts).is_file():
        return "the run's replay, hour by hour"
    return "hours remade from the case; contracts before the market, batteries left out"


def _replay_file(facts: Facts) -> Any:
    return facts.run.folder / REPLAY_FILE


def _replayed(facts: Facts) -> dict[str, Array]:
    """Return site → (288,) share from the replay; empty where the run was not replayed."""
    if not _replay_file(facts).is_file():
        return {}
    hours = read_replay(_replay_file(facts))
    use, share, time = hours["power_mw"], hours["cfe_share"], hours["time"]
    return {
        str(site): _by_slot(time, share.sel(site=site).values, use.sel(site=site).values)
        for site in hours["site"].values
    }


def _remade(facts: Facts) -> dict[str, Array]:
    """Return site → (288,) share: contracts feed their part of the site before the market does."""
    years, time = site_years(facts.run, load_inputs(facts.case, {}))  # digests are not asked for here
    return {year.site: _by_slot(time, *_hours(year)) for year in years}


def _hours(year: SiteYear) -> tuple[Array, Array]:
    """Return carbon-free share and use of every hour, MW."""
    market, per_mw = year.terms.market, year.planned.it_pu * year.planned.pue
    bought = np.zeros_like(per_mw)
    for mw, supply in year.parts:
        made = supply.wind_mw * market.wind_cf + supply.pv_mw * market.pv_cf
        bought += np.maximum(mw * per_mw - made, 0.0)
    use = year.mw * per_mw
    return 1.0 - bought * (1.0 - market.cfe_share) / use, use


def _by_slot(time: xr.DataArray, share: Array, use: Array) -> Array:
    slot = (time.dt.month.values - 1) * 24 + time.dt.hour.values
    whole = np.bincount(slot, weights=use, minlength=SLOTS)
    clean = np.bincount(slot, weights=use * share, minlength=SLOTS)
    return np.divide(clean, whole, out=np.ones(SLOTS), where=whole > 0)
