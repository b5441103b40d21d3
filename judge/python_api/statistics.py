"""Statistics of finished runs and of label tables, as `judge agreement`, `correct`, `analyze` and `plan` print them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from judge.comparison.run import Run
from judge.core.errors import UsageError
from judge.judging.verdicts import InconsistentRule
from judge.python_api.arguments import OneOf, Within, checked, names
from judge.python_api.inputs import Source, as_file, scratch
from judge.stats.agreement.ratings import Level
from judge.stats.panels.scores import PanelRule
from judge.stats.win_rates.two_way import GeneralizeTo

if TYPE_CHECKING:
    from judge.analysis.agreement.records import AgreementSummary
    from judge.analysis.correction.records import CorrectSummary
    from judge.analysis.sample_size.records import SampleSizeSummary
    from judge.analysis.subgroups.records import AnalyzeSummary

TestScore: TypeAlias = Literal["accuracy", "neg_rmse"]
ItemCluster: TypeAlias = Literal["item", "question"]
Adjustment: TypeAlias = Literal["holm", "bh"]


@checked(
    level=OneOf(Level),
    epsilon=Within(0, 1),
    score=OneOf(TestScore),
    min_items=Within(2),
    cluster=OneOf(ItemCluster),
    resamples=Within(100),
)
def agreement(
    labels: Source,
    *,
    run: Run | str | Path | None = None,
    judge_rater: str | None = None,
    level: Level | None = None,
    label_set: Sequence[str] = (),
    order: Sequence[str] = (),
    columns: dict[str, str] | None = None,
    exclude: Sequence[str] = (),
    epsilon: float = 0.2,
    score: TestScore = "accuracy",
    wilcoxon: bool = False,
    min_items: int = 30,
    inconsistent_as: str | None = None,
    invalid_as: str | None = None,
    as_wrong: Sequence[str] = (),
    order_ties: str | None = None,
    majority_ties: str | None = None,
    cluster: ItemCluster | None = None,
    seed: int = 0,
    resamples: int = 2_000,
) -> AgreementSummary:
    """Inter-annotator agreement, and a judge's agreement with the annotators, per criterion.

    Alpha, Cohen's and Fleiss' kappas, AC1, percent agreement, each pair of annotators, and the alternative annotator
    test (Calderon et al. 2025) where there is a judge. docs/statistics.md defines each coefficient.

    Args:
        labels: annotations.jsonl, a long CSV of ``item, rater, label[, criterion, ...]``, or a DataFrame of these
            columns.
        run: The run that was annotated: its judge is compared with the annotators.
        judge_rater: The rater of ``labels`` that is a judge; instead of ``run``.
        level: Level of measurement [default: nominal].
        label_set: All labels that an annotator could choose.
        order: All labels from least to most.
        columns: Other names of columns: ``{"item": "qid"}``.
        exclude: Raters to leave out.
        epsilon: Cost-benefit margin of the alternative annotator test.
        score: What that test scores by.
        wilcoxon: Use the signed-rank test for annotators of 5 to 29 items.
        min_items: Least items of an annotator in that test.
        inconsistent_as: Count the judge's inconsistent verdicts as this label.
        invalid_as: Count invalid judgments as this label.
        as_wrong: Count these judgments as wrong, without a label: ``inconsistent``, ``invalid`` or both.
        order_ties: The judge's label that yields to another one of the other order, such as ``tie`` [default: the two
            are inconsistent].
        majority_ties: The label of a tied vote [default: the item is left out].
        cluster: What the bootstrap draws together [default: questions if known, else items].
        seed: Seed of the bootstrap.
        resamples: Resamples of bootstrap intervals, above 400 items (or questions); a jackknife needs none.

    Returns:
        A frozen record: ``criteria`` holds one entry per criterion, with ``people`` (agreement of the annotators)
        and ``judge`` (None without a judge). Coefficients that are undefined have no value and say why.

    Raises:
        InputError: A row cannot be read.
        UsageError: An argument out of range, options that contradict each other, a label outside ``label_set``.
        RunDirectoryError: ``run`` is no run, or has no verdicts.

    Example:
        >>> import judge
        >>> rows = [{"item": i, "rater": r, "label": l} for i, (a, b) in enumerate(["AA", "BB", "AB", "AA", "BB", "AA"])
        ...         for r, l in (("ann", a), ("bob", b))]
        >>> found = judge.agreement(rows)
        >>> round(found.criteria[0].people.coefficients["percent_items"].value, 3)
        0.833
    """
    from judge.analysis.agreement.agreement import agreement as compute
    from judge.analysis.agreement.records import AgreementSettings

    with _file(labels, "labels") as path:
        return compute(
            AgreementSettings(
                file=path,
                judge=None if run is None else _folder(run),
                judge_rater=judge_rater,
                level=level,
                labels=names(label_set),
                order=names(order),
                columns=columns,
                epsilon=epsilon,
                score=score,
                wilcoxon=wilcoxon,
                min_items=min_items,
                inconsistent_as=inconsistent_as,
                invalid_as=invalid_as,
                as_wrong=names(as_wrong),
                order_ties=order_ties,
                majority_ties=majority_ties,
                exclude=names(exclude),
                cluster=cluster,
                seed=seed,
                resamples=resamples,
            )
        )


@checked(
    generalize_to=OneOf(GeneralizeTo),
    inconsistent=OneOf(InconsistentRule),
    combine=OneOf(PanelRule),
    resamples=Within(100),
)
def correct(
    run: Run | str | Path,
    labels: Source,
    *,
    by: Sequence[str] = ("stratum", "category"),
    unweighted: bool = False,
    by_score: bool = False,
    generalize_to: GeneralizeTo | None = None,
    inconsistent: InconsistentRule | None = None,
    combine: PanelRule | None = None,
    seed: int = 0,
    resamples: int = 2_000,
) -> CorrectSummary:
    """Win rates of a whole run, corrected with human labels of part of it.

    Prediction-powered inference with power tuning (PPI++; Angelopoulos, Duchi & Zrnic 2023), clustered by question,
    weighted by the labels' inclusion probabilities.

    Args:
        run: A run, or a table of judgments in two orders.
        labels: annotations.jsonl, a long CSV or a DataFrame: human labels of part of the run's comparisons.
        by: Dimensions of slices.
        unweighted: Take the labelled comparisons as a simple random sample of the run.
        by_score: Correct by people's mean score at each score of the judge, not by a multiple of it; for a simple
            random sample of labels (Chen et al. 2026, arXiv 2601.05420).
        generalize_to: As in :func:`analyze`.
        inconsistent: How orders that differ are scored in a table of judgments: ``mean`` [default], ``half``,
            ``exclude`` or ``winner``. A run has its own rule.
        combine: How the scores of a panel's judges are combined anew: ``mean``, ``majority``, or ``weighted`` by
            agreement with these labels, each question by the labels of others. None: as in the run.
        seed: Seed of the bootstrap.
        resamples: Bootstrap resamples of the plug-in shown for comparison, from 40 questions on.

    Returns:
        A frozen record; ``rows`` holds, per slice and criterion, the judge's, the annotators' and the corrected win
        rate. Without a label in a slice the corrected rate is None and the row says why.

    Raises:
        InputError: A row cannot be read.
        UsageError: The labels are no probability sample of the run, or fit none of its criteria.
        RunDirectoryError: ``run`` is no run, or has no verdicts.

    Example:
        >>> import judge
        >>> files = ("base.jsonl", "ft.jsonl")
        >>> run = judge.compare(*files, values="values.jsonl", judge="heuristic", progress=False)
        >>> some = run.verdicts().query("criterion == 'overall'").head(40)
        >>> labels = [{"item": row.comparison_id, "rater": "ann", "criterion": "overall",
        ...            "label": {"win": "candidate", "loss": "reference"}.get(row.outcome, "tie")}
        ...           for row in some.itertuples()]
        >>> found = judge.correct(run, labels, by=[], unweighted=True)
        >>> [row.labelled for row in found.rows]
        [40]
    """
    from judge.analysis.correction.correct import correct as compute
    from judge.analysis.correction.records import CorrectSettings

    with _file(labels, "labels") as path:
        return compute(
            CorrectSettings(
                run=_folder(run),
                annotations=path,
                by=names(by),
                unweighted=unweighted,
                by_score=by_score,
                generalize_to=generalize_to,
                inconsistent=inconsistent,
                combine=combine,
                seed=seed,
                resamples=resamples,
            )
        )


@checked(
    adjust=OneOf(Adjustment),
    generalize_to=OneOf(GeneralizeTo),
    inconsistent=OneOf(InconsistentRule),
    resamples=Within(100),
    permutations=Within(99),
)
def analyze(
    run: Run | str | Path,
    *,
    by: Sequence[str] = (),
    length_controlled: bool = False,
    adjust: Adjustment = "holm",
    generalize_to: GeneralizeTo | None = None,
    population_weights: Source | None = None,
    others: Sequence[Run | str | Path] = (),
    inconsistent: InconsistentRule | None = None,
    seed: int = 0,
    resamples: int = 10_000,
    permutations: int = 499,
) -> AnalyzeSummary:
    """Subgroups with adjusted tests and shrunken estimates, length, position, and contestants against one another.

    Args:
        run: A run, or a table of judgments in two orders.
        by: Dimensions, like ``["category", "age_group"]`` [default: all].
        length_controlled: Also fit win rates at equal length (Dubois et al. 2024).
        adjust: Adjustment of p values over slices: Holm (family-wise error) or Benjamini-Hochberg (false discovery).
        generalize_to: What intervals are about: other ``questions`` and these subgroups, or other subgroups, too
            (``questions+subgroups``); None is as the run's tables.
        population_weights: Sizes of the subgroups in the population, for win rates by their shares
            (``poststratified``): a table of ``subgroup``, ``weight``, or a values file.
        others: Other runs of the same judge, for a leaderboard of all contestants.
        inconsistent: How orders that differ are scored in a table of judgments: ``mean`` [default], ``half``,
            ``exclude`` or ``winner``. A run has its own rule.
        seed: Seed of intervals and tests.
        resamples: No effect: these intervals need no resamples; kept for old scripts.
        permutations: Permutations of the tests of slices.

    Returns:
        A frozen record: ``slices``, ``spreads``, ``leaderboards`` and more, as `judge analyze --out` writes them.

    Raises:
        UsageError: An unknown dimension, or an argument out of range.
        RunDirectoryError: ``run`` is no run, or has no verdicts.

    Example:
        >>> import judge
        >>> files = ("base.jsonl", "ft.jsonl")
        >>> run = judge.compare(*files, values="values.jsonl", judge="heuristic", progress=False)
        >>> found = judge.analyze(run, by=["category"])
        >>> sorted({row.dimension for row in found.slices})
        ['all', 'category']
    """
    from judge.analysis.subgroups.analyze import analyze as compute
    from judge.analysis.subgroups.records import AnalyzeSettings

    settings = AnalyzeSettings(
        run=_folder(run),
        by=names(by),
        length_controlled=length_controlled,
        adjust=adjust,
        generalize_to=generalize_to,
        others=tuple(_folder(other) for other in others),
        inconsistent=inconsistent,
        seed=seed,
        resamples=resamples,
        permutations=permutations,
    )
    if population_weights is None:
        return compute(settings)
    with _file(population_weights, "population_weights") as path:
        return compute(replace(settings, population_weights=path))


@checked(
    half_width=Within(0.001, 0.5),
    inconsistent=OneOf(InconsistentRule),
    question_cost=Within(0),
    judge_correlation=Within(0, 1),
)
def sample_size(
    half_width: float,
    *,
    pilot: Run | str | Path | None = None,
    annotations: Source | None = None,
    unweighted: bool = False,
    inconsistent: InconsistentRule | None = None,
    question_cost: float = 1.0,
    judge_correlation: float | None = None,
    seed: int = 0,
) -> SampleSizeSummary:
    """Comparisons and human labels needed for a 95 % interval of the given half-width.

    Args:
        half_width: Half of the interval's width, in [.001, .5].
        pilot: A run, or a table of judgments in two orders, whose variance components are used. Without it the
            variance is the largest possible one, .25.
        annotations: Human labels of part of the pilot: how many labels `judge.correct` needs.
        inconsistent: How orders that differ are scored in a table of judgments: ``mean`` [default], ``half``,
            ``exclude`` or ``winner``. A run has its own rule.
        unweighted: Take the labelled comparisons as a simple random sample of the pilot.
        question_cost: What a further question costs, in comparisons.
        judge_correlation: Correlation of two judges' scores of a comparison: what another judge buys. None: that of a
            pilot by a panel.
        seed: Seed of the bootstrap.

    Returns:
        A frozen record, as `judge plan --out` writes it. Numbers that the pilot cannot tell are None, with the reason.

    Raises:
        UsageError: ``annotations`` without ``pilot``, or an argument out of range.
        RunDirectoryError: ``pilot`` is no run, or has no verdicts.

    Example:
        >>> import judge
        >>> questions = judge.sample_size(0.05).assumed
        >>> questions["0.2, 10"] > questions["0.05, 10"]
        True
    """
    from judge.analysis.sample_size.records import SampleSizeSettings
    from judge.analysis.sample_size.sample_size import sample_size as compute

    settings = SampleSizeSettings(
        half_width=half_width,
        pilot=_pilot(pilot),
        unweighted=unweighted,
        inconsistent=inconsistent,
        seed=seed,
        question_cost=question_cost,
        judge_correlation=judge_correlation,
    )
    if annotations is None:
        return compute(settings)
    with _file(annotations, "annotations") as path:
        return compute(replace(settings, annotations=path))


def _pilot(pilot: Run | str | Path | None) -> Path | None:
    return None if pilot is None else _folder(pilot)


def _folder(run: Run | str | Path) -> Path:
    if isinstance(run, Run):
        return run.folder
    if isinstance(run, str | Path):
        return Path(run)
    raise UsageError(f"{type(run).__name__} is no run", hint="give a Run, or the path of a run or table of judgments")


@contextmanager
def _file(source: Source, name: str) -> Iterator[Path]:
    """The path of ``source``; rows lie in a temporary file while it is read."""
    with scratch() as folder:
        yield as_file(source, folder, name)
