"""Figures without a reference: ride-through of racks, storage for swings at 1,000 MW."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import fit_nodes
import numpy as np
from comparison import markdown

from twin.hall import load_rack, rack_params_of, stores_of
from twin.physics.rack import rack_state
from twin.physics.ride_through import Loss, after, network_of, seconds_to
from twin.physics.smoothing import fleet_mw, ramp_statistics, smooth

RACKS = ("dgx-h100-x4", "dgx-h100-x4-rear-door", "hgx-h100-liquid", "gb200-nvl72", "gb300-nvl72")
FLEET_MW = 1000.0
LIMIT_MW_PER_MIN = 100.0
RIDE_THROUGH_TEXT = """## Ride-through

Seconds until the chips reach their operating / slowdown / trip temperature when something stops at 80 %
load and nothing else acts. Heat stores of room, loop and plant are assumed, so read the order, not the
digit: with direct-to-chip cooling a pump is a matter of seconds and belongs on the UPS.

"""
SWING_TEXT = f"""## Swings of {FLEET_MW:,.0f} MW in step

The whole fleet follows the first measured run of one node, all in step (the worst case; a fleet of many
jobs is far calmer). The last two columns are the storage that holds the connection to
{LIMIT_MW_PER_MIN:.0f} MW per minute, start and end of the job included. Samples are 2 s apart: faster
swings exist and are not in these data.

"""


def ride_through_table() -> str:
    """Return seconds to the operating, slowdown and trip temperature after each loss, at 80 % load."""
    rows = []
    for name in RACKS:
        rack, node, gpu = load_rack(name)
        params = rack_params_of(rack, node, gpu)
        state = rack_state(params, 0.8, params.air_supply_set_degc, params.liquid_supply_set_degc)
        rest = network_of(params, state, 0.8, stores_of(rack))
        limits = (params.operating_degc, params.slowdown_degc, params.trip_degc)
        cells = []
        for loss in get_args(Loss):
            network = after(rest, loss, params)
            seconds = [float(seconds_to(network, limit)) for limit in limits]
            cells.append("never" if np.isinf(seconds[0]) else " / ".join(f"{s:.0f}" for s in seconds))
        rows.append((name, *cells))
    return RIDE_THROUGH_TEXT + markdown(("rack", *get_args(Loss)), rows)


def smoothing_table(shared: Path) -> str:
    """Return swings of a 1,000 MW fleet in step with one measured run, and the storage that hides them."""
    rows = []
    for name in fit_nodes.BENCHMARKS:
        trace = fit_nodes.read_traces(shared / "h100-node-power", name)[0]
        step = float(np.median(np.diff(trace.seconds)))
        even = np.interp(np.arange(0.0, trace.seconds[-1], step), trace.seconds, trace.ac_w)
        load = fleet_mw(even, 1e6 * FLEET_MW / even.max())
        swings = ramp_statistics(load, step, LIMIT_MW_PER_MIN)
        found = smooth(load, step, LIMIT_MW_PER_MIN)
        rows.append(
            (
                name,
                f"{swings.swing_mw:.0f}",
                f"{swings.steepest_up_mw_per_min:,.0f}",
                f"{swings.steepest_down_mw_per_min:,.0f}",
                f"{swings.share_above_limit:.1%}",
                f"{found.power_mw:.0f}",
                f"{found.energy_mwh:.1f}",
            )
        )
    head = ("job", "swing MW", "steepest up MW/min", "steepest down MW/min", "time over limit", "MW", "MWh")
    return SWING_TEXT + markdown(head, rows)
