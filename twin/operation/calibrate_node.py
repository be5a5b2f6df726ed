"""Fit a server to wall power: platform, busy accelerators, and the loss of its supplies where DC is metered.

With utilisation in the telemetry, power follows it. Without, a server under one job at a time shows three
levels - idle, host busy, accelerators busy - and the model is told only which of them a reading belongs to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from twin.config.it import Gpu, Node
from twin.hall import gpu_params, node_params
from twin.operation.fitting import Fitted, Free, Loss, told_fit
from twin.operation.telemetry import Array, Telemetry
from twin.physics.gpu import GpuParams, idle_w, power_w
from twin.physics.node import NodeParams, SupplyParams, ac_w, dc_w, fan_w
from twin.physics.node_fit import filtered_dc_w, fit_supply, levels_of, states_of

_FAN_STEPS = 8
_STEADY = 0.02
FLOOR_PERCENTILE = 1.0


@dataclass(frozen=True)
class NodeModel:
    """A server with its accelerators' busy power and what its host does while it waits (0..1)."""

    node: Node
    gpu: Gpu
    waiting: float = 0.0

    def wall_w(self, gpu_w: Array, activity: Array) -> Array:
        """Return wall power, W, for a power per GPU and host activity; fans follow the heat they carry."""
        params = _roomy(node_params(self.node))
        wall = ac_w(params.supply, dc_w(params, gpu_w, activity, 0.0))
        if params.fan_rated_w == 0.0:
            return wall
        flow = self.node.air_flow_rated_m3_s / self.node.air_flow_max_m3_s / (1000.0 * self.node.nameplate_kw)
        base = dc_w(params, gpu_w, activity, 0.0) - fan_w(params, 0.0)
        for _ in range(_FAN_STEPS):
            wall = ac_w(params.supply, base + fan_w(params, np.clip(flow * wall, 0.0, 1.0)))
        return wall

    def states_w(self) -> Array:
        """Return wall power of the three levels, W."""
        gpu = gpu_params(self.gpu)
        per_gpu = np.array([idle_w(gpu, "bare"), idle_w(gpu, "context"), gpu.busy_w])
        return self.wall_w(per_gpu, np.array([self.waiting, 1.0, 1.0]))

    def floor_w(self) -> float:
        """Return wall power with nothing running, W."""
        return float(self.wall_w(np.array([idle_w(gpu_params(self.gpu), "bare")]), np.zeros(1))[0])


@dataclass(frozen=True)
class Activity:
    """What the telemetry tells of the work: utilisation (0..1), or the level of each reading (0, 1, 2)."""

    utilisation: Array | None
    level: NDArray[np.int_] | None

    def predicted_w(self, model: NodeModel) -> Array:
        """Return the model's wall power of each reading, W."""
        if self.utilisation is not None:
            gpu: GpuParams = gpu_params(model.gpu)
            held = np.ones_like(self.utilisation)
            return model.wall_w(power_w(gpu, np.clip(self.utilisation, 0.0, 1.0)), held)
        assert self.level is not None
        return np.asarray(model.states_w()[self.level])


def thresholds_w(model: NodeModel, power_w_read: Array) -> tuple[float, float]:
    """Return wall powers between the three levels of these readings, W, found from the model's own levels."""
    start = model.states_w()
    middle = levels_of(power_w_read, start * float(np.quantile(power_w_read, 0.95)) / start[2])
    return float(middle[0] + middle[1]) / 2.0, float(middle[1] + middle[2]) / 2.0


def activity_of(data: Telemetry, thresholds: tuple[float, float]) -> Activity:
    """Return utilisation where the telemetry has it, else the level that a reading's own power tells."""
    if "utilisation" in data.values:
        return Activity(data.values["utilisation"], None)
    return Activity(None, states_of(data.values["power_w"], thresholds))


def fit_node_model(data: Telemetry, start: NodeModel) -> tuple[NodeModel, Fitted, tuple[float, float]]:
    """Return the fitted server, how it was fitted, and the powers between levels.

    ``data`` holds ``power_w`` (wall), perhaps ``dc_w`` and ``utilisation``; its jobs count alike, however
    long each is. Supplies are fitted on steady means of levels, since noise in DC would tilt their slope.
    """
    split = thresholds_w(start, data.values["power_w"])
    supplied = with_supply(data, start, split) if "dc_w" in data.values else start
    activity = activity_of(data, split)
    measured, weights = data.values["power_w"], _equal_groups(data.group)
    floor = float(np.percentile(measured, FLOOR_PERCENTILE))
    free = _free(supplied, activity)
    # The floor is one reading that stands for the idle server; it weighs as much as a hundredth of the rest.
    stress = float(np.sqrt(0.01 * measured.size))

    def predict(values: Mapping[str, float]) -> Array:
        model = with_values(supplied, values)
        return np.append(activity.predicted_w(model), stress * model.floor_w())

    weights = np.append(weights, 1.0)
    # Readings far from a level are dips of the work, not faults of the meter.
    loss: Loss = "cauchy" if activity.level is None else "soft_l1"
    fitted = told_fit(predict, np.append(measured, stress * floor), free, weights, loss)
    return with_values(supplied, fitted.values), fitted, split


def with_values(model: NodeModel, values: Mapping[str, float]) -> NodeModel:
    """Return the model with fitted values in place of its own."""
    node = model.node.model_copy(
        update={
            key: value for key, value in values.items() if key in ("platform_idle_w", "platform_active_w")
        }
    )
    busy = values.get("busy_w", model.gpu.busy_w)
    gpu = model.gpu.model_copy(update={"busy_w": busy})
    return NodeModel(node, gpu, values.get("waiting", model.waiting))


def with_supply(data: Telemetry, model: NodeModel, split: tuple[float, float]) -> NodeModel:
    """Return the model with supplies fitted to steady means of each level of each group."""
    pairs = []
    for name in np.unique(data.group):
        here = data.group == name
        wall = data.values["power_w"][here]
        if wall.size >= 20 and np.isfinite(data.values["dc_w"][here]).sum() >= 20:
            pairs += _steady_means(wall, data.values["dc_w"][here], split)
    if len(pairs) < 3:
        return model
    table = np.array(pairs)
    supply: SupplyParams = fit_supply(table[:, 0], table[:, 1], node_params(model.node).supply.rated_w)
    names = ("loss_fixed_w", "loss_linear", "loss_square_per_w")
    found = {name: getattr(supply, name) for name in names}
    return replace(model, node=model.node.model_copy(update=found))


def _steady_means(wall: Array, raw: Array, split: tuple[float, float]) -> list[tuple[float, float]]:
    try:
        direct = filtered_dc_w(raw, wall)
    except ValueError:
        return []
    still = np.ones(wall.size, dtype=bool)
    for side in (wall, direct):
        calm = np.abs(np.diff(side)) < _STEADY * side[1:]
        still[1:] &= calm
        still[:-1] &= calm
    level = np.where(still, states_of(wall, split), -1)
    return [
        (float(wall[level == k].mean()), float(direct[level == k].mean()))
        for k in range(3)
        if (level == k).sum() >= 5
    ]


def _free(model: NodeModel, activity: Activity) -> dict[str, Free]:
    node, gpu = model.node, model.gpu
    resting = gpu.idle_w + gpu.context_w
    free = {
        "platform_idle_w": Free(node.platform_idle_w, 0.0, 5.0 * node.platform_idle_w),
        "platform_active_w": Free(node.platform_active_w, 0.0, 8.0 * node.platform_active_w),
        "busy_w": Free(gpu.busy_w, 1.02 * resting, gpu.tdp_w),
    }
    if activity.level is not None:
        free["waiting"] = Free(0.2, 0.0, 1.0, always=True)
    return free


def _equal_groups(group: NDArray[np.str_]) -> Array:
    """Return weights with mean 1 under which every job (a group's name up to its slash) counts alike."""
    jobs = np.array([str(name).partition("/")[0] for name in group])
    _, which, counts = np.unique(jobs, return_inverse=True, return_counts=True)
    return np.asarray(group.size / counts.size / counts[which], dtype=np.float64)


def _roomy(params: NodeParams) -> NodeParams:
    """A trial of the fit may ask more of the supplies than they are rated for; a file may not."""
    return replace(params, supply=replace(params.supply, rated_w=10.0 * params.supply.rated_w))
