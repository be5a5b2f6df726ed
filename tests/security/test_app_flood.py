"""The app under a flood: who may talk to it, how much at once, and that sessions are kept apart."""

from __future__ import annotations

import asyncio
import base64
import re
import threading
import zipfile
from collections.abc import Awaitable, Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from bokeh.server.server import Server
from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPRequest, HTTPResponse
from tornado.websocket import WebSocketClientConnection, websocket_connect

from twin.app import desk as desk_module
from twin.app import files as files_module
from twin.app import server as server_module
from twin.app.desk import Desk
from twin.app.files import FOLDER, Maker, make
from twin.app.levers import LONGEST_TEXT, changed, levers_of
from twin.app.page import Page
from twin.app.runs import SESSIONS, Workspace, given_runs
from twin.app.server import MOST_SENT_BYTES, served
from twin.app.worker import Order, Said, Tell
from twin.errors import BadInput
from twin.inputs import load_case
from twin.results import Run

WAIT_S = 60
MOST = 3


class Idle:
    """A planner that plans nothing until it is ended."""

    def __init__(self, cache: Path) -> None:
        self._over = threading.Event()
        self.orders = 0

    def work(self, order: Order, tell: Tell, is_over: Callable[[], bool]) -> tuple[Path, ...]:
        self.orders += 1
        tell(Said("waiting"))
        self._over.wait(WAIT_S)
        return ()

    def end(self) -> None:
        self._over.set()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Server]:
    """A running server that bears three pages, in a thread of its own."""
    monkeypatch.setattr(desk_module, "Worker", Idle)
    monkeypatch.setattr(server_module, "MOST_SESSIONS", MOST)
    ready, found = threading.Event(), []

    def run() -> None:
        asyncio.set_event_loop(asyncio.new_event_loop())
        with served(given_runs([]), tmp_path, "127.0.0.1", 0) as made:
            made.start()
            found.append(made)
            made.io_loop.add_callback(ready.set)
            made.io_loop.start()
            made.stop()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert ready.wait(WAIT_S)
    yield found[0]
    found[0].io_loop.add_callback(found[0].io_loop.stop)
    thread.join(WAIT_S)


def asked(question: Callable[[], Awaitable[Any]]) -> Any:
    """The answer to a question that a client asks, in a loop of its own."""
    found: list[Any] = []
    thread = threading.Thread(target=lambda: found.append(asyncio.run(asyncio.wait_for(question(), WAIT_S))))
    thread.start()
    thread.join(WAIT_S)
    return found[0]


def page(server: Server, query: str = "") -> HTTPResponse:
    async def get() -> HTTPResponse:
        return await AsyncHTTPClient().fetch(f"http://127.0.0.1:{server.port}/{query}", raise_error=False)

    answer: HTTPResponse = asked(get)
    return answer


def token_of(answer: HTTPResponse) -> str:
    found = re.search(r'"token":"([^"]+)"', answer.body.decode())
    assert found
    return found.group(1)


async def line(server: Server, token: str, origin: str) -> WebSocketClientConnection:
    return await websocket_connect(
        HTTPRequest(f"ws://127.0.0.1:{server.port}/ws", headers={"Origin": origin}),
        subprotocols=["bokeh", token],
    )


def status(server: Server, token: str, origin: str) -> int:
    """What the server answers to a page of ``origin`` that wants to talk: 101 is a greeting, 0 an end."""

    async def talk() -> int:
        try:
            talk = await line(server, token, origin)
        except HTTPClientError as error:
            return error.code
        greeted = await talk.read_message()
        talk.close()
        return 0 if greeted is None else 101

    code: int = asked(talk)
    return code


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "http://127.0.0.1.evil.example",
        "http://localhost:1",
        "null",
        "https://rebound:80",
    ],
)
def test_pages_of_other_sites_may_not_talk(server: Server, origin: str) -> None:
    token = token_of(page(server))
    assert status(server, token, origin) == 403
    assert status(server, token, f"http://localhost:{server.port}") == 101


def test_a_session_that_this_server_did_not_sign_is_refused(server: Server) -> None:
    """Nobody lays a session for a victim, nor guesses another's."""
    assert page(server, f"?bokeh-session-id={quote('chosen by an attacker')}").code == 403
    forged = base64.urlsafe_b64encode(b'{"session_id": "forged", "session_expiry": 99999999999}').decode()
    assert status(server, forged, f"http://localhost:{server.port}") == 0


def test_every_answer_forbids_frames_and_guesses(server: Server) -> None:
    headers = page(server).headers
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_no_file_of_the_machine_is_served(server: Server) -> None:
    up = "../" * 8
    for path in (f"static/{up}etc/passwd", f"static/{quote(up, safe='')}etc/passwd", "runs", "sessions/",
                 "static//etc/passwd", f"static/extensions/panel/{up}etc/passwd"):  # fmt: skip
        answer = page(server, path)
        assert answer.code in (403, 404), path
        assert b"root:" not in answer.body


def test_a_flood_of_pages_takes_no_more_folders_than_there_may_be(server: Server, tmp_path: Path) -> None:
    answers = [page(server) for _ in range(12)]
    assert {answer.code for answer in answers} == {200}
    assert len(list((tmp_path / SESSIONS).iterdir())) == MOST


def test_a_message_that_is_too_long_ends_the_line(server: Server) -> None:
    token = token_of(page(server))

    async def flood() -> str | bytes | None:
        talk = await line(server, token, f"http://localhost:{server.port}")
        await talk.write_message("x" * (2 * MOST_SENT_BYTES))
        while (said := await talk.read_message()) is not None:  # the greeting, in pieces
            assert len(said) < 1000
        return said

    assert asked(flood) is None
    assert page(server).code == 200


def test_a_flood_of_orders_is_refused_and_each_session_has_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(desk_module, "Worker", Idle)
    desk, case, taken, refused = Desk(tmp_path, most_waiting=4), load_case("tiny"), 0, 0
    try:
        for number in range(300):
            try:
                desk.submit(f"session {number % 60}", Order(case, (case,), tmp_path))
                taken += 1
            except BadInput as error:
                refused += 1
                assert error.faults[0].key in ("plans at once", "queue")
    finally:
        desk.close()
    assert taken <= 6
    assert taken + refused == 300


def test_a_flood_of_files_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    begun: list[Path] = []

    async def slow(self: Maker, kind: str, run: Path, compared: object) -> tuple[str, bytes]:
        begun.append(run)
        await asyncio.sleep(0.05)
        return "x", b""

    monkeypatch.setattr(Maker, "_made", slow)

    async def flood() -> list[Any]:
        maker = Maker()
        asks = (maker.make(FOLDER, tmp_path) for _ in range(100))
        return list(await asyncio.gather(*asks, return_exceptions=True))

    made = asked(flood)
    assert len(begun) == files_module.MOST_WAITING
    assert sum(isinstance(each, BadInput) for each in made) == 100 - files_module.MOST_WAITING


def test_a_flood_of_choices_is_answered_by_the_last(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(desk_module, "Worker", Idle)
    looked: list[object] = []
    monkeypatch.setattr(Workspace, "base_of", lambda self, start, out: looked.append(start))
    desk, maker = Desk(tmp_path), Maker()
    shown = Page(given_runs([]), desk, maker, tmp_path)

    async def flood() -> None:
        await asyncio.gather(*(shown._chosen() for _ in range(300)))

    try:
        asked(flood)
    finally:
        shown.close()
        desk.close()
    assert 1 <= len(looked) <= 4  # of 300


def test_a_lever_of_a_million_characters_is_refused_in_few() -> None:
    case = load_case("tiny")
    lever = levers_of(case)[0]
    for text in ("9" * 1_000_000, "1" + "_1" * 500_000, "\x1b[2J" * 1000):
        with pytest.raises(BadInput) as caught:
            changed(case, {lever.key: text})
        assert len(str(caught.value)) < 10 * LONGEST_TEXT


def test_sessions_lie_in_folders_that_cannot_be_guessed_and_are_gone_with_them(tmp_path: Path) -> None:
    spaces = [Workspace.new(tmp_path) for _ in range(20)]
    names = {space.folder.name for space in spaces}
    assert len(names) == 20
    assert all(re.fullmatch(r"\.writing-.+-[0-9a-f]{16}", name) for name in names)
    spaces[0].close()
    assert not spaces[0].folder.exists() and spaces[1].folder.exists()


def test_a_link_in_a_run_folder_is_not_taken_away(tiny_run: Run, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("secret of the machine", encoding="utf-8")
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "manifest.json").write_bytes((tiny_run.folder / "manifest.json").read_bytes())
    (folder / "notes.txt").symlink_to(secret)
    packed = zipfile.ZipFile(BytesIO(make(FOLDER, folder)[1]))
    assert packed.namelist() == ["run/manifest.json"]
