"""The page of one session: its fields, its buttons, its plans."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import panel as pn

from twin.app import pieces
from twin.app.desk import CANCELLED, DONE, Desk, Job
from twin.app.files import Maker
from twin.app.form import FIELD, Form
from twin.app.levers import changed
from twin.app.results import WIDE, Results
from twin.app.runs import Given, Start, Workspace
from twin.app.style import HERE, style
from twin.app.worker import Order
from twin.errors import SystemFailure, TwinError
from twin.report.facts import Facts
from twin.report.page import vega

TICK_MS = 400
"""How often the page asks where the plan is, milliseconds."""


class Page:
    """What one session sees and does. ``close`` ends its work and removes its runs."""

    def __init__(self, given: Given, desk: Desk, maker: Maker, out: Path) -> None:
        self._given, self._desk, self._out = given, desk, out
        self._space = Workspace.new(out)
        self._job: Job | None = None
        self._first: Path | None = None
        self._base: Facts | None = None
        self._looking, self._unseen = False, False
        self._ticker: Any = None
        self._form, self._results = Form(), Results(maker)
        options = {start.label: key for key, start in given.starts.items()}
        self._start = pn.widgets.Select(name="Start from", options=options, **FIELD)
        self._plan = pn.widgets.Button(name="Plan again", button_type="primary", **FIELD)
        self._cancel = pn.widgets.Button(name="Cancel", disabled=True, **FIELD)
        self._reset = pn.widgets.Button(name="Put levers back", **FIELD)
        self._said = pn.pane.HTML("", stylesheets=[style()], **WIDE)
        self._start.param.watch(self._chosen, "value")
        self._plan.on_click(self._asked)
        self._cancel.on_click(self._cancelled)
        self._reset.on_click(lambda _: self._form.reset())
        self._form.show(self._begun.case)
        pn.state.onload(self._chosen)

    def template(self) -> pn.Template:
        """Return the page with everything in its place."""
        faults = pn.pane.HTML(pieces.faulty_runs(self._given.faults), stylesheets=[style()], **WIDE)
        template = pn.Template((HERE / "page.html").read_text("utf-8"))
        buttons = pn.Column(
            self._plan, pn.Row(self._cancel, pn.Spacer(width=8), self._reset, **WIDE), self._said, **WIDE
        )  # fmt: skip
        template.add_variable("style", style())
        template.add_variable("vega", vega())
        template.add_panel("faults", faults)
        template.add_panel("start", self._start)
        template.add_panel("levers", self._form.view)
        template.add_panel("buttons", buttons)
        template.add_panel("results", self._results.view)
        return template

    def close(self) -> None:
        """End the session's plan and remove its folder."""
        if self._job is not None:
            self._desk.cancel(self._job)
        self._space.close()

    @property
    def _begun(self) -> Start:
        return self._given.starts[str(self._start.value)]

    async def _chosen(self, *_: object) -> None:
        """Show what was chosen; of many choices in a row, which a browser may send, the last alone."""
        self._cancelled()
        self._unseen = True
        if self._looking:
            return
        self._looking = True
        try:
            while self._unseen:
                self._unseen = False
                await self._look()
        finally:
            self._looking = False

    async def _look(self) -> None:
        """Show the levers of what was chosen and its plan, where there is one; have the ground laid."""
        start = self._begun
        self._form.show(start.case)
        try:
            self._base = await asyncio.to_thread(self._space.base_of, start, self._out)
        except TwinError as error:
            self._base, self._said.object = None, pieces.refusal(error)
            return
        word = "Move levers and plan again." if self._base else "Not planned yet: its plan comes first."
        self._said.object = pieces.notice(word)
        self._desk.warm(start.case)
        await self._results.show(self._base, None)

    async def _asked(self, *_: object) -> None:
        """Put the plan in the queue, after that of the unchanged case where it has none."""
        start = self._begun
        try:
            case = changed(start.case, self._form.typed())
            same = case == start.case
            if same and self._base is not None:
                self._said.object = pieces.notice("No lever was moved: this is the plan you start from.")
                await self._results.show(self._base, None)
                return
            cases = (start.case,) if same else (case,) if self._base else (start.case, case)
            order = Order(start.case, cases, self._space.folder)
            self._job = self._desk.submit(self._space.folder.name, order)
        except TwinError as error:
            self._said.object = pieces.refusal(error)
            return
        self._busy(True)
        self._ticker = pn.state.add_periodic_callback(partial(pn.state.execute, self._tick), TICK_MS)
        await self._tick()

    def _cancelled(self, *_: object) -> None:
        """End the plan in the making; the next tick says so."""
        if self._job is not None:
            self._desk.cancel(self._job)

    async def _tick(self) -> None:
        """Show where the plan is; at its end, the plan."""
        job = self._job
        if job is None:
            return
        if not job.is_over:
            self._said.object = pieces.progress(job, self._desk.ahead(job))
            if job.first is not None and job.first != self._first:
                self._first = job.first
                await self._show_first(job, job.first)
            return
        self._job, first, self._first = None, self._first, None
        self._ticker.stop()
        self._busy(False)
        if job.state == CANCELLED:
            kept = "the first plan stays, with its gap open" if first else "nothing was kept of this plan"
            self._said.object = pieces.notice(f"Cancelled; {kept}.")
        elif job.state == DONE:
            await self._made(job)
        else:
            self._said.object = pieces.refusal(job.error or SystemFailure("the plan ended without a word"))

    async def _show_first(self, job: Job, folder: Path) -> None:
        """Show a plan whose proof is still sought beside the start; its proven gap is among its figures."""
        with suppress(TwinError):  # the plan that follows tells what is wrong
            facts = await asyncio.to_thread(self._space.take, folder)
            if job is self._job and self._base is not None and job.order.ground is self._begun.case:
                await self._results.show(facts, self._base)

    async def _made(self, job: Job) -> None:
        """Open the plan and show it beside the start, unless another start was chosen meanwhile."""
        self._said.object = pieces.notice("Opening the plan …")
        try:
            made = [await asyncio.to_thread(self._space.take, folder) for folder in job.folders]
        except TwinError as error:
            self._said.object = pieces.refusal(error)
            return
        if job.order.ground is not self._begun.case:
            return
        self._base = self._base or made[0]
        same = made[-1].run.folder == self._base.run.folder
        self._said.object = pieces.notice(f"Planned and certified in {job.seconds:.1f} s.")
        await self._results.show(made[-1], None if same else self._base)

    def _busy(self, busy: bool) -> None:
        self._plan.disabled, self._cancel.disabled = busy, not busy
