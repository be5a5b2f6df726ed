"""The numbers of every linear programme behind a run: each is built again from what the run keeps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import highspy
import numpy as np

from twin.control_room.replay import planner_jobs, site_years
from twin.inputs import load_case, load_inputs
from twin.numerics import Numbers, numbers_of
from twin.operation.dispatch import formulated
from twin.operation.dispatch_rolling import HORIZON
from twin.operation.highs import model
from twin.operation.site_year import SiteYear
from twin.operation.terms import Demand, Prices
from twin.planning.bounds import outer_matrix
from twin.planning.elastic import Elastic
from twin.planning.highs import compile_model, program
from twin.planning.master_data import master_data
from twin.planning.options import cfe_target, planning_prices, supply_problem
from twin.planning.site_design import SiteDesign
from twin.planning.siting import build_model
from twin.planning.supply import programme
from twin.results import Run
from twin.risk.holding import Holder

SITES = 2
"""Sites, the largest first, whose yearly programmes are shown: those of the others differ in hours alone."""


def numbers_of_run(run: Run, condition: bool = False) -> list[Numbers]:
    """Return the numbers of the programmes of a finished run, masters first, then its largest sites.

    With ``condition`` each is solved once, whole numbers left aside. Raises BadInput when files that the
    case names are gone.
    """
    return [numbers_of(name, each, condition) for name, each in programmes(run)]


def programmes(run: Run) -> Iterator[tuple[str, highspy.HighsLp]]:
    """Yield the name and the programme of the masters, supplies and dispatches of a run."""
    problem = run.problem
    yield "siting master", program(compile_model(build_model(master_data(problem))))
    yield "its bound", program(outer_matrix(problem, build_model))
    yield "diagnosis", program(Elastic(problem, build_model).matrix(problem))
    if str(problem.attrs.get("basis")) == "it":
        yield "plan that holds", program(Holder(run, draws=1).robust.matrix)  # odds are not asked for
    yield from _site_programmes(run)


def _site_programmes(run: Run) -> Iterator[tuple[str, highspy.HighsLp]]:
    inputs = load_inputs(load_case(str(run.case_file)))
    years, _ = site_years(run, inputs)
    jobs = planner_jobs(run, inputs)
    for year in sorted(years, key=lambda each: -each.mw)[:SITES]:
        yield f"supply {year.site}", _supply(jobs[year.site])
        demand = _demand(year)
        whole, _ = formulated(year.terms, demand, Prices(), None)
        yield f"dispatch {year.site}, 1 y", model(whole)
        first = slice(0, HORIZON)
        stretch, _ = formulated(year.terms.hours(first), demand.hours(first), Prices(), 0.0)
        yield f"dispatch {year.site}, {HORIZON} h", model(stretch)


def _supply(job: SiteDesign) -> highspy.HighsLp:
    """Return the supply of a site as its strictest option has it, or the cheapest where none has a target."""
    targets = [target for option in job.options if (target := cfe_target(option)) is not None]
    problem = supply_problem(job, planning_prices(job), contracts=True)
    return programme(replace(problem, cfe_hourly=max(targets, default=None)))


def _demand(year: SiteYear) -> Demand:
    """Return the load of a site as the planner took it."""
    hours = year.planned
    firm = year.mw * (hours.it_pu - hours.moving_pu)
    room = np.maximum(year.mw * hours.kept_pu - firm, 0.0)
    return Demand(firm * hours.pue, year.mw * hours.moving_pu, room, hours.pue, hours.window_h)
