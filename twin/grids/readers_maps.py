"""Electricity Maps hourly CSVs: life-cycle intensity and carbon-free share by zone, UTC."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from twin.errors import BadInput, Fault
from twin.grids.readers_types import Found
from twin.grids.sources.tables import table_of
from twin.reading import readable

_CARBON = ("life cycle", "lca", "life-cycle")
_SHARE = ("carbon-free", "cfe", "low carbon", "low-carbon")


def is_electricity_maps(path: Path) -> bool:
    """Tell by the header: a zone id beside carbon intensities."""
    try:
        names = [str(name).lower() for name in pd.read_csv(path, nrows=0).columns]
    except (ValueError, OSError):
        return False
    return "zone id" in names and any("carbon intensity" in name for name in names)


def read_electricity_maps(path: Path, timezone: str | None, kind: str = "") -> list[Found]:
    """Return carbon (g/kWh, life cycle) and cfe (per cent, as stated) of the file, or the ``kind`` asked for.

    Files named LCA (to 2023) and life cycle (since 2024) are both read. How many hours Electricity Maps
    itself estimated is noted. Raises BadInput where the life-cycle column or an hourly time is missing.
    """
    with readable(path, "a readable CSV of Electricity Maps"):
        frame = pd.read_csv(path)
    names = {str(name).lower(): str(name) for name in frame.columns}
    zone = names["zone id"]
    time = next((name for low, name in names.items() if "utc" in low), None)
    carbon, share = _column(names, _CARBON), _column(names, _SHARE)
    wanted = [("carbon", carbon, "g/kWh"), ("cfe", share, "%")]
    wanted = [row for row in wanted if row[1] and kind in ("", row[0])]
    if time is None or not wanted:
        header = ", ".join(map(str, frame.columns))
        expected = "Datetime (UTC) and a life-cycle intensity or a carbon-free share"
        raise BadInput(Fault(str(path), "columns", header[:120], expected))
    notes = _estimated(frame, zone, names)
    out = []
    for what, column, unit in wanted:
        part = frame[[time, zone, str(column)]].set_axis(["utc", "zone", "value"], axis=1)
        out.append(Found(what, table_of(path, part, timezone), unit, notes))
    return out


def _column(names: dict[str, str], words: Sequence[str]) -> str | None:
    return next((name for low, name in names.items() if any(word in low for word in words)), None)


def _estimated(frame: pd.DataFrame, zone: str, names: dict[str, str]) -> tuple[str, ...]:
    column = names.get("data estimated")
    if column is None:
        return ()
    guessed = frame[column].astype(str).str.lower().isin(["true", "1", "yes"])
    share = guessed.groupby(frame[zone]).mean()
    return tuple(
        f"{name}: {part:.0%} of hours estimated by Electricity Maps" for name, part in share.items() if part
    )
