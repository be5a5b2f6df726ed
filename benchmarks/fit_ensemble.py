"""Derive the year-to-year spread of ``models/ensembles`` from several real years.

Usage: ``python benchmarks/fit_ensemble.py DATA_DIR``, where DATA_DIR holds

- ``era5-capacity-factors``: ERA5 wind and sun at 12 places, up to 2015-2025 (CC BY 4.0);
- ``monthly-prices``: Ember's monthly national prices (CC BY 4.0).

It prints the figures with how they were made; they are carried into the model file by hand.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from scipy.special import ndtri
from scipy.stats import rankdata

from twin.grids.marginals import MONTH, Array
from twin.grids.reference import load
from twin.grids.sources import files

CALM_YEARS = range(2015, 2020)
"""Years before the pandemic and the gas crisis; the crisis is an extreme by name, not a common year."""
PLACE_OF = {"DE_LU": "germany", "FR": "france", "PL": "poland", "ES": "spain", "SE_3": "sweden", "GB": "uk",
            "IT_NORD": "italy", "PT": "portugal_sines", "DK_1": "jutland", "CH": "swiss_jura"}  # fmt: skip


def yearly_scores(series: Array, month: Array) -> Array:
    """Return yearly mean scores, [year], of series [year, step], ranked within each month over all years."""
    scores = np.empty_like(series)
    for number in range(12):
        cell = series[:, month == number]
        ranks = rankdata(cell.ravel()).reshape(cell.shape)
        scores[:, month == number] = ndtri((ranks - 0.5) / cell.size)
    return np.asarray(scores.mean(axis=1))


def real_years(folder: Path, place: str, kind: str) -> Array:
    """Return yearly mean scores of one place; sun is ranked by day, as the process scores it."""
    with np.load(folder / f"{place}.npz") as packed:
        series = np.asarray(packed["wind" if kind == "wind" else "solar"], dtype=float)
    if kind == "wind":
        return yearly_scores(series, MONTH)
    return yearly_scores(series.reshape(len(series), -1, 24).sum(axis=2), MONTH[::24])


def main(data: Path) -> None:
    """Print every figure."""
    process = load().process
    own = np.sqrt(np.diag(process.year_covariance()))
    for kind in ("wind", "pv"):
        ratios = []
        for zone, place in PLACE_OF.items():
            real = real_years(data / "era5-capacity-factors", place, kind)
            drawn = own[process.index([f"{kind}:{zone}"])[0]]
            ratios.append((len(real), real.std(ddof=1) / drawn))
            print(f"{kind:5s} {zone:8s} {len(real):2d} years {real.std(ddof=1):.3f}, process {drawn:.3f}")
        weight, ratio = np.array(ratios).T
        scale = float(np.sqrt(np.average(ratio**2, weights=weight - 1)))
        print(f"{kind}_scale {scale:.2f}  (root mean square over places)\n")
    _fuel(data)


def _fuel(data: Path) -> None:
    means = [files.ember_monthly(data, year) for year in CALM_YEARS]
    whole = [c for c in means[0] if all(c in m and np.isfinite(m[c]).all() for m in means)]
    logs = np.log([[m[c].mean() for c in whole] for m in means])
    common = np.median(logs, axis=1)
    rest = logs - common[:, None]
    print(f"yearly prices {CALM_YEARS.start}-{CALM_YEARS.stop - 1}, {len(whole)} countries")
    print(f"fuel_log_sd {common.std(ddof=1):.3f}  (median country)")
    print(f"each country about it {np.sqrt(rest.var(axis=0, ddof=1).mean()):.3f}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
