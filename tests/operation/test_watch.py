"""Drift is flagged at the rate that is stated, and the twin agrees with itself."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from twin.control_room.run_hours import RunHours, run_hours
from twin.control_room.watch import WatchRequest, twin_mw, watch_run
from twin.errors import BadInput
from twin.export.watch import draw_watches, write_hours
from twin.operation.drift import Baseline, baseline, drift, threshold, whitened
from twin.operation.telemetry import Telemetry
from twin.operation.watch import hour_of_year, hourly, on_one_clock, watch_site
from twin.results import Run

START = np.datetime64("2031-01-01T00", "ns")
HOUR = np.timedelta64(1, "h")
QUIET = Baseline(0.0, 1.0, 0.0)


def hours_from(count: int) -> np.ndarray:
    return START + np.arange(count) * HOUR


@pytest.fixture(scope="module")
def tiny_hours(tiny_run: Run) -> RunHours:
    return run_hours(tiny_run)


@pytest.mark.parametrize(("h", "run"), [(4.0, 168.0), (5.0, 465.0)])
def test_threshold_meets_published_run_lengths(h: float, run: float) -> None:
    """Two-sided CUSUM, k = 0.5: 168 at h = 4, 465 at h = 5 (Montgomery, Introduction to Statistical Quality
    Control, table of Woodall and Adams 1993). Siegmund's formula is within 2 %."""
    assert threshold(run) == pytest.approx(h, abs=0.03)


def test_false_alarms_come_as_often_as_stated() -> None:
    """One in 1,000 hours over 200,000: 200 expected, one deviation is 14."""
    noise = np.random.default_rng(0).normal(size=200_000)
    assert len(drift(noise, QUIET, 1000.0).alarms) == pytest.approx(200, abs=60)


def test_correlated_noise_alarms_no_more_often() -> None:
    """Without whitening a correlation of 0.7 would alarm several times a week."""
    rng = np.random.default_rng(1)
    shock = rng.normal(size=100_000)
    noise = np.empty_like(shock)
    noise[0] = shock[0]
    for t in range(1, noise.size):
        noise[t] = 0.7 * noise[t - 1] + shock[t]
    base = baseline(noise, 50_000, "x")
    assert base.phi == pytest.approx(0.7, abs=0.03)
    assert len(drift(noise, base, 1000.0).alarms) < 200
    assert len(drift(noise, Baseline(base.mean, base.sd, 0.0), 1000.0).alarms) > 1000


def test_a_learnt_beginning_keeps_the_stated_rate() -> None:
    """One false alarm in 2,000 h, 40 sites of 4,000 h with 28 days to learn from: 80 expected.

    A site whose beginning was odd alarms often, so the count of 40 sites scatters by a third.
    """
    rng = np.random.default_rng(8)
    count = 0
    for _ in range(40):
        twin = np.full(4000, 100.0)
        measured = twin * (1.0 + 0.01 * rng.normal(size=4000))
        found = watch_site("X", hours_from(4000), measured, twin, 672, 2000.0, "all", ())
        count += len(found.drift.alarms)
    assert 40 <= count <= 160


def test_a_shift_of_one_deviation_is_found_within_two_days_and_dated() -> None:
    series = np.random.default_rng(2).normal(size=3000)
    series[2000:] += 1.0
    found = drift(series, QUIET, 8760.0)
    late = [alarm for alarm in found.alarms if alarm.at >= 2000]
    assert late[0].at < 2048
    assert abs(late[0].since - 2000) < 24
    assert late[0].shift > 0.5


def test_drift_downwards_is_found_too() -> None:
    series = np.random.default_rng(3).normal(size=1000)
    series[500:] -= 2.0
    first = drift(series, QUIET, 8760.0).alarms[0]
    assert first.at > 500
    assert first.shift < 0.0


def test_one_mad_hour_does_not_alarm() -> None:
    series = np.zeros(500)
    series[200] = 1000.0
    assert drift(series, QUIET, 8760.0).alarms == ()


def test_missing_hours_change_nothing() -> None:
    series = np.full(300, 0.9)
    series[100:150] = np.nan
    found = drift(series, QUIET, 1e9)
    assert (found.upper[100:150] == found.upper[99]).all()
    assert np.isnan(whitened(series, QUIET)[100:150]).all()


def test_too_short_a_beginning_is_refused() -> None:
    with pytest.raises(BadInput, match="to learn what is usual"):
        baseline(np.zeros(50), 672, "FR-FOU")


def test_hours_of_the_year_skip_the_leap_day() -> None:
    stamps = np.array(["2031-01-01T05", "2031-12-31T23", "2032-02-28T01", "2032-02-29T01", "2032-12-31T23"])
    found = hour_of_year(stamps.astype("datetime64[ns]"))
    assert found.tolist() == [5, 8759, 58 * 24 + 1, 58 * 24 + 1, 8759]


def test_an_hour_needs_half_of_its_readings() -> None:
    minutes = START + np.arange(180) * np.timedelta64(1, "m")
    keep = np.ones(180, dtype=bool)
    keep[70:110] = False  # 20 of 60 readings are left in the second hour
    data = Telemetry(minutes, {"p": np.arange(180.0)}, np.full(180, "")).kept(keep)
    time, series = hourly(data, ["p"])
    assert time.size == 3
    assert series["p"][0] == pytest.approx(np.arange(60).mean())
    assert np.isnan(series["p"][1])
    assert series["p"][2] == pytest.approx(np.arange(120, 180).mean())


def test_a_clock_an_hour_off_is_moved_and_told() -> None:
    twin = (
        100.0 + 20.0 * np.sin(2 * np.pi * np.arange(1000) / 24) + np.random.default_rng(4).normal(0, 5, 1000)
    )
    moved, note = on_one_clock(np.roll(twin, 2), twin)
    assert note is not None and "+2 h" in note.what
    assert moved[:-2] == pytest.approx(twin[:-2])
    same, nothing = on_one_clock(twin, twin)
    assert nothing is None and same is twin


def test_a_site_that_follows_the_twin_is_quiet() -> None:
    rng = np.random.default_rng(5)
    twin = 100.0 + rng.normal(0, 10, 2000)
    found = watch_site(
        "X", hours_from(2000), twin * (1 + rng.normal(0, 0.01, 2000)), twin, 672, 1e6, "all", ()
    )
    assert found.drift.alarms == ()
    assert abs(found.bias) < 0.002
    assert found.hourly_error == pytest.approx(0.01 * np.sqrt(2 / np.pi), rel=0.1)


def telemetry_of(hours: RunHours, path: Path, more_from: int = 10**9) -> str:
    """Write a year that the twin itself measured, 2 % higher from an hour on, and return the site's name."""
    each = hours.sites[0]
    rng = np.random.default_rng(6)
    time = hours_from(8760)
    load = each.mw_it * np.clip(each.it_pu + rng.normal(0, 0.02, 8760), 0.1, 1.0)
    power, _ = twin_mw(each, time, load, each.air)
    power = power * (1.0 + rng.normal(0.0, 0.003, 8760))
    power[more_from:] *= 1.02
    pd.DataFrame(
        {"time": time, "site": each.site.name, "facility_power_mw": power, "it_power_mw": load,
         "dry_bulb_degc": each.air[0], "wet_bulb_degc": each.air[1]}
    ).to_csv(path, index=False)  # fmt: skip
    return each.site.name


def test_the_twin_agrees_with_itself(tiny_run: Run, tiny_hours: RunHours, tmp_path: Path) -> None:
    """Pressure alone is not measured: the site's mean stands in, worth under 0.1 % of power."""
    telemetry_of(tiny_hours, tmp_path / "t.csv")
    (found,) = watch_run(tiny_run, WatchRequest([tmp_path / "t.csv"], hours_between_alarms=1e7))
    assert found.told == "measured IT load, measured weather"
    assert abs(found.bias) < 0.001
    assert found.hourly_error < 0.004
    assert found.drift.alarms == ()


def test_two_percent_more_power_is_flagged(tiny_run: Run, tiny_hours: RunHours, tmp_path: Path) -> None:
    name = telemetry_of(tiny_hours, tmp_path / "t.csv", more_from=5000)
    sites = watch_run(tiny_run, WatchRequest([tmp_path / "t.csv"]))
    (found,) = sites
    assert found.site == name
    # One false alarm a year is allowed for; those within 5,000 hours come before the true one.
    true = next(alarm for alarm in found.drift.alarms if alarm.at >= 5000)
    assert true.at < 5010
    assert true.shift == pytest.approx(0.02, abs=0.01)
    assert draw_watches(sites, tmp_path / "w.png")[0].stat().st_size > 10_000
    lines = write_hours(sites, tmp_path / "w.csv").read_text().splitlines()
    assert len(lines) == 8761
    assert lines[0].startswith("site,time,measured_mw,twin_mw")


def test_load_in_another_unit_and_broken_thermometers_are_handled(
    tiny_run: Run, tiny_hours: RunHours, tmp_path: Path
) -> None:
    telemetry_of(tiny_hours, tmp_path / "t.csv")
    table = pd.read_csv(tmp_path / "t.csv")
    table["it_power_mw"] *= 1000.0  # kilowatts under the name of megawatts
    table.loc[100:120, "dry_bulb_degc"] = -999.0
    table.to_csv(tmp_path / "odd.csv", index=False)
    (found,) = watch_run(tiny_run, WatchRequest([tmp_path / "odd.csv"]))
    text = "; ".join(str(note) for note in found.notes)
    assert "unit wrong by 1000" in text
    assert "dry_bulb_degc outside -60 to 55: 21 readings" in text
    assert abs(found.bias) < 0.001
    assert found.seen.sum() == 8760 - 21


def test_without_measured_load_the_plans_year_stands_in(
    tiny_run: Run, tiny_hours: RunHours, tmp_path: Path
) -> None:
    name = telemetry_of(tiny_hours, tmp_path / "t.csv")
    table = pd.read_csv(tmp_path / "t.csv")[["time", "facility_power_mw"]]
    table.to_csv(tmp_path / "bare.csv", index=False)
    (found,) = watch_run(tiny_run, WatchRequest([tmp_path / "bare.csv"], site=name))
    assert found.told == "IT load of the plan's year, weather of the plan's year"


def test_telemetry_of_no_site_of_the_plan_is_refused(
    tiny_run: Run, tiny_hours: RunHours, tmp_path: Path
) -> None:
    telemetry_of(tiny_hours, tmp_path / "t.csv")
    table = pd.read_csv(tmp_path / "t.csv")
    table.assign(site="XX-NON").to_csv(tmp_path / "other.csv", index=False)
    with pytest.raises(BadInput, match="a site of the plan"):
        watch_run(tiny_run, WatchRequest([tmp_path / "other.csv"]))
    with pytest.raises(BadInput, match="a site of the plan"):
        watch_run(tiny_run, WatchRequest([tmp_path / "t.csv"], site="XX-NON"))
    table.drop(columns="facility_power_mw").to_csv(tmp_path / "none.csv", index=False)
    with pytest.raises(BadInput, match="a column of site power"):
        watch_run(tiny_run, WatchRequest([tmp_path / "none.csv"]))
