"""Read grades of single responses, on any scale, and compare them: a row per item and contestant, with its score."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from pathlib import Path

from judge.core.errors import InputError
from judge.core.files.label_cells import MISSING, id_text, is_number, plain
from judge.core.files.rows import named
from judge.core.records import Grade, Preference

NAME = "grades of responses"
COLUMNS: dict[str, tuple[str, ...]] = {
    "item": ("item_id", "item", "custom_id", "id"),
    "contestant": ("contestant", "model", "generator"),
    "score": ("score", "grade", "rating"),
    "criterion": ("criterion",),
    "sample": ("sample",),
    "question": ("question_id", "question", "cluster"),
    "category": ("category",),
    "stratum": ("stratum",),
    "subgroup": ("subgroup",),
}
Row = Mapping[str, object]


def fits(row: Row) -> bool:
    """Whether a row is a grade: it has an item, a contestant and a score."""
    return all(any(name in row for name in COLUMNS[part]) for part in ("item", "contestant", "score"))


def read(rows: Iterator[tuple[int, Row]], path: Path) -> Iterator[tuple[int, Grade]]:
    """Yield the grades. Without a column ``question_id`` each item is its own question.

    Raises:
        InputError: A score is not a number, an item or contestant is missing, or a contestant has two scores for one
            item, sample and criterion.
    """
    seen: dict[tuple[str, int, str, str], int] = {}
    for line, row in rows:
        names = {part: name for part, known in COLUMNS.items() if (name := next((n for n in known if n in row), None))}
        cells = {part: _cell(row[name], part, path, line) for part, name in names.items()}
        item, contestant = cells.get("item", ""), cells.get("contestant", "").replace("|", "/")
        if not item or not contestant:
            raise InputError(
                f"the {'contestant' if item else 'item'} is missing; the row has: {named(row)}",
                path=path,
                line=line,
                row=item or None,
                hint="give item_id, contestant and score in each row",
            )
        sample = cells.get("sample") or "0"
        if not sample.isdecimal():
            raise InputError(
                f"sample {sample!r} is not a whole number", path=path, line=line, row=item, hint="number it"
            )
        criterion = cells.get("criterion") or "score"
        key = item, int(sample), criterion, contestant
        if (before := seen.setdefault(key, line)) != line:
            raise InputError(
                f"{contestant} has two scores: the other one is in line {before}",
                path=path,
                line=line,
                row=item,
                hint="keep one, or number samples of one item in a column `sample`",
            )
        yield (
            line,
            Grade(
                item_id=item,
                sample=int(sample),
                contestant=contestant,
                criterion=criterion,
                score=_number(cells.get("score", ""), path, line, item),
                question_id=cells.get("question") or item,
                category=cells.get("category") or None,
                stratum=cells.get("stratum") or None,
                subgroup=cells.get("subgroup") or None,
            ),
        )


def compared(grades: Sequence[Grade]) -> Iterator[Preference]:
    """Yield the comparisons of all pairs of contestants: 1 for the higher score, .5 for equal ones.

    A pair is compared on the items that both have a row for; where a score is missing, so is the preference.
    """
    contestants = list(dict.fromkeys(grade.contestant for grade in grades))
    of: dict[tuple[str, int], dict[tuple[str, str], Grade]] = {}
    for grade in grades:
        of.setdefault((grade.item_id, grade.sample), {})[grade.criterion, grade.contestant] = grade
    criteria = list(dict.fromkeys(grade.criterion for grade in grades))
    for reference, candidate in combinations(contestants, 2):
        for (item, sample), given in of.items():
            for criterion in criteria:
                one, other = given.get((criterion, reference)), given.get((criterion, candidate))
                if one is None or other is None:
                    continue
                difference = None if one.score is None or other.score is None else other.score - one.score
                yield Preference(
                    comparison_id=f"{item}|{sample}|{reference}|{candidate}",
                    criterion=criterion,
                    item_id=item,
                    sample=sample,
                    reference=reference,
                    candidate=candidate,
                    preference=None if difference is None else 0.5 if difference == 0 else float(difference > 0),
                    difference=difference,
                    question_id=one.question_id,
                    category=one.category,
                    stratum=one.stratum,
                    subgroup=one.subgroup,
                )


def _cell(value: object, part: str, path: Path, line: int) -> str:
    try:
        text = (plain if part == "score" else id_text)(value)
    except ValueError as error:
        raise InputError(str(error), path=path, line=line, hint=f"give one {part} per cell") from None
    return "" if text in MISSING and part != "item" else text


def _number(text: str, path: Path, line: int, item: str) -> float | None:
    if not text:
        return None
    if not is_number(text):
        raise InputError(
            f"score {text!r} is not a number", path=path, line=line, row=item, hint="give a number, or nothing if none"
        )
    return float(text)
