"""What a risk analysis leaves in the run folder: its data and two pictures, each whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from twin.export.risk_pictures import draw_fan, draw_slips
from twin.sealed import sealed_json
from twin.wholefile import scratch, write_whole

DATA = "risk.json"
PICTURES: dict[str, Callable[[Mapping[str, Any], Path], Path]] = {
    "risk-path.png": draw_fan,
    "risk-slips.png": draw_slips,
}


def write_risk(risk: Mapping[str, Any], folder: Path) -> list[Path]:
    """Write ``risk.json`` and the pictures into a folder; return what was written. Raises OSError."""
    content = {DATA: (json.dumps(sealed_json(risk), indent=2) + "\n").encode()}
    with scratch() as aside:
        for name, draw in PICTURES.items():
            content[name] = draw(risk, aside / name).read_bytes()
    for name, whole in content.items():
        write_whole(folder / name, whole)
    return [folder / name for name in content]
