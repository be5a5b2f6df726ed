"""From the medium-voltage connection to the rack: transformer, UPS, distribution, redundancy, rectifiers.

Every stage loses a + b x + c x² of its installed rating at loading x: a no-load part, a proportional and an
ohmic one. Spare units share the load, so redundancy lowers x and multiplies the no-load loss.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from twin.physics._checks import Array, require_between, require_not_above, require_positive


@dataclass(frozen=True)
class Stage:
    """One conversion stage. ``installed_kw`` counts every unit, spare ones too; the load is shared by all.

    ``usable_kw`` is what it carries with its spare units lost. Loss coefficients are per unit of rating.
    """

    installed_kw: float
    usable_kw: float
    no_load: float
    proportional: float
    square: float


@dataclass(frozen=True)
class PowerTrainParams:
    """Stages from the load outward. Mechanical and house load bypass UPS and PDU but use the transformer."""

    pdu: Stage
    ups: Stage
    transformer: Stage


@dataclass(frozen=True)
class TrainFigures:
    """Specific figures of a power train, as in ``models/power_trains``; see PowerTrain for their meaning."""

    paths: int
    units: int
    spare: int
    ups_efficiency_quarter: float
    ups_efficiency_half: float
    ups_efficiency_full: float
    pdu_no_load_loss: float
    pdu_load_loss: float
    transformer_no_load_loss: float
    transformer_load_loss: float
    transformer_spare_share: float


class PowerFlow(NamedTuple):
    """Power drawn at the connection and where it is lost, kW: ``input = critical + mechanical + losses``."""

    input_kw: Array
    pdu_loss_kw: Array
    ups_loss_kw: Array
    transformer_loss_kw: Array


def loss_coefficients(eta_quarter: float, eta_half: float, eta_full: float) -> tuple[float, float, float]:
    """Return (a, b, c) of the loss curve through three efficiencies at 25, 50 and 100 % load.

    Raises NonPhysical for efficiencies outside 0..1 or a curve with a negative coefficient.
    """
    loads = np.array([0.25, 0.5, 1.0])
    etas = require_between("efficiency", [eta_quarter, eta_half, eta_full], 0.01, 1.0)
    losses = loads * (1.0 / etas - 1.0)
    a, b, c = np.linalg.solve(np.vander(loads, 3, increasing=True), losses)
    require_between("loss coefficient", [a, b, c], -1e-12, 1.0)
    return float(max(a, 0.0)), float(max(b, 0.0)), float(max(c, 0.0))


def stage(
    load_kw: float, units: int, spare: int, coefficients: tuple[float, float, float], paths: int = 1
) -> Stage:
    """Return a stage of ``paths`` paths, each of ``units`` + ``spare`` equal units, for ``load_kw``.

    2N is ``paths=2, spare=0``; N+1 is ``paths=1, spare=1``.
    """
    require_positive("units", units)
    require_positive("load_kw", load_kw)
    unit_kw = load_kw / units
    return Stage(paths * (units + spare) * unit_kw, load_kw, *coefficients)


def size_critical(figures: TrainFigures, critical_kw: float) -> tuple[Stage, Stage]:
    """Return distribution (no spare inside a path) and UPS for ``critical_kw`` at the racks."""
    etas = (figures.ups_efficiency_quarter, figures.ups_efficiency_half, figures.ups_efficiency_full)
    pdu = stage(critical_kw, 1, 0, (figures.pdu_no_load_loss, 0.0, figures.pdu_load_loss), figures.paths)
    behind_kw = critical_kw + float(stage_loss_kw(pdu, critical_kw))
    return pdu, stage(behind_kw, figures.units, figures.spare, loss_coefficients(*etas), figures.paths)


def size_power_train(figures: TrainFigures, critical_kw: float, mechanical_kw: float) -> PowerTrainParams:
    """Return the train for ``critical_kw`` at the racks and at most ``mechanical_kw`` beside the UPS."""
    pdu, ups = size_critical(figures, critical_kw)
    to_ups = critical_kw + float(stage_loss_kw(pdu, critical_kw))
    load_kw = to_ups + float(stage_loss_kw(ups, to_ups)) + mechanical_kw
    installed_kw = load_kw * (1.0 + figures.transformer_spare_share)
    transformer = Stage(
        installed_kw, load_kw, figures.transformer_no_load_loss, 0.0, figures.transformer_load_loss
    )
    return PowerTrainParams(pdu, ups, transformer)


def stage_loss_kw(part: Stage, output_kw: ArrayLike) -> Array:
    """Return the loss of a stage that delivers ``output_kw``; refuses more than it carries without spares."""
    output = require_between("output_kw", output_kw, 0.0, np.inf)
    require_not_above(
        "output_kw", output, part.usable_kw, "what the stage carries", slack=1e-6 * part.usable_kw
    )
    x = output / part.installed_kw
    return np.asarray(part.installed_kw * (part.no_load + x * (part.proportional + x * part.square)))


def best_loading(part: Stage) -> float:
    """Return the loading 0..1 with the highest efficiency: x* = sqrt(a / c), at most 1."""
    return 1.0 if part.square <= part.no_load else float(np.sqrt(part.no_load / part.square))


def power_flow(params: PowerTrainParams, critical_kw: ArrayLike, mechanical_kw: ArrayLike = 0.0) -> PowerFlow:
    """Return input and losses for ``critical_kw`` at the racks and ``mechanical_kw`` beside the UPS."""
    critical = np.asarray(critical_kw, dtype=np.float64)
    pdu = stage_loss_kw(params.pdu, critical)
    ups = stage_loss_kw(params.ups, critical + pdu)
    behind = critical + pdu + ups + np.asarray(mechanical_kw, dtype=np.float64)
    transformer = stage_loss_kw(params.transformer, behind)
    return PowerFlow(np.asarray(behind + transformer), pdu, ups, transformer)


def input_kw(params: PowerTrainParams, output_kw: ArrayLike, mechanical_kw: ArrayLike = 0.0) -> Array:
    """Return power at the connection for ``output_kw`` of critical load (and ``mechanical_kw`` of plant)."""
    return power_flow(params, output_kw, mechanical_kw).input_kw


def affine_input_kw(output_kw: ArrayLike, constant_kw: float, efficiency: float) -> Array:
    """Return (P_out + c) / η, the converter model of RAPS.

    Frontier: SIVOC 13 W and 0.98, rectifier 17 W and 0.96.
    """
    require_between("efficiency", efficiency, 1e-6, 1.0)
    return np.asarray((np.asarray(output_kw, dtype=np.float64) + constant_kw) / efficiency)


def staged_input_kw(
    output_kw: ArrayLike, unit_kw: float, units: int, coefficients: tuple[float, float, float]
) -> Array:
    """Return input power of a rectifier shelf that runs only as many of its ``units`` as cost least.

    Each unit in operation loses (a + b x + c x²)·``unit_kw`` at loading x; idle ones are off. Refuses a
    load above the shelf's rating.
    """
    output = require_between("output_kw", output_kw, 0.0, np.inf)
    require_not_above("output_kw", output, units * unit_kw, "the rating of the shelf", slack=1e-9)
    a, b, c = coefficients
    best = np.full(output.shape, np.inf)
    for running in range(1, units + 1):
        x = output / (running * unit_kw)
        loss = running * unit_kw * (a + x * (b + x * c))
        best = np.minimum(best, np.where(x <= 1.0 + 1e-12, output + loss, np.inf))
    return best
