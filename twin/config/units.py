"""Units as the names of figures spell them."""

from __future__ import annotations

_UNITS = {
    "eur_per_mw_year": "EUR/MW a",
    "eur_per_mwh": "EUR/MWh",
    "meur_per_mw": "MEUR/MW",
    "eur_per_kwh": "EUR/kWh",
    "eur_per_kw": "EUR/kW",
    "eur_per_m3": "EUR/m³",
    "eur_per_m2": "EUR/m²",
    "keur_per_fte_year": "kEUR/FTE a",
    "eur_per_gpu_hour": "EUR/GPU h",
    "eur_per_t": "EUR/t",
    "meur_per_year": "MEUR/a",
    "usd_per_eur": "USD/EUR",
    "g_per_kwh": "g/kWh",
    "fte_per_mw": "FTE/MW",
    "m3_per_mwh": "m³/MWh",
    "loss_per_h": "1/h",
    "l_per_kwh": "L/kWh",
    "w_per_degc": "W/K",
    "degc_per_w": "K/W",
    "degc_per_kw": "K/kW",
    "kw_per_degc": "kW/K",
    "l_per_min": "L/min",
    "l_per_s": "L/s",
    "m3_per_s": "m³/s",
    "kg_per_s": "kg/s",
    "mw_it": "MW of IT",
    "mw_per_zone": "MW/zone",
    "mw_per_quarter": "MW/quarter",
    "failures_per_job_day": "1/d",
    "failures_per_gpu_h": "1/h",
    "l_per_min_per_kw": "L/min kW",
    "growth_per_year": "1/a",
    "square_per_w": "1/W",
    "k_per_km": "K/km",
    "k_per_w": "K/W",
    "m3_s": "m³/s",
    "j_per_k": "J/K",
    "per_k": "1/K",
    "kg_per_m2": "kg/m²",
    "pflops": "PFLOP/s",
    "k": "K",
    "m2": "m²",
    "hours": "h",
    "days": "d",
    "meur": "MEUR",
    "mwh": "MWh",
    "kwh": "kWh",
    "degc": "°C",
    "years": "a",
    "year": "a",
    "share": "1",
    "factor": "1",
    "pu": "1",
    "efficiency": "1",
    "mw": "MW",
    "kw": "kW",
    "pa": "Pa",
    "kpa": "kPa",
    "usd": "USD",
    "eur": "EUR",
    "ms": "ms",
    "lat": "°N",
    "lon": "°E",
    "m": "m",
    "g": "g",
    "h": "h",
    "w": "W",
    "v": "V",
    "a": "A",
    "s": "s",
    "l": "L",
    "gb": "GB",
    "mm": "mm",
    "kg": "kg",
}


def unit_of(key: str) -> str:
    """Return the unit that a dotted key spells at its end; empty for a plain number or text.

    A quarter or number at the end (``path_mw.2030Q4``) leaves the name before it to speak.
    """
    names = [part for part in key.split(".") if not part[:1].isdigit()]
    words = names[-1].split("_") if names else []
    # mean_2024 and the like: a year inside a name carries no unit
    words = [word for word in words if not word.isdigit()]
    for size in range(min(5, len(words)), 0, -1):
        unit = _UNITS.get("_".join(words[-size:]))
        if unit and not _is_a_date(words):
            return unit
    return ""


def _is_a_date(words: list[str]) -> bool:
    """``first_power_year`` is a year of the calendar, not a length of time."""
    return words[-1] == "year" and "per" not in words
