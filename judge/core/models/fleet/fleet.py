"""A fleet: which of its servers takes a call, which are left out, and when they are taken back."""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Collection, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any

from judge.core.models.fleet.server import Server, mode_of
from judge.core.models.limiter import Stopped
from judge.core.models.providers.listed_models import LIST_SECONDS
from judge.core.models.types import FATAL, ChatError, ChatReply, ChatRequest, ErrorKind, ServerState


@dataclass(frozen=True)
class _Waiting:
    """A call that waits for a server with room."""

    turn: asyncio.Future[None]
    request: ChatRequest
    tried: Collection[Server]


class Fleet:
    """Servers of one model.

    Args:
        model: The model's name, as it is asked for.
        servers: The servers, one at least.
    """

    def __init__(self, model: str, servers: Sequence[Server]) -> None:
        self.servers = tuple(servers)
        self._model = model
        self._queue: deque[_Waiting] = deque()
        self._background: set[asyncio.Task[Any]] = set()
        self._stop: asyncio.Event | None = None
        self._turns = 0

    async def admit(self, request: ChatRequest, tried: Collection[Server], stop: asyncio.Event) -> Server:
        """Wait for a server with room: the least loaded of those that are up, at first of those that were not tried.

        Where none is up, calls try those that are left out, in turn: so a fleet that is down is retried as one server
        is.

        Args:
            request: What it is to take.
            tried: Servers at which the call has failed.
            stop: Ends the wait.

        Raises:
            Stopped: ``stop`` is set.
            ChatError: No server may be asked any more.
        """
        self._watch(stop)
        waited = False
        while True:
            if stop.is_set():
                raise Stopped
            candidates = self._candidates(request, tried)
            free = [server for server in candidates if server.has_room]
            if free:
                chosen = min(free, key=lambda server: server.load)
                self._turns += 1
                chosen.used = self._turns
                if waited:
                    self._wake()  # there may be room for more than one
                return chosen
            held = [server.held for server in self._takers(request) if server.problem is None and server.held]
            if not candidates and not held:
                raise self.described(request)
            await self._wait(request, tried, min(held, default=None))
            waited = True

    def others(self, server: Server, request: ChatRequest) -> list[Server]:
        """The other servers that take a request, but for those that are left out."""
        return [other for other in self._takers(request) if other is not server and other.problem is None]

    def check_model(self, server: Server, reply: ChatReply) -> ChatError | None:
        """Compare the model that a server's first reply names with that of the other servers.

        Where the others answer as the model that was asked for, the server is left out.

        Returns:
            The error that the reply is; None where it is of the same model.
        """
        if server.model is not None or reply.model is None:
            return None
        other = next((each for each in self.servers if each.model is not None and each.problem is None), None)
        if other is None or other.model == reply.model:
            server.model = reply.model
            return None
        error = ChatError(
            ErrorKind.OTHER_MODEL,
            f"{server.name} answers as model {reply.model}, {other.name} as {other.model}",
            advice="give servers of one model, or make two runs"
            + (f" ({server.name} has the one that was asked for)" if reply.model == self._model else "")
            + "; begin anew with another --out: rows of the journal name the server that gave them",
        )
        if other.model == self._model:
            server.leave_out(error)
        return error

    def settle(self, server: Server) -> None:
        """Let waiting calls look again after a server's state has changed, and probe the server if it is out."""
        if server.problem is None:
            self._wake()
            return
        if all(task.get_name() != server.name for task in self._background):
            self._run(self._probe(server), server.name)
        self._wake_all()

    def described(self, request: ChatRequest, last: ChatError | None = None) -> ChatError:
        """The error of a fleet none of whose servers can take a request: it names each with its reason.

        It is of a kind that may pass, where one of the reasons is; else of one that another way of asking may mend.

        Args:
            request: The request.
            last: The error that the request has just met; None where it was not sent.
        """
        mode = mode_of(request)
        errors = {server: server.rejects.get(mode) or server.problem for server in self.servers}
        known = [error for error in errors.values() if error is not None]
        words = "; ".join(f"{server.name}: {error.message}" for server, error in errors.items() if error is not None)
        decides = min(known, key=_gravity)
        return ChatError(
            decides.kind,
            f"no server of the fleet is left ({words})",
            parameter=decides.parameter,
            maybe_billed=last is not None and last.maybe_billed,
            advice=decides.advice,
            unsent=last is None,
        )

    def states(self) -> tuple[ServerState, ...]:
        """The states of all servers."""
        return tuple(server.state() for server in self.servers)

    async def list_models(self) -> tuple[str, ...]:
        """The models of the first server that answers.

        Raises:
            Exception: That of the last one, where none answers.
        """
        tasks = [asyncio.ensure_future(server.client.list_models()) for server in self.servers]
        try:
            for number, done in enumerate(asyncio.as_completed(tasks), start=1):
                try:
                    return await done
                except Exception:
                    if number == len(tasks):
                        raise
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        return ()

    async def close(self) -> None:
        """End the probes, and close all connections."""
        tasks = list(self._background)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for server in self.servers:
            await server.client.close()

    def learned(self) -> tuple[str, ...]:
        """In which ways other than the usual servers are asked."""
        return tuple(f"{server.name}: {words}" for server in self.servers for words in server.client.learned())

    def _takers(self, request: ChatRequest) -> list[Server]:
        """The servers that support the way in which a request asks for structured output."""
        return [server for server in self.servers if server.takes(request)]

    def _candidates(self, request: ChatRequest, tried: Collection[Server]) -> list[Server]:
        """The servers that may be given a request, whether or not they have room."""
        takers = self._takers(request)
        if all(server.problem is not None for server in takers):
            return [server for server in takers if not server.is_lost]
        up = [server for server in takers if server.is_up]
        return [server for server in up if server not in tried] or up

    async def _wait(self, request: ChatRequest, tried: Collection[Server], seconds: float | None) -> None:
        """Wait until a server may have room for a request, at most so many seconds (None: as long as it takes)."""
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.append(_Waiting(turn, request, tried))
        try:
            await asyncio.wait((turn,), timeout=seconds)
        except asyncio.CancelledError:
            if turn.done():
                self._wake()  # the turn was this call's, and is another's now
            raise
        finally:
            turn.cancel()
            while self._queue and self._queue[0].turn.done():
                self._queue.popleft()

    def _wake(self) -> None:
        """Let the call that has waited longest for a server with room look for it."""
        if not any(server.has_room for server in self.servers):
            return
        for number, waiting in enumerate(self._queue):
            if not waiting.turn.done() and self._has_room(waiting):
                waiting.turn.set_result(None)
                del self._queue[number]
                return

    def _has_room(self, waiting: _Waiting) -> bool:
        return any(server.has_room for server in self._candidates(waiting.request, waiting.tried))

    def _wake_all(self) -> None:
        for waiting in self._queue:
            if not waiting.turn.done():
                waiting.turn.set_result(None)
        self._queue.clear()

    def _watch(self, stop: asyncio.Event) -> None:
        """Let waiting calls know of the end of the session."""
        if self._stop is stop:
            return
        self._stop = stop

        async def watch() -> None:
            await stop.wait()
            self._wake_all()

        self._run(watch(), "stop")

    def _run(self, work: Coroutine[Any, Any, None], name: str) -> None:
        task = asyncio.create_task(work, name=name)
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    async def _probe(self, server: Server) -> None:
        """Take a server back once it answers; after an error that a list of models cannot show, after a while."""
        while server.problem is not None:
            await asyncio.sleep(server.pause * random.uniform(0.9, 1.1))  # noqa: S311 - spreads load, decides nothing
            if server.problem is None:
                return
            if not server.is_lost:
                try:
                    async with asyncio.timeout(LIST_SECONDS):
                        await server.client.list_models()
                except Exception:  # whatever it is: it does not answer yet
                    server.wait_longer()
                    continue
            server.take_back()
            self._wake_all()


def _gravity(error: ChatError) -> int:
    """How little hope an error leaves: it may pass (0), another way of asking may help (1), or neither (2)."""
    return 2 if error.kind in FATAL else 1 if error.kind is ErrorKind.REJECTED_PARAMETER else 0
