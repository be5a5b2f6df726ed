"""The calibration as one command: read a folder of sources, fit, write the tables."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from twin.errors import BadInput, Fault, collected
from twin.grids import calibrate, store
from twin.grids.marginals import HARMONICS, Array
from twin.grids.reference import Reference, folder
from twin.grids.site_fit import fit_sites
from twin.grids.sources.catalogue import weather_targets
from twin.grids.sources.folder import read_sources
from twin.grids.zone_table import Zone, read_zones
from twin.wholefile import make_folder, write_whole


def calibrate_command(source: Path, out: Path, sites_csv: Path | None = None) -> list[Path]:
    """Fit everything on the files of ``source`` and write tables to ``out``; return what was written.

    ``source`` holds the folders listed in ``sources.files``; ``sites_csv`` (default
    ``source/../facts/sites.csv``) the site table. The zone table of ``out``, else the one shipped, says
    which zones to fit. Raises BadInput naming each file or cell that is missing or wrong.
    """
    table = out / "zones.csv" if (out / "zones.csv").exists() else folder() / "zones.csv"
    zones = read_zones(table)
    faults: list[Fault] = []
    with collected(faults):
        targets = weather_targets(sites_csv or source.parent / "facts" / "sites.csv", zones)
    with collected(faults):
        sources = read_sources(source, list(zones.values()))
    if faults:
        raise BadInput(faults)
    fitted = calibrate.fit(sources, zones)
    marginals = store.marginal_dataset(fitted, list(zones), price_levels(sources.months, zones))
    reference = Reference(zones, fitted.process, marginals, {})
    sites = fit_sites(reference, targets)
    make_folder(out)
    if table.parent != out:
        write_whole(out / "zones.csv", table.read_bytes())
    store.write(out, fitted, marginals, sites)
    store.write_sources(out, out.parent / "SOURCES.toml")
    return [out / name for name in store.ORIGINS]


def price_levels(monthly: Mapping[str, Array], zones: Mapping[str, Zone]) -> Array:
    """Return monthly price levels of 2025, EUR/MWh, [zone, 12], from national means ``monthly`` (Ember).

    A country's months are scaled to each zone's yearly mean; months not yet published take the seasonal
    ratio of the other countries. Only the first yearly harmonics are kept: single months of 2025 were
    cheap or dear with that year's weather, which the reference year draws anew.
    """
    typical = np.mean([row / row.mean() for row in monthly.values() if np.isfinite(row).all()], axis=0)
    out = np.empty((len(zones), 12))
    for i, zone in enumerate(zones.values()):
        months = monthly[zone.ember_country]
        here = np.isfinite(months)
        filled = np.where(here, months, typical * np.mean(months[here] / typical[here]))
        waves = np.fft.rfft(filled)
        waves[HARMONICS + 1 :] = 0.0
        smooth = np.maximum(np.fft.irfft(waves, 12), 0.15 * filled.mean())
        out[i] = smooth * zone.price_eur_per_mwh / smooth.mean()
    return out
