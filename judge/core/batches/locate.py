"""Find out whether the provider has a part whose id was not noted: the process was killed, or the reply was lost."""

from __future__ import annotations

from typing import Literal

from judge.core.batches.ledger import Ledger, Part
from judge.core.batches.service import BatchService, UndecidedError

Whereabouts = Literal["sent", "unsent", "unknown"]


def locate(service: BatchService, ledger: Ledger, part: Part, settle: float) -> Whereabouts:
    """Say whether the provider has a part, and note its id where it was found.

    A list that is without a batch proves nothing at once: providers' lists may be late. So a part counts as unsent only
    if the list is without it twice, with so many seconds between.

    Args:
        service: The provider's batch API.
        ledger: The parts of the run.
        part: The part.
        settle: The seconds.

    Returns:
        "unknown" where it may still appear, or where a batch under way may be it.

    Raises:
        ServiceError: The provider does not answer.
    """
    if part.batch is not None:
        return "sent"
    if not part.maybe_sent:
        return "unsent"
    others = {each.batch for each in ledger.parts.values() if each.batch is not None}
    try:
        found = service.find(ledger.calls_of(part), part.name, part.since, others)
    except UndecidedError:
        return "unknown"
    if found is not None:
        ledger.created(part, found)
        return "sent"
    return "unknown" if ledger.missing(part) < settle else "unsent"
