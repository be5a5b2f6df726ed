"""How far years lie apart: what an ensemble adds to the process that makes a single year."""

from __future__ import annotations

from pydantic import Field

from twin.config.base import Model


class YearSpread(Model):
    """Spread of yearly means, fitted on several real years."""

    wind_scale: float = Field(ge=0, le=3)
    """Yearly mean scores of wind over those that the hourly process draws by itself."""
    pv_scale: float = Field(ge=0, le=3)
    """The same for sun."""
    temperature_scale: float = Field(ge=0, le=3)
    """The same for temperature."""
    price_scale: float = Field(ge=0, le=3)
    """The same for the part of prices that follows weather, water and outages."""
    carbon_scale: float = Field(ge=0, le=3)
    """The same for carbon intensity."""
    fuel_log_sd: float = Field(ge=0, le=1)
    """Standard deviation of the logarithm of the price level that all zones share: fuel and carbon prices."""
