"""An annotator who works through the server's API, signed in with a password as in the browser."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import httpx2

from annotation.blinding import LEFT
from annotation.server.accounts import Account

Answers = Mapping[str, str]  # control -> alias


class Person:
    def __init__(self, url: str, account: Account) -> None:
        self.email = account.email
        self.account = account
        with httpx2.Client(base_url=url, trust_env=False, timeout=60) as http:
            page = http.get("/user/login").text
            found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
            assert found
            form = {"csrfmiddlewaretoken": found[1], "email": account.email, "password": account.password}
            done = http.post("/user/login", data=form, headers={"Referer": f"{url}/user/login"})
            assert done.status_code == 302, done.text
            self.token = str(http.get("/api/current-user/token").json()["token"])
            headers = {"X-CSRFToken": http.cookies["csrftoken"], "Referer": url}
            self.personal_token = str(http.post("/api/token/", headers=headers).json()["token"])
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


def result(answers: Answers, comment: str | None = None) -> list[dict[str, Any]]:
    """An annotation's result as the page sends it."""
    parts: list[dict[str, Any]] = [
        {"from_name": control, "to_name": LEFT, "type": "choices", "value": {"choices": [alias]}}
        for control, alias in answers.items()
    ]
    if comment:
        parts.append({"from_name": "comment", "to_name": LEFT, "type": "textarea", "value": {"text": [comment]}})
    return parts
