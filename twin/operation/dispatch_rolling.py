"""Day-ahead rolling horizon: every midnight the next two days are planned on a forecast, and one is done.

Work and battery follow that plan; the hour itself brings the real load, wind and price (:mod:`settle`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace

import numpy as np

from twin.operation.dispatch import foresight
from twin.operation.settle import settle
from twin.operation.terms import Array, Demand, Flows, Market, Prices, Terms, settled

DAY, HORIZON = 24, 48


@dataclass(frozen=True)
class ForecastError:
    """Standard deviation of day-ahead forecasts; errors persist over ``correlation_h`` hours.

    Price over its mean, wind and PV in MW per MW of capacity, load over itself: our judgement of what
    European zones see a day ahead. The second day is ``second_day`` times worse.
    """

    price: float = 0.12
    wind: float = 0.07
    pv: float = 0.05
    load: float = 0.02
    correlation_h: float = 6.0
    second_day: float = 1.4


@dataclass(frozen=True)
class _Noise:
    """Standard normal errors that persist, (T + HORIZON,), one stream for each forecast."""

    price: Array
    wind: Array
    pv: Array
    load: Array


def rolling(
    terms: Terms,
    demand: Demand,
    prices: Prices,
    power_of: Callable[[slice, Array], Array],
    seed: int,
    error: ForecastError | None = None,
) -> Flows:
    """Return the dispatch of all hours, (T,); the battery starts empty.

    ``power_of(hours, work_mw)`` gives the site's real power at the bus when ``work_mw`` of moving work runs
    in those hours. Windows are cut to a whole part of a day. What cuts the connection is known a day ahead.
    """
    size, wrong = len(demand.base_mw), error or ForecastError()
    noise, daily = _noise(size, seed, wrong), replace(demand, window_h=window_within_day(demand.window_h))
    level, peak, basis = 0.0, terms.supply.peak_mw, None
    done: list[Flows] = []
    for start in range(0, size, DAY):
        ahead, today = slice(start, min(start + HORIZON, size)), slice(start, min(start + DAY, size))
        guess_terms, guess = _forecast(terms.hours(ahead), daily.hours(ahead), noise, ahead, wrong)
        guess_terms = replace(guess_terms, supply=replace(terms.supply, peak_mw=peak))
        plan = foresight(guess_terms, guess, prices, start_mwh=level, basis=basis)
        basis, hours = plan.basis, today.stop - today.start
        work = (
            _kept_work(plan.flows.work_mw[:hours], daily.hours(today))
            if daily.moves
            else daily.work_mw[today]
        )
        wishes = plan.flows.charge_mw[:hours], plan.flows.discharge_mw[:hours]
        flows = settle(terms.hours(today), power_of(today, work), *wishes, level, peak, prices, work)
        level, peak = float(flows.stored_mwh[-1]), max(peak, float(flows.through_mw.max()))
        done.append(flows)
    return Flows(*(np.concatenate([getattr(f, name.name) for f in done]) for name in fields(Flows)))


def window_within_day(window_h: int) -> int:
    """Return the longest window of at most ``window_h`` hours that divides a day."""
    return max(each for each in range(1, DAY + 1) if DAY % each == 0 and each <= max(window_h, 1))


def _kept_work(planned: Array, real: Demand) -> Array:
    """Scale the planned work of each window to what really came, within what an hour can run."""
    window = np.arange(len(planned)) // real.window_h
    came, meant = (np.bincount(window, weights=w) for w in (real.work_mw, planned))
    factor = np.divide(came, meant, out=np.zeros_like(came), where=meant > 1e-12)
    work = np.where((meant > 1e-12)[window], planned * factor[window], real.work_mw)
    too_much = np.bincount(window, weights=np.maximum(work - real.work_max_mw, 0.0)) > 1e-9
    return np.where(too_much[window], real.work_mw, work)


def _forecast(
    terms: Terms, demand: Demand, noise: _Noise, ahead: slice, wrong: ForecastError
) -> tuple[Terms, Demand]:
    """Return what the operator believes of the hours ahead: later hours are more wrong."""
    size = len(demand.base_mw)
    worse = np.where(np.arange(size) < DAY, 1.0, wrong.second_day)
    part = {f.name: worse * getattr(noise, f.name)[ahead] for f in fields(_Noise)}
    m = terms.market
    level = float(np.abs(m.price_eur_per_mwh).mean())
    market = Market(
        m.price_eur_per_mwh + wrong.price * level * part["price"],
        m.carbon_g_per_kwh,
        m.cfe_share,
        np.clip(m.wind_cf + wrong.wind * part["wind"], 0.0, 1.0),
        np.where(m.pv_cf > 0, np.clip(m.pv_cf + wrong.pv * part["pv"], 0.0, 1.0), 0.0),
    )
    factor = np.maximum(1.0 + wrong.load * part["load"], 0.0)
    base = demand.base_mw * factor
    guess = (
        replace(demand, base_mw=base) if demand.moves else settled(base + demand.mw_per_work * demand.work_mw)
    )
    return replace(terms, market=market), guess


def _noise(size: int, seed: int, wrong: ForecastError) -> _Noise:
    rng = np.random.default_rng(seed)
    keep = float(np.exp(-1.0 / wrong.correlation_h))
    return _Noise(*(_persistent(rng, size + HORIZON, keep) for _ in fields(_Noise)))


def _persistent(rng: np.random.Generator, size: int, keep: float) -> Array:
    """Return a standard normal series of first-order persistence ``keep``."""
    draws, fresh, state = rng.standard_normal(size).tolist(), np.sqrt(1.0 - keep**2), 0.0
    found = []
    for i, draw in enumerate(draws):
        state = draw if i == 0 else keep * state + fresh * draw
        found.append(state)
    return np.asarray(found)
