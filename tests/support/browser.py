"""Debian's Chromium, driven by Playwright, for the tests of pages: with nothing on the network but loopback.

A browser is opened for one test at a time: while Playwright's synchronous interface is open, no other event loop may
run in the process.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Route, sync_playwright

CHROMIUM = Path("/usr/bin/chromium")
# Nothing of Chromium's own business on the network; the sandbox cannot start where tests run as root.
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --no-proxy-server --disable-dev-shm-usage"
).split()
_VIOLATIONS = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) =>
    window.violations.push(event.violatedDirective + " " + event.blockedURI + " " + event.sample));
"""


@contextmanager
def browser() -> Iterator[Browser]:
    """A browser with an empty profile, for as long as the body runs."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            yield opened
        finally:
            opened.close()


STANDARDS = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


def serious(page: Page) -> list[str]:
    """What axe finds that keeps people out, with the places."""
    found = Axe().run(page, options=STANDARDS).response["violations"]
    return [
        f"{each['id']}: {[node['target'] for node in each['nodes']][:5]}"
        for each in found
        if each["impact"] in ("serious", "critical")
    ]


@dataclass
class Watched:
    """A page opened from disk or a server, with all that it did: nothing of this may stay unread (``assert_quiet``).

    ``allowed`` are the beginnings of the addresses that it may ask for.
    """

    page: Page
    allowed: tuple[str, ...] = ("file:", "data:", "blob:")
    requests: list[str] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)

    def assert_quiet(self) -> None:
        """Only allowed requests, no error or warning on the console, no dialog, no violation of the policy."""
        assert [url for url in self.requests if not url.startswith(self.allowed)] == []
        assert self.troubles == []
        assert self.page.evaluate("window.violations") == []


def watched(opened: Browser, place: Path | str, *, width: int = 1280, scheme: Any = "light", **options: Any) -> Watched:
    """Open a file, or the address of a server on loopback, and watch it; nothing else gets out."""
    context: BrowserContext = opened.new_context(
        viewport={"width": width, "height": 800}, color_scheme=scheme, **options
    )
    page = context.new_page()
    address = place.absolute().as_uri() if isinstance(place, Path) else place
    found = Watched(page)
    if isinstance(place, str):
        found.allowed = (f"{urlsplit(place)._replace(path='').geturl()}/",)

    def refuse(route: Route) -> None:
        route.abort()

    context.route(lambda url: not url.startswith(found.allowed), refuse)
    page.add_init_script(_VIOLATIONS)
    page.on("request", lambda request: found.requests.append(request.url))
    page.on("console", lambda message: found.troubles.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: found.troubles.append(f"error: {error}"))
    page.on("dialog", lambda dialog: (found.troubles.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    page.on("popup", lambda popup: found.troubles.append(f"popup: {popup.url}"))
    page.on("download", lambda download: found.troubles.append(f"download: {download.suggested_filename}"))
    page.goto(address)
    return found
