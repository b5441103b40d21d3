"""Refuse to compare predictions that were decoded in different ways."""

from __future__ import annotations

import json
from collections.abc import Sequence

from judge.core.errors import InputError
from judge.preferences.scoring.generation_run import run_of
from judge.preferences.scoring.predictions import Predictions
from judge.responses.decoding import HINT, RowDecoding, decoding_in

_ROWS = "responses.jsonl"  # as `judge generate` names the full rows in the run of a CSV file


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
    run = run_of(predictions)
    if predictions.decodings or run is None or not (run[0] / _ROWS).is_file():
        return predictions.decodings
    with (run[0] / _ROWS).open(encoding="utf-8") as rows:
        found = {decoding_in(json.loads(line).get("parameters")) for line in rows}
    return frozenset(each for each in found if each is not None)


def _named(decodings: frozenset[RowDecoding]) -> str:
    return " and ".join(sorted(map(str, decodings)))
