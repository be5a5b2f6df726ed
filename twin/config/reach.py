"""How large a figure may be: beyond it the number is a slip of the unit or of the pen, in whatever field.

Fields have closer limits of their own where physics or money give one.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from twin.config.units import unit_of
from twin.errors import Fault

MOST = 1e9
"""Largest size of any figure."""
LEAST = 1e-12
"""Smallest size of a figure that is not 0: what is divided by less is beyond any unit again."""
MOST_SEED = 2.0**63 - 1.0
_MOST_OF = {
    "°C": 1e3, "K": 1e3, "K/W": 1e3, "EUR/MWh": 1e5, "EUR/t": 1e5, "EUR/GPU h": 1e4, "EUR/kWh": 1e5,
    "EUR/kW": 1e6, "EUR/m²": 1e6, "EUR/m³": 1e4, "MEUR/MW": 1e4, "MEUR": 1e6, "EUR/MW a": 1e8,
    "kEUR/FTE a": 1e4, "FTE/MW": 1e3, "USD/EUR": 1e2, "MW": 1e6, "MW of IT": 1e5, "MW/zone": 1e6,
    "MW/quarter": 1e5, "kW": 1e6, "W": 1e6, "g/kWh": 1e4, "h": 1e5, "a": 1e4, "d": 1e4, "s": 1e7, "ms": 1e5,
    "m": 1e4, "g": 1e2, "1": 1e6, "1/h": 1e3, "1/d": 1e4, "1/W": 1.0, "L": 1e6, "L/min": 1e6, "m³/s": 1e4,
    "Pa": 1e6, "kPa": 1e4, "kg": 1e6, "kg/m²": 1e6, "m²": 1e6, "J/K": 1e7, "PFLOP/s": 1e6,
}  # fmt: skip
"""Largest size by unit, far above anything that is built."""


def out_of_reach(raw: Mapping[str, Any], file: str) -> list[Fault]:
    """Return a Fault per figure of ``raw`` that is not finite (TOML has ``nan``) or beyond any reach."""
    found = [_fault(key, value, file) for key, value in _numbers(raw, ())]
    return [fault for fault in found if fault]


def no_numbers(raw: Mapping[str, Any], read: Mapping[str, Any], file: str) -> list[Fault]:
    """Return a Fault per number of ``read`` that stands in ``raw`` as text or as true or false."""
    faults = []
    for key, number in _numbers(read, ()):
        value: Any = raw
        for part in key.split("."):
            value = _inside(value, part)
        if isinstance(value, (str, bool)):
            hint = f"without quotes: {number:g}" if isinstance(value, str) else ""
            faults.append(Fault(file, key, value, "a number", hint))
    return faults


def _inside(node: Any, part: str) -> Any:
    if isinstance(node, Mapping):
        return node.get(part)
    return (
        node[int(part)]
        if isinstance(node, (list, tuple)) and part.isdigit() and int(part) < len(node)
        else None
    )


def _numbers(node: Any, path: tuple[str, ...]) -> Iterator[tuple[str, int | float]]:
    """Yield the numbers of a tree with their dotted keys."""
    if isinstance(node, Mapping):
        for key, value in node.items():
            yield from _numbers(value, (*path, str(key)))
    elif isinstance(node, (list, tuple)):
        for number, value in enumerate(node):
            yield from _numbers(value, (*path, str(number)))
    elif isinstance(node, (int, float)) and not isinstance(node, bool):
        yield ".".join(path), node


def _fault(key: str, value: int | float, file: str) -> Fault | None:
    if isinstance(value, float) and not math.isfinite(value):
        return Fault(file, key, value, "a finite number")
    unit = unit_of(key)
    most = MOST_SEED if key.split(".")[-1] == "seed" else _MOST_OF.get(unit, MOST)
    if abs(value) > most:
        return Fault(file, key, value, f"at most {most:g} {'' if unit == '1' else unit}".rstrip())
    return Fault(file, key, value, f"0, or at least {LEAST:g} in size") if 0 < abs(value) < LEAST else None
