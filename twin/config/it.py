"""What stands in the hall: accelerators, servers and racks."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from twin.config.base import Model


class Gpu(Model):
    """One accelerator."""

    idle_w: float = Field(gt=0)
    """Power with no process on it."""
    context_w: float = Field(ge=0)
    """Power added while a process holds memory."""
    busy_w: float = Field(gt=0)
    """Mean power at full utilisation, uncapped, at the leakage reference temperature."""
    tdp_w: float = Field(gt=0)
    """Highest power cap."""
    cap_min_w: float = Field(gt=0)
    """Lowest power cap the driver accepts."""
    leakage_ref_w: float = Field(ge=0)
    """Leakage contained in idle and busy power at the reference temperature."""
    leakage_ref_degc: float
    """Junction temperature at which leakage was taken."""
    leakage_doubling_k: float = Field(gt=0)
    """Warming that doubles leakage."""
    clock_exponent: float = Field(ge=1, le=4)
    """n in dynamic power ∝ clock^n."""
    operating_degc: float
    """Highest junction temperature for continuous work."""
    slowdown_degc: float
    """Junction temperature at which the chip slows itself."""
    trip_degc: float
    """Junction temperature at which the chip switches itself off."""
    hbm_max_degc: float
    """Highest memory temperature."""
    bf16_dense_pflops: float = Field(gt=0)
    """Dense BF16 peak, for throughput comparisons between kinds."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not self.idle_w + self.context_w < self.busy_w <= self.tdp_w:
            raise ValueError("idle_w + context_w < busy_w <= tdp_w")
        if not self.cap_min_w <= self.tdp_w:
            raise ValueError("cap_min_w at most tdp_w")
        if not self.operating_degc <= self.slowdown_degc <= self.trip_degc:
            raise ValueError("operating_degc <= slowdown_degc <= trip_degc")
        return self


class Node(Model):
    """One server or compute tray."""

    gpu: str
    """Accelerator in ``models/gpus``."""
    gpus: int = Field(ge=1)
    """Accelerators in it."""
    nameplate_kw: float = Field(gt=0)
    """Maker's maximum wall power."""
    platform_idle_w: float = Field(ge=0)
    """DC power of everything that is neither GPU nor fan, nothing running."""
    platform_active_w: float = Field(ge=0)
    """DC power the same parts add when a job runs."""
    fan_rated_w: float = Field(ge=0)
    """Fan power at full speed; 0 without fans."""
    fan_min_speed: float = Field(ge=0, le=1)
    """Lowest relative fan speed."""
    air_flow_rated_m3_s: float = Field(ge=0)
    """Air through it at nameplate power; 0 without air."""
    air_flow_max_m3_s: float = Field(ge=0)
    """Air at full fan speed."""
    supplies: int = Field(ge=0)
    """Power supplies in it; 0 when the rack's shelves feed it."""
    supplies_spare: int = Field(ge=0)
    """Supplies that may fail without loss of nameplate power."""
    supply_rated_w: float = Field(ge=0)
    """Output of one supply."""
    loss_fixed_w: float = Field(ge=0)
    """No-load loss of all supplies together."""
    loss_linear: float = Field(ge=0, lt=0.5)
    """Loss in proportion to output."""
    loss_square_per_w: float = Field(ge=0)
    """Ohmic loss: coefficient of output squared, 1/W."""
    mass_kg: float = Field(gt=0)
    """Mass."""
    price_usd: float = Field(gt=0)
    """Price with its GPUs."""
    fit: dict[str, float | str] = Field(default_factory=dict)
    """How the parameters were fitted and how well: error figures and the data they came from."""


class Rack(Model):
    """One rack as delivered: servers, their cooling at chip and rack, feeds and mass."""

    node: str
    """Server in ``models/nodes``."""
    gpu: str
    """Accelerator in ``models/gpus``; must be that of the node."""
    nodes: int = Field(ge=1)
    """Servers in the rack."""
    gpus: int = Field(ge=1)
    """Accelerators in the rack."""
    it_kw: float = Field(gt=0)
    """Nameplate critical IT power at the wall side."""
    extra_platform_kw: float = Field(ge=0)
    """DC power of switch trays and rack management beyond the servers."""
    price_usd: float = Field(gt=0)
    """Price of the rack with its servers."""
    cooling_kind: Literal["air", "rear_door", "direct_to_chip", "immersion"]
    """How heat leaves the chip and the rack."""
    liquid_share: float = Field(ge=0, le=1)
    """Share of the rack's heat that leaves in liquid."""
    recirculation: float = Field(ge=0, lt=0.5)
    """Share of exhaust air that returns to the inlet."""
    resistance_base_k_per_w: float = Field(gt=0)
    """Fluid-inlet-to-case resistance at very high flow."""
    resistance_flow_part: float = Field(ge=0)
    """Part that falls with flow: K/W at unit flow (relative mass flow of air, or L/min per chip)."""
    resistance_exponent: float = Field(ge=0)
    """Exponent of that fall."""
    junction_k_per_w: float = Field(ge=0)
    """Case-to-junction resistance."""
    memory_extra_k_per_w: float = Field(ge=0)
    """Memory above junction, per watt of GPU power."""
    air_rise_design_k: float = Field(ge=0)
    """Air temperature rise the fans hold."""
    air_flow_min_share: float = Field(ge=0, le=1)
    """Lowest air flow over rated."""
    air_flow_rated_m3_s: float = Field(ge=0)
    """Air through the rack at nameplate; 0 without air."""
    air_flow_max_m3_s: float = Field(ge=0)
    """Air with fans at full speed."""
    air_supply_set_degc: float
    """Cold-aisle temperature asked of the plant."""
    air_inlet_min_degc: float
    """Lowest inlet air the devices tolerate."""
    air_inlet_max_degc: float
    """Highest inlet air the devices tolerate."""
    altitude_derate_k_per_km: float = Field(0.0, ge=0)
    """Fall of that limit per kilometre above 900 m."""
    liquid_supply_set_degc: float = 0.0
    """Coolant temperature asked of the plant at the rack's manifold; 0 without liquid."""
    liquid_inlet_min_degc: float = 0.0
    """Lowest coolant temperature tolerated (dew point is checked by the plant)."""
    liquid_inlet_max_degc: float = 0.0
    """Highest coolant temperature tolerated."""
    liquid_return_max_degc: float = 0.0
    """Highest coolant temperature at the outlet."""
    flow_l_per_min_per_kw: float = Field(0.0, ge=0)
    """Coolant per kilowatt of nameplate liquid heat, and per kilowatt of chip at its plate."""
    flow_max_l_per_min: float = Field(0.0, ge=0)
    """Coolant the manifold passes at its allowed pressure."""
    door_effectiveness: float = Field(0.0, ge=0, le=1)
    """Effectiveness of the rear-door exchanger; 0 without one."""
    supplies: int = Field(ge=1)
    """Power supplies or shelf modules in the rack."""
    supplies_spare: int = Field(ge=0)
    """Supplies that may fail at nameplate load."""
    supply_rated_kw: float = Field(gt=0)
    """Output of one supply."""
    feeds: int = Field(ge=1)
    """Power feeds that carry the load together when all are well."""
    feed_rated_kw: float = Field(gt=0)
    """Rating of one feed (PDU or busway tap)."""
    feeds_spare: int = Field(ge=0)
    """Feeds that may be lost at nameplate load."""
    feed_continuous_share: float = Field(0.8, gt=0, le=1)
    """Share of a feed's rating that may be drawn continuously."""
    mass_kg: float = Field(gt=0)
    """Loaded mass."""
    footprint_m2: float = Field(gt=0)
    """Floor area that carries it."""
    floor_limit_kg_per_m2: float = Field(gt=0)
    """Load the floor bears on that area."""
    chip_heat_capacity_j_per_k: float = Field(gt=0)
    """Heat stored per kelvin in one chip with its sink or plate."""
    coolant_volume_l: float = Field(0.0, ge=0)
    """Coolant in the rack and its share of the secondary loop, for ride-through."""
    fit: dict[str, float | str] = Field(default_factory=dict)
    """How figures were fitted to telemetry, and how well."""

    @model_validator(mode="after")
    def _liquid_or_air(self) -> Self:
        if self.liquid_share > 0 and not (self.flow_l_per_min_per_kw > 0 and self.flow_max_l_per_min > 0):
            raise ValueError("flow_l_per_min_per_kw and flow_max_l_per_min above 0 where liquid_share is")
        if self.liquid_share < 1 and not (self.air_flow_rated_m3_s > 0 and self.air_rise_design_k > 0):
            raise ValueError(
                "air_flow_rated_m3_s and air_rise_design_k above 0 where liquid_share is below 1"
            )
        if not self.air_flow_rated_m3_s <= self.air_flow_max_m3_s:
            raise ValueError("air_flow_rated_m3_s at most air_flow_max_m3_s")
        if self.cooling_kind == "air" and self.liquid_share > 0:
            raise ValueError("liquid_share 0 where cooling_kind is air; a rear door makes it rear_door")
        if self.it_kw > self.supplies * self.supply_rated_kw:
            raise ValueError("it_kw at most what all supplies of supply_rated_kw deliver together")
        if self.supplies_spare >= self.supplies or self.feeds_spare >= self.feeds:
            raise ValueError("supplies_spare below supplies and feeds_spare below feeds")
        return self
