"""A calibration's folder with one thing wrong: each is named, all at once, before anything is computed."""

from __future__ import annotations

import gzip
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from damaged_sources import true_sources

from twin.errors import BadInput
from twin.grids.calibration import calibrate_command
from twin.grids.reference import folder, load
from twin.grids.sources.folder import Sources, read_sources
from twin.grids.zone_table import read_zones

PRICES = "prices/prices_2023_utc_wide_filled.csv.gz"
CARBON = "carbon-2022/ci_2022_utc_wide_gco2_per_kwh.csv.gz"
STATION = "weather-tmy/original/Here.epw.gz"
MONTHS = "monthly-prices/european_wholesale_electricity_price_data_monthly.csv.gz"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return true_sources(tmp_path)


def _read(source: Path) -> Sources:
    return read_sources(source, list(load().zones.values()))


def _changed(path: Path, change: Callable[[str], str]) -> None:
    path.write_bytes(gzip.compress(change(gzip.decompress(path.read_bytes()).decode()).encode(), 1))


def _hours(text: str, first: int, last: int, cells: Callable[[str], str]) -> str:
    lines = text.splitlines()
    lines[first:last] = [cells(line) for line in lines[first:last]]
    return "\n".join(lines) + "\n"


def test_a_sound_folder_is_read(source: Path) -> None:
    found = _read(source)
    assert found.prices_2023.rows(["FR", "DE-LU"]).shape == (2, 8760)
    assert set(found.era5) == {2019, 2022, 2023}


def test_a_packed_file_that_was_cut_is_named(source: Path) -> None:
    for name in (PRICES, STATION):
        path = source / name
        path.write_bytes(path.read_bytes()[:-500])
    with pytest.raises(BadInput) as caught:
        _read(source)
    assert [Path(fault.file).name for fault in caught.value.faults] == [Path(PRICES).name, Path(STATION).name]


def test_a_series_that_a_zone_needs_is_missing(source: Path) -> None:
    _changed(source / PRICES, lambda text: text.replace("FR", "FX", 1))
    with pytest.raises(BadInput, match="series FR = 'missing'"):
        _read(source)


def test_a_series_that_no_zone_needs_may_be_broken(source: Path) -> None:
    _changed(source / PRICES, lambda text: _hours(text, 0, 1, lambda line: f"{line},XX"))
    _changed(source / PRICES, lambda text: _hours(text, 1, 8761, lambda line: f"{line},1e9"))
    _read(source)


def test_a_long_gap_makes_a_series_unfit_and_a_short_one_is_filled(source: Path) -> None:
    """Six hours from each side are filled: a gap of 12 is closed, of one of 20 eight hours stay."""
    without = lambda line: line.split(",")[0] + "," * line.count(",")  # noqa: E731
    _changed(source / CARBON, lambda text: _hours(text, 100, 112, without))
    _read(source)
    _changed(source / CARBON, lambda text: _hours(text, 100, 120, without))
    with pytest.raises(BadInput, match="'8 missing'"):
        _read(source)


def test_hours_beyond_all_bounds_are_not_believed(source: Path) -> None:
    _changed(source / CARBON, lambda text: text.replace(",200.00", ",200000", 1))
    with pytest.raises(BadInput, match=r"200000 at .*expected 0 to 1500 g/kWh"):
        _read(source)


def test_an_hour_that_stands_twice_is_named(source: Path) -> None:
    _changed(source / CARBON, lambda text: text + text.splitlines()[1] + "\n")
    with pytest.raises(BadInput, match="2022-01-01 00:00:00 twice"):
        _read(source)


def test_a_station_without_a_place_is_named(source: Path) -> None:
    _changed(source / STATION, lambda text: text.replace("48.0", "somewhere", 1))
    with pytest.raises(BadInput, match="LOCATION"):
        _read(source)


def test_a_station_with_odd_weather_is_named(source: Path) -> None:
    _changed(source / STATION, lambda text: text.replace(",10.0,", ",nan,", 1))
    with pytest.raises(BadInput, match="dry bulb = '1 missing'"):
        _read(source)


def test_a_country_without_a_mean_price_is_named(source: Path) -> None:
    _changed(source / MONTHS, lambda text: text.replace("France,2025", "France,1925"))
    with pytest.raises(BadInput, match="France, 2025 = 'missing'"):
        _read(source)


def test_no_country_has_all_months(source: Path) -> None:
    _changed(source / MONTHS, lambda text: text.replace("-12-01", "-11-01"))
    with pytest.raises(BadInput, match="no country has all months"):
        _read(source)


def test_a_site_table_and_a_zone_table_are_checked_cell_by_cell(source: Path, tmp_path: Path) -> None:
    sites = tmp_path / "facts" / "sites.csv"
    sites.write_text(sites.read_text().replace("48.59", "148.59").replace("11.8", "warm"))
    with pytest.raises(BadInput, match=r"(?s)FR-BRU\.lat = '148\.59'.*FR-BRU\.mean_drybulb_c = 'warm'"):
        calibrate_command(source, tmp_path / "made" / "reference")
    assert not (tmp_path / "made").exists()
    table = tmp_path / "zones.csv"
    table.write_text((folder() / "zones.csv").read_text().replace("FR,FR,FR,FR,0.0,", "FR,FR,FR,FR,2.0,"))
    with pytest.raises(BadInput, match=r"FR\.wind_local_share = '2\.0'"):
        read_zones(table)


@pytest.mark.parametrize(("true", "spoilt"), [(b"}", b"{"), (b"'descr'", b"'descr%"), (b"{", b"(")])
def test_an_archive_with_a_broken_head_is_named(source: Path, true: bytes, spoilt: bytes) -> None:
    """The head of an array is a line of Python: a bit of it flipped is told by numpy in several ways."""
    path = source / "era5-capacity-factors" / "france.npz"
    with zipfile.ZipFile(path) as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    with zipfile.ZipFile(path, "w") as packed:
        for name, content in parts.items():
            packed.writestr(name, content.replace(true, spoilt, 1) if name == "wind.npy" else content)
    with pytest.raises(BadInput, match=r"france\.npz: file = 'damaged'"):
        _read(source)


def test_zones_that_lack_the_isles_are_told(source: Path) -> None:
    zones = [zone for zone in load().zones.values() if zone.weather_country != "GB"]
    with pytest.raises(BadInput, match="no GB"):
        read_sources(source, zones)
