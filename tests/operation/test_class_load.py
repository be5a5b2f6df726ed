"""Work by class: what the planner took, what stopped halls and throttling take, and whose work goes first."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from twin.operation.class_load import AS_PLANNED, Physics, class_load, lost_to_throttling, shed, with_deferral
from twin.operation.effects import no_effects
from twin.operation.site_hours import Place, place_under
from twin.operation.site_year import SiteYear


def halls(year: SiteYear, running: float = 1.0) -> Place:
    """The site's halls, of which a part runs."""
    size = len(year.planned.pue)
    return place_under(
        year.hall, year.weather, year.mw, replace(no_effects(size), running_share=np.full(size, running))
    )


def test_unplaced_and_unthrottled_work_is_the_planner_s(tiny_years: list[SiteYear]) -> None:
    for year in tiny_years:
        load = class_load(year, halls(year), AS_PLANNED)
        assert load.it_mw == pytest.approx(year.mw * year.planned.it_pu, rel=1e-9)
        assert load.moving == pytest.approx(year.mw * year.planned.moving_pu, rel=1e-9, abs=1e-12)
        assert not load.stopped_mw.any()


def test_stopped_halls_take_what_can_wait_first(tiny_years: list[SiteYear]) -> None:
    """Proves: with a tenth of the halls gone only the first class to be shed loses anything."""
    year = tiny_years[0]
    load = class_load(year, halls(year, 0.9), Physics(throttled=False))
    first, *others = year.classes.shed_order
    assert year.class_mw[first] > 0.1 * year.mw
    assert load.lost_gpu_h[first].sum() > 0
    assert not load.lost_gpu_h[others].any()
    used = year.classes.utilisation(year.classes.power_pu)[first]
    assert load.lost_gpu_h[first] == pytest.approx(0.1 * year.mw * year.gpus_per_mw * used)


def test_a_dark_site_loses_all_work(tiny_years: list[SiteYear]) -> None:
    year = tiny_years[0]
    load = class_load(year, halls(year, 0.0), Physics())
    assert not load.running.any()
    assert load.stopped_mw == pytest.approx(load.wanted.sum(axis=0))


def test_throttling_below_idle_loses_no_more_than_the_work_there_is(tiny_years: list[SiteYear]) -> None:
    year = tiny_years[0]
    mw = np.broadcast_to(year.class_mw[:, None], year.classes.power_pu.shape)
    used = year.gpus_per_mw * mw * year.classes.utilisation(year.classes.power_pu)
    none, some, all_ = (lost_to_throttling(year, mw, np.full_like(used, kept)) for kept in (1.0, 0.9, 0.0))
    assert not none.any()
    assert np.all((some > 0) | (used == 0))
    assert all_ == pytest.approx(used)


def test_shedding_follows_the_order_and_keeps_the_sum() -> None:
    by_class = np.array([[4.0, 4.0], [2.0, 2.0], [1.0, 1.0]])
    given = shed(by_class, np.array([3.0, 6.5]), (1, 0, 2))
    assert given == pytest.approx(np.array([[1.0, 4.0], [2.0, 2.0], [0.0, 0.5]]))


def test_deferred_work_is_shared_out_without_loss(tiny_years: list[SiteYear]) -> None:
    year = tiny_years[0]
    load = class_load(year, halls(year), Physics())
    work = np.roll(load.moving, 5)
    assert with_deferral(load, work).sum(axis=0) == pytest.approx(load.it_mw - load.moving + work)
