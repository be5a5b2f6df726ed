"""Calibrate the reference year: real series in, fitted tables out. No source series leaves this room."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from twin.grids.fit import (
    SCALES,
    Dependence,
    Link,
    Year,
    as_year,
    depend,
    fit_scales,
    join,
    lagged,
    paired,
    project,
    unit_diagonal,
)
from twin.grids.humidity import Climate, distance_km, fit_climate, stack
from twin.grids.marginals import HOUR_OF_DAY, Array, Tables, fit_tables, gaussianise
from twin.grids.process import Process
from twin.grids.reference import day_type, weekly_scores
from twin.grids.sources.folder import CONTINENT, ISLES, LENDERS, WARM_PLACES, Sources
from twin.grids.sources.stations import Station
from twin.grids.zone_table import Zone

RIDGE = 0.08
"""Damping of the regression on shared weather, relative to its mean variance."""
SUN_HARMONICS = 4
"""The length of the day turns more sharply than two harmonics can follow."""
HUMIDITY_KM = 600.0
"""Distance over which humidity about its temperature climate forgets 1/e between places (assumed)."""


@dataclass(frozen=True)
class Fitted:
    """What a calibration yields, before it is written."""

    process: Process
    tables: dict[str, Tables]
    """price and carbon by zone; temperature, wind and pv by country."""
    weeks: dict[str, Array]
    """Weekly patterns of scores by zone, [zone, 3, 24], for price and carbon."""
    countries: tuple[str, ...]
    dew: Climate
    """Dew-point climates of the stations."""
    stations: dict[str, Array]
    """Their positions: lat, lon, degrees."""


def weekly_pattern(scores: Array, first_day: str) -> Array:
    """Return the mean score by day type and hour, [n, 3, 24], centred so that each hour averages zero."""
    kind = day_type(first_day)
    pattern = np.empty((len(scores), 3, 24))
    for day in range(3):
        for hour in range(24):
            pattern[:, day, hour] = scores[:, (kind == day) & (hour == HOUR_OF_DAY)].mean(axis=1)
    return pattern


def without_week(scores: Array, first_day: str) -> tuple[Array, Array]:
    """Return scores [n, 8760] with the weekly pattern taken out, unit spread, and the pattern."""
    pattern = weekly_pattern(scores, first_day)
    return unit(scores - weekly_scores(pattern, first_day)), pattern


def unit(scores: Array) -> Array:
    """Centre rows and scale them to unit spread; rows without any are zero."""
    centred = scores - scores.mean(axis=-1, keepdims=True)
    spread = centred.std(axis=-1, keepdims=True)
    return np.asarray(np.where(spread > 0.0, centred / np.where(spread > 0.0, spread, 1.0), 0.0))


def sun_scores(series: Array) -> Array:
    """Return scores of PV series [n, 8760] by day, interpolated across the night; zero without days."""
    scores = gaussianise(series, SUN_HARMONICS)
    hours = np.arange(series.shape[1])
    for row in range(len(series)):
        share = np.array([np.mean(series[row, h::24] > 0.0) for h in range(24)])
        bright = (series[row] > 0.02 * series[row].max()) & (share[HOUR_OF_DAY] > 0.3)
        scores[row] = np.interp(hours, hours[bright], scores[row, bright]) if bright.any() else 0.0
    return unit(scores)


def fit(sources: Sources, zones: Mapping[str, Zone]) -> Fitted:
    """Fit tables and the joint process on the series that ``read_sources`` returned for ``zones``."""
    rows, stations = list(zones.values()), sources.stations
    weather, weather_tables, countries = _weather_year(sources, rows)
    view = {year: _national(sources, weather, year) for year in (2022, 2023)}
    price, price_tables, price_week = _price_year(sources, rows, view[2023])
    carbon, carbon_tables, carbon_week = _carbon_year(sources, rows, view[2022])
    gamma = lagged(weather.shared_scores)
    years = [depend(year, weather.shared, gamma, RIDGE) for year in (price, carbon, weather)]
    base = years[2].shared
    strength = _price_carbon_link(sources, rows, carbon, gamma)
    link = Link(0, 1, paired(years[0], years[1], strength))
    joined = [*years, as_year(weather.shared, base)]
    covariance = join(joined, base, [link])
    dew, share, tie = _humidity(stations)
    process = _with_local([name for year in joined for name in year.channels], covariance, rows)
    process = _with_humidity(process, rows, countries, share, tie)
    return Fitted(
        process,
        {"price": price_tables, "carbon": carbon_tables, **weather_tables},
        {"price": price_week, "carbon": carbon_week},
        countries,
        dew,
        {"lat": np.array([s.lat for s in stations]), "lon": np.array([s.lon for s in stations])},
    )


def _national(sources: Sources, weather: Year, year: int) -> dict[str, Array]:
    """Return scores of national wind and sun in another year, as the reanalysis of that year tells them.

    Each national series is regressed on the reanalysis of 12 places in 2019, where both are known, and
    the regression is applied to the other year. What the 12 places do not show is thereby taken to act
    on prices as what they show.
    """
    out = {}
    for kind, then_places, places in zip(("wind", "pv"), sources.era5[2019], sources.era5[year], strict=True):
        then, now = (_around(scored(kind, np.stack(list(table.values())))) for table in (then_places, places))
        square = then @ then.T + 0.02 * then.shape[1] * np.eye(len(then))
        for name, scores in zip(weather.shared, weather.shared_scores, strict=True):
            if name.startswith(kind):
                out[name] = unit(np.linalg.solve(square, then @ scores) @ now)
    return out


def scored(kind: str, series: Array) -> Array:
    """Return unit scores of ``wind`` or ``pv`` series, [n, 8760]."""
    return unit(gaussianise(series)) if kind == "wind" else sun_scores(series)


def _around(scores: Array) -> Array:
    """Stack scores with those two hours earlier and later, [3n, 8760]."""
    return np.concatenate([np.roll(scores, shift, axis=1) for shift in (-2, 0, 2)])


def _price_year(
    sources: Sources, rows: Sequence[Zone], shared: dict[str, Array]
) -> tuple[Year, Tables, Array]:
    found = sources.prices_2023
    own = [zone.price_series for zone in rows if not zone.price_proxied]
    known = dict(zip([*own, *LENDERS], found.rows([*own, *LENDERS]), strict=True))
    borrowed = np.roll(np.mean([known[name] for name in LENDERS], axis=0), -1)
    series = np.stack([known.get(zone.price_series, borrowed) for zone in rows])
    scores, week = without_week(gaussianise(series), "2023-01-01")
    wind = shared[f"wind@{ISLES}"]
    push = {"GB": 0.35, "IE_SEM": 0.55}
    for i, zone in enumerate(rows):
        if zone.price_proxied:
            scores[i] = unit(scores[i] - push.get(zone.name, 0.0) * wind)
    temperature = np.stack([sources.temperature_2023[name] for name in WARM_PLACES])
    warm = unit(gaussianise(temperature))
    both = {**shared, "temperature_DE": warm[0], "temperature_GB": warm[1]}
    channels = tuple(f"price:{zone.name}" for zone in rows)
    return Year(channels, scores, tuple(both), np.stack(list(both.values()))), fit_tables(series), week


def _carbon_year(sources: Sources, rows: Sequence[Zone], shared: dict[str, Array]
                 ) -> tuple[Year, Tables, Array]:  # fmt: skip
    found = sources.carbon_2022
    series = found.rows([zone.carbon_series for zone in rows])
    scores, week = without_week(gaussianise(series), "2022-01-01")
    channels = tuple(f"carbon:{zone.name}" for zone in rows)
    year = Year(channels, scores, tuple(shared), np.stack(list(shared.values())))
    return year, fit_tables(series), week


def _price_carbon_link(sources: Sources, rows: Sequence[Zone], year: Year, gamma: Array) -> Array:
    """Correlation of price with carbon that shared weather does not explain, per scale, zones of 2022."""
    found = sources.prices_2022
    pairs = [(i, zone.price_series) for i, zone in enumerate(rows) if zone.price_series in found]
    price, _ = without_week(gaussianise(np.stack([found[name] for _, name in pairs])), "2022-01-01")
    carbon = year.scores[[i for i, _ in pairs]]
    n = len(pairs)
    both = Year(
        tuple(str(i) for i in range(2 * n)), np.concatenate([price, carbon]), year.shared, year.shared_scores
    )
    n_shared = len(year.shared)
    rest = depend(both, year.shared, gamma[:, :n_shared, :n_shared], RIDGE).rest
    own = rest[:, range(n), range(n, 2 * n)]
    size = np.sqrt(rest[:, range(n), range(n)] * rest[:, range(n, 2 * n), range(n, 2 * n)])
    return np.asarray(np.clip(own.sum(axis=1) / np.maximum(size.sum(axis=1), 1e-9), 0.0, 0.9))


def _weather_year(sources: Sources, rows: Sequence[Zone]) -> tuple[Year, dict[str, Tables], tuple[str, ...]]:
    temperature, wind, sun = sources.temperature_2019, sources.wind_2019, sources.sun_2019
    countries = tuple(dict.fromkeys(zone.weather_country for zone in rows))
    stand_in = {zone.weather_country: (zone.wind_country, zone.pv_country) for zone in rows}
    degc = temperature.rows(countries)
    blow = wind.rows([stand_in[country][0] for country in countries])
    shine = sun.rows([stand_in[country][1] for country in countries])
    warm = unit(gaussianise(degc))
    winds, suns = sorted({z.wind_country for z in rows}), sorted({z.pv_country for z in rows})
    shared = {
        **dict(zip((f"wind@{c}" for c in winds), scored("wind", wind.rows(winds)), strict=True)),
        **dict(zip((f"pv@{c}" for c in suns), scored("pv", sun.rows(suns)), strict=True)),
        "temperature_DE": warm[countries.index(CONTINENT)],
        "temperature_GB": warm[countries.index(ISLES)],
    }
    channels = tuple(f"temperature:{c}" for c in countries)
    year = Year(channels, warm, tuple(shared), np.stack(list(shared.values())))

    tables = {
        "temperature": fit_tables(degc),
        "wind": fit_tables(blow),
        "pv": fit_tables(shine, SUN_HARMONICS),
    }
    return year, tables, countries


def _with_local(channels: Sequence[str], covariance: Array, rows: Sequence[Zone]) -> Process:
    """Turn country wind and sun into zone channels, each with its own local share of variance."""
    kept = [i for i, name in enumerate(channels) if ":" in name]
    names = [channels[i] for i in kept]
    take, share = list(kept), [0.0] * len(kept)
    for kind in ("wind", "pv"):
        for zone in rows:
            country = zone.wind_country if kind == "wind" else zone.pv_country
            take.append(channels.index(f"{kind}@{country}"))
            share.append(zone.wind_local_share if kind == "wind" else zone.pv_local_share)
            names.append(f"{kind}:{zone.name}")
    common = np.sqrt(1.0 - np.array(share))
    parts = covariance[:, take][:, :, take]
    diagonal = np.einsum("kii->ki", parts)
    out = parts * common[:, None] * common[None, :]
    out += np.stack([np.diag(row * np.array(share)) for row in diagonal])
    return Process(tuple(names), SCALES, out)


def _humidity(stations: Sequence[Station]) -> tuple[Climate, Array, float]:
    """Fit station climates; return them, the share of eta's variance per scale, and its tie to the sun."""
    parts, etas, ties = [], [], []
    for station in stations:
        climate, eta = fit_climate(station.dry_bulb_degc, station.dew_point_degc)
        parts.append(climate)
        etas.append(unit(eta))
        sun = station.radiation_wh_per_m2
        if np.isfinite(sun).all():
            ties.append(float(np.mean(unit(eta) * sun_scores(sun[None])[0])))
    share = np.mean([np.einsum("kii->ki", fit_scales(lagged(eta[None])))[:, 0] for eta in etas], axis=0)
    return stack(parts), share, float(np.mean(ties))


def _with_humidity(process: Process, rows: Sequence[Zone], countries: Sequence[str], share: Array,
                   tie: float) -> Process:  # fmt: skip
    """Add one humidity channel per country: a part follows the sun there, the rest is its own."""
    first = {country: next(z for z in rows if z.weather_country == country) for country in countries}
    lats = np.array([first[c].lat for c in countries])
    lons = np.array([first[c].lon for c in countries])
    near = np.stack(
        [np.exp(-distance_km(a, b, lats, lons) / HUMIDITY_KM) for a, b in zip(lats, lons, strict=True)]
    )
    near = project(near)
    sun = process.index([f"pv:{first[c].name}" for c in countries])
    n, extra = len(process.channels), len(countries)
    out = np.zeros((len(SCALES), n + extra, n + extra))
    for k, part in enumerate(process.covariance):
        out[k, :n, :n] = part
        out[k, n:, :n] = tie * part[sun]
        out[k, :n, n:] = out[k, n:, :n].T
        out[k, n:, n:] = tie**2 * part[np.ix_(sun, sun)] + (1 - tie**2) * share[k] * near
    names = (*process.channels, *(f"humidity:{c}" for c in countries))
    return Process(names, SCALES, unit_diagonal(out))


def summary(years: Sequence[Dependence]) -> dict[str, float]:
    """Return the share of variance that the shared weather explains, by first channel of each year."""
    return {year.channels[0]: float(1 - np.einsum("kii->", year.rest) / len(year.channels)) for year in years}
