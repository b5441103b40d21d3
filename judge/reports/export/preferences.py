"""Verdicts as preference pairs for training: ``prompt, chosen, rejected``, as TRL's DPO trainer reads them.

https://huggingface.co/docs/trl/dataset_formats#preference. A pair is a win or a loss: ties, verdicts whose orders
disagree and missing ones name no better response, and are left out and counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from judge.core.errors import UsageError
from judge.core.records import Comparison, Item, Verdict

Judged = Iterable[tuple[Comparison, Verdict]]


def criterion_of(criteria: Sequence[str], wanted: str | None) -> str:
    """The criterion that decides which response is chosen: the wanted one, else the only one, else ``overall``.

    Raises:
        UsageError: The run does not have the wanted one; it has several, none of which is ``overall``.
    """
    known = ", ".join(criteria)
    if wanted is not None and wanted not in criteria:
        raise UsageError(f"the run has no criterion {wanted!r}", hint=f"its criteria are: {known}")
    found = wanted or (criteria[0] if len(criteria) == 1 else "overall")
    if found not in criteria:
        raise UsageError("the run has several criteria", hint=f"name one: --criterion {criteria[0]} (of {known})")
    return found


def preferences(judged: Judged, criterion: str, left_out: Counter[str]) -> Iterator[dict[str, object]]:
    """Yield the pairs of the verdicts under one criterion.

    Args:
        judged: Comparisons with their verdicts.
        criterion: The criterion.
        left_out: Counts verdicts that are no pair, by outcome.
    """
    for comparison, verdict in judged:
        if verdict.criterion != criterion:
            continue
        if verdict.outcome not in ("win", "loss"):
            left_out[verdict.outcome] += 1
            continue
        candidate = (comparison.candidate, comparison.candidate_text)
        reference = (comparison.reference, comparison.reference_text)
        chosen, rejected = (candidate, reference) if verdict.outcome == "win" else (reference, candidate)
        yield {
            "prompt": prompt_of(comparison.item),
            "chosen": chosen[1],
            "rejected": rejected[1],
            "chosen_by": chosen[0],
            "rejected_by": rejected[0],
            "comparison_id": comparison.id,
            "criterion": criterion,
        }


def prompt_of(item: Item) -> str:
    """What both responses answer: the persona where there is one, and the question."""
    return "\n\n".join(part for part in (item.persona, item.question) if part)
