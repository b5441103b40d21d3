"""How to ask this endpoint for a structured reply: settled once per run, by the first reply that comes."""

from __future__ import annotations

from dataclasses import dataclass, field

from judge.core.calls.limits import StructuredOutput
from judge.core.errors import EXIT_FAILURES_REMAIN, ProviderStop, UsageError
from judge.core.models.errors import is_schema_parameter
from judge.core.models.types import ChatError, ChatRequest, ErrorKind, ModelClient

_MOST_LOST = 3
_OPTIONS = {
    "temperature": "--temperature",
    "seed": "--model-seed",
    "max_tokens": "--max-tokens",
    "max_completion_tokens": "--max-tokens",
}


@dataclass
class Negotiation:
    """The ways that are left to ask for the schema, best first; ``settled`` once a reply came.

    ``rejected`` keeps what the endpoint said to the ways that it would not have.
    """

    modes: tuple[str, ...]
    settled: bool = False
    rejected: dict[str, str] = field(default_factory=dict)
    _lost: int = 0

    @property
    def gives_up(self) -> bool:
        """Whether the endpoint, again and again, would not have what it had taken before."""
        return self._lost >= _MOST_LOST

    def note_lost(self, error: ChatError) -> None:
        """After an error of a settled way. Errors: :class:`ProviderStop` once the way is lost."""
        self._lost += self.settled and rejects_schema(error)
        if self.gives_up:
            raise ProviderStop(
                f"the endpoint no longer takes {error.parameter}: {error.message}",
                hint="give the same command again: it goes on, and asks in another way",
                exit_code=EXIT_FAILURES_REMAIN,
            )

    def next_to(self, mode: str) -> str | None:
        """The next best way that is left after one, or None."""
        at = self.modes.index(mode) + 1
        return self.modes[at] if at < len(self.modes) else None

    def accept(self, mode: str) -> None:
        """A reply came to this way: it stays for the whole run."""
        self.modes = (mode,)
        self.settled = True
        self.rejected = {way: words for way, words in self.rejected.items() if way != mode}

    def goes_on(self, mode: str, error: ChatError) -> bool:
        """After an error: whether another way is worth trying, for this may be about the way of asking.

        Servers tell in many ways that they cannot hold a reply to a schema, not all of them recognisable: any bad
        request or server error will do, since the next way shows whether it was that.
        """
        schema = rejects_schema(error)
        if self.settled or not (schema or error.kind in (ErrorKind.BAD_REQUEST, ErrorKind.SERVER)):
            return False
        self.rejected[mode] = error.message
        if schema and len(self.modes) > 1:
            self.modes = tuple(way for way in self.modes if way != mode)
        return True


def rejects_schema(error: ChatError) -> bool:
    """Whether the endpoint would not have the way of asking for a structured reply."""
    return error.kind is ErrorKind.REJECTED_PARAMETER and is_schema_parameter(error.parameter)


def refuse_schema(error: ChatError) -> None:
    """Stop where the endpoint will have none of the ways of asking that the user allows (:class:`ProviderStop`)."""
    if rejects_schema(error):
        raise ProviderStop(
            f"the endpoint rejects {error.parameter}: {error.message}",
            hint="give --structured-output auto or --structured-output text",
        )


def refuse_users_parameter(error: ChatError, request: ChatRequest) -> None:
    """Stop where the endpoint will not have what the user set. Errors: :class:`ProviderStop` names the option."""
    if error.kind is not ErrorKind.REJECTED_PARAMETER or error.parameter not in _OPTIONS:
        return
    sent = {"temperature": request.temperature, "seed": request.seed}.get(error.parameter, request.max_tokens)
    if sent is not None:
        raise ProviderStop(
            f"the endpoint rejects {error.parameter}: {error.message}",
            hint=f"give the command without {_OPTIONS[error.parameter]}",
        )


def negotiation(
    client: ModelClient, structured_output: StructuredOutput, settled: str | None = None, lost: tuple[str, ...] = ()
) -> Negotiation:
    """Start with all ways of the client, or with what ``--structured-output`` or an earlier session has settled.

    ``lost`` are ways that an earlier session had settled and that the endpoint then refused.
    """
    if settled is not None:
        return Negotiation((settled,), settled=True)
    if structured_output == "text":
        return Negotiation(("text",) if "text" in client.modes else client.modes, settled=True)
    if structured_output == "schema":
        modes = tuple(mode for mode in client.modes if mode != "text")
        if not modes:
            raise UsageError(
                f"{client.spec} knows no structured replies",
                hint="--structured-output auto or --structured-output text",
            )
        return Negotiation(modes)
    return Negotiation(tuple(mode for mode in client.modes if mode not in lost) or client.modes[-1:])
