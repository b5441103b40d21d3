"""How to ask this endpoint for a structured reply: settled once per run, by the first call that gets through."""

from __future__ import annotations

from dataclasses import dataclass, field

from judge.core.chat.failures import is_schema_parameter
from judge.core.chat.types import ChatError, ErrorKind, ModelClient
from judge.core.errors import ProviderStop, UsageError


@dataclass
class Negotiation:
    """The ways that are left to ask for the schema, best first; ``settled`` once a reply came.

    ``rejected`` keeps what the endpoint said to the ways that it would not have.
    """

    modes: tuple[str, ...]
    settled: bool = False
    rejected: dict[str, str] = field(default_factory=dict)

    @property
    def mode(self) -> str:
        """The way to ask now."""
        return self.modes[0]

    def accept(self) -> None:
        """A reply came: the way stays for the whole run."""
        self.settled = True

    def fall_back(self, error: ChatError) -> bool:
        """After a rejected parameter: take the next way, if there is one and nothing is settled yet.

        Errors: :class:`ProviderStop` if the endpoint rejects a parameter that the user set.
        """
        if error.kind is not ErrorKind.REJECTED_PARAMETER or self.settled:
            return False
        if not is_schema_parameter(error.parameter):
            name = (error.parameter or "").replace("_completion", "").replace("_", "-")
            raise ProviderStop(
                f"the endpoint rejects {error.parameter}: {error.message}", hint=f"give the command without --{name}"
            )
        if len(self.modes) == 1:
            return False
        self.rejected[self.mode] = error.message
        self.modes = self.modes[1:]
        return True


def negotiation(client: ModelClient, reply: str, settled: str | None = None) -> Negotiation:
    """Start with all ways of the client, or with what ``--reply`` or an earlier session of the run has settled."""
    if settled is not None:
        return Negotiation((settled,), settled=True)
    if reply == "text":
        return Negotiation(("text",) if "text" in client.modes else client.modes, settled=True)
    if reply == "schema":
        modes = tuple(mode for mode in client.modes if mode != "text")
        if not modes:
            raise UsageError(f"{client.spec} knows no structured replies", hint="--reply auto or --reply text")
        return Negotiation(modes)
    return Negotiation(client.modes)
