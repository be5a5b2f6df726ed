"""Figures that no model file may hold, whatever else is right with it."""

from __future__ import annotations

import math
import re

from mutations import Mutant

LARGEST = 1e11
"""Above this no figure of any model means anything, in any of our units."""
SIGNED = re.compile(
    r"degc$|price_20|(^|\.)lat$|(^|\.)lon$|elevation_m|utc_offset_h|growth_per_year|above_normal_k|warmer_k|adder|"
    r"chiller_plr_\d|(^|\.)fit\.|low$|high$|^set\.|^levers|^uncertainties|(^|\.)value$|price_factor"
)
"""Keys that may be negative."""
NO_FIGURE = ("sources", "title", "text", "name", "note")


def absurd(kind: str, mutant: Mutant) -> str:
    """Return why a mutant that was accepted should not have been; empty where it may be right."""
    value, key = mutant.value, mutant.key
    if isinstance(value, bool) or not isinstance(value, (int, float)) or key.partition(".")[0] in NO_FIGURE:
        return ""
    if not math.isfinite(value):
        return f"{key} = {value}"
    if abs(value) > LARGEST:
        return f"{key} = {value:g}: beyond any unit"
    return f"{key} = {value:g}: below zero" if value < 0 and not SIGNED.search(key) else ""
