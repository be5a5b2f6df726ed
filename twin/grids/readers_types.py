"""What every reader gives back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from twin.grids.sources.tables import HourlyTable

WORDS = {
    "price": ("price", "day-ahead", "day_ahead"),
    "carbon": ("carbon", "ci_", "co2", "intensity"),
    "cfe": ("cfe", "carbon_free"),
    "pv": ("pv", "solar"),
    "wind": ("wind",),
}
"""Words in a name that tell what it holds, by kind."""


@dataclass(frozen=True)
class Found:
    """One kind of series found in a file."""

    kind: str
    """price, carbon, cfe, wind or pv; empty where the file does not tell."""
    table: HourlyTable
    unit: str = ""
    """As the file states it; empty where it does not."""
    notes: tuple[str, ...] = ()
    """What the reader chose or left out."""


def labels(values: Iterable[object]) -> list[str]:
    """Return labels of a dimension as text; older NetCDF files keep them as bytes."""
    return [value.decode("utf-8") if isinstance(value, bytes) else str(value) for value in values]


def kind_of(text: str) -> str:
    """Return the only kind that a name tells, else an empty text."""
    plain = text.lower()
    found = [kind for kind, words in WORDS.items() if any(word in plain for word in words)]
    if found == ["carbon", "cfe"]:  # cfe_share, carbon_free_share
        return "cfe"
    return found[0] if len(found) == 1 else ""
