"""Answers from the network: bombs, entities and endless bodies are refused, keys are kept."""

from __future__ import annotations

import gzip
import json
import logging
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.grids.sources.live_server import KEY, Clock, Replay, fault, serve
from twin.grids.sources.live.cache import Cache
from twin.grids.sources.live.client import LONGEST_ANSWER_S, MOST_BYTES, Client, SourceFault
from twin.grids.sources.live.protocol import Chunk, Request
from twin.grids.sources.live.transparency import Transparency

LAUGHS = '<!ENTITY a0 "ha">' + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
BOMBS = {
    "billion laughs": f"<!DOCTYPE x [{LAUGHS}]><x>&a9;</x>",
    "quadratic": f'<!DOCTYPE x [<!ENTITY a "{"a" * 50_000}">]><x>{"&a;" * 50_000}</x>',
    "file": '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>',
    "address": '<!DOCTYPE x [<!ENTITY a SYSTEM "http://127.0.0.1:9/a">]><x>&a;</x>',
    "parameter": '<!DOCTYPE x [<!ENTITY % a SYSTEM "file:///etc/passwd"> %a;]><x/>',
    "outside type": '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd"><x/>',
}


@pytest.fixture
def replay(monkeypatch: pytest.MonkeyPatch) -> Iterator[Replay]:
    with serve() as server:
        monkeypatch.setenv("TWIN_ENTSOE_URL", f"{server.root}/entsoe")
        monkeypatch.setenv("ENTSOE_API_KEY", KEY)
        monkeypatch.delenv("TWIN_FETCH_PAUSE_S", raising=False)
        yield server


def patient() -> Client:
    clock = Clock()
    return Client(clock.sleep, clock.read, lambda: 1.0)


def prices(source: Transparency) -> Chunk:
    return source.chunks(Request(2024, ("FR",), (), frozenset({("price", "FR")})))[0]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("kind", BOMBS)
def test_documents_with_entities_are_refused(replay: Replay, kind: str, encoding: str) -> None:
    text = f'<?xml version="1.0" encoding="{encoding}"?>{BOMBS[kind]}'
    replay.always["entsoe"] = fault(200, body=text.encode(encoding))
    source = Transparency()
    tracemalloc.start()
    with pytest.raises(SourceFault, match="declares a type or entities"):
        source.fetch(prices(source), patient())
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak_bytes < 50_000_000
    assert not any("127.0.0.1:9" in path for path, _ in replay.calls)


def test_a_packed_answer_that_grows_without_end_is_refused(replay: Replay) -> None:
    packed = gzip.compress(bytes(3 * MOST_BYTES), 9)
    assert len(packed) < MOST_BYTES // 100
    replay.always["any"] = fault(200, {"Content-Encoding": "gzip"}, packed)
    tracemalloc.start()
    with pytest.raises(SourceFault, match="longer than 64 MB"):
        patient().get(f"{replay.root}/any", {}, json.loads, pause_s=0.0)
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak_bytes < 3 * MOST_BYTES
    assert len(replay.calls) == 1  # it is not asked for again


def test_an_answer_that_drips_is_given_up(replay: Replay) -> None:
    times = iter(np.arange(1000) * LONGEST_ANSWER_S / 2)
    client = Client(lambda seconds: None, lambda: float(next(times)), lambda: 1.0)
    replay.always["any"] = fault(200, body=b" " * 1_000_000)
    with pytest.raises(SourceFault, match="not whole after 600 s"):
        client.get(f"{replay.root}/any", {}, json.loads, pause_s=0.0)


def test_a_zip_in_place_of_data_is_not_opened(replay: Replay) -> None:
    replay.always["entsoe"] = fault(
        200, {"Content-Type": "application/zip"}, b"PK\x03\x04../../evil" + bytes(99)
    )
    source = Transparency()
    with pytest.raises(SourceFault, match="not a whole XML document"):
        source.fetch(prices(source), patient())


def test_key_and_password_are_in_nothing_that_is_kept_or_said(
    replay: Replay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A key of the source, and user and password of a proxy in its address."""
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("TWIN_ENTSOE_URL", replay.root.replace("//", "//me:hunter2-pw@") + "/entsoe")
    source, cache = Transparency(), Cache(tmp_path)
    chunk = prices(source)
    cache.store(chunk, source, source.fetch(chunk, patient()))
    found = cache.load(chunk)
    assert found is not None
    monkeypatch.setenv("TWIN_ENTSOE_URL", replay.root + "/entsoe")
    assert prices(Transparency()).digest == chunk.digest  # the cache's key is made of neither
    replay.always["entsoe"] = fault(403, body=f"token {KEY} of me:hunter2-pw refused".encode())
    with pytest.raises(SourceFault) as caught:
        source.fetch(chunk, patient())
    said = f"{caught.value} {chunk} {found[0].attrs} {caplog.text} {[p.name for p in tmp_path.rglob('*')]}"
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert all(query["securityToken"] == KEY for _, query in replay.calls)
    for secret in (KEY, "hunter2-pw"):
        assert secret not in said
        assert secret.encode() not in kept
