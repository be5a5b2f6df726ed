"""Units of hourly series: as a header states them, and as their size betrays them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from twin.errors import BadInput, Fault
from twin.grids.marginals import Array
from twin.grids.reference import load


@dataclass(frozen=True)
class Sizes:
    """What values of one kind look like in the unit used here."""

    unit: str
    least: float
    most: float
    """Least and largest believable 90th percentile of the absolute values."""
    lower: float
    upper: float
    """Bounds of single values, those of the schema: what is imported can be planned with."""
    hint: str
    """The way out when the size is wrong."""


_CF = Sizes("a capacity factor 0..1", 0.0, 1.0, 0.0, 1.0, "per cent: divide by 100; MW: by the capacity")
SIZES = {
    "price": Sizes("EUR/MWh", 2.0, 2000.0, -1000.0, 10000.0,
                   "EUR/kWh: multiply by 1000; EUR cent/kWh: by 10"),
    "carbon": Sizes("g/kWh", 2.0, 1500.0, 0.0, 1500.0, "kg/kWh or t/MWh: multiply by 1000"),
    "cfe": Sizes("a share 0..1", 0.0, 1.0, 0.0, 1.0, "per cent: divide by 100"),
    "wind": _CF,
    "pv": _CF,
}  # fmt: skip
"""By kind of series."""
FACTORS: dict[str, dict[str, float]] = {
    "price": {"eur/mwh": 1.0, "eur/kwh": 1000.0, "ct/kwh": 10.0, "eur/gj": 3.6},
    "carbon": {
        "g/kwh": 1.0, "kg/mwh": 1.0, "kg/kwh": 1000.0, "t/mwh": 1000.0, "g/mj": 3.6, "lb/mwh": 0.45359237,
    },
    "cfe": {"1": 1.0, "%": 0.01},
    "wind": {"1": 1.0, "%": 0.01},
    "pv": {"1": 1.0, "%": 0.01},
}  # fmt: skip
"""Factor from each unit to the one used here. kg/MWh and g/kWh are the same number."""
CENTS = 0.12
"""Mean over that of 2025, median of zones, below which prices must be cents; see ``size_faults``."""
_MONEY = re.compile(r"(eurocent|eurct|cent|ct|eur|gbp|sek|nok|dkk|pln|czk|chf|huf|ron|bgn)/(mwh|kwh|gj)")
_MASS = re.compile(r"(kg|g|lbs?|t)/(mwh|kwh|mj)")


def stated_unit(kind: str, text: str) -> str:
    """Return the unit that a header or an attribute states, as ``FACTORS`` writes it, else an empty text."""
    plain = (
        text.lower().replace("€", "eur").replace("₂", "2").replace("per cent", "%").replace("percent", "%")
    )
    plain = re.sub(r"_per_|\bper\b|p/", "/", plain)
    plain = re.sub(r"co2|eq|[\s_\-.]", "", plain)
    found = (_MONEY if kind == "price" else _MASS).search(plain) if kind in ("price", "carbon") else None
    if found:
        head = {"eurocent": "ct", "eurct": "ct", "cent": "ct", "lbs": "lb"}.get(found[1], found[1])
        return f"{head}/{found[2]}"
    return "%" if kind in ("cfe", "wind", "pv") and "%" in plain else ""


def factor_to_ours(where: str, key: str, kind: str, unit: str) -> float:
    """Return what values in ``unit`` are multiplied with. Raises BadInput for a unit that has no factor."""
    known = FACTORS[kind]
    unit = unit.strip().lower()
    plain = unit if unit in known else stated_unit(kind, unit)
    if plain in known:
        return known[plain]
    hint = "bring it to EUR/MWh first, day by day" if kind == "price" else ""
    raise BadInput(Fault(where, f"{key} unit", unit, f"one of {', '.join(known)}", hint))


def size_faults(where: str, kind: str, columns: Mapping[str, Array]) -> list[Fault]:
    """Return what the size of the values says against their unit, one Fault a column.

    Prices in cents per kWh are a tenth of those in EUR/MWh, and a cheap Nordic year can be as low; so
    all zones of a file are held against their level of 2025 together.
    """
    faults = [fault for zone, cells in columns.items() for fault in _size_fault(where, zone, cells, kind)]
    return faults if faults or kind != "price" else _cents(where, columns)


def _size_fault(where: str, zone: str, cells: Array, kind: str) -> list[Fault]:
    sizes = SIZES[kind]
    finite = cells[np.isfinite(cells)]
    if not len(finite):
        return []
    size = float(np.quantile(np.abs(finite), 0.9))
    if not sizes.least <= size <= sizes.most:
        return [Fault(where, f"{zone} unit", f"nine in ten values below {size:.4g}", sizes.unit, sizes.hint)]
    outside = finite[(finite < sizes.lower) | (finite > sizes.upper)]
    if len(outside):
        expected = f"{sizes.lower:g} to {sizes.upper:g} {sizes.unit} ({len(outside)} outside)"
        return [Fault(where, zone, float(outside[0]), expected)]
    if kind in ("wind", "pv") and len(finite) >= 8000 and float(finite.max()) < 0.05:
        hint = "a profile that adds up to one? multiply by the full-load hours of the year"
        return [Fault(where, f"{zone} unit", f"no hour above {finite.max():.3g}", sizes.unit, hint)]
    return []


def level_ratio(columns: Mapping[str, Array]) -> float:
    """Return the yearly mean price over that of 2025, median over the zones; NaN without known zones."""
    levels = {name: zone.price_eur_per_mwh for name, zone in load().zones.items()}
    means = [
        float(np.nanmean(cells)) / levels[zone]
        for zone, cells in columns.items()
        if zone in levels and np.isfinite(cells).any()
    ]
    return float(np.median(means)) if means else float("nan")


def _cents(where: str, columns: Mapping[str, Array]) -> list[Fault]:
    ratio = level_ratio(columns)
    if not ratio < CENTS:
        return []
    text = f"{ratio:.3f} of the level of 2025, median of {len(columns)} zones"
    hint = "EUR cent/kWh: say unit price=ct/kWh; if the year was that cheap: price=EUR/MWh"
    return [Fault(where, "all zones unit", text, "EUR/MWh", hint)]
