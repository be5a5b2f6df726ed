"""Fit a cooling plant to its metered electricity, from the heat it carried and the weather it stood in.

Which part of a plant draws what is not told by one meter: what the data do not tell stays where the file had
it, held by a prior, and the report says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np

from twin.config.plant import CoolingPlant
from twin.operation.fitting import Fitted, Free, told_fit
from twin.operation.telemetry import Array, Telemetry
from twin.physics.cooling import plant_state
from twin.physics.plant_sizing import PlantFigures, size_plant
from twin.physics.rack import KELVIN

PRIOR = 0.5
"""A figure of a plant file is believed within a half, unless the data say otherwise."""
LIQUID = ("cdu_electric_share",)
AIR = ("air_fan_pa",)
REJECT = {
    "dry": ("cooler_fan_share",),
    "adiabatic": ("cooler_fan_share",),
    "tower": ("tower_fan_share", "tower_pump_kpa"),
}
BOTH = ("pump_kpa", "flow_exponent", "chiller_cop")
BOUNDS = {"flow_exponent": (2.0, 3.0), "cdu_electric_share": (0.0, 0.1)}
COP_MOST = 0.95
"""Share of the Carnot limit, at the reference temperatures, that no chiller reaches."""
SHARES = ("cooler_fan_share", "tower_fan_share", "exchanger_fan_share")


@dataclass(frozen=True)
class Duty:
    """What the plant was built for: heat of its two sides, kW, and the supply each asks for, °C."""

    air_kw: float
    liquid_kw: float
    air_set_degc: float
    liquid_set_degc: float


def predicted_kw(plant: CoolingPlant, duty: Duty, data: Telemetry) -> Array:
    """Return the plant's electricity, kW, (n,), for ``heat_kw`` (liquid), ``air_heat_kw`` and the weather."""
    figures = PlantFigures(**{f.name: getattr(plant, f.name) for f in fields(PlantFigures)})
    sized = size_plant(figures, duty.air_kw, duty.liquid_kw, duty.air_set_degc, duty.liquid_set_degc)
    none = np.zeros(data.size)
    wet = data.values["wet_bulb_degc"]
    dry = np.maximum(data.values["dry_bulb_degc"], wet)
    state = plant_state(
        sized, data.values.get("air_heat_kw", none), data.values.get("heat_kw", none), dry, wet
    )
    return np.broadcast_to(state.power_kw, (data.size,)).astype(float)


def candidates(plant: CoolingPlant, duty: Duty) -> list[str]:
    """Return the figures of this plant that draw power at this duty."""
    names = [*(LIQUID if duty.liquid_kw else ()), *(AIR if duty.air_kw else ())]
    if duty.liquid_kw or plant.air_kind == "water":
        names += REJECT[plant.reject_kind]
    if duty.air_kw and plant.air_kind == "indirect":
        names.append("exchanger_fan_share")
    return [name for name in (*names, *BOTH) if getattr(plant, name) > 0.0]


def fit_plant_model(data: Telemetry, plant: CoolingPlant, duty: Duty) -> tuple[CoolingPlant, Fitted]:
    """Return the plant fitted to ``plant_kw``; figures that the data do not tell keep near their start."""
    free = {}
    for name in candidates(plant, duty):
        start = float(getattr(plant, name))
        low, high = BOUNDS.get(name, (0.2 * start, 0.2 if name in SHARES else 5.0 * start))
        if name == "chiller_cop":
            high = max(_most_cop(plant), 1.01 * start)
        # A change of exponent by a tenth already moves half-flow power by a fifth.
        free[name] = Free(start, low, high, 0.1 if name == "flow_exponent" else PRIOR)

    def predict(values: Mapping[str, float]) -> Array:
        return predicted_kw(plant.model_copy(update=dict(values)), duty, data)

    fitted = told_fit(predict, data.values["plant_kw"], free)
    return plant.model_copy(update=fitted.values), fitted


def _most_cop(plant: CoolingPlant) -> float:
    """Return the highest COP that the reference temperatures and the machine's inner lift allow."""
    cold = plant.chiller_leaving_ref_degc - plant.chiller_internal_lift_k / 2.0 + KELVIN
    lift = plant.chiller_condenser_ref_degc - plant.chiller_leaving_ref_degc + plant.chiller_internal_lift_k
    return COP_MOST * cold / lift
