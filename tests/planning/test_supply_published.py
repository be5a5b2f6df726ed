"""The supply problem against the same systems written down as other tools define them, row by row.

Each reference is built here with nothing but sparse matrices and scipy's linprog, from the textbook
definitions of PyPSA (StorageUnit, Store with Links, Generator), of 24/7 procurement studies and of REopt;
no code is shared with twin. Both are linear programmes solved to 1e-7: they agree to 1e-6.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse
from scipy.optimize import linprog

from twin.planning.supply import (
    Connection,
    Deferrable,
    Generator,
    Storage,
    SupplyProblem,
    annuity_eur_per_year,
    solve_supply,
)

SAME = 1e-6
SIZES = pytest.mark.parametrize(("hours", "seed"), [(24, 1), (96, 2), (168, 3)])
Terms = list[tuple[str, object]]


class Textbook:
    """min c'x with rows of named blocks; a coefficient is a scalar, a diagonal (1-d) or a matrix."""

    def __init__(self) -> None:
        self.start: dict[str, tuple[int, int]] = {}
        self.cost: list[np.ndarray] = []
        self.bounds: list[tuple[float, float]] = []
        self.rows: dict[bool, list[tuple[sparse.csr_matrix, np.ndarray]]] = {True: [], False: []}

    def var(self, name: str, n: int = 1, cost: object = 0.0, high: object = np.inf, low: float = 0.0) -> str:
        self.start[name] = (len(self.bounds), n)
        self.cost.append(np.broadcast_to(np.asarray(cost, dtype=float), n))
        self.bounds += [(low, float(h)) for h in np.broadcast_to(np.asarray(high, dtype=float), n)]
        return name

    def row(self, terms: Terms, right: object, equal: bool = False) -> None:
        """Add sum of coefficient x block <= (or ==) right, one row per entry of ``right``."""
        right = np.atleast_1d(np.asarray(right, dtype=float))
        total = None
        for name, coefficient in terms:
            first, n = self.start[name]
            block = _block(coefficient, len(right), n)
            wide = sparse.hstack(
                [
                    sparse.csr_matrix((len(right), first)),
                    block,
                    sparse.csr_matrix((len(right), 10_000 - first - n)),
                ]
            )
            total = wide if total is None else total + wide
        self.rows[equal].append((sparse.csr_matrix(total), right))

    def least(self) -> float:
        n = len(self.bounds)
        parts = {
            equal: (sparse.vstack([a[:, :n] for a, _ in rows]), np.concatenate([b for _, b in rows]))
            for equal, rows in self.rows.items()
            if rows
        }
        upper, equal = parts.get(False, (None, None)), parts.get(True, (None, None))
        found = linprog(np.concatenate(self.cost), *upper, *equal, self.bounds, method="highs")
        assert found.status == 0, found.message
        return float(found.fun)

    def storage_unit(self, hours: int, cost: float, max_hours: float, eta: tuple[float, float], loss: float):
        """PyPSA's StorageUnit, extendable and cyclic: names of dispatch and store."""
        p_nom = self.var("su p_nom", 1, cost)
        dispatch, store, soc = (self.var(f"su {k}", hours) for k in ("dispatch", "store", "soc"))
        for flow, most in ((dispatch, 1.0), (store, 1.0), (soc, max_hours)):
            self.row([(flow, 1.0), (p_nom, -most)], np.zeros(hours))
        self.row(
            [
                (soc, sparse.identity(hours) - (1 - loss) * before(hours)),
                (store, -eta[0]),
                (dispatch, 1 / eta[1]),
            ],
            np.zeros(hours),
            equal=True,
        )
        return dispatch, store


def _block(coefficient: object, rows: int, n: int) -> object:
    if sparse.issparse(coefficient):
        return coefficient
    value = np.asarray(coefficient, dtype=float)
    if n == 1:
        return sparse.csr_matrix(np.broadcast_to(value, rows).reshape(rows, 1))
    if rows == 1 and n > 1:
        return sparse.csr_matrix(np.broadcast_to(value, n).reshape(1, n))
    return sparse.diags(np.broadcast_to(value, n))


def before(hours: int, cyclic: bool = True) -> sparse.csr_matrix:
    """Matrix that takes the value of the hour before; the first hour takes the last one's."""
    matrix = sparse.eye(hours, k=-1, format="lil")
    if cyclic:
        matrix[0, hours - 1] = 1.0
    return matrix.tocsr()


class Weather:
    """Seeded load, prices above zero, wind, sun and the grid's carbon-free share."""

    def __init__(self, hours: int, seed: int) -> None:
        rng, t = np.random.default_rng(seed), np.arange(hours)
        self.hours = hours
        self.load = 80.0 + 20.0 * rng.random(hours)
        self.price = 20.0 + 60.0 * rng.random(hours) + 25.0 * (t % 24 > 16)
        self.wind = np.clip(0.4 + 0.3 * np.sin(t / 9.0) + 0.2 * rng.standard_normal(hours), 0.0, 1.0)
        self.sun = np.maximum(np.sin(2 * np.pi * (t % 24 - 6) / 24), 0.0) * rng.uniform(0.5, 1.0, hours)
        self.share = rng.uniform(0.2, 0.7, hours)
        self.part = hours / 8760

    def yearly(self, capex: float, life: float) -> float:
        """Capital cost of the span, with the annuity written out: r / (1 - (1 + r)^-n)."""
        return capex * 0.07 / (1 - 1.07**-life) * self.part


def fuel_system(w: Weather, store: Storage) -> SupplyProblem:
    """Own wind and PV, a gas engine with marginal cost, grid import, a store; nothing is sold."""
    assert w.yearly(1.2e6, 25) == pytest.approx(annuity_eur_per_year(1.2e6, 0.07, 25) * w.part)
    wind = Generator("wind", w.wind, eur_per_mw_year=w.yearly(1.2e6, 25), on_site=True, max_mw=150.0)
    sun = Generator("pv", w.sun, eur_per_mw_year=w.yearly(4e5, 30), on_site=True)
    ones = np.ones(w.hours)
    gas = Generator("gas", 0.95 * ones, 70.0, w.yearly(5e5, 25), "delivered", True, carbon_free=False)
    return SupplyProblem(
        w.load, w.price, generators=(wind, sun, gas), storages=(store,), connection=Connection(cap_mw=70.0)
    )


def fuel_reference(w: Weather) -> tuple[Textbook, Terms]:
    """The same without its store, and the terms of its energy balance."""
    m, zero = Textbook(), np.zeros(w.hours)
    buy = m.var("import", w.hours, w.price, 70.0)
    terms: Terms = [(buy, 1.0)]
    for name, most, availability, capital, marginal in (
        ("wind", 150.0, w.wind, w.yearly(1.2e6, 25), 0.0),
        ("pv", np.inf, w.sun, w.yearly(4e5, 30), 0.0),
        ("gas", np.inf, 0.95 * np.ones(w.hours), w.yearly(5e5, 25), 70.0),
    ):
        p_nom, p = m.var(f"{name} p_nom", 1, capital, most), m.var(f"{name} p", w.hours, marginal)
        m.row([(p, 1.0), (p_nom, -availability)], zero)
        terms.append((p, 1.0))
    return m, terms


@SIZES
def test_pypsa_storage_unit(hours: int, seed: int) -> None:
    """p_max_pu, marginal cost, annuities, StorageUnit with max_hours, standing loss, cyclic charge."""
    w = Weather(hours, seed)
    capital = w.yearly(2e5 + 4 * 1.5e5, 15)
    store = Storage("su", 0.9, 0.94, 0.003, eur_per_mw_year=capital, hours=4.0)
    m, terms = fuel_reference(w)
    dispatch, charge = m.storage_unit(hours, capital, 4.0, (0.9, 0.94), 0.003)
    m.row([*terms, (dispatch, 1.0), (charge, -1.0)], w.load, equal=True)
    assert solve_supply(fuel_system(w, store)).objective_eur == pytest.approx(m.least(), rel=SAME)


@SIZES
def test_pypsa_store_with_links(hours: int, seed: int) -> None:
    """Store with e_nom, charger and discharger Links sized apart; a discharger is rated at its input."""
    w = Weather(hours, seed)
    charger, discharger, energy = w.yearly(3e4, 20), w.yearly(5e4, 20), w.yearly(2e4, 20)
    store = Storage("h", 0.7, 0.6, 0.001, discharger, energy, charger, None, rated_at_store=True)
    m, terms = fuel_reference(w)
    e_nom, c_nom, d_nom = m.var("e_nom", 1, energy), m.var("c_nom", 1, charger), m.var("d_nom", 1, discharger)
    e, c, d = (m.var(name, hours) for name in ("e", "c p0", "d p0"))
    for flow, size in ((e, e_nom), (c, c_nom), (d, d_nom)):
        m.row([(flow, 1.0), (size, -1.0)], np.zeros(hours))
    m.row(
        [(e, sparse.identity(hours) - 0.999 * before(hours)), (c, -0.7), (d, 1.0)],
        np.zeros(hours),
        equal=True,
    )
    m.row([*terms, (d, 0.6), (c, -1.0)], w.load, equal=True)
    ours = solve_supply(fuel_system(w, store))
    assert ours.objective_eur == pytest.approx(m.least(), rel=SAME)


@SIZES
@pytest.mark.parametrize("target", [0.8, 0.95])
def test_hourly_matching_with_grid_share_and_limited_excess(hours: int, seed: int, target: float) -> None:
    """24/7 procurement: generation + discharge - charge - excess + share x import >= target x load.

    Excess is sold at the market price less a fee and stays below 20 % of the year's load.
    """
    w = Weather(hours, seed)
    capital, wind_eur, sun_eur = w.yearly(9e5, 15), 1.5e5 * w.part, 6e4 * w.part
    problem = SupplyProblem(
        w.load,
        w.price,
        cfe_share=w.share,
        generators=(
            Generator("wind", w.wind, eur_per_mw_year=wind_eur),
            Generator("pv", w.sun, eur_per_mw_year=sun_eur),
        ),
        storages=(Storage("su", 0.95, 0.95, 0.0, eur_per_mw_year=capital, hours=4.0),),
        sale_fee_eur_per_mwh=5.0,
        max_contract_share=None,
        max_sale_share=0.2,
        cfe_hourly=target,
    )
    m = Textbook()
    im, ex = m.var("im", hours, w.price), m.var("ex", hours, 5.0 - w.price)
    g = {name: m.var(name, hours) for name in ("wind", "pv")}
    for name, cf, cost in (("wind", w.wind, wind_eur), ("pv", w.sun, sun_eur)):
        size = m.var(f"{name} p_nom", 1, cost)
        m.row([(g[name], 1.0), (size, -cf)], np.zeros(hours))
    dispatch, charge = m.storage_unit(hours, capital, 4.0, (0.95, 0.95), 0.0)
    m.row([(ex, 1.0), (g["wind"], -1.0), (g["pv"], -1.0)], np.zeros(hours))
    own: Terms = [(g["wind"], 1.0), (g["pv"], 1.0), (dispatch, 1.0), (charge, -1.0), (ex, -1.0)]
    m.row([*own, (im, 1.0)], w.load, equal=True)
    m.row([(name, -np.asarray(c)) for name, c in [*own, (im, w.share)]], -target * w.load.sum())
    m.row([(ex, 1.0)], 0.2 * w.load.sum())
    ours = solve_supply(problem)
    assert ours.objective_eur == pytest.approx(m.least(), rel=SAME)
    assert ours.cfe_hourly >= target - 1e-9
    assert ours.sold_mwh <= 0.2 * w.load.sum() * (1 + 1e-9)


@SIZES
def test_annual_matching(hours: int, seed: int) -> None:
    """100 % annual: generation of the year equals the load, whenever it comes; excess is sold for nothing."""
    w = Weather(hours, seed)
    wind_eur, sun_eur = 1.6e5 * w.part, 1.1e5 * w.part
    problem = SupplyProblem(
        w.load,
        w.price,
        generators=(
            Generator("wind", w.wind, eur_per_mw_year=wind_eur),
            Generator("pv", w.sun, eur_per_mw_year=sun_eur),
        ),
        sell=False,
        max_contract_share=None,
        cfe_annual=1.0,
    )
    m = Textbook()
    im, used = m.var("im", hours, w.price), m.var("used", hours)
    wind, sun = m.var("wind", 1, wind_eur), m.var("sun", 1, sun_eur)
    m.row([(used, 1.0), (wind, -w.wind), (sun, -w.sun)], np.zeros(hours))
    m.row([(im, 1.0), (used, 1.0)], w.load, equal=True)
    m.row([(wind, -w.wind.sum()), (sun, -w.sun.sum())], -w.load.sum())
    assert solve_supply(problem).objective_eur == pytest.approx(m.least(), rel=SAME)


@SIZES
def test_deferrable_load_and_cut_connection_hours(hours: int, seed: int) -> None:
    """Jobs move within 6 h windows at an hourly PUE; every 11th hour the connection gives 30 % only."""
    w = Weather(hours, seed)
    rng = np.random.default_rng(seed + 50)
    work, pue = 40.0 * rng.random(hours), rng.uniform(1.05, 1.3, hours)
    open_share = np.where(np.arange(hours) % 11 == 5, 0.3, 1.0)
    capital = w.yearly(5e5, 15)
    problem = SupplyProblem(
        w.load,
        w.price,
        storages=(Storage("su", 0.93, 0.93, 0.0, eur_per_mw_year=capital, hours=2.0),),
        deferrables=(Deferrable(work, 6.0, np.full(hours, 70.0), pue),),
        connection=Connection(cap_mw=190.0, available=open_share, network_eur_per_mwh=6.0),
        unserved_eur_per_mwh=3000.0,
    )
    m = Textbook()
    im = m.var("im", hours, w.price + 6.0, 190.0 * open_share)
    shed, run = m.var("shed", hours, 3000.0, w.load), m.var("run", hours, 0.0, 70.0)
    dispatch, charge = m.storage_unit(hours, capital, 2.0, (0.93, 0.93), 0.0)
    for first in range(0, hours, 6):
        inside = (np.arange(hours) // 6 == first // 6).astype(float)
        m.row([(run, inside)], inside @ work, equal=True)
    m.row([(im, 1.0), (shed, 1.0), (dispatch, 1.0), (charge, -1.0), (run, -pue)], w.load, equal=True)
    assert solve_supply(problem).objective_eur == pytest.approx(m.least(), rel=SAME)


@pytest.mark.parametrize(("hours", "years"), [(48, 2), (72, 3)])
def test_weather_years_as_a_two_stage_programme(hours: int, years: int) -> None:
    """Sizes are decided once; each weather year operates by itself and weighs by its probability."""
    w = [Weather(hours, 10 + y) for y in range(years)]
    p = np.arange(1.0, years + 1) / np.arange(1.0, years + 1).sum()
    wind_eur, capital = 1.2e5 * w[0].part, w[0].yearly(6e5, 15)
    store = Storage("su", 0.95, 0.9, 0.002, eur_per_mw_year=capital, hours=4.0)
    problem = SupplyProblem(
        w[0].load,
        np.stack([x.price for x in w]),
        generators=(
            Generator("wind", np.stack([x.wind for x in w]), eur_per_mw_year=wind_eur, on_site=True),
        ),
        storages=(store,),
        connection=Connection(peak_eur_per_mw_year=300.0),
        probability=p,
    )
    m, zero = Textbook(), np.zeros(hours)
    wind, power = m.var("wind", 1, wind_eur), m.var("power", 1, capital)
    peak = m.var("peak", 1, 300.0)
    for y, x in enumerate(w):
        im, g = m.var(f"im{y}", hours, p[y] * x.price), m.var(f"g{y}", hours)
        d, c, e = (m.var(f"{k}{y}", hours) for k in "dce")
        m.row([(g, 1.0), (wind, -x.wind)], zero)
        m.row([(im, 1.0), (peak, -1.0)], zero)
        for flow, most in ((d, 1.0), (c, 1.0), (e, 4.0)):
            m.row([(flow, 1.0), (power, -most)], zero)
        m.row(
            [(e, sparse.identity(hours) - 0.998 * before(hours)), (c, -0.95), (d, 1 / 0.9)], zero, equal=True
        )
        m.row([(im, 1.0), (g, 1.0), (d, 1.0), (c, -1.0)], w[0].load, equal=True)
    assert solve_supply(problem).objective_eur == pytest.approx(m.least(), rel=SAME)


@SIZES
def test_reopt_site(hours: int, seed: int) -> None:
    """PV on site with net billing, demand charge, a battery from half full that keeps 20 % and ends free."""
    w = Weather(hours, seed)
    sun_eur, power_eur, energy_eur = w.yearly(5e5, 25), w.yearly(1e5, 15), w.yearly(1.2e5, 15)
    store = Storage(
        "b", 0.96, 0.95, 0.0, power_eur, energy_eur, initial_share=0.5, cyclic=False, min_share=0.2
    )
    problem = SupplyProblem(
        w.load,
        w.price,
        generators=(Generator("pv", w.sun, eur_per_mw_year=sun_eur, on_site=True, max_mw=300.0),),
        storages=(store,),
        connection=Connection(peak_eur_per_mw_year=900.0, export_cap_mw=60.0),
        sale_fee_eur_per_mwh=15.0,
    )
    m, zero = Textbook(), np.zeros(hours)
    size, power, energy = m.var("pv", 1, sun_eur, 300.0), m.var("p", 1, power_eur), m.var("e", 1, energy_eur)
    peak, im = m.var("peak", 1, 900.0), m.var("im", hours, w.price)
    use, sold = m.var("use", hours), m.var("sold", hours, 15.0 - w.price, 60.0)
    d, c, level = m.var("d", hours), m.var("c", hours), m.var("level", hours)
    m.row([(use, 1.0), (sold, 1.0), (size, -w.sun)], zero)
    m.row([(im, 1.0), (peak, -1.0)], zero)
    for flow, most in ((d, power), (c, power), (level, energy)):
        m.row([(flow, 1.0), (most, -1.0)], zero)
    m.row([(level, -1.0), (energy, 0.2)], zero)
    first = np.zeros(hours)
    first[0] = 0.5
    m.row(
        [
            (level, sparse.identity(hours) - before(hours, cyclic=False)),
            (energy, -first),
            (c, -0.96),
            (d, 1 / 0.95),
        ],
        zero,
        equal=True,
    )
    m.row([(im, 1.0), (use, 1.0), (d, 1.0), (c, -1.0)], w.load, equal=True)
    assert solve_supply(problem).objective_eur == pytest.approx(m.least(), rel=SAME)


SOUTH_AFRICA = {"Coal": (35000.0, 30.0), "Wind": (3000.0, 0.0), "Gas": (8000.0, 60.0), "Oil": (2000.0, 80.0)}


def bidding_zone(load: list[float], wind: list[float]) -> SupplyProblem:
    """PyPSA's "simple electricity market examples" (MIT licence): South Africa, plants as they stand."""
    ones = np.ones(len(load))
    plants = tuple(
        Generator(
            name, np.array(wind) if name == "Wind" else ones, eur, 0.0, "delivered", True, 0.0, True, mw, mw
        )
        for name, (mw, eur) in SOUTH_AFRICA.items()
    )
    return SupplyProblem(np.array(load), 0 * ones, generators=plants, connection=Connection(market=False))


def test_pypsa_market_example_one_period() -> None:
    """Proves: 35,000 coal at 30 + 4,000 gas at 60 = 1,290,000, gas sets the price."""
    found = solve_supply(bidding_zone([42000.0], [1.0]))
    assert found.objective_eur == pytest.approx(1_290_000.0)
    assert found.marginal_eur_per_mwh == pytest.approx([60.0])


def test_pypsa_market_example_with_storage() -> None:
    """Proves: 6,082,000 without and 6,046,000 with a store that starts empty and may end anywhere.

    Coal runs flat (4.2 M). Gas gives 6,100 + 6,200 + 8,000 + 8,000 at 60, oil 800 + 1,500 at 80. A lossless
    1,000 MW store with 6 h takes 1,800 MWh of gas in the first hours and saves as much oil, 20 apiece.
    """
    zone = bidding_zone([42000.0, 43000.0, 45000.0, 46000.0], [0.3, 0.6, 0.4, 0.5])
    assert solve_supply(zone).objective_eur == pytest.approx(6_082_000.0)
    hydro = Storage("pumped hydro", 1.0, 1.0, hours=6.0, cyclic=False, min_mw=1000.0, max_mw=1000.0)
    assert solve_supply(replace(zone, storages=(hydro,))).objective_eur == pytest.approx(6_046_000.0)


def test_pypsa_car_charging_example() -> None:
    """Proves: PyPSA's "battery electric vehicle charging" (MIT licence): 7.017544 kW of PV, 7,017.54.

    A car uses 36 kWh on the way to and from work and charges there at 0.9 from 9 to 17 o'clock: 40 kWh out of
    5.7 full-load hours of PV at 1,000 a kW. Energy outside of these hours cannot be used.
    """
    sun = [0.0] * 7 + [0.2, 0.4, 0.6, 0.75, 0.85, 0.9, 0.85, 0.75, 0.6, 0.4, 0.2, 0.1] + [0.0] * 5
    driven = np.array([0.0] * 7 + [9.0] * 2 + [0.0] * 8 + [9.0] * 2 + [0.0] * 5)
    parked = np.array([float(9 <= hour < 17) for hour in range(24)])
    panel = Generator("pv", np.array(sun) * parked, 0.0, 1000.0, "delivered", True)
    battery = Storage("car", 0.9, 1.0, max_mw=120.0, max_mwh=100.0)
    car = SupplyProblem(
        driven, np.zeros(24), generators=(panel,), storages=(battery,), connection=Connection(market=False)
    )
    found = solve_supply(car)
    assert found.objective_eur == pytest.approx(7017.543860, rel=SAME)
    assert found.sizes["size pv"] == pytest.approx(40.0 / 5.7, rel=SAME)
