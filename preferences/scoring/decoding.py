"""Refuse to compare predictions that were decoded in different ways."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from judge.core.errors import InputError
from judge.core.files.manifest import GenerationManifest
from judge.core.files.run_directory import read_manifest
from judge.preferences.scoring.predictions import Predictions
from judge.responses.decoding import HINT, RowDecoding, decoding_in

_RUN, _ROWS = ".run", "responses.jsonl"  # as `judge generate` names the folder beside a CSV file, and the rows there


def check_decoding(pairs: Sequence[tuple[str, str]], predictions: Sequence[Predictions]) -> None:
    """Check that the two files of each pair were decoded alike, as far as it is known of both.

    Args:
        pairs: Names of base and candidate.
        predictions: The files.

    Raises:
        InputError: Names both files and what differs.
    """
    known = {each.name: _decodings(each) for each in predictions}
    paths = {each.name: each.path for each in predictions}
    for base, candidate in pairs:
        one, other = known[base], known[candidate]
        if one and other and one != other:
            raise InputError(
                f"differing decoding: {candidate} was made with {_named(other)}, {base} ({paths[base]}) with "
                f"{_named(one)}",
                path=paths[candidate],
                hint=HINT,
            )


def _decodings(predictions: Predictions) -> frozenset[RowDecoding]:
    """The decodings that the rows state, or, for a file of `judge generate` that has no room for them, its run."""
    return predictions.decodings or _of_run(predictions.path, predictions.sha256)


def _of_run(path: Path, sha256: str) -> frozenset[RowDecoding]:
    folder = path.with_name(f"{path.name}{_RUN}")
    if not (folder / _ROWS).is_file():
        return frozenset()
    manifest = read_manifest(folder, GenerationManifest)
    if manifest is None or sha256 not in manifest.outputs[-1:]:
        return frozenset()  # another file of that name
    with (folder / _ROWS).open(encoding="utf-8") as rows:
        found = {decoding_in(json.loads(line).get("parameters")) for line in rows}
    return frozenset(each for each in found if each is not None)


def _named(decodings: frozenset[RowDecoding]) -> str:
    return " and ".join(sorted(map(str, decodings)))
