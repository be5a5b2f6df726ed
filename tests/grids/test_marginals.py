"""Quantile tables, scores and the dew-point climate: what goes in comes out."""

from __future__ import annotations

import numpy as np
import pytest

from twin.grids.energy import cfe_share
from twin.grids.humidity import dew_point, fit_climate, warmth
from twin.grids.marginals import HOUR_OF_DAY, HOURS, MONTH, evaluate, fit_tables, gaussianise, seasonal_mean
from twin.grids.reference import day_type, load
from twin.grids.solar import elevation_deg


@pytest.fixture(scope="module")
def series() -> np.ndarray:
    """A skewed series with season, daily rhythm and spikes, like a price."""
    hour = np.arange(HOURS)
    rng = np.random.default_rng(4)
    season = 80 + 30 * np.cos(2 * np.pi * hour / HOURS) + 20 * np.sin(2 * np.pi * hour / 24)
    return np.asarray((season + 15 * rng.gamma(1.5, 1.0, HOURS))[None])


def test_scores_are_standard_normal(series: np.ndarray) -> None:
    scores = gaussianise(series)
    assert scores.mean() == pytest.approx(0.0, abs=0.02)
    assert scores.std() == pytest.approx(1.0, abs=0.03)


def test_scores_through_the_tables_give_the_series_back(series: np.ndarray) -> None:
    """Eleven levels a cell bend the quantile function between them: within 7 % of its spread."""
    back = evaluate(fit_tables(series), gaussianise(series))
    assert np.sqrt(np.mean((back - series) ** 2)) < 0.07 * series.std()
    assert back.mean() == pytest.approx(series.mean(), rel=0.005)
    assert back.std() == pytest.approx(series.std(), rel=0.02)


def test_one_odd_month_stays_out_of_the_table_and_in_the_scores(series: np.ndarray) -> None:
    """Proves: a dear May is weather of that year, not season. Else its months would mix with other years'."""
    dear = series + np.where(MONTH == 4, 40.0, 0.0)
    moved = fit_tables(dear).mean - fit_tables(series).mean
    assert abs(moved[0, 4]).max() < 25.0
    assert gaussianise(dear)[0, MONTH == 4].mean() > 0.3


def test_ties_share_one_score() -> None:
    flat = np.zeros((1, HOURS))
    assert np.ptp(gaussianise(flat)) == pytest.approx(0.0)


def test_seasonal_mean_of_a_constant_is_the_constant() -> None:
    np.testing.assert_allclose(seasonal_mean(np.full((1, HOURS), 7.0)), 7.0)


def test_day_types_follow_the_calendar() -> None:
    """1 January 2030 is a Tuesday: the first Saturday is the 5th, the first Sunday the 6th."""
    kind = day_type("2030-01-01")
    assert kind[: 4 * 24].max() == 0
    assert set(kind[4 * 24 : 5 * 24]) == {1}
    assert set(kind[5 * 24 : 6 * 24]) == {2}
    assert day_type("2023-01-01")[0] == 2  # a Sunday


def test_carbon_free_share_by_hand() -> None:
    """Half the hours at 10, half at 410 g/kWh with mean share 0.5: clean 8 (0.8 of the cleanest percentile),
    so (f - 10 + f - 410) / 2 = 0.5 (f - 8) gives f = 412 and shares 402/404 and 2/404."""
    carbon = np.where(np.arange(HOURS) % 2 == 0, 10.0, 410.0)
    share = cfe_share(carbon, 0.5)
    assert share[0] == pytest.approx(402 / 404, abs=1e-6)
    assert share[1] == pytest.approx(2 / 404, abs=1e-6)


def test_weekend_prices_are_lower_in_the_fitted_pattern() -> None:
    week = load().marginals["price_week"].sel(zone="DE_LU").mean("hour").values
    assert week[0] > week[1] > week[2]


@pytest.fixture(scope="module")
def station() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(9)
    hour = np.arange(HOURS)
    calm = np.repeat(rng.standard_normal(365), 24) * 4
    dry = 10 - 9 * np.cos(2 * np.pi * hour / HOURS) - 4 * np.cos(2 * np.pi * (hour - 3) / 24) + calm
    dew = np.minimum(
        dry, 5 - 7 * np.cos(2 * np.pi * hour / HOURS) + 0.7 * calm + 2 * rng.standard_normal(HOURS)
    )
    return dry, dew


def test_dew_point_climate_gives_the_station_back(station: tuple[np.ndarray, np.ndarray]) -> None:
    """Within the tables' resolution: three classes of warmth a month, one set for all hours of the day."""
    dry, dew = station
    climate, eta = fit_climate(dry, dew)
    back = dew_point(climate, dry, eta, 0.0, 0.0)
    assert np.all(back <= dry)
    assert back.mean() == pytest.approx(dew.mean(), abs=0.15)
    assert np.sqrt(np.mean((back - dew) ** 2)) < 0.5
    assert np.quantile(back, 0.996) == pytest.approx(np.quantile(dew, 0.996), abs=0.4)


def test_offset_and_extra_move_what_they_say(station: tuple[np.ndarray, np.ndarray]) -> None:
    dry, dew = station
    climate, eta = fit_climate(dry, dew)
    plain = dew_point(climate, dry, eta, 0.0, 0.0)
    drier = dew_point(climate, dry, eta, -1.0, 0.0)
    np.testing.assert_allclose((plain - drier)[plain < dry], 1.0)
    hotter = dew_point(climate, dry, eta, 0.0, -0.5)
    anomaly = dry - seasonal_mean(dry[None])[0]
    np.testing.assert_allclose(hotter[anomaly < 0], plain[anomaly < 0])
    assert np.all(hotter <= plain)


def test_warmth_splits_every_month() -> None:
    anomaly = np.random.default_rng(0).standard_normal(HOURS)
    for month in range(12):
        assert set(warmth(anomaly)[month == MONTH]) == {0, 1, 2}


def test_days_are_long_in_the_north_in_june() -> None:
    """Narvik (68.4° N) has midnight sun in June and no sun in December."""
    height = elevation_deg(68.44, 17.73)[0]
    june, december = slice(171 * 24, 172 * 24), slice(354 * 24, 355 * 24)
    assert height[june].min() > 0
    assert height[december].max() < 0
    assert len(HOUR_OF_DAY) == len(height)
