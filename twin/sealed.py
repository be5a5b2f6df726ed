"""Files that later verbs lay into a run folder hold a digest of their own: a changed figure is seen.

``SHA256SUMS`` covers what the plan wrote. What comes later is written one file at a time, so each carries its
digest inside. That tells damage, not forgery: whoever can change a figure can change the digest.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from twin.errors import BadInput, Fault

SEAL = "sha256"
"""Attribute of a Dataset, or key of a JSON object, that holds the digest of all the rest."""


def sealed(dataset: xr.Dataset) -> xr.Dataset:
    """Return the Dataset with its digest among its attributes."""
    return dataset.assign_attrs({SEAL: digest_of_dataset(dataset)})


def sealed_json(found: Mapping[str, Any]) -> dict[str, Any]:
    """Return the object with its digest as one more key."""
    return {**found, SEAL: _digest_of_json(found)}


def check_seal(found: xr.Dataset, path: Path, hint: str) -> None:
    """Raise BadInput, with the way out ``hint``, unless the digest in a Dataset is that of its content."""
    _compare(found.attrs.get(SEAL), digest_of_dataset(found), path, hint)


def check_json(found: Mapping[str, Any], path: Path, hint: str) -> None:
    """Raise BadInput, with the way out ``hint``, unless the digest in an object is that of the rest."""
    _compare(found.get(SEAL), _digest_of_json(found), path, hint)


def digest_of_dataset(dataset: xr.Dataset) -> str:
    """Return one sha256 over names, dimensions, values and attributes, the same in memory and in a file."""
    total = hashlib.sha256()
    for name in sorted(map(str, dataset.variables)):
        array = dataset.variables[name]
        total.update(json.dumps([name, *map(str, array.dims), *array.shape]).encode())
        total.update(_content(array.values))
    for key in sorted(map(str, dataset.attrs)):
        if key != SEAL:
            # a list of one comes back as its item, an empty one as it is
            total.update(json.dumps([key, *map(str, np.ravel(dataset.attrs[key]).tolist())]).encode())
    return total.hexdigest()


def _content(values: np.ndarray) -> bytes:
    """Return values as bytes that do not depend on how a file packs whole numbers, stamps and text."""
    if values.dtype.kind == "M":
        return values.astype("datetime64[s]").astype("<i8").tobytes()
    if values.dtype.kind in "iub":
        return values.astype("<i8").tobytes()
    if values.dtype.kind == "f":
        return np.where(np.isnan(values), np.nan, values.astype("<f8")).tobytes()
    return json.dumps([str(value) for value in values.ravel()]).encode()


def _digest_of_json(found: Mapping[str, Any]) -> str:
    rest = {key: value for key, value in found.items() if key != SEAL}
    return hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()


def _compare(told: object, counted: str, path: Path, hint: str) -> None:
    if told != counted:
        what = "missing" if told is None else "not that of the content"
        raise BadInput(Fault(str(path), SEAL, what, "the file as it was written", hint))
