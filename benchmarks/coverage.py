"""How often each nominal 95 % interval holds the truth, by simulation.

    python -m benchmarks.coverage                # published values, then 1,000 studies each, and a table

Each study has k questions, as uneven as 4 to 15 comparisons each, with ties, and 5 % of verdicts missing. Questions
differ: their win rates come from Beta(3, 2). The truth is that of the distribution the questions come from, since
conclusions are meant for questions like these; for the confidence sequence it is the mean of the study's own pool.
"""

from __future__ import annotations

import argparse
import functools
import os
import resource
import time
from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor

import numpy as np

from benchmarks.coverage_shares import show as show_shares
from benchmarks.coverage_subgroups import other_subgroups, poststratified, shrunken
from benchmarks.early_decision import early_decisions
from benchmarks.fewer_calls import PARTS as FEWER_CALLS
from benchmarks.golden import show as show_golden
from judge.stats.agreement.annotators import annotator_agreement
from judge.stats.agreement.coefficients import alpha
from judge.stats.agreement.label_counts import counts_of
from judge.stats.agreement.patterns import patterns
from judge.stats.agreement.ratings import IntArray, Ratings
from judge.stats.estimate import Estimate, FloatArray
from judge.stats.intervals.confidence_sequence import confidence_sequence
from judge.stats.intervals.share_interval import share_estimates
from judge.stats.win_rates.logistic import length_controlled, position_odds_ratio
from judge.stats.win_rates.prediction_powered import Sample, corrected_rate

CLUSTERS = (12, 30, 214)
RESAMPLES = 1_000
MISSING = 0.05
TIES = 0.2
WIN_RATE = (1 - TIES) * 0.6 + TIES * 0.5
POOL = 500
OTHERS = (shrunken, poststratified, other_subgroups, early_decisions, *FEWER_CALLS)
Study = Callable[[int, np.random.Generator], list[bool]]


def questions(clusters: int, rng: np.random.Generator) -> tuple[IntArray, FloatArray]:
    """The question of each comparison, and its chance of a win there."""
    of = np.repeat(np.arange(clusters), rng.integers(4, 16, clusters))
    return of, rng.beta(3, 2, clusters)[of]


def outcomes(chance: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Scores 1, .5 or 0."""
    return np.where(rng.random(len(chance)) < TIES, 0.5, (rng.random(len(chance)) < chance).astype(float))


def holds(estimate: Estimate, truth: float) -> bool:
    return estimate.low is not None and estimate.high is not None and estimate.low <= truth <= estimate.high


def clustered(of: IntArray, y: FloatArray, clusters: int) -> tuple[Estimate, FloatArray, FloatArray]:
    """The clustered interval of scores, and their sums and numbers within clusters."""
    sums = np.bincount(of, weights=y, minlength=clusters).astype(float)[:, None]
    counts = np.bincount(of, minlength=clusters).astype(float)[:, None]
    squares = np.array([(y**2).sum()])
    found = share_estimates(sums, counts, squares=squares)[0]
    return found, sums, counts


def win_rate(clusters: int, rng: np.random.Generator) -> list[bool]:
    """The clustered interval, and the naive one over calls (both orders, which agree)."""
    of, chance = questions(clusters, rng)
    y = outcomes(chance, rng)
    there = rng.random(len(y)) >= MISSING
    found, _, _ = clustered(of[there], y[there], clusters)
    calls = np.repeat(y[there], 2)
    naive = abs(calls.mean() - WIN_RATE) <= 1.96 * calls.std() / len(calls) ** 0.5
    return [holds(found, WIN_RATE), bool(naive)]


def uneven(clusters: int, rng: np.random.Generator) -> list[bool]:
    """Questions of very unequal size (lognormal, 1 to about 50): the clustered interval, and a bootstrap throughout."""
    sizes = np.maximum(1, np.rint(np.exp(rng.normal(1.5, 1, clusters)))).astype(int)
    of = np.repeat(np.arange(clusters), sizes)
    y = outcomes(rng.beta(3, 2, clusters)[of], rng)
    found, sums, counts = clustered(of, y, clusters)
    weights = rng.multinomial(clusters, np.full(clusters, 1 / clusters), RESAMPLES)
    low, high = np.quantile((weights @ sums) / (weights @ counts), (0.025, 0.975))
    return [holds(found, WIN_RATE), bool(low <= WIN_RATE <= high)]


def rated(of: IntArray, chance: FloatArray, rng: np.random.Generator) -> IntArray:
    """Three raters who see the truth six times in ten, and else guess by the question's chance."""
    truth = np.where(rng.random(len(of)) < TIES, 1, np.where(rng.random(len(of)) < chance, 2, 0))
    guess = np.where(rng.random((len(of), 3)) < chance[:, None], 2, 0)
    codes = np.where(rng.random((len(of), 3)) < 0.6, truth[:, None], guess)
    return np.where(rng.random(codes.shape) < MISSING, -1, codes)


@functools.cache
def true_alpha() -> float:
    rng = np.random.default_rng(0)
    of, chance = questions(40_000, rng)
    found = patterns(rated(of, chance, rng))
    return float(alpha(found.counts[None], counts_of(found.rows, 3), np.arange(3.0), "nominal")[0])


def agreement(clusters: int, rng: np.random.Generator) -> list[bool]:
    """Krippendorff's alpha of three raters."""
    of, chance = questions(clusters, rng)
    codes = rated(of, chance, rng)
    items = tuple(map(str, range(len(of))))
    table = Ratings(items, ("a", "b", "c"), ("loss", "tie", "win"), "nominal", True, np.arange(3.0), codes, of)
    return [holds(annotator_agreement(table, seed=0, resamples=RESAMPLES).coefficients["alpha"], true_alpha())]


def corrected(clusters: int, rng: np.random.Generator) -> list[bool]:
    """A judge that prefers the candidate; three in ten labelled, wins less often. Then people's, and the judge's."""
    of, chance = questions(clusters, rng)
    y = outcomes(chance, rng)
    f = np.where(rng.random(len(y)) < 0.7, y, (rng.random(len(y)) < 0.62).astype(float))
    inclusion = np.where(f > 0.5, 0.21, 0.39)
    labelled = rng.random(len(y)) < inclusion
    there = rng.random(len(y)) >= MISSING
    sample = Sample(f[there], np.where(labelled, y, np.nan)[there], 1 / inclusion[there], of[there])
    found = corrected_rate(sample)
    return [holds(each, WIN_RATE) for each in (found.corrected, found.human_only, found.judge_only)]


def length(clusters: int, rng: np.random.Generator) -> list[bool]:
    """Win rate at equal length, and the odds ratio of position; comparisons of a question lean alike."""
    from scipy.special import expit, ndtr

    of, _ = questions(clusters, rng)
    words = rng.normal(20, 40, len(of)) + rng.normal(0, 20, clusters)[of]
    shared = np.sqrt(0.3) * rng.normal(size=clusters)[of] + np.sqrt(0.7) * rng.normal(size=len(of))
    y = (ndtr(shared) < expit(0.4 + 0.8 * np.tanh(words / 45))).astype(float)
    y[rng.random(len(y)) < MISSING] = np.nan
    first = (ndtr(shared) < expit(0.8)).astype(float)
    second = (ndtr(shared) < expit(0.2)).astype(float)
    return [
        holds(length_controlled(y, words, of)[0], float(expit(0.4))),
        holds(position_odds_ratio(first, second, of), float(np.exp(0.6))),
    ]


def sequence(_: int, rng: np.random.Generator) -> list[bool]:
    """All looks together, at a pool of which half is read."""
    pool = outcomes(rng.beta(3, 2, POOL), rng)
    drawn = rng.permutation(pool)
    found = confidence_sequence(np.where(rng.random(POOL) < MISSING, np.nan, drawn)[: POOL // 2], POOL)
    return [bool(((found.low <= pool.mean()) & (pool.mean() <= found.high)).all())]


def measured(study: Study, clusters: int, studies: int) -> list[float]:
    rng = np.random.default_rng([clusters, 0])
    found = np.array([study(clusters, rng) for _ in range(studies)])
    return [float(each) for each in found.mean(axis=0)]


KINDS: tuple[tuple[tuple[str, ...], Study], ...] = (
    (("win rate", "win rate, naive interval over calls"), win_rate),
    (("win rate, questions of very unequal size", "the same, percentile bootstrap"), uneven),
    (("Krippendorff's alpha",), agreement),
    (("corrected win rate", "human labels only", "judge only, against the human truth"), corrected),
    (("win rate at equal length", "odds ratio of position"), length),
)


def show_kinds(studies: int, pool: Executor) -> None:
    """Print the table of the intervals of each kind of estimate."""
    tasks = [pool.submit(measured, study, clusters, studies) for _, study in KINDS for clusters in CLUSTERS]
    others = pool.submit(measured, uneven, 60, studies), pool.submit(measured, sequence, 0, studies)
    print(f"\n{studies:,} studies each, {RESAMPLES:,} resamples")
    print("| questions | " + " | ".join(map(str, CLUSTERS)) + " |")
    print("|---|" + "---|" * len(CLUSTERS))
    for (names, _), start in zip(KINDS, range(0, len(tasks), len(CLUSTERS)), strict=True):
        columns = [task.result() for task in tasks[start : start + len(CLUSTERS)]]
        for name, *cells in zip(names, *columns, strict=True):
            print(f"| {name} | " + " | ".join(f"{cell:.3f}".lstrip("0") for cell in cells) + " |", flush=True)
    sixty, (held,) = (each.result() for each in others)
    print(f"60 questions of very unequal size: {sixty[0]:.3f}, percentile bootstrap {sixty[1]:.3f}")
    print(f"confidence sequence, {POOL // 2} of {POOL} read, all looks together: {held:.3f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--studies", type=int, default=1_000)
    parser.add_argument("--replicates", type=int, default=2_000, help="of the table of shares, few labels and tests")
    parser.add_argument("--only-table", action="store_true", help="print that table alone")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    started = time.monotonic()
    if not options.only_table:
        show_golden()
    with ProcessPoolExecutor(options.processes) as pool:
        if not options.only_table:
            show_kinds(options.studies, pool)
        show_shares(options.replicates, pool, *OTHERS)
    used = sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    print(f"{(time.monotonic() - started) / 60:.0f} minutes, {options.processes} processes, {used:,.0f} s CPU")


if __name__ == "__main__":
    main()
