"""ENTSO-E's transparency platform: prices and generation by zone, parsed by ``entsoe-py``.

The call is made here and not by that package, because it writes the whole query, key and all, to its log
and fixes its address when it is imported; its parsers and its table of zones are used as they are.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from twin.errors import Fault
from twin.grids.sources.live.client import Client, NoData, base_url
from twin.grids.sources.live.fuels import as_mix
from twin.grids.sources.live.hourly import to_hours
from twin.grids.sources.live.protocol import Chunk, Kind, Request, YearIs, series, spans

ZONES = frozenset((
    "FR", "DE_LU", "AT", "CH", "BE", "NL", "IE_SEM", "GB", "SE_1", "SE_2", "SE_3", "SE_4", "NO_1", "NO_2",
    "NO_3", "NO_4", "NO_5", "FI", "DK_1", "DK_2", "PT", "ES", "IT_NORD", "PL", "CZ", "GR", "HU", "SI", "SK",
    "EE", "LT", "LV", "RO", "BG", "HR",
))  # fmt: skip
KEY = "ENTSOE_API_KEY"
_SEQUENCED = ("DE_LU", "AT")
"""Zones with a second auction under the same document; sequence 1 is the coupled one."""
_RESOLUTIONS = ("60min", "30min", "15min")


class Transparency:
    """The web interface; needs a token in the environment variable ``ENTSOE_API_KEY``."""

    name = "entsoe"
    title = "ENTSO-E Transparency Platform"
    licence = "ENTSO-E terms: name the source; prices, load and generation are not CC BY"
    kinds: tuple[Kind, ...] = ("price", "mix")
    places = ZONES
    settle_days = 5
    year_is: YearIs = "observed"
    pause_s = 0.2

    def __init__(self) -> None:
        """Take the address from ``TWIN_ENTSOE_URL`` or the public one."""
        self._base = base_url("TWIN_ENTSOE_URL", "https://web-api.tp.entsoe.eu/api")

    def faults(self, request: Request) -> list[Fault]:
        """Return what is missing: the key, or the package."""
        found = []
        if not os.environ.get(KEY, "").strip():
            hint = "ask transparency@entsoe.eu for one, or leave entsoe out of --from"
            found.append(Fault("environment", KEY, "missing", "a token of the transparency platform", hint))
        for module, package in (("entsoe", "entsoe-py"), ("defusedxml", "defusedxml")):
            if find_spec(module) is None:
                hint = "install it with: pip install 'twin[live]'"
                found.append(Fault("python", package, "not installed", "the extra for live sources", hint))
        return found

    def chunks(self, request: Request) -> list[Chunk]:
        """Prices by quarters, generation by months: below the limit of 100 series and quick to parse."""
        found = []
        kinds: tuple[tuple[Kind, int], ...] = (("price", 3), ("mix", 1))
        for kind, months in kinds:
            for zone in request.wants(kind, [zone for zone in request.zones if zone in ZONES]):
                for start, end in spans(request.year, months):
                    query = {**_query(kind, zone), "periodStart": _stamp(start), "periodEnd": _stamp(end)}
                    found.append(Chunk(self.name, kind, zone, start, end, self._base, tuple(query.items())))
        return found

    def fetch(self, chunk: Chunk, client: Client) -> xr.Dataset:
        """Return EUR/MWh by hour, or MW by type; curves that send changes only are filled forward."""
        place = {"in_Domain": area(chunk.place).code}
        if chunk.kind == "price":
            place["out_Domain"] = place["in_Domain"]
        read: Callable[[str], xr.Dataset] = _prices if chunk.kind == "price" else _mix
        return client.get(
            chunk.url, {**dict(chunk.params), **place}, lambda body: read(_sound(body)),
            pause_s=self.pause_s, secret={"securityToken": os.environ[KEY].strip()}, nothing=_nothing,
        )  # fmt: skip


def area(zone: str) -> Any:
    """Return the area of a zone, with its EIC ``code``, from the tables of ``entsoe-py``."""
    return import_module("entsoe.mappings").Area[zone]


def _query(kind: Kind, zone: str) -> dict[str, str]:
    if kind == "mix":
        return {"documentType": "A75", "processType": "A16"}
    query = {"documentType": "A44", "contract_MarketAgreement.type": "A01"}
    if zone in _SEQUENCED:
        query["classificationSequence_AttributeInstanceComponent.position"] = "1"
    return query


def _stamp(instant: np.datetime64) -> str:
    return pd.Timestamp(instant).strftime("%Y%m%d%H%M")


def _nothing(status: int, body: bytes) -> bool:
    """An acknowledgement in place of data; older servers send it with status 400."""
    return status in (200, 400) and b"No matching data found" in body


def _sound(body: bytes) -> str:
    """Return the text of a whole XML document: the parsers below would take half of one without a word.

    A document with a type of its own is refused: entities that grow or that name files are declared there.
    """
    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import ParseError, fromstring

    try:
        root = fromstring(body, forbid_dtd=True)
    except ParseError as error:
        raise ValueError(f"not a whole XML document ({error})") from None
    except DefusedXmlException:
        raise ValueError("an XML document that declares a type or entities") from None
    if root.tag.rpartition("}")[2].startswith("Acknowledgement"):
        reason = next((node.text for node in root.iter() if node.tag.endswith("text")), "no reason given")
        raise ValueError(f"acknowledged, not answered: {reason}")
    return body.decode("utf-8")


def _parsed(parser: str, text: str) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it reads XML with an HTML parser, and is told so each time
            return getattr(import_module("entsoe.parsers"), parser)(text)
    except Exception as error:  # the package raises whatever its XML library does
        raise ValueError(f"entsoe-py: {type(error).__name__}: {error}") from error


def _prices(text: str) -> xr.Dataset:
    """Return one series by hour; where an hour has several resolutions, the coarser is the auction's."""
    found = _parsed("parse_prices", text)
    total: pd.Series | None = None
    for resolution in _RESOLUTIONS:
        column = found.get(resolution)
        if column is None or not len(column):
            continue
        times, cells = to_hours(_utc(column.index), column.to_numpy(dtype=float))
        hours = pd.Series(cells, index=times)
        total = hours if total is None else total.combine_first(hours)
    if total is None:
        raise NoData
    return series(total.index.to_numpy(dtype="datetime64[ns]"), {"price_eur_per_mwh": total.to_numpy()})


def _mix(text: str) -> xr.Dataset:
    table = _parsed("parse_generation", text)
    frame = table.to_frame("Other") if isinstance(table, pd.Series) else table
    if not len(frame):
        raise NoData
    columns = {}
    for name in frame.columns:
        words = (name,) if isinstance(name, str) else tuple(map(str, name))
        if "Actual Consumption" not in words:
            columns[words[0]] = frame[name].to_numpy(dtype=float)
    return as_mix(_utc(frame.index), columns)


def _utc(index: Any) -> np.ndarray:
    stamps = pd.DatetimeIndex(index)
    return np.asarray(stamps.tz_convert("UTC").tz_localize(None).to_numpy(dtype="datetime64[ns]"))
