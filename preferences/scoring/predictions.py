"""Reading predictions: rows of ``custom_id, response`` as CSV or JSON Lines, or probabilities of codes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from judge.core.errors import InputError
from judge.core.field_errors import explain
from judge.core.files.arguments import InputFile
from judge.core.files.label_cells import id_text
from judge.core.files.rows import named
from judge.core.records import Scale
from judge.core.survey.answers import REFUSED, UNREADABLE, Answer, read_answer
from judge.core.text.reasoning import split_reasoning
from judge.preferences.scoring.items import ItemTable
from judge.responses.decoding import RowDecoding, decoding_in
from judge.responses.read import open_responses
from judge.stats.estimate import FloatArray


def _as_text(value: object) -> object:
    """A reply stored as a number becomes its text."""
    return f"{value:g}" if type(value) in (int, float) else value


def _from_cell(value: object) -> object:
    """Decode a CSV cell as JSON where it is JSON."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


class PredictionRow(BaseModel):
    """A reply to a structured question, or a model's probabilities of the codes. Other fields are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    item_id: str = Field(min_length=1)
    text: Annotated[str | None, BeforeValidator(_as_text)] = None
    sample: int = Field(default=0, ge=0)
    refusal: bool | None = None
    finish_reason: str | None = None
    probabilities: Annotated[dict[str, float] | None, BeforeValidator(_from_cell)] = None
    parameters: Annotated[object, BeforeValidator(_from_cell)] = None


Target = Literal["mode", "distribution"]
_CODE_COLUMN = re.compile(r"p_?(-?\d+)")
_NAMES = {"item_id": ("item_id", "custom_id", "id"), "text": ("text", "response")}  # in order of preference
_FENCE = re.compile(r"^```(?:json)?\s*|\s*```$")
_HINT = "docs/scoring.md describes the rows"
_ANSWERED = Answer("answered")


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply to an item (``row`` of the item table) as read; ``shares`` of the codes where it gives shares."""

    row: int
    sample: int
    line: int
    answer: Answer
    shares: FloatArray | None = None


@dataclass(frozen=True)
class Predictions:
    """The replies of one file.

    ``unknown`` counts rows excluded because their id is not in the values; ``decodings`` are those that the rows state.
    """

    name: str
    path: Path
    sha256: str
    replies: tuple[Reply, ...]
    unknown: int
    decodings: frozenset[RowDecoding] = frozenset()


def read_predictions(
    file: InputFile, table: ItemTable, *, target: Target = "mode", allow_unknown: bool = False
) -> Predictions:
    """Read one file of predictions.

    A row without a reply (a JSON null) is skipped, so its item is missing.

    Args:
        file: In any format of :mod:`judge.responses`.
        table: the items.
        target: with ``distribution``, probabilities are read, and replies that are JSON objects of shares.
        allow_unknown: skip rows whose id is not in the values instead of refusing the file.

    Raises:
        InputError: with file, line and id: an invalid row, another encoding than UTF-8, an id and sample index that
            occur twice, shares that do not sum to 1 or 100, an id that is not in the values, a file without rows.
    """
    replies: list[Reply] = []
    lines: dict[tuple[int, int], int] = {}
    unknown: list[tuple[int, str]] = []
    decodings: set[RowDecoding] = set()
    for line, prediction in _rows(file, target):
        row = table.row_of.get(prediction.item_id)
        if row is None:
            unknown.append((line, prediction.item_id))
            continue
        if (before := lines.setdefault((row, prediction.sample), line)) != line:
            raise InputError(
                f"duplicate id: also in line {before}, with the same sample index ({prediction.sample})",
                path=file.path,
                line=line,
                row=prediction.item_id,
                hint="remove one of the rows; if they are samples of one item, number them in the field `sample`",
            )
        if isinstance(prediction.parameters, dict) and (found := decoding_in(prediction.parameters)) is not None:
            decodings.add(found)
        if prediction.text is None and prediction.probabilities is None:
            continue
        scale = table.truths[row].question.scale
        try:
            answer, shares = _read(prediction, scale, target)
        except ValueError as error:
            raise InputError(
                str(error),
                path=file.path,
                line=line,
                row=prediction.item_id,
                hint="probabilities map codes of the question's scale to shares with sum 1 (or 100)",
            ) from None
        replies.append(Reply(row, prediction.sample, line, answer, shares))
    if unknown and not allow_unknown:
        line, item_id = unknown[0]
        raise InputError(
            f"{len(unknown)} of {len(unknown) + len(lines)} rows have an id that is not in the values; the first",
            path=file.path,
            line=line,
            row=item_id,
            hint="give the values.jsonl for which the predictions were made, or --allow unknown-ids to skip the rows",
        )
    return Predictions(file.contestant, file.path, file.sha256, tuple(replies), len(unknown), frozenset(decodings))


def _rows(file: InputFile, target: Target) -> Iterator[tuple[int, PredictionRow]]:
    """The rows of a file with their lines."""
    path = file.path
    source = open_responses(path, file.columns)
    if source.wide:
        texts = source.read_as.taken["text"]
        raise InputError(
            f"each row holds the answers of several models ({texts})", path=path, hint="name one: --columns text=COLUMN"
        )
    is_csv = source.cells
    count = 0
    for line, raw in source.rows:
        count += 1
        folded = {name.casefold(): cell for name, cell in raw.items()} | raw  # the exact name has precedence
        row = {name: cell for name, cell in folded.items() if not is_csv or cell != "" or name in ("text", "response")}
        for ours, names in _NAMES.items():
            if (there := next((name for name in names if name in row), None)) is not None:
                row[ours] = row[there]
        given = row.pop("probabilities", None) or _code_columns(row)
        if target == "distribution":
            row["probabilities"] = given
        if isinstance(row.get("item_id"), (str, int, float)):
            row["item_id"] = id_text(row["item_id"])
        item_id = str(row.get("item_id") or "") or None
        if item_id is None or ("text" not in row and row.get("probabilities") is None):
            problem = "no custom_id (or item_id)" if item_id is None else "no response (or text)"
            if not any(name in folded for name in _NAMES["text" if item_id else "item_id"]):
                problem = f"{problem}; the {'columns' if is_csv else 'fields'} are: {named(raw)}"
            hint = "--target distribution scores probabilities" if given and item_id else _HINT
            raise InputError(problem, path=path, line=line, row=item_id, hint=hint)
        try:
            yield line, PredictionRow.model_validate(row)
        except ValidationError as error:
            raise InputError(explain(error, PredictionRow), path=path, line=line, row=item_id, hint=_HINT) from None
    if count == 0:
        raise InputError("the file has no rows", path=path, hint="give a file with one prediction per row")


def _code_columns(row: Mapping[str, object]) -> dict[str, object] | None:
    """Shares in columns ``p_1``, ``p_2``, ... or ``p1``, ``p2``, ..., by code; None where no such cell is filled."""
    found = {match[1]: cell for name, cell in row.items() if (match := _CODE_COLUMN.fullmatch(name)) and cell != ""}
    return found or None


def _read(prediction: PredictionRow, scale: Scale, target: Target) -> tuple[Answer, FloatArray | None]:
    """The answer of a row, and its shares where it gives shares."""
    if prediction.probabilities is not None:
        return _ANSWERED, read_shares(prediction.probabilities, scale)
    text = prediction.text or ""
    if prediction.finish_reason == "content_filter":
        return REFUSED, None
    if target == "distribution" and (found := _object_in(split_reasoning(text).text or "")) is not None:
        try:
            return _ANSWERED, read_shares(found, scale)
        except ValueError:
            return UNREADABLE, None  # written by the model, so a failure of the model
    return read_answer(text, scale, refusal=prediction.refusal), None


def _object_in(text: str) -> dict[str, float] | None:
    """The reply as an object of shares, such as ``{"1": 0.2, "2": 0.8}``; None where it is none."""
    try:
        found = json.loads(_FENCE.sub("", text.strip()))
    except ValueError:
        return None
    numbers = isinstance(found, dict) and all(type(share) in (int, float) for share in found.values())
    return found if numbers and all(re.fullmatch(r"-?\d+", code) for code in found) else None


def read_shares(probabilities: Mapping[str, float], scale: Scale) -> FloatArray:
    """Shares in the order of the scale's codes, normalised to sum 1; 0 for a code without a share.

    Raises:
        ValueError: a code is not on the scale; a share is negative or not finite; the sum is neither within 0.01 of 1
            nor within 1 of 100.
    """
    if unknown := set(probabilities) - {str(code) for code in scale.codes}:
        raise ValueError(f"probabilities: {', '.join(sorted(unknown))} is not on the question's scale")
    shares = np.array([probabilities.get(str(code), 0.0) for code in scale.codes], dtype=np.float64)
    total = float(shares.sum())
    if not np.isfinite(shares).all() or (shares < 0).any() or min(abs(total - 1), abs(total - 100) / 100) > 0.01:
        raise ValueError(f"probabilities: they sum to {total:g}, or one is negative or not finite")
    return np.asarray(shares / total, dtype=np.float64)
