"""Hourly tables as people get them wrong: cells, rows, columns, header, stamps and dialect."""

from __future__ import annotations

import random
from collections.abc import Callable

Rows = list[list[str]]
CELLS = (
    "", " ", "nan", "NaN", "inf", "-inf", "-1", "1e300", "-1e12", "1e12", "5e-324", "0", "1,5", "1.000,5",
    "1 000", "n/e", "-", "null", "#REF!", "=1+1", "+1", "12 EUR", "５", "日本語", "\x00", "True",
    "0x10", "1e400", "9" * 5_000, "x" * 20_000, '"', "a\nb", "\u202e1",
)  # fmt: skip
STAMPS = (
    "", "yesterday", "2023-02-30 00:00", "2024-13-01", "0000-00-00 00:00", "9999-12-31 23:00",
    "1677-09-21 00:00", "2500-01-01 00:00", "2024-03-31 02:30", "2024-10-27 02:30",
    "2024-10-27T02:00+02:00", "01/02/2024 00:00", "31.12.2024 23:00", "1704067200", "1704067200000",
    "2024-01-01T00:00Z", "2024-01-01 24:00", "12:00", "2024",
)  # fmt: skip


def mutated_rows(text: str, rng: random.Random) -> tuple[str, str]:
    """Return the table after one to three changes, and what was done in words."""
    rows = [line.split(",") for line in text.splitlines()] or [[""]]
    chosen = [rng.choice(CHANGES) for _ in range(rng.choice([1, 1, 1, 2, 3]))]
    for change in chosen:
        rows = change(rows, rng) or [[""]]
    how = rng.choice(DIALECTS) if rng.random() < 0.15 else _as_written
    words = [change.__name__.strip("_").replace("_", " ") for change in (*chosen, how)]
    return how(rows, rng), "; ".join(words)


def _cell(rows: Rows, rng: random.Random) -> Rows:
    row = rng.randrange(len(rows))
    rows[row][rng.randrange(len(rows[row]))] = rng.choice(CELLS)
    return rows


def _many_cells(rows: Rows, rng: random.Random) -> Rows:
    column, value = rng.randrange(len(rows[0])), rng.choice(CELLS)
    for row in rows[1:]:
        if column < len(row) and rng.random() < 0.3:
            row[column] = value
    return rows


def _stamp(rows: Rows, rng: random.Random) -> Rows:
    rows[rng.randrange(len(rows))][0] = rng.choice(STAMPS)
    return rows


def _all_stamps(rows: Rows, rng: random.Random) -> Rows:
    same = rng.choice(STAMPS)
    return [rows[0], *([same, *row[1:]] for row in rows[1:])]


def _header_name(rows: Rows, rng: random.Random) -> Rows:
    rows[0][rng.randrange(len(rows[0]))] = rng.choice(CELLS)
    return rows


def _header_doubled(rows: Rows, rng: random.Random) -> Rows:
    rows[0] = [rng.choice(rows[0]) for _ in rows[0]]
    return rows


def _header_lost(rows: Rows, rng: random.Random) -> Rows:
    return rows[1:]


def _header_alone(rows: Rows, rng: random.Random) -> Rows:
    return rows[: rng.choice([1, 2])]


def _column_lost(rows: Rows, rng: random.Random) -> Rows:
    at = rng.randrange(len(rows[0]))
    return [[*row[:at], *row[at + 1 :]] or [""] for row in rows]


def _column_doubled(rows: Rows, rng: random.Random) -> Rows:
    at = rng.randrange(len(rows[0]))
    return [[*row, row[at] if at < len(row) else ""] for row in rows]


def _columns_swapped(rows: Rows, rng: random.Random) -> Rows:
    return [row[::-1] for row in rows]


def _rows_reversed(rows: Rows, rng: random.Random) -> Rows:
    return [rows[0], *rows[:0:-1]]


def _rows_mixed(rows: Rows, rng: random.Random) -> Rows:
    rest = rows[1:]
    rng.shuffle(rest)
    return [rows[0], *rest]


def _rows_lost(rows: Rows, rng: random.Random) -> Rows:
    at, many = rng.randrange(len(rows)), rng.choice([1, 1, 24, 168, 5_000])
    return [*rows[:at], *rows[at + many :]]


def _rows_doubled(rows: Rows, rng: random.Random) -> Rows:
    at, many = rng.randrange(len(rows)), rng.choice([1, 1, 24])
    return [*rows[: at + many], *(list(row) for row in rows[at:])]


def _ragged(rows: Rows, rng: random.Random) -> Rows:
    at = rng.randrange(len(rows))
    rows[at] = rng.choice([rows[at] + ["1", "2"], rows[at][:1], [""]])
    return rows


def _sign_turned(rows: Rows, rng: random.Random) -> Rows:
    return [rows[0], *([row[0], *(f"-{cell}" for cell in row[1:])] for row in rows[1:])]


def _other_unit(rows: Rows, rng: random.Random) -> Rows:
    factor = rng.choice([1e-6, 1e-3, 1e3, 1e6])
    return [rows[0], *([row[0], *(_scaled(cell, factor) for cell in row[1:])] for row in rows[1:])]


def _scaled(cell: str, factor: float) -> str:
    try:
        return f"{float(cell) * factor:g}"
    except ValueError:
        return cell


def _as_written(rows: Rows, rng: random.Random) -> str:
    return "\n".join(",".join(row) for row in rows) + "\n"


def _semicolons(rows: Rows, rng: random.Random) -> str:
    return "\n".join(";".join(row).replace(".", ",") for row in rows)


def _tabs(rows: Rows, rng: random.Random) -> str:
    return "\n".join("\t".join(row) for row in rows)


def _quotes_open(rows: Rows, rng: random.Random) -> str:
    return '"' + _as_written(rows, rng)


def _all_quoted(rows: Rows, rng: random.Random) -> str:
    return "\n".join(",".join(f'"{cell}"' for cell in row) for row in rows)


def _preamble(rows: Rows, rng: random.Random) -> str:
    return "Export of 2026-11-01\n\n# by somebody\n" + _as_written(rows, rng)


CHANGES: tuple[Callable[[Rows, random.Random], Rows], ...] = (
    _cell, _cell, _many_cells, _stamp, _all_stamps, _header_name, _header_doubled, _header_lost,
    _header_alone, _column_lost, _column_doubled, _columns_swapped, _rows_reversed, _rows_mixed, _rows_lost,
    _rows_doubled, _ragged, _sign_turned, _other_unit,
)  # fmt: skip
DIALECTS: tuple[Callable[[Rows, random.Random], str], ...] = (
    _semicolons, _tabs, _quotes_open, _all_quoted, _preamble,
)  # fmt: skip
