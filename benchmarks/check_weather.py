"""Hold wind and PV made from weather against capacity factors that others made.

    python benchmarks/check_weather.py PATH

PATH is the folder with ``open-meteo-sample/``, ``era5-capacity-factors/``, ``weather-2019/`` and
``weather-tmy/``. Weather and capacity factors of the same hours exist there for two places only, Frankfurt
and London in 2023, beside a reanalysis point 110 to 190 km away, and with cloud cover instead of radiation.
Typical years belong to no calendar year: their means and their mean day are compared with the country's
curve of 2019, not their hours.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from twin.grids.from_weather import pv_cf, wind_cf
from twin.grids.humidity import distance_km
from twin.grids.readers_weather import read_weather
from twin.grids.sources.files import country_weather_2019, era5

SAME_YEAR = (("DE-LU", "germany"), ("GB", "uk"))
TYPICAL = (
    ("FRA_AR_Lyon-Bron.AP.074800_TMYx.2004-2018", "FR"), ("BEL_VLG_Uccle.064470_TMYx.2007-2021", "BE"),
    ("ITA_ER_Bologna-Marconi.AP.161400_TMYx.2004-2018", "IT"), ("SWE_Stockholm.Arlanda.024600_IWEC", "SE"),
    ("FIN_Helsinki.029740_IWEC", "FI"), ("GBR_London.Gatwick.037760_IWEC", "GB"), ("PRT_Lisboa.085360_INETI",
    "PT"),
    ("Seville", "ES"), ("GBR_Aberdeen.Dyce.030910_IWEC", "GB"),
)  # fmt: skip


def tie(a: np.ndarray, b: np.ndarray, hours: int) -> float:
    """Return the correlation of means over ``hours``."""
    n = len(a) // hours * hours
    return float(np.corrcoef(a[:n].reshape(-1, hours).mean(1), b[:n].reshape(-1, hours).mean(1))[0, 1])


def day(series: np.ndarray) -> np.ndarray:
    """Return the mean by twelfth of the year and hour, [12, 24]."""
    return series[:8736].reshape(364, 24)[: 12 * 30].reshape(12, 30, 24).mean(1)


def same_year(source: Path) -> None:
    """Print bias and correlation of the same hours."""
    wind, sun = era5(source, 2023)
    print("Same hours, 2023: made from the station's weather against the reanalysis point\n")
    print("| place | point | km apart | series | made | theirs | bias | r hour | r day | r month |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    for name, place in SAME_YEAR:
        weather = read_weather(source / "open-meteo-sample" / f"weather__{name}__2023.json.gz")
        with np.load(source / "era5-capacity-factors" / f"{place}.npz") as packed:
            lat, lon = float(packed["lat"]), float(packed["lon"])
        apart = float(distance_km(weather.lat, weather.lon, np.array([lat]), np.array([lon]))[0])
        begin = int((weather.times[0] - np.datetime64("2023-01-01", "ns")) / np.timedelta64(1, "h"))
        rows = slice(max(-begin, 0), None)
        for kind, made, theirs in (
            ("wind", wind_cf(weather), wind[place]),
            ("PV", pv_cf(weather), sun[place]),
        ):
            a, b = made[rows], theirs[: len(made[rows])]
            bias = a.mean() / b.mean() - 1
            print(
                f"| {name} | {place} | {apart:.0f} | {kind} | {a.mean():.3f} | {b.mean():.3f} | {bias:+.0%} "
                f"| {tie(a, b, 1):.2f} | {tie(a, b, 24):.2f} | {tie(a, b, 730):.2f} |"
            )


def typical(source: Path) -> None:
    """Print means, and the mean day by season, of typical years against the country's 2019."""
    _, wind, sun = country_weather_2019(source)
    print("\nTypical years: one station against its country's curve of 2019\n")
    print("| station | country | wind made | wind 2019 | PV made | PV 2019 | PV mean day, r | PV hour off |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for name, country in TYPICAL:
        weather = read_weather(source / "weather-tmy" / "original" / f"{name}.epw.gz", 2019)
        w, p = wind_cf(weather), pv_cf(weather)
        ours, theirs = day(p), day(sun[country])
        off = (ours.sum(0) @ np.arange(24)) / ours.sum() - (theirs.sum(0) @ np.arange(24)) / theirs.sum()
        r = np.corrcoef(ours.ravel(), theirs.ravel())[0, 1]
        figures = [w.mean(), wind[country].mean(), p.mean(), sun[country].mean(), r]
        cells = " | ".join(f"{figure:.3f}" for figure in figures)
        print(f"| {name.split('.')[0]} | {country} | {cells} | {off:+.2f} |")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    same_year(Path(sys.argv[1]))
    typical(Path(sys.argv[1]))
