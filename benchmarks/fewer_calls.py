"""Designs that take fewer calls: bias, coverage, and calls at equal variance, as rows of ``benchmarks.coverage``.

    python -m benchmarks.fewer_calls             # these rows alone

*Orders*: a judge names the candidate with log odds x + a when it is shown first, x - a when second, each order by
itself, and one order in seven is a tie. x differs between questions (standard deviation .8) and between comparisons
(1.2). a is 0 without position bias, .5 where it is mild (the first shown gains .07 in score), 2 where it is strong
(.26) and 3 where it is extreme (.34). A study has 120 questions of 5 comparisons, spread as a run spreads them.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator

import numpy as np
from scipy.special import expit

from benchmarks.coverage_shares import Row, held
from judge.comparison.fewer_calls.adaptive_orders import PILOT
from judge.stats.estimate import Estimate, FloatArray
from judge.stats.intervals.share_interval import share_estimates
from judge.stats.win_rates.order_design import order_design

QUESTIONS, EACH, TIE = 120, 5, 1 / 7
BIASES = {"no": 0.0, "mild": 0.5, "strong": 2.0, "extreme": 3.0}
START = 0.5


def orders_of(bias: float, rng: np.random.Generator, questions: int = QUESTIONS) -> FloatArray:
    """The candidate's scores (2, n), shown first and second, in the sequence of a run: question 0, 1, ..., 0, 1, ..."""
    x = START + np.tile(0.8 * rng.normal(size=questions), EACH) + 1.2 * rng.normal(size=questions * EACH)
    chance = expit(np.stack([x + bias, x - bias]))
    return np.where(rng.random(chance.shape) < TIE, 0.5, (rng.random(chance.shape) < chance).astype(float))


def estimate(y: FloatArray) -> Estimate:
    """The win rate of scores in this sequence, clustered."""
    of = np.tile(np.arange(QUESTIONS), EACH)
    sums = np.bincount(of, weights=y, minlength=QUESTIONS)[:, None]
    return share_estimates(sums, np.full_like(sums, EACH), squares=np.array([(y**2).sum()]))[0]


def adaptive_orders(replicates: int) -> Iterator[Row]:
    """One order, uncorrected; one order after a pilot, corrected; and what the pilot leads to."""
    n = QUESTIONS * EACH
    for name, bias in BIASES.items():
        rng = np.random.default_rng([int(10 * bias), 7])
        truth = float(orders_of(bias, rng, 400_000).mean())
        found: dict[str, list[tuple[Estimate, int]]] = {}
        for _ in range(replicates):
            shown = orders_of(bias, rng)
            first = rng.random(n) < 0.5
            one, both = np.where(first, *shown), shown.mean(axis=0)
            design = order_design(*shown[:, :PILOT], np.arange(PILOT), np.full(QUESTIONS, EACH))
            gain = np.where(first, 1, -1) * (design.effect.value or 0.0)
            rest = both if not design.one_is_cheaper else one - gain
            adapted = np.concatenate([both[:PILOT], rest[PILOT:]])
            calls = n + (PILOT if design.one_is_cheaper else n)
            found.setdefault("both", []).append((estimate(both), 2 * n))
            found.setdefault("one order, uncorrected", []).append((estimate(one), n))
            found.setdefault("adaptive", []).append((estimate(adapted), calls))
        spread = {each: np.var([one.value for one, _ in those]) for each, those in found.items()}
        for each in ("one order, uncorrected", "adaptive"):
            values = [one.value or 0.0 for one, _ in found[each]]
            what = f"orders, {name} position bias, {each}"
            share = float(np.mean([calls for _, calls in found[each]]) / (2 * n) * spread[each] / spread["both"])
            error = 3 * float(np.std(values)) / replicates**0.5
            yield Row(f"{what}: bias", float(np.mean(values)) - truth, -error, error)
            yield Row(f"{what}: coverage", held([one for one, _ in found[each]], truth), 0.94, 0.97)
            most = 1.06 if each == "adaptive" else 9.0  # what the other costs is shown, not wanted
            yield Row(f"{what}: calls at equal variance, of those of both orders", share, 0.0, most)


PARTS = (adaptive_orders,)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--replicates", type=int, default=2_000)
    options = parser.parse_args()
    for part in PARTS:
        for row in part(options.replicates):
            mark = "" if row.in_range else " **out of range**"
            print(f"| {row.what} | {row.measured:.3f}{mark} | {row.least:.3f} to {row.most:.3f} |", flush=True)


if __name__ == "__main__":
    main()
