"""Open a client for a served model: at one address, or at those of a fleet."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from judge.core.errors import UsageError
from judge.core.models.fleet.fleet import Fleet
from judge.core.models.fleet.route import FleetRoute
from judge.core.models.fleet.server import Server
from judge.core.models.limiter import AdaptiveLimiter
from judge.core.models.open_client import ModelSpec, members, open_model
from judge.core.models.types import ChatError, ChatReply, ChatRequest, HttpLimits, ModelClient


def open_served(spec: ModelSpec, *, concurrency: int, timeout: float, http: HttpLimits | None = None) -> ModelClient:
    """Open a client for a model, at one address or at several.

    Args:
        spec: The model and its addresses.
        concurrency: The most calls in flight at all addresses together.
        timeout: Seconds after which a reply that is not whole is a timeout.
        http: Whether redirects are followed, and the largest reply.

    Raises:
        UsageError: There is no key, the environment names certificates that are not there, or the spec is of a run on a
            fleet, whose addresses are not known.
    """
    if spec.fleet is None:
        return open_model(spec, concurrency=concurrency, timeout=timeout, http=http)
    if not spec.fleet:
        raise UsageError(f"{spec} is served by a fleet", hint="give its addresses in --base-url")
    servers = []
    for address, member in zip(spec.fleet, members(spec), strict=True):
        most = min(concurrency, address.max_concurrency or concurrency)
        client = open_model(member, concurrency=most, timeout=timeout, http=http)
        servers.append(Server(address, client, AdaptiveLimiter(most)))
    fleet = Fleet(spec.model, servers)

    async def ask(request: ChatRequest) -> ChatReply:
        route, never = FleetRoute(fleet), asyncio.Event()
        while True:
            try:
                async with route.place(request, never) as send:
                    return await send(request)
            except ChatError as error:
                if not error.elsewhere:
                    raise

    return replace(
        servers[0].client,
        endpoint=spec.shown or "",
        ask=ask,
        close=fleet.close,
        learned=fleet.learned,
        list_models=fleet.list_models,
        route=lambda: FleetRoute(fleet),
        servers=fleet.states,
    )
