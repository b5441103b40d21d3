"""`judge agreement`: people among themselves, and a judge against them, per criterion."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict

from judge import __version__
from judge.core.errors import UsageError
from judge.core.jsonl import file_sha256, named
from judge.label_tables import Criterion, Wanted, judge_code, tables
from judge.labels import LABELS, LabelFile, read_labels
from judge.run_verdicts import read_verdicts, run_settings, said, said_in_orders
from judge.stats.against_people import AgainstPeople, against_people
from judge.stats.agreement import RESAMPLES, PeopleAgreement, people_agreement
from judge.stats.alternative_annotator import (
    EPSILON,
    MIN_ITEMS,
    AlternativeAnnotator,
    Q,
    Score,
    alternative_annotator_test,
)
from judge.stats.ratings import IntArray, Level

INTERVAL = "95 % percentile bootstrap; below 40 units a jackknife t interval"


@dataclass(frozen=True)
class AgreementSettings:
    """What to compare. ``judge`` is a run directory, ``judge_rater`` a rater in the file; at most one of them."""

    file: Path
    judge: Path | None = None
    judge_rater: str | None = None
    level: Level | None = None
    labels: tuple[str, ...] = ()
    order: tuple[str, ...] = ()
    columns: dict[str, str] | None = None
    epsilon: float = EPSILON
    score: Score = "accuracy"
    wilcoxon: bool = False
    min_items: int = MIN_ITEMS
    q: float = Q
    inconsistent_as: str | None = None
    invalid_as: str | None = None
    majority_ties: str | None = None
    cluster: str | None = None
    seed: int = 0
    resamples: int = RESAMPLES


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class AgreementHow(_Row):
    """The settings that the numbers were computed with."""

    version: str
    file: str
    file_sha256: str
    judge: str | None
    run: str | None
    level: Level
    labels: tuple[str, ...]
    ordered: bool
    inconsistent_as: str | None
    invalid_as: str | None
    majority_ties: str | None
    interval: str
    clustered_by: str
    resamples: int
    seed: int


class CriterionAgreement(_Row):
    """One criterion. ``self_agreement`` is (labels given again, those among them that were the same)."""

    criterion: str
    people: PeopleAgreement
    judge: AgainstPeople | None
    alternative: AlternativeAnnotator | None
    self_agreement: tuple[int, int]


class AgreementSummary(_Row):
    """Everything that `judge agreement` prints."""

    how: AgreementHow
    skipped: int
    attention_checks: int
    warnings: tuple[str, ...]
    criteria: tuple[CriterionAgreement, ...]


def run(settings: AgreementSettings) -> AgreementSummary:
    """Read the file, and the run where one is given, and compute everything.

    Errors: those of reading; options that do not fit together; labels outside the declared set; no criterion in common.
    """
    if settings.judge is not None and settings.judge_rater is not None:
        raise UsageError("--judge and --judge-rater name two judges", hint="give one of them")
    if settings.labels and settings.order:
        raise UsageError("--labels and --order both declare the labels", hint="--order alone says which, and in order")
    file = read_labels(settings.file, settings.columns)
    if file.annotations and (settings.labels or settings.order):
        raise UsageError(
            f"annotations have the labels {', '.join(LABELS)}, in this order", hint="leave --labels and --order out"
        )
    if not any(row.label is not None for row in file.rows):
        raise UsageError(
            f"{settings.file} holds no label: {file.skipped} rows are skipped or empty", hint="nothing to compare"
        )
    level = settings.level or "nominal"
    wanted = Wanted(
        level, settings.order or settings.labels, bool(settings.order) or level in ("interval", "ratio"),
        settings.inconsistent_as, settings.invalid_as,
    )  # fmt: skip
    questions, verdicts = _verdicts(settings, file)
    found = tables(file, wanted, judge_rater=settings.judge_rater, questions=questions)
    if settings.judge is not None:
        found = [_with_run(each, verdicts, wanted) for each in found if each.name in verdicts]
        if not found:
            raise UsageError(
                f"the file's criteria are not the run's: {named(verdicts)}", hint="give the annotations of this run"
            )
    if not any(each.people.raters for each in found):
        raise UsageError(
            "the file has no rater but the judge", hint="--judge-rater names the judge among several raters"
        )
    if settings.cluster == "item":
        found = [replace(each, people=replace(each.people, clusters=None)) for each in found]
    elif settings.cluster == "question" and any(each.people.clusters is None for each in found):
        raise UsageError(
            "the file does not say which question an item is of", hint="give a column question, or --judge"
        )
    return _summary(settings, wanted, file, found)


def _verdicts(
    settings: AgreementSettings, file: LabelFile
) -> tuple[dict[str, str] | None, dict[str, dict[str, tuple[str, dict[str, str]]]]]:
    """Question of each comparison, and what the judge said of it: criterion -> comparison -> (label, by order)."""
    found: dict[str, dict[str, tuple[str, dict[str, str]]]] = {}
    if settings.judge is None:
        return None, found
    if not file.annotations:
        raise UsageError(
            "--judge takes the annotations of its run", hint="for other tables name the judge: --judge-rater"
        )
    questions = {}
    for row in read_verdicts(settings.judge):
        questions[row.comparison_id] = row.question_id
        found.setdefault(row.criterion, {})[row.comparison_id] = said(row), said_in_orders(row)
    if strange := sorted({row.item for row in file.rows} - set(questions)):
        raise UsageError(
            f"{len(strange)} annotated comparisons are not in the run: {named(strange)}",
            hint="give the run that was annotated",
        )
    return questions, found


def _with_run(
    table: Criterion, verdicts: dict[str, dict[str, tuple[str, dict[str, str]]]], wanted: Wanted
) -> Criterion:
    places = {label: code for code, label in enumerate(table.people.labels)}
    judged = verdicts[table.name]
    codes = [judge_code(judged[item][0], places, wanted) for item in table.people.items]
    orders: dict[str, IntArray] = {}
    for order in ("reference_first", "candidate_first"):
        orders[order] = np.array(
            [
                judge_code(judged[item][1][order], places, wanted) if order in judged[item][1] else -1
                for item in table.people.items
            ],
            dtype=np.int64,
        )
    return replace(table, judge=np.array(codes, dtype=np.int64), orders=orders)


def _summary(settings: AgreementSettings, wanted: Wanted, file: LabelFile, found: list[Criterion]) -> AgreementSummary:
    rows = tuple(_criterion(each, settings) for each in found)
    people = found[0].people
    about = run_settings(settings.judge) if settings.judge is not None else None
    return AgreementSummary(
        how=AgreementHow(
            version=__version__,
            file=settings.file.name,
            file_sha256=file_sha256(settings.file),
            judge=about["judge"] if about else settings.judge_rater,
            run=about["run"] if about else None,
            level=wanted.level,
            labels=people.labels,
            ordered=people.ordered,
            inconsistent_as=settings.inconsistent_as,
            invalid_as=settings.invalid_as,
            majority_ties=settings.majority_ties,
            interval=INTERVAL,
            clustered_by="item" if people.clusters is None else "question",
            resamples=settings.resamples,
            seed=settings.seed,
        ),
        skipped=file.skipped,
        attention_checks=file.attention_checks,
        warnings=tuple(_warnings(file, about)),
        criteria=rows,
    )


def _warnings(file: LabelFile, about: dict[str, object] | None) -> list[str]:
    found = []
    if about is not None and not about["is_llm"]:
        found.append("The judge is the offline heuristic, which is not an LLM.")
    if len({weight for _, weight in file.drawn.values() if weight is not None}) > 1:
        found.append(
            "Comparisons were drawn with unequal chances: these numbers describe the labelled sample as it is. "
            "`judge correct` weighs it."
        )
    return found


def _criterion(table: Criterion, settings: AgreementSettings) -> CriterionAgreement:
    people = table.people
    draws = {"seed": settings.seed, "resamples": settings.resamples}
    tie = None
    if settings.majority_ties is not None:
        if settings.majority_ties not in people.labels:
            raise UsageError(
                f"--majority-ties {settings.majority_ties!r} is no label",
                hint=f"the labels are: {named(people.labels)}",
            )
        tie = people.labels.index(settings.majority_ties)
    for option, label in (("--inconsistent-as", settings.inconsistent_as), ("--invalid-as", settings.invalid_as)):
        if label is not None and label not in people.labels:
            raise UsageError(f"{option} {label!r} is no label", hint=f"the labels are: {named(people.labels)}")
    judged = alternative = None
    if table.judge is not None:
        judged = against_people(people, table.judge, table.orders, tie=tie, **draws)
        alternative = _alternative(table, table.judge, settings)
    return CriterionAgreement(
        criterion=table.name,
        people=people_agreement(people, **draws),
        judge=judged,
        alternative=alternative,
        self_agreement=table.again,
    )


def _alternative(table: Criterion, judge: IntArray, settings: AgreementSettings) -> AlternativeAnnotator:
    people, labels = table.people, len(table.people.labels)
    if settings.score == "neg_rmse" and people.level == "nominal":
        raise UsageError("negative RMSE needs numbers", hint="give --level interval (or ordinal), or --score accuracy")
    values = np.append(people.values, [np.nan, np.nan])
    if settings.score == "accuracy":
        values[labels] = np.inf  # inconsistent: judged, and agrees with nobody
    numbers = np.where(people.valid, values[np.clip(people.codes, 0, labels - 1)], np.nan)
    judged = np.where(judge >= 0, values[np.clip(judge, 0, labels + 1)], np.nan)
    return alternative_annotator_test(
        numbers, judged, people.raters, score=settings.score, epsilon=settings.epsilon, q=settings.q,
        wilcoxon=settings.wilcoxon, min_items=settings.min_items,
    )  # fmt: skip
