"""What is kept: whole files only, found again, mended, refreshed, and never a key in them."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from live_server import KEY, LICENCE, Replay, fault

from twin.errors import SystemFailure
from twin.grids.sources.live.cache import Cache, default_folder
from twin.grids.sources.live.client import Client
from twin.grids.sources.live.fetching import fetch_command, sources_named
from twin.grids.sources.live.gather import gather
from twin.grids.sources.live.protocol import Request
from twin.library import get

CacheOf = Callable[[], Cache]


def prices(*zones: str) -> Request:
    return Request(2024, zones, (), frozenset(("price", zone) for zone in zones))


def files(cache: Cache) -> list[Path]:
    return sorted(path for path in cache.folder.rglob("*") if path.is_file())


def test_a_second_run_asks_nothing(server: Replay, client: Client, cache_of: CacheOf) -> None:
    sources = sources_named(["energy-charts"])
    first = gather(sources, prices("FR", "BE"), cache_of(), client)
    asked = len(server.calls)
    second = gather(sources, prices("FR", "BE"), cache_of(), client)
    assert len(server.calls) == asked == 2
    assert second.cached["energy-charts", "price"] == 2
    for key, cells in first.hours.items():
        np.testing.assert_array_equal(cells, second.hours[key])


def test_entries_say_where_they_come_from(server: Replay, client: Client, cache_of: CacheOf) -> None:
    cache = cache_of()
    gather(sources_named(["energy-charts"]), prices("FR"), cache, client)
    with xr.open_dataset(files(cache)[0], engine="h5netcdf") as opened:
        attrs = dict(opened.attrs)
    assert attrs["licence"] == LICENCE
    assert attrs["address"].startswith(f"{server.root}/ec/price?bzn=FR&start=2024-01-01")
    assert abs((datetime.fromisoformat(attrs["downloaded"]) - datetime.now(UTC)).total_seconds()) < 3600
    assert "xarray" in attrs["versions"]


@pytest.mark.parametrize("cut", [0, 100, -1])
def test_a_damaged_entry_is_fetched_again(
    server: Replay, client: Client, cache_of: CacheOf, cut: int
) -> None:
    """Cut short, or one byte changed: the file no longer fits the hash in its name."""
    sources, cache = sources_named(["energy-charts"]), cache_of()
    gather(sources, prices("FR", "BE"), cache, client)
    broken, kept = files(cache)
    content = broken.read_bytes()
    broken.write_bytes(content[:cut] if cut >= 0 else content[:-40] + b"x" + content[-39:])
    again = cache_of()
    found = gather(sources, prices("FR", "BE"), again, client)
    assert found.fetched["energy-charts", "price"] == 1
    assert len(again.damaged) == 1
    assert kept in files(again)
    assert all(np.isfinite(cells).all() for cells in found.hours.values())


def test_failure_loses_nothing_and_the_next_run_fetches_the_rest(
    server: Replay, client: Client, cache_of: CacheOf, tmp_path: Path
) -> None:
    """Three sites' zones; BE breaks. No grid appears, the others stay, and the second run asks BE alone."""
    sites = [get("sites", name) for name in ("FR-BRU", "PT-SIN", "SE-BOR")]
    out, weather_out = tmp_path / "grid.nc", tmp_path / "weather.nc"

    def broken(true: object) -> object:
        return fault(500) if server.calls[-1][1].get("bzn") == "PT" else true

    server.always["price"] = broken  # type: ignore[assignment]
    with pytest.raises(SystemFailure) as caught:
        fetch_command(sites, ["energy-charts"], 2024, out, weather_out, cache_of(), client=client)
    text = str(caught.value)
    assert "energy-charts: price of PT, 2024-01-01T00 to 2025-01-01T00 UTC: HTTP 500 (6 tries)" in text
    assert not out.exists()
    assert list(tmp_path.glob(".*.part")) == []
    server.always.clear()
    server.calls.clear()
    written, _ = fetch_command(sites, ["energy-charts"], 2024, out, weather_out, cache_of(), client=client)
    assert written == [out]
    assert [query["bzn"] for path, query in server.calls if "price" in path] == ["PT"]
    assert len(server.calls) == 1


def test_a_killed_download_is_taken_up(server: Replay, tmp_path: Path) -> None:
    """A process that dies on its third call leaves two entries; the next run fetches the other two."""
    server.always["price"] = lambda true: fault(418) if len(server.calls) == 3 else true
    program = textwrap.dedent("""
        import os, sys
        from pathlib import Path
        from twin.grids.sources.live.cache import Cache
        from twin.grids.sources.live.client import Client
        from twin.grids.sources.live.fetching import sources_named
        from twin.grids.sources.live.gather import gather
        from twin.grids.sources.live.protocol import Request
        die = lambda line: os.kill(os.getpid(), 9)
        zones = ("FR", "BE", "PT", "AT")
        request = Request(2024, zones, (), frozenset(("price", zone) for zone in zones))
        found = gather(sources_named(["energy-charts"]), request, Cache(Path(sys.argv[1])),
                       Client(lambda s: None), say=die)
        print(found.fetched["energy-charts", "price"], found.cached["energy-charts", "price"])
    """)
    command = [sys.executable, "-c", program, str(tmp_path / "cache")]
    first = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert first.returncode == -9
    assert len(list((tmp_path / "cache").rglob("*.nc"))) == 2
    server.always.clear()
    server.calls.clear()
    second = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert second.stdout.split() == ["2", "2"]
    assert len(server.calls) == 2


def test_half_written_files_never_count(server: Replay, client: Client, cache_of: CacheOf) -> None:
    sources, cache = sources_named(["energy-charts"]), cache_of()
    (chunk,) = sources[0].chunks(prices("FR"))
    home = cache.folder / "energy-charts"
    home.mkdir(parents=True)
    (home / f".{chunk.digest}-999999.part").write_bytes(b"CDF half")
    assert cache.load(chunk) is None
    gather(sources, prices("FR"), cache, client)
    assert cache.load(chunk) is not None


def test_the_newest_of_two_kept_answers_counts(server: Replay, client: Client, tmp_path: Path) -> None:
    """Proves: a download killed after its new file appeared, before the old one went, changes no result."""
    sources = sources_named(["energy-charts"])
    (chunk,) = sources[0].chunks(prices("FR"))
    home = tmp_path / "cache" / "energy-charts"
    kept = {}
    for stamp in ("2024-06-01T00:00:00Z", "2025-06-01T00:00:00Z", "2024-07-01T00:00:00Z"):
        cache = Cache(tmp_path / "cache", lambda stamp=stamp: datetime.fromisoformat(stamp))
        gather(sources, prices("FR"), cache, client)
        kept |= {path: path.read_bytes() for path in home.iterdir()}
        for path in home.iterdir():
            path.unlink()
    for path, content in kept.items():
        path.write_bytes(content)
    found = Cache(tmp_path / "cache").load(chunk)
    assert len(kept) == 3
    assert found is not None
    assert found[0].attrs["downloaded"] == "2025-06-01T00:00:00Z"
    assert found[1]


def test_hours_fetched_before_their_day_are_fetched_again(
    server: Replay, client: Client, tmp_path: Path
) -> None:
    """Proves: what was downloaded in mid-year does not stand for the year; if asking fails it is used."""

    def at(text: str) -> Cache:
        return Cache(tmp_path / "cache", lambda: datetime.fromisoformat(text))

    sources = sources_named(["energy-charts"])
    gather(sources, prices("FR"), at("2024-06-01T00:00+00:00"), client)
    server.always["price"] = fault(503)
    kept = gather(sources, prices("FR"), at("2025-02-01T00:00+00:00"), client)
    assert ("price_eur_per_mwh", "FR") in kept.hours
    assert kept.failed == []
    server.always.clear()
    late = gather(sources, prices("FR"), at("2025-02-01T00:00+00:00"), client)
    assert late.fetched["energy-charts", "price"] == 1
    assert len(list((tmp_path / "cache").rglob("*.nc"))) == 1
    done = gather(sources, prices("FR"), at("2025-03-01T00:00+00:00"), client)
    assert done.cached["energy-charts", "price"] == 1


def test_another_address_is_another_entry(
    server: Replay, client: Client, cache_of: CacheOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hours of a test server never stand in for published ones."""
    gather(sources_named(["energy-charts"]), prices("FR"), cache_of(), client)
    monkeypatch.setenv("TWIN_ENERGY_CHARTS_URL", f"{server.root}/ec/v2")
    found = gather(sources_named(["energy-charts"]), prices("FR"), cache_of(), client)
    assert found.fetched["energy-charts", "price"] == 1


def test_no_file_holds_the_key(server: Replay, client: Client, cache_of: CacheOf) -> None:
    cache = cache_of()
    found = gather(sources_named(["entsoe"]), prices("FR"), cache, client)
    assert found.fetched["entsoe", "price"] == 4
    assert all(query["securityToken"] == KEY for _, query in server.calls)
    for path in files(cache):
        assert KEY.encode() not in path.read_bytes()
        with xr.open_dataset(path, engine="h5netcdf") as opened:  # compressed text would hide it above
            assert KEY not in str(opened.load().to_dict(data=False))


def test_where_the_cache_lies(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TWIN_CACHE", str(tmp_path / "own"))
    assert default_folder() == tmp_path / "own"
    monkeypatch.delenv("TWIN_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert default_folder() == tmp_path / "twin" / "live"
