"""A proxy on loopback that loses things: the reply, the request's second half, or all of it."""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal
from urllib.parse import urlsplit

# lost: the server commits, the reply is dropped. lost as 502: the same, with a proxy's page for a reply. 502: the
# request never arrives. locked: the same, with Label Studio's words where SQLite is busy. cut: half of the request
# arrives, then the line is dead. late: the line is dead at once, and the server commits seconds afterwards.
Kind = Literal["lost", "lost as 502", "502", "locked", "cut", "half a reply", "late"]
Headers = list[tuple[str, str]]
LATE = 2.0  # seconds
_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "content-encoding"}
_LOCKED = b'{"status_code": 500, "version": "1.23.2", "detail": "database is locked", "exc_info": null}'
_PAGE = b"<html><body>502 Bad Gateway</body></html>"


@dataclass
class Faults:
    """What goes wrong: each entry once, for the first request of its method whose path holds its part."""

    planned: list[tuple[str, str, Kind]] = field(default_factory=list)
    happened: list[Kind] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, method: str, path: str) -> Kind | None:
        with self._lock:
            for fault in self.planned:
                if fault[0] == method and fault[1] in path:
                    self.planned.remove(fault)
                    self.happened.append(fault[2])
                    return fault[2]
        return None


@contextmanager
def proxy(target: str, faults: Faults) -> Iterator[str]:
    """The address of a proxy for ``target`` that lives as long as the body."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(urlsplit(target), faults))
    server.daemon_threads = False
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(target: object, faults: Faults) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            fault = faults.take(self.command, self.path)
            if fault == "502":
                self._answer(502, [("Content-Type", "text/html")], _PAGE)
                return
            if fault == "locked":
                self._answer(500, [("Content-Type", "application/json")], _LOCKED)
                return
            if fault == "cut":
                self._send_half(body)
                self._die()
                return
            if fault == "late":
                threading.Timer(LATE, self._forward, [body]).start()
                self._die()
                return
            status, headers, content = self._forward(body)
            if fault == "lost":
                self._die()
            elif fault == "half a reply":
                self._answer(status, headers, content, cut=True)
                self._die()
            elif fault == "lost as 502":
                self._answer(502, [("Content-Type", "text/html")], _PAGE)
            else:
                self._answer(status, headers, content)

        do_GET = do_POST = do_PATCH = do_DELETE = do_any  # noqa: N815 - the library looks for these names

        def _forward(self, body: bytes) -> tuple[int, Headers, bytes]:
            line = http.client.HTTPConnection(target.hostname, target.port, timeout=60)  # type: ignore[attr-defined]
            try:
                headers = {name: value for name, value in self.headers.items() if name.lower() not in _HOP}
                line.request(self.command, self.path, body=body or None, headers=headers)
                reply = line.getresponse()
                kept = [(name, value) for name, value in reply.getheaders() if name.lower() not in _HOP]
                return reply.status, kept, reply.read()
            finally:
                line.close()

        def _send_half(self, body: bytes) -> None:
            with socket.create_connection((target.hostname, target.port)) as line:  # type: ignore[attr-defined]
                head = f"{self.command} {self.path} HTTP/1.1\r\n{self.headers}".replace("\n", "\r\n").replace(
                    "\r\r", "\r"
                )
                line.sendall(head.encode() + body[: len(body) // 2])

        def _answer(self, status: int, headers: Headers, content: bytes, *, cut: bool = False) -> None:
            self.send_response(status)
            for name, value in headers:  # several cookies have one name
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content[: len(content) // 2] if cut else content)

        def _die(self) -> None:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)

        def log_message(self, *_: object) -> None:
            pass

    return Handler
