"""A planner's digital twin of a European AI compute fleet.

Public names, by what they are for; they load when first used, so that importing one room does not import all.

- Plan: ``load_case``, ``plan_case``, ``open_run``, ``check_run``, ``Reporter``.
- Read a plan: ``plan_view``, ``sites``, ``site_rows``, ``site_frame``, ``supply_frame``, ``draw_map``,
  ``draw_path``, ``chart``, ``write_figures``.
- Take it elsewhere: ``write_report``, ``export_run``.
- Hold plans side by side: ``compare``, ``compare_view``, ``premiums``.
- Ask whether a rack works: ``rack_at``, ``verdicts``, ``draw_rack``.
- Ask what may go otherwise: ``risk_data``, ``risk_view``, ``draw_fan``, ``draw_slips``, ``hold_case``,
  ``flexibility``, ``flexibility_view``.
- Operate a plan: ``replay_run``, ``replay_view``, ``replay_data``, ``report_run``, ``watch_run``,
  ``WatchRequest``, ``watch_view``, ``draw_watches``.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_HOMES = {
    "load_case": "twin.inputs",
    "plan_case": "twin.run",
    "check_run": "twin.run",
    "open_run": "twin.results",
    "site_rows": "twin.export.rows",
    "sites": "twin.export.rows",
    "site_frame": "twin.export.frames",
    "supply_frame": "twin.export.frames",
    "plan_view": "twin.export.table",
    "draw_map": "twin.export.map",
    "draw_path": "twin.export.path",
    "compare": "twin.export.compare",
    "export_run": "twin.exchange.export",
    "write_report": "twin.report.page",
    "chart": "twin.report.charts",
    "write_figures": "twin.report.figures",
    "compare_view": "twin.export.compare_view",
    "premiums": "twin.export.compare",
    "rack_at": "twin.rack_check",
    "verdicts": "twin.rack_check",
    "draw_rack": "twin.export.rack",
    "risk_data": "twin.risk.assess",
    "risk_view": "twin.export.risk",
    "draw_fan": "twin.export.risk_pictures",
    "draw_slips": "twin.export.risk_pictures",
    "hold_case": "twin.risk.holding",
    "flexibility": "twin.risk.flexibility",
    "flexibility_view": "twin.export.flexibility",
    "replay_run": "twin.control_room.replay",
    "replay_view": "twin.export.replay",
    "replay_data": "twin.export.replay",
    "report_run": "twin.control_room.indicators",
    "watch_run": "twin.control_room.watch",
    "WatchRequest": "twin.control_room.watch",
    "watch_view": "twin.export.watch",
    "draw_watches": "twin.export.watch",
    "Reporter": "twin.progress",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    """Return a public name from its room. Raises AttributeError for any other."""
    if name not in _HOMES:
        raise AttributeError(f"module 'twin' has no public name {name!r}; it has {', '.join(__all__)}")
    return getattr(import_module(_HOMES[name]), name)
