"""Samples of the Language Model Evaluation Harness (``--log_samples``): ``samples_TASK_DATE.jsonl``.

https://github.com/EleutherAI/lm-evaluation-harness, ``EvaluationTracker.save_results_samples``. A document has one row
for each filter; all have the same raw generations, so the rows of the first filter are read.
"""

from __future__ import annotations

import json

from judge.responses.messages import question_of
from judge.responses.shape import Failure, Read, Row, Rows, Shape, inside


def _fits(row: Row) -> bool:
    return "doc_id" in row and ("resps" in row or "filtered_resps" in row)


def _read(rows: Rows) -> Read:
    chosen: object = None
    for number, row in rows:
        chosen = chosen if chosen is not None else row.get("filter", "")
        if row.get("filter", "") != chosen:
            continue
        digits = row.get("doc_hash")
        item_id = f"{row.get('doc_id')}-{digits[:8]}" if isinstance(digits, str) and digits else row.get("doc_id")
        texts = _generations(row.get("resps", row.get("filtered_resps")))
        if not texts:
            yield number, Failure("no generated text (log-likelihoods)")
            continue
        target = row.get("target")
        for place, text in enumerate(texts):
            found: Row = {"item_id": item_id, "text": text, "question": _question(row)}
            if isinstance(target, str) and target:
                found["ground_truth"] = target
            if len(texts) > 1:
                found["sample"] = place
            yield number, {name: value for name, value in found.items() if value is not None}


def _generations(resps: object) -> list[str]:
    """The texts of a document, one for each repeat; none where a model was asked for log-likelihoods."""
    outer = resps if isinstance(resps, list) else [resps]
    flat = [each for inner in outer for each in (inner if isinstance(inner, list) else [inner])]
    return [text for text in flat if isinstance(text, str)] if all(isinstance(text, str) for text in flat) else []


def _question(row: Row) -> str | None:
    """The prompt of the first request: text, or messages as JSON where a chat template was applied."""
    arguments = row.get("arguments")
    prompt = inside(arguments, "gen_args_0", "arg_0") or inside(arguments, 0, 0)
    prompt = prompt[0] if isinstance(prompt, list) and prompt else prompt
    if not isinstance(prompt, str):
        return None
    if prompt.startswith("[{"):
        try:
            return question_of(json.loads(prompt)) or prompt
        except ValueError:
            return prompt
    return prompt


SHAPE = Shape(
    "lm-eval samples",
    _fits,
    _read,
    {"item_id": "doc_id and doc_hash", "text": "resps", "question": "arguments", "ground_truth": "target"},
)
