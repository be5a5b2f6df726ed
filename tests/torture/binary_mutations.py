"""Damage to files that are not text: bytes flipped, cut or moved, and Datasets and JSON of odd shape."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import xarray as xr
from mutations import Mutant

Damage = Callable[[bytes, random.Random], bytes]
Reshape = Callable[[xr.Dataset, random.Random], xr.Dataset]
ODD: tuple[object, ...] = (
    None, True, False, 0, -1, 1e308, -1e308, 5e-324, 10**40, "", "x" * 5_000, "\u202e\x1b[2J", "NaN", [], {},
    [[[]]], {"a": {"a": {}}}, ["x", 1, None], "../../etc/passwd", "2031Q9", float("nan"), float("inf"),
)  # fmt: skip


def mutated_binary(content: bytes, rng: random.Random) -> Mutant:
    """Return a file that differs from ``content`` in its bytes."""
    while True:
        how = rng.choice(BINARY)
        found = how(content, rng)
        if found != content:
            return Mutant(found, how.__name__.strip("_").replace("_", " "))


def mutated_dataset(dataset: xr.Dataset, rng: random.Random) -> tuple[xr.Dataset, str]:
    """Return a Dataset of another shape, type or value, and what was done to it."""
    how = rng.choice(SHAPES)
    return how(dataset.copy(deep=True), rng), how.__name__.strip("_").replace("_", " ")


def mutated_json(text: str, rng: random.Random) -> Mutant:
    """Return JSON with one value, key or list changed."""
    tree = json.loads(text)
    places = list(_places(tree, ()))
    node, key, name = rng.choice(places)
    how = rng.choice(("replaced", "replaced", "lost", "doubled", "nested"))
    if how == "lost":
        del node[key]
    elif how == "doubled" and isinstance(node, list):
        node.insert(key, node[key])
    elif how == "nested":
        node[key] = [node[key]] if rng.random() < 0.5 else {"value": node[key]}
    else:
        how, node[key] = "replaced", rng.choice(ODD)
    return Mutant(json.dumps(tree).encode(), f"{name} {how}", name)


def _places(node: Any, path: tuple[str, ...]) -> Iterator[tuple[Any, Any, str]]:
    """Yield every place of a tree; of long lists the first, the last and two between."""
    keys = (
        list(node) if isinstance(node, dict) else sorted({0, len(node) // 3, len(node) // 2, len(node) - 1})
    )
    for key in keys:
        if isinstance(node, list) and not node:
            return
        yield node, key, ".".join((*path, str(key)))
        if isinstance(node[key], (dict, list)) and node[key]:
            yield from _places(node[key], (*path, str(key)))


def _bit_flipped(content: bytes, rng: random.Random) -> bytes:
    found = bytearray(content)
    if found:
        found[rng.randrange(len(found))] ^= 1 << rng.randrange(8)
    return bytes(found)


def _bits_flipped(content: bytes, rng: random.Random) -> bytes:
    for _ in range(rng.choice((2, 8, 64))):
        content = _bit_flipped(content, rng)
    return content


def _head_flipped(content: bytes, rng: random.Random) -> bytes:
    return _bits_flipped(content[:512], rng) + content[512:]


def _cut(content: bytes, rng: random.Random) -> bytes:
    return content[: rng.randrange(max(1, len(content)))]


def _tail_lost(content: bytes, rng: random.Random) -> bytes:
    return content[: -rng.choice((1, 8, 100))]


def _head_lost(content: bytes, rng: random.Random) -> bytes:
    return content[rng.choice((1, 8, 512)) :]


def _zeroed(content: bytes, rng: random.Random) -> bytes:
    return _over(content, bytes(rng.choice((16, 512, 4096))), rng)


def _noise(content: bytes, rng: random.Random) -> bytes:
    return _over(content, rng.randbytes(rng.choice((16, 512, 4096))), rng)


def _moved(content: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(max(1, len(content)))
    return _over(content, content[at : at + 512], rng)


def _byte_more(content: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(content) + 1)
    return content[:at] + b"\x00" + content[at:]


def _tail_more(content: bytes, rng: random.Random) -> bytes:
    return content + rng.randbytes(rng.choice((1, 512)))


def _other(content: bytes, rng: random.Random) -> bytes:
    return rng.choice(
        (b"", b"\n", b"\x89HDF\r\n\x1a\n", b"PAR1PAR1", b"CDF\x01", b"PK\x05\x06" + bytes(18), bytes(4096))
    )


def _over(content: bytes, piece: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(max(1, len(content)))
    return content[:at] + piece + content[at + len(piece) :]


def _variable_lost(data: xr.Dataset, rng: random.Random) -> xr.Dataset:
    return data.drop_vars(_variable(data, rng))


def _coordinate_lost(data: xr.Dataset, rng: random.Random) -> xr.Dataset:
    return data.drop_vars(rng.choice([str(name) for name in data.coords]))


def _dimension_renamed(data: xr.Dataset, rng: random.Random) -> xr.Dataset:
    return data.rename({rng.choice([str(dim) for dim in data.dims]): "odd"})


def _dimension_cut(data: xr.Dataset, rng: random.Random) -> xr.Dataset:
    dim = rng.choice([str(dim) for dim in data.dims])
    return data.isel({dim: slice(0, rng.choice((0, 1, data.sizes[dim] - 1)))})


def _dimension_turned(data: xr.Dataset, rng: random.Random) -> xr.Dataset:
    return data.isel({rng.choice([str(dim) for dim in data.dims]): slice(None, None, -1)})


def _labels_doubled(data: xr.Dataset, rng: random.Random) -> xr.Dataset:
    dim = rng.choice([str(dim) for dim, size in data.sizes.items() if size])
    rows = np.arange(data.sizes[dim])
    rows[-1] = 0
    return data.isel({dim: rows})


def _labels_changed(data: xr.Dataset, rng: random.Random) -> xr.Dataset:
    name = rng.choice([str(name) for name in data.coords])
    return data.assign_coords({name: (data[name].dims, [f"odd {i}" for i in range(data[name].size)])})


def _cells_changed(data: xr.Dataset, rng: random.Random) -> xr.Dataset:
    name, odd = _variable(data, rng, "f"), rng.choice((np.nan, np.inf, -np.inf, -1e30, 1e30, -1.0, 0.0))
    values = data[name].values.astype(float)
    flat = values.reshape(-1)
    for _ in range(rng.choice((1, 1, 50))):
        if flat.size:
            flat[rng.randrange(flat.size)] = odd
    data[name] = (data[name].dims, values, data[name].attrs)
    return data


def _all_changed(data: xr.Dataset, rng: random.Random) -> xr.Dataset:
    name = _variable(data, rng, "f")
    data[name] = data[name] * rng.choice((0.0, -1.0, 1e-6, 1e3, 1e6, np.nan))
    return data


def _made_text(data: xr.Dataset, rng: random.Random) -> xr.Dataset:
    name = _variable(data, rng)
    data[name] = (data[name].dims, np.full(data[name].shape, "odd", dtype=object))
    return data


def _made_whole_numbers(data: xr.Dataset, rng: random.Random) -> xr.Dataset:
    name = _variable(data, rng)
    data[name] = (data[name].dims, np.full(data[name].shape, 7, dtype="int16"))
    return data


def _dimension_summed(data: xr.Dataset, rng: random.Random) -> xr.Dataset:
    name = _variable(data, rng)
    if data[name].dims and data[name].size:
        data[name] = data[name].isel({rng.choice(data[name].dims): 0}, drop=True)
    return data


def _turned(data: xr.Dataset, rng: random.Random) -> xr.Dataset:
    name = _variable(data, rng)
    data[name] = data[name].transpose(*data[name].dims[::-1])
    return data


def _attribute_changed(data: xr.Dataset, rng: random.Random) -> xr.Dataset:
    if not data.attrs:
        return _variable_lost(data, rng)
    name = rng.choice([str(name) for name in data.attrs])
    data.attrs[name] = rng.choice(("", "odd", -1.0, 0, float("nan"), "\x1b[2J", 99_999, "x" * 3_000))
    return data


def _attribute_lost(data: xr.Dataset, rng: random.Random) -> xr.Dataset:
    if data.attrs:
        del data.attrs[rng.choice([str(name) for name in data.attrs])]
        return data
    return _variable_lost(data, rng)


def _unit_changed(data: xr.Dataset, rng: random.Random) -> xr.Dataset:
    data[_variable(data, rng)].attrs["units"] = rng.choice(
        ("ct/kWh", "furlong", "", "EUR/MWh", "kg/MWh", "K")
    )
    return data


def _nothing_left(data: xr.Dataset, rng: random.Random) -> xr.Dataset:
    return xr.Dataset() if rng.random() < 0.5 else xr.Dataset({"mine": ("x", [1.0])})


def _variable(data: xr.Dataset, rng: random.Random, kind: str = "") -> str:
    every = sorted(str(name) for name in data.data_vars)
    return rng.choice([name for name in every if not kind or data[name].dtype.kind == kind] or every)


BINARY: tuple[Damage, ...] = (
    _bit_flipped, _bit_flipped, _bit_flipped, _bits_flipped, _head_flipped, _cut, _cut, _tail_lost,
    _head_lost, _zeroed, _noise, _moved, _byte_more, _tail_more, _other,
)  # fmt: skip
SHAPES: tuple[Reshape, ...] = (
    _variable_lost, _coordinate_lost, _dimension_renamed, _dimension_cut, _dimension_turned, _labels_doubled,
    _labels_changed, _cells_changed, _cells_changed, _all_changed, _made_text, _made_whole_numbers,
    _dimension_summed, _turned, _attribute_changed, _attribute_lost, _unit_changed, _nothing_left,
)  # fmt: skip
