"""Names from files reach the terminal as text: no markup, no control sequence, no turned reading order."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.progress import Progress, TextColumn
from rich.table import Table
from rich.text import Text

from twin.cli import commands
from twin.console import Console, visible
from twin.errors import BadInput, Fault

MARKUP = ("[red]FR[/red]", "[link=https://evil.example]click[/link]", "[/]", "[bold", ":skull:", "a[1]")
OBEYED = (
    "\x1b[2J", "\x1b]0;title\x07", "\x1b]8;;https://evil.example\x1b\\click\x1b]8;;\x1b\\", "\x9b31m", "a\rb",
    "\x08\x08", "\u202egnp.exe", "\u2066hidden\u2069", "\x7f", "\x00",
)  # fmt: skip

STRIPPED = dict.fromkeys(map(ord, "\x07\x08\r"))
"""What rich leaves out by itself."""


def printed(thing: object) -> str:
    out = io.StringIO()
    Console(file=out, width=200, force_terminal=True, color_system="truecolor").print(thing, highlight=False)
    return out.getvalue()


def tables_of(text: str) -> list[object]:
    table = Table(text, title=text, caption=text, min_width=80)
    table.add_row(text)
    return [text, Text(text), table]


@pytest.mark.parametrize("text", MARKUP)
def test_markup_is_shown_not_obeyed(text: str) -> None:
    for thing in tables_of(text):
        assert text in printed(thing)


@pytest.mark.parametrize("text", OBEYED)
def test_what_a_terminal_obeys_is_shown_as_a_sign(text: str) -> None:
    for thing in tables_of(text):
        told = printed(thing)
        assert visible(text.translate(STRIPPED)) in told
        assert "\x1b]" not in told and "\x1b[2J" not in told
        assert not set(told) & set(text) & set("\x00\x07\x08\r\x7f\x9b\u202e\u2066\u2069")


@given(st.text(max_size=60))
def test_any_text_is_printed_without_control_characters(text: str) -> None:
    told = visible(text)
    assert len(told) == len(text)
    assert all(sign in "\n\t" or sign.isprintable() or not sign.isascii() for sign in told)
    assert visible(told) == told


def test_a_message_of_error_is_shown_not_obeyed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> None:
        raise BadInput(Fault("a\x1b[2Jb.toml", "[red]key", "value", "\x1b]0;title\x07", "[/]"))

    monkeypatch.setattr(commands, "app", fail)
    with pytest.raises(SystemExit) as ended:
        commands.main()
    told = capsys.readouterr().err
    assert ended.value.code == 2
    assert "\x1b" not in told and "\x07" not in told
    assert "a␛[2Jb.toml: [red]key" in told and "; [/]" in told


def test_an_unforeseen_error_is_shown_not_obeyed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> None:
        raise RuntimeError("\x1b[2J[red]")

    monkeypatch.setattr(commands, "app", fail)
    with pytest.raises(SystemExit) as ended:
        commands.main()
    assert ended.value.code == 4
    assert "unexpected RuntimeError: ␛[2J[red]" in capsys.readouterr().err


def test_the_bar_of_a_stage_takes_names_as_text() -> None:
    out = io.StringIO()
    console = Console(file=out, width=100, force_terminal=True)
    column = TextColumn("{task.description}", style="bold", markup=False)
    with Progress(column, console=console, transient=True) as bar:
        bar.add_task("[red]name\x1b]0;x\x07", total=None)
        bar.refresh()
    assert "[red]name␛]0;" in out.getvalue()
    assert "\x1b]" not in out.getvalue()
