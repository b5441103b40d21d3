"""Which items a model was asked: not those that the sample, the split or the least diversity of its run left out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from judge.core.files.manifest import GenerationManifest
from judge.core.files.rows import file_sha256
from judge.core.survey.item_sample import chosen_places
from judge.core.survey.split_file import COPY, beside, subgroups_of_side
from judge.preferences.scoring.generation_run import run_of
from judge.preferences.scoring.items import ItemTable
from judge.preferences.scoring.predictions import Predictions
from judge.stats.subgroups.diversity import divisive

Asked = NDArray[np.bool_]


def asked_items(predictions: Predictions, table: ItemTable, values: Path, sha256: str) -> Asked:
    """Return which items (N,) a model was asked, by the run of `judge generate` that wrote its file.

    All items where that is not known: there is no such run, it is of another values file, or its split file is neither
    in its directory nor beside the values file. An item with a reply counts as asked.

    Args:
        predictions: The model's replies.
        table: All items of the values file.
        values: The values file.
        sha256: Its hash.

    Raises:
        InputError: The split file cannot be read.
    """
    run = run_of(predictions)
    places = None if run is None else _chosen(*run, table, values, sha256)
    if places is None:
        return np.ones(len(table.truths), dtype=np.bool_)
    asked = np.zeros(len(table.truths), dtype=np.bool_)
    asked[places] = True
    asked[[reply.row for reply in predictions.replies]] = True
    return asked


def _chosen(
    folder: Path, manifest: GenerationManifest, table: ItemTable, values: Path, sha256: str
) -> list[int] | None:
    """The places of the items of a run; None where they are not known."""
    config = manifest.configuration
    if config.values_sha256 != sha256:
        return None
    subgroups = None
    if config.split is not None:
        known = (path for path in (folder / COPY, *beside(values)) if path.is_file())
        path = next((path for path in known if file_sha256(path) == config.split_file), None)
        if path is None:
            return None
        subgroups = subgroups_of_side(values, config.split, path)
    least = config.min_diversity
    rows = table.truths
    modes = (((row.subgroup.stratum, row.question.id), row.modal_code, len(row.question.scale.codes)) for row in rows)
    return chosen_places(
        rows,
        divisive=None if least is None else divisive(modes, least),
        subgroups=subgroups,
        sample=config.sample,
        seed=config.seed or 0,
    )


def asked_alone(table: ItemTable, asked: Asked) -> ItemTable:
    """Return the items with slices of those alone that were asked; a slice without any is left out.

    The other items stay in the table: baselines know the training rows among them.
    """
    slices = {key: kept for key, rows in table.slices.items() if len(kept := rows[asked[rows]])}
    return replace(table, slices=slices)
