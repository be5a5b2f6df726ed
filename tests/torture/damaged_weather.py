"""Weather, generation mixes, networks and reanalysis as people, disks and other programs leave them."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from binary_mutations import mutated_binary, mutated_dataset, mutated_json
from in_processes import tried
from mutations import mutated_csv
from trials import Trial

from twin import library
from twin.errors import BadInput
from twin.grids.netcdf import write_netcdf
from twin.grids.real_years import PLACE_OF, years_at_hand
from twin.grids.weather import weather_grid
from twin.grids.weather_file import with_weather_file

HOURS = pd.date_range("2023-01-01", periods=8760, freq="h")
SITES = ("FR-BRU", "SE-BOR", "PT-SIN")
NOON = np.maximum(np.cos((np.arange(8760) % 24 - 12.0) / 12 * np.pi), 0.0)
EPW_HEAD = ("LOCATION,Here,-,XXX,made,000000,48.0,15.0,1.0,120.0", "DESIGN CONDITIONS,0",
            "TYPICAL/EXTREME PERIODS,0", "GROUND TEMPERATURES,0", "HOLIDAYS/DAYLIGHT SAVINGS,No,0,0,0",
            "COMMENTS 1,", "COMMENTS 2,", "DATA PERIODS,1,1,Data,Sunday,1/1,12/31")  # fmt: skip
Case = Trial | tuple[str, Callable[[], object]]


def true_files(folder: Path) -> dict[str, Path]:
    """Write a sound file of every kind and return them by name."""
    folder.mkdir(parents=True, exist_ok=True)
    made = {name: folder / name for name in ("fetched.nc", "place.epw", "pvgis.json", "archive.json",
            "maps.csv", "mix.csv", "flows.csv", "elec.nc", "profile_onwind.nc", "germany.npz")}  # fmt: skip
    write_netcdf(_fetched(), made["fetched.nc"])
    made["place.epw"].write_text(_epw())
    made["pvgis.json"].write_text(json.dumps(_pvgis()))
    made["archive.json"].write_text(json.dumps(archive()))
    for name, table in {"maps.csv": _maps(), "mix.csv": _mix(), "flows.csv": _flows()}.items():
        table.to_csv(made[name], index=False)
    _network().to_netcdf(made["elec.nc"], engine="h5netcdf")
    _profile().to_netcdf(made["profile_onwind.nc"], engine="h5netcdf")
    rows = np.tile(NOON, (2, 1))
    np.savez_compressed(made["germany.npz"], years=[2015, 2016], wind=rows, solar=rows)
    return made


def damaged_weather(folder: Path, said: Path, rng: random.Random) -> Iterator[Case]:
    """Yield cases for ever; the damaged file lies in ``folder`` when its case is yielded.

    Datasets are changed in processes of their own: HDF5 may stumble over what it wrote itself.
    """
    true, spoilt = tried(partial(true_files, folder / "true"), said), folder / "spoilt"
    if not isinstance(true, dict):
        raise RuntimeError(f"true files could not be made: {true}")
    spoilt.mkdir(exist_ok=True)
    while True:
        name = rng.choice(sorted(true))
        path, own = spoilt / name, random.Random(rng.getrandbits(32))
        what = tried(partial(_damaged, true[name], path, own), said)
        if not isinstance(what, str) or what.startswith("died of"):
            raise RuntimeError(f"a file could not be made: {what}")
        yield _case(path, f"{name}: {what}", folder, true, rng)


def _damaged(true: Path, path: Path, rng: random.Random) -> str:
    """Write a damaged copy and return what was done to it."""
    if true.suffix == ".nc" and rng.random() < 0.6:
        with xr.open_dataset(true, engine="h5netcdf") as opened:
            made, what = mutated_dataset(opened.load(), rng)
        try:
            made.to_netcdf(path, engine="h5netcdf")
        except (ValueError, TypeError):  # nobody can write such a file
            path.write_bytes(b"")
        return what
    if true.suffix == ".json" and rng.random() < 0.7:
        mutant = mutated_json(true.read_text(), rng)
    elif true.suffix == ".csv":
        mutant = mutated_csv(true.read_text(), rng)
    elif true.suffix == ".epw" and rng.random() < 0.7:
        lines = true.read_text().splitlines(keepends=True)
        mutant = mutated_csv("".join(lines[8:]), rng)
        mutant = type(mutant)("".join(lines[:8]).encode() + mutant.content, mutant.what)
    else:
        mutant = mutated_binary(true.read_bytes(), rng)
    path.write_bytes(mutant.content)
    return mutant.what


def _case(path: Path, what: str, folder: Path, true: dict[str, Path], rng: random.Random) -> Case:
    out = ("--out", str(folder / "made.nc"))
    kind = path.stem
    if kind == "germany":
        return f"reanalysis {what}", partial(_reanalysis, path)
    if kind == "fetched" and rng.random() < 0.5:
        return f"laid over the drawn weather, {what}", partial(_laid, path)
    argv: tuple[str, ...]
    if kind == "fetched":
        argv = ("grids", "weather", str(path), *out)
    elif kind in ("place", "pvgis", "archive"):
        argv = ("grids", "weather", f"{rng.choice(('FR', 'FR-BRU'))}={path}", *out)
    elif kind == "mix":
        argv = ("grids", "carbon", str(path), *out)
    elif kind == "flows":
        argv = ("grids", "carbon", str(true["mix.csv"]), "--flows", str(path), *out)
    else:
        argv = rng.choice((("grids", "import", str(path), *out), ("grids", "show", str(path))))
    return Trial(f"others: {argv[1]}", f"{argv[0]} {argv[1]} of {what}", argv)


def _laid(path: Path) -> str:
    """Lay a weather file over the drawn weather of a case; what is taken is whole and within bounds."""
    try:
        found = with_weather_file(
            weather_grid([library.get("sites", name) for name in SITES], 2030), path, 2023
        )
    except BadInput:
        return ""
    dry = found["dry_bulb_degc"].values
    return "" if np.isfinite(dry).all() and np.abs(dry).max() <= 60 else "took hours outside of all bounds"


def _reanalysis(path: Path) -> str:
    """Read a folder whose places are all this file."""
    source = path.parent / "real"
    (source / "era5-capacity-factors").mkdir(parents=True, exist_ok=True)
    for place in PLACE_OF.values():
        (source / "era5-capacity-factors" / f"{place}.npz").write_bytes(path.read_bytes())
    try:
        years = years_at_hand(source)
    except BadInput:
        return ""
    return "" if set(years) <= {2015, 2016} else f"took years {years}"


def _fetched() -> xr.Dataset:
    """Hours of three sites as ``twin grids fetch`` leaves them."""
    one = np.ones((len(SITES), 1))
    warm = 10.0 + 8.0 * NOON * one
    data = {"dry_bulb_degc": warm, "wet_bulb_degc": warm - 3.0, "relative_humidity": 0.6 + 0 * warm,
            "pressure_pa": 1e5 + 0 * warm, "ghi_w_per_m2": 600.0 * NOON * one,
            "wind_speed_10m_m_per_s": (4.0 + np.arange(8760) % 5) * one}  # fmt: skip
    return xr.Dataset(
        {name: (("site", "time"), values) for name, values in data.items()},
        {"site": list(SITES), "time": HOURS},
        {
            "kind": "weather file",
            "label": "fetched: made (2023)",
            "calendar_year": 2023,
            "year_is": "observed",
        },
    )


def _epw() -> str:
    lines = list(EPW_HEAD)
    for i, hour in enumerate(HOURS):
        row: list[Any] = [hour.year, hour.month, hour.day, hour.hour + 1, 0, "?", *[0] * 29]
        row[6:10] = 10.0 + 8.0 * NOON[i], 1.0, 60.0, 100_000.0
        row[13], row[15], row[21] = 600.0 * NOON[i], 600.0 * NOON[i], 4.0 + i % 5
        lines.append(",".join(map(str, row)))
    return "\n".join(lines) + "\n"


def _pvgis() -> dict[str, Any]:
    rows = [
        {"time(UTC)": hour.strftime("%Y%m%d:%H10"), "T2m": 10.0 + 8.0 * sun, "RH": 60.0, "SP": 1e5,
         "WS10m": 4.0 + i % 5, "G(h)": 600.0 * sun, "Gb(n)": 500.0 * sun, "Gd(h)": 100.0 * sun}
        for i, (hour, sun) in enumerate(zip(HOURS, NOON, strict=True))
    ]  # fmt: skip
    place = {"latitude": 48.5, "longitude": 2.3, "elevation": 90.0}
    return {"inputs": {"location": place}, "outputs": {"tmy_hourly": rows}}


def archive() -> dict[str, Any]:
    """Return a year of an Open-Meteo archive as it is answered."""
    hourly = {"time": list(HOURS.strftime("%Y-%m-%dT%H:%M")), "temperature_2m": list(10.0 + 8.0 * NOON),
              "relative_humidity_2m": [60.0] * 8760, "wind_speed_10m": [18.0 + i % 7 for i in range(8760)],
              "shortwave_radiation": list(500.0 * NOON), "surface_pressure": [1000.0] * 8760}  # fmt: skip
    units = {"time": "iso8601", "temperature_2m": "°C", "relative_humidity_2m": "%", "wind_speed_10m": "km/h",
             "shortwave_radiation": "W/m²", "surface_pressure": "hPa"}  # fmt: skip
    place = {
        "latitude": 48.5,
        "longitude": 2.3,
        "elevation": 90.0,
        "utc_offset_seconds": 0,
        "timezone": "GMT",
    }
    return {**place, "hourly_units": units, "hourly": hourly}


def _maps() -> pd.DataFrame:
    return pd.DataFrame({"Datetime (UTC)": HOURS.strftime("%Y-%m-%d %H:%M:%S"), "Country": "Sweden",
                         "Zone Name": "North Sweden", "Zone Id": "SE-SE1",
                         "Carbon Intensity gCO₂eq/kWh (direct)": 1.0,
                         "Carbon intensity gCO₂eq/kWh (Life cycle)": np.linspace(10, 30, 8760),
                         "Carbon-free energy percentage (CFE%)": np.linspace(90, 100, 8760),
                         "Data Estimated": [True] * 876 + [False] * 7884})  # fmt: skip


def _mix() -> pd.DataFrame:
    hours = HOURS[:600].strftime("%Y-%m-%dT%H:%MZ")
    rows = {"Solar": 40.0 * NOON[:600], "Nuclear": 60.0, "Fossil gas": 20.0 + np.arange(600) % 7}
    return pd.concat([pd.DataFrame({"utc": hours, "zone": zone, **rows}) for zone in ("FR", "DE", "BE")])


def _flows() -> pd.DataFrame:
    hours = HOURS[:600].strftime("%Y-%m-%dT%H:%MZ")
    return pd.DataFrame({"utc": hours, "FR>DE": 5.0 * np.sin(np.arange(600)), "FR>BE": 3.0, "BE>NL": 1.0})


def _network() -> xr.Dataset:
    names = ["DE0 0 onwind", "DE0 1 onwind", "FR0 0 solar", "SE1 0 onwind"]
    profile = np.stack([0.2 + 0.1 * np.sin(np.arange(8760)), np.full(8760, 0.4), 0.6 * NOON,
                        np.full(8760, 0.5)], axis=1)  # fmt: skip
    prices = 70.0 + 25.0 * np.sin(2 * np.pi * np.arange(8760) / 24)
    parks = {"carrier": ["onwind", "onwind", "solar", "onwind"], "p_nom": [1.0, 3.0, 2.0, 1.0],
             "bus": ["DE0 0", "DE0 1", "FR0 0", "SE1 0"]}  # fmt: skip
    return xr.Dataset(
        {
            **{f"generators_{name}": ("generators_i", values) for name, values in parks.items()},
            "generators_t_p_max_pu": (("snapshots", "generators_t_p_max_pu_i"), profile),
            "buses_t_marginal_price": (("snapshots", "buses_t_marginal_price_i"), np.stack([prices] * 2, 1)),
            "snapshots_snapshot": ("snapshots", HOURS),
        },
        {"generators_i": names, "generators_t_p_max_pu_i": names, "snapshots": np.arange(8760),
         "buses_t_marginal_price_i": ["DE0 0", "FR0 0"]},
    )  # fmt: skip


def _profile() -> xr.Dataset:
    values = np.stack([[np.full(8760, 0.2), np.full(8760, 0.4)], [np.full(8760, 0.3)] * 2])
    return xr.Dataset(
        {
            "profile": (("bus", "bin", "time"), values),
            "p_nom_max": (("bus", "bin"), [[300.0, 100.0], [1.0, 1.0]]),
        },
        {"bus": ["ES0 0", "PT0 0"], "bin": [0, 1], "time": HOURS},
    )
