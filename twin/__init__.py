"""A planner's digital twin of a European AI compute fleet.

Public names: ``load_case``, ``plan_case``, ``open_run``, ``check_run``, ``compare``, ``plan_view``,
``sites``, ``site_rows``, ``draw_map``, ``draw_path``, ``export_run``, ``Reporter``. They load when first
used, so that importing one room does not import all.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_HOMES = {
    "load_case": "twin.run",
    "plan_case": "twin.run",
    "check_run": "twin.run",
    "open_run": "twin.results",
    "site_rows": "twin.export.rows",
    "sites": "twin.export.rows",
    "plan_view": "twin.export.table",
    "draw_map": "twin.export.map",
    "draw_path": "twin.export.path",
    "compare": "twin.export.compare",
    "export_run": "twin.exchange.export",
    "Reporter": "twin.progress",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    """Return a public name from its room. Raises AttributeError for any other."""
    if name not in _HOMES:
        raise AttributeError(f"module 'twin' has no public name {name!r}; it has {', '.join(__all__)}")
    return getattr(import_module(_HOMES[name]), name)
