"""Work that moves between the sites of a plan: the fleet of every quarter, and what it changes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

from twin.planning.menu import Menu
from twin.planning.siting import Choice
from twin.planning.summaries import MOVED, add_summaries
from twin.planning.supply_problem import Array
from twin.planning.work_hours import FIGURES
from twin.planning.work_market import Moved, Promise, Supplier, move
from twin.schema import checked
from twin.tolerances import USED_MW

YEARLY = (
    "energy_mwh_per_mw_year",
    "it_mwh_per_mw_year",
    "carbon_t_per_mw_year",
    "non_cfe_mwh_per_mw_year",
    "water_m3_per_mw_year",
    "res_share",
)
CARBON_STEPS_EUR_PER_T = (0.0, 30.0, 120.0, 500.0)
"""Prices on the carbon of moved work, tried in turn until the limits of the last quarter hold."""
SHRINK = (1.0, 0.5, 0.25, 0.0)
Triple = tuple[str, str, str]


@dataclass(frozen=True)
class FleetMoves:
    """Moves of U supplies in Q quarters over T hours, (U, Q, T), MW of work that comes.

    ``mw`` (U, Q) of IT in use. ``price_eur_per_mwh`` (T,) is what work is worth in the last quarter;
    ``changes`` (U, Q) by figure, a year; ``saved_eur`` their net present value, water included, positive =
    saved.
    """

    triples: list[Triple]
    suppliers: list[Supplier]
    mw: Array
    work_mw: Array
    price_eur_per_mwh: Array
    changes: dict[str, Array]
    saved_eur: float


def mix_of(choice: Choice) -> dict[tuple[str, str, str, str], float]:
    """Return MW of IT by (site, design, option, quarter) of a solved master."""
    pairs = zip(choice.matrix.columns, choice.found.values, strict=True)
    named = ((c, float(v)) for c, v in pairs if v > USED_MW)
    return {c.index(): v for c, v in named if c.parent_component().local_name == "mix"}


def mix_in(plan: xr.Dataset) -> dict[tuple[str, str, str, str], float]:
    """Return MW of IT by (site, design, option, quarter) of a plan."""
    mix = plan.option_mw.transpose("site", "design", "option", "quarter")
    labels = [[str(v) for v in mix[d].values] for d in mix.dims]
    cells = np.argwhere(mix.values > USED_MW)
    return {
        (labels[0][s], labels[1][d], labels[2][o], labels[3][q]): float(mix.values[s, d, o, q])
        for s, d, o, q in cells.tolist()
    }


def fleet_moves(
    menu: Menu, problem: xr.Dataset, mix: dict[tuple[str, str, str, str], float]
) -> FleetMoves | None:
    """Return the cheapest moves of each quarter's fleet, or None where fewer than two sites take part.

    Sizes and contracts stay; limits and rules of ``problem`` hold with the moves.
    """
    quarters = [str(q) for q in problem.quarter.values]
    triples = sorted({key[:3] for key in mix if menu.jobs[key[:2]].in_pu is not None})
    if len({t[0] for t in triples}) < 2:
        return None
    water = dict(zip(map(str, problem.site.values), problem.water_eur_per_m3.values.tolist(), strict=True))
    suppliers = [Supplier(t[0], menu.operation(t[:2], t[2]), water[t[0]]) for t in triples]
    mw = np.array([[mix.get((*t, q), 0.0) for q in quarters] for t in triples])
    base = _Yearly(problem, mix)
    last, start = _within_limits(suppliers, mw[:, -1], base, quarters[-1])
    rest = [move(suppliers, mw[:, i], base.promises(quarters[i]), start)[0] for i in range(len(quarters) - 1)]
    every = [*rest, last]
    changes = {name: np.stack([m.changes[name] for m in every], axis=1) for name in FIGURES}
    paid = np.array([s.water_eur_per_m3 for s in suppliers])[:, None] * changes["water_m3"]
    saved = -float(((changes["cost_eur"] + paid).sum(axis=0) * problem.weight_years.values).sum())
    work = np.stack([m.work_mw for m in every], axis=1)
    return FleetMoves(triples, suppliers, mw, work, last.price_eur_per_mwh, changes, saved)


class _Yearly:
    """Yearly figures of the plan before work moves, and what they leave room for."""

    def __init__(self, problem: xr.Dataset, mix: dict[tuple[str, str, str, str], float]) -> None:
        self.problem, self.mix = problem, mix
        self.sites = [str(s) for s in problem.site.values]
        self.asked = dict(zip(self.sites, problem.min_res_share.values.tolist(), strict=True))
        self.share = float(problem.attrs.get("max_contract_share", 1.0))
        self._table = {n: problem[n].transpose("site", "design", "option").values for n in YEARLY}
        self._at = {
            d: {str(v): i for i, v in enumerate(problem[d].values)} for d in ("site", "design", "option")
        }

    def _value(self, name: str, key: tuple[str, str, str, str]) -> float:
        at = tuple(self._at[d][label] for d, label in zip(("site", "design", "option"), key[:3], strict=True))
        return float(self._table[name][at])

    def promises(self, quarter: str) -> dict[str, Promise]:
        """Return by site what contracts (at most the use) and renewable rules (at least a share) allow."""
        use: dict[str, float] = dict.fromkeys(self.sites, 0.0)
        made = dict(use)
        for key, mw in self.mix.items():
            if key[3] == quarter:
                energy = mw * self._value("energy_mwh_per_mw_year", key)
                use[key[0]] += energy
                made[key[0]] += energy * self._value("res_share", key)
        return {
            s: Promise(
                min(0.0, made[s] / self.share - use[s]) if self.share > 0 else -np.inf,
                max(0.0, made[s] / self.asked[s] - use[s]) if self.asked[s] > 0 else np.inf,
            )
            for s in self.sites
        }

    def total(self, name: str, quarter: str) -> float:
        """Return a yearly figure of the fleet in a quarter."""
        return sum(mw * self._value(name, key) for key, mw in self.mix.items() if key[3] == quarter)

    def holds(self, moved: Moved, quarter: str) -> bool:
        """Whether the yearly limits of the last quarter hold with the moves."""
        p = self.problem
        names, active = [str(v) for v in p.limit_name.values], p.limit_active.values > 0.5
        limit = {n: float(v) for n, v, on in zip(names, p.limit.values, active, strict=True) if on}
        change = {name: float(v.sum()) for name, v in moved.changes.items()}
        energy = self.total("energy_mwh_per_mw_year", quarter) + change["energy_mwh"]
        kilograms = 1e3 * (self.total("carbon_t_per_mw_year", quarter) + change["carbon_t"])
        grey = self.total("non_cfe_mwh_per_mw_year", quarter) + change["non_cfe_mwh"]
        water = self.total("water_m3_per_mw_year", quarter) + change["water_m3"]
        tests = (
            ("max_carbon_g_per_kwh", kilograms, energy),
            ("max_non_cfe_share", grey, energy),
            ("max_water_m3_per_mwh", water, self.total("it_mwh_per_mw_year", quarter)),
        )
        return all(amount <= limit[name] * per for name, amount, per in tests if name in limit)


def _within_limits(
    suppliers: list[Supplier], mw: Array, base: _Yearly, quarter: str
) -> tuple[Moved, dict[str, float]]:
    promises = base.promises(quarter)
    for step in CARBON_STEPS_EUR_PER_T:
        moved, start = move(suppliers, mw, promises, carbon_eur_per_t=step)
        if base.holds(moved, quarter):
            return moved, start
    for share in SHRINK[1:]:
        less = moved.shrunk(suppliers, mw, share)
        if base.holds(less, quarter):
            break
    return less, start


def with_moves(plan: xr.Dataset, problem: xr.Dataset, moves: FleetMoves) -> xr.Dataset:
    """Return the plan with what moved work changes, and every summary and total anew."""
    places = {str(s): i for i, s in enumerate(plan.site.values)}
    shape = (plan.sizes["site"], plan.sizes["quarter"])
    columns = {MOVED[name]: np.zeros(shape) for name in FIGURES} | {
        "moved_in_mwh_per_year": np.zeros(shape),
        "moved_out_mwh_per_year": np.zeros(shape),
    }
    for u, triple in enumerate(moves.triples):
        row, work = places[triple[0]], moves.work_mw[u]
        for name in FIGURES:
            columns[MOVED[name]][row] += moves.changes[name][u]
        columns["moved_in_mwh_per_year"][row] += np.maximum(work, 0.0).sum(axis=1)
        columns["moved_out_mwh_per_year"][row] += np.maximum(-work, 0.0).sum(axis=1)
    kept = plan.attrs
    plan = plan.drop_vars(["cost_eur", "capex_eur_per_year"]).drop_dims(["term", "year"], errors="ignore")
    plan = add_summaries(plan.assign({n: (("site", "quarter"), a) for n, a in columns.items()}), problem)
    plan.attrs = kept | plan.attrs | {"objective_eur": float(plan.cost_eur.sum())}
    return plan


def hours_of(moves: FleetMoves, problem: xr.Dataset) -> xr.Dataset:
    """Return the Dataset of kind ``moves``: who ran whose work in every hour, and what each supply was at."""
    of = {name: [getattr(s.operation, name) for s in moves.suppliers] for name in HOURLY}
    hourly = {name: (("supply", "time"), np.asarray(rows, dtype=float)) for name, rows in of.items()}
    peak = np.array([s.operation.peak_mw for s in moves.suppliers])
    moved = xr.Dataset(
        {"moved_mw": (("supply", "quarter", "time"), moves.work_mw), **hourly, "peak_mw": ("supply", peak)}
        | {"work_price_eur_per_mwh": ("time", moves.price_eur_per_mwh)},
        coords={
            "time": np.arange(moves.work_mw.shape[2]),
            "quarter": problem.quarter.values,
            **{
                name: ("supply", np.asarray([t[i] for t in moves.triples], dtype=str))
                for i, name in enumerate(("site", "design", "option"))
            },
        },
    )
    return checked("moves", moved, "moves")


HOURLY = (
    "through_mw",
    "used_mw",
    "pool_mw",
    "in_mw",
    "out_mw",
    "buy_eur_per_mwh",
    "keep_eur_per_mwh",
    "pool_first",
    "pue",
    "wue_m3_per_mwh",
    "carbon_t_per_mwh",
    "grey_share",
)
"""Hours of an operation that are kept with the moves."""
