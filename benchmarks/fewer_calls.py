"""Designs that take fewer calls: bias, coverage, and calls at equal variance, as rows of ``benchmarks.coverage``.

    python -m benchmarks.fewer_calls             # these rows alone

*Orders*: a judge names the candidate with log odds x + a when it is shown first, x - a when second, each order by
itself, and one order in seven is a tie. x differs between questions (standard deviation .8) and between comparisons
(1.2). a is 0 without position bias, .5 where it is mild (the first shown gains .07 in score), 2 where it is strong
(.26) and 3 where it is extreme (.34). A study has 120 questions of 5 comparisons, spread as a run spreads them.

*Expert judge*: 100 questions of 10 comparisons, scores of the expert as in ``benchmarks.coverage_shares``. A share of
the cheap judge's verdicts is the expert's, the others are those of other comparisons, or a win.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator

import numpy as np
from scipy.special import expit

from benchmarks.coverage_shares import QUESTION_SPREAD, SUBGROUP_SPREAD, Row, held, intercept, scores
from judge.comparison.fewer_calls.adaptive_orders import PILOT
from judge.judging.expert.sample import pilot_chance
from judge.stats.estimate import Estimate, FloatArray
from judge.stats.intervals.share_interval import share_estimates
from judge.stats.win_rates.expert_design import chances, sample_weights, spreads
from judge.stats.win_rates.order_design import order_design
from judge.stats.win_rates.prediction_powered import Corrected, Sample, corrected_rate

QUESTIONS, EACH, TIE = 120, 5, 1 / 7
BIASES = {"no": 0.0, "mild": 0.5, "strong": 2.0, "extreme": 3.0}
START = 0.5
K, PER_QUESTION = 100, 10


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
            rest = both if not design.one_suffices else one - gain
            adapted = np.concatenate([both[:PILOT], rest[PILOT:]])
            calls = n + (PILOT if design.one_suffices else n)
            found.setdefault("both", []).append((estimate(both), 2 * n))
            found.setdefault("one order, uncorrected", []).append((estimate(one), n))
            found.setdefault("adaptive", []).append((estimate(adapted), calls))
        # What the design adds to the variance of both orders is drawn independently of all scores.
        values = {each: np.array([one.value for one, _ in those], dtype=np.float64) for each, those in found.items()}
        added = {each: np.mean((those - values["both"]) ** 2) for each, those in values.items()}
        spread = {each: np.var(values["both"]) + more for each, more in added.items()}
        for each in ("one order, uncorrected", "adaptive"):
            what = f"orders, {name} position bias, {each}"
            share = float(np.mean([calls for _, calls in found[each]]) / (2 * n) * spread[each] / spread["both"])
            error = 3 * float(np.std(values[each])) / replicates**0.5
            yield Row(f"{what}: bias", float(values[each].mean()) - truth, -error, error)
            yield Row(f"{what}: coverage", held([one for one, _ in found[each]], truth), 0.94, 0.97)
            most = 1.0 if each == "adaptive" else 9.0  # what the other costs is shown, not wanted
            yield Row(f"{what}: calls at equal variance, of those of both orders", share, 0.0, most)


def opposed(bias: float, rng: np.random.Generator) -> FloatArray:
    """Scores as of :func:`orders_of`, of a judge whose place effect has another sign in each comparison."""
    x = START + np.tile(0.8 * rng.normal(size=QUESTIONS), EACH) + 0.6 * rng.normal(size=QUESTIONS * EACH)
    effect = bias * rng.choice([-1, 1], x.shape)
    chance = expit(np.stack([x + effect, x - effect]))
    return np.where(rng.random(chance.shape) < TIE, 0.5, (rng.random(chance.shape) < chance).astype(float))


def limits(replicates: int) -> Iterator[Row]:
    """Calls at equal variance if one order is taken below a limit of its calls by the pilot, of those of both."""
    n = QUESTIONS * EACH
    for name, draw, bias in (
        *(("the same place", orders_of, each) for each in (0.0, 2.0, 3.0, 4.0, 6.0)),
        *(("another place each time", opposed, each) for each in (1.0, 2.0, 3.0)),
    ):
        rng = np.random.default_rng([int(10 * bias), len(name)])
        ratios, both, off = [], [], []
        for _ in range(replicates // 2):
            shown = draw(bias, rng)
            design = order_design(*shown[:, :PILOT], np.arange(PILOT), np.full(QUESTIONS, EACH))
            gain = (shown[0] - shown[1])[PILOT:] / 2 - (design.effect.value or 0.0)
            ratios.append(np.inf if design.calls_ratio is None else design.calls_ratio)
            both.append(shown.mean())
            off.append((rng.choice([-1, 1], n - PILOT) @ gain) / n)
        for limit in (1.0, 1.2, 99.0):
            one = np.array(ratios) < limit
            calls = np.where(one, n + PILOT, 2 * n).mean() / (2 * n)
            price = float(calls * (1 + np.where(one, np.square(off), 0.0).mean() / np.var(both)))
            which = "no limit" if limit > 2 else f"limit {limit}"
            yield Row(f"orders, a judge for {name}, {bias} in log odds, {which}: calls", price, 0.0, 9.0)


def second_order_for_a_part(_: int) -> Iterator[Row]:
    """Calls at equal variance, of those of both orders, of designs after a pilot without end: computed, not simulated.

    One order for all, corrected; and one order for all with a second for a part, whose chance is the best for each
    first reply (who was named, shown where): score mu_c + R / p_c (m - mu_c) with the mean mu_c of those replies.
    """
    for name, bias in BIASES.items():
        shown = orders_of(bias, np.random.default_rng(7), 40_000)
        m, d = shown.mean(axis=0), (shown[0] - shown[1]) / 2
        share, spread = [], []
        for place in (0, 1):
            for reply in (0.0, 0.5, 1.0):
                there = shown[place] == reply
                share.append(there.mean() / 2)
                spread.append(m[there].std())
        p, s = np.array(share), np.array(spread)
        best = 2.0
        for scale in np.geomspace(0.02, 50, 300):
            chance = np.clip(scale * s, 0.02, 1)
            price = (1 + p @ chance) * (m.var() + p @ (s**2 * (1 / chance - 1))) / m.var()
            best = min(best, float(price))
        yield Row(f"orders, {name} position bias, one order, corrected: calls", float(1 + d.var() / m.var()) / 2, 0, 1)
        yield Row(f"orders, {name} position bias, a second order for a part: calls", best / 2, 0, 1)


def expert_and_cheap(rate: float, alike: float, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """Scores of the expert and of the cheap judge (n,), question by question."""
    subgroups = np.linspace(-SUBGROUP_SPREAD, SUBGROUP_SPREAD, PER_QUESTION)
    odds = intercept(rate, subgroups) + QUESTION_SPREAD * rng.normal(size=(K, 1)) + subgroups
    y = scores(rate, odds, rng).ravel()
    other = np.where(rng.random(y.size) < 0.05, 1.0, rng.permutation(y))
    return y, np.where(rng.random(y.size) < alike, y, other)


def by_expert(y: FloatArray, f: FloatArray, share: float, rng: np.random.Generator) -> Corrected:
    """Draw the expert's sample and estimate its win rate, as a run does."""
    of, strata = np.repeat(np.arange(K), PER_QUESTION), np.where(f == 1, 0, np.where(f == 0, 1, 2))
    numbers, pilot = rng.random(y.size), pilot_chance(y.size, 1, share)
    found = chances(
        pilot, share, np.bincount(strata, minlength=3), spreads(np.where(numbers < pilot, y, np.nan), strata, 3)
    )
    weights = sample_weights(numbers, found[strata], pilot, share)
    return corrected_rate(Sample(f, np.where(weights > 0, y, np.nan), weights, of, strata=strata))


def expert_judge(replicates: int) -> Iterator[Row]:
    """Coverage, bias and the expert's calls at equal variance: by rate and share, then by R2."""
    designs = [(rate, 0.8, share) for rate in (0.5, 0.8, 0.95) for share in (0.1, 0.3)]
    designs += [(0.6, alike, 0.1) for alike in (0.91, 0.55, 0.36)]
    for rate, alike, share in designs:
        rng = np.random.default_rng([int(100 * rate), int(100 * alike), int(100 * share)])
        found, alone, errors, r2 = [], [], [], []
        for _ in range(replicates):
            y, f = expert_and_cheap(rate, alike, rng)
            found.append(by_expert(y, f, share, rng).corrected)
            read = np.where(rng.permutation(y.size) < round(share * y.size), y, np.nan)
            alone.append(
                corrected_rate(
                    Sample(f, read, np.ones(y.size), np.repeat(np.arange(K), PER_QUESTION)), tuning=0
                ).human_only
            )
            errors.append([(each.value or 0.0) - y.mean() for each in (found[-1], alone[-1])])
            r2.append(np.corrcoef(f, y)[0, 1] ** 2)
        off = np.array(errors)[:, 0]
        what = f"expert, rate {rate}, share {share}, R2 {np.mean(r2):.2f}"
        # What the calls decide is the error about the pool; the mean of n further calls has (1 / n - 1 / N) of it.
        ratio = float(np.divide(*np.var(errors, axis=0)))
        widths = [np.mean([(each.high or 1) - (each.low or 0) for each in those]) for those in (found, alone)]
        yield Row(f"{what}: coverage", held(found, rate), 0.94, 1.0)
        yield Row(f"{what}: bias, in standard errors", float(off.mean() / off.std()), -0.15, 0.15)
        yield Row(f"{what}: width, of that of the expert alone", float(widths[0] / widths[1]), 0.0, 1.02)
        yield Row(f"{what}: expert's calls, of those alone", ratio + (1 - ratio) * share, 0.0, 1.02)


def people_expert_and_cheap(replicates: int) -> Iterator[Row]:
    """People label a tenth; the expert, who agrees with them on most, reads three tenths; the cheap judge all.

    Scores are the expert's where it read, else its mean by the cheap judge's verdicts; beside them the cheap judge
    alone.
    """
    of = np.repeat(np.arange(K), PER_QUESTION)
    for rate in (0.6, 0.8, 0.95):
        rng = np.random.default_rng([int(100 * rate), 3])
        found, cheap = [], []
        for _ in range(replicates):
            people, expert = expert_and_cheap(rate, 0.85, rng)
            f = np.where(rng.random(expert.size) < 0.6, expert, rng.permutation(expert))
            strata, read = np.where(f == 1, 0, np.where(f == 0, 1, 2)), rng.random(f.size) < 0.3
            counts = np.bincount(strata[read], minlength=3)
            totals = np.bincount(strata[read], weights=expert[read], minlength=3)
            means = np.where(counts > 0, totals / np.maximum(counts, 1), np.array([1.0, 0.0, 0.5]))
            y = np.where(rng.random(f.size) < 0.1, people, np.nan)
            joined = np.where(read, expert, means[strata])
            ones = np.ones(f.size)
            found.append(corrected_rate(Sample(joined, y, ones, of)).corrected)
            cheap.append(corrected_rate(Sample(f, y, ones, of)).corrected)
        width = [np.mean([(each.high or 1) - (each.low or 0) for each in those]) for those in (found, cheap)]
        yield Row(f"people, expert, cheap judge, rate {rate}: coverage", held(found, rate), 0.94, 1.0)
        yield Row(
            f"people, expert, cheap judge, rate {rate}: width, without the expert 1", width[0] / width[1], 0.0, 1.02
        )


PARTS = (adaptive_orders, limits, second_order_for_a_part, expert_judge, people_expert_and_cheap)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--replicates", type=int, default=2_000)
    parser.add_argument("--only", choices=[part.__name__ for part in PARTS], help="one part")
    options = parser.parse_args()
    for part in PARTS:
        if options.only not in (None, part.__name__):
            continue
        for row in part(options.replicates):
            mark = "" if row.in_range else " **out of range**"
            print(f"| {row.what} | {row.measured:.3f}{mark} | {row.least:.3f} to {row.most:.3f} |", flush=True)


if __name__ == "__main__":
    main()
