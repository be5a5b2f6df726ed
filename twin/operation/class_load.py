"""The work of a site by class: what is wanted, what halls and heat let run, and what is lost of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from twin.operation.site_hours import Place, kept_pu, site_hours
from twin.operation.site_year import SiteYear
from twin.operation.terms import Array


@dataclass(frozen=True)
class Physics:
    """Which effects the planner left out are in: classes at their sites, PUE at the load of the hour, and
    throttling of racks at the load they have in place of full power."""

    placed: bool = True
    part_load: bool = True
    throttled: bool = True


AS_PLANNED = Physics(False, False, False)
ROUNDING = 1e-12
"""Nameplate left below this part of a site is what subtraction leaves of nothing."""


@dataclass(frozen=True)
class ClassLoad:
    """Work of a site, MW of IT (W, T): ``wanted`` of an undisturbed site, ``running`` before it is deferred.

    ``moving`` (T,) is the part of ``running`` that may wait, ``room_mw`` (T,) the most that an hour can run.
    ``lost_gpu_h`` (W, T) is what stopped halls and throttling take; ``throttled_mw`` and ``stopped_mw`` (T,)
    the IT power of each.
    """

    wanted: Array
    running: Array
    moving: Array
    moving_by_class: Array
    room_mw: Array
    throttled_mw: Array
    stopped_mw: Array
    lost_gpu_h: Array

    @property
    def it_mw(self) -> Array:
        """IT power before anything is deferred, (T,)."""
        return np.asarray(self.running.sum(axis=0))


def class_load(year: SiteYear, place: Place, physics: Physics) -> ClassLoad:
    """Return the work of a site under the effects that ``physics`` names and the faults in ``place``."""
    classes = year.classes
    whole = year.class_mw if physics.placed else year.mw * classes.share
    mw = _within_running(whole, place.running_mw, classes.shed_order)
    wanted = whole[:, None] * classes.power_pu
    open_ = mw * classes.power_pu
    if physics.throttled:
        kept = kept_pu(place, site_hours(place, open_.sum(axis=0)), classes.power_pu)
    else:
        kept = np.broadcast_to(year.planned.kept_pu, classes.power_pu.shape)
    running = open_ * kept
    moving = mw * classes.moving_share[:, None] * (classes.power_pu - classes.idle_pu[:, None]) * kept
    lost = lost_to_throttling(year, mw, kept) + lost_to_stops(year, whole[:, None] - mw)
    return ClassLoad(
        wanted=wanted,
        running=running,
        moving=moving.sum(axis=0),
        moving_by_class=moving,
        room_mw=np.maximum((mw * kept).sum(axis=0), running.sum(axis=0)),
        throttled_mw=(open_ - running).sum(axis=0),
        stopped_mw=(wanted - open_).sum(axis=0),
        lost_gpu_h=lost,
    )


def lost_to_throttling(year: SiteYear, mw: Array, kept: Array) -> Array:
    """Return GPU-hours lost when racks of ``mw`` (W, T) run ``kept`` (W, T) of their power.

    Work is taken to follow power above idle, which overstates the loss: a GPU at nine tenths of its power
    computes faster than nine tenths.
    """
    c = year.classes
    shed = c.power_pu * (1.0 - kept) / (c.busy_pu - c.idle_pu)[:, None]
    return year.gpus_per_mw * mw * np.minimum(shed, c.utilisation(c.power_pu))


def lost_to_stops(year: SiteYear, mw: Array) -> Array:
    """Return GPU-hours lost when racks of ``mw`` (W, T) nameplate stand still."""
    return year.gpus_per_mw * mw * year.classes.utilisation(year.classes.power_pu)


def shed(by_class: Array, less_mw: Array, order: Sequence[int]) -> Array:
    """Return what each class gives up, (W, T), when ``by_class`` (W, T) must shrink by ``less_mw`` (T,)."""
    given, left = np.zeros_like(by_class), less_mw.copy()
    for i in order:
        given[i] = np.minimum(by_class[i], left)
        left = left - given[i]
    return given


def with_deferral(load: ClassLoad, work_mw: Array) -> Array:
    """Return work by class, (W, T), when ``work_mw`` (T,) of moving work runs in place of ``load.moving``.

    Deferred work is shared out by the year's mean: nobody records whose work was moved.
    """
    total = load.moving_by_class.sum()
    if total == 0:
        return load.running
    share = load.moving_by_class.sum(axis=1) / total
    return np.asarray(load.running - load.moving_by_class + share[:, None] * work_mw)


def _within_running(mw: Array, running_mw: Array, order: Sequence[int]) -> Array:
    """Return the nameplate of each class that finds a running hall, (W, T): the last to be shed first."""
    whole = np.broadcast_to(mw[:, None], (len(mw), len(running_mw)))
    left = whole - shed(whole, np.maximum(mw.sum() - running_mw, 0.0), order)
    return np.where(left > ROUNDING * mw.sum(), left, 0.0)
