"""The case: everything a planner decides before the optimiser runs, and nothing else."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

from twin.config.base import Model
from twin.config.patterns import Month, Option, Quarter

Metro = Literal["fra", "ams", "par", "lon", "mad", "sto"]
"""A metro to which the site catalogue gives round trips."""

Megawatts = Annotated[float, Field(ge=0, le=100_000)]
"""Power of a fleet; all datacentres of the world draw less."""

Share = Annotated[float, Field(ge=0, allow_inf_nan=False)]
"""A weight."""

MEMBER, EXTREME = "ensemble:", "extreme:"
"""Beginnings of ``energy.grid`` that name a year instead of a file: ``ensemble:3``, ``extreme:NAME``."""


class Table(BaseModel):
    """Base for the tables of a case: frozen, no unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Horizon(Table):
    """When the plan runs and how money is discounted."""

    today: Month = "2026-11"
    """Month from which connection lead times count, YYYY-MM."""
    first_quarter: Quarter = "2027Q1"
    """First quarter in which capacity may energise."""
    last_quarter: Quarter = "2030Q4"
    """Last quarter of the plan; its fleet then runs through the tail."""
    tail_years: float = Field(10.0, ge=0, le=40)
    """Years the final fleet is operated after the horizon, paid as annuities."""
    discount_rate: float = Field(0.08, ge=0, le=0.5)
    """Real discount rate per year."""


class Target(Table):
    """How much compute is wanted, and by when."""

    basis: Literal["it", "grid"] = "it"
    """Whether megawatts count critical IT load or power at the grid connection."""
    path_mw: dict[Quarter, Megawatts] = Field(min_length=1)
    """Megawatts wanted at the end of a quarter; straight lines between."""
    final_own_share: float = Field(1.0, ge=0, le=1)
    """Share of the last quarter's megawatts that must be owned, not leased."""


class Lease(Table):
    """Bridging capacity rented from others."""

    allowed: bool = True
    """Whether any capacity may be rented."""
    max_mw: float = Field(400.0, ge=0)
    """Most megawatts of IT that the market can rent out at any time."""
    eur_per_gpu_hour: float = Field(3.0, ge=0)
    """Rental price of one GPU of the planned kind."""


class Build(Table):
    """How fast halls can be built."""

    module_mw: float = Field(20.0, gt=0)
    """IT megawatts of one hall; capacity comes in whole halls."""
    site_modules_per_quarter: int = Field(2, ge=1)
    """Most halls that one site can energise in one quarter."""
    fleet_mw_per_quarter: float = Field(120.0, gt=0)
    """Most IT megawatts that the whole programme can energise in one quarter."""
    max_sites: int = Field(45, ge=1)
    """Most sites that the programme may open."""
    site_fixed_meur: float = Field(25.0, ge=0)
    """Development cost of opening a site, whatever its size."""


class Access(Table):
    """Share of a site's obtainable grid megawatts that this programme can hope to get."""

    own: float = Field(1.0, ge=0, le=1)
    """Sites held by the programme."""
    partner: float = Field(0.5, ge=0, le=1)
    """Sites of a consortium in which the programme takes part."""
    open: float = Field(0.5, ge=0, le=1)
    """Sites without a single named holder."""
    third_party: float = Field(0.3, ge=0, le=1)
    """Sites contracted to somebody else."""


class Policy(Table):
    """Limits on the portfolio."""

    budget_meur_per_year: float | None = Field(None, gt=0)
    """Capital spending allowed per calendar year; None means no limit."""
    min_eu_share: float = Field(0.6, ge=0, le=1)
    """Least share of the final own megawatts on EU soil."""
    max_third_country_share: float = Field(0.15, ge=0, le=1)
    """Largest share of the final own megawatts in third countries (UK, CH)."""
    max_site_share: float = Field(0.35, gt=0, le=1)
    """Largest share of the final fleet at one site, so its loss leaves the rest."""
    max_zone_share: float = Field(0.5, gt=0, le=1)
    """Largest share of the final fleet in one bidding zone."""
    max_connection_share: float = Field(1.0, gt=0, le=1)
    """Largest share of the final fleet's draw lost with any one connection of a site; 1 means no limit."""
    max_rtt_ms: float | None = Field(None, gt=0)
    """Longest round trip from a site to the metro whose inference it serves; None means no limit."""
    interactive_share: float | None = Field(None, ge=0, le=1)
    """Share of the owned fleet that answers people; None takes that of the case's interactive workloads."""
    metro_weights: dict[Metro, Share] = {metro: 1.0 for metro in get_args(Metro)}
    """Where those people are, in any unit: weights of Frankfurt, Amsterdam, Paris, London, Madrid, Stockholm;
    a metro that is left out has none. Equal ones are our judgement: a provider's traffic is not published."""
    max_carbon_g_per_kwh: float | None = Field(100.0, gt=0)
    """Largest mean carbon intensity of the final fleet's electricity, life cycle."""
    min_cfe: float = Field(0.9, ge=0, le=1)
    """Least hourly carbon-free share of the final fleet."""
    max_water_m3_per_mwh: float | None = Field(None, gt=0)
    """Largest mean water use of the final fleet per IT megawatt-hour."""
    rule_sets: tuple[str, ...] = ("in-force",)
    """Which regulations bind: ``in-force``, ``proposed``, ``voluntary`` or names of single rules."""


class Connection(Table):
    """Power before the firm date of a connection, with hours in which the operator may cut it."""

    nonfirm_quarters_earlier: int = Field(0, ge=0, le=20)
    """Quarters by which each tier may energise before it is firm; 0 means only firm connections."""
    nonfirm_hours_cut: float = Field(300.0, ge=0, le=8760)
    """Hours a year in which power that is not firm is cut; halls stop and their compute is rented."""


class Energy(Table):
    """What the supply of a site may contract."""

    grid: str = "reference"
    """Energy grid: ``reference``, ``ensemble:N``, ``extreme:NAME``, or the path of an imported grid file."""
    missing_zones: Literal["error", "exclude", "reference"] = "exclude"
    """What to do with sites whose zone the imported grid lacks."""
    weather: str = "reference"
    """Weather of the sites: ``reference``, drawn to fit the energy grid, or the path of a weather file."""
    options: tuple[Option, ...] = Field(("grid_only", "cheapest", "cfe80", "cfe90", "cfe95"), min_length=1)
    """Supply options computed for each site."""
    max_contract_share: float = Field(1.0, ge=0)
    """Contracted PPA energy over the site's yearly use; keeps a consumer from becoming a trader."""
    cfe_counts_grid: bool = True
    """Whether the grid's own carbon-free share counts towards hourly CFE."""
    carbon_price_eur_per_t: float = Field(0.0, ge=0)
    """Internal carbon price added to the cost of imports when sizing contracts."""
    ppa_potential_mw_per_zone: float = Field(600.0, ge=0)
    """New wind, and separately new PV, that one zone can contract by 2030."""
    outlook: str | None = None
    """Outlook in ``models/outlooks`` that moves prices and carbon; None leaves the grid as it is."""
    outlook_year: int = Field(2030, ge=2000, le=2100)
    """Year of that outlook."""

    @property
    def extreme(self) -> str:
        """The extreme that the grid names, empty when none."""
        if self.grid.startswith(EXTREME):
            return self.grid.removeprefix(EXTREME)
        return self.grid.partition("+")[2] if self.grid.startswith(MEMBER) else ""


class Shifting(Table):
    """Work that may run at another site from hour to hour; every hour all of it runs somewhere.

    It moves among the sites where all of the moving work may run, into racks that are free there.
    """

    batch_share: float = Field(0.0, ge=0, le=1)
    """Share of queued work, by power above idle, that may move between sites in any hour."""
    inference_share: float = Field(0.0, ge=0, le=1)
    """Share of interactive work, by power above idle, that may move between sites in any hour."""


class Finance(Table):
    """Cost of capital and which capital counts."""

    gpu_capex: bool = True
    """Whether GPUs, servers and network are in the objective."""
    wacc_infrastructure: float = Field(0.08, ge=0, lt=1)
    """Cost of capital for buildings, plant and connections."""
    wacc_gpu: float = Field(0.11, ge=0, lt=1)
    """Cost of capital for the GPU fleet."""


class Solver(Table):
    """When to stop."""

    gap: float = Field(0.005, ge=0, lt=1)
    """Relative gap at which the search ends."""
    time_limit_s: float = Field(120.0, gt=0)
    """Seconds allowed to the siting master."""
    workers: int = Field(2, ge=1, le=256)
    """Processes used for the supply options."""


class Design(Table):
    """One way to build a hall."""

    rack: str
    """Rack in ``models/racks``."""
    cooling: str
    """Cooling plant in ``models/cooling``."""
    power_train: str
    """Power train in ``models/power_trains``."""


class Case(Model):
    """A planning case; together with its data it alone reproduces a run."""

    horizon: Horizon = Horizon()
    """Time and discounting."""
    target: Target
    """Capacity path."""
    fleet: str
    """Starting fleet in ``models/fleets``."""
    workloads: tuple[str, ...] = Field(min_length=1)
    """Workloads in ``models/workloads`` that the fleet serves."""
    technologies: str
    """Cost set in ``models/technologies``."""
    sites: tuple[str, ...] | Literal["all"] = "all"
    """Sites in ``models/sites`` that may be chosen."""
    designs: dict[str, Design] = Field(min_length=1)
    """Named designs; the optimiser picks one per site."""
    lease: Lease = Lease()
    """Bridging capacity."""
    build: Build = Build()
    """Build pace."""
    access: Access = Access()
    """Accessible share of sites by who holds them."""
    policy: Policy = Policy()
    """Portfolio limits."""
    connection: Connection = Connection()
    """Non-firm connections."""
    energy: Energy = Energy()
    """Supply options."""
    shifting: Shifting = Shifting()
    """Work that moves between sites."""
    finance: Finance = Finance()
    """Money."""
    solver: Solver = Solver()
    """Stopping rules."""
    seed: int = Field(2030, ge=0)
    """Seed of the calibrated reference year."""

    @model_validator(mode="after")
    def _quarters_in_order(self) -> Self:
        first, last = self.horizon.first_quarter, self.horizon.last_quarter
        if first > last:
            raise ValueError(f"horizon.first_quarter not after horizon.last_quarter {last}")
        if self.target.path_mw.get(last) is None:
            raise ValueError(f"target.path_mw with a value for the last quarter {last}")
        return self

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        if not self.sites:
            raise ValueError('sites with one site at least, or "all"')
        named = {"workloads": self.workloads, "energy.options": self.energy.options}
        if self.sites != "all":
            named["sites"] = self.sites
        for key, names in named.items():
            if twice := sorted(name for name, count in Counter(names).items() if count > 1):
                raise ValueError(f"each of {key} once; {', '.join(twice)} stands there twice")
        if sum(self.policy.metro_weights.values()) <= 0.0:
            raise ValueError("policy.metro_weights with one weight above 0")
        return self
