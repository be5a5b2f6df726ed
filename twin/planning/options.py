"""The supply options of one hall design at one site: what each may use, and what it comes to per MW of IT."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import numpy as np

from twin.errors import BadInput, Fault
from twin.planning.supply import (
    Connection,
    Deferrable,
    Generator,
    Storage,
    SupplyProblem,
    SupplySolution,
    account,
    annuity_eur_per_year,
)
from twin.planning.supply_fast import least_cost
from twin.planning.supply_problem import Array

GREY_EUR_PER_MWH = 1000.0
"""A carbon-free target is given up where avoiding one more MWh of grey energy costs more than this."""
SAME = 1e-4
"""Options whose yearly cost and carbon-free share differ by less (relative) are the same option."""


@dataclass(frozen=True)
class SiteDesign:
    """Everything that decides the options of one design at one site; hourly arrays are ``(time,)``.

    ``it_pu`` is IT power per MW of nameplate after throttling, ``deferrable_pu`` the part of it that
    may move within ``window_h`` hours, ``headroom_pu`` the most IT power an hour can run.
    """

    site: str
    design: str
    price_eur_per_mwh: Array
    carbon_g_per_kwh: Array
    cfe_share: Array
    wind_cf: Array
    pv_cf: Array
    it_pu: Array
    deferrable_pu: Array
    headroom_pu: Array
    pue: Array
    wue_l_per_kwh: Array
    window_h: float
    network_eur_per_mw_year: float
    network_eur_per_mwh: float
    tax_eur_per_mwh: float
    ppa_wind_eur_per_mwh: float
    ppa_pv_eur_per_mwh: float
    wind_g_per_kwh: float
    pv_g_per_kwh: float
    sale_fee_eur_per_mwh: float
    battery_eur_per_kw: float
    battery_eur_per_kwh: float
    battery_annuity_share: float
    battery_charge_efficiency: float
    battery_discharge_efficiency: float
    battery_standing_loss_per_h: float
    connection_eur_per_mw_year: float
    max_contract_share: float
    carbon_price_eur_per_t: float
    options: tuple[str, ...]


@dataclass(frozen=True)
class Row:
    """One option: its figures by menu variable, or the reason why it does not exist."""

    figures: dict[str, float]
    reason: str = ""


def cfe_target(option: str) -> float | None:
    """Return 0.9 for ``cfe90``, None for ``grid_only`` and ``cheapest``; BadInput for anything else."""
    if option in ("grid_only", "cheapest"):
        return None
    match = re.fullmatch(r"cfe(\d{1,2}|100)", option)
    if match is None:
        raise BadInput(Fault("case", "energy.options", option, "grid_only, cheapest or cfeNN such as cfe90"))
    return int(match[1]) / 100.0


def option_rows(job: SiteDesign) -> dict[str, Row]:
    """Compute every option of ``job``: ascending targets, each judged against the ones before it."""
    rows: dict[str, Row] = {}
    kept: dict[str, SupplySolution] = {}
    for option in sorted(job.options, key=lambda o: (o != "grid_only", cfe_target(o) or 0.0)):
        target = cfe_target(option)
        enough = [name for name, s in kept.items() if name != "grid_only" and s.cfe_hourly >= (target or 2.0)]
        if enough:
            rows[option] = Row(
                {}, f"same as {enough[0]}, which is {kept[enough[0]].cfe_hourly:.1%} carbon-free"
            )
            continue
        solution = priced(job, sized(job, option))
        if target is not None and solution.cfe_hourly < target - 1e-6:
            rows[option] = Row({}, _out_of_reach(target, solution))
            continue
        twin = [name for name, other in kept.items() if _same(solution, other)]
        if twin:
            rows[option] = Row({}, f"same as {twin[0]}: nothing that may be contracted pays")
            continue
        kept[option] = solution
        rows[option] = Row(figures(job, solution))
    return rows


def sized(job: SiteDesign, option: str) -> SupplySolution:
    """Solve the option over all hours with sizes free, planning costs in the objective."""
    problem = supply_problem(job, planning=True, contracts=option != "grid_only")
    return least_cost(replace(problem, cfe_hourly=cfe_target(option)), grey_eur_per_mwh=GREY_EUR_PER_MWH)


def priced(job: SiteDesign, solution: SupplySolution) -> SupplySolution:
    """Recount sizes and flows at what is really paid: no carbon price, no capital of the connection."""
    problem = supply_problem(job, planning=False, contracts="size wind" in solution.sizes)
    flows = {key: flow for key, flow in solution.flows.items() if key != "load"}
    return account(problem, solution.sizes, flows)


def supply_problem(job: SiteDesign, planning: bool, contracts: bool) -> SupplyProblem:
    """Build the supply problem of 1 MW of IT. ``planning`` adds the costs that only steer the sizes."""
    carbon = job.carbon_price_eur_per_t * job.carbon_g_per_kwh / 1000.0
    peak = job.network_eur_per_mw_year + (job.connection_eur_per_mw_year if planning else 0.0)
    firm = job.it_pu - job.deferrable_pu
    moving = job.deferrable_pu.max() > 0
    return SupplyProblem(
        demand_mw=firm * job.pue,
        price_eur_per_mwh=job.price_eur_per_mwh,
        cfe_share=job.cfe_share,
        carbon_g_per_kwh=job.carbon_g_per_kwh,
        generators=_contracts(job) if contracts else (),
        storages=(_battery(job),) if contracts else (),
        deferrables=(Deferrable(job.deferrable_pu, job.window_h, job.headroom_pu - firm, job.pue),)
        if moving
        else (),
        connection=Connection(
            network_eur_per_mwh=job.network_eur_per_mwh + job.tax_eur_per_mwh,
            import_eur_per_mwh=carbon if planning else 0.0,
            peak_eur_per_mw_year=peak,
        ),
        sale_fee_eur_per_mwh=job.sale_fee_eur_per_mwh,
        max_contract_share=job.max_contract_share,
        discharge_when_paid=False,
    )


def no_arbitrage_eur_per_mwh(price: Array, cf: Array, fee: float) -> float:
    """Return what a producer earns per MWh by selling all at spot: no contract is cheaper than that."""
    total = float(cf.sum())
    return float((cf * np.maximum(price - fee, 0.0)).sum()) / total if total > 0 else 0.0


def _contracts(job: SiteDesign) -> tuple[Generator, ...]:
    """Wind and PV PPAs, never below the capture price of the same year: contracts alone never earn."""
    rows = (
        ("wind", job.wind_cf, job.ppa_wind_eur_per_mwh, job.wind_g_per_kwh),
        ("pv", job.pv_cf, job.ppa_pv_eur_per_mwh, job.pv_g_per_kwh),
    )
    fee, price = job.sale_fee_eur_per_mwh, job.price_eur_per_mwh
    return tuple(
        Generator(
            name,
            cf,
            eur_per_mwh=max(ppa, no_arbitrage_eur_per_mwh(price, cf, fee)),
            carbon_g_per_kwh=carbon,
            max_mw=np.inf if cf.max() > 0 else 0.0,
        )
        for name, cf, ppa, carbon in rows
    )


def _battery(job: SiteDesign) -> Storage:
    return Storage(
        charge_efficiency=job.battery_charge_efficiency,
        discharge_efficiency=job.battery_discharge_efficiency,
        standing_loss_per_h=job.battery_standing_loss_per_h,
        eur_per_mw_year=job.battery_eur_per_kw * 1000.0 * job.battery_annuity_share,
        eur_per_mwh_year=job.battery_eur_per_kwh * 1000.0 * job.battery_annuity_share,
    )


def annuity_share(rate: float, life_years: float, fom_share: float) -> float:
    """Return yearly cost over investment."""
    return annuity_eur_per_year(1.0, rate, life_years, fom_share)


def figures(job: SiteDesign, solution: SupplySolution) -> dict[str, float]:
    """Return the menu variables of one option, per MW of IT and year."""
    size = {
        key: solution.sizes.get(key, 0.0)
        for key in ("size wind", "size pv", "size battery", "energy battery")
    }
    capex_per_mw = job.battery_eur_per_kw * 1000.0 * size["size battery"]
    use = solution.consumption_mwh
    it = job.it_pu - job.deferrable_pu + solution.flows.get("work 0", job.deferrable_pu)
    return {
        "energy_cost_eur_per_mw_year": solution.objective_eur,
        "energy_mwh_per_mw_year": use,
        "it_mwh_per_mw_year": float(it.sum()),
        "import_mwh_per_mw_year": solution.import_mwh,
        "carbon_t_per_mw_year": solution.carbon_t,
        "non_cfe_mwh_per_mw_year": solution.non_cfe_mwh,
        "cfe_hourly": solution.cfe_hourly,
        "water_m3_per_mw_year": float((it * job.wue_l_per_kwh).sum()),
        "peak_mw_per_mw": solution.peak_mw,
        "wind_mw_per_mw": size["size wind"],
        "pv_mw_per_mw": size["size pv"],
        "battery_mw_per_mw": size["size battery"],
        "battery_mwh_per_mw": size["energy battery"],
        "option_capex_eur_per_mw": capex_per_mw + job.battery_eur_per_kwh * 1000.0 * size["energy battery"],
        "ppa_mwh_per_mw_year": solution.produced_mwh,
        "sold_mwh_per_mw_year": solution.sold_mwh,
        "curtailed_mwh_per_mw_year": solution.curtailed_mwh,
        "res_share": solution.produced_mwh / use if use > 0 else 0.0,
    }


def _same(a: SupplySolution, b: SupplySolution) -> bool:
    cost = abs(a.objective_eur - b.objective_eur) <= SAME * max(abs(b.objective_eur), 1.0)
    return cost and abs(a.cfe_hourly - b.cfe_hourly) <= SAME


def _out_of_reach(target: float, solution: SupplySolution) -> str:
    return (
        f"{target:.0%} hourly carbon-free would cost more than {GREY_EUR_PER_MWH:,.0f} EUR per MWh "
        f"of grey energy avoided; {solution.cfe_hourly:.1%} is what that buys"
    )
