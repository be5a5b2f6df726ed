"""Answers of live sources as broken servers, and hostile ones, give them."""

from __future__ import annotations

import gzip
import json
import os
import random
import sys
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import xarray as xr

sys.path.insert(0, str(Path(__file__).parents[1] / "grids" / "sources"))
from binary_mutations import mutated_binary, mutated_json
from live_server import KEY, Answer, Clock, serve
from mutations import mutated_bytes

from twin.grids.sources.live.client import Client, NoData, SourceFault
from twin.grids.sources.live.fetching import sources_named
from twin.grids.sources.live.gather import sound
from twin.grids.sources.live.protocol import Chunk, Place, Request, Source

SITE = Place("FR-BRU", 48.5, 2.3, 90.0)
ZONES = ("FR", "DE_LU")
SOURCES = ("energy-charts", "smard", "entsoe", "open-meteo", "open-meteo-climate", "pvgis")
PATHS = {"ENERGY_CHARTS": "/ec", "SMARD": "/smard", "PVGIS": "/pvgis", "OPEN_METEO_ARCHIVE": "/archive",
         "OPEN_METEO_CLIMATE": "/climate", "ENTSOE": "/entsoe"}  # fmt: skip
ODD_TAGS = (
    "", "odd>", "quantity>nan", "position>0", "position>99999999", "position>-1", "resolution>PT7M",
    "resolution>P1Y", "start>2024-13-01T00:00Z", "price.amount>1e308", "end>1990-01-01T00:00Z",
)  # fmt: skip
BOMB = """<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "lol">{}]><d>&e9;</d>""".format(
    "".join(f'<!ENTITY e{n} "{f"&e{n - 1};".replace("e-1", "a") * 10}">' for n in range(10))
).encode()
FILE_ENTITY = b'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY f SYSTEM "file:///etc/passwd">]><d>&f;</d>'
Change = Callable[[Answer, random.Random], Answer]


def chunks() -> list[tuple[Source, Chunk]]:
    """Return a chunk of every kind of every source, in January, in March and in October of 2024."""
    kinds = ("price", "mix", "carbon")
    wanted = frozenset({(kind, zone) for kind in kinds for zone in ZONES} | {("weather", SITE.name)})
    request = Request(2024, ZONES, (SITE,), wanted)
    out = []
    for source in sources_named(SOURCES):
        for month in (1, 3, 10):
            at = np.datetime64(f"2024-{month:02d}-15T00:00")
            out += [(source, c) for c in source.chunks(request) if c.start <= at < c.end]
    return out


def damaged_answers(rng: random.Random) -> Iterator[tuple[str, Callable[[], str]]]:
    """Yield for ever what is changed, and what asks a server for it and says what went wrong."""
    names = [str(chunk) for _, chunk in chunks()]
    while True:
        number, change, seed = rng.randrange(len(names)), rng.choice(CHANGES), rng.getrandbits(32)
        words = change.__name__.strip("_").replace("_", " ")
        yield f"{names[number]}: {words}", partial(_asked, number, change, seed)


def _asked(number: int, change: Change, seed: int) -> str:
    """Ask a server of our own for a chunk, as the first of many calls."""
    with serve() as server:
        for name, path in PATHS.items():
            os.environ[f"TWIN_{name}_URL"] = server.root + path
        os.environ["ENTSOE_API_KEY"] = KEY
        server.always = {"/": lambda true: change(true, random.Random(seed))}
        return _wrong(*chunks()[number])


def _wrong(source: Source, chunk: Chunk) -> str:
    clock = Clock()
    client = Client(sleep=clock.sleep, clock=clock.read, chance=lambda: 0.5)
    try:
        found = sound(chunk, source.fetch(chunk, client))
    except (SourceFault, NoData) as fault:
        return "" if len(str(fault)) < 1000 else f"a message of {len(str(fault))} characters"
    return _odd(found, chunk)


def _odd(found: xr.Dataset, chunk: Chunk) -> str:
    """Return what is wrong with hours that were taken."""
    times = found["time"].values
    if not ((times >= chunk.start) & (times < chunk.end)).all():
        return "took hours outside the chunk"
    infinite = [str(name) for name, cells in found.data_vars.items() if np.isinf(cells.values).any()]
    return f"took infinite {', '.join(infinite)}" if infinite else ""


def _bytes(true: Answer, rng: random.Random) -> Answer:
    return true[0], true[1], mutated_bytes(true[2], rng).content


def _binary(true: Answer, rng: random.Random) -> Answer:
    return true[0], true[1], mutated_binary(true[2], rng).content


def _tree(true: Answer, rng: random.Random) -> Answer:
    try:
        return true[0], true[1], mutated_json(true[2].decode(), rng).content
    except ValueError:
        return _tags(true, rng)


def _tags(true: Answer, rng: random.Random) -> Answer:
    """XML with a tag, a text or a stretch changed."""
    text = true[2].decode(errors="replace")
    pieces = text.split("<")
    at = rng.randrange(len(pieces))
    pieces[at] = (
        rng.choice(ODD_TAGS)
        if rng.random() < 0.7
        else pieces[at] + rng.choice(("&amp;", "\x00", "9" * 400, "-"))
    )
    return true[0], true[1], "<".join(pieces).encode()


def _numbers(true: Answer, rng: random.Random) -> Answer:
    """Every number, or one in fifty, in other units, negative or none."""
    try:
        tree = json.loads(true[2])
    except ValueError:
        return _tags(true, rng)
    factor = rng.choice((-1.0, 1e-3, 1e3, 1e6, float("nan"), float("inf"), None))
    share = rng.choice((1.0, 0.02))

    def changed(node: object) -> object:
        if isinstance(node, dict):
            return {key: changed(value) for key, value in node.items()}
        if isinstance(node, list):
            return [changed(value) for value in node]
        if isinstance(node, float) and rng.random() < share:
            return None if factor is None else node * factor
        return node

    return true[0], true[1], json.dumps(changed(tree)).encode()


def _hours(true: Answer, rng: random.Random) -> Answer:
    """Lists doubled, cut, shifted or mixed: repeated hours, gaps, hours of summer time."""
    try:
        tree = json.loads(true[2])
    except ValueError:
        return _tags(true, rng)
    how = rng.choice(("doubled", "cut", "shifted", "mixed", "one doubled"))

    def changed(node: object) -> object:
        if isinstance(node, dict):
            return {key: changed(value) for key, value in node.items()}
        if not isinstance(node, list) or len(node) < 20 or rng.random() < 0.3:
            return [changed(value) for value in node] if isinstance(node, list) else node
        at = rng.randrange(len(node))
        made = {"doubled": node + node, "cut": node[:at], "shifted": node[1:] + node[:1],
                "mixed": rng.sample(node, len(node)), "one doubled": node[: at + 1] + node[at:]}  # fmt: skip
        return made[how]

    return true[0], true[1], json.dumps(changed(tree)).encode()


def _bomb(true: Answer, rng: random.Random) -> Answer:
    return 200, true[1], rng.choice((BOMB, FILE_ENTITY))


def _deep(true: Answer, rng: random.Random) -> Answer:
    depth = rng.choice((500, 200_000))
    return (
        200,
        true[1],
        rng.choice((b"[" * depth, b'{"a":' * depth, b"<a>" * depth, b"[" * depth + b"]" * depth)),
    )


def _packed_bomb(true: Answer, rng: random.Random) -> Answer:
    """A hundred megabytes and more in a few kilobytes."""
    packed = zlib.compressobj(9, zlib.DEFLATED, 31)
    body = b"".join(packed.compress(bytes(1_000_000)) for _ in range(150)) + packed.flush()
    return 200, {**true[1], "Content-Encoding": "gzip"}, body


def _packed_badly(true: Answer, rng: random.Random) -> Answer:
    body = gzip.compress(true[2])
    return 200, {**true[1], "Content-Encoding": "gzip"}, mutated_binary(body, rng).content


def _status(true: Answer, rng: random.Random) -> Answer:
    return (
        rng.choice((204, 206, 301, 400, 404, 418, 429, 500, 503)),
        true[1],
        rng.choice((b"", true[2], b"\xff<b>")),
    )


def _head(true: Answer, rng: random.Random) -> Answer:
    odd = rng.choice(({"Retry-After": "9" * 400}, {"Retry-After": "nan"}, {"length": "5"}, {"drop": "1"},
                      {"Content-Type": "text/html"}, {"Content-Encoding": "br"}))  # fmt: skip
    return rng.choice((200, 503)), {**true[1], **odd}, true[2]


CHANGES: tuple[Change, ...] = (
    _bytes, _bytes, _binary, _tree, _tree, _tree, _tags, _numbers, _numbers, _hours, _hours, _bomb, _deep,
    _packed_bomb, _packed_badly, _status, _head,
)  # fmt: skip
