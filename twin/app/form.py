"""The levers as fields of the page."""

from __future__ import annotations

import panel as pn

from twin.app.levers import CONNECTION, PATH, Lever, levers_of, text_of
from twin.config.case import Case

STYLE = (
    ".bk-input { font-size: 16px; color: #1f2933; border: 1px solid #52606d; min-height: 40px; }"
    ".bk-btn { font-size: 16px; min-height: 42px; }"
    ".bk-btn-default { background: #e4e9ee; color: #1f2933; }"
    "label { font-size: 15px; color: #1f2933; line-height: 1.35; white-space: normal; }"
)
"""Type and contrast inside widgets, whose own style sheets the page's cannot reach."""
FIELD = {"sizing_mode": "stretch_width", "stylesheets": [STYLE], "margin": (4, 0, 8, 0)}


class Form:
    """Fields of a case's levers; ``view`` is what the page shows."""

    def __init__(self) -> None:
        self.view = pn.Column(sizing_mode="stretch_width", margin=0)
        self._fields: dict[str, pn.widgets.TextInput] = {}
        self._case: Case | None = None

    def show(self, case: Case) -> None:
        """Put fields for the levers of a case on the page, each as the case has it."""
        self._case = case
        levers = levers_of(case)
        self._fields = {
            lever.key: pn.widgets.TextInput(name=lever.label, value=text_of(case, lever), **FIELD)
            for lever in levers
        }
        groups: dict[str, list[Lever]] = {"Target": [], "Limits": [], "Connections": []}
        for lever in levers:
            group = "Target" if lever.key.startswith(PATH) else "Limits"
            groups["Connections" if lever in CONNECTION else group].append(lever)
        self.view[:] = [
            item
            for title, members in groups.items()
            for item in (
                pn.pane.HTML(f"<h3 style='font-size:1.05rem;margin:8px 0 0'>{title}</h3>", margin=0),
                *(self._fields[lever.key] for lever in members),
            )
        ]

    def reset(self) -> None:
        """Put every field back to the case."""
        if self._case is not None:
            for lever in levers_of(self._case):
                self._fields[lever.key].value = text_of(self._case, lever)

    def typed(self) -> dict[str, str]:
        """Return what stands in the fields, by lever key."""
        return {key: str(field.value) for key, field in self._fields.items()}
