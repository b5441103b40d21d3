"""Summaries of small made-up runs, for tests: cases of replies, read through plan, journal, verdicts and summary."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from judge.comparison.summary import How, Spent, Summary, summarize
from judge.core.records import Comparison, Item, Judgment, Outcome, Verdict
from judge.judging.call_plan import OrderPlan, Plan
from judge.judging.journal_state import journal_state
from judge.judging.verdicts import InconsistentRule, resolve
from judge.stats.intervals.share_interval import METHOD

REPLIES = ("A", "B", "tie", "parse_error", "refusal", "truncated", "api_error", "not asked")
CRITERIA = ("persona", "overall")


@dataclass(frozen=True)
class Case:
    """A comparison of x and y: its question and slices, lengths, and what each call came to.

    ``replies`` holds, per criterion, the reply when x and when y was shown first, for each of two repeats.
    """

    question: int
    words: tuple[int, int]
    replies: tuple[tuple[str, str, str, str], tuple[str, str, str, str]]


def summary_of(
    cases: list[Case], swapped: bool, orders: OrderPlan, repeats: int, rule: InconsistentRule, **how: object
) -> Summary:
    """Judge x against y, or swapped y against x, with the very same replies to the very same prompts."""
    names = ("y", "x") if swapped else ("x", "y")
    comparisons, journal = [], []
    for number, case in enumerate(cases):
        texts = {"x": "word " * case.words[0], "y": "word " * case.words[1]}
        item = Item(
            id=f"Q{case.question}_{number}",
            question_id=f"Q{case.question}",
            category=f"c|{case.question % 3}*",
            subgroup=f"g_{number % 2}",
            attributes={"age": "young" if number % 3 else "<old>\n| 65"},
        )
        one = Comparison(
            id=f"{item.id}|0|{names[0]}|{names[1]}",
            item=item,
            sample=0,
            reference=names[0],
            candidate=names[1],
            reference_text=texts[names[0]],
            candidate_text=texts[names[1]],
            reference_sha256="0",
            candidate_sha256="0",
        )
        comparisons.append(one)
        for place in range(4):
            shown_first, repeat = "xy"[place % 2], place // 2
            if (row := judgment(one, shown_first, repeat, case, place)) is not None:
                journal.append(row)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "comparisons.jsonl"
        path.write_text("".join(one.model_dump_json() + "\n" for one in comparisons))
        plan = Plan(path, seed=3, orders=orders, repeats=repeats, limit=None)
        verdicts = list(resolve(plan, journal_state(journal), CRITERIA, rule))
    on_disk = len({(row.comparison_id, row.order, row.repeat) for row in journal})
    return summary(verdicts, CRITERIA, on_disk=on_disk, orders=orders, repeats=repeats, inconsistent=rule, **how)


def summary(
    verdicts: Iterable[Verdict],
    criteria: tuple[str, ...],
    on_disk: int = 0,
    contestants: tuple[str, ...] = (),
    **how: object,
) -> Summary:
    """The summary of verdicts, of a run that is called ``run_*1``."""
    settings_of_run: dict[str, object] = {
        "judge": "openai:m*", "endpoint": "http://x", "is_llm": True, "models_returned": {"m_1": 3}, "prompt": "p",
        "prompt_version": "1", "prompt_sha256": "0", "criteria": criteria, "orders": "both", "repeats": 1,
        "inconsistent": "mean", "interval": METHOD, "clustered_by": "question", "level": 0.95,
        "resamples": 200, "seed": 0,
    }  # fmt: skip
    return summarize(
        verdicts,
        name="run_*1",
        how=How.model_validate(settings_of_run | how),
        spent=Spent(
            requests=1, replies=1, input_tokens=1, output_tokens=1, cost=None, replies_without_cost=1, currency="USD"
        ),
        on_disk=on_disk,
        contestants=contestants,
    )


def verdict_rows(
    question: int, outcome: Outcome, criteria: tuple[str, ...] = ("overall",), **fields: object
) -> list[Verdict]:
    """One comparison's verdicts, alike under all criteria: stratum, subgroup and the like as ``fields`` say."""
    score = {"win": 1.0, "loss": 0.0, "tie": 0.5, "inconsistent": 0.75, "missing": None}[outcome]
    row: dict[str, object] = {
        "item_id": f"Q{question}_x",
        "sample": 0,
        "reference": "base",
        "candidate": "ft",
        "outcome": outcome,
        "score": score,
        "question_id": f"Q{question}",
        "reference_words": 10,
        "candidate_words": 12,
    }
    row |= fields
    name = "|".join(str(row[key]) for key in ("item_id", "subgroup", "candidate") if key in row)
    return [Verdict.model_validate(row | {"comparison_id": name, "criterion": each}) for each in criteria]


def judgment(one: Comparison, shown_first: str, repeat: int, case: Case, place: int) -> Judgment | None:
    said = case.replies[0][place]
    if said == "not asked":
        return None
    ok = said in ("A", "B", "tie")
    second = case.replies[1][place]
    winners = {"persona": said, "overall": second if second in ("A", "B", "tie") else "tie"} if ok else {}
    fields = {
        "key": "0",
        "comparison_id": one.id,
        "repeat": repeat,
        "attempt": 0,
        "judge": "j",
        "model": None,
        "order": "reference_first" if one.reference == shown_first else "candidate_first",
        "status": "ok" if ok else said,
        "winners": winners,
        "prompt_sha256": "0",
        "time": "t",
    }
    return Judgment.model_validate(fields)


def golden() -> Summary:
    """Eight comparisons over eight questions: 4 wins, 1 loss, 1 tie, 1 inconsistent (.75), 1 missing."""
    wins = ("B", "A", "A", "A")
    said = [
        wins,
        wins,
        wins,
        wins,
        ("A", "B", "A", "A"),
        ("tie", "tie", "A", "A"),
        ("B", "tie", "A", "A"),
        ("B", "refusal", "A", "A"),
    ]
    return summary_of([Case(number, (1, 2), (row, row)) for number, row in enumerate(said)], False, "both", 1, "mean")
