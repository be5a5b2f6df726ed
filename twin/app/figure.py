"""A figure of the report as a component of the page, drawn by the Vega that the report carries."""

from __future__ import annotations

import json
from typing import Any, ClassVar

import param
from panel.custom import JSComponent

from twin.app.style import HERE, style
from twin.report.page import drawing


class Figure(JSComponent):
    """Draws a Vega-Lite description; panel's own pane takes data apart, which maps cannot bear.

    It is drawn anew for each description, as wide as its place.
    """

    spec = param.String(default="", doc="The description as JSON; empty draws nothing.")
    quarters = param.List(default=[], doc="What the stops of a slider are called.")
    _esm = drawing() + (HERE / "figure.js").read_text("utf-8")
    _stylesheets: ClassVar[list[str]] = [style()]

    def draw(self, spec: dict[str, Any] | None, quarters: list[str]) -> None:
        """Draw a description; None draws nothing."""
        self.quarters = quarters
        self.spec = "" if spec is None else json.dumps(spec, allow_nan=False)
