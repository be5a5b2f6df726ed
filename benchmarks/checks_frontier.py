"""One measured day of Frontier's heat and weather through the twin's plants."""

from __future__ import annotations

import gzip
from dataclasses import fields
from pathlib import Path

import numpy as np
from comparison import markdown

from twin import library
from twin.physics.cooling import plant_state
from twin.physics.plant_sizing import PlantFigures, size_plant

RATED_KW, SUPPLY_DEGC, DRY_ABOVE_WET_K = 30_000.0, 32.0, 3.0
TEXT = f"""## Frontier's day

Heat of 25 CDUs and outdoor wet bulb at 15 s, 24 h (ORNL, in sustain-lc, MIT) through plants sized for
{RATED_KW / 1000.0:.0f} MW at {SUPPLY_DEGC:.0f} °C; the dry bulb is not recorded and taken
{DRY_ABOVE_WET_K:.0f} K above the wet bulb. Cooling only, all heat in liquid. Published PUE is about
1.03 (unconfirmed) and includes transformers and what little air cooling there is; Frontier's loops run
at 2.9 times the flow that its heat needs (arXiv 2603.01198), ours follow the load, so ours must come
out lower.

"""


def frontier_table(shared: Path) -> str:
    """Return PUE from cooling, shares of fans and pumps, and water over the measured day, by plant."""
    path = shared / "frontier-24h" / "input_04-07-24.csv.gz"
    with gzip.open(path, "rt") as lines:
        table = np.loadtxt(lines, delimiter=",", skiprows=1)
    heat_kw, wet = table[:, 1:26].sum(axis=1) / 1000.0, table[:, 26]
    heat_mw, rows = heat_kw / 1000.0, []
    for name in ("tower-chiller", "dry-cooler-trim"):
        plant = library.get("cooling", name)
        figures = PlantFigures(**{f.name: getattr(plant, f.name) for f in fields(PlantFigures)})
        sized = size_plant(figures, 0.0, RATED_KW, 25.0, SUPPLY_DEGC)
        state = plant_state(sized, 0.0, heat_kw, wet + DRY_ABOVE_WET_K, wet)
        power = state.power_kw.sum()
        rows.append(
            (
                name,
                " / ".join(f"{mw:.2f}" for mw in (heat_mw.min(), heat_mw.mean(), heat_mw.max())),
                f"{1.0 + power / heat_kw.sum():.4f}",
                f"{state.fan_kw.sum() / power:.0%}",
                f"{state.water_l_per_h.sum() / heat_kw.sum():.2f}",
                f"{state.liquid_supply_degc.max():.1f}",
            )
        )
    head = (
        "plant",
        "heat MW min / mean / max",
        "PUE, cooling",
        "fan share",
        "WUE L/kWh",
        "warmest supply °C",
    )
    return TEXT + markdown(head, rows)
