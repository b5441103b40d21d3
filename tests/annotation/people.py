"""An annotator who works through the server's API, signed in with a password as in the browser."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from typing import Any

import httpx2

from annotation.blinding import LEFT
from annotation.server.accounts import Account

Answers = Mapping[str, str]  # control -> alias


class Person:
    def __init__(self, url: str, account: Account) -> None:
        self.email = account.email
        self.account = account
        self.token, self.personal_token = _tokens(url, account)
        self._http = httpx2.Client(
            base_url=url, trust_env=False, timeout=60, headers={"Authorization": f"Token {self.token}"}
        )

    def close(self) -> None:
        self._http.close()

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


def _tokens(url: str, account: Account) -> tuple[str, str]:
    """The legacy and the personal token. On a busy machine the server's SQLite may refuse a request: sign in anew."""
    for attempt in range(5):
        time.sleep(attempt)
        with httpx2.Client(base_url=url, trust_env=False, timeout=60) as http:
            replies = list(_sign_in(http, url, account))
            if all(reply.status_code < httpx2.codes.BAD_REQUEST for reply in replies):
                return str(replies[-2].json()["token"]), str(replies[-1].json()["token"])
    said = [f"{reply.request.method} {reply.url}: {reply.status_code} {reply.text[:300]}" for reply in replies]
    raise AssertionError("; ".join(said))


def _sign_in(http: httpx2.Client, url: str, account: Account) -> Iterator[httpx2.Response]:
    yield (page := http.get("/user/login"))
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
    form = {"csrfmiddlewaretoken": found[1] if found else "", "email": account.email, "password": account.password}
    yield http.post("/user/login", data=form, headers={"Referer": f"{url}/user/login"})
    yield http.get("/api/current-user/token")
    yield http.post("/api/token/", headers={"X-CSRFToken": http.cookies.get("csrftoken", ""), "Referer": url})


def result(answers: Answers, comment: str | None = None) -> list[dict[str, Any]]:
    """An annotation's result as the page sends it."""
    parts: list[dict[str, Any]] = [
        {"from_name": control, "to_name": LEFT, "type": "choices", "value": {"choices": [alias]}}
        for control, alias in answers.items()
    ]
    if comment:
        parts.append({"from_name": "comment", "to_name": LEFT, "type": "textarea", "value": {"text": [comment]}})
    return parts
