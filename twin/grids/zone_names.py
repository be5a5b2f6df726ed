"""Zone names as files write them, to the ENTSO-E names used here."""

from __future__ import annotations

import re

_SPECIAL = {
    "DE": "DE_LU", "DEU": "DE_LU", "GERMANY": "DE_LU", "LU": "DE_LU", "DE_AT_LU": "DE_LU",
    "IE": "IE_SEM", "SEM": "IE_SEM", "IRL": "IE_SEM", "IRELAND": "IE_SEM", "IESEM": "IE_SEM",
    "UK": "GB", "GBR": "GB", "UNITED_KINGDOM": "GB", "GREAT_BRITAIN": "GB",
    "EL": "GR", "GRC": "GR", "GREECE": "GR",
    "IT_NORTH": "IT_NORD", "IT_NO": "IT_NORD", "IT_N": "IT_NORD", "NORD": "IT_NORD",
    "IT_CENTRE_NORTH": "IT_CNOR", "IT_CNO": "IT_CNOR", "IT_CENTRE_SOUTH": "IT_CSUD", "IT_CSO": "IT_CSUD",
    "IT_SOUTH": "IT_SUD", "IT_SO": "IT_SUD", "IT_CALABRIA": "IT_CALA", "IT_SICILY": "IT_SICI", "IT_SIC":
    "IT_SICI",
    "IT_SARDINIA": "IT_SARD", "IT_SARDINA": "IT_SARD", "IT_SAR": "IT_SARD",
    "HUNGARY": "HU", "SLOVAKIA": "SK", "SLOVENIA": "SI", "CROATIA": "HR", "ROMANIA": "RO", "BULGARIA": "BG",
    "ESTONIA": "EE", "LATVIA": "LV", "LITHUANIA": "LT", "SERBIA": "RS",
    "FRANCE": "FR", "FRA": "FR", "AUSTRIA": "AT", "AUT": "AT", "SWITZERLAND": "CH", "CHE": "CH",
    "BELGIUM": "BE", "BEL": "BE", "NETHERLANDS": "NL", "NLD": "NL", "FINLAND": "FI", "FIN": "FI",
    "PORTUGAL": "PT", "PRT": "PT", "SPAIN": "ES", "ESP": "ES", "POLAND": "PL", "POL": "PL",
    "CZECHIA": "CZ", "CZE": "CZ", "CZECH_REPUBLIC": "CZ",
}  # fmt: skip
_NUMBERED = re.compile(r"^(?:(?:SE|NO|DK)_)?(SE|NO|DK)_?([1-5])$")


def entsoe_name(name: str) -> str:
    """Return the ENTSO-E style name: ``DE-LU`` → ``DE_LU``, ``SE1`` → ``SE_1``, ``IT-North`` → ``IT_NORD``.

    Unknown names come back in the same style, so that they can be compared and reported. National names
    of countries with several zones (Italy, Norway, Sweden, Denmark) name no zone and stay as they are.
    """
    plain = re.sub(r"[^A-Z0-9]+", "_", name.upper()).strip("_")
    numbered = _NUMBERED.match(plain)
    if numbered:
        return f"{numbered[1]}_{numbered[2]}"
    return _SPECIAL.get(plain, plain)
