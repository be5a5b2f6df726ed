from __future__ import annotations

import pytest

from twin.progress import Reporter, peak_memory_mb


def test_without_a_terminal_each_quarter_is_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    reporter = Reporter()
    with reporter.stage("menu", "Pricing"):
        for done in range(101):
            reporter.advance(done, 100)
    heard = capsys.readouterr()
    assert heard.out == ""
    assert [line for line in heard.err.splitlines() if " of 100" in line] == [
        "Pricing: 25 of 100",
        "Pricing: 50 of 100",
        "Pricing: 75 of 100",
    ]
    assert reporter.seconds["menu"] >= 0
    assert any("Pricing: 50 of 100" in line for line in reporter.lines)


def test_a_quiet_reporter_says_nothing_and_keeps_the_log(capsys: pytest.CaptureFixture[str]) -> None:
    reporter = Reporter(quiet=True)
    reporter.say("found")
    assert capsys.readouterr().err == ""
    assert reporter.lines[0].endswith("found")


def test_memory_is_counted_in_megabytes() -> None:
    assert 10 < peak_memory_mb() < 100_000
