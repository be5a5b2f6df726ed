"""Fit a rack to what its meters and sensors tell: wall power, GPU temperature, coolant return.

Each of the three is its own small fit: power tells what the rack draws beyond its servers, temperature the
resistance from the fluid to the chip, the coolant's return its flow.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from twin.config.it import Gpu, Node, Rack
from twin.hall import gpu_params, node_params, rack_params_of
from twin.operation.fitting import Fitted, Free, told_fit
from twin.operation.rack_power import RackParts, gpu_kw, wall_kw
from twin.operation.telemetry import Array, Telemetry
from twin.physics.rack import heat_split_kw, liquid_rise_k, resistance_k_per_w

SENSORS = {
    "power_kw": "extra_platform_kw",
    "liquid_return_degc": "flow_l_per_min_per_kw",
    "gpu_degc": "resistance_base_k_per_w",
}
"""Column to the figure of the rack that it tells, in the order of the fits: flow enters the resistance."""
BOUNDS = {
    "extra_platform_kw": (0.0, 6.0),
    "resistance_base_k_per_w": (0.2, 5.0),
    "flow_l_per_min_per_kw": (0.3, 3.0),
}
"""Least and most of a figure over its start."""


def parts_of(rack: Rack, node: Node, gpu: Gpu) -> RackParts:
    """Return the parts of a rack for the power kernels."""
    params = rack_params_of(rack, node, gpu)
    return RackParts(params, node_params(node), gpu_params(gpu), rack.nodes, 1000.0 * rack.extra_platform_kw)


def predicted(rack: Rack, node: Node, gpu: Gpu, data: Telemetry, column: str) -> Array:
    """Return what the model says of a column, (n,), from utilisation and the supply of air or coolant."""
    parts = parts_of(rack, node, gpu)
    share = np.clip(data.values["utilisation"], 0.0, 1.0)
    cold = data.values.get("supply_degc", np.full(data.size, _usual_supply(parts)))
    chips = gpu_kw(parts, share, cold)
    if column == "power_kw":
        return wall_kw(_roomy(parts), chips)
    if column == "gpu_degc":
        flow = parts.rack.chip_flow_l_per_min if parts.rack.chip_in_liquid else 1.0
        path = float(resistance_k_per_w(parts.rack.path, flow)) + parts.rack.path.junction
        return np.asarray(cold + 1000.0 * chips / parts.rack.gpus * path)
    load = np.clip(wall_kw(_roomy(parts), chips) / parts.rack.it_kw, 0.0, 1.0)
    return np.asarray(cold + liquid_rise_k(parts.rack, heat_split_kw(parts.rack, load)[1], cold))


def tellable(rack: Rack, data: Telemetry) -> list[str]:
    """Return the columns of the telemetry that tell a figure of this rack."""
    if "utilisation" not in data.values:
        return []
    liquid = ("liquid_return_degc",) if rack.liquid_share == 0 else ()
    needs_supply = ("gpu_degc", "liquid_return_degc") if "supply_degc" not in data.values else ()
    return [name for name in SENSORS if name in data.values and name not in (*liquid, *needs_supply)]


def fit_rack_model(data: Telemetry, rack: Rack, node: Node, gpu: Gpu) -> tuple[Rack, dict[str, Fitted]]:
    """Return the fitted rack and one fit per column that tells something."""
    found = {}
    for column in tellable(rack, data):
        figure = SENSORS[column]
        start = float(getattr(rack, figure)) or 0.01 * rack.it_kw
        low, high = BOUNDS[figure]
        measured = data.values[column]
        usable = np.isfinite(measured)
        some, base = data.kept(usable), rack

        def predict(
            values: Mapping[str, float], base: Rack = base, some: Telemetry = some, column: str = column
        ) -> Array:
            return predicted(base.model_copy(update=dict(values)), node, gpu, some, column)

        free = {figure: Free(start, low * start, high * start)}
        found[column] = told_fit(predict, measured[usable], free)
        rack = rack.model_copy(update=found[column].values)
    return rack, found


def _usual_supply(parts: RackParts) -> float:
    rack = parts.rack
    return rack.liquid_supply_set_degc if rack.chip_in_liquid else rack.air_supply_set_degc


def _roomy(parts: RackParts) -> RackParts:
    supply = replace(parts.rack.supply, rated_w=10.0 * parts.rack.supply.rated_w)
    return replace(parts, rack=replace(parts.rack, supply=supply))
