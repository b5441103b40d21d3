"""A run's verdicts with the texts that were compared, one row for each comparison and criterion."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from pathlib import Path

from judge.core.files.rows import json_rows
from judge.core.files.run_directory import COMPARISONS, VERDICTS, require_manifest
from judge.core.records import Comparison, Verdict
from judge.judging.panels.read_judges import folders
from judge.judging.stored_verdicts import located_verdicts, read_verdicts

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


class Judged:
    """Each comparison of a run with each of its verdicts, in the sequence of the comparisons; read anew each time.

    Kept in memory is where the verdicts of each comparison stand, not what they say.

    Raises:
        RunDirectoryError: There is no run, or it has no verdicts yet.
        InputError: A verdict is damaged (while they are read).
    """

    def __init__(self, folder: Path) -> None:
        require_manifest(folder)
        self._folder = folder
        self._places: dict[str, array[int]] = {}
        self._rows = 0
        for offset, verdict in located_verdicts(folder):
            self._places.setdefault(verdict, array("Q")).append(offset)
            self._rows += 1

    def __len__(self) -> int:
        return self._rows

    def __iter__(self) -> Iterator[tuple[Comparison, Verdict]]:
        with (self._folder / VERDICTS).open("rb") as file:
            for _, row in json_rows(self._folder / COMPARISONS):
                comparison = Comparison.model_validate(row)
                for offset in self._places.get(comparison.id, ()):
                    file.seek(offset)
                    yield comparison, Verdict.model_validate_json(file.readline())

    @property
    def attributes(self) -> list[str]:
        """The attributes of the subgroups, in the sequence in which they first occur."""
        found: dict[str, None] = {}
        for _, row in json_rows(self._folder / COMPARISONS):
            item = row["item"]
            if isinstance(item, dict) and row["id"] in self._places and (own := item.get("attributes")):
                found.update(dict.fromkeys(own))
        return list(found)


class ExportedRows:
    """The rows of a run: :data:`COLUMNS`, and ``attribute_NAME`` for each attribute of the subgroup.

    Errors are those of :class:`Judged`.

    Of a panel, ``score_NAME`` is what the judge of this name says.

    ``score`` is the candidate's, in [0, 1], None where the outcome is ``missing``.
    """

    def __init__(self, folder: Path) -> None:
        self._judged = Judged(folder)
        self._panel = {name: _scores(own) for name, own in folders(folder, require_manifest(folder))}

    def __len__(self) -> int:
        return len(self._judged)

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of all columns."""
        return (
            *COLUMNS,
            *(f"score_{name}" for name in self._panel),
            *(f"attribute_{name}" for name in self._judged.attributes),
        )

    def __iter__(self) -> Iterator[dict[str, object]]:
        for comparison, verdict in self._judged:
            told = verdict.model_dump()
            item = comparison.item
            told |= {"question": item.question, "persona": item.persona, "ground_truth": item.ground_truth}
            told |= {"reference_text": comparison.reference_text, "candidate_text": comparison.candidate_text}
            row = {name: told[name] for name in COLUMNS}
            row |= {f"score_{name}": own.get((comparison.id, verdict.criterion)) for name, own in self._panel.items()}
            yield row | {f"attribute_{name}": value for name, value in verdict.attributes.items()}


def _scores(folder: Path) -> dict[tuple[str, str], float | None]:
    """The scores of one judge of a panel, by comparison and criterion; none where it was not asked yet."""
    if not (folder / VERDICTS).exists():
        return {}
    return {(row.comparison_id, row.criterion): row.score for row in read_verdicts(folder)}
