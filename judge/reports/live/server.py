"""Serve the pages on loopback: read-only, and only to who has the address with its token.

aiohttp is used since the model clients bring it along; for these few GET pages another framework would add packages,
not safety. The pages are asked for again every few seconds: with HTTP/1.1 a browser keeps six connections to a server,
which event streams of a few open tabs would use up, and a page that asks again goes on after a restart or a sleep.

Safety: the server listens on 127.0.0.1 alone. The token stands in the path, is compared in constant time, and is in no
cookie (cookies do not distinguish ports). A Host header other than this address is refused, against names that are
made to resolve to this machine (DNS rebinding). Runs are looked up by id; the only files that are served as they are
are report pages, which run in a sandbox of their own origin.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import web
from aiohttp.http import HttpProcessingError

from judge.core.errors import UsageError
from judge.reports.live.pages import content_policy, list_page, run_page
from judge.reports.live.report_files import read_part, read_report
from judge.reports.live.viewer import Viewer

LOOPBACK = "127.0.0.1"
_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Server": "judge",
}
_REPORT_POLICY = "sandbox allow-scripts allow-downloads; frame-ancestors 'none'"
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Served:
    """A server that listens.

    Attributes:
        port: Its port on 127.0.0.1.
        token: What addresses begin with.
    """

    port: int
    token: str

    def address(self, run: str | None = None) -> str:
        """The address of the list, or of the run with this id."""
        return f"http://{LOOPBACK}:{self.port}/{self.token}/" + (f"run/{run}/" if run is not None else "")


@asynccontextmanager
async def serving(viewer: Viewer, port: int = 0, token: str | None = None) -> AsyncIterator[Served]:
    """Serve a viewer's pages for as long as the body runs.

    Args:
        viewer: The runs.
        port: The port; 0 takes a free one.
        token: The token; None draws one.

    Raises:
        UsageError: The port is taken, or not allowed.
    """
    pages = _Pages(viewer, token or secrets.token_urlsafe(24))
    logger = logging.getLogger(__name__)
    logger.addFilter(_is_ours)
    runner = web.AppRunner(pages.application(), access_log=None, logger=logger, shutdown_timeout=1.0)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, LOOPBACK, port).start()
        except OSError as error:
            raise UsageError(
                f"port {port} of {LOOPBACK} cannot be used: {error.strerror}",
                hint="give another --port, or none: then a free one is taken",
            ) from None
        served = Served(runner.addresses[0][1], pages.token)
        pages.hosts = frozenset({f"{LOOPBACK}:{served.port}", f"localhost:{served.port}"})
        yield served
    finally:
        await runner.cleanup()


def _is_ours(record: logging.LogRecord) -> bool:
    """Whether a log record is of an error of this program, not of a request that is no HTTP: that is only refused."""
    return record.exc_info is None or not isinstance(record.exc_info[1], HttpProcessingError)


class _Pages:
    def __init__(self, viewer: Viewer, token: str) -> None:
        self.token = token
        self.hosts: frozenset[str] = frozenset()
        self._viewer = viewer

    def application(self) -> web.Application:
        app = web.Application(middlewares=[self._guard], client_max_size=1024)
        app.router.add_get("/{token}/", self._list)
        app.router.add_get("/{token}/run/{run}/", self._run)
        app.router.add_get("/{token}/run/{run}/report.html", self._report)
        app.router.add_get("/{token}/run/{run}/report_files/{name}", self._part)
        app.on_response_prepare.append(_protect)
        return app

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Refuse what is not a reader with the right address, before anything is looked up."""
        if request.headers.getall("Host", []) not in [[host] for host in self.hosts]:
            return _refusal(421, "This server answers at the address that `judge view` printed.")
        if request.method not in ("GET", "HEAD"):
            return _refusal(405, "This server is read-only.")
        given = request.path.removeprefix("/").partition("/")[0]
        if not hmac.compare_digest(given.encode("utf-8", "surrogatepass"), self.token.encode()):
            return _refusal(403, "The address lacks its token. Use the address that `judge view` printed.")
        try:
            return await handler(request)
        except (web.HTTPNotFound, OSError, ValueError):
            return _refusal(404, "There is no such page. The run may have been removed.")

    async def _list(self, _request: web.Request) -> web.StreamResponse:
        def page() -> str:
            return list_page(self._viewer.look_at_all(), self._viewer.given, self._viewer.studies())

        return _html(await asyncio.to_thread(page))

    async def _run(self, request: web.Request) -> web.StreamResponse:
        def page() -> str | None:
            run = self._viewer.run(request.match_info["run"])
            now = None if run is None else run.look(in_full=True)
            return None if now is None else run_page(now)

        text = await asyncio.to_thread(page)
        if text is None:
            raise web.HTTPNotFound
        return _html(text)

    async def _report(self, request: web.Request) -> web.StreamResponse:
        content = await self._file(request, read_report)
        return _file(content, "text/html")

    async def _part(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        content = await self._file(request, lambda folder: read_part(folder, name))
        return _file(content, "text/javascript")

    async def _file(self, request: web.Request, read: Callable[..., bytes]) -> bytes:
        def content() -> bytes:
            run = self._viewer.run(request.match_info["run"])
            if run is None:
                raise FileNotFoundError
            return read(run.folder)

        return await asyncio.to_thread(content)


async def _protect(_request: web.Request, response: web.StreamResponse) -> None:
    """Headers of every answer, errors of the framework included."""
    for name, value in _HEADERS.items():
        response.headers[name] = value
    response.headers.setdefault("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")


def _html(text: str) -> web.Response:
    headers = {
        "Content-Security-Policy": f"{content_policy()}; frame-ancestors 'none'",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    body = text.encode("utf-8", "replace")  # a name on disk need not be text
    return web.Response(body=body, content_type="text/html", charset="utf-8", headers=headers)


def _file(content: bytes, kind: str) -> web.Response:
    """A report page or its part, with an origin of its own: whoever wrote it cannot ask this server for other pages."""
    return web.Response(
        body=content, content_type=kind, charset="utf-8", headers={"Content-Security-Policy": _REPORT_POLICY}
    )


def _refusal(status: int, words: str) -> web.Response:
    return web.Response(status=status, text=f"{words}\n")
