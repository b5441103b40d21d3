"""`judge correct`: win rates of a whole run, corrected with human labels of part of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from judge import __version__
from judge.analysis.correction.panel import PanelScores, combined_anew, read_panel_scores
from judge.analysis.correction.records import (
    DIMENSIONS,
    CorrectedRow,
    CorrectHow,
    CorrectSettings,
    CorrectSummary,
    JudgeCorrected,
    JudgeWeight,
)
from judge.analysis.correction.strata import Strata, no_label, sampling_strata
from judge.core.errors import InputError, UsageError
from judge.core.files.rows import file_sha256, named
from judge.core.files.run_directory import require_manifest
from judge.core.records import Verdict
from judge.human_labels.read_labels import LabelFile, first_labels, read_run_labels
from judge.judging.expert.rates import ExpertReading, ExpertRow, expert_rates
from judge.judging.open_run import open_plan
from judge.judging.stored_verdicts import read_verdicts, require_subgroups, run_settings, verdicts_sha256
from judge.judging.verdicts import InconsistentRule
from judge.stats.agreement.ratings import IntArray
from judge.stats.estimate import FloatArray, undefined
from judge.stats.formatting import counted
from judge.stats.win_rates.prediction_powered import Sample, corrected_rate, score_levels
from judge.stats.win_rates.sensitivity import sensitivity_plug_in
from judge.stats.win_rates.two_way import CLUSTERED_BY, GeneralizeTo
from judge.stats.win_rates.verdict_table import VerdictTable, has_subgroups, membership, verdict_tables

_OFF = 1.5  # weights off the run's size by more than this factor raise a warning
_SCORES = {"candidate": 1.0, "tie": 0.5, "reference": 0.0}
INTERVAL = "95% jackknife t interval on the logit scale, by {by}, within {strata}"


def correct(settings: CorrectSettings) -> CorrectSummary:
    """Correct the win rates of a run with annotators' labels of part of it (prediction-powered inference).

    Args:
        settings: The run, the labels, the dimensions and how labels are weighted.

    Returns:
        One row per pair of contestants, slice and criterion with labels: corrected, labels only, judge only, and the
        sensitivity-specificity plug-in (of the cheap judge, where the run has an expert). A slice with a sampling
        stratum without labels is undefined (``stratum_unlabelled``).

    Raises:
        InputError: A file cannot be read; inclusion probabilities are missing and ``unweighted`` is False; no
            comparison has a label; a sampling stratum of the whole run has none.
        UsageError: Labels are of comparisons or criteria that are not in the run.
    """
    about = run_settings(settings.run, settings.inconsistent)
    verdicts = list(read_verdicts(settings.run, about.inconsistent))
    tables = verdict_tables(verdicts, about.criteria, partial=about.partial)
    _check_dimensions(tables, settings.by)
    file = read_run_labels(settings.annotations, about.criteria)
    known = {row.comparison_id for row in verdicts}
    if strange := sorted(set(file.sampling) - known):
        raise UsageError(
            f"not in the run: {counted(len(strange), 'annotated comparison')}, {named(strange)}",
            hint="give the run that was annotated",
        )
    if unknown := {row.criterion for row in file.rows} - set(about.criteria):
        raise UsageError(f"the run has no criterion {named(sorted(unknown))}", hint=f"it has: {named(about.criteria)}")
    _check_weights(file, settings)
    strata = sampling_strata(file, verdicts, about.criteria)
    to = settings.generalize_to or about.generalize_to
    if to != "questions":
        require_subgroups(tables)
    expert = _expert(settings, verdicts, about.inconsistent, to)
    panel = read_panel_scores(settings.run, about.criteria, {row.comparison_id: row.question_id for row in verdicts})
    if settings.combine is not None and panel is None:
        raise UsageError("--combine is for a run with several judges", hint="leave it out")
    found = _Labels(file, verdicts, tables, about.criteria, replace(settings, generalize_to=to), strata, expert, panel)
    rows = tuple(found.rows())
    warnings = [*about.warnings]
    if settings.unweighted:
        warnings.append("--unweighted: the labelled comparisons are treated as a simple random sample of the run.")
    if expert is not None:
        warnings.append(
            f"The run has an expert, {expert.rates.judge}: people's labels correct its scores, which are its own where "
            "it read a comparison, else predicted from the cheap judge's; judge only is its estimated win rate."
        )
    warnings += strata.warnings
    warnings += found.warnings()
    return CorrectSummary(
        how=CorrectHow(
            version=__version__, run=about.run, judge=about.judge, verdicts_sha256=verdicts_sha256(settings.run),
            annotations=settings.annotations.name, annotations_sha256=file_sha256(settings.annotations),
            inconsistent=about.inconsistent, weighted=not settings.unweighted, by=settings.by,
            by_score=settings.by_score, combine=settings.combine,
            interval=INTERVAL.format(
                by=CLUSTERED_BY[to], strata="scores of the judge" if settings.by_score else "sampling strata"
            ),
            clustered_by=CLUSTERED_BY[to], generalize_to=to, resamples=settings.resamples, seed=settings.seed,
            has_subgroups=has_subgroups(tables),
        ),
        strata=strata.meaning, skipped=file.skipped, attention_checks=file.attention_checks, warnings=tuple(warnings),
        rows=rows, judges=tuple(found.judges()), weights=found.judge_weights,
    )  # fmt: skip


def _expert(
    settings: CorrectSettings, verdicts: list[Verdict], rule: InconsistentRule, to: GeneralizeTo
) -> ExpertReading | None:
    """Read what an expert said of the run; None without one."""
    if settings.run.is_file():
        return None
    manifest = require_manifest(settings.run)
    if manifest.expert is None:
        return None
    plan = open_plan(settings.run, manifest, manifest.limit)
    return expert_rates(settings.run, manifest, plan, verdicts, rule, to=to)


def _check_dimensions(tables: list[VerdictTable], by: tuple[str, ...]) -> None:
    """Refuse dimensions that the run lacks; of the default ones it may have any."""
    known = list(dict.fromkeys(name for table in tables for name, _ in table.slices if name != "all"))
    if by != DIMENSIONS and (unknown := [name for name in by if name not in known]):
        raise UsageError(
            f"the run has no dimension {named(unknown)}", hint=f"its dimensions are: {', '.join(known) or 'none'}"
        )


def _check_weights(file: LabelFile, settings: CorrectSettings) -> None:
    lacking = sorted({row.item for row in file.rows if file.sampling[row.item][1] is None})
    if lacking and not settings.unweighted:
        raise InputError(
            f"no inclusion_probability: {counted(len(lacking), 'labelled comparison')}, {named(lacking)}",
            path=file.path,
            hint="it is recorded in the campaign that sampled them; add it as a column, or give --unweighted if "
            "they are a simple random sample",
        )


class _Labels:
    """The run's comparisons and the annotators' labels of them."""

    def __init__(
        self,
        file: LabelFile,
        verdicts: list[Verdict],
        tables: list[VerdictTable],
        criteria: tuple[str, ...],
        settings: CorrectSettings,
        strata: Strata,
        expert: ExpertReading | None,
        panel: PanelScores | None,
    ) -> None:
        self._expert = expert
        self._file, self._criteria, self._settings, self._strata = file, criteria, settings, strata
        self._tables = tables
        self._ids: dict[tuple[str, str], list[str]] = defaultdict(list)  # in the order of the tables' rows
        for verdict in {row.comparison_id: row for row in verdicts}.values():
            self._ids[verdict.reference, verdict.candidate].append(verdict.comparison_id)
        self._people: dict[tuple[str, str], list[float]] = defaultdict(list)
        for row in first_labels(file.rows):
            self._people[row.item, row.criterion].append(_SCORES[row.label or ""])
        self._asked = [name for name in criteria if any(criterion == name for _, criterion in self._people)]
        self._panel = panel
        self.judge_weights: tuple[JudgeWeight, ...] = ()
        self._anew: FloatArray | None = None
        if panel is not None and settings.combine is not None:
            ids = list(panel.places)
            people = np.array([[_mean(self._people.get((name, each))) for each in criteria] for name in ids])
            sampling = np.array([_weight(file, name, settings.unweighted) for name in ids])
            self._anew, said = combined_anew(panel, settings.combine, people, sampling, seed=settings.seed)
            self.judge_weights = tuple(said)

    def rows(self) -> Iterator[CorrectedRow]:
        """Yield all slices of all pairs for all criteria with labels; refuse a sampling stratum without any label."""
        if not self._asked:
            raise InputError(
                "no comparison has a label", path=self._file.path, hint="give labels that are not all skipped"
            )
        for criterion in self._asked:
            self._check_whole(criterion)
        rates = {} if self._expert is None else {_of(row): row.win_rate for row in self._expert.rates.rows}
        for table in self._tables:
            names = self._ids[table.reference, table.candidate]
            weights = np.array([_weight(self._file, name, self._settings.unweighted) for name in names])
            strata = self._strata_of(names)
            if self._settings.by_score and strata is not None and len(np.unique(strata)) > 1:
                raise UsageError(
                    "--by-score is for a simple random sample of labels; these were sampled in several strata",
                    hint="leave it out: labels sampled by the judge's outcome are corrected by it anyway",
                )
            for place, criterion in enumerate(self._criteria):
                if criterion not in self._asked:
                    continue
                y = np.array([_mean(self._people.get((name, criterion))) for name in names])
                f = self._scores(table, place, names)
                said = f if self._anew is not None else _as_judged(table, place)
                for (dimension, value), rows in table.slices.items():
                    if dimension == "all" or dimension in self._settings.by:
                        lacking = self._lacking(names, rows, table.scores[rows, place], y)
                        key = dimension, value, criterion, place
                        found = _row(table, key, rows, f, said, y, weights, strata, lacking, self._settings)
                        own = rates.get(_of(found))
                        yield found if own is None else found.model_copy(update={"judge_only": own})

    def judges(self) -> Iterator[JudgeCorrected]:
        """Yield the whole run's win rate by each judge of a panel, and by the panel, corrected with the same labels."""
        if self._panel is None:
            return
        for table in self._tables:
            names = self._ids[table.reference, table.candidate]
            weights = np.array([_weight(self._file, name, self._settings.unweighted) for name in names])
            strata = self._strata_of(names)
            for place, criterion in enumerate(self._criteria):
                if criterion not in self._asked:
                    continue
                y = np.array([_mean(self._people.get((name, criterion))) for name in names])
                each = np.column_stack([self._panel.of(names, criterion), self._scores(table, place, names)])
                for judge, f in zip((*self._panel.names, None), each.T, strict=True):
                    kept = np.flatnonzero(~np.isnan(f))
                    lacking = self._lacking(names, np.arange(len(names)), f, y)
                    found = corrected_rate(_sample(table, kept, f, y, weights, strata, self._settings))
                    nothing = undefined("stratum_unlabelled", found.labelled, found.corrected.clusters)
                    yield JudgeCorrected(
                        judge=judge,
                        reference=table.reference,
                        candidate=table.candidate,
                        criterion=criterion,
                        judged=len(kept),
                        labelled=found.labelled,
                        judge_only=found.judge_only,
                        corrected=nothing if lacking else found.corrected,
                        worth=None if lacking else found.worth,
                    )

    def _scores(self, table: VerdictTable, place: int, names: list[str]) -> FloatArray:
        """Return the scores that labels correct (n,): the judge's, or with an expert the predictions of its own."""
        if self._anew is not None and self._panel is not None:
            return np.asarray(self._anew[[self._panel.places[name] for name in names], place])
        if self._expert is None:
            return table.scores[:, place]
        predicted = self._expert.scores
        return np.array([predicted.get((name, table.criteria[place]), np.nan) for name in names])

    def _strata_of(self, names: list[str]) -> IntArray | None:
        """Number the sampling strata of comparisons (n,); None unless all are known and the weights are theirs."""
        strata = [self._strata.of.get(name) for name in names]
        if self._settings.unweighted or None in strata:
            return None
        codes: IntArray = np.unique(np.array(strata, dtype=str), return_inverse=True)[1].astype(np.int64)
        return codes

    def warnings(self) -> Iterator[str]:
        """Yield warnings about criteria without labels, and about weights that do not sum to the size of the run."""
        if left := [name for name in self._criteria if name not in self._asked]:
            yield f"No labels for {named(left)}; not corrected."
        if self._settings.unweighted:
            return
        weights = [1 / chance for _, chance in self._file.sampling.values() if chance is not None]
        number = sum(len(names) for names in self._ids.values())
        if weights and not 1 / _OFF <= sum(weights) / number <= _OFF:
            yield (
                f"The weights of the annotated comparisons sum to {sum(weights):,.5g}, but the run has {number:,}: "
                "many sampled comparisons are not annotated yet, or the inclusion probabilities are of another sample."
            )

    def _check_whole(self, criterion: str) -> None:
        place = self._criteria.index(criterion)
        pool = [
            name
            for table in self._tables
            for name, score in zip(self._ids[table.reference, table.candidate], table.scores[:, place], strict=True)
            if not np.isnan(score)
        ]
        if absent := self._strata.unlabelled(pool, [name for name in pool if (name, criterion) in self._people]):
            raise InputError(
                f"{criterion}: {no_label(absent)}", path=self._file.path, hint="label some of its comparisons"
            )

    def _lacking(self, names: list[str], rows: IntArray, scores: FloatArray, y: FloatArray) -> tuple[str, ...]:
        """Return the sampling strata without a label of a slice that has labels; it cannot be corrected then."""
        judged = [names[row] for row in rows[~np.isnan(scores)]]
        labelled = [names[row] for row in rows[~np.isnan(scores) & ~np.isnan(y[rows])]]
        return tuple(self._strata.unlabelled(judged, labelled)) if labelled else ()


def _row(
    table: VerdictTable,
    key: tuple[str, str, str, int],
    rows: IntArray,
    scores: FloatArray,
    said: FloatArray,
    y: FloatArray,
    weights: FloatArray,
    strata: IntArray | None,
    lacking: tuple[str, ...],
    settings: CorrectSettings,
) -> CorrectedRow:
    dimension, value, criterion, place = key
    there = ~np.isnan(scores[rows])
    kept = rows[there]
    sample = _sample(table, kept, scores, y, weights, strata, settings)
    found = corrected_rate(sample)
    as_judged = replace(sample, f=said[kept])
    # Scores that are combined anew may lack other comparisons than the run's: those of judges without any weight.
    anew = settings.combine is not None
    missing = table.planned(rows, place) - len(kept) if anew else table.missing(rows, place)
    plug_in, sensitivity, specificity = sensitivity_plug_in(as_judged, seed=settings.seed, resamples=settings.resamples)
    if lacking:
        nothing = undefined("stratum_unlabelled", found.labelled, found.corrected.clusters)
        found = replace(found, corrected=nothing, human_only=nothing, tuning=None, worth=None)
        plug_in, sensitivity, specificity = nothing, None, None
    return CorrectedRow(
        reference=table.reference, candidate=table.candidate, dimension=dimension, value=value, criterion=criterion,
        planned=table.planned(rows, place), judged=len(kept), missing=missing,
        labelled=found.labelled, labelled_missing=int((~np.isnan(y[rows]) & ~there).sum()), corrected=found.corrected,
        human_only=found.human_only, judge_only=found.judge_only, tuning=found.tuning, worth=found.worth,
        plug_in=plug_in, sensitivity=sensitivity, specificity=specificity, unlabelled_strata=lacking,
    )  # fmt: skip


def _sample(
    table: VerdictTable,
    kept: IntArray,
    f: FloatArray,
    y: FloatArray,
    weights: FloatArray,
    strata: IntArray | None,
    settings: CorrectSettings,
) -> Sample:
    """Return the judged comparisons of a slice, given by their rows, with their scores f and people's y (n,)."""
    clusters = np.unique(table.clusters[kept], return_inverse=True)[1].astype(np.int64)
    subgroups = None if settings.generalize_to == "questions" else membership(table, "subgroup")[kept]
    own = None if strata is None else strata[kept]
    if settings.by_score:
        own = score_levels(f[kept], y[kept])
    return Sample(f[kept], y[kept], weights[kept], clusters, strata=own, subgroups=subgroups)


def _as_judged(table: VerdictTable, place: int) -> FloatArray:
    """Return the judge's scores (n,) without the correction of adaptive orders: in one order 1, .5 or 0."""
    first, second = table.first_scores[:, place], table.second_scores[:, place]
    in_one = np.where(np.isnan(first), second, first)
    return np.where(np.isnan(first + second) & ~np.isnan(in_one), in_one, table.scores[:, place])


def _of(row: CorrectedRow | ExpertRow) -> tuple[str, str, str, str, str]:
    return row.reference, row.candidate, row.dimension, row.value, row.criterion


def _weight(file: LabelFile, item: str, unweighted: bool) -> float:
    probability = file.sampling.get(item, (None, None))[1]
    return 1.0 if unweighted or probability is None else 1 / probability


def _mean(scores: list[float] | None) -> float:
    return float("nan") if not scores else sum(scores) / len(scores)
