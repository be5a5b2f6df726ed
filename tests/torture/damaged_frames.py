"""Columns of Parquet tables damaged as another program might."""

from __future__ import annotations

import random

import pandas as pd

COLUMN = ("lost", "text", "lists")
"""What may happen to a column of any table."""


def damaged_column(frame: pd.DataFrame, column: str, how: str, rng: random.Random) -> pd.DataFrame:
    """Return the table with one column lost, turned to text, or holding lists."""
    if how == "lost":
        return frame.drop(columns=column)
    cells = (
        [[1, 2]] * len(frame) if how == "lists" else frame[column].astype(str) + rng.choice(("", " EUR", "x"))
    )
    return frame.assign(**{column: cells})
