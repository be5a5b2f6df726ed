"""A set of costs, lifetimes and efficiencies for one year."""

from __future__ import annotations

from pydantic import Field

from twin.config.base import Model


class Technology(Model):
    """What equipment costs and how long it lasts; EUR are real 2026 unless the source says otherwise."""

    usd_per_eur: float = Field(gt=0)
    """Exchange rate for prices quoted in USD."""

    battery_eur_per_kwh: float = Field(ge=0)
    """Battery energy part, EUR per kWh of usable energy."""
    battery_eur_per_kw: float = Field(ge=0)
    """Battery power part, EUR per kW; 0 where the energy price is turnkey."""
    battery_charge_efficiency: float = Field(gt=0, le=1)
    """Energy stored over energy taken from the bus."""
    battery_discharge_efficiency: float = Field(gt=0, le=1)
    """Energy given to the bus over energy taken from the store."""
    battery_standing_loss_per_h: float = Field(ge=0, lt=1)
    """Share of the stored energy lost each hour."""
    battery_life_years: float = Field(gt=0)
    """Years until the battery is replaced."""
    battery_fom_share: float = Field(ge=0, lt=1)
    """Fixed operation and maintenance, share of investment a year."""

    facility_om_share: float = Field(ge=0, lt=1)
    """Operation and maintenance of shell, power and cooling, share of investment a year."""
    facility_life_years: float = Field(gt=0)
    """Life of shell, power and cooling together."""
    it_opex_share: float = Field(ge=0, lt=1)
    """Support, spares and software of IT, share of IT investment a year."""
    gpu_life_years: float = Field(gt=0)
    """Economic life of GPUs and their servers."""
    network_share_of_it: float = Field(ge=0, lt=1)
    """Cluster network and storage on top of racks, share of the rack price."""

    connection_meur_per_mw: float = Field(ge=0)
    """Substation and bays paid by the customer, million EUR per MW of connection."""
    connection_life_years: float = Field(gt=0)
    """Life of the connection."""
    genset_meur_per_mw: float = Field(ge=0)
    """Standby generators, million EUR per MW."""
    genset_life_years: float = Field(gt=0)
    """Life of standby generators."""
    heat_recovery_meur_per_mw: float = Field(ge=0)
    """Heat pump and exchange station, million EUR per MW of heat delivered."""
    staff_fte_per_mw: float = Field(ge=0)
    """Operators per MW of critical IT."""
    sale_fee_eur_per_mwh: float = Field(ge=0)
    """Balancing and trading fee on surplus contracted energy sold, EUR/MWh."""

    wind_g_per_kwh: float = Field(ge=0)
    """Life-cycle carbon of onshore wind, g/kWh."""
    pv_g_per_kwh: float = Field(ge=0)
    """Life-cycle carbon of utility PV, g/kWh."""
    wind_eur_per_kw: float = Field(ge=0)
    """Onshore wind investment, EUR/kW."""
    pv_eur_per_kw: float = Field(ge=0)
    """Utility PV investment, EUR/kW."""
    wind_fom_share: float = Field(ge=0, lt=1)
    """Fixed operation of wind, share of investment a year."""
    pv_fom_share: float = Field(ge=0, lt=1)
    """Fixed operation of PV, share of investment a year."""
    wind_life_years: float = Field(gt=0)
    """Life of a wind farm."""
    pv_life_years: float = Field(gt=0)
    """Life of a PV plant."""
