"""A local server that answers in the documented shapes of the live sources, faults on demand."""

from __future__ import annotations

import json
import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo

import numpy as np

HOUR = 3600
QUARTERS_SINCE = datetime(2025, 9, 30, 22, tzinfo=UTC)
"""Delivery day 1 October 2025 begins here: quarter-hour prices."""
BRUSSELS = ZoneInfo("Europe/Brussels")
LICENCE = "CC BY 4.0 (creativecommons.org/licenses/by/4.0) from Bundesnetzagentur | SMARD.de"

KEY = "3f2c8a10-secret-key-of-a-test"

Query = dict[str, str]
Answer = tuple[int, dict[str, str], bytes]


def price(epoch_s: float | np.ndarray, offset: float = 0.0) -> Any:
    """A price that differs from hour to hour: daily and weekly swing."""
    hours = np.floor(np.asarray(epoch_s, dtype=float) / HOUR)
    return np.round(
        60 + offset + 25 * np.sin(2 * np.pi * hours / 24) + 10 * np.cos(2 * np.pi * hours / 168), 2
    )


def fault(status: int, headers: dict[str, str] | None = None, body: bytes = b"") -> Answer:
    """An answer that is not data."""
    return status, headers or {}, body


class Clock:
    """Time that passes only by sleeping."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def read(self) -> float:
        return self.now


@dataclass
class Replay:
    """What the server answers and what it was asked. ``script`` is used up first, one call each."""

    root: str = ""
    calls: list[tuple[str, Query]] = field(default_factory=list)
    script: list[tuple[str, Answer | Callable[[Answer], Answer]]] = field(default_factory=list)
    """Part of a path, and an answer or a change of the answer for the next call to it."""
    always: dict[str, Answer | Callable[[Answer], Answer]] = field(default_factory=dict)
    """The same for every call."""

    def answer(self, path: str, query: Query) -> Answer:
        self.calls.append((path, query))
        true = _route(path, query)
        for i, (part, change) in enumerate(self.script):
            if part in path:
                del self.script[i]
                return change(true) if callable(change) else change
        for part, change in self.always.items():
            if part in path:
                return change(true) if callable(change) else change
        return true


@contextmanager
def serve() -> Iterator[Replay]:
    """Run the server in a thread."""
    replay = Replay()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            status, headers, body = replay.answer(parts.path, dict(parse_qsl(parts.query)))
            headers = dict(headers)
            if headers.pop("drop", None):
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            self.send_response(status)
            self.send_header("Content-Length", headers.pop("length", str(len(body))))
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=lambda: server.serve_forever(0.02), daemon=True)
    thread.start()
    replay.root = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield replay
    finally:
        server.shutdown()
        server.server_close()


def truncated(true: Answer) -> Answer:
    """Half of the body under the length of the whole."""
    status, headers, body = true
    return status, {**headers, "length": str(len(body))}, body[: len(body) // 2]


def shortened(true: Answer) -> Answer:
    """Half of the body that claims to be all."""
    return true[0], true[1], true[2][: len(true[2]) // 2]


def edited(change: Callable[[Any], None]) -> Callable[[Answer], Answer]:
    """The true answer after ``change`` on its JSON."""

    def apply(true: Answer) -> Answer:
        data = json.loads(true[2])
        change(data)
        return true[0], true[1], json.dumps(data).encode()

    return apply


def _json(data: object) -> Answer:
    return 200, {"Content-Type": "application/json"}, json.dumps(data).encode()


def _route(path: str, query: Query) -> Answer:
    if path.startswith("/ec/v2/"):
        return _second(path.rpartition("/")[2], query)
    if path.startswith("/ec/"):
        return _first(path.rpartition("/")[2], query)
    if path.startswith("/smard/"):
        return _smard(path)
    if path == "/pvgis/tmy":
        return _json({"outputs": {"tmy_hourly": _tmy()}, "inputs": {}})
    if path == "/archive/archive":
        return _json(archive(query))
    if path == "/climate/climate":
        return _json(_climate(query))
    if path == "/entsoe":
        return 200, {"Content-Type": "application/xml"}, _entsoe(query).encode()
    return fault(404)


# Energy-Charts -------------------------------------------------------------------------------------------


def stamps(query: Query, quarters: bool) -> list[int]:
    """Epoch seconds from start to end; hours, and quarter-hours where they are traded or asked for."""
    start, end = (int(datetime.fromisoformat(query[key]).timestamp()) for key in ("start", "end"))
    out = []
    at = start - start % HOUR
    while at <= end:
        out.append(at)
        at += HOUR // 4 if quarters or at >= QUARTERS_SINCE.timestamp() else HOUR
    return out


MIX = {"Nuclear": 300.0, "Hydro Run-of-River": 100.0, "Fossil gas": 200.0, "Wind onshore": 400.0}
"""MW; at IPCC medians (0.3·12 + 0.1·24 + 0.2·490 + 0.4·11) = 108.4 g/kWh, carbon-free share 0.8."""


def _first(what: str, query: Query) -> Answer:
    if query.get("bzn") == "GB" or query.get("country") == "ie":
        return fault(404, body=b'{"detail":"No content available"}')
    times = stamps(query, what != "price" and query["start"] >= "2025")
    if what == "price":
        offset = 5.0 * (query["bzn"] != "FR")
        return _json({
            "license_info": LICENCE, "unix_seconds": times, "price": price(np.array(times), offset).tolist(),
            "unit": "EUR / MWh", "deprecated": False,
        })  # fmt: skip
    if what == "co2eq":
        half = len(times) // 2
        return _json({
            "unix_seconds": times, "co2eq": [90.0] * half + [None] * (len(times) - half),
            "co2eq_forecast": [70.0] * len(times), "deprecated": False,
        })  # fmt: skip
    rows = [{"name": name, "data": [mw] * len(times)} for name, mw in MIX.items()]
    rows += [
        {"name": name, "data": [-50.0] * len(times)} for name in ("Hydro pumped storage consumption", "Load")
    ]
    rows += [{"name": "Renewable share of load", "data": [50.0] * len(times)}]
    return _json({"unix_seconds": times, "production_types": rows, "deprecated": False})


def _second(what: str, query: Query) -> Answer:
    if what == "co2eq":
        return fault(404)
    times = stamps(query, what != "price" and query["start"] >= "2025")
    names = {"Nuclear": "nuclear", "Hydro Run-of-River": "hydro_run_of_river", "Fossil gas": "fossil_gas",
             "Wind onshore": "wind_onshore"}  # fmt: skip

    def values(at: int) -> dict[str, float]:
        if what == "price":
            return {"day_ahead_price": float(price(at)), "intraday_ida1": 1.0}
        return {names[name]: mw for name, mw in MIX.items()} | {"load": 900.0}

    rows = [
        {"timestamp": datetime.fromtimestamp(at, BRUSSELS).isoformat(), "values": values(at)} for at in times
    ]
    return _json(
        {"license": LICENCE, "series": [{"id": name, "name": name} for name in values(0)], "data": rows}
    )


# SMARD ---------------------------------------------------------------------------------------------------


def _smard(path: str) -> Answer:
    found = re.fullmatch(r"/smard/(\d+)/(\w+)/\1_\2_hour_(\d+)\.json", path)
    if not found:
        return fault(404)
    start = int(found[3]) // 1000
    monday = datetime.fromtimestamp(start, ZoneInfo("Europe/Berlin"))
    assert (monday.weekday(), monday.hour) == (0, 0), "files begin on local Mondays"
    end = int((monday + timedelta(days=7)).timestamp())
    if found[1] in ("1224", "4070"):  # Germany's nuclear plants are shut; nobody asks for pumped storage
        return fault(404)
    level = {"1223": 100.0, "4071": 100.0, "4067": 800.0}.get(found[1], 0.0)
    rows = [
        [at * 1000, float(price(at)) if int(found[1]) in (4169, 254, 257) else level]
        for at in range(start, end, HOUR)
    ]
    return _json({"meta_data": {"version": 1}, "series": rows})


# weather -------------------------------------------------------------------------------------------------


def archive(query: Query) -> dict[str, Any]:
    """The archive's answer: 20 degC and 50 % all year but for a daily swing, at sea-level pressure."""
    first, last = (date.fromisoformat(query[key]) for key in ("start_date", "end_date"))
    hours = 24 * ((last - first).days + 1)
    stamps = [(datetime(first.year, first.month, first.day) + timedelta(hours=h)).strftime("%Y-%m-%dT%H:%M")
              for h in range(hours)]  # fmt: skip
    swing = [20.0 + 5 * np.sin(2 * np.pi * (h % 24) / 24) for h in range(hours)]
    units = {"temperature_2m": "°C", "relative_humidity_2m": "%", "surface_pressure": "hPa",
             "wind_speed_10m": "m/s", "wind_speed_100m": "m/s", "shortwave_radiation": "W/m²"}  # fmt: skip
    flat = {"relative_humidity_2m": 50.0, "surface_pressure": 1013.25, "wind_speed_10m": 5.0,
            "wind_speed_100m": 8.0, "shortwave_radiation": 100.0}  # fmt: skip
    return {
        "latitude": float(query["latitude"]), "longitude": float(query["longitude"]), "elevation": 100.0,
        "generationtime_ms": 1.0, "utc_offset_seconds": 0, "timezone": "GMT", "timezone_abbreviation": "GMT",
        "hourly_units": {"time": "iso8601", **units},
        "hourly": {"time": stamps, "temperature_2m": swing, **{k: [v] * hours for k, v in flat.items()}},
    }  # fmt: skip


def _climate(query: Query) -> dict[str, Any]:
    first, last = (date.fromisoformat(query[key]) for key in ("start_date", "end_date"))
    days = [(first + timedelta(days=n)).isoformat() for n in range((last - first).days + 1)]
    units = {"temperature_2m_mean": "°C", "temperature_2m_min": "°C", "temperature_2m_max": "°C",
             "relative_humidity_2m_mean": "%", "pressure_msl_mean": "hPa"}  # fmt: skip
    flat = {"temperature_2m_mean": 15.0, "temperature_2m_min": 10.0, "temperature_2m_max": 22.0,
            "relative_humidity_2m_mean": 60.0, "pressure_msl_mean": 1015.0}  # fmt: skip
    return {
        "latitude": 50.0, "longitude": float(query["longitude"]), "elevation": 500.0, "utc_offset_seconds": 0,
        "timezone": "GMT", "daily_units": {"time": "iso8601", **units},
        "daily": {"time": days, **{name: [value] * len(days) for name, value in flat.items()}},
    }  # fmt: skip


def _tmy() -> list[dict[str, Any]]:
    years = [2007, 2012, 2009, 2011, 2014, 2006, 2018, 2019, 2016, 2010, 2008, 2013]
    first = datetime(2023, 1, 1)
    rows = []
    for h in range(8760):
        at = first + timedelta(hours=h)
        rows.append({
            "time(UTC)": f"{years[at.month - 1]}{at:%m%d}:{at:%H}10", "T2m": 10.0, "RH": 80.0, "G(h)": 120.0,
            "Gb(n)": 0.0, "Gd(h)": 0.0, "IR(h)": 300.0, "WS10m": 4.0, "WD10m": 200.0, "SP": 98000.0,
        })  # fmt: skip
    return rows


# ENTSO-E -------------------------------------------------------------------------------------------------

NO_MATCH = """<?xml version="1.0" encoding="utf-8"?>
<Acknowledgement_MarketDocument xmlns="urn:iec62325.351:tc57wg16:451-1:acknowledgementdocument:7:0">
<mRID>1</mRID>
<Reason><code>999</code><text>No matching data found for Data item Day-ahead Prices</text></Reason>
</Acknowledgement_MarketDocument>"""
GB = "10YGB----------A"


def _entsoe(query: Query) -> str:
    if query["in_Domain"] == GB:
        return NO_MATCH
    start, end = (
        datetime.strptime(query[key], "%Y%m%d%H%M").replace(tzinfo=UTC)
        for key in ("periodStart", "periodEnd")
    )
    body = _day_prices(start, end) if query["documentType"] == "A44" else _generation(start, end)
    kind = "Publication" if query["documentType"] == "A44" else "GL"
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><{kind}_MarketDocument '
        f'xmlns="urn:iec62325.351:tc57wg16:451-3:publicationdocument:7:3">{body}</{kind}_MarketDocument>'
    )


def _period(start: datetime, end: datetime, minutes: int, points: list[tuple[int, float]], label: str) -> str:
    rows = "".join(
        f"<Point><position>{n}</position><{label}>{value:.2f}</{label}></Point>" for n, value in points
    )
    return (
        f"<Period><timeInterval><start>{start:%Y-%m-%dT%H:%MZ}</start><end>{end:%Y-%m-%dT%H:%MZ}</end>"
        f"</timeInterval><resolution>PT{minutes}M</resolution>{rows}</Period>"
    )


def day_price(at: datetime) -> float:
    """A price that changes at 6 and at 18 h UTC only, so that curves of changes are short."""
    return 40.0 + 30.0 * (6 <= at.hour < 18) + (at - datetime(2020, 1, 1, tzinfo=UTC)).days % 7


def _day_prices(start: datetime, end: datetime) -> str:
    """One series a local day that touches the span, changes only (A03)."""
    day = start.astimezone(BRUSSELS).date()
    out = []
    while (first := _midnight(day)) < end:
        day += timedelta(days=1)
        last = _midnight(day)
        minutes = 15 if first >= QUARTERS_SINCE else 60
        steps = int((last - first).total_seconds() // 60 // minutes)
        points: list[tuple[int, float]] = []
        for n in range(steps):
            value = day_price(first + timedelta(minutes=n * minutes))
            if not points or points[-1][1] != value:
                points.append((n + 1, value))
        period = _period(first, last, minutes, points, "price.amount")
        out.append(f"<TimeSeries><mRID>1</mRID><curveType>A03</curveType>{period}</TimeSeries>")
    return "".join(out)


def _generation(start: datetime, end: datetime) -> str:
    out = []
    for psr, mw in (("B14", 300.0), ("B11", 100.0), ("B04", 200.0), ("B19", 400.0)):
        period = _period(start, end, 60, [(1, mw)], "quantity")
        out.append(
            f"<TimeSeries><mRID>1</mRID><inBiddingZone_Domain.mRID>x</inBiddingZone_Domain.mRID>"
            f"<MktPSRType><psrType>{psr}</psrType></MktPSRType><curveType>A03</curveType>{period}</TimeSeries>"
        )
    period = _period(start, end, 60, [(1, 75.0)], "quantity")
    out.append(
        "<TimeSeries><mRID>1</mRID><outBiddingZone_Domain.mRID>x</outBiddingZone_Domain.mRID>"
        f"<MktPSRType><psrType>B10</psrType></MktPSRType><curveType>A03</curveType>{period}</TimeSeries>"
    )
    return "".join(out)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=BRUSSELS).astimezone(UTC)
