"""A place where a datacentre could stand."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from twin.config.base import Model
from twin.config.patterns import Country

SovereigntyClass = Literal["EU", "EEA", "UK", "CH"]
"""Whose law the site is under; EEA is Norway, UK and CH are third countries."""

Zone = Literal[
    "FR", "DE_LU", "AT", "CH", "BE", "NL", "IE_SEM", "GB", "SE_1", "SE_2", "SE_3", "NO_1", "NO_2",
    "NO_3", "NO_4", "FI", "DK_1", "PT", "ES", "IT_NORD", "PL", "CZ", "GR",
]  # fmt: skip
"""Bidding zones of the catalogue, by their ENTSO-E names."""


class Site(Model):
    """One candidate site: where it is, what the grid can give and when, and what things cost there.

    The grid figures are IT-independent megawatts at the connection, obtainable by 2030 by anybody;
    ``access`` says how close the programme is to the holder, the case says what share that opens.
    """

    region: str
    """Region or district."""
    country: Country
    """ISO code of the country."""
    lat: float = Field(ge=-90, le=90)
    """Latitude, degrees north."""
    lon: float = Field(ge=-180, le=180)
    """Longitude, degrees east."""
    elevation_m: float = Field(ge=-10, le=3000)
    """Height above the sea, m."""
    zone: Zone
    """Bidding zone."""
    tso: str
    """Transmission, and where named distribution, operator."""
    sovereignty_class: SovereigntyClass
    """Whose law the site is under."""

    grid_status: str
    """State of the connection, in words."""
    capacity_holder: str
    """Who holds the connection or the land."""
    access: Literal["own", "partner", "open", "third_party"]
    """How close the holder is to the programme; the case gives each class its accessible share."""
    grid_low_mw: float = Field(ge=0)
    """Megawatts at the connection by 2030, cautious."""
    grid_mid_mw: float = Field(ge=0)
    """Megawatts at the connection by 2030, expected."""
    grid_high_mw: float = Field(ge=0)
    """Megawatts at the connection by 2030, at best."""
    lead_p50_years: float = Field(ge=0)
    """Years from today to first power, even odds."""
    lead_p90_years: float = Field(ge=0)
    """Years from today to first power, nine chances in ten."""
    first_power_year: int = Field(ge=2020, le=2060)
    """Calendar year of first power that the lead time implies."""
    limit_note: str = ""
    """What else limits the site."""

    network_eur_per_mw_year: float = Field(ge=0)
    """Network charge on peak power, EUR/MW a year."""
    network_eur_per_mwh: float = Field(ge=0)
    """Network charge on energy, EUR/MWh."""
    tax_eur_per_mwh: float = Field(ge=0)
    """Electricity taxes and levies after the reductions a datacentre gets, EUR/MWh."""
    price_2023_eur_per_mwh: float
    """Mean day-ahead price of 2023, EUR/MWh."""
    price_2024_eur_per_mwh: float
    """Mean day-ahead price of 2024, EUR/MWh."""
    price_2025_eur_per_mwh: float
    """Mean day-ahead price of 2025, EUR/MWh."""
    ppa_pv_eur_per_mwh: float = Field(ge=0)
    """Pay-as-produced price of a new PV contract, EUR/MWh."""
    ppa_wind_eur_per_mwh: float = Field(ge=0)
    """Pay-as-produced price of a new onshore wind contract, EUR/MWh."""

    carbon_2024_g_per_kwh: float = Field(ge=0)
    """Life-cycle carbon intensity of electricity consumed in 2024, g/kWh."""
    cfe_share_2024: float = Field(ge=0, le=1)
    """Carbon-free share of electricity consumed in 2024."""
    res_share_2024: float = Field(ge=0, le=1)
    """Renewable share of electricity consumed in 2024."""

    mean_dry_bulb_degc: float
    """Yearly mean dry-bulb temperature, °C."""
    mean_wet_bulb_degc: float
    """Yearly mean wet-bulb temperature, °C."""
    water_stress: int = Field(ge=0, le=4)
    """Baseline water stress: 0 low, 4 extremely high."""
    water_eur_per_m3: float = Field(ge=0)
    """Industrial water, EUR/m³."""
    heat_opportunity: int = Field(ge=0, le=3)
    """Outlet for waste heat: 0 none, 3 a large network beside the site."""
    heat_eur_per_mwh: float = Field(ge=0)
    """What the network would pay for heat, EUR/MWh."""
    heat_note: str = ""
    """Which network."""

    rtt_fra_ms: float = Field(ge=0)
    """Round trip to Frankfurt, ms."""
    rtt_ams_ms: float = Field(ge=0)
    """Round trip to Amsterdam, ms."""
    rtt_par_ms: float = Field(ge=0)
    """Round trip to Paris, ms."""
    rtt_lon_ms: float = Field(ge=0)
    """Round trip to London, ms."""
    rtt_mad_ms: float = Field(ge=0)
    """Round trip to Madrid, ms."""
    rtt_sto_ms: float = Field(ge=0)
    """Round trip to Stockholm, ms."""

    land_eur_per_m2: float = Field(ge=0)
    """Industrial land, EUR/m²."""
    facility_capex_meur_per_mw: float = Field(gt=0)
    """Shell, power and cooling per MW of critical IT, million EUR."""
    staff_keur_per_fte_year: float = Field(ge=0)
    """Labour cost of one full-time operator, thousand EUR a year."""
    seismic_pga_g: float = Field(ge=0)
    """Peak ground acceleration with a return period of 475 years, g."""
    flood_class: int = Field(ge=0, le=3)
    """Flood hazard: 0 none known, 3 high."""
