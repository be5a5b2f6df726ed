"""The ensemble against real years: how far years lie apart, together and alone, the same figures for both.

Real wind and sun are seven ERA5 places of 2015 to 2025, carried to their zones by rank (``real_years``): the
table tests how years differ, not how much a place has. Real prices are Ember's national means before 2020.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xarray as xr

from twin.grids.ensemble_year import draw, energy_of
from twin.grids.fidelity_report import Text
from twin.grids.marginals import Array
from twin.grids.real_years import PLACE_OF, real_draw, years_at_hand
from twin.grids.reference import load
from twin.grids.sources import files

CALM_YEARS = range(2015, 2020)
FORTNIGHT = 14
PREFACE = """# Ensembles against real years

This page is written by `twin grids ensemble-fidelity SOURCE --out docs/ensemble-fidelity.md`; do not edit it
by hand. Real years are {first} to {last} of seven ERA5 places (CC BY 4.0) ranked into the zones' own tables;
prices are Ember's yearly means of {calm_first} to {calm_last} (CC BY 4.0). The ensemble is {members} members
of seed {seed}. Its year-to-year scales of wind and sun were fitted on the same places, on average over them
all: single zones and the links between them were not.
"""


@dataclass(frozen=True)
class Years:
    """Yearly figures of one set of years, by zone."""

    means: dict[str, Array]
    """Yearly means of wind and PV, [year, zone]."""
    lulls: Array
    """Wind of the calmest winter fortnight over the mean of its year, [year, zone]."""
    prices: Array
    """Yearly mean prices, [year, zone]."""


Advance = Callable[[int, int, str], None]


def ensemble_fidelity(
    source: Path, members: int, seed: int, advance: Advance | None = None
) -> tuple[Text, ...]:
    """Return tables of real years against ``members`` drawn ones. Raises BadInput for missing files."""
    at_hand, zones = years_at_hand(source), tuple(PLACE_OF)
    grids, total = [], len(at_hand) + members
    for number in range(total):
        real = number < len(at_hand)
        year = (
            real_draw(source, at_hand[number], seed) if real else draw(seed, number - len(at_hand) + 1, True)
        )
        grids.append(_figures(energy_of(zones, year)))
        if advance:
            advance(
                number + 1, total, str(at_hand[number]) if real else f"member {number - len(at_hand) + 1}"
            )
    real_years, drawn = _joined(grids[: len(at_hand)]), _joined(grids[len(at_hand) :])
    return (
        _spreads(zones, real_years, drawn),
        _links(zones, real_years, drawn),
        _lulls(zones, real_years, drawn),
        _prices(source, zones, drawn),
    )


def page(tables: Sequence[Text], source: Path, members: int, seed: int) -> str:
    """Return the docs page."""
    years = years_at_hand(source)
    head = PREFACE.format(
        first=years[0], last=years[-1], members=members, seed=seed,
        calm_first=CALM_YEARS.start, calm_last=CALM_YEARS.stop - 1,
    )  # fmt: skip
    return "\n".join([head, *(table.markdown() for table in tables)])


def _figures(grid: xr.Dataset) -> Years:
    wind = grid["wind_cf"].values
    means = {name: grid[f"{name}_cf"].values.mean(axis=1) for name in ("wind", "pv")}
    return Years(means, lull(wind), grid["price_eur_per_mwh"].values.mean(axis=1))


def lull(wind: Array) -> Array:
    """Return wind of the calmest fortnight of November to February over the year's mean, [zone]."""
    days = np.roll(wind, 61 * 24, axis=1)[:, : 120 * 24]  # November and December first, then to 1 March
    daily = days.reshape(len(wind), -1, 24).mean(axis=2)
    runs = np.lib.stride_tricks.sliding_window_view(daily, FORTNIGHT, axis=1).mean(axis=2)
    return np.asarray(runs.min(axis=1) / wind.mean(axis=1))


def _joined(rows: Sequence[Years]) -> Years:
    kinds = rows[0].means
    return Years(
        {kind: np.stack([row.means[kind] for row in rows]) for kind in kinds},
        np.stack([row.lulls for row in rows]),
        np.stack([row.prices for row in rows]),
    )


def _relative(values: Array) -> Array:
    return np.asarray(values.std(axis=0, ddof=1) / values.mean(axis=0))


def _spreads(zones: Sequence[str], real: Years, drawn: Years) -> Text:
    rows = []
    for i, zone in enumerate(zones):
        cells = [zone]
        for kind in ("wind", "pv"):
            a, b = (100 * _relative(years.means[kind])[i] for years in (real, drawn))
            cells += [f"{a:.1f} / {b:.1f} %"]
        rows.append(tuple(cells))
    overall = ["all, rms"]
    for kind in ("wind", "pv"):
        a, b = (100 * np.sqrt(np.mean(_relative(years.means[kind]) ** 2)) for years in (real, drawn))
        overall.append(f"{a:.1f} / {b:.1f} %")
    header = ("zone", "wind, real / drawn", "PV, real / drawn")
    return Text("Spread of yearly means (standard deviation over mean)", header, (*rows, tuple(overall)))


def _links(zones: Sequence[str], real: Years, drawn: Years) -> Text:
    pairs = np.triu_indices(len(zones), 1)
    rows = []
    for what, left, right in (("wind between zones", "wind", "wind"), ("PV between zones", "pv", "pv"),
                              ("wind and PV of a zone", "wind", "pv")):  # fmt: skip
        found = []
        for years in (real, drawn):
            both = np.corrcoef(years.means[left].T, years.means[right].T)[: len(zones), len(zones) :]
            found.append(both[pairs] if left == right else np.diag(both))
        a, b = found
        error = float(np.sqrt(np.mean((a - b) ** 2)))
        order = f"{np.corrcoef(a, b)[0, 1]:.2f}"
        rows.append((what, str(len(a)), f"{a.mean():.2f}", f"{b.mean():.2f}", f"{error:.2f}", order))
    header = ("yearly means of", "pairs", "correlation, real", "drawn", "error (rms)", "real and drawn, r")
    return Text("How years hang together", header, tuple(rows))


def _lulls(zones: Sequence[str], real: Years, drawn: Years) -> Text:
    rows = tuple(
        (zone, f"{np.median(real.lulls[:, i]):.2f} / {np.median(drawn.lulls[:, i]):.2f}",
         f"{real.lulls[:, i].min():.2f} / {drawn.lulls[:, i].min():.2f}")
        for i, zone in enumerate(zones)
    )  # fmt: skip
    header = ("zone", "median year, real / drawn", "calmest year, real / drawn")
    return Text("Calmest winter fortnight: wind over the mean of its year", header, rows)


def _prices(source: Path, zones: Sequence[str], drawn: Years) -> Text:
    monthly = [files.ember_monthly(source, year) for year in CALM_YEARS]
    rows = []
    for i, zone in enumerate(zones):
        country = load().zones[zone].ember_country
        means = [m[country].mean() for m in monthly if country in m]
        known = [mean for mean in means if mean > 0.0]  # of a year without all months it is NaN
        real = f"{100 * np.log(known).std(ddof=1):.0f} % ({len(known)} years)" if len(known) > 2 else "-"
        rows.append((zone, country, real, f"{100 * np.log(drawn.prices[:, i]).std(ddof=1):.0f} %"))
    header = ("zone", "country", f"real, {CALM_YEARS.start}-{CALM_YEARS.stop - 1}", "drawn")
    return Text("Spread of yearly mean prices (standard deviation of logarithms)", header, tuple(rows))
