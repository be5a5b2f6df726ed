"""Hold carbon intensity made from generation against two independent series.

    python benchmarks/check_carbon.py PATH

PATH is the folder with ``generation-2019/`` and ``carbon-2022/``. Generation of 2019 gives the intensity of
what each country generates; the series of 2022 is that of what each zone uses (flows traced, life cycle, by
others). No flows between zones are in the folder and no generation of 2022, so tracing itself is not
compared with a measured series: it is tested on networks solved by hand (tests/grids/test_carbon.py). What
the two series do say is where generation and use must differ: in small zones that trade much.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from twin.grids.carbon import generated, marginal
from twin.grids.readers_mix import read_mix
from twin.grids.zone_names import entsoe_name

Columns = dict[str, np.ndarray]


def series(path: Path) -> Columns:
    """Return columns by ENTSO-E style name."""
    frame = pd.read_csv(path, index_col=0)
    return {entsoe_name(str(name)): frame[name].to_numpy(dtype=float) for name in frame.columns}


def fit(ours: np.ndarray, theirs: np.ndarray) -> tuple[float, float, float]:
    """Return mean of ours, relative bias of the mean and correlation over the hours both have."""
    n = min(len(ours), len(theirs))
    both = np.isfinite(ours[:n]) & np.isfinite(theirs[:n])
    a, b = ours[:n][both], theirs[:n][both]
    spread = a.std() > 0 and b.std() > 0
    return (
        float(a.mean()),
        float(a.mean() / b.mean() - 1),
        float(np.corrcoef(a, b)[0, 1]) if spread else np.nan,
    )


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = ["| " + " | ".join(cells) + " |" for cells in (head, ["---"] * len(head), *rows)]
    return "\n".join(lines)


def main(source: Path) -> None:
    """Print the comparison."""
    mix = read_mix(source / "generation-2019" / "derived_generation_2019_hourly_long.parquet")
    found = generated(mix)
    other = series(source / "generation-2019" / "derived_ci_2019_production_lifecycle.csv.gz")
    used = series(source / "carbon-2022" / "ci_2022_utc_wide_gco2_per_kwh.csv.gz")
    slope = marginal(mix).values
    rows, biases, correlations = [], [], []
    for i, zone in enumerate(map(str, found["zone"].values)):
        ours = found["carbon_g_per_kwh"].values[i]
        mean, bias, tie = fit(ours, other[zone])
        use = used.get(zone)
        rows.append([
            zone, f"{mean:.0f}", f"{bias:+.1%}", f"{tie:.3f}", f"{np.nanmean(slope[i]):.0f}",
            f"{float(found['cfe_share'].values[i][np.isfinite(ours)].mean()):.1%}",
            "–" if use is None else f"{np.nanmean(use):.0f}",
            "–" if use is None else f"{mean / np.nanmean(use) - 1:+.0%}",
        ])  # fmt: skip
        biases.append(bias)
        correlations.append(tie)
    head = ["zone", "generated 2019, g/kWh", "against other 2019", "hourly correlation",
            "marginal, own plants",
            "carbon-free", "used 2022, g/kWh", "generated 2019 over used 2022"]  # fmt: skip
    print(table(head, rows))
    print(
        f"\nAgainst the other calculation of 2019, {len(rows)} zones: median bias {np.median(biases):+.1%}, "
        f"largest {max(biases, key=abs):+.1%}; median hourly correlation {np.nanmedian(correlations):.3f}."
    )


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
