"""Sizing of a cooling plant: from its specific figures to the machines that carry a hall's heat."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from twin.physics._checks import require_between, require_positive
from twin.physics.chiller import ChillerParams, available_kw
from twin.physics.cooling import AirSide, LiquidSide, PlantParams
from twin.physics.dry_cooler import DryCooler, fan_exponent, size_dry_cooler
from twin.physics.loop import YORK_AIR_EXPONENT, LoopParams, Tower
from twin.physics.psychrometrics import STANDARD_PRESSURE_PA, humidity_ratio, wet_bulb_degc
from twin.physics.tower import latent_share, york_approach_k

AirKind = Literal["water", "direct", "indirect"]
RejectKind = Literal["dry", "adiabatic", "tower"]
AIR_KJ_PER_M3_K = 1.17 * 1.006
"""Volumetric heat capacity of hall air at 25 °C and sea level."""
CP_WATER = 4.186


@dataclass(frozen=True)
class PlantFigures:
    """Specific figures of a plant, as in ``models/cooling``; see CoolingPlant for each field's meaning."""

    air_kind: AirKind
    reject_kind: RejectKind
    design_margin: float
    flow_exponent: float
    flow_min: float
    air_rise_k: float
    air_fan_pa: float
    air_fan_efficiency: float
    coil_approach_k: float
    hall_dew_point_max_degc: float
    water_range_k: float
    liquid_range_k: float
    pump_kpa: float
    pump_efficiency: float
    cdu_approach_k: float
    cdu_electric_share: float
    cdu_flow_min: float
    cooler_approach_k: float
    cooler_air_rise_k: float
    cooler_fan_share: float
    cooler_fan_speed_min: float
    pad_effectiveness: float
    cycles_of_concentration: float
    exchanger_approach_k: float
    exchanger_air_rise_k: float
    exchanger_fan_share: float
    tower_range_k: float
    tower_exchanger_approach_k: float
    tower_fan_share: float
    tower_pump_kpa: float
    tower_drift_share: float
    air_trim_share: float
    liquid_trim_share: float
    trim_design_degc: float
    chiller_cop: float
    chiller_leaving_ref_degc: float
    chiller_condenser_ref_degc: float
    chiller_internal_lift_k: float
    chiller_capacity_per_k_leaving: float
    chiller_capacity_per_k_condenser: float
    chiller_plr_0: float
    chiller_plr_1: float
    chiller_plr_2: float
    chiller_plr_min: float


DEW_POINT_MARGIN_K = 2.0
"""Coolant stays this much above the hall's highest dew point (OCP: 2 to 3 K)."""


def size_plant(
    figures: PlantFigures,
    air_kw: float,
    liquid_kw: float,
    air_set_degc: float,
    liquid_set_degc: float,
) -> PlantParams:
    """Return the plant that carries ``air_kw`` and ``liquid_kw`` (at nameplate) at the racks' set points.

    A heat of 0 leaves its side out. Raises NonPhysical for negative heat, machines that cannot exist, or a
    coolant set point within 2 K of the hall's dew point.
    """
    require_between("air_kw", air_kw, 0.0, float("inf"))
    require_between("liquid_kw", liquid_kw, 0.0, float("inf"))
    require_between("design_margin", figures.design_margin, 1.0, 3.0)
    return PlantParams(
        air=_air_side(figures, air_kw * figures.design_margin, air_set_degc) if air_kw > 0 else None,
        liquid=_liquid_side(figures, liquid_kw * figures.design_margin, liquid_set_degc)
        if liquid_kw > 0
        else None,
    )


def _air_side(figures: PlantFigures, rated_kw: float, set_degc: float) -> AirSide:
    volume_m3_s = rated_kw / (AIR_KJ_PER_M3_K * require_positive("air_rise_k", figures.air_rise_k))
    fan_kw = float(volume_m3_s * figures.air_fan_pa / 1000.0 / figures.air_fan_efficiency)
    loop, chiller = None, None
    carried = rated_kw + fan_kw
    if figures.air_kind == "direct":
        chiller = _chiller(figures, figures.air_trim_share * carried, set_degc)
    elif figures.air_kind == "indirect":
        loop = _indirect_loop(figures, carried, set_degc)
    else:
        loop = _water_loop(
            figures,
            carried,
            set_degc - figures.coil_approach_k,
            figures.water_range_k,
            figures.air_trim_share,
        )
    return AirSide(
        rated_kw=rated_kw,
        set_degc=set_degc,
        rise_k=figures.air_rise_k,
        fan_kw=fan_kw,
        fan_exponent=figures.flow_exponent,
        flow_min=figures.flow_min,
        coil_approach_k=figures.coil_approach_k if figures.air_kind == "water" else 0.0,
        loop=loop,
        pad_effectiveness=figures.pad_effectiveness,
        cycles_of_concentration=figures.cycles_of_concentration,
        chiller=chiller,
    )


def _liquid_side(figures: PlantFigures, rated_kw: float, set_degc: float) -> LiquidSide:
    dry_enough = figures.hall_dew_point_max_degc + DEW_POINT_MARGIN_K
    require_between("liquid_supply_set_degc (dew point + 2 K or more)", set_degc, dry_enough, 80.0)
    cdu_kw = figures.cdu_electric_share * rated_kw
    facility = set_degc - figures.cdu_approach_k
    loop = _water_loop(
        figures, rated_kw + cdu_kw, facility, figures.liquid_range_k, figures.liquid_trim_share
    )
    return LiquidSide(rated_kw, set_degc, figures.cdu_approach_k, cdu_kw, figures.cdu_flow_min, loop)


def _water_loop(
    figures: PlantFigures, rated_kw: float, set_degc: float, range_k: float, trim_share: float
) -> LoopParams:
    pump_kw = _pump_kw(rated_kw, range_k, figures.pump_kpa, figures.pump_efficiency)
    cooler, tower = None, None
    if figures.reject_kind == "tower":
        tower = _tower(figures, rated_kw, set_degc)
    else:
        cooler = size_dry_cooler(
            rated_kw,
            range_k,
            figures.cooler_approach_k,
            figures.cooler_air_rise_k,
            figures.cooler_fan_share * rated_kw,
        )
    return _loop(figures, rated_kw, set_degc, range_k, pump_kw, cooler, tower, trim_share)


def _indirect_loop(figures: PlantFigures, rated_kw: float, set_degc: float) -> LoopParams:
    cooler = size_dry_cooler(
        rated_kw,
        figures.air_rise_k,
        figures.exchanger_approach_k,
        figures.exchanger_air_rise_k,
        figures.exchanger_fan_share * rated_kw,
    )
    return _loop(figures, rated_kw, set_degc, figures.air_rise_k, 0.0, cooler, None, figures.air_trim_share)


def _loop(
    figures: PlantFigures,
    rated_kw: float,
    set_degc: float,
    range_k: float,
    mover_kw: float,
    cooler: DryCooler | None,
    tower: Tower | None,
    trim_share: float,
) -> LoopParams:
    wetted = figures.reject_kind == "adiabatic" or figures.air_kind == "indirect"
    return LoopParams(
        rated_kw=rated_kw,
        set_degc=set_degc,
        range_k=range_k,
        mover_kw=mover_kw,
        flow_min=figures.flow_min,
        flow_exponent=figures.flow_exponent,
        fan_exponent=fan_exponent(cooler) if cooler else YORK_AIR_EXPONENT,
        fan_speed_min=figures.cooler_fan_speed_min,
        cooler=cooler,
        tower=tower,
        pad_effectiveness=figures.pad_effectiveness if wetted and cooler else 0.0,
        cycles_of_concentration=figures.cycles_of_concentration,
        chiller=_chiller(figures, trim_share * rated_kw, set_degc),
    )


def _tower(figures: PlantFigures, rated_kw: float, set_degc: float) -> Tower:
    return Tower(
        range_k=figures.tower_range_k,
        exchanger_approach_k=figures.tower_exchanger_approach_k,
        fan_kw=figures.tower_fan_share * rated_kw,
        pump_kw=_pump_kw(rated_kw, figures.tower_range_k, figures.tower_pump_kpa, figures.pump_efficiency),
        latent_share=_latent_fit(figures, set_degc),
        cycles_of_concentration=figures.cycles_of_concentration,
        drift_share=figures.tower_drift_share,
    )


def _latent_fit(figures: PlantFigures, set_degc: float) -> tuple[float, float, float]:
    """Return the quadratic in wet bulb of the evaporating share, at 75 % humidity and sea level.

    Air leaves at the mean water temperature: that of the loop's set point, or of the warmest water in heat.
    """
    dry = np.linspace(-15.0, 30.0, 46)
    wet = wet_bulb_degc(dry, humidity_ratio(dry, 0.75, STANDARD_PRESSURE_PA), STANDARD_PRESSURE_PA)
    held = set_degc - figures.tower_exchanger_approach_k
    cold = np.maximum(held, wet + york_approach_k(np.maximum(wet, 0.0), figures.tower_range_k))
    base, slope, curve = np.polynomial.polynomial.polyfit(
        wet, latent_share(dry, wet, cold + 0.5 * figures.tower_range_k), 2
    )
    return float(base), float(slope), float(curve)


def _chiller(figures: PlantFigures, wanted_kw: float, leaving_degc: float) -> ChillerParams | None:
    """Return the chiller that still gives ``wanted_kw`` at the design weather, or None for 0."""
    if wanted_kw <= 0.0:
        return None
    unit = _rated_chiller(figures, 1.0)
    at_design = float(available_kw(unit, leaving_degc, figures.trim_design_degc))
    return _rated_chiller(figures, wanted_kw / at_design)


def _rated_chiller(figures: PlantFigures, capacity_kw: float) -> ChillerParams:
    return ChillerParams(
        capacity_kw=capacity_kw,
        cop=figures.chiller_cop,
        leaving_ref_degc=figures.chiller_leaving_ref_degc,
        condenser_ref_degc=figures.chiller_condenser_ref_degc,
        internal_lift_k=figures.chiller_internal_lift_k,
        capacity_per_k_leaving=figures.chiller_capacity_per_k_leaving,
        capacity_per_k_condenser=figures.chiller_capacity_per_k_condenser,
        plr_0=figures.chiller_plr_0,
        plr_1=figures.chiller_plr_1,
        plr_2=figures.chiller_plr_2,
        plr_min=figures.chiller_plr_min,
    )


def _pump_kw(rated_kw: float, range_k: float, head_kpa: float, efficiency: float) -> float:
    """Return rated pump power: P = (Q / (cp ΔT)) Δp / (ρ η), with water at 1 kg/L."""
    litres_per_s = rated_kw / (CP_WATER * range_k)
    return litres_per_s * head_kpa / 1000.0 / efficiency
