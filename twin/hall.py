"""A hall: one rack type with its servers, cooling plant and power train, as the library describes them."""

from __future__ import annotations

from dataclasses import dataclass

from twin import library
from twin.config.case import Design
from twin.config.it import Gpu, Node, Rack
from twin.config.plant import CoolingPlant, PowerTrain
from twin.errors import BadInput, Fault
from twin.physics.gpu import GpuParams
from twin.physics.node import NodeParams, SupplyParams
from twin.physics.rack_params import RackParams, ThermalPath
from twin.physics.ride_through import Stores


@dataclass(frozen=True)
class Hall:
    """Everything physical about one design."""

    rack: Rack
    node: Node
    gpu: Gpu
    cooling: CoolingPlant
    power_train: PowerTrain


def load_hall(design: Design) -> Hall:
    """Return the hall of a design. Raises BadInput for unknown names or parts that do not fit together."""
    rack, node, gpu = load_rack(design.rack)
    cooling = library.get("cooling", design.cooling)
    return Hall(rack, node, gpu, cooling, library.get("power_trains", design.power_train))


def load_rack(ref: str | Rack) -> tuple[Rack, Node, Gpu]:
    """Return a rack with its node and GPU. Raises BadInput when their counts or kinds contradict."""
    rack: Rack = library.get("racks", ref)
    where = f"models/racks/{rack.name}.toml"
    with library.asked_by(where, "node", "nodes", rack.node):
        node: Node = library.get("nodes", rack.node)
    with library.asked_by(where, "gpu", "gpus", rack.gpu):
        gpu: Gpu = library.get("gpus", rack.gpu)
    faults, nodes = [], f"nodes/{node.name}"
    if node.gpu != rack.gpu:
        faults.append(Fault(where, "gpu", rack.gpu, f"the GPU of {nodes}", f"which is {node.gpu!r}"))
    if node.gpus * rack.nodes != rack.gpus:
        there = f"{rack.nodes} x {node.gpus} of {nodes} = {node.gpus * rack.nodes}"
        faults.append(Fault(where, "gpus", rack.gpus, there))
    through = rack.nodes * node.air_flow_rated_m3_s
    if abs(through - rack.air_flow_rated_m3_s) > 0.02 * through:
        expected = f"{through:.4f} of {rack.nodes} {nodes}"
        faults.append(Fault(where, "air_flow_rated_m3_s", rack.air_flow_rated_m3_s, expected))
    if faults:
        raise BadInput(faults)
    return rack, node, gpu


def gpu_params(gpu: Gpu) -> GpuParams:
    """Return the physics of an accelerator."""
    return GpuParams(**{key: getattr(gpu, key) for key in GpuParams.__dataclass_fields__})


def node_params(node: Node) -> NodeParams:
    """Return the physics of a server."""
    return NodeParams(
        gpus=node.gpus,
        platform_idle_w=node.platform_idle_w,
        platform_active_w=node.platform_active_w,
        fan_rated_w=node.fan_rated_w,
        fan_min_speed=node.fan_min_speed,
        supply=supply_params(node),
    )


def supply_params(node: Node, count: int = 1) -> SupplyParams:
    """Return the supplies of ``count`` equal servers as one: fixed loss adds, ohmic loss is shared."""
    rated = node.supplies * node.supply_rated_w or 1000.0 * node.nameplate_kw
    return SupplyParams(
        rated_w=count * rated,
        loss_fixed_w=count * node.loss_fixed_w,
        loss_linear=node.loss_linear,
        loss_square_per_w=node.loss_square_per_w / count,
    )


def rack_params(hall: Hall) -> RackParams:
    """Return the physics of the hall's rack."""
    return rack_params_of(hall.rack, hall.node, hall.gpu)


def rack_params_of(rack: Rack, node: Node, gpu: Gpu) -> RackParams:
    """Return the physics of a rack from its three files."""
    full_fans = (rack.air_flow_rated_m3_s / rack.air_flow_max_m3_s) ** 3 if rack.air_flow_max_m3_s else 0.0
    platform_w = rack.nodes * (node.platform_idle_w + node.platform_active_w)
    path = ThermalPath(
        base=rack.resistance_base_k_per_w,
        flow_part=rack.resistance_flow_part,
        exponent=rack.resistance_exponent,
        junction=rack.junction_k_per_w,
        memory_extra=rack.memory_extra_k_per_w,
    )
    return RackParams(
        kind=rack.cooling_kind,
        it_kw=rack.it_kw,
        gpus=rack.gpus,
        gpu_idle_w=gpu.idle_w,
        gpu_tdp_w=gpu.tdp_w,
        platform_kw=platform_w / 1000.0 + rack.extra_platform_kw,
        fan_kw=rack.nodes * node.fan_rated_w * full_fans / 1000.0,
        supply=supply_params(node, rack.nodes),
        path=path,
        operating_degc=gpu.operating_degc,
        slowdown_degc=gpu.slowdown_degc,
        trip_degc=gpu.trip_degc,
        hbm_max_degc=gpu.hbm_max_degc,
        liquid_share=rack.liquid_share,
        recirculation=rack.recirculation,
        air_rise_design_k=rack.air_rise_design_k,
        air_flow_rated_m3_s=rack.air_flow_rated_m3_s,
        air_flow_min_m3_s=rack.air_flow_min_share * rack.air_flow_rated_m3_s,
        air_flow_max_m3_s=rack.air_flow_max_m3_s,
        air_supply_set_degc=rack.air_supply_set_degc,
        air_inlet_min_degc=rack.air_inlet_min_degc,
        air_inlet_max_degc=rack.air_inlet_max_degc,
        altitude_derate_k_per_km=rack.altitude_derate_k_per_km,
        liquid_supply_set_degc=rack.liquid_supply_set_degc,
        liquid_inlet_min_degc=rack.liquid_inlet_min_degc,
        liquid_inlet_max_degc=rack.liquid_inlet_max_degc,
        liquid_return_max_degc=rack.liquid_return_max_degc,
        liquid_flow_l_per_min=rack.flow_l_per_min_per_kw * rack.liquid_share * rack.it_kw,
        liquid_flow_max_l_per_min=rack.flow_max_l_per_min,
        chip_flow_l_per_min=rack.flow_l_per_min_per_kw * gpu.tdp_w / 1000.0,
        door_effectiveness=rack.door_effectiveness,
        supplies=rack.supplies,
        supplies_spare=rack.supplies_spare,
        supply_rated_kw=rack.supply_rated_kw,
        feed_rated_kw=(rack.feeds - rack.feeds_spare) * rack.feed_rated_kw,
        feed_continuous_share=rack.feed_continuous_share,
        mass_kg=rack.mass_kg,
        footprint_m2=rack.footprint_m2,
        floor_limit_kg_per_m2=rack.floor_limit_kg_per_m2,
    )


def stores_of(rack: Rack) -> Stores:
    """Return the heat stores of a rack for ride-through.

    A third of an air-cooled rack's mass is metal that its air reaches; a bath convects well without its pump.
    """
    return Stores(
        chip_j_per_k=rack.chip_heat_capacity_j_per_k,
        coolant_l=rack.coolant_volume_l,
        rack_metal_kg=rack.mass_kg / 3.0,
        stagnant_share=0.4 if rack.cooling_kind == "immersion" else 0.04,
    )
