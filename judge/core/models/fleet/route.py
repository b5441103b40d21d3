"""The way of one call through a fleet: from the server that takes it to another, where the first one fails."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager
from dataclasses import replace

from judge.core.models.advice import advice_for
from judge.core.models.fleet.fleet import Fleet
from judge.core.models.fleet.server import PASSING, Server
from judge.core.models.limiter import Place
from judge.core.models.types import CROWDED, Ask, ChatError, ChatReply, ChatRequest, ErrorKind

_MOST_MOVES = 2  # of a call that may itself be at fault: it could bring down one server after the other
_OF_THE_CALL = frozenset({ErrorKind.BAD_REQUEST, ErrorKind.CONTEXT_LENGTH, ErrorKind.REJECTED_PARAMETER})


class FleetRoute:
    """The way of one call. It remembers where the call has failed."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self._tried: list[Server] = []
        self._doubted: list[tuple[Server, ChatError]] = []
        self._moves = 0

    def place(self, request: ChatRequest, stop: asyncio.Event) -> AbstractAsyncContextManager[Ask]:
        """Wait for a server that may take the request; within the context, send it at most once.

        Raises:
            Stopped: ``stop`` was set while the call waited.
            ChatError: No server may be asked any more.
        """
        return _Visit(self, request, stop)

    async def admitted(self, request: ChatRequest, stop: asyncio.Event) -> Server:
        """Wait for a server."""
        return await self._fleet.admit(request, self._tried, stop)

    def replied(self, server: Server, reply: ChatReply) -> ChatReply:
        """Note a reply; return it with the name of its server.

        Raises:
            ChatError: It is of another model than the other servers' replies.
        """
        error = self._fleet.check_model(server, reply)
        if error is not None:
            server.errors += 1
            error.elsewhere = server.problem is not None
            raise error
        server.replied()
        for doubted, refusal in self._doubted:  # they refused what this server has accepted
            doubted.strike(refusal)
            self._fleet.settle(doubted)
        self._doubted.clear()
        return replace(reply, endpoint=server.name)

    def failed(self, server: Server, error: ChatError, request: ChatRequest) -> ChatError:
        """Note an error of a server; return it as the call's, which says whether another server can take it at once.

        It can where the server itself is at fault. Where the call may be at fault, it is sent to two other servers at
        most, and to one where its request is rejected: if that one accepts it, the first server is doubted.
        """
        error.advice = advice_for(server.client, error)
        server.failed(error, request)
        if error.adapted:
            error.elsewhere = True  # or here: each server adapts by itself
            return error
        others = self._fleet.others(server, request)
        if error.kind in CROWDED:
            error.elsewhere = any(other.is_up for other in others)
        elif server.problem is not None or not server.takes(request):
            error.elsewhere = bool(others)
        elif error.parameter in request.optional:
            error.elsewhere = False  # the caller leaves it out everywhere
        elif error.kind in PASSING or error.kind in _OF_THE_CALL:
            self._tried.append(server)
            error.elsewhere = self._may_move(error) and any(other not in self._tried for other in others)
            self._moves += 1
            if error.kind in _OF_THE_CALL:
                self._doubted.append((server, error))
        return error if error.elsewhere else self._final(server, error, request)

    def _may_move(self, error: ChatError) -> bool:
        return self._moves < (1 if error.kind in _OF_THE_CALL else _MOST_MOVES)

    def _final(self, server: Server, error: ChatError, request: ChatRequest) -> ChatError:
        """The error that the call is left with, with the names of the servers."""
        there = [each for each in self._fleet.servers if each.problem is None and each.takes(request)]
        if not there:
            return self._fleet.described(request, error)
        return ChatError(
            error.kind,
            f"{server.name}: {error.message}",
            retry_after=min(each.held for each in there) if error.kind in CROWDED else error.retry_after,
            parameter=error.parameter,
            maybe_billed=error.maybe_billed,
            advice=error.advice,
        )

    def left(self, server: Server) -> None:
        """Let other calls have the server."""
        self._fleet.settle(server)


class _Visit:
    """A call at one server: it has a place there from the beginning to the end of the context."""

    def __init__(self, route: FleetRoute, request: ChatRequest, stop: asyncio.Event) -> None:
        self._route, self._request, self._stop = route, request, stop
        self._server: Server | None = None
        self._place: Place | None = None
        self._reply: ChatReply | None = None
        self._crowded = False

    async def __aenter__(self) -> Ask:
        self._server = await self._route.admitted(self._request, self._stop)
        self._place = self._server.limiter.take()
        return self._ask

    async def _ask(self, request: ChatRequest) -> ChatReply:
        assert self._server is not None
        try:
            reply = await self._server.client.ask(request)
        except ChatError as error:
            self._crowded = error.kind in CROWDED
            found = self._route.failed(self._server, error, request)
            if found is error:
                raise
            raise found from error
        self._reply = self._route.replied(self._server, reply)
        return self._reply

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        assert self._place is not None
        self._server.limiter.release(self._place, crowded=self._crowded, ok=self._reply is not None)
        self._route.left(self._server)
