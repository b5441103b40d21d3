"""Time of `judge agreement` by number of ratings and of raters.

    python -m benchmarks.agreement

Each item has five ratings of raters drawn at random, and a judgment; all coefficients, judge and annotators, the
alternative annotator test, 2,000 resamples. Processor time, since other work on the machine would bend waiting times.
"""

from __future__ import annotations

import argparse
import resource
import time

import numpy as np

from judge.stats.agreement.alternative_annotator import alternative_annotator_test
from judge.stats.agreement.annotators import annotator_agreement
from judge.stats.agreement.judge_and_annotators import judge_against_annotators
from judge.stats.agreement.ratings import IntArray, Ratings

EACH, LABELS = 5, 3
SIZES = ((10_000, 50), (10_000, 400), (50_000, 50), (50_000, 400), (50_000, 1_000))


def ratings(number: int, raters: int) -> tuple[Ratings, IntArray]:
    """Ratings of made-up items, and a judge."""
    rng = np.random.default_rng(0)
    items = number // EACH
    truth = rng.integers(0, LABELS, items)
    codes = np.full((items, raters), -1)
    for item in range(items):
        right = rng.random(EACH) < 0.7
        codes[item, rng.choice(raters, EACH, replace=False)] = np.where(
            right, truth[item], rng.integers(0, LABELS, EACH)
        )
    judge = np.where(rng.random(items) < 0.7, truth, rng.integers(0, LABELS + 2, items))
    names = tuple(map(str, range(max(items, raters))))
    values = np.arange(float(LABELS))
    return Ratings(names[:items], names[:raters], names[:LABELS], "ordinal", True, values, codes), judge


def main() -> None:
    """Print one line per size."""
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    print(f"ratings  raters  pairs with items in common  {'annotators':>10}  {'judge':>7}  {'test':>7}  memory so far")
    for number, raters in SIZES:
        table, judge = ratings(number, raters)
        times = [time.process_time()]
        pairs = len(annotator_agreement(table, seed=0).pairs)
        times.append(time.process_time())
        judge_against_annotators(table, judge, seed=0)
        times.append(time.process_time())
        numbers = np.where(table.codes >= 0, table.codes, np.nan)
        alternative_annotator_test(numbers, judge.astype(float), table.raters)
        times.append(time.process_time())
        spent = "  ".join(f"{seconds:>{width}.1f} s" for seconds, width in zip(np.diff(times), (8, 5, 5), strict=True))
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_000
        print(f"{number:>7,}  {raters:>6,}  {pairs:>26,}  {spent}  {memory:>10.0f} MB", flush=True)


if __name__ == "__main__":
    main()
