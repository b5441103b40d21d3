"""`judge agreement`: agreement among annotators, and of a judge with them, per criterion."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np

from judge import __version__
from judge.analysis.agreement.judge_labels import INVALID, RunJudge, codes_of, read_run_judge
from judge.analysis.agreement.panel import PanelVerdicts, panel_agreement, read_panel_verdicts
from judge.analysis.agreement.records import AgreementHow, AgreementSettings, AgreementSummary, CriterionAgreement
from judge.core.errors import InputError, UsageError
from judge.core.files.label_cells import alike_caution, canonical, id_text, is_number, look_alikes, plain
from judge.core.files.rows import file_sha256, named
from judge.human_labels.label_arrays import ORDER_TIE, CriterionLabels, Wanted, judge_code, label_arrays
from judge.human_labels.read_labels import INCONSISTENT, LABELS, LabelFile, read_labels
from judge.judging.judgment_table import RunSettings
from judge.judging.stored_verdicts import run_settings
from judge.stats.agreement.alternative_annotator import AlternativeAnnotator, alternative_annotator_test
from judge.stats.agreement.annotators import annotator_agreement
from judge.stats.agreement.judge_and_annotators import judge_against_annotators
from judge.stats.agreement.pattern_intervals import INTERVAL as PATTERN_INTERVAL
from judge.stats.agreement.ratings import IntArray, in_use
from judge.stats.formatting import counted

_NOTHING = ("none", "nil", "-", "--", ".", "?")  # labels that often mean that there is none
INTERVAL = f"95 % {PATTERN_INTERVAL}"


def agreement(settings: AgreementSettings) -> AgreementSummary:
    """Compute the agreement among annotators, and of a judge with them, per criterion.

    Args:
        settings: The label file, the judge (a run directory or a rater of the file) and how labels are read.

    Returns:
        Coefficients with intervals for each criterion. An undefined coefficient has no value, and a flag that gives the
        reason. Without a judge, ``judge`` and ``alternative`` of each criterion are None.

    Raises:
        InputError: The file cannot be read, or a row is invalid.
        UsageError: Settings contradict one another, or are about a judge where none is named; a label is outside the
            declared set; file and run have no common criterion.
    """
    settings, declared = _checked(settings)
    _needs_a_judge(settings)
    file = read_labels(settings.file, settings.columns, declared, settings.exclude)
    if file.annotations and (settings.labels or settings.order):
        raise UsageError(
            f"annotations have the labels {', '.join(LABELS)}, in this order", hint="omit --labels and --order"
        )
    if not any(row.label is not None for row in file.rows):
        raise InputError(
            f"no label: {counted(file.skipped, 'row')}, all skipped or empty",
            path=settings.file,
            hint="give a file with labels",
        )
    level = settings.level or "nominal"
    wanted = Wanted(
        level,
        declared,
        bool(settings.order) or level in ("interval", "ratio"),
        settings.inconsistent_as,
        settings.invalid_as,
        settings.order_ties,
    )
    judge = _run_judge(settings, file)
    found = label_arrays(file, wanted, judge_rater=settings.judge_rater, questions=judge.questions if judge else None)
    if judge is not None:
        found = [_with_run(each, judge, wanted) for each in found]
        if all(each.judge is None for each in found):
            raise UsageError(
                f"no criterion of the file is in the run; the run has: {named(judge.labels)}",
                hint="give the annotations of this run",
            )
    if not any(each.people.raters for each in found):
        raise UsageError("the file has no rater other than the judge", hint="give the labels of annotators, too")
    if settings.cluster == "item":
        found = [_by_item(each) for each in found]
    elif settings.cluster == "question" and any(each.people.clusters is None for each in found):
        raise UsageError(
            "the file does not name the question of an item", hint="add a column question, or give --judge"
        )
    return _summary(settings, wanted, file, found)


def _checked(settings: AgreementSettings) -> tuple[AgreementSettings, tuple[str, ...]]:
    """Return the settings with labels in their canonical spelling, and the declared labels; refuse contradictions."""
    if settings.judge is not None and settings.judge_rater is not None:
        raise UsageError("--judge and --judge-rater both name a judge", hint="give one of them")
    if settings.labels and settings.order:
        raise UsageError("--labels and --order both declare the labels", hint="give --order alone")
    declared = tuple(canonical(plain(label)) for label in settings.order or settings.labels)
    if twice := next((label for label in declared if declared.count(label) > 1), None):
        raise UsageError(
            f"the label {twice!r} is declared twice", hint="numbers of equal value are one label: 1, 1.0, 01"
        )
    settings = replace(
        settings,
        judge_rater=None if settings.judge_rater is None else id_text(settings.judge_rater),
        exclude=tuple(map(id_text, settings.exclude)),
        inconsistent_as=_canonical(settings.inconsistent_as),
        invalid_as=_canonical(settings.invalid_as),
        order_ties=_canonical(settings.order_ties),
        majority_ties=_canonical(settings.majority_ties),
    )
    for kind, label in ((INCONSISTENT, settings.inconsistent_as), (INVALID, settings.invalid_as)):
        if kind in settings.as_wrong and label is not None:
            raise UsageError(f"--as-wrong {kind} and --{kind}-as contradict one another", hint="give one of them")
    if unknown := set(settings.as_wrong) - {INCONSISTENT, INVALID}:
        raise UsageError(f"--as-wrong does not know {named(sorted(unknown))}", hint="give inconsistent or invalid")
    if settings.judge_rater is not None and settings.judge_rater in settings.exclude:
        raise UsageError(f"{settings.judge_rater!r} is the judge and cannot be excluded", hint="exclude other raters")
    return settings, declared


def _needs_a_judge(settings: AgreementSettings) -> None:
    """Refuse options about a judge where none is named."""
    if settings.judge is not None or settings.judge_rater is not None:
        return
    plain_ones = AgreementSettings(settings.file)
    given = [
        option
        for option, name in (
            ("--as-wrong", "as_wrong"),
            ("--inconsistent-as", "inconsistent_as"),
            ("--invalid-as", "invalid_as"),
            ("--order-ties", "order_ties"),
            ("--majority-ties", "majority_ties"),
            ("--epsilon", "epsilon"),
            ("--score", "score"),
            ("--wilcoxon", "wilcoxon"),
            ("--min-items", "min_items"),
        )
        if getattr(settings, name) != getattr(plain_ones, name)
    ]
    if given:
        raise UsageError(
            f"{', '.join(given)}: no effect without a judge",
            hint="name the judge with --judge-rater (a rater of the file) or --judge (a run), or omit the option",
        )


def _run_judge(settings: AgreementSettings, file: LabelFile) -> RunJudge | None:
    if settings.judge is None:
        return None
    if not file.annotations:
        raise UsageError(
            "--judge requires annotations of that run", hint="in other tables, name the judge with --judge-rater"
        )
    if settings.judge.is_file():
        raise UsageError(f"{settings.judge} is not a run directory", hint="name a judge in a table with --judge-rater")
    found = read_run_judge(settings.judge)
    if strange := sorted({row.item for row in file.rows} - set(found.questions)):
        raise UsageError(
            f"not in the run: {counted(len(strange), 'annotated comparison')}, {named(strange)}",
            hint="give the run that was annotated",
        )
    return found


def _by_item(table: CriterionLabels) -> CriterionLabels:
    readings = None if table.readings is None else replace(table.readings, clusters=None)
    return replace(table, people=replace(table.people, clusters=None), readings=readings)


def _with_run(table: CriterionLabels, judge: RunJudge, wanted: Wanted) -> CriterionLabels:
    """Return the table with the labels of the run's judge, if the run has the criterion."""
    if table.name not in judge.labels:
        return table
    labels = {label: code for code, label in enumerate(table.people.labels)}
    coded = labels | {label: judge_code(label, labels, wanted, Counter()) for label in (INCONSISTENT, INVALID)}
    items = table.people.items
    said = [judge.labels[table.name].get(item) for item in items]
    replaced: Counter[str] = Counter()
    if wanted.order_ties == "tie":
        winners = judge.winners.get(table.name, {})
        replaced[ORDER_TIE] = sum(item in winners for item in items)
        said = [winners.get(item, label) for item, label in zip(items, said, strict=True)]
    for kind, other in ((INCONSISTENT, wanted.inconsistent_as), (INVALID, wanted.invalid_as)):
        replaced[kind] = said.count(kind) if other in labels else 0
    codes = codes_of(said, coded)
    places = {item: place for place, item in enumerate(items)}
    kept = {kind: number for kind, number in replaced.items() if number}
    return replace(table, judge=codes, readings=judge.readings(table.name, places, coded), replaced=kept)


def _summary(
    settings: AgreementSettings, wanted: Wanted, file: LabelFile, found: list[CriterionLabels]
) -> AgreementSummary:
    said = _named_labels(settings, found)
    panel = None if settings.judge is None else read_panel_verdicts(settings.judge)
    rows = tuple(_criterion(each, settings, panel) for each in found)
    people = found[0].people
    about = run_settings(settings.judge) if settings.judge is not None else None
    return AgreementSummary(
        how=AgreementHow(
            version=__version__,
            file=settings.file.name,
            file_sha256=file_sha256(settings.file),
            judge=about.judge if about else settings.judge_rater,
            run=about.run if about else None,
            level=wanted.level,
            labels=tuple(dict.fromkeys(label for each in found for label in each.people.labels)),
            ordered=people.ordered,
            inconsistent_as=settings.inconsistent_as,
            invalid_as=settings.invalid_as,
            order_ties=settings.order_ties,
            as_wrong=settings.as_wrong,
            majority_ties=settings.majority_ties,
            excluded=dict(file.excluded),
            interval=INTERVAL,
            clustered_by="item" if people.clusters is None else "question",
            resamples=settings.resamples,
            seed=settings.seed,
        ),
        skipped=file.skipped,
        attention_checks=file.attention_checks,
        missing=dict(file.missing),
        warnings=(*_warnings(file, about, found), *said),
        criteria=rows,
    )


def _named_labels(settings: AgreementSettings, found: list[CriterionLabels]) -> list[str]:
    """Return warnings about labels named by options that some criteria do not have; refuse a label that none has."""
    said = []
    if settings.order_ties is not None and not any(
        each.readings is not None and (each.readings.codes >= 0).sum(axis=1).max(initial=0) > 1 for each in found
    ):
        said.append("--order-ties has no effect: the judge labelled no item in two orders.")
    for option, label in (
        ("--majority-ties", settings.majority_ties),
        ("--inconsistent-as", settings.inconsistent_as),
        ("--invalid-as", settings.invalid_as),
        ("--order-ties", settings.order_ties),
    ):
        lacking = [each.name for each in found if label is not None and label not in each.people.labels]
        if found and len(lacking) == len(found):
            known = dict.fromkeys(name for each in found for name in each.people.labels)
            raise UsageError(f"{option} {label!r} is not a label", hint=f"the labels are: {named(known)}")
        if lacking:
            said.append(f"{option} {label}: {named(lacking)} has no such label; the option has no effect there.")
    return said


def _canonical(label: str | None) -> str | None:
    return None if label is None else canonical(plain(label))


def _warnings(file: LabelFile, about: RunSettings | None, tables: list[CriterionLabels]) -> list[str]:
    found = []
    if any(each.judge is not None for each in tables):
        found += [
            f"{each.name}: no label of the judge; only agreement among annotators is computed."
            for each in tables
            if each.judge is None
        ]
    if repeats := sum(each.judge_again for each in tables):
        found.append(
            "Of the judge's labels of an item in an order the first is used: "
            f"{counted(repeats, 'further label')} excluded."
        )
    spelt = {label: sorted(ways) for label, ways in file.spellings.items() if len(ways) > 1}
    if spelt:
        ways = "; ".join(f"{label}: {named(each)}" for label, each in list(spelt.items())[:5])
        found.append(
            f"Numbers of equal value in several spellings are one label: {ways}{' ...' if len(spelt) > 5 else ''}."
        )
    found += _alike(file)
    asked = {row.item: row.question for row in file.rows if row.question is not None}
    if asked and (alone := len({row.item for row in file.rows} - set(asked))):
        found.append(f"Without a question, an item is its own cluster: {counted(alone, 'item')}.")
    if about is not None:
        found += about.warnings
    if len({weight for _, weight in file.sampling.values() if weight is not None}) > 1:
        found.append(
            "Comparisons have unequal inclusion probabilities; these numbers describe the labelled sample, "
            "unweighted. `judge correct` uses the weights."
        )
    return found


def _alike(file: LabelFile) -> list[str]:
    """Warn of names that look alike and are read as different ones, and of a word that may mean nothing."""
    names = {
        "labels": [row.label for row in file.rows if row.label is not None],
        "raters": [row.rater for row in file.rows],
        "items": [row.item for row in file.rows],
        "criteria": [row.criterion for row in file.rows],
    }
    found = [alike_caution(what, alike) for what, each in names.items() if (alike := look_alikes(dict.fromkeys(each)))]
    for word in dict.fromkeys(label for label in names["labels"] if label.casefold() in _NOTHING):
        found.append(f"{word!r} is counted as a label. If it means that there is no label, leave these cells empty.")
    return found


def _criterion(table: CriterionLabels, settings: AgreementSettings, panel: PanelVerdicts | None) -> CriterionAgreement:
    people = table.people
    draws = {"seed": settings.seed, "resamples": settings.resamples}
    vote, inconsistent = (
        label if label in people.labels else None for label in (settings.majority_ties, settings.inconsistent_as)
    )
    tie = None if vote is None else people.labels.index(vote)
    judged = alternative = None
    if table.judge is not None:
        wrong = _wrong(settings, len(people.labels))
        judged = judge_against_annotators(
            people,
            table.judge,
            table.readings,
            tie=tie,
            wrong=wrong,
            seed=settings.seed,
            resamples=settings.resamples,
        )
        alternative = _alternative(table, table.judge, settings)
    return CriterionAgreement(
        criterion=table.name,
        inconsistent_as=inconsistent,
        majority_ties=vote,
        people=annotator_agreement(people if table.declared else in_use(people), **draws),
        judge=judged,
        alternative=alternative,
        self_agreement=table.again,
        replaced=table.replaced,
        panel=None if panel is None or table.judge is None else panel_agreement(panel, table),
    )


def _wrong(settings: AgreementSettings, labels: int) -> tuple[int, ...]:
    """Return the codes that count as wrong in every measure."""
    return tuple(labels + place for place, kind in enumerate((INCONSISTENT, INVALID)) if kind in settings.as_wrong)


def _alternative(table: CriterionLabels, judge: IntArray, settings: AgreementSettings) -> AlternativeAnnotator:
    people, labels = table.people, len(table.people.labels)
    if settings.score == "neg_rmse" and people.level == "nominal":
        raise UsageError(
            "--score neg_rmse requires numeric labels",
            hint="give --level interval (or ordinal), or --score accuracy",
        )
    numbered = settings.score == "neg_rmse" and all(map(is_number, people.labels))
    scale = np.array(list(map(float, people.labels))) if numbered else people.values
    values = np.append(scale, [np.nan, np.nan])
    reasons = {"invalid": judge == labels + 1}
    if settings.score == "accuracy":
        values[labels] = np.inf  # a judgment that agrees with no annotator
        if INVALID in settings.as_wrong:
            values[labels + 1], reasons = np.inf, {}
    else:
        reasons["inconsistent (not a number)"] = judge == labels
    numbers = np.where(people.valid, values[np.clip(people.codes, 0, labels - 1)], np.nan)
    judged = np.where(judge >= 0, values[np.clip(judge, 0, labels + 1)], np.nan)
    return alternative_annotator_test(
        numbers,
        judged,
        people.raters,
        score=settings.score,
        epsilon=settings.epsilon,
        q=settings.q,
        wilcoxon=settings.wilcoxon,
        min_items=settings.min_items,
        reasons=reasons,
        clusters=people.clusters,
    )
