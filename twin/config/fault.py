"""Faults by name: what goes wrong in a year of operation, where and for how long."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from twin.config.base import Model

HOURS = 8760


class OperatingFault(Model):
    """One thing that goes wrong. Fields that are left out change nothing."""

    text: str
    """What happens, in a sentence or two."""
    zones: tuple[str, ...] = ()
    """Bidding zones that it hits."""
    sites: tuple[str, ...] = ()
    """Sites that it hits."""
    largest_sites: int = Field(0, ge=0)
    """Also so many of the plan's largest sites; without zones, sites and this it hits every site."""

    first_day: int = Field(1, ge=1, le=365)
    """Day of the year on which it begins."""
    first_hour: int = Field(0, ge=0, le=23)
    """Hour of that day, UTC."""
    hours: int = Field(HOURS, ge=1, le=HOURS)
    """How many hours it lasts; what lies beyond the year is left out."""
    taper_hours: int = Field(0, ge=0, le=240)
    """Hours over which weather and price ease in before and out after."""

    warmer_k: float = Field(0.0, ge=-30, le=25)
    """Added to the dry bulb, with the moisture in the air unchanged, K."""
    price_factor: float = Field(1.0, ge=0, le=20)
    """Day-ahead price over what it would have been."""
    price_adder_eur_per_mwh: float = Field(0.0, ge=-1000, le=5000)
    """Added to the day-ahead price after the factor."""
    grid_share: float = Field(1.0, ge=0, le=1)
    """Part of the site's connection that still carries power; 0 cuts it."""
    running_share: float = Field(1.0, ge=0, le=1)
    """Part of the site's halls that can run, whatever power there is."""
    chiller_share: float = Field(1.0, ge=0, le=1)
    """Part of the compressors' capacity that is left."""
    no_water: bool = False
    """Whether make-up water fails: pads run dry, and towers cannot reject heat."""
    quarters_late: int = Field(0, ge=0, le=20)
    """Quarters by which the site's connection energises later than planned."""
    cooling_loss: Literal["none", "fan", "pump", "cdu", "plant"] = "none"
    """What stops in the halls that ``running_share`` takes: decides the seconds they ride through."""

    @model_validator(mode="after")
    def _does_something(self) -> Self:
        idle = type(self).model_construct(name="", text="")
        effects = ("warmer_k", "price_factor", "price_adder_eur_per_mwh", "grid_share", "running_share",
                   "chiller_share", "no_water", "quarters_late")  # fmt: skip
        if all(getattr(self, key) == getattr(idle, key) for key in effects):
            raise ValueError(f"an effect, for it changes nothing: one of {', '.join(effects)}")
        if self.cooling_loss != "none" and self.running_share == 1.0:
            raise ValueError(
                "running_share below 1 where there is a cooling_loss: it is the part that keeps running"
            )
        return self
