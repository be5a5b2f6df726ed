"""The supply options of one hall design at one site: what each may use, and what it comes to per MW of IT."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from twin.errors import BadInput, Fault
from twin.planning.option_row import (
    CAPITAL,
    CARBON,
    CONTRACTED,
    GREY,
    PEAK,
    PRICED,
    PV,
    USE,
    WATER,
    WIND,
    Row,
    Support,
)
from twin.planning.site_design import SiteDesign
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
from twin.planning.supply_fast import Proven, least_cost_proven
from twin.planning.supply_moved import Moves, shifted
from twin.planning.supply_problem import Array
from twin.tolerances import FULL, OPTION_GAP, SAME, SHARE_ROOM

GREY_EUR_PER_MWH = 1000.0
"""A carbon-free target is given up where avoiding one more MWh of grey energy costs more than this."""
LARGEST_BATTERY_MW, LARGEST_BATTERY_MWH = 10.0, 240.0
"""Largest battery considered, per MW of IT: far above any that pays, but every bound needs an end."""
EFFORT_EUR_PER_MWH = 0.005
"""Price on contracted energy that breaks ties: contracts that save nothing are not signed. Never billed."""
ONLY_A_BOUND = "not a supply: a bound on all others when work moves"


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
        proven = sized(job, option)
        solution, support = priced(job, proven.solution), _support(job, option, proven)
        if target is not None and solution.cfe_hourly < target - SHARE_ROOM:
            rows[option] = Row({}, _out_of_reach(target, solution), support)
            continue
        twin = [name for name, other in kept.items() if _same(solution, other)]
        if twin:
            rows[option] = Row({}, f"same as {twin[0]}: nothing that may be contracted pays", support)
            continue
        kept[option] = solution
        rows[option] = Row(figures(job, solution), support=support)
    return rows


def priced_row(job: SiteDesign, prices: dict[str, float]) -> Row:
    """Return the supply that is cheapest when menu figures cost ``prices``, with the bound this proves."""
    proven = sized(job, "priced", prices)
    return Row(figures(job, priced(job, proven.solution)), support=_support(job, "priced", proven, prices))


def moved_row(job: SiteDesign, option: str, prices: dict[str, float] | None, work_mw: Array) -> Row:
    """Return the bound that an option's problem proves when ``work_mw`` (time,) more work runs at the site.

    It holds for any moves, as every support does, and is tight near these. Not an option by itself.
    """
    moves = _moves(job)
    if moves is None:
        raise ValueError(f"no work moves at {job.site}")
    asked = "cheapest" if option == "grid_only" else option
    work_mw = np.clip(work_mw, -moves.out_mw, moves.in_mw)  # a rounding beyond would leave racks below empty
    problem = shifted(_problem(job, asked, prices), work_mw, job.pue)
    left = Moves(np.maximum(moves.in_mw - work_mw, 0.0), moves.out_mw + work_mw, moves.mw_per_work)
    proven = least_cost_proven(problem, GREY_EUR_PER_MWH, moves=left, tolerance=OPTION_GAP)
    worth = proven.work_eur_per_mwh
    support = _support(job, asked, proven, prices)
    if support is None or worth is None:
        return Row({}, ONLY_A_BOUND)
    return Row({}, ONLY_A_BOUND, replace(support, eur_per_mw_year=proven.bound_eur - float(worth @ work_mw)))


def _problem(job: SiteDesign, option: str, prices: dict[str, float] | None) -> SupplyProblem:
    """The full-year problem of an option, planning costs, or ``prices``, in the objective."""
    target = None if prices is not None else cfe_target(option)
    paid = planning_prices(job) if prices is None else _with_effort(prices)
    problem = supply_problem(job, paid, contracts=prices is not None or option != "grid_only")
    return replace(problem, cfe_hourly=target)


def sized(job: SiteDesign, option: str, prices: dict[str, float] | None = None) -> Proven:
    """Solve the option over all hours with sizes free, planning costs, or ``prices``, in the objective."""
    problem = _problem(job, option, prices)
    return least_cost_proven(problem, GREY_EUR_PER_MWH, moves=_moves(job), tolerance=OPTION_GAP)


def _with_effort(prices: dict[str, float]) -> dict[str, float]:
    return prices | {CONTRACTED: prices.get(CONTRACTED, 0.0) + EFFORT_EUR_PER_MWH}


def _moves(job: SiteDesign) -> Moves | None:
    """Work that may come and go, as the proof of the supply problem wants it."""
    if job.in_pu is None or job.out_pu is None:
        return None
    return Moves(job.in_pu, job.out_pu, job.pue)


def planning_prices(job: SiteDesign) -> dict[str, float]:
    """Return the prices that steer the sizes of the named options: connection capital and carbon."""
    prices = {PEAK: job.connection_eur_per_mw_year, CARBON: job.carbon_price_eur_per_t}
    prices[CONTRACTED] = EFFORT_EUR_PER_MWH
    return {name: price for name, price in prices.items() if price}


def _support(
    job: SiteDesign, option: str, proven: Proven, prices: dict[str, float] | None = None
) -> Support | None:
    """The bound behind an option; a grid without contracts proves nothing about supplies with them."""
    if option == "grid_only" or not np.isfinite(proven.bound_eur):
        return None
    if prices is not None:
        return Support(proven.bound_eur, _with_effort(prices), proven.work_eur_per_mwh)
    prices, target = planning_prices(job), cfe_target(option)
    if target is not None and proven.target_eur_per_mwh > 0:
        price = proven.target_eur_per_mwh
        prices |= {GREY: price, USE: -(1.0 - target) * price}
    return Support(proven.bound_eur, prices, proven.work_eur_per_mwh)


def priced(job: SiteDesign, solution: SupplySolution) -> SupplySolution:
    """Recount sizes and flows at what is really paid: no carbon price, no capital of the connection."""
    problem = supply_problem(job, {}, contracts="size wind" in solution.sizes)
    flows = {key: flow for key, flow in solution.flows.items() if key != "load"}
    sizes, allowed = dict(solution.sizes), job.max_contract_share * solution.consumption_mwh
    if solution.produced_mwh > 0 and 0 < allowed / solution.produced_mwh - 1.0 < FULL:
        # a rule may ask for the whole volume; the method ends a hair below it
        grown = allowed / solution.produced_mwh
        sizes |= {key: sizes[key] * grown for key in ("size wind", "size pv")}
    return account(problem, sizes, flows)


def supply_problem(job: SiteDesign, prices: Mapping[str, float], contracts: bool) -> SupplyProblem:
    """Build the supply problem of 1 MW of IT; ``prices`` adds EUR per unit of menu figures (``PRICED``).

    Raises ValueError for a figure that cannot be priced.
    """
    if unknown := set(prices) - set(PRICED):
        raise ValueError(f"no price can be put on {sorted(unknown)}")
    price = {name: prices.get(name, 0.0) for name in PRICED}
    grey = price[CARBON] * job.carbon_g_per_kwh / 1000.0 + price[GREY] * (1.0 - job.cfe_share)
    firm = job.it_pu - job.deferrable_pu
    moving = job.deferrable_pu.max() > 0
    return SupplyProblem(
        demand_mw=firm * job.pue,
        price_eur_per_mwh=job.price_eur_per_mwh,
        cfe_share=job.cfe_share,
        carbon_g_per_kwh=job.carbon_g_per_kwh,
        generators=_contracts(job, price) if contracts else (),
        storages=(_battery(job, price[CAPITAL]),) if contracts else (),
        deferrables=(Deferrable(job.deferrable_pu, job.window_h, job.headroom_pu - firm, job.pue),)
        if moving
        else (),
        connection=Connection(
            network_eur_per_mwh=job.network_eur_per_mwh + job.tax_eur_per_mwh,
            import_eur_per_mwh=grey,
            peak_eur_per_mw_year=job.network_eur_per_mw_year + price[PEAK],
        ),
        use_eur_per_mwh=price[USE] + price[WATER] * job.wue_l_per_kwh / job.pue,
        sale_fee_eur_per_mwh=job.sale_fee_eur_per_mwh,
        max_contract_share=job.max_contract_share,
        discharge_when_paid=False,
    )


def no_arbitrage_eur_per_mwh(price: Array, cf: Array, fee: float) -> float:
    """Return what a producer earns per MWh by selling all at spot: no contract is cheaper than that."""
    total = float(cf.sum())
    return float((cf * np.maximum(price - fee, 0.0)).sum()) / total if total > 0 else 0.0


def _contracts(job: SiteDesign, price: Mapping[str, float]) -> tuple[Generator, ...]:
    """Wind and PV PPAs, never below the capture price of the same year: contracts alone never earn."""
    rows = (
        ("wind", job.wind_cf, job.ppa_wind_eur_per_mwh, job.wind_g_per_kwh, price[WIND]),
        ("pv", job.pv_cf, job.ppa_pv_eur_per_mwh, job.pv_g_per_kwh, price[PV]),
    )
    fee, spot = job.sale_fee_eur_per_mwh, job.price_eur_per_mwh
    return tuple(
        Generator(
            name,
            cf,
            eur_per_mwh=max(ppa, no_arbitrage_eur_per_mwh(spot, cf, fee))
            + price[CONTRACTED]
            + price[CARBON] * carbon / 1000.0,
            eur_per_mw_year=each,
            carbon_g_per_kwh=carbon,
            max_mw=np.inf if cf.max() > 0 else 0.0,
        )
        for name, cf, ppa, carbon, each in rows
    )


def _battery(job: SiteDesign, capital: float) -> Storage:
    """The battery; ``capital`` is a price on each EUR invested, per year."""
    share = job.battery_annuity_share + capital
    return Storage(
        charge_efficiency=job.battery_charge_efficiency,
        discharge_efficiency=job.battery_discharge_efficiency,
        standing_loss_per_h=job.battery_standing_loss_per_h,
        eur_per_mw_year=job.battery_eur_per_kw * 1000.0 * share,
        eur_per_mwh_year=job.battery_eur_per_kwh * 1000.0 * share,
        max_mw=LARGEST_BATTERY_MW,
        max_mwh=LARGEST_BATTERY_MWH,
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
