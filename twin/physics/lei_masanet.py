"""The three data-centre systems of Lei & Masanet (2020), so that this twin can be held against their figures.

Source: Energy 201:117556, doi 10.1016/j.energy.2020.117556, system descriptions and Table A.1. All heat of
a 1 kW hall, with losses of UPS and distribution and the lighting, is carried by air. Compared with the
twin's own plants: fixed approaches instead of exchangers sized by eps-NTU, pumps and fans always at their
design pressure, a chiller at one fixed part load, and a COP regression with no Carnot limit.
Differs from theirs on purpose: moist air by ASHRAE, not by Buck's formula. The dew-point and humidity
limits of their inputs are left out: they only set the humidity of air that the chiller cools, which moves
no power here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from twin.physics import psychrometrics as moist
from twin.physics._checks import Array, Flags

CP_AIR = 1.01
CP_WATER = 4.2
WATER_KG_PER_M3 = 1000.0


@dataclass(frozen=True)
class Mover:
    """A fan or pump: pressure in Pa and efficiency."""

    pa: float
    efficiency: float

    def kw(self, kg_per_s: ArrayLike, kg_per_m3: ArrayLike) -> Array:
        """Return electric power for a mass flow: P = V Δp / η."""
        return np.asarray(np.asarray(kg_per_s) / kg_per_m3 * self.pa / self.efficiency / 1000.0)


@dataclass(frozen=True)
class Electrical:
    """Losses and lighting of the hall, relative to IT power."""

    ups_efficiency: float
    distribution_loss: float
    lighting_share: float

    @property
    def overhead(self) -> float:
        """Losses and lighting per unit of IT power."""
        return (
            1.0 / self.ups_efficiency - 1.0 + 1.0 / (1.0 - self.distribution_loss) - 1.0 + self.lighting_share
        )


@dataclass(frozen=True)
class Chiller:
    """COP regression at a fixed part load, shifted by a relative deviation."""

    load: float
    cop_deviation: float

    def cop(self, condenser_degc: ArrayLike) -> Array:
        """Return COP at a condenser-side temperature (their regression)."""
        t, x = np.asarray(condenser_degc, dtype=np.float64), self.load
        fit = 16.798751 + 0.008840 * t**2 - 8.528931 * x**2 + 9.885294 * x - 0.760621 * t + 0.084615 * x * t
        return np.asarray(fit * (1.0 + self.cop_deviation))


@dataclass(frozen=True)
class Rejection:
    """Heat sink of the chiller and the water-side economiser: a tower (with fan) or the sea (without)."""

    range_k: float
    pump: Mover
    approach_k: float = 0.0
    fan: Mover | None = None
    liquid_to_gas: float = 1.0

    def kw(self, heat_kw: ArrayLike, outdoor_kg_per_m3: ArrayLike) -> Array:
        """Return power of pump and fan that reject ``heat_kw``."""
        water = np.asarray(heat_kw) / (CP_WATER * self.range_k)
        power = self.pump.kw(water, WATER_KG_PER_M3)
        return (
            power if self.fan is None else power + self.fan.kw(water / self.liquid_to_gas, outdoor_kg_per_m3)
        )


@dataclass(frozen=True)
class AirEconomiser:
    """Outdoor air with adiabatic cooling, chiller behind."""

    electrical: Electrical
    supply_degc: tuple[float, float]
    air_range_k: float
    water_range_k: float
    hall_fan: Mover
    humidifier: Mover
    chilled_pump: Mover
    rejection: Rejection
    chiller: Chiller


@dataclass(frozen=True)
class WaterEconomiser:
    """Coils on a water loop that a tower or the sea cools first, a chiller then."""

    electrical: Electrical
    supply_degc: float
    air_range_k: float
    water_range_k: float
    hall_fan: Mover
    humidifier: Mover
    economiser_pump: Mover
    chilled_pump: Mover
    rejection: Rejection
    exchanger_approach_k: float
    effectiveness: float
    sensible_heat_ratio: float
    chiller: Chiller


def air_density(degc: ArrayLike, pressure_pa: ArrayLike) -> Array:
    """Return their dry-air density, 1.293 kg/m³ at 0 °C and one atmosphere."""
    return np.asarray(1.293 * (np.asarray(pressure_pa) / 101325.0) * 273.15 / (273.15 + np.asarray(degc)))


def pue_air_economiser(
    system: AirEconomiser, dry_bulb_degc: ArrayLike, relative_humidity: ArrayLike, pressure_pa: ArrayLike
) -> Array:
    """Return PUE of the air-side system; humidity as a fraction."""
    dry = np.asarray(dry_bulb_degc, dtype=np.float64)
    heat = 1.0 + system.electrical.overhead
    supply = np.clip(dry, *system.supply_degc)
    outdoor = moist.humidity_ratio(dry, relative_humidity, pressure_pa)
    free, sprayed = _outdoor_air(dry, supply, outdoor, pressure_pa)
    air = heat / (CP_AIR * system.air_range_k)
    wet = moist.wet_bulb_degc(dry, outdoor, pressure_pa)
    mechanical = np.where(free, 0.0, heat)
    compressor = mechanical / system.chiller.cop(wet + system.rejection.approach_k)
    power = (
        system.hall_fan.kw(air, air_density(supply, pressure_pa))
        + system.humidifier.kw(air * sprayed / (1.0 + sprayed), WATER_KG_PER_M3)
        + system.chilled_pump.kw(mechanical / (CP_WATER * system.water_range_k), WATER_KG_PER_M3)
        + compressor
        + system.rejection.kw(mechanical + compressor, air_density(dry, pressure_pa))
    )
    return np.asarray(heat + power)


def pue_tower_economiser(
    system: WaterEconomiser, dry_bulb_degc: ArrayLike, relative_humidity: ArrayLike, pressure_pa: ArrayLike
) -> Array:
    """Return PUE of the water-side system on a cooling tower; humidity as a fraction."""
    humidity = moist.humidity_ratio(dry_bulb_degc, relative_humidity, pressure_pa)
    wet = moist.wet_bulb_degc(dry_bulb_degc, humidity, pressure_pa)
    sink = wet + system.rejection.approach_k
    return _pue_water_economiser(system, sink, air_density(dry_bulb_degc, pressure_pa), pressure_pa)


def pue_sea_economiser(system: WaterEconomiser, sea_degc: ArrayLike, pressure_pa: ArrayLike) -> Array:
    """Return PUE of the water-side system on seawater."""
    return _pue_water_economiser(system, np.asarray(sea_degc, dtype=np.float64), np.ones(()), pressure_pa)


def free_share(sink_degc: ArrayLike, supply_degc: ArrayLike, return_degc: ArrayLike) -> Array:
    """Return the economiser's share: 1 up to the supply temperature, 0 from the return, straight between."""
    supply, back = np.asarray(supply_degc, dtype=np.float64), np.asarray(return_degc, dtype=np.float64)
    return np.asarray(np.clip((back - np.asarray(sink_degc)) / (back - supply), 0.0, 1.0))


def _outdoor_air(dry: Array, supply: Array, outdoor: Array, pressure_pa: ArrayLike) -> tuple[Flags, Array]:
    """Return whether outdoor air alone can cool, and the water sprayed into it in kg per kg of dry air.

    It can below the enthalpy of 27 °C with a dew point of 15 °C, or of the supply air at 80 % humidity. Cold
    dry air is humidified to 20 % at the supply temperature; warm air is cooled to it at constant enthalpy.
    """
    enthalpy = moist.enthalpy_kj_per_kg(dry, outdoor)
    mild = moist.enthalpy_kj_per_kg(27.0, moist.saturation_humidity_ratio(15.0, pressure_pa))
    moistest = moist.enthalpy_kj_per_kg(supply, moist.humidity_ratio(supply, 0.8, pressure_pa))
    free = (enthalpy < mild) | (enthalpy <= moistest)
    cooled = (enthalpy - moist.CP_DRY_AIR * supply) / (2501.0 + 1.86 * supply)
    wanted = np.where(dry <= supply, moist.humidity_ratio(supply, 0.2, pressure_pa), cooled)
    return free, np.where(free, np.maximum(wanted - outdoor, 0.0), 0.0)


def _pue_water_economiser(
    system: WaterEconomiser, sink_degc: Array, outdoor_kg_per_m3: Array, pressure_pa: ArrayLike
) -> Array:
    """Return PUE for a sink (tower water or sea) at ``sink_degc``, its pumps and fans included."""
    sensible = 1.0 + system.electrical.overhead
    heat = sensible / system.sensible_heat_ratio
    air = sensible / (CP_AIR * system.air_range_k)
    air_return = system.supply_degc + system.air_range_k
    water_supply = air_return - system.air_range_k / system.effectiveness
    water_return = water_supply + system.water_range_k
    share = free_share(sink_degc + system.exchanger_approach_k, water_supply, water_return)
    condensed = (heat - sensible) / _latent_kj_per_kg(0.5 * (water_supply + water_return))
    compressor = (1.0 - share) * heat / system.chiller.cop(sink_degc)
    flow = heat / (CP_WATER * system.water_range_k)
    power = (
        system.hall_fan.kw(air, air_density(system.supply_degc, pressure_pa))
        + system.humidifier.kw(condensed, WATER_KG_PER_M3)
        + system.economiser_pump.kw(share * flow, WATER_KG_PER_M3)
        + system.chilled_pump.kw((1.0 - share) * flow, WATER_KG_PER_M3)
        + compressor
        + system.rejection.kw(heat + compressor, outdoor_kg_per_m3)
    )
    return np.asarray(sensible + power)


def _latent_kj_per_kg(degc: float) -> float:
    """Return the heat of evaporation of water by their quadratic fit."""
    return 2500.5 - degc * (2.3097 + 0.0013 * degc)
