"""The server of the app: on this machine alone unless told otherwise, with its processes and its folders."""

from __future__ import annotations

import secrets
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import panel as pn
from bokeh.server.server import Server
from tornado.httputil import HTTPHeaders
from tornado.web import OutputTransform

from twin.app import pieces
from twin.app.desk import Desk
from twin.app.files import Maker
from twin.app.page import Page
from twin.app.runs import Given, given_runs
from twin.errors import BadInput, Fault, SystemFailure
from twin.ground import MENU_CACHE

LOCAL = "127.0.0.1"
ANY = ("0.0.0.0", "::")  # noqa: S104 - compared with, never a default
MOST_SESSIONS = 32
"""Pages that may be open at once; the next is told to come again."""
LEFT_MS = 15_000
"""How long a page that was left keeps its plans, milliseconds."""
MOST_SENT_BYTES = 1_000_000
"""Longest message that a browser may send; a page sends a few letters."""


def serve(
    folders: Sequence[Path], out: Path, address: str, port: int, origins: Sequence[str],
    say: Callable[[str], None],
) -> None:  # fmt: skip
    """Serve the app until it is interrupted; ``say`` gets a line for whoever started it.

    ``origins`` are further names (HOST:PORT) under which browsers may know this server. Port 0 takes any free
    one. Raises BadInput where no run given can be read, SystemFailure where the port is taken.
    """
    given = given_runs(folders)
    for fault in given.faults:
        say(f"not served: {fault}")
    if address != LOCAL:
        say(f"warning: whoever reaches {address} can plan here; there is no password and no encryption")
    with served(given, out, address, port, origins) as server:
        server.start()
        say(f"the app is at http://{_shown(address)}:{server.port} (end it with Ctrl-C)")
        server.run_until_shutdown()


@contextmanager
def served(given: Given, out: Path, address: str, port: int, origins: Sequence[str] = ()) -> Iterator[Server]:
    """Hold a server that is ready to run; its processes and its sessions' folders end with it."""
    desk, maker = Desk(out / MENU_CACHE), Maker()
    pages: list[Page] = []
    pn.extension()

    def page() -> pn.Template | pn.pane.HTML:
        if len(pages) >= MOST_SESSIONS:
            expected = f"at most {MOST_SESSIONS} open pages"
            full = Fault("server", "pages", len(pages), expected, "close one, or come again in a minute")
            return pn.pane.HTML(pieces.refusal(BadInput(full)))
        made = Page(given, desk, maker, out)
        pages.append(made)
        pn.state.on_session_destroyed(lambda _: left(made))
        return made.template()

    def left(made: Page) -> None:
        pages.remove(made)
        made.close()

    try:
        yield _server(page, address, port or _free_port(address), origins)
    finally:
        desk.close()
        maker.close()
        for each in pages:
            each.close()


def known_as(address: str, port: int, origins: Sequence[str]) -> list[str]:
    """Return the names under which browsers may open the app; pages of other sites may not talk to it."""
    names = [address] if address not in ANY else [LOCAL, socket.gethostname(), socket.getfqdn()]
    local = ["localhost"] if LOCAL in names else []
    return [*(f"{_shown(name)}:{port}" for name in dict.fromkeys([*names, *local])), *origins]


class _Guarded(OutputTransform):
    """Headers of every answer: no page of another site may frame this one, nor a browser guess at types."""

    def transform_first_chunk(
        self, status_code: int, headers: HTTPHeaders, chunk: bytes, finishing: bool
    ) -> tuple[int, HTTPHeaders, bytes]:
        headers["Content-Security-Policy"] = "frame-ancestors 'none'; object-src 'none'; base-uri 'none'"
        headers["X-Frame-Options"], headers["X-Content-Type-Options"] = "DENY", "nosniff"
        headers["Referrer-Policy"] = "no-referrer"
        return status_code, headers, chunk


def _server(
    page: Callable[[], pn.Template | pn.pane.HTML], address: str, port: int, origins: Sequence[str]
) -> Server:
    """Return the server. A session is whose token this server signed: nobody can choose or guess one."""
    try:
        server: Server = pn.io.server.get_server(
            {"/": page}, port=port, address=address, websocket_origin=known_as(address, port, origins),
            title="twin: the planner's desk", show=False, start=False,
            unused_session_lifetime_milliseconds=LEFT_MS,
            check_unused_sessions_milliseconds=LEFT_MS // 3, websocket_max_message_size=MOST_SENT_BYTES,
            sign_sessions=True, secret_key=secrets.token_hex(32),
        )  # fmt: skip
        server._tornado.add_transform(_Guarded)
        return server
    except OSError as error:
        raise SystemFailure(f"cannot serve at {address}:{port}: {error}; try another --port") from error


def _free_port(address: str) -> int:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as probe:
        probe.bind((address, 0))
        return int(probe.getsockname()[1])


def _shown(address: str) -> str:
    """Return an address as it stands in a URL."""
    return f"[{address}]" if ":" in address else address
