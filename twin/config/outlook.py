"""Outlooks: where prices and carbon may go, year by year and zone by zone."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from twin.config.base import Model
from twin.errors import BadInput, Fault, nearest

Factor = Annotated[float, Field(ge=0, le=10, allow_inf_nan=False)]
Share = Annotated[float, Field(gt=0, le=1.5, allow_inf_nan=False)]


class ZonePath(BaseModel):
    """The path of a group of zones, one figure per year of the outlook."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    zones: tuple[str, ...] = Field(min_length=1)
    """Bidding zones that follow this path."""
    price_factor: tuple[Factor, ...]
    """Yearly mean price over that of 2025."""
    spread_factor: tuple[Factor, ...]
    """Spread of hours about their daily mean, over that of the base year once the level is set."""
    pv_capture: tuple[Share, ...]
    """What PV earns per MWh over the mean price: the lower, the deeper the midday hollow."""
    grey_factor: tuple[Factor, ...]
    """Share of grid power that is not carbon-free, over that of 2024."""


class Outlook(Model):
    """A future of prices and carbon, by zone and year, that a case may ask for."""

    text: str
    """What has to happen for this to come true."""
    years: tuple[int, ...] = Field(min_length=1)
    """Years the outlook covers, in order."""
    groups: dict[str, ZonePath] = Field(min_length=1)
    """Paths by group of zones; each zone belongs to one."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if list(self.years) != list(range(self.years[0], self.years[0] + len(self.years))):
            raise ValueError("years that follow one another")
        for name, path in self.groups.items():
            for key in ("price_factor", "spread_factor", "pv_capture", "grey_factor"):
                if len(getattr(path, key)) != len(self.years):
                    raise ValueError(f"groups.{name}.{key} of {len(self.years)} figures, one a year")
        zones = Counter(zone for path in self.groups.values() for zone in path.zones)
        doubled = sorted(zone for zone, count in zones.items() if count > 1)
        if doubled:
            raise ValueError(f"each zone once; {', '.join(doubled)} stand in two groups")
        return self

    def path_of(self, zone: str) -> ZonePath:
        """Return the path that ``zone`` follows. Raises BadInput when none does."""
        for path in self.groups.values():
            if zone in path.zones:
                return path
        every = [name for path in self.groups.values() for name in path.zones]
        raise BadInput(
            Fault(f"outlooks/{self.name}", "zones", zone, "a zone of a group", nearest(zone, every))
        )

    def index_of(self, year: int) -> int:
        """Return the position of ``year``. Raises BadInput when the outlook does not reach it."""
        if year not in self.years:
            span = f"a year of {self.years[0]} to {self.years[-1]}"
            raise BadInput(Fault(f"outlooks/{self.name}", "energy.outlook_year", year, span))
        return self.years.index(year)
