"""Write docs/racks.md: three racks at every site, with pictures. Run with ``make racks``."""

from __future__ import annotations

from pathlib import Path

from twin import library
from twin.config.case import Design
from twin.export.rack import draw_rack
from twin.rack_check import check_rack, default_cooling, verdicts

RACKS = ("dgx-h100-x4", "hgx-h100-liquid", "gb200-nvl72")
DOCS = Path(__file__).resolve().parents[1] / "docs"
PREFACE = """# Three racks at every site

Made by `make racks`; do not edit. Physics of `twin rack RACK --all-sites` on the calibrated reference year,
N+1 power, the default mix of workloads. The verdict is taken with the hall at full power in the hottest hours
and is strict: one limit exceeded for an hour fails the site. Hardest site first.
"""


def section(rack: str) -> str:
    """Return the Markdown of one rack and write its picture."""
    design = Design(rack=rack, cooling=default_cooling(rack), power_train="n-plus-1")
    rows = verdicts(check_rack(design, library.all_of("sites")))
    title = f"{design.rack} on {design.cooling}, {design.power_train}"
    draw_rack(title, rows, DOCS / "img" / f"rack-{rack}.png")
    head = "| site | works | limit that binds | margin | PUE | WUE L/kWh | hours throttled | hottest GPU °C |"
    lines = [
        f"| {row['site']} | {'yes' if row['feasible'] else '**no**'} | {row['binding_limit']} "
        f"| {row['margin']:.1f} {row['margin_unit']} | {row['pue']:.3f} | {row['wue_l_per_kwh']:.2f} "
        f"| {row['hours_throttled']:.0f} | {row['gpu_degc_max']:.1f} |"
        for row in rows
    ]
    return "\n".join(
        [f"## {title}", "", f"![{title}](img/rack-{rack}.png)", "", head, "|---" * 8 + "|", *lines, ""]
    )


if __name__ == "__main__":
    text = "\n".join([PREFACE, *(section(rack) for rack in RACKS)])
    (DOCS / "racks.md").write_text(text, encoding="utf-8")
    print(f"wrote {DOCS / 'racks.md'}")
