"""Texts of a fixed form in model files: months, quarters, countries, supply options, and how each is told."""

from __future__ import annotations

from typing import Annotated

from pydantic import StringConstraints

_QUARTER = r"^20[0-9]{2}Q[1-4]$"
_MONTH = r"^20[0-9]{2}-(0[1-9]|1[0-2])$"
_COUNTRY = r"^[A-Z]{2}$"
_OPTION = r"^(grid_only|cheapest|cfe([0-9]{1,2}|100))$"

Quarter = Annotated[str, StringConstraints(pattern=_QUARTER)]
"""A calendar quarter such as ``2028Q3``."""
Month = Annotated[str, StringConstraints(pattern=_MONTH)]
"""A calendar month such as ``2026-11``."""
Country = Annotated[str, StringConstraints(pattern=_COUNTRY)]
"""A country such as ``FR``."""
Option = Annotated[str, StringConstraints(pattern=_OPTION)]
"""A supply option: ``grid_only``, ``cheapest`` or a carbon-free share in percent such as ``cfe90``."""

TOLD = {
    _QUARTER: "a quarter such as 2028Q3",
    _MONTH: "a month such as 2026-11",
    _COUNTRY: "a country as two capitals, such as FR",
    _OPTION: "grid_only, cheapest or a carbon-free share in percent such as cfe90",
}
"""What is expected, by pattern, in words."""
