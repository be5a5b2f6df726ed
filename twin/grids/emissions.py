"""What a kilowatt-hour of each kind of generation emits, and how files name the kinds."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from twin.errors import BadInput, Fault, nearest

STORAGE = ("hydropumpedstorage", "hydropumpedstorageconsumption", "battery", "energystorage", "phs")
"""Types that only give back what was generated before; their names as ``plain`` writes them."""


@dataclass(frozen=True)
class Factor:
    """Life-cycle emissions of one kind of generation."""

    name: str
    g_per_kwh: float
    """g CO2 equivalent per kWh, >= 0."""
    carbon_free: bool
    """Whether it counts as carbon-free energy of its hour."""
    variable: bool
    """Whether weather, not load, sets its output."""
    names: tuple[str, ...]
    """How files write it."""
    source: str


def plain(name: str) -> str:
    """Return a type's name in lower case, letters alone, to compare by."""
    return re.sub(r"[^a-z]", "", name.lower())


@cache
def factors() -> dict[str, Factor]:
    """Return the emission factors by every ``plain`` name that files use."""
    raw = tomllib.loads(resources.files("twin.grids").joinpath("emission_factors.toml").read_text("utf-8"))
    out: dict[str, Factor] = {}
    for key, row in raw.items():
        factor = Factor(
            key, float(row["g_per_kwh"]), row["carbon_free"], row.get("variable", False), tuple(row["names"]),
            row["source"],
        )  # fmt: skip
        out |= {plain(name): factor for name in (key, *factor.names)}
    return out


def factors_of(types: Sequence[str], origin: str = "generation mix") -> list[Factor | None]:
    """Return the factor of each type, None for storage. Raises BadInput listing every unknown type."""
    known = factors()
    faults = [
        Fault(origin, "production type", name, "a type with an emission factor", nearest(plain(name), known))
        for name in types
        if plain(name) not in known and plain(name) not in STORAGE
    ]
    if faults:
        raise BadInput(faults)
    return [known.get(plain(name)) for name in types]
