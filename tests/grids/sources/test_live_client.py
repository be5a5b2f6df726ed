"""The HTTP client: what it tries again, how long it waits, and that it never tells a key."""

from __future__ import annotations

import json
import logging
import socket
import time
import traceback
from email.utils import formatdate

import pytest
from live_server import KEY, Clock, Replay, fault, shortened, truncated

from twin.errors import BadInput
from twin.grids.sources.live import client as module
from twin.grids.sources.live.client import TRIES, Client, NoData, SourceFault, public

QUERY = {"bzn": "FR", "start": "2024-01-01T00:00Z", "end": "2024-01-01T23:59Z"}


def ask(client: Client, server: Replay, **more: object) -> dict[str, object]:
    return client.get(f"{server.root}/ec/price", QUERY, json.loads, pause_s=3.0, **more)  # type: ignore[arg-type]


def test_passing_faults_are_tried_again(server: Replay, client: Client, clock: Clock) -> None:
    """500, a truncated body, half a JSON and a dropped connection, then the answer."""
    server.script = [
        ("price", fault(500)),
        ("price", truncated),
        ("price", shortened),
        ("price", fault(200, {"drop": "yes"})),
    ]
    assert len(ask(client, server)["price"]) == 24  # type: ignore[arg-type]
    assert len(server.calls) == 5
    assert sum(clock.slept) >= 1 + 2 + 4 + 8  # waits double from try to try


def test_retry_after_in_seconds_and_as_a_date(server: Replay, client: Client, clock: Clock) -> None:
    server.script = [("price", fault(429, {"retry-after": "41"}))]
    ask(client, server)
    assert max(clock.slept) == 41.0
    server.script = [("price", fault(503, {"retry-after": formatdate(time.time() + 100, usegmt=True)}))]
    ask(client, server)
    assert 90 < max(clock.slept) <= 101


def test_a_source_that_asks_for_an_hour_is_left(server: Replay, client: Client, clock: Clock) -> None:
    server.always["price"] = fault(429, {"retry-after": "3600"})
    with pytest.raises(SourceFault, match="HTTP 429: asks to wait 3600 s"):
        ask(client, server)
    assert clock.slept == []


def test_a_planner_is_told_of_a_source_that_is_silent(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """A port that takes calls and never answers: each new try is told, and none is endless."""
    monkeypatch.setattr(module, "SILENCE_S", (0.2, 0.2))
    said: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as mute:
        client = Client(clock.sleep, clock.read, lambda: 1.0, said.append)
        port = mute.getsockname()[1]
        with pytest.raises(SourceFault, match=r"no answer in time \(6 tries\)"):
            client.get(f"http://127.0.0.1:{port}/price", {}, json.loads, pause_s=0.0, secret={"key": KEY})
    assert said[0] == f"127.0.0.1:{port}: no answer in time; try 2 of 6 in 1 s"
    assert len(said) == TRIES - 1
    assert KEY not in "".join(said)


def test_of_a_fault_that_passes_at_once_nothing_is_said(server: Replay, clock: Clock) -> None:
    said: list[str] = []
    server.script = [("price", fault(500))]
    ask(Client(clock.sleep, clock.read, lambda: 1.0, said.append), server)
    assert said == []


def test_calls_to_one_host_are_spaced(server: Replay, client: Client, clock: Clock) -> None:
    for _ in range(3):
        ask(client, server)
    assert clock.slept == [3.0, 3.0]


def test_the_pause_can_be_set(server: Replay, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWIN_FETCH_PAUSE_S", "0")
    client = Client(clock.sleep, clock.read)
    ask(client, server)
    ask(client, server)
    assert clock.slept == []
    monkeypatch.setenv("TWIN_FETCH_PAUSE_S", "soon")
    with pytest.raises(BadInput, match="TWIN_FETCH_PAUSE_S = 'soon'"):
        Client()


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (fault(404), "HTTP 404: no text"),
        (fault(400, body=b'{"error":true,"reason":"Parameter start_date is out of range"}'), "out of range"),
        (fault(401), "refused the call"),
    ],
)
def test_lasting_faults_are_told_at_once(server: Replay, client: Client, answer: object, words: str) -> None:
    server.always["price"] = answer  # type: ignore[assignment]
    with pytest.raises(SourceFault, match=words):
        ask(client, server)
    assert len(server.calls) == 1


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (fault(502), "HTTP 502"),
        (truncated, "broke off"),
        (fault(200, body=b"<html>maintenance</html>"), "unreadable answer: no JSON at line 1"),
        (fault(200, {"drop": "yes"}), "no connection"),
    ],
)
def test_faults_that_stay_are_told_after_some_tries(
    server: Replay, client: Client, answer: object, words: str
) -> None:
    server.always["price"] = answer  # type: ignore[assignment]
    with pytest.raises(SourceFault, match=words):
        ask(client, server)
    assert len(server.calls) == TRIES


def test_an_answer_of_brackets_alone_is_a_fault_of_the_source(server: Replay, client: Client) -> None:
    """Proves: JSON nested too deep for its parser is told as any unreadable answer."""
    server.always["/deep"] = fault(200, body=b"[" * 200_000)
    with pytest.raises(SourceFault, match="unreadable answer"):
        client.get(server.root + "/deep", {}, json.loads, pause_s=0.0)


@pytest.mark.parametrize("body", [b"[[1]]", b"[]", b"null", b"[[1, {}]]", b"{}", b"[[1, 1e400]]"])
def test_an_answer_of_another_form_is_a_fault_of_the_source(
    server: Replay, client: Client, body: bytes
) -> None:
    """Proves: whatever a reader of answers stumbles over, the source is named, and tried again."""
    server.always["/odd"] = fault(200, body=body)

    def read(answer: bytes) -> int:
        return int(json.loads(answer)[0][1])

    with pytest.raises(SourceFault, match="unreadable answer: "):
        client.get(server.root + "/odd", {}, read, pause_s=0.0)
    assert len(server.calls) == TRIES


def test_a_server_that_is_not_there(client: Client) -> None:
    with pytest.raises(SourceFault, match="no connection"):
        client.get("http://127.0.0.1:9/x", {}, json.loads, pause_s=0.0)
    with pytest.raises(SourceFault, match="address cannot be used"):
        client.get("nonsense", {}, json.loads, pause_s=0.0)


def test_nothing_published_is_no_fault(server: Replay, client: Client) -> None:
    server.always["price"] = fault(404)
    with pytest.raises(NoData):
        ask(client, server, nothing=lambda status, body: status == 404)


def test_a_key_is_sent_and_never_told(
    server: Replay, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    """Proves: neither log nor error holds it, even where the server repeats it.

    Without the filter the HTTP library logs every query at level debug.
    """
    caplog.set_level(logging.DEBUG)
    ask(client, server, secret={"securityToken": KEY})
    assert server.calls[0][1]["securityToken"] == KEY
    echo = fault(400, body=f"token {KEY} is not allowed here".encode())
    server.always["price"] = echo
    with pytest.raises(SourceFault) as caught:
        ask(client, server, secret={"securityToken": KEY})
    assert "***" in str(caught.value)
    assert KEY not in str(caught.value)
    with pytest.raises(SourceFault, match="no connection") as caught:
        client.get("http://127.0.0.1:9/x", {}, json.loads, pause_s=0.0, secret={"securityToken": KEY})
    # the library's own error holds the whole address, so a traceback must not show it
    assert KEY not in "".join(traceback.format_exception(caught.value))
    assert "securityToken=***" in caplog.text
    assert KEY not in caplog.text


def test_a_key_does_not_follow_a_redirect(server: Replay, client: Client) -> None:
    server.always["price"] = fault(302, {"Location": f"{server.root}/elsewhere"})
    with pytest.raises(SourceFault, match="HTTP 302"):
        ask(client, server, secret={"securityToken": KEY})
    assert len(server.calls) == 1


def test_stored_addresses_hold_no_user_and_no_query() -> None:
    assert public("https://me:pw@proxy.example:8443/api?token=1#x") == "https://proxy.example:8443/api"
