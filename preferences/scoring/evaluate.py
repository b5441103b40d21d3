"""The structured evaluation: read values and predictions, score, compare, summarise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path

import numpy as np

from judge import __version__
from judge.core.errors import UsageError
from judge.core.files.arguments import InputFile, input_file
from judge.core.files.rows import file_sha256
from judge.core.survey.answers import STATUSES
from judge.preferences.scoring.asked import asked_alone, asked_items
from judge.preferences.scoring.baselines import MEANINGS, baselines
from judge.preferences.scoring.decoding import check_decoding
from judge.preferences.scoring.items import ItemTable, load_table
from judge.preferences.scoring.metrics import METRICS, Contestant, score
from judge.preferences.scoring.predictions import Predictions, Target, read_predictions
from judge.preferences.scoring.records import Answers, How, ReplyRow, ScoreSummary
from judge.preferences.scoring.rows import (
    Draws,
    SpreadByChance,
    difference_rows,
    score_rows,
    spread_difference_rows,
    spread_rows,
)
from judge.preferences.scoring.training_baselines import training_baselines
from judge.preferences.scoring.training_seen import trained_models, trained_rows
from judge.responses.decoding import DIFFERING_DECODING
from judge.stats.estimate import LEVEL, RESAMPLES
from judge.stats.intervals.share_interval import METHOD
from judge.stats.subgroups.permutation import PERMUTATIONS
from judge.stats.win_rates.swap_test import SWAPS

ALLOWANCES = ("unknown-ids", DIFFERING_DECODING)


@dataclass(frozen=True)
class ScoreSettings:
    """What to score, and how.

    Attributes:
        values: the ground truth, values.jsonl.
        files: predictions, each as ``FILE`` or ``NAME=FILE``; a file's name is by default its stem.
        columns: the column of each field that is named, where files have other names.
        base: the base model, as one of ``files`` (argument or name) or as a further file. None is the first file.
        pairs: ``BASE:SFT`` names. Without them every other file is compared with the base.
        target: ``mode`` compares codes with the modal code, ``distribution`` shares with the subgroup's distribution.
        held_out: strata that count as OOD, all others as ID; see :func:`~judge.preferences.scoring.items.load_table`.
        allow: checks to switch off (:data:`ALLOWANCES`).
        against_chance: add the three baselines, and compare each model with each of them instead of with the base.
        seed: seed of the resamples, permutations and swaps.
        resamples: no effect: the intervals need no resamples.
        permutations: permutations of subgroups within questions, for range and CV.
        swaps: random swaps of two models' names, for the test of a difference.
    """

    values: Path
    files: tuple[str, ...]
    columns: Mapping[str, str] = field(default_factory=dict)
    base: str | None = None
    pairs: tuple[str, ...] = ()
    target: Target = "mode"
    held_out: tuple[str, ...] = ()
    allow: frozenset[str] = frozenset()
    against_chance: bool = False
    seed: int = 0
    resamples: int = RESAMPLES
    permutations: int = PERMUTATIONS
    swaps: int = SWAPS


def evaluate(settings: ScoreSettings) -> ScoreSummary:
    """Score every file against the ground truth, and compare the models with their base or with the baselines.

    Measures per contestant and slice (all, ID, OOD, stratum, subgroup, category, attribute): accuracy, accuracy with
    non-answers counted as wrong, NMAE, NMAE over ordered items; or with ``target`` distribution the Wasserstein-1
    distance and the Jensen-Shannon divergence. Intervals are clustered by question. A measure of a slice in which
    nothing has a score is None. Items that no model was asked, by the runs that made the files, are in no
    slice. docs/scoring.md gives the formulas.

    Args:
        settings: what to score. ``files`` may be empty only with ``against_chance``.

    Returns:
        The summary, with how each single reply was read in ``replies``. Nothing is printed or written.

    Raises:
        InputError: a file cannot be read, or a row of it; an id is not in the values (unless allowed); with ``target``
            distribution, a row of the values has no distribution; base and candidate were decoded in different ways
            (unless allowed).
        UsageError: there is no such file; two files, or a file and a baseline, have one name; a pair does not name two
            of the files; no row is of a held-out stratum.
    """
    files = [input_file(each, settings.columns) for each in settings.files]
    base = None
    if settings.base is not None:
        base, files = _with_base(settings.base, files, settings.columns)
    names = [file.contestant for file in files]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise UsageError(f"two files are called {twice!r}", hint="give them different names: NAME=FILE")
    table = load_table(settings.values, settings.held_out)
    predictions = tuple(
        read_predictions(file, table, target=settings.target, allow_unknown="unknown-ids" in settings.allow)
        for file in files
    )
    sha256 = file_sha256(settings.values)
    asked = [asked_items(each, table, settings.values, sha256) for each in predictions]
    models = [score(each, table, settings.target, of) for each, of in zip(predictions, asked, strict=True)]
    if settings.against_chance:
        chance = baselines(table, settings.target)
        if clash := next((name for name in names if name in {each.name for each in chance}), None):
            raise UsageError(f"a file is called {clash!r}, like a baseline", hint="give it another name: NAME=FILE")
        contestants, pairs = [*chance, *models], [(each, model) for model in models for each in chance]
    else:
        contestants, pairs = models, _pairs(models, base or names[0], settings.pairs)
        if DIFFERING_DECODING not in settings.allow:
            check_decoding([(one.name, other.name) for one, other in pairs], predictions)
    scored = asked_alone(table, np.any(asked, axis=0)) if asked else table
    return _summary(settings, table, scored, contestants, pairs, predictions, sha256)


def _with_base(base: str, files: list[InputFile], columns: Mapping[str, str]) -> tuple[str, list[InputFile]]:
    """The base's name, and the files with the base first. A base that is none of the files is added."""
    for file in files:
        if base == (file.contestant) or (file.name is None and file.path == Path(base)):
            return file.contestant, [file, *(other for other in files if other is not file)]
    added = input_file(base, columns)
    same = [file for file in files if file.path.resolve() == added.path.resolve()]
    return added.contestant, [added, *(file for file in files if file not in same)]


def _pairs(models: Sequence[Contestant], base: str, given: Sequence[str]) -> list[tuple[Contestant, Contestant]]:
    """The pairs (base, candidate) as given, or the base with every other model."""
    known = {each.name: each for each in models}
    if not given:
        return [(known[base], each) for each in models if each.name != base]
    pairs = []
    for text in given:
        first, colon, second = text.partition(":")
        if not colon or first not in known or second not in known or first == second:
            raise UsageError(
                f"--pair {text!r} does not name two of the files", hint=f"--pair BASE:SFT with {', '.join(known)}"
            )
        pairs.append((known[first], known[second]))
    return pairs


def _summary(
    settings: ScoreSettings,
    table: ItemTable,
    scored: ItemTable,
    contestants: Sequence[Contestant],
    pairs: Sequence[tuple[Contestant, Contestant]],
    predictions: Sequence[Predictions],
    sha256: str,
) -> ScoreSummary:
    """All rows of the summary. ``scored`` is the table of the items put to at least one model."""
    metrics = METRICS[settings.target]
    draws = Draws(settings.seed, settings.permutations, settings.swaps)
    by_chance = SpreadByChance(draws)
    known, overall = _baselines(settings, table, scored, predictions)
    models = [each for each in contestants if not each.baseline]
    return ScoreSummary(
        how=_how(settings, table, scored, sha256),
        pairs=tuple((base.name, candidate.name) for base, candidate in pairs),
        answers=tuple(_answers(each, predictions, scored) for each in contestants),
        scores=tuple(score_rows(contestants, metrics, scored)),
        differences=tuple(difference_rows(pairs, metrics, scored, draws)),
        spreads=tuple(spread_rows(contestants, metrics, scored, by_chance)),
        spread_differences=tuple(spread_difference_rows(pairs, metrics, scored, by_chance)),
        baselines=tuple(score_rows(known, metrics, overall)) if known else (),
        over_baselines=tuple(
            difference_rows([(each, model) for model in models for each in known], metrics, overall, draws)
        ),
        training=trained_models(predictions, table),
        notes=tuple(
            f"Baseline {name}: {meaning}."
            for name, meaning in MEANINGS[settings.target].items()
            if settings.against_chance
        ),
        warnings=tuple(_warnings(table, contestants)),
        replies=tuple(_replies(predictions, table)),
    )


def _baselines(
    settings: ScoreSettings, table: ItemTable, scored: ItemTable, predictions: Sequence[Predictions]
) -> tuple[list[Contestant], ItemTable]:
    """The baselines from training rows, and the items with the slices over which they are compared with models."""
    slices = {key: rows for key, rows in scored.slices.items() if key[0] in ("all", "split")}
    if settings.against_chance:
        return [], replace(table, slices=slices)
    known = training_baselines(table, settings.target, trained_rows(predictions, table))
    return known, replace(table, slices=slices)


def _how(settings: ScoreSettings, table: ItemTable, scored: ItemTable, sha256: str) -> How:
    """The settings as the summary records them."""
    packages = ("numpy", "pydantic")
    rows = scored.slices["all", "all"]
    return How(
        target=settings.target,
        values=str(settings.values),
        values_sha256=sha256,
        held_out=settings.held_out,
        rows=len(table.truths),
        not_asked=len(table.truths) - len(rows),
        questions=len(set(table.questions[rows])),
        subgroups=len(set(table.groups[rows])),
        tied_modes=sum(len(table.truths[row].ties) > 1 for row in rows),
        sources=tuple(sorted({truth.source for truth in table.truths})),
        interval=METHOD,
        level=LEVEL,
        resamples=settings.resamples,
        permutations=settings.permutations,
        swaps=settings.swaps,
        seed=settings.seed,
        versions={"persona-judge": __version__, **{name: version(name) for name in packages}},
    )


def _answers(contestant: Contestant, predictions: Sequence[Predictions], scored: ItemTable) -> Answers:
    """How the replies of a contestant were read. A baseline answers the items put to at least one model."""
    file = next((each for each in predictions if each.name == contestant.name and not contestant.baseline), None)
    rows = scored.slices["all", "all"]
    counts = dict(zip(STATUSES, (int(count) for count in contestant.statuses[rows].sum(axis=0)), strict=True))
    items = int(contestant.items[rows].sum())
    return Answers(
        contestant=contestant.name,
        baseline=contestant.baseline,
        file=str(file.path) if file else None,
        sha256=file.sha256 if file else None,
        items=items,
        not_asked=len(contestant.statuses) - items,
        unknown_ids=file.unknown if file else 0,
        **counts,
    )


def _replies(predictions: Sequence[Predictions], table: ItemTable) -> Iterator[ReplyRow]:
    """How every single reply was read."""
    for each in predictions:
        for reply in each.replies:
            truth, answer = table.truths[reply.row], reply.answer
            yield ReplyRow(
                each.name, truth.item_id, reply.sample, reply.line, answer.status, answer.code, truth.modal_code
            )


def _warnings(table: ItemTable, contestants: Sequence[Contestant]) -> list[str]:
    """Missing replies, and values without an ID and OOD split."""
    found = [
        f"{each.name}: {int(missing):,} of {int(each.items.sum()):,} items have no reply; the scores exclude them."
        for each in contestants
        if (missing := each.statuses[:, STATUSES.index("missing")].sum())
    ]
    if not any(dimension == "split" for dimension, _ in table.slices):
        found.append(
            "None of the strata is one of the study's, so there is no ID and OOD split. --held-out names the OOD "
            "strata."
        )
    return found
