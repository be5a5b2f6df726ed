"""What meters get wrong is found, handled and told - never silently fitted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from twin.control_room.telemetry_files import read_telemetry
from twin.errors import BadInput
from twin.operation.clocks import aligned, best_lag, looks_local
from twin.operation.telemetry import Telemetry, clean, sensible

N = 2000
START = np.datetime64("2026-01-01T00:00:00", "ns")
MINUTE = np.timedelta64(60, "s")


def readings(seed: int = 0, n: int = N) -> Telemetry:
    """A server between 3 and 7 kW, read once a minute."""
    rng = np.random.default_rng(seed)
    power = 5000.0 + 2000.0 * np.sin(np.arange(n) / 40.0) + rng.normal(0.0, 30.0, n)
    return Telemetry(START + np.arange(n) * MINUTE, {"power_w": power}, np.full(n, "node"))


def changed(data: Telemetry, **values: np.ndarray) -> Telemetry:
    return Telemetry(data.time, {**data.values, **values}, data.group)


def said(data: Telemetry) -> str:
    return "; ".join(str(note) for note in data.notes)


def test_good_telemetry_passes_unchanged_and_unremarked() -> None:
    data = readings()
    found = clean(data, "power_w", 10200.0, "x.csv")
    assert found.notes == ()
    assert np.array_equal(found.values["power_w"], data.values["power_w"])


def test_doubled_stamps_are_dropped_and_differing_ones_told() -> None:
    data = readings()
    twice = np.concatenate([np.arange(N), [100, 200, 300]])
    double = Telemetry(data.time[twice], {"power_w": data.values["power_w"][twice].copy()}, data.group[twice])
    double.values["power_w"][-1] += 500.0
    found = clean(double, "power_w", 10200.0, "x.csv")
    assert found.size == N
    assert "duplicated stamps: 3 readings" in said(found)
    assert "duplicated stamps with other readings: 1 readings" in said(found)
    assert "out of order" in said(found)
    assert found.values["power_w"][300] == data.values["power_w"][300]


def test_a_gap_is_told_and_left_open() -> None:
    data = readings()
    keep = np.ones(N, dtype=bool)
    keep[500:620] = False
    found = clean(data.kept(keep), "power_w", 10200.0, "x.csv")
    assert found.size == N - 120
    assert "gaps, 2.0 h in all: 1 readings" in said(found)


def test_negative_and_zero_power_is_dropped() -> None:
    power = readings().values["power_w"].copy()
    power[[5, 6, 7]] *= -1.0
    power[9] = 0.0
    found = clean(changed(readings(), power_w=power), "power_w", 10200.0, "x.csv")
    assert found.size == N - 4
    assert (found.values["power_w"] > 0).all()
    assert "negative power: 3 readings" in said(found)
    assert "power of exactly 0: 1 readings" in said(found)


def test_power_above_what_the_machine_can_draw_is_dropped() -> None:
    power = readings().values["power_w"].copy()
    power[50] = 40_000.0
    found = clean(changed(readings(), power_w=power), "power_w", 10200.0, "x.csv")
    assert found.size == N - 1
    assert "power above 1.5 nameplates" in said(found)


@pytest.mark.parametrize(("factor", "word"), [(1e-3, "0.001"), (1e-6, "1e-06"), (1e3, "1000")])
def test_a_wrong_unit_is_judged_by_magnitude(factor: float, word: str) -> None:
    data = readings()
    found = clean(changed(data, power_w=data.values["power_w"] * factor), "power_w", 10200.0, "x.csv")
    assert found.values["power_w"] == pytest.approx(data.values["power_w"])
    assert f"unit wrong by {word}" in said(found)


def test_a_stretch_in_another_unit_is_brought_to_the_rest() -> None:
    data = readings()
    power = data.values["power_w"].copy()
    power[700:900] /= 1000.0
    found = clean(changed(data, power_w=power), "power_w", 10200.0, "x.csv")
    assert found.values["power_w"] == pytest.approx(data.values["power_w"])
    assert "a stretch in another unit (factor 0.001): 200 readings" in said(found)


def test_magnitudes_that_fit_no_unit_are_refused() -> None:
    data = readings()
    with pytest.raises(BadInput, match="fits no unit of power"):
        clean(changed(data, power_w=data.values["power_w"] * 20.0), "power_w", 10200.0, "x.csv")


def test_a_frozen_meter_is_dropped() -> None:
    power = readings().values["power_w"].copy()
    power[300:400] = power[300]
    found = clean(changed(readings(), power_w=power), "power_w", 10200.0, "x.csv")
    assert "a frozen meter: 99 readings" in said(found)
    assert found.size == N - 99


def test_a_short_repeat_is_not_a_frozen_meter() -> None:
    power = readings().values["power_w"].copy()
    power[300:320] = power[300]
    assert clean(changed(readings(), power_w=power), "power_w", 10200.0, "x.csv").size == N


def test_hopeless_telemetry_is_refused_with_what_was_wrong() -> None:
    power = readings().values["power_w"].copy()
    power[: int(0.9 * N)] = -1.0
    with pytest.raises(BadInput, match="negative power"):
        clean(changed(readings(), power_w=power), "power_w", 10200.0, "x.csv")
    with pytest.raises(BadInput, match="at least 100 readings"):
        clean(readings(n=60), "power_w", 10200.0, "x.csv")
    with pytest.raises(BadInput, match="no reading above 0"):
        clean(changed(readings(), power_w=np.zeros(N)), "power_w", 10200.0, "x.csv")


def test_unreadable_readings_are_counted() -> None:
    power = readings().values["power_w"].copy()
    power[10:15] = np.nan
    found = clean(changed(readings(), power_w=power), "power_w", 10200.0, "x.csv")
    assert found.size == N - 5
    assert "unreadable stamps or readings: 5 readings" in said(found)


def test_sensors_that_write_nothing_as_a_number_are_not_believed() -> None:
    share, dry = np.full(N, 0.5), np.full(N, 12.0)
    share[3], dry[:7] = 1.4, -999.0
    data = changed(readings(), utilisation=share, dry_bulb_degc=dry)
    found = sensible(data, ("utilisation",))
    assert found.size == N - 1
    assert "utilisation outside 0 to 1.02: 1 readings" in said(found)
    assert "readings without utilisation: 1 readings" in said(found)
    assert np.isnan(found.values["dry_bulb_degc"][:6]).all()
    assert np.isfinite(found.values["dry_bulb_degc"][6:]).all()


@pytest.mark.parametrize("lag", [-7, 3, 12])
def test_a_shifted_clock_is_found_and_taken_back(lag: int) -> None:
    """Work and power are read by two clocks; the work is moved onto the clock of the power."""
    rng = np.random.default_rng(3)
    work = np.repeat(rng.uniform(0.0, 1.0, N // 20), 20)
    power = 3000.0 + 4000.0 * work + rng.normal(0.0, 20.0, N)
    data = Telemetry(
        START + np.arange(N) * MINUTE,
        {"power_w": np.roll(power, lag), "utilisation": work},
        np.full(N, "node"),
    )
    found = aligned(data, "utilisation", "power_w")
    assert f"apart by {lag} readings" in said(found)
    assert found.size == N - abs(lag)
    slope = np.polyfit(found.values["utilisation"][20:-20], found.values["power_w"][20:-20], 1)[0]
    assert slope == pytest.approx(4000.0, rel=0.01)


def test_clocks_that_agree_are_left_alone() -> None:
    data = readings()
    together = changed(data, utilisation=(data.values["power_w"] - 3000.0) / 4000.0)
    assert aligned(together, "utilisation", "power_w") is together


def test_best_lag_says_what_runs_late() -> None:
    expected = np.random.default_rng(0).normal(size=500)
    late = np.roll(expected, 4)
    lag, best, now = best_lag(late, expected, 10)
    assert lag == 4
    assert best > 0.99 > 0.5 > now


def test_local_stamps_show_at_the_spring_change() -> None:
    local = pd.date_range("2026-03-20", "2026-04-05", freq="h", tz="Europe/Paris").tz_localize(None)
    stamps = local.to_numpy(dtype="datetime64[ns]")
    data = Telemetry(stamps, {"power_w": np.ones(stamps.size)}, np.full(stamps.size, ""))
    assert looks_local(data)
    utc = START + np.arange(2000) * np.timedelta64(1, "h")
    assert not looks_local(Telemetry(utc, {"power_w": np.ones(2000)}, np.full(2000, "")))


def test_a_csv_is_read_by_its_column_names(tmp_path: Path) -> None:
    data = readings(n=200)
    table = pd.DataFrame(
        {"Timestamp": data.time, "AC Power kW": data.values["power_w"] / 1000.0, "GPU util": 85.0, "run": "a"}
    )
    table.to_csv(tmp_path / "one.csv", index=False)
    found, origin = read_telemetry([tmp_path / "one.csv"], 1.0)
    assert found.values["power_w"] == pytest.approx(data.values["power_w"])
    assert found.values["utilisation"] == pytest.approx(0.85)
    assert set(found.group) == {"one/a"}
    assert np.array_equal(found.time, data.time)
    assert len(origin.sha256) == 64


def test_the_dc_side_is_joined_by_instant(tmp_path: Path) -> None:
    ms = 1_715_341_080_000 + 2000 * np.arange(50)
    for side, power in (("ac", 2100.0), ("dc", 2000.0)):
        shift = 0 if side == "ac" else 300
        pd.DataFrame({"run": "r", "time_ms": ms + shift, "power_w": power + np.arange(50)}).to_csv(
            tmp_path / f"job_{side}.csv", index=False
        )
    found, _ = read_telemetry([tmp_path], 1.0)
    assert found.size == 50
    assert np.array_equal(found.values["dc_w"], found.values["power_w"] - 100.0)


def test_columns_may_be_named_and_summed(tmp_path: Path) -> None:
    table = pd.DataFrame(
        {"time": np.arange(120.0), "power[1]": 1.0e6, "power[2]": 2.0e6, "OA Wetbulb Temp": 9.0}
    )
    table.to_csv(tmp_path / "f.csv", index=False)
    found, _ = read_telemetry([tmp_path / "f.csv"], 1000.0, {"heat": "power*:w"})
    assert found.values["heat_kw"] == pytest.approx(3000.0)
    assert found.values["wet_bulb_degc"] == pytest.approx(9.0)


def test_local_time_becomes_utc_when_the_place_is_told(tmp_path: Path) -> None:
    local = pd.date_range("2026-03-20", "2026-04-05", freq="h", tz="Europe/Paris").tz_localize(None)
    pd.DataFrame({"time": local, "power_w": 5000.0}).to_csv(tmp_path / "l.csv", index=False)
    found, _ = read_telemetry([tmp_path / "l.csv"], 1.0, timezone="Europe/Paris")
    assert str(found.time[0])[:13] == "2026-03-19T23"
    assert (np.diff(found.time) == np.timedelta64(1, "h")).all()


def test_parquet_is_read_too(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    data = readings(n=150)
    pd.DataFrame({"time": data.time, "power_w": data.values["power_w"]}).to_parquet(tmp_path / "p.parquet")
    found, _ = read_telemetry([tmp_path / "p.parquet"], 1.0)
    assert np.array_equal(found.values["power_w"], data.values["power_w"])


def test_files_that_are_no_telemetry_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="a CSV or Parquet file"):
        read_telemetry([tmp_path / "none.csv"], 1.0)
    (tmp_path / "a.csv").write_text("when,power_w\n1,2\n")
    with pytest.raises(BadInput, match="one of time, timestamp"):
        read_telemetry([tmp_path / "a.csv"], 1.0)
    (tmp_path / "b.csv").write_text("time,colour\n1,2\n")
    with pytest.raises(BadInput, match="a quantity"):
        read_telemetry([tmp_path / "b.csv"], 1.0)
    with pytest.raises(BadInput, match="a column of the file"):
        read_telemetry([tmp_path / "b.csv"], 1.0, {"heat": "warmth"})
