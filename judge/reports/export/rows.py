"""A run's verdicts with the texts that were compared, one row for each comparison and criterion."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from judge.core.files.rows import json_rows
from judge.core.files.run_directory import COMPARISONS, VERDICTS, require_manifest
from judge.core.records import Comparison, Verdict
from judge.judging.panels.read_judges import folders
from judge.judging.stored_verdicts import read_verdicts

TEXTS = tuple(
    "comparison_id item_id criterion reference candidate outcome question_id question persona ground_truth category "
    "stratum subgroup reference_text candidate_text".split()
)
NUMBERS = ("score", "reference_first", "candidate_first")
WHOLE = ("sample", "reference_words", "candidate_words")
COLUMNS = (
    *TEXTS[:6],
    *NUMBERS,
    "sample",
    *TEXTS[6:],
    *WHOLE[1:],
)


def judged(folder: Path) -> Iterator[tuple[Comparison, Verdict]]:
    """Yield each comparison of a run with each of its verdicts.

    Raises:
        RunDirectoryError: There is no run, or it has no verdicts yet.
    """
    require_manifest(folder)
    verdicts: dict[str, list[Verdict]] = {}
    for verdict in read_verdicts(folder):
        verdicts.setdefault(verdict.comparison_id, []).append(verdict)
    for _, row in json_rows(folder / COMPARISONS):
        comparison = Comparison.model_validate(row)
        for verdict in verdicts.get(comparison.id, ()):
            yield comparison, verdict


def exported_rows(folder: Path) -> Iterator[dict[str, object]]:
    """Yield the rows of a run: :data:`COLUMNS`, and ``attribute_NAME`` for each attribute of the subgroup.

    Of a panel, ``score_NAME`` is what the judge of this name says.

    ``score`` is the candidate's, in [0, 1], None where the outcome is ``missing``.
    """
    panel = {name: _scores(own) for name, own in folders(folder, require_manifest(folder))}
    for comparison, verdict in judged(folder):
        told = verdict.model_dump()
        item = comparison.item
        told |= {"question": item.question, "persona": item.persona, "ground_truth": item.ground_truth}
        told |= {"reference_text": comparison.reference_text, "candidate_text": comparison.candidate_text}
        row = {name: told[name] for name in COLUMNS}
        row |= {f"score_{name}": own.get((comparison.id, verdict.criterion)) for name, own in panel.items()}
        yield row | {f"attribute_{name}": value for name, value in verdict.attributes.items()}


def _scores(folder: Path) -> dict[tuple[str, str], float | None]:
    """The scores of one judge of a panel, by comparison and criterion; none where it was not asked yet."""
    if not (folder / VERDICTS).exists():
        return {}
    return {(row.comparison_id, row.criterion): row.score for row in read_verdicts(folder)}
