"""Numbers of the command line: each has its ends, told before anything is computed."""

from __future__ import annotations

from collections.abc import Callable

import typer

from twin.errors import BadInput, Fault

Number = int | float | None
Check = Callable[[typer.CallbackParam, Number], Number]


def within(low: float, high: float) -> Check:
    """Return what refuses a number of an option below ``low`` or above ``high``; not-a-number too."""

    def check(param: typer.CallbackParam, value: Number) -> Number:
        if value is None or low <= value <= high:
            return value
        name = str(param.opts[0]) if param.opts else str(param.name)
        raise BadInput(Fault("twin", name, value, f"a number from {low:,g} to {high:,g}"))

    return check


seeds = within(0, 2**63 - 1)
"""Seeds of draws: a name for one of them, so that it can be drawn again."""
