"""Where the server listens and who may talk to it."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from typer.testing import CliRunner

from twin.app.runs import given_runs
from twin.app.server import known_as, served
from twin.cli.commands import app
from twin.errors import BadInput, SystemFailure


def test_by_default_only_pages_of_this_machine_may_talk_to_it() -> None:
    assert known_as("127.0.0.1", 5006, []) == ["127.0.0.1:5006", "localhost:5006"]


def test_at_an_address_only_pages_of_that_address_may() -> None:
    assert known_as("192.0.2.7", 80, ["twin.example:443"]) == ["192.0.2.7:80", "twin.example:443"]
    assert known_as("::1", 80, []) == ["[::1]:80"]


def test_at_every_address_the_machines_names_may_but_not_all() -> None:
    names = known_as("0.0.0.0", 5006, [])
    assert f"{socket.gethostname()}:5006" in names
    assert not any("*" in name or "0.0.0.0" in name for name in names)


def test_a_port_that_is_taken_is_said(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = int(other.getsockname()[1])
        with (
            pytest.raises(SystemFailure, match="another --port"),
            served(given_runs([]), tmp_path, "127.0.0.1", port),
        ):
            pass


def test_the_verb_refuses_runs_of_which_none_can_be_read(tmp_path: Path) -> None:
    found = CliRunner().invoke(app, ["serve", str(tmp_path / "none"), "--port", "0"])
    assert isinstance(found.exception, BadInput)
    assert "none" in str(found.exception)
