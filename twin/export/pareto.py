"""A Pareto front as a planner reads it: what each step away from the cheapest plan costs."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from rich.console import Group, RenderableType
from rich.text import Text

from twin.export.csv import harmless
from twin.export.names import names_as_text
from twin.export.picture import save_picture
from twin.export.plain_table import plain_table


@dataclass(frozen=True)
class Axis:
    """How the second objective is written: its name, and factors from the stored unit to the printed one."""

    name: str
    label: str
    unit: str
    factor: float
    decimals: int
    amount_unit: str
    """Unit of the discounted amount that a marginal price divides by."""
    money: str = "EUR"
    """Unit of that price's money: EUR or MEUR."""

    @property
    def price_unit(self) -> str:
        """How a marginal price is written."""
        return f"{self.money} per {self.amount_unit}"

    def price(self, eur: float) -> float:
        """Return a price per amount in its printed unit."""
        return eur / 1e6 if self.money == "MEUR" else eur


@dataclass(frozen=True)
class Point:
    """One certified plan on or near the front; money is net present, EUR at the first quarter."""

    limit: float | None
    """Limit set on the second objective, in its own unit; None for the cheapest plan, which has none."""
    value: float
    """What the plan reaches, in the unit of the limit."""
    amount: float
    """The same over the whole plan, discounted as the money is, so that lower is better."""
    cost_eur: float
    bound_eur: float
    gap: float
    gap_is_proven: bool
    status: str
    folder: Path


@dataclass(frozen=True)
class Price:
    """Marginal price between two neighbours, EUR per unit of the discounted amount."""

    eur: float
    low: float
    high: float
    """What the gaps of the two plans allow: from the bound of the one to the cost of the other."""

    @property
    def is_sharp(self) -> bool:
        """Whether the gaps leave the sign of the price in no doubt."""
        return self.low > 0


@dataclass(frozen=True)
class Front:
    """Plans of which none is both cheaper and better than another, cheapest first."""

    case: str
    axis: Axis
    points: tuple[Point, ...]
    notes: tuple[str, ...]
    """What the search met: limits that cannot be met, that time left undecided, plans that were dominated."""

    @property
    def prices(self) -> tuple[Price | None, ...]:
        r"""Marginal price of the step from each point to the next one.

        .. math:: p = (C_{i+1} - C_i) / (A_i - A_{i+1})

        with the net present cost C and the amount A discounted by the same years. None where the amount does
        not fall: the limit binds the last quarter alone, and earlier quarters may move the other way.
        """
        return tuple(_price(a, b) for a, b in zip(self.points[:-1], self.points[1:], strict=True))


def _price(before: Point, after: Point) -> Price | None:
    saved = before.amount - after.amount
    if saved <= 1e-9 * max(abs(before.amount), 1.0):
        return None
    return Price(
        (after.cost_eur - before.cost_eur) / saved,
        (after.bound_eur - before.cost_eur) / saved,
        (after.cost_eur - before.bound_eur) / saved,
    )


def front_view(front: Front) -> RenderableType:
    """Return the printed front: a row per plan, then what the search met."""
    axis = front.axis
    table = plain_table()
    table.title = f"{front.case}: net present cost against {axis.label}"
    table.add_column("limit", justify="right")
    table.add_column(f"reached, {axis.unit}", justify="right")
    for name in ("cost, MEUR", "over cheapest", axis.price_unit):
        table.add_column(name, justify="right", min_width=7)
    table.add_column("gap", no_wrap=True)
    table.add_column("run", no_wrap=True)
    first = front.points[0].cost_eur
    for point, price in zip(front.points, (None, *front.prices), strict=True):
        table.add_row(
            "none" if point.limit is None else written(axis, point.limit),
            written(axis, point.value),
            f"{point.cost_eur / 1e6:,.0f}",
            f"{point.cost_eur / first - 1:+.2%}",
            _price_text(axis, price),
            f"{point.gap:.2%} {_gap_word(point)}{'*' if _late(point) else ''}",
            point.folder.name,
        )
    lines = list(front.notes)
    if any(map(_late, front.points)):
        lines.append(
            "* the solver stopped on time: the plan is certified, and this far from its bound at most"
        )
    if any(price is not None and not price.is_sharp for price in front.prices):
        lines.append("~ the gaps of the two plans are wider than their difference in cost")
    return Group(table, *(Text(line, style="dim") for line in lines))


def _price_text(axis: Axis, price: Price | None) -> str:
    if price is None:
        return ""
    amount = axis.price(price.eur)
    return f"{'' if price.is_sharp else '~'}{amount:,.{0 if abs(amount) >= 100 else 2}f}"


def written(axis: Axis, value: float) -> str:
    """Return a value of the second objective in its printed unit."""
    return f"{value * axis.factor:.{axis.decimals}f}"


def gap_text(point: Point) -> str:
    """Return the gap with its honesty: proven or not, and whether time stopped the solver."""
    return f"{point.gap:.2%} {_gap_word(point)}{', stopped on time' if _late(point) else ''}"


def _gap_word(point: Point) -> str:
    return "proven" if point.gap_is_proven else "estimated"


def _late(point: Point) -> bool:
    return point.status == "time_limit"


def front_csv(front: Front) -> str:
    """Return the front as CSV text, one line per plan; the price is that of the step to this plan."""
    out = io.StringIO()
    rows = [
        {"case": front.case, **_csv_row(front.axis, point, price)}
        for point, price in zip(front.points, (None, *front.prices), strict=True)
    ]
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows({key: harmless(value) for key, value in row.items()} for row in rows)
    return out.getvalue()


def _csv_row(axis: Axis, point: Point, price: Price | None) -> dict[str, object]:
    return {
        "objective": axis.name,
        "unit": axis.unit,
        "limit": "" if point.limit is None else round(point.limit * axis.factor, 6),
        "reached": round(point.value * axis.factor, 6),
        "cost_meur": round(point.cost_eur / 1e6, 3),
        "bound_meur": round(point.bound_eur / 1e6, 3),
        "gap": round(point.gap, 8),
        "gap_is_proven": int(point.gap_is_proven),
        "status": point.status,
        "price": "" if price is None else round(axis.price(price.eur), 3),
        "price_low": "" if price is None else round(axis.price(price.low), 3),
        "price_high": "" if price is None else round(axis.price(price.high), 3),
        "price_unit": axis.price_unit,
        "run": point.folder.name,
    }


@names_as_text()
def draw_front(front: Front, path: Path) -> Path:
    """Draw cost against the second objective with a whisker down to each plan's bound; returns ``path``."""
    axis, points = front.axis, front.points
    x, y = [p.value * axis.factor for p in points], [p.cost_eur / 1e6 for p in points]
    slack = [(p.cost_eur - p.bound_eur) / 1e6 for p in points]
    figure = Figure(figsize=(8.0, 4.8), dpi=140, facecolor="white")
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0.12, 0.13, 0.84, 0.75))
    word = "proven" if all(point.gap_is_proven for point in points) else "estimated"
    axes.errorbar(
        x, y, yerr=[slack, [0.0] * len(y)], fmt="o-", color="#3b6ea5", ecolor="#93b7d9", linewidth=1.4,
        elinewidth=5, markersize=6, label=f"plans; bars reach down to the {word} bound",
    )  # fmt: skip
    _label_points(axes, x, y)
    axes.set_xlabel(f"{axis.label}, {axis.unit}")
    axes.set_ylabel("net present cost, MEUR")
    axes.set_title(f"{front.case}: cost against {axis.label}", loc="left", fontsize=12, weight="bold")
    axes.spines[["top", "right"]].set_visible(False)
    axes.margins(x=0.16, y=0.15)
    axes.yaxis.set_major_formatter("{x:,.0f}")
    axes.legend(fontsize=8, frameon=False)
    return save_picture(figure, path)


def _label_points(axes: Axes, x: Sequence[float], y: Sequence[float]) -> None:
    """Write at each point what it costs over the cheapest one, on the side that the line leaves free."""
    side, aligned = (-8, "right") if x[-1] > x[0] else (8, "left")
    for across, up in zip(x, y, strict=True):
        text = "cheapest" if up == y[0] else f"{up / y[0] - 1:+.2%}"
        axes.annotate(
            text, (across, up), (side, 4), textcoords="offset points", ha=aligned, fontsize=8, color="#4f5d6b"
        )
