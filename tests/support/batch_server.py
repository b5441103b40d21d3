"""A judge on loopback that also takes batches, in the wire formats of OpenAI and of Anthropic, with faults."""

from __future__ import annotations

import asyncio
import email
import itertools
import json
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
from aiohttp import web

from judge.core.call_files.lines import key_of
from tests.support.loopback import Loopback

Line = dict[str, Any]


@dataclass
class Batch:
    """A batch at the server."""

    id: str
    wire: str
    lines: list[Line]
    metadata: dict[str, str]
    created: datetime
    status: str = "in_progress"
    results: list[Line] = field(default_factory=list)
    errors: list[Line] = field(default_factory=list)


@dataclass
class BatchServer(Loopback):
    """Makes the calls of a batch against itself.

    Attributes:
        delay: Seconds until a batch is made.
        holds: Whether batches stay under way until :meth:`end_batches`.
        make_only: The calls that a batch makes before it expires; None makes all.
        lose: The number of batches whose creation is answered by a broken connection.
        cut: The number of downloads that are cut off in the middle.
        refuse_batches: What the provider says is wrong with every batch.
        late: Seconds after which a batch is in the list.
        answers: What is answered in place of the batch API's own answers, by the name of the endpoint (upload, create,
            create_messages, list, retrieve, content, results, cancel): the statuses and bodies, each once.
        words: Other words for the statuses of batches.
        lost_files: Whether the results were deleted.
        most: The batches that may be under way at a time; others are refused as "failed".
        stray: Lines that are added to all results.
        requests: Requests to the batch API.
        made: How often each call (by custom_id) was made.
    """

    delay: float = 0.0
    holds: bool = False
    make_only: int | None = None
    lose: int = 0
    cut: int = 0
    shuffle: bool = True
    refuse_batches: str | None = None
    late: float = 0.0
    answers: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)
    lost_files: bool = False
    most: int | None = None
    stray: list[Line] = field(default_factory=list)
    requests: int = 0
    made: Counter[str] = field(default_factory=Counter)
    batches: dict[str, Batch] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)

    def application(self) -> web.Application:
        app = super().application()
        app.middlewares.append(self._count)
        self._numbers = itertools.count(1)
        self._tasks: set[asyncio.Task[None]] = set()
        add = app.router
        add.add_post("/v1/files", self._upload)
        add.add_get("/v1/files/{id}/content", self._content)
        add.add_post("/v1/batches", self._create)
        add.add_get("/v1/batches", self._list)
        add.add_get("/v1/batches/{id}", self._retrieve)
        add.add_post("/v1/batches/{id}/cancel", self._cancel)
        add.add_post("/v1/messages/batches", self._create_messages)
        add.add_get("/v1/messages/batches", self._list)
        add.add_get("/v1/messages/batches/{id}", self._retrieve)
        add.add_get("/v1/messages/batches/{id}/results", self._results)
        add.add_post("/v1/messages/batches/{id}/cancel", self._cancel)
        return app

    def end_batches(self) -> None:
        """Make the calls of the batches that are held, and of all that come, and wait until none is under way."""
        self.holds = False
        self.wait_for_all()

    def wait_for_all(self) -> None:
        """Wait until no batch is under way."""
        while any(batch.status in ("in_progress", "cancelling") for batch in self.batches.values()):
            time.sleep(0.02)

    @web.middleware
    async def _count(self, request: web.Request, handler: Any) -> web.StreamResponse:
        self.requests += "batches" in request.path or "files" in request.path
        if given := self.answers.get(getattr(handler, "__name__", "")[1:]):
            status, body = given.pop(0)
            return web.Response(status=status, text=body, content_type="text/html" if "<" in body else "text/plain")
        return await handler(request)  # type: ignore[no-any-return]

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        head = f"Content-Type: {request.headers['Content-Type']}\r\n\r\n"
        form = email.message_from_bytes(head.encode() + await request.read())
        parts = {part.get_param("name", header="content-disposition"): part for part in form.walk()}
        assert parts["purpose"].get_payload() == "batch"
        given = parts["file"]
        name = f"file-{next(self._numbers)}"
        self.files[name] = bytes(given.get_payload(decode=True) or b"")
        return web.json_response(
            {
                "id": name,
                "object": "file",
                "bytes": len(self.files[name]),
                "created_at": 1,
                "filename": given.get_filename(),
                "purpose": "batch",
                "status": "processed",
            }
        )

    async def _content(self, request: web.Request) -> web.StreamResponse:
        return self._sent(request, self.files[request.match_info["id"]])

    def _sent(self, request: web.Request, content: bytes) -> web.StreamResponse:
        if self.lost_files:
            return web.json_response({"error": {"message": "No such File object"}}, status=404)
        content += _lines(self.stray)
        if self.cut:
            self.cut -= 1
            return web.Response(body=content[: len(content) * 2 // 3])
        return web.Response(body=content)

    async def _create(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        assert body["completion_window"] == "24h"
        lines = [json.loads(line) for line in self.files[body["input_file_id"]].splitlines()]
        return self._begin("openai", lines, request, body.get("metadata") or {})

    async def _create_messages(self, request: web.Request) -> web.StreamResponse:
        return self._begin("anthropic", (await request.json())["requests"], request, {})

    def _begin(
        self, wire: str, lines: list[Line], request: web.Request, metadata: dict[str, str]
    ) -> web.StreamResponse:
        assert len({line["custom_id"] for line in lines}) == len(lines)
        batch = Batch(f"batch_{next(self._numbers)}", wire, lines, metadata, datetime.now(UTC))
        self.batches[batch.id] = batch
        going = sum(each.status == "in_progress" for each in self.batches.values())
        if self.refuse_batches is not None or (self.most is not None and going > self.most):
            batch.status = "failed"
        else:
            task = asyncio.ensure_future(self._make(batch))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        if self.lose:
            self.lose -= 1
            assert request.transport is not None
            request.transport.close()
        return web.json_response(self._described(batch))

    async def _make(self, batch: Batch) -> None:
        await asyncio.sleep(self.delay)
        while self.holds:
            await asyncio.sleep(0.01)
        async with aiohttp.ClientSession() as session:
            for number, line in enumerate(batch.lines):
                if batch.status == "cancelling" or (self.make_only is not None and number >= self.make_only):
                    batch.errors.append(self._not_made(batch, line))
                    continue
                self.made[key_of(json.dumps(line).encode())] += 1  # without the mark of its batch
                path, body = (
                    ("/v1/messages", line.get("params")) if batch.wire == "anthropic" else (line["url"], line["body"])
                )
                async with session.post(self.root + path, json=body) as reply:
                    self._keep(batch, line["custom_id"], reply.status, await reply.json())
        random.Random(batch.id).shuffle(batch.results)
        self.files[f"out-{batch.id}"] = _lines(batch.results)
        self.files[f"err-{batch.id}"] = _lines(batch.errors)
        cancelled = batch.status == "cancelling"
        short = self.make_only is not None and len(batch.lines) > self.make_only
        batch.status = "cancelled" if cancelled else "expired" if short else "completed"

    def _keep(self, batch: Batch, key: str, status: int, body: Any) -> None:
        if batch.wire == "anthropic":
            done = {"type": "succeeded", "message": body} if status == 200 else {"type": "errored", "error": body}
            batch.results.append({"custom_id": key, "result": done})
            return
        response = {"status_code": status, "request_id": "r", "body": body}
        rows = batch.results if status == 200 else batch.errors
        rows.append({"id": f"r-{key[:6]}", "custom_id": key, "response": response, "error": None})

    def _not_made(self, batch: Batch, line: Line) -> Line:
        if batch.wire == "anthropic":
            return {"custom_id": line["custom_id"], "result": {"type": "expired"}}
        error = {"code": "batch_expired", "message": "not made in time"}
        return {"id": "r", "custom_id": line["custom_id"], "response": None, "error": error}

    async def _retrieve(self, request: web.Request) -> web.StreamResponse:
        return web.json_response(self._described(self.batches[request.match_info["id"]]))

    async def _cancel(self, request: web.Request) -> web.StreamResponse:
        batch = self.batches[request.match_info["id"]]
        if batch.status in ("completed", "expired", "cancelled"):
            return web.json_response({"error": {"message": f"the batch is {batch.status}"}}, status=409)
        if batch.status == "in_progress":
            batch.status = "cancelling"
        return web.json_response(self._described(batch))

    async def _list(self, request: web.Request) -> web.StreamResponse:
        wire = "anthropic" if "messages" in request.path else "openai"
        made = datetime.now(UTC) - timedelta(seconds=self.late)
        found = [batch for batch in reversed(self.batches.values()) if batch.wire == wire and batch.created <= made]
        after = request.query.get("after") or request.query.get("after_id")
        if after is not None:
            ids = [batch.id for batch in found]
            found = found[ids.index(after) + 1 :]
        page = found[:2]  # of two, so that readers have to turn pages
        ends = {"first_id": page[0].id, "last_id": page[-1].id} if page else {"first_id": None, "last_id": None}
        data = [self._described(batch) for batch in page]
        return web.json_response({"object": "list", "data": data, "has_more": len(found) > 2, **ends})

    async def _results(self, request: web.Request) -> web.StreamResponse:
        batch = self.batches[request.match_info["id"]]
        return self._sent(request, _lines(batch.results + batch.errors))

    def _described(self, batch: Batch) -> dict[str, Any]:
        ended = batch.status in ("completed", "expired", "cancelled")
        total, done = len(batch.lines), len(batch.results)
        if batch.wire == "anthropic":
            status = "ended" if ended else "canceling" if batch.status == "cancelling" else "in_progress"
            counts = {
                "processing": 0 if ended else total,
                "succeeded": done if ended else 0,
                "errored": 0,
                "canceled": 0,
                "expired": total - done if ended else 0,
            }
            at = batch.created.isoformat()
            return {
                "id": batch.id,
                "type": "message_batch",
                "processing_status": status,
                "request_counts": counts,
                "created_at": at,
                "expires_at": at,
                "ended_at": at if ended else None,
                "archived_at": None,
                "cancel_initiated_at": None,
                "results_url": None,
            }
        code = "invalid" if self.most is None else "token_limit_exceeded"
        failed = [{"code": code, "message": self.refuse_batches or code}] if batch.status == "failed" else None
        return {
            "id": batch.id,
            "object": "batch",
            "endpoint": "/v1/chat/completions",
            "input_file_id": "file-1",
            "completion_window": "24h",
            "status": self.words.get(batch.status, batch.status),
            "created_at": int(batch.created.timestamp()),
            "metadata": batch.metadata,
            "output_file_id": f"out-{batch.id}" if ended and batch.results else None,
            "error_file_id": f"err-{batch.id}" if ended and batch.errors else None,
            "request_counts": {"total": total, "completed": done, "failed": len(batch.errors)},
            "errors": {"object": "list", "data": failed} if failed else None,
        }


def _lines(rows: list[Line]) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows).encode()
