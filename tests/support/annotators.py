"""An annotator who works through the server's API, signed in with a password as in the browser."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import httpx2

from judge.annotation.campaign.blinding import LEFT
from judge.annotation.server.accounts import Account

Answers = Mapping[str, str]  # control -> alias


class Person:
    def __init__(self, url: str, account: Account) -> None:
        self.email = account.email
        self.account = account
        self.token = _token(url, account)
        self._http = httpx2.Client(
            base_url=url, trust_env=False, timeout=60, headers={"Authorization": f"Token {self.token}"}
        )

    def close(self) -> None:
        self._http.close()

    @cached_property
    def personal_token(self) -> str:
        """A new one: the server gives each person one, and shows it once."""
        return str(self._send("POST", "/api/token/")["token"])

    def tasks(self, project: int) -> dict[str, int]:
        """Task ids by our opaque id, as this person can see them."""
        found = self._send("GET", f"/api/tasks?project={project}&page_size=1000&fields=all")
        return {task["data"]["item"]: task["id"] for task in found["tasks"]}

    def annotate(self, task: int, answers: Answers, *, seconds: float | None = 20.0, comment: str | None = None) -> int:
        body = {"result": result(answers, comment), "lead_time": seconds}
        return int(self._send("POST", f"/api/tasks/{task}/annotations/", body)["id"])

    def skip(self, task: int) -> None:
        self._send("POST", f"/api/tasks/{task}/annotations/", {"result": [], "was_cancelled": True})

    def edit(self, annotation: int, answers: Answers) -> None:
        self._send("PATCH", f"/api/annotations/{annotation}/", {"result": result(answers)})

    def draft(self, task: int, answers: Answers) -> None:
        self._send("POST", f"/api/tasks/{task}/drafts", {"result": result(answers), "lead_time": 1.0})

    def _send(self, method: str, path: str, body: Any = None) -> Any:
        reply = self._http.request(method, path, json=body)
        assert reply.status_code < 300, f"{method} {path}: {reply.status_code} {reply.text[:300]}"
        return reply.json()


def _token(url: str, account: Account) -> str:
    """The token of the account. On a busy machine the server's SQLite may refuse a request: sign in anew."""
    said = ""
    for attempt in range(5):
        time.sleep(attempt)
        with httpx2.Client(base_url=url, trust_env=False, timeout=60) as http:
            reply = _signed_in(http, url, account)
            if reply.is_success and "token" in reply.json():
                return str(reply.json()["token"])
            said += f"{reply.request.method} {reply.url}: {reply.status_code} {reply.text[:300]}; "
    raise AssertionError(said)


def _signed_in(http: httpx2.Client, url: str, account: Account) -> httpx2.Response:
    """The reply to a request for the token, or that of the step before it that failed."""
    page = http.get("/user/login")
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
    if not found:
        return page
    form = {"csrfmiddlewaretoken": found[1], "email": account.email, "password": account.password}
    done = http.post("/user/login", data=form, headers={"Referer": f"{url}/user/login"})
    return http.get("/api/current-user/token") if done.status_code == httpx2.codes.FOUND else done


def result(answers: Answers, comment: str | None = None) -> list[dict[str, Any]]:
    """An annotation's result as the page sends it."""
    parts: list[dict[str, Any]] = [
        {"from_name": control, "to_name": LEFT, "type": "choices", "value": {"choices": [alias]}}
        for control, alias in answers.items()
    ]
    if comment:
        parts.append({"from_name": "comment", "to_name": LEFT, "type": "textarea", "value": {"text": [comment]}})
    return parts
