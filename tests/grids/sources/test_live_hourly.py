"""From quarter-hours and days of 23 and 25 hours to the hours of a UTC year."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from twin.grids.sources.live.hourly import on_year, to_hours, year_hours


def stamps(*texts: str) -> np.ndarray:
    return np.array([f"2025-03-01T{text}" for text in texts], dtype="datetime64[ns]")


def test_quarters_and_halves_are_averaged() -> None:
    times = stamps("00:00", "01:00", "01:15", "01:30", "01:45", "02:00", "02:30")
    hours, cells = to_hours(times, np.array([10.0, 1, 2, 3, 6, 4, 8]))
    np.testing.assert_array_equal(cells, [10, 3, 6])
    assert hours.tolist() == stamps("00:00", "01:00", "02:00").tolist()


@pytest.mark.parametrize(
    "texts",
    [
        ("00:00", "00:15", "00:30"),  # the fourth quarter is missing
        ("00:15", "00:30", "00:45"),
        ("00:30",),  # not on the hour
        ("00:00", "00:45"),  # uneven
    ],
)
def test_an_hour_that_is_not_whole_is_missing(texts: tuple[str, ...]) -> None:
    assert np.isnan(to_hours(stamps(*texts), np.ones(len(texts)))[1]).all()


def test_one_quarter_among_full_hours_is_no_hour() -> None:
    """Proves: 10:00 alone between hours of four quarters does not pass for the hour."""
    quarters = [f"{h:02d}:{m:02d}" for h in (9, 10, 11) for m in (0, 15, 30, 45)]
    kept = [text for text in quarters if not text.startswith("10") or text == "10:00"]
    cells = to_hours(stamps(*kept), np.ones(len(kept)))[1]
    np.testing.assert_array_equal(cells, [1, np.nan, 1])


def test_a_null_quarter_makes_its_hour_missing() -> None:
    times = stamps("00:00", "00:15", "00:30", "00:45", "01:00")
    cells = to_hours(times, np.array([1, np.nan, 1, 1, 5.0]))[1]
    np.testing.assert_array_equal(cells, [np.nan, 5])


def test_the_year_has_8760_hours_and_no_29_february() -> None:
    for year in (2023, 2024):
        hours = year_hours(year)
        assert len(hours) == 8760
        assert str(hours[-1]).startswith(f"{year}-12-31T23")
    assert np.datetime64("2024-02-29T05") not in year_hours(2024)


def test_copies_pass_and_contradictions_do_not() -> None:
    """Two rows of October's repeated local hour, taken for UTC, differ: that must not be averaged away."""
    times = np.array(["2024-10-27T00", "2024-10-27T00", "2024-10-27T01"], dtype="datetime64[ns]")
    same = xr.DataArray([7.0, 7.0, 8.0], dims="time", coords={"time": times})
    year = on_year(same, 2024)
    assert np.isfinite(year).sum() == 2
    with pytest.raises(ValueError, match="2024-10-27T00:00 is there twice"):
        on_year(same.copy(data=[7.0, 7.5, 8.0]), 2024)


def test_no_rows_give_no_hours() -> None:
    empty = xr.DataArray(np.empty(0), dims="time", coords={"time": np.empty(0, dtype="datetime64[ns]")})
    assert np.isnan(on_year(empty, 2023)).all()


@given(st.integers(0, 8759), st.floats(-100, 4000), st.sampled_from([1, 2, 4]))
def test_an_hour_keeps_its_value_at_any_resolution(hour: int, value: float, rows: int) -> None:
    first = year_hours(2023)[hour]
    times = first + np.arange(rows) * np.timedelta64(60 // rows, "m")
    year = on_year(xr.DataArray(np.full(rows, value), dims="time", coords={"time": times}), 2023)
    assert year[hour] == pytest.approx(value)
    assert np.isfinite(year).sum() == 1
