"""How fast and how stubbornly to ask."""

from __future__ import annotations

from dataclasses import dataclass, field

from judge.core.models.retry import RetryPolicy


@dataclass(frozen=True, kw_only=True)
class Pace:
    """What may differ between sessions of a run, and decides no reply: a part of the settings of every task."""

    concurrency: int = 32
    rpm: float | None = None
    tpm: float | None = None
    timeout: float = 120.0
    policy: RetryPolicy = field(default_factory=RetryPolicy)
    retry_failed: bool = True
    max_cost: float | None = None

    def entry(self) -> dict[str, object]:
        """As it stands in a manifest's list of sessions."""
        return {
            "concurrency": self.concurrency,
            "rpm": self.rpm,
            "tpm": self.tpm,
            "timeout": self.timeout,
            "retries": self.policy.retries,
            "retry_failed": self.retry_failed,
            "max_cost": self.max_cost,
        }
