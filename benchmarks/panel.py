"""Small panels of cheap judges against one expensive judge, and how to combine unequal ones, on simulated judges.

    python -m benchmarks.panel

120 questions x 5 comparisons. A comparison has a true difference: a question's part, its own, and a mean; people name
the better response, or call a tie where they hardly differ. A judge sees the difference with an error, in two orders: a
part that all judges of a comparison share (their errors correlate by rho), a part of its own, chance in each order, a
lean to the response shown first, and a bias for the candidate. An expensive judge has half the error of a cheap one,
and costs ten times as much.

*What a panel is for*: accuracy (its verdict is people's, of comparisons where people name a winner; a tie is half
right), bias of the win rate (its expected value less people's rate), standard error, coverage of its interval for its
own expected value and for people's rate, and with 100 people's labels (a simple random sample) coverage, width, and
worth in labels. *Cost*: what it costs to have the expensive judge's root mean squared error (bias and chance), as a
share of what that one costs: never, where the bias is greater.

*Which rule*: unequal judges; mean, majority, weights by agreement with people, the least-squares weights without
shrinkage, and the one judge that the labels support most.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import nnls

from judge.stats.agreement.ratings import IntArray
from judge.stats.estimate import Estimate, FloatArray
from judge.stats.intervals.share_interval import share_estimates
from judge.stats.panels.effective_judges import effective_judges
from judge.stats.panels.scores import PanelRule, panel_scores
from judge.stats.panels.weights import agreement_weights, cross_fitted_weights, question_folds
from judge.stats.win_rates.prediction_powered import Sample, corrected_rate

QUESTIONS, EACH = 120, 5
N = QUESTIONS * EACH
Q: IntArray = np.repeat(np.arange(QUESTIONS), EACH)
QUESTION_SPREAD, TIE = 0.5, 0.3
BETTER = 0.35  # mean difference where the candidate is better
LABELS, PRICE = 100, 0.1
LEANS = (0.7, -0.4, 0.2, -0.7, 0.5, -0.2, 0.4, -0.6, 0.1)  # of nine judges; they nearly cancel


@dataclass(frozen=True)
class Kind:
    """A judge's errors, in units of the comparisons' own spread: of a comparison, of each order, of place; its bias."""

    error: float
    order: float
    place: float
    bias: float = 0.0


CHEAP, EXPENSIVE = Kind(1.4, 0.8, 0.4), Kind(0.7, 0.4, 0.2)


@dataclass(frozen=True)
class Case:
    """Judges whose errors correlate by ``rho``: nine cheap ones, an expensive one at the end; the mean difference."""

    name: str
    rho: float
    judges: tuple[Kind, ...]
    mean: float = BETTER


def case(name: str, rho: float, biases: Sequence[float] = (0.0,) * 9, expensive: float = 0.0) -> Case:
    """Nine cheap judges with these biases, and an expensive one; with biases, the contestants are equally good."""
    cheap = tuple(replace(CHEAP, bias=bias) for bias in biases)
    return Case(name, rho, (*cheap, replace(EXPENSIVE, bias=expensive)), 0.0 if any(biases) else BETTER)


CASES = (
    case(".1", 0.1),
    case(".5", 0.5),
    case(".9", 0.9),
    case(".5, own biases", 0.5, LEANS, 0.2),
    case(".5, cheap ones share a bias", 0.5, (0.8,) * 9),
)
PANELS: tuple[tuple[str, tuple[int, ...], PanelRule], ...] = (
    ("1 cheap", (0,), "mean"),
    ("3 cheap, mean", (0, 1, 2), "mean"),
    ("3 cheap, majority", (0, 1, 2), "majority"),
    ("5 cheap, mean", (0, 1, 2, 3, 4), "mean"),
    ("9 cheap, mean", tuple(range(9)), "mean"),
    ("9 cheap, majority", tuple(range(9)), "majority"),
    ("1 expensive", (9,), "mean"),
)


def drawn(
    judges: Sequence[Kind],
    rho: float,
    shape: tuple[int, ...],
    rng: np.random.Generator,
    *,
    clustered: bool,
    mean: float = BETTER,
) -> tuple[FloatArray, FloatArray]:
    """People's scores (..., n) and the judges' (..., n, J)."""
    own = np.sqrt(1 - QUESTION_SPREAD**2) if clustered else 1.0
    true = mean + own * rng.normal(size=shape)
    if clustered:
        true += QUESTION_SPREAD * rng.normal(size=(*shape[:-1], QUESTIONS))[..., Q]
    shared = np.sqrt(rho) * rng.normal(size=shape)
    return _named(true), np.stack([_judged(true, shared, rho, each, rng) for each in judges], axis=-1)


def _judged(true: FloatArray, shared: FloatArray, rho: float, kind: Kind, rng: np.random.Generator) -> FloatArray:
    seen = true + kind.bias + kind.error * (shared + math.sqrt(1 - rho) * rng.normal(size=true.shape))
    orders = [_named(seen + side * kind.place + kind.order * rng.normal(size=true.shape)) for side in (1, -1)]
    return np.asarray((orders[0] + orders[1]) / 2)


def _named(difference: FloatArray) -> FloatArray:
    return np.select([difference > TIE, difference < -TIE], [1.0, 0.0], 0.5)


def combined(scores: FloatArray, rule: PanelRule, weights: FloatArray | None = None) -> FloatArray:
    """The panel's scores of any number of samples (..., n, J)."""
    flat = scores.reshape(-1, scores.shape[-1])
    return panel_scores(flat, quorum=flat.shape[1], rule=rule, weights=weights).reshape(scores.shape[:-1])


def accuracy(f: FloatArray, y: FloatArray) -> float:
    """Share of comparisons with a winner by people that the verdict names; a tie is half right."""
    decided = y != 0.5
    return float(((1 + np.sign(f - 0.5) * np.sign(y - 0.5)) / 2)[decided].mean())


def rates(f: FloatArray) -> list[Estimate]:
    """The win rate of each replicate (R, n)."""
    sums = f.reshape(len(f), QUESTIONS, EACH).sum(axis=2).T
    return share_estimates(sums, np.full(sums.shape, float(EACH)), squares=(f**2).sum(axis=1))


def holds(estimates: Sequence[Estimate], truth: float) -> float:
    """The share of intervals that hold the truth."""
    return float(np.mean([each.low <= truth <= each.high for each in estimates]))  # type: ignore[operator]


def corrected(
    f: FloatArray, y: FloatArray, rng: np.random.Generator, number: int = LABELS
) -> tuple[list[Estimate], float]:
    """Each replicate's win rate corrected by labels of a simple random sample, and their mean worth in labels."""
    found, worth = [], []
    for own, people in zip(f, y, strict=True):
        labels = np.full(N, np.nan)
        rows = rng.choice(N, number, replace=False)
        labels[rows] = people[rows]
        one = corrected_rate(Sample(own, labels, np.ones(N), Q))
        found.append(one.corrected)
        worth.append(one.worth or number)
    return found, float(np.mean(worth))


def width(estimates: Sequence[Estimate]) -> float:
    """Mean width of intervals."""
    return float(np.mean([each.high - each.low for each in estimates]))  # type: ignore[operator]


def against_one(replicates: int) -> None:
    """Print what panels of cheap judges do, case by case."""
    head = (
        "rho",
        "judges",
        "effective number",
        "accuracy",
        "bias",
        "standard error",
        "own rate held",
        "people's rate held",
        f"with {LABELS} labels",
        "width",
        "worth",
        "cost",
    )
    _head(head)
    for number, each in enumerate(CASES):
        rng = np.random.default_rng([number, 1])
        many_y, many = drawn(each.judges, each.rho, (400_000,), rng, clustered=False, mean=each.mean)
        y, scores = drawn(each.judges, each.rho, (replicates, N), rng, clustered=True, mean=each.mean)
        people = float(many_y.mean())
        samples = [combined(scores[..., members], rule) for _, members, rule in PANELS]
        long = [combined(many[:, members], rule) for _, members, rule in PANELS]
        biases = [float(f.mean()) - people for f in long]
        errors = [float(f.mean(axis=1).std(ddof=1)) for f in samples]
        target = biases[-1] ** 2 + errors[-1] ** 2
        apart = (many - many_y[:, None])[:50_000]
        for (name, members, _), f, of_many, bias, error in zip(PANELS, samples, long, biases, errors, strict=True):
            own = rates(f)
            with_labels, worth = corrected(f, y, rng)
            price = 1.0 if members == (9,) else len(members) * PRICE
            room = target - bias**2
            effective = effective_judges(apart[:, members], np.arange(len(apart)) // EACH).number.value
            cells = (
                f"{effective:.1f}",
                f"{accuracy(of_many, many_y):.3f}",
                f"{bias:+.3f}",
                f"{error:.4f}",
                f"{holds(own, people + bias):.3f}",
                f"{holds(own, people):.3f}",
                f"{holds(with_labels, people):.3f}",
                f"{width(with_labels):.3f}",
                f"{worth:.0f}",
                f"{price * error**2 / room:.2f}" if room > 0 else "never",
            )
            _row((each.name, name, *cells))


def stacked(scores: FloatArray, people: FloatArray) -> FloatArray:
    """Least-squares weights of at least 0 that sum to 1 (Breiman 1996, stacked regressions)."""
    there = ~np.isnan(people)
    errors = scores[there] - people[there, None]
    judges = errors.shape[1]
    found, _ = nnls(np.vstack([errors / math.sqrt(len(errors)), np.ones(judges)]), np.append(np.zeros(len(errors)), 1))
    return np.asarray(found / found.sum())


UNEQUAL = (
    ("good, fair, poor", 0.3, (EXPENSIVE, CHEAP, Kind(2.8, 1.0, 0.6))),
    ("three alike", 0.3, (CHEAP,) * 3),
    ("two alike, one with a bias", 0.3, (CHEAP, CHEAP, replace(CHEAP, bias=1.5))),
    ("a good one of nine", 0.3, (EXPENSIVE, *(CHEAP,) * 8)),
    ("nine alike", 0.3, (CHEAP,) * 9),
)
WAYS = ("mean", "majority", "weighted", "stacking, not shrunken", "the best one")


def rules(replicates: int) -> None:
    """Print how well each rule follows people, and what labels that weight and correct do."""
    _head(("judges", "labels", *WAYS))
    coverages: list[tuple[object, ...]] = []
    for number, (name, rho, judges) in enumerate(UNEQUAL):
        rng = np.random.default_rng([number, 2])
        y, scores = drawn(judges, rho, (replicates, N), rng, clustered=True)
        people = float(drawn(judges, rho, (400_000,), rng, clustered=False)[0].mean())
        for labels in (30, 100, 300):
            ways: list[list[FloatArray]] = [[] for _ in WAYS]
            estimates: list[list[Estimate]] = [[], []]
            for own, truth in zip(scores, y, strict=True):
                asked = np.full(N, np.nan)
                rows = rng.choice(N, labels, replace=False)
                asked[rows] = truth[rows]
                on_these = agreement_weights(own, asked, Q)
                folds = question_folds(Q, ~np.isnan(asked), seed=number)
                crossed = cross_fitted_weights(own, asked, Q, folds).weights
                best = int(np.nanargmin(on_these.errors))
                found = (
                    combined(own, "mean"),
                    combined(own, "majority"),
                    combined(own, "weighted", crossed),
                    own @ stacked(own, asked),
                    own[:, best],
                )
                for way, f in zip(ways, found, strict=True):
                    way.append(f)
                for each, f in zip(estimates, (found[2], own @ on_these.weights), strict=True):
                    each.append(corrected_rate(Sample(f, asked, np.ones(N), Q)).corrected)
            cells = [f"{accuracy(f, y):.3f}, {((f - y) ** 2).mean():.3f}" for f in map(np.stack, ways)]
            _row((name, labels, *cells))
            coverages.append((name, labels, *(f"{holds(each, people):.3f} ({width(each):.3f})" for each in estimates)))
    print()
    _head(("judges", "labels", "weights from other questions", "from the same labels"))
    for row in coverages:
        _row(row)


def _head(cells: Sequence[str]) -> None:
    print(f"| {' | '.join(cells)} |\n|{'---|' * len(cells)}")


def _row(cells: Sequence[object]) -> None:
    print(f"| {' | '.join(map(str, cells))} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--replicates", type=int, default=300)
    replicates = parser.parse_args().replicates
    print(f"{replicates} replicates of {QUESTIONS} questions x {EACH} comparisons\n")
    against_one(replicates)
    print("\nAccuracy of the panel's verdicts, mean squared error of its scores:\n")
    rules(replicates)


if __name__ == "__main__":
    main()
