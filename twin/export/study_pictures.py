"""Pictures of a study: the trade-off, all plans on parallel axes, and what moves the first outcome most."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from twin.export.names import names_as_text
from twin.export.picture import picture
from twin.export.study_table import factor_of, label_of

Row = Mapping[str, Any]
Array = np.ndarray[Any, np.dtype[np.float64]]
MAP = "viridis"
INK, GREY, LOW, HIGH = "#1f2933", "#9aa5b1", "#3b6ea5", "#d97b29"
FEW = 5
"""An axis with so few values shows each."""
CLOSE = 0.04
"""Labels closer than this share of an axis would cover one another."""
MOST_AXES = 12
"""Parallel axes beyond this many cannot be read."""
BANDS = 4
"""A range drawn at many values is compared by its lowest and highest quarter."""


def swings(
    plans: Sequence[Row], factors: Sequence[str], outcome: str
) -> list[tuple[str, str, str, float, float]]:
    """Return (factor, low setting, high setting, mean outcome at each), the widest swing first.

    Means are over all plans with that setting, whatever else was set; of a range with more than BANDS values
    over its lowest and highest quarter; of words the ones with the least and the most. Units are stored ones.
    """
    found = []
    for name in factors:
        pairs = [(row[name], float(row[outcome])) for row in plans if row[outcome] is not None]
        bars = _bands([(float(s), v) for s, v in pairs]) if _numeric(plans, name) else _words(pairs)
        if bars is not None:
            found.append((name, *bars))
    return sorted(found, key=lambda each: -abs(each[4] - each[3]))


def _bands(pairs: Sequence[tuple[float, float]]) -> tuple[str, str, float, float] | None:
    settings = np.array([setting for setting, _ in pairs])
    values = np.array([value for _, value in pairs])
    distinct = np.unique(settings)
    if distinct.size < 2:
        return None
    low, high = distinct[0], distinct[-1]
    if distinct.size > BANDS:
        low, high = np.quantile(settings, [1 / BANDS, 1 - 1 / BANDS])
    below, above = settings <= low, settings >= high
    sign = ("≤ ", "≥ ") if distinct.size > BANDS else ("", "")
    return (
        f"{sign[0]}{low:.3g}",
        f"{sign[1]}{high:.3g}",
        float(values[below].mean()),
        float(values[above].mean()),
    )


def _words(pairs: Sequence[tuple[Any, float]]) -> tuple[str, str, float, float] | None:
    by_word: dict[str, list[float]] = {}
    for word, value in pairs:
        by_word.setdefault(str(word), []).append(value)
    means = {word: float(np.mean(values)) for word, values in by_word.items()}
    least, most = min(means, key=means.__getitem__, default=""), max(means, key=means.__getitem__, default="")
    return (least, most, means[least], means[most]) if len(means) > 1 else None


def _numeric(plans: Sequence[Row], name: str) -> bool:
    return all(isinstance(row[name], (int, float)) for row in plans)


@names_as_text()
def draw_trade_off(
    name: str, plans: Sequence[Row], factors: Sequence[str], outcomes: Sequence[str]
) -> bytes | None:
    """Return a PNG of the first outcome over the second, coloured by the factor that moves them most.

    None with fewer than two outcomes, or two plans that have both.
    """
    if len(outcomes) < 2:
        return None
    up, across = outcomes[0], outcomes[1]
    kept = [row for row in plans if row[up] is not None and row[across] is not None]
    if len(kept) < 2:
        return None
    order = [each[0] for each in swings(kept, factors, up)]
    figure, axes = _figure(9.0, 5.2, (0.1, 0.12, 0.66, 0.77))
    x, y = _values(kept, across), _values(kept, up)
    _scatter(figure, axes, x, y, kept, order[0] if order else None)
    _front(axes, x, y)
    axes.set_xlabel(label_of(across))
    axes.set_ylabel(label_of(up))
    axes.yaxis.set_major_formatter("{x:,.0f}" if np.ptp(y) > 5 else "{x:,.3g}")
    axes.set_title(
        f"{name}: {label_of(up)} against {label_of(across)}", loc="left", fontsize=11, weight="bold"
    )
    return picture(figure)


def _scatter(figure: Figure, axes: Axes, x: Array, y: Array, rows: Sequence[Row], by: str | None) -> None:
    """Dots, coloured by a factor: a bar of colours for numbers, a legend for words."""
    if by is None:
        axes.scatter(x, y, s=26, color=LOW)
    elif _numeric(rows, by):
        dots = axes.scatter(
            x, y, s=26, c=[float(row[by]) for row in rows], cmap=MAP, edgecolors="white", lw=0.4
        )
        figure.colorbar(dots, cax=figure.add_axes((0.8, 0.12, 0.018, 0.77)), label=label_of(by))
    else:
        words = sorted({str(row[by]) for row in rows})
        shades = _colours(np.linspace(0, 0.9, len(words)))
        for word, shade in zip(words, shades, strict=True):
            at = [i for i, row in enumerate(rows) if str(row[by]) == word]
            axes.scatter(x[at], y[at], s=26, color=shade, edgecolors="white", lw=0.4, label=word)
        axes.legend(
            title=label_of(by), loc="upper left", bbox_to_anchor=(1.02, 1.0), frameon=False, fontsize=8
        )


def _front(axes: Axes, x: Array, y: Array) -> None:
    """Line through the plans that no other beats in both, less being better in each."""
    level = np.round(x / max(float(np.ptp(x)), 1e-9), 3)  # a solver's last digits make no better plan
    order = np.lexsort((y, level))
    least = np.minimum.accumulate(y[order])
    edge = order[np.concatenate([[True], y[order][1:] < least[:-1]])]
    axes.step(x[edge], y[edge], where="post", color=INK, lw=1.0, zorder=0)
    axes.scatter(x[edge], y[edge], s=60, facecolors="none", edgecolors=INK, lw=0.9)
    words = f"ringed: no plan has less of both ({len(edge)} of {len(x)})"
    axes.text(1.0, -0.115, words, transform=axes.transAxes, ha="right", fontsize=8, color=INK)


@names_as_text()
def draw_parallel(
    name: str, plans: Sequence[Row], factors: Sequence[str], outcomes: Sequence[str]
) -> bytes | None:
    """Return a PNG with one line per plan over all factors and outcomes, coloured by the first outcome.

    Axes that do not vary are left out, and those after the twelfth. None with fewer than two left.
    """
    kept = [row for row in plans if all(row[outcome] is not None for outcome in outcomes[:1])]
    columns = {n: _column(kept, n) for n in [*factors, *outcomes]}
    columns = {
        n: found for n, found in columns.items() if np.unique(found[0][np.isfinite(found[0])]).size > 1
    }
    columns = dict(list(columns.items())[:MOST_AXES])
    if len(columns) < 2 or outcomes[0] not in columns:
        return None
    figure, axes = _figure(max(7.0, 1.75 * len(columns)), 5.4, (0.06, 0.17, 0.88, 0.7))
    shares = {n: (v - np.nanmin(v)) / (np.nanmax(v) - np.nanmin(v)) for n, (v, _) in columns.items()}
    colours = _colours(shares[outcomes[0]])
    for line in np.argsort(-shares[outcomes[0]]):  # the least on top
        heights = [share[line] for share in shares.values()]
        axes.plot(range(len(columns)), heights, color=colours[line], lw=1.1, alpha=0.75)
    for at, (column, (values, ticks)) in enumerate(columns.items()):
        _parallel_axis(axes, at, values, ticks)
        weight = "bold" if column in outcomes else "normal"
        axes.annotate(
            _broken(label_of(column)),
            (at, -0.08),
            ha="center",
            va="top",
            fontsize=8,
            weight=weight,
            annotation_clip=False,
        )
    axes.set_xlim(-0.1, len(columns) - 0.55)
    axes.set_ylim(-0.03, 1.03)
    axes.set_axis_off()
    title = f"{name}: {len(kept)} plans; colour: {label_of(outcomes[0])}, dark is least"
    figure.text(0.02, 0.95, title, fontsize=11, weight="bold", color=INK)
    return picture(figure)


def _parallel_axis(axes: Axes, at: int, values: Array, ticks: Sequence[str] | None) -> None:
    axes.plot([at, at], [0, 1], color=INK, lw=0.9)
    levels = np.unique(values[np.isfinite(values)])
    if ticks is not None:
        marks = [(i / max(len(ticks) - 1, 1), word) for i, word in enumerate(ticks)]
    else:
        shown = levels if levels.size <= FEW else np.linspace(levels[0], levels[-1], 3)
        span = float(levels[-1] - levels[0])
        marks = [(float(level - levels[0]) / span, _short(float(level))) for level in shown]
    below = -1.0
    for height, text in marks:
        if height - below < CLOSE:
            continue
        below = height
        axes.annotate(
            text,
            (at, height),
            (4, 0),
            textcoords="offset points",
            fontsize=7.5,
            va="center",
            bbox={"facecolor": "white", "alpha": 0.75, "edgecolor": "none", "pad": 0.6},
        )


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def _column(rows: Sequence[Row], name: str) -> tuple[Array, list[str] | None]:
    """Return the values of a column in the unit of its label, and the words where it holds words."""
    if all(isinstance(row[name], (int, float)) or row[name] is None for row in rows):
        return _values(rows, name), None
    words = sorted({str(row[name]) for row in rows})
    return np.array([float(words.index(str(row[name]))) for row in rows]), words


@names_as_text()
def draw_tornado(name: str, plans: Sequence[Row], factors: Sequence[str], outcome: str) -> bytes | None:
    """Return a PNG of how the mean outcome differs between the lowest and highest setting of each factor.

    None where nothing varies.
    """
    bars = swings(plans, factors, outcome)
    if not bars:
        return None
    unit = factor_of(outcome)
    middle = float(np.mean([row[outcome] for row in plans if row[outcome] is not None])) * unit
    figure, axes = _figure(9.0, 1.6 + 0.55 * len(bars), (0.3, 0.9 / (1.6 + 0.55 * len(bars)), 0.62, 0.0))
    axes.set_position((0.3, 0.75 / (1.6 + 0.55 * len(bars)), 0.62, 1 - 1.35 / (1.6 + 0.55 * len(bars))))
    for row, (_, low, high, at_low, at_high) in enumerate(reversed(bars)):
        for setting, value, colour in ((low, at_low, LOW), (high, at_high, HIGH)):
            end = value * unit
            axes.barh(row, end - middle, left=middle, color=colour, height=0.62)
            side = 1 if end >= middle else -1
            axes.annotate(
                setting,
                (end, row),
                (4 * side, 0),
                textcoords="offset points",
                fontsize=8,
                va="center",
                ha="left" if side > 0 else "right",
            )
    axes.set_yticks(range(len(bars)), [label_of(each[0]) for each in reversed(bars)], fontsize=9)
    axes.axvline(middle, color=INK, lw=0.9)
    axes.margins(x=0.18)
    axes.xaxis.set_major_formatter("{x:,.0f}" if abs(middle) > 50 else "{x:,.3g}")
    axes.set_xlabel(f"mean {label_of(outcome)} of all plans with that setting; blue: low, orange: high")
    figure.text(
        0.02,
        1 - 0.32 / (1.6 + 0.55 * len(bars)),
        f"{name}: what moves {label_of(outcome)}",
        fontsize=11,
        weight="bold",
        color=INK,
    )
    return picture(figure)


def _values(rows: Sequence[Row], name: str) -> Array:
    return np.array([np.nan if row[name] is None else float(row[name]) * factor_of(name) for row in rows])


def _colours(shares: Array) -> Any:
    return matplotlib.colormaps[MAP](Normalize(0, 1)(shares))


def _broken(label: str) -> str:
    """Break a long key at its dot, or words at the space nearest to the middle."""
    if "." in label and " " not in label:
        return label.replace(".", ".\n", 1).replace("_", "_\u200b") if len(label) > 14 else label
    spaces = [i for i, letter in enumerate(label) if letter == " "]
    if len(label) <= 14 or not spaces:
        return label
    at = min(spaces, key=lambda i: abs(i - len(label) / 2))
    return f"{label[:at]}\n{label[at + 1 :]}"


def _figure(width: float, height: float, box: tuple[float, float, float, float]) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(width, height), dpi=140, facecolor="white")
    FigureCanvasAgg(figure)
    axes = figure.add_axes((box[0], box[1], box[2], box[3] or 0.5))
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=8, colors=INK)
    return figure, axes
