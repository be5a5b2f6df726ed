"""The fidelity report as tables: for the terminal, and as a page of the docs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from twin.grids.fidelity import SEEDS, Report, Row, fidelity, summary
from twin.wholefile import write_whole

_UNITS = {
    "price": "EUR/MWh",
    "carbon": "g/kWh",
    "wind": "capacity factor",
    "pv": "capacity factor",
    "dry bulb": "°C",
    "wet bulb": "°C",
}
_YEARS = {
    "price": "2023",
    "carbon": "2022",
    "wind": "2019",
    "pv": "2019",
    "dry bulb": "typical years",
    "wet bulb": "typical years",
}
_DIGITS = {"price": 1, "carbon": 0, "wind": 3, "pv": 3, "dry bulb": 1, "wet bulb": 1}

PREFACE = """# How faithful the reference year is

This page is written by `twin grids fidelity SOURCE --out docs/fidelity.md`; do not edit it by hand.

The calibrated reference year is drawn, not recorded. Each figure below is *real / generated*, generated
being the mean of seeds {seeds}. Prices are compared as fitted on 2023; the plan then moves them to the
levels of 2025. Real prices are day-ahead prices of 2023, carbon is life-cycle intensity of 2022, wind and
PV are national series of 2019. The process was fitted on these same years, so this is a test of the model's
form, not a forecast.
"""

WEAKNESSES = """## What it does not do

- **Months of a real year are not reproduced.** Seasons are smooth (two yearly harmonics) and single cold,
  calm or dear months are drawn, so monthly means correlate only loosely with those of the fitted year. This
  is meant: prices are of 2023 and wind of 2019, and tying their months would invent correlations.
- **Weekly memory of prices is too weak**: the fitted year's own drift (gas prices fell through 2023) is
  partly left out with its months.
- **Spikes follow the fitted year.** A month and hour never gets further than the fitted year got in three
  months around it; a price crisis such as 2022 is outside.
- **2025 levels, 2023 shapes.** Moving a year to a lower level shrinks its spread in proportion; the deeper
  midday hollow and the more frequent negative prices of 2025 and after are not in it.
- **Price and wind of zones without a reanalysis place nearby** hang together through their neighbours only.
  National wind of 2022 and 2023 is inferred from reanalysis at twelve places; what these do not show is
  taken to act on prices like what they show.
- **Stand-ins**: GB and IE_SEM have no hourly prices of 2023 (shape: FR, BE, NL one hour later, pushed by
  British wind); NL wind and PV follow BE, CH follows AT, Norwegian PV follows SE; zones of one country
  differ by an assumed local share. Levels of zones in SE, NO, DK and IT are of low confidence. All are
  named in the Dataset's attributes.
- **Site weather** bends national temperature to each site; gaps between a site and its country beyond mean,
  summer and winter stretch are random. Absolute yearly peaks of the wet bulb are lower than long-period
  records: design for extremes with a margin.
"""


@dataclass(frozen=True)
class Text:
    """One table as text."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def markdown(self) -> str:
        """Return the table in Markdown."""
        lines = [f"## {self.title}", "", _line(self.header), _line(["---"] * len(self.header))]
        return "\n".join([*lines, *(_line(row) for row in self.rows), ""])


def fidelity_command(source: Path, out: Path | None = None) -> list[Text]:
    """Compare with the real series of ``source``; return tables, and write the docs page to ``out``."""
    report = fidelity(source)
    if out is not None:
        write_whole(out, markdown(report).encode())
    return tables(report)


def markdown(report: Report) -> str:
    """Return the whole page."""
    body = "\n".join(table.markdown() for table in tables(report))
    return "\n".join([PREFACE.format(seeds=", ".join(map(str, SEEDS))), body, WEAKNESSES])


def tables(report: Report) -> list[Text]:
    """Return the summary, how things hang together, and one table per variable."""
    kinds = list(dict.fromkeys(row.variable for row in report.rows))
    weather = [_zones(report.weather, kind) for kind in ("dry bulb", "wet bulb")]
    return [_summary(report), _ties(report), *weather, *(_zones(report.rows, kind) for kind in kinds)]


def _summary(report: Report) -> Text:
    figures = summary(report)
    names = list(next(iter(figures.values())))
    header = (
        "variable",
        *(f"{n} (error, rms)" if "shape" not in n else f"{n} (worst correlation)" for n in names),
    )
    rows = []
    for kind, row in figures.items():
        cells = [f"{100 * row[n]:.1f} %" if n in ("mean", "spread") else f"{row[n]:.3f}" for n in names]
        rows.append((kind, *cells))
    return Text("Errors over all zones", header, tuple(rows))


def _ties(report: Report) -> Text:
    rows = tuple((t.what, f"{t.real:.2f}", f"{t.made:.2f}", f"{t.error:.3f}") for t in report.ties)
    return Text("How zones and variables hang together", ("what", "real", "generated", "error (rms)"), rows)


def _zones(rows: Sequence[Row], kind: str) -> Text:
    place = "site (station)" if "bulb" in kind else "zone"
    header = (place, "mean", "spread", "p5", "p95", "memory 1 h", "24 h", "168 h", "mean day, r", "months, r")
    cells = tuple(_zone(row) for row in rows if row.variable == kind)
    title = "PV" if kind == "pv" else kind.capitalize()
    return Text(f"{title}, {_UNITS[kind]}, {_YEARS[kind]}", header, cells)


def _zone(row: Row) -> tuple[str, ...]:
    digits = _DIGITS[row.variable]
    levels = [
        f"{getattr(row.real, name):.{digits}f} / {getattr(row.made, name):.{digits}f}"
        for name in ("mean", "spread", "p5", "p95")
    ]
    memory = [f"{a:.2f} / {b:.2f}" for a, b in zip(row.real.memory, row.made.memory, strict=True)]
    return (row.zone, *levels, *memory, f"{row.daily_correlation:.3f}", f"{row.seasonal_correlation:.2f}")


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
