"""What a live source is: what it offers, how a request splits into chunks, how one chunk is fetched."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
import xarray as xr

from twin.errors import Fault
from twin.grids.sources.live.client import Client, public

Kind = Literal["price", "mix", "carbon", "weather"]
"""What a chunk holds; ``ANSWERS`` names the variables of each."""

YearIs = Literal["observed", "typical", "projected"]

ANSWERS: dict[str, tuple[str, ...]] = {
    "price": ("price_eur_per_mwh",),
    "mix": ("generation_mw",),
    "carbon": ("carbon_g_per_kwh",),
    "weather": ("dry_bulb_degc", "relative_humidity", "pressure_pa"),
}
"""Variables that a fetched Dataset must have, by kind, on (time,); ``generation_mw`` is on (type, time)."""

FORMAT = 1
"""Raised when a parser changes what it stores, so that older cache entries are fetched again."""


@dataclass(frozen=True)
class Place:
    """A site to fetch weather for."""

    name: str
    lat: float
    lon: float
    elevation_m: float


@dataclass(frozen=True)
class Request:
    """One calendar year (UTC) of zones and sites; ``wanted`` lists what is still missing."""

    year: int
    zones: tuple[str, ...]
    sites: tuple[Place, ...]
    wanted: frozenset[tuple[str, str]]
    """Pairs of kind and zone or site name."""

    def wants(self, kind: Kind, names: Sequence[str]) -> list[str]:
        """Return those of ``names`` whose ``kind`` is still missing, in order."""
        return [name for name in names if (kind, name) in self.wanted]


@dataclass(frozen=True)
class Chunk:
    """The smallest thing fetched, cached and resumed: one place over one span of UTC hours."""

    source: str
    kind: Kind
    place: str
    start: np.datetime64
    end: np.datetime64
    """First instant that is no longer part of it."""
    url: str
    """Address without query and without any key."""
    params: tuple[tuple[str, str], ...] = ()
    """Query without any key."""

    @property
    def digest(self) -> str:
        """Return the address of the chunk in the cache: a hash over everything that was asked."""
        asked = [FORMAT, self.source, self.kind, self.place, str(self.start), str(self.end), public(self.url)]
        text = json.dumps([*asked, sorted(self.params)])
        return hashlib.sha256(text.encode()).hexdigest()[:32]

    def __str__(self) -> str:
        """Name source, kind, place and hours, as messages show them."""
        hours = f"{self.start.astype('datetime64[h]')} to {self.end.astype('datetime64[h]')} UTC"
        return f"{self.source}: {self.kind} of {self.place}, {hours}"


class Source(Protocol):
    """A live source. Stateless but for its base address; the client paces and retries the calls."""

    name: str
    """The word after ``--from``."""
    title: str
    """Publisher and product, for the credit line."""
    licence: str
    """Licence unless an answer states its own."""
    kinds: tuple[Kind, ...]
    """What it offers."""
    places: frozenset[str]
    """Zones it may know, by their ENTSO-E names; empty for sources of weather, which take any site."""
    settle_days: int
    """Days after the end of a chunk until its hours no longer change."""
    year_is: YearIs
    """Whether its year happened, is made of months of several years, or comes from a climate model."""

    def faults(self, request: Request) -> list[Fault]:
        """Return what keeps the source from being asked at all, such as a missing key."""
        ...

    def chunks(self, request: Request) -> list[Chunk]:
        """Split what the source offers of the request into chunks; needs no network."""
        ...

    def fetch(self, chunk: Chunk, client: Client) -> xr.Dataset:
        """Return the hours or quarter-hours of a chunk as published, UTC, tz-naive, nulls as NaN.

        Variables as in ``ANSWERS``; ``attrs["licence"]`` may state the licence of this answer. Raises
        ``NoData`` when the source has nothing there, ``SourceFault`` when it failed or answered nonsense.
        """
        ...


def series(times: np.ndarray, columns: Mapping[str, np.ndarray], licence: str = "") -> xr.Dataset:
    """Return columns [time] as a Dataset, rows in order of time. Raises ValueError for unequal lengths."""
    order = np.argsort(times, kind="stable")
    for name, cells in columns.items():
        if len(cells) != len(times):
            raise ValueError(f"{len(times)} times but {len(cells)} values of {name}")
    data = {name: ("time", np.asarray(cells, dtype=float)[order]) for name, cells in columns.items()}
    return xr.Dataset(data, {"time": times[order].astype("datetime64[ns]")}, {"licence": licence})


def spans(year: int, months: int) -> list[tuple[np.datetime64, np.datetime64]]:
    """Return the spans of ``months`` months of a year as pairs of first instant and first one after."""
    first = np.datetime64(f"{year}-01", "M")
    starts = [first + np.timedelta64(m, "M") for m in range(0, 12, months)]
    step = np.timedelta64(months, "M")
    return [(start.astype("datetime64[m]"), (start + step).astype("datetime64[m]")) for start in starts]
