"""A server that replays the live sources, and a client that need not wait."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from live_server import KEY, Clock, Replay, serve

from twin.grids.sources.live.cache import Cache
from twin.grids.sources.live.client import Client


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Replay]:
    with serve() as replay:
        for variable, path in (
            ("TWIN_ENERGY_CHARTS_URL", "/ec"),
            ("TWIN_SMARD_URL", "/smard"),
            ("TWIN_PVGIS_URL", "/pvgis"),
            ("TWIN_OPEN_METEO_ARCHIVE_URL", "/archive"),
            ("TWIN_OPEN_METEO_CLIMATE_URL", "/climate"),
            ("TWIN_ENTSOE_URL", "/entsoe"),
        ):
            monkeypatch.setenv(variable, replay.root + path)
        monkeypatch.setenv("ENTSOE_API_KEY", KEY)
        monkeypatch.delenv("TWIN_FETCH_PAUSE_S", raising=False)
        yield replay


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def client(clock: Clock) -> Client:
    return Client(clock.sleep, clock.read, lambda: 1.0)


@pytest.fixture
def cache_of(tmp_path: Path) -> Callable[[], Cache]:
    """A new look at one and the same folder, as a second run has it."""
    return lambda: Cache(tmp_path / "cache")
