"""The plan on the page: its figures, pictures and files, beside the plan it is compared with."""

from __future__ import annotations

import io

import panel as pn

from twin.app import pieces
from twin.app.figure import Figure
from twin.app.files import Maker, not_on_offer, on_offer
from twin.app.form import FIELD
from twin.app.pictures import names_of, picture
from twin.app.runs import Workspace
from twin.app.style import style
from twin.errors import TwinError
from twin.report.facts import Facts
from twin.report.html import bullets, details

BASE, NEW = "the plan you start from", "Your plan"
WIDE = {"sizing_mode": "stretch_width", "margin": 0}


class Results:
    """What the right side of the page shows; ``view`` is it."""

    def __init__(self, maker: Maker, space: Workspace) -> None:
        self._maker, self._space = maker, space
        self._facts: Facts | None = None
        self._other: Facts | None = None
        self._figures = pn.pane.HTML("", stylesheets=[style()], **WIDE)
        self._compared = pn.pane.HTML("", stylesheets=[style()], **WIDE)
        self._name = pn.widgets.Select(name="Picture", options=names_of(two=False), **FIELD)
        self._drawn = Figure(**WIDE)
        self._words = pn.pane.HTML("", stylesheets=[style()], **WIDE)
        self._kind = pn.widgets.Select(name="File", options=on_offer(), **FIELD)
        self._take = pn.widgets.FileDownload(
            callback=self._file, filename="plan", label="Make and download", auto=True,
            button_type="primary", **FIELD,
        )  # fmt: skip
        lacking = details("Not installed here", bullets(lines)) if (lines := not_on_offer()) else ""
        self._note = pn.pane.HTML(lacking, stylesheets=[style()], **WIDE)
        self._name.param.watch(lambda _: self._draw(), "value")
        files = pn.Column(pn.pane.HTML("<h3>Take it away</h3>", stylesheets=[style()], **WIDE),
                          self._kind, self._take, self._note, max_width=420, **WIDE)  # fmt: skip
        self.view = pn.Column(
            self._figures, self._compared, self._name, self._words, self._drawn, files, visible=False, **WIDE
        )

    def show(self, facts: Facts | None, other: Facts | None) -> None:
        """Show a plan, and beside it the one it is compared with; None shows nothing."""
        self._facts, self._other = facts, other
        self.view.visible = facts is not None
        if facts is None:
            return
        name = NEW if other else "The plan you start from"
        self._figures.object = pieces.plan_block(facts, name)
        self._compared.object = pieces.comparison_block(other, facts, (BASE, NEW)) if other else ""
        self._name.options = names_of(two=other is not None)
        self._draw()

    def _draw(self) -> None:
        if self._facts is not None:
            self._words.object, spec = picture(str(self._name.value), self._facts, self._other)
            self._drawn.draw(spec, self._facts.quarters)

    def _file(self) -> io.BytesIO:
        """Return the file that was asked for, under its own name."""
        if self._facts is None:
            return io.BytesIO()
        others = [self._other.run.folder] if self._other else []
        try:
            name, content = self._maker.make(str(self._kind.value), self._facts.run.folder, others)
        except (TwinError, OSError) as error:
            self._note.object = pieces.refusal(error if isinstance(error, TwinError) else TwinError(error))
            raise
        self._take.filename = name
        return io.BytesIO(content)
