"""One comparison and how a table of them is written."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """Our value against a reference; texts are ready to print. ``ok`` None means not run."""

    what: str
    ours: str
    reference: str
    error: str
    allowed: str
    source: str
    ok: bool | None


def relative(what: str, ours: float, reference: float, allowed: float, source: str, digits: int = 4) -> Row:
    """Compare by relative error."""
    error = ours / reference - 1.0
    return Row(
        what,
        f"{ours:.{digits}f}",
        f"{reference:.{digits}f}",
        f"{error:+.3%}",
        f"{allowed:g}".replace("e-0", "e-") if allowed < 1e-4 else f"{allowed:.2%}",
        source,
        abs(error) <= allowed,
    )


def absolute(
    what: str, ours: float, reference: float, allowed: float, unit: str, source: str, digits: int = 3
) -> Row:
    """Compare by difference in ``unit``."""
    error = ours - reference
    return Row(
        what,
        f"{ours:.{digits}f} {unit}".strip(),
        f"{reference:.{digits}f} {unit}".strip(),
        f"{error:+.1e}" if abs(error) < 10.0**-digits else f"{error:+.{digits}f}",
        f"{allowed:g} {unit}".strip(),
        source,
        abs(error) <= allowed,
    )


def within(what: str, ours: float, low: float, high: float, unit: str, source: str, digits: int = 2) -> Row:
    """Compare with a published range; the error is the distance outside it."""
    off = max(low - ours, ours - high, 0.0)
    return Row(
        what,
        f"{ours:.{digits}f} {unit}",
        f"{low:g} to {high:g} {unit}",
        "inside" if off == 0.0 else f"{off:.{digits}f} outside",
        "inside",
        source,
        off == 0.0,
    )


def not_run(what: str, source: str) -> Row:
    """A comparison that needs data that is not here."""
    return Row(what, "not run", "needs the shared data folder", "", "", source, None)


def table_of(rows: list[Row]) -> str:
    """Return the rows as a Markdown table."""
    marks = {True: "yes", False: "**no**", None: "not run"}
    return markdown(
        ("what", "ours", "reference", "error", "allowed", "agrees", "source"),
        [(r.what, r.ours, r.reference, r.error, r.allowed, marks[r.ok], r.source) for r in rows],
    )


def markdown(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """Return a Markdown table."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
