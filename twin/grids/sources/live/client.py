"""The one place that talks HTTP: paced, patient, and silent about keys."""

from __future__ import annotations

import logging
import os
import random
import time
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from importlib import import_module
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit, urlunsplit

from twin.errors import BadInput, Fault, brief
from twin.reading import UNREADABLE, said_of

T = TypeVar("T")
Nothing = Callable[[int, bytes], bool]
"""Says of a status and a body whether they mean: nothing published there."""

TRIES = 6
LONGEST_WAIT_S = 900.0
"""A source that asks for more patience than this is left for another day."""
MOST_BYTES = 64_000_000
"""Longest answer, unpacked; ten times the largest that sources send, a month of generation by type."""
LONGEST_ANSWER_S = 600.0
"""An answer that drips for longer is given up."""
SILENCE_S = (10.0, 60.0)
"""Longest wait for a connection, and for the next piece of an answer."""
TOLD_S = 5.0
"""Of a longer wait before another try, and of each after the first, a planner is told."""
SILENT = ("no connection in time", "no answer in time")
_PIECE = 65_536
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504, 520, 522, 524})
_PAUSE = "TWIN_FETCH_PAUSE_S"


class NoData(Exception):
    """The source answered that it has nothing for this chunk."""


class SourceFault(Exception):
    """The source failed, or its answer cannot be used; the message holds no key."""


class _Passing(Exception):
    """A fault that may pass: try again after ``wait_s`` at the earliest."""

    def __init__(self, text: str, wait_s: float = 0.0) -> None:
        super().__init__(text)
        self.wait_s = wait_s


class _Redact(logging.Filter):
    """Strikes keys out of the log lines of the HTTP library."""

    def __init__(self) -> None:
        super().__init__()
        self.secrets: set[str] = set()

    def filter(self, record: logging.LogRecord) -> bool:
        text = record.getMessage()
        if any(secret in text for secret in self.secrets):
            record.msg, record.args = self.strike(text), ()
        return True

    def strike(self, text: str) -> str:
        for secret in self.secrets:
            text = text.replace(secret, "***")
        return text


_REDACT = _Redact()
for _name in ("urllib3.connectionpool", "urllib3.util.retry"):
    logging.getLogger(_name).addFilter(_REDACT)


class Client:
    """Makes calls at each host's pace and tries again what may pass.

    ``sleep``, ``clock`` and ``chance`` can be replaced, so that tests need not wait.
    """

    def __init__(
        self,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
        say: Callable[[str], None] = lambda line: None,
    ) -> None:
        """Open a session; ``say`` is told of long waits.

        Raises BadInput when the extra ``live`` is not installed or the pause is odd.
        """
        self._requests = _library()
        self._session = self._requests.Session()
        self._session.headers["User-Agent"] = "twin (datacentre planning)"
        self._sleep, self._clock, self._chance, self._say = sleep, clock, chance, say
        self._last: dict[str, float] = {}
        self._pause_s = _pause()

    def get(
        self,
        url: str,
        params: Mapping[str, str],
        read: Callable[[bytes], T],
        *,
        pause_s: float,
        secret: Mapping[str, str] | None = None,
        nothing: Nothing = lambda status, body: False,
    ) -> T:
        """Return ``read(body)`` of a GET.

        Calls to one host start at least ``pause_s`` apart. Broken connections, truncated bodies, bodies
        that ``read`` cannot take, and passing statuses (429, 5xx) are tried again
        with growing, jittered waits, never before the ``retry-after`` of the answer. Bodies over
        ``MOST_BYTES`` are refused. ``secret`` is sent as query and appears nowhere else. Raises NoData where
        ``nothing`` says so, else SourceFault.
        """
        _REDACT.secrets |= {form for key in (secret or {}).values() for form in (key, quote(key, safe=""))}
        fault = "nothing tried"
        for attempt in range(TRIES):
            try:
                return self._once(url, params, read, pause_s, secret or {}, nothing)
            except _Passing as passing:
                fault = str(passing)
                if passing.wait_s > LONGEST_WAIT_S:
                    raise SourceFault(f"{fault}: asks to wait {passing.wait_s:.0f} s") from None
                if attempt + 1 < TRIES:
                    wait_s = max(passing.wait_s, self._back_off_s(attempt))
                    if attempt or wait_s > TOLD_S or fault in SILENT:
                        host = urlsplit(public(url)).netloc
                        self._say(f"{host}: {fault}; try {attempt + 2} of {TRIES} in {wait_s:.0f} s")
                    self._sleep(wait_s)
        raise SourceFault(f"{fault} ({TRIES} tries)")

    def _once(
        self, url: str, params: Mapping[str, str], read: Callable[[bytes], T], pause_s: float,
        secret: Mapping[str, str], nothing: Nothing,
    ) -> T:  # fmt: skip
        self._wait_for_turn(urlsplit(url).netloc, pause_s)
        errors = self._requests.exceptions
        try:
            with self._session.get(
                url, params={**params, **secret}, timeout=SILENCE_S, allow_redirects=not secret, stream=True
            ) as answer:
                status, body = int(answer.status_code), self._bounded(answer)
        except (errors.ConnectionError, errors.Timeout, errors.ChunkedEncodingError,
                errors.ContentDecodingError) as error:  # fmt: skip
            raise _Passing(_words(type(error).__name__)) from None
        except errors.RequestException as error:
            raise SourceFault(f"the address cannot be used ({type(error).__name__})") from None
        if nothing(status, body):
            raise NoData
        if status in _PASSING:
            raise _Passing(f"HTTP {status}", _retry_after_s(answer.headers.get("retry-after", "")))
        if status in (401, 403):
            raise SourceFault(f"HTTP {status}: the source refused the call" + (" or the key" * bool(secret)))
        if status != 200:
            raise SourceFault(f"HTTP {status}: {_REDACT.strike(_snippet(body))}")
        try:
            return read(body)
        except UNREADABLE as error:
            raise _Passing(f"unreadable answer: {_said(error)}") from None

    def _bounded(self, answer: Any) -> bytes:
        """Return the body, unpacked piece by piece. Raises SourceFault where it has no end."""
        body, until = bytearray(), self._clock() + LONGEST_ANSWER_S
        for piece in answer.iter_content(_PIECE):
            body += piece
            if len(body) > MOST_BYTES:
                raise SourceFault(f"the answer is longer than {MOST_BYTES // 1_000_000} MB")
            if self._clock() > until:
                raise SourceFault(f"the answer was not whole after {LONGEST_ANSWER_S:.0f} s")
        return bytes(body)

    def _wait_for_turn(self, host: str, pause_s: float) -> None:
        pause_s = pause_s if self._pause_s is None else self._pause_s
        due = self._last.get(host, -1e9) + pause_s - self._clock()
        if due > 0:
            self._sleep(due)
        self._last[host] = self._clock()

    def _back_off_s(self, attempt: int) -> float:
        """Return 1, 2, 4 … at most 60 s, each half fixed and half by chance."""
        return float(min(60.0, 2.0**attempt) * (0.5 + 0.5 * self._chance()))


def base_url(variable: str, default: str) -> str:
    """Return the base address of a source; an environment variable may point it at a proxy."""
    return (os.environ.get(variable) or default).rstrip("/")


def public(url: str) -> str:
    """Return an address fit to be stored: without user, password, query."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, "", ""))


def _library() -> Any:
    try:
        return import_module("requests")
    except ImportError as error:
        raise BadInput(
            Fault("python", "requests", "not installed", "the extra for live sources",
                  "install it with: pip install 'twin[live]'")
        ) from error  # fmt: skip


def _pause() -> float | None:
    text = os.environ.get(_PAUSE)
    if text is None:
        return None
    try:
        return max(float(text), 0.0)
    except ValueError:
        raise BadInput(Fault("environment", _PAUSE, text, "seconds between two calls of one host")) from None


def _retry_after_s(text: str) -> float:
    """Return the seconds that a ``retry-after`` header asks for: a number or a date."""
    try:
        return max(float(text), 0.0)
    except ValueError:
        pass
    try:
        return max(parsedate_to_datetime(text).timestamp() - time.time(), 0.0)
    except (TypeError, ValueError):
        return 0.0


def _said(error: Exception) -> str:
    """Return what is wrong with an answer that lacks a part, or has one of another form."""
    text = " ".join(_REDACT.strike(str(error)).split())  # before it is cut, so that no half of a key stays
    if type(error) in (KeyError, ValueError) and text:
        return brief(f"without {text}" if type(error) is KeyError else text)
    return said_of(error)


def _words(name: str) -> str:
    known = {
        "ConnectionError": "no connection",
        "ConnectTimeout": "no connection in time",
        "ReadTimeout": "no answer in time",
        "ChunkedEncodingError": "the answer broke off",
    }
    return known.get(name, name)


def _snippet(body: bytes) -> str:
    text = " ".join(body[:400].decode("utf-8", errors="replace").split())
    return text[:120] or "no text"
