"""Every rack of a plan's halls for a year: from a run folder to ``twin racks``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr

from twin import library
from twin.config.case import Design
from twin.config.reliability import Reliability
from twin.config.workload import Workload
from twin.control_room.run_hours import RunHours, SiteHours, run_hours
from twin.errors import BadInput, Fault
from twin.hall import Hall, gpu_params, load_hall, node_params, rack_params
from twin.operation.failures import draw_repairs
from twin.operation.rack_jobs import Pool, make_pool, pool_sizes
from twin.operation.rack_power import RackParts, rack_curve
from twin.operation.racks import SiteRacks, simulate
from twin.rack_check import default_cooling
from twin.results import Run

RELIABILITY = "h100-llama3"
RACKS_FILE = "racks.nc"


@dataclass(frozen=True)
class RackQuestion:
    """What is asked of a fleet: another kind of rack, racks to follow by ``SITE:NUMBER``, failures, seed."""

    rack: str | None = None
    follow: Sequence[str] = ()
    reliability: str = RELIABILITY
    seed: int | None = None


def racks_of_run(
    run: Run, question: RackQuestion, say: Callable[[int, int, str], None] | None = None
) -> xr.Dataset:
    """Return the Dataset of kind ``racks`` of a run's own halls in its last quarter.

    Attributes tell the case, the racks' names, the seed, and the IT energy that the planner's load has.
    Raises BadInput.
    """
    hours = run_hours(run)
    if question.rack is not None:
        hours = with_rack(hours, question.rack)
    asked = {label: followed(label) for label in question.follow}
    seed = hours.case.seed if question.seed is None else question.seed
    reliability = library.get("reliability", question.reliability)
    workloads = [library.get("workloads", name) for name in hours.case.workloads]
    found = simulate_fleet(hours.sites, hours.load, workloads, reliability, seed, asked, say)
    mean = float(hours.sites[0].it_pu.mean())
    return found.assign_attrs(
        case=hours.case.name,
        racks_of=", ".join(sorted({each.hall.rack.name for each in hours.sites})),
        seed=seed,
        reliability=question.reliability,
        planned_it_mwh=mean * hours.load.sizes["time"] * sum(each.mw_it for each in hours.sites),
    )


def simulate_fleet(
    places: Sequence[SiteHours],
    load: xr.Dataset,
    workloads: Sequence[Workload],
    reliability: Reliability,
    seed: int,
    asked: Mapping[str, tuple[str, int]],
    say: Callable[[int, int, str], None] | None = None,
) -> xr.Dataset:
    """Return the year of every rack at ``places`` under the load of ``workloads``, equal for equal seeds."""
    total = sum(rack_count(each) for each in places)
    sites = [_site_racks(each, load, workloads, total, seed) for each in places]
    rng = np.random.default_rng([seed, 1])
    gpus = np.repeat([site.gpus for site in sites], [site.racks for site in sites])
    nodes = np.repeat([site.nodes for site in sites], [site.racks for site in sites])
    repairs = draw_repairs(reliability, gpus.size, gpus, load.sizes["time"], rng)
    # Servers differ independently, so a rack of n of them differs by 1/√n.
    spread = 1.0 + reliability.node_power_sd * rng.standard_normal(gpus.size) / np.sqrt(nodes)
    return simulate(sites, repairs, spread.astype(np.float32), load["time"].values, asked, say)


def with_rack(hours: RunHours, rack: str) -> RunHours:
    """Return the same megawatts in racks of another kind, cooled by the plant such racks usually get."""
    trains = {each.hall.power_train.name for each in hours.sites}
    halls = {
        train: load_hall(Design(rack=rack, cooling=default_cooling(rack), power_train=train))
        for train in trains
    }
    sites = tuple(replace(each, hall=halls[each.hall.power_train.name], design=rack) for each in hours.sites)
    return replace(hours, sites=sites)


def rack_count(site: SiteHours) -> int:
    """Return whole racks of a site's megawatts, at least one."""
    return max(1, int(1000.0 * site.mw_it / site.hall.rack.it_kw + 1e-6))


def rack_parts(hall: Hall) -> RackParts:
    """Return what the hall's rack is made of, for the power kernels."""
    return RackParts(
        rack_params(hall),
        node_params(hall.node),
        gpu_params(hall.gpu),
        hall.rack.nodes,
        1000.0 * hall.rack.extra_platform_kw,
    )


def followed(label: str) -> tuple[str, int]:
    """Return site and number (from 0) of ``SITE:NUMBER``. Raises BadInput."""
    site, _, number = label.partition(":")
    if not site or not number.isdecimal():
        raise BadInput(Fault("twin racks", "--rack", label, "SITE:NUMBER, such as FR-FOU:0"))
    return site, int(number)


def _site_racks(
    each: SiteHours, load: xr.Dataset, workloads: Sequence[Workload], total: int, seed: int
) -> SiteRacks:
    rack = each.hall.rack
    count = rack_count(each)
    shares = load["workload_share"].values.tolist()
    place = int.from_bytes(each.site.name.encode(), "big") % 2**31
    pools: list[Pool] = []
    for workload, share, size in zip(workloads, shares, pool_sizes(count, shares), strict=True):
        if size:
            curve = load["utilisation"].sel(workload=workload.name).values.astype(np.float32)
            block = total * float(share) / workload.parallel_jobs
            pools.append(make_pool(workload, size, block, rack.gpus, curve, (seed, place)))
    curve_of = rack_curve(rack_parts(each.hall), each.chip_inlet_degc)
    throttle = each.throttle_pu.astype(np.float32)
    return SiteRacks(each.site.name, count, rack.nodes, rack.gpus, rack.it_kw, curve_of, throttle, pools)
