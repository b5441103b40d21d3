"""How long the intervals of a large run take, against a loop that resamples clusters with pandas.

    python -m benchmarks.summary                        # 20,000 comparisons, 10,000 resamples, about 100 slices
    python -m benchmarks.summary --loop-resamples 5     # measure less of the slow loop

The loop draws questions with replacement, merges the slice's rows onto the drawn questions and takes the mean of each
criterion, per resample and slice: what one would write with a data frame at hand. It would run for ten minutes or
more, so a few resamples of all slices are measured and multiplied up. Our intervals need no resamples.
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from collections.abc import Iterator

import numpy as np
import pandas as pd

from judge.core.records import Outcome, Verdict
from judge.stats.estimate import MIN_CLUSTERS
from judge.stats.win_rates.verdict_table import VerdictTable, verdict_tables
from judge.stats.win_rates.win_rates import win_rates

CRITERIA = ("persona", "value", "overall")
QUESTIONS = 200
SUBGROUPS = 64
SEED = 0
_OUTCOMES: dict[float, Outcome] = {1.0: "win", 0.75: "inconsistent", 0.5: "tie", 0.25: "inconsistent", 0.0: "loss"}


def verdicts(comparisons: int, missing: float) -> Iterator[Verdict]:
    """Made-up verdicts: questions lean to one side or the other, and a share of the comparisons is missing."""
    rng = random.Random(SEED)
    lean = [rng.betavariate(3, 2) for _ in range(QUESTIONS)]
    for number in range(comparisons):
        question, group = number % QUESTIONS, number // QUESTIONS % SUBGROUPS
        failed = rng.random() < missing
        for criterion in CRITERIA:
            both = [float(rng.random() < lean[question]) for _ in range(2)]
            score = 0.5 if rng.random() < 0.1 else statistics.fmean((*both, both[0], rng.choice(both)))
            yield Verdict(
                comparison_id=f"c{number}",
                criterion=criterion,
                item_id=f"Q{question}_{group}",
                sample=0,
                reference="base",
                candidate="ft",
                outcome="missing" if failed else _OUTCOMES[score],
                score=None if failed else score,
                question_id=f"Q{question}",
                category=f"Category {question % 12}",
                stratum=f"stratum {group % 7}",
                subgroup=f"subgroup {group}",
                attributes={"sex": str(group % 2), "age": str(group % 6), "religion": str(group % 8)},
                reference_words=100,
                candidate_words=100,
            )


def pandas_loop(table: VerdictTable, resamples: int) -> float:
    """Seconds of the slow loop over all slices."""
    frame = pd.DataFrame(table.scores, columns=list(CRITERIA)).assign(question=table.clusters)
    seconds = 0.0
    for rows in table.slices.values():
        part = frame.iloc[rows].dropna()
        questions = np.sort(part["question"].unique())
        if len(questions) < MIN_CLUSTERS:
            continue
        draws = np.random.default_rng([SEED, len(questions)]).integers(0, len(questions), (resamples, len(questions)))
        started = time.perf_counter()
        means = [
            pd.DataFrame({"question": questions[drawn]}).merge(part, on="question")[list(CRITERIA)].mean()
            for drawn in draws
        ]
        pd.DataFrame(means).quantile([0.025, 0.975])
        seconds += time.perf_counter() - started
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--comparisons", type=int, default=20_000)
    parser.add_argument("--resamples", type=int, default=10_000)
    parser.add_argument("--loop-resamples", type=int, default=20)
    options = parser.parse_args()
    for missing in (0.0, 0.02):
        rows = list(verdicts(options.comparisons, missing))
        started = time.perf_counter()
        (table,) = verdict_tables(rows, CRITERIA)
        built = time.perf_counter() - started
        times = []
        for _ in range(5):
            started = time.perf_counter()
            win_rates(table)
            times.append(time.perf_counter() - started)
        ours = statistics.median(times)
        measured = pandas_loop(table, options.loop_resamples)
        loop = measured * options.resamples / options.loop_resamples
        print(
            f"{options.comparisons:,} comparisons over {QUESTIONS} questions, {len(CRITERIA)} criteria, "
            f"{len(table.slices)} slices, {missing:.0%} missing, {options.resamples:,} resamples"
        )
        print(f"  verdicts to columns                      {built:10.3f} s")
        print(f"  judge.stats.win_rates.win_rates.win_rates              {ours:10.3f} s  (median of {len(times)})")
        print(
            f"  loop with pandas                         {loop:10.0f} s  ({options.loop_resamples} resamples of all "
            f"slices took {measured:.2f} s; multiplied up)"
        )
        print(f"  ratio {loop / ours:,.0f} (target: at least 200)")


if __name__ == "__main__":
    main()
