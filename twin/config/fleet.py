"""The fleet at the start: what runs today and what is already promised."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from twin.config.base import Confidence, Model
from twin.config.patterns import Quarter
from twin.config.site import SovereigntyClass


class Commitment(BaseModel):
    """Capacity that runs or is announced, whatever the plan decides."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    place: str
    """Name of a site in the catalogue, or of a place outside it."""
    zone: str
    """Bidding zone that feeds it."""
    sovereignty_class: SovereigntyClass
    """Whose law it is under."""
    tenure: Literal["own", "leased"]
    """Whether the programme controls it or rents it."""
    mw_it: float = Field(gt=0)
    """Megawatts of critical IT load."""
    first_quarter: Quarter
    """Quarter at whose end it runs."""
    last_quarter: Quarter = "2099Q4"
    """Last quarter in which it runs."""
    gpu: str
    """GPU in ``models/gpus``, or the nearest one in the library."""
    gpus: int | None = Field(None, gt=0)
    """Number of GPUs where it is known."""
    source: str
    """Citation."""
    confidence: Confidence
    """How far to trust it."""
    note: str = ""
    """What a reader must know."""

    def runs_in(self, quarter: str) -> bool:
        """Whether it runs at the end of ``quarter``."""
        return self.first_quarter <= quarter <= self.last_quarter


class Fleet(Model):
    """Everything already committed; committed MW at a catalogue site use that site's grid capacity."""

    operator: str
    """Who runs it."""
    commitments: tuple[Commitment, ...]
    """Running and announced capacity."""

    def committed_mw(self, quarter: str) -> float:
        """Return the MW of IT that run at the end of ``quarter`` with nothing new built."""
        return sum(c.mw_it for c in self.commitments if c.runs_in(quarter))
