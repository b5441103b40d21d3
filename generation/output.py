"""Write the file of responses from the journal: JSON Lines, or ``custom_id, response`` for structured scoring."""

from __future__ import annotations

import csv
import hashlib
import json
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from judge.core.files.run_directory import replacing
from judge.core.records import GroundTruth, Response
from judge.core.refusal_calls.calls import RefusalClasses
from judge.core.text.reasoning import split_reasoning
from judge.generation.calls import CallMaker
from judge.generation.counts import ResponseCounts
from judge.generation.quality import DUPLICATE, REFUSED, Duplicates, by_rule, flags_of
from judge.generation.structured_replies import as_line
from judge.generation.task import ANSWERS, Generation
from judge.prompts.survey_request import described


def responses(
    rows: Iterable[Generation],
    items: Sequence[GroundTruth],
    maker: CallMaker,
    model: str,
    counts: ResponseCounts,
    classes: RefusalClasses | None = None,
) -> Iterator[Response]:
    """Yield the response of each planned row that has an answer, in the order of the items; the rest is counted.

    A text that gives no number where one was requested is a failure. It is in the file all the same, flagged, since
    scoring counts such texts. With ``classes`` a model has said which open texts are refusals; a text of which it said
    nothing is neither a refusal nor an answer.
    """
    last = {row.key: row for row in rows}
    rest_on = Counter(call.key for call in maker.calls(items))
    structured = maker.settings.structured
    by_id = {item.item_id: item for item in items}
    duplicates = Duplicates()
    for call in maker.calls(items):
        row = last.get(call.key)
        counts.plan(row)
        if row is None:
            continue
        item = by_id[call.item_id]
        inline, text = _parts(row.raw or "", structured=structured)
        reasoning = "\n\n".join(filter(None, (row.reasoning, inline)))
        if row.status not in ANSWERS and not (structured and text.strip()):
            continue
        refuses = by_rule if classes is None else classes.refuses
        flags = flags_of(text, row.status, call.scale if structured else None, refuses)
        unknown = _unknown(classes, row, text)
        if not structured and duplicates.occurred(text, item.question.id):
            flags = (*flags, DUPLICATE)
        counts.add(text, flags, reasoning=bool(reasoning), unclassified=unknown)
        yield Response(
            item_id=item.item_id,
            model=row.model or model,
            sample=call.sample,
            text=text,
            reasoning=reasoning or None,
            finish_reason=row.finish_reason,
            refusal=None if unknown is not None else REFUSED in flags,
            probabilities=row.probabilities,
            parameters=parameters(row, model),
            prompt=maker.prompt.ref,
            usage=row.usage,
            fingerprint=row.fingerprint,
            flags=flags,
            call=call.key,
            shared_by=rest_on[call.key],
            time=row.time,
            persona=described(item).persona if maker.prompt.tells_persona else None,
            question=call.question,
            question_id=item.question.id,
            category=item.question.category,
            stratum=item.subgroup.stratum,
            subgroup=item.subgroup.id,
            attributes=item.subgroup.attributes,
        )


def classified_texts(rows: Iterable[Generation]) -> Iterator[str]:
    """Yield the open texts that a model classifies: those that the provider did not mark as a refusal."""
    last = {row.key: row for row in rows}
    for row in last.values():
        _, text = _parts(row.raw or "", structured=False)
        if is_classified(row, text):
            yield text


def is_classified(row: Generation, text: str) -> bool:
    """Whether a model is asked what the text of a row is: it is a response, and the provider marked no refusal."""
    return row.status in ANSWERS and row.status != "refusal" and bool(text.strip())


def _unknown(classes: RefusalClasses | None, row: Generation, text: str) -> str | None:
    """Why a model did not say of a text whether it is a refusal; None where it did, or was not asked to."""
    if classes is None or not is_classified(row, text) or classes.get(text) is not None:
        return None
    return classes.failure(text)


def _parts(raw: str, *, structured: bool) -> tuple[str, str]:
    """The reasoning and the text of a reply. A structured one without an answer is kept whole, for scoring to count."""
    found = split_reasoning(raw)
    if structured:
        return found.reasoning, as_line(raw)
    return found.reasoning, raw if found.text == raw else (found.text or "").strip()


def parameters(row: Generation, model: str) -> dict[str, object]:
    """Return the parameters as they were sent; null was not sent, and is the provider's default."""
    return {
        "asked": model,
        "temperature": row.temperature,
        "max_tokens": row.max_tokens,
        "seed": row.seed,
        "reply": row.mode,
    }


def write(path: Path, rows: Iterable[Response], *, samples: int, before: Callable[[str], None]) -> None:
    """Write the file by its suffix (.csv: ``custom_id, response``, with ``sample`` where there are several).

    ``before`` is called with the file's sha256 just before it replaces the old one, which it does whole or not at all.
    """
    with replacing(path) as file:
        if path.suffix.lower() == ".csv":
            _write_csv(file, rows, samples)
        else:
            for row in rows:
                file.write(row.model_dump_json() + "\n")
        file.flush()
        os.fsync(file.fileno())
        with Path(file.name).open("rb") as written:
            before(hashlib.file_digest(written, "sha256").hexdigest())


def _write_csv(file: IO[str], rows: Iterable[Response], samples: int) -> None:
    several = ["sample"] if samples > 1 else []
    given = list(rows)
    shares = ["probabilities"] if any(row.probabilities for row in given) else []
    file.write(",".join(["custom_id", *several, "response", *shares]) + "\n")
    # Every text in quotes: the module leaves a lone carriage return without, which its own reader then refuses.
    writer: Any = csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
    for row in given:
        more = [json.dumps(row.probabilities) if row.probabilities else ""] if shares else []
        writer.writerow([row.item_id, *([row.sample] if several else []), row.text, *more])
