"""Figures of series that are read block by block: nothing here holds more than one block of a cube."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from twin.grids.marginals import Array

COLUMNS_AT_ONCE = 512
"""Most columns of one group, unless a single stored chunk is wider."""
BIN_CELLS = 20_000_000
"""Cells of all histograms of a group: 80 MB."""
BLOCK_BYTES = 16_000_000
"""Most bytes of float64 that one block of a cube takes, unless a single stored chunk is larger."""
BEYOND = 1e30
"""Numbers so large are none; sums of smaller ones fit in 32 bits."""
Stamps = NDArray[np.datetime64]


def column_groups(array: xr.DataArray, limit: int = BLOCK_BYTES) -> Iterator[tuple[slice, int]]:
    """Yield groups of columns of ``array`` [time, column], each with the rows to read at once.

    Blocks are whole numbers of stored chunks, so that nothing is read or unpacked twice.
    """
    rows, columns = array.shape
    chunk_rows, chunk_columns = _stored_chunks(array)
    fit = max(limit // (8 * chunk_rows), 1)
    fit = min(fit, COLUMNS_AT_ONCE)
    wide = min(max(fit // chunk_columns, 1) * chunk_columns, columns)
    deep = min(max(limit // (8 * wide * chunk_rows), 1) * chunk_rows, rows)
    for start in range(0, columns, wide):
        yield slice(start, min(start + wide, columns)), deep


def _stored_chunks(array: xr.DataArray) -> tuple[int, int]:
    rows, columns = (max(size, 1) for size in array.shape)
    if array.chunks is not None:
        return max(array.chunks[0]), max(array.chunks[1])
    stored = array.encoding.get("chunksizes") or array.encoding.get("preferred_chunks")
    if isinstance(stored, dict):
        stored = tuple(stored.get(dim, size) for dim, size in array.sizes.items())
    if not stored or len(stored) != 2:
        return min(rows, 744), columns
    return min(int(stored[0]), rows), min(int(stored[1]), columns)


def row_blocks(array: xr.DataArray, deep: int) -> Iterator[tuple[Stamps, Array]]:
    """Yield time stamps [n] and values [n, column] of ``array`` [time, column], ``deep`` rows at a time."""
    times = array["time"].values.astype("datetime64[ns]")
    for start in range(0, array.shape[0], deep):
        part = slice(start, start + deep)
        yield times[part], measured(array[part])


def measured(array: xr.DataArray) -> Array:
    """Return the numbers of an array; those that nobody can have measured, infinite ones too, are NaN."""
    values = np.asarray(array.values, dtype=float)
    return np.where(np.abs(values) < BEYOND, values, np.nan)


@dataclass
class Runs:
    """Runs of true cells along time, by column, joined across blocks. Only runs ``at_least`` long count."""

    columns: int
    at_least: int = 1
    count: NDArray[np.intp] = field(init=False)
    cells: NDArray[np.intp] = field(init=False)
    longest: NDArray[np.intp] = field(init=False)
    first: Stamps = field(init=False)
    """Start of the first run, NaT where there is none."""

    def __post_init__(self) -> None:
        self.count, self.cells, self.longest, self._open = (
            np.zeros(self.columns, dtype=np.intp) for _ in range(4)
        )
        self.first = np.full(self.columns, np.datetime64("NaT", "ns"))
        self._began = self.first.copy()

    def add(self, times: Stamps, mask: NDArray[np.bool_]) -> None:
        """Take the next block, ``mask`` [n, column]."""
        for column in np.flatnonzero(mask.any(axis=0) | (self._open > 0)):
            self._column(int(column), times, mask[:, column])

    def _column(self, column: int, times: Stamps, mask: NDArray[np.bool_]) -> None:
        edges = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(np.int8), [0]])))
        starts, stops = edges[::2], edges[1::2]
        if self._open[column] and not mask[0]:
            self._close(column)
        for start, stop in zip(starts, stops, strict=True):
            if not self._open[column]:
                self._began[column] = times[start]
            self._open[column] += stop - start
            if stop < len(mask):
                self._close(column)

    def _close(self, column: int) -> None:
        length = self._open[column]
        self._open[column] = 0
        if length < self.at_least:
            return
        self.count[column] += 1
        self.cells[column] += length
        self.longest[column] = max(self.longest[column], length)
        if np.isnat(self.first[column]):
            self.first[column] = self._began[column]

    def finish(self) -> None:
        """Close the runs that reach the end of the series."""
        for column in np.flatnonzero(self._open):
            self._close(int(column))


@dataclass
class Moments:
    """Count, mean, extremes and quantiles by column; quantiles from a histogram of ``bins`` steps."""

    columns: int
    lower: float
    upper: float
    bins: int = 5000
    """Steps of the histogram; fewer where there are so many columns that they would fill the memory."""

    def __post_init__(self) -> None:
        self.bins = max(min(self.bins, BIN_CELLS // self.columns), 200)
        self.count = np.zeros(self.columns, dtype=np.intp)
        self.total = np.zeros(self.columns)
        self.least = np.full(self.columns, np.inf)
        self.most = np.full(self.columns, -np.inf)
        self._histogram = np.zeros((self.columns, self.bins), dtype=np.int32)

    def add(self, values: Array) -> None:
        """Take the next block [n, column]; NaN is skipped."""
        finite = np.isfinite(values)
        self.count += finite.sum(axis=0)
        self.total += np.where(finite, values, 0.0).sum(axis=0)
        self.least = np.fmin(self.least, np.fmin.reduce(values, axis=0))
        self.most = np.fmax(self.most, np.fmax.reduce(values, axis=0))
        scale = self.bins / (self.upper - self.lower)
        place = np.clip((np.nan_to_num(values) - self.lower) * scale, 0, self.bins - 1).astype(np.intp)
        place += np.arange(self.columns) * self.bins
        np.add.at(self._histogram.reshape(-1), place[finite], np.int32(1))

    @property
    def mean(self) -> Array:
        """Mean by column, NaN where nothing was found."""
        return np.where(self.count > 0, self.total / np.maximum(self.count, 1), np.nan)

    def quantiles(self, levels: Array) -> Array:
        """Return quantiles [column, level], good to one step of the histogram, within the extremes."""
        width = (self.upper - self.lower) / self.bins
        out = np.full((self.columns, len(levels)), np.nan)
        for column in np.flatnonzero(self.count):
            steps = np.flatnonzero(self._histogram[column])
            reached = np.cumsum(self._histogram[column][steps]) / self.count[column]
            at = np.searchsorted(reached, levels).clip(max=len(steps) - 1)
            before = np.concatenate([[0.0], reached])[at]
            within = np.clip((levels - before) / (reached[at] - before), 0.0, 1.0)
            value = self.lower + (steps[at] + within) * width
            out[column] = np.clip(value, self.least[column], self.most[column])
        return out
