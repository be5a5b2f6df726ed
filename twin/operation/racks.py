"""A year of every rack of a fleet: who works on it, what it draws, what fails; memory stays flat.

Hours are computed in blocks, all racks at once, in single precision; sums are kept in double. Only hourly
figures of sites and the fleet, yearly figures of racks, and the hours of racks that were asked for remain.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from twin.errors import BadInput, Fault
from twin.operation.failures import Repairs
from twin.operation.rack_jobs import Pool, Share
from twin.operation.rack_power import RackCurve, power_kw
from twin.schema import checked

Floats32 = NDArray[np.float32]
Doubles = NDArray[np.float64]
BLOCK_H = 120
"""Hours computed at once: a block of 25,000 racks is 12 MB an array."""
QUANTILES = (0.05, 0.5, 0.95)
CAUSES = ("repair", "recovery", "heat")
"""Why GPU-hours are lost: servers away for repair, runs that start again, power shed in hot hours."""


@dataclass(frozen=True)
class SiteRacks:
    """The racks of one site. ``pools`` tile them in order; ``throttle`` (hours,) is power shed in heat."""

    name: str
    racks: int
    nodes: int
    gpus: int
    it_kw: float
    curve: RackCurve
    throttle: Floats32
    pools: Sequence[Pool]


@dataclass
class _Totals:
    """What remains of a block. ``site_mw`` (site, hours), ``quantiles`` (3 + max, hours)."""

    site_mw: Doubles
    busy: Doubles
    down: Doubles
    lost: Doubles
    quantiles: Doubles
    energy_mwh: Doubles
    busy_h: Doubles
    down_h: Doubles
    asked: dict[str, dict[str, Floats32]] = field(default_factory=dict)


@dataclass(frozen=True)
class _Year:
    """What every block needs: repairs, spread (racks,), places of racks that were asked for, and the sums."""

    repairs: Repairs
    spread: Floats32
    wanted: Mapping[str, int]
    totals: _Totals


def simulate(
    sites: Sequence[SiteRacks],
    repairs: Repairs,
    spread: Floats32,
    time: NDArray[np.datetime64],
    asked: Mapping[str, tuple[str, int]] | None = None,
    say: Callable[[int, int, str], None] | None = None,
) -> xr.Dataset:
    """Return the Dataset of kind ``racks``: site × time, rack, cause × site.

    ``spread`` (racks,) multiplies the GPUs' power of each rack, sites one after the other. ``asked`` maps a
    label to (site, number from 0): those racks' hours come back too, dims (asked, time). Raises BadInput for
    racks that are not there.
    """
    hours, count = time.size, sum(site.racks for site in sites)
    wanted = _wanted(sites, asked or {})
    year = _Year(repairs, spread, wanted, _empty(len(sites), hours, count, wanted))
    buffer = np.empty((BLOCK_H, count), dtype=np.float32)
    for start in range(0, hours, BLOCK_H):
        block = slice(start, min(start + BLOCK_H, hours))
        _block(sites, year, block, buffer[: block.stop - block.start])
        if say is not None:
            say(block.stop, hours, f"{count:,} racks")
    return _dataset(sites, spread, time, year.totals)


def _empty(sites: int, hours: int, racks: int, wanted: Mapping[str, int]) -> _Totals:
    series = {key: np.zeros(hours, dtype=np.float32) for key in ("power_kw", "busy", "down")}
    return _Totals(
        site_mw=np.zeros((sites, hours)),
        busy=np.zeros((sites, hours)),
        down=np.zeros((sites, hours)),
        lost=np.zeros((len(CAUSES), sites)),
        quantiles=np.zeros((len(QUANTILES) + 1, hours)),
        energy_mwh=np.zeros(racks),
        busy_h=np.zeros(racks),
        down_h=np.zeros(racks),
        asked={label: {key: array.copy() for key, array in series.items()} for label in wanted},
    )


def _block(sites: Sequence[SiteRacks], year: _Year, hours: slice, drawn: Floats32) -> None:
    """Compute all racks over a block of hours into ``drawn`` (hours, racks), and add what is kept."""
    begin = 0
    for number, site in enumerate(sites):
        for pool in site.pools:
            racks = slice(begin, begin + pool.racks)
            power = _pool(site, number, pool.share(hours), year, hours, racks)
            np.divide(power, np.float32(site.it_kw), out=drawn[:, racks])
            begin = racks.stop
    ranks = [round(q * (drawn.shape[1] - 1)) for q in QUANTILES]
    # One extra rank keeps the largest at the end of each row.
    drawn.partition([*ranks, drawn.shape[1] - 1], axis=1)
    year.totals.quantiles[:-1, hours] = drawn[:, ranks].T
    year.totals.quantiles[-1, hours] = drawn[:, -1]


def _pool(site: SiteRacks, number: int, share: Share, year: _Year, hours: slice, racks: slice) -> Floats32:
    """Return power of one pool of racks, kW, (hours, racks), and add what is kept of it."""
    totals, busy = year.totals, share.busy
    totals.lost[1, number] += site.gpus * float(share.recovering.sum())
    shed = site.throttle[hours, None]
    if shed.any():
        totals.lost[2, number] += site.gpus * float((busy * shed).sum())
        busy *= np.float32(1.0) - shed
    power = power_kw(site.curve, hours, busy, year.spread[racks])
    if share.held is not None:
        np.copyto(power, site.curve.idle[hours, None], where=~share.held)
    down = year.repairs.down(hours, racks)
    if down is not None:
        up = np.float32(1.0) - np.minimum(down / np.float32(site.nodes), np.float32(1.0))
        power *= up
        busy *= up
        gone = site.nodes * (1.0 - up)
        totals.down[number, hours] += gone.sum(axis=1)
        totals.down_h[racks] += gone.sum(axis=0)
        totals.lost[0, number] += site.gpus / site.nodes * float(gone.sum(dtype=np.float64))
    totals.site_mw[number, hours] += power.sum(axis=1) / 1000.0
    totals.busy[number, hours] += busy.sum(axis=1)
    totals.energy_mwh[racks] += power.sum(axis=0) / 1000.0
    totals.busy_h[racks] += busy.sum(axis=0)
    _follow(year, hours, racks, {"power_kw": power, "busy": busy, "down": down})
    return power


def _follow(year: _Year, hours: slice, racks: slice, found: Mapping[str, Floats32 | None]) -> None:
    """Keep the hours of racks that were asked for."""
    for label, rack in year.wanted.items():
        if racks.start <= rack < racks.stop:
            for key, values in found.items():
                kept = year.totals.asked[label][key]
                kept[hours] = 0.0 if values is None else values[:, rack - racks.start]


def _wanted(sites: Sequence[SiteRacks], asked: Mapping[str, tuple[str, int]]) -> dict[str, int]:
    """Return each label's place in the fleet."""
    first = dict(
        zip((s.name for s in sites), np.cumsum([0, *(s.racks for s in sites)])[:-1].tolist(), strict=True)
    )
    counts = {site.name: site.racks for site in sites}
    faults = [
        Fault("racks", "rack", label, f"SITE:NUMBER with a number below {counts[name]:,}")
        if name in counts
        else Fault("racks", "rack", label, f"a site of the plan: {', '.join(counts)}")
        for label, (name, index) in asked.items()
        if not 0 <= index < counts.get(name, 0)
    ]
    if faults:
        raise BadInput(faults)
    return {label: first[name] + index for label, (name, index) in asked.items()}


def _dataset(
    sites: Sequence[SiteRacks], spread: Floats32, time: NDArray[np.datetime64], totals: _Totals
) -> xr.Dataset:
    names = [site.name for site in sites]
    owner = np.repeat(names, [site.racks for site in sites])
    work = np.concatenate([np.repeat([p.name for p in s.pools], [p.racks for p in s.pools]) for s in sites])
    racks = np.array([site.racks for site in sites], dtype=float)
    at_site, of_rack = ("site", "time"), ("rack",)
    data: dict[str, tuple[tuple[str, ...], NDArray[np.generic]]] = {
        "it_power_mw": (at_site, totals.site_mw),
        "busy_share": (at_site, totals.busy / racks[:, None]),
        "nodes_down": (at_site, totals.down),
        "rack_power_pu": (("quantile", "time"), totals.quantiles),
        "racks": (("site",), racks),
        "rack_it_kw": (("site",), np.array([site.it_kw for site in sites])),
        "rack_gpus": (("site",), np.array([float(site.gpus) for site in sites])),
        "lost_gpu_hours": (("cause", "site"), totals.lost),
        "interruptions": (("site",), np.array([float(_interruptions(site)) for site in sites])),
        "rack_site": (of_rack, owner),
        "rack_workload": (of_rack, work),
        "rack_spread": (of_rack, spread.astype(np.float64)),
        "rack_mwh": (of_rack, totals.energy_mwh),
        "rack_busy_h": (of_rack, totals.busy_h),
        "rack_node_h_down": (of_rack, totals.down_h),
    }
    labels = ["p05", "p50", "p95", "max"]
    coords = {"site": names, "time": time, "quantile": labels, "cause": list(CAUSES)}
    found = checked("racks", xr.Dataset(data, coords), "racks")
    for key in ("power_kw", "busy", "down"):
        if totals.asked:
            series = np.stack([kept[key] for kept in totals.asked.values()])
            found[f"asked_{key}"] = (("asked", "time"), series)
    return found.assign_coords(asked=list(totals.asked)) if totals.asked else found


def _interruptions(site: SiteRacks) -> int:
    return sum(pool.interruptions for pool in site.pools)
