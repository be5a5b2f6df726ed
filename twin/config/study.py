"""Studies: many cases at once, as levers, uncertainties and outcomes.

The words are those of exploratory modelling (Kwakkel 2017): a lever is the planner's choice, an uncertainty
is not, and an outcome is a figure read from each plan.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from twin.config.base import Model

Value = bool | int | float | str | tuple[str, ...]
"""One setting of a lever of the case; ``"none"`` takes a limit away."""
Design = Literal["grid", "zip", "latin", "sobol"]
MOST_CASES = 100_000


class Span(BaseModel):
    """A range of numbers."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    low: float = Field(allow_inf_nan=False)
    """Least value."""
    high: float = Field(allow_inf_nan=False)
    """Largest value."""
    points: int = Field(3, ge=2)
    """Evenly spaced values, both ends included, where the design is ``grid`` or ``zip``."""
    whole: bool = False
    """Whether only whole numbers make sense."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.low >= self.high:
            raise ValueError(f"a low below the high; {self.low:g} is not below {self.high:g}")
        return self

    def at(self, share: float) -> float | int:
        """Return the value ``share`` (0 to 1) of the way from low to high, to six figures."""
        if self.whole:  # every whole number has the same room
            return min(math.floor(self.low + share * (self.high - self.low + 1)), int(self.high))
        return float(f"{self.low + share * (self.high - self.low):.6g}")

    def spaced(self) -> list[float | int]:
        """Return ``points`` evenly spaced values, equal ones once."""
        steps = [self.low + (self.high - self.low) * i / (self.points - 1) for i in range(self.points)]
        return list(dict.fromkeys(round(v) if self.whole else float(f"{v:.6g}") for v in steps))


Factor = Span | tuple[Value, ...]
"""The settings of one lever or uncertainty: a list of values or a range."""


class Study(Model):
    """A study: one case, what is varied in it, and what is read from each plan."""

    case: str
    """Case in ``models/cases``, or the path of a case file, that every case of the study starts from."""
    set: dict[str, Value] = Field(default_factory=dict)
    """Levers that are changed in all cases alike."""
    levers: dict[str, Factor] = Field(default_factory=dict)
    """What the planner can choose: key of the case → values, or ``{ low, high }``."""
    uncertainties: dict[str, Factor] = Field(default_factory=dict)
    """What the planner cannot choose, written the same way."""
    outcomes: tuple[str, ...] = Field(min_length=1)
    """Figures read from each plan; the first one orders pictures. ``docs/studies.md`` lists them."""
    design: Design = "grid"
    """``grid``: all combinations; ``zip``: first with first, second with second, …; ``latin`` and ``sobol``:
    ``samples`` draws spread evenly, from ranges and lists alike."""
    uncertainty_design: Design | None = None
    """A design for the uncertainties alone: each combination of levers meets the same futures. None lays one
    design over levers and uncertainties together."""
    samples: int | None = Field(None, ge=2, le=MOST_CASES)
    """How many draws ``latin`` and ``sobol`` take."""
    seed: int = Field(1, ge=0)
    """Seed of those draws."""

    @model_validator(mode="before")
    @classmethod
    def _flat_keys(cls, raw: Any) -> Any:
        """``policy.min_cfe = […]`` is a nested table in TOML and one key here."""
        if not isinstance(raw, Mapping):
            return raw
        tables = ("set", "levers", "uncertainties")
        return {k: _flat(v) if k in tables and isinstance(v, Mapping) else v for k, v in raw.items()}

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        factors = [*self.levers, *self.uncertainties, *self.set]
        twice = sorted({key for key in factors if factors.count(key) > 1})
        if twice:
            raise ValueError(f"each key in one table only; {', '.join(twice)} stands in two")
        if not self.levers and not self.uncertainties:
            raise ValueError("at least one lever or uncertainty")
        if self.uncertainty_design and not (self.levers and self.uncertainties):
            raise ValueError("levers and uncertainties where uncertainty_design is given")
        empty = [key for key, factor in self.factors.items() if factor == ()]
        if empty:
            raise ValueError(f"values for {', '.join(empty)}")
        drawn = {"latin", "sobol"} & {self.design, self.uncertainty_design}
        if bool(drawn) != (self.samples is not None):
            raise ValueError("samples with latin and sobol, and only with them")
        if "sobol" in drawn and self.samples is not None and self.samples & (self.samples - 1):
            near = 2 ** round(math.log2(self.samples))
            raise ValueError(f"a power of two as samples of a sobol design, such as {near}")
        return self

    @property
    def factors(self) -> dict[str, Factor]:
        """Levers and uncertainties together."""
        return {**self.levers, **self.uncertainties}


def _flat(table: Mapping[str, Any], path: tuple[str, ...] = ()) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in table.items():
        if isinstance(value, Mapping) and not {"low", "high"} & value.keys():
            found |= _flat(value, (*path, key))
        else:
            found[".".join((*path, key))] = value
    return found
