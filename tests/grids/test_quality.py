"""The report on a grid's hours: every planted fault is found where it is, sound hours raise none."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from twin.errors import BadInput
from twin.export.grid_pictures import draw_grid
from twin.export.grid_table import grid_view, sorted_findings, write_report
from twin.export.zone_shapes import COUNTRIES, thinned, zone_shapes
from twin.grids import streaming
from twin.grids.importing import import_command
from twin.grids.quality import Summary, summarise
from twin.grids.quality_checks import alone
from twin.grids.reference import load
from twin.grids.showing import look_at
from twin.grids.streaming import Moments, Runs, column_groups
from twin.grids.zone_names import entsoe_name

HOURS = pd.date_range("2023-01-01", periods=8760, freq="h").to_numpy().astype("datetime64[ns]")


def prices(columns: int = 3, utc: bool = True) -> xr.DataArray:
    """Prices with a morning and an evening that people live by; ``utc`` False leaves stamps local."""
    clock = pd.DatetimeIndex(HOURS, tz="UTC").tz_convert("Europe/Paris") if utc else pd.DatetimeIndex(HOURS)
    hour = clock.hour.to_numpy()
    rng = np.random.default_rng(0)
    base = 70 + 40 * np.exp(-(((hour - 8) / 2.0) ** 2)) + 50 * np.exp(-(((hour - 19) / 2.0) ** 2))
    values = base[:, None] + 4 * rng.standard_normal((8760, columns))
    names = ["FR", "DE_LU", "SE_3", "ES", "PL"][:columns]
    return xr.DataArray(values, dims=("time", "zone"), coords={"time": HOURS, "zone": names})


def pv(utc: bool = True) -> xr.DataArray:
    """A sun that stands highest at noon UTC; ``utc`` False has its stamps by the clocks of Paris."""
    stamps = pd.DatetimeIndex(HOURS)
    if not utc:
        rules = {"ambiguous": "NaT", "nonexistent": "shift_forward"}
        stamps = stamps.tz_localize("Europe/Paris", **rules).tz_convert("UTC")
    hour = np.nan_to_num(stamps.hour.to_numpy().astype(float))
    sun = np.maximum(np.cos((hour + 0.5 - 12) / 24 * 2 * np.pi), 0) * 0.7
    return xr.DataArray(sun[:, None], dims=("time", "zone"), coords={"time": HOURS, "zone": ["FR"]})


def one(array: xr.DataArray, kind: str = "price") -> Summary:
    return summarise({kind: [array]})[0]


def found(summary: Summary, what: str) -> dict[str, tuple[str, str]]:
    return {f.zone: (f.first, f.text) for f in summary.findings if f.what == what}


def test_sound_hours_raise_nothing() -> None:
    summary = one(prices())
    assert summary.findings == ()
    np.testing.assert_allclose(summary.mean, prices().mean("time"))
    np.testing.assert_array_equal(summary.coverage, 1.0)
    assert one(pv(), "pv").findings == ()


def test_gaps_are_counted_and_named() -> None:
    array = prices()
    array[100:110, 1] = np.nan
    array[8750:, 1] = np.nan
    summary = one(array)
    assert list(summary.gaps) == [0, 2, 0]
    assert summary.longest_gap_h[1] == 10
    assert summary.coverage[1] == pytest.approx(1 - 20 / 8760)
    assert found(summary, "gap") == {"DE_LU": ("2023-01-05T04:00", "20 hours in 2 gaps, longest 10 h")}


def test_missing_rows_lower_the_coverage() -> None:
    summary = one(prices().isel(time=[i for i in range(8760) if not 50 <= i < 60]))
    assert found(summary, "rows")["all zones"] == ("2023-01-03T01:00", "1 jump in time")
    assert summary.coverage[0] == pytest.approx(1 - 10 / 8760)


def test_a_year_without_its_leap_day_is_whole() -> None:
    hours = pd.date_range("2024-01-01", periods=8784, freq="h")
    kept = hours[~((hours.month == 2) & (hours.day == 29))]
    array = prices().assign_coords(time=kept)
    assert one(array).coverage[0] == 1.0
    assert not found(one(array), "rows")


def test_spikes() -> None:
    """A lone hour 400 above its neighbours is one; a long rise as high is none."""
    array = prices()
    array[3000, 0] += 400
    array[3001, 2] -= 300
    array[5000:5100, 1] += 400
    summary = one(array)
    assert list(summary.spikes) == [1, 0, 1]
    first, text = found(summary, "spike")["FR"]
    assert first == str(HOURS[3000].astype("datetime64[m]"))
    assert "largest 4" in text


def test_frozen_values() -> None:
    """A value held for 30 hours is frozen; for 20 it is not; a windless day is weather."""
    array = prices()
    array[200:230, 0] = 55.0
    array[200:220, 1] = 55.0
    summary = one(array)
    assert list(summary.frozen_h) == [30, 0, 0]
    assert found(summary, "frozen")["FR"][1].startswith("30 hours in 1 run")
    wind = prices() / 1000
    wind[500:600] = 0.0
    assert not found(one(wind, "wind"), "frozen")


def test_bounds_and_units() -> None:
    array = prices()
    array[7, 0] = -99999.0
    assert found(one(array), "bounds")["FR"] == (
        "2023-01-01T07:00",
        "1 hour outside -1000 to 10000, expected EUR/MWh",
    )
    assert "EUR/kWh: multiply by 1000" in found(one(prices() / 1000), "unit")["SE_3"][1]
    assert "per cent" in found(one(prices(), "wind"), "unit")["FR"][1]


def test_local_time_is_found_by_the_sun_and_by_the_morning() -> None:
    assert "stamps are local" in found(one(pv(utc=False), "pv"), "clock")["all zones"][1]
    assert "stamps look local" in found(one(prices(utc=False)), "clock")["all zones"][1]
    assert not summarise({"price": [prices(utc=False)]}, is_drawn=True)[0].findings


def test_sun_stamped_at_the_end_of_the_hour_is_an_hour_late() -> None:
    """France's noon is at 11:50 UTC; the whole day moved by an hour in all seasons is no summer time."""
    late = pv().copy(data=np.roll(pv().values, 1, axis=0))
    text = found(one(late, "pv"), "clock")["all zones"][1]
    assert text.startswith("the middle of the sun's day lies 1.2 h after the sun's own noon")
    assert "end of the hour" in text


def test_quarter_hours_count_in_hours() -> None:
    times = np.datetime64("2023-01-01", "ns") + np.arange(35040) * np.timedelta64(15, "m")
    values = 60 + np.random.default_rng(0).standard_normal((35040, 1))
    values[400:408] = np.nan
    values[1000:1120] = 50.0
    array = xr.DataArray(values, dims=("time", "zone"), coords={"time": times, "zone": ["FR"]})
    summary = one(array)
    assert summary.longest_gap_h[0] == 2
    assert summary.frozen_h[0] == 30


@pytest.mark.parametrize("limit", [8 * 200, 8 * 20000])
def test_blocks_give_the_same_figures_as_the_whole(limit: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Gaps, runs and spikes are planted across the seams of blocks."""
    array = prices(5)
    array[0:3, 0] = np.nan
    array[1480:1500, 1] = np.nan
    array[735:760, 2] = 42.0
    for row in range(740, 8700, 744):
        array[row, 3] += 500
    whole = one(array)
    monkeypatch.setattr(streaming, "BLOCK_BYTES", limit)
    monkeypatch.setattr("twin.grids.streaming.column_groups.__defaults__", (limit,))
    blocks = one(array.chunk(time=24, zone=2))
    for name in ("zones", "gaps", "longest_gap_h", "spikes", "frozen_h", "coverage", "least", "most"):
        np.testing.assert_array_equal(getattr(blocks, name), getattr(whole, name), err_msg=name)
    np.testing.assert_allclose(blocks.mean, whole.mean)
    np.testing.assert_allclose(blocks.duration, whole.duration)
    np.testing.assert_allclose(blocks.heat, whole.heat, rtol=1e-5)
    assert [f.first for f in blocks.findings] == [f.first for f in whole.findings]


@settings(max_examples=60)
@given(st.lists(st.booleans(), min_size=1, max_size=60), st.integers(1, 9), st.integers(1, 4))
def test_runs_joined_across_blocks(mask: list[bool], size: int, at_least: int) -> None:
    text = "".join("x" if cell else " " for cell in mask)
    want = [len(part) for part in text.split() if len(part) >= at_least]
    runs = Runs(1, at_least)
    times = np.arange(len(mask)).astype("datetime64[h]").astype("datetime64[ns]")
    for start in range(0, len(mask), size):
        runs.add(times[start : start + size], np.array(mask[start : start + size])[:, None])
    runs.finish()
    assert (runs.count[0], runs.cells[0], runs.longest[0]) == (len(want), sum(want), max(want, default=0))


@settings(max_examples=40)
@given(st.lists(st.floats(0, 1), min_size=2, max_size=300))
def test_quantiles_are_good_to_a_step(values: list[float]) -> None:
    moments = Moments(1, 0.0, 1.0, bins=100)
    moments.add(np.array(values)[:, None])
    levels = np.linspace(0, 1, 11)
    got = moments.quantiles(levels)[0]
    want = np.quantile(values, levels, method="inverted_cdf")
    assert np.abs(got - want).max() <= 0.0101 + 1e-12
    assert (np.diff(got) >= -1e-12).all()


def test_alone_is_the_distance_beyond_all_neighbours() -> None:
    row = np.array([1.0, 2, 9, 3, 1, 1, -4, 2, np.nan, 2, 2])[:, None]
    np.testing.assert_allclose(alone(row)[:, 0], [6, 0, 0, 0, -5, 0, 0])


def test_column_groups_follow_stored_chunks() -> None:
    array = xr.DataArray(np.zeros((100, 50)), dims=("time", "zone")).chunk(time=25, zone=10)
    groups = list(column_groups(array, limit=8 * 25 * 20))
    assert [g.stop - g.start for g, _ in groups] == [20, 20, 10]
    assert {deep for _, deep in groups} == {25, 50} or {deep for _, deep in groups} == {25}


def test_reference_is_whole() -> None:
    label, summaries, _ = look_at("reference")
    assert "reference" in label
    assert [s.variable for s in summaries] == ["price", "carbon", "cfe", "wind", "pv"]
    assert all(len(s.zones) == len(load().zones) and (s.coverage == 1).all() for s in summaries)


def test_pictures(tmp_path: Path) -> None:
    summaries = summarise({"price": [prices(2)]})
    paths = draw_grid("two zones", summaries, tmp_path)
    assert [path.name for path in paths] == ["means.png", "duration.png", "heat-price.png"]
    assert all(path.read_bytes()[:4] == b"\x89PNG" for path in paths)


@pytest.fixture
def faulty(tmp_path: Path) -> Path:
    table = prices().to_pandas()
    table.iloc[100:120, 0] = np.nan
    table.index.name = "utc"
    table = pd.concat([table, table.iloc[[40]]])
    table.to_csv(tmp_path / "prices.csv")
    return tmp_path / "prices.csv"


def test_a_faulty_file_is_shown_not_refused(faulty: Path, tmp_path: Path) -> None:
    label, summaries, notes = look_at(str(faulty))
    assert label == "prices.csv"
    findings = sorted_findings(summaries)
    assert [(f.zone, f.what) for f in findings] == [("all zones", "rows"), ("FR", "gap")]
    report = write_report(label, summaries, notes, tmp_path)
    text = report.read_text(encoding="utf-8")
    assert "20 hours in 1 gap" in text
    assert "99.7%" in text
    assert grid_view(label, summaries, notes, 1) is not None


def test_grid_files_cubes_and_unknown_files(tmp_path: Path, faulty: Path) -> None:
    table = prices().to_pandas()
    table.index.name = "utc"
    table.to_csv(tmp_path / "price-sound.csv")
    import_command([tmp_path / "price-sound.csv"], tmp_path / "grid.nc")
    label, summaries, _ = look_at(str(tmp_path / "grid.nc"))
    assert label.startswith("imported: price-sound.csv")
    assert summaries[0].findings == ()
    cube = prices().expand_dims(member=[1, 2]).rename("price_eur_per_mwh")
    cube.to_netcdf(tmp_path / "cube.nc", engine="h5netcdf")
    _, summaries, _ = look_at(str(tmp_path / "cube.nc"))
    assert summaries[0].zones[:2] == ("FR member=1", "DE_LU member=1")
    assert len(summaries[0].zones) == 6
    with pytest.raises(BadInput, match="'reference', a grid file"):
        look_at(str(tmp_path / "none.csv"))
    faulty.rename(tmp_path / "hours.csv")
    with pytest.raises(BadInput, match=r"write price:hours\.csv"):
        look_at(str(tmp_path / "hours.csv"))


def test_outlines_of_zones() -> None:
    """Every zone of the reference year has an outline, with entsoe-py or without it where it is a country."""
    shapes = zone_shapes(load().zones)
    whole = {zone for zone in load().zones if zone in COUNTRIES}
    assert whole <= set(shapes)
    for zone, rings in shapes.items():
        lon, lat = np.concatenate(rings).T
        here = load().zones[zone]
        assert lon.min() - 1 < here.lon < lon.max() + 1, zone
        assert lat.min() - 1 < here.lat < lat.max() + 1, zone
    square = np.array([[0, 0], [0, 0.001], [0, 1], [1, 1], [1, 0]], dtype=float)
    assert len(thinned(square)) == 4


@pytest.mark.shared
def test_a_real_sun_stamped_at_the_end_of_the_hour_is_found_out(shared_data: Path) -> None:
    """Country curves of 2019 are an hour late, as their calibration found too; those of 2016 are not."""
    late = look_at(f"pv:{shared_data / 'weather-2019' / 'derived_cf_2019_solar_pv_on_land.csv.gz'}")[1][0]
    sound = look_at(f"pv:{shared_data / 'weather-2016' / 'wide_2016_cf_solar_pv.csv.gz'}")[1][0]
    assert "lies 1.0 h after" in found(late, "clock")["all zones"][1]
    assert not found(sound, "clock")


@pytest.mark.slow
def test_a_cube_larger_than_what_is_given_to_it(tmp_path: Path) -> None:
    """A cube of 1.1 GB is summed up and cut within half of its size, the program itself (160 MB) included."""
    hours = pd.date_range("2015-01-01", "2025-01-01", freq="h", inclusive="left")
    path, rng = tmp_path / "prices.nc", np.random.default_rng(0)
    with h5py.File(path, "w") as file:
        store = file.create_dataset("price", (100, 16, len(hours)), "f8", chunks=(1, 16, 8766))
        for member in range(100):
            store[member] = rng.normal(80, 25, (16, len(hours)))
        names = np.array([f"Z{i:02d}" for i in range(15)] + ["FR"], dtype="S3")
        axes = {"member": np.arange(100), "zone": names, "time": np.arange(len(hours))}
        for index, (name, values) in enumerate(axes.items()):
            file[name] = values
            file[name].make_scale(name)
            store.dims[index].attach_scale(file[name])
        file["time"].attrs["units"] = "hours since 2015-01-01"
    assert path.stat().st_size > 1.1e9
    program = (  # what the kernel tells of usage would count the process that it was born from
        "import re\nfrom twin.cli import app\n"
        "try: app()\nexcept SystemExit as end: assert not end.code\n"
        "print(re.search(r'VmHWM:\\s+(\\d+) kB', open('/proc/self/status').read())[1])"
    )
    for words in (["show", str(path)], ["import", str(path), "--year", "2020", "--pick", "member=7", "--out",
                                        str(tmp_path / "grid.nc")]):  # fmt: skip
        done = subprocess.run(
            [sys.executable, "-c", program, "grids", *words], capture_output=True, text=True, check=True
        )
        assert int(done.stdout.split()[-1]) < 550_000, done.stdout


@pytest.mark.shared
def test_real_prices_in_local_time_are_found_out(shared_data: Path) -> None:
    """Files of one zone and year, as they are stamped (local) and brought to UTC: no UTC is called local.

    A few dear and restless years are not recognised either way; the documents say 35 of 40 are found.
    """
    called = {True: 0, False: 0}
    for zone in ("FR", "DE-LU", "ES", "AT", "BE", "CH", "NL", "PT"):
        for year in range(2020, 2025):
            name = f"electricity_prices__processed__{zone}__{year}__{zone}_electricity_prices_{year}.csv.gz"
            table = pd.read_csv(shared_data / "prices-2020-2024" / name)
            local = pd.to_datetime(table["Datetime"])
            utc = local.dt.tz_localize("Europe/Paris", ambiguous="NaT", nonexistent="NaT").dt.tz_convert(
                "UTC"
            )
            values = table["Price (EUR/MWh)"].to_numpy(dtype=float)
            for stamps, is_local in ((local, True), (utc.dt.tz_localize(None), False)):
                here = stamps.notna().to_numpy()
                array = xr.DataArray(
                    values[here][:, None],
                    dims=("time", "zone"),
                    coords={
                        "time": stamps[here].to_numpy(dtype="datetime64[ns]"),
                        "zone": [entsoe_name(zone)],
                    },
                )
                called[is_local] += bool(found(one(array), "clock"))
    assert called == {True: 35, False: 0}


def test_files_without_any_hour_are_told(tmp_path: Path) -> None:
    """Proves: no hours, no zones and no numbers are no ground for an average of nothing."""
    for name, cube in (("hours", prices().isel(time=slice(0))), ("zones", prices().isel(zone=slice(0)))):
        cube.rename("price_eur_per_mwh").to_netcdf(tmp_path / f"{name}.nc", engine="h5netcdf")
        with pytest.raises(BadInput, match="at least one hour of one zone"):
            look_at(str(tmp_path / f"{name}.nc"))
    (tmp_path / "price.csv").write_text("utc\n2023-01-01T00:00Z\n2023-01-01T01:00Z\n")
    with pytest.raises(BadInput, match="at least one hour of one zone"):
        look_at(str(tmp_path / "price.csv"))


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("odd", [np.inf, -np.inf, 1e308, -1e38])
def test_numbers_that_nobody_measured_count_as_gaps(odd: float, tmp_path: Path) -> None:
    """Proves: an endless price is a finding, not a sum that overflows."""
    array = prices().astype(float).copy(deep=True)
    array[100, 0] = odd
    array[900:903, 0] = odd
    (summary,) = summarise({"price": [array]})
    assert summary.gaps[0] == 2
    assert np.isfinite(summary.mean).all()
