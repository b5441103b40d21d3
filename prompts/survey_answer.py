"""Word what a subgroup answered in the survey: question, answer and place on the scale in one sentence."""

from __future__ import annotations

from judge.core.records import Item, Scale
from judge.prompts.question import spelt_out

_FEWEST_POINTS_AROUND_A_MIDDLE = 6  # an even scale with fewer has no middle


def survey_answer(item: Item) -> str:
    """Return the sentence that tells a judge the ground truth.

    Args:
        item: The item. Without a structured wording the sentence leaves the question out; without a scale and a mode it
            is the item's own ground truth, as given.
    """
    scale, code = item.scale, item.modal_code
    if scale is None or code is None:
        return item.ground_truth or ""
    asked = f"Asked {_quoted(_asked(item.structured, scale))}, this" if item.structured else "In the survey, this"
    return f"{asked} group most often answered {_answer(scale, code)}."


def scale_points(item: Item) -> str:
    """List the points of an item's scale that have a label, in code order; empty without a scale."""
    scale = item.scale
    if scale is None:
        return ""
    if not scale.ordinal:
        return "; ".join(map(_quoted, scale.labels)) + (" (in no order)" if len(scale.labels) > 2 else "")
    named = [
        f"{code} = {_quoted(label)}"
        for code, label in zip(scale.codes, scale.labels, strict=True)
        if _is_named(code, label)
    ]
    if len(named) == len(scale.codes):
        return "; ".join(named)
    span = f"{scale.codes[0]} to {scale.codes[-1]}"
    return f"{span}: {'; '.join(named)}; the other points have no label" if named else span


def _answer(scale: Scale, code: int) -> str:
    """The modal answer with its place on the scale."""
    at = scale.codes.index(code)
    label = scale.labels[at]
    if not scale.ordinal:
        others = [_quoted(other) for other in scale.labels if other != label]
        return f"{_quoted(label)} (the other answer{'s' if len(others) > 1 else ''}: {'; '.join(others)})"
    ends = [f"{end} = {_quoted(scale.labels[index])}" for index, end in ((0, scale.codes[0]), (-1, scale.codes[-1]))]
    named = _is_named(code, label)
    middle = _middle(at, len(scale.codes), named=named)
    if not (_is_named(scale.codes[0], scale.labels[0]) and _is_named(scale.codes[-1], scale.labels[-1])):
        place = f"on a scale from {scale.codes[0]} to {scale.codes[-1]}{middle}"
        return f"{_quoted(label)} ({code} {place})" if named else f"{code} {place}"
    if not named:
        return f"{code} on a scale where {ends[0]} and {ends[1]}{middle}"
    if scale.codes == tuple(range(1, len(scale.codes) + 1)):
        return f"{_quoted(label)} ({code} of {len(scale.codes)}{middle}; {ends[0]}, {ends[1]})"
    return f"{_quoted(label)} ({code} on a scale where {ends[0]} and {ends[1]}{middle})"


def _middle(at: int, points: int, *, named: bool) -> str:
    """Say where a point is the middle of its scale, or one of the two unnamed ones around it."""
    if points % 2 and 2 * at == points - 1:
        return ", the middle"
    around = (
        not named and points % 2 == 0 and points >= _FEWEST_POINTS_AROUND_A_MIDDLE and abs(2 * at - (points - 1)) == 1
    )
    return ", about the middle" if around else ""


def _is_named(code: int, label: str) -> bool:
    return bool(label.strip()) and label.strip() != str(code)


def _asked(wording: str, scale: Scale) -> str:
    """The structured wording without the list of codes that this program appends."""
    return wording.strip().removesuffix(spelt_out(scale)).strip()


def _quoted(text: str) -> str:
    """The text in double quotes; its own double quotes become single ones."""
    inner = " ".join(text.split())
    for mark in '"\u201c\u201d':
        inner = inner.replace(mark, "'")
    return f'"{inner}"'
