"""Small files that would unpack to more than any memory are refused before they are unpacked."""

from __future__ import annotations

import bz2
import gzip
import lzma
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from twin import packed
from twin.control_room.telemetry_files import read_telemetry
from twin.errors import BadInput
from twin.grids.hours import Rules
from twin.grids.readers import read
from twin.grids.readers_mix import read_mix
from twin.grids.readers_weather import read_weather
from twin.packed import refuse_bomb

ROWS = b"utc,FR\n" + b"2024-01-01T00:00Z,1\n" * 100_000
PACK = {".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress}
READERS: dict[str, Callable[[Path], object]] = {
    "hours": lambda path: read(path, Rules()),
    "mix": read_mix,
    "weather": read_weather,
    "telemetry": lambda path: read_telemetry([path], 1.0),
}


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed, "MOST_BYTES", 1_000_000)


def bomb(folder: Path, ending: str) -> Path:
    """A table of two megabytes when unpacked."""
    path = folder / f"hours.csv{ending}"
    if ending == ".zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("hours.csv", ROWS)
    else:
        path.write_bytes(PACK[ending](ROWS))
    assert path.stat().st_size < 20_000
    return path


@pytest.mark.parametrize("ending", [".gz", ".bz2", ".xz", ".zip"])
def test_a_packed_table_that_grows_is_refused(tmp_path: Path, ending: str) -> None:
    path = bomb(tmp_path, ending)
    tracemalloc.start()
    with pytest.raises(BadInput, match="when unpacked"):
        refuse_bomb(path)
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak_bytes < 12_000_000  # pieces and the packer's own table, not the whole


@pytest.mark.parametrize("reader", READERS)
def test_every_reader_of_tables_measures_first(tmp_path: Path, reader: str) -> None:
    with pytest.raises(BadInput, match="when unpacked"):
        READERS[reader](bomb(tmp_path, ".gz"))


def test_a_parquet_file_of_one_value_many_times_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "hours.parquet"
    parquet.write_table(pa.table({"value": pa.array([1.0] * 300_000)}), path, compression="zstd")
    assert path.stat().st_size < 20_000
    with pytest.raises(BadInput, match="when unpacked"):
        read(path, Rules())


@pytest.mark.parametrize("name", ["hours.csv.zst", "hours.tar", "hours.tar.gz", "hours.tgz"])
def test_packings_that_cannot_be_measured_are_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"x")
    with pytest.raises(BadInput, match="packed as"):
        read(tmp_path / name, Rules())


@pytest.mark.parametrize("ending", [".gz", ".bz2", ".xz", ".zip"])
def test_a_damaged_packing_is_refused(tmp_path: Path, ending: str) -> None:
    path = bomb(tmp_path, ending)
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(BadInput, match="can be unpacked"):
        refuse_bomb(path)


def test_tables_of_common_size_pass(tmp_path: Path) -> None:
    path = tmp_path / "hours.csv.gz"
    path.write_bytes(gzip.compress(ROWS[:100_000]))
    refuse_bomb(path)
    refuse_bomb(tmp_path / "plain.csv")
