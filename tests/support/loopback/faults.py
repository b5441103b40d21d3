"""Which calls go wrong, and how: drawn from a hash of the call, so that the same call fails the same way."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

# Faults that a client must answer with another request, and those whose reply is final or readable as it is.
RETRIED = ("rate_limit", "server_error", "reset", "timeout", "truncated", "empty", "malformed")
FINAL = ("prose", "fenced", "refusal")
FAULTS = RETRIED + FINAL


@dataclass(frozen=True)
class FaultPlan:
    """Shares of calls that meet each fault on their first request. ``always`` keeps failing them for ever."""

    shares: Mapping[str, float] = field(default_factory=dict)
    seed: str = "0"
    always: bool = False

    def fault(self, call: str, earlier: int) -> str | None:
        """The fault that this request of the call meets; ``earlier`` counts the requests before it."""
        if (earlier and not self.always) or not self.shares:
            kind = self._drawn(call) if self.shares else None
            return kind if kind in FINAL else None
        return self._drawn(call)

    def _drawn(self, call: str) -> str | None:
        digest = hashlib.sha256(f"{self.seed}|{call}".encode()).digest()
        point = int.from_bytes(digest[:8], "big") / 2**64
        for kind, share in self.shares.items():
            if point < share:
                return kind
            point -= share
        return None
