"""The built site in Chromium: nothing asked of the outside, no script error, no page wider than the window."""

from __future__ import annotations

import functools
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.support.browser import browser

pytestmark = pytest.mark.slow


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the library's
        pass


@pytest.fixture
def address(site: Path) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(site)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join(10)
    server.server_close()


@pytest.fixture(params=[(1280, "light"), (360, "dark")], ids=["wide-light", "narrow-dark"])
def page(request: pytest.FixtureRequest) -> Iterator[Page]:
    width, scheme = request.param
    with browser() as opened:
        yield opened.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)


def test_every_page_reads_well_and_asks_nobody(site: Path, address: str, page: Page) -> None:
    asked: list[str] = []
    wrong: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    page.on("requestfailed", lambda request: wrong.append(request.url))
    width = page.viewport_size["width"] if page.viewport_size else 0
    for path in sorted(site.rglob("*.html")):
        name = path.relative_to(site)
        page.goto(f"{address}/{name}")
        page.wait_for_load_state("networkidle")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{name} is wider than the window"
        broken = "[...document.images].filter(each => !each.naturalWidth).map(each => each.src)"
        assert page.evaluate(broken) == [], name
    assert wrong == []
    assert {url for url in asked if not url.startswith((address, "data:", "blob:"))} == set()


def test_the_search_finds_a_page(address: str, page: Page) -> None:
    page.goto(f"{address}/index.html?q=stability")
    result = page.locator(".md-search-result__link").first
    result.wait_for(state="attached")
    assert ".html" in (result.get_attribute("href") or "")
