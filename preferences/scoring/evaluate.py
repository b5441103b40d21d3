"""The structured evaluation from beginning to end: read, score, summarise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from judge import __version__
from judge.core.errors import UsageError
from judge.core.files.arguments import InputFile, input_file
from judge.core.files.rows import file_sha256
from judge.core.survey.answers import STATUSES
from judge.preferences.scoring.baselines import MEANINGS, baselines
from judge.preferences.scoring.fairness_rows import Deals, spread_difference_rows, spread_rows
from judge.preferences.scoring.items import ItemTable, load_table
from judge.preferences.scoring.metrics import METRICS, Contestant, score
from judge.preferences.scoring.predictions import Predictions, Target, read_predictions
from judge.preferences.scoring.records import Answers, How, ScoreSummary
from judge.preferences.scoring.rows import Draws, difference_rows, score_rows
from judge.stats.estimate import LEVEL, RESAMPLES
from judge.stats.intervals.cluster_bootstrap import METHOD
from judge.stats.subgroups.permutation import PERMUTATIONS
from judge.stats.win_rates.paired import SWAPS

ALLOWANCES = ("unknown-ids",)


@dataclass(frozen=True)
class ScoreSettings:
    """What to score. ``pairs`` are BASE:SFT names; without them all files are set against ``base`` (or the first)."""

    values: Path
    files: tuple[str, ...]
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


@dataclass(frozen=True)
class Scored:
    """The summary with what it was made from."""

    summary: ScoreSummary
    predictions: tuple[Predictions, ...]
    table: ItemTable


def run(settings: ScoreSettings) -> Scored:
    """Read the values and all predictions, score them, and compare: with the base, or with the baselines.

    Errors: those of reading; two files of one name; a pair or a base that names no file.
    """
    files = [input_file(each) for each in settings.files]
    base = None
    if settings.base is not None:
        base, files = _with_base(settings.base, files)
    names = [file.name or file.path.stem for file in files]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise UsageError(f"two files are called {twice!r}", hint="name them apart: NAME=FILE")
    table = load_table(settings.values, settings.held_out)
    predictions = tuple(
        read_predictions(file, table, target=settings.target, allow_unknown="unknown-ids" in settings.allow)
        for file in files
    )
    models = [score(each, table, settings.target) for each in predictions]
    if settings.against_chance:
        chance = baselines(table, settings.target)
        if clash := next((name for name in names if name in {each.name for each in chance}), None):
            raise UsageError(f"a file is called {clash!r}, as a baseline is", hint="name it apart: NAME=FILE")
        contestants, pairs = [*chance, *models], [(each, model) for model in models for each in chance]
    else:
        contestants, pairs = models, _pairs(models, base or names[0], settings.pairs)
    return Scored(_summarise(settings, table, contestants, pairs, predictions), predictions, table)


def _with_base(base: str, files: list[InputFile]) -> tuple[str, list[InputFile]]:
    """The base's name, and the files with it first: ``--base`` names one of them (as given, or by name), or another."""
    for file in files:
        if base == (file.name or file.path.stem) or (file.name is None and file.path == Path(base)):
            return file.name or file.path.stem, [file, *(other for other in files if other is not file)]
    added = input_file(base)
    same = [file for file in files if file.path.resolve() == added.path.resolve()]
    return added.name or added.path.stem, [added, *(file for file in files if file not in same)]


def _pairs(models: Sequence[Contestant], base: str, given: Sequence[str]) -> list[tuple[Contestant, Contestant]]:
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


def _summarise(
    settings: ScoreSettings,
    table: ItemTable,
    contestants: Sequence[Contestant],
    pairs: Sequence[tuple[Contestant, Contestant]],
    predictions: Sequence[Predictions],
) -> ScoreSummary:
    metrics = METRICS[settings.target]
    draws = Draws(settings.seed, settings.resamples, settings.permutations, settings.swaps)
    deals = Deals(draws)
    return ScoreSummary(
        how=_how(settings, table),
        pairs=tuple((base.name, candidate.name) for base, candidate in pairs),
        answers=tuple(_answers(each, predictions) for each in contestants),
        scores=tuple(score_rows(contestants, metrics, table, draws)),
        differences=tuple(difference_rows(pairs, metrics, table, draws)),
        spreads=tuple(spread_rows(contestants, metrics, table, deals)),
        spread_differences=tuple(spread_difference_rows(pairs, metrics, table, deals)),
        notes=tuple(
            f"Baseline {name}: {meaning}."
            for name, meaning in MEANINGS[settings.target].items()
            if settings.against_chance
        ),
        warnings=tuple(_warnings(table, contestants)),
    )


def _how(settings: ScoreSettings, table: ItemTable) -> How:
    packages = ("numpy", "pydantic")
    return How(
        target=settings.target,
        values=str(settings.values),
        values_sha256=file_sha256(settings.values),
        held_out=settings.held_out,
        rows=len(table.truths),
        questions=table.n_questions,
        subgroups=len(table.group_names),
        tied_modes=sum(len(truth.ties) > 1 for truth in table.truths),
        sources=tuple(sorted({truth.source for truth in table.truths})),
        interval=f"{LEVEL:.0%} {METHOD} (by question)",
        level=LEVEL,
        resamples=settings.resamples,
        permutations=settings.permutations,
        swaps=settings.swaps,
        seed=settings.seed,
        versions={"persona-judge": __version__, **{name: version(name) for name in packages}},
    )


def _answers(contestant: Contestant, predictions: Sequence[Predictions]) -> Answers:
    file = next((each for each in predictions if each.name == contestant.name and not contestant.baseline), None)
    counts = dict(zip(STATUSES, (int(count) for count in contestant.statuses.sum(axis=0)), strict=True))
    return Answers(
        contestant=contestant.name,
        baseline=contestant.baseline,
        file=str(file.path) if file else None,
        sha256=file.sha256 if file else None,
        items=len(contestant.statuses),
        unknown_ids=file.unknown if file else 0,
        **counts,
    )


def _warnings(table: ItemTable, contestants: Sequence[Contestant]) -> list[str]:
    found = [
        f"{each.name}: {int(missing):,} of {len(each.statuses):,} items have no reply; nothing is said about them."
        for each in contestants
        if (missing := each.statuses[:, STATUSES.index("missing")].sum())
    ]
    if not any(dimension == "split" for dimension, _ in table.slices):
        found.append("No stratum is one of the study's: there is no ID and OOD split. --held-out names the OOD strata.")
    return found
