"""Extremes by name: what a known bad stretch does to the hours of a year."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from twin.config.base import Model
from twin.errors import BadInput, Fault

HOURS = 8760
Factor = Annotated[float, Field(ge=0, le=10)]


class Effect(BaseModel):
    """What happens to some zones in one stretch of hours."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    zones: tuple[str, ...] = Field(min_length=1)
    """Bidding zones."""
    first_day: int = Field(1, ge=1, le=365)
    """Day of the year on which it begins."""
    days: int = Field(365, ge=1, le=365)
    """How many days it lasts, the easing in and out not counted."""
    taper_days: float = Field(0.0, ge=0, le=30)
    """Days over which it builds up before and dies away after."""
    wind_of_normal: float | None = Field(None, ge=0, le=3)
    """Mean wind output over what the season normally gives; none leaves wind alone."""
    pv_of_normal: float | None = Field(None, ge=0, le=3)
    """The same for PV."""
    price_of_normal: float | None = Field(None, ge=0, le=10)
    """Mean price over the season's normal."""
    price_by_month: tuple[Factor, ...] | None = Field(None, min_length=12, max_length=12)
    """Course of the price level over the months, about 1, laid over the year's own."""
    spread_factor: float = Field(1.0, ge=0, le=5)
    """Spread of hours about their daily mean, relative to the price level, over what it would have been."""
    grey_of_normal: float | None = Field(None, ge=0, le=3)
    """Mean share of power that is not carbon-free, over the season's normal."""
    above_normal_k: float | None = Field(None, ge=-30, le=30)
    """Mean temperature less the season's normal, K."""


class Extreme(Model):
    """A bad stretch by name, laid over a year that goes on around it."""

    text: str
    """What happened, in a sentence or two."""
    effects: tuple[Effect, ...] = Field(min_length=1)
    """What it does, zone by zone; effects on one zone multiply."""

    @model_validator(mode="after")
    def _inside_the_year(self) -> Self:
        for number, effect in enumerate(self.effects):
            last = effect.first_day + effect.days - 1
            if last > HOURS // 24:
                raise ValueError(f"effects.{number} within the year; it ends on day {last}")
        return self

    def check_zones(self, known: set[str]) -> None:
        """Raise BadInput for every zone that is not in ``known``."""
        faults = [
            Fault(f"extremes/{self.name}", f"effects.{number}.zones", zone, "a zone of the reference year")
            for number, effect in enumerate(self.effects)
            for zone in effect.zones
            if zone not in known
        ]
        if faults:
            raise BadInput(faults)
