"""What the scored models were fine-tuned on, and how much of it is scored."""

from __future__ import annotations

from collections.abc import Sequence, Set

from judge.core.files.training_manifest import read_trained_rows
from judge.preferences.scoring.generation_run import run_of
from judge.preferences.scoring.items import ItemTable
from judge.preferences.scoring.predictions import Predictions
from judge.preferences.scoring.records import TrainingSeen

_ROWS = "trained-rows.jsonl"  # as `judge generate` names the copy of the list


def trained_models(predictions: Sequence[Predictions], table: ItemTable) -> tuple[TrainingSeen, ...]:
    """Return what is known of each model that `judge finetune` trained.

    Raises:
        RunDirectoryError: The list of training rows cannot be read.
    """
    found = []
    for each in predictions:
        run = run_of(each)
        if run is None or run[1].training is None:
            continue
        folder, manifest = run
        training = manifest.training
        assert training is not None
        trained = {row.item_id for row in read_trained_rows(folder / _ROWS) if row.part == "train"}
        replied = {reply.row for reply in each.replies}
        scored = {table.row_of[item] for item in trained if item in table.row_of} & replied
        found.append(
            TrainingSeen(
                contestant=each.name,
                weights=training.weights,
                base=training.base,
                rows_sha256=training.rows_sha256,
                items=len(trained),
                strata=training.strata,
                scored=len(scored),
                scored_in=_in_splits(scored, table),
            )
        )
    return tuple(found)


def trained_rows(predictions: Sequence[Predictions], table: ItemTable) -> set[int]:
    """Return the rows that any of the models was trained on; without such a model the rows of the ID split."""
    ids: set[str] = set()
    for each in predictions:
        if (run := run_of(each)) is not None and run[1].training is not None:
            ids |= {row.item_id for row in read_trained_rows(run[0] / _ROWS) if row.part == "train"}
    known = {table.row_of[item] for item in ids if item in table.row_of}
    if known:
        return known
    return {
        int(row)
        for (dimension, value), rows in table.slices.items()
        if dimension == "split" and value in ("ID", "train")
        for row in rows
    }


def _in_splits(rows: Set[int], table: ItemTable) -> dict[str, int]:
    return {
        value: sum(int(row) in rows for row in of_split)
        for (dimension, value), of_split in table.slices.items()
        if dimension == "split"
    }
