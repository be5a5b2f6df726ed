"""The menu: supply options of every site and design, from all hours of the year, cached and in parallel."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import numpy as np
import xarray as xr

from twin import schema
from twin.config.case import Case
from twin.config.site import Site
from twin.config.technology import Technology
from twin.planning import menu_cache
from twin.planning.menu_jobs import jobs_of
from twin.planning.options import Row, SiteDesign, option_rows

Progress = Callable[[int, int, str], None]
Key = tuple[str, str]
THREADS = "OPENBLAS_NUM_THREADS"


def compute_menu(
    sites: Sequence[Site],
    facility: xr.Dataset,
    grids: xr.Dataset,
    technology: Technology,
    case: Case,
    cache_dir: Path | None = None,
    progress: Progress | None = None,
    workers: int | None = None,
) -> xr.Dataset:
    """Return the Dataset of kind ``menu``: dims site, design (of ``facility``), option (of the case).

    ``workers`` replaces ``case.solver.workers``; 0 or 1 computes in this process. ``cache_dir`` None keeps
    nothing. Raises BadInput for grids that miss a zone or mix calendar years.
    """
    jobs = jobs_of(sites, facility, grids, technology, case)
    names = [site.name for site in sites]
    designs = [str(d) for d in facility["design"].values]
    rows: dict[Key, dict[str, Row]] = {
        (str(s), str(d)): _unfit(facility, s, d, case.energy.options)
        for s in names
        for d in designs
        if (s, d) not in {(job.site, job.design) for job in jobs}
    }
    keys = {(job.site, job.design): menu_cache.digest(job) for job in jobs}
    todo = []
    for job in jobs:
        found = menu_cache.load(cache_dir, keys[job.site, job.design]) if cache_dir else None
        if found is None:
            todo.append(job)
        else:
            rows[job.site, job.design] = found
    say, total = progress or (lambda _done, _total, _text: None), len(jobs)
    say(total - len(todo), total, f"{total - len(todo)} of {total} from cache")
    count = case.solver.workers if workers is None else workers
    for done, (job, found) in enumerate(_computed(todo, count), start=total - len(todo) + 1):
        rows[job.site, job.design] = found
        if cache_dir:
            menu_cache.store(cache_dir, keys[job.site, job.design], found)
        say(done, total, f"{job.site} {job.design}")
    return _dataset(names, designs, case.energy.options, rows, grids)


def _unfit(facility: xr.Dataset, site: str, design: str, options: Sequence[str]) -> dict[str, Row]:
    """Options of a hall that does not work at the site, or that another hall beats: none, and why."""
    hall = facility.sel(site=site, design=design)
    works = float(hall["feasible"]) >= 0.5
    limit = f"the hall does not work here: {hall['binding_limit'].item()}"
    reason = "another design is cheaper here and needs less power" if works else limit
    return {option: Row({}, reason) for option in options}


def _computed(jobs: list[SiteDesign], workers: int) -> Iterator[tuple[SiteDesign, dict[str, Row]]]:
    """Yield jobs with their options as they finish; a broken pool is finished in this process."""
    left = {(job.site, job.design): job for job in jobs}
    if workers > 1 and len(jobs) > 1:
        try:
            for job, rows in _pooled(jobs, workers):
                yield left.pop((job.site, job.design)), rows
        except BrokenProcessPool:  # no main file to import, or a worker was killed: slower, not wrong
            pass
    for job in left.values():
        yield job, option_rows(job)


def _pooled(jobs: list[SiteDesign], workers: int) -> Iterator[tuple[SiteDesign, dict[str, Row]]]:
    context = multiprocessing.get_context("spawn")  # fork would copy solver threads and locks
    pool = ProcessPoolExecutor(min(workers, len(jobs)), mp_context=context)
    before = os.environ.get(THREADS)
    os.environ[THREADS] = "1"  # children read it when they load numpy; more threads only wait for each other
    try:
        waiting = {pool.submit(option_rows, job): job for job in jobs}
        while waiting:
            finished, _ = wait(waiting, return_when=FIRST_COMPLETED)
            for future in finished:
                yield waiting.pop(future), future.result()
    finally:
        if before is None:
            os.environ.pop(THREADS, None)
        else:
            os.environ[THREADS] = before
        pool.shutdown(wait=True, cancel_futures=True)


def _dataset(
    sites: list[str],
    designs: list[str],
    options: Sequence[str],
    rows: dict[Key, dict[str, Row]],
    grids: xr.Dataset,
) -> xr.Dataset:
    """Lay the rows out over site x design x option and check them against the schema."""
    shape, dims = (len(sites), len(designs), len(options)), ("site", "design", "option")
    numbers = [n for n, v in schema.variables("menu").items() if v.units != "text" and n != "valid"]
    arrays = {name: np.zeros(shape) for name in (*numbers, "valid")}
    reason = np.full(shape, "", dtype=object)
    for (s, site), (d, design) in ((a, b) for a in enumerate(sites) for b in enumerate(designs)):
        for o, option in enumerate(options):
            row = rows[site, design][option]
            reason[s, d, o] = row.reason
            arrays["valid"][s, d, o] = 0.0 if row.reason else 1.0
            for name in numbers:
                arrays[name][s, d, o] = row.figures.get(name, 0.0)
    data = {name: (dims, array) for name, array in arrays.items()}
    dataset = xr.Dataset(
        data | {"reason": (dims, reason.astype(str))},
        coords={"site": sites, "design": designs, "option": list(options)},
        attrs={"label": grids.attrs.get("label", "")},
    )
    return schema.checked("menu", dataset, "menu")
