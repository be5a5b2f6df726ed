"""A page in headless Chromium that is watched: its errors, its requests, its width, what axe finds."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import ConsoleMessage, Page, Request

PICTURES = Path(__file__).parent / "pictures"
"""Where screenshots are left to be looked at; not part of the repository."""
HERE = ("127.0.0.1", "localhost", "::1")
GRAVE = ("serious", "critical")


@dataclass
class Watched:
    """A page with what went wrong on it so far; ``page`` is Playwright's."""

    page: Page
    wrong: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.wrong.append(f"page error: {error}"))
        self.page.on("request", self._asked)
        self.page.on("requestfailed", lambda request: self.wrong.append(f"request failed: {request.url}"))

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.wrong.append(f"console: {message.text}")

    def _asked(self, request: Request) -> None:
        where = urlsplit(request.url)
        if where.scheme not in ("file", "data", "blob") and where.hostname not in HERE:
            self.wrong.append(f"asked the network: {request.url}")

    def check_quiet(self) -> None:
        """Fail where the page had errors or asked for anything that is not on this machine."""
        assert not self.wrong, "\n".join(self.wrong)

    def check_axe(self, *left_out: str) -> None:
        """Fail on serious and critical findings of axe, but for the rules ``left_out``."""
        rules = {name: {"enabled": False} for name in left_out}
        found = Axe().run(self.page, options={"resultTypes": ["violations"], "rules": rules})
        grave = [v for v in found.response["violations"] if v["impact"] in GRAVE]
        told = [f"{v['id']} ({v['impact']}): {v['help']}; {v['nodes'][0]['html'][:300]}" for v in grave]
        assert not grave, "\n".join(told)

    def check_width(self) -> None:
        """Fail where the page is wider than its window."""
        wide = self.page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
        assert wide[0] <= wide[1], f"the page is {wide[0]} px wide in a window of {wide[1]} px"

    def picture(self, name: str, *, whole: bool = True) -> Path:
        """Leave a screenshot to be looked at, and return its file."""
        PICTURES.mkdir(exist_ok=True)
        path = PICTURES / f"{name}.png"
        self.page.screenshot(path=path, full_page=whole)
        return path
