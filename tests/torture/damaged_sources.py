"""A folder of real series for the calibration, with one file as a disk or a hand might have left it."""

from __future__ import annotations

import gzip
import io
import json
import random
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from binary_mutations import mutated_binary, mutated_json
from damaged_weather import EPW_HEAD, NOON
from mutations import Mutant, mutated_csv
from trials import Trial

from twin.grids.reference import folder, load
from twin.grids.sources.files import ERA5_PLACES, HOURS
from twin.grids.sources.folder import ERA5_YEARS, LENDERS

YEAR_OF = {"prices": 2023, "carbon-2022": 2022, "weather-2019": 2019}
ZONES_2022 = ("AT", "BE", "CH", "DE-LU", "ES", "FR", "NL", "PT")


def true_sources(base: Path) -> Path:
    """Write a folder that a calibration can read, and the table of sites beside it; return the folder."""
    source, zones = base / "data", list(load().zones.values())
    countries = sorted({zone.weather_country for zone in zones} | {zone.wind_country for zone in zones})
    priced = sorted({zone.price_series for zone in zones if zone.price_series} | set(LENDERS))
    carbon = sorted({zone.carbon_series for zone in zones})
    wide = {
        "prices/prices_2023_utc_wide_filled": (priced, 60.0, 20.0),
        "carbon-2022/ci_2022_utc_wide_gco2_per_kwh": (carbon, 200.0, 50.0),
        "weather-2019/wide_2019_air_temperature": (countries, 10.0, 8.0),
        "weather-2019/derived_cf_2019_wind_inland_baseline": (countries, 0.4, 0.3),
        "weather-2019/derived_cf_2019_solar_pv_on_land": (countries, 0.0, 0.6),
    }
    for name, (columns, mean, swing) in wide.items():
        path = source / f"{name}.csv.gz"
        time = "time" if path.parent.name == "weather-2019" else "utc"
        _packed(path, _table(columns, mean, swing, YEAR_OF[path.parent.name], time))
    rows = np.tile(NOON, (len(ERA5_YEARS), 1))
    (source / "era5-capacity-factors").mkdir()
    for place in ERA5_PLACES:
        path = source / "era5-capacity-factors" / f"{place}.npz"
        np.savez_compressed(path, years=list(ERA5_YEARS), wind=0.5 * rows + 0.1, solar=rows)
    for zone in ZONES_2022:
        stem = f"electricity_prices__processed__{zone}__2022__{zone}_electricity_prices_2022.csv.gz"
        _packed(source / "prices-2020-2024" / stem, _local_prices())
    for name in ("DE-LU", "GB"):
        _packed(source / "open-meteo-sample" / f"weather__{name}__2023.json.gz", json.dumps(_archive()))
    _packed(source / "weather-tmy" / "original" / "Here.epw.gz", _station())
    monthly = "monthly-prices/european_wholesale_electricity_price_data_monthly.csv.gz"
    _packed(source / monthly, _months({zone.ember_country for zone in zones}))
    (base / "facts").mkdir()
    (base / "facts" / "sites.csv").write_text(_sites())
    return source


def damaged_sources(base: Path, rng: random.Random) -> Iterator[Trial]:
    """Yield trials for ever; one or two files are damaged while each runs, and mended afterwards.

    The tables of zones, which a calibration finds where it writes, are damaged in their turn.
    """
    base.mkdir(parents=True)
    source, made = true_sources(base), base / "made" / "reference"
    made.mkdir(parents=True)
    shutil.copy(folder() / "zones.csv", made / "zones.csv")
    every = sorted(path for path in base.rglob("*") if path.is_file())
    whole = {path: path.read_bytes() for path in every}
    while True:
        spoilt, told = rng.sample(every, rng.choice((1, 1, 1, 2))), []
        for path in spoilt:
            content, what = _damaged(path, whole[path], rng)
            path.write_bytes(content) if content else path.unlink()
            told.append(f"{path.name}: {what}")
        words = ("calibrate", str(source), "--out", str(made))
        if made not in spoilt[0].parents and rng.random() < 0.5:
            words = (rng.choice(("fidelity", "ensemble-fidelity")), str(source))
        yield Trial(f"sources: {words[0]}", f"grids {words[0]}, {'; '.join(told)}", ("grids", *words),
                    (_before_the_fit,))  # fmt: skip
        for path in spoilt:
            path.write_bytes(whole[path])


def _damaged(path: Path, content: bytes, rng: random.Random) -> tuple[bytes, str]:
    """Return what a file holds now, nothing where it is lost, and what was done to it."""
    packed = path.suffix == ".gz"
    if rng.random() < 0.05:
        return b"", "lost"
    if path.suffix == ".npz":
        return _rows_changed(rng) if rng.random() < 0.5 else _binary(content, rng)
    if packed and rng.random() < 0.2:
        return _binary(content, rng)
    text = (gzip.decompress(content) if packed else content).decode()
    if ".json" in path.name:
        mutant = mutated_json(text, rng)
    elif ".epw" in path.name:
        lines = text.splitlines(keepends=True)
        head, body = "".join(lines[:8]), "".join(lines[8:])
        if rng.random() < 0.4:
            mutant = mutated_csv(head, rng)
            mutant = Mutant(mutant.content + body.encode(), f"head, {mutant.what}")
        else:
            mutant = mutated_csv(body, rng)
            mutant = Mutant(head.encode() + mutant.content, mutant.what)
    else:
        mutant = mutated_csv(text, rng)
    return gzip.compress(mutant.content, 1) if packed else mutant.content, mutant.what


def _binary(content: bytes, rng: random.Random) -> tuple[bytes, str]:
    mutant = mutated_binary(content, rng)
    return mutant.content, mutant.what


def _rows_changed(rng: random.Random) -> tuple[bytes, str]:
    """Return a packed reanalysis of another shape, type or size."""
    rows = np.tile(NOON, (len(ERA5_YEARS), 1))
    parts: dict[str, object] = {"years": list(ERA5_YEARS), "wind": rows, "solar": rows}
    name = rng.choice(sorted(parts))
    odd = (7, "odd", [], [None], np.nan, rows[:, :100], rows * 50.0, rows - 0.5, rows * np.nan, rows[0])
    parts[name] = rng.choice(odd)
    content = io.BytesIO()
    np.savez_compressed(content, **{key: np.asarray(value, dtype=None) for key, value in parts.items()})
    return content.getvalue(), f"{name} changed"


def _before_the_fit() -> None:
    """In the trial's process: end well where everything is read and checked and the work would begin."""
    from twin.grids import calibrate, ensemble_fidelity, fidelity

    calibrate.fit = _well  # type: ignore[assignment]
    fidelity.latent_year = _well
    ensemble_fidelity.real_draw = _well


def _well(*anything: object, **more: object) -> object:
    raise SystemExit(0)


def _packed(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(text.encode(), 1))


def _table(columns: Iterable[str], mean: float, swing: float, year: int, time: str) -> str:
    hours = pd.date_range(f"{year}-01-01", periods=HOURS, freq="h").strftime("%Y-%m-%dT%H:%MZ")
    cells = np.char.mod("%.2f", mean + swing * NOON)
    width = len(list(columns))
    rows = [f"{hour}{f',{cell}' * width}" for hour, cell in zip(hours, cells, strict=True)]
    return "\n".join([",".join([time, *columns]), *rows, ""])


def _local_prices() -> str:
    hours = pd.date_range("2022-01-01", periods=HOURS, freq="h", tz="UTC").tz_convert("Europe/Paris")
    rows = [f"{hour:%Y-%m-%d %H:%M:%S},{50 + hour.hour}" for hour in hours]
    return "\n".join(["Datetime,Price (EUR/MWh)", *rows, ""])


def _archive() -> dict[str, object]:
    hours = pd.date_range("2023-01-01", periods=HOURS, freq="h").strftime("%Y-%m-%dT%H:%M")
    return {
        "timezone": "Europe/Berlin",
        "hourly": {"time": list(hours), "temperature_2m": list(10 + 8 * NOON)},
    }


def _station() -> str:
    rows = []
    for n, sun in enumerate(NOON):
        cells = [2005, 1 + n // 730, 1, 1 + n % 24, 0, "?", *[0] * 29]
        cells[6:10] = round(10 + 8 * sun, 1), 1.0, 60, 100_000
        cells[13] = round(600 * sun)
        rows.append(",".join(map(str, cells)))
    return "\n".join([*EPW_HEAD, *rows, ""])


def _months(countries: Iterable[str]) -> str:
    rows = [f"{each},{year}-{m:02d}-01,{60 + m}" for each in sorted(countries) for year in (2021, 2025)
            for m in range(1, 13)]  # fmt: skip
    return "\n".join(["Country,Date,Price (EUR/MWhe)", *rows, ""])


def _sites() -> str:
    return (
        "site_id,lat,lon,elev_m,bidding_zone,mean_drybulb_c,mean_wetbulb_c,design_drybulb_0p4_c,"
        "heating_drybulb_99p6_c,design_wetbulb_0p4_c\n"
        "FR-BRU,48.59,2.19,90,FR,11.8,9.4,29.8,-5.3,20.9\nSE-BOR,60.5,15.4,120,SE_3,5.5,3.9,25.9,-18.0,18.0\n"
    )
