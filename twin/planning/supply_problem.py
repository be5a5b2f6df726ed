"""What the hourly supply problem of one site consists of, and the check that its numbers make sense.

Arrays are hourly, shape ``(T,)``, or ``(S, T)`` for S weather years at once; a ``(T,)`` array beside
``(S, T)`` ones holds in every year. Powers are MW, energies MWh, money EUR per year.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from twin.errors import BadInput, Fault
from twin.tolerances import ONE, SHARE_ROOM

Array = npt.NDArray[np.float64]
INF = float("inf")


@dataclass(frozen=True)
class Generator:
    """A contract or a plant: ``availability`` is MW that one MW can give in each hour, 0 to 1.

    ``pays="produced"`` charges ``eur_per_mwh`` for all available energy, used or not (a pay-as-produced
    PPA, a wind farm of one's own); ``"delivered"`` only for energy sent to the site (a gas engine).
    Off-site energy comes through the grid connection and pays its charges; on-site energy does not.
    Life-cycle carbon is reported; ``carbon_free`` says whether the energy counts towards CFE.
    """

    name: str
    availability: Array
    eur_per_mwh: float = 0.0
    eur_per_mw_year: float = 0.0
    pays: Literal["produced", "delivered"] = "produced"
    on_site: bool = False
    carbon_g_per_kwh: float = 0.0
    carbon_free: bool = True
    min_mw: float = 0.0
    max_mw: float = INF


@dataclass(frozen=True)
class Storage:
    """A store. Power is measured at the site bus; ``rated_at_store`` rates discharge at the store side.

    ``charge_ratio`` ties charging to discharging power (None: sized apart, at its own cost);
    ``hours`` ties energy to discharging power (None: sized apart). Level at the end equals the start:
    free, or ``initial_share`` of the energy size. With ``cyclic=False`` the year starts at
    ``initial_share`` (None: empty) and may end anywhere. ``min_share`` of the energy size always stays in.
    """

    name: str = "battery"
    charge_efficiency: float = 0.95
    discharge_efficiency: float = 0.95
    standing_loss_per_h: float = 0.0
    eur_per_mw_year: float = 0.0
    eur_per_mwh_year: float = 0.0
    charge_eur_per_mw_year: float = 0.0
    charge_ratio: float | None = 1.0
    hours: float | None = None
    rated_at_store: bool = False
    initial_share: float | None = None
    cyclic: bool = True
    min_share: float = 0.0
    may_export: bool = False
    min_mw: float = 0.0
    max_mw: float = INF
    max_mwh: float = INF


@dataclass(frozen=True)
class Deferrable:
    """Load that may move inside consecutive windows of ``window_h`` hours; its work is conserved in each.

    ``work_mw`` is the work as it would run, ``work_max_mw`` the most that can run in an hour, and
    ``mw_per_work`` the site power that one MW of work draws in each hour (its PUE).
    """

    work_mw: Array
    window_h: float
    work_max_mw: Array
    mw_per_work: Array


@dataclass(frozen=True)
class Connection:
    """The grid connection and what passes through it.

    ``import_eur_per_mwh`` is paid on market energy alone (taxes on purchases, an internal carbon price),
    ``network_eur_per_mwh`` on everything that comes through. ``available`` (0 to 1) scales the cap:
    0 marks hours in which a non-firm connection is cut. ``None`` for ``export_cap_mw`` forbids export
    of on-site energy; sale of off-site surplus happens elsewhere in the grid and needs no connection.
    """

    cap_mw: float = INF
    available: Array | None = None
    network_eur_per_mwh: float = 0.0
    import_eur_per_mwh: float | Array = 0.0
    peak_eur_per_mw_year: float = 0.0
    market: bool = True
    export_cap_mw: float | None = None


@dataclass(frozen=True)
class SupplyProblem:
    """One site for one year (or several weather years): firm load, market, contracts, stores, targets.

    ``sale_fee_eur_per_mwh`` is kept by the market on surplus sold; ``sell=False`` forbids its sale.
    ``max_contract_share`` limits off-site produced-paid energy to that share of consumption: with None a
    consumer may become a trader. ``max_sale_share`` limits what is sold in the expected year to that share
    of consumption. ``cfe_hourly`` and ``cfe_annual`` are least carbon-free shares.
    ``discharge_when_paid=False`` stops stores from burning energy that the market pays to have taken.
    ``use_eur_per_mwh`` is paid on every MWh that the load uses, whatever feeds it (water, a price on use).
    """

    demand_mw: Array
    price_eur_per_mwh: Array
    cfe_share: Array | None = None
    carbon_g_per_kwh: Array | None = None
    generators: tuple[Generator, ...] = ()
    storages: tuple[Storage, ...] = ()
    deferrables: tuple[Deferrable, ...] = ()
    connection: Connection = field(default_factory=Connection)
    sell: bool = True
    curtail: bool = True
    sale_fee_eur_per_mwh: float = 0.0
    sale_cap_mw: float = INF
    unserved_eur_per_mwh: float | None = None
    max_contract_share: float | None = 1.0
    max_sale_share: float | None = None
    cfe_hourly: float | None = None
    cfe_annual: float | None = None
    discharge_when_paid: bool = True
    use_eur_per_mwh: float | Array = 0.0
    step_h: float = 1.0
    probability: Array | None = None

    @property
    def shape(self) -> tuple[int, int]:
        """Number of weather years and of steps in each."""
        shapes = [np.atleast_2d(a).shape for a in self._arrays().values()]
        return max(s[0] for s in shapes), np.atleast_2d(self.demand_mw).shape[1]

    def full(self, values: float | Array | None, default: float = 0.0) -> Array:
        """Return ``values`` spread to shape ``(S*T,)``; None becomes ``default``."""
        array = np.asarray(default if values is None else values, dtype=float)
        return np.broadcast_to(array, self.shape).reshape(-1)

    def weights(self) -> Array:
        """Hours each step stands for in the expected year, shape ``(S*T,)``."""
        years, steps = self.shape
        share = np.full(years, 1.0 / years) if self.probability is None else np.asarray(self.probability)
        return np.repeat(share, steps) * self.step_h

    def load_mw(self) -> Array:
        """Whole load as it would run if nothing moved, shape ``(S*T,)``."""
        moved = [self.full(d.work_mw) * self.full(d.mw_per_work) for d in self.deferrables]
        return np.asarray(self.full(self.demand_mw) + sum(moved))

    def scaled(self, factor: float) -> SupplyProblem:
        """Return the same site with every megawatt multiplied by ``factor`` (the LP is homogeneous)."""
        return replace(
            self,
            demand_mw=np.asarray(self.demand_mw, dtype=float) * factor,
            generators=tuple(
                replace(g, min_mw=g.min_mw * factor, max_mw=g.max_mw * factor) for g in self.generators
            ),
            storages=tuple(
                replace(s, min_mw=s.min_mw * factor, max_mw=s.max_mw * factor, max_mwh=s.max_mwh * factor)
                for s in self.storages
            ),
            deferrables=tuple(
                replace(
                    d, work_mw=np.multiply(d.work_mw, factor), work_max_mw=np.multiply(d.work_max_mw, factor)
                )
                for d in self.deferrables
            ),
            connection=replace(
                self.connection,
                cap_mw=self.connection.cap_mw * factor,
                export_cap_mw=None
                if self.connection.export_cap_mw is None
                else self.connection.export_cap_mw * factor,
            ),
            sale_cap_mw=self.sale_cap_mw * factor,
        )

    def _arrays(self) -> dict[str, Array]:
        named: dict[str, Array | float | None] = {
            "demand_mw": self.demand_mw,
            "price_eur_per_mwh": self.price_eur_per_mwh,
            "cfe_share": self.cfe_share,
            "carbon_g_per_kwh": self.carbon_g_per_kwh,
            "use_eur_per_mwh": self.use_eur_per_mwh,
            "connection.available": self.connection.available,
            "connection.import_eur_per_mwh": self.connection.import_eur_per_mwh,
        }
        named |= {f"{g.name}.availability": g.availability for g in self.generators}
        for i, d in enumerate(self.deferrables):
            keys = ("work_mw", "work_max_mw", "mw_per_work")
            named |= {f"deferrables[{i}].{key}": getattr(d, key) for key in keys}
        return {k: np.asarray(v, dtype=float) for k, v in named.items() if np.ndim(v) > 0}  # type: ignore[arg-type]


def check_problem(problem: SupplyProblem) -> None:
    """Raise BadInput with every fault: NaN, negative, wrong length, shares outside 0..1, bad efficiencies."""
    try:
        faults = _array_faults(problem) + _scalar_faults(problem)
    except (TypeError, ValueError) as error:  # what numpy says of words, ragged lists and missing arrays
        raise BadInput([_fault("arrays and sizes", str(error), "numbers only, in even rows")]) from error
    if faults:
        raise BadInput(faults)


def _fault(key: str, value: object, expected: str, hint: str = "") -> Fault:
    return Fault("supply problem", key, value, expected, hint)


def _array_faults(problem: SupplyProblem) -> list[Fault]:
    faults = []
    steps = np.atleast_2d(problem.demand_mw).shape[-1]
    years = {a.shape[0] for a in problem._arrays().values() if a.ndim == 2}
    if np.ndim(problem.demand_mw) == 0 or steps == 0:
        return [_fault("demand_mw", problem.demand_mw, "an array with at least one hour")]
    if len(years) > 1:
        faults.append(_fault("weather years", sorted(years), "the same number in every (S, T) array"))
    for key, array in problem._arrays().items():
        if array.ndim > 2 or array.shape[-1] != steps:
            faults.append(_fault(key, f"shape {array.shape}", f"last axis {steps} long, like demand_mw"))
            continue
        low, high = _range(key)
        ok = np.isfinite(array) & (array >= low) & (array <= high)
        if not ok.all():
            first = tuple(int(i) for i in np.argwhere(~ok)[0])
            where = f"{key}[{', '.join(map(str, first))}]"
            bounds = f"from {low:g} to {high:g}" if high < INF else f">= {low:g}" if low > -INF else ""
            faults.append(_fault(where, float(array[first]), f"a finite number {bounds}".strip()))
    return faults


def _range(key: str) -> tuple[float, float]:
    if key.endswith((".availability", "cfe_share", ".available")):
        return 0.0, 1.0 + SHARE_ROOM
    return (-INF, INF) if "eur_per_mwh" in key else (0.0, INF)


def _scalar_faults(problem: SupplyProblem) -> list[Fault]:
    faults: list[Fault] = []

    def want(ok: bool, key: str, value: object, expected: str) -> None:
        if not ok:  # written so that NaN fails too
            faults.append(_fault(key, value, expected))

    for name, target in (("cfe_hourly", problem.cfe_hourly), ("cfe_annual", problem.cfe_annual)):
        want(target is None or 0 <= target <= 1, name, target, "a share from 0 to 1")
    for name in ("max_contract_share", "max_sale_share"):
        share = getattr(problem, name)
        want(share is None or 0 <= share < INF, name, share, ">= 0 or None")
    want(0 < problem.step_h < INF, "step_h", problem.step_h, "> 0")
    lost = problem.unserved_eur_per_mwh
    want(lost is None or 0 <= lost < INF, "unserved_eur_per_mwh", lost, ">= 0 and finite, or None")
    want(problem.sale_cap_mw >= 0, "sale_cap_mw", problem.sale_cap_mw, ">= 0")
    fee = problem.sale_fee_eur_per_mwh
    want(bool(np.isfinite(fee)), "sale_fee_eur_per_mwh", fee, "finite")
    if problem.probability is not None:
        p = np.asarray(problem.probability, dtype=float)
        good = p.shape == (problem.shape[0],) and bool((p >= 0).all()) and abs(p.sum() - 1) < ONE
        want(good, "probability", p.tolist(), f"{problem.shape[0]} shares that sum to 1")
    for g in problem.generators:
        want(0 <= g.min_mw <= g.max_mw, f"{g.name}.min_mw", g.min_mw, f"from 0 to max_mw={g.max_mw:g}")
        for key in ("eur_per_mwh", "eur_per_mw_year", "carbon_g_per_kwh", "min_mw"):
            want(bool(np.isfinite(getattr(g, key))), f"{g.name}.{key}", getattr(g, key), "finite")
    for s in problem.storages:
        for key in ("charge_efficiency", "discharge_efficiency"):
            want(0 < getattr(s, key) <= 1, f"{s.name}.{key}", getattr(s, key), "above 0, at most 1")
        want(0 <= s.standing_loss_per_h < 1, f"{s.name}.standing_loss_per_h", s.standing_loss_per_h, "0..1")
        want(0 <= s.min_mw <= s.max_mw, f"{s.name}.min_mw", s.min_mw, f"from 0 to max_mw={s.max_mw:g}")
        want(s.hours is None or s.hours > 0, f"{s.name}.hours", s.hours, "> 0 or None")
        want(0 <= s.min_share < 1, f"{s.name}.min_share", s.min_share, "0..1")
        start = s.initial_share
        held = start is None or s.min_share <= start <= 1
        want(held, f"{s.name}.initial_share", start, f"{s.min_share:g}..1 or None")
        for key in ("eur_per_mw_year", "eur_per_mwh_year", "charge_eur_per_mw_year", "min_mw"):
            want(bool(np.isfinite(getattr(s, key))), f"{s.name}.{key}", getattr(s, key), "finite")
        want(s.max_mwh >= 0, f"{s.name}.max_mwh", s.max_mwh, ">= 0")
        ratio = s.charge_ratio
        want(ratio is None or 0 <= ratio < INF, f"{s.name}.charge_ratio", ratio, ">= 0 or None")
    for i, d in enumerate(problem.deferrables):
        whole = d.window_h / problem.step_h
        want(whole >= 1 and whole == round(whole), f"deferrables[{i}].window_h", d.window_h, "whole steps")
    names = [g.name for g in problem.generators] + [s.name for s in problem.storages]
    want(len(set(names)) == len(names), "names", names, "no name twice")
    return faults + _connection_faults(problem.connection)


def _connection_faults(connection: Connection) -> list[Fault]:
    faults, export = [], connection.export_cap_mw
    if not connection.cap_mw >= 0:
        faults.append(_fault("connection.cap_mw", connection.cap_mw, ">= 0"))
    if export is not None and not export >= 0:
        faults.append(_fault("connection.export_cap_mw", export, ">= 0 or None"))
    scalars = ["network_eur_per_mwh", "peak_eur_per_mw_year"]
    scalars += ["import_eur_per_mwh"] if np.ndim(connection.import_eur_per_mwh) == 0 else []
    for key in scalars:
        if not np.isfinite(getattr(connection, key)):
            faults.append(_fault(f"connection.{key}", getattr(connection, key), "finite"))
    if not connection.peak_eur_per_mw_year >= 0:
        key = "connection.peak_eur_per_mw_year"
        faults.append(_fault(key, connection.peak_eur_per_mw_year, ">= 0"))
    return faults
