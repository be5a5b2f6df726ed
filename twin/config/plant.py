"""What serves the hall: cooling plant and power train."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from twin.config.base import Model


class CoolingPlant(Model):
    """One kind of cooling plant by its specific figures; it is sized for the racks it serves.

    Fields of a part that the plant does not have are 0 and ignored.
    """

    capex_factor: float = Field(gt=0, le=3)
    """Cost of shell and plant with this cooling, over the site's reference shell-and-plant cost."""
    air_kind: Literal["water", "direct", "indirect"]
    """Hall air: coils on a water loop, outdoor air behind wet pads, or an air-to-air exchanger."""
    reject_kind: Literal["dry", "adiabatic", "tower"]
    """How the water loops meet the weather."""
    design_margin: float = Field(ge=1, le=2)
    """Plant capacity over the racks' nameplate heat."""
    flow_exponent: float = Field(3.0, ge=2, le=3)
    """Power of pumps and hall fans ∝ flow to this exponent: 3 by affinity, less with static head."""
    flow_min: float = Field(ge=0.05, le=1)
    """Lowest flow of pumps and hall fans over rated."""
    air_rise_k: float = Field(gt=0)
    """Warming of hall air from supply to return."""
    air_fan_pa: float = Field(ge=0)
    """Pressure the hall's fans overcome at rated flow."""
    air_fan_efficiency: float = Field(gt=0, le=1)
    """Fan, drive and motor together."""
    coil_approach_k: float = Field(0.0, ge=0)
    """Supply air above supply water at the coil."""
    hall_dew_point_max_degc: float = Field(15.0, ge=-10, le=25)
    """Highest dew point of hall air; coolant stays 2 K above it."""
    water_range_k: float = Field(gt=0)
    """Warming of the water that cools hall air."""
    liquid_range_k: float = Field(gt=0)
    """Warming of the facility water that cools the racks' coolant."""
    pump_kpa: float = Field(ge=0)
    """Pressure the water pumps overcome at rated flow."""
    pump_efficiency: float = Field(gt=0, le=1)
    """Pump, drive and motor together."""
    cdu_approach_k: float = Field(ge=0)
    """Racks' coolant above facility water at rated heat."""
    cdu_electric_share: float = Field(ge=0, le=0.1)
    """Electric power of the CDU over its heat at rated flow."""
    cdu_flow_min: float = Field(ge=0.1, le=1)
    """Lowest coolant flow over rated."""
    cooler_approach_k: float = Field(0.0, ge=0)
    """Water leaving the dry cooler above its entering air, at rated heat."""
    cooler_air_rise_k: float = Field(0.0, ge=0)
    """Warming of outdoor air through the dry cooler at rated heat."""
    cooler_fan_share: float = Field(0.0, ge=0, le=0.2)
    """Fan power of the dry cooler over its heat, at full speed."""
    cooler_fan_speed_min: float = Field(0.1, ge=0, le=1)
    """Lowest fan speed of cooler or tower over rated."""
    pad_effectiveness: float = Field(0.0, ge=0, lt=1)
    """Share of the wet-bulb depression that wet pads reach."""
    cycles_of_concentration: float = Field(4.0, gt=1)
    """Concentration at which water is bled."""
    exchanger_approach_k: float = Field(0.0, ge=0)
    """Supply air above the outdoor air at the air-to-air exchanger, at rated heat."""
    exchanger_air_rise_k: float = Field(0.0, ge=0)
    """Warming of outdoor air through that exchanger."""
    exchanger_fan_share: float = Field(0.0, ge=0, le=0.2)
    """Outdoor-air fans of that exchanger over its heat, at full speed."""
    tower_range_k: float = Field(0.0, ge=0)
    """Cooling of tower water at rated heat."""
    tower_exchanger_approach_k: float = Field(0.0, ge=0)
    """Facility water above tower water at the plate exchanger."""
    tower_fan_share: float = Field(0.0, ge=0, le=0.2)
    """Tower fan power over heat, at full speed."""
    tower_pump_kpa: float = Field(0.0, ge=0)
    """Pressure the tower pumps overcome."""
    tower_drift_share: float = Field(0.0, ge=0, le=0.05)
    """Droplets lost over circulating water."""
    air_trim_share: float = Field(ge=0, le=1.5)
    """Chiller or DX capacity on the air side over rated heat, at the trim design weather."""
    liquid_trim_share: float = Field(ge=0, le=1.5)
    """Chiller capacity on the liquid side over rated heat, at the trim design weather."""
    trim_design_degc: float = 40.0
    """Condenser air (or tower water) at which the trim capacity holds."""
    chiller_cop: float = Field(3.3, gt=0)
    """COP at the two reference temperatures, full load; condenser fans included when air-cooled."""
    chiller_leaving_ref_degc: float = 7.0
    """Reference leaving water."""
    chiller_condenser_ref_degc: float = 35.0
    """Reference temperature entering the condenser."""
    chiller_internal_lift_k: float = Field(18.0, gt=0)
    """Temperature lost inside evaporator and condenser."""
    chiller_capacity_per_k_leaving: float = Field(0.03, ge=0)
    """Relative capacity gained per kelvin of warmer leaving water."""
    chiller_capacity_per_k_condenser: float = Field(0.011, ge=0)
    """Relative capacity lost per kelvin of warmer condenser."""
    chiller_plr_0: float = 0.06
    """Part-load power curve, constant."""
    chiller_plr_1: float = 0.70
    """Part-load power curve, linear."""
    chiller_plr_2: float = 0.24
    """Part-load power curve, quadratic; the three sum to 1."""
    chiller_plr_min: float = Field(0.15, gt=0, le=1)
    """Load below which the chiller cycles."""

    fit: dict[str, float | str] = Field(default_factory=dict)
    """How figures were fitted to telemetry, and how well."""

    @model_validator(mode="after")
    def _has_its_parts(self) -> Self:
        needed = {
            "tower": ("tower_range_k", "tower_exchanger_approach_k", "tower_fan_share"),
            "dry": ("cooler_approach_k", "cooler_air_rise_k", "cooler_fan_share"),
            "adiabatic": ("cooler_approach_k", "cooler_air_rise_k", "cooler_fan_share", "pad_effectiveness"),
            "direct": ("pad_effectiveness",),
            "indirect": (
                "exchanger_approach_k",
                "exchanger_air_rise_k",
                "exchanger_fan_share",
                "pad_effectiveness",
            ),
            "water": ("coil_approach_k",),
        }
        missing = [key for key in needed[self.reject_kind] + needed[self.air_kind] if getattr(self, key) == 0]
        if missing:
            raise ValueError(
                f"{', '.join(missing)} with air_kind {self.air_kind!r} and reject_kind {self.reject_kind!r}"
            )
        if abs(self.chiller_plr_0 + self.chiller_plr_1 + self.chiller_plr_2 - 1.0) > 1e-9:
            raise ValueError("chiller_plr_0, chiller_plr_1 and chiller_plr_2 that add up to 1")
        return self


class PowerTrain(Model):
    """From the medium-voltage connection to the rack: redundancy and losses."""

    capex_factor: float = Field(gt=0, le=3)
    """Cost of shell and plant with this power train, over the site's reference shell-and-plant cost."""
    paths: int = Field(ge=1, le=2)
    """Independent paths that each carry the whole load (2 for 2N)."""
    units: int = Field(ge=1)
    """UPS units per path that together carry the load."""
    spare: int = Field(ge=0)
    """Further UPS units per path (1 for N+1)."""
    ups_efficiency_quarter: float = Field(gt=0.5, lt=1)
    """UPS efficiency at 25 % load."""
    ups_efficiency_half: float = Field(gt=0.5, lt=1)
    """UPS efficiency at 50 % load."""
    ups_efficiency_full: float = Field(gt=0.5, lt=1)
    """UPS efficiency at full load."""
    pdu_no_load_loss: float = Field(ge=0, le=0.05)
    """Loss of distribution at no load, over its rating."""
    pdu_load_loss: float = Field(ge=0, le=0.05)
    """Ohmic loss of distribution at full load, over its rating."""
    transformer_no_load_loss: float = Field(ge=0, le=0.05)
    """Transformer core loss over rating."""
    transformer_load_loss: float = Field(ge=0, le=0.05)
    """Transformer winding loss at full load over rating."""
    transformer_spare_share: float = Field(ge=0, le=1.5)
    """Spare transformer capacity over the load it must carry."""
    house_load_share: float = Field(ge=0, le=0.1)
    """Lighting, offices, controls and security over IT nameplate, at all hours."""
