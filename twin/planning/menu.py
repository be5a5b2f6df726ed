"""The menu: supply options of every site and design, from all hours of the year, cached and in parallel."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import xarray as xr

from twin import schema
from twin.config.case import Case
from twin.config.site import Site
from twin.config.technology import Technology
from twin.planning import menu_cache
from twin.planning.load_range import LOAD, load_range
from twin.planning.menu_jobs import jobs_of
from twin.planning.option_row import PRICED, Row, least_with_moves
from twin.planning.options import moved_row, option_rows, priced_row
from twin.planning.site_design import SiteDesign
from twin.planning.supply_problem import Array
from twin.planning.work_hours import Operation, operation
from twin.processes import finished

Progress = Callable[[int, int, str], None]
Key = tuple[str, str]
NOT_LISTED = "only the cheapest supply is priced: other halls are cheaper, or leaner, here"


@dataclass
class Menu:
    """Options found so far, by (site, design) and option, and the jobs that can price more of them.

    ``loads`` holds what bounds every supply of a pair (:mod:`twin.planning.load_range`).
    """

    sites: list[str]
    designs: list[str]
    options: list[str]
    label: str
    jobs: dict[Key, SiteDesign]
    loads: dict[Key, dict[str, float]]
    rows: dict[Key, dict[str, Row]]
    cache_dir: Path | None
    workers: int
    asked: dict[tuple[Key, str], dict[str, float]] = field(default_factory=dict)
    operations: dict[tuple[Key, str], Operation] = field(default_factory=dict)

    @property
    def moves(self) -> bool:
        """Whether any work may move between sites."""
        return any(job.in_pu is not None for job in self.jobs.values())

    def dataset(self, work_eur_per_mwh: Array | None = None) -> xr.Dataset:
        """Return the Dataset of kind ``menu``: dims site, design, option, figure.

        Supports hold at a price of moved work, (time,); None is a price of zero.
        """
        return _dataset(self, work_eur_per_mwh)

    def bounds_with_work(self, work_mw: Mapping[Key, tuple[str, Array]]) -> dict[Key, Row]:
        """Return, by (site, design), the bound of one of its options when work (time,) has come to it."""
        tasks = {
            key: Task(self.jobs[key], self.asked.get((key, of)), of, work)
            for key, (of, work) in work_mw.items()
        }
        found = _found(tasks, self.cache_dir, self.workers, lambda *_: None)
        return {key: rows["moved"] for key, rows in found}

    def keep(self, option: str, rows: Mapping[Key, Row]) -> None:
        """Put rows under the name of an option, over those that were there."""
        for key, row in rows.items():
            self.rows[key] = self.rows[key] | {option: row}
        if option not in self.options:
            self.options.append(option)

    def operation(self, key: Key, option: str) -> Operation:
        """Return the hours of an option, solved once and kept."""
        if (key, option) not in self.operations:
            prices = self.asked.get((key, option))
            self.operations[key, option] = operation(self.jobs[key], option, prices)
        return self.operations[key, option]

    def price(self, option: str, requests: Mapping[Key, Mapping[str, float]]) -> None:
        """Add ``option``: at each requested (site, design) the supply cheapest at the given prices."""
        tasks = {key: Task(self.jobs[key], dict(prices)) for key, prices in requests.items()}
        for key, rows in _found(tasks, self.cache_dir, self.workers, lambda *_: None):
            self.rows[key] = self.rows[key] | {option: rows["priced"]}
            self.asked[key, option] = dict(requests[key])
        self.options.append(option)


@dataclass(frozen=True)
class Task:
    """Work for one process: the named options of a job, or with ``prices`` the one supply they lead to.

    With ``work_mw`` (time,) only the bound of ``option`` when that work has come to the site.
    """

    job: SiteDesign
    prices: dict[str, float] | None = None
    option: str = ""
    work_mw: Array | None = None

    def run(self) -> dict[str, Row]:
        """Compute the rows."""
        if self.work_mw is not None:
            return {"moved": moved_row(self.job, self.option, self.prices, self.work_mw)}
        if self.prices is None:
            return option_rows(self.job)
        return {"priced": priced_row(self.job, self.prices)}


def open_menu(
    sites: Sequence[Site],
    facility: xr.Dataset,
    grids: xr.Dataset,
    technology: Technology,
    case: Case,
    cache_dir: Path | None = None,
    progress: Progress | None = None,
    workers: int | None = None,
) -> Menu:
    """Return the menu of the case's options at every site and design, priced on all hours.

    ``workers`` replaces ``case.solver.workers``; 0 or 1 computes in this process. ``cache_dir`` None keeps
    nothing. Raises BadInput for grids that miss a zone or mix calendar years.
    """
    jobs = {(job.site, job.design): job for job in jobs_of(sites, facility, grids, technology, case)}
    names = [site.name for site in sites]
    designs = [str(d) for d in facility["design"].values]
    rows: dict[Key, dict[str, Row]] = {
        (s, d): _unfit(facility, s, d, case.energy.options)
        for s in names
        for d in designs
        if (s, d) not in jobs
    }
    count = case.solver.workers if workers is None else workers
    tasks = {key: Task(job) for key, job in jobs.items()}
    for key, found in _found(tasks, cache_dir, count, progress or (lambda _done, _total, _text: None)):
        rows[key] = {option: found.get(option, Row({}, NOT_LISTED)) for option in case.energy.options}
        rows[key] |= found
    options = list(dict.fromkeys([*case.energy.options, *(o for found in rows.values() for o in found)]))
    label = str(grids.attrs.get("label", ""))
    loads = {key: load_range(job) for key, job in jobs.items()}
    return Menu(names, designs, options, label, jobs, loads, rows, cache_dir, count)


def _found(
    tasks: Mapping[Key, Task], cache_dir: Path | None, workers: int, say: Progress
) -> Iterator[tuple[Key, dict[str, Row]]]:
    """Yield the rows of every task, from the cache where it holds them.

    They come in the order of the tasks, whatever was kept and whoever finished first.
    """
    digests = {
        key: menu_cache.digest(task.job, task.prices, task.option, task.work_mw)
        for key, task in tasks.items()
    }
    todo, total, rows = {}, len(tasks), dict[Key, dict[str, Row]]()
    for key, task in tasks.items():
        found = menu_cache.load(cache_dir, digests[key]) if cache_dir else None
        if found is None:
            todo[key] = task
        else:
            rows[key] = found
    say(total - len(todo), total, f"{total - len(todo)} of {total} from cache")
    work = {key: task.run for key, task in todo.items()}
    for done, (key, found) in enumerate(finished(work, workers), start=total - len(todo) + 1):
        if cache_dir:
            menu_cache.store(cache_dir, digests[key], found)
        say(done, total, " ".join(key))
        rows[key] = found
    yield from ((key, rows[key]) for key in tasks)


def _most_work(menu: Menu, work_eur_per_mwh: Array | None) -> float:
    """Return the most that taking in work can earn at a price of it, EUR per MW of IT and year."""
    if work_eur_per_mwh is None:
        return 0.0
    paid = np.abs(work_eur_per_mwh)
    takes = (
        job.in_pu + job.out_pu
        for job in menu.jobs.values()
        if job.in_pu is not None and job.out_pu is not None
    )
    return max((float(each @ paid) for each in takes), default=0.0)


def _unfit(facility: xr.Dataset, site: str, design: str, options: Sequence[str]) -> dict[str, Row]:
    """Options of a hall that does not work at the site: none, and why."""
    hall = facility.sel(site=site, design=design)
    reason = f"the hall does not work here: {hall['binding_limit'].item()}"
    return {option: Row({}, reason) for option in options}


def _dataset(menu: Menu, work_eur_per_mwh: Array | None) -> xr.Dataset:
    """Lay the rows out over site x design x option and check them against the schema."""
    sites, designs, options = menu.sites, menu.designs, menu.options
    shape, dims = (len(sites), len(designs), len(options)), ("site", "design", "option")
    numbers = [
        n
        for n, v in schema.variables("menu").items()
        if v.units != "text" and v.dims == dims and n != "valid"
    ]
    arrays = {name: np.zeros(shape) for name in (*numbers, "valid")}
    prices = np.zeros((len(PRICED), *shape))
    load = {name: np.zeros(shape[:2]) for name in LOAD}
    reason = np.full(shape, "", dtype=object)
    for (s, site), (d, design) in ((a, b) for a in enumerate(sites) for b in enumerate(designs)):
        for name, value in menu.loads.get((site, design), {}).items():
            load[name][s, d] = value
        for o, option in enumerate(options):
            row = menu.rows[site, design].get(option, Row({}, "not asked for here"))
            reason[s, d, o] = row.reason
            arrays["valid"][s, d, o] = 0.0 if row.reason else 1.0
            for name in numbers:
                arrays[name][s, d, o] = row.figures.get(name, 0.0)
            if row.support is not None:
                arrays["supported"][s, d, o] = 1.0
                job = menu.jobs[site, design]
                arrays["support_eur_per_mw_year"][s, d, o] = least_with_moves(
                    job, row.support, work_eur_per_mwh
                )
                prices[:, s, d, o] = [row.support.prices.get(name, 0.0) for name in PRICED]
    data = {name: (dims, array) for name, array in arrays.items()}
    dataset = xr.Dataset(
        data
        | {"reason": (dims, reason.astype(str)), "support_price": (("figure", *dims), prices)}
        | {name: (dims[:2], array) for name, array in load.items()},
        coords={"site": sites, "design": designs, "option": options, "figure": list(PRICED)},
        attrs={"label": menu.label, "most_work_eur_per_mw_year": _most_work(menu, work_eur_per_mwh)},
    )
    return schema.checked("menu", dataset, "menu")
