"""Chromium, driven by keyboard over the WebDriver protocol (W3C): the few commands that a test of one page needs."""

from __future__ import annotations

import base64
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2

from annotation.server.process import free_port

CHROMIUM, DRIVER = Path("/usr/bin/chromium"), Path("/usr/bin/chromedriver")
# Nothing of Chromium's own business on the network; the sandbox cannot start where tests run as root.
_FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --no-proxy-server --hide-scrollbars --disable-dev-shm-usage"
).split()
_ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # the protocol's name for a reference to an element
SECONDS = 30.0


class Browser:
    """One window of 1280 x 800."""

    def __init__(self, http: httpx2.Client, session: str) -> None:
        self._http, self._session = http, session
        size = {"width": 1280, "height": 800, "deviceScaleFactor": 1, "mobile": False}
        self._send("goog/cdp/execute", {"cmd": "Emulation.setDeviceMetricsOverride", "params": size})

    def open(self, url: str) -> None:
        self._send("url", {"url": url})

    def find(self, css: str) -> str:
        """Wait for the first element that fits; return its reference."""
        until = time.monotonic() + SECONDS
        while True:
            found = self._send("elements", {"using": "css selector", "value": css})
            if found:
                return str(found[0][_ELEMENT])
            assert time.monotonic() < until, f"{css} did not appear on {self.run('return location.href')}"
            time.sleep(0.1)

    def click(self, css: str) -> None:
        self._send(f"element/{self.find(css)}/click", {})

    def type(self, css: str, text: str) -> None:
        self._send(f"element/{self.find(css)}/value", {"text": text})

    def press(self, *keys: str) -> None:
        """Press and release keys one after another, wherever the focus is; a chord is a string of several."""
        for chord in keys:
            down = [{"type": "keyDown", "value": key} for key in chord]
            up = [{"type": "keyUp", "value": key} for key in reversed(chord)]
            self._send("actions", {"actions": [{"type": "key", "id": "keyboard", "actions": down + up}]})

    def run(self, script: str, *arguments: object) -> Any:
        return self._send("execute/sync", {"script": script, "args": list(arguments)})

    def wait(self, script: str) -> Any:
        """Run a script until what it returns is true; return it."""
        until = time.monotonic() + SECONDS
        while not (found := self.run(script)):
            assert time.monotonic() < until, f"never true: {script}"
            time.sleep(0.1)
        return found

    def screenshot(self) -> bytes:
        reply = self._http.get(f"/session/{self._session}/screenshot")
        return base64.b64decode(reply.json()["value"])

    def _send(self, command: str, body: dict[str, Any]) -> Any:
        reply = self._http.post(f"/session/{self._session}/{command}", json=body)
        value = reply.json()["value"]
        assert reply.status_code == 200, f"{command}: {value.get('error')}: {value.get('message')}"
        return value


@contextmanager
def browser(profile: Path) -> Iterator[Browser]:
    """A browser with an empty profile, for as long as the body runs."""
    port = free_port()
    with subprocess.Popen([DRIVER, f"--port={port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as driver:
        try:
            with httpx2.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=60) as http:
                session = _session(http, profile)
                try:
                    yield Browser(http, session)
                finally:
                    http.delete(f"/session/{session}")
        finally:
            driver.terminate()


def _session(http: httpx2.Client, profile: Path) -> str:
    options = {"binary": str(CHROMIUM), "args": [*_FLAGS, f"--user-data-dir={profile}"]}
    wanted = {"capabilities": {"alwaysMatch": {"browserName": "chrome", "goog:chromeOptions": options}}}
    until = time.monotonic() + SECONDS
    while True:
        try:
            reply = http.post("/session", json=wanted).json()["value"]
        except httpx2.ConnectError:
            assert time.monotonic() < until, "the driver does not start"
            time.sleep(0.1)
            continue
        assert "sessionId" in reply, reply
        return str(reply["sessionId"])
