"""A right command line of every verb, and the small files it reads; each is got wrong in one or two words."""

from __future__ import annotations

import datetime as dt
import functools
import json
import math
from collections.abc import Callable
from pathlib import Path

from damaged_weather import archive

RUN = "RUN"
"""Stands in arguments for the folder of a finished run of the tiny case."""
MADE = "MADE"
"""Stands in arguments for a folder that no verb has made yet."""
RIGHT = {
    "plan": f"tiny --set seed=7 --set target.basis=grid --out {MADE} --json --force",
    "check": f"{RUN} --json",
    "show-run": RUN,
    "compare": f"{RUN} {RUN}",
    "diagnose": f"tiny --set build.max_sites=2 --time-limit 5 --out {MADE} --json",
    "pareto": f"tiny --over cost,carbon --points 3 --set seed=7 --out {MADE}",
    "numerics": f"{RUN} --json",
    "report": f"{RUN} --out {MADE}.html",
    "plot": f"{RUN} map --to svg --out {MADE}",
    "serve": f"{RUN} --out {MADE} --address 127.0.0.1 --port 5006 --origin planner.example.org:5006",
    "export": f"{RUN} --to geojson,xlsx --out {MADE}",
    "risk": f"{RUN} --draws 200 --seed 5 --shared 0.3 --json",
    "robust": f"tiny --confidence 0.8 --cvar-mw 20 --set seed=7 --out {MADE} --json",
    "alternatives": f"{RUN} --within 0.02 --json",
    "sensitivity": f"{RUN} --json",
    "flexibility": f"{RUN} --json",
    "replay": f"{RUN} --fault drought --policy rolling --quarter 2028Q4 --workers 1 --json",
    "racks": f"{RUN} --as gb200-nvl72 --rack PT-SIN:1 --seed 5 --out {MADE}.nc",
    "indicators": f"{RUN} --site PT-SIN --planned --eed {MADE}/eed.csv --json",
    "watch": f"{RUN} site.csv --site PT-SIN --column it_power_mw=it_power_mw --timezone UTC --quiet-days 20"
             f" --alarm-hours 900 --out {MADE}/hours.csv",
    "calibrate": "nodes/dgx-h100-air node.csv --column power_w=power_w --timezone Europe/Paris"
                 f" --out {MADE}/mine.toml",
    "list": "sites",
    "show": "racks/gb200-nvl72",
    "new": f"sites XX-NEW --into {MADE}",
    "rack": "gb200-nvl72 --site FR-BRU --cooling dry-cooler-trim --power-train n-plus-1 --hours --json",
    "grids fetch": f"tiny --from energy-charts --year 2024 --fill-hours 3 --cache {MADE}/c --out {MADE}/g.nc",
    "grids show": "price.csv --lines 5 --out page.md",
    "grids weather": f"FR=weather.json --year 2023 --turbine V90/2000 --tilt 30 --out {MADE}/w.nc",
    "grids carbon": f"mix.csv --flows flows.csv --out {MADE}/carbon.nc",
    "grids calibrate": f"mix.csv --out {MADE}/reference",
    "grids import": "price:price.csv --year 2030 --timezone UTC --fill-hours 2 --unit price=EUR/MWh"
                    f" --out {MADE}/grid.nc",
    "grids fidelity": f"mix.csv --out {MADE}/fidelity.md",
    "grids ensemble": f"--years 1 --seed 3 --extreme heat-wave-2019 --out {MADE}/years.zarr",
    "grids ensemble-fidelity": f"mix.csv --years 1 --seed 3 --out {MADE}/page.md",
    "grids spread": f"{RUN} --years 2 --seed 3 --out {MADE}/spread.nc",
    "grids outlook": f"reference --year 2030 --grid reference --seed 3 --out {MADE}/outlook.nc",
    "load show": f"tiny --year 2028 --set seed=7 --out {MADE}/load.nc",
    "study run": f"tiny-policies --workers 0 --retry --out {MADE}",
    "study show": f"{RUN} --outcome objective_eur",
}  # fmt: skip
"""Arguments by verb; those that read a folder of sources are given none, see :mod:`damaged_sources`."""


def write_files(folder: Path) -> None:
    """Write the files that the lines name, where they are not as they should be."""
    for name, text in _texts().items():
        path = folder / name
        if not path.is_file() or path.read_bytes() != text:
            path.write_bytes(text)


@functools.cache
def _texts() -> dict[str, bytes]:
    return {name: made().encode() for name, made in FILES.items()}


def _table(header: str, hours: int, step: dt.timedelta, row: Callable[[int], str]) -> str:
    start = dt.datetime(2030, 1, 1)
    lines = [f"{start + n * step:%Y-%m-%dT%H:%M:%SZ},{row(n)}" for n in range(hours)]
    return "\n".join([header, *lines, ""])


HOUR = dt.timedelta(hours=1)
FILES: dict[str, Callable[[], str]] = {
    "site.csv": lambda: _table(
        "time,it_power_mw,facility_power_mw", 1_000, HOUR, lambda n: f"60,{70 + 0.5 * math.sin(n):.3f}"
    ),
    "node.csv": lambda: _table(
        "time,power_w,utilisation", 900, dt.timedelta(seconds=30),
        lambda n: f"{2000 + 80 * (n // 20 * 37 % 101)},{n // 20 * 37 % 101 / 100}",
    ),
    "price.csv": lambda: _table("time,FR,PT", 8_760, HOUR, lambda n: f"{50 + n % 24},{60 + n % 7}"),
    "weather.json": lambda: json.dumps(archive()),
    "mix.csv": lambda: _table("time,zone,Solar,Nuclear", 48, HOUR, lambda n: f"FR,{n % 24},100"),
    "flows.csv": lambda: _table("time,FR>DE_LU", 48, HOUR, lambda n: f"{n % 5 - 2}"),
}  # fmt: skip
