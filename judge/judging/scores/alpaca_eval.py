"""Read annotations of alpaca_eval: per instruction, how much the second output is preferred, from 1 to 2.

https://github.com/tatsu-lab/alpaca_eval: ``annotations.json`` is an array of objects with ``instruction``,
``output_1``, ``output_2``, ``generator_1``, ``generator_2``, ``annotator`` and ``preference``: 1 for output_1, 2 for
output_2, 1.5 (in older files 0) for a draw, and in between where the annotator gives probabilities. null is none.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path

from judge.core.errors import InputError
from judge.core.records import Preference
from judge.core.tokens import count_words
from judge.responses.ids import Occurrences, id_of_question

NAME = "alpaca_eval annotations"
Row = Mapping[str, object]


def fits(row: Row) -> bool:
    """Whether a row is an annotation of alpaca_eval."""
    return "preference" in row and "output_2" in row and "instruction" in row


def read(rows: Iterator[tuple[int, Row]], path: Path) -> Iterator[tuple[int, Preference]]:
    """Yield the annotations. Of several annotators each is a criterion, of one the criterion is ``preference``.

    An item is an instruction, and its own question; a second annotation of the same outputs is a further sample.

    Raises:
        InputError: A preference is not a number from 1 to 2, an output or instruction is no text, or a generator has no
            name or is compared with itself.
    """
    seen = Occurrences()
    for line, row in rows:
        instruction, one, other = (_text(row, name, path, line) for name in ("instruction", "output_1", "output_2"))
        reference, candidate = (
            str(row.get(f"generator_{number}") or f"output_{number}").replace("|", "/") for number in (1, 2)
        )
        item = id_of_question(instruction)
        if reference == candidate:
            raise InputError(
                f"{reference!r} is compared with itself", path=path, line=line, row=item, hint="remove the annotation"
            )
        annotator = str(row.get("annotator") or "preference")
        sample = seen.next(item, (reference, candidate, annotator))
        yield (
            line,
            Preference(
                comparison_id=f"{item}|{sample}|{reference}|{candidate}",
                criterion=annotator,
                item_id=item,
                sample=sample,
                reference=reference,
                candidate=candidate,
                preference=_preference(row["preference"], path, line, item),
                question_id=item,
                category=str(row["dataset"]) if row.get("dataset") else None,
                reference_words=count_words(one),
                candidate_words=count_words(other),
            ),
        )


def _preference(value: object, path: Path, line: int, item: str) -> float | None:
    """The preference for output_2, from 0 to 1; None where there is none."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not (value == 0 or 1 <= value <= 2):
        raise InputError(
            f"preference {value!r} is not a number from 1 (output_1) to 2 (output_2)",
            path=path,
            line=line,
            row=item,
            hint="write null where the annotator gave none",
        )
    return 0.5 if value == 0 else float(value) - 1


def _text(row: Row, name: str, path: Path, line: int) -> str:
    if not isinstance(text := row.get(name), str):
        raise InputError(
            f"{name} is no text", path=path, line=line, hint="give the annotations as alpaca_eval wrote them"
        )
    return text
