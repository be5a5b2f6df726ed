"""What describes one rack and what it does: the types that its kernels share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from twin.physics._checks import Array
from twin.physics.node import SupplyParams

CoolingKind = Literal["air", "rear_door", "direct_to_chip", "immersion"]


@dataclass(frozen=True)
class ThermalPath:
    """Resistance from fluid inlet to junction and memory: R(V) = base + flow_part·V^−exponent, K/W.

    V is relative mass flow (1 = rated) for air and L/min per chip for liquid. ``junction`` is case to
    junction, ``memory_extra`` what the memory stack adds over the junction; both K per W of GPU power.
    """

    base: float
    flow_part: float
    exponent: float
    junction: float
    memory_extra: float


@dataclass(frozen=True)
class RackParams:
    """One rack. Power kW (W where named), temperatures °C at the rack's own inlet and outlet.

    ``it_kw`` is nameplate critical IT power at the wall side; ``platform_kw`` and ``fan_kw`` are the part
    of it, behind the supplies, that is not GPU. ``supply`` is the loss curve of all shelves together.
    ``air_supply_set_degc`` and ``liquid_supply_set_degc`` are what the rack asks of the plant; the limits
    beside them are what it tolerates. Liquid figures are 0 for a rack without liquid.
    """

    kind: CoolingKind
    it_kw: float
    gpus: int
    gpu_idle_w: float
    gpu_tdp_w: float
    platform_kw: float
    fan_kw: float
    supply: SupplyParams
    path: ThermalPath
    operating_degc: float
    slowdown_degc: float
    trip_degc: float
    hbm_max_degc: float
    liquid_share: float
    recirculation: float
    air_rise_design_k: float
    air_flow_rated_m3_s: float
    air_flow_min_m3_s: float
    air_flow_max_m3_s: float
    air_supply_set_degc: float
    air_inlet_min_degc: float
    air_inlet_max_degc: float
    altitude_derate_k_per_km: float
    liquid_supply_set_degc: float
    liquid_inlet_min_degc: float
    liquid_inlet_max_degc: float
    liquid_return_max_degc: float
    liquid_flow_l_per_min: float
    liquid_flow_max_l_per_min: float
    chip_flow_l_per_min: float
    door_effectiveness: float
    supplies: int
    supplies_spare: int
    supply_rated_kw: float
    feed_rated_kw: float
    feed_continuous_share: float
    mass_kg: float
    footprint_m2: float
    floor_limit_kg_per_m2: float

    @property
    def has_liquid(self) -> bool:
        """Whether any heat leaves in liquid."""
        return self.liquid_share > 0.0

    @property
    def chip_in_liquid(self) -> bool:
        """Whether the GPU itself is cooled by the liquid (plate or bath), not by air."""
        return self.kind in ("direct_to_chip", "immersion")


@dataclass(frozen=True)
class RackState:
    """What one rack does. Arrays of the broadcast shape of the inputs, or smaller where constant.

    ``gpu_degc`` and ``hbm_degc`` are without throttling; ``throttle_pu`` is the share of the demanded IT
    power that must be shed to keep them at their operating limits. ``margins`` maps a limit's name to the
    distance to it (negative = exceeded); units are in ``twin.physics.rack_limits.UNITS``.
    """

    gpu_w: Array
    gpu_degc: Array
    hbm_degc: Array
    throttle_pu: Array
    air_flow_m3_s: Array
    air_inlet_degc: Array
    air_return_degc: Array
    liquid_flow_l_per_min: float
    liquid_return_degc: Array
    margins: dict[str, Array]


@dataclass(frozen=True)
class AirStream:
    """Air through the servers: heat taken up, kW, before any rear door cools it; flow wanted and had."""

    heat_kw: Array
    density: Array
    wanted_m3_s: Array
    flow_m3_s: Array
    inlet_degc: Array
    rise_k: Array
