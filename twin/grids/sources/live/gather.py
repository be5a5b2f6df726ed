"""Fetch the chunks of a request, source after source, and lay them on the hours of the year."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import xarray as xr

from twin.errors import BadInput
from twin.grids.marginals import Array
from twin.grids.sources.live.cache import Cache
from twin.grids.sources.live.client import Client, NoData, SourceFault
from twin.grids.sources.live.fuels import carbon_of
from twin.grids.sources.live.hourly import on_year, once
from twin.grids.sources.live.protocol import ANSWERS, Chunk, Kind, Request, Source
from twin.schema import variables

Advance = Callable[[int, int, str], None]
GIVE_UP = 3
"""A source whose calls fail this often in a row is not asked further in this run."""
_GIVES: dict[str, tuple[str, ...]] = {
    "price": ("price_eur_per_mwh",),
    "carbon": ("carbon_g_per_kwh",),
    "mix": ("carbon_g_per_kwh", "cfe_share"),
    "weather": ANSWERS["weather"],
}
"""Hourly variables that each kind is asked for."""


@dataclass
class Harvest:
    """What the sources gave, hour by hour, and what they did not."""

    hours: dict[tuple[str, str], Array] = field(default_factory=dict)
    """By variable and zone or site, [8760]; NaN where no source had a value."""
    given: Counter[tuple[str, Kind, str]] = field(default_factory=Counter)
    """Hours given by source, kind and place, before others fill in."""
    fetched: Counter[tuple[str, Kind]] = field(default_factory=Counter)
    cached: Counter[tuple[str, Kind]] = field(default_factory=Counter)
    """Chunks by source and kind: downloaded now, and found in the cache."""
    origins: dict[str, list[xr.Dataset]] = field(default_factory=dict)
    """Every chunk used by source, for licences and times of download."""
    nothing: list[Chunk] = field(default_factory=list)
    """Chunks for which a source has nothing."""
    failed: list[tuple[Chunk, str]] = field(default_factory=list)
    """Chunks that could not be fetched, and why."""

    def complete(self, variable: str, place: str) -> bool:
        """Whether every hour of the year has a value."""
        cells = self.hours.get((variable, place))
        return cells is not None and bool(np.isfinite(cells).all())


def gather(
    sources: Sequence[Source],
    request: Request,
    cache: Cache,
    client: Client,
    advance: Advance = lambda done, total, note: None,
    say: Callable[[str], None] = lambda line: None,
) -> Harvest:
    """Ask ``sources`` in order; a later one is asked only for what earlier ones left open.

    The first value of an hour stands. Every chunk goes to the cache as soon as it is there, so that a run
    that ends early is taken up where it ended. Raises BadInput when a source cannot be asked at all.
    """
    faults = [fault for source in sources for fault in source.faults(request)]
    if faults:
        raise BadInput(faults)
    harvest = Harvest()
    for source in sources:
        open_request = replace(request, wanted=_still_wanted(request, harvest))
        pieces = _collect(source, source.chunks(open_request), cache, client, harvest, advance, say)
        for (kind, place), parts in pieces.items():
            _merge(source, kind, place, parts, request.year, harvest)
    return harvest


def _still_wanted(request: Request, harvest: Harvest) -> frozenset[tuple[str, str]]:
    return frozenset(
        (kind, place)
        for kind, place in request.wanted
        if not all(harvest.complete(variable, place) for variable in _GIVES[kind])
    )


def _collect(
    source: Source, chunks: Sequence[Chunk], cache: Cache, client: Client, harvest: Harvest,
    advance: Advance, say: Callable[[str], None],
) -> dict[tuple[Kind, str], list[xr.Dataset]]:  # fmt: skip
    found: dict[tuple[Kind, str], list[xr.Dataset]] = {}
    in_a_row = 0
    for done, chunk in enumerate(chunks):
        advance(done, len(chunks), f"{chunk.source}: {chunk.kind} of {chunk.place}")
        stored = cache.load(chunk, source.settle_days)
        data = stored[0] if stored else None  # an unfinished older copy is better than none
        if stored and stored[1]:
            harvest.cached[source.name, chunk.kind] += 1
        elif in_a_row < GIVE_UP:
            try:
                data = cache.store(chunk, source, sound(chunk, source.fetch(chunk, client)))
                harvest.fetched[source.name, chunk.kind] += 1
                in_a_row = 0
            except NoData:
                harvest.nothing.append(chunk)
                in_a_row = 0
            except SourceFault as fault:
                in_a_row += 1
                say(f"{chunk}: {fault}")
                if data is None:
                    harvest.failed.append((chunk, str(fault)))
        elif data is None:
            harvest.failed.append((chunk, "not asked: the calls before it failed"))
        if data is not None:
            found.setdefault((chunk.kind, chunk.place), []).append(data)
    advance(len(chunks), len(chunks), source.name)
    return found


def sound(chunk: Chunk, data: xr.Dataset) -> xr.Dataset:
    """Return the rows of an answer that lie in its chunk. Raises SourceFault for nonsense, NoData for none.

    Nonsense: a variable missing, values outside the bounds of ``schema.toml``, one instant twice with
    different values.
    """
    listed = variables("live")
    for name in ANSWERS[chunk.kind]:
        if name not in data:
            raise SourceFault(f"no {name} in the answer")
    for name in map(str, data.data_vars):
        var = listed[name]
        cells = np.asarray(data[name].values, dtype=float)
        low = -np.inf if var.lower is None else var.lower
        high = np.inf if var.upper is None else var.upper
        wild = cells[np.isinf(cells) | (cells < low) | (cells > high)]
        if len(wild):
            raise SourceFault(
                f"{name} of {wild[0]:g}: expected {low:g} to {high:g} {var.units} ({len(wild)} such)"
            )
        try:
            once(data[name])
        except ValueError as error:
            raise SourceFault(f"{error}: local time, or two series in one") from None
    inside = (data["time"].values >= chunk.start) & (data["time"].values < chunk.end)
    data = data.isel(time=inside)
    if not any(np.isfinite(data[name].values).any() for name in ANSWERS[chunk.kind]):
        raise NoData
    return data


def _merge(
    source: Source, kind: Kind, place: str, parts: list[xr.Dataset], year: int, harvest: Harvest
) -> None:
    harvest.origins.setdefault(source.name, []).extend(parts)
    columns = _columns(kind, parts, year)
    needed = [cells for name, cells in columns.items() if name in _GIVES[kind]]
    harvest.given[source.name, kind, place] = int(np.isfinite(np.stack(needed)).all(axis=0).sum())
    for name, cells in columns.items():
        have = harvest.hours.get((name, place))
        harvest.hours[name, place] = cells if have is None else np.where(np.isfinite(have), have, cells)


def _columns(kind: Kind, parts: Iterable[xr.Dataset], year: int) -> dict[str, Array]:
    whole = xr.concat(
        [part.drop_attrs() for part in parts], dim="time", join="outer", data_vars="all", coords="minimal"
    )
    if kind != "mix":
        return {str(name): on_year(whole[name], year) for name in whole.data_vars}
    hours = on_year(whole["generation_mw"].transpose("type", "time"), year)
    carbon, clean = carbon_of(
        xr.DataArray(hours, dims=("type", "time"), coords={"type": whole["type"].values})
    )
    return {"carbon_g_per_kwh": carbon, "cfe_share": clean}
