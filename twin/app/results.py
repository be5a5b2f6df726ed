"""The plan on the page: its figures, pictures and files, beside the plan it is compared with."""

from __future__ import annotations

import asyncio
import io

import panel as pn

from twin.app import pieces
from twin.app.figure import Figure
from twin.app.files import Maker, not_on_offer, on_offer
from twin.app.form import FIELD
from twin.app.pictures import names_of, picture
from twin.app.style import style
from twin.errors import BadInput, Fault, TwinError
from twin.report.facts import Facts
from twin.report.html import bullets, details

START, NEW = "The start", "Your plan"
WIDE = {"sizing_mode": "stretch_width", "margin": 0}


class Results:
    """What the right side of the page shows; ``view`` is it."""

    def __init__(self, maker: Maker) -> None:
        self._maker = maker
        self._facts: Facts | None = None
        self._other: Facts | None = None
        self._making = False
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
        self._note = pn.pane.HTML("", stylesheets=[style()], **WIDE)
        lacking = details("Not installed here", bullets(lines)) if (lines := not_on_offer()) else ""
        heading, lack = (
            pn.pane.HTML(each, stylesheets=[style()], **WIDE) for each in ("<h3>Take it away</h3>", lacking)
        )
        self._name.param.watch(self._draw, "value")
        files = pn.Column(heading, self._kind, self._take, self._note, lack, max_width=420, **WIDE)
        self.view = pn.Column(
            self._figures, self._compared, self._name, self._words, self._drawn, files, visible=False, **WIDE
        )

    async def show(self, facts: Facts | None, other: Facts | None) -> None:
        """Show a plan, and beside it the one it is compared with; None shows nothing."""
        self._facts, self._other = facts, other
        self.view.visible = facts is not None
        if facts is None:
            return
        self._figures.object = pieces.plan_block(facts, NEW if other else START)
        self._compared.object = pieces.comparison_block(other, facts, (START, NEW)) if other else ""
        self._name.options = names_of(two=other is not None)
        await self._draw()

    async def _draw(self, *_: object) -> None:
        """Draw the picture that is chosen; some take seconds, in which the page stays alive."""
        facts, other, name = self._facts, self._other, str(self._name.value)
        if facts is None:
            return
        said, spec = await asyncio.to_thread(picture, name, facts, other)
        if (facts, other, name) == (self._facts, self._other, self._name.value):  # nothing newer was asked
            self._words.object = said
            self._drawn.draw(spec, facts.quarters)

    async def _file(self) -> io.BytesIO:
        """Return the file that was asked for, and give it its name."""
        if self._facts is None:
            raise BadInput(Fault("files", "plan", "none", "a plan on the page"))
        if self._making:  # a button that is shut does not stop a browser that sends clicks by itself
            raise BadInput(Fault("files", "files at once", 2, "one file at a time"))
        others = [self._other.run.folder] if self._other else []
        self._making, self._take.disabled, self._note.object = True, True, pieces.notice("Making the file …")
        try:
            name, content = await self._maker.make(str(self._kind.value), self._facts.run.folder, others)
        except (TwinError, OSError) as error:
            self._note.object = pieces.refusal(error)
            raise
        finally:
            self._making, self._take.disabled = False, False
        self._take.filename, self._note.object = name, pieces.notice(f"Made {name}.")
        return io.BytesIO(content)
