"""Weather that somebody measured, laid over the drawn one: files written by ``twin grids fetch``."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import xarray as xr

from twin.errors import BadInput, Fault
from twin.grids.marginals import HOURS
from twin.grids.netcdf import check_bounds, check_hours
from twin.layouts import ATTRIBUTE, FIRST, check_layout
from twin.reading import readable
from twin.schema import variables

NAMES = ("dry_bulb_degc", "wet_bulb_degc", "pressure_pa")
YEARS = ("observed", "typical", "projected")
"""What a year of weather is; see ``live.protocol.YearIs``."""
_HINT = "write one with `twin grids fetch CASE --from open-meteo --year YEAR`"


def weather_file(text: str) -> Path:
    """Return the path that ``energy.weather`` names. Raises BadInput when there is no such file."""
    path = Path(text)
    if not path.is_file():
        raise BadInput(Fault("case", "energy.weather", text, "'reference' or a weather file", _HINT))
    return path


def open_weather_file(path: Path) -> xr.Dataset:
    """Return a weather file [site, time]. Raises BadInput for another file or layout."""
    with readable(path, "a NetCDF weather file", _HINT), xr.open_dataset(path, engine="h5netcdf") as opened:
        found = opened.load()
    if found.attrs.get("kind") != "weather file" or found.sizes.get("time") != HOURS:
        raise BadInput(Fault(str(path), "attributes", "not a weather file", f"{HOURS} hours by site", _HINT))
    check_layout("weather file", found.attrs.get(ATTRIBUTE, FIRST), path, _HINT)
    known = variables("weather_file")
    check_hours(found, "site", known, path, _HINT)
    check_bounds("weather_file", found, known, path, _HINT)
    if found.attrs.get("year_is") not in YEARS:
        said = str(found.attrs.get("year_is"))[:40]
        raise BadInput(Fault(str(path), "year_is", said, f"one of {', '.join(YEARS)}", _HINT))
    return found


def with_weather_file(weather: xr.Dataset, path: Path, calendar_year: int | None) -> xr.Dataset:
    """Return drawn ``weather`` [site, time] with the hours of a file in place of those of its sites.

    Sites that the file lacks, or has with missing hours, stay drawn; ``attrs["weather_drawn"]`` names
    them and ``attrs["weather"]`` is the file's label. Raises BadInput when the file has none of the
    sites, or holds observed hours of another year than ``calendar_year``, that of imported prices.
    """
    found = open_weather_file(path)
    year = int(found.attrs["calendar_year"])
    if found.attrs["year_is"] == "observed" and calendar_year not in (None, year):
        raise BadInput(
            Fault(str(path), "year", year, f"{calendar_year}, the year of the energy grid",
                  "prices of one year with weather of another are not a world")
        )  # fmt: skip
    if lost := [name for name in NAMES if name not in found]:
        raise BadInput(Fault(str(path), "variables", f"without {', '.join(lost)}", "a weather file", _HINT))
    whole = np.isfinite(np.stack([found[name].values for name in NAMES])).all(axis=(0, 2))
    there = {str(site) for site, good in zip(found["site"].values, whole, strict=True) if good}
    sites = [str(site) for site in weather["site"].values]
    if not there & set(sites):
        named = ", ".join(sorted(there)[:6]) or "none whole"
        raise BadInput(Fault(str(path), "sites", named, "sites of the case", _HINT))
    out = weather.copy(deep=True)
    for site in sites:
        if site in there:
            for name in NAMES:
                out[name].loc[{"site": site}] = found[name].sel(site=site).values.astype(float)
    drawn = " ".join(site for site in sites if site not in there)
    return out.assign_attrs(weather=str(found.attrs["label"]), weather_drawn=drawn)
